//! Two people who were made one and are two again.
//!
//! The end of the one who went is the last that their merge tells, so it is read first: if they come back, the rest follows as
//! of any change; if they cannot, all of the merge stays, so that nobody loses what they have.

use super::{Outcome, Undoing};
use crate::{
    event::EventKind,
    ids::UserId,
    ports::{StoreResult, Tx},
    records::Merge,
    undo::Entry,
    use_cases::Act,
};

impl Undoing {
    /// Somebody who was removed, or made one with another.
    pub(super) fn bring_back(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: UserId,
    ) -> StoreResult<Outcome> {
        let outcome = self.restore_person(tx, act, entry, id)?;
        if matches!(outcome, Outcome::Stays(_))
            && let Some(user) = tx.merged_by(act.org, entry.change, id)?
        {
            self.still_one.insert((entry.change, user));
        }
        Ok(outcome)
    }

    /// Takes from the person with whom somebody was made one what was theirs alone: the application's own id.
    pub(super) fn part(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        former: UserId,
        own: Option<&str>,
    ) -> StoreResult<()> {
        let Some(user) = tx.merged_by(act.org, entry.change, former)? else { return Ok(()) };
        let app_id = own.map_or_else(|| former.to_string(), str::to_owned);
        if let Some(known) = tx.find_known(act.org, user)?
            && known.app_id.as_deref() == Some(&app_id)
        {
            tx.drop_known(act.org, user)?;
            // Who was known before the merge is known since then.
            if known.since != entry.fact.at {
                tx.put_known(act.org, user, None, known.since)?;
            }
        }
        tx.delete_merged(act.org, former)?;
        let user_name = tx.find_user(act.org, user)?.map(|user| user.facts.user_name);
        let merge = Merge { user, user_name: user_name.as_deref(), former, app_id: &app_id };
        tx.push_merge(act.org, &act.cause, EventKind::UserUnmerged, &merge)
    }
}

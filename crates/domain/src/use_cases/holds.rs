//! Holds: the review of what a directory took away and somebody has still.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::json;

use super::{Act, people};
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{ChangeId, OrgId, UserId},
    ports::{ReadTx, Scope, Slice, StoreError, StoreResult, Tx},
    records::{Hold, HoldReason, Kept, User},
};

/// So many are read, and settled, at a time.
const PAGE: u32 = 500;

/// Why a hold was not settled. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum HoldError {
    /// The person is under no hold.
    #[error("user `{given}` is under no hold; GET /v1/holds lists those who are")]
    Unknown {
        /// As given.
        given: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a review decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// What the directory took away goes.
    Approve,
    /// They keep it.
    Reject,
}

/// A hold, who is under it, and what it keeps.
#[derive(Clone, PartialEq, Debug)]
pub struct Held {
    /// The hold.
    pub hold: Hold,
    /// The person.
    pub user: User,
    /// What they have by it alone.
    pub keeps: Vec<Kept>,
}

impl Held {
    /// Whether it keeps nothing any more, since the directory gave everything back, or there was nothing left.
    pub fn idle(&self) -> bool {
        let facts = &self.user.facts;
        let counts = facts.active && !facts.outside && self.user.gone_at.is_none();
        self.keeps.is_empty() && (counts || self.hold.reason != HoldReason::LastOwner)
    }
}

/// People under a hold, page by page.
pub fn list(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    kept: Option<bool>,
    slice: Slice<UserId>,
) -> StoreResult<Vec<Held>> {
    let holds = tx.list_holds(org, kept, slice)?;
    let ids: Vec<UserId> = holds.iter().map(|hold| hold.user).collect();
    let all = if ids.is_empty() { Vec::new() } else { tx.kept_by_holds(org, &ids)? };
    let mut held = Vec::with_capacity(holds.len());
    for hold in holds {
        // A person goes with their hold, so this finds everybody.
        let Some(user) = tx.find_user(org, hold.user)? else { continue };
        let keeps = all.iter().filter(|kept| kept.user == hold.user).copied().collect();
        held.push(Held { hold, user, keeps });
    }
    Ok(held)
}

/// Settles the hold of one person.
pub fn settle(tx: &mut dyn Tx, act: &Act<'_>, given: &str, decision: Decision) -> Result<(), HoldError> {
    let unknown = || HoldError::Unknown { given: given.to_owned() };
    let user = people::find(tx, act.org, given)?.ok_or_else(unknown)?.id;
    let hold = tx.find_hold(act.org, user)?.ok_or_else(unknown)?;
    match decision {
        Decision::Approve => end(tx, act, &[user])?,
        Decision::Reject => keep(tx, act, &[hold])?,
    }
    Ok(())
}

/// Settles all holds that wait, or those of one change; answers how many there were.
pub fn settle_all(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    of: Option<ChangeId>,
    decision: Decision,
) -> Result<u64, HoldError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = tx.list_holds(act.org, Some(false), Slice { after, limit: PAGE })?;
        let last = page.last().map(|hold| hold.user).filter(|_| page.len() == PAGE as usize);
        let meant: Vec<Hold> =
            page.into_iter().filter(|hold| of.is_none_or(|change| change == hold.change)).collect();
        count += meant.len() as u64;
        match decision {
            Decision::Approve => end(tx, act, &users(&meant))?,
            Decision::Reject => keep(tx, act, &meant)?,
        }
        if last.is_none() {
            return Ok(count);
        }
        after = last;
    }
}

/// Ends holds whose time has come. Those that are there no longer, or go on, are passed over.
pub fn end_due(tx: &mut dyn Tx, act: &Act<'_>, people: &[UserId]) -> StoreResult<()> {
    let mut due = Vec::new();
    for user in people {
        let hold = tx.find_hold(act.org, *user)?;
        if hold.and_then(|hold| hold.until).is_some_and(|until| until <= act.cause.at) {
            due.push(*user);
        }
    }
    end(tx, act, &due)
}

/// Ends the holds of these people that keep nothing any more.
pub fn end_idle(tx: &mut dyn Tx, act: &Act<'_>, people: &[UserId]) -> StoreResult<()> {
    let mut idle = Vec::new();
    for user in people {
        let Some(hold) = tx.find_hold(act.org, *user)? else { continue };
        let Some(person) = tx.find_user(act.org, *user)? else { continue };
        let keeps = tx.kept_by_holds(act.org, &[*user])?;
        if (Held { hold, user: person, keeps }).idle() {
            idle.push(*user);
        }
    }
    end(tx, act, &idle)
}

/// Takes away what the holds kept, and removes those whom the directory had removed.
pub(super) fn end(tx: &mut dyn Tx, act: &Act<'_>, people: &[UserId]) -> StoreResult<()> {
    if people.is_empty() {
        return Ok(());
    }
    // What took the access away says how it comes back: by undoing that.
    let mut causes = BTreeMap::new();
    for user in people {
        if let Some(hold) = tx.find_hold(act.org, *user)? {
            causes.insert(*user, hold.change);
        }
        tx.delete_hold(act.org, *user)?;
    }
    let told = |kind, user: &UserId| {
        let said = |change: Option<&ChangeId>| json!({"change_id": change});
        event(kind, *user).changed(Changed::between(said(causes.get(user)), said(None)))
    };
    let events: Vec<NewEvent> = people.iter().map(|user| told(EventKind::HoldEnded, user)).collect();
    tx.push_events(act.org, &act.cause, &events)?;
    tx.recompute(act.org, &act.cause, &Scope::Users(people.to_vec()))?;
    for user in people {
        let Some(person) = tx.find_user(act.org, *user)?.filter(|person| person.gone_at.is_some()) else {
            continue;
        };
        tx.delete_user(act.org, *user, act.cause.at)?;
        let gone = told(EventKind::UserDeleted, user).subject(person.facts.user_name);
        tx.push_events(act.org, &act.cause, &[gone])?;
    }
    Ok(())
}

fn keep(tx: &mut dyn Tx, act: &Act<'_>, holds: &[Hold]) -> StoreResult<()> {
    let waiting: Vec<&Hold> = holds.iter().filter(|hold| !hold.kept || hold.until.is_some()).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    for hold in &waiting {
        tx.put_hold(act.org, &Hold { kept: true, until: None, ..(*hold).clone() })?;
    }
    let events: Vec<NewEvent> = waiting.iter().map(|hold| event(EventKind::HoldKept, hold.user)).collect();
    tx.push_events(act.org, &act.cause, &events)
}

fn users(holds: &[Hold]) -> Vec<UserId> {
    holds.iter().map(|hold| hold.user).collect()
}

fn event(kind: EventKind, user: UserId) -> NewEvent {
    NewEvent::new(kind).user(user)
}

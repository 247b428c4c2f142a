//! Two people of whom an administrator says that they are two: the pair is proposed no more.

use super::accept::{MatchError, find_pushed, find_waiting};
use crate::{
    ids::{OrgId, RefusalId, UserId},
    ports::{ReadTx, Slice, StoreResult, Tx},
    records::{RefusedMatch, User},
    use_cases::Act,
};

/// A pair that is proposed no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The pair.
    pub refused: RefusedMatch,
    /// Whom no directory had taken in.
    pub waiting: User,
    /// Who was pushed.
    pub user: User,
}

/// Says that two people are two. The same pair again is as it is. It changes nobody's access, and nothing that has events.
pub fn refuse(tx: &mut dyn Tx, act: &Act<'_>, waiting: &str, with: &str) -> Result<Refused, MatchError> {
    let (waiting, user) = (find_waiting(tx, act, waiting)?, find_pushed(tx, act, with)?);
    let refused = match tx.find_refused(act.org, waiting.id, user.id)? {
        Some(known) => known,
        None => {
            let id = RefusalId(act.ids.next());
            let refused = RefusedMatch { id, waiting: waiting.id, user: user.id, at: act.cause.at };
            tx.put_refused(act.org, &refused)?;
            refused
        }
    };
    Ok(Refused { refused, waiting, user })
}

/// Takes a refusal back: the pair is proposed again, if it still has something in common.
pub fn reconsider(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), MatchError> {
    let unknown = || MatchError::UnknownRefusal { given: given.to_owned() };
    let id = RefusalId::parse(given).ok_or_else(unknown)?;
    if tx.delete_refused(act.org, id)? { Ok(()) } else { Err(unknown()) }
}

/// The refused pairs, in the order in which they were. One statement, and one for each person shown.
pub fn list_refused(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    slice: Slice<RefusalId>,
) -> StoreResult<Vec<Refused>> {
    let mut listed = Vec::new();
    for refused in tx.list_refused(org, slice)? {
        let mut find = |id: UserId| tx.find_user(org, id);
        // A refusal goes with either of the two, so this finds both.
        if let (Some(waiting), Some(user)) = (find(refused.waiting)?, find(refused.user)?) {
            listed.push(Refused { refused, waiting, user });
        }
    }
    Ok(listed)
}

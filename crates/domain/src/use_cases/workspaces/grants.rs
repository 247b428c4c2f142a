//! Roles given by hand, for good or for a time.

use std::collections::BTreeSet;

use super::{WorkspaceError, WorkspaceRef, find};
use crate::{
    event::{EventKind, NewEvent},
    grant::{self, Grant},
    ids::{UserId, WorkspaceId},
    ports::{Scope, StoreResult, Tx},
    records::PlacedGrant,
    role::WorkspaceRole,
    use_cases::{Act, people},
};

/// Gives a person a role by hand. The same call again changes nothing.
pub fn give(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    user: &str,
    grant: Grant,
) -> Result<(WorkspaceId, UserId), WorkspaceError> {
    grant.check(act.cause.at)?;
    let (workspace, user) = (find(tx, act, given)?.id, find_user(tx, act, user)?);
    match tx.find_grant(act.org, workspace, user)? {
        Some(existing) if existing == grant => {}
        Some(existing) => return Err(WorkspaceError::GrantExists { existing }),
        None => set(tx, act, workspace, user, None, Some(grant))?,
    }
    Ok((workspace, user))
}

/// Makes a grant another: its role, and when it ends.
pub fn change_grant(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    user: &str,
    grant: Grant,
) -> Result<(WorkspaceId, UserId), WorkspaceError> {
    grant.check(act.cause.at)?;
    replace(tx, act, given, user, Some(grant))
}

/// Takes back a role that was given by hand. What groups give stays.
pub fn take_back(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    user: &str,
) -> Result<(), WorkspaceError> {
    replace(tx, act, given, user, None).map(drop)
}

/// Ends those of these grants whose time has come, and leaves what is left of each. Others, and those that are there no longer, are
/// passed over, so that it may be asked for twice at once. Two statements for each that ends, and a constant number.
pub fn end_due(tx: &mut dyn Tx, act: &Act<'_>, due: &[(WorkspaceId, UserId)]) -> StoreResult<()> {
    let (mut events, mut people) = (Vec::new(), BTreeSet::new());
    for (workspace, user) in due {
        let Some(grant) = tx.find_grant(act.org, *workspace, *user)? else { continue };
        let left = grant.settled(act.cause.at);
        if left != Some(grant) {
            events.push(put(tx, act, *workspace, *user, Some(grant), left)?);
            people.insert(*user);
        }
    }
    if !people.is_empty() {
        tx.push_events(act.org, &act.cause, &events)?;
        tx.recompute(act.org, &act.cause, &Scope::Users(people.into_iter().collect()))?;
    }
    Ok(())
}

/// Leaves these roles for good beside grants that end, which give what they give until then.
pub(in crate::use_cases) fn keep_beside(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kept: impl IntoIterator<Item = (PlacedGrant, WorkspaceRole)>,
) -> StoreResult<()> {
    let mut events = Vec::new();
    for (PlacedGrant { workspace, user, grant }, role) in kept {
        let both = grant.join(Grant::lasting(role));
        if both.is_some() && both != Some(grant) {
            events.push(put(tx, act, workspace, user, Some(grant), both)?);
        }
    }
    if events.is_empty() { Ok(()) } else { tx.push_events(act.org, &act.cause, &events) }
}

/// Puts another in the place of a grant that is there, or nothing.
fn replace(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    user: &str,
    after: Option<Grant>,
) -> Result<(WorkspaceId, UserId), WorkspaceError> {
    let (workspace, user) = (find(tx, act, given)?.id, find_user(tx, act, user)?);
    let existing = tx.find_grant(act.org, workspace, user)?.ok_or(WorkspaceError::NoGrant)?;
    if after != Some(existing) {
        set(tx, act, workspace, user, Some(existing), after)?;
    }
    Ok((workspace, user))
}

fn set(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    workspace: WorkspaceId,
    user: UserId,
    before: Option<Grant>,
    after: Option<Grant>,
) -> StoreResult<()> {
    let event = put(tx, act, workspace, user, before, after)?;
    tx.push_events(act.org, &act.cause, &[event])?;
    tx.recompute(act.org, &act.cause, &Scope::Users(vec![user]))?;
    Ok(())
}

/// Writes what somebody has by hand from now on, and answers the event that tells of it.
pub(in crate::use_cases) fn put(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    workspace: WorkspaceId,
    user: UserId,
    before: Option<Grant>,
    after: Option<Grant>,
) -> StoreResult<NewEvent> {
    match after {
        Some(grant) => tx.put_grant(act.org, workspace, user, grant, &act.cause)?,
        None => drop(tx.delete_grant(act.org, workspace, user)?),
    }
    Ok(told(workspace, user, before, after))
}

/// What tells that somebody has something else by hand.
pub(in crate::use_cases) fn told(
    workspace: WorkspaceId,
    user: UserId,
    before: Option<Grant>,
    after: Option<Grant>,
) -> NewEvent {
    let kind = match (before, after) {
        (_, None) => EventKind::GrantDeleted,
        (None, _) => EventKind::GrantCreated,
        _ => EventKind::GrantUpdated,
    };
    let role = |grant: Option<Grant>| grant.map(|grant| grant.role);
    let event = NewEvent::new(kind).workspace(workspace).user(user).roles(role(before), role(after));
    event.changed(grant::changed(before, after))
}

fn find_user(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<UserId, WorkspaceError> {
    let unknown = || WorkspaceError::UnknownUser { given: given.to_owned() };
    let user = people::find(tx, act.org, given)?.ok_or_else(unknown)?;
    let owner = tx.list_connections(act.org)?.into_iter().find(|one| one.id == user.connection);
    match owner.filter(|owner| owner.switches.lock) {
        Some(owner) => Err(WorkspaceError::Locked { connection: owner.name }),
        None => Ok(user.id),
    }
}

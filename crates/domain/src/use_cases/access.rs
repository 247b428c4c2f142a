//! What a connection may do, and what happens before a directory takes access away.
//!
//! Every removal by an IdP goes through `follow`: it holds those who keep their access all the same, and lets the rest
//! follow. An administrator's own change is not guarded: who makes it can plan it. What only adds pays for none of this.

#[cfg(test)]
mod tests;

use super::{Act, ResourceError};
use crate::{
    event::{Actor, EventKind, NewEvent},
    guard::Brake,
    ids::{ConnectionId, UserId},
    ports::{HoldTerms, Recomputed, Scope, Slice, StoreResult, Tx},
    records::{Hold, HoldReason, User, UserFacts},
    role::OrgRole,
    switches::{OnConflict, OutsideDomains},
    time::Timestamp,
};

/// The connection whose IdP asks for this, if one does.
pub(super) fn by_idp(act: &Act<'_>) -> Option<ConnectionId> {
    match act.cause.actor {
        Actor::Idp { connection, .. } => Some(connection),
        Actor::ApiKey(_)
        | Actor::Administrator(_)
        | Actor::SetupLink(_)
        | Actor::Operator
        | Actor::Server => None,
    }
}

/// Says whether the person is outside the connection's domains, or refuses one who would be taken in or come there.
pub(super) fn place(
    act: &Act<'_>,
    facts: &mut UserFacts,
    before: Option<&UserFacts>,
) -> Result<(), ResourceError> {
    facts.outside = match by_idp(act) {
        Some(_) => act.switches.outside(facts),
        None => before.is_some_and(|before| before.outside),
    };
    // Who is outside already can still be changed, deactivated above all.
    let comes_outside = facts.outside && !before.is_some_and(|before| before.outside);
    if comes_outside && act.switches.outside_domains == OutsideDomains::Refuse {
        return Err(ResourceError::OutsideDomains {
            user_name: facts.user_name.clone(),
            domains: act.switches.verified_domains.clone(),
        });
    }
    Ok(())
}

/// Refuses what another connection owns.
pub(super) fn refuse_of_another(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kind: &'static str,
    owner: ConnectionId,
    value: &str,
) -> Result<(), ResourceError> {
    match by_idp(act) {
        Some(connection) if connection != owner => Err(owned(tx, act, kind, owner, value)?),
        _ => Ok(()),
    }
}

/// The connection that takes over what another owns, if that is what happens. It never does so only to take something
/// away: `gives` says whether the thing is active afterwards.
pub(super) fn claim(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kind: &'static str,
    owner: ConnectionId,
    value: &str,
    gives: bool,
) -> Result<Option<ConnectionId>, ResourceError> {
    match by_idp(act).filter(|connection| *connection != owner) {
        None => Ok(None),
        // Nobody's directory has spoken for whom an administrator brought in: the first that does takes them as they are.
        Some(claiming) if owner.is_by_hand() => Ok(Some(claiming)),
        Some(claiming) if gives && act.switches.on_conflict == OnConflict::Claim => Ok(Some(claiming)),
        Some(_) => Err(owned(tx, act, kind, owner, value)?),
    }
}

/// Whether an IdP speaks for a person who is nobody's yet, and so takes them even if it changes nothing.
pub(super) fn takes_in(act: &Act<'_>, owner: ConnectionId) -> bool {
    owner.is_by_hand() && by_idp(act).is_some()
}

fn owned(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kind: &'static str,
    owner: ConnectionId,
    value: &str,
) -> StoreResult<ResourceError> {
    if owner.is_by_hand() {
        return Ok(ResourceError::ByHand { kind, value: value.to_owned() });
    }
    let name = tx.list_connections(act.org)?.into_iter().find(|one| one.id == owner).map(|one| one.name);
    let owner = name.unwrap_or_else(|| owner.to_string());
    Ok(ResourceError::OfAnotherConnection { kind, value: value.to_owned(), owner })
}

/// Lets access follow after something was taken away. Those who keep it all the same are put under a hold first.
pub(super) fn follow(tx: &mut dyn Tx, act: &Act<'_>, scope: &Scope) -> StoreResult<Recomputed> {
    if by_idp(act).is_some() {
        hold(tx, act, scope)?;
    }
    tx.recompute(act.org, &act.cause, scope)
}

fn hold(tx: &mut dyn Tx, act: &Act<'_>, scope: &Scope) -> StoreResult<()> {
    if act.switches.upsert_only {
        let terms = HoldTerms { reason: HoldReason::UpsertOnly, kept: true, until: None };
        let held = tx.hold_losers(act.org, &act.cause, scope, terms)?;
        return record_held(tx, act, &held);
    }
    let guarding = tx.guarding(act.org)?;
    if guarding.owners_by_group {
        let held = tx.hold_last_owners(act.org, &act.cause, scope)?;
        record_held(tx, act, &held)?;
    }
    if guarding.brake.enabled
        && let Some(losers) = too_many(tx, act, scope, &guarding.brake)?
    {
        return brake(tx, act, scope, losers);
    }
    if let Some(until) = act.switches.grace_until(act.cause.at) {
        let terms = HoldTerms { reason: HoldReason::Grace, kept: true, until: Some(until) };
        let held = tx.hold_losers(act.org, &act.cause, scope, terms)?;
        record_held(tx, act, &held)?;
    }
    Ok(())
}

/// Notes who would lose access; answers how many did within the window, if that is too many.
fn too_many(tx: &mut dyn Tx, act: &Act<'_>, scope: &Scope, brake: &Brake) -> StoreResult<Option<u64>> {
    if tx.note_losers(act.org, scope, act.cause.at)? == 0 {
        return Ok(None);
    }
    let since = Timestamp(act.cause.at.0 - brake.window_ms());
    let losers = tx.count_recent_removals(act.org, since)?;
    if brake.stops(losers) {
        return Ok(Some(losers));
    }
    let Some(needed) = brake.people_needed(losers) else { return Ok(None) };
    let few = tx.count_people_with_access(act.org, needed)? < needed;
    Ok(few.then_some(losers))
}

/// Holds the losers for a review. The first time that somebody waits, it is told once.
fn brake(tx: &mut dyn Tx, act: &Act<'_>, scope: &Scope, losers: u64) -> StoreResult<()> {
    // Beside those of the brake, only a last owner waits.
    let waiting = tx.list_holds(act.org, Some(false), Slice { after: None, limit: 10 })?;
    let first = waiting.iter().all(|hold| hold.reason != HoldReason::Brake);
    let terms = HoldTerms { reason: HoldReason::Brake, kept: false, until: None };
    let held = tx.hold_losers(act.org, &act.cause, scope, terms)?;
    if first && !held.is_empty() {
        let subject = format!("{losers} people would have lost access within the window");
        let event = NewEvent::new(EventKind::GuardTriggered).subject(subject);
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    record_held(tx, act, &held)
}

/// Holds the person when the organisation would be left without an active owner by what is about to be said of them.
pub(super) fn keep_last_owner(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    before: &User,
    after: &UserFacts,
) -> StoreResult<()> {
    let had = before.org_role == OrgRole::Owner && before.facts.active && !before.facts.outside;
    if by_idp(act).is_none() || !had || tx.has_other_owner(act.org, before.id)? {
        return Ok(());
    }
    // A lower role is what the directory says of the person, and is not a removal.
    if after.active && !after.outside {
        return Ok(());
    }
    let hold = Hold {
        user: before.id,
        reason: HoldReason::LastOwner,
        kept: false,
        since: act.cause.at,
        until: None,
        change: act.cause.change,
    };
    tx.put_hold(act.org, &hold)?;
    record_held(tx, act, &[before.id])
}

fn record_held(tx: &mut dyn Tx, act: &Act<'_>, held: &[UserId]) -> StoreResult<()> {
    if held.is_empty() {
        return Ok(());
    }
    let events: Vec<NewEvent> =
        held.iter().map(|user| NewEvent::new(EventKind::HoldCreated).user(*user)).collect();
    tx.push_events(act.org, &act.cause, &events)
}

//! A connection switched off: what becomes of its people, and that its groups go.

use std::collections::BTreeMap;

use rolecall_scim::{profile::Profile, schema::ResourceType};
use serde_json::json;

use super::{ConnectionError, by_hand, end, require};
use crate::{
    event::{EventKind, NewEvent},
    ids::{ConnectionId, UserId, WorkspaceId},
    ports::{EndingGrants, Scope, Slice, StoreError, StoreResult, Tx},
    records::{Connection, Source, User},
    role::WorkspaceRole,
    switches::PeopleFate,
    use_cases::{Act, Expected, ResourceError, groups, holds, schemas, users, workspaces},
};

/// So many people are written, and their memberships recomputed, at once.
const PAGE: u32 = 500;

/// Switches a connection off: its people stay as manual, are deactivated, or go, as was wished; its groups go, and what
/// administrators mapped waits on their names; then the connection goes, with its tokens.
pub fn switch_off(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    people: PeopleFate,
) -> Result<(), ConnectionError> {
    let connection = require(tx, act.org, given)?;
    if connection.id.is_by_hand() {
        return Err(ConnectionError::ByHand { name: connection.name });
    }
    match people {
        PeopleFate::Keep => keep(tx, act, &connection)?,
        PeopleFate::Deactivate => deactivate(tx, act, &connection)?,
        PeopleFate::Remove => remove(tx, act, &connection)?,
    }
    remove_groups(tx, act, connection.id)?;
    end(tx, act, connection)?;
    Ok(())
}

/// What people have they keep, as if it had been given by hand: memberships as grants, roles in the organisation as their own.
fn keep(tx: &mut dyn Tx, act: &Act<'_>, connection: &Connection) -> StoreResult<()> {
    let user_type = user_type(tx, act)?;
    let mut after = None;
    loop {
        let page = tx.people_above_their_own(act.org, connection.id, Slice { after, limit: PAGE })?;
        let mut events = Vec::new();
        for user in &page {
            // What an undecided hold keeps is the hold's to give.
            if tx.find_hold(act.org, user.id)?.is_some_and(|hold| !hold.kept || hold.until.is_some()) {
                continue;
            }
            let roles = json!([{"value": user.org_role, "primary": true}]);
            users::rewrite(tx, act, &user_type, user, "roles", Some(roles))?;
            events.push(event(EventKind::UserUpdated, user));
        }
        tx.push_events(act.org, &act.cause, &events)?;
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => break,
        }
    }
    keep_beside_ending(tx, act, connection.id)?;
    tx.keep_access(act.org, connection.id, &act.cause)?;
    let to = by_hand(tx, act)?;
    tx.hand_over(act.org, connection.id, to, act.cause.at)
}

/// Somebody may have a role by hand that ends, and one by groups behind it: the latter is for good now.
fn keep_beside_ending(tx: &mut dyn Tx, act: &Act<'_>, connection: ConnectionId) -> StoreResult<()> {
    let ending = tx.ending_grants(act.org, &EndingGrants::Owned(connection))?;
    for some in ending.chunks(PAGE as usize) {
        let mut people: Vec<UserId> = some.iter().map(|one| one.user).collect();
        let mut places: Vec<WorkspaceId> = some.iter().map(|one| one.workspace).collect();
        people.sort_unstable();
        people.dedup();
        places.sort_unstable();
        places.dedup();
        let by_groups =
            tx.sources_of(act.org, &people, None)?.into_iter().filter_map(|(user, place, source)| {
                matches!(source, Source::Group { .. }).then(|| ((user, place), source.role()))
            });
        let have = tx.roles_of(act.org, &people, &places)?;
        let have = have.into_iter().map(|(user, place, role)| ((user, place), role));
        // What a grant gives itself is not for good; more than that is by groups, or by a hold that was decided.
        let grants: BTreeMap<_, _> =
            some.iter().map(|one| ((one.user, one.workspace), one.grant.role)).collect();
        let more = have.filter(|(place, role)| grants.get(place).is_some_and(|given| role > given));
        let mut behind: BTreeMap<(UserId, WorkspaceId), WorkspaceRole> = BTreeMap::new();
        for (place, role) in by_groups.chain(more) {
            let most = behind.entry(place).or_insert(role);
            *most = role.max(*most);
        }
        let kept = some.iter().filter_map(|one| Some((*one, *behind.get(&(one.user, one.workspace))?)));
        workspaces::keep_beside(tx, act, kept)?;
    }
    Ok(())
}

/// Nobody has access any more, and everybody's record stays.
fn deactivate(tx: &mut dyn Tx, act: &Act<'_>, connection: &Connection) -> StoreResult<()> {
    let user_type = user_type(tx, act)?;
    each_page(tx, act, connection.id, |tx, page| {
        let (removed, there): (Vec<_>, Vec<_>) = page.iter().partition(|user| user.gone_at.is_some());
        holds::end(tx, act, &ids(&removed))?;
        let active: Vec<&User> = there.into_iter().filter(|user| user.facts.active).collect();
        let mut events = Vec::new();
        for user in &active {
            users::rewrite(tx, act, &user_type, user, "active", Some(false.into()))?;
            events.extend([EventKind::UserUpdated, EventKind::UserDeactivated].map(|kind| event(kind, user)));
        }
        tx.push_events(act.org, &act.cause, &events)?;
        let held = held(tx, act, &active)?;
        holds::end(tx, act, &held)?;
        tx.recompute(act.org, &act.cause, &Scope::Users(ids(&active))).map(drop)
    })?;
    let to = by_hand(tx, act)?;
    tx.hand_over(act.org, connection.id, to, act.cause.at)
}

/// Everybody goes, as if each had been deleted.
fn remove(tx: &mut dyn Tx, act: &Act<'_>, connection: &Connection) -> StoreResult<()> {
    each_page(tx, act, connection.id, |tx, page| {
        let all: Vec<&User> = page.iter().collect();
        let held = held(tx, act, &all)?;
        holds::end(tx, act, &held)?;
        for user in page.iter().filter(|user| user.gone_at.is_none()) {
            users::delete(tx, act, user.id, &Expected::Any).map_err(broken)?;
        }
        Ok(())
    })
}

/// The groups go one by one, as if each had been deleted: there are few beside the people.
fn remove_groups(tx: &mut dyn Tx, act: &Act<'_>, connection: ConnectionId) -> StoreResult<()> {
    let mut after = None;
    loop {
        let page = tx.list_groups(act.org, Slice { after, limit: PAGE })?;
        for group in page.iter().filter(|group| group.connection == Some(connection)) {
            groups::delete(tx, act, group.id, &Expected::Any).map_err(broken)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

fn each_page(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    connection: ConnectionId,
    mut each: impl FnMut(&mut dyn Tx, &[User]) -> StoreResult<()>,
) -> StoreResult<()> {
    let mut after = None;
    loop {
        let page = tx.people_of(act.org, connection, Slice { after, limit: PAGE })?;
        each(tx, &page)?;
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

/// Those of them whose access is held: who is switched off has nothing to hold on to.
fn held(tx: &mut dyn Tx, act: &Act<'_>, people: &[&User]) -> StoreResult<Vec<UserId>> {
    let mut held = Vec::new();
    for user in people {
        if tx.find_hold(act.org, user.id)?.is_some() {
            held.push(user.id);
        }
    }
    Ok(held)
}

/// Writes one attribute of a person's record.
fn user_type(tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<std::sync::Arc<ResourceType>> {
    let terms = schemas::terms(Profile::default(), &tx.list_schemas(act.org)?);
    let broken = |error| StoreError::Failed(format!("a stored schema cannot be used: {error}"));
    Ok(terms.map_err(broken)?.user_type)
}

fn ids(people: &[&User]) -> Vec<UserId> {
    people.iter().map(|user| user.id).collect()
}

fn event(kind: EventKind, user: &User) -> NewEvent {
    NewEvent::new(kind).user(user.id).subject(&*user.facts.user_name)
}

/// Nothing that a request could cause stands against removing what is there.
fn broken(error: ResourceError) -> StoreError {
    match error {
        ResourceError::Store(error) => error,
        other => StoreError::Failed(other.to_string()),
    }
}

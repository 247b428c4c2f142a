//! Groups: pushed, replaced, patched and removed by an IdP, and who is in them. Memberships follow at once.

mod changes;
#[cfg(test)]
mod tests;

use rolecall_scim::{
    document::Document,
    index::fold,
    members::{GroupBody, GroupStep, MembersChange},
    patch,
    profile::Profile,
    schema::ResourceType,
};
use serde_json::Value;

use super::{Act, Expected, ResourceError, access, names, role_mappings, stored};
use crate::{
    event::{EventKind, NewEvent},
    ids::{ConnectionId, GroupId},
    name_rule::NameReader,
    ports::{Scope, StoreError, StoreResult, Tx, Unique},
    records::{Group, GroupFacts, Mapping, MappingOrigin, Settings, StoredDocument, WrittenDocument},
    role::WorkspaceRole,
    undo::Removal,
};
use changes::MemberChanges;

/// Adds a group, or takes over the one that an administrator named in a mapping before the IdP pushed it.
///
/// `externalId` tells two groups of one name apart; without it a name that is in use is an error, since a
/// repeated request must not make a second group.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    connection: ConnectionId,
    body: GroupBody,
) -> Result<Group, ResourceError> {
    let settings = tx.settings(act.org)?;
    let (facts, written) = (group_facts(&body.document, &settings), write(&body.document, resource_type));
    let now = act.cause.at;
    let mut named = None;
    for other in tx.find_groups_by_name(act.org, &facts.display_name_key)? {
        if !other.pushed() {
            named = Some((other.id, other.document.created_at));
        } else if !told_apart(&facts, &other.facts) {
            return Err(taken(StoreError::Taken(Unique::GroupName), &facts));
        }
    }
    let (id, created_at, kind) = match named {
        Some((id, created_at)) => {
            tx.update_group(act.org, id, Some(connection), &facts, &written, 1, now)
                .map_err(|error| taken(error, &facts))?;
            (id, created_at, EventKind::GroupUpdated)
        }
        None => {
            let id = GroupId(act.ids.next());
            tx.insert_group(act.org, id, Some(connection), &facts, &written, now)
                .map_err(|error| taken(error, &facts))?;
            (id, now, EventKind::GroupCreated)
        }
    };
    tx.push_events(act.org, &act.cause, &[NewEvent::new(kind).group(id).subject(&*facts.display_name)])?;
    let mut members = MemberChanges::new(id);
    members.add(tx, act, &body.members.unwrap_or_default())?;
    let document = StoredDocument { text: written.text, version: 1, created_at, modified_at: now };
    let group = Group { id, connection: Some(connection), document, facts };
    names::follow(tx, act, &settings, &group, names::MissingWorkspace::Make)?;
    members.record(tx, act)?;
    members.reactivate(tx, act)?;
    tx.recompute(act.org, &act.cause, &Scope::Groups(vec![id]))?;
    Ok(group)
}

/// Puts a document and a member list in the place of what is there (RFC 7644 §3.5.1). A body without `members` is a
/// group without members: Keycloak's plugin says so that the last one has left. A rename that keeps them is a PATCH.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    id: GroupId,
    body: GroupBody,
    expected: &Expected,
) -> Result<Group, ResourceError> {
    let before = find(tx, act, id)?;
    expected.check(before.document.version)?;
    let old = stored(&before.document.text, resource_type)?;
    let document = body.document.replacing(&old, resource_type)?;
    let mut members = MemberChanges::new(id);
    members.replace(tx, act, &body.members.unwrap_or_default())?;
    save(tx, act, resource_type, before, &old, &document, members)
}

/// Applies PATCH operations, all or none. Members are added and removed one by one in the store: the member list is
/// not loaded, except for a filter on members that asks for more than their ids.
pub fn apply(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    id: GroupId,
    steps: &[GroupStep],
    profile: Profile,
    expected: &Expected,
) -> Result<(Group, Vec<String>), ResourceError> {
    let before = find(tx, act, id)?;
    expected.check(before.document.version)?;
    let old = stored(&before.document.text, resource_type)?;
    let (mut document, mut ignored) = (old.clone(), Vec::new());
    let mut members = MemberChanges::new(id);
    for step in steps {
        match step {
            GroupStep::Attributes(operations) => {
                let applied = patch::apply(operations, resource_type, &document, &id.to_string(), profile)?;
                document = applied.document;
                ignored.extend(applied.ignored);
            }
            GroupStep::Members(MembersChange::Add(list)) => members.add(tx, act, list)?,
            GroupStep::Members(MembersChange::Remove(ids)) => members.remove(tx, act, ids)?,
            GroupStep::Members(MembersChange::RemoveWhere(filter)) => {
                members.remove_where(tx, act, filter, profile)?
            }
            GroupStep::Members(MembersChange::Clear) => members.replace(tx, act, &[])?,
            GroupStep::Members(MembersChange::Replace(list)) => members.replace(tx, act, list)?,
        }
    }
    Ok((save(tx, act, resource_type, before, &old, &document, members)?, ignored))
}

/// Removes a group. What followed from it goes with it; an administrator's mappings stay, on the group's name, and
/// hold again when the IdP pushes a group of that name: the IdP takes away what the IdP gave.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, id: GroupId, expected: &Expected) -> Result<(), ResourceError> {
    let before = find(tx, act, id)?;
    if let Some(owner) = before.connection {
        access::refuse_of_another(tx, act, "Group", owner, &before.facts.display_name)?;
    }
    expected.check(before.document.version)?;
    tx.keep_removed(act.org, &act.cause, &Removal::Group(id))?;
    let mappings = tx.mappings_of(act.org, id)?;
    if mapped_by_hand(tx, act, id, &mappings)? {
        let waiting = names::name_group(tx, act, &before.facts.display_name)?;
        move_mappings(tx, act, &mappings, id, waiting)?;
    }
    let mut events = names::give_way(tx, act, &mappings)?;
    tx.leave_parents(act.org, id, act.cause.at)?;
    // The members are still in it, but it gives nothing any more.
    access::follow(tx, act, &Scope::Groups(vec![id]))?;
    tx.delete_group(act.org, id)?;
    events.push(NewEvent::new(EventKind::GroupDeleted).group(id).subject(before.facts.display_name));
    tx.push_events(act.org, &act.cause, &events)?;
    Ok(())
}

fn save(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    before: Group,
    old: &Document,
    document: &Document,
    members: MemberChanges,
) -> Result<Group, ResourceError> {
    let rewritten = document != old;
    if !rewritten && members.is_empty() {
        return Ok(before);
    }
    let (version, now) = (before.document.version + 1, act.cause.at);
    let mut group = before;
    let claimed = claim(tx, act, &mut group, &members)?;
    group.document.version = version;
    group.document.modified_at = now;
    let mut mapped_anew = false;
    if rewritten || claimed {
        let settings = tx.settings(act.org)?;
        let (facts, written) = (group_facts(document, &settings), write(document, resource_type));
        let renamed_key = facts.display_name_key != group.facts.display_name_key;
        if renamed_key || facts.external_id != group.facts.external_id {
            refuse_taken_name(tx, act, group.id, &facts)?;
        }
        if renamed_key {
            tx.keep_removed(act.org, &act.cause, &Removal::GroupName(group.id))?;
        }
        tx.update_group(act.org, group.id, group.connection, &facts, &written, version, now)
            .map_err(|error| taken(error, &facts))?;
        let event = NewEvent::new(EventKind::GroupUpdated).group(group.id).subject(&*facts.display_name);
        let renamed = facts.pattern != group.facts.pattern;
        group.document.text = written.text;
        group.facts = facts;
        if renamed_key {
            mapped_anew = take_over_mappings(tx, act, &group)?;
        }
        // Behind what it took over: an undo, which reads backwards, frees the name first.
        tx.push_events(act.org, &act.cause, &[event])?;
        if renamed || mapped_anew {
            mapped_anew |= names::follow(tx, act, &settings, &group, names::MissingWorkspace::Make)?;
        }
    } else {
        tx.touch_group(act.org, group.id, version, now)?;
    }
    members.record(tx, act)?;
    members.reactivate(tx, act)?;
    if mapped_anew {
        access::follow(tx, act, &Scope::Groups(vec![group.id]))?;
    }
    members.recompute(tx, act)?;
    Ok(group)
}

/// Takes a group over from another connection, or refuses. It never does so only to take somebody out.
fn claim(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: &mut Group,
    members: &MemberChanges,
) -> Result<bool, ResourceError> {
    let Some(owner) = group.connection else { return Ok(false) };
    let gives = !members.takes_only();
    let claiming = access::claim(tx, act, "Group", owner, &group.facts.display_name, gives)?;
    if claiming.is_some() {
        group.connection = claiming;
    }
    Ok(claiming.is_some())
}

/// What a name asks for under the organisation's pattern and rules: the folded workspace and the role.
pub(super) fn asked_for(display_name: &str, reader: &NameReader<'_>) -> Option<(String, WorkspaceRole)> {
    reader.read(display_name).map(|(found, _)| (found.workspace_key(), found.role))
}

/// What columns hold of a Group document, under the organisation's settings.
pub fn group_facts(document: &Document, settings: &Settings) -> GroupFacts {
    let text = |name: &str| document.text(name).map(str::to_owned);
    let display_name = text("displayName").unwrap_or_default();
    GroupFacts {
        display_name_key: fold(&display_name),
        external_id: text("externalId"),
        pattern: asked_for(&display_name, &NameReader::new(settings)),
        display_name,
    }
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, id: GroupId) -> Result<Group, ResourceError> {
    tx.find_group(act.org, id)?
        .filter(Group::pushed)
        .ok_or_else(|| ResourceError::NotFound { kind: "Group", id: id.to_string() })
}

fn refuse_taken_name(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    id: GroupId,
    facts: &GroupFacts,
) -> Result<(), ResourceError> {
    let others = tx.find_groups_by_name(act.org, &facts.display_name_key)?;
    let clash =
        others.iter().any(|other| other.id != id && other.pushed() && !told_apart(facts, &other.facts));
    if clash { Err(taken(StoreError::Taken(Unique::GroupName), facts)) } else { Ok(()) }
}

/// A group that takes the name under which an administrator mapped a group that was yet to come is that group.
pub(super) fn take_over_mappings(tx: &mut dyn Tx, act: &Act<'_>, group: &Group) -> StoreResult<bool> {
    let named = tx.find_groups_by_name(act.org, &group.facts.display_name_key)?;
    let Some(waiting) = named.iter().find(|other| !other.pushed()) else { return Ok(false) };
    let mappings = tx.mappings_of(act.org, group.id)?;
    if mapped_by_hand(tx, act, group.id, &mappings)? {
        return Ok(false);
    }
    // First, since both may be to the same workspace.
    let events = names::give_way(tx, act, &mappings)?;
    if !events.is_empty() {
        tx.push_events(act.org, &act.cause, &events)?;
    }
    let waited = tx.mappings_of(act.org, waiting.id)?;
    move_mappings(tx, act, &waited, waiting.id, group.id)?;
    tx.keep_removed(act.org, &act.cause, &Removal::Group(waiting.id))?;
    tx.delete_group(act.org, waiting.id)?;
    let name = &*waiting.facts.display_name;
    tx.push_events(
        act.org,
        &act.cause,
        &[NewEvent::new(EventKind::GroupDeleted).group(waiting.id).subject(name)],
    )?;
    Ok(true)
}

/// Lets what administrators mapped a group to follow its name to another group, and tells of each mapping.
fn move_mappings(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    mappings: &[Mapping],
    from: GroupId,
    to: GroupId,
) -> StoreResult<()> {
    let role_mapping = tx.role_mapping_of(act.org, from)?;
    tx.move_mappings(act.org, from, to, None, act.cause.change)?;
    let by_hand = mappings.iter().filter(|mapping| mapping.origin == MappingOrigin::Admin);
    let mut events: Vec<NewEvent> = by_hand.map(|mapping| names::moved_event(mapping, to)).collect();
    events.extend(role_mapping.map(|mapping| role_mappings::moved_event(&mapping, to)));
    tx.push_events(act.org, &act.cause, &events)
}

/// Whether an administrator has mapped the group, to a workspace or to a role in the organisation.
pub(super) fn mapped_by_hand(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: GroupId,
    mappings: &[Mapping],
) -> StoreResult<bool> {
    let to_workspace = mappings.iter().any(|mapping| mapping.origin == MappingOrigin::Admin);
    Ok(to_workspace || tx.role_mapping_of(act.org, group)?.is_some())
}

/// Two groups of one name are two when each has an `externalId` of its own.
pub(super) fn told_apart(one: &GroupFacts, other: &GroupFacts) -> bool {
    matches!((&one.external_id, &other.external_id), (Some(one), Some(other)) if one != other)
}

pub(super) fn write(document: &Document, resource_type: &ResourceType) -> WrittenDocument {
    let index = Value::Object(rolecall_scim::index::index_document(document, resource_type)).to_string();
    WrittenDocument { text: document.to_json(), index }
}

fn taken(error: StoreError, facts: &GroupFacts) -> ResourceError {
    let value = match error {
        StoreError::Taken(Unique::GroupName) => facts.display_name.clone(),
        StoreError::Taken(Unique::ExternalId) => facts.external_id.clone().unwrap_or_default(),
        other => return other.into(),
    };
    let StoreError::Taken(attribute) = error else { return error.into() };
    ResourceError::Taken { kind: "Group", attribute, value }
}

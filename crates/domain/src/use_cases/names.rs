//! How a group's name becomes a mapping, and how it stays in step when names, workspaces or the pattern change.
//!
//! A group that the pattern or a rule matches has one mapping of origin `pattern`, as long as no administrator has mapped the
//! group. So memberships follow from mappings and grants alone.

use rolecall_scim::index::fold;
use uuid::Uuid;

use super::{Act, mappings};
use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, MappingId, WorkspaceId},
    name_rule::NameReader,
    pattern::{MAX_SLUG_CHARS, slug_of},
    ports::{StoreResult, Tx},
    records::{Group, GroupFacts, Mapping, MappingOrigin, Settings, Workspace, WrittenDocument},
    undo::Removal,
};

/// What to do about a workspace that a name asks for and that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MissingWorkspace {
    /// Make it, if the organisation's settings say so.
    Make,
    /// Leave the group unmapped: an administrator has just removed or renamed the workspace.
    Leave,
}

/// Brings the mapping that follows from the group's name in step. Answers whether it changed, in which case the
/// caller lets the memberships of the group's people follow.
pub(super) fn follow(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    settings: &Settings,
    group: &Group,
    missing: MissingWorkspace,
) -> StoreResult<bool> {
    let mappings = tx.mappings_of(act.org, group.id)?;
    let by_name = mappings.iter().find(|mapping| mapping.origin == MappingOrigin::Pattern);
    let mapped_by_hand = mappings.iter().any(|mapping| mapping.origin == MappingOrigin::Admin);
    let wanted = match &group.facts.pattern {
        Some((key, role)) if !mapped_by_hand => {
            find_or_make(tx, act, settings, group, key, missing)?.map(|workspace| (workspace, *role))
        }
        _ => None,
    };
    if by_name.map(|mapping| (mapping.workspace, mapping.role)) == wanted {
        return Ok(false);
    }
    let mut events = Vec::new();
    if let Some(mapping) = by_name {
        tx.keep_removed(act.org, &act.cause, &Removal::Mapping(mapping.id))?;
        tx.delete_mapping(act.org, mapping.id)?;
        events.push(mapping_event(EventKind::MappingDeleted, mapping));
    }
    if let Some((workspace, role)) = wanted {
        let mapping = Mapping {
            id: MappingId(act.ids.next()),
            group: group.id,
            group_name: group.facts.display_name.clone(),
            workspace,
            role,
            origin: MappingOrigin::Pattern,
            created_at: act.cause.at,
            paused_at: None,
            change: Some(act.cause.change),
        };
        tx.insert_mapping(act.org, &mapping)?;
        events.push(mapping_event(EventKind::MappingCreated, &mapping));
    }
    tx.push_events(act.org, &act.cause, &events)?;
    Ok(true)
}

/// Removes the mapping by name among a group's mappings, since something else speaks for the group from now on.
/// Answers the events, for the caller to record with its own.
pub(super) fn give_way(tx: &mut dyn Tx, act: &Act<'_>, mappings: &[Mapping]) -> StoreResult<Vec<NewEvent>> {
    let mut events = Vec::new();
    for by_name in mappings.iter().filter(|mapping| mapping.origin == MappingOrigin::Pattern) {
        tx.keep_removed(act.org, &act.cause, &Removal::Mapping(by_name.id))?;
        tx.delete_mapping(act.org, by_name.id)?;
        events.push(mapping_event(EventKind::MappingDeleted, by_name));
    }
    Ok(events)
}

/// What an event says of a mapping.
pub(super) fn mapping_event(kind: EventKind, mapping: &Mapping) -> NewEvent {
    let event = NewEvent::new(kind)
        .mapping(mapping.id)
        .group(mapping.group)
        .workspace(mapping.workspace)
        .subject(&*mapping.group_name);
    match kind {
        EventKind::MappingDeleted => event.roles(Some(mapping.role), None),
        _ => event.roles(None, Some(mapping.role)),
    }
}

/// What an event says of a mapping that is another group's from now on.
pub(super) fn moved_event(mapping: &Mapping, to: GroupId) -> NewEvent {
    let event = mapping_event(EventKind::MappingUpdated, &Mapping { group: to, ..mapping.clone() });
    event.roles(Some(mapping.role), Some(mapping.role)).changed(mappings::moved(mapping.group, to))
}

/// Adds a group that no IdP has pushed yet, so that something can be mapped to it; the IdP's later push of that
/// name takes it over. The answer to SCIM does not show it.
pub(super) fn name_group(tx: &mut dyn Tx, act: &Act<'_>, name: &str) -> StoreResult<GroupId> {
    let id = GroupId(act.ids.next());
    insert_named(tx, act, id, name)?;
    Ok(id)
}

/// The same under an id of its own.
pub(super) fn insert_named(tx: &mut dyn Tx, act: &Act<'_>, id: GroupId, name: &str) -> StoreResult<()> {
    let facts = GroupFacts {
        display_name: name.to_owned(),
        display_name_key: fold(name),
        external_id: None,
        // It is there to be mapped by hand; its name is read when the IdP pushes it.
        pattern: None,
    };
    let document = WrittenDocument { text: "{}".into(), index: "{}".into() };
    tx.insert_group(act.org, id, None, &facts, &document, act.cause.at)?;
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::GroupCreated).group(id).subject(name)])?;
    Ok(())
}

fn find_or_make(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    settings: &Settings,
    group: &Group,
    key: &str,
    missing: MissingWorkspace,
) -> StoreResult<Option<WorkspaceId>> {
    if let Some(workspace) = tx.find_workspace_by_key(act.org, key)? {
        return Ok(Some(workspace.id));
    }
    if missing == MissingWorkspace::Leave || !settings.pattern.create_workspaces {
        return Ok(None);
    }
    // The name as the group spells it; the key is folded.
    let Some((found, _)) = NameReader::new(settings).read(&group.facts.display_name) else { return Ok(None) };
    let workspace = Workspace {
        id: WorkspaceId(act.ids.next()),
        slug: free_slug(tx, act, &found.workspace)?,
        name: found.workspace,
        created_at: act.cause.at,
        updated_at: act.cause.at,
        archived_at: None,
    };
    tx.insert_workspace(act.org, &workspace)?;
    let event = NewEvent::new(EventKind::WorkspaceCreated).workspace(workspace.id).subject(workspace.name);
    tx.push_events(act.org, &act.cause, &[event])?;
    Ok(Some(workspace.id))
}

/// A slug made from the name that no workspace has yet: with `-2`, `-3` … where the plain one is taken. It passes
/// `workspaces::check_slug`.
pub(super) fn free_slug(tx: &mut dyn Tx, act: &Act<'_>, name: &str) -> StoreResult<String> {
    let base = match slug_of(name) {
        slug if slug.is_empty() => "workspace".to_owned(),
        // A name may look like an id; a slug must not, or the workspace could not be addressed by it.
        slug if Uuid::parse_str(&slug).is_ok() => format!("workspace-{slug}"),
        slug => slug,
    };
    let mut slug = base.clone();
    let mut number = 1;
    while tx.find_workspace_by_slug(act.org, &slug)?.is_some() {
        number += 1;
        let suffix = format!("-{number}");
        slug = base.chars().take(MAX_SLUG_CHARS - suffix.len()).chain(suffix.chars()).collect();
    }
    Ok(slug)
}

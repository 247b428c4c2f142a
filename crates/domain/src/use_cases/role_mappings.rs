//! Groups that give a role in the organisation: whoever is in one is at least that.
//!
//! They stand beside the mappings to workspaces: a group's name is read whether or not the group gives such a role.

#[cfg(test)]
mod tests;

use serde_json::json;

use super::{
    Act,
    mappings::{self, GroupRef, MappingError, NamesThatMap},
    names::MissingWorkspace,
};
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{GroupId, MappingId},
    ports::{Scope, StoreResult, Tx},
    records::RoleMapping,
    role::OrgRole,
};

/// Makes a group give a role in the organisation. The same call again answers the same mapping.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: &GroupRef,
    role: OrgRole,
) -> Result<RoleMapping, MappingError> {
    let (group, group_name) = mappings::find_or_name_group(tx, act, group, NamesThatMap::Fine)?;
    if let Some(same) = tx.role_mapping_of(act.org, group)? {
        if same.role == role {
            return Ok(same);
        }
        return Err(MappingError::OrgRoleConflict {
            group: group_name,
            existing: same.role,
            mapping: same.id,
        });
    }
    let mapping = RoleMapping {
        id: MappingId(act.ids.next()),
        group,
        group_name,
        role,
        created_at: act.cause.at,
        paused_at: None,
        change: Some(act.cause.change),
    };
    tx.insert_role_mapping(act.org, &mapping)?;
    told(tx, act, EventKind::RoleMappingCreated, None, Some(&mapping))?;
    Ok(mapping)
}

/// Changes what the group gives, or whether it gives anything; what is absent stays.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    id: &str,
    role: Option<OrgRole>,
    paused: Option<bool>,
) -> Result<RoleMapping, MappingError> {
    let before = find(tx, act, id)?;
    let after = RoleMapping {
        role: role.unwrap_or(before.role),
        paused_at: mappings::pause(before.paused_at, paused, act),
        change: Some(act.cause.change),
        ..before.clone()
    };
    if (after.role, after.paused_at) == (before.role, before.paused_at) {
        return Ok(before);
    }
    tx.update_role_mapping(act.org, &after)?;
    told(tx, act, EventKind::RoleMappingUpdated, Some(&before), Some(&after))?;
    Ok(after)
}

/// The group gives no role in the organisation any more. A group that was named for it alone goes, too.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, id: &str) -> Result<(), MappingError> {
    let before = find(tx, act, id)?;
    tx.delete_role_mapping(act.org, before.id)?;
    told(tx, act, EventKind::RoleMappingDeleted, Some(&before), None)?;
    if let Some(group) = tx.find_group(act.org, before.group)?.filter(|group| !group.pushed()) {
        mappings::release(tx, act, &group, MissingWorkspace::Leave)?;
    }
    Ok(())
}

/// Records what happened to a role mapping, and lets the people of its group follow.
fn told(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kind: EventKind,
    before: Option<&RoleMapping>,
    after: Option<&RoleMapping>,
) -> StoreResult<()> {
    let Some(mapping) = after.or(before) else { return Ok(()) };
    tx.push_events(act.org, &act.cause, &[event(kind, mapping, before, after)])?;
    tx.recompute(act.org, &act.cause, &Scope::Groups(vec![mapping.group]))?;
    Ok(())
}

/// What an event says of a role mapping. One that goes says whether it was paused, since it may come back.
pub(super) fn event(
    kind: EventKind,
    mapping: &RoleMapping,
    before: Option<&RoleMapping>,
    after: Option<&RoleMapping>,
) -> NewEvent {
    let paused = |mapping: Option<&RoleMapping>| mapping.is_some_and(|mapping| mapping.paused_at.is_some());
    let said = |paused| json!({"paused": paused});
    let changed = Changed::between(said(paused(before)), said(paused(after)));
    let event = NewEvent::new(kind)
        .mapping(mapping.id)
        .group(mapping.group)
        .subject(&*mapping.group_name)
        .changed(changed);
    NewEvent {
        old_role: before.map(|mapping| mapping.role.rank()),
        new_role: after.map(|mapping| mapping.role.rank()),
        ..event
    }
}

/// What an event says of a role mapping that is another group's from now on.
pub(super) fn moved_event(mapping: &RoleMapping, to: GroupId) -> NewEvent {
    let after = RoleMapping { group: to, ..mapping.clone() };
    event(EventKind::RoleMappingUpdated, &after, Some(mapping), Some(&after))
        .changed(mappings::moved(mapping.group, to))
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, id: &str) -> Result<RoleMapping, MappingError> {
    let unknown = || MappingError::UnknownMapping { given: id.to_owned() };
    tx.find_role_mapping(act.org, MappingId::parse(id).ok_or_else(unknown)?)?.ok_or_else(unknown)
}

//! Mappings that an administrator makes: a group gives its people a role in a workspace.

#[cfg(test)]
mod tests;

use rolecall_scim::index::fold;
use serde_json::json;

use super::{
    Act,
    names::{self, MissingWorkspace},
    workspaces::{self, WorkspaceRef, find_workspace},
};
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{GroupId, MappingId},
    name_rule::NameReader,
    ports::{EndingGrants, Scope, StoreError, StoreResult, Tx},
    records::{Group, Mapping, MappingOrigin},
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
    undo::Removal,
};

/// Which group a mapping is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupRef {
    /// By `displayName`, without regard to case. A name that no group has yet makes a group that the IdP's later
    /// push of that name takes over.
    Name(String),
    /// By SCIM id.
    Id(String),
}

/// Why a mapping was not made, changed or removed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum MappingError {
    /// No such workspace.
    #[error("workspace `{given}` does not exist; GET /v1/admin/workspaces lists those that do")]
    UnknownWorkspace {
        /// As given.
        given: String,
    },
    /// No group of that id.
    #[error(
        "group {given} does not exist; GET /v1/scim/groups lists those that do, and `scim_group_name` maps one before it is pushed"
    )]
    UnknownGroup {
        /// As given.
        given: String,
    },
    /// No mapping of that id.
    #[error("mapping {given} does not exist")]
    UnknownMapping {
        /// As given.
        given: String,
    },
    /// An empty or overlong name.
    #[error("scim_group_name must have 1 to 255 characters")]
    BadName,
    /// A group of that name maps itself.
    #[error(
        "`{name}` follows the name pattern or a rule and maps itself to `{workspace}` as {role}; map a group of another name, give its scim_group_id, or turn the pattern off"
    )]
    NameFollowsPattern {
        /// As given.
        name: String,
        /// What the name asks for.
        workspace: String,
        /// What the name asks for.
        role: WorkspaceRole,
    },
    /// Several groups have that name.
    #[error("{count} groups are called `{name}`; say which by scim_group_id")]
    AmbiguousName {
        /// As given.
        name: String,
        /// How many.
        count: usize,
    },
    /// The group already gives another role there.
    #[error(
        "group `{group}` already gives {existing} in this workspace, by mapping {mapping}; PUT /v1/scim/workspaces/{mapping} changes it"
    )]
    RoleConflict {
        /// The group's name.
        group: String,
        /// The role it gives.
        existing: WorkspaceRole,
        /// The mapping that says so.
        mapping: MappingId,
    },
    /// The group already gives another role in the organisation.
    #[error(
        "group `{group}` already gives {existing} in the organisation, by mapping {mapping}; PUT /v1/scim/roles/{mapping} changes it"
    )]
    OrgRoleConflict {
        /// The group's name.
        group: String,
        /// The role it gives.
        existing: OrgRole,
        /// The mapping that says so.
        mapping: MappingId,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a mapping. The same call again answers the same mapping.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: &GroupRef,
    workspace: &WorkspaceRef,
    role: WorkspaceRole,
) -> Result<Mapping, MappingError> {
    let workspace = find_workspace(tx, act.org, workspace)?
        .ok_or_else(|| MappingError::UnknownWorkspace { given: workspace.to_string() })?;
    let (group, group_name) = find_or_name_group(tx, act, group, NamesThatMap::Refused)?;
    let existing = tx.mappings_of(act.org, group)?;
    if let Some(same) = existing
        .iter()
        .find(|mapping| mapping.origin == MappingOrigin::Admin && mapping.workspace == workspace.id)
    {
        if same.role == role {
            return Ok(same.clone());
        }
        return Err(MappingError::RoleConflict { group: group_name, existing: same.role, mapping: same.id });
    }
    // From now on an administrator speaks for this group, not its name.
    let mut events = names::give_way(tx, act, &existing)?;
    let mapping = Mapping {
        id: MappingId(act.ids.next()),
        group,
        group_name,
        workspace: workspace.id,
        role,
        origin: MappingOrigin::Admin,
        created_at: act.cause.at,
        paused_at: None,
        change: Some(act.cause.change),
    };
    tx.insert_mapping(act.org, &mapping)?;
    events.push(names::mapping_event(EventKind::MappingCreated, &mapping));
    tx.push_events(act.org, &act.cause, &events)?;
    tx.recompute(act.org, &act.cause, &Scope::Groups(vec![group]))?;
    Ok(mapping)
}

/// Changes what a mapping gives, or whether it gives anything; what is absent stays.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    id: &str,
    role: Option<WorkspaceRole>,
    paused: Option<bool>,
) -> Result<Mapping, MappingError> {
    let before = find(tx, act, id)?;
    let after = Mapping {
        role: role.unwrap_or(before.role),
        paused_at: pause(before.paused_at, paused, act),
        change: Some(act.cause.change),
        ..before.clone()
    };
    if (after.role, after.paused_at) == (before.role, before.paused_at) {
        return Ok(before);
    }
    tx.update_mapping(act.org, &after)?;
    let event = names::mapping_event(EventKind::MappingUpdated, &before)
        .roles(Some(before.role), Some(after.role))
        .changed(paused_changed(before.paused_at, after.paused_at));
    tx.push_events(act.org, &act.cause, &[event])?;
    tx.recompute(act.org, &act.cause, &Scope::Groups(vec![before.group]))?;
    Ok(after)
}

/// Since when a mapping is paused, after it was asked to be or not to be. One that is paused stays so since then.
pub(super) fn pause(since: Option<Timestamp>, wanted: Option<bool>, act: &Act<'_>) -> Option<Timestamp> {
    match wanted {
        None => since,
        Some(true) => since.or(Some(act.cause.at)),
        Some(false) => None,
    }
}

/// That a mapping is paused or not paused any more, as events say it.
pub(super) fn paused_changed(before: Option<Timestamp>, after: Option<Timestamp>) -> Option<Changed> {
    let said = |since: Option<Timestamp>| json!({"paused": since.is_some()});
    Changed::between(said(before), said(after))
}

/// That a mapping is another group's now, as events say it.
pub(super) fn moved(from: GroupId, to: GroupId) -> Option<Changed> {
    Changed::between(json!({"group_id": from}), json!({"group_id": to}))
}

/// What becomes of the people whom a mapping gives a role, once it is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Members {
    /// They lose it, unless something else gives it to them.
    Leave,
    /// They have it by hand from then on.
    Keep,
}

/// Removes a mapping. When it was the group's last, the group's name is read again; a group that only this mapping
/// had named goes, too.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, id: &str, members: Members) -> Result<(), MappingError> {
    let mapping = find(tx, act, id)?;
    if members == Members::Keep {
        let ending = tx.ending_grants(act.org, &EndingGrants::GivenBy(mapping.id))?;
        workspaces::keep_beside(tx, act, ending.into_iter().map(|one| (one, mapping.role)))?;
        tx.keep_members(act.org, mapping.id, &act.cause)?;
    }
    tx.keep_removed(act.org, &act.cause, &Removal::Mapping(mapping.id))?;
    tx.delete_mapping(act.org, mapping.id)?;
    tx.push_events(act.org, &act.cause, &[names::mapping_event(EventKind::MappingDeleted, &mapping)])?;
    if let Some(group) = tx.find_group(act.org, mapping.group)? {
        release(tx, act, &group, MissingWorkspace::Make)?;
    }
    Ok(())
}

/// What becomes of a group that has just lost a mapping of an administrator.
pub(super) fn release(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: &Group,
    missing: MissingWorkspace,
) -> StoreResult<()> {
    if group.pushed() {
        let settings = tx.settings(act.org)?;
        names::follow(tx, act, &settings, group, missing)?;
        tx.recompute(act.org, &act.cause, &Scope::Groups(vec![group.id]))?;
    } else if tx.mappings_of(act.org, group.id)?.is_empty()
        && tx.role_mapping_of(act.org, group.id)?.is_none()
    {
        tx.keep_removed(act.org, &act.cause, &Removal::Group(group.id))?;
        tx.delete_group(act.org, group.id)?;
        let event =
            NewEvent::new(EventKind::GroupDeleted).group(group.id).subject(&*group.facts.display_name);
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    Ok(())
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, id: &str) -> Result<Mapping, MappingError> {
    let unknown = || MappingError::UnknownMapping { given: id.to_owned() };
    let found = tx.find_mapping(act.org, MappingId::parse(id).ok_or_else(unknown)?)?;
    found.filter(|mapping| mapping.origin == MappingOrigin::Admin).ok_or_else(unknown)
}

/// What to do about a group that is named, not yet pushed or not, and whose name maps itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NamesThatMap {
    /// It is mapped to a workspace by hand or by its name, and by its name as long as it is not given by id.
    Refused,
    /// The name has no say in what is asked for.
    Fine,
}

pub(super) fn find_or_name_group(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    group: &GroupRef,
    names: NamesThatMap,
) -> Result<(GroupId, String), MappingError> {
    match group {
        GroupRef::Id(id) => {
            let unknown = || MappingError::UnknownGroup { given: id.clone() };
            let group =
                tx.find_group(act.org, GroupId::parse(id).ok_or_else(unknown)?)?.ok_or_else(unknown)?;
            Ok((group.id, group.facts.display_name))
        }
        GroupRef::Name(name) => {
            let name = name.trim();
            if name.is_empty() || name.chars().count() > 255 {
                return Err(MappingError::BadName);
            }
            if names == NamesThatMap::Refused
                && let Some((found, _)) = NameReader::new(&tx.settings(act.org)?).read(name)
            {
                return Err(MappingError::NameFollowsPattern {
                    name: name.to_owned(),
                    workspace: found.workspace,
                    role: found.role,
                });
            }
            let named = tx.find_groups_by_name(act.org, &fold(name))?;
            match named.as_slice() {
                [] => Ok((names::name_group(tx, act, name)?, name.to_owned())),
                [only] => Ok((only.id, only.facts.display_name.clone())),
                several => Err(MappingError::AmbiguousName { name: name.to_owned(), count: several.len() }),
            }
        }
    }
}

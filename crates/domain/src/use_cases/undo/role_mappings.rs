//! Groups that gave a role in the organisation, or give one now; and groups that are there for a mapping alone.

use super::{CHANGED, Outcome, PLACE_GONE, Undoing};
use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, MappingId},
    ports::{StoreResult, Tx},
    records::RoleMapping,
    role::OrgRole,
    undo::{Entry, Removal},
    use_cases::Act,
};

impl Undoing {
    /// The group gives again what it gave, if it gives what the event left.
    pub(super) fn role_mapping(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        group: GroupId,
    ) -> StoreResult<Outcome> {
        let role = |rank: Option<i16>| rank.and_then(OrgRole::from_rank);
        let (then, left) = (role(entry.fact.old), role(entry.fact.new));
        let there = tx.role_mapping_of(act.org, group)?;
        let now = there.as_ref().map(|mapping| mapping.role);
        if now == then {
            return Ok(Outcome::Already);
        }
        if now != left {
            return Ok(Outcome::Stays(CHANGED));
        }
        let (kind, mapping) = match (there, then) {
            (Some(mapping), None) => {
                tx.delete_role_mapping(act.org, mapping.id)?;
                (EventKind::RoleMappingDeleted, mapping)
            }
            (Some(before), Some(role)) => {
                let after = RoleMapping { role, change: Some(act.cause.change), ..before };
                tx.update_role_mapping(act.org, &after)?;
                (EventKind::RoleMappingUpdated, after)
            }
            (None, Some(role)) => {
                let Some(found) = tx.find_group(act.org, group)? else {
                    return Ok(Outcome::Stays(PLACE_GONE));
                };
                let id = match entry.fact.mapping {
                    Some(id) if tx.find_role_mapping(act.org, id)?.is_none() => id,
                    _ => MappingId(act.ids.next()),
                };
                let mapping = RoleMapping {
                    id,
                    group,
                    group_name: found.facts.display_name,
                    role,
                    created_at: act.cause.at,
                    paused_at: None,
                    change: Some(act.cause.change),
                };
                tx.insert_role_mapping(act.org, &mapping)?;
                (EventKind::RoleMappingCreated, mapping)
            }
            (None, None) => return Ok(Outcome::Already),
        };
        let mut event = NewEvent::new(kind).mapping(mapping.id).group(group).subject(mapping.group_name);
        (event.old_role, event.new_role) = (now.map(OrgRole::rank), then.map(OrgRole::rank));
        self.events.push(event);
        self.groups.insert(group);
        Ok(Outcome::Reversed)
    }

    /// A group goes that no directory has pushed and that nothing maps any more.
    pub(super) fn unname(&mut self, tx: &mut dyn Tx, act: &Act<'_>, id: GroupId) -> StoreResult<Outcome> {
        let Some(group) = tx.find_group(act.org, id)? else { return Ok(Outcome::Already) };
        let mapped = !tx.mappings_of(act.org, id)?.is_empty() || tx.role_mapping_of(act.org, id)?.is_some();
        if group.pushed() || mapped {
            return Ok(Outcome::Stays(super::MADE));
        }
        tx.keep_removed(act.org, &act.cause, &Removal::Group(id))?;
        tx.delete_group(act.org, id)?;
        self.events.push(NewEvent::new(EventKind::GroupDeleted).group(id).subject(group.facts.display_name));
        self.groups.remove(&id);
        Ok(Outcome::Reversed)
    }
}

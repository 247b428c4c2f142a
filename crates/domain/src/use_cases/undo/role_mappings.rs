//! Groups that gave a role in the organisation, or give one now; and groups that are there for a mapping alone.

use super::{
    CHANGED, Outcome, PLACE_GONE, Undoing,
    fields::{Standing, standing},
    mappings::{MAPPING_GONE, fields, group_of, paused, paused_at, rank_of, said},
};
use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, MappingId},
    ports::{StoreResult, Tx},
    records::RoleMapping,
    role::OrgRole,
    undo::{Entry, Removal},
    use_cases::{Act, role_mappings},
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
        let fact = &entry.fact;
        let role = |rank: Option<i16>| rank.and_then(OrgRole::from_rank);
        let then = role(fact.old).map(|role| (role, paused(fact, |changed| &changed.before)));
        let left = role(fact.new).map(|role| (role, paused(fact, |changed| &changed.after)));
        let there = tx.role_mapping_of(act.org, group)?;
        let now = there.as_ref().map(|mapping| (mapping.role, mapping.paused_at.is_some()));
        if now == then {
            return Ok(Outcome::Already);
        }
        if now != left {
            return Ok(Outcome::Stays(CHANGED));
        }
        let event = match (there, then) {
            (Some(mapping), None) => {
                tx.delete_role_mapping(act.org, mapping.id)?;
                role_mappings::event(EventKind::RoleMappingDeleted, &mapping, Some(&mapping), None)
            }
            (None, Some((role, paused))) => {
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
                    paused_at: paused.then_some(act.cause.at),
                    change: Some(act.cause.change),
                };
                tx.insert_role_mapping(act.org, &mapping)?;
                role_mappings::event(EventKind::RoleMappingCreated, &mapping, None, Some(&mapping))
            }
            _ => return Ok(Outcome::Already),
        };
        self.events.push(event);
        self.groups.insert(group);
        Ok(Outcome::Reversed)
    }

    /// A group gives again the role that it gave, or none if that was paused; or another group does again.
    pub(super) fn role_remap(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
    ) -> StoreResult<Outcome> {
        let there = entry.fact.mapping.map_or(Ok(None), |id| tx.find_role_mapping(act.org, id))?;
        let Some(before) = there else { return Ok(Outcome::Stays(MAPPING_GONE)) };
        let Some(changed) = said(&entry.fact) else { return Ok(Outcome::Already) };
        match standing(&fields(before.role.rank(), before.paused_at.is_some(), before.group), &changed) {
            Standing::AsBefore => return Ok(Outcome::Already),
            Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
            Standing::AsLeft => {}
        }
        if let Some(group) = group_of(&changed).filter(|group| *group != before.group) {
            if tx.find_group(act.org, group)?.is_none() {
                return Ok(Outcome::Stays(PLACE_GONE));
            }
            if tx.role_mapping_of(act.org, group)?.is_some() {
                return Ok(Outcome::Stays(CHANGED));
            }
            tx.move_mappings(act.org, before.group, group, Some(before.id), act.cause.change)?;
            self.events.push(role_mappings::moved_event(&before, group));
            self.groups.extend([before.group, group]);
            return Ok(Outcome::Reversed);
        }
        let after = RoleMapping {
            role: rank_of(&changed).and_then(OrgRole::from_rank).unwrap_or(before.role),
            paused_at: paused_at(&changed, before.paused_at, act),
            change: Some(act.cause.change),
            ..before.clone()
        };
        tx.update_role_mapping(act.org, &after)?;
        let event = role_mappings::event(EventKind::RoleMappingUpdated, &after, Some(&before), Some(&after));
        self.events.push(event);
        self.groups.insert(after.group);
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

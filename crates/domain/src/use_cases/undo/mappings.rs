//! Mappings to workspaces, as they were; and what follows from the names of groups.

use serde_json::{Map, Value, json};

use super::{
    CHANGED, NOT_KEPT, Outcome, PLACE_GONE, Undoing,
    fields::{Standing, standing},
};
use crate::{
    effect::Fact,
    event::{Changed, EventKind},
    ids::{GroupId, MappingId, WorkspaceId},
    ports::{StoreResult, Tx},
    records::{Mapping, MappingOrigin},
    role::WorkspaceRole,
    time::Timestamp,
    undo::{Entry, Link, Removal},
    use_cases::{Act, mappings, names, names::MissingWorkspace},
};

pub(super) const MAPPING_GONE: &str = "the mapping is gone";

/// A mapping that an administrator is to have made.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) id: MappingId,
    pub(super) group: GroupId,
    pub(super) workspace: WorkspaceId,
    pub(super) role: WorkspaceRole,
    pub(super) paused: bool,
}

impl Undoing {
    pub(super) fn unmap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let Some(mapping) = find_mapping(tx, act, entry)? else { return Ok(Outcome::Already) };
        // It follows from the group's name, and goes when that does.
        if mapping.origin == MappingOrigin::Pattern {
            self.from_name.push((mapping.id, entry.clone()));
            return Ok(Outcome::Already);
        }
        let left = (entry.fact.new, paused(&entry.fact, |changed| &changed.after));
        if (Some(mapping.role.rank()), mapping.paused_at.is_some()) != left {
            return Ok(Outcome::Stays(CHANGED));
        }
        tx.keep_removed(act.org, &act.cause, &Removal::Mapping(mapping.id))?;
        tx.delete_mapping(act.org, mapping.id)?;
        self.events.push(names::mapping_event(EventKind::MappingDeleted, &mapping));
        self.read_name(tx, act, mapping.group)?;
        Ok(Outcome::Reversed)
    }

    /// A mapping gives again what it gave, or nothing if it was paused, and is again the group's of which it was.
    pub(super) fn remap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let Some(mapping) = find_mapping(tx, act, entry)? else {
            return Ok(Outcome::Stays(MAPPING_GONE));
        };
        let Some(changed) = said(&entry.fact) else { return Ok(Outcome::Already) };
        let now = fields(mapping.role.rank(), mapping.paused_at.is_some(), mapping.group);
        match standing(&now, &changed) {
            Standing::AsBefore => return Ok(Outcome::Already),
            Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
            Standing::AsLeft => {}
        }
        if let Some(group) = group_of(&changed).filter(|group| *group != mapping.group) {
            return self.move_back(tx, act, &mapping, group);
        }
        let role = rank_of(&changed).and_then(WorkspaceRole::from_rank).unwrap_or(mapping.role);
        let after = Mapping {
            role,
            paused_at: paused_at(&changed, mapping.paused_at, act),
            change: Some(act.cause.change),
            ..mapping.clone()
        };
        tx.update_mapping(act.org, &after)?;
        let event = names::mapping_event(EventKind::MappingUpdated, &after)
            .roles(Some(mapping.role), Some(role))
            .changed(mappings::paused_changed(mapping.paused_at, after.paused_at));
        self.events.push(event);
        self.groups.insert(mapping.group);
        Ok(Outcome::Reversed)
    }

    /// A mapping that had followed its group's name to another group is that group's again.
    fn move_back(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        mapping: &Mapping,
        to: GroupId,
    ) -> StoreResult<Outcome> {
        if tx.find_group(act.org, to)?.is_none() {
            return Ok(Outcome::Stays(PLACE_GONE));
        }
        let there = tx.mappings_of(act.org, to)?;
        if there.iter().any(|one| one.workspace == mapping.workspace && one.origin == MappingOrigin::Admin) {
            return Ok(Outcome::Stays(CHANGED));
        }
        let gone = names::give_way(tx, act, &there)?;
        self.events.extend(gone);
        tx.move_mappings(act.org, mapping.group, to, Some(mapping.id), act.cause.change)?;
        self.events.push(names::moved_event(mapping, to));
        self.read_name(tx, act, mapping.group)?;
        self.groups.insert(to);
        Ok(Outcome::Reversed)
    }

    pub(super) fn map_again(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        group: GroupId,
        workspace: WorkspaceId,
    ) -> StoreResult<Outcome> {
        let Some(id) = entry.fact.mapping else { return Ok(Outcome::Already) };
        let links = tx.removed_links(act.org, entry.change, id.0)?;
        let [Link::Mapping { role, origin, paused, .. }] = links[..] else {
            return Ok(Outcome::Stays(NOT_KEPT));
        };
        if origin == MappingOrigin::Pattern {
            // Whether its name gives it back is seen when all names are as they were.
            self.by_name.insert((group, workspace), role);
            return Ok(Outcome::Already);
        }
        self.map(tx, act, Wanted { id, group, workspace, role, paused })
    }

    /// Makes an administrator's mapping, where there is none.
    pub(super) fn map(&mut self, tx: &mut dyn Tx, act: &Act<'_>, wanted: Wanted) -> StoreResult<Outcome> {
        let Wanted { id, group, workspace, role, paused } = wanted;
        let (Some(found), Some(_)) = (tx.find_group(act.org, group)?, tx.find_workspace(act.org, workspace)?)
        else {
            return Ok(Outcome::Stays(PLACE_GONE));
        };
        let existing = tx.mappings_of(act.org, group)?;
        let there = existing
            .iter()
            .find(|one| one.workspace == workspace && one.origin == MappingOrigin::Admin)
            .map(|one| one.role);
        match there {
            Some(same) if same == role => return Ok(Outcome::Already),
            Some(_) => return Ok(Outcome::Stays(CHANGED)),
            None => {}
        }
        let gone = names::give_way(tx, act, &existing)?;
        self.events.extend(gone);
        let id = if tx.find_mapping(act.org, id)?.is_some() { MappingId(act.ids.next()) } else { id };
        let mapping = Mapping {
            id,
            group,
            group_name: found.facts.display_name,
            workspace,
            role,
            origin: MappingOrigin::Admin,
            created_at: act.cause.at,
            paused_at: paused.then_some(act.cause.at),
            change: Some(act.cause.change),
        };
        tx.insert_mapping(act.org, &mapping)?;
        let event = names::mapping_event(EventKind::MappingCreated, &mapping);
        self.events.push(event.changed(mappings::paused_changed(None, mapping.paused_at)));
        self.groups.insert(group);
        Ok(Outcome::Reversed)
    }

    /// Lets a group's mapping by name follow; the memberships of its people do at the end.
    pub(super) fn read_name(&mut self, tx: &mut dyn Tx, act: &Act<'_>, id: GroupId) -> StoreResult<()> {
        if let Some(group) = tx.find_group(act.org, id)?.filter(|group| group.pushed()) {
            let settings = tx.settings(act.org)?;
            names::follow(tx, act, &settings, &group, MissingWorkspace::Leave)?;
        }
        self.groups.insert(id);
        Ok(())
    }

    /// What a name gave and gives no more, although it is taken back, an administrator's mapping gives from now on.
    pub(super) fn give_what_names_gave(&mut self, tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<()> {
        for (id, entry) in std::mem::take(&mut self.from_name) {
            if tx.find_mapping(act.org, id)?.is_some() {
                self.report.already -= 1;
                self.leave(&entry, "it follows from the group's name: rename the group, or map it by hand");
            }
        }
        for ((group, workspace), role) in std::mem::take(&mut self.by_name) {
            let there = tx.mappings_of(act.org, group)?;
            if there.iter().any(|mapping| mapping.workspace == workspace) {
                continue;
            }
            let wanted = Wanted { id: MappingId(act.ids.next()), group, workspace, role, paused: false };
            if let Outcome::Reversed = self.map(tx, act, wanted)? {
                *self.report.reversed.entry("mapping.deleted".to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }
}

fn find_mapping(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Option<Mapping>> {
    entry.fact.mapping.map_or(Ok(None), |id| tx.find_mapping(act.org, id))
}

/// What an event of a mapping says became of it, the role included; `None` where it says nothing.
pub(super) fn said(fact: &Fact) -> Option<Changed> {
    let none = || Changed { id: None, before: Map::new(), after: Map::new() };
    let mut changed = fact.changed.clone().unwrap_or_else(none);
    if fact.old != fact.new {
        changed.before.insert(ROLE.to_owned(), json!(fact.old));
        changed.after.insert(ROLE.to_owned(), json!(fact.new));
    }
    (changed != none()).then_some(changed)
}

const ROLE: &str = "role";

/// A mapping in the words of [`said`].
pub(super) fn fields(rank: i16, paused: bool, group: GroupId) -> Value {
    json!({ROLE: rank, "paused": paused, "group_id": group})
}

/// The role before, if it changed.
pub(super) fn rank_of(changed: &Changed) -> Option<i16> {
    changed.before.get(ROLE).and_then(Value::as_i64).and_then(|rank| i16::try_from(rank).ok())
}

/// The group before, if it changed.
pub(super) fn group_of(changed: &Changed) -> Option<GroupId> {
    changed.before.get("group_id").and_then(Value::as_str).and_then(GroupId::parse)
}

/// Since when a mapping is paused that is to be again as it was.
pub(super) fn paused_at(changed: &Changed, now: Option<Timestamp>, act: &Act<'_>) -> Option<Timestamp> {
    mappings::pause(now, changed.before.get("paused").and_then(Value::as_bool), act)
}

/// Whether a mapping was paused before or after an event that made or removed it.
pub(super) fn paused(fact: &Fact, when: impl Fn(&Changed) -> &Map<String, Value>) -> bool {
    let said = fact.changed.as_ref().and_then(|changed| when(changed).get("paused")?.as_bool());
    said.unwrap_or_default()
}

//! Mappings to workspaces, as they were; and what follows from the names of groups.

use super::{CHANGED, NOT_KEPT, Outcome, PLACE_GONE, Undoing};
use crate::{
    event::EventKind,
    ids::{GroupId, MappingId, WorkspaceId},
    ports::{StoreResult, Tx},
    records::{Mapping, MappingOrigin},
    role::WorkspaceRole,
    undo::{Entry, Link, Removal},
    use_cases::{Act, names, names::MissingWorkspace},
};

impl Undoing {
    pub(super) fn unmap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let Some(mapping) = find_mapping(tx, act, entry)? else { return Ok(Outcome::Already) };
        // It follows from the group's name, and goes when that does.
        if mapping.origin == MappingOrigin::Pattern {
            self.from_name.push((mapping.id, entry.clone()));
            return Ok(Outcome::Already);
        }
        if Some(mapping.role.rank()) != entry.fact.new {
            return Ok(Outcome::Stays(CHANGED));
        }
        tx.keep_removed(act.org, &act.cause, &Removal::Mapping(mapping.id))?;
        tx.delete_mapping(act.org, mapping.id)?;
        self.events.push(names::mapping_event(EventKind::MappingDeleted, &mapping));
        self.read_name(tx, act, mapping.group)?;
        Ok(Outcome::Reversed)
    }

    pub(super) fn remap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let old = entry.fact.old.and_then(WorkspaceRole::from_rank);
        let (Some(mapping), Some(role)) = (find_mapping(tx, act, entry)?, old) else {
            return Ok(Outcome::Stays("the mapping is gone"));
        };
        if mapping.role == role {
            return Ok(Outcome::Already);
        }
        if Some(mapping.role.rank()) != entry.fact.new {
            return Ok(Outcome::Stays(CHANGED));
        }
        let after = Mapping { role, change: Some(act.cause.change), ..mapping.clone() };
        tx.update_mapping(act.org, &after)?;
        let event = names::mapping_event(EventKind::MappingUpdated, &after);
        self.events.push(event.roles(Some(mapping.role), Some(role)));
        self.groups.insert(mapping.group);
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
        let [Link::Mapping { role, origin, .. }] = links[..] else { return Ok(Outcome::Stays(NOT_KEPT)) };
        if origin == MappingOrigin::Pattern {
            // Whether its name gives it back is seen when all names are as they were.
            self.by_name.insert((group, workspace), role);
            return Ok(Outcome::Already);
        }
        self.map(tx, act, id, group, workspace, role)
    }

    /// Makes an administrator's mapping, where there is none.
    pub(super) fn map(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        id: MappingId,
        group: GroupId,
        workspace: WorkspaceId,
        role: WorkspaceRole,
    ) -> StoreResult<Outcome> {
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
            paused_at: None,
            change: Some(act.cause.change),
        };
        tx.insert_mapping(act.org, &mapping)?;
        self.events.push(names::mapping_event(EventKind::MappingCreated, &mapping));
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
            if let Outcome::Reversed = self.map(tx, act, MappingId(act.ids.next()), group, workspace, role)? {
                *self.report.reversed.entry("mapping.deleted".to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }
}

fn find_mapping(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Option<Mapping>> {
    entry.fact.mapping.map_or(Ok(None), |id| tx.find_mapping(act.org, id))
}

//! What differs between what shall be and what is there.

use rolecall_scim::index::fold;

use super::{FileMapping, FilePattern, FileRole, FileWorkspace, MappingFile, Present, Step};
use crate::{
    ids::{GroupId, OrgId},
    pattern::NamePattern,
    ports::{ReadTx, StoreResult},
};

/// The steps from what is there to what the file says, in the order in which they can be taken. With `prune`, what a section of
/// the file does not have goes.
pub fn difference(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    file: &MappingFile,
    prune: bool,
) -> StoreResult<Vec<Step>> {
    let present = Present::read(tx, org)?;
    let mut steps = Vec::new();
    let (mut archive, mut remove) = (Vec::new(), Vec::new());
    if let Some(wanted) = &file.workspaces {
        workspaces(&present, wanted, &mut steps, &mut archive);
        if prune {
            let gone =
                present.workspaces.iter().filter(|there| wanted.iter().all(|one| one.slug != there.slug));
            remove.extend(gone.map(|there| Step::RemoveWorkspace(there.slug.clone())));
        }
    }
    names(&present, file, &mut steps);
    if let Some(wanted) = &file.mappings {
        mappings(&present, wanted, prune, &mut steps)?;
    }
    if let Some(wanted) = &file.roles {
        roles(&present, wanted, prune, &mut steps);
    }
    steps.append(&mut archive);
    steps.append(&mut remove);
    Ok(steps)
}

fn workspaces(present: &Present, wanted: &[FileWorkspace], steps: &mut Vec<Step>, archive: &mut Vec<Step>) {
    for one in wanted {
        let Some(there) = present.workspaces.iter().find(|there| there.slug == one.slug) else {
            steps.push(Step::MakeWorkspace(one.clone()));
            continue;
        };
        let slug = one.slug.clone();
        if there.name != one.name {
            let (from, to) = (there.name.clone(), one.name.clone());
            steps.push(Step::RenameWorkspace { slug: slug.clone(), from, to });
        }
        match (there.archived_at.is_some(), one.archived) {
            (false, true) => archive.push(Step::Archive(slug)),
            (true, false) => steps.push(Step::Restore(slug)),
            _ => {}
        }
    }
}

fn names(present: &Present, file: &MappingFile, steps: &mut Vec<Step>) {
    let from = present.settings.pattern.clone();
    if let Some(FilePattern { enabled, prefix, role_separator, create_workspaces }) = file.pattern.clone() {
        let to = NamePattern {
            enabled: enabled.unwrap_or(from.enabled),
            prefix: prefix.unwrap_or_else(|| from.prefix.clone()),
            role_separator: role_separator.unwrap_or_else(|| from.role_separator.clone()),
            create_workspaces: create_workspaces.unwrap_or(from.create_workspaces),
        };
        if to != from {
            steps.push(Step::Pattern { from, to });
        }
    }
    if let Some(to) = file.rules.clone().filter(|to| *to != present.settings.rules) {
        steps.push(Step::Rules { from: present.settings.rules.clone(), to });
    }
}

fn mappings(
    present: &Present,
    wanted: &[FileMapping],
    prune: bool,
    steps: &mut Vec<Step>,
) -> StoreResult<()> {
    let mut kept = Vec::new();
    for one in wanted {
        let mut found = None;
        for there in &present.mappings {
            let group = means(&one.group, one.group_id.as_deref(), there.group, &there.group_name);
            if group && present.slug(there.workspace)? == one.workspace {
                found = Some(there);
            }
        }
        match found {
            None => steps.push(Step::Map(one.clone())),
            Some(there) => {
                kept.push(there.id);
                if (there.role, there.paused_at.is_some()) != (one.role, one.paused) {
                    let (before, workspace) = (there.clone(), one.workspace.clone());
                    steps.push(Step::ChangeMapping { before, workspace, role: one.role, paused: one.paused });
                }
            }
        }
    }
    for before in present.mappings.iter().filter(|there| prune && !kept.contains(&there.id)) {
        let workspace = present.slug(before.workspace)?.to_owned();
        steps.push(Step::Unmap { before: before.clone(), workspace });
    }
    Ok(())
}

fn roles(present: &Present, wanted: &[FileRole], prune: bool, steps: &mut Vec<Step>) {
    let mut kept = Vec::new();
    for one in wanted {
        let means = |group, name: &str| means(&one.group, one.group_id.as_deref(), group, name);
        match present.roles.iter().find(|there| means(there.group, &there.group_name)) {
            None => steps.push(Step::GiveRole(one.clone())),
            Some(there) => {
                kept.push(there.id);
                if (there.role, there.paused_at.is_some()) != (one.role, one.paused) {
                    let before = there.clone();
                    steps.push(Step::ChangeRole { before, role: one.role, paused: one.paused });
                }
            }
        }
    }
    let gone = present.roles.iter().filter(|there| prune && !kept.contains(&there.id));
    steps.extend(gone.cloned().map(Step::TakeRole));
}

/// Whether an entry speaks of this group.
fn means(name: &str, id: Option<&str>, group: GroupId, group_name: &str) -> bool {
    match id {
        Some(id) => GroupId::parse(id) == Some(group),
        None => fold(name.trim()) == fold(group_name),
    }
}

//! Which role a person ends up with in a workspace: the highest of what speaks for it, if the person is active.
//!
//! This is the reference. Databases hold a set-based twin of it (`ports::WriteAccess::recompute`), and a property
//! test in the storage contract holds the two equal over random histories.

use std::collections::BTreeMap;

use crate::{ids::WorkspaceId, records::Source, role::WorkspaceRole};

/// The outcome for one person in one workspace.
pub fn resolve<'s>(active: bool, sources: impl IntoIterator<Item = &'s Source>) -> Option<WorkspaceRole> {
    if !active {
        return None;
    }
    sources.into_iter().map(Source::role).max()
}

/// The outcome for one person in every workspace that anything speaks for.
pub fn resolve_all(active: bool, sources: &[(WorkspaceId, Source)]) -> BTreeMap<WorkspaceId, WorkspaceRole> {
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<&Source>> = BTreeMap::new();
    for (workspace, source) in sources {
        by_workspace.entry(*workspace).or_default().push(source);
    }
    by_workspace
        .into_iter()
        .filter_map(|(workspace, sources)| Some((workspace, resolve(active, sources)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(roles: &[WorkspaceRole]) -> Vec<Source> {
        roles.iter().map(|role| Source::Grant { role: *role }).collect()
    }

    #[test]
    fn the_highest_role_wins() {
        use WorkspaceRole::{Admin, Manager, Member};
        assert_eq!(resolve(true, &grants(&[Member, Admin, Manager])), Some(Admin));
        assert_eq!(resolve(true, &grants(&[Member, Manager])), Some(Manager));
        assert_eq!(resolve(true, &[]), None);
    }

    #[test]
    fn an_inactive_person_has_nothing() {
        assert_eq!(resolve(false, &grants(&[WorkspaceRole::Admin])), None);
    }
}

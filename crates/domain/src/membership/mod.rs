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
    use proptest::{prelude::*, sample::Index};

    use super::*;
    use crate::testing::{a_group, a_mapping, a_workspace};

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

    /// Grants and mapped groups in a few workspaces, so that several speak for the same one.
    fn sources() -> impl Strategy<Value = Vec<(WorkspaceId, Source)>> {
        let source = (0..4usize, 0..3usize, any::<bool>()).prop_map(|(workspace, rank, by_hand)| {
            let workspace = a_workspace(["Sales", "Finance", "Legal", "Lab"][workspace]);
            let role = WorkspaceRole::ALL[rank];
            let group = a_group("Staff");
            let mapping = a_mapping(&group, &workspace, role);
            let source = match by_hand {
                true => Source::Grant { role },
                false => Source::Group {
                    group: group.id,
                    group_name: group.facts.display_name,
                    mapping: mapping.id,
                    origin: mapping.origin,
                    role,
                },
            };
            (workspace.id, source)
        });
        prop::collection::vec(source, 0..12)
    }

    proptest! {
        #[test]
        fn the_order_in_which_access_came_does_not_matter(
            (sources, shuffled) in sources().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle())),
        ) {
            prop_assert_eq!(resolve_all(true, &sources), resolve_all(true, &shuffled));
        }

        #[test]
        fn one_more_reason_never_takes_anything_away(sources in sources(), more in sources()) {
            let before = resolve_all(true, &sources);
            let after = resolve_all(true, &[sources, more].concat());
            for (workspace, role) in before {
                prop_assert!(after.get(&workspace) >= Some(&role));
            }
        }

        #[test]
        fn losing_a_lower_reason_changes_nothing(sources in sources(), which in any::<Index>()) {
            prop_assume!(!sources.is_empty());
            let which = which.index(sources.len());
            let (workspace, lost) = sources[which].clone();
            let before = resolve_all(true, &sources);
            let mut rest = sources;
            rest.remove(which);
            let after = resolve_all(true, &rest);
            if rest.iter().any(|(other, source)| *other == workspace && source.role() >= lost.role()) {
                prop_assert_eq!(after, before);
            } else {
                prop_assert!(after.get(&workspace) < before.get(&workspace));
            }
        }

        #[test]
        fn a_person_is_where_something_speaks_for_it_and_nowhere_while_inactive(sources in sources()) {
            let outcome = resolve_all(true, &sources);
            for (workspace, _) in &sources {
                prop_assert!(outcome.contains_key(workspace));
            }
            for (workspace, role) in &outcome {
                prop_assert!(sources.iter().any(|(other, source)| other == workspace && source.role() == *role));
            }
            prop_assert!(resolve_all(false, &sources).is_empty());
        }
    }
}

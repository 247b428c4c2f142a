use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    grant::Grant,
    records::Workspace,
    testing::{THEN, a_group, a_mapping, a_workspace},
};

const INACTIVE: Standing = Standing { active: false, ..Standing::GOOD };

fn grants(roles: &[WorkspaceRole]) -> Vec<Source> {
    roles.iter().map(|role| Source::Grant(Grant::lasting(*role))).collect()
}

#[test]
fn the_highest_role_wins() {
    use WorkspaceRole::{Admin, Manager, Member};
    assert_eq!(resolve(Standing::GOOD, &grants(&[Member, Admin, Manager]), None), Some(Admin));
    assert_eq!(resolve(Standing::GOOD, &grants(&[Member, Manager]), None), Some(Manager));
    assert_eq!(resolve(Standing::GOOD, &[], None), None);
}

#[test]
fn an_inactive_person_has_nothing() {
    assert_eq!(resolve(INACTIVE, &grants(&[WorkspaceRole::Admin]), None), None);
}

/// Grants and mapped groups in a few workspaces, so that several speak for the same one.
fn sources() -> impl Strategy<Value = Vec<(WorkspaceId, Source)>> {
    let source = (0..4usize, 0..3usize, any::<bool>()).prop_map(|(workspace, rank, by_hand)| {
        let workspace = a_workspace(["Sales", "Finance", "Legal", "Lab"][workspace]);
        let role = WorkspaceRole::ALL[rank];
        let group = a_group("Staff");
        let mapping = a_mapping(&group, &workspace, role);
        let source = match by_hand {
            true => Source::Grant(Grant::lasting(role)),
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
        prop_assert_eq!(resolve_all(Standing::GOOD, &sources, &BTreeMap::new()), resolve_all(Standing::GOOD, &shuffled, &BTreeMap::new()));
    }

    #[test]
    fn one_more_reason_never_takes_anything_away(sources in sources(), more in sources()) {
        let before = resolve_all(Standing::GOOD, &sources, &BTreeMap::new());
        let after = resolve_all(Standing::GOOD, &[sources, more].concat(), &BTreeMap::new());
        for (workspace, role) in before {
            prop_assert!(after.get(&workspace) >= Some(&role));
        }
    }

    #[test]
    fn losing_a_lower_reason_changes_nothing(sources in sources(), which in any::<Index>()) {
        prop_assume!(!sources.is_empty());
        let which = which.index(sources.len());
        let (workspace, lost) = sources[which].clone();
        let before = resolve_all(Standing::GOOD, &sources, &BTreeMap::new());
        let mut rest = sources;
        rest.remove(which);
        let after = resolve_all(Standing::GOOD, &rest, &BTreeMap::new());
        if rest.iter().any(|(other, source)| *other == workspace && source.role() >= lost.role()) {
            prop_assert_eq!(after, before);
        } else {
            prop_assert!(after.get(&workspace) < before.get(&workspace));
        }
    }

    #[test]
    fn a_person_is_where_something_speaks_for_it_and_nowhere_while_inactive(sources in sources()) {
        let outcome = resolve_all(Standing::GOOD, &sources, &BTreeMap::new());
        for (workspace, _) in &sources {
            prop_assert!(outcome.contains_key(workspace));
        }
        for (workspace, role) in &outcome {
            prop_assert!(sources.iter().any(|(other, source)| other == workspace && source.role() == *role));
        }
        prop_assert!(resolve_all(INACTIVE, &sources, &BTreeMap::new()).is_empty());
    }
}

#[test]
fn a_hold_takes_nothing_away_and_lets_more_come() {
    use WorkspaceRole::{Admin, Manager, Member};
    let held = Standing { held: true, ..Standing::GOOD };
    assert_eq!(resolve(held, &[], Some(Manager)), Some(Manager));
    assert_eq!(resolve(held, &grants(&[Member]), Some(Manager)), Some(Manager));
    assert_eq!(resolve(held, &grants(&[Admin]), Some(Manager)), Some(Admin));
    assert_eq!(resolve(Standing { active: false, ..held }, &grants(&[Admin]), Some(Member)), Some(Member));
    assert_eq!(resolve(Standing { gone: true, ..held }, &grants(&[Admin]), None), None);
    assert_eq!(resolve_org_role(held, OrgRole::Member, [], OrgRole::Owner), OrgRole::Owner);
}

#[test]
fn a_mapped_group_only_raises_the_organisation_role() {
    use OrgRole::{Admin, Member, Owner};
    assert_eq!(resolve_org_role(Standing::GOOD, Member, [Admin, Member], Member), Admin);
    assert_eq!(resolve_org_role(Standing::GOOD, Owner, [Admin], Owner), Owner);
    assert_eq!(resolve_org_role(INACTIVE, Member, [Owner], Owner), Member);
}

/// Paths of every kind, stopped or not, to one workspace.
fn paths() -> impl Strategy<Value = Vec<AccessPath>> {
    let path = (0..3usize, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(rank, by_hand, paused, archived)| {
            let workspace = Workspace { archived_at: archived.then_some(THEN), ..a_workspace("Sales") };
            let role = WorkspaceRole::ALL[rank];
            let group = a_group("Staff");
            let mapping = a_mapping(&group, &workspace, role);
            let via = match by_hand {
                true => Via::Grant { expiry: None },
                false => Via::Mapping {
                    group: group.id,
                    group_name: group.facts.display_name,
                    mapping: mapping.id,
                    origin: mapping.origin,
                    paused_at: paused.then_some(THEN),
                },
            };
            AccessPath { workspace, role, via, since: THEN, change: None }
        },
    );
    prop::collection::vec(path, 0..8)
}

fn standing() -> impl Strategy<Value = Standing> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    flags.prop_map(|(active, outside, gone, held)| Standing { active, outside, gone, held })
}

proptest! {
    /// The explanation and the decision cannot disagree.
    #[test]
    fn what_is_explained_is_what_is_decided(
        standing in standing(), paths in paths(), have in prop::option::of(0..3usize),
    ) {
        let have = have.map(|rank| WorkspaceRole::ALL[rank]);
        let weighed = weigh(standing, &paths, have);
        let in_force: Vec<Source> = paths
            .iter()
            .filter(|path| path.workspace.archived_at.is_none())
            .filter(|path| !matches!(path.via, Via::Mapping { paused_at: Some(_), .. }))
            .map(|path| Source::Grant(Grant::lasting(path.role)))
            .collect();
        let archived = paths.iter().any(|path| path.workspace.archived_at.is_some());
        let have = have.filter(|_| !archived);
        prop_assert_eq!(weighed.role, resolve(standing, &in_force, have));
        prop_assert_eq!(weighed.outcomes.len(), paths.len());
        for (path, outcome) in paths.iter().zip(&weighed.outcomes) {
            match outcome {
                Outcome::Decides => prop_assert_eq!(weighed.role, Some(path.role)),
                Outcome::Outranked { by } => prop_assert!(*by > path.role && weighed.role == Some(*by)),
                Outcome::Stopped(why) => prop_assert!(!why.is_empty()),
            }
        }
        let decided = weighed.outcomes.contains(&Outcome::Decides);
        prop_assert!(weighed.role.is_none() || decided || weighed.by_hold);
    }
}

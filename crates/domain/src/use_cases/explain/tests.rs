use uuid::Uuid;

use super::*;
use crate::{
    event::{Actor, Cause},
    testing::{
        MockTx, NOW, ORG, THEN, a_group, a_mapping, a_mapping_by_name, a_token, a_user, a_user_with,
        a_workspace, an_act, the_connection,
    },
};

fn change(n: u128) -> ChangeId {
    ChangeId(Uuid::from_u128(n))
}

fn step(member: Uuid, group: &crate::records::Group, n: u128) -> GroupStep {
    GroupStep {
        member,
        group: group.id,
        group_name: group.facts.display_name.clone(),
        since: THEN,
        change: change(n),
    }
}

fn path_by(mapping: &crate::records::Mapping, workspace: &Workspace) -> AccessPath {
    AccessPath {
        workspace: workspace.clone(),
        role: mapping.role,
        via: Via::Mapping {
            group: mapping.group,
            group_name: mapping.group_name.clone(),
            mapping: mapping.id,
            origin: mapping.origin,
            paused_at: mapping.paused_at,
        },
        since: mapping.created_at,
        change: Some(change(9)),
    }
}

/// A store in which this person has these ways to access.
fn store(user: &User, paths: Vec<AccessPath>, steps: Vec<GroupStep>) -> MockTx {
    let mut tx = MockTx::new();
    tx.knows_user(user);
    tx.expect_find_hold().returning(|_, _| Ok(None));
    tx.expect_workspaces_of().returning(|_, _| Ok(Vec::new()));
    tx.expect_paths_of().returning(move |_, _| Ok(paths.clone()));
    tx.expect_steps_above().returning(move |_, _| Ok(steps.clone()));
    tx.expect_role_mappings_for().returning(|_, _| Ok(Vec::new()));
    tx.expect_causes_of().returning(|_, changes| {
        let secret = crate::secret::Secret::new(crate::secret::SecretKind::Scim, [7; 32]);
        let actor = Actor::Idp { connection: the_connection(), token: a_token("entra", &secret).id };
        Ok(changes.iter().map(|change| Cause { change: *change, actor, at: NOW }).collect())
    });
    tx.expect_list_connections().returning(|_| Ok(vec![crate::testing::a_connection("default")]));
    tx.expect_list_tokens().returning(|_| {
        let secret = crate::secret::Secret::new(crate::secret::SecretKind::Scim, [7; 32]);
        Ok(vec![a_token("entra", &secret)])
    });
    tx
}

#[test]
fn a_role_is_explained_by_the_groups_the_mapping_and_the_request_that_led_to_it() {
    let (ada, sales) = (a_user("ada"), a_workspace("Sales"));
    let (team, staff) = (a_group("Team"), a_group("Staff"));
    let mapping = a_mapping(&staff, &sales, WorkspaceRole::Manager);
    let steps = vec![step(ada.id.0, &team, 1), step(team.id.0, &staff, 2)];
    let mut tx = store(&ada, vec![path_by(&mapping, &sales)], steps);
    let told = explain(&mut tx, ORG, &ada.id.to_string(), None).unwrap();
    let [place] = &told.workspaces[..] else { panic!("{told:#?}") };
    assert_eq!(
        (place.slug.as_str(), place.role, place.by_hold),
        ("sales", Some(WorkspaceRole::Manager), false)
    );
    let [path] = &place.paths[..] else { panic!("{place:#?}") };
    assert_eq!(
        (path.kind, path.outcome, path.mapping_id),
        (PathKind::Mapping, OutcomeWord::Decides, Some(mapping.id))
    );
    let through: Vec<_> = path.through.iter().map(|step| step.group.as_str()).collect();
    assert_eq!(through, ["Team", "Staff"]);
    let cause = path.through[0].cause.as_ref().unwrap();
    assert_eq!(cause.change_id, change(1));
    assert_eq!(cause.by.words(), "token “entra” of connection “default”");
    assert_eq!(told.groups_without_effect, [], "the inner group is a step on the way");
}

#[test]
fn what_is_outranked_or_stopped_says_by_what() {
    let ada = a_user("ada");
    let sales = a_workspace("Sales");
    let (low, high, idle) = (a_group("Low"), a_group("ws-Sales-role-admin"), a_group("Idle"));
    let (by_hand, by_name) = (
        a_mapping(&low, &sales, WorkspaceRole::Member),
        a_mapping_by_name(&high, &sales, WorkspaceRole::Admin),
    );
    let steps = vec![step(ada.id.0, &low, 1), step(ada.id.0, &high, 2), step(ada.id.0, &idle, 3)];
    let paths = vec![path_by(&by_hand, &sales), path_by(&by_name, &sales)];
    let told =
        explain(&mut store(&ada, paths.clone(), steps.clone()), ORG, &ada.id.to_string(), None).unwrap();
    let outcomes: Vec<_> = told.workspaces[0].paths.iter().map(|path| (path.kind, path.outcome)).collect();
    assert_eq!(
        outcomes,
        [(PathKind::Mapping, OutcomeWord::Outranked), (PathKind::Pattern, OutcomeWord::Decides)]
    );
    assert_eq!(told.workspaces[0].paths[0].outranked_by, Some(WorkspaceRole::Admin));
    assert_eq!(told.groups_without_effect.iter().map(|g| g.group.as_str()).collect::<Vec<_>>(), ["Idle"]);

    let gone = a_user_with("ada", serde_json::json!({"active": false}));
    let told = explain(&mut store(&gone, paths, steps), ORG, &gone.id.to_string(), None).unwrap();
    assert_eq!(told.workspaces[0].role, None);
    assert!(told.workspaces[0].paths.iter().all(|path| path.obstacles == [Obstacle::Inactive]));
}

#[test]
fn a_workspace_that_the_person_is_not_in_names_the_groups_that_would_help() {
    let (ada, sales, staff) = (a_user("ada"), a_workspace("Sales"), a_group("Staff"));
    let mapping = a_mapping(&staff, &sales, WorkspaceRole::Member);
    let (design, drawers) = (a_workspace("Design"), a_group("Drawers"));
    let elsewhere = path_by(&a_mapping(&drawers, &design, WorkspaceRole::Member), &design);
    let mut tx = store(&ada, vec![elsewhere], vec![step(ada.id.0, &drawers, 1)]);
    tx.knows_workspace(&sales);
    tx.expect_list_mappings()
        .withf(|_, filter, _| filter.by_name)
        .returning(move |_, _, _| Ok(vec![mapping.clone()]));
    let asked = WorkspaceRef("sales".into());
    let told = explain(&mut tx, ORG, &ada.id.to_string(), Some(&asked)).unwrap();
    assert_eq!((told.workspaces[0].role, told.workspaces[0].paths.len()), (None, 0));
    let help = &told.workspaces[0].would_help[0];
    assert_eq!((help.group.as_str(), help.kind), ("Staff", PathKind::Mapping));
    assert_eq!(told.groups_without_effect, [], "what gives something elsewhere gives something");
}

#[test]
fn nobody_and_nowhere_are_named() {
    let mut tx = MockTx::new();
    tx.knows_nobody_else();
    tx.expect_find_user_by_name().returning(|_, _| Ok(None));
    let unknown = explain(&mut tx, an_act().org, "nobody@acme.test", None).unwrap_err();
    assert_eq!(unknown, ExplainError::UnknownUser { given: "nobody@acme.test".into() });
}

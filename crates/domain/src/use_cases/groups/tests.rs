//! What an administrator can rely on when an IdP pushes, changes and removes groups.

mod members;
mod names;

use mockall::Sequence;
use serde_json::json;

use super::*;
use crate::{
    event::EventKind::*,
    pattern::NamePattern,
    records::Mapping,
    role::{OrgRole, WorkspaceRole},
    testing::*,
};

/// A PATCH of this group, whatever the version.
fn patch(tx: &mut MockTx, group: &Group, operations: Value) -> Result<Group, ResourceError> {
    let steps = a_group_patch(operations);
    apply(tx, &an_act(), ResourceType::group(), group.id, &steps, Profile::Compatible, &Expected::Any)
        .map(|(group, _)| group)
}

/// A PUT of this body in the place of this group.
fn put(tx: &mut MockTx, group: &Group, body: Value) -> Result<Group, ResourceError> {
    replace(tx, &an_act(), ResourceType::group(), group.id, a_group_body(body), &Expected::Any)
}

fn post(tx: &mut MockTx, body: Value) -> Result<Group, ResourceError> {
    create(tx, &an_act(), ResourceType::group(), the_connection(), a_group_body(body))
}

/// The store holds `group`; whatever is written is a failure of the test.
fn read_only(group: &Group) -> MockTx {
    let mut tx = MockTx::new();
    tx.knows_group(group);
    tx
}

/// The store holds `group` and takes one new version of its document.
fn writable(group: &Group) -> (MockTx, Watched) {
    let mut tx = read_only(group);
    tx.has_pattern(NamePattern::default());
    let (id, next) = (group.id, group.document.version + 1);
    tx.expect_update_group()
        .withf(move |org, asked, connection, _, _, version, now| {
            let place = (*org, *asked, *connection) == (ORG, id, Some(the_connection()));
            place && (*version, *now) == (next, NOW)
        })
        .times(1)
        .returning(|_, _, _, _, _, _, _| Ok(()));
    let watched = tx.watch();
    (tx, watched)
}

/// The store takes one new group.
fn insertable(tx: &mut MockTx) -> Watched {
    tx.has_pattern(NamePattern::default());
    tx.expect_insert_group()
        .withf(|org, id, connection, _, _, now| {
            let place = (*org, *connection, *now) == (ORG, Some(the_connection()), NOW);
            place && id.0 == NumberedIds::nth(1)
        })
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.watch()
}

#[test]
fn a_new_group_without_members_is_nobodys_access() {
    let mut tx = MockTx::new();
    let watched = insertable(&mut tx);
    tx.knows_groups_named("Staff", &[]);
    tx.expect_mappings_of().returning(|_, _| Ok(Vec::new()));
    let group = post(&mut tx, json!({"displayName": "Staff", "externalId": "7"})).unwrap();
    assert_eq!((group.document.version, group.document.created_at), (1, NOW));
    assert_eq!((group.facts.external_id.as_deref(), group.facts.pattern), (Some("7"), None));
    assert_eq!(watched.kinds(), [GroupCreated]);
}

#[test]
fn a_repeated_post_does_not_make_a_second_group() {
    let staff = a_group("Staff");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("staff", std::slice::from_ref(&staff));
    let error = post(&mut tx, json!({"displayName": "STAFF"})).unwrap_err();
    let taken =
        ResourceError::Taken { kind: "Group", attribute: Unique::GroupName, value: "STAFF".to_owned() };
    assert_eq!(error, taken);
    assert_eq!(error.to_string(), "displayName `STAFF` is taken by another Group");
}

// scim: 51
#[test]
fn two_groups_of_one_name_are_told_apart_by_external_id_and_by_nothing_else() {
    let first = a_group_with("Staff", json!({"externalId": "1"}));
    let without = a_group("Staff");
    for (there, external_id, accepted) in [
        (&first, Some("2"), true),
        (&first, Some("1"), false),
        (&first, None, false),
        (&without, Some("2"), false),
        (&without, None, false),
    ] {
        let mut body = json!({"displayName": "Staff"});
        if let Some(external_id) = external_id {
            body["externalId"] = external_id.into();
        }
        let mut tx = MockTx::new();
        tx.knows_groups_named("Staff", std::slice::from_ref(there));
        if accepted {
            insertable(&mut tx);
            tx.expect_mappings_of().returning(|_, _| Ok(Vec::new()));
        } else {
            tx.has_pattern(NamePattern::default());
        }
        assert_eq!(post(&mut tx, body).is_ok(), accepted, "{external_id:?} beside {there:?}");
    }
}

#[test]
fn an_external_id_in_use_is_named() {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("Staff", &[]);
    tx.expect_insert_group()
        .times(1)
        .returning(|_, _, _, _, _, _| Err(StoreError::Taken(Unique::ExternalId)));
    let error = post(&mut tx, json!({"displayName": "Staff", "externalId": "7"})).unwrap_err();
    let taken = ResourceError::Taken { kind: "Group", attribute: Unique::ExternalId, value: "7".into() };
    assert_eq!(error, taken);
}

// scim: 136
// dialect: 17
#[test]
fn a_change_that_changes_nothing_writes_nothing_and_keeps_the_version() {
    let staff = a_group_with("Staff", json!({"externalId": "7"}));
    let mut tx = read_only(&staff);
    for operations in [
        json!([{"op": "replace", "path": "displayName", "value": "Staff"}]),
        json!([{"op": "replace", "value": {"displayName": "Staff", "externalId": "7"}}]),
        json!([{"op": "add", "path": "members", "value": []}]),
    ] {
        assert_eq!(patch(&mut tx, &staff, operations).unwrap(), staff);
    }
    tx.expect_remove_members_except().times(1).returning(|_, _, _| Ok(Vec::new()));
    assert_eq!(put(&mut tx, &staff, json!({"externalId": "7", "displayName": "Staff"})).unwrap(), staff);
}

// dialect: 22
#[test]
fn a_patch_that_does_not_name_members_keeps_every_member() {
    let staff = a_group("Staff");
    for operations in [
        json!([{"op": "replace", "value": {"displayName": "Everybody"}}]),
        json!([{"op": "Replace", "path": "displayName", "value": "Everybody"}]),
    ] {
        let (mut tx, watched) = writable(&staff);
        tx.knows_groups_named("Everybody", &[]);
        // No call on members is expected.
        let after = patch(&mut tx, &staff, operations).unwrap();
        assert_eq!((after.id, after.document.version), (staff.id, 2));
        assert_eq!((after.document.created_at, after.document.modified_at), (THEN, NOW));
        assert_eq!(watched.kinds(), [GroupUpdated]);
        assert_eq!(watched.the(GroupUpdated).subject.as_deref(), Some("Everybody"));
        assert_eq!(watched.recomputed(), []);
    }
}

#[test]
fn a_group_may_not_take_the_name_of_another() {
    let (staff, sales) = (a_group("Staff"), a_group("Sales"));
    let mut tx = read_only(&staff);
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("Sales", std::slice::from_ref(&sales));
    let taken = ResourceError::Taken { kind: "Group", attribute: Unique::GroupName, value: "sales".into() };
    let operations = json!([{"op": "replace", "path": "displayName", "value": "sales"}]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap_err(), taken);
    // Undone with the rest of the unit of work.
    tx.expect_remove_members_except().times(1).returning(|_, _, _| Ok(Vec::new()));
    assert_eq!(put(&mut tx, &staff, json!({"displayName": "sales"})).unwrap_err(), taken);
}

#[test]
fn a_group_may_change_the_case_of_its_own_name() {
    let staff = a_group("Staff");
    let (mut tx, _) = writable(&staff);
    tx.knows_groups_named("staff", std::slice::from_ref(&staff));
    let operations = json!([{"op": "replace", "path": "displayName", "value": "STAFF"}]);
    assert_eq!(patch(&mut tx, &staff, operations).unwrap().facts.display_name, "STAFF");
}

#[test]
fn a_group_may_not_lose_the_external_id_that_tells_it_apart() {
    let (one, two) = (
        a_group_with("Staff", json!({"externalId": "1"})),
        a_group_with("Staff", json!({"externalId": "2"})),
    );
    let mut tx = read_only(&one);
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("Staff", &[one.clone(), two]);
    let error = patch(&mut tx, &one, json!([{"op": "remove", "path": "externalId"}])).unwrap_err();
    let taken = ResourceError::Taken { kind: "Group", attribute: Unique::GroupName, value: "Staff".into() };
    assert_eq!(error, taken);
}

#[test]
fn a_group_alone_of_its_name_may_lose_its_external_id() {
    let staff = a_group_with("Staff", json!({"externalId": "1"}));
    let (mut tx, _) = writable(&staff);
    tx.knows_groups_named("Staff", std::slice::from_ref(&staff));
    tx.knows_mappings(staff.id, &[]);
    let after = patch(&mut tx, &staff, json!([{"op": "remove", "path": "externalId"}])).unwrap();
    assert_eq!(after.facts.external_id, None);
}

// scim: 100, 175
#[test]
fn another_version_than_expected_changes_nothing_and_says_which_it_is() {
    let mut staff = a_group("Staff");
    staff.document.version = 3;
    let (stale, mismatch) = (Expected::Versions(vec![2]), ResourceError::VersionMismatch { current: 3 });
    let mut tx = read_only(&staff);
    let (act, group_type, profile) = (an_act(), ResourceType::group(), Profile::Compatible);

    let body = a_group_body(json!({"displayName": "Everybody", "members": []}));
    assert_eq!(replace(&mut tx, &act, group_type, staff.id, body, &stale).unwrap_err(), mismatch);
    let steps = a_group_patch(json!([{"op": "remove", "path": "members"}]));
    assert_eq!(apply(&mut tx, &act, group_type, staff.id, &steps, profile, &stale).unwrap_err(), mismatch);
    assert_eq!(delete(&mut tx, &act, staff.id, &stale).unwrap_err(), mismatch);
}

#[test]
fn a_group_that_only_an_administrator_named_does_not_exist_for_the_idp() {
    let waiting = a_waiting_group("Staff");
    let mut tx = read_only(&waiting);
    let not_found = ResourceError::NotFound { kind: "Group", id: waiting.id.to_string() };
    assert_eq!(put(&mut tx, &waiting, json!({"displayName": "Staff"})).unwrap_err(), not_found);
    let operations = json!([{"op": "remove", "path": "members"}]);
    assert_eq!(patch(&mut tx, &waiting, operations).unwrap_err(), not_found);
    assert_eq!(delete(&mut tx, &an_act(), waiting.id, &Expected::Any).unwrap_err(), not_found);
}

/// Deletes `group`, which has `mappings`, in a store that takes exactly what deleting takes.
fn deletable(group: &Group, mappings: &[Mapping]) -> (MockTx, Watched) {
    let mut tx = read_only(group);
    tx.knows_mappings(group.id, mappings);
    let id = group.id;
    let mut order = Sequence::new();
    tx.expect_leave_parents()
        .withf(move |org, asked, now| (*org, *asked, *now) == (ORG, id, NOW))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(false));
    tx.expect_recompute()
        .withf(move |org, _, scope| *org == ORG && *scope == Scope::Groups(vec![id]))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(Default::default()));
    tx.expect_delete_group()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    (tx, watched)
}

#[test]
fn deleting_a_group_lets_its_people_go_before_it_and_leaves_manual_grants_alone() {
    let staff = a_group("Staff");
    // Neither a grant nor a workspace is touched: no such call is expected.
    let (mut tx, watched) = deletable(&staff, &[]);
    delete(&mut tx, &an_act(), staff.id, &Expected::Any).unwrap();
    assert_eq!(watched.kinds(), [GroupDeleted]);
    assert_eq!(watched.the(GroupDeleted).subject.as_deref(), Some("Staff"));
}

#[test]
fn deleting_a_group_that_maps_itself_deletes_that_mapping() {
    let group = a_group("ws-Sales-role-admin");
    let mapping = a_mapping_by_name(&group, &a_workspace("Sales"), WorkspaceRole::Admin);
    let (mut tx, watched) = deletable(&group, std::slice::from_ref(&mapping));
    tx.expect_delete_mapping()
        .withf(move |org, id| (*org, *id) == (ORG, mapping.id))
        .times(1)
        .returning(|_, _| Ok(()));
    delete(&mut tx, &an_act(), group.id, &Expected::Any).unwrap();
    assert_eq!(watched.kinds(), [MappingDeleted, GroupDeleted]);
}

#[test]
fn deleting_a_mapped_group_keeps_the_administrators_mapping_on_its_name() {
    let staff = a_group("Staff");
    let mapping = a_mapping(&staff, &a_workspace("Sales"), WorkspaceRole::Manager);
    let (mut tx, watched) = deletable(&staff, &[mapping]);
    let waiting = GroupId(NumberedIds::nth(1));
    tx.expect_insert_group()
        .withf(move |_, id, connection, facts, _, _| {
            *id == waiting && connection.is_none() && facts.display_name == "Staff" && facts.pattern.is_none()
        })
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.expect_move_mappings()
        .withf(move |org, from, to, only, change| {
            (*org, *from, *to, *only, *change) == (ORG, staff.id, waiting, None, an_act().cause.change)
        })
        .times(1)
        .returning(|_, _, _, _, _| Ok(()));
    delete(&mut tx, &an_act(), group_id("Staff"), &Expected::Any).unwrap();
    assert_eq!(watched.kinds(), [GroupCreated, MappingUpdated, GroupDeleted]);
}

#[test]
fn deleting_a_group_that_gives_a_role_in_the_organisation_keeps_that_on_its_name() {
    let staff = a_group("Staff");
    let mut tx = MockTx::new();
    tx.knows_group(&staff);
    tx.knows_role_mapping(staff.id, Some(&a_role_mapping(&staff, OrgRole::Admin)));
    tx.knows_mappings(staff.id, &[]);
    let mut order = Sequence::new();
    tx.expect_insert_group().times(1).in_sequence(&mut order).returning(|_, _, _, _, _, _| Ok(()));
    tx.expect_move_mappings()
        .withf(move |_, from, to, _, _| (*from, to.0) == (staff.id, NumberedIds::nth(1)))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _, _, _| Ok(()));
    tx.expect_leave_parents().returning(|_, _, _| Ok(false));
    // Only then does nobody have the role by it any more.
    tx.expect_recompute().times(1).in_sequence(&mut order).returning(|_, _, _| Ok(Default::default()));
    tx.expect_delete_group().times(1).in_sequence(&mut order).returning(|_, _| Ok(()));
    let watched = tx.watch();
    delete(&mut tx, &an_act(), group_id("Staff"), &Expected::Any).unwrap();
    assert_eq!(watched.kinds(), [GroupCreated, RoleMappingUpdated, GroupDeleted]);
}

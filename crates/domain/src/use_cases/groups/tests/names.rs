//! What a group's name gives, and what happens to an administrator's mapping when groups come, go and are renamed.

use super::*;
use crate::records::Workspace;

const GROUP_NAME: &str = "ws-Sales-role-admin";

/// The store takes a mapping by name, of this group to this workspace, in this role.
fn maps_itself(tx: &mut MockTx, group: GroupId, workspace: &Workspace, role: WorkspaceRole) {
    let workspace = workspace.id;
    tx.expect_insert_mapping()
        .withf(move |org, new| {
            let place = (*org, new.group, new.workspace, new.role) == (ORG, group, workspace, role);
            place && new.origin == MappingOrigin::Pattern
        })
        .times(1)
        .returning(|_, _| Ok(()));
}

fn loses(tx: &mut MockTx, mapping: &Mapping) {
    let id = mapping.id;
    tx.expect_delete_mapping()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .returning(|_, _| Ok(()));
}

/// The mappings of `waiting` go to `group`, and it goes.
fn is_taken_over(tx: &mut MockTx, waiting: &Group, group: GroupId, order: &mut Sequence) {
    tx.knows_mappings(waiting.id, &[a_mapping(waiting, &a_workspace("Sales"), WorkspaceRole::Manager)]);
    let waiting = waiting.id;
    tx.expect_move_mappings()
        .withf(move |org, from, to, _, _| (*org, *from, *to) == (ORG, waiting, group))
        .times(1)
        .in_sequence(order)
        .returning(|_, _, _, _, _| Ok(()));
    tx.expect_delete_group()
        .withf(move |org, id| (*org, *id) == (ORG, waiting))
        .times(1)
        .in_sequence(order)
        .returning(|_, _| Ok(()));
}

fn renamed_to(name: &str) -> Value {
    json!([{"op": "replace", "path": "displayName", "value": name}])
}

#[test]
fn a_group_named_after_the_pattern_maps_itself_to_the_workspace_of_that_name() {
    let mut tx = MockTx::new();
    let watched = insertable(&mut tx);
    let sales = a_workspace("SALES");
    tx.knows_workspace(&sales);
    tx.knows_groups_named(GROUP_NAME, &[]);
    let group = GroupId(NumberedIds::nth(1));
    tx.knows_mappings(group, &[]);
    maps_itself(&mut tx, group, &sales, WorkspaceRole::Admin);
    post(&mut tx, json!({"displayName": GROUP_NAME})).unwrap();
    assert_eq!(watched.kinds(), [GroupCreated, MappingCreated]);
    assert_eq!(watched.the(MappingCreated).new_role, Some(WorkspaceRole::Admin.rank()));
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group])]);
}

#[test]
fn a_workspace_that_a_name_asks_for_is_made_where_settings_say_so() {
    for create_workspaces in [true, false] {
        let mut tx = MockTx::new();
        tx.has_pattern(NamePattern { create_workspaces, ..NamePattern::default() });
        tx.knows_groups_named("ws-Sales Team-role-manager", &[]);
        tx.expect_insert_group().times(1).returning(|_, _, _, _, _, _| Ok(()));
        tx.expect_mappings_of().returning(|_, _| Ok(Vec::new()));
        tx.knows_no_other_workspace();
        let writes = usize::from(create_workspaces);
        tx.expect_insert_workspace()
            .withf(|org, new| {
                *org == ORG && (new.name.as_str(), new.slug.as_str()) == ("Sales Team", "sales-team")
            })
            .times(writes)
            .returning(|_, _| Ok(()));
        tx.expect_insert_mapping().times(writes).returning(|_, _| Ok(()));
        let watched = tx.watch();
        post(&mut tx, json!({"displayName": "ws-Sales Team-role-manager"})).unwrap();
        let made = watched.kinds().contains(&WorkspaceCreated);
        assert_eq!(made, create_workspaces);
    }
}

#[test]
fn a_pushed_group_is_the_one_that_an_administrator_named_and_keeps_its_id_and_mappings() {
    let waiting = a_waiting_group("Staff");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("staff", std::slice::from_ref(&waiting));
    tx.knows_mappings(waiting.id, &[a_mapping(&waiting, &a_workspace("Sales"), WorkspaceRole::Manager)]);
    let id = waiting.id;
    // It is overwritten, not inserted; no call on mappings is expected.
    tx.expect_update_group()
        .withf(move |_, asked, connection, facts, _, version, _| {
            *asked == id
                && *connection == Some(the_connection())
                && facts.display_name == "STAFF"
                && *version == 1
        })
        .times(1)
        .returning(|_, _, _, _, _, _, _| Ok(()));
    let watched = tx.watch();
    let group = post(&mut tx, json!({"displayName": "STAFF", "externalId": "7"})).unwrap();
    assert_eq!((group.id, group.document.created_at), (waiting.id, THEN));
    assert!(group.pushed());
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![waiting.id])]);
}

#[test]
fn a_waiting_group_does_not_stand_in_the_way_of_a_second_one_of_the_name() {
    // One is pushed, another waits: a third with its own externalId takes over the one that waits.
    let (pushed, waiting) = (a_group_with("Staff", json!({"externalId": "1"})), a_waiting_group("Staff"));
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_groups_named("Staff", &[pushed, waiting.clone()]);
    tx.knows_mappings(waiting.id, &[]);
    tx.expect_update_group().times(1).returning(|_, _, _, _, _, _, _| Ok(()));
    tx.watch();
    assert_eq!(post(&mut tx, json!({"displayName": "Staff", "externalId": "2"})).unwrap().id, waiting.id);
}

#[test]
fn renaming_a_group_out_of_the_pattern_takes_its_mapping_and_recomputes_its_people() {
    let group = a_group(GROUP_NAME);
    let mapping = a_mapping_by_name(&group, &a_workspace("Sales"), WorkspaceRole::Admin);
    let (mut tx, watched) = writable(&group);
    tx.knows_groups_named("Sales", &[]);
    tx.knows_mappings(group.id, std::slice::from_ref(&mapping));
    loses(&mut tx, &mapping);
    let after = patch(&mut tx, &group, renamed_to("Sales")).unwrap();
    assert_eq!((after.id, after.facts.pattern), (group.id, None));
    assert_eq!(watched.kinds(), [GroupUpdated, MappingDeleted]);
    assert_eq!(watched.the(MappingDeleted).old_role, Some(WorkspaceRole::Admin.rank()));
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn renaming_a_group_within_the_pattern_moves_its_people_to_the_new_role() {
    let group = a_group(GROUP_NAME);
    let sales = a_workspace("Sales");
    let mapping = a_mapping_by_name(&group, &sales, WorkspaceRole::Admin);
    let (mut tx, watched) = writable(&group);
    tx.knows_groups_named("ws-Sales-role-member", &[]);
    tx.knows_workspace(&sales);
    tx.knows_mappings(group.id, std::slice::from_ref(&mapping));
    loses(&mut tx, &mapping);
    maps_itself(&mut tx, group.id, &sales, WorkspaceRole::Member);
    patch(&mut tx, &group, renamed_to("ws-Sales-role-member")).unwrap();
    assert_eq!(watched.kinds(), [GroupUpdated, MappingDeleted, MappingCreated]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_mapped_group_renamed_into_the_pattern_keeps_to_its_mapping() {
    let staff = a_group("Staff");
    let (mut tx, watched) = writable(&staff);
    tx.knows_groups_named(GROUP_NAME, &[]);
    tx.knows_mappings(staff.id, &[a_mapping(&staff, &a_workspace("Sales"), WorkspaceRole::Member)]);
    patch(&mut tx, &staff, renamed_to(GROUP_NAME)).unwrap();
    assert_eq!(watched.kinds(), [GroupUpdated]);
    assert_eq!(watched.recomputed(), []);
}

#[test]
fn a_group_renamed_to_a_name_that_was_mapped_beforehand_takes_that_mapping_over() {
    let (group, waiting) = (a_group("Team"), a_waiting_group("Staff"));
    let (mut tx, watched) = writable(&group);
    tx.knows_groups_named("Staff", std::slice::from_ref(&waiting));
    tx.knows_mappings(group.id, &[]);
    is_taken_over(&mut tx, &waiting, group.id, &mut Sequence::new());
    patch(&mut tx, &group, renamed_to("Staff")).unwrap();
    assert_eq!(watched.kinds(), [MappingUpdated, GroupDeleted, GroupUpdated]);
    let moved = watched.the(MappingUpdated);
    let changed = moved.changed.unwrap();
    assert_eq!(
        (moved.group, changed.before["group_id"].as_str()),
        (Some(group.id), Some(&*waiting.id.to_string()))
    );
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_group_that_mapped_itself_gives_that_up_before_it_takes_a_mapping_over() {
    // Both may be to the same workspace, and a group has one mapping to a workspace.
    let (group, waiting) = (a_group(GROUP_NAME), a_waiting_group("Staff"));
    let by_name = a_mapping_by_name(&group, &a_workspace("Sales"), WorkspaceRole::Admin);
    let (mut tx, watched) = writable(&group);
    tx.knows_groups_named("Staff", std::slice::from_ref(&waiting));
    let (mut order, id) = (Sequence::new(), group.id);
    for mappings in
        [vec![by_name.clone()], vec![a_mapping(&group, &a_workspace("Sales"), WorkspaceRole::Member)]]
    {
        tx.expect_mappings_of()
            .withf(move |_, asked| *asked == id)
            .times(1)
            .returning(move |_, _| Ok(mappings.clone()));
    }
    tx.knows_role_mapping(group.id, None);
    let deleted = by_name.id;
    tx.expect_delete_mapping()
        .withf(move |_, asked| *asked == deleted)
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(()));
    is_taken_over(&mut tx, &waiting, group.id, &mut order);
    patch(&mut tx, &group, renamed_to("Staff")).unwrap();
    assert_eq!(watched.kinds(), [MappingDeleted, MappingUpdated, GroupDeleted, GroupUpdated]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_mapped_group_does_not_take_over_a_second_set_of_mappings() {
    let (group, waiting) = (a_group("Team"), a_waiting_group("Staff"));
    let (mut tx, watched) = writable(&group);
    tx.knows_groups_named("Staff", &[waiting]);
    tx.knows_mappings(group.id, &[a_mapping(&group, &a_workspace("Sales"), WorkspaceRole::Member)]);
    patch(&mut tx, &group, renamed_to("Staff")).unwrap();
    assert_eq!(watched.recomputed(), []);
}

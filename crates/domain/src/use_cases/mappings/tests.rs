//! What an administrator can rely on when mapping groups to workspaces.

use super::*;
use crate::{
    event::EventKind::*,
    grant::{Expiry, Grant},
    pattern::NamePattern,
    records::{PlacedGrant, Workspace},
    role::WorkspaceRole::*,
    testing::*,
};

fn by_name(name: &str) -> GroupRef {
    GroupRef::Name(name.to_owned())
}

fn by_id(group: &Group) -> GroupRef {
    GroupRef::Id(group.id.to_string())
}

fn at(workspace: &Workspace) -> WorkspaceRef {
    WorkspaceRef(workspace.slug.clone())
}

/// The store holds the workspace and the group with these mappings; whatever is written is a failure of the test.
fn a_store_with(workspace: &Workspace, group: &Group, mappings: &[Mapping]) -> MockTx {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_workspace(workspace);
    tx.knows_group(group);
    tx.knows_groups_named(&group.facts.display_name, std::slice::from_ref(group));
    tx.knows_mappings(group.id, mappings);
    for mapping in mappings {
        tx.knows_mapping(mapping);
    }
    tx
}

/// The store takes this one mapping of an administrator.
fn takes_mapping(tx: &mut MockTx, group: GroupId, workspace: &Workspace, role: WorkspaceRole) {
    let workspace = workspace.id;
    tx.expect_insert_mapping()
        .withf(move |org, new| {
            let place = (*org, new.group, new.workspace, new.role) == (ORG, group, workspace, role);
            place && new.origin == MappingOrigin::Admin && new.created_at == NOW
        })
        .times(1)
        .returning(|_, _| Ok(()));
}

fn takes_deletion(tx: &mut MockTx, mapping: &Mapping) {
    let id = mapping.id;
    tx.expect_delete_mapping()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .returning(|_, _| Ok(()));
}

#[test]
fn a_mapping_reaches_the_people_of_its_group_at_once() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    for group in [by_name("STAFF"), by_name("  Staff "), by_id(&staff)] {
        for workspace in [at(&sales), WorkspaceRef("SALES".into()), WorkspaceRef(sales.id.to_string())] {
            let mut tx = a_store_with(&sales, &staff, &[]);
            takes_mapping(&mut tx, staff.id, &sales, Manager);
            let watched = tx.watch();
            let mapping = create(&mut tx, &an_act(), &group, &workspace, Manager).unwrap();
            assert_eq!((mapping.group_name.as_str(), mapping.role), ("Staff", Manager));
            assert_eq!(watched.kinds(), [MappingCreated]);
            assert_eq!(watched.the(MappingCreated).new_role, Some(Manager.rank()));
            assert_eq!(watched.recomputed(), [Scope::Groups(vec![staff.id])]);
        }
    }
}

#[test]
fn the_same_mapping_twice_is_the_same_mapping() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let there = a_mapping(&staff, &sales, Manager);
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&there));
    assert_eq!(create(&mut tx, &an_act(), &by_name("Staff"), &at(&sales), Manager), Ok(there));
}

#[test]
fn another_role_in_the_same_workspace_is_refused_and_the_existing_one_is_named() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let there = a_mapping(&staff, &sales, Manager);
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&there));
    let error = create(&mut tx, &an_act(), &by_id(&staff), &at(&sales), Admin).unwrap_err();
    let conflict = MappingError::RoleConflict { group: "Staff".into(), existing: Manager, mapping: there.id };
    assert_eq!(error, conflict);
    assert!(error.to_string().contains(&format!("PUT /v1/scim/workspaces/{}", there.id)), "{error}");
}

#[test]
fn a_group_may_have_another_role_in_another_workspace() {
    let (sales, finance, staff) = (a_workspace("Sales"), a_workspace("Finance"), a_group("Staff"));
    let mut tx = a_store_with(&finance, &staff, &[a_mapping(&staff, &sales, Manager)]);
    takes_mapping(&mut tx, staff.id, &finance, Admin);
    tx.watch();
    create(&mut tx, &an_act(), &by_id(&staff), &at(&finance), Admin).unwrap();
}

#[test]
fn a_name_that_no_group_has_yet_makes_a_group_that_waits_for_the_idp() {
    let sales = a_workspace("Sales");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_workspace(&sales);
    tx.knows_groups_named("Staff", &[]);
    let waiting = GroupId(NumberedIds::nth(1));
    tx.expect_insert_group()
        .withf(move |org, id, connection, facts, document, _| {
            (*org, *id, *connection) == (ORG, waiting, None)
                && facts.display_name == "Staff"
                && document.text == "{}"
        })
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.knows_mappings(waiting, &[]);
    takes_mapping(&mut tx, waiting, &sales, Member);
    let watched = tx.watch();
    let mapping = create(&mut tx, &an_act(), &by_name(" Staff "), &at(&sales), Member).unwrap();
    assert_eq!((mapping.group, mapping.group_name.as_str()), (waiting, "Staff"));
    assert_eq!(watched.kinds(), [GroupCreated, MappingCreated]);
}

#[test]
fn a_name_that_follows_the_pattern_is_refused_and_told_what_it_does() {
    let sales = a_workspace("Sales");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_workspace(&sales);
    let name = "ws-Finance-role-admin";
    let error = create(&mut tx, &an_act(), &by_name(name), &at(&sales), Member).unwrap_err();
    let wanted =
        MappingError::NameFollowsPattern { name: name.into(), workspace: "Finance".into(), role: Admin };
    assert_eq!(error, wanted);
}

#[test]
fn with_the_pattern_off_any_name_can_be_mapped() {
    let (sales, group) = (a_workspace("Sales"), a_group("ws-Finance-role-admin"));
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern { enabled: false, ..NamePattern::default() });
    tx.knows_workspace(&sales);
    tx.knows_groups_named("ws-Finance-role-admin", std::slice::from_ref(&group));
    tx.knows_mappings(group.id, &[]);
    takes_mapping(&mut tx, group.id, &sales, Member);
    tx.watch();
    create(&mut tx, &an_act(), &by_name("ws-Finance-role-admin"), &at(&sales), Member).unwrap();
}

#[test]
fn an_administrator_who_maps_a_group_by_id_speaks_for_it_in_place_of_its_name() {
    let (sales, finance) = (a_workspace("Sales"), a_workspace("Finance"));
    let group = a_group("ws-Sales-role-admin");
    let by_itself = a_mapping_by_name(&group, &sales, Admin);
    // Elsewhere, and in the very workspace that the name asks for, with the same role or another.
    for (workspace, role) in [(&finance, Member), (&sales, Member), (&sales, Admin)] {
        let mut tx = a_store_with(workspace, &group, std::slice::from_ref(&by_itself));
        takes_deletion(&mut tx, &by_itself);
        takes_mapping(&mut tx, group.id, workspace, role);
        let watched = tx.watch();
        create(&mut tx, &an_act(), &by_id(&group), &at(workspace), role).unwrap();
        assert_eq!(watched.kinds(), [MappingDeleted, MappingCreated]);
        assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
    }
}

#[test]
fn a_name_that_several_groups_have_is_not_guessed() {
    let sales = a_workspace("Sales");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_workspace(&sales);
    tx.knows_groups_named("Staff", &[a_group("Staff"), a_waiting_group("Staff")]);
    let error = create(&mut tx, &an_act(), &by_name("Staff"), &at(&sales), Member).unwrap_err();
    assert_eq!(error, MappingError::AmbiguousName { name: "Staff".into(), count: 2 });
}

#[test]
fn what_does_not_exist_is_named_and_nothing_is_written() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_workspace(&sales);
    tx.knows_no_other_workspace();
    tx.expect_find_group().returning(|_, _| Ok(None));
    tx.expect_find_mapping().returning(|_, _| Ok(None));
    let (act, nowhere) = (an_act(), WorkspaceRef("nowhere".into()));
    assert_eq!(
        create(&mut tx, &act, &by_id(&staff), &nowhere, Member),
        Err(MappingError::UnknownWorkspace { given: "nowhere".into() })
    );
    for given in [staff.id.to_string(), "Staff".to_owned()] {
        assert_eq!(
            create(&mut tx, &act, &GroupRef::Id(given.clone()), &at(&sales), Member),
            Err(MappingError::UnknownGroup { given })
        );
    }
    for name in ["", "  ", &"x".repeat(256)] {
        assert_eq!(
            create(&mut tx, &act, &by_name(name), &at(&sales), Member),
            Err(MappingError::BadName),
            "{name}"
        );
    }
    for id in ["7", &NumberedIds::nth(9).to_string()] {
        let unknown = MappingError::UnknownMapping { given: id.to_owned() };
        assert_eq!(change(&mut tx, &act, id, Some(Member), None).unwrap_err(), unknown);
        assert_eq!(delete(&mut tx, &act, id, Members::Leave).unwrap_err(), unknown);
    }
}

#[test]
fn the_mapping_that_a_name_makes_is_not_an_administrators_to_change() {
    let (sales, group) = (a_workspace("Sales"), a_group("ws-Sales-role-admin"));
    let by_itself = a_mapping_by_name(&group, &sales, Admin);
    let mut tx = a_store_with(&sales, &group, std::slice::from_ref(&by_itself));
    let id = by_itself.id.to_string();
    let unknown = MappingError::UnknownMapping { given: id.clone() };
    assert_eq!(change(&mut tx, &an_act(), &id, Some(Member), None).unwrap_err(), unknown);
    assert_eq!(delete(&mut tx, &an_act(), &id, Members::Leave).unwrap_err(), unknown);
}

#[test]
fn a_changed_role_reaches_the_people_of_the_group_and_says_what_it_was() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let before = a_mapping(&staff, &sales, Manager);
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&before));
    let id = before.id;
    tx.expect_update_mapping()
        .withf(move |org, written| (*org, written.id, written.role) == (ORG, id, Admin))
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    let after = change(&mut tx, &an_act(), &id.to_string(), Some(Admin), None).unwrap();
    assert_eq!(after, Mapping { role: Admin, change: Some(an_act().cause.change), ..before });
    let event = watched.the(MappingUpdated);
    assert_eq!((event.old_role, event.new_role), (Some(Manager.rank()), Some(Admin.rank())));
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![staff.id])]);
}

#[test]
fn the_role_that_it_has_already_changes_nothing() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let there = a_mapping(&staff, &sales, Manager);
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&there));
    assert_eq!(change(&mut tx, &an_act(), &there.id.to_string(), Some(Manager), None), Ok(there));
}

#[test]
fn deleting_the_last_mapping_lets_the_name_speak_again() {
    let (sales, finance) = (a_workspace("Sales"), a_workspace("Finance"));
    let group = a_group("ws-Sales-role-admin");
    let last = a_mapping(&group, &finance, Member);
    let mut tx = a_store_with(&sales, &group, &[]);
    tx.knows_mapping(&last);
    takes_deletion(&mut tx, &last);
    tx.expect_insert_mapping()
        .withf(move |_, new| {
            new.origin == MappingOrigin::Pattern && (new.workspace, new.role) == (sales.id, Admin)
        })
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    delete(&mut tx, &an_act(), &last.id.to_string(), Members::Leave).unwrap();
    assert_eq!(watched.kinds(), [MappingDeleted, MappingCreated]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn while_one_mapping_is_left_the_name_stays_silent() {
    let (sales, finance) = (a_workspace("Sales"), a_workspace("Finance"));
    let group = a_group("ws-Sales-role-admin");
    let (goes, stays) = (a_mapping(&group, &finance, Member), a_mapping(&group, &sales, Member));
    let mut tx = a_store_with(&sales, &group, &[stays]);
    tx.knows_mapping(&goes);
    takes_deletion(&mut tx, &goes);
    let watched = tx.watch();
    delete(&mut tx, &an_act(), &goes.id.to_string(), Members::Leave).unwrap();
    assert_eq!(watched.kinds(), [MappingDeleted]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_group_that_only_its_mappings_had_named_goes_with_the_last_of_them() {
    let (sales, finance, waiting) = (a_workspace("Sales"), a_workspace("Finance"), a_waiting_group("Staff"));
    let mapping = a_mapping(&waiting, &sales, Member);
    for left in [vec![a_mapping(&waiting, &finance, Member)], vec![]] {
        let mut tx = a_store_with(&sales, &waiting, &left);
        tx.knows_mapping(&mapping);
        takes_deletion(&mut tx, &mapping);
        let (id, goes) = (waiting.id, left.is_empty());
        tx.expect_delete_group()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .times(usize::from(goes))
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        delete(&mut tx, &an_act(), &mapping.id.to_string(), Members::Leave).unwrap();
        assert_eq!(watched.kinds().contains(&GroupDeleted), goes);
    }
}

#[test]
fn a_paused_mapping_says_so_once_and_lets_its_people_follow() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let running = a_mapping(&staff, &sales, Manager);
    let paused = Mapping { paused_at: Some(THEN), ..running.clone() };
    for (before, wanted, since) in [(&running, true, Some(NOW)), (&paused, false, None)] {
        let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(before));
        tx.expect_update_mapping()
            .withf(move |_, new| new.paused_at == since && new.role == Manager && new.change.is_some())
            .times(1)
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        let after = change(&mut tx, &an_act(), &before.id.to_string(), None, Some(wanted)).unwrap();
        assert_eq!(after.paused_at, since);
        assert_eq!(watched.kinds(), [MappingUpdated]);
        assert_eq!(watched.recomputed(), [Scope::Groups(vec![staff.id])]);
    }
    // It stays paused since then.
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&paused));
    assert_eq!(change(&mut tx, &an_act(), &paused.id.to_string(), Some(Manager), Some(true)), Ok(paused));
}

#[test]
fn people_are_kept_by_hand_before_the_mapping_goes() {
    let (sales, staff) = (a_workspace("Sales"), a_group("Staff"));
    let mapping = a_mapping(&staff, &sales, Manager);
    let mut tx = a_store_with(&sales, &staff, std::slice::from_ref(&mapping));
    let (id, mut order) = (mapping.id, mockall::Sequence::new());
    // By hand she has more for a day: behind that, she has for good what the mapping gives.
    let day = |then| Grant { role: Admin, expiry: Some(Expiry { at: NOW.plus_days(1), then }) };
    let ending = PlacedGrant { workspace: sales.id, user: user_id("ada"), grant: day(None) };
    tx.expect_ending_grants()
        .withf(move |org, of| (*org, of) == (ORG, &EndingGrants::GivenBy(id)))
        .returning(move |_, _| Ok(vec![ending]));
    tx.expect_put_grant()
        .withf(move |_, _, _, grant, _| *grant == day(Some(Manager)))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _, _, _| Ok(()));
    tx.expect_keep_members()
        .withf(move |org, asked, _| (*org, *asked) == (ORG, id))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(2));
    tx.expect_delete_mapping().times(1).in_sequence(&mut order).returning(|_, _| Ok(()));
    let watched = tx.watch();
    delete(&mut tx, &an_act(), &id.to_string(), Members::Keep).unwrap();
    assert_eq!(watched.kinds(), [GrantUpdated, MappingDeleted]);
}

//! What an administrator can rely on when changing how groups' names are read.

use super::*;
use crate::{
    event::EventKind::*,
    pattern::NamePattern,
    records::{Group, MappingOrigin},
    role::WorkspaceRole::{self, *},
    testing::*,
};

fn prefix(prefix: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| settings.pattern.prefix = prefix.into()
}

/// An organisation with the default pattern that takes new settings once, and has these groups.
fn a_store_with(groups: &[Group]) -> (MockTx, Watched) {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.expect_update_settings().withf(|org, _| *org == ORG).times(1).returning(|_, _| Ok(()));
    let groups = groups.to_vec();
    tx.expect_list_groups()
        .withf(|org, slice| *org == ORG && slice.after.is_none())
        .returning(move |_, _| Ok(groups.clone()));
    let watched = tx.watch();
    (tx, watched)
}

/// The store notes that the group's name now asks for this.
fn is_read_as(tx: &mut MockTx, group: &Group, asked: Option<(&str, WorkspaceRole)>) {
    let (id, asked) = (group.id, asked.map(|(workspace, role)| (workspace.to_owned(), role)));
    tx.expect_update_group_pattern()
        .withf(move |org, group, facts| (*org, *group) == (ORG, id) && facts.pattern == asked)
        .times(1)
        .returning(|_, _, _| Ok(()));
}

#[test]
fn settings_that_stay_as_they_are_are_not_written() {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    assert_eq!(change(&mut tx, &an_act(), prefix("ws-")), Ok(Settings::default()));
}

#[test]
fn a_pattern_that_cannot_work_is_refused_and_nothing_is_written() {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    let empty = |settings: &mut Settings| settings.pattern.role_separator.clear();
    assert_eq!(change(&mut tx, &an_act(), empty), Err(PatternError::EmptySeparator.into()));
    let long = |settings: &mut Settings| settings.pattern.prefix = "x".repeat(65);
    assert_eq!(change(&mut tx, &an_act(), long), Err(PatternError::TooLong { field: "prefix" }.into()));
}

#[test]
fn a_changed_pattern_reads_every_name_again_and_moves_exactly_those_it_reads_otherwise() {
    let (sales, finance) = (a_workspace("Sales"), a_workspace("Finance"));
    let old = a_group("ws-Sales-role-admin");
    let new = a_group("team-Finance-role-member");
    let (plain, mapped, waiting) =
        (a_group("Staff"), a_group("team-Sales-role-admin"), a_waiting_group("team-x-role-admin"));
    // The group that waits is not read: it has no document, and is there for its mappings.
    let (mut tx, watched) = a_store_with(&[old.clone(), new.clone(), plain.clone(), mapped.clone(), waiting]);
    tx.knows_workspace(&sales);
    tx.knows_workspace(&finance);
    let by_itself = a_mapping_by_name(&old, &sales, Admin);
    let by_hand = a_mapping(&mapped, &finance, Manager);
    tx.knows_mappings(old.id, std::slice::from_ref(&by_itself));
    tx.knows_mappings(new.id, &[]);
    tx.knows_mappings(plain.id, &[]);
    tx.knows_mappings(mapped.id, &[by_hand]);
    is_read_as(&mut tx, &old, None);
    is_read_as(&mut tx, &new, Some(("finance", Member)));
    is_read_as(&mut tx, &mapped, Some(("sales", Admin)));
    tx.expect_delete_mapping().withf(move |_, id| *id == by_itself.id).times(1).returning(|_, _| Ok(()));
    let (group, workspace) = (new.id, finance.id);
    tx.expect_insert_mapping()
        .withf(move |_, mapping| {
            (mapping.group, mapping.workspace, mapping.role) == (group, workspace, Member)
                && mapping.origin == MappingOrigin::Pattern
        })
        .times(1)
        .returning(|_, _| Ok(()));

    let after = change(&mut tx, &an_act(), prefix("team-")).unwrap();
    assert_eq!(after.pattern.prefix, "team-");
    assert_eq!(watched.kinds(), [SettingsUpdated, MappingDeleted, MappingCreated]);
    // All of them in one go.
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![old.id, new.id])]);
}

#[test]
fn turning_the_pattern_off_takes_what_names_gave() {
    let (sales, group) = (a_workspace("Sales"), a_group("ws-Sales-role-admin"));
    let (mut tx, watched) = a_store_with(std::slice::from_ref(&group));
    let mapping = a_mapping_by_name(&group, &sales, Admin);
    tx.knows_mappings(group.id, std::slice::from_ref(&mapping));
    is_read_as(&mut tx, &group, None);
    tx.expect_delete_mapping().withf(move |_, id| *id == mapping.id).times(1).returning(|_, _| Ok(()));
    change(&mut tx, &an_act(), |settings| settings.pattern.enabled = false).unwrap();
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn letting_names_make_workspaces_makes_those_that_names_ask_for_already() {
    let group = a_group("ws-Sales-role-admin");
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern { create_workspaces: false, ..NamePattern::default() });
    tx.expect_update_settings().times(1).returning(|_, _| Ok(()));
    let groups = vec![group.clone()];
    tx.expect_list_groups().returning(move |_, _| Ok(groups.clone()));
    tx.knows_no_other_workspace();
    tx.knows_mappings(group.id, &[]);
    tx.expect_insert_workspace().withf(|_, new| new.name == "Sales").times(1).returning(|_, _| Ok(()));
    tx.expect_insert_mapping().times(1).returning(|_, _| Ok(()));
    let watched = tx.watch();
    change(&mut tx, &an_act(), |settings| settings.pattern.create_workspaces = true).unwrap();
    assert_eq!(watched.kinds(), [SettingsUpdated, WorkspaceCreated, MappingCreated]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn names_beyond_the_first_page_are_read_too() {
    let (sales, last) = (a_workspace("Sales"), a_group("ws-Sales-role-admin"));
    let first: Vec<Group> = (1..=500).map(|number| a_group(&format!("group {number}"))).collect();
    let end_of_first = first[499].id;
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.expect_update_settings().times(1).returning(|_, _| Ok(()));
    let pages = (first, vec![last.clone()]);
    tx.expect_list_groups().times(2).returning(move |_, slice| match slice.after {
        None => Ok(pages.0.clone()),
        Some(after) if after == end_of_first => Ok(pages.1.clone()),
        Some(other) => panic!("asked to go on after {other}"),
    });
    let mapping = a_mapping_by_name(&last, &sales, Admin);
    tx.knows_mappings(last.id, std::slice::from_ref(&mapping));
    tx.expect_mappings_of().returning(|_, _| Ok(Vec::new()));
    is_read_as(&mut tx, &last, None);
    tx.expect_delete_mapping().times(1).returning(|_, _| Ok(()));
    let watched = tx.watch();
    change(&mut tx, &an_act(), prefix("team-")).unwrap();
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![last.id])]);
}

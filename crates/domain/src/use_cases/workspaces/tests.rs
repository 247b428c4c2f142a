//! What an administrator can rely on when making, renaming and removing workspaces.

mod grants;

use mockall::Sequence;
use proptest::prelude::*;

use super::*;
use crate::{
    event::EventKind::*,
    ids::MappingId,
    pattern::{NamePattern, slug_of},
    records::{Group, Mapping, MappingOrigin},
    role::WorkspaceRole::*,
    testing::*,
};

const GROUP_NAME: &str = "ws-Sales-role-admin";

fn at(workspace: &Workspace) -> WorkspaceRef {
    WorkspaceRef(workspace.slug.clone())
}

/// The default pattern, and these groups whose names ask for one of `keys`.
fn asking_for(tx: &mut MockTx, keys: &[&str], groups: &[Group]) {
    tx.has_pattern(NamePattern::default());
    let (keys, groups): (Vec<String>, _) = (keys.iter().map(ToString::to_string).collect(), groups.to_vec());
    tx.expect_groups_asking_for()
        .withf(move |org, asked| *org == ORG && keys.iter().all(|key| asked.contains(key)))
        .times(1)
        .returning(move |_, _| Ok(groups.clone()));
}

fn maps_itself(tx: &mut MockTx, group: &Group, workspace: WorkspaceId) {
    let group = group.id;
    tx.expect_insert_mapping()
        .withf(move |org, new| {
            (*org, new.group, new.workspace) == (ORG, group, workspace)
                && (new.role, new.origin) == (Admin, MappingOrigin::Pattern)
        })
        .times(1)
        .returning(|_, _| Ok(()));
}

#[test]
fn a_new_workspace_has_an_address_made_from_its_name() {
    for (name, slug, wanted) in [
        (" Sales & Marketing ", None, "sales-marketing"),
        ("Sales & Marketing", Some("sm"), "sm"),
        ("!!!", None, "workspace"),
    ] {
        let mut tx = MockTx::new();
        asking_for(&mut tx, &[wanted, &fold(name.trim())], &[]);
        tx.knows_no_other_workspace();
        tx.expect_insert_workspace().times(1).returning(|_, _| Ok(()));
        let watched = tx.watch();
        let made = create(&mut tx, &an_act(), name, slug).unwrap();
        assert_eq!((made.name.as_str(), made.slug.as_str()), (name.trim(), wanted));
        assert_eq!((made.id.0, made.created_at, made.updated_at), (NumberedIds::nth(1), NOW, NOW));
        assert_eq!(watched.kinds(), [WorkspaceCreated]);
    }
}

#[test]
fn an_address_in_use_gets_a_number() {
    let mut tx = MockTx::new();
    asking_for(&mut tx, &["sales-3"], &[]);
    tx.expect_find_workspace_by_slug()
        .returning(|_, slug| Ok(["sales", "sales-2"].contains(&slug).then(|| a_workspace("Sales"))));
    tx.expect_insert_workspace().times(1).returning(|_, _| Ok(()));
    tx.watch();
    assert_eq!(create(&mut tx, &an_act(), "sales!", None).unwrap().slug, "sales-3");
}

#[test]
fn an_address_made_from_any_name_is_one_that_could_have_been_chosen() {
    for name in ["0190163d-8694-739b-aea5-966c26f8ad91", "0190163D8694739BAEA5966C26F8AD91", &"x".repeat(70)]
    {
        for plain_is_taken in [false, true] {
            let mut tx = MockTx::new();
            let plain = slug_of(name);
            tx.expect_find_workspace_by_slug().returning(move |_, slug| {
                Ok((plain_is_taken && slug == plain).then(|| a_workspace("Sales")))
            });
            let slug = names::free_slug(&mut tx, &an_act(), name).unwrap();
            assert_eq!(check_slug(&slug), Ok(()), "{name}");
        }
    }
}

#[test]
fn a_new_workspace_gets_the_groups_that_asked_for_it() {
    let group = a_group(GROUP_NAME);
    let id = WorkspaceId(NumberedIds::nth(1));
    let mut tx = MockTx::new();
    asking_for(&mut tx, &["sales"], std::slice::from_ref(&group));
    tx.knows_workspace(&Workspace { id, slug: "s".into(), ..a_workspace("Sales") });
    tx.expect_insert_workspace().times(1).returning(|_, _| Ok(()));
    tx.knows_mappings(group.id, &[]);
    maps_itself(&mut tx, &group, id);
    let watched = tx.watch();
    create(&mut tx, &an_act(), "Sales", Some("s")).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceCreated, MappingCreated]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn names_and_addresses_that_cannot_be_are_refused() {
    let mut tx = MockTx::new();
    for name in ["", "  ", &"x".repeat(256)] {
        assert_eq!(create(&mut tx, &an_act(), name, None), Err(WorkspaceError::BadName), "{name}");
    }
    for slug in ["", "-sales", "Sales", "a b", "a/b", &"x".repeat(65), &NumberedIds::nth(1).to_string()] {
        let wanted = WorkspaceError::BadSlug(SlugError { given: slug.to_owned() });
        assert_eq!(create(&mut tx, &an_act(), "Sales", Some(slug)), Err(wanted), "{slug}");
        assert!(check_slug(slug).is_err());
    }
    for slug in ["s", "7", "größe", "a-b-", &"x".repeat(64)] {
        assert_eq!(check_slug(slug), Ok(()), "{slug}");
    }
}

#[test]
fn a_name_or_address_in_use_is_named() {
    let sales = a_workspace("Sales");
    for (field, value) in [(Unique::WorkspaceName, "Team"), (Unique::WorkspaceSlug, "t")] {
        let taken = WorkspaceError::Taken { field, value: value.to_owned() };
        let mut tx = MockTx::new();
        tx.knows_workspace(&sales);
        tx.expect_insert_workspace().times(1).returning(move |_, _| Err(StoreError::Taken(field)));
        tx.expect_update_workspace().times(1).returning(move |_, _| Err(StoreError::Taken(field)));
        assert_eq!(create(&mut tx, &an_act(), "Team", Some("t")).unwrap_err(), taken);
        assert_eq!(update(&mut tx, &an_act(), &at(&sales), Some("Team"), Some("t")).unwrap_err(), taken);
    }
}

#[test]
fn a_rename_to_the_same_name_changes_nothing() {
    let sales = a_workspace("Sales");
    let mut tx = MockTx::new();
    tx.knows_workspace(&sales);
    assert_eq!(update(&mut tx, &an_act(), &at(&sales), Some(" Sales "), Some("sales")), Ok(sales.clone()));
    assert_eq!(update(&mut tx, &an_act(), &at(&sales), None, None), Ok(sales));
}

#[test]
fn a_renamed_workspace_loses_groups_that_asked_for_the_old_name_and_makes_no_new_one_for_them() {
    let (sales, group) = (a_workspace("Sales"), a_group(GROUP_NAME));
    let mapping = a_mapping_by_name(&group, &sales, Admin);
    let mut tx = MockTx::new();
    // Both the old and the new name and address are looked at.
    asking_for(&mut tx, &["sales", "team", "t"], std::slice::from_ref(&group));
    tx.expect_find_workspace_by_slug()
        .withf(|_, slug| slug == "sales")
        .returning(|_, _| Ok(Some(a_workspace("Sales"))));
    tx.expect_find_workspace_by_key().returning(|_, _| Ok(None));
    tx.knows_mappings(group.id, std::slice::from_ref(&mapping));
    tx.expect_update_workspace()
        .withf(|org, new| {
            *org == ORG && new.name == "Team" && new.updated_at == NOW && new.created_at == THEN
        })
        .times(1)
        .returning(|_, _| Ok(()));
    tx.expect_delete_mapping()
        .withf(move |_, id: &MappingId| *id == mapping.id)
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    update(&mut tx, &an_act(), &at(&sales), Some("Team"), Some("t")).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceUpdated, MappingDeleted]);
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_rename_that_nobody_asked_about_moves_nobody() {
    let (sales, group) = (a_workspace("Sales"), a_group(GROUP_NAME));
    let mut tx = MockTx::new();
    asking_for(&mut tx, &["sales"], std::slice::from_ref(&group));
    tx.knows_workspace(&sales);
    tx.knows_mappings(group.id, &[a_mapping_by_name(&group, &sales, Admin)]);
    tx.expect_update_workspace().times(1).returning(|_, _| Ok(()));
    let watched = tx.watch();
    update(&mut tx, &an_act(), &at(&sales), Some("Sales Team"), None).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceUpdated]);
    assert_eq!(watched.recomputed(), []);
}

/// Deletes `sales`, to which `mapped` are mapped by an administrator; its name is free afterwards.
fn deletable(sales: &Workspace, mapped: &[Mapping]) -> (MockTx, Watched) {
    let mut tx = MockTx::new();
    let (id, there) = (sales.id, sales.clone());
    tx.expect_find_workspace_by_slug()
        .returning(move |_, slug| Ok((slug == there.slug).then(|| there.clone())));
    tx.expect_find_workspace_by_key().returning(|_, _| Ok(None));
    let mapped = mapped.to_vec();
    tx.expect_list_mappings()
        .withf(move |org, filter, _| {
            *org == ORG && *filter == MappingFilter { workspace: Some(id), ..MappingFilter::default() }
        })
        .returning(move |_, _, _| Ok(mapped.clone()));
    let mut order = Sequence::new();
    tx.expect_clear_workspace()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(()));
    tx.expect_recompute()
        .withf(move |_, _, scope| *scope == Scope::Workspace(id))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(Default::default()));
    tx.expect_delete_workspace()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    (tx, watched)
}

#[test]
fn deleting_a_workspace_lets_everybody_leave_before_it_goes() {
    let sales = a_workspace("Sales");
    let (mut tx, watched) = deletable(&sales, &[]);
    asking_for(&mut tx, &["sales"], &[]);
    delete(&mut tx, &an_act(), &at(&sales)).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceDeleted]);
    assert_eq!(watched.the(WorkspaceDeleted).subject.as_deref(), Some("Sales"));
}

#[test]
fn a_deleted_workspace_does_not_come_back_by_the_name_of_a_group_that_was_mapped_to_it() {
    let (sales, group) = (a_workspace("Sales"), a_group(GROUP_NAME));
    let (mut tx, watched) = deletable(&sales, &[a_mapping(&group, &sales, Member)]);
    asking_for(&mut tx, &["sales"], std::slice::from_ref(&group));
    tx.knows_group(&group);
    tx.knows_mappings(group.id, &[]);
    delete(&mut tx, &an_act(), &at(&sales)).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceDeleted]);
}

#[test]
fn a_group_that_waited_for_the_deleted_workspace_alone_goes_with_it() {
    let (sales, waiting) = (a_workspace("Sales"), a_waiting_group("Staff"));
    let (mut tx, watched) = deletable(&sales, &[a_mapping(&waiting, &sales, Member)]);
    asking_for(&mut tx, &["sales"], &[]);
    tx.knows_group(&waiting);
    tx.knows_mappings(waiting.id, &[]);
    tx.expect_delete_group().withf(move |_, id| *id == waiting.id).times(1).returning(|_, _| Ok(()));
    delete(&mut tx, &an_act(), &at(&sales)).unwrap();
    assert_eq!(watched.kinds(), [WorkspaceDeleted, GroupDeleted]);
}

#[test]
fn groups_that_asked_for_the_deleted_workspace_find_another_that_answers_to_the_name() {
    let (sales, group) = (a_workspace("Sales"), a_group(GROUP_NAME));
    // Its slug was `sales`; another workspace of slug `s` is called Sales.
    let other = Workspace { slug: "s".into(), ..a_workspace("sales") };
    let mut tx = MockTx::new();
    tx.knows_workspace(&other);
    let there = sales.clone();
    tx.expect_find_workspace_by_slug()
        .withf(|_, slug| slug == "sales")
        .returning(move |_, _| Ok(Some(there.clone())));
    tx.expect_list_mappings().returning(|_, _, _| Ok(Vec::new()));
    tx.expect_clear_workspace().times(1).returning(|_, _| Ok(()));
    tx.expect_delete_workspace().times(1).returning(|_, _| Ok(()));
    asking_for(&mut tx, &["sales"], std::slice::from_ref(&group));
    tx.knows_mappings(group.id, &[]);
    maps_itself(&mut tx, &group, other.id);
    let watched = tx.watch();
    delete(&mut tx, &an_act(), &at(&sales)).unwrap();
    assert_eq!(watched.recomputed(), [Scope::Workspace(sales.id), Scope::Groups(vec![group.id])]);
}

#[test]
fn a_workspace_that_is_not_there_is_named() {
    let mut tx = MockTx::new();
    tx.knows_no_other_workspace();
    let nowhere = WorkspaceRef("nowhere".into());
    let unknown = WorkspaceError::Unknown { given: "nowhere".into() };
    assert_eq!(update(&mut tx, &an_act(), &nowhere, Some("x"), None).unwrap_err(), unknown);
    assert_eq!(delete(&mut tx, &an_act(), &nowhere).unwrap_err(), unknown);
}

proptest! {
    #[test]
    fn an_address_made_from_a_name_is_empty_or_could_have_been_chosen(name in "\\PC{0,80}") {
        let slug = slug_of(&name);
        prop_assert!(slug.is_empty() || check_slug(&slug).is_ok(), "{slug}");
        prop_assert_eq!(slug_of(&slug), slug);
    }

    #[test]
    fn an_address_is_written_in_one_way_only(slug in "\\PC{1,20}") {
        if check_slug(&slug).is_ok() {
            prop_assert_eq!(fold(&slug), slug);
        }
    }
}

#[test]
fn an_archived_workspace_lets_everybody_follow_once() {
    let sales = a_workspace("Sales");
    let put_away = Workspace { archived_at: Some(THEN), ..sales.clone() };
    type Call = fn(&mut dyn Tx, &Act<'_>, &WorkspaceRef) -> Result<Workspace, WorkspaceError>;
    for (before, call, other, since) in
        [(&sales, archive as Call, restore as Call, Some(NOW)), (&put_away, restore, archive, None)]
    {
        let mut tx = MockTx::new();
        tx.knows_workspace(before);
        // It is so already.
        assert_eq!(other(&mut tx, &an_act(), &WorkspaceRef("sales".into())).as_ref(), Ok(before));
        tx.expect_update_workspace()
            .withf(move |_, new| new.archived_at == since)
            .times(1)
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        call(&mut tx, &an_act(), &WorkspaceRef("sales".into())).unwrap();
        assert_eq!(watched.kinds(), [WorkspaceUpdated]);
        assert_eq!(watched.recomputed(), [Scope::Workspace(before.id)]);
    }
}

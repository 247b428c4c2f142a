//! What an administrator can rely on when groups give roles in the organisation.

use super::*;
use crate::{event::EventKind::*, pattern::NamePattern, records::Group, testing::*};

/// The store holds the group, which gives this role in the organisation; whatever is written is a failure of the test.
fn a_store_with(group: &Group, mapping: Option<&RoleMapping>) -> MockTx {
    let mut tx = MockTx::new();
    tx.has_pattern(NamePattern::default());
    tx.knows_group(group);
    tx.knows_groups_named(&group.facts.display_name, std::slice::from_ref(group));
    tx.knows_role_mapping(group.id, mapping);
    if let Some(mapping) = mapping {
        let (id, mapping) = (mapping.id, mapping.clone());
        tx.expect_find_role_mapping()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .returning(move |_, _| Ok(Some(mapping.clone())));
    }
    tx
}

#[test]
fn a_role_reaches_the_people_of_its_group_at_once_whatever_the_group_is_called() {
    for group in [a_group("IT"), a_group("ws-Sales-role-admin")] {
        let mut tx = a_store_with(&group, None);
        let id = group.id;
        tx.expect_insert_role_mapping()
            .withf(move |org, new| (*org, new.group, new.role) == (ORG, id, OrgRole::Admin))
            .times(1)
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        let name = GroupRef::Name(group.facts.display_name.clone());
        create(&mut tx, &an_act(), &name, OrgRole::Admin).unwrap();
        assert_eq!(watched.kinds(), [RoleMappingCreated]);
        assert_eq!(watched.the(RoleMappingCreated).new_role, Some(OrgRole::Admin.rank()));
        assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
    }
}

#[test]
fn the_same_role_twice_is_the_same_mapping_and_another_is_refused() {
    let group = a_group("IT");
    let there = a_role_mapping(&group, OrgRole::Admin);
    let mut tx = a_store_with(&group, Some(&there));
    let by_id = GroupRef::Id(group.id.to_string());
    assert_eq!(create(&mut tx, &an_act(), &by_id, OrgRole::Admin), Ok(there.clone()));
    let error = create(&mut tx, &an_act(), &by_id, OrgRole::Owner).unwrap_err();
    assert!(error.to_string().contains(&format!("PUT /v1/scim/roles/{}", there.id)), "{error}");
}

#[test]
fn a_change_says_what_it_was_and_no_change_says_nothing() {
    let group = a_group("IT");
    let there = a_role_mapping(&group, OrgRole::Admin);
    let id = there.id.to_string();
    let mut tx = a_store_with(&group, Some(&there));
    assert_eq!(change(&mut tx, &an_act(), &id, Some(OrgRole::Admin), Some(false)), Ok(there.clone()));
    tx.expect_update_role_mapping()
        .withf(|_, new| (new.role, new.paused_at) == (OrgRole::Owner, Some(NOW)))
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    change(&mut tx, &an_act(), &id, Some(OrgRole::Owner), Some(true)).unwrap();
    assert_eq!(watched.the(RoleMappingUpdated).old_role, Some(OrgRole::Admin.rank()));
    assert_eq!(watched.recomputed(), [Scope::Groups(vec![group.id])]);
}

#[test]
fn a_group_that_waited_for_its_role_alone_goes_with_it() {
    let waiting = a_waiting_group("IT");
    let there = a_role_mapping(&waiting, OrgRole::Admin);
    let mut tx = MockTx::new();
    tx.knows_group(&waiting);
    let mapping = there.clone();
    tx.expect_find_role_mapping().returning(move |_, _| Ok(Some(mapping.clone())));
    tx.expect_delete_role_mapping().times(1).returning(|_, _| Ok(true));
    tx.knows_mappings(waiting.id, &[]);
    tx.expect_delete_group().times(1).returning(|_, _| Ok(()));
    let watched = tx.watch();
    delete(&mut tx, &an_act(), &there.id.to_string()).unwrap();
    assert_eq!(watched.kinds(), [RoleMappingDeleted, GroupDeleted]);
}

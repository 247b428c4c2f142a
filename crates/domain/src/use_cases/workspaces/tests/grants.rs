//! What an administrator can rely on when giving memberships by hand.

use super::*;

/// `ada` and the workspace are there; by hand she has `given`. Whatever is written is a failure of the test.
fn a_store_with(sales: &Workspace, given: Option<WorkspaceRole>) -> MockTx {
    let mut tx = MockTx::new();
    tx.knows_workspace(sales);
    tx.knows_user(&a_user("ada"));
    tx.expect_list_connections().returning(|_| Ok(vec![a_connection("default")]));
    let id = sales.id;
    tx.expect_find_grant()
        .withf(move |org, workspace, user| (*org, *workspace, *user) == (ORG, id, user_id("ada")))
        .returning(move |_, _, _| Ok(given));
    tx
}

fn takes_grant(tx: &mut MockTx, sales: &Workspace, role: WorkspaceRole) {
    let id = sales.id;
    tx.expect_put_grant()
        .withf(move |org, workspace, user, given, cause| {
            (*org, *workspace, *user, *given, cause.at) == (ORG, id, user_id("ada"), role, NOW)
        })
        .times(1)
        .returning(|_, _, _, _, _| Ok(()));
}

fn ada() -> String {
    user_id("ada").to_string()
}

#[test]
fn a_role_given_by_hand_reaches_that_person_alone() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, None);
    takes_grant(&mut tx, &sales, Manager);
    let watched = tx.watch();
    assert_eq!(give(&mut tx, &an_act(), &at(&sales), &ada(), Manager), Ok((sales.id, user_id("ada"))));
    let event = watched.the(GrantCreated);
    assert_eq!((event.old_role, event.new_role), (None, Some(Manager.rank())));
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn the_same_grant_twice_changes_nothing_and_another_is_refused() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Manager));
    assert!(give(&mut tx, &an_act(), &at(&sales), &ada(), Manager).is_ok());
    assert!(change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Manager).is_ok());
    assert_eq!(
        give(&mut tx, &an_act(), &at(&sales), &ada(), Admin),
        Err(WorkspaceError::GrantExists { existing: Manager })
    );
}

#[test]
fn a_changed_grant_says_what_it_was() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Admin));
    takes_grant(&mut tx, &sales, Member);
    let watched = tx.watch();
    change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Member).unwrap();
    let event = watched.the(GrantUpdated);
    assert_eq!((event.old_role, event.new_role), (Some(Admin.rank()), Some(Member.rank())));
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn a_grant_taken_back_leaves_what_groups_give() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Admin));
    // The grant goes; no call on groups or mappings is expected, and the recomputation finds what they give.
    let id = sales.id;
    tx.expect_delete_grant()
        .withf(move |org, workspace, user| (*org, *workspace, *user) == (ORG, id, user_id("ada")))
        .times(1)
        .returning(|_, _, _| Ok(true));
    let watched = tx.watch();
    take_back(&mut tx, &an_act(), &at(&sales), &ada()).unwrap();
    assert_eq!(watched.the(GrantDeleted).old_role, Some(Admin.rank()));
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn what_groups_give_cannot_be_changed_or_taken_back_by_hand() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, None);
    let refused = Err(WorkspaceError::NoGrant);
    assert_eq!(change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Admin), refused);
    assert_eq!(take_back(&mut tx, &an_act(), &at(&sales), &ada()), Err(WorkspaceError::NoGrant));
}

#[test]
fn a_person_who_is_not_there_is_named() {
    let sales = a_workspace("Sales");
    let mut tx = MockTx::new();
    tx.knows_workspace(&sales);
    tx.knows_nobody_else();
    for given in ["ada".to_owned(), "ada@acme.test".to_owned(), ada(), ada().to_uppercase()] {
        let unknown = WorkspaceError::UnknownUser { given: given.clone() };
        assert_eq!(give(&mut tx, &an_act(), &at(&sales), &given, Member).unwrap_err(), unknown);
    }
}

#[test]
fn a_locked_connection_keeps_hands_off_its_people() {
    let sales = a_workspace("Sales");
    let store = || {
        let mut tx = MockTx::new();
        tx.knows_workspace(&sales);
        tx.knows_user(&a_user("ada"));
        let mut locked = a_connection("default");
        locked.switches.lock = true;
        tx.expect_list_connections().returning(move |_| Ok(vec![locked.clone(), a_connection("okta")]));
        tx
    };
    let refused = WorkspaceError::Locked { connection: "default".into() };
    let (act, at) = (an_act(), at(&sales));
    assert_eq!(give(&mut store(), &act, &at, &ada(), Manager), Err(refused.clone()));
    assert_eq!(change_grant(&mut store(), &act, &at, &ada(), Manager), Err(refused.clone()));
    assert_eq!(take_back(&mut store(), &act, &at, &ada()), Err(refused));
}

//! What an administrator can rely on when giving memberships by hand.

use super::*;
use crate::{grant::Expiry, records::PlacedGrant, role::WorkspaceRole, time::Timestamp};

/// `ada` and the workspace are there; by hand she has `given`. Whatever is written is a failure of the test.
fn a_store_with(sales: &Workspace, given: Option<Grant>) -> MockTx {
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

fn takes_grant(tx: &mut MockTx, sales: &Workspace, grant: Grant) {
    let id = sales.id;
    tx.expect_put_grant()
        .withf(move |org, workspace, user, given, cause| {
            (*org, *workspace, *user, *given, cause.at) == (ORG, id, user_id("ada"), grant, NOW)
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
    takes_grant(&mut tx, &sales, Grant::lasting(Manager));
    let watched = tx.watch();
    assert_eq!(
        give(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Manager)),
        Ok((sales.id, user_id("ada")))
    );
    let event = watched.the(GrantCreated);
    assert_eq!((event.old_role, event.new_role), (None, Some(Manager.rank())));
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn the_same_grant_twice_changes_nothing_and_another_is_refused() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Grant::lasting(Manager)));
    assert!(give(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Manager)).is_ok());
    assert!(change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Manager)).is_ok());
    assert_eq!(
        give(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Admin)),
        Err(WorkspaceError::GrantExists { existing: Grant::lasting(Manager) })
    );
}

#[test]
fn a_changed_grant_says_what_it_was() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Grant::lasting(Admin)));
    takes_grant(&mut tx, &sales, Grant::lasting(Member));
    let watched = tx.watch();
    change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Member)).unwrap();
    let event = watched.the(GrantUpdated);
    assert_eq!((event.old_role, event.new_role), (Some(Admin.rank()), Some(Member.rank())));
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn a_grant_taken_back_leaves_what_groups_give() {
    let sales = a_workspace("Sales");
    let mut tx = a_store_with(&sales, Some(Grant::lasting(Admin)));
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
    assert_eq!(change_grant(&mut tx, &an_act(), &at(&sales), &ada(), Grant::lasting(Admin)), refused);
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
        assert_eq!(
            give(&mut tx, &an_act(), &at(&sales), &given, Grant::lasting(Member)).unwrap_err(),
            unknown
        );
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
    assert_eq!(give(&mut store(), &act, &at, &ada(), Grant::lasting(Manager)), Err(refused.clone()));
    assert_eq!(change_grant(&mut store(), &act, &at, &ada(), Grant::lasting(Manager)), Err(refused.clone()));
    assert_eq!(take_back(&mut store(), &act, &at, &ada()), Err(refused));
}

fn until(role: WorkspaceRole, at: Timestamp, then: Option<WorkspaceRole>) -> Grant {
    Grant { role, expiry: Some(Expiry { at, then }) }
}

#[test]
fn a_role_for_a_time_says_when_it_ends() {
    let sales = a_workspace("Sales");
    let (mut tx, friday) = (a_store_with(&sales, Some(Grant::lasting(Member))), NOW.plus_days(3));
    let elevated = until(Admin, friday, Some(Member));
    takes_grant(&mut tx, &sales, elevated);
    let watched = tx.watch();
    change_grant(&mut tx, &an_act(), &at(&sales), &ada(), elevated).unwrap();
    let event = watched.the(GrantUpdated);
    assert_eq!((event.old_role, event.new_role), (Some(Member.rank()), Some(Admin.rank())));
    let changed = event.changed.unwrap();
    assert_eq!(changed.after["expires_at"], friday.to_string());
    assert_eq!(changed.after["then_role"], "member");
}

#[test]
fn the_same_role_with_another_end_is_another_grant() {
    let sales = a_workspace("Sales");
    let (sooner, later) = (until(Admin, NOW.plus_days(1), None), until(Admin, NOW.plus_days(2), None));
    let mut tx = a_store_with(&sales, Some(sooner));
    assert!(give(&mut tx, &an_act(), &at(&sales), &ada(), sooner).is_ok());
    let refused = give(&mut tx, &an_act(), &at(&sales), &ada(), later);
    assert_eq!(refused, Err(WorkspaceError::GrantExists { existing: sooner }));
    takes_grant(&mut tx, &sales, later);
    let watched = tx.watch();
    change_grant(&mut tx, &an_act(), &at(&sales), &ada(), later).unwrap();
    assert_eq!(watched.kinds(), [GrantUpdated]);
}

#[test]
fn an_end_that_has_come_is_refused_before_anything_is_asked() {
    let sales = a_workspace("Sales");
    for wrong in [until(Admin, NOW, None), until(Member, NOW.plus_days(1), Some(Manager))] {
        let mut tx = MockTx::new();
        let refused = give(&mut tx, &an_act(), &at(&sales), &ada(), wrong);
        assert!(matches!(refused, Err(WorkspaceError::BadGrant(_))), "{refused:?}");
        let refused = change_grant(&mut tx, &an_act(), &at(&sales), &ada(), wrong);
        assert!(matches!(refused, Err(WorkspaceError::BadGrant(_))), "{refused:?}");
    }
}

#[test]
fn a_grant_whose_time_has_come_goes_and_leaves_what_it_leaves() {
    let sales = a_workspace("Sales");
    for (then, kind) in [(None, GrantDeleted), (Some(Member), GrantUpdated)] {
        let mut tx = a_store_with(&sales, Some(until(Admin, NOW, then)));
        match then {
            Some(role) => takes_grant(&mut tx, &sales, Grant::lasting(role)),
            None => drop(tx.expect_delete_grant().times(1).returning(|_, _, _| Ok(true))),
        }
        let watched = tx.watch();
        end_due(&mut tx, &an_act(), &[(sales.id, user_id("ada"))]).unwrap();
        let event = watched.the(kind);
        assert_eq!((event.old_role, event.new_role), (Some(Admin.rank()), then.map(WorkspaceRole::rank)));
        assert_eq!(event.changed.unwrap().before["expires_at"], NOW.to_string());
        assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
    }
}

#[test]
fn what_is_not_due_or_gone_already_is_passed_over() {
    let sales = a_workspace("Sales");
    for given in [None, Some(Grant::lasting(Admin)), Some(until(Admin, NOW.plus_seconds(1), None))] {
        let mut tx = a_store_with(&sales, given);
        let watched = tx.watch();
        end_due(&mut tx, &an_act(), &[(sales.id, user_id("ada"))]).unwrap();
        assert!(watched.kinds().is_empty());
    }
}

#[test]
fn a_role_kept_stands_behind_a_grant_that_ends() {
    let (sales, end) = (a_workspace("Sales"), NOW.plus_days(1));
    for (given, kept, left) in [
        (until(Admin, end, None), Member, Some(until(Admin, end, Some(Member)))),
        (until(Admin, end, Some(Manager)), Member, None),
        (until(Member, end, None), Manager, Some(Grant::lasting(Manager))),
        (until(Member, end, None), Member, Some(Grant::lasting(Member))),
    ] {
        let mut tx = MockTx::new();
        if let Some(left) = left {
            takes_grant(&mut tx, &sales, left);
        }
        let watched = tx.watch();
        let placed = PlacedGrant { workspace: sales.id, user: user_id("ada"), grant: given };
        grants::keep_beside(&mut tx, &an_act(), [(placed, kept)]).unwrap();
        assert_eq!(watched.kinds().len(), usize::from(left.is_some()), "{given} and {kept}");
    }
}

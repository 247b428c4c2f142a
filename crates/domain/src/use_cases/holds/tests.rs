//! What an administrator can rely on when reviewing holds.

use super::*;
use crate::{event::EventKind::*, testing::*};

fn a_hold(name: &str, reason: HoldReason) -> Hold {
    Hold { user: user_id(name), reason, kept: false, since: THEN, until: None, change: an_act().cause.change }
}

/// These people wait for a review.
fn a_store(holds: &[Hold]) -> MockTx {
    let mut tx = MockTx::new();
    let (all, one) = (holds.to_vec(), holds.to_vec());
    tx.expect_list_holds()
        .withf(|org, kept, _| (*org, *kept) == (ORG, Some(false)))
        .returning(move |_, _, _| Ok(all.clone()));
    tx.expect_find_hold().returning(move |_, user| Ok(one.iter().find(|hold| hold.user == user).cloned()));
    tx
}

fn ends(tx: &mut MockTx, user: User) {
    let id = user.id;
    tx.expect_delete_hold()
        .withf(move |org, asked| (*org, *asked) == (ORG, id))
        .times(1)
        .returning(|_, _| Ok(true));
    tx.knows_user(&user);
}

#[test]
fn an_approved_hold_ends_and_access_goes() {
    let mut tx = a_store(&[a_hold("ada", HoldReason::Brake)]);
    ends(&mut tx, a_user("ada"));
    let watched = tx.watch();
    settle(&mut tx, &an_act(), &user_id("ada").to_string(), Decision::Approve).unwrap();
    assert_eq!(watched.kinds(), [HoldEnded]);
    assert_eq!(watched.recomputed(), [Scope::Users(vec![user_id("ada")])]);
}

#[test]
fn whom_the_directory_removed_goes_with_the_hold() {
    let mut tx = a_store(&[a_hold("ada", HoldReason::Brake)]);
    ends(&mut tx, User { gone_at: Some(THEN), ..a_user("ada") });
    tx.expect_delete_user()
        .withf(|org, id, now| (*org, *id, *now) == (ORG, user_id("ada"), NOW))
        .times(1)
        .returning(|_, _, _| Ok(()));
    let watched = tx.watch();
    settle(&mut tx, &an_act(), &user_id("ada").to_string(), Decision::Approve).unwrap();
    assert_eq!(watched.kinds(), [HoldEnded, UserDeleted]);
    assert_eq!(watched.the(UserDeleted).subject.as_deref(), Some("ada@acme.test"));
}

#[test]
fn a_rejected_hold_is_kept_for_good() {
    let waiting = a_hold("ada", HoldReason::Brake);
    let grace = Hold { kept: true, until: Some(NOW), ..a_hold("ada", HoldReason::Grace) };
    for hold in [waiting, grace] {
        let mut tx = a_store(&[hold]);
        tx.knows_user(&a_user("ada"));
        tx.expect_put_hold()
            .withf(|org, hold| (*org, hold.kept, hold.until) == (ORG, true, None))
            .times(1)
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        settle(&mut tx, &an_act(), &user_id("ada").to_string(), Decision::Reject).unwrap();
        assert_eq!(watched.kinds(), [HoldKept]);
    }
}

#[test]
fn who_is_under_no_hold_is_told() {
    for given in [user_id("eve").to_string(), "eve".into()] {
        let mut tx = a_store(&[]);
        tx.knows_nobody_else();
        let error = settle(&mut tx, &an_act(), &given, Decision::Approve).unwrap_err();
        assert_eq!(error, HoldError::Unknown { given });
    }
}

#[test]
fn all_that_wait_are_settled_or_those_of_one_change() {
    let other = Hold { change: ChangeId(user_id("other").0), ..a_hold("eve", HoldReason::Brake) };
    let both = [a_hold("ada", HoldReason::Brake), other.clone()];
    for (of, people) in [(None, vec!["ada", "eve"]), (Some(other.change), vec!["eve"])] {
        let mut tx = a_store(&both);
        for name in &people {
            ends(&mut tx, a_user(name));
        }
        tx.watch();
        let count = settle_all(&mut tx, &an_act(), of, Decision::Approve).unwrap();
        assert_eq!(count, people.len() as u64);
    }
}

#[test]
fn only_a_hold_whose_time_has_come_ends() {
    let until = |name, until| Hold { until: Some(until), kept: true, ..a_hold(name, HoldReason::Grace) };
    let mut tx = a_store(&[until("ada", NOW), until("eve", NOW.plus_seconds(1))]);
    ends(&mut tx, a_user("ada"));
    tx.watch();
    end_due(&mut tx, &an_act(), &[user_id("ada"), user_id("eve"), user_id("alan")]).unwrap();
}

#[test]
fn a_hold_that_keeps_nothing_is_idle_unless_it_keeps_an_inactive_owner() {
    let kept = Kept { user: user_id("ada"), workspace: None, has: 3, would_have: Some(1) };
    let held = |reason, active, keeps: Vec<Kept>| {
        let mut user = a_user("ada");
        user.facts.active = active;
        Held { hold: a_hold("ada", reason), user, keeps }.idle()
    };
    assert!(held(HoldReason::Brake, true, vec![]));
    assert!(held(HoldReason::LastOwner, true, vec![]));
    assert!(!held(HoldReason::LastOwner, false, vec![]));
    assert!(!held(HoldReason::Brake, true, vec![kept]));
}

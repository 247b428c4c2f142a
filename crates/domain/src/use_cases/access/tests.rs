//! What keeps people from losing access that a directory takes away, and who may change whom.

use serde_json::json;

use super::*;
use crate::{event::EventKind::*, ids::GroupId, ports::Guarding, switches::Switches, testing::*};

fn scope() -> Scope {
    Scope::Users(vec![user_id("ada"), user_id("eve")])
}

/// A store that is guarded so; a removal reads that once.
fn guarded(brake: Brake) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_guarding()
        .withf(|org| *org == ORG)
        .times(1)
        .returning(move |_| Ok(Guarding { brake, owners_by_group: false }));
    tx
}

fn holds(tx: &mut MockTx, reason: HoldReason, kept: bool, until: Option<Timestamp>) {
    tx.expect_hold_losers()
        .withf(move |org, _, asked, terms| {
            (*org, asked) == (ORG, &scope()) && *terms == HoldTerms { reason, kept, until }
        })
        .times(1)
        .returning(|_, _, _, _| Ok(vec![user_id("ada")]));
}

const OFF: Brake = Brake { enabled: false, max_people: 10, max_percent: 20, window_minutes: 60 };
const ON: Brake = Brake { enabled: true, ..OFF };

#[test]
fn an_administrators_removal_is_not_guarded() {
    let mut tx = MockTx::new();
    let watched = tx.watch();
    follow(&mut tx, &an_act(), &scope()).unwrap();
    assert_eq!(watched.recomputed(), [scope()]);
}

#[test]
fn with_everything_off_a_removal_reads_what_guards_it_and_nothing_else() {
    let mut tx = guarded(OFF);
    let watched = tx.watch();
    follow(&mut tx, &an_act_of(the_connection(), Switches::nothing_special()), &scope()).unwrap();
    assert_eq!((watched.kinds(), watched.recomputed()), (vec![], vec![scope()]));
}

#[test]
fn who_only_adds_takes_nothing_away() {
    let switches = Switches { upsert_only: true, grace_hours: 5, ..Switches::default() };
    let mut tx = MockTx::new();
    holds(&mut tx, HoldReason::UpsertOnly, true, None);
    let watched = tx.watch();
    follow(&mut tx, &an_act_of(the_connection(), &switches), &scope()).unwrap();
    assert_eq!(watched.kinds(), [HoldCreated]);
}

#[test]
fn a_grace_time_holds_until_it_ends() {
    let switches = Switches { grace_hours: 2, ..Switches::default() };
    let mut tx = guarded(OFF);
    holds(&mut tx, HoldReason::Grace, true, Some(NOW.plus_seconds(7_200)));
    let watched = tx.watch();
    follow(&mut tx, &an_act_of(the_connection(), &switches), &scope()).unwrap();
    assert_eq!(watched.kinds(), [HoldCreated]);
}

/// So many lost access in the window, this request included, and so many have access.
fn is_held(losers: u64, with_access: u64) -> bool {
    let mut tx = guarded(ON);
    tx.expect_note_losers().times(1).returning(|_, _, _| Ok(2));
    tx.expect_count_recent_removals()
        .withf(|_, since| *since == NOW.plus_seconds(-3_600))
        .returning(move |_, _| Ok(losers));
    tx.expect_count_people_with_access().returning(move |_, enough| Ok(with_access.min(enough)));
    tx.expect_list_holds().returning(|_, _, _| Ok(vec![]));
    tx.expect_hold_losers()
        .withf(|_, _, _, terms| *terms == HoldTerms { reason: HoldReason::Brake, kept: false, until: None })
        .returning(|_, _, _, _| Ok(vec![user_id("ada")]));
    let watched = tx.watch();
    follow(&mut tx, &an_act_of(the_connection(), Switches::nothing_special()), &scope()).unwrap();
    watched.kinds().contains(&HoldCreated)
}

#[test]
fn too_many_losses_wait_for_a_review() {
    for (losers, with_access, held) in
        [(2, 3, false), (10, 1_000, false), (11, 1_000, true), (5, 25, false), (5, 24, true)]
    {
        assert_eq!(is_held(losers, with_access), held, "{losers} of {with_access}");
    }
}

#[test]
fn a_wave_is_told_once() {
    let waiting = |reason| Hold {
        user: user_id("alan"),
        reason,
        kept: false,
        since: THEN,
        until: None,
        change: an_act().cause.change,
    };
    for (before, told) in [
        (vec![], true),
        (vec![waiting(HoldReason::LastOwner)], true),
        (vec![waiting(HoldReason::LastOwner), waiting(HoldReason::Brake)], false),
    ] {
        let mut tx = guarded(ON);
        tx.expect_note_losers().returning(|_, _, _| Ok(1));
        tx.expect_count_recent_removals().returning(|_, _| Ok(11));
        tx.expect_list_holds().returning(move |_, _, _| Ok(before.clone()));
        tx.expect_hold_losers().returning(|_, _, _, _| Ok(vec![user_id("ada")]));
        let watched = tx.watch();
        follow(&mut tx, &an_act_of(the_connection(), Switches::nothing_special()), &scope()).unwrap();
        assert_eq!(watched.kinds().contains(&GuardTriggered), told);
    }
}

#[test]
fn a_request_by_which_nobody_loses_anything_is_not_counted() {
    let mut tx = guarded(ON);
    tx.expect_note_losers().times(1).returning(|_, _, _| Ok(0));
    let watched = tx.watch();
    follow(&mut tx, &an_act_of(the_connection(), Switches::nothing_special()), &scope()).unwrap();
    assert_eq!(watched.kinds(), []);
}

#[test]
fn owners_by_a_group_are_looked_at_where_a_group_can_make_them() {
    let mut tx = MockTx::new();
    tx.expect_guarding().returning(|_| Ok(Guarding { brake: OFF, owners_by_group: true }));
    tx.expect_hold_last_owners().times(1).returning(|_, _, _| Ok(vec![user_id("ada")]));
    let watched = tx.watch();
    let group = Scope::Groups(vec![GroupId(user_id("x").0)]);
    follow(&mut tx, &an_act_of(the_connection(), Switches::nothing_special()), &group).unwrap();
    assert_eq!(watched.kinds(), [HoldCreated]);
}

#[test]
fn the_last_owner_is_held_when_deactivated_and_nobody_else_is() {
    let owner = a_user_with("ada", json!({"roles": [{"value": "owner"}]}));
    let gone = UserFacts { active: false, ..owner.facts.clone() };
    for (another, held) in [(true, false), (false, true)] {
        let mut tx = MockTx::new();
        tx.expect_has_other_owner().returning(move |_, _| Ok(another));
        if held {
            tx.expect_put_hold()
                .withf(|_, hold| {
                    (hold.user, hold.reason, hold.kept) == (user_id("ada"), HoldReason::LastOwner, false)
                })
                .times(1)
                .returning(|_, _| Ok(()));
        }
        let watched = tx.watch();
        let act = an_act_of(the_connection(), Switches::nothing_special());
        keep_last_owner(&mut tx, &act, &owner, &gone).unwrap();
        assert_eq!(!watched.kinds().is_empty(), held);
    }
    // A member's loss asks nothing, and an administrator may do it.
    let act = an_act_of(the_connection(), Switches::nothing_special());
    keep_last_owner(&mut MockTx::new(), &act, &a_user("eve"), &gone).unwrap();
    keep_last_owner(&mut MockTx::new(), &an_act(), &owner, &gone).unwrap();
}

#[test]
fn people_outside_the_domains_are_refused_or_get_nothing() {
    let mut switches = Switches { verified_domains: vec!["acme.example".into()], ..Switches::default() };
    let refused = |switches: &Switches, before: Option<&UserFacts>| {
        let mut facts = a_user("ada").facts;
        place(&an_act_of(the_connection(), switches), &mut facts, before).map(|()| facts.outside)
    };
    let error = refused(&switches, None).unwrap_err();
    assert!(matches!(error, ResourceError::OutsideDomains { .. }), "{error}");
    assert!(error.to_string().contains("acme.example"), "{error}");
    let outside = UserFacts { outside: true, ..a_user("ada").facts };
    assert_eq!(refused(&switches, Some(&outside)), Ok(true), "who is outside already can be changed");
    assert!(refused(&switches, Some(&a_user("ada").facts)).is_err());
    switches.outside_domains = OutsideDomains::NoAccess;
    assert_eq!(refused(&switches, None), Ok(true));
    // An administrator's change leaves it as it is.
    let mut facts = a_user("ada").facts;
    place(&an_act(), &mut facts, Some(&outside)).unwrap();
    assert!(facts.outside);
}

#[test]
fn what_another_connection_owns_is_refused_or_claimed() {
    let okta = a_connection("okta").id;
    let claiming = Switches { on_conflict: OnConflict::Claim, ..Switches::default() };
    let asked = |switches: &Switches, from, gives| {
        let mut tx = MockTx::new();
        tx.expect_list_connections().returning(|_| Ok(vec![a_connection("default"), a_connection("okta")]));
        claim(&mut tx, &an_act_of(from, switches), "User", the_connection(), "ada@acme.test", gives)
    };
    let plain = Switches::nothing_special();
    assert_eq!(asked(plain, the_connection(), true), Ok(None), "its own");
    let error = asked(plain, okta, true).unwrap_err();
    let told = error.to_string();
    assert!(told.contains("`ada@acme.test`") && told.contains("connection `default`"), "{told}");
    assert_eq!(asked(&claiming, okta, true), Ok(Some(okta)));
    assert!(asked(&claiming, okta, false).is_err(), "nothing is claimed only to be taken away");
    assert_eq!(claim(&mut MockTx::new(), &an_act(), "User", okta, "ada", false), Ok(None));
}

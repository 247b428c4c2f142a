//! What a grant gives over time, and that nothing is lost or gained when two become one.

use proptest::prelude::*;

use super::*;
use crate::role::WorkspaceRole::{Admin, Manager, Member};

fn role() -> impl Strategy<Value = WorkspaceRole> {
    prop::sample::select(WorkspaceRole::ALL.to_vec())
}

/// Grants that can be given at moment 0.
fn grant() -> impl Strategy<Value = Grant> {
    let expiry = prop::option::of((1..5i64, prop::option::of(role())));
    (role(), expiry).prop_map(|(role, expiry)| {
        let expiry =
            expiry.map(|(at, then)| Expiry { at: Timestamp(at), then: then.filter(|one| *one < role) });
        Grant { role, expiry }
    })
}

fn at(grant: Option<Grant>, moment: i64) -> Option<WorkspaceRole> {
    grant.and_then(|grant| grant.settled(Timestamp(moment))).map(|grant| grant.role)
}

fn until(role: WorkspaceRole, moment: i64, then: Option<WorkspaceRole>) -> Grant {
    Grant { role, expiry: Some(Expiry { at: Timestamp(moment), then }) }
}

/// How often the higher of the two becomes another, beside at its end.
fn roles_in_turn(one: Grant, two: Grant) -> usize {
    let mut roles: Vec<_> = (0..6).map(|moment| at(Some(one), moment).max(at(Some(two), moment))).collect();
    roles.dedup();
    roles.len()
}

proptest! {
    #[test]
    fn two_grants_in_one_give_the_higher_role_at_every_moment(one in grant(), two in grant()) {
        match one.join(two) {
            Some(both) => for moment in 0..6 {
                let higher = at(Some(one), moment).max(at(Some(two), moment));
                prop_assert_eq!(at(Some(both), moment), higher, "{} and {}: {}", one, two, both);
            },
            None => prop_assert_eq!(roles_in_turn(one, two), 3, "{} and {}", one, two),
        }
        prop_assert_eq!(one.join(two), two.join(one));
    }

    #[test]
    fn what_can_be_given_stays_so_when_it_is_made_one_with_another(one in grant(), two in grant()) {
        if let Some(both) = one.join(two) {
            prop_assert_eq!(both.check(Timestamp(0)), Ok(()));
        }
    }

    #[test]
    fn a_role_for_good_can_stand_beside_any(one in grant(), lasting in role()) {
        prop_assert!(one.join(Grant::lasting(lasting)).is_some());
    }

    #[test]
    fn an_event_tells_what_a_grant_was_and_became(before in prop::option::of(grant()), after in prop::option::of(grant())) {
        prop_assume!(before.is_some() || after.is_some());
        let roles = (before.map(|one| one.role), after.map(|one| one.role));
        let changed = changed(before, after);
        // As an undo asks: things are as the event left them, or as they were before it.
        prop_assert_eq!(told(roles, changed.as_ref(), after), (before, after));
        prop_assert_eq!(told(roles, changed.as_ref(), before), (before, after));
    }
}

#[test]
fn three_roles_one_after_the_other_are_no_grant() {
    assert_eq!(until(Admin, 1, None).join(until(Manager, 2, None)), None);
    assert_eq!(until(Admin, 1, None).join(until(Manager, 2, Some(Member))), None);
    assert_eq!(
        until(Admin, 1, Some(Manager)).join(until(Manager, 2, None)),
        Some(until(Admin, 1, Some(Manager)))
    );
    assert_eq!(until(Admin, 1, None).join(until(Admin, 2, None)), Some(until(Admin, 2, None)));
}

#[test]
fn an_end_has_come_at_its_moment_and_not_before() {
    let grant = until(Admin, 10, Some(Member));
    assert_eq!(grant.settled(Timestamp(9)), Some(grant));
    assert_eq!(grant.settled(Timestamp(10)), Some(Grant::lasting(Member)));
    assert_eq!(until(Admin, 10, None).settled(Timestamp(10)), None);
    assert_eq!(Grant::lasting(Admin).settled(Timestamp(i64::MAX)), Some(Grant::lasting(Admin)));
    assert_eq!(until(Member, 10, Some(Admin)).settled(Timestamp(10)), Some(Grant::lasting(Member)));
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let now = Timestamp(10);
    assert_eq!(Grant::new(Admin, None, Some(Member)), Err(BadGrant::NoEnd { then: Member }));
    assert_eq!(Grant::new(Admin, Some(now), Some(Member)), Ok(until(Admin, 10, Some(Member))));
    assert_eq!(Grant::new(Admin, None, None), Ok(Grant::lasting(Admin)));
    assert_eq!(until(Admin, 10, None).check(now), Err(BadGrant::Past { at: now, now }));
    assert_eq!(until(Admin, 11, None).check(now), Ok(()));
    for then in [Manager, Admin] {
        let refused = Err(BadGrant::NotLess { then, role: Manager });
        assert_eq!(until(Manager, 11, Some(then)).check(now), refused);
    }
}

#[test]
fn events_say_of_a_grant_that_ends_when_and_of_others_nothing() {
    let lasting = Some(Grant::lasting(Admin));
    assert_eq!(changed(None, lasting), None);
    let said = changed(lasting, Some(until(Admin, 0, Some(Member)))).unwrap();
    assert_eq!(
        said.render(),
        r#"{"before":{},"after":{"expires_at":"1970-01-01T00:00:00.000Z","then_role":"member"}}"#
    );
}

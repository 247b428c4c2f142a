//! What an administrator can rely on when making, changing and removing connections.

use super::*;
use crate::{event::EventKind::*, records::User, testing::*};
use serde_json::json;

/// An organisation with these connections.
fn a_store(names: &'static [&'static str]) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_list_connections()
        .withf(|org| *org == ORG)
        .returning(move |_| Ok(names.iter().map(|name| a_connection(name)).collect()));
    tx
}

fn strict(connection: &mut Connection) {
    connection.profile = Profile::Strict;
}

#[test]
fn a_connection_is_named_by_its_name_or_its_id() {
    let id = the_connection();
    for given in ["default".to_owned(), id.to_string()] {
        let mut tx = a_store(&["default"]);
        tx.expect_update_connection()
            .withf(move |org, one| (*org, one.id, one.profile) == (ORG, id, Profile::Strict))
            .times(1)
            .returning(|_, _| Ok(()));
        let watched = tx.watch();
        let changed = change(&mut tx, &an_act(), &given, strict).unwrap();
        assert_eq!(changed, Connection { profile: Profile::Strict, ..a_connection("default") });
        assert_eq!(watched.kinds(), [ConnectionUpdated]);
        assert_eq!(watched.events()[0].subject.as_deref(), Some("default"));
    }
}

#[test]
fn what_stays_is_not_written() {
    let same = |connection: &mut Connection| connection.profile = Profile::Compatible;
    assert_eq!(change(&mut a_store(&["default"]), &an_act(), "default", same), Ok(a_connection("default")));
}

#[test]
fn a_connection_that_is_not_there_is_told_with_those_that_are() {
    let error = change(&mut a_store(&["default"]), &an_act(), "okta", strict).unwrap_err();
    assert_eq!(error.to_string(), "the organisation has no connection `okta`; it has `default`");
}

#[test]
fn a_new_connection_begins_with_nothing_special() {
    let mut tx = MockTx::new();
    tx.expect_insert_connection()
        .withf(|org, _, name, now| (*org, name, *now) == (ORG, "okta", NOW))
        .times(1)
        .returning(|_, _, _, _| Ok(()));
    let watched = tx.watch();
    let made = create(&mut tx, &an_act(), " okta ").unwrap();
    assert_eq!((made.name.as_str(), made.paused_at), ("okta", None));
    assert_eq!(&made.switches, Switches::nothing_special());
    assert_eq!(watched.kinds(), [ConnectionCreated]);
}

#[test]
fn a_name_that_is_none_or_taken_is_refused() {
    for name in ["", "  ", &"x".repeat(101), &the_connection().to_string()] {
        assert_eq!(create(&mut MockTx::new(), &an_act(), name), Err(ConnectionError::BadName));
    }
    let mut tx = MockTx::new();
    tx.expect_insert_connection().returning(|_, _, _, _| Err(StoreError::Taken(Unique::ConnectionName)));
    assert_eq!(create(&mut tx, &an_act(), "okta"), Err(ConnectionError::Taken { name: "okta".into() }));
}

#[test]
fn a_pause_begins_once_and_ends() {
    let mut connection = a_connection("default");
    set_paused(&mut connection, true, &an_act());
    assert_eq!(connection.paused_at, Some(NOW));
    connection.paused_at = Some(THEN);
    set_paused(&mut connection, true, &an_act());
    assert_eq!(connection.paused_at, Some(THEN), "it is paused already");
    set_paused(&mut connection, false, &an_act());
    assert_eq!(connection.paused_at, None);
}

#[test]
fn other_domains_move_those_of_the_connection_who_are_in_or_out_now() {
    let address = |name: &str, domain: &str| {
        a_user_with(name, json!({"emails": [{"value": format!("{name}@{domain}")}]}))
    };
    let (ada, eve, alan) =
        (address("ada", "acme.test"), address("eve", "evil.test"), address("alan", "acme.test"));
    let mut alan = alan;
    alan.facts.outside = true;
    let people: Vec<User> = vec![ada, eve.clone(), alan.clone()];
    let mut tx = a_store(&["default"]);
    tx.expect_update_connection().times(1).returning(|_, _| Ok(()));
    tx.expect_people_of()
        .withf(|org, id, _| (*org, *id) == (ORG, the_connection()))
        .returning(move |_, _, _| Ok(people.clone()));
    for (id, outside) in [(eve.id, true), (alan.id, false)] {
        tx.expect_set_outside()
            .withf(move |_, ids, now| (ids, *now) == (&[id][..], outside))
            .times(1)
            .returning(|_, _, _| Ok(()));
    }
    let watched = tx.watch();
    let domains =
        |connection: &mut Connection| connection.switches.verified_domains = vec!["ACME.test".into()];
    let changed = change(&mut tx, &an_act(), "default", domains).unwrap();
    assert_eq!(changed.switches.verified_domains, ["acme.test"]);
    assert_eq!(watched.recomputed(), [Scope::Users(vec![eve.id]), Scope::Users(vec![alan.id])]);
}

#[test]
fn a_switch_that_cannot_work_is_refused_and_nothing_is_written() {
    let wrong = |connection: &mut Connection| connection.switches.verified_domains = vec!["@x".into()];
    let error = change(&mut a_store(&["default"]), &an_act(), "default", wrong).unwrap_err();
    assert!(matches!(error, ConnectionError::Switch(_)), "{error}");
}

#[test]
fn a_connection_is_removed_only_when_it_owns_nobody_and_is_not_the_last() {
    for (names, owned, gone) in [
        (&["default", "okta"][..], (0, 0), true),
        (&["default", "okta"], (3, 1), false),
        (&["default", "okta"], (0, 1), false),
        (&["okta"], (0, 0), false),
    ] {
        let mut tx = a_store(names);
        tx.expect_count_owned().returning(move |_, _, _| Ok(owned));
        if gone {
            let id = a_connection("okta").id;
            tx.expect_delete_connection()
                .withf(move |org, asked| (*org, *asked) == (ORG, id))
                .times(1)
                .returning(|_, _| Ok(()));
        }
        let watched = tx.watch();
        assert_eq!(delete(&mut tx, &an_act(), "okta").is_ok(), gone, "{names:?} {owned:?}");
        assert_eq!(watched.kinds(), if gone { vec![ConnectionDeleted] } else { vec![] });
    }
}

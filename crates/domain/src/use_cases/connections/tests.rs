//! What an administrator can rely on when saying how strictly an IdP is read.

use super::*;
use crate::{event::EventKind::ConnectionUpdated, testing::*};

/// An organisation whose `default` connection is compatible.
fn a_store() -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_list_connections().withf(|org| *org == ORG).returning(|_| Ok(vec![a_connection("default")]));
    tx
}

#[test]
fn a_connection_is_named_by_its_name_or_its_id() {
    let id = the_connection();
    for given in ["default".to_owned(), id.to_string()] {
        let mut tx = a_store();
        tx.expect_update_connection()
            .withf(move |org, one, profile| (*org, *one, *profile) == (ORG, id, Profile::Strict))
            .times(1)
            .returning(|_, _, _| Ok(()));
        let watched = tx.watch();
        let changed = change(&mut tx, &an_act(), &given, Some(Profile::Strict)).unwrap();
        assert_eq!(changed, Connection { profile: Profile::Strict, ..a_connection("default") });
        assert_eq!(watched.kinds(), [ConnectionUpdated]);
        assert_eq!(watched.events()[0].subject.as_deref(), Some("default"));
    }
}

#[test]
fn a_profile_that_stays_is_not_written() {
    for profile in [None, Some(Profile::Compatible)] {
        assert_eq!(change(&mut a_store(), &an_act(), "default", profile), Ok(a_connection("default")));
    }
}

#[test]
fn a_connection_that_is_not_there_is_told_with_those_that_are() {
    let error = change(&mut a_store(), &an_act(), "okta", Some(Profile::Strict)).unwrap_err();
    assert_eq!(error.to_string(), "the organisation has no connection `okta`; it has `default`");
}

//! What an administrator can rely on when an IdP pushes, changes and removes people.

use mockall::Sequence;
use rolecall_scim::{profile::Profile, schema::ResourceType};
use serde_json::{Value, json};

use super::*;
use crate::{event::EventKind::*, role::OrgRole, testing::*};

/// A PATCH of this person, whatever the version.
fn patch(tx: &mut MockTx, user: &User, operations: Value) -> Result<User, ResourceError> {
    patch_expecting(tx, user, operations, &Expected::Any)
}

fn patch_expecting(
    tx: &mut MockTx,
    user: &User,
    operations: Value,
    expected: &Expected,
) -> Result<User, ResourceError> {
    let operations = a_user_patch(operations);
    apply(tx, &an_act(), ResourceType::user(), user.id, &operations, Profile::Compatible, expected)
        .map(|(user, _)| user)
}

/// A PUT of this body in the place of this person.
fn put(tx: &mut MockTx, user: &User, body: Value) -> Result<User, ResourceError> {
    replace(tx, &an_act(), ResourceType::user(), user.id, a_user_document(body), &Expected::Any)
}

fn post(tx: &mut MockTx, body: Value) -> Result<User, ResourceError> {
    create(tx, &an_act(), ResourceType::user(), the_connection(), a_user_document(body))
}

/// The store holds `user` and takes one new version of it.
fn writable(user: &User) -> (MockTx, Watched) {
    let mut tx = MockTx::new();
    tx.knows_user(user);
    let (id, next) = (user.id, user.document.version + 1);
    tx.expect_update_user()
        .withf(move |org, asked, _, _, version, now| (*org, *asked, *version, *now) == (ORG, id, next, NOW))
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    let watched = tx.watch();
    (tx, watched)
}

/// The store holds `user`; whatever is written is a failure of the test.
fn read_only(user: &User) -> MockTx {
    let mut tx = MockTx::new();
    tx.knows_user(user);
    tx
}

fn deactivated(name: &str) -> User {
    a_user_with(name, json!({"active": false}))
}

#[test]
fn a_new_person_is_active_and_is_matched_to_nobody() {
    let mut tx = MockTx::new();
    // No look-up by e-mail address, or by anything else, is expected.
    tx.expect_insert_user()
        .withf(|org, _, connection, facts, document, now| {
            (*org, *connection, *now) == (ORG, the_connection(), NOW)
                && facts.active
                && facts.user_name_key == "ada@acme.test"
                && document.text.contains(r#""active":true"#)
                && document.index.contains(r#""ada@acme.test""#)
        })
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    let watched = tx.watch();
    let ada = post(
        &mut tx,
        json!({"userName": "Ada@acme.test", "emails": [{"value": "boss@acme.test"}], "roles": ["admin"]}),
    )
    .unwrap();
    assert_eq!((ada.id, ada.document.version), (UserId(NumberedIds::nth(1)), 1));
    assert_eq!((ada.document.created_at, ada.document.modified_at), (NOW, NOW));
    assert_eq!(ada.facts.user_name, "Ada@acme.test");
    assert_eq!(watched.kinds(), [UserCreated]);
    assert_eq!(watched.the(UserCreated).new_role, Some(OrgRole::Admin.rank()));
    assert_eq!(watched.recomputed(), []);
}

#[test]
fn a_person_may_arrive_deactivated() {
    let mut tx = MockTx::new();
    tx.expect_insert_user()
        .withf(|_, _, _, facts, _, _| !facts.active)
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.watch();
    assert!(!post(&mut tx, json!({"userName": "ada", "active": "False"})).unwrap().facts.active);
}

// scim: 78
#[test]
fn a_value_in_use_is_named_with_its_attribute() {
    for (unique, attribute, value) in
        [(Unique::UserName, "userName", "ada"), (Unique::ExternalId, "externalId", "00u1")]
    {
        let body = json!({"userName": "ada", "externalId": "00u1"});
        let wanted = ResourceError::Taken { kind: "User", attribute: unique, value: value.into() };

        let mut tx = MockTx::new();
        tx.expect_insert_user().times(1).returning(move |_, _, _, _, _, _| Err(StoreError::Taken(unique)));
        let error = post(&mut tx, body.clone()).unwrap_err();
        assert_eq!(error, wanted);
        assert_eq!(error.to_string(), format!("{attribute} `{value}` is taken by another User"));

        let mut tx = read_only(&a_user("grace"));
        tx.expect_update_user().times(1).returning(move |_, _, _, _, _, _| Err(StoreError::Taken(unique)));
        assert_eq!(put(&mut tx, &a_user("grace"), body.clone()).unwrap_err(), wanted);

        let mut tx = read_only(&a_user("grace"));
        tx.expect_update_user().times(1).returning(move |_, _, _, _, _, _| Err(StoreError::Taken(unique)));
        let operations = json!([{"op": "replace", "value": body}]);
        assert_eq!(patch(&mut tx, &a_user("grace"), operations).unwrap_err(), wanted);
    }
}

#[test]
fn a_store_that_cannot_write_is_not_a_clash() {
    let mut tx = MockTx::new();
    let down = StoreError::Unavailable("disk full".into());
    let answer = down.clone();
    tx.expect_insert_user().times(1).returning(move |_, _, _, _, _, _| Err(answer.clone()));
    assert_eq!(post(&mut tx, json!({"userName": "ada"})), Err(ResourceError::Store(down)));
}

// scim: 36, 136
// dialect: 17
#[test]
fn a_patch_that_changes_nothing_writes_nothing_and_keeps_version_and_last_modified() {
    let ada = a_user_with("ada", json!({"title": "Countess"}));
    for operations in [
        json!([{"op": "replace", "path": "active", "value": true}]),
        json!([{"op": "Replace", "path": "active", "value": "True"}]),
        json!([{"op": "add", "value": {"title": "Countess"}}]),
        json!([{"op": "replace", "path": "title", "value": "Lady"}, {"op": "replace", "path": "title", "value": "Countess"}]),
        json!([{"op": "remove", "path": "nickName"}]),
    ] {
        assert_eq!(patch(&mut read_only(&ada), &ada, operations).unwrap(), ada);
    }
}

#[test]
fn a_put_of_what_is_there_writes_nothing() {
    let ada = a_user_with("ada", json!({"title": "Countess"}));
    // In another order, and without what the server added.
    let body = json!({"title": "Countess", "userName": "ada@acme.test"});
    assert_eq!(put(&mut read_only(&ada), &ada, body).unwrap(), ada);
}

#[test]
fn a_change_makes_the_next_version_and_keeps_the_time_of_creation() {
    let mut ada = a_user("ada");
    ada.document.version = 7;
    let (mut tx, watched) = writable(&ada);
    let after = patch(&mut tx, &ada, json!([{"op": "add", "path": "title", "value": "Countess"}])).unwrap();
    assert_eq!((after.id, after.document.version), (ada.id, 8));
    assert_eq!((after.document.created_at, after.document.modified_at), (THEN, NOW));
    assert_eq!(watched.kinds(), [UserUpdated]);
    assert_eq!(watched.recomputed(), []);
}

// scim: 95
#[test]
fn a_put_clears_what_it_leaves_out() {
    let ada = a_user_with("ada", json!({"title": "Countess", "externalId": "00u1"}));
    let (mut tx, _) = writable(&ada);
    let after = put(&mut tx, &ada, json!({"userName": "ada@acme.test"})).unwrap();
    assert!(!after.document.text.contains("Countess"));
    assert_eq!(after.facts.external_id, None);
}

#[test]
fn a_renamed_person_is_the_same_person() {
    let ada = a_user("ada");
    let (mut tx, watched) = writable(&ada);
    let after =
        patch(&mut tx, &ada, json!([{"op": "replace", "path": "userName", "value": "king"}])).unwrap();
    assert_eq!((after.id, after.facts.user_name.as_str()), (ada.id, "king"));
    assert_eq!(watched.the(UserUpdated).user, Some(ada.id));
}

// scim: 44
// dialect: 2
#[test]
fn deactivation_in_any_spelling_recomputes_exactly_that_person() {
    let ada = a_user("ada");
    for operations in [
        json!([{"op": "replace", "path": "active", "value": false}]),
        json!([{"op": "Replace", "path": "active", "value": "False"}]),
        json!([{"op": "replace", "value": {"active": false}}]),
        json!([{"op": "add", "path": "active", "value": false}]),
    ] {
        let (mut tx, watched) = writable(&ada);
        let after = patch(&mut tx, &ada, operations.clone()).unwrap();
        assert!(!after.facts.active, "{operations}");
        assert_eq!(watched.kinds(), [UserUpdated, UserDeactivated]);
        assert_eq!(watched.recomputed(), [Scope::Users(vec![ada.id])]);
    }
    let (mut tx, watched) = writable(&ada);
    put(&mut tx, &ada, json!({"userName": "ada@acme.test", "active": false})).unwrap();
    assert_eq!(watched.recomputed(), [Scope::Users(vec![ada.id])]);
}

#[test]
fn reactivation_recomputes_exactly_that_person() {
    let ada = deactivated("ada");
    let (mut tx, watched) = writable(&ada);
    let after = patch(&mut tx, &ada, json!([{"op": "replace", "path": "active", "value": true}])).unwrap();
    assert!(after.facts.active);
    assert_eq!(watched.kinds(), [UserUpdated, UserReactivated]);
    assert_eq!(watched.recomputed(), [Scope::Users(vec![ada.id])]);
}

#[test]
fn a_put_without_active_does_not_bring_a_deactivated_person_back() {
    let ada = deactivated("ada");
    let same = json!({"userName": "ada@acme.test"});
    assert_eq!(put(&mut read_only(&ada), &ada, same).unwrap(), ada);

    let (mut tx, watched) = writable(&ada);
    let after = put(&mut tx, &ada, json!({"userName": "ada@acme.test", "title": "Countess"})).unwrap();
    assert!(!after.facts.active && after.document.text.contains(r#""active":false"#));
    assert_eq!(watched.kinds(), [UserUpdated]);
    assert_eq!(watched.recomputed(), []);
}

#[test]
fn a_patch_that_removes_active_does_not_bring_a_deactivated_person_back() {
    for (ada, active) in [(deactivated("ada"), false), (a_user("ada"), true)] {
        for operations in [
            json!([{"op": "remove", "path": "active"}]),
            json!([{"op": "replace", "path": "active", "value": null}]),
        ] {
            let (mut tx, watched) = writable(&ada);
            let without = patch(&mut tx, &ada, operations).unwrap();
            assert_eq!(without.facts.active, active);
            assert_eq!(watched.kinds(), [UserUpdated]);
            assert_eq!(watched.recomputed(), []);

            // Nor does what comes after it, when the document no longer says which it was.
            let (mut tx, watched) = writable(&without);
            let later = json!([{"op": "add", "path": "title", "value": "Countess"}]);
            assert_eq!(patch(&mut tx, &without, later).unwrap().facts.active, active);
            let (mut tx, _) = writable(&without);
            assert_eq!(put(&mut tx, &without, json!({"userName": "a"})).unwrap().facts.active, active);
            assert_eq!(watched.recomputed(), []);
        }
    }
}

#[test]
fn a_display_name_made_from_the_name_is_found_by_filters_until_the_idp_takes_the_name_away() {
    let ada = a_user_with("ada", json!({"name": {"givenName": "Ada", "familyName": "Byron"}}));
    assert!(ada.facts.display_name_composed && ada.facts.display_name == "Ada Byron");
    let mut tx = read_only(&ada);
    tx.expect_update_user()
        .withf(|_, _, _, document, _, _| {
            document.index.contains(r#""displayName":"ada king""#) && !document.text.contains("displayName")
        })
        .times(1)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.watch();
    let operations = json!([{"op": "replace", "path": "name.familyName", "value": "King"}]);
    assert_eq!(patch(&mut tx, &ada, operations).unwrap().facts.display_name, "Ada King");
}

#[test]
fn a_display_name_that_the_idp_took_away_is_not_replaced_by_another() {
    let ada = a_user_with("ada", json!({"displayName": "A. B.", "name": {"givenName": "Ada"}}));
    let (mut tx, _) = writable(&ada);
    let after = patch(&mut tx, &ada, json!([{"op": "remove", "path": "displayName"}])).unwrap();
    assert!(!after.facts.display_name_composed);
}

#[test]
fn a_changed_role_in_roles_is_left_to_a_recomputation() {
    let ada = a_user_with("ada", json!({"roles": ["admin"]}));
    for (roles, role) in [(json!(["owner"]), OrgRole::Owner), (json!(["group"]), OrgRole::Member)] {
        let (mut tx, watched) = writable(&ada);
        let operations = json!([{"op": "replace", "path": "roles", "value": roles}]);
        assert_eq!(patch(&mut tx, &ada, operations).unwrap().facts.org_role, role);
        assert_eq!(watched.kinds(), [UserUpdated]);
        assert_eq!(watched.recomputed(), [Scope::Users(vec![ada.id])]);
    }
}

// scim: 100, 175
#[test]
fn another_version_than_expected_changes_nothing_and_says_which_it_is() {
    let mut ada = a_user("ada");
    ada.document.version = 3;
    let stale = Expected::Versions(vec![1, 2]);
    let mismatch = ResourceError::VersionMismatch { current: 3 };
    let mut tx = read_only(&ada);

    let operations = json!([{"op": "replace", "path": "active", "value": false}]);
    assert_eq!(patch_expecting(&mut tx, &ada, operations.clone(), &stale).unwrap_err(), mismatch);
    let body = a_user_document(json!({"userName": "other"}));
    let answer = replace(&mut tx, &an_act(), ResourceType::user(), ada.id, body, &stale);
    assert_eq!(answer.unwrap_err(), mismatch);
    assert_eq!(delete(&mut tx, &an_act(), ada.id, &stale).unwrap_err(), mismatch);

    let (mut tx, _) = writable(&ada);
    assert!(patch_expecting(&mut tx, &ada, operations, &Expected::Versions(vec![2, 3])).is_ok());
}

// scim: 135
#[test]
fn one_wrong_operation_undoes_those_before_it() {
    let ada = a_user("ada");
    let operations = json!([
        {"op": "replace", "path": "title", "value": "Countess"},
        {"op": "replace", "path": "userName", "value": {"not": "a name"}},
    ]);
    let error = patch(&mut read_only(&ada), &ada, operations).unwrap_err();
    assert!(matches!(error, ResourceError::Scim(_)), "{error}");
}

#[test]
fn nobody_is_found_where_nobody_is() {
    let ada = a_user("ada");
    let not_found = ResourceError::NotFound { kind: "User", id: ada.id.to_string() };
    let mut tx = MockTx::new();
    tx.expect_find_user().times(3).returning(|_, _| Ok(None));
    assert_eq!(put(&mut tx, &ada, json!({"userName": "ada"})).unwrap_err(), not_found);
    assert_eq!(patch(&mut tx, &ada, json!([{"op": "remove", "path": "title"}])).unwrap_err(), not_found);
    assert_eq!(delete(&mut tx, &an_act(), ada.id, &Expected::Any).unwrap_err(), not_found);
}

#[test]
fn deletion_takes_every_membership_away_before_the_record_goes() {
    let ada = a_user("ada");
    let mut tx = read_only(&ada);
    let mut order = Sequence::new();
    let (id, version) = (ada.id, ada.document.version);
    tx.expect_update_user()
        .withf(move |_, asked, facts, _, written, _| *asked == id && !facts.active && *written == version)
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _, _, _, _| Ok(()));
    tx.expect_recompute()
        .withf(move |org, _, scope| *org == ORG && *scope == Scope::Users(vec![id]))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(Default::default()));
    tx.expect_delete_user()
        .withf(move |org, asked, now| (*org, *asked, *now) == (ORG, id, NOW))
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _, _| Ok(()));
    let watched = tx.watch();
    delete(&mut tx, &an_act(), ada.id, &Expected::Any).unwrap();
    let event = watched.the(UserDeleted);
    assert_eq!((event.user, event.subject.as_deref()), (Some(ada.id), Some("ada@acme.test")));
}

#[test]
fn a_damaged_document_is_a_fault_of_the_database_not_of_the_request() {
    let mut ada = a_user("ada");
    ada.document.text = "{".into();
    let error = patch(&mut read_only(&ada), &ada, json!([{"op": "remove", "path": "title"}])).unwrap_err();
    assert!(matches!(error, ResourceError::Store(StoreError::Failed(_))), "{error}");
}

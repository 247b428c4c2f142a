//! What an administrator can rely on when giving people and groups attributes of their own.

use serde_json::json;

use super::*;
use crate::{event::EventKind::*, testing::*};

const HR: &str = "urn:example:hr:1.0:User";

/// An organisation that has these schemas.
fn a_store_with(extensions: &[SchemaExtension]) -> MockTx {
    let mut tx = MockTx::new();
    let extensions = extensions.to_vec();
    tx.expect_list_schemas().withf(|org| *org == ORG).returning(move |_| Ok(extensions.clone()));
    tx
}

fn puts(tx: &mut MockTx, wanted: SchemaExtension) {
    tx.expect_put_schema()
        .withf(move |org, extension| *org == ORG && *extension == wanted)
        .times(1)
        .returning(|_, _| Ok(()));
}

fn a_document(urn: &str, attributes: Value) -> NewSchema {
    NewSchema::parse(json!({"id": urn, "resourceType": "User", "attributes": attributes})).unwrap()
}

fn wanted(extension: &SchemaExtension) -> NewSchema {
    let SchemaExtension { schema, kind, required, .. } = extension.clone();
    NewSchema { schema, kind, required }
}

#[test]
fn a_document_says_what_it_extends_and_whether_it_must_be_there() {
    let parse = |more: Value| {
        let mut document = json!({"id": HR, "attributes": [{"name": "level"}]});
        document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        NewSchema::parse(document).map(|new| (new.kind, new.required)).map_err(|error| error.to_string())
    };
    assert_eq!(parse(json!({"resourceType": "User"})), Ok((Kind::User, false)));
    assert_eq!(parse(json!({"resourceType": "Group", "required": true})), Ok((Kind::Group, true)));
    for (more, told) in [
        (
            json!({}),
            "resourceType: is missing; write \"User\" or \"Group\", the resource type that the schema extends",
        ),
        (
            json!({"resourceType": "Device"}),
            "resourceType: `Device` cannot be extended; write \"User\" or \"Group\", the resource type that the schema extends",
        ),
        (
            json!({"resourceType": "User", "required": "yes"}),
            "required: must be true or false, found \"yes\"",
        ),
        (
            json!({"resourceType": "User", "attributes": 5}),
            "attributes: must be an array of attributes, found the number 5",
        ),
    ] {
        assert_eq!(parse(more), Err(told.to_owned()));
    }
    assert_eq!(
        NewSchema::parse(json!(5)).unwrap_err().to_string(),
        "schema: must be an object, found the number 5"
    );
}

#[test]
fn an_added_schema_is_written_with_its_event() {
    let new = SchemaExtension { created_at: NOW, ..an_extension(HR, Kind::User) };
    let mut tx = a_store_with(&[an_extension("urn:example:sites:1.0:Group", Kind::Group)]);
    puts(&mut tx, new.clone());
    let watched = tx.watch();
    assert_eq!(add(&mut tx, &an_act(), wanted(&new)), Ok(new));
    assert_eq!(watched.kinds(), [SchemaCreated]);
    assert_eq!(watched.events()[0].subject.as_deref(), Some(HR));
}

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do() {
    let there = an_extension(HR, Kind::User);
    let refuse = |new: NewSchema| {
        add(&mut a_store_with(std::slice::from_ref(&there)), &an_act(), new).unwrap_err().to_string()
    };
    let one = || json!([{"name": "level"}]);
    let many: Vec<Value> = (0..=MAX_ATTRIBUTES).map(|n| json!({"name": format!("a{n}")})).collect();
    for (urn, attributes, told) in [
        (
            HR.to_uppercase().as_str(),
            one(),
            "the organisation has the schema urn:example:hr:1.0:User already, for User",
        ),
        ("hr", one(), "schema id \"hr\" is not a URN; use something like urn:"),
        ("urn:ietf:params:scim:schemas:core:2.0:User", one(), "User already has the schema"),
        // Another resource type has it.
        ("urn:ietf:params:scim:schemas:core:2.0:Group", one(), "Group already has the schema"),
        (
            "urn:example:hr:1.0",
            one(),
            "schema id urn:example:hr:1.0 and urn:example:hr:1.0:User cannot be told",
        ),
        (
            "urn:example:x",
            json!([{"name": "userName"}]),
            "urn:example:x: User has an attribute userName itself",
        ),
        (
            "urn:example:x",
            json!([{"name": "displayName"}]),
            "urn:example:x: User has an attribute displayName itself",
        ),
        ("urn:example:x", json!([{"name": "a b"}]), "urn:example:x: \"a b\" is not an attribute name"),
        (
            "urn:example:x",
            json!([{"name": "badge", "uniqueness": "server"}]),
            "urn:example:x: badge asks for unique values",
        ),
        (
            "urn:example:x",
            json!([{"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex"}]}]),
            "urn:example:x: a.b cannot be complex",
        ),
        ("urn:example:x", json!(many), "attributes of urn:example:x: at most 200 are possible, 201 would be"),
    ] {
        let found = refuse(a_document(urn, attributes));
        assert!(found.starts_with(told), "{found}");
    }
    let full: Vec<_> =
        (0..MAX_SCHEMAS).map(|n| an_extension(&format!("urn:example:{n}"), Kind::User)).collect();
    let error = add(&mut a_store_with(&full), &an_act(), a_document(HR, one())).unwrap_err();
    assert_eq!(error.to_string(), "schemas of the organisation: at most 20 are possible, 21 would be");
}

#[test]
fn a_replaced_schema_keeps_its_urn_its_resource_type_and_its_place() {
    let before = an_extension(HR, Kind::User);
    let new = a_document(HR, json!([{"name": "level", "type": "integer"}]));
    let after = SchemaExtension { schema: new.schema.clone(), ..before.clone() };
    let mut tx = a_store_with(std::slice::from_ref(&before));
    puts(&mut tx, after.clone());
    let watched = tx.watch();
    assert_eq!(replace(&mut tx, &an_act(), &HR.to_uppercase(), new.clone()), Ok(after));
    assert_eq!(watched.kinds(), [SchemaUpdated]);

    let store = || a_store_with(std::slice::from_ref(&before));
    assert_eq!(
        replace(&mut store(), &an_act(), HR, wanted(&before)),
        Ok(before.clone()),
        "nothing is written"
    );
    let other = a_document("urn:example:HR:1.0:User", json!([{"name": "level"}]));
    assert!(matches!(replace(&mut store(), &an_act(), HR, other), Err(ExtensionError::OtherUrn { .. })));
    let moved = NewSchema { kind: Kind::Group, ..new.clone() };
    assert!(matches!(replace(&mut store(), &an_act(), HR, moved), Err(ExtensionError::OtherKind { .. })));
    let error = replace(&mut store(), &an_act(), "urn:example:x", new).unwrap_err();
    assert_eq!(error, ExtensionError::Unknown { given: "urn:example:x".into() });
}

#[test]
fn a_schema_is_removed_by_its_urn_in_any_case() {
    let mut tx = a_store_with(&[an_extension(HR, Kind::User)]);
    tx.expect_delete_schema().withf(|org, urn| *org == ORG && urn == HR).times(1).returning(|_, _| Ok(true));
    let watched = tx.watch();
    remove(&mut tx, &an_act(), &HR.to_uppercase()).unwrap();
    assert_eq!(watched.kinds(), [SchemaDeleted]);
    let error = remove(&mut a_store_with(&[]), &an_act(), HR).unwrap_err();
    assert_eq!(error, ExtensionError::Unknown { given: HR.into() });
}

#[test]
fn only_the_resource_type_that_a_schema_extends_is_made_anew() {
    let extended = terms(Profile::Strict, &[an_extension(HR, Kind::User)]).unwrap();
    assert_eq!(extended.profile, Profile::Strict);
    assert!(extended.user_type.extension(HR).is_some());
    assert!(Arc::ptr_eq(&extended.group_type, &ResourceType::shared_group()));
    assert!(Arc::ptr_eq(&terms(Profile::Strict, &[]).unwrap().user_type, &ResourceType::shared_user()));
}

#[test]
fn a_person_written_again_loses_what_no_schema_knows_any_more() {
    let with_hr = terms(Profile::Compatible, &[an_extension(HR, Kind::User)]).unwrap().user_type;
    let body = json!({"userName": "ada", HR: {"level": 3, "desk": "4.12"}});
    let document =
        rolecall_scim::document::Document::from_value(body, &with_hr, Profile::Compatible).unwrap();
    let mut ada = a_user("ada");
    ada.document.text = document.to_json();

    let mut tx = MockTx::new();
    tx.knows_user(&ada);
    tx.expect_update_user().times(1).returning(|_, _, _, _, _, _| Ok(()));
    tx.watch();
    let operations = a_user_patch(json!([{"op": "replace", "path": "title", "value": "Countess"}]));
    let (act, expected) = (an_act(), crate::use_cases::Expected::Any);
    let apply = |tx: &mut MockTx, operations: &[_]| {
        let user_type = ResourceType::user();
        crate::use_cases::users::apply(
            tx,
            &act,
            user_type,
            ada.id,
            operations,
            Profile::Compatible,
            &expected,
        )
    };
    let (written, _) = apply(&mut tx, &operations).unwrap();
    assert!(!written.document.text.contains(HR), "{}", written.document.text);

    // A request that changes nothing writes nothing.
    let mut tx = MockTx::new();
    tx.knows_user(&ada);
    let operations = a_user_patch(json!([{"op": "replace", "path": "userName", "value": "ada"}]));
    let (same, _) = apply(&mut tx, &operations).unwrap();
    assert_eq!(same.document, ada.document);
}

use serde_json::json;

use super::*;
use crate::patch::{self, PatchRequest};
use crate::profile::Profile;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Map<String, Value> {
    let value = json!({
        "id": "7", "schemas": ["s"], "userName": "ada", "active": true, "password": "never stored",
        "name": { "givenName": "Ada", "familyName": "L" },
        "emails": [{ "value": "a@b", "type": "work" }, { "type": "home" }],
        ENTERPRISE: { "department": "D", "costCenter": "C" },
        "meta": { "resourceType": "User", "version": "1" }
    });
    value.as_object().unwrap().clone()
}

fn seen(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    Projection::parse(attributes, excluded).unwrap().apply(&ada(), ResourceType::user()).into()
}

// scim: 22, 25
#[test]
fn without_a_wish_all_but_secrets_are_seen() {
    let mut all = ada();
    all.shift_remove("password");
    assert_eq!(seen(None, None), Value::Object(all));
    assert!(Projection::parse(Some(" , "), None).unwrap().is_empty());
}

// scim: 23, 129, 132
#[test]
fn only_what_is_named_is_seen_besides_id_and_schemas() {
    for (names, expected) in [
        ("userName", json!({ "id": "7", "schemas": ["s"], "userName": "ada" })),
        (
            " USERNAME, emails.value,",
            json!({ "id": "7", "schemas": ["s"], "userName": "ada", "emails": [{ "value": "a@b" }] }),
        ),
        (
            "name.givenName,meta.version",
            json!({ "id": "7", "schemas": ["s"], "name": { "givenName": "Ada" }, "meta": { "version": "1" } }),
        ),
        ("id", json!({ "id": "7", "schemas": ["s"] })),
        ("password", json!({ "id": "7", "schemas": ["s"] })),
        ("nothing,!", json!({ "id": "7", "schemas": ["s"] })),
        (
            ENTERPRISE,
            json!({ "id": "7", "schemas": ["s"], ENTERPRISE: { "department": "D", "costCenter": "C" } }),
        ),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            json!({ "id": "7", "schemas": ["s"], ENTERPRISE: { "department": "D" } }),
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:active",
            json!({ "id": "7", "schemas": ["s"], "active": true }),
        ),
    ] {
        assert_eq!(seen(Some(names), None), expected, "{names}");
    }
}

// scim: 23, 129, 131
#[test]
fn what_is_excluded_is_not_seen_but_id_cannot_be_excluded() {
    let result = seen(
        None,
        Some(
            "emails.value, name, id, schemas, meta, urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        ),
    );
    assert_eq!(
        result,
        json!({
            "id": "7", "schemas": ["s"], "userName": "ada", "active": true,
            "emails": [{ "type": "work" }, { "type": "home" }],
            ENTERPRISE: { "department": "D" }
        })
    );
}

// scim: 130
#[test]
fn naming_and_excluding_at_once_is_refused() {
    assert_eq!(Projection::parse(Some("a"), Some("b")).unwrap_err().status, 400);
    assert!(Projection::parse(Some("a"), Some(" ")).is_ok());
}

#[test]
fn a_server_learns_whether_it_must_read_the_members() {
    let wants = |attributes, excluded| Projection::parse(attributes, excluded).unwrap().wants("members");
    assert!(wants(None, None));
    assert!(wants(Some("displayName,Members.value"), None));
    assert!(wants(None, Some("members.value")));
    assert!(wants(Some("urn:ietf:params:scim:schemas:core:2.0:Group:members"), None));
    assert!(!wants(Some("displayName"), None));
    assert!(!wants(None, Some("displayName, MEMBERS")));
}

// scim: 26, 131
#[test]
fn an_attribute_returned_on_request_must_be_named() {
    let schema = json!({ "id": "urn:example:x", "attributes": [
        { "name": "rare", "returned": "request" },
        { "name": "box", "type": "complex", "subAttributes": [
            { "name": "key", "returned": "always" }, { "name": "part" }, { "name": "odd", "returned": "request" }
        ]}
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let resource =
        json!({ "urn:example:x": { "rare": "r", "box": { "key": "k", "part": "p", "odd": "o" } } });
    let seen = |names: Option<&str>| {
        let all = Projection::parse(names, None).unwrap().apply(resource.as_object().unwrap(), &user);
        all.get("urn:example:x").cloned().unwrap_or_default()
    };
    assert_eq!(seen(None), json!({ "box": { "key": "k", "part": "p" } }));
    assert_eq!(seen(Some("urn:example:x:rare")), json!({ "rare": "r" }));
    assert_eq!(seen(Some("urn:example:x:box.part")), json!({ "box": { "key": "k", "part": "p" } }));
    assert_eq!(seen(Some("urn:example:x:box.odd")), json!({ "box": { "key": "k", "odd": "o" } }));
}

// scim: 26
#[test]
fn what_a_client_has_written_is_in_the_answer_even_if_it_is_sent_on_request_only() {
    let schema = json!({ "id": "urn:example:x", "attributes": [
        { "name": "rare", "returned": "request" }, { "name": "odd", "returned": "request" },
        { "name": "secret", "returned": "never" }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let resource = json!({ "userName": "ada", "urn:example:x": { "rare": "r", "odd": "o" } });
    let shown = |attributes: Option<&str>, excluded: Option<&str>, written: Written| {
        let projection = Projection::parse(attributes, excluded).unwrap().after_writing(written);
        projection.apply(resource.as_object().unwrap(), &user).get("urn:example:x").cloned()
    };
    let patched = |operations: Value| {
        let body = json!({ "Operations": operations });
        let operations = PatchRequest::from_value(body, &user, Profile::Compatible).unwrap();
        shown(None, None, Written::These(patch::written(&operations, &user)))
    };
    let (rare, both) = (json!({ "rare": "r" }), json!({ "rare": "r", "odd": "o" }));
    assert_eq!(shown(None, None, Written::Nothing), None);
    assert_eq!(shown(None, None, Written::Everything), Some(both.clone()));
    assert_eq!(shown(Some("userName"), None, Written::Everything), None);
    assert_eq!(shown(None, Some("urn:example:x:odd"), Written::Everything), Some(rare.clone()));
    for operation in [
        json!({ "op": "replace", "path": "urn:example:x:rare", "value": "r" }),
        json!({ "op": "add", "value": { "urn:example:x": { "rare": "r" }, "title": "Dr" } }),
        json!({ "op": "add", "value": { "urn:example:x:rare": "r" } }),
    ] {
        assert_eq!(patched(json!([operation])), Some(rare.clone()), "{operation}");
    }
    assert_eq!(
        patched(json!([{ "op": "add", "path": "urn:example:x", "value": { "odd": "o" } }])),
        Some(both)
    );
    assert_eq!(patched(json!([{ "op": "remove", "path": "title" }])), None);
}

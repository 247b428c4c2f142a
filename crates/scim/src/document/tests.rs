use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::ScimType;
use crate::profile::Profile::{Compatible, Strict};
use crate::schema::USER_URN;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn read(body: Value, profile: Profile) -> Result<Document, ScimError> {
    Document::from_value(body, ResourceType::user(), profile)
}

/// What remains of a body, without `schemas` and `userName`.
fn kept(mut body: Value) -> Value {
    body["userName"] = "ada".into();
    let mut attributes = read(body, Compatible).unwrap().as_map().clone();
    attributes.shift_remove("schemas");
    attributes.shift_remove("userName");
    attributes.into()
}

fn refused(mut body: Value, profile: Profile) -> String {
    body["schemas"] = json!([USER]);
    if body.get("userName").is_none() {
        body["userName"] = "ada".into();
    }
    let error = read(body, profile).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    error.detail
}

// scim: 2, 72
#[test]
fn the_text_has_schemas_first_canonical_names_and_the_order_of_the_body() {
    let body = br#"{ "TITLE": "Dr", "username": "Ada", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Name": {"GIVENNAME": "A"} }"#;
    let document = Document::parse(body, ResourceType::user(), Strict).unwrap();
    assert_eq!(
        document.to_json(),
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"title":"Dr","userName":"Ada","name":{"givenName":"A"}}"#
    );
    assert_eq!(Document::from_stored(&document.to_json()).unwrap(), document);
}

// scim: 11, 19, 40, 73
// dialect: 13
#[test]
fn nothing_unassigned_unknown_read_only_or_secret_is_kept() {
    let body = json!({
        "id": "7", "meta": { "resourceType": "User" }, "groups": [], "password": "1mz050nq", "shoeSize": 42,
        "title": null, "roles": [], "phoneNumbers": [null], "name": {}, "addresses": [{}], "department": null,
        ENTERPRISE: { "manager": { "displayName": "Only the server knows" } }
    });
    assert_eq!(kept(body), json!({}));
}

// scim: 40
#[test]
fn a_password_must_be_a_string_and_is_not_repeated_in_the_error() {
    let detail = refused(json!({ "password": 12345 }), Compatible);
    assert_eq!(detail, "password must be a string, found something else");
}

// scim: 3, 58
#[test]
fn schemas_lists_the_extensions_that_are_in_use() {
    let schemas = |body| read(body, Compatible).unwrap().as_map()["schemas"].clone();
    assert_eq!(
        schemas(json!({ "userName": "a", "schemas": [USER, ENTERPRISE, "urn:foreign"] })),
        json!([USER])
    );
    assert_eq!(
        schemas(json!({ "userName": "a", ENTERPRISE: { "department": "D" } })),
        json!([USER, ENTERPRISE])
    );
}

// scim: 16
#[test]
fn strings_keep_every_byte() {
    let odd = " \u{0}é\u{301}\u{1F600} \"quoted\" \\ ";
    let document = read(json!({ "userName": odd, "nickName": "" }), Compatible).unwrap();
    let again = Document::from_stored(&document.to_json()).unwrap();
    assert_eq!((again.text("userName"), again.text("nickName")), (Some(odd), Some("")));
}

// scim: 15
// dialect: 2, 5, 10, 11, 14
#[test]
fn the_compatible_profile_reads_what_clients_send() {
    for (sent, read) in [
        (json!({ "active": "True" }), json!({ "active": true })),
        (json!({ "active": "" }), json!({})),
        (json!({ "roles": ["admin"] }), json!({ "roles": [{ "value": "admin" }] })),
        (json!({ "emails": "a@b" }), json!({ "emails": [{ "value": "a@b" }] })),
        (
            json!({ "emails": { "value": "a@b", "primary": "true" } }),
            json!({ "emails": [{ "value": "a@b", "primary": true }] }),
        ),
        (json!({ "emails": ["", "a"] }), json!({ "emails": [{ "value": "a" }] })),
        (json!({ "profileUrl": "no url at all" }), json!({ "profileUrl": "no url at all" })),
        (
            json!({ "name.givenName": "A", "name.familyName": "L" }),
            json!({ "name": { "givenName": "A", "familyName": "L" } }),
        ),
        (json!({ "emails.value": "a@b", "name.nothing": 1, "a.b.c": 1 }), json!({})),
        (json!({ format!("{ENTERPRISE}:department"): "D" }), json!({ ENTERPRISE: { "department": "D" } })),
        (
            json!({ format!("{ENTERPRISE}:manager.value"): "7" }),
            json!({ ENTERPRISE: { "manager": { "value": "7" } } }),
        ),
        (json!({ format!("{USER}:title"): "Dr" }), json!({ "title": "Dr" })),
        (json!({ USER: { "title": "Dr" } }), json!({ "title": "Dr" })),
        (json!({ ENTERPRISE: { "manager": "7" } }), json!({ ENTERPRISE: { "manager": { "value": "7" } } })),
        (
            json!({ ENTERPRISE: { "manager": { "value": "", "displayName": " " } } }),
            json!({ ENTERPRISE: { "manager": { "value": "" } } }),
        ),
        (
            json!({ ENTERPRISE.to_uppercase(): { "Department": "D" } }),
            json!({ ENTERPRISE: { "department": "D" } }),
        ),
        (json!({ "roles": [{ "value": "a" }, { "value": "a" }] }), json!({ "roles": [{ "value": "a" }] })),
        (
            json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
            json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": false }] }),
        ),
    ] {
        assert_eq!(kept(sent.clone()), read, "{sent}");
    }
}

// scim: 4, 79
#[test]
fn a_wrong_value_is_refused_with_its_place_and_what_would_work() {
    for (sent, detail) in [
        (json!({ "userName": "" }), "userName is required and must not be empty"),
        (json!({ "userName": 5 }), "userName must be a string, found the number 5"),
        (json!({ "active": "maybe" }), "active must be true or false, found the string \"maybe\""),
        (
            json!({ "emails": [{ "value": "a" }, { "value": {} }] }),
            "emails[1].value must be a string, found an object",
        ),
        (json!({ "emails": [[]] }), "emails[0] must be an object, found an array"),
        (json!({ "emails": 5 }), "emails[0] must be an object, found the number 5"),
        (json!({ "name": "Ada" }), "name must be an object, found the string \"Ada\""),
        (
            json!({ "x509Certificates": [{ "value": "a?" }] }),
            "x509Certificates[0].value must be base64 text, found the string \"a?\"",
        ),
        (
            json!({ ENTERPRISE: { "manager": { "value": 7 } } }),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value must be a string, found the number 7",
        ),
        (
            json!({ ENTERPRISE: 5 }),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User must be an object, found the number 5",
        ),
    ] {
        assert_eq!(refused(sent.clone(), Compatible), detail, "{sent}");
    }
}

// scim: 5, 14, 73
#[test]
fn the_strict_profile_refuses_what_the_rfc_does() {
    for body in [
        json!({ "active": "True" }),
        json!({ "roles": ["admin"] }),
        json!({ "emails": { "value": "a" } }),
        json!({ "profileUrl": "no url" }),
        json!({ ENTERPRISE: { "manager": "7" } }),
        json!({ "emails": [{ "value": "a", "primary": true }, { "value": "b", "primary": true }] }),
    ] {
        refused(body, Strict);
    }
    let strict =
        |schemas| read(json!({ "userName": "a", "schemas": schemas }), Strict).map_err(|e| e.scim_type);
    assert!(strict(json!([USER, ENTERPRISE])).is_ok());
    assert_eq!(strict(json!([USER, "urn:foreign"])), Err(Some(ScimType::InvalidValue)));
    assert_eq!(strict(json!([ENTERPRISE])), Err(Some(ScimType::InvalidValue)));
    assert_eq!(strict(json!(null)), Err(Some(ScimType::InvalidSyntax)));
    assert_eq!(
        read(json!({ "userName": "a" }), Strict).unwrap_err().scim_type,
        Some(ScimType::InvalidSyntax)
    );
}

// scim: 2
#[test]
fn schemas_is_an_array_of_strings_in_either_profile() {
    for schemas in [json!("x"), json!([1]), json!({})] {
        assert!(read(json!({ "userName": "a", "schemas": schemas }), Compatible).is_err());
    }
}

// scim: 70
#[test]
fn a_body_that_is_not_json_is_refused_with_line_and_column() {
    let parse = |body: &[u8]| Document::parse(body, ResourceType::user(), Compatible).unwrap_err();
    let error = parse(b"{\"userName\": \"ada\",\n}");
    assert_eq!(
        (error.scim_type, error.detail.contains("line 2 column 1")),
        (Some(ScimType::InvalidSyntax), true)
    );
    assert_eq!(parse(b"[1]").detail, "the body must be a JSON object, found an array");
    assert_eq!(parse(&[b'['; 100_000]).scim_type, Some(ScimType::InvalidSyntax));
    assert_eq!(parse(b"{\"userName\": \"\xff\"}").scim_type, Some(ScimType::InvalidSyntax));
}

// scim: 4, 6, 7, 63
#[test]
fn types_beyond_those_of_the_user_are_checked_too() {
    let schema = json!({ "id": "urn:example:x", "attributes": [
        { "name": "when", "type": "dateTime" }, { "name": "level", "type": "integer" },
        { "name": "share", "type": "decimal" }, { "name": "tags", "multiValued": true },
        { "name": "box", "type": "complex", "subAttributes": [{ "name": "key", "required": true }, { "name": "part" }] }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), true).unwrap();
    let read = |extension: Value| {
        Document::from_value(json!({ "userName": "a", "urn:example:x": extension }), &user, Compatible)
    };
    let good = json!({ "when": "2008-01-23T04:56:22Z", "level": 7, "share": 0.1, "tags": ["a", "b"], "box": { "key": "k" } });
    assert_eq!(read(good.clone()).unwrap().as_map()["urn:example:x"], good);
    assert_eq!(read(json!({ "tags": "a" })).unwrap().as_map()["urn:example:x"]["tags"], json!(["a"]));
    for bad in [
        json!({ "when": "2008-01-23" }),
        json!({ "level": 7.5 }),
        json!({ "level": "7" }),
        json!({ "share": "1" }),
        json!({ "tags": [1] }),
        json!({ "tags": [["a"]] }),
        json!({ "box": { "part": "p" } }),
        json!({}),
        json!(null),
    ] {
        assert_eq!(read(bad.clone()).unwrap_err().scim_type, Some(ScimType::InvalidValue), "{bad}");
    }
}

#[test]
fn values_can_be_read_back_by_path() {
    let document = read(
        json!({ "userName": "a", "name": { "givenName": "A" }, ENTERPRISE: { "manager": { "value": "7" } } }),
        Compatible,
    )
    .unwrap();
    let text = |path: &str| document.text(path).map(str::to_owned);
    assert_eq!(text("NAME.givenname").as_deref(), Some("A"));
    assert_eq!(text(&format!("{USER}:userName")).as_deref(), Some("a"));
    assert_eq!(text(&format!("{ENTERPRISE}:manager.value")).as_deref(), Some("7"));
    assert!(document.get(&AttrPath::parse(ENTERPRISE).unwrap()).unwrap().is_object());
    for path in ["name", "name.x", "title", "urn:other:userName", "!"] {
        assert_eq!(text(path), None, "{path}");
    }
}

// scim: 21, 96
#[test]
fn an_immutable_attribute_survives_a_put_and_refuses_another_value() {
    let schema = json!({ "id": "urn:example:x", "attributes": [
        { "name": "hired", "mutability": "immutable" },
        { "name": "box", "type": "complex", "subAttributes": [{ "name": "key", "mutability": "immutable" }, { "name": "part" }] }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let read = |extension: Value| {
        Document::from_value(json!({ "userName": "a", "urn:example:x": extension }), &user, Compatible)
            .unwrap()
    };
    let before = read(json!({ "hired": "2020", "box": { "key": "k", "part": "p" } }));
    let omitted = Document::from_value(json!({ "userName": "b" }), &user, Compatible).unwrap();
    let after = omitted.replacing(&before, &user).unwrap();
    assert_eq!(after.as_map()["urn:example:x"], json!({ "hired": "2020", "box": { "key": "k" } }));
    assert_eq!(after.text("userName"), Some("b"));
    for other in [json!({ "hired": "2021" }), json!({ "box": { "key": "x" } })] {
        assert_eq!(read(other).replacing(&before, &user).unwrap_err().scim_type, Some(ScimType::Mutability));
    }
}

// scim: 199
#[test]
fn an_attribute_has_a_limited_number_of_values() {
    let emails = |count: usize| json!({ "emails": (0..count).map(|n| n.to_string()).collect::<Vec<_>>() });
    assert_eq!(kept(emails(MAX_VALUES))["emails"].as_array().unwrap().len(), MAX_VALUES);
    assert!(refused(emails(MAX_VALUES + 1), Compatible).contains("too many values"));
}

/// JSON that a client might send: names that mean something, values that may fit.
pub(crate) fn any_body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["", "True", "work", "a@b", "2008-01-23T04:56:22Z"]).prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "userName",
        "USERNAME",
        "name",
        "givenName",
        "emails",
        "value",
        "type",
        "primary",
        "active",
        "roles",
        "schemas",
        "id",
        "meta",
        "password",
        "groups",
        "name.givenName",
        "x",
        ENTERPRISE,
        "manager",
        "department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "emails[type eq \"work\"].value",
        "members",
        "urn:ietf:params:scim:schemas:core:2.0:Group",
        "members.display",
        "displayName",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_a_document_or_an_error(body in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Document::parse(&body, ResourceType::user(), Compatible);
    }

    #[test]
    fn what_was_read_reads_back_as_itself(mut body in any_body()) {
        if let Value::Object(members) = &mut body {
            members.insert("userName".to_owned(), "ada".into());
        }
        for profile in [Compatible, Strict] {
            let Ok(document) = read(body.clone(), profile) else { continue };
            let text = document.to_json();
            prop_assert_eq!(&Document::from_stored(&text).unwrap(), &document);
            // Canonical form is a fixed point, in either profile, down to the bytes.
            let again = Document::parse(text.as_bytes(), ResourceType::user(), Strict).unwrap();
            prop_assert_eq!(again.to_json(), text);
        }
    }
}

#[test]
fn a_stored_document_is_brought_into_line_with_schemas_that_have_changed() {
    let with = |urn: &str, attributes: Value| {
        let schema = Schema::parse(json!({ "id": urn, "attributes": attributes })).unwrap();
        ResourceType::user().clone().with_extension(schema, false).unwrap()
    };
    let hr = "urn:example:hr:1.0";
    let before =
        with(hr, json!([{ "name": "level" }, { "name": "desk" }, { "name": "tags", "multiValued": true }]));
    let body = json!({
        "userName": "ada", ENTERPRISE_USER_URN: { "division": "R" },
        hr: { "level": "3", "desk": "4.12", "tags": ["a", "b"] },
    });
    let ada = Document::from_value(body, &before, Profile::Compatible).unwrap();
    assert_eq!(ada.clone().fitting(&before), ada, "nothing has changed");

    let after =
        with(hr, json!([{ "name": "level", "type": "integer" }, { "name": "tags", "multiValued": true }]));
    let fitted = ada.clone().fitting(&after);
    assert_eq!(fitted.as_map()[hr], json!({ "tags": ["a", "b"] }), "desk is gone, level has another type");
    assert_eq!(fitted.as_map()[ENTERPRISE_USER_URN], ada.as_map()[ENTERPRISE_USER_URN]);

    for without in [ResourceType::user().clone(), with("urn:example:other:1.0", json!([{ "name": "level" }]))]
    {
        let fitted = ada.clone().fitting(&without);
        assert_eq!(fitted.as_map()["schemas"], json!([USER_URN, ENTERPRISE_USER_URN]));
        assert!(!fitted.as_map().contains_key(hr));
    }
    let plain = Document::parse(br#"{"userName": "ada"}"#, &before, Profile::Compatible).unwrap();
    assert_eq!(plain.clone().fitting(ResourceType::user()), plain);
}

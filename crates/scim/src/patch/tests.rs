use serde_json::json;

use super::*;
use crate::error::ScimType;
use crate::profile::Profile::{Compatible, Strict};

mod model;
mod rules;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn user(mut body: Value) -> Document {
    if body.get("userName").is_none() {
        body["userName"] = "ada".into();
    }
    Document::from_value(body, ResourceType::user(), Compatible).unwrap()
}

fn patch(before: &Document, operations: Value, profile: Profile) -> Result<Applied, ScimError> {
    let body = json!({ "schemas": [PATCH_OP_URN], "Operations": operations });
    let operations = PatchRequest::from_value(body, ResourceType::user(), profile)?;
    apply(&operations, ResourceType::user(), before, "id-7", profile)
}

/// The document after one operation, without `schemas` and `userName`.
fn after(before: Value, operation: Value) -> Value {
    let applied = patch(&user(before), json!([operation]), Compatible)
        .unwrap_or_else(|error| panic!("{operation}: {error}"));
    let mut attributes = applied.document.as_map().clone();
    attributes.shift_remove("schemas");
    if attributes["userName"] == "ada" {
        attributes.shift_remove("userName");
    }
    attributes.into()
}

fn refused(before: Value, operation: Value, profile: Profile) -> Option<ScimType> {
    let error = patch(&user(before), json!([operation]), profile).unwrap_err();
    assert!(error.detail.starts_with("Operations[0]: "), "{error}");
    error.scim_type
}

fn two_emails() -> Value {
    json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }] })
}

// scim: 141, 142, 143, 144, 145
#[test]
fn add_does_what_rfc_7644_3_5_2_1_says() {
    for (before, operation, expected) in [
        (json!({}), json!({ "op": "add", "path": "title", "value": "Dr" }), json!({ "title": "Dr" })),
        (
            json!({ "title": "Mr" }),
            json!({ "op": "add", "path": "title", "value": "Dr" }),
            json!({ "title": "Dr" }),
        ),
        (
            json!({}),
            json!({ "op": "add", "path": "name.givenName", "value": "A" }),
            json!({ "name": { "givenName": "A" } }),
        ),
        (
            json!({ "name": { "givenName": "A" } }),
            json!({ "op": "add", "path": "name", "value": { "familyName": "L" } }),
            json!({ "name": { "givenName": "A", "familyName": "L" } }),
        ),
        (
            json!({ "title": "Mr" }),
            json!({ "op": "add", "value": { "nickName": "N", "emails": [{ "value": "a@b" }], ENTERPRISE: { "department": "D" } } }),
            json!({ "title": "Mr", "nickName": "N", "emails": [{ "value": "a@b" }], ENTERPRISE: { "department": "D" } }),
        ),
        (
            json!({ "emails": [{ "value": "a@b" }] }),
            json!({ "op": "add", "path": "emails", "value": { "value": "c@d" } }),
            json!({ "emails": [{ "value": "a@b" }, { "value": "c@d" }] }),
        ),
        (
            json!({ "emails": [{ "value": "a@b", "type": "work" }] }),
            json!({ "op": "add", "path": "emails", "value": [{ "type": "work", "value": "a@b" }] }),
            json!({ "emails": [{ "value": "a@b", "type": "work" }] }),
        ),
        (
            json!({ "emails": [{ "value": "a@b", "type": "work" }] }),
            json!({ "op": "add", "path": "emails", "value": [{ "type": "work", "value": "A@B", "display": "A" }] }),
            json!({ "emails": [{ "value": "A@B", "type": "work", "display": "A" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "add", "path": "emails[type eq \"home\"]", "value": { "display": "Home" } }),
            json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home", "display": "Home" }] }),
        ),
        (two_emails(), json!({ "op": "add", "path": "emails", "value": [] }), two_emails()),
        (two_emails(), json!({ "op": "add", "path": "emails", "value": null }), two_emails()),
    ] {
        assert_eq!(after(before, operation.clone()), expected, "{operation}");
    }
}

// scim: 147, 148, 149, 150
#[test]
fn remove_does_what_rfc_7644_3_5_2_2_says() {
    for (before, operation, expected) in [
        (json!({ "title": "Dr" }), json!({ "op": "remove", "path": "title" }), json!({})),
        (json!({}), json!({ "op": "remove", "path": "title" }), json!({})),
        (
            json!({ "name": { "givenName": "A" } }),
            json!({ "op": "remove", "path": "name.givenName" }),
            json!({}),
        ),
        (two_emails(), json!({ "op": "remove", "path": "emails" }), json!({})),
        (
            two_emails(),
            json!({ "op": "remove", "path": "emails[type eq \"home\"]" }),
            json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }] }),
        ),
        (two_emails(), json!({ "op": "remove", "path": "emails[value pr]" }), json!({})),
        (two_emails(), json!({ "op": "remove", "path": "emails[type eq \"other\"]" }), two_emails()),
        (
            two_emails(),
            json!({ "op": "remove", "path": "emails[type eq \"WORK\" and primary eq true].value" }),
            json!({ "emails": [{ "type": "work", "primary": true }, { "value": "h@x", "type": "home" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "remove", "path": "emails.type" }),
            json!({ "emails": [{ "value": "w@x", "primary": true }, { "value": "h@x" }] }),
        ),
        (
            json!({ "emails": [{ "value": "a" }] }),
            json!({ "op": "remove", "path": "emails[value eq \"a\"].value" }),
            json!({}),
        ),
        (
            json!({ ENTERPRISE: { "department": "D", "manager": { "value": "7" } } }),
            json!({ "op": "remove", "path": format!("{ENTERPRISE}:manager") }),
            json!({ ENTERPRISE: { "department": "D" } }),
        ),
        (
            json!({ ENTERPRISE: { "department": "D" } }),
            json!({ "op": "remove", "path": ENTERPRISE }),
            json!({}),
        ),
        (
            json!({ ENTERPRISE: { "department": "D" } }),
            json!({ "op": "remove", "path": format!("{ENTERPRISE}:department") }),
            json!({}),
        ),
    ] {
        assert_eq!(after(before, operation.clone()), expected, "{operation}");
    }
}

// scim: 152, 153, 154, 155, 156
#[test]
fn replace_does_what_rfc_7644_3_5_2_3_says() {
    for (before, operation, expected) in [
        (
            json!({ "title": "Mr" }),
            json!({ "op": "replace", "path": "title", "value": "Dr" }),
            json!({ "title": "Dr" }),
        ),
        (json!({}), json!({ "op": "replace", "path": "title", "value": "Dr" }), json!({ "title": "Dr" })),
        (json!({ "title": "Mr" }), json!({ "op": "replace", "path": "title", "value": null }), json!({})),
        (
            json!({ "name": { "givenName": "A", "middleName": "M" } }),
            json!({ "op": "replace", "path": "name", "value": { "givenName": "B", "middleName": null } }),
            json!({ "name": { "givenName": "B" } }),
        ),
        (
            json!({ "name": { "formatted": "A L" } }),
            json!({ "op": "replace", "value": { "name": { "givenName": "B", "familyName": "L" } } }),
            json!({ "name": { "formatted": "A L", "givenName": "B", "familyName": "L" } }),
        ),
        (
            two_emails(),
            json!({ "op": "replace", "path": "emails", "value": [{ "value": "n@x" }] }),
            json!({ "emails": [{ "value": "n@x" }] }),
        ),
        (two_emails(), json!({ "op": "replace", "path": "emails", "value": [] }), json!({})),
        (
            two_emails(),
            json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "n@x" } }),
            json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "n@x" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "n@x" }),
            json!({ "emails": [{ "value": "n@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": null }),
            json!({ "emails": [{ "value": "w@x", "type": "work", "primary": true }] }),
        ),
        (
            json!({ ENTERPRISE: { "department": "D", "division": "V" } }),
            json!({ "op": "replace", "path": ENTERPRISE, "value": { "department": "E" } }),
            json!({ ENTERPRISE: { "department": "E", "division": "V" } }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "78" }),
            json!({ ENTERPRISE: { "employeeNumber": "78" } }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "value": "A" }),
            json!({ "name": { "givenName": "A" } }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User", "value": { "title": "Dr" } }),
            json!({ "title": "Dr" }),
        ),
    ] {
        assert_eq!(after(before, operation.clone()), expected, "{operation}");
    }
}

// scim: 157
// dialect: 1, 2, 3, 4, 5, 9, 10
#[test]
fn the_habits_of_identity_providers_are_understood() {
    for (before, operation, expected) in [
        (
            json!({ "active": true }),
            json!({ "op": "Replace", "path": "active", "value": "False" }),
            json!({ "active": false }),
        ),
        (
            json!({}),
            json!({ "op": "Add", "path": "emails[type eq \"work\"].value", "value": "n@x" }),
            json!({ "emails": [{ "type": "work", "value": "n@x" }] }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "addresses[type eq \"work\"].country", "value": "SE" }),
            json!({ "addresses": [{ "type": "work", "country": "SE" }] }),
        ),
        (
            json!({}),
            json!({ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Reader" }),
            json!({ "roles": [{ "primary": true, "value": "Reader" }] }),
        ),
        (
            json!({ "roles": [{ "value": "Admin", "primary": true }, { "value": "x" }] }),
            json!({ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Reader" }),
            json!({ "roles": [{ "value": "Reader", "primary": true }, { "value": "x" }] }),
        ),
        (
            json!({ "roles": [{ "value": "Admin" }] }),
            json!({ "op": "Add", "path": "roles", "value": [{ "value": "{\"id\":\"1\",\"value\":\"25\"}" }] }),
            json!({ "roles": [{ "value": "Admin" }, { "value": "{\"id\":\"1\",\"value\":\"25\"}" }] }),
        ),
        (
            json!({}),
            json!({ "op": "add", "path": "roles", "value": ["a", "b"] }),
            json!({ "roles": [{ "value": "a" }, { "value": "b" }] }),
        ),
        (
            json!({}),
            json!({ "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "7" }),
            json!({ ENTERPRISE: { "manager": { "value": "7" } } }),
        ),
        (
            json!({ ENTERPRISE: { "manager": { "value": "7" } } }),
            json!({ "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": "" }),
            json!({}),
        ),
        (
            json!({}),
            json!({ "op": "replace", "value": {
                "displayName": "B", "name.givenName": "K", "name.familyName": "U",
                format!("{ENTERPRISE}:employeeNumber"): "A", "emails[type eq \"work\"].value": "n@x"
            } }),
            json!({
                "displayName": "B", "name": { "givenName": "K", "familyName": "U" },
                ENTERPRISE: { "employeeNumber": "A" }, "emails": [{ "type": "work", "value": "n@x" }]
            }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "", "value": { "title": "Dr" } }),
            json!({ "title": "Dr" }),
        ),
        (
            json!({}),
            json!({ "op": "replace", "path": "emails.value", "value": "a" }),
            json!({ "emails": [{ "value": "a" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "Remove", "path": "emails", "value": [{ "value": "W@X" }] }),
            json!({ "emails": [{ "value": "h@x", "type": "home" }] }),
        ),
        (
            two_emails(),
            json!({ "op": "Remove", "path": "emails", "value": [{ "value": "w@x", "type": "home" }] }),
            two_emails(),
        ),
        (
            json!({ "addresses": [{ "type": "work", "country": "SE" }, { "type": "home" }] }),
            json!({ "op": "Remove", "path": "addresses", "value": [{ "country": "SE", "type": "work" }] }),
            json!({ "addresses": [{ "type": "home" }] }),
        ),
        (two_emails(), json!({ "op": "Remove", "path": "emails", "value": [] }), json!({})),
        (json!({ "title": "Dr" }), json!({ "op": "Remove", "path": "title", "value": "Dr" }), json!({})),
    ] {
        assert_eq!(after(before, operation.clone()), expected, "{operation}");
    }
}

#[test]
fn what_is_unknown_is_skipped_and_reported() {
    let operations = json!([
        { "op": "add", "path": "shoeSize", "value": 42 },
        { "op": "replace", "path": "urn:example:hr:1.0:User:badge", "value": "x" },
        { "op": "remove", "path": "emails[type eq \"work\"].colour" },
        { "op": "replace", "value": { "a b": 1, "favourite": 2, "title": "Dr", "groups": [{ "value": "g" }], "meta": {} } },
        { "op": "replace", "path": "name", "value": { "nickname": "x" } },
        { "op": "replace", "path": ENTERPRISE, "value": { "desk": "x" } },
    ]);
    let applied = patch(&user(json!({})), operations, Compatible).unwrap();
    assert_eq!(applied.document, user(json!({ "title": "Dr" })));
    assert_eq!(
        applied.ignored,
        [
            "shoeSize",
            "urn:example:hr:1.0:User:badge",
            "emails[type eq \"work\"].colour",
            "a b",
            "favourite",
            "groups",
            "meta",
            "name.nickname",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:desk"
        ]
    );
}

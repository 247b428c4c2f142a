//! What may not be changed, what the message must look like, and what the strict profile insists on.

use super::*;

// scim: 19, 140
// dialect: 6
#[test]
fn a_read_only_attribute_may_be_repeated_but_not_changed() {
    let same = json!({ "op": "replace", "value": { "id": "id-7", "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "groups": [] } });
    for profile in [Compatible, Strict] {
        assert!(patch(&user(json!({})), json!([same]), profile).is_ok());
        for operation in [
            json!({ "op": "replace", "path": "id", "value": "other-id" }),
            json!({ "op": "replace", "value": { "id": "other-id" } }),
            json!({ "op": "remove", "path": "id" }),
            json!({ "op": "add", "path": "groups", "value": [{ "value": "x" }] }),
            json!({ "op": "remove", "path": "groups[value eq \"x\"]" }),
            json!({ "op": "replace", "path": "meta.version", "value": "1" }),
            json!({ "op": "replace", "path": "schemas", "value": ["urn:other"] }),
            json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "Boss" }),
        ] {
            assert_eq!(
                refused(json!({}), operation.clone(), profile),
                Some(ScimType::Mutability),
                "{operation}"
            );
        }
    }
}

// scim: 149
#[test]
fn what_is_required_cannot_be_removed() {
    for operation in [
        json!({ "op": "remove", "path": "userName" }),
        json!({ "op": "replace", "path": "userName", "value": null }),
        json!({ "op": "replace", "value": { "userName": null } }),
    ] {
        assert_eq!(
            refused(json!({}), operation.clone(), Compatible),
            Some(ScimType::Mutability),
            "{operation}"
        );
    }
    let blank = json!({ "op": "replace", "path": "userName", "value": " " });
    assert_eq!(refused(json!({}), blank, Compatible), Some(ScimType::InvalidValue));
}

// scim: 21, 140
#[test]
fn an_immutable_attribute_is_set_once() {
    let schema = json!({ "id": "urn:example:x", "attributes": [
        { "name": "hired", "mutability": "immutable" },
        { "name": "tags", "multiValued": true, "mutability": "immutable" },
        { "name": "keys", "multiValued": true, "type": "complex", "subAttributes": [{ "name": "value", "mutability": "immutable" }, { "name": "note" }] }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let patch = |before: &Document, op: &str, path: &str, value: Value| {
        let body =
            json!({ "Operations": [{ "op": op, "path": format!("urn:example:x{path}"), "value": value }] });
        let operations = PatchRequest::from_value(body, &user, Compatible)?;
        Ok::<_, ScimError>(apply(&operations, &user, before, "7", Compatible)?.document)
    };
    let empty = Document::from_value(json!({ "userName": "a" }), &user, Compatible).unwrap();
    let hired = patch(&empty, "add", ":hired", json!("2020")).unwrap();
    let tagged = patch(&hired, "add", ":tags", json!(["a"])).unwrap();
    let all = patch(&tagged, "add", ":keys", json!([{ "value": "k", "note": "n" }])).unwrap();
    for (op, path, value) in [
        ("replace", ":hired", json!("2020")),
        ("add", ":tags", json!(["a"])),
        ("replace", ":keys[value eq \"k\"].note", json!("m")),
        ("add", ":keys", json!(["l"])),
        ("remove", ":keys[value eq \"k\"]", json!(null)),
    ] {
        assert!(patch(&all, op, path, value).is_ok(), "{op} {path}");
    }
    for (op, path, value) in [
        ("replace", ":hired", json!("2021")),
        ("remove", ":hired", json!(null)),
        ("remove", "", json!(null)),
        ("add", ":tags", json!(["b"])),
        ("remove", ":tags", json!(["a"])),
        ("remove", ":tags[value eq \"a\"]", json!(null)),
        ("replace", ":keys[value eq \"k\"].value", json!("l")),
        ("replace", ":keys[value eq \"k\"]", json!({ "note": "m" })),
        ("remove", ":keys.value", json!(null)),
    ] {
        assert_eq!(
            patch(&all, op, path, value).unwrap_err().scim_type,
            Some(ScimType::Mutability),
            "{op} {path}"
        );
    }
}

// scim: 14, 139
#[test]
fn at_most_one_value_is_primary_after_every_operation() {
    for operation in [
        json!({ "op": "add", "path": "emails", "value": [{ "value": "n@x", "primary": true }] }),
        json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True" }),
        json!({ "op": "add", "path": "emails[type eq \"other\"]", "value": { "value": "n@x", "primary": true } }),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "h@x", "type": "home", "primary": true }] }),
    ] {
        let emails = after(two_emails(), operation.clone())["emails"].clone();
        assert_eq!(emails[0]["primary"], false, "{operation}");
        let primaries = emails.as_array().unwrap().iter().filter(|email| email["primary"] == true).count();
        assert_eq!(primaries, 1, "{operation}");
    }
    let both = json!({ "op": "replace", "path": "emails.primary", "value": true });
    assert_eq!(after(two_emails(), both.clone()), two_emails_with_primary_false());
    assert_eq!(refused(two_emails(), both, Strict), Some(ScimType::InvalidValue));
}

fn two_emails_with_primary_false() -> Value {
    let mut emails = two_emails();
    emails["emails"][1]["primary"] = false.into();
    emails
}

// scim: 40
#[test]
fn a_password_is_checked_and_forgotten() {
    for operation in [
        json!({ "op": "replace", "path": "password", "value": "t1meMa$heen" }),
        json!({ "op": "add", "value": { "password": "t1meMa$heen" } }),
        json!({ "op": "remove", "path": "password" }),
    ] {
        assert_eq!(after(json!({}), operation), json!({}));
    }
    let number = json!({ "op": "replace", "path": "password", "value": 123_456 });
    let error = patch(&user(json!({})), json!([number]), Compatible).unwrap_err();
    assert!(!error.detail.contains("123456"), "{error}");
}

// scim: 135
#[test]
fn an_operation_that_fails_leaves_everything_as_it_was() {
    let before = user(json!({ "title": "Mr" }));
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Dr" },
        { "op": "replace", "path": "active", "value": 5 },
    ]);
    let error = patch(&before, operations, Compatible).unwrap_err();
    assert_eq!(error.detail, "Operations[1]: active must be true or false, found the number 5");
    assert_eq!(before, user(json!({ "title": "Mr" })));
}

// scim: 135
#[test]
fn operations_see_what_those_before_them_did() {
    let operations = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "a@b", "type": "work" }] },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "c@d" },
        { "op": "remove", "path": "emails[value eq \"c@d\"]" },
    ]);
    assert_eq!(patch(&user(json!({})), operations, Strict).unwrap().document, user(json!({})));
}

// scim: 136
// dialect: 17
#[test]
fn a_change_that_changes_nothing_gives_an_equal_document() {
    let before = user(two_emails());
    let operations = json!([
        { "op": "add", "path": "emails", "value": [{ "type": "home", "value": "h@x" }] },
        { "op": "replace", "path": "emails[type eq \"home\"].value", "value": "h@x" },
    ]);
    let applied = patch(&before, operations, Compatible).unwrap();
    assert_eq!((applied.document.to_json(), applied.ignored), (before.to_json(), Vec::<String>::new()));
}

// scim: 134
#[test]
fn a_message_that_is_not_a_patch_is_refused() {
    use ScimType::{InvalidPath, InvalidSyntax, InvalidValue, NoTarget};
    let read = |body: Value, profile| {
        PatchRequest::from_value(body, ResourceType::user(), profile).map_err(|e| e.scim_type)
    };
    for (body, problem) in [
        (json!({}), InvalidSyntax),
        (json!({ "Operations": [] }), InvalidSyntax),
        (json!({ "Operations": {} }), InvalidSyntax),
        (json!({ "Operations": [5] }), InvalidSyntax),
        (json!({ "Operations": [{ "path": "title" }] }), InvalidSyntax),
        (json!({ "Operations": [{ "op": "move", "path": "title" }] }), InvalidSyntax),
        (json!({ "Operations": [{ "op": 1 }] }), InvalidSyntax),
        (json!({ "Operations": [{ "op": "remove" }] }), NoTarget),
        (json!({ "Operations": [{ "op": "add", "path": "title" }] }), InvalidValue),
        (json!({ "Operations": [{ "op": "add", "value": "x" }] }), InvalidValue),
        (json!({ "Operations": [{ "op": "add", "path": 5, "value": "x" }] }), InvalidPath),
        (json!({ "Operations": [{ "op": "add", "path": "emails[type", "value": "x" }] }), InvalidPath),
    ] {
        assert_eq!(read(body.clone(), Compatible), Err(Some(problem)), "{body}");
    }
    assert!(read(json!({ "operations": [{ "OP": "remove", "Path": "title" }] }), Compatible).is_ok());
    let many = json!({ "Operations": vec![json!({ "op": "remove", "path": "title" }); MAX_OPERATIONS + 1] });
    assert_eq!(PatchRequest::from_value(many, ResourceType::user(), Compatible).unwrap_err().status, 413);
    assert_eq!(
        PatchRequest::parse(b"{", ResourceType::user(), Compatible).unwrap_err().scim_type,
        Some(InvalidSyntax)
    );
}

// scim: 134, 155, 157
// dialect: 1, 2, 4, 9
#[test]
fn the_strict_profile_refuses_what_the_rfc_does() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, NoTarget};
    for (operation, problem) in [
        (json!({ "op": "Add", "path": "title", "value": "x" }), InvalidSyntax),
        (json!({ "op": "add", "path": "", "value": {} }), InvalidPath),
        (json!({ "op": "add", "path": "shoeSize", "value": 42 }), InvalidPath),
        (json!({ "op": "replace", "path": "active", "value": "False" }), InvalidValue),
        (json!({ "op": "replace", "path": "emails[type eq \"x\"].value", "value": "x" }), NoTarget),
        (json!({ "op": "add", "path": "emails.value", "value": "x" }), NoTarget),
        (json!({ "op": "remove", "path": "emails", "value": [{ "value": "w@x" }] }), InvalidValue),
        (
            json!({ "op": "replace", "path": "emails[primary eq \"True\"].value", "value": "x" }),
            InvalidFilter,
        ),
        (json!({ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "7" }), InvalidValue),
    ] {
        let before = if operation["path"] == "emails.value" { json!({}) } else { two_emails() };
        assert_eq!(refused(before, operation.clone(), Strict), Some(problem), "{operation}");
    }
    let undeclared = json!({ "Operations": [{ "op": "remove", "path": "title" }] });
    let error = PatchRequest::from_value(undeclared, ResourceType::user(), Strict).unwrap_err();
    assert_eq!(error.scim_type, Some(InvalidSyntax));
    // A partial resource may hold what the server does not know (RFC 7644 §3.3), and dotted keys are nothing it knows.
    let applied =
        patch(&user(json!({})), json!([{ "op": "add", "value": { "name.givenName": "A", "x": 1 } }]), Strict);
    assert_eq!(applied.unwrap().ignored, ["name.givenName", "x"]);
}

// scim: 140
#[test]
fn a_path_that_cannot_be_meant_is_refused_in_either_profile() {
    use ScimType::{InvalidFilter, InvalidPath, InvalidValue, NoTarget};
    for (operation, problem) in [
        (json!({ "op": "add", "path": "title[value eq \"x\"]", "value": "x" }), InvalidPath),
        (json!({ "op": "add", "path": "name[givenName eq \"x\"].familyName", "value": "x" }), InvalidPath),
        (json!({ "op": "remove", "path": format!("{ENTERPRISE}[a pr]") }), InvalidPath),
        (json!({ "op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:User" }), NoTarget),
        (json!({ "op": "replace", "path": "emails[value co \"nobody\"].type", "value": "x" }), NoTarget),
        (
            json!({ "op": "replace", "path": "emails[type eq \"a\" or type eq \"b\"].value", "value": "x" }),
            NoTarget,
        ),
        (json!({ "op": "replace", "path": "emails[primary gt true].value", "value": "x" }), InvalidFilter),
        (json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": [{}, {}] }), InvalidValue),
        (json!({ "op": "add", "path": ENTERPRISE, "value": "x" }), InvalidValue),
    ] {
        for profile in [Compatible, Strict] {
            assert_eq!(refused(two_emails(), operation.clone(), profile), Some(problem), "{operation}");
        }
    }
}

#[test]
fn a_user_whose_schema_has_grown_can_still_be_deactivated() {
    let schema = json!({ "id": "urn:example:x", "attributes": [{ "name": "badge", "required": true }] });
    let grown =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), true).unwrap();
    let body = json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] });
    let operations = PatchRequest::from_value(body, &grown, Compatible).unwrap();
    let applied = apply(&operations, &grown, &user(json!({ "active": true })), "7", Compatible).unwrap();
    assert_eq!(applied.document.as_map()["active"], false);
}

#[test]
fn members_do_not_pass_through_here_unnoticed() {
    let before =
        Document::from_value(json!({ "displayName": "G" }), ResourceType::group(), Compatible).unwrap();
    let body = json!({ "Operations": [{ "op": "add", "path": "members", "value": ["1"] }] });
    let operations = PatchRequest::from_value(body, ResourceType::group(), Compatible).unwrap();
    assert_eq!(apply(&operations, ResourceType::group(), &before, "7", Compatible).unwrap_err().status, 500);
}

// scim: 199
#[test]
fn a_multi_valued_attribute_does_not_grow_without_end() {
    let emails = |from: usize| (from..from + 1_500).map(|n| n.to_string()).collect::<Vec<_>>();
    let before = user(json!({ "emails": emails(0) }));
    let more = json!([{ "op": "add", "path": "emails", "value": emails(1_500) }]);
    assert_eq!(patch(&before, more, Compatible).unwrap_err().scim_type, Some(ScimType::InvalidValue));
}

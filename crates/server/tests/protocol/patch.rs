//! PATCH as a whole (RFC 7644 §3.5.2).

use serde_json::{Value, json};

use crate::tenant::{ENTERPRISE, MEDIA, PATCH, Tenant, refusal};

fn two_emails() -> Value {
    json!([{"value": "a@work.example", "type": "work", "primary": true}, {"value": "a@home.example", "type": "home"}])
}

// scim: 134
#[test]
fn a_message_that_is_no_patch_is_refused() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let send = |body: Value| refusal(&tenant.request("PATCH", &ada.path).json(&body, MEDIA).send());
    let operations = |operations: Value| json!({"schemas": [PATCH], "Operations": operations});
    for body in [
        json!({"schemas": [PATCH]}),
        operations(json!([])),
        operations(json!({"op": "remove", "path": "title"})),
        operations(json!(["remove"])),
        operations(json!([{"path": "title"}])),
        operations(json!([{"op": "move", "path": "title", "value": "x"}])),
        operations(json!([{"op": 7, "path": "title"}])),
    ] {
        assert_eq!(send(body.clone()), "400 invalidSyntax", "{body}");
    }
    for op in ["add", "replace"] {
        assert_eq!(send(operations(json!([{"op": op, "path": "title"}]))), "400 invalidValue", "{op}");
        assert_eq!(send(operations(json!([{"op": op, "value": "x"}]))), "400 invalidValue", "{op}");
    }
    assert_eq!(ada.read(), ada.json);
}

// scim: 135
#[test]
fn operations_see_what_those_before_them_did_and_one_that_fails_undoes_all() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": "Dr."}));
    let after = ada.patched(json!([
        {"op": "add", "path": "emails", "value": [{"value": "a@x.example", "type": "work"}]},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x.example"},
        {"op": "remove", "path": "title"},
        {"op": "add", "path": "title", "value": "Prof."},
    ]));
    assert_eq!((&after["emails"][0]["value"], &after["title"]), (&json!("b@x.example"), &json!("Prof.")));
    let refused = ada.refuses(json!([
        {"op": "replace", "path": "title", "value": "lost"},
        {"op": "remove", "path": "emails"},
        {"op": "replace", "path": "userName", "value": 7},
    ]));
    assert_eq!(refused, "400 invalidValue");
    let (eve, stranger) = (tenant.person(json!({"userName": "eve"})), "01900000-0000-7000-8000-000000000000");
    let group = tenant.group("Sales", &[]);
    let refused = group.refuses(json!([
        {"op": "replace", "path": "displayName", "value": "lost"},
        {"op": "add", "path": "members", "value": [{"value": eve.id}]},
        {"op": "add", "path": "members", "value": [{"value": stranger}]},
    ]));
    assert_eq!(refused, "400 invalidValue");
    assert!(group.members().is_empty());
}

// scim: 136
// dialect: 17, 20
#[test]
fn a_change_is_answered_with_the_new_version_and_no_change_with_the_old_one() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let retitle = json!([{"op": "replace", "path": "title", "value": "Dr."}]);
    let changed = tenant.patch(&ada.path, retitle.clone()).expect(200);
    assert_eq!(changed.json, ada.read());
    assert_ne!(changed.json["meta"]["version"], ada.json["meta"]["version"]);
    let again = tenant.patch(&ada.path, retitle).expect(200);
    assert_eq!(again.json, changed.json, "version and lastModified included");
    let group = tenant.group("Sales", &[]);
    let join = json!([{"op": "add", "path": "members", "value": [{"value": ada.id}]}]);
    let joined = tenant.patch(&group.path, join.clone()).expect(204);
    assert!(joined.bytes.is_empty());
    assert_eq!(tenant.patch(&group.path, join).expect(204).header("etag"), joined.header("etag"));
    let leave = json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]);
    let left = tenant.patch(&group.path, leave.clone()).expect(204);
    assert_eq!(tenant.patch(&group.path, leave).expect(204).header("etag"), left.header("etag"));
}

// scim: 138
#[test]
fn every_form_of_path_leads_to_its_place() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "emails": two_emails()}));
    let after = ada.patched(json!([
        {"op": "add", "path": "title", "value": "Dr."},
        {"op": "add", "path": "name.familyName", "value": "Byron"},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@work.example"},
        {"op": "replace", "path": "emails[type eq \"home\" and value sw \"a@\"].display", "value": "Home"},
        {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
        {"op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "7"},
    ]));
    assert_eq!((&after["title"], &after["name"]), (&json!("Dr."), &json!({"familyName": "Byron"})));
    assert_eq!(after["emails"][0]["value"], "b@work.example");
    assert_eq!(after["emails"][1]["display"], "Home");
    assert_eq!(after[ENTERPRISE], json!({"department": "Sales", "manager": {"value": "7"}}));
    let group = tenant.group("Sales", &[&ada.id]);
    group.patched(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]));
    group.patched(json!([{"op": "add", "path": "members", "value": {"value": ada.id}}]));
    assert_eq!(group.members(), [ada.id.as_str()]);
}

// scim: 139
#[test]
fn a_new_primary_value_makes_the_others_secondary() {
    let tenant = Tenant::new();
    for operation in [
        json!({"op": "add", "path": "emails", "value": [{"value": "c@x.example", "primary": true}]}),
        json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
        json!({"op": "add", "value": {"emails": [{"value": "c@x.example", "primary": true}]}}),
    ] {
        let ada = tenant.person(json!({"userName": "ada", "emails": two_emails()}));
        let after = ada.patched(json!([operation]));
        let emails = after["emails"].as_array().unwrap();
        let primary: Vec<&Value> = emails.iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(primary.len(), 1, "{operation}");
        assert_ne!(primary[0]["value"], "a@work.example", "{operation}");
        tenant.delete(&ada.path).expect(204);
    }
}

// scim: 19, 140
#[test]
fn each_kind_of_wrong_operation_has_its_own_keyword() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "emails": two_emails()}));
    for (operation, refused) in [
        (json!({"op": "replace", "path": "meta.created", "value": "2001-01-01T00:00:00Z"}), "400 mutability"),
        (json!({"op": "remove", "path": "id"}), "400 mutability"),
        (json!({"op": "replace", "path": "title", "value": 7}), "400 invalidValue"),
        (json!({"op": "replace", "path": "active", "value": "perhaps"}), "400 invalidValue"),
        (json!({"op": "replace", "path": "emails[type", "value": "x"}), "400 invalidPath"),
        (json!({"op": "replace", "path": "title.", "value": "x"}), "400 invalidPath"),
        (json!({"op": "replace", "path": "title[value eq \"x\"]", "value": "x"}), "400 invalidPath"),
        (json!({"op": "replace", "path": 7, "value": "x"}), "400 invalidPath"),
        (json!({"op": "replace", "path": "emails[value co \"nobody\"].type", "value": "x"}), "400 noTarget"),
    ] {
        assert_eq!(ada.refuses(json!([operation])), refused, "{operation}");
    }
}

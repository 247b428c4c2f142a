//! What identity providers send beside the RFC, and what they need back: the rows that no other file here covers.

use serde_json::json;

use crate::tenant::{ENTERPRISE, Tenant, USER};

// dialect: 1
#[test]
fn operations_are_read_in_any_case() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for (op, title) in [("Add", "a"), ("ADD", "b"), ("Replace", "c"), ("rEPLACE", "d")] {
        assert_eq!(ada.patched(json!([{"op": op, "path": "title", "value": title}]))["title"], title, "{op}");
    }
    assert_eq!(ada.patched(json!([{"op": "Remove", "path": "title"}])).get("title"), None);
}

// dialect: 2, 3
#[test]
fn a_boolean_may_come_as_a_word_in_a_body_a_change_and_a_filter() {
    let tenant = Tenant::new();
    let roles = json!([{"value": "admin", "primary": "True"}, {"value": "member", "primary": "False"}]);
    let ada = tenant.person(json!({"userName": "ada", "active": "False", "roles": roles}));
    assert_eq!(ada.json["active"], json!(false));
    assert_eq!(ada.json["roles"][0]["primary"], json!(true));
    assert_eq!(tenant.found("roles[primary eq \"True\" and value eq \"admin\"]"), ["ada"]);
    assert_eq!(tenant.found("active eq \"false\""), ["ada"]);
    let operations = json!([{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "owner"}]);
    assert_eq!(ada.patched(operations)["roles"][0]["value"], "owner");
}

// dialect: 5
#[test]
fn the_keys_of_a_change_without_a_path_may_be_paths() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "name": {"givenName": "Ada"}}));
    let after = ada.patched(json!([{"op": "replace", "value": {
        "name.familyName": "Byron", "displayName": "Ada B.", format!("{ENTERPRISE}:department"): "Sales",
        format!("{ENTERPRISE}:manager.value"): "7",
    }}]));
    assert_eq!(after["name"], json!({"givenName": "Ada", "familyName": "Byron"}));
    assert_eq!(after["displayName"], "Ada B.");
    assert_eq!(after[ENTERPRISE], json!({"department": "Sales", "manager": {"value": "7"}}));
}

// dialect: 6
#[test]
fn a_change_may_repeat_the_id_and_the_schemas_but_not_bring_another_id() {
    let tenant = Tenant::new();
    let group = tenant.group("Sales", &[]);
    let rename = |id: &str, name: &str| json!([{"op": "replace", "value": {"id": id, "schemas": [crate::tenant::GROUP], "displayName": name}}]);
    assert_eq!(group.patched(rename(&group.id, "Support"))["displayName"], "Support");
    assert_eq!(group.refuses(rename("7", "Other")), "400 mutability");
    let ada = tenant.somebody();
    let mut whole = ada.json.clone();
    whole["title"] = json!("Dr.");
    assert_eq!(ada.patched(json!([{"op": "replace", "value": whole}]))["title"], "Dr.");
}

// dialect: 13
#[test]
fn a_resource_that_was_read_can_be_put_back_with_a_change() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let group = tenant.group("Sales", &[&ada.id]);
    let mut whole = ada.read();
    assert_eq!(whole["groups"][0]["value"], group.id);
    whole["title"] = json!("Dr.");
    whole["groups"] = json!([]);
    let after = tenant.put(&ada.path, whole).expect(200).json;
    assert_eq!((&after["title"], &after["groups"][0]["value"]), (&json!("Dr."), &json!(group.id)));
    tenant.put(&ada.path, json!({"schemas": [USER], "id": "7", "userName": "ada"})).expect(200);
}

// dialect: 22
#[test]
fn a_change_that_does_not_name_the_members_does_not_touch_them() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let group = tenant.group("Sales", &[&ada.id]);
    for operation in [
        json!({"op": "Replace", "path": "displayName", "value": "Support"}),
        json!({"op": "replace", "value": {"id": group.id, "displayName": "Sales"}}),
        json!({"op": "add", "value": {"externalId": "7"}}),
        json!({"op": "remove", "path": "externalId"}),
    ] {
        group.patched(json!([operation]));
        assert_eq!(group.members(), [ada.id.as_str()], "{operation}");
    }
}

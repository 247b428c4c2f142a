//! PATCH: add (RFC 7644 §3.5.2.1).

use serde_json::json;

use crate::tenant::{ENTERPRISE, Tenant, USER};

// scim: 141
#[test]
fn without_a_path_each_attribute_of_the_value_is_added() {
    let tenant = Tenant::new();
    let ada = tenant
        .person(json!({"userName": "ada", "name": {"givenName": "Ada"}, "emails": [{"value": "a@x"}],
        ENTERPRISE: {"division": "Books"}}));
    let after = ada.patched(json!([{"op": "add", "value": {
        "title": "Dr.", "name": {"familyName": "Byron"}, "emails": [{"value": "b@x"}],
        ENTERPRISE: {"department": "Sales"},
    }}]));
    assert_eq!((&after["title"], &after["userName"]), (&json!("Dr."), &json!("ada")));
    assert_eq!(after["name"], json!({"givenName": "Ada", "familyName": "Byron"}));
    assert_eq!(after["emails"], json!([{"value": "a@x"}, {"value": "b@x"}]));
    assert_eq!(after[ENTERPRISE], json!({"division": "Books", "department": "Sales"}));
}

// scim: 142
#[test]
fn a_single_value_is_replaced_and_a_complex_one_completed() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": "Dr.", "name": {"givenName": "Ada"}}));
    let after = ada.patched(json!([
        {"op": "add", "path": "title", "value": "Prof."},
        {"op": "add", "path": "name", "value": {"familyName": "Byron"}},
    ]));
    assert_eq!(after["title"], "Prof.");
    assert_eq!(after["name"], json!({"givenName": "Ada", "familyName": "Byron"}));
}

// scim: 143
// dialect: 17
#[test]
fn values_are_appended_once_whether_they_come_alone_or_as_a_list() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "emails": [{"value": "a@x", "type": "work"}]}));
    let add = |value| json!([{"op": "add", "path": "emails", "value": value}]);
    let after = ada.patched(add(json!({"value": "b@x"})));
    assert_eq!(after["emails"], json!([{"value": "a@x", "type": "work"}, {"value": "b@x"}]));
    let again = ada.patched(add(json!([{"value": "a@x", "type": "work"}, {"value": "b@x"}])));
    assert_eq!(again, after, "nothing changed, lastModified neither");
    let group = tenant.group("Sales", &[&ada.id]);
    let before = group.read();
    group.patched(json!([{"op": "add", "path": "members", "value": [{"value": ada.id}, {"value": ada.id}]}]));
    assert_eq!(group.read(), before);
}

// scim: 144
#[test]
fn what_is_missing_on_the_way_is_made() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let after = ada.patched(json!([
        {"op": "add", "path": "name.familyName", "value": "Byron"},
        {"op": "add", "path": "emails", "value": [{"value": "a@x"}]},
        {"op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": "7"},
    ]));
    assert_eq!(
        (&after["name"], &after["emails"]),
        (&json!({"familyName": "Byron"}), &json!([{"value": "a@x"}]))
    );
    assert_eq!(after[ENTERPRISE]["manager"], json!({"value": "7"}));
}

// scim: 145
// dialect: 9
#[test]
fn a_filter_that_selects_values_changes_each_and_one_that_selects_none_makes_one() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "emails": [
        {"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}, {"value": "c@x", "type": "home"}]}));
    let after =
        ada.patched(json!([{"op": "add", "path": "emails[type eq \"work\"].display", "value": "At work"}]));
    assert_eq!(
        after["emails"],
        json!([
            {"value": "a@x", "type": "work", "display": "At work"},
            {"value": "b@x", "type": "work", "display": "At work"},
            {"value": "c@x", "type": "home"},
        ])
    );
    let path = "phoneNumbers[type eq \"mobile\" and primary eq true].value";
    let after = ada.patched(json!([{"op": "Add", "path": path, "value": "555"}]));
    assert_eq!(after["phoneNumbers"], json!([{"type": "mobile", "primary": true, "value": "555"}]));
}

// scim: 146
#[test]
fn an_extension_that_gets_a_value_is_listed_in_schemas() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    assert_eq!(ada.json["schemas"], json!([USER]));
    let after =
        ada.patched(json!([{"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"}]));
    assert_eq!(after["schemas"], json!([USER, ENTERPRISE]));
    let eve = tenant.person(json!({"userName": "eve"}));
    let after = eve.patched(json!([{"op": "add", "value": {ENTERPRISE: {"department": "Sales"}}}]));
    assert_eq!(after["schemas"], json!([USER, ENTERPRISE]));
}

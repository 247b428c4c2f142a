//! PATCH: replace (RFC 7644 §3.5.2.3).

use serde_json::json;

use crate::tenant::{ENTERPRISE, Tenant};

// scim: 152
#[test]
fn without_a_path_what_is_named_is_replaced_and_the_rest_stays() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": "Dr.", "nickName": "A.",
        "emails": [{"value": "a@x"}, {"value": "b@x"}]}));
    let after = ada.patched(json!([{"op": "replace", "value": {
        "title": "Prof.", "emails": [{"value": "c@x"}], ENTERPRISE: {"department": "Sales"}}}]));
    assert_eq!((&after["title"], &after["nickName"]), (&json!("Prof."), &json!("A.")));
    assert_eq!(after["emails"], json!([{"value": "c@x"}]));
    assert_eq!(after[ENTERPRISE], json!({"department": "Sales"}));
}

// scim: 153
#[test]
fn a_complex_value_keeps_the_parts_that_are_not_named() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "name": {"givenName": "Ada", "familyName": "Byron"}}));
    let after = ada.patched(json!([{"op": "replace", "path": "name", "value": {"familyName": "King"}}]));
    assert_eq!(after["name"], json!({"givenName": "Ada", "familyName": "King"}));
    let after = ada.patched(json!([{"op": "replace", "path": "userName", "value": "ada2"}]));
    assert_eq!(after["userName"], "ada2");
}

// scim: 154
#[test]
fn the_whole_list_is_replaced() {
    let tenant = Tenant::new();
    let (ada, eve) =
        (tenant.somebody(), tenant.person(json!({"userName": "eve", "emails": [{"value": "e@x"}]})));
    let after = eve
        .patched(json!([{"op": "replace", "path": "emails", "value": [{"value": "f@x"}, {"value": "g@x"}]}]));
    assert_eq!(after["emails"], json!([{"value": "f@x"}, {"value": "g@x"}]));
    let group = tenant.group("Sales", &[&ada.id]);
    group.patched(json!([{"op": "replace", "path": "members", "value": [{"value": eve.id}]}]));
    assert_eq!(group.members(), [eve.id.as_str()]);
    group.patched(json!([{"op": "replace", "path": "members", "value": []}]));
    assert!(group.members().is_empty());
}

// scim: 155
// dialect: 9
#[test]
fn values_that_a_filter_selects_are_replaced_and_a_missing_one_is_made_for_entra() {
    let tenant = Tenant::new();
    let emails = json!([{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "home"}]);
    let ada = tenant.person(json!({"userName": "ada", "emails": emails}));
    let replace = |path: &str, value| ada.patched(json!([{"op": "replace", "path": path, "value": value}]));
    let after = replace("emails[type eq \"work\"]", json!({"value": "c@x", "type": "work"}));
    assert_eq!(after["emails"][0], json!({"value": "c@x", "type": "work"}));
    let after = replace("emails[type eq \"home\"].value", json!("d@x"));
    assert_eq!(after["emails"], json!([{"value": "c@x", "type": "work"}, {"value": "d@x", "type": "home"}]));
    let after = replace("emails[type eq \"other\"].value", json!("e@x"));
    assert_eq!(after["emails"][2], json!({"type": "other", "value": "e@x"}));
    // From this nothing can be made: it does not say what the new value would be.
    let lost = json!([{"op": "replace", "path": "emails[value co \"nobody\"].display", "value": "x"}]);
    assert_eq!(ada.refuses(lost), "400 noTarget");
}

// scim: 156
#[test]
fn replacing_what_is_not_there_adds_it() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let after = ada.patched(json!([
        {"op": "replace", "path": "title", "value": "Dr."},
        {"op": "replace", "path": "name.givenName", "value": "Ada"},
        {"op": "replace", "path": "emails", "value": [{"value": "a@x"}]},
        {"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
    ]));
    assert_eq!((&after["title"], &after["name"]["givenName"]), (&json!("Dr."), &json!("Ada")));
    assert_eq!(
        (&after["emails"][0]["value"], &after[ENTERPRISE]["department"]),
        (&json!("a@x"), &json!("Sales"))
    );
}

// scim: 5, 157
// dialect: 1, 2
#[test]
fn active_is_a_boolean_even_where_entra_sends_a_word() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "active": true}));
    for (value, active) in [
        (json!("False"), false),
        (json!("True"), true),
        (json!("false"), false),
        (json!(true), true),
        (json!(false), false),
        (json!("TRUE"), true),
    ] {
        let after = ada.patched(json!([{"op": "Replace", "path": "active", "value": value}]));
        assert_eq!(after["active"], json!(active), "{value}");
    }
    for value in [json!("no"), json!(0), json!("0")] {
        let refused = ada.refuses(json!([{"op": "replace", "path": "active", "value": value}]));
        assert_eq!(refused, "400 invalidValue", "{value}");
    }
}

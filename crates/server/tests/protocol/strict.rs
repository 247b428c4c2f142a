//! The strict profile: what identity providers send beside the RFC is refused as the RFC says. Each test has the same
//! request at a compatible connection, where it works.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    tenant::{ENTERPRISE, GROUP, MEDIA, SEARCH, Tenant, USER, refusal},
};

/// The same person on a compatible and on a strict connection; how each answers.
fn both(send: impl Fn(&Tenant, &str) -> Answer) -> [String; 2] {
    [Tenant::new(), Tenant::strict()].map(|tenant| {
        let emails = json!([{"value": "a@x.example", "type": "home"}]);
        let ada = tenant.person(json!({"userName": "ada", "active": true, "emails": emails}));
        refusal(&send(&tenant, &ada.path))
    })
}

#[track_caller]
fn strict_refuses(operation: &Value, refused: &str) {
    let answers = both(|tenant, path| tenant.patch(path, json!([operation])));
    assert_eq!(answers, ["200", refused], "{operation}");
}

// scim: 134
// dialect: 1
#[test]
fn operations_are_written_in_small_letters() {
    strict_refuses(&json!({"op": "Replace", "path": "title", "value": "Dr."}), "400 invalidSyntax");
}

// scim: 5, 157
// dialect: 2
#[test]
fn a_boolean_is_no_word() {
    strict_refuses(&json!({"op": "replace", "path": "active", "value": "False"}), "400 invalidValue");
    let body = json!({"schemas": [USER], "userName": "eve", "active": "True"});
    assert_eq!(both(|tenant, _| tenant.post("/Users", body.clone())), ["201", "400 invalidValue"]);
}

// scim: 107, 113
// dialect: 3, 7, 8
#[test]
fn filters_keep_to_the_grammar_and_to_the_types() {
    for filter in [
        "active eq \"True\"".to_owned(),
        "emails[type eq \"home\"].value eq \"a@x.example\"".to_owned(),
        format!("{ENTERPRISE}:manager eq \"7\""),
    ] {
        let answers = both(|tenant, _| tenant.ask("/Users", &[("filter", &filter)]));
        assert_eq!(answers, ["200", "400 invalidFilter"], "{filter}");
    }
    // RFC 7644 §3.4.2.2 itself lets a multi-valued attribute stand for its value.
    let plural = both(|tenant, _| tenant.ask("/Users", &[("filter", "emails co \"x.example\"")]));
    assert_eq!(plural, ["200", "200"]);
}

// scim: 151
// dialect: 4
#[test]
fn removing_members_by_a_list_is_refused_rather_than_guessed() {
    let answers = [Tenant::new(), Tenant::strict()].map(|tenant| {
        let (ada, eve) = (tenant.somebody(), tenant.person(json!({"userName": "eve"})));
        let group = tenant.group("Sales", &[&ada.id, &eve.id]);
        let operations = json!([{"op": "remove", "path": "members", "value": [{"value": ada.id}]}]);
        (refusal(&tenant.patch(&group.path, operations)), group.members().len())
    });
    assert_eq!(answers, [("204".to_owned(), 1), ("400 invalidValue".to_owned(), 2)]);
}

// dialect: 5
#[test]
fn keys_that_are_paths_are_unknown_attributes() {
    let names = [Tenant::new(), Tenant::strict()].map(|tenant| {
        let ada = tenant.somebody();
        ada.patched(json!([{"op": "replace", "value": {"name.familyName": "Byron", "title": "Dr."}}]))
    });
    assert_eq!((&names[0]["name"]["familyName"], &names[0]["title"]), (&json!("Byron"), &json!("Dr.")));
    assert_eq!((names[1].get("name"), &names[1]["title"]), (None, &json!("Dr.")));
}

// scim: 145, 155
// dialect: 9
#[test]
fn a_value_path_that_selects_nothing_has_no_target() {
    for op in ["add", "replace"] {
        let path = "emails[type eq \"work\"].value";
        strict_refuses(&json!({"op": op, "path": path, "value": "b@x.example"}), "400 noTarget");
    }
}

// dialect: 10
#[test]
fn a_complex_value_is_an_object() {
    let path = format!("{ENTERPRISE}:manager");
    strict_refuses(&json!({"op": "add", "path": path, "value": "7"}), "400 invalidValue");
}

// scim: 73, 94
// dialect: 12
#[test]
fn schemas_are_those_of_the_resource_and_of_the_message() {
    let body = |schemas: Value| json!({"schemas": schemas, "userName": "eve"});
    for (schemas, refused) in [
        (json!([USER, "urn:foreign"]), "400 invalidValue"),
        (json!([ENTERPRISE]), "400 invalidValue"),
        (json!(null), "400 invalidSyntax"),
    ] {
        let answers = both(|tenant, _| tenant.post("/Users", body(schemas.clone())));
        assert_eq!(answers, ["201", refused], "{schemas}");
    }
    let group = json!({"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "displayName": "Sales"});
    assert_eq!(both(|tenant, _| tenant.post("/Groups", group.clone())), ["201", "400 invalidValue"]);
    for search in [json!({"count": 1}), json!({"schemas": [USER], "count": 1})] {
        let answers = both(|tenant, _| tenant.post("/Users/.search", search.clone()));
        assert_eq!(answers, ["200", "400 invalidSyntax"], "{search}");
    }
    let message = json!({"Operations": [{"op": "replace", "path": "title", "value": "Dr."}]});
    let answers = both(|tenant, path| tenant.request("PATCH", path).json(&message, MEDIA).send());
    assert_eq!(answers, ["200", "400 invalidSyntax"]);
}

// scim: 140
#[test]
fn an_attribute_that_no_schema_has_is_an_invalid_path() {
    strict_refuses(&json!({"op": "replace", "path": "shoeSize", "value": 42}), "400 invalidPath");
}

// scim: 14, 17
#[test]
fn a_list_is_an_array_with_at_most_one_primary_value() {
    for emails in [
        json!({"value": "a@x.example"}),
        json!([{"value": "a@x.example", "primary": true}, {"value": "b@x.example", "primary": true}]),
    ] {
        let body = json!({"schemas": [USER], "userName": "eve", "emails": emails});
        assert_eq!(both(|tenant, _| tenant.post("/Users", body.clone())), ["201", "400 invalidValue"]);
    }
}

// scim: 94
#[test]
fn what_the_rfc_has_works_all_the_same() {
    let tenant = Tenant::strict();
    let ada = tenant.person(json!({"userName": "ada", "emails": [{"value": "a@x.example", "type": "work"}]}));
    let group = tenant.group("Sales", &[&ada.id]);
    let after = ada.patched(json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@x.example"},
        {"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": ada.id}},
        {"op": "replace", "value": {"active": false}},
    ]));
    assert_eq!((&after["emails"][0]["value"], &after["active"]), (&json!("b@x.example"), &json!(false)));
    group.patched(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]));
    assert!(group.members().is_empty());
    assert_eq!(
        tenant.found("emails[type eq \"work\" and value ew \"x.example\"] and active eq false"),
        ["ada"]
    );
    tenant.post("/Users/.search", json!({"schemas": [SEARCH], "filter": "userName pr"})).expect(200);
}

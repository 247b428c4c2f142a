//! What the schemas of the RFC have no attribute for: an organisation's own schema shows the remaining characteristics
//! (RFC 7643 §2, §7).

use serde_json::{Value, json};

use crate::tenant::{Tenant, USER, keys, refusal};

const HR: &str = "urn:example:params:scim:schemas:extension:hr:1.0:User";

/// An organisation with a schema of its own, one attribute for each characteristic.
fn tenant() -> Tenant {
    let tenant = Tenant::new();
    tenant.add_schema(&json!({"id": HR, "name": "HR", "resourceType": "User", "attributes": [
        {"name": "level", "type": "integer"},
        {"name": "share", "type": "decimal"},
        {"name": "joined", "type": "dateTime"},
        {"name": "key", "type": "binary"},
        {"name": "badge", "mutability": "immutable"},
        {"name": "plain"},
        {"name": "exact", "caseExact": true},
        {"name": "salary", "type": "integer", "returned": "request"},
        {"name": "bonus", "type": "integer", "returned": "request"},
        {"name": "pin", "mutability": "writeOnly", "returned": "never"},
    ]}));
    tenant
}

fn person(attributes: Value) -> Value {
    json!({"schemas": [USER, HR], "userName": "ada", HR: attributes})
}

// scim: 4, 6, 7, 8
#[test]
fn numbers_dates_and_binary_values_are_checked_and_kept() {
    let tenant = tenant();
    let sent = json!({"level": -3, "share": 0.25, "joined": "2008-01-23T04:56:22.5+02:00", "key": "aGk="});
    assert_eq!(tenant.person(person(sent.clone())).read()[HR], sent);
    for (attribute, value) in [
        ("level", json!(1.5)),
        ("level", json!("1")),
        ("share", json!("0.25")),
        ("joined", json!("2008-01-23")),
        ("joined", json!("04:56:22Z")),
        ("joined", json!(1_201_064_182)),
        ("key", json!("?")),
    ] {
        let answer = tenant.try_person(person(json!({attribute: value})));
        assert_eq!(refusal(&answer), "400 invalidValue", "{attribute} {value}");
    }
}

// scim: 28, 29, 109
#[test]
fn numbers_are_compared_by_value_dates_by_moment_and_text_as_the_schema_says() {
    let tenant = tenant();
    tenant.person(person(
        json!({"level": 10, "share": 0.5, "joined": "2008-01-23T04:56:22Z", "plain": "Ab", "exact": "Ab"}),
    ));
    for (test, found) in [
        ("level gt 9", true),
        ("level ge 10.0", true),
        ("level lt 9", false),
        ("share eq 5e-1", true),
        ("share lt 1", true),
        ("joined eq \"2008-01-23T06:56:22+02:00\"", true),
        ("joined gt \"2008-01-23T04:56:21.999Z\"", true),
        ("joined lt \"2008-01-23T04:56:22.000Z\"", false),
        ("plain eq \"aB\"", true),
        ("exact eq \"Ab\"", true),
        ("exact eq \"aB\"", false),
    ] {
        assert_eq!(!tenant.found(&format!("{HR}:{test}")).is_empty(), found, "{test}");
    }
}

// scim: 21, 96, 140
#[test]
fn an_immutable_value_is_set_once_by_any_method_and_then_stays() {
    let tenant = tenant();
    let ada = tenant.person(person(json!({"level": 1})));
    let set = |value| json!([{"op": "add", "path": format!("{HR}:badge"), "value": value}]);
    assert_eq!(ada.patched(set("7"))[HR]["badge"], "7");
    assert_eq!(ada.patched(set("7"))[HR]["badge"], "7");
    assert_eq!(ada.refuses(set("8")), "400 mutability");
    assert_eq!(ada.refuses(json!([{"op": "remove", "path": format!("{HR}:badge")}])), "400 mutability");
    let put = |attributes| tenant.put(&ada.path, person(attributes));
    assert_eq!(refusal(&put(json!({"badge": "8"}))), "400 mutability");
    assert_eq!(put(json!({"badge": "7"})).expect(200).json[HR], json!({"badge": "7"}));
    assert_eq!(put(json!({"level": 2})).expect(200).json[HR]["badge"], "7", "left out is not changed");
}

// scim: 26
#[test]
fn what_is_sent_on_request_is_in_the_answer_to_who_wrote_it_or_names_it() {
    let tenant = tenant();
    let answer = tenant.try_person(person(json!({"level": 1, "salary": 10}))).expect(201).json;
    assert_eq!(answer[HR], json!({"level": 1, "salary": 10}), "POST wrote it");
    let path = format!("/Users/{}", answer["id"].as_str().unwrap());
    let salary = format!("{HR}:salary");
    assert_eq!(tenant.get(&path).expect(200).json[HR], json!({"level": 1}));
    assert_eq!(tenant.ask(&path, &[("attributes", &salary)]).expect(200).json[HR], json!({"salary": 10}));
    let filter = format!("{HR}:salary eq 10");
    let listed = tenant.ask("/Users", &[("filter", &filter)]).expect(200).json;
    assert_eq!(listed["Resources"][0][HR], json!({"level": 1}));
    let patch = |operation| tenant.patch(&path, json!([operation])).expect(200).json[HR].clone();
    let raise = json!({"op": "replace", "path": salary, "value": 20});
    assert_eq!(patch(raise), json!({"level": 1, "salary": 20}), "PATCH wrote it");
    let raise = json!({"op": "add", "value": {HR: {"bonus": 5}}});
    assert_eq!(patch(raise), json!({"level": 1, "bonus": 5}), "and not the other");
    let promote = json!({"op": "replace", "path": format!("{HR}:level"), "value": 2});
    assert_eq!(patch(promote), json!({"level": 2}));
    let put = tenant.put(&path, person(json!({"salary": 30}))).expect(200).json;
    assert_eq!(put[HR], json!({"salary": 30}), "PUT wrote it");
    let put =
        tenant.put(&format!("{path}?attributes=userName"), person(json!({"salary": 30}))).expect(200).json;
    assert_eq!(keys(&put), ["id", "schemas", "userName"], "but names count more");
}

// scim: 22, 24, 118
#[test]
fn a_secret_attribute_is_taken_and_seen_by_nobody() {
    let tenant = tenant();
    let ada = tenant.person(person(json!({"level": 1, "pin": "1234"})));
    assert_eq!(ada.json[HR], json!({"level": 1}));
    let pin = format!("{HR}:pin");
    assert_eq!(keys(&tenant.ask(&ada.path, &[("attributes", &pin)]).expect(200).json), ["id", "schemas"]);
    for filter in [format!("{pin} eq \"1234\""), format!("{pin} pr"), format!("not ({pin} sw \"1\")")] {
        assert_eq!(tenant.refusal(&filter), "403 sensitive", "{filter}");
    }
    let answer = tenant.ask("/Users", &[("sortBy", &pin)]);
    assert_eq!(refusal(&answer), "403 sensitive");
}

// scim: 63
#[test]
fn a_required_extension_is_asked_of_everybody_new() {
    let tenant = Tenant::new();
    let attributes = json!([{"name": "level", "type": "integer", "required": true}]);
    tenant.add_schema(&json!({"id": HR, "resourceType": "User", "required": true, "attributes": attributes}));
    let user = tenant.get("/ResourceTypes/User").expect(200).json;
    assert!(user["schemaExtensions"].as_array().unwrap().contains(&json!({"schema": HR, "required": true})));
    assert_eq!(refusal(&tenant.try_person(json!({"userName": "ada"}))), "400 invalidValue");
    let ada = tenant.person(person(json!({"level": 1})));
    assert_eq!(ada.refuses(json!([{"op": "remove", "path": HR}])), "400 mutability");
}

// scim: 62, 71
#[test]
fn an_added_schema_is_announced_with_every_characteristic_and_needs_its_urn() {
    let tenant = tenant();
    let schema = tenant.get(&format!("/Schemas/{HR}")).expect(200).json;
    let level = &schema["attributes"][0];
    assert_eq!(
        (&level["name"], &level["type"], &level["returned"]),
        (&json!("level"), &json!("integer"), &json!("default"))
    );
    assert_eq!((&level["mutability"], &level["uniqueness"]), (&json!("readWrite"), &json!("none")));
    let ada = tenant.person(json!({"userName": "ada", "level": 7, HR: {"level": 1}}));
    assert_eq!((ada.json.get("level"), &ada.json[HR]["level"]), (None, &json!(1)));
    assert!(tenant.found("level eq 1").is_empty());
}

//! POST (RFC 7644 §3.3).

use serde_json::json;

use crate::tenant::{GROUP, Tenant, USER, keys, refusal, with_schema};

// scim: 76, 81
// dialect: 20
#[test]
fn a_new_resource_is_answered_whole_with_its_address_and_version() {
    let tenant = Tenant::new();
    let answer = tenant.try_person(json!({"userName": "ada", "title": "Dr."})).expect(201);
    let id = answer.json["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("{}/Users/{id}", tenant.url));
    assert_eq!(answer.json["meta"]["location"], answer.header("location"));
    assert_eq!(answer.json["meta"]["version"], answer.header("etag"));
    assert_eq!((&answer.json["userName"], &answer.json["title"]), (&json!("ada"), &json!("Dr.")));
    assert_eq!(tenant.get(&format!("/Users/{id}")).expect(200).json, answer.json);
}

// scim: 78
#[test]
fn a_value_in_use_is_a_conflict_that_names_the_attribute() {
    let tenant = Tenant::new();
    tenant.person(json!({"userName": "ada", "externalId": "1"}));
    for (body, attribute) in [
        (json!({"userName": "ADA"}), "userName"),
        (json!({"userName": "eve", "externalId": "1"}), "externalId"),
    ] {
        let answer = tenant.try_person(body).expect(409);
        assert_eq!(refusal(&answer), "409 uniqueness");
        assert!(answer.json["detail"].as_str().unwrap().contains(attribute));
    }
    assert_eq!(tenant.get("/Users").json["totalResults"], 1);
}

// scim: 80, 133
#[test]
fn the_answer_to_a_write_can_be_cut_like_any_other() {
    let tenant = Tenant::new();
    let body = with_schema(json!({"userName": "ada", "title": "Dr.", "nickName": "A."}), USER);
    let created = tenant.post("/Users?attributes=title", body.clone()).expect(201);
    assert_eq!(keys(&created.json), ["id", "schemas", "title"]);
    assert!(!created.header("location").is_empty() && !created.header("etag").is_empty());
    let path = format!("/Users/{}", created.json["id"].as_str().unwrap());
    let replaced = tenant.put(&format!("{path}?excludedAttributes=title,meta"), body).expect(200).json;
    assert_eq!(keys(&replaced), ["active", "id", "nickName", "schemas", "userName"]);
    let operations = json!([{"op": "replace", "path": "title", "value": "Prof."}]);
    let patched = tenant.patch(&format!("{path}?attributes=title"), operations).expect(200).json;
    assert_eq!((keys(&patched), &patched["title"]), (vec!["id", "schemas", "title"], &json!("Prof.")));
    let group = tenant.group("Sales", &[]);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Support"}]);
    let patched = tenant.patch(&format!("{}?attributes=displayName", group.path), rename).expect(200).json;
    assert_eq!(patched["displayName"], "Support");
}

// scim: 82
#[test]
fn the_endpoint_decides_what_is_created() {
    let tenant = Tenant::new();
    let body =
        json!({"schemas": [GROUP], "displayName": "x", "userName": "ada", "meta": {"resourceType": "Group"}});
    assert_eq!(tenant.post("/Users", body.clone()).expect(201).json["meta"]["resourceType"], "User");
    tenant.post("/", body.clone()).expect(405);
    tenant.post("", body).expect(405);
}

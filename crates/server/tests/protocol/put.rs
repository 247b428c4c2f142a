//! PUT (RFC 7644 §3.5.1).

use serde_json::json;

use crate::tenant::{ENTERPRISE, MEDIA, Tenant, USER, refusal, with_schema};

// scim: 95
// dialect: 21
#[test]
fn a_put_puts_the_body_in_the_place_of_what_was_and_creates_nothing() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": "Dr.", "nickName": "A.",
        "emails": [{"value": "a@x.example"}], ENTERPRISE: {"department": "Sales"}}));
    let body = with_schema(json!({"userName": "ada2", "title": "Prof."}), USER);
    let after = tenant.put(&ada.path, body.clone()).expect(200).json;
    assert_eq!((&after["userName"], &after["title"]), (&json!("ada2"), &json!("Prof.")));
    for gone in ["nickName", "emails", ENTERPRISE] {
        assert_eq!(after.get(gone), None, "{gone}");
    }
    let answer = tenant.put("/Users/01900000-0000-7000-8000-000000000000", body).expect(404);
    assert_eq!((answer.header("content-type"), &answer.json["status"]), (MEDIA, &json!("404")));
    assert_eq!(tenant.get("/Users").json["totalResults"], 1);
}

// scim: 97
#[test]
fn a_put_without_what_is_required_is_refused() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let put = |path: &str, body| refusal(&tenant.put(path, body));
    assert_eq!(put(&ada.path, with_schema(json!({"title": "Dr."}), USER)), "400 invalidValue");
    assert_eq!(put(&tenant.group("Sales", &[]).path, json!({"members": []})), "400 invalidValue");
    assert_eq!(ada.read(), ada.json);
}

// scim: 98
// dialect: 20
#[test]
fn a_put_is_answered_with_the_whole_resource_its_address_and_its_version() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let answer =
        tenant.put(&ada.path, with_schema(json!({"userName": "ada", "title": "Dr."}), USER)).expect(200);
    assert_eq!(answer.json, ada.read());
    assert_eq!(answer.json["meta"]["location"], answer.header("location"));
    assert_eq!(answer.json["meta"]["version"], answer.header("etag"));
    assert_ne!(answer.json["meta"]["version"], ada.json["meta"]["version"]);
    let group = tenant.group("Sales", &[&ada.id]);
    let answer = tenant.put(&group.path, group.json.clone()).expect(200);
    assert_eq!(answer.json, group.json, "what was read can be put back, and nothing changes");
}

// scim: 99
#[test]
fn a_put_without_the_password_is_as_good_as_one_with_it() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "password": "secret"}));
    let without = tenant.put(&ada.path, with_schema(json!({"userName": "ada"}), USER)).expect(200).json;
    let with = json!({"userName": "ada", "password": "another"});
    let with = tenant.put(&ada.path, with_schema(with, USER)).expect(200).json;
    // Nobody signs in here, so no password is kept, and none can be wiped.
    assert_eq!((&without, &with), (&ada.json, &ada.json));
}

// scim: 100
#[test]
fn a_put_that_expects_another_version_is_refused() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let put = |expected: &str| {
        let body = with_schema(json!({"userName": "ada", "title": expected}), USER);
        tenant.request("PUT", &ada.path).header("If-Match", expected).json(&body, MEDIA).send()
    };
    put("W/\"99\"").expect(412);
    put(ada.json["meta"]["version"].as_str().unwrap()).expect(200);
    put(ada.json["meta"]["version"].as_str().unwrap()).expect(412);
    put("*").expect(200);
}

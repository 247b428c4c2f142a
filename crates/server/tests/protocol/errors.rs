//! Errors (RFC 7644 §3.12).

use serde_json::json;

use crate::{
    support::Answer,
    tenant::{BULK, MEDIA, Tenant, keys, refusal},
};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

#[track_caller]
fn check_shape(answer: &Answer) {
    assert_eq!(answer.header("content-type"), MEDIA);
    assert_eq!(answer.json["schemas"], json!([ERROR]));
    assert_eq!(answer.json["status"], json!(answer.status.to_string()), "the status is a string");
    assert!(answer.json["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{}", answer.text());
    let keyword = answer.json.get("scimType").is_some();
    let expected: &[&str] =
        if keyword { &["detail", "schemas", "scimType", "status"] } else { &["detail", "schemas", "status"] };
    assert_eq!(keys(&answer.json), expected);
    assert!(
        !keyword || [400, 403, 409].contains(&answer.status),
        "no keyword is defined for {}",
        answer.status
    );
}

// scim: 170, 171, 172
#[test]
fn every_error_has_the_same_shape_its_status_as_text_and_a_keyword_where_there_is_one() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let change = |operation| tenant.patch(&ada.path, json!([operation]));
    let too_large =
        tenant.request("POST", "/Users").header("Content-Type", MEDIA).body(vec![b' '; 3 << 20]).send();
    let stale = tenant.request("DELETE", &ada.path).header("If-Match", "W/\"99\"").send();
    let stranger = tenant.server.request("GET", &format!("{}/Users", tenant.url)).send();
    let foreign = tenant.request("POST", "/Users").header("Content-Type", "text/plain").body("{}").send();
    for (answer, expected) in [
        (tenant.ask("/Users", &[("filter", "x")]), "400 invalidFilter"),
        (tenant.try_person(json!({"userName": "ada"})), "409 uniqueness"),
        (change(json!({"op": "replace", "path": "id", "value": "x"})), "400 mutability"),
        (tenant.post("/Users", json!([])), "400 invalidSyntax"),
        (change(json!({"op": "replace", "path": "emails[", "value": "x"})), "400 invalidPath"),
        (change(json!({"op": "remove"})), "400 noTarget"),
        (tenant.try_person(json!({"userName": 7})), "400 invalidValue"),
        (tenant.ask("/Users", &[("filter", "password pr")]), "403 sensitive"),
        (tenant.ask("/Users", &[("cursor", "x")]), "400 invalidCursor"),
        (tenant.get("/Schemas?filter=id%20pr"), "403"),
        (stranger, "401"),
        (tenant.get("/Users/7"), "404"),
        (tenant.put("/Users", json!({})), "405"),
        (stale, "412"),
        (too_large, "413"),
        (foreign, "415"),
        (tenant.get("/Me"), "501"),
    ] {
        assert_eq!(refusal(&answer), expected);
        check_shape(&answer);
    }
    // The error inside a bulk response is the same one.
    let operations = json!([{"method": "DELETE", "path": "/Users/7"}]);
    let bulk = tenant.post("/Bulk", json!({"schemas": [BULK], "Operations": operations})).expect(200).json;
    assert_eq!(bulk["Operations"][0]["response"]["schemas"], json!([ERROR]));
}

// scim: 173
#[test]
fn asking_for_what_is_secret_is_forbidden_rather_than_not_found() {
    let tenant = Tenant::new();
    assert_eq!(tenant.refusal("password eq \"x\""), "403 sensitive");
}

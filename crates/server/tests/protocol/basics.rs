//! Media types, addresses and methods (RFC 7644 §3.1, §3.2, §3.8, §3.13).

use serde_json::json;

use crate::{
    support::Answer,
    tenant::{ENTERPRISE, MEDIA, Tenant, USER, keys, refusal, with_schema},
};

// scim: 64
#[test]
fn requests_and_answers_errors_too_are_scim_json_in_utf_8() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "Ädä 日本 🦀"}));
    let answers = [
        tenant.get(&ada.path),
        tenant.get("/Users"),
        tenant.get("/Users/7"),
        tenant.get("/Schemas"),
        tenant.get("/x"),
    ];
    for answer in answers {
        assert_eq!(answer.header("content-type").split(';').next(), Some(MEDIA), "{}", answer.text());
    }
    assert_eq!(ada.read()["userName"], "Ädä 日本 🦀");
}

// scim: 65, 66
// dialect: 16
#[test]
fn plain_json_is_read_with_or_without_a_charset_and_sent_to_who_accepts_nothing_else() {
    let tenant = Tenant::new();
    let types =
        ["application/json", "application/json; charset=utf-8", "application/scim+json;charset=UTF-8"];
    for (number, media_type) in types.into_iter().enumerate() {
        let body = with_schema(json!({"userName": format!("ada{number}")}), USER);
        let answer = tenant.request("POST", "/Users").json(&body, media_type).send().expect(201);
        assert_eq!(answer.header("content-type"), MEDIA);
    }
    for (accept, sent) in [
        ("application/json", "application/json"),
        ("Application/JSON; q=0.9", "application/json"),
        ("*/*", MEDIA),
        ("application/scim+json", MEDIA),
        ("application/scim+json, application/json;q=0.5", MEDIA),
    ] {
        let answer = tenant.request("GET", "/Users").header("Accept", accept).send().expect(200);
        assert_eq!(answer.header("content-type"), sent, "{accept}");
    }
}

// scim: 67
#[test]
fn the_address_carries_the_version_and_another_version_is_not_found() {
    let tenant = Tenant::new();
    assert!(tenant.url.ends_with("/v2"));
    let other = format!("{}/Users", tenant.url.replace("/v2", "/v3"));
    let answer = tenant.server.request("GET", &other).bearer(&tenant.token).send().expect(404);
    assert_eq!(answer.header("content-type"), MEDIA);
}

// scim: 68
#[test]
fn every_endpoint_of_the_rfc_is_there() {
    let tenant = Tenant::new();
    for path in ["/Users", "/Groups", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "", "/"] {
        tenant.get(path).expect(200);
    }
    for path in ["/.search", "/Users/.search", "/Groups/.search"] {
        tenant.post(path, json!({"schemas": [crate::tenant::SEARCH]})).expect(200);
    }
    let operations = json!([{"method": "DELETE", "path": "/Users/7"}]);
    tenant.post("/Bulk", json!({"schemas": [crate::tenant::BULK], "Operations": operations})).expect(200);
    tenant.get("/Me").expect(501);
}

// scim: 69
#[test]
fn an_unknown_address_is_not_found_and_a_wrong_method_is_told_the_right_ones() {
    let tenant = Tenant::new();
    let check = |answer: Answer, status: u16| {
        let answer = answer.expect(status);
        assert_eq!(answer.header("content-type"), MEDIA);
        assert_eq!(answer.json["status"], status.to_string());
        answer.header("allow").to_owned()
    };
    check(tenant.get("/Devices"), 404);
    assert_eq!(check(tenant.put("/Users", json!({})), 405), "GET, HEAD, POST");
    assert_eq!(check(tenant.post("/Users/7", json!({})), 405), "GET, HEAD, PUT, PATCH, DELETE");
    assert_eq!(check(tenant.get("/Bulk"), 405), "POST");
}

#[test]
fn head_is_answered_as_get_is_without_the_content() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for path in ["/Users?count=1", "/Groups", &ada.path, "/ServiceProviderConfig", "/Schemas"] {
        let (get, head) = (tenant.get(path).expect(200), tenant.request("HEAD", path).send().expect(200));
        assert!(head.bytes.is_empty() && !get.bytes.is_empty(), "{path}");
        for name in ["content-type", "etag", "location", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert_eq!(head.header("content-length"), get.bytes.len().to_string());
    }
    assert!(tenant.request("HEAD", "/Users/7").send().expect(404).bytes.is_empty());
    assert_eq!(tenant.request("HEAD", "/Bulk").send().expect(405).header("allow"), "POST");
}

// scim: 70
#[test]
fn a_body_that_is_no_json_object_is_a_syntax_error() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for (method, path) in
        [("POST", "/Users"), ("PUT", ada.path.as_str()), ("PATCH", &ada.path), ("POST", "/Bulk")]
    {
        for body in ["{\"userName\":", "[]", "", "\"x\"", "{} {}"] {
            let request = tenant.request(method, path).header("Content-Type", MEDIA).body(body);
            assert_eq!(refusal(&request.send()), "400 invalidSyntax", "{method} {path} {body}");
        }
    }
}

// scim: 71
#[test]
fn attributes_are_named_plainly_or_with_their_schema() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "name": {"givenName": "Ada"},
        ENTERPRISE: {"department": "Sales", "manager": {"value": "7"}}}));
    for filter in [
        "name.givenName eq \"Ada\"".to_owned(),
        format!("{USER}:name.givenName eq \"Ada\""),
        format!("{ENTERPRISE}:department eq \"Sales\""),
        format!("{ENTERPRISE}:manager.value eq \"7\""),
    ] {
        assert_eq!(tenant.found(&filter), ["ada"], "{filter}");
    }
    // An attribute of an extension needs the URN.
    assert!(tenant.found("department eq \"Sales\"").is_empty());
    let attributes = format!("{USER}:name.givenName,{ENTERPRISE}:manager.value");
    let seen = tenant.ask(&ada.path, &[("attributes", &attributes)]).expect(200).json;
    assert_eq!(keys(&seen), ["id", "name", "schemas", ENTERPRISE]);
    assert_eq!(seen[ENTERPRISE], json!({"manager": {"value": "7"}}));
    let path = format!("{USER}:title");
    assert_eq!(ada.patched(json!([{"op": "add", "path": path, "value": "Dr."}]))["title"], "Dr.");
}

// scim: 73
// dialect: 12
#[test]
fn unknown_attributes_and_foreign_schemas_are_passed_over() {
    let tenant = Tenant::new();
    let foreign = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let body = json!({"userName": "ada", "shoeSize": 7, "schemas": [USER, foreign, "urn:scim:schemas:core:1.0"],
        foreign: {"anything": true}});
    let ada = tenant.person(body).read();
    assert_eq!(keys(&ada), ["active", "id", "meta", "schemas", "userName"]);
    assert_eq!(ada["schemas"], json!([USER]));
}

// scim: 74, 75, 197
#[test]
fn who_shows_no_valid_bearer_token_is_asked_for_one_at_every_endpoint() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for path in ["/Users", &ada.path, "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/"]
    {
        let url = format!("{}{path}", tenant.url);
        for authorization in ["", "Bearer", "Bearer wrong", "Basic YTpi", &tenant.token] {
            let request = tenant.server.request("GET", &url);
            let request = if authorization.is_empty() {
                request
            } else {
                request.header("Authorization", authorization)
            };
            let answer = request.send().expect(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{path} {authorization}");
            assert_eq!(answer.json["status"], "401");
        }
    }
    for (method, path) in [("POST", "/Users"), ("POST", "/Bulk"), ("POST", "/.search"), ("DELETE", &ada.path)]
    {
        tenant.server.request(method, &format!("{}{path}", tenant.url)).send().expect(401);
    }
    tenant.request("GET", "/Users").send().expect(200);
}

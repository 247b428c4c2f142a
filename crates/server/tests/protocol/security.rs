//! Security and operations (RFC 7643 §9, RFC 7644 §7).

use serde_json::{Value, json};

use crate::tenant::{BULK, MEDIA, PATCH, Tenant, USER, refusal, with_schema};

// scim: 194
#[test]
fn a_token_opens_its_own_organisation_from_the_header_alone_and_is_nowhere_in_the_database() {
    let (tenant, other) = (Tenant::new(), Tenant::new());
    let url = |name: &str| format!("{}/Users?{name}={}", tenant.url, tenant.token);
    for name in ["access_token", "token", "authorization"] {
        tenant.server.request("GET", &url(name)).send().expect(401);
    }
    tenant.server.request("GET", &format!("{}/Users", other.url)).bearer(&tenant.token).send().expect(401);
    tenant.get("/Users").expect(200);
    for name in ["rolecall.db", "rolecall.db-wal"] {
        let bytes = std::fs::read(tenant.server.sandbox.path().join(name)).unwrap_or_default();
        let token = tenant.token.as_bytes();
        assert!(!bytes.windows(token.len()).any(|window| window == token), "{name}");
    }
}

// scim: 194
#[test]
fn a_token_can_be_changed_for_another_without_a_gap_and_the_old_one_then_opens_nothing() {
    let tenant = Tenant::new();
    let run = |arguments: &[&str]| tenant.server.rolecall(arguments).expect(0);
    let list = ["token", "list", "--org", tenant.slug.as_str(), "--json"];
    let id = run(&list).json()[0]["id"].as_str().unwrap().to_owned();
    let new = run(&["token", "create", "--org", &tenant.slug, "--name", "new"]).line().to_owned();
    let get = |token: &str| {
        tenant.server.request("GET", &format!("{}/Users", tenant.url)).bearer(token).send().status
    };
    assert_eq!((get(&tenant.token), get(&new)), (200, 200));
    run(&["token", "revoke", "--org", &tenant.slug, &id]);
    assert_eq!((get(&tenant.token), get(&new)), (401, 200));
}

// scim: 195
#[test]
fn the_token_of_an_identity_provider_pushes_people_and_administers_nothing() {
    let tenant = Tenant::new();
    let server = &tenant.server;
    for path in
        ["/v1/admin/users", "/v1/admin/workspaces", "/v1/scim/settings", "/v1/scim/workspaces", "/v1/events"]
    {
        server.request("GET", path).bearer(&tenant.token).send().expect(401);
    }
    // Who is known, and may less, is told so.
    let arguments = ["api-key", "create", "--org", &tenant.slug, "--name", "reader", "--role", "admin"];
    let admin = server.rolecall(&arguments).expect(0).line().to_owned();
    let body = json!({"name": "another owner", "role": "owner"});
    server
        .request("POST", "/v1/admin/api-keys")
        .bearer(&admin)
        .json(&body, "application/json")
        .send()
        .expect(403);
}

// scim: 199
#[test]
fn everything_that_could_grow_without_end_has_a_limit() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let config = tenant.get("/ServiceProviderConfig").expect(200).json;
    let body =
        tenant.request("POST", "/Users").header("Content-Type", MEDIA).body(vec![b' '; 3 << 20]).send();
    let operations = vec![json!({"op": "replace", "path": "title", "value": "x"}); 1_001];
    let patch = tenant.request("PATCH", &ada.path);
    let patch = patch.json(&json!({"schemas": [PATCH], "Operations": operations}), MEDIA).send();
    let bulk = vec![json!({"method": "DELETE", "path": "/Users/7"}); 1_001];
    let bulk = tenant.post("/Bulk", json!({"schemas": [BULK], "Operations": bulk}));
    assert_eq!((body.status, patch.status, bulk.status), (413, 413, 413));
    let roles: Vec<Value> = (0..2_001).map(|number| json!({"value": format!("{number}")})).collect();
    assert_eq!(refusal(&tenant.try_person(json!({"userName": "eve", "roles": roles}))), "400 invalidValue");
    let filter = vec!["title pr"; 5_000].join(" or ");
    let search = tenant.post("/Users/.search", json!({"schemas": [crate::tenant::SEARCH], "filter": filter}));
    assert_eq!(refusal(&search), "400 invalidFilter");
    assert!(config["filter"]["maxResults"].as_u64().is_some_and(|most| most <= 100_000), "a page is bounded");
    assert_eq!(ada.read(), ada.json);
}

// scim: 200
#[test]
fn user_names_that_differ_in_case_are_one_in_any_script_and_look_alikes_are_two() {
    let tenant = Tenant::new();
    for (first, same) in [("Éva", "éVA"), ("ΟΔΟΣ", "οδος"), ("Жанна", "жАННА")] {
        tenant.person(json!({"userName": first}));
        assert_eq!(
            refusal(&tenant.try_person(json!({"userName": same}))),
            "409 uniqueness",
            "{first} {same}"
        );
        assert_eq!(tenant.found(&format!("userName eq \"{same}\"")), [first]);
    }
    // Latin and Cyrillic.
    tenant.person(json!({"userName": "ada"}));
    tenant.person(json!({"userName": "аda"}));
    tenant.person(json!({"userName": "eve", "externalId": "1"}));
    Tenant::new().person(json!({"userName": "eve", "externalId": "1"}));
}

// scim: 201
#[test]
fn what_belongs_to_another_organisation_is_as_unknown_as_what_does_not_exist() {
    let (tenant, other) = (Tenant::new(), Tenant::new());
    let theirs = other.person(json!({"userName": "ada", "externalId": "1"}));
    let nobody = "01900000-0000-7000-8000-000000000000";
    let answers = |id: &str| {
        let path = format!("/Users/{id}");
        let member =
            json!({"schemas": [crate::tenant::GROUP], "displayName": "x", "members": [{"value": id}]});
        [
            tenant.get(&path),
            tenant.put(&path, with_schema(json!({"userName": "x"}), USER)),
            tenant.patch(&path, json!([{"op": "remove", "path": "title"}])),
            tenant.delete(&path),
            tenant.post("/Groups", member),
        ]
        .map(|answer| (answer.status, answer.text().replace(id, "ID")))
    };
    assert_eq!(answers(&theirs.id), answers(nobody));
    assert!(tenant.found("userName eq \"ada\"").is_empty());
    theirs.read();
}

// scim: 202
#[test]
fn the_log_tells_of_a_request_without_its_secrets_its_filter_or_its_body() {
    let tenant = Tenant::new();
    let secret = "unmistakable-7f3a";
    let ada = tenant.person(json!({"userName": secret, "password": secret, "title": secret}));
    tenant.found(&format!("userName eq \"{secret}\""));
    ada.patched(json!([{"op": "replace", "path": "title", "value": secret}]));
    tenant.try_person(json!({"userName": secret})).expect(409);
    tenant.try_person(json!({"userName": secret, "active": secret})).expect(400);
    let log = tenant.server.log();
    assert!(log.contains(&format!("/scim/{}/v2/Users", tenant.slug)), "the request is there");
    assert!(!log.contains(secret) && !log.contains(&tenant.token));
}

//! POST `.search` (RFC 7644 §3.4.3).

use serde_json::{Value, json};

use crate::tenant::{LIST, SEARCH, Tenant, keys, refusal, strings, user_names};

// scim: 92, 93
#[test]
fn a_search_by_post_finds_what_the_same_query_by_get_finds() {
    let tenant = Tenant::new();
    for name in ["ada", "eve", "ida", "una"] {
        tenant.person(json!({"userName": name, "title": "Dr.", "nickName": name}));
    }
    let body = json!({"schemas": [SEARCH], "attributes": ["userName", "title"], "filter": "userName ne \"eve\"",
        "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 1});
    let posted = tenant.post("/Users/.search", body).expect(200);
    assert_eq!(posted.header("location"), "");
    assert_eq!(user_names(&posted), ["ida"]);
    assert_eq!(keys(&posted.json["Resources"][0]), ["id", "schemas", "title", "userName"]);
    let got = tenant.ask(
        "/Users",
        &[
            ("attributes", "userName,title"),
            ("filter", "userName ne \"eve\""),
            ("sortBy", "userName"),
            ("sortOrder", "descending"),
            ("startIndex", "2"),
            ("count", "1"),
        ],
    );
    assert_eq!(posted.json, got.expect(200).json);
    let body = json!({"schemas": [SEARCH], "excludedAttributes": ["meta", "title"], "count": 1});
    let without = tenant.post("/Users/.search", body).expect(200).json;
    assert_eq!(keys(&without["Resources"][0]), ["active", "id", "nickName", "schemas", "userName"]);
}

// scim: 92
#[test]
fn a_search_at_the_root_covers_people_and_groups_and_one_at_groups_only_those() {
    let tenant = Tenant::new();
    let (ada, group) =
        (tenant.person(json!({"userName": "ada", "displayName": "x"})), tenant.group("x", &[]));
    let ids = |path: &str| {
        let body = json!({"schemas": [SEARCH], "filter": "displayName eq \"x\""});
        strings(&tenant.post(path, body).expect(200).json["Resources"], "id")
    };
    assert_eq!(ids("/.search"), [ada.id.as_str(), group.id.as_str()]);
    assert_eq!(ids("/Groups/.search"), [group.id.as_str()]);
    assert_eq!(ids("/Users/.search"), [ada.id.as_str()]);
}

// scim: 94
#[test]
fn a_search_whose_members_have_the_wrong_type_is_a_syntax_error_and_one_without_schemas_is_read() {
    let tenant = Tenant::new();
    let search = |body: Value| tenant.post("/Users/.search", body);
    assert_eq!(refusal(&search(json!({"schemas": [SEARCH], "filter": 7}))), "400 invalidSyntax");
    assert_eq!(refusal(&search(json!({"schemas": [SEARCH], "attributes": 7}))), "400 invalidSyntax");
    assert_eq!(refusal(&search(json!([]))), "400 invalidSyntax");
    assert_eq!(search(json!({"count": 1})).expect(200).json["schemas"], json!([LIST]));
}

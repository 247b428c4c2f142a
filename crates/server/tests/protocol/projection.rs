//! `attributes` and `excludedAttributes` (RFC 7644 §3.9).

use serde_json::{Value, json};

use crate::tenant::{ENTERPRISE, SEARCH, Tenant, keys, refusal};

fn ada(tenant: &Tenant) -> String {
    let ada = tenant.person(json!({
        "userName": "ada", "title": "Dr.", "name": {"givenName": "Ada", "familyName": "Byron"},
        "emails": [{"value": "a@x.example", "type": "work"}],
        ENTERPRISE: {"department": "Sales", "division": "Books"},
    }));
    tenant.group("Sales", &[&ada.id]);
    ada.path
}

// scim: 23, 25, 129
#[test]
fn only_what_is_named_is_sent_besides_id_and_schemas() {
    let tenant = Tenant::new();
    let path = ada(&tenant);
    let only = |attributes: &str| tenant.ask(&path, &[("attributes", attributes)]).expect(200).json;
    let seen = only(&format!("title,name.givenName,emails.value,{ENTERPRISE}:department"));
    assert_eq!(keys(&seen), ["emails", "id", "name", "schemas", "title", ENTERPRISE]);
    assert_eq!(seen["name"], json!({"givenName": "Ada"}));
    assert_eq!(seen["emails"], json!([{"value": "a@x.example"}]));
    assert_eq!(seen[ENTERPRISE], json!({"department": "Sales"}));
    assert_eq!(keys(&only("groups")), ["groups", "id", "schemas"]);
    assert_eq!(keys(&only(ENTERPRISE)), ["id", "schemas", ENTERPRISE]);
    let all = tenant.get(&path).expect(200).json;
    let without =
        |attributes: &str| tenant.ask(&path, &[("excludedAttributes", attributes)]).expect(200).json;
    let seen = without(&format!("title,groups,name.givenName,{ENTERPRISE}"));
    assert_eq!(seen["name"], json!({"familyName": "Byron"}));
    let left: Vec<&str> =
        keys(&all).into_iter().filter(|key| !["title", "groups", ENTERPRISE].contains(key)).collect();
    assert_eq!(keys(&seen), left);
}

// scim: 130
#[test]
fn naming_and_excluding_at_once_is_refused() {
    let tenant = Tenant::new();
    let path = ada(&tenant);
    for path in [path.as_str(), "/Users"] {
        let answer = tenant.ask(path, &[("attributes", "title"), ("excludedAttributes", "name")]);
        assert_eq!(refusal(&answer), "400 invalidValue", "{path}");
    }
}

// scim: 23, 24, 131
#[test]
fn an_id_cannot_be_excluded_and_a_password_cannot_be_asked_for() {
    let tenant = Tenant::new();
    let path = ada(&tenant);
    let seen = tenant.ask(&path, &[("excludedAttributes", "id,schemas,meta,userName")]).expect(200).json;
    assert!(seen["id"].is_string() && seen["schemas"].is_array(), "{seen}");
    assert_eq!((seen.get("meta"), seen.get("userName")), (None, None));
    let seen = tenant.ask(&path, &[("attributes", "password")]).expect(200).json;
    assert_eq!(keys(&seen), ["id", "schemas"]);
}

// scim: 132
// dialect: 15
#[test]
fn names_are_read_in_any_case_with_blanks_between_and_unknown_ones_mean_nothing() {
    let tenant = Tenant::new();
    let path = ada(&tenant);
    let seen = tenant.get(&format!("{path}?attributes=TITLE,%20Name.GIVENNAME,+shoeSize,")).expect(200).json;
    assert_eq!(seen["name"], json!({"givenName": "Ada"}));
    assert_eq!(keys(&seen), ["id", "name", "schemas", "title"]);
    let seen = tenant.get(&format!("{path}?ATTRIBUTES=title")).expect(200).json;
    assert_eq!(keys(&seen), ["id", "schemas", "title"]);
    let seen = tenant.get("/Users?EXCLUDEDATTRIBUTES=title,shoeSize").expect(200).json;
    assert_eq!(seen["Resources"][0].get("title"), None);
}

// scim: 133
#[test]
fn every_read_can_be_cut() {
    let tenant = Tenant::new();
    let path = ada(&tenant);
    let one = tenant.ask(&path, &[("attributes", "title")]).expect(200).json;
    let listed = tenant.ask("/Users", &[("attributes", "title")]).expect(200).json["Resources"][0].clone();
    let body = json!({"schemas": [SEARCH], "attributes": ["title"]});
    let searched = tenant.post("/Users/.search", body).expect(200).json["Resources"][0].clone();
    assert_eq!(keys(&one), ["id", "schemas", "title"]);
    assert_eq!((&listed, &searched), (&one, &one));
    let groups = tenant.ask("/Groups", &[("excludedAttributes", "members")]).expect(200).json;
    assert_eq!(groups["Resources"][0].get("members"), Option::<&Value>::None);
}

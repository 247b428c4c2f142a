//! GET of one resource (RFC 7644 §3.4.1).

use serde_json::json;

use crate::tenant::{Tenant, refusal};

// scim: 83
#[test]
fn a_resource_is_read_by_its_id_until_it_is_deleted() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let read = tenant.get(&ada.path).expect(200);
    assert_eq!((&read.json, read.header("etag")), (&ada.json, ada.json["meta"]["version"].as_str().unwrap()));
    let known =
        tenant.request("GET", &ada.path).header("If-None-Match", read.header("etag")).send().expect(304);
    assert!(known.bytes.is_empty());
    assert_eq!(known.header("etag"), read.header("etag"));
    tenant.request("GET", &ada.path).header("If-None-Match", "W/\"99\"").send().expect(200);
    tenant.delete(&ada.path).expect(204);
    for path in [ada.path.as_str(), "/Users/7", "/Groups/01900000-0000-7000-8000-000000000000"] {
        let answer = tenant.get(path).expect(404);
        assert_eq!((refusal(&answer), &answer.json["status"]), ("404".to_owned(), &json!("404")));
    }
}

// scim: 84
#[test]
fn an_id_in_a_path_is_decoded_once_and_compared_exactly() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let encoded: String = ada.id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(tenant.get(&format!("/Users/{encoded}")).expect(200).json["id"], ada.id);
    tenant.get(&format!("/Users/{}", encoded.replace('%', "%25"))).expect(404);
    tenant.get(&format!("/Users/{}", ada.id.to_uppercase())).expect(404);
    tenant.get(&format!("/Users/{}", ada.id.replace('-', ""))).expect(404);
    tenant.get(&format!("/users/{}", ada.id)).expect(404);
}

//! Versions (RFC 7644 §3.14).

use serde_json::json;

use crate::{
    support::Answer,
    tenant::{MEDIA, PATCH, Tenant, USER, with_schema},
};

// scim: 100, 175
#[test]
fn every_write_can_insist_on_a_version_and_every_read_can_skip_a_known_one() {
    let tenant = Tenant::new();
    assert_eq!(tenant.get("/ServiceProviderConfig").expect(200).json["etag"]["supported"], true);
    for resource in [tenant.somebody(), tenant.group("Sales", &[])] {
        let version = resource.json["meta"]["version"].as_str().unwrap();
        assert!(version.starts_with("W/\"") && version.ends_with('"'), "{version}");
        let send = |method: &str, expected: &str| -> Answer {
            let request = tenant.request(method, &resource.path).header("If-Match", expected);
            match method {
                "PUT" => {
                    request.json(&with_schema(json!({"userName": "x", "displayName": "x"}), USER), MEDIA)
                }
                "PATCH" => {
                    let operations = json!([{"op": "replace", "path": "displayName", "value": "y"}]);
                    request.json(&json!({"schemas": [PATCH], "Operations": operations}), MEDIA)
                }
                _ => request,
            }
            .send()
        };
        for method in ["PUT", "PATCH", "DELETE"] {
            assert_eq!(send(method, "W/\"99\"").status, 412, "{method}");
            assert_eq!(send(method, "nonsense").status, 412, "{method}");
        }
        assert_eq!(tenant.get(&resource.path).expect(200).header("etag"), version, "nothing happened");
        let changed = send("PATCH", version);
        assert!(changed.status < 300);
        assert_ne!(changed.header("etag"), version);
        assert_eq!(send("PUT", version).status, 412);
        let read = |known: &str| tenant.request("GET", &resource.path).header("If-None-Match", known).send();
        read(version).expect(200);
        let known = read(changed.header("etag")).expect(304);
        assert!(known.bytes.is_empty());
        assert_eq!(send("PUT", &format!("W/\"99\", {}", changed.header("etag"))).status, 200);
        assert_eq!(send("DELETE", "*").status, 204);
    }
}

// scim: 136, 176
#[test]
fn the_version_is_the_same_in_header_and_body_and_changes_with_the_resource_alone() {
    let tenant = Tenant::new();
    for resource in [tenant.somebody(), tenant.group("Sales", &[])] {
        let version = |answer: Answer| {
            let answer = answer.expect(200);
            assert_eq!(answer.json["meta"]["version"], answer.header("etag"));
            answer.header("etag").to_owned()
        };
        let first = version(tenant.get(&resource.path));
        assert_eq!(version(tenant.get(&resource.path)), first);
        let rename = || {
            let operations = json!([{"op": "replace", "path": "displayName", "value": "Other"}]);
            tenant.patch(&resource.path, operations).header("etag").to_owned()
        };
        let second = rename();
        assert_ne!(second, first);
        assert_eq!(version(tenant.get(&resource.path)), second);
        let before = resource.read();
        assert_eq!(rename(), second, "the same again changes nothing");
        assert_eq!(resource.read(), before);
    }
}

// scim: 176
#[test]
fn members_that_come_and_go_change_the_version_of_their_group() {
    let tenant = Tenant::new();
    let (ada, group) = (tenant.somebody(), tenant.group("Sales", &[]));
    let mut seen = vec![group.json["meta"]["version"].clone()];
    for operation in [
        json!({"op": "add", "path": "members", "value": [{"value": ada.id}]}),
        json!({"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}),
        json!({"op": "replace", "path": "members", "value": [{"value": ada.id}]}),
    ] {
        let version = group.patched(json!([operation]))["meta"]["version"].clone();
        assert!(!seen.contains(&version), "{version} in {seen:?}");
        seen.push(version);
    }
}

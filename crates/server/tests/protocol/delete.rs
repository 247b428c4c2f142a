//! DELETE (RFC 7644 §3.6).

use serde_json::json;

use crate::tenant::{Tenant, USER, refusal, user_names, with_schema};

// scim: 101
#[test]
fn what_is_deleted_is_gone_for_every_method_and_from_every_list() {
    let tenant = Tenant::new();
    for resource in [tenant.somebody(), tenant.group("Sales", &[])] {
        let answer = tenant.delete(&resource.path).expect(204);
        assert!(answer.bytes.is_empty());
        let body = with_schema(json!({"userName": "ada", "displayName": "Sales"}), USER);
        let operations = json!([{"op": "replace", "path": "displayName", "value": "x"}]);
        for answer in [
            tenant.get(&resource.path),
            tenant.put(&resource.path, body),
            tenant.patch(&resource.path, operations),
            tenant.delete(&resource.path),
        ] {
            assert_eq!(refusal(&answer), "404");
        }
    }
    assert_eq!(tenant.get("/").expect(200).json["totalResults"], 0);
    assert!(user_names(&tenant.get("/Users")).is_empty());
}

// scim: 102
#[test]
fn a_deleted_person_leaves_the_user_name_to_somebody_else() {
    let tenant = Tenant::new();
    let body = json!({"userName": "ada", "externalId": "1"});
    let first = tenant.person(body.clone());
    tenant.delete(&first.path).expect(204);
    let second = tenant.person(body);
    assert_ne!(first.id, second.id);
}

// scim: 103
#[test]
fn who_is_deleted_is_a_member_of_nothing() {
    let tenant = Tenant::new();
    let (ada, inner) = (tenant.somebody(), tenant.group("Inner", &[]));
    let outer = tenant.group("Outer", &[&ada.id, &inner.id]);
    tenant.delete(&ada.path).expect(204);
    assert_eq!(outer.members(), [inner.id.as_str()]);
    tenant.delete(&inner.path).expect(204);
    assert!(outer.members().is_empty());
}

//! Groups and their members (RFC 7643 §4.2).

use serde_json::json;

use crate::tenant::{GROUP, Tenant, keys, refusal};

// scim: 51
#[test]
fn a_group_needs_a_name_but_not_one_of_its_own() {
    let tenant = Tenant::new();
    assert_eq!(refusal(&tenant.post("/Groups", json!({"schemas": [GROUP]}))), "400 invalidValue");
    let body =
        |external_id: &str| json!({"schemas": [GROUP], "displayName": "Sales", "externalId": external_id});
    let first = tenant.post("/Groups", body("1")).expect(201).json;
    let second = tenant.post("/Groups", body("2")).expect(201).json;
    assert_ne!(first["id"], second["id"]);
    let schema = tenant.get(&format!("/Schemas/{GROUP}")).expect(200).json;
    assert_eq!(schema["attributes"][0]["uniqueness"], "none");
}

// scim: 52
// dialect: 14
#[test]
fn a_member_is_an_id_with_its_type_and_address_whatever_else_was_sent() {
    let tenant = Tenant::new();
    let (ada, inner) = (tenant.somebody(), tenant.group("Inner", &[]));
    let members = json!([
        {"value": ada.id, "display": "Somebody Else", "$ref": format!("../Users/{}", ada.id)},
        {"value": inner.id, "type": "Group"},
    ]);
    let body = json!({"schemas": [GROUP], "displayName": "Sales", "members": members});
    let group = tenant.post("/Groups", body).expect(201).json;
    let mut members = group["members"].as_array().unwrap().clone();
    members.sort_by_key(|member| member["type"].as_str().unwrap().to_owned());
    assert_eq!(keys(&members[0]), ["$ref", "type", "value"]);
    assert_eq!((&members[0]["value"], &members[0]["type"]), (&json!(inner.id), &json!("Group")));
    assert_eq!(members[0]["$ref"], format!("{}/Groups/{}", tenant.url, inner.id));
    assert_eq!((&members[1]["value"], &members[1]["type"]), (&json!(ada.id), &json!("User")));
    assert_eq!(members[1]["$ref"], format!("{}/Users/{}", tenant.url, ada.id));
}

// scim: 21, 53
#[test]
fn members_come_and_go_but_a_member_does_not_become_another() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let eve = tenant.person(json!({"userName": "eve"}));
    let group = tenant.group("Sales", &[&ada.id]);
    let path = format!("members[value eq \"{}\"].value", ada.id);
    assert_eq!(group.refuses(json!([{"op": "replace", "path": path, "value": eve.id}])), "400 mutability");
    group.patched(json!([{"op": "add", "path": "members", "value": [{"value": eve.id}]}]));
    group.patched(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]));
    assert_eq!(group.members(), [eve.id.as_str()]);
}

// scim: 47, 54
#[test]
fn groups_nest_without_going_round_and_a_user_knows_the_direct_and_the_indirect_ones() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let inner = tenant.group("Inner", &[&ada.id]);
    let outer = tenant.group("Outer", &[&inner.id]);
    let groups = ada.read()["groups"].clone();
    let kind_of = |name: &str| {
        let group = groups.as_array().unwrap().iter().find(|group| group["display"] == name).unwrap().clone();
        (group["type"].clone(), group["value"].clone(), group["$ref"].clone())
    };
    let address = |id: &str| json!(format!("{}/Groups/{id}", tenant.url));
    assert_eq!(kind_of("Inner"), (json!("direct"), json!(inner.id), address(&inner.id)));
    assert_eq!(kind_of("Outer"), (json!("indirect"), json!(outer.id), address(&outer.id)));
    for (group, member) in [(&inner, &outer), (&inner, &inner)] {
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": member.id}]}]);
        assert_eq!(group.refuses(operations), "400 invalidValue");
    }
}

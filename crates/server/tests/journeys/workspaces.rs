//! Workspaces that are renamed and removed, and memberships given by hand.

use serde_json::json;

use crate::world::World;

#[test]
fn a_removed_workspace_takes_its_memberships_along_and_tells_of_each() {
    let world = World::new();
    let ada = world.person("ada");
    world.group("ws-Sales-role-admin", &[&ada]);
    world.server.admin("DELETE", "/v1/admin/workspaces/sales", None).expect(204);
    world.server.admin("GET", "/v1/admin/workspaces/sales/users", None).expect(404);
    let user = world.server.admin("GET", &format!("/v1/admin/users/{ada}"), None).expect(200);
    assert_eq!(user.json["workspaces"], json!([]));
    assert!(world.events().iter().any(|kind| kind == "membership.removed"));
}

#[test]
fn a_renamed_workspace_is_the_same_one() {
    let world = World::new();
    let ada = world.person("ada");
    world.group("ws-Sales-role-admin", &[&ada]);
    world.server.admin("PUT", "/v1/admin/workspaces/sales", Some(&json!({"name": "Revenue"}))).expect(200);
    assert_eq!(world.people_in("sales"), ["ada: admin"], "the slug still answers to the group's name");
}

#[test]
fn two_workspaces_never_share_a_name_or_a_slug() {
    let world = World::new();
    world.workspace("Sales");
    let create = |body| world.server.admin("POST", "/v1/admin/workspaces", Some(&body)).status;
    assert_eq!(create(json!({"name": "SALES"})), 409);
    assert_eq!(create(json!({"name": "Other", "slug": "sales"})), 409);
    assert_eq!(create(json!({"name": ""})), 400);
    assert_eq!(create(json!({"name": "Other", "slug": "Not A Slug"})), 400);
    assert_eq!(create(json!({"name": "Other", "typo": 1})), 400);
}

#[test]
fn a_grant_is_given_changed_and_taken_back_and_says_so_in_its_sources() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let people = format!("/v1/admin/workspaces/{sales}/users");
    let one = format!("{people}/{ada}");
    world.server.admin("PUT", &one, Some(&json!({"role": "admin"}))).expect(404);
    world.server.admin("POST", &people, Some(&json!({"user_id": ada, "role": "member"}))).expect(201);
    world.server.admin("POST", &people, Some(&json!({"user_id": ada, "role": "admin"}))).expect(409);
    world.server.admin("PUT", &one, Some(&json!({"role": "admin"}))).expect(200);
    world.group("ws-Sales-role-member", &[&ada]);
    let listed = world.server.admin("GET", &people, None).expect(200);
    let person = &listed.json["data"][0];
    assert_eq!((&person["role"], person["sources"].as_array().unwrap().len()), (&json!("admin"), 2));
    world.server.admin("DELETE", &one, None).expect(204);
    assert_eq!(world.people_in(&sales), ["ada: member"]);
    world.server.admin("DELETE", &one, None).expect(404);
}

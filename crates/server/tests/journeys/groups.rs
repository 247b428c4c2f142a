//! Groups become workspace memberships, by mappings and by names.

use serde_json::json;

use crate::world::World;

// pain: 6
#[test]
fn a_group_named_after_the_pattern_makes_its_workspace_and_its_members() {
    let world = World::new();
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.join(&group, &eve);
    assert_eq!(world.people_in("sales"), ["ada: admin", "eve: admin"]);
    world.leave(&group, &ada);
    assert_eq!(world.people_in("sales"), ["eve: admin"]);
}

#[test]
fn a_group_finds_a_workspace_by_slug_or_name_without_regard_to_case() {
    let world = World::new();
    let ada = world.person("ada");
    let slug = world.workspace("Sales Team");
    assert_eq!(slug, "sales-team");
    world.group("ws-SALES TEAM-role-member", &[&ada]);
    world.group("WS-Sales-Team-Role-Manager", &[&ada]);
    assert_eq!(world.people_in(&slug), ["ada: manager"]);
    let workspaces = world.server.admin("GET", "/v1/admin/workspaces", None).expect(200);
    assert_eq!(workspaces.json["total"], 1);
}

#[test]
fn without_create_workspaces_a_name_waits_until_the_workspace_is_made() {
    let world = World::new();
    world.settings(json!({"create_workspaces": false}));
    let ada = world.person("ada");
    world.group("ws-Sales-role-manager", &[&ada]);
    world.server.admin("GET", "/v1/admin/workspaces/sales", None).expect(404);
    let sales = world.workspace("Sales");
    assert_eq!(world.people_in(&sales), ["ada: manager"]);
}

// pain: 10
#[test]
fn a_group_renamed_out_of_the_pattern_takes_its_memberships_along() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    world.rename(&group, "Sales people");
    assert!(world.people_in("sales").is_empty());
    world.rename(&group, "ws-Sales-role-member");
    assert_eq!(world.people_in("sales"), ["ada: member"]);
    world.rename(&group, "ws-Support-role-manager");
    assert!(world.people_in("sales").is_empty());
    assert_eq!(world.people_in("support"), ["ada: manager"]);
}

// pain: 15
#[test]
fn a_person_in_two_groups_has_the_higher_role_until_they_leave_that_group() {
    let world = World::new();
    let ada = world.person("ada");
    let lower = world.group("ws-Sales-role-member", &[&ada]);
    let higher = world.group("ws-Sales-role-admin", &[&ada]);
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.leave(&higher, &ada);
    assert_eq!(world.people_in("sales"), ["ada: member"]);
    world.leave(&lower, &ada);
    assert!(world.people_in("sales").is_empty());
}

// pain: 15
#[test]
fn a_manual_grant_stays_when_a_group_goes() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    let body = json!({"user_id": ada, "role": "member"});
    world.server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&body)).expect(201);
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: member"]);
}

#[test]
fn one_group_may_give_different_roles_in_different_workspaces() {
    let world = World::new();
    let (sales, support) = (world.workspace("Sales"), world.workspace("Support"));
    let ada = world.person("ada");
    world.group("Everybody", &[&ada]);
    world.map("Everybody", &sales, "member").expect(200);
    world.map("Everybody", &support, "admin").expect(200);
    assert_eq!(
        (world.people_in(&sales), world.people_in(&support)),
        (vec!["ada: member".into()], vec!["ada: admin".into()])
    );
}

#[test]
fn the_same_mapping_again_is_the_same_and_another_role_is_a_conflict_that_names_it() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let first = world.map("Everybody", &sales, "member").expect(200);
    let again = world.map("everybody", &sales, "member").expect(200);
    assert_eq!(first.json["id"], again.json["id"]);
    let conflict = world.map("Everybody", &sales, "admin").expect(409);
    assert_eq!(conflict.header("content-type"), "application/problem+json");
    let detail = conflict.json["detail"].as_str().unwrap();
    assert!(detail.contains("member") && detail.contains(first.json["id"].as_str().unwrap()), "{detail}");
}

#[test]
fn a_name_that_follows_the_pattern_cannot_be_mapped_by_name() {
    let world = World::new();
    let sales = world.workspace("Sales");
    world.map("ws-Sales-role-admin", &sales, "member").expect(400);
    world.settings(json!({"enabled": false}));
    world.map("ws-Sales-role-admin", &sales, "member").expect(200);
}

#[test]
fn an_administrators_mapping_silences_the_groups_name() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    let support = world.workspace("Support");
    let body = json!({"scim_group_id": group, "workspace_id": support, "role": "member"});
    let mapping = world.server.admin("POST", "/v1/scim/workspaces", Some(&body)).expect(200);
    assert!(world.people_in("sales").is_empty());
    assert_eq!(world.people_in(&support), ["ada: member"]);
    let path = format!("/v1/scim/workspaces/{}", mapping.json["id"].as_str().unwrap());
    world.server.admin("DELETE", &path, None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: admin"], "the name speaks again");
    assert!(world.people_in(&support).is_empty());
}

// pain: 6
#[test]
fn a_changed_role_of_a_mapping_reaches_everybody_at_once() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    world.group("Everybody", &[&ada, &eve]);
    let mapping = world.map("Everybody", &sales, "member").expect(200);
    let path = format!("/v1/scim/workspaces/{}", mapping.json["id"].as_str().unwrap());
    world.server.admin("PUT", &path, Some(&json!({"role": "manager"}))).expect(200);
    assert_eq!(world.people_in(&sales), ["ada: manager", "eve: manager"]);
}

#[test]
fn a_mapping_outlives_its_group_and_holds_for_the_next_of_that_name() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let group = world.group("Everybody", &[&ada]);
    let mapping = world.map("Everybody", &sales, "member").expect(200);
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert!(world.people_in(&sales).is_empty());
    world.server.scim("GET", &format!("/Groups/{group}"), None).expect(404);
    let listed = world.server.admin("GET", "/v1/scim/workspaces", None).expect(200);
    assert_eq!(listed.json["mappings"][0]["id"], mapping.json["id"]);
    world.group("Everybody", &[&ada]);
    assert_eq!(world.people_in(&sales), ["ada: member"]);
}

#[test]
fn a_changed_pattern_is_read_into_all_groups() {
    let world = World::new();
    let ada = world.person("ada");
    world.group("ws-Sales-role-admin", &[&ada]);
    world.group("Rolecall Support as member", &[&ada]);
    world.settings(json!({"prefix": "Rolecall ", "role_separator": " as "}));
    assert!(world.people_in("sales").is_empty());
    assert_eq!(world.people_in("support"), ["ada: member"]);
    world.settings(json!({"prefix": "ws-", "role_separator": "-role-"}));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    assert!(world.people_in("support").is_empty());
}

// scim: 54
#[test]
fn people_in_a_nested_group_have_what_the_outer_group_gives() {
    let world = World::new();
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    let inner = world.group("Inner", &[&ada]);
    let outer = world.group("ws-Sales-role-admin", &[&inner, &eve]);
    assert_eq!(world.people_in("sales"), ["ada: admin", "eve: admin"]);
    world.leave(&outer, &inner);
    assert_eq!(world.people_in("sales"), ["eve: admin"]);
    world.join(&outer, &inner);
    let circle = json!([{"op": "add", "path": "members", "value": [{"value": outer}]}]);
    world.patch(&format!("/Groups/{inner}"), circle).expect(400);
    world.server.scim("DELETE", &format!("/Groups/{inner}"), None).expect(204);
    assert_eq!(world.people_in("sales"), ["eve: admin"]);
}

// scim: 135
#[test]
fn a_member_that_does_not_exist_is_named_and_nothing_of_the_request_is_done() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[]);
    let stranger = "01900000-0000-7000-8000-000000000000";
    let operations =
        json!([{"op": "add", "path": "members", "value": [{"value": ada}, {"value": stranger}]}]);
    let answer = world.patch(&format!("/Groups/{group}"), operations).expect(400);
    assert!(answer.json["detail"].as_str().unwrap().contains(stranger), "{}", answer.json);
    assert!(world.people_in("sales").is_empty());
}

// scim: 148, 151
// dialect: 4, 22
// pain: 1
#[test]
fn removing_without_a_value_empties_the_group_and_with_a_list_only_those() {
    let world = World::new();
    let (ada, eve, ida) = (world.person("ada"), world.person("eve"), world.person("ida"));
    let group = world.group("ws-Sales-role-admin", &[&ada, &eve, &ida]);
    world.leave(&group, &ada);
    assert_eq!(world.people_in("sales"), ["eve: admin", "ida: admin"]);
    let path = format!("/Groups/{group}");
    world.patch(&path, json!([{"op": "remove", "path": format!("members[value eq \"{eve}\"]")}])).expect(204);
    assert_eq!(world.people_in("sales"), ["ida: admin"]);
    world
        .patch(&path, json!([{"op": "replace", "value": {"displayName": "ws-Sales-role-manager"}}]))
        .expect(204);
    assert_eq!(world.people_in("sales"), ["ida: manager"], "a rename touches no member");
    world.patch(&path, json!([{"op": "remove", "path": "members"}])).expect(204);
    assert!(world.people_in("sales").is_empty());
}

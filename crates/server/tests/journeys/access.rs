//! Organisation roles, deactivation and deletion.

use serde_json::json;

use crate::world::World;

// pain: 6
#[test]
fn from_a_first_push_to_a_member_seen_by_the_administrator() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let mapping = world.map("Sales people", &sales, "manager").expect(200);
    assert_eq!(mapping.json["scim_group"], "Sales people");
    let ada = world.person("ada");
    let group = world.group("Sales people", &[]);
    assert_eq!(
        mapping.json["scim_group_id"], group,
        "the group that the mapping named is the one that was pushed"
    );
    world.join(&group, &ada);
    assert_eq!(world.people_in(&sales), ["ada: manager"]);
}

#[test]
fn the_highest_of_the_roles_counts_and_any_other_word_means_member() {
    let world = World::new();
    for (name, roles, wanted) in [
        ("plain", json!(["admin"]), "admin"),
        ("object", json!([{"value": "Owner", "primary": true}]), "owner"),
        ("several", json!([{"value": "member"}, {"value": "admin"}]), "admin"),
        (
            "json-text",
            json!([{"value": "{\"id\":\"1\",\"value\":\"owner\",\"displayName\":\"Owner\"}"}]),
            "owner",
        ),
        ("group", json!([{"value": "group"}]), "member"),
        ("none", json!([]), "member"),
    ] {
        let id = world.person_with(json!({"userName": format!("{name}@acme.test"), "roles": roles}));
        assert_eq!(world.org_role(&id), wanted, "{name}");
    }
}

#[test]
fn a_role_that_is_taken_away_is_gone() {
    let world = World::new();
    let ada = world
        .person_with(json!({"userName": "ada@acme.test", "roles": [{"value": "owner"}, {"value": "admin"}]}));
    let path = format!("/Users/{ada}");
    world.patch(&path, json!([{"op": "Remove", "path": "roles", "value": [{"value": "owner"}]}])).expect(200);
    assert_eq!(world.org_role(&ada), "admin");
    world
        .patch(&path, json!([{"op": "Replace", "path": "roles", "value": [{"value": "member"}]}]))
        .expect(200);
    assert_eq!(world.org_role(&ada), "member");
}

// scim: 44
// dialect: 2, 18
// pain: 3
#[test]
fn deactivation_takes_everything_away_and_reactivation_brings_it_back() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    world.group("ws-Sales-role-admin", &[&ada]);
    let (support, body) = (world.workspace("Support"), json!({"user_id": ada, "role": "member"}));
    let path = format!("/v1/admin/workspaces/{support}/users");
    world.server.admin("POST", &path, Some(&body)).expect(201);
    assert_eq!(
        (world.people_in(&sales), world.people_in(&support)),
        (vec!["ada: admin".into()], vec!["ada: member".into()])
    );

    for off in [json!(false), json!("False")] {
        world.set_active(&ada, off);
        assert!(world.people_in(&sales).is_empty() && world.people_in(&support).is_empty());
        assert_eq!(
            world.server.scim("GET", &format!("/Users/{ada}"), None).expect(200).json["active"],
            false
        );
        world.set_active(&ada, json!("True"));
        assert_eq!(world.people_in(&sales), ["ada: admin"]);
        assert_eq!(world.people_in(&support), ["ada: member"]);
    }
}

#[test]
fn a_put_that_leaves_active_out_brings_nobody_back() {
    let world = World::new();
    let ada = world.person("ada");
    world.set_active(&ada, json!(false));
    let body =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.test"});
    let answer = world.server.scim("PUT", &format!("/Users/{ada}"), Some(&body)).expect(200);
    assert_eq!(answer.json["active"], false);
}

// scim: 101, 102, 103
// pain: 3, 11
#[test]
fn a_deleted_person_leaves_every_workspace_and_frees_the_user_name() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    world.server.scim("DELETE", &format!("/Users/{ada}"), None).expect(204);
    assert!(world.people_in(&sales).is_empty());
    let answer = world.server.scim("GET", &format!("/Groups/{group}"), None).expect(200);
    assert!(answer.json["members"].as_array().is_none_or(Vec::is_empty));
    assert_ne!(world.person("ada"), ada);
    let events = world.events();
    for wanted in ["membership.removed", "user.deleted"] {
        assert!(events.iter().any(|kind| kind == wanted), "{wanted} is missing from {events:?}");
    }
}

// scim: 136
// dialect: 17
#[test]
fn a_patch_that_changes_nothing_keeps_version_and_time_and_writes_no_event() {
    let world = World::new();
    let ada = world.person("ada");
    let before = world.server.scim("GET", &format!("/Users/{ada}"), None).expect(200).json;
    let events = world.events().len();
    let operations = json!([{"op": "Replace", "path": "userName", "value": "ada@acme.test"}]);
    let after = world.patch(&format!("/Users/{ada}"), operations).expect(200).json;
    assert_eq!(before, after);
    assert_eq!(world.events().len(), events);
}

// scim: 39, 78
// pain: 11
#[test]
fn a_user_name_in_use_is_refused_by_name_whatever_its_case() {
    let world = World::new();
    world.person("ada");
    let body =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA@acme.test"});
    let answer = world.server.scim("POST", "/Users", Some(&body)).expect(409);
    assert_eq!(answer.json["scimType"], "uniqueness");
    assert!(answer.json["detail"].as_str().unwrap().contains("userName"), "{}", answer.json);
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve", "externalId": "ada"});
    let answer = world.server.scim("POST", "/Users", Some(&body)).expect(409);
    assert!(answer.json["detail"].as_str().unwrap().contains("externalId"), "{}", answer.json);
}

// pain: 7
#[test]
fn nobody_is_matched_by_an_e_mail_address() {
    let world = World::new();
    let emails = json!([{"value": "ada@acme.test", "primary": true}]);
    let first = world.person_with(json!({"userName": "ada", "emails": emails}));
    let second = world.person_with(json!({"userName": "ada2", "emails": emails}));
    assert_ne!(first, second);
}

#[test]
fn a_missing_display_name_is_composed_and_a_sent_one_is_kept() {
    let world = World::new();
    let name = json!({"givenName": "Ada", "familyName": "Byron"});
    let composed = world.person_with(json!({"userName": "ada", "name": name}));
    let sent = world.person_with(json!({"userName": "eve", "name": name, "displayName": "E."}));
    let shown = |id: &str| {
        world.server.scim("GET", &format!("/Users/{id}"), None).expect(200).json["displayName"].clone()
    };
    assert_eq!((shown(&composed), shown(&sent)), (json!("Ada Byron"), json!("E.")));
}

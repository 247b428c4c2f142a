//! Mappings in an administrator's hands: paused and resumed, removed with or without their people, and workspaces put away.

use serde_json::{Value, json};

use crate::world::{World, id_of};

/// Ada sells; sellers manage Sales.
fn a_company() -> (World, String, String) {
    let world = World::new();
    world.workspace("Sales");
    let ada = world.person("ada");
    world.group("Sellers", &[&ada]);
    let mapping = id_of(&world.map("Sellers", "sales", "manager").expect(200));
    (world, ada, mapping)
}

#[test]
fn a_paused_mapping_gives_nothing_until_it_is_resumed() {
    let (world, _, mapping) = a_company();
    let path = format!("/v1/scim/workspaces/{mapping}");
    let plan = world.server.admin("POST", &format!("{path}/pause?plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 1);
    assert_eq!(world.people_in("sales"), ["ada: manager"]);
    let paused = world.server.admin("POST", &format!("{path}/pause"), None).expect(200);
    assert_eq!(paused.json["paused"], true);
    assert!(world.people_in("sales").is_empty());
    let grace = world.person("grace");
    let group = paused.json["scim_group_id"].as_str().unwrap().to_owned();
    world.join(&group, &grace);
    assert!(world.people_in("sales").is_empty());
    let events = world.events().len();
    world.server.admin("POST", &format!("{path}/pause"), None).expect(200);
    assert_eq!(world.events().len(), events, "it is paused already");
    let resumed = world.server.admin("POST", &format!("{path}/resume"), None).expect(200);
    assert_eq!(resumed.json["paused"], false);
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: manager"]);

    // In one call with another role.
    let body = json!({"role": "admin", "paused": true});
    let changed = world.server.admin("PUT", &path, Some(&body)).expect(200);
    assert_eq!((&changed.json["role"], &changed.json["paused"]), (&json!("admin"), &json!(true)));
    world.server.admin("PUT", &path, Some(&json!({"paused": false}))).expect(200);
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: admin"]);
    assert!(world.events().iter().any(|kind| kind == "mapping.updated"));
    world.server.admin("POST", "/v1/scim/workspaces/7/pause", None).expect(404);
}

#[test]
fn a_mapping_goes_with_its_people_or_leaves_them_there_by_hand() {
    let (world, ada, mapping) = a_company();
    let path = format!("/v1/scim/workspaces/{mapping}?keep_members=true");
    let plan = world.server.admin("DELETE", &format!("{path}&plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 0);
    let kinds: Vec<&Value> = plan.json["also"].as_array().unwrap().iter().map(|also| &also["type"]).collect();
    assert_eq!(kinds, ["grant.created", "mapping.deleted"]);
    world.server.admin("DELETE", &path, None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: manager"]);
    let shown =
        world.server.admin("GET", &format!("/v1/admin/workspaces/sales/users/{ada}"), None).expect(200);
    assert_eq!(shown.json["sources"], json!([{"type": "grant", "role": "manager"}]));
    assert!(!world.events().iter().any(|kind| kind == "membership.removed"));

    let again = id_of(&world.map("Sellers", "sales", "admin").expect(200));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.server.admin("DELETE", &format!("/v1/scim/workspaces/{again}"), None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: manager"], "what was given by hand stays");
    world.server.admin("DELETE", "/v1/scim/workspaces/7?keep_members=perhaps", None).expect(400);
}

#[test]
fn nobody_is_in_an_archived_workspace_and_everything_waits() {
    let (world, ada, _) = a_company();
    let path = "/v1/admin/workspaces/sales";
    let plan = world.server.admin("POST", &format!("{path}/archive?plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 1);
    let archived = world.server.admin("POST", &format!("{path}/archive"), None).expect(200);
    assert!(archived.json["archived_at"].is_string());
    assert!(world.people_in("sales").is_empty());
    // What comes meanwhile waits, too: a grant, and a group by its name.
    let grace = world.person("grace");
    let grant = json!({"user_id": grace, "role": "member"});
    world.server.admin("POST", &format!("{path}/users"), Some(&grant));
    let zoe = world.person("zoe");
    world.group("ws-Sales-role-admin", &[&zoe]);
    assert!(world.people_in("sales").is_empty());
    let found = world.server.admin("GET", &format!("/v1/admin/users/{ada}"), None).expect(200);
    assert_eq!(found.json["workspaces"], json!([]));
    let restored = world.server.admin("POST", &format!("{path}/restore"), None).expect(200);
    assert_eq!(restored.json["archived_at"], Value::Null);
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: member", "zoe: admin"]);
    world.server.admin("POST", "/v1/admin/workspaces/nowhere/archive", None).expect(404);
}

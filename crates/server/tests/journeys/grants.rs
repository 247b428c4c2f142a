//! Roles by hand that are for a time: given by the API and the command line, explained, and ended by the server itself.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::world::World;

/// A moment so many seconds from now by the server's clock, as the API takes it.
fn in_seconds(world: &World, seconds: i64) -> String {
    let made =
        world.server.admin("POST", "/v1/admin/workspaces", Some(&json!({"name": "Clock"}))).expect(201);
    let now = rolecall_scim::instant::parse(made.json["created_at"].as_str().unwrap()).unwrap();
    rolecall_scim::render::timestamp(now + seconds * 1000)
}

fn sources(world: &World, workspace: &str, person: &str) -> Value {
    let path = format!("/v1/admin/workspaces/{workspace}/users/{person}");
    world.server.admin("GET", &path, None).expect(200).json["sources"].clone()
}

#[test]
fn a_role_for_a_time_is_told_planned_explained_and_ends_by_itself() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    let members = format!("/v1/admin/workspaces/{sales}/users");
    let soon = in_seconds(&world, 6);
    world
        .server
        .admin("POST", &members, Some(&json!({"user_id": ada, "role": "admin", "expires_at": soon})))
        .expect(201);
    let eves = json!({"user_id": eve, "role": "manager", "expires_at": soon, "then_role": "member"});
    world.server.admin("POST", &members, Some(&eves)).expect(201);
    world.server.admin("POST", &members, Some(&eves)).expect(201);
    let other = json!({"user_id": eve, "role": "manager"});
    let refused = world.server.admin("POST", &members, Some(&other)).expect(409).json;
    assert_eq!(refused["existing"], json!({"role": "manager", "expires_at": soon, "then_role": "member"}));
    assert_eq!(
        sources(&world, &sales, &eve),
        json!([{"type": "grant", "role": "manager", "expires_at": soon, "then_role": "member"}])
    );
    let explained =
        world.server.admin("GET", &format!("/v1/access/explain?user={ada}"), None).expect(200).json;
    assert_eq!(explained["workspaces"][0]["paths"][0]["expires_at"], soon);
    let tree = world.server.rolecall(&["explain", "--org", "default", "--user", "eve@acme.test"]).expect(0);
    assert!(tree.out.contains(&format!("until {soon}, then member")), "{}", tree.out);

    let ended = Instant::now();
    while world.events().iter().filter(|kind| *kind == "membership.removed").count() == 0 {
        assert!(ended.elapsed() < Duration::from_secs(60), "{:?}", world.events());
        sleep(Duration::from_millis(200));
    }
    world.server.admin("GET", &format!("{members}/{ada}"), None).expect(404);
    assert_eq!(sources(&world, &sales, &eve), json!([{"type": "grant", "role": "member"}]));
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let told = |kind: &str| -> Vec<Value> {
        events["data"].as_array().unwrap().iter().filter(|event| event["type"] == kind).cloned().collect()
    };
    assert_eq!(told("grant.deleted").len(), 1);
    assert_eq!(told("grant.deleted")[0]["changed"]["before"]["expires_at"], soon);
    assert_eq!(told("grant.deleted")[0]["cause"]["by"], json!({"type": "server"}));
    assert_eq!(told("grant.updated").len(), 1);
    assert_eq!(told("membership.removed").len(), 1);
    assert_eq!(told("membership.changed").len(), 1);
}

#[test]
fn the_command_line_gives_changes_and_takes_back() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let grant = |command: &str, more: &[&str]| {
        let place = ["grant", command, "--org", "default", "--workspace", &sales, "--user", "ada@acme.test"];
        world.server.rolecall(&[&place, more].concat())
    };
    let terms = ["--role", "admin", "--until", "2090-01-31", "--then", "member"];
    let plan = grant("give", &[&terms[..], &["--plan"]].concat()).expect(0);
    assert!(plan.out.contains("ada@acme.test") && plan.out.contains("gains"), "{}", plan.out);
    world.server.admin("GET", &format!("/v1/admin/workspaces/{sales}/users/{ada}"), None).expect(404);
    let given = grant("give", &terms).expect(0);
    assert!(given.err.contains("admin until 2090-02-01T00:00:00.000Z, then member"), "{}", given.err);
    let refused = grant("give", &["--role", "member"]).expect(1);
    assert!(refused.err.contains("rolecall grant change"), "{}", refused.err);
    let past = grant("change", &["--role", "member", "--until", "2020-01-01T00:00:00Z"]).expect(1);
    assert!(past.err.contains("not in the future"), "{}", past.err);
    grant("change", &["--role", "member", "--then", "member"]).expect(2);
    grant("change", &["--role", "manager"]).expect(0);
    assert_eq!(sources(&world, &sales, &ada), json!([{"type": "grant", "role": "manager"}]));
    grant("take-back", &[]).expect(0);
    grant("take-back", &[]).expect(1);
}

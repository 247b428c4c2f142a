//! A change can be tried first, and is then done as planned or not at all.

use serde_json::{Value, json};

use crate::{support::Answer, world::World};

/// What an administrator can look at, all of it.
fn everything(world: &World) -> Vec<Value> {
    ["/v1/scim/workspaces", "/v1/scim/groups", "/v1/scim/tokens", "/v1/scim/settings", "/v1/admin/workspaces"]
        .into_iter()
        .chain(["/v1/admin/users", "/v1/admin/api-keys", "/v1/scim/connections", "/v1/events?limit=500"])
        .map(|path| world.server.admin("GET", path, None).expect(200).json)
        .collect()
}

fn lines(plan: &Answer) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |effect: &Value| {
        let [name, slug] = ["user_name", "slug"].map(|key| word(&effect[key]));
        let [old, new, kind] = ["old_role", "new_role", "kind"].map(|key| word(&effect[key]));
        format!("{name} {kind} {slug}: {old} -> {new}")
    };
    let mut lines: Vec<String> = plan.json["data"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// Ada and Grace sell; Grace is a member of Sales by hand.
fn a_company() -> (World, [String; 2], String) {
    let world = World::new();
    world.workspace("Sales");
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    let body = json!({"user_id": grace, "role": "member"});
    world.server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&body)).expect(201);
    let group = world.group("Sellers", &[&ada, &grace]);
    (world, [ada, grace], group)
}

const MAPPING: &str = "/v1/scim/workspaces";

fn mapping(role: &str) -> Value {
    json!({"scim_group_name": "Sellers", "workspace_id": "sales", "role": role})
}

#[test]
fn a_plan_says_who_gains_loses_and_changes_what_and_changes_nothing() {
    let (world, _, _) = a_company();
    let before = everything(&world);
    let path = format!("{MAPPING}?plan=true");
    let plan = world.server.admin("POST", &path, Some(&mapping("manager"))).expect(200);
    assert_eq!(
        lines(&plan),
        ["ada@acme.test gains sales: - -> manager", "grace@acme.test changes sales: member -> manager"]
    );
    let counts = json!({"gains": 1, "losses": 0, "changes": 1, "org_roles": 0, "people": 2, "workspaces": 1});
    assert_eq!(plan.json["plan"], counts);
    let also = json!([{"type": "mapping.created", "count": 1, "names": ["Sellers"]}]);
    assert_eq!(plan.json["also"], also);
    assert_eq!(everything(&world), before);

    let fingerprint = plan.json["fingerprint"].as_str().unwrap();
    let path = format!("{MAPPING}?fingerprint={fingerprint}");
    let made = world.server.admin("POST", &path, Some(&mapping("manager"))).expect(200);
    assert_eq!(made.json["role"], "manager");
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: manager"]);

    let id = made.json["id"].as_str().unwrap();
    let plan = world.server.admin("DELETE", &format!("{MAPPING}/{id}?plan=true"), None).expect(200);
    assert_eq!(
        lines(&plan),
        ["ada@acme.test loses sales: manager -> -", "grace@acme.test changes sales: manager -> member"]
    );
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: manager"]);
}

#[test]
fn a_plan_whose_facts_moved_is_refused_and_nothing_is_done() {
    let (world, [ada, _], group) = a_company();
    let plan =
        world.server.admin("POST", &format!("{MAPPING}?plan=true"), Some(&mapping("admin"))).expect(200);
    let fingerprint = plan.json["fingerprint"].as_str().unwrap();
    world.leave(&group, &ada);
    let before = everything(&world);
    let path = format!("{MAPPING}?fingerprint={fingerprint}");
    let refused = world.server.admin("POST", &path, Some(&mapping("admin"))).expect(409);
    assert!(
        refused.json["detail"].as_str().unwrap().contains("ask for the plan again"),
        "{}",
        refused.text()
    );
    assert_eq!(everything(&world), before);
    world.join(&group, &ada);
    world.server.admin("POST", &path, Some(&mapping("admin"))).expect(200);
}

#[test]
fn the_pages_of_a_plan_hold_everybody_once_and_stop_when_the_facts_move() {
    let (world, [_, grace], group) = a_company();
    let page = |cursor: &str| {
        let path = format!("{MAPPING}?plan=true&limit=1&cursor={cursor}");
        world.server.admin("POST", &path, Some(&mapping("manager")))
    };
    let first = page("").expect(200);
    let cursor = first.json["next_cursor"].as_str().unwrap();
    let second = page(cursor).expect(200);
    assert_eq!(second.json["next_cursor"], Value::Null);
    assert_eq!(first.json["plan"], second.json["plan"]);
    let mut seen = [lines(&first), lines(&second)].concat();
    seen.sort();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].starts_with("ada@") && seen[1].starts_with("grace@"), "{seen:?}");
    world.leave(&group, &grace);
    page(cursor).expect(409);
    page("nonsense").expect(400);
}

#[test]
fn a_workspace_that_goes_is_planned_by_its_name_and_one_that_comes_by_its_slug() {
    let (world, [ada, _], _) = a_company();
    let plan = world.server.admin("DELETE", "/v1/admin/workspaces/sales?plan=true", None).expect(200);
    assert_eq!(lines(&plan), ["grace@acme.test loses Sales: member -> -"]);
    world.settings(json!({"enabled": true, "prefix": "ws-", "role_separator": "-role-"}));
    world.group("team_Lab_as_admin", &[&ada]);
    let change = json!({"pattern": {"prefix": "team_", "role_separator": "_as_"}});
    let plan = world.server.admin("PATCH", "/v1/scim/settings?plan=true", Some(&change)).expect(200);
    assert_eq!(lines(&plan), ["ada@acme.test gains lab: - -> admin"]);
    assert_eq!(plan.json["data"][0]["workspace_id"], Value::Null);
    let kinds: Vec<_> =
        plan.json["also"].as_array().unwrap().iter().map(|also| also["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mapping.created", "settings.updated", "workspace.created"]);
    let fingerprint = plan.json["fingerprint"].as_str().unwrap();
    let path = format!("/v1/scim/settings?fingerprint={fingerprint}");
    world.server.admin("PATCH", &path, Some(&change)).expect(200);
    assert_eq!(world.people_in("lab"), ["ada: admin"]);
}

#[test]
fn every_call_that_changes_something_can_be_planned_and_no_plan_shows_a_secret() {
    let (world, [ada, grace], _) = a_company();
    let made = world.server.admin("POST", MAPPING, Some(&mapping("member"))).expect(200);
    let id = made.json["id"].as_str().unwrap().to_owned();
    let token = world.server.admin("GET", "/v1/scim/tokens", None).expect(200).json["data"][0]["id"].clone();
    let token = token.as_str().unwrap();
    let before = everything(&world);
    let calls = [
        ("POST", "/v1/scim/tokens".to_owned(), json!({"name": "another"})),
        ("DELETE", format!("/v1/scim/tokens/{token}"), Value::Null),
        ("POST", "/v1/admin/api-keys".to_owned(), json!({"name": "another", "role": "admin"})),
        ("PUT", format!("{MAPPING}/{id}"), json!({"role": "admin"})),
        ("POST", "/v1/admin/workspaces".to_owned(), json!({"name": "Finance"})),
        ("PUT", "/v1/admin/workspaces/sales".to_owned(), json!({"name": "Selling"})),
        ("POST", "/v1/admin/workspaces/sales/users".to_owned(), json!({"user_id": ada, "role": "admin"})),
        ("PUT", format!("/v1/admin/workspaces/sales/users/{grace}"), json!({"role": "admin"})),
        ("DELETE", format!("/v1/admin/workspaces/sales/users/{grace}"), Value::Null),
        ("PATCH", "/v1/scim/connections/default".to_owned(), json!({"profile": "strict"})),
    ];
    for (method, path, body) in calls {
        let body = Some(&body).filter(|body| !body.is_null());
        let plan = world.server.admin(method, &format!("{path}?plan=true"), body).expect(200);
        assert!(plan.json["fingerprint"].is_string(), "{method} {path}: {}", plan.text());
        for secret in ["rcs_", "rck_"] {
            assert!(!plan.text().contains(secret), "{method} {path}");
        }
    }
    assert_eq!(everything(&world), before);
    world.server.admin("POST", "/v1/admin/workspaces?plan=maybe", Some(&json!({"name": "x"}))).expect(400);
}

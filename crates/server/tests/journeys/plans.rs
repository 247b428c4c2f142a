//! A change can be tried first, and is then done as planned or not at all.

use serde_json::{Value, json};

use crate::{support::Answer, world::World};

/// What an administrator can look at, all of it.
fn everything(world: &World) -> Vec<Value> {
    ["/v1/scim/workspaces", "/v1/scim/groups", "/v1/scim/tokens", "/v1/scim/settings", "/v1/admin/workspaces"]
        .into_iter()
        .chain(["/v1/admin/users", "/v1/admin/api-keys", "/v1/scim/connections", "/v1/events?limit=500"])
        .chain(["/v1/scim/roles", "/v1/scim/schemas", "/v1/setup-links", "/v1/holds"])
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

/// Each call that changes something, as the description of the API names it, with its address here and a body that it takes.
fn calls(world: &World, [ada, grace]: &[String; 2]) -> Vec<(&'static str, &'static str, String, Value)> {
    let server = &world.server;
    let made = |path: &str, body: Value, id: &str| {
        let made = server.admin("POST", path, Some(&body));
        assert!(made.status < 300, "{path}: {}", made.text());
        made.json[id].as_str().unwrap().to_owned()
    };
    let schema = json!({
        "id": "urn:example:hr", "resourceType": "User", "attributes": [{"name": "costLevel", "type": "integer"}],
    });
    let gone = world.person("gone");
    server.scim("DELETE", &format!("/Users/{gone}"), None).expect(204);
    let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 1, "max_percent": 100}}});
    server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
    let alan = world.person("alan");
    let body = json!({"user_id": alan, "role": "member"});
    server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&body)).expect(201);
    // One may go, and the next is held.
    for person in [&alan, grace] {
        let deactivate = json!([{"op": "replace", "path": "active", "value": false}]);
        world.patch(&format!("/Users/{person}"), deactivate).expect(200);
    }
    let mapped = made(MAPPING, mapping("member"), "id");
    let role = made("/v1/scim/roles", json!({"scim_group_name": "Sellers", "role": "admin"}), "id");
    let link = made("/v1/setup-links", json!({"name": "Bob"}), "id");
    let token = made("/v1/scim/tokens", json!({"name": "old"}), "id");
    let key = made("/v1/admin/api-keys", json!({"name": "old", "role": "admin"}), "id");
    made("/v1/scim/schemas", schema.clone(), "id");
    made("/v1/scim/connections", json!({"name": "second"}), "id");
    let events = server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let change = events["data"].as_array().unwrap().last().unwrap()["cause"]["change_id"].clone();
    // Somebody who was there before, and is said not to be Ada.
    let here = json!({"people": [{"user_name": "ada.l@acme.test"}, {"user_name": "bob@acme.test"}]});
    server.admin("POST", "/v1/imports", Some(&here)).expect(200);
    let [waits, other_one] = ["ada.l", "bob"].map(|name| {
        let all = server.admin("GET", "/v1/admin/users?limit=500", None).expect(200).json;
        let named = |one: &&Value| one["user_name"] == format!("{name}@acme.test").as_str();
        all["data"].as_array().unwrap().iter().find(named).unwrap()["id"].as_str().unwrap().to_owned()
    });
    let pair = json!({"user_id": ada});
    let refused = server.admin("POST", &format!("/v1/matches/{other_one}/refuse"), Some(&pair)).expect(200);
    let refusal = refused.json["id"].as_str().unwrap().to_owned();
    let (mapping_at, role_at) = (format!("{MAPPING}/{mapped}"), format!("/v1/scim/roles/{role}"));
    let (sales, connection) = ("/v1/admin/workspaces/sales", "/v1/scim/connections/second");
    let other = json!({
        "id": "urn:example:desk", "resourceType": "User", "attributes": [{"name": "floor", "type": "integer"}],
    });
    let none = Value::Null;
    vec![
        ("post", "/v1/scim/workspaces", MAPPING.to_owned(), mapping("member")),
        ("put", "/v1/scim/workspaces/{id}", mapping_at.clone(), json!({"role": "admin"})),
        ("delete", "/v1/scim/workspaces/{id}", mapping_at.clone(), none.clone()),
        ("post", "/v1/scim/workspaces/{id}/pause", format!("{mapping_at}/pause"), none.clone()),
        ("post", "/v1/scim/workspaces/{id}/resume", format!("{mapping_at}/resume"), none.clone()),
        (
            "post",
            "/v1/scim/roles",
            "/v1/scim/roles".into(),
            json!({"scim_group_name": "IT", "role": "owner"}),
        ),
        ("put", "/v1/scim/roles/{id}", role_at.clone(), json!({"role": "owner"})),
        ("delete", "/v1/scim/roles/{id}", role_at.clone(), none.clone()),
        ("post", "/v1/scim/roles/{id}/pause", format!("{role_at}/pause"), none.clone()),
        ("post", "/v1/scim/roles/{id}/resume", format!("{role_at}/resume"), none.clone()),
        ("patch", "/v1/scim/settings", "/v1/scim/settings".into(), json!({"pattern": {"prefix": "team-"}})),
        ("post", "/v1/scim/reconcile", "/v1/scim/reconcile".into(), none.clone()),
        ("post", "/v1/scim/connections", "/v1/scim/connections".into(), json!({"name": "third"})),
        ("patch", "/v1/scim/connections/{connection}", connection.into(), json!({"profile": "strict"})),
        ("delete", "/v1/scim/connections/{connection}", connection.into(), none.clone()),
        ("post", "/v1/scim/schemas", "/v1/scim/schemas".into(), other),
        ("put", "/v1/scim/schemas/{urn}", "/v1/scim/schemas/urn:example:hr".into(), schema),
        ("delete", "/v1/scim/schemas/{urn}", "/v1/scim/schemas/urn:example:hr".into(), none.clone()),
        ("post", "/v1/scim/tokens", "/v1/scim/tokens".into(), json!({"name": "another"})),
        ("delete", "/v1/scim/tokens/{id}", format!("/v1/scim/tokens/{token}"), none.clone()),
        (
            "post",
            "/v1/admin/api-keys",
            "/v1/admin/api-keys".into(),
            json!({"name": "another", "role": "admin"}),
        ),
        ("delete", "/v1/admin/api-keys/{id}", format!("/v1/admin/api-keys/{key}"), none.clone()),
        ("post", "/v1/setup-links", "/v1/setup-links".into(), json!({"name": "Eve"})),
        ("delete", "/v1/setup-links/{id}", format!("/v1/setup-links/{link}"), none.clone()),
        ("post", "/v1/admin/workspaces", "/v1/admin/workspaces".into(), json!({"name": "Finance"})),
        ("put", "/v1/admin/workspaces/{workspace}", sales.into(), json!({"name": "Selling"})),
        ("delete", "/v1/admin/workspaces/{workspace}", sales.into(), none.clone()),
        ("post", "/v1/admin/workspaces/{workspace}/archive", format!("{sales}/archive"), none.clone()),
        ("post", "/v1/admin/workspaces/{workspace}/restore", format!("{sales}/restore"), none.clone()),
        (
            "post",
            "/v1/admin/workspaces/{workspace}/users",
            format!("{sales}/users"),
            json!({"user_id": ada, "role": "admin"}),
        ),
        (
            "put",
            "/v1/admin/workspaces/{workspace}/users/{user_id}",
            format!("{sales}/users/{grace}"),
            json!({"role": "admin"}),
        ),
        (
            "delete",
            "/v1/admin/workspaces/{workspace}/users/{user_id}",
            format!("{sales}/users/{grace}"),
            none.clone(),
        ),
        ("delete", "/v1/admin/users/{user_id}/name", format!("/v1/admin/users/{gone}/name"), none.clone()),
        ("post", "/v1/holds/approve", "/v1/holds/approve".into(), json!({})),
        ("post", "/v1/holds/reject", "/v1/holds/reject".into(), json!({})),
        ("post", "/v1/holds/{user_id}/approve", format!("/v1/holds/{grace}/approve"), none.clone()),
        ("post", "/v1/holds/{user_id}/reject", format!("/v1/holds/{grace}/reject"), none),
        ("post", "/v1/imports", "/v1/imports".into(), json!({"people": [{"user_name": "edsger@acme.test"}]})),
        ("post", "/v1/matches/accept", "/v1/matches/accept".into(), json!({"certainty": "sure"})),
        ("post", "/v1/matches/{user_id}/accept", format!("/v1/matches/{waits}/accept"), pair.clone()),
        ("post", "/v1/matches/{user_id}/refuse", format!("/v1/matches/{waits}/refuse"), pair),
        ("delete", "/v1/matches/refused/{refusal}", format!("/v1/matches/refused/{refusal}"), Value::Null),
        ("patch", "/v1/admin/organisation", "/v1/admin/organisation".into(), json!({"name": "Acme Ltd"})),
        ("post", "/v1/undo", "/v1/undo".into(), json!({"change": change})),
    ]
}

#[test]
fn every_call_that_changes_something_can_be_planned_and_no_plan_shows_a_secret() {
    let (world, people, _) = a_company();
    let calls = calls(&world, &people);
    let mut tried: Vec<String> = calls.iter().map(|(method, at, ..)| format!("{method} {at}")).collect();
    let description = world.server.request("GET", "/openapi.json").send().expect(200).json;
    let paths = description["paths"].as_object().unwrap().iter();
    let mut there: Vec<String> = paths
        .filter(|(path, _)| path.starts_with("/v1/"))
        .flat_map(|(path, methods)| {
            let changes = methods.as_object().unwrap().keys().filter(|method| *method != "get");
            changes.map(move |method| format!("{method} {path}"))
        })
        .collect();
    there.sort();
    tried.sort();
    assert_eq!(tried, there, "a call that changes something is planned here, too");
    let before = everything(&world);
    for (method, _, path, body) in calls {
        let body = Some(&body).filter(|body| !body.is_null());
        let plan = world.server.admin(&method.to_uppercase(), &format!("{path}?plan=true"), body);
        assert_eq!(plan.status, 200, "{method} {path}: {}", plan.text());
        assert!(plan.json["fingerprint"].is_string(), "{method} {path}: {}", plan.text());
        for secret in ["rcs_", "rck_", "/setup/"] {
            assert!(!plan.text().contains(secret), "{method} {path}");
        }
        assert_eq!(everything(&world), before, "{method} {path}");
    }
    world.server.admin("POST", "/v1/admin/workspaces?plan=maybe", Some(&json!({"name": "x"}))).expect(400);
}

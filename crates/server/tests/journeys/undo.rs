//! An accident of the directory is undone.

use serde_json::{Value, json};

use crate::world::World;

/// Three people sell; answers them and their group.
fn a_company() -> (World, Vec<String>, String) {
    let world = World::new();
    world.workspace("Sales");
    let people: Vec<String> = ["ada", "alan", "grace"].map(|name| world.person(name)).to_vec();
    let group = world.group("Sellers", &people.iter().map(String::as_str).collect::<Vec<_>>());
    world.map("Sellers", "sales", "manager").expect(200);
    let body = json!({"user_id": people[2], "role": "admin"});
    world.server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&body)).expect(201);
    (world, people, group)
}

const ALL: [&str; 3] = ["ada: manager", "alan: manager", "grace: admin"];

fn last_change(world: &World) -> String {
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let last = events["data"].as_array().unwrap().last().unwrap().clone();
    last["cause"]["change_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_group_emptied_by_one_request_is_full_again() {
    let (world, _, group) = a_company();
    world.patch(&format!("/Groups/{group}"), json!([{"op": "remove", "path": "members"}])).expect(204);
    assert_eq!(world.people_in("sales"), ["grace: admin"]);
    let change = last_change(&world);

    let listed = world.server.admin("GET", &format!("/v1/undo?change={change}"), None).expect(200).json;
    assert_eq!(listed["reversed"], json!({"group.member_removed": 3}));
    let body = json!({"change": change});
    let plan = world.server.admin("POST", "/v1/undo?plan=true", Some(&body)).expect(200).json;
    assert_eq!((&plan["plan"]["gains"], &plan["plan"]["losses"]), (&json!(2), &json!(0)));
    assert_eq!(world.people_in("sales"), ["grace: admin"]);

    let fingerprint = plan["fingerprint"].as_str().unwrap();
    let path = format!("/v1/undo?fingerprint={fingerprint}");
    let done = world.server.admin("POST", &path, Some(&body)).expect(200).json;
    assert_eq!((&done["stays"], &done["reversed"]), (&json!(0), &listed["reversed"]));
    assert_eq!(world.people_in("sales"), ALL);
    assert_eq!(
        world.server.scim("GET", &format!("/Groups/{group}"), None).expect(200).json["members"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn deleted_people_groups_and_workspaces_come_back_with_all_that_they_had() {
    let (world, people, group) = a_company();
    let began = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json["data"]
        .as_array()
        .unwrap()
        .len();
    world.server.scim("DELETE", &format!("/Users/{}", people[2]), None).expect(204);
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    world.server.admin("DELETE", "/v1/admin/workspaces/sales", None).expect(204);
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let since = events["data"][began]["time"].as_str().unwrap().to_owned();
    let undo = |flags: &[&str]| {
        let command = ["undo", "--org", "default", "--since", &since];
        world.server.rolecall(&[&command[..], flags].concat()).expect(0)
    };
    let plan = undo(&["--plan"]);
    assert!(plan.err.contains("user.deleted would be reversed, 1 times"), "{}", plan.err);
    world.server.admin("GET", "/v1/admin/workspaces/sales", None).expect(404);
    let done = undo(&[]);
    assert!(done.err.contains("workspace.deleted was reversed, 1 times"), "{}", done.err);
    assert_eq!(world.people_in("sales"), ALL);
    let grace = world.server.scim("GET", &format!("/Users/{}", people[2]), None).expect(200).json;
    assert_eq!((&grace["userName"], &grace["externalId"]), (&json!("grace@acme.test"), &json!("grace")));
    // And the directory goes on as if nothing had been.
    world.leave(&group, &people[0]);
    assert_eq!(world.people_in("sales"), ["alan: manager", "grace: admin"]);
}

#[test]
fn a_forgotten_person_does_not_come_back_and_a_wrong_question_is_answered() {
    let (world, people, _) = a_company();
    world.server.scim("DELETE", &format!("/Users/{}", people[2]), None).expect(204);
    let change = last_change(&world);
    world.server.admin("DELETE", &format!("/v1/admin/users/{}/name", people[2]), None).expect(204);
    let listed = world.server.admin("GET", &format!("/v1/undo?change={change}"), None).expect(200).json;
    assert_eq!(
        (&listed["stays"], &listed["left"][0]["reason"]),
        (&json!(1), &json!("what it was is no longer kept"))
    );
    for (query, status) in
        [("", 400), ("change=nonsense", 400), ("token=x&since=2026-01-01", 400), ("since=2099-01-01", 404)]
    {
        world.server.admin("GET", &format!("/v1/undo?{query}"), None).expect(status);
    }
    assert_eq!(
        world.server.admin("POST", "/v1/undo", Some(&json!({"chnage": "1"}))).expect(400).json["status"],
        Value::from(400)
    );
}

#[test]
fn who_was_deleted_and_is_held_is_back_for_the_directory_too() {
    let (world, people, group) = a_company();
    let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 1, "max_percent": 100}}});
    world.server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
    let began = world.events().len();
    for person in &people {
        world.server.scim("DELETE", &format!("/Users/{person}"), None).expect(204);
    }
    assert_eq!(world.people_in("sales").len(), 2, "one may go");
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let since = events["data"][began]["time"].as_str().unwrap().to_owned();
    let answer = world.server.admin("POST", "/v1/undo", Some(&json!({"since": since}))).expect(200).json;
    assert_eq!(answer["stays"], 0, "{answer}");
    assert_eq!(world.people_in("sales"), ALL);
    for person in &people {
        let shown = world.server.scim("GET", &format!("/Users/{person}"), None).expect(200).json;
        assert_eq!((&shown["active"], shown["externalId"].is_string()), (&json!(true), true));
    }
    let found = world.server.scim("GET", "/Users?filter=userName%20eq%20%22alan@acme.test%22", None);
    assert_eq!(found.expect(200).json["totalResults"], 1);
    let members = world.server.scim("GET", &format!("/Groups/{group}"), None).expect(200).json;
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    assert_eq!(world.server.admin("GET", "/v1/holds", None).expect(200).json["total"], 0);
    world.server.rolecall(&["db", "check"]).expect(0);
}

#[test]
fn a_role_that_a_group_gave_is_given_again() {
    let (world, people, _) = a_company();
    let body = json!({"scim_group_name": "Sellers", "role": "admin"});
    let made = world.server.admin("POST", "/v1/scim/roles", Some(&body)).expect(200).json;
    let before = world.org_role(&people[0]);
    world
        .server
        .admin("DELETE", &format!("/v1/scim/roles/{}", made["id"].as_str().unwrap()), None)
        .expect(204);
    assert_eq!((before.as_str(), world.org_role(&people[0]).as_str()), ("admin", "member"));
    let change = last_change(&world);
    world.server.admin("POST", "/v1/undo", Some(&json!({"change": change}))).expect(200);
    assert_eq!(world.org_role(&people[0]), "admin");
    let listed = world.server.admin("GET", "/v1/scim/roles", None).expect(200).json;
    assert_eq!((&listed["total"], &listed["data"][0]["id"]), (&json!(1), &made["id"]));
}

/// The events of the last request that changed something.
fn last_events(world: &World) -> Vec<Value> {
    let change = last_change(world);
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let all = events["data"].as_array().unwrap().clone();
    all.into_iter().filter(|event| event["cause"]["change_id"] == change.as_str()).collect()
}

fn undo_last(world: &World) -> Value {
    let change = json!({"change": last_change(world)});
    world.server.admin("POST", "/v1/undo", Some(&change)).expect(200).json
}

#[test]
fn what_administrators_paused_archived_renamed_and_turned_is_as_it_was() {
    let (world, _, _) = a_company();
    let admin = |method: &str, path: &str, body: Value| {
        let body = (!body.is_null()).then_some(body);
        world.server.admin(method, path, body.as_ref()).expect(200).json
    };
    let listed = admin("GET", "/v1/scim/workspaces", Value::Null);
    let mapping = listed["mappings"][0]["id"].as_str().unwrap();
    let domains =
        json!({"switches": {"verified_domains": ["elsewhere.example"], "outside_domains": "no_access"}});
    let settings = json!({"guard": {"brake": {"enabled": true}}, "pattern": {"prefix": "team-"}});
    let (sales, connection) = ("/v1/admin/workspaces/sales", "/v1/scim/connections/default");
    let org = "/v1/admin/organisation";
    for (method, path, body, meanwhile, kind) in [
        ("POST", format!("/v1/scim/workspaces/{mapping}/pause"), Value::Null, &ALL[2..], "mapping.updated"),
        ("POST", format!("{sales}/archive"), Value::Null, &ALL[..0], "workspace.updated"),
        ("PUT", sales.to_owned(), json!({"name": "Selling"}), &ALL[..], "workspace.updated"),
        ("PATCH", connection.to_owned(), domains, &ALL[..0], "connection.updated"),
        ("PATCH", "/v1/scim/settings".to_owned(), settings, &ALL[..], "settings.updated"),
        ("PATCH", org.to_owned(), json!({"name": "Acme Ltd"}), &ALL[..], "organisation.updated"),
    ] {
        let shown = || {
            ["/v1/scim/workspaces", sales, connection, "/v1/scim/settings", org].map(|at| {
                let mut shown = admin("GET", at, Value::Null);
                shown["updated_at"].take();
                shown
            })
        };
        let before = shown();
        admin(method, &path, body);
        assert_eq!(world.people_in("sales"), meanwhile, "{path}");
        let told = last_events(&world).into_iter().find(|event| event["type"] == kind).unwrap();
        let changed = &told["changed"];
        assert!(changed["before"].is_object() && changed["after"].is_object(), "{told}");
        let undone = undo_last(&world);
        assert_eq!((&undone["stays"], &undone["reversed"][kind]), (&json!(0), &json!(1)), "{path}: {undone}");
        assert_eq!((world.people_in("sales"), shown()), (ALL.map(str::to_owned).to_vec(), before), "{path}");
    }
}

#[test]
fn what_was_turned_again_since_stays_and_other_fields_of_the_same_thing_do_not_matter() {
    let (world, _, _) = a_company();
    let put = |body: Value| world.server.admin("PUT", "/v1/admin/workspaces/sales", Some(&body)).expect(200);
    put(json!({"name": "Selling"}));
    let renamed = json!({"change": last_change(&world)});
    world.server.admin("POST", "/v1/admin/workspaces/sales/archive", None).expect(200);
    let undone = world.server.admin("POST", "/v1/undo", Some(&renamed)).expect(200).json;
    assert_eq!(undone["reversed"], json!({"workspace.updated": 1}));
    let shown = world.server.admin("GET", "/v1/admin/workspaces/sales", None).expect(200).json;
    assert_eq!((&shown["name"], shown["archived_at"].is_string()), (&json!("Sales"), true));
    put(json!({"name": "Selling"}));
    let renamed = json!({"change": last_change(&world)});
    put(json!({"name": "Vending"}));
    let undone = world.server.admin("POST", "/v1/undo", Some(&renamed)).expect(200).json;
    assert_eq!(
        (&undone["stays"], &undone["left"][0]["name"], &undone["left"][0]["reason"]),
        (&json!(1), &json!("Selling"), &json!("it was changed since"))
    );
    let call_it = |name: &str| world.server.rolecall(&["org", "rename", "default", name]).expect(0);
    call_it("Acme Ltd");
    let renamed = json!({"change": last_change(&world)});
    call_it("Acme & Sons");
    let undone = world.server.admin("POST", "/v1/undo", Some(&renamed)).expect(200).json;
    assert_eq!(undone["left"][0]["reason"], "it was changed since", "{undone}");
    let shown = world.server.admin("GET", "/v1/admin/organisation", None).expect(200).json;
    assert_eq!(shown["name"], "Acme & Sons");
}

#[test]
fn mappings_that_follow_a_groups_name_are_told_and_come_back() {
    let (world, _, group) = a_company();
    let body = json!({"scim_group_name": "Buyers", "workspace_id": "sales", "role": "member"});
    let waiting = world.server.admin("POST", "/v1/scim/workspaces", Some(&body)).expect(200).json;
    let mapped = || -> Vec<(String, String)> {
        let listed = world.server.admin("GET", "/v1/scim/workspaces", None).expect(200).json;
        let text = |mapping: &Value, field: &str| mapping[field].as_str().unwrap().to_owned();
        let all = listed["mappings"].as_array().unwrap().iter();
        all.map(|mapping| (text(mapping, "scim_group_id"), text(mapping, "scim_group"))).collect()
    };
    let before = mapped();
    let other = world.group("Shoppers", &[]);
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Buyers"}]);
    world.patch(&format!("/Groups/{other}"), rename).expect(204);
    let events = last_events(&world);
    let told = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap().clone();
    let moved = told("mapping.updated");
    assert_eq!((&moved["mapping_id"], &moved["group_id"]), (&waiting["id"], &json!(other)));
    let fields = json!({"before": {"group_id": waiting["scim_group_id"]}, "after": {"group_id": other}});
    assert_eq!(moved["changed"], fields);
    assert_eq!(told("group.deleted")["group_id"], waiting["scim_group_id"]);
    assert_eq!(mapped()[1].0, other);
    let undone = undo_last(&world);
    assert_eq!(
        (&undone["stays"], &undone["reversed"]["mapping.updated"]),
        (&json!(0), &json!(1)),
        "{undone}"
    );
    assert_eq!(mapped(), before);

    // A group that is removed leaves what it was mapped to on its name; all of that comes back, too.
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert!(last_events(&world).iter().any(|event| event["changed"]["before"]["group_id"] == group.as_str()));
    let undone = undo_last(&world);
    assert_eq!(undone["stays"], 0, "{undone}");
    assert_eq!(world.people_in("sales"), ALL);
    assert_eq!(mapped(), before);
}

#[test]
fn what_a_hold_kept_and_somebody_approved_comes_back_with_the_request_that_took_it() {
    let (world, people, _) = a_company();
    let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 1, "max_percent": 100}}});
    world.server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
    let began = world.events().len();
    for person in &people {
        world.server.scim("DELETE", &format!("/Users/{person}"), None).expect(204);
    }
    world.server.admin("POST", "/v1/holds/approve", Some(&json!({}))).expect(200);
    assert_eq!(world.people_in("sales"), [""; 0]);
    let query = format!("/v1/undo?change={}", last_change(&world));
    let alone = world.server.admin("GET", &query, None).expect(200).json;
    let left = alone["left"].as_array().unwrap();
    let held: Vec<&Value> = left.iter().filter(|left| left["type"] == "hold.ended").collect();
    assert_eq!(held.len(), 2, "{alone}");
    assert!(held[0]["reason"].as_str().unwrap().contains("undo the request "), "{alone}");
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let since = json!({"since": events["data"][began]["time"]});
    let undone = world.server.admin("POST", "/v1/undo", Some(&since)).expect(200).json;
    assert_eq!(world.people_in("sales"), ALL, "{undone}");
    for person in &people {
        let shown = world.server.scim("GET", &format!("/Users/{person}"), None).expect(200).json;
        assert_eq!((&shown["active"], shown["externalId"].is_string()), (&json!(true), true));
    }
    world.server.rolecall(&["db", "check"]).expect(0);
}

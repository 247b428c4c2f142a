//! What keeps people from losing access by accident, and the review of it.

use serde_json::{Value, json};

use crate::world::World;

impl World {
    fn default_connection(&self, switches: Value) {
        let path = "/v1/scim/connections/default";
        self.server.admin("PATCH", path, Some(&json!({"switches": switches}))).expect(200);
    }

    /// The holds, as `name: reason`, sorted.
    fn holds(&self, query: &str) -> Vec<String> {
        let answer = self.server.admin("GET", &format!("/v1/holds{query}"), None).expect(200);
        let data = answer.json["data"].as_array().unwrap();
        assert_eq!(answer.json["total"], data.len());
        let word = |hold: &Value, field: &str| hold[field].as_str().unwrap().to_owned();
        let mut holds: Vec<String> = data
            .iter()
            .map(|hold| {
                format!(
                    "{}: {}",
                    word(hold, "user_name").trim_end_matches("@acme.test"),
                    word(hold, "reason")
                )
            })
            .collect();
        holds.sort();
        holds
    }

    fn approve(&self, person: &str) {
        self.server.admin("POST", &format!("/v1/holds/{person}/approve"), None).expect(204);
    }

    fn delete(&self, person: &str) {
        self.server.scim("DELETE", &format!("/Users/{person}"), None).expect(204);
    }

    fn count(&self, kind: &str) -> usize {
        self.events().iter().filter(|found| *found == kind).count()
    }
}

/// Thirty people in Sales, and a brake that lets five go within the hour.
fn a_town() -> (World, Vec<String>, String) {
    let world = World::new();
    let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 5, "max_percent": 100}}});
    let settings = world.server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
    assert_eq!(settings.json["guard"]["brake"]["window_minutes"], 60);
    let people: Vec<String> = (0..30).map(|n| world.person(&format!("p{n:02}"))).collect();
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group("ws-Sales-role-manager", &members);
    (world, people, group)
}

#[test]
fn a_wave_of_deactivations_is_held_and_reviewed() {
    let (world, people, _) = a_town();
    for person in &people {
        // The identity provider gets its normal answer, and the record changes.
        world.set_active(person, json!(false));
        let shown = world.server.scim("GET", &format!("/Users/{person}"), None).expect(200);
        assert_eq!(shown.json["active"], false);
    }
    assert_eq!(world.people_in("sales").len(), 25, "five may go");
    assert_eq!(world.holds("?kept=false").len(), 25);
    assert_eq!((world.count("guard.triggered"), world.count("hold.created")), (1, 25), "it is told once");
    let waiting = world.server.admin("GET", "/v1/holds?limit=1", None).expect(200).json;
    let keeps = &waiting["data"][0]["keeps"][0];
    assert_eq!(
        (&keeps["workspace"], &keeps["role"], &keeps["without_hold"]),
        (&json!("Sales"), &json!("manager"), &Value::Null)
    );

    world.approve(&people[29]);
    assert_eq!(world.people_in("sales").len(), 24);
    world.server.admin("POST", &format!("/v1/holds/{}/reject", people[28]), None).expect(204);
    assert_eq!(world.holds("?kept=true"), ["p28: brake"]);
    // A plan says what an approval of all does, and leaves it.
    let planned =
        world.server.admin("POST", "/v1/holds/approve?plan=true", Some(&json!({}))).expect(200).json;
    assert_eq!(planned["plan"]["losses"], 23);
    assert_eq!(world.people_in("sales").len(), 24);
    let done = world.server.admin("POST", "/v1/holds/approve", Some(&json!({}))).expect(200);
    assert_eq!(done.json, json!({"people": 23}));
    assert_eq!(world.people_in("sales"), ["p28: manager"]);
    world.server.admin("POST", &format!("/v1/holds/{}/approve", people[0]), None).expect(404);
}

#[test]
fn a_group_that_is_deleted_or_emptied_holds_everybody_and_the_command_line_reviews() {
    let (world, _, group) = a_town();
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    world.server.scim("GET", &format!("/Groups/{group}"), None).expect(404);
    assert_eq!(world.people_in("sales").len(), 30);
    let listed =
        world.server.rolecall(&["holds", "list", "--org", "default", "--kept", "false", "--json"]).expect(0);
    assert_eq!(listed.json().as_array().unwrap().len(), 30);
    world.server.rolecall(&["holds", "reject", "--org", "default"]).expect(2);
    world.server.rolecall(&["holds", "reject", "--org", "default", "--all"]).expect(0);
    assert_eq!(world.holds("?kept=true").len(), 30);
    assert_eq!(world.people_in("sales").len(), 30);
}

#[test]
fn who_is_deleted_while_held_is_unknown_to_scim_and_goes_when_approved() {
    let (world, people, _) = a_town();
    for person in &people {
        world.delete(person);
        world.server.scim("GET", &format!("/Users/{person}"), None).expect(404);
    }
    assert_eq!(world.people_in("sales").len(), 25);
    let listed = world.server.scim("GET", "/Users", None).expect(200);
    assert_eq!(listed.json["totalResults"], 0);
    // The name is free.
    let again = world.person("p29");
    assert_ne!(again, people[29]);
    world.server.admin("POST", "/v1/holds/approve", Some(&json!({}))).expect(200);
    assert!(world.people_in("sales").is_empty());
    world.server.admin("GET", &format!("/v1/admin/users/{}", people[29]), None).expect(404);
    assert_eq!(world.count("user.deleted"), 30);
    world.server.rolecall(&["db", "check"]).expect(0);
}

#[test]
fn with_the_brake_off_everybody_goes() {
    let world = World::new();
    let people: Vec<String> = (0..10).map(|n| world.person(&format!("p{n}"))).collect();
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group("ws-Sales-role-manager", &members);
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert!(world.people_in("sales").is_empty());
    assert!(world.holds("").is_empty());
}

// pain: 8
#[test]
fn the_last_owner_is_never_removed_by_the_directory() {
    let world = World::new();
    let owner = |name: &str| {
        world.person_with(json!({"userName": format!("{name}@acme.test"), "roles": [{"value": "owner"}]}))
    };
    let (ada, eve) = (owner("ada"), owner("eve"));
    world.group("ws-Sales-role-admin", &[&ada, &eve]);
    world.set_active(&eve, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: admin"], "Ada is an owner still");
    world.set_active(&ada, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    assert_eq!(world.holds("?kept=false"), ["ada: last_owner"]);
    world.delete(&ada);
    world.server.scim("GET", &format!("/Users/{ada}"), None).expect(404);
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    assert_eq!(world.org_role(&ada), "owner");
    world.approve(&ada);
    assert!(world.people_in("sales").is_empty());
    world.server.admin("GET", &format!("/v1/admin/users/{ada}"), None).expect(404);
}

#[test]
fn a_lower_role_in_roles_is_what_the_directory_says_of_the_last_owner_too() {
    let world = World::new();
    let ada = world.person_with(json!({"userName": "ada@acme.test", "roles": [{"value": "owner"}]}));
    let roles = |word: &str| {
        let operations = json!([{"op": "Replace", "path": "roles", "value": [{"value": word}]}]);
        world.patch(&format!("/Users/{ada}"), operations).expect(200);
    };
    for word in ["member", "owner"] {
        roles(word);
        assert_eq!(world.org_role(&ada), word);
        assert!(world.holds("").is_empty());
    }
}

#[test]
fn a_connection_that_never_removes_leaves_everything() {
    let world = World::new();
    world.default_connection(json!({"upsert_only": true}));
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    let group = world.group("ws-Sales-role-manager", &[&ada, &eve]);
    world.leave(&group, &ada);
    world.set_active(&eve, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: manager", "eve: manager"]);
    assert_eq!(world.holds("?kept=true"), ["ada: upsert_only", "eve: upsert_only"]);
    world.approve(&ada);
    assert_eq!(world.people_in("sales"), ["eve: manager"]);
}

#[test]
fn a_grace_time_keeps_access_until_it_ends_or_the_directory_gives_it_back() {
    let world = World::new();
    world.default_connection(json!({"grace_hours": 24}));
    let (ada, eve) = (world.person("ada"), world.person("eve"));
    let group = world.group("ws-Sales-role-manager", &[&ada, &eve]);
    world.leave(&group, &ada);
    world.set_active(&eve, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: manager", "eve: manager"]);
    let held = world.server.admin("GET", "/v1/holds", None).expect(200).json;
    assert!(held["data"][0]["until"].is_string(), "{held}");
    world.join(&group, &ada);
    assert_eq!(world.holds(""), ["eve: grace"]);
    world.set_active(&eve, json!(true));
    assert!(world.holds("").is_empty());
    assert_eq!(world.count("hold.ended"), 2);
}

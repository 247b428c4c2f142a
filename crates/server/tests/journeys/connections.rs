//! Several connections in one organisation, and what each may do.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    world::{PATCH, World, id_of},
};

impl World {
    /// A second connection, made by the command line; answers its Secret Token.
    fn okta(&self) -> String {
        self.server.rolecall(&["connection", "create", "--org", "default", "--name", "okta"]).expect(0);
        let token = ["token", "create", "--org", "default", "--name", "okta", "--connection", "okta"];
        self.server.rolecall(&token).expect(0).line().to_owned()
    }

    fn by(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}", self.server.tenant_url);
        let request = self.server.request(method, &url).bearer(token);
        request.maybe_json(body, "application/scim+json").send()
    }

    fn change(&self, connection: &str, change: &Value) -> Answer {
        self.server.admin("PATCH", &format!("/v1/scim/connections/{connection}"), Some(change))
    }
}

fn ada(external_id: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.test",
        "externalId": external_id,
    })
}

fn active(value: bool) -> Value {
    json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": value}]})
}

#[test]
fn a_connection_is_made_renamed_and_removed_when_it_owns_nobody() {
    let world = World::new();
    let made = world.server.admin("POST", "/v1/scim/connections", Some(&json!({"name": "okta"}))).expect(201);
    assert_eq!(made.json["switches"]["on_conflict"], "refuse");
    assert_eq!(made.header("location"), format!("/v1/scim/connections/{}", id_of(&made)));
    world.server.admin("POST", "/v1/scim/connections", Some(&json!({"name": "okta"}))).expect(409);
    world.change("okta", &json!({"name": "default"})).expect(409);
    assert_eq!(world.change("okta", &json!({"name": "Okta"})).expect(200).json["name"], "Okta");
    world.server.admin("GET", "/v1/scim/connections/okta", None).expect(404);
    world.change("Okta", &json!({"switches": {"verified_domains": ["@x"]}})).expect(400);
    world.server.admin("DELETE", "/v1/scim/connections/Okta", None).expect(204);
    world.person("ada");
    let refused = world.server.admin("DELETE", "/v1/scim/connections/default", None).expect(409);
    assert!(
        refused.json["detail"].as_str().unwrap().contains("owns 1 people and 0 groups"),
        "{}",
        refused.text()
    );
    let left = world.server.rolecall(&["connection", "list", "--org", "default", "--json"]).expect(0).json();
    assert_eq!(left.as_array().unwrap().len(), 1);
}

#[test]
fn a_paused_connection_answers_503_and_goes_on_where_it_was() {
    let world = World::new();
    let okta = world.okta();
    let ada = world.person("ada");
    world.server.rolecall(&["connection", "pause", "--org", "default"]).expect(0);
    for (method, path) in [
        ("GET", "/ServiceProviderConfig".to_owned()),
        ("GET", format!("/Users/{ada}")),
        ("GET", "/Users".to_owned()),
        ("DELETE", format!("/Users/{ada}")),
    ] {
        let answer = world.server.scim(method, &path, None).expect(503);
        assert_eq!((answer.header("retry-after"), &answer.json["status"]), ("300", &json!("503")), "{path}");
    }
    world.by(&okta, "GET", "/Users", None).expect(200);
    world.by("rcs_wrong", "GET", "/Users", None).expect(401);
    let shown = world.server.admin("GET", "/v1/scim/connections/default", None).expect(200);
    assert!(shown.json["paused_at"].is_string());
    world.server.rolecall(&["connection", "resume", "--org", "default"]).expect(0);
    assert_eq!(id_of(&world.server.scim("GET", &format!("/Users/{ada}"), None).expect(200)), ada);
}

#[test]
fn a_person_of_another_connection_is_refused_by_name() {
    let world = World::new();
    let okta = world.okta();
    let person = id_of(&world.server.scim("POST", "/Users", Some(&ada("1"))).expect(201));
    let path = format!("/Users/{person}");
    let refused = world.by(&okta, "POST", "/Users", Some(&ada("00u1"))).expect(409);
    let detail = refused.json["detail"].as_str().unwrap();
    assert_eq!(refused.json["scimType"], "uniqueness");
    assert!(detail.contains("`ada@acme.test` belongs to connection `default`"), "{detail}");
    world.by(&okta, "PATCH", &path, Some(&active(false))).expect(409);
    world.by(&okta, "PUT", &path, Some(&ada("00u1"))).expect(409);
    world.by(&okta, "DELETE", &path, None).expect(409);
    world.by(&okta, "GET", &path, None).expect(200);
    let group = world.group("Sales", &[&person]);
    world.by(&okta, "DELETE", &format!("/Groups/{group}"), None).expect(409);
}

#[test]
fn a_claiming_connection_takes_a_person_over_and_the_old_one_lets_go() {
    let world = World::new();
    let okta = world.okta();
    world.change("okta", &json!({"switches": {"on_conflict": "claim"}})).expect(200);
    let person = id_of(&world.server.scim("POST", "/Users", Some(&ada("1"))).expect(201));
    world.group("ws-Sales-role-manager", &[&person]);
    let path = format!("/Users/{person}");
    // Nobody is claimed only to be taken away.
    world.by(&okta, "PATCH", &path, Some(&active(false))).expect(409);
    let claimed = world.by(&okta, "POST", "/Users", Some(&ada("00u1"))).expect(201);
    assert_eq!((id_of(&claimed), &claimed.json["externalId"]), (person.clone(), &json!("00u1")));
    assert_eq!(world.people_in("sales"), ["ada: manager"], "access stays");
    world.server.scim("DELETE", &path, None).expect(409);
    world.server.scim("PATCH", &path, Some(&active(false))).expect(409);
    world.by(&okta, "PATCH", &path, Some(&active(false))).expect(200);
    assert!(world.people_in("sales").is_empty());
    world.by(&okta, "POST", "/Users", Some(&ada("00u1"))).expect(409);
}

#[test]
fn people_outside_the_verified_domains_are_refused_or_get_no_access() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-manager", &[&ada]);
    world.change("default", &json!({"switches": {"verified_domains": ["Acme.Example"]}})).expect(200);
    assert!(world.people_in("sales").is_empty(), "who is outside now has nothing");
    let eve =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve@evil.example"});
    let refused = world.server.scim("POST", "/Users", Some(&eve)).expect(400);
    assert_eq!(refused.json["scimType"], "invalidValue");
    assert!(refused.json["detail"].as_str().unwrap().contains("acme.example"), "{}", refused.text());
    world.change("default", &json!({"switches": {"outside_domains": "no_access"}})).expect(200);
    let eve = id_of(&world.server.scim("POST", "/Users", Some(&eve)).expect(201));
    world.join(&group, &eve);
    assert!(world.people_in("sales").is_empty());
    world.change("default", &json!({"switches": {"verified_domains": []}})).expect(200);
    assert_eq!(world.people_in("sales"), ["ada: manager", "eve: manager"]);
}

#[test]
fn an_inactive_person_who_joins_a_group_comes_back_only_where_that_is_wanted() {
    let world = World::new();
    let ada = world.person("ada");
    let (one, other) =
        (world.group("ws-Sales-role-manager", &[]), world.group("ws-Support-role-member", &[]));
    world.set_active(&ada, json!(false));
    world.join(&one, &ada);
    assert!(world.people_in("sales").is_empty());
    world.change("default", &json!({"switches": {"reactivate_on_group_add": true}})).expect(200);
    world.join(&other, &ada);
    let shown = world.server.scim("GET", &format!("/Users/{ada}"), None).expect(200);
    assert_eq!(shown.json["active"], true);
    assert_eq!((world.people_in("sales").len(), world.people_in("support").len()), (1, 1));
}

#[test]
fn a_locked_connection_refuses_hand_edits_of_its_people() {
    let world = World::new();
    let (ada, sales) = (world.person("ada"), world.workspace("Sales"));
    world.change("default", &json!({"switches": {"lock": true}})).expect(200);
    let path = format!("/v1/admin/workspaces/{sales}/users");
    let body = json!({"user_id": ada, "role": "member"});
    let refused = world.server.admin("POST", &path, Some(&body)).expect(409);
    assert!(refused.json["detail"].as_str().unwrap().contains("connection `default`"), "{}", refused.text());
    world.change("default", &json!({"switches": {"lock": false}})).expect(200);
    world.server.admin("POST", &path, Some(&body)).expect(201);
}

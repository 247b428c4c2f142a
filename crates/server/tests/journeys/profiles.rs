//! How strictly a connection is read: what identity providers send against the RFC is understood, or refused.

use serde_json::{Value, json};

use crate::{
    support::{Answer, Server},
    world::{World, id_of},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The feed of an organisation.
struct Feed<'s> {
    server: &'s Server,
    tenant: String,
    token: String,
}

impl<'s> Feed<'s> {
    fn of(server: &'s Server, org: &str) -> Self {
        Self { server, tenant: server.tenant_url_of(org), token: server.create_org(org) }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.server.request(method, &format!("{}{path}", self.tenant)).bearer(&self.token);
        request.maybe_json(body, "application/scim+json").send()
    }

    /// A person that any profile takes.
    fn person(&self, name: &str) -> String {
        let body = json!({"schemas": [USER], "userName": name, "name": {"familyName": "Byron"}});
        id_of(&self.send("POST", "/Users", Some(&body)).expect(201))
    }

    fn patch(&self, id: &str, operation: Value) -> Answer {
        let body = json!({"schemas": [PATCH], "Operations": [operation]});
        self.send("PATCH", &format!("/Users/{id}"), Some(&body))
    }
}

/// A compatible and a strict connection.
fn both(server: &Server) -> [Feed<'_>; 2] {
    let feeds = [Feed::of(server, "compatible"), Feed::of(server, "strict")];
    server.rolecall(&["connection", "set", "--org", "strict", "--profile", "strict"]).expect(0);
    feeds
}

// scim: 155, 157
// dialect: 1, 2, 9, 10
/// Tolerances by their rows in the list of them.
#[test]
fn a_strict_connection_refuses_in_patch_what_a_compatible_one_understands() {
    let server = Server::start();
    let [compatible, strict] = both(&server);
    let manager = format!("{ENTERPRISE}:manager");
    let rows = [
        (1, json!({"op": "Replace", "path": "title", "value": "Countess"}), "invalidSyntax"),
        (2, json!({"op": "replace", "path": "active", "value": "False"}), "invalidValue"),
        (
            9,
            json!({"op": "add", "path": "emails[type eq \"work\"].value", "value": "a@acme.test"}),
            "noTarget",
        ),
        (10, json!({"op": "replace", "path": manager, "value": "7"}), "invalidValue"),
    ];
    let (ada, alan) = (compatible.person("ada"), strict.person("alan"));
    for (row, operation, scim_type) in rows {
        let answer = compatible.patch(&ada, operation.clone());
        assert_eq!(answer.status, 200, "row {row}: {}", answer.text());
        let answer = strict.patch(&alan, operation);
        assert_eq!((answer.status, &answer.json["scimType"]), (400, &json!(scim_type)), "row {row}");
    }
    let ada = compatible.send("GET", &format!("/Users/{ada}"), None).expect(200).json;
    assert_eq!((&ada["title"], &ada["active"]), (&json!("Countess"), &json!(false)));
    assert_eq!(ada["emails"], json!([{"type": "work", "value": "a@acme.test"}]));
    assert_eq!(ada[ENTERPRISE]["manager"]["value"], "7");
    let alan = strict.send("GET", &format!("/Users/{alan}"), None).expect(200).json;
    assert_eq!(
        (&alan["title"], &alan["active"], &alan["emails"]),
        (&Value::Null, &json!(true), &Value::Null)
    );
}

// dialect: 3
/// Row 3.
#[test]
fn a_strict_connection_refuses_a_text_where_a_filter_compares_a_boolean() {
    let server = Server::start();
    let [compatible, strict] = both(&server);
    let path = "/Users?filter=emails%5Bprimary%20eq%20%22True%22%5D";
    assert_eq!(compatible.send("GET", path, None).expect(200).json["totalResults"], 0);
    assert_eq!(strict.send("GET", path, None).expect(400).json["scimType"], "invalidFilter");
}

// dialect: 5
/// Row 5. RFC 7644 has no words for keys that are paths; as attributes they are unknown, and unknown attributes are
/// skipped, not refused.
#[test]
fn a_strict_connection_does_not_read_keys_as_paths() {
    let server = Server::start();
    let feeds = both(&server);
    let department = format!("{ENTERPRISE}:department");
    for (feed, wanted) in feeds.iter().zip([["King", "Engines"], ["Byron", ""]]) {
        let ada = feed.person("ada");
        let value = json!({"name.familyName": "King", department.as_str(): "Engines"});
        feed.patch(&ada, json!({"op": "replace", "value": value})).expect(200);
        let ada = feed.send("GET", &format!("/Users/{ada}"), None).expect(200).json;
        let found = [&ada["name"]["familyName"], &ada[ENTERPRISE]["department"]];
        assert_eq!(found.map(|text| text.as_str().unwrap_or_default()), wanted);
    }
}

// scim: 73
// dialect: 12
/// Row 12.
#[test]
fn a_strict_connection_refuses_schemas_that_are_not_of_the_resource_type() {
    let server = Server::start();
    let [compatible, strict] = both(&server);
    let body = json!({"schemas": [USER, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "userName": "ada"});
    let made = compatible.send("POST", "/Users", Some(&body)).expect(201);
    assert_eq!(made.json["schemas"], json!([USER]), "it is never sent back");
    assert_eq!(strict.send("POST", "/Users", Some(&body)).expect(400).json["scimType"], "invalidValue");
}

#[test]
fn an_administrator_changes_the_profile_and_the_next_request_is_read_by_it() {
    let world = World::new();
    let ada = world.person("ada");
    let capital = json!([{"op": "Replace", "path": "title", "value": "Countess"}]);
    world.patch(&format!("/Users/{ada}"), capital.clone()).expect(200);

    let listed = world.server.admin("GET", "/v1/scim/connections", None).expect(200).json;
    let connection = &listed["data"][0];
    assert_eq!((&connection["name"], &connection["profile"]), (&json!("default"), &json!("compatible")));
    let id = connection["id"].as_str().unwrap();
    let set = |named: &str, profile: &str| {
        let path = format!("/v1/scim/connections/{named}");
        world.server.admin("PATCH", &path, Some(&json!({"profile": profile})))
    };
    assert_eq!(set("default", "Strict").expect(200).json["profile"], "strict");
    world.patch(&format!("/Users/{ada}"), capital.clone()).expect(400);
    set(id, "compatible").expect(200);
    world.patch(&format!("/Users/{ada}"), capital).expect(200);
    let events = world.events();
    assert_eq!(events.iter().filter(|kind| *kind == "connection.updated").count(), 2, "{events:?}");

    let wrong = set("default", "lenient").expect(400).json;
    let told = "profile: `lenient` is not a profile; use one of: compatible, strict";
    assert!(wrong["detail"].as_str().unwrap().starts_with(told), "{wrong}");
    assert_eq!(
        set("okta", "strict").expect(404).json["detail"],
        "the organisation has no connection `okta`; it has `default`"
    );
}

#[test]
fn the_command_line_lists_connections_and_sets_their_profile() {
    let world = World::new();
    let run = |arguments: &[&str]| world.server.rolecall(arguments);
    let profile =
        || run(&["connection", "list", "--org", "default", "--json"]).expect(0).json()[0]["profile"].clone();
    assert_eq!(profile(), "compatible");
    let set = ["connection", "set", "--org", "default", "--name", "default", "--profile", "strict"];
    assert_eq!(run(&set).expect(0).out, "");
    assert_eq!(profile(), "strict");
    let table = run(&["connection", "list", "--org", "default"]).expect(0).out;
    assert!(table.starts_with("ID") && table.contains("default  strict"), "{table}");
    let unknown = run(&["connection", "set", "--org", "default", "--name", "okta", "--profile", "strict"]);
    assert!(unknown.expect(1).err.contains("no connection `okta`; it has `default`"));
    run(&["connection", "set", "--org", "default", "--profile", "lenient"]).expect(2);
}

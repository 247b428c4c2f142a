//! A database of each released version, with data in every table, is upgraded by today's program and reads as before.
//!
//! `fixtures/upgrade/README.md` says how a release adds its own.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../../storage/tests/server/mod.rs"]
mod postgres;
mod support;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use diesel::{Connection, PgConnection, SqliteConnection, connection::SimpleConnection};
use serde_json::{Value, json};
use support::{Sandbox, Server};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A release's database.
struct Fixture {
    folder: PathBuf,
    facts: Value,
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/upgrade");
    let folders =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let read = |folder: PathBuf| {
        let facts = serde_json::from_str(&fs::read_to_string(folder.join("facts.json")).unwrap()).unwrap();
        Fixture { folder, facts }
    };
    folders.map(read).collect()
}

impl Fixture {
    fn dump(&self, engine: &str) -> String {
        fs::read_to_string(self.folder.join(format!("{engine}.sql"))).unwrap()
    }

    fn words(&self, pointer: &str) -> Vec<String> {
        let list = self.facts.pointer(pointer).and_then(Value::as_array);
        let list = list.unwrap_or_else(|| panic!("{}: no {pointer}", self.folder.display()));
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    }

    /// Today's program, started on the database; it migrates before it listens.
    fn started(&self, engine: &str, sandbox: Sandbox) -> Server {
        let mut server = Server::start_in(sandbox, |_| {});
        let secret = |name: &str| self.facts[engine][name].as_str().unwrap().to_owned();
        (server.token, server.api_key) = (secret("token"), secret("api_key"));
        server.tenant_url = server.tenant_url_of("default");
        server
    }
}

#[test]
fn an_sqlite_file_of_each_release_is_upgraded_with_everything_in_it() {
    for fixture in fixtures() {
        let sandbox = Sandbox::new();
        let mut file = SqliteConnection::establish(&sandbox.database().display().to_string()).unwrap();
        // A dump has its tables in no order that foreign keys could follow.
        file.batch_execute(&format!("PRAGMA foreign_keys = OFF; {}", fixture.dump("sqlite"))).unwrap();
        drop(file);
        look_around(&fixture, "sqlite", &fixture.started("sqlite", sandbox));
    }
}

#[test]
fn a_postgresql_database_of_each_release_is_upgraded_with_everything_in_it() {
    for fixture in fixtures() {
        let Some(database) = postgres::empty() else { return };
        let mut conn = PgConnection::establish(&database.url).unwrap();
        conn.batch_execute(&fixture.dump("postgres")).unwrap();
        drop(conn);
        let sandbox = Sandbox::new();
        sandbox.write("rolecall.toml", &format!("database_url = \"{}\"\n", database.url));
        look_around(&fixture, "postgres", &fixture.started("postgres", sandbox));
    }
}

#[test]
fn a_fixture_has_something_in_every_table() {
    for fixture in fixtures() {
        for engine in ["sqlite", "postgres"] {
            let dump = fixture.dump(engine);
            let second = |line: &'_ str| {
                let name = line.split_whitespace().nth(2).unwrap_or_default();
                name.trim_start_matches("public.").trim_matches('"').to_owned()
            };
            let named = |start: &str| -> BTreeSet<String> {
                dump.lines().filter(|line| line.starts_with(start)).map(second).collect()
            };
            let (tables, filled) = (named("CREATE TABLE"), named("INSERT INTO"));
            assert!(tables.len() > 10, "{tables:?}");
            let empty: Vec<_> = tables.difference(&filled).collect();
            assert!(empty.is_empty(), "{}, {engine}: nothing in {empty:?}", fixture.folder.display());
        }
    }
}

fn look_around(fixture: &Fixture, engine: &str, server: &Server) {
    let listed = |path: &str, name: &str| {
        let answer = server.scim("GET", path, None).expect(200).json;
        let mut names: Vec<String> = answer["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[name].as_str().unwrap().split('@').next().unwrap().to_lowercase())
            .collect();
        names.sort();
        names
    };
    assert_eq!(listed("/Users", "userName"), fixture.words("/people"));
    let groups: Vec<String> = fixture.words("/groups").iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(listed("/Groups", "displayName"), groups);
    assert_memberships(fixture, server);

    // Each by each question that has an index of its own.
    for name in fixture.words("/people").iter().filter(|name| name.is_ascii()) {
        let filters = [
            format!("userName eq \"{name}@ACME.example\""),
            format!("emails.value eq \"{name}@example.org\""),
        ];
        for filter in filters {
            let path = format!("/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
            let found = server.scim("GET", &path, None).expect(200).json;
            assert_eq!(found["totalResults"], 1, "{filter}");
            let id = found["Resources"][0]["id"].as_str().unwrap();
            server.scim("GET", &format!("/Users/{id}"), None).expect(200);
            server.admin("GET", &format!("/v1/admin/users/{id}"), None).expect(200);
        }
    }
    // A token of before scopes may do what it always could.
    let tokens = server.admin("GET", "/v1/scim/tokens", None).expect(200).json;
    for token in tokens["data"].as_array().unwrap() {
        assert_eq!(
            token["scopes"],
            json!(["users.read", "users.write", "groups.read", "groups.write"]),
            "{token}"
        );
    }
    let pattern = server.admin("GET", "/v1/scim/settings", None).expect(200).json;
    assert_eq!(pattern["pattern"]["create_workspaces"], false);
    let mappings = server.admin("GET", "/v1/scim/workspaces", None).expect(200).json;
    assert!(mappings["total_count"].as_u64().unwrap() >= 3, "{mappings}");
    let schemas = server.scim("GET", "/Schemas", None).expect(200).text();
    assert!(schemas.contains("urn:acme:params:scim:schemas:extension:Badge"));
    let events = server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
    let removed = events["data"].as_array().unwrap().iter().any(|event| event["type"] == "user.deleted");
    assert!(removed, "{events}");
    let other = fixture.facts[engine]["globex_token"].as_str().unwrap();
    let users = format!("{}/Users", server.tenant_url_of("globex"));
    let people = server.request("GET", &users).bearer(other).send().expect(200).json;
    assert_eq!(people["totalResults"], 1);

    goes_on(fixture, server);
}

/// Who is where, by the API; and nothing differs when it is worked out anew.
fn assert_memberships(fixture: &Fixture, server: &Server) {
    for (workspace, _) in fixture.facts["memberships"].as_object().unwrap() {
        assert_eq!(
            people_in(server, workspace),
            fixture.words(&format!("/memberships/{workspace}")),
            "in {workspace}"
        );
    }
}

fn people_in(server: &Server, workspace: &str) -> Vec<String> {
    let path = format!("/v1/admin/workspaces/{workspace}/users?limit=500");
    let answer = server.admin("GET", &path, None).expect(200).json;
    let mut people: Vec<String> = answer["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| {
            let name = person["user_name"].as_str().unwrap().split('@').next().unwrap();
            format!("{name}: {}", person["role"].as_str().unwrap())
        })
        .collect();
    people.sort();
    assert_eq!(answer["total"], people.len());
    people
}

/// What is there is what later changes build on: all leave and all come back, and are where they were.
fn goes_on(fixture: &Fixture, server: &Server) {
    let everybody = server.scim("GET", "/Users?filter=active%20eq%20true", None).expect(200).json;
    let ids: Vec<&str> =
        everybody["Resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for active in [false, true] {
        for id in &ids {
            let operations = json!([{"op": "replace", "path": "active", "value": active}]);
            let body = json!({"schemas": [PATCH], "Operations": operations});
            server.scim("PATCH", &format!("/Users/{id}"), Some(&body)).expect(200);
        }
        if !active {
            for (workspace, _) in fixture.facts["memberships"].as_object().unwrap() {
                // The directory does not take the last owner away.
                let mut kept = fixture.words(&format!("/memberships/{workspace}"));
                kept.retain(|one| one.starts_with("ada: "));
                assert_eq!(people_in(server, workspace), kept, "in {workspace}");
            }
        }
    }
    assert_memberships(fixture, server);
}

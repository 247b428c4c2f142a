//! Two replicas behind the real pgbouncer in transaction mode, from the first start on.
//!
//! `cargo xtask test` starts one before its PostgreSQL and says on which port. Without one the test says so and is skipped.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../../storage/tests/server/mod.rs"]
mod postgres;
mod support;

use serde_json::json;
use support::{Sandbox, Server};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A database's URL by way of pgbouncer.
#[allow(clippy::disallowed_methods)] // a test reads its own environment
fn pooled(database: &postgres::Database) -> Option<String> {
    let Ok(port) = std::env::var("ROLECALL_TEST_PGBOUNCER_PORT") else {
        eprintln!("skipped: ROLECALL_TEST_PGBOUNCER_PORT names no pgbouncer (`cargo xtask test` starts one)");
        return None;
    };
    let (place, name) = database.url.rsplit_once('/').unwrap();
    let (who, _) = place.rsplit_once(':').unwrap();
    Some(format!("{who}:{port}/{name}?prepared_statements=off"))
}

fn sandbox(url: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", &format!("database_url = \"{url}\"\n"));
    sandbox
}

#[test]
fn replicas_behind_a_pooler_start_on_an_empty_database_and_serve_what_the_other_was_told() {
    let Some(database) = postgres::empty() else { return };
    let Some(url) = pooled(&database) else { return };
    let mut one = Server::start_in(sandbox(&url), |_| {});
    let mut other = Server::start_in(sandbox(&url), |_| {});
    (other.token, other.api_key) = (one.token.clone(), one.api_key.clone());
    other.tenant_url = other.tenant_url_of("default");

    let people: Vec<String> = ["ada@acme.example", "grace@acme.example"]
        .into_iter()
        .zip([&one, &other])
        .map(|(name, server)| {
            let person = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
            server.scim("POST", "/Users", Some(&person)).expect(201).json["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "ws-Sales-role-manager",
        "members": [{"value": people[0]}],
    });
    let group = one.scim("POST", "/Groups", Some(&group)).expect(201).json["id"].as_str().unwrap().to_owned();
    let add = json!({"schemas": [PATCH], "Operations": [{"op": "add", "path": "members", "value": [{"value": people[1]}]}]});
    other.scim("PATCH", &format!("/Groups/{group}"), Some(&add));
    let leave =
        json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": false}]});
    one.scim("PATCH", &format!("/Users/{}", people[0]), Some(&leave));

    one.restart();
    for server in [&one, &other] {
        let members = server.admin("GET", "/v1/admin/workspaces/sales/users", None).expect(200).json;
        assert_eq!(members["total"], 1, "{members}");
        assert_eq!(
            (&members["data"][0]["user_name"], &members["data"][0]["role"]),
            (&json!("grace@acme.example"), &json!("manager"))
        );
        let ada =
            server.scim("GET", "/Users?filter=userName+eq+%22ada@acme.example%22", None).expect(200).json;
        assert_eq!(ada["Resources"][0]["active"], false);
    }
    one.stop();
    other.stop();
    let checked = one.rolecall(&["db", "check"]).expect(0);
    assert_eq!(checked.out, "default: everything agrees\n");
}

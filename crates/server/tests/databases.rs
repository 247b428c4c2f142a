//! `rolecall db copy` and `rolecall db check`, through the real binary.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod support;

use std::process::Stdio;

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use serde_json::json;
use support::{Finished, Sandbox, Server};

/// A server with Ada in the workspace Sales, by hand; it is stopped.
fn with_ada() -> Server {
    let mut server = Server::start();
    let ada = server.scim(
        "POST",
        "/Users",
        Some(&json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ada@acme.example",
            "emails": [{"value": "ada@acme.example"}],
        })),
    );
    let ada = ada.expect(201).json["id"].clone();
    server.admin("POST", "/v1/admin/workspaces", Some(&json!({"name": "Sales"})));
    let grant = json!({"user_id": ada, "role": "manager"});
    server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&grant));
    server.stop();
    server
}

fn damage(sandbox: &Sandbox, statements: &str) {
    let mut conn = SqliteConnection::establish(sandbox.database().to_str().unwrap()).unwrap();
    conn.batch_execute(statements).unwrap();
}

#[test]
fn a_copied_database_serves_as_the_first_one_did() {
    let mut server = with_ada();
    let copied = server.rolecall(&["db", "copy", "--to", "sqlite://copy.db", "--json"]).expect(0);
    let tables = copied.json();
    for table in tables.as_array().unwrap() {
        assert_eq!(table["same"], true, "{table}");
        assert_eq!(table["source_checksum"], table["target_checksum"]);
    }
    let users = tables.as_array().unwrap().iter().find(|table| table["table"] == "users").unwrap();
    assert_eq!((&users["source_rows"], &users["target_rows"]), (&json!(1), &json!(1)));
    // No terminal: a line a table, and a last one that says what to do.
    assert!(copied.err.contains("copying users: 1 of 1 rows, 100 %\n"), "{}", copied.err);
    assert!(copied.err.contains("Start the servers on sqlite://copy.db"), "{}", copied.err);

    std::fs::rename(server.sandbox.path().join("copy.db"), server.sandbox.database()).unwrap();
    server.restart();
    let people = server.admin("GET", "/v1/admin/workspaces/sales/users", None).expect(200).json;
    assert_eq!(
        (&people["data"][0]["user_name"], &people["data"][0]["role"]),
        (&json!("ada@acme.example"), &json!("manager"))
    );
    server.scim("GET", "/Users?filter=userName+eq+%22ada@acme.example%22", None).expect(200);
}

#[test]
fn the_comparison_is_a_table_for_people() {
    let server = with_ada();
    let out = server
        .rolecall(&["db", "copy", "--from", "sqlite://rolecall.db", "--to", "sqlite://copy.db"])
        .expect(0)
        .out;
    let line = out.lines().find(|line| line.starts_with("memberships ")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!((words[1], words[2], words[5]), ("1", "1", "yes"), "{out}");
    assert_eq!(words[3], words[4]);
}

#[test]
fn a_copy_that_cannot_be_is_refused_with_what_to_do() {
    let server = with_ada();
    for (from, to, code, wanted) in [
        ("sqlite://rolecall.db", "sqlite://./rolecall.db", 2, "the same database"),
        ("sqlite://nothing.db", "sqlite://copy.db", 1, "no database at nothing.db"),
        ("sqlite://rolecall.db", "mysql://ada:s3cret@db/x", 2, "the schemes are sqlite:// and postgres://"),
    ] {
        let finished = server.rolecall(&["db", "copy", "--from", from, "--to", to]).expect(code);
        assert!(finished.err.contains(wanted) && !finished.err.contains("s3cret"), "{}", finished.err);
        assert_eq!(finished.out, "");
    }
    server.rolecall(&["db", "copy", "--to", "sqlite://copy.db"]).expect(0);
    let again = server.rolecall(&["db", "copy", "--to", "sqlite://copy.db"]).expect(1);
    assert!(again.err.contains("the target is not empty: orgs holds 1 row"), "{}", again.err);
}

#[test]
fn urls_with_passwords_come_by_variables() {
    let server = with_ada();
    let mut command = server.sandbox.command(&["db", "copy"]);
    command.env("ROLECALL_COPY_FROM", "sqlite://rolecall.db").env("ROLECALL_COPY_TO", "sqlite://copy.db");
    Finished::of(&mut command).expect(0);
    let help = server.rolecall(&["db", "copy", "--help"]).expect(0).out;
    assert!(help.contains("ROLECALL_COPY_TO"), "{help}");
}

#[test]
fn a_copy_that_is_killed_leaves_nothing_and_is_run_again() {
    let server = with_ada();
    damage(
        &server.sandbox,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
         INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind) SELECT 1, 1000 + i, 'x', 0, zeroblob(16), 3 FROM n",
    );
    let mut child = server
        .sandbox
        .command(&["db", "copy", "--to", "sqlite://copy.db"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first table is through, the long one is not.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().starts_with("copying orgs"));
    child.kill().unwrap();
    child.wait().unwrap();
    let list = server.rolecall(&["org", "list", "--json", "--database-url", "sqlite://copy.db"]).expect(0);
    assert_eq!(list.json(), json!([]));
    server.rolecall(&["db", "copy", "--to", "sqlite://copy.db"]).expect(0);
    let list = server.rolecall(&["org", "list", "--json", "--database-url", "sqlite://copy.db"]).expect(0);
    assert_eq!(list.json()[0]["slug"], "default");
}

#[test]
fn a_healthy_database_is_said_to_be_so() {
    let server = with_ada();
    let checked = server.rolecall(&["db", "check"]).expect(0);
    assert_eq!((checked.out.as_str(), checked.err.as_str()), ("default: everything agrees\n", ""));
}

#[test]
fn damage_is_told_by_name_and_mended() {
    let mut server = with_ada();
    server.create_org("globex");
    damage(
        &server.sandbox,
        "DELETE FROM memberships; UPDATE positions SET count = 7; DELETE FROM user_emails",
    );
    let checked = server.rolecall(&["db", "check"]).expect(1);
    for line in [
        "default: 4 differences (1 in e-mail index, 1 in positions, 1 in people of workspaces, 1 in memberships)",
        "  people of workspaces: Sales has `1 people counted`, should have `0`",
        "  e-mail index: ada@acme.example has `not found by it`, should have `found by ada@acme.example`",
        "  memberships: ada@acme.example in Sales has `no membership`, should have `manager`",
        "globex: everything agrees",
    ] {
        assert!(checked.out.lines().any(|found| found == line), "{line} in\n{}", checked.out);
    }
    assert_eq!(checked.err, "rolecall: 4 differences; `rolecall db check --repair` mends them\n");
    let one = server.rolecall(&["db", "check", "--limit", "1"]).expect(1).out;
    assert!(one.contains("  and 3 more; --limit lists more of them\n"), "{one}");
    server.rolecall(&["db", "check", "--org", "globex"]).expect(0);
    server.rolecall(&["db", "check", "--org", "acme"]).expect(1);

    let repaired =
        server.rolecall(&["db", "check", "--repair", "--org", "default", "--json"]).expect(0).json();
    assert_eq!((&repaired[0]["differences"], &repaired[0]["repaired"]), (&json!(4), &json!(true)));
    assert_eq!(repaired[0]["parts"]["memberships"], 1);
    assert_eq!(repaired[0]["listed"][3]["person"], "ada@acme.example");
    server.rolecall(&["db", "check"]).expect(0);

    server.restart();
    let people = server.admin("GET", "/v1/admin/workspaces/sales/users", None).expect(200).json;
    assert_eq!(people["total"], 1);
}

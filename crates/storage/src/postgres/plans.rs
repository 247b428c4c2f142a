//! Reads PostgreSQL's query plans: in an organisation of some size no hot statement reads a table from end to end.
//!
//! Each question is asked on a connection of its own, and what that has prepared is explained as the server would run it
//! for any values (`force_generic_plan`).

#[path = "../../tests/server/mod.rs"]
pub(super) mod server;

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{self, Integer},
};
use rolecall_domain::{
    ports::{Scope, StoreResult, WriteAccess, WriteGroups},
    role::WorkspaceRole,
    testing::{ORG, THEN, a_group, a_mapping, a_workspace, group_id},
};

use super::{
    Conn,
    address::Address,
    link::Gate,
    queries::{
        Composed, Transaction,
        questions::{HOT, WARM, acme, act, watch},
    },
};
use crate::open::Options;

/// The tables that grow with an organisation. The others have few rows, of which an index saves nothing.
const LARGE: [&str; 7] =
    ["users", "user_emails", "groups", "group_members", "mappings", "memberships", "events"];

/// Copies of `ada` and `Sales`: 10,000 people in 400 groups, two each, and what follows from that.
const GROW: &str = "
    INSERT INTO users
    SELECT (jsonb_populate_record(u, jsonb_build_object('id', md5('u' || n), 'user_name', u.user_name || n,
              'user_name_key', u.user_name_key || n, 'external_id', n, 'display_name_key', u.display_name_key || n,
              'modified_at', u.modified_at + n, 'search', u.search))).*
    FROM users u, generate_series(1, 10000) n WHERE u.user_name_key NOT SIMILAR TO '%[0-9]';
    INSERT INTO user_emails SELECT 1, user_name_key, id FROM users;
    INSERT INTO groups
    SELECT (jsonb_populate_record(g, jsonb_build_object('id', md5('g' || n), 'external_id', n,
              'display_name_key', g.display_name_key || n, 'pattern_key', g.display_name_key || n,
              'modified_at', g.modified_at + n, 'search', g.search))).*
    FROM groups g, generate_series(1, 400) n;
    INSERT INTO group_members
    SELECT 1, CAST(md5('g' || (1 + (n * k) % 400)) AS uuid), CAST(md5('u' || n) AS uuid), 1, CAST(md5('c') AS uuid), 0
    FROM generate_series(1, 10000) n, (VALUES (1), (7)) AS v(k) ON CONFLICT DO NOTHING;
    INSERT INTO workspaces
    SELECT (jsonb_populate_record(w, jsonb_build_object('id', md5('w' || n), 'slug', w.slug || n,
              'name_key', w.name_key || n))).*
    FROM workspaces w, generate_series(1, 100) n;
    INSERT INTO mappings
    SELECT 1, CAST(md5('m' || n) AS uuid), CAST(md5('g' || n) AS uuid), CAST(md5('w' || (1 + n % 100)) AS uuid), 10, 1, 0
    FROM generate_series(1, 400) n;
    INSERT INTO memberships
    SELECT DISTINCT 1, m.workspace_id, g.member_id, CAST(10 AS smallint)
    FROM group_members g JOIN mappings m ON m.org_id = 1 AND m.group_id = g.group_id;
    INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, user_id)
    SELECT 1, n, 'user.created', 0, CAST(md5('c' || n) AS uuid), 3, CAST(md5('u' || n) AS uuid)
    FROM generate_series(1, 30000) n;
    ANALYZE";

fn grown() -> Option<server::Database> {
    let database = server::fresh()?;
    let mut conn = connect(&database);
    acme(&mut conn);
    conn.batch_execute(GROW).unwrap();
    Some(database)
}

/// As the store connects.
fn connect(database: &server::Database) -> Conn {
    let options = Options::default();
    let mut conn = Gate::new(Address::parse(&database.url, &options).unwrap(), &options).connect().unwrap();
    conn.batch_execute("SET plan_cache_mode = force_generic_plan").unwrap();
    conn
}

/// The plans of all statements that a connection keeps prepared.
fn plans(conn: &mut Conn) -> Vec<String> {
    let prepared: Vec<(String, i32)> = Composed::<(sql_types::Text, Integer)>::new(
        "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements WHERE name LIKE '\\_\\_diesel%'".into(),
        Vec::new(),
    )
    .load(conn)
    .unwrap();
    let explained = prepared.into_iter().map(|(name, parameters)| {
        let values = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
        let values = if parameters == 0 { String::new() } else { format!("({values})") };
        let text = format!("EXPLAIN (COSTS OFF) EXECUTE \"{name}\"{values}");
        let lines: Vec<String> = Composed::<sql_types::Text>::new(text, Vec::new()).load(conn).unwrap();
        lines.join("\n")
    });
    explained.collect()
}

/// The plans of statements that are put together when they are asked, and are not kept prepared.
fn plans_of(conn: &mut Conn, statements: &[String]) -> Vec<String> {
    statements
        .iter()
        .enumerate()
        .map(|(number, statement)| {
            let text = statement.split(" -- binds").next().unwrap_or_default();
            let parameters = (1..).take_while(|n| text.contains(&format!("${n}"))).count();
            conn.batch_execute(&format!("PREPARE composed{number} AS {text}")).unwrap();
            let values = vec!["NULL"; parameters].join(", ");
            let text = format!("EXPLAIN (COSTS OFF) EXECUTE composed{number}({values})");
            let lines: Vec<String> = Composed::<sql_types::Text>::new(text, Vec::new()).load(conn).unwrap();
            lines.join("\n")
        })
        .collect()
}

#[track_caller]
fn goes_by_index(what: &str, plan: &str) {
    // From the end of the key, as far as the limit.
    if plan.starts_with("Limit\n  ->  Index Scan Backward using events_pkey on events\n") {
        return;
    }
    let mut of_large = false;
    for line in plan.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(on) = words.iter().position(|word| *word == "on") {
            of_large = words.get(on + 1).is_some_and(|table| {
                LARGE.iter().any(|large| table == large || table.starts_with(&format!("{large}_")))
            });
            assert!(!(of_large && line.contains("Seq Scan on")), "{what}: `{line}` in\n{plan}");
        }
        // The whole organisation, by way of an index.
        if let Some(condition) = line.trim().strip_prefix("Index Cond: ") {
            assert!(!of_large || condition.contains(" AND "), "{what}: `{line}` in\n{plan}");
        }
    }
}

/// Asks on a fresh connection, and looks at what was prepared.
fn ask(
    database: &server::Database,
    what: &str,
    question: impl FnOnce(&mut Transaction<'_>) -> StoreResult<()>,
) -> (Vec<String>, usize) {
    let mut conn = connect(database);
    conn.batch_execute("BEGIN").unwrap();
    let watched = watch(&mut conn, question);
    let composed = if what.starts_with("search_") { plans_of(&mut conn, &watched.0) } else { Vec::new() };
    for plan in plans(&mut conn).into_iter().chain(composed) {
        goes_by_index(what, &plan);
    }
    conn.batch_execute("COMMIT").unwrap();
    watched
}

// pain: 12
#[test]
fn each_question_takes_its_statements_stays_prepared_and_goes_by_an_index() {
    let Some(database) = grown() else { return };
    for (name, count, question) in HOT.iter().copied() {
        let (statements, kept) = ask(&database, name, question);
        assert_eq!((statements.len(), kept), (count, count), "{name}: {statements:#?}");
    }
    for (name, count, question) in WARM.iter().copied() {
        let (statements, _) = ask(&database, name, question);
        assert_eq!(statements.len(), count, "{name}: {statements:#?}");
    }
}

#[test]
fn recomputing_goes_from_people_to_memberships_by_indexes() {
    let Some(database) = grown() else { return };
    ask(&database, "a mapping is added", |tx| {
        tx.insert_mapping(ORG, &a_mapping(&a_group("Sales"), &a_workspace("Sales"), WorkspaceRole::Admin))?;
        let people = [rolecall_domain::testing::person("ada")];
        tx.add_members(ORG, group_id("Sales"), &people, act().cause.change, THEN)?;
        let done = tx.recompute(ORG, &act().cause, &Scope::Groups(vec![group_id("Sales")]))?;
        assert_eq!(done.joined, 1);
        tx.remove_members(ORG, group_id("Sales"), &[people[0].uuid()])?;
        let done = tx.recompute(ORG, &act().cause, &Scope::Workspace(a_workspace("Sales").id))?;
        assert_eq!(done.left, 1);
        Ok(())
    });
}

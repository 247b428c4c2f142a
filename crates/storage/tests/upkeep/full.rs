//! A file with rows in every table, those that no test knows of included, and what is in a file.

use std::{collections::BTreeMap, sync::Arc};

use diesel::{
    QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query, sql_types,
};
use rolecall_domain::{
    grant::Grant,
    ports::{ReadCost, Scope, Slice, StoreError, read_now},
    role::WorkspaceRole,
};
use rolecall_storage::Database;
use serde_json::{Value, json};

use super::{Place, world};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = sql_types::Text)]
    name: String,
    #[diesel(sql_type = sql_types::Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = sql_types::Text)]
    parent: String,
    #[diesel(sql_type = sql_types::Text)]
    from: String,
    #[diesel(sql_type = sql_types::Text)]
    to: String,
}

/// [`rows`], and at least one row in every table that there is.
pub(crate) fn every_table(place: &Place) -> Arc<dyn Database> {
    let store = rows(place);
    fill_the_rest(&mut place.sqlite());
    store
}

/// Two organisations with texts of all kinds.
pub(crate) fn rows(place: &Place) -> Arc<dyn Database> {
    let store = place.migrated();
    let opened = store.clone();
    let subject = world::Subject::new(move || opened.clone());
    for slug in ["acme", "globex"] {
        let org = subject.org(slug);
        let people: Vec<_> = ["ada", "grace\0hopper", "a\u{1}b\u{2}", "Жанна 🐧", "o'neil\\\"%_"]
            .iter()
            .map(|name| {
                let emails = json!([{"value": format!("{name}@acme.example")}, {"value": "x@ACME.example", "type": "work"}]);
                let user = org.person_with(
                    name,
                    json!({"emails": emails, "nickName": format!("\0{name}\u{1}"), "title": "1e2", "timezone": ""}),
                );
                world::user(&user)
            })
            .collect();
        let (inner, outer) = (
            org.group("Engineering \0"),
            org.group_with("ws-Sales-role-admin", json!({"externalId": "g-1"})),
        );
        let workspace = org.workspace("Sales");
        org.mapping(&outer, &workspace, WorkspaceRole::Manager);
        org.join(&inner, &people);
        org.join(&outer, &[world::nested(&inner)]);
        let rolecall_domain::records::MemberId::User(ada) = people[0] else { panic!("people are people") };
        let id = workspace.id;
        org.write(move |tx, org| {
            tx.put_grant(org, id, ada, Grant::lasting(WorkspaceRole::Admin), &world::cause())
        });
        org.recompute(Scope::Groups(vec![outer.id]));
    }
    store
}

fn columns(conn: &mut SqliteConnection) -> BTreeMap<String, Vec<Column>> {
    let all: Vec<Column> = sql_query(
        "SELECT t.name AS table_name, c.name, c.type AS kind FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'
         ORDER BY t.name, c.cid",
    )
    .load(conn)
    .unwrap();
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for column in all {
        tables.entry(column.table_name.clone()).or_default().push(column);
    }
    tables
}

/// A row for each table that has none: its references lead to a row that is there, the rest is anything.
fn fill_the_rest(conn: &mut SqliteConnection) {
    let tables = columns(conn);
    // A table may refer to another that is empty still.
    for _ in 0..tables.len() {
        for (table, columns) in &tables {
            let references: Vec<Reference> = sql_query(format!(
                "SELECT f.\"table\" AS parent, f.\"from\", f.\"to\" FROM pragma_foreign_key_list('{table}') f
                 ORDER BY f.\"table\" = 'orgs'"
            ))
            .load(conn)
            .unwrap();
            let value = |column: &Column| {
                let reference = references.iter().find(|reference| reference.from == column.name);
                match (reference, column.kind.as_str()) {
                    (Some(Reference { parent, to, .. }), _) => {
                        format!("(SELECT \"{to}\" FROM \"{parent}\" ORDER BY 1 LIMIT 1)")
                    }
                    (None, "INTEGER") => "1".to_owned(),
                    (None, "BLOB") => "randomblob(16)".to_owned(),
                    // Text, and JSON too.
                    (None, _) => "'{\"é\": \"\\u0000 \\u0001\"}'".to_owned(),
                }
            };
            let names: Vec<_> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
            let values: Vec<_> = columns.iter().map(value).collect();
            let insert = format!(
                "INSERT INTO \"{table}\" ({}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM \"{table}\")",
                names.join(", "),
                values.join(", ")
            );
            // Whoever cannot be filled yet is next round, and is missed by the test in the end.
            let _ = conn.batch_execute(&insert);
        }
    }
}

/// All rows of all tables of a file. JSON that the database looks into counts for what it says.
pub(crate) fn dump(place: &Place) -> Vec<String> {
    let conn = &mut place.sqlite();
    let mut rows = Vec::new();
    for (table, columns) in columns(conn) {
        let shown = |column: &Column| match column.name.as_str() {
            "search" => "search".to_owned(),
            // `quote` would end at U+0000.
            name => format!("coalesce(hex(CAST(\"{name}\" AS BLOB)), 'null')"),
        };
        let (json, plain): (Vec<_>, Vec<_>) = columns.iter().partition(|column| column.name == "search");
        let plain: Vec<_> = plain.into_iter().map(shown).collect();
        let json = json.first().map_or("'null'".to_owned(), |column| shown(column));
        let found: Vec<Json> = sql_query(format!(
            "SELECT '{table} ' || concat_ws(',', {}) AS line, {json} AS json FROM \"{table}\" ORDER BY 1",
            plain.join(", ")
        ))
        .load(conn)
        .unwrap();
        for row in found {
            let mut json: Value = serde_json::from_str(&row.json).unwrap();
            json.sort_all_objects();
            rows.push(format!("{} {json}", row.line));
        }
    }
    rows
}

#[derive(QueryableByName)]
struct Json {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
    #[diesel(sql_type = sql_types::Text)]
    json: String,
}

/// What the store answers about people and events, which is what somebody would see.
pub(crate) fn read(store: &Arc<dyn Database>) -> Vec<String> {
    read_now(&**store, ReadCost::Scan, |tx| {
        let mut seen = Vec::new();
        for org in tx.list_orgs()? {
            seen.push(format!("{org:?}"));
            for user in tx.list_users(org.id, &Default::default(), Slice { after: None, limit: 100 })? {
                seen.push(format!("{user:?} {:?}", tx.workspaces_of(org.id, user.id)?));
                seen.push(format!(
                    "{:?}",
                    tx.find_user_by_name(org.id, &user.facts.user_name_key)?.is_some()
                ));
            }
            seen.extend(tx.events_after(org.id, 0, 100)?.iter().map(|event| format!("{event:?}")));
        }
        Ok::<_, StoreError>(seen)
    })
    .unwrap()
}

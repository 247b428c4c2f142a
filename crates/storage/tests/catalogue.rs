//! The tables, read back from the database's own catalogue: rules that hold for tables not yet written.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use rolecall_storage::Options;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    index_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    column: Option<String>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A migrated file, opened beside the store. SQLite's words for what each database has in its own.
fn migrated() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolecall.db");
    let store = rolecall_storage::open(&format!("sqlite://{}", path.display()), Options::default()).unwrap();
    store.migrate().unwrap();
    store.close();
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    // The store's threads may still be closing their connections.
    sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn).unwrap();
    (folder, conn)
}

fn names(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    sql_query(query).load::<Name>(conn).unwrap().into_iter().map(|row| row.name).collect()
}

/// The tables that belong to organisations.
fn tables_with_an_organisation(conn: &mut SqliteConnection) -> Vec<String> {
    let tables = names(
        conn,
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND c.name = 'org_id' ORDER BY t.name",
    );
    assert!(tables.len() > 10, "{tables:?}");
    tables
}

#[test]
fn the_organisation_leads_every_key_and_every_index() {
    let (_folder, mut conn) = migrated();
    let tables = tables_with_an_organisation(&mut conn);
    let first_columns: Vec<Column> = sql_query(
        "SELECT t.name AS table_name, i.name AS index_name, c.name AS \"column\"
         FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
         WHERE t.type = 'table' AND c.seqno = 0",
    )
    .load(&mut conn)
    .unwrap();
    for index in first_columns.iter().filter(|index| tables.contains(&index.table_name)) {
        // A key is presented without an organisation: it is the key that names it.
        if index.index_name == "api_keys_hash" {
            continue;
        }
        assert_eq!(index.column.as_deref(), Some("org_id"), "{index:?}");
    }
    for table in tables {
        let first = names(&mut conn, &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk = 1"));
        assert_eq!(first, ["org_id"], "the primary key of {table}");
    }
}

#[test]
fn everything_of_an_organisation_goes_when_it_goes() {
    let (_folder, mut conn) = migrated();
    for table in tables_with_an_organisation(&mut conn) {
        let cascades = names(
            &mut conn,
            &format!(
                "SELECT \"table\" AS name FROM pragma_foreign_key_list('{table}')
                 WHERE \"from\" = 'org_id' AND \"table\" = 'orgs' AND on_delete = 'CASCADE'"
            ),
        );
        assert_eq!(cascades, ["orgs"], "{table}");
    }
}

#[test]
fn every_index_has_its_figures_for_the_planner() {
    let (_folder, mut conn) = migrated();
    let without = names(
        &mut conn,
        "SELECT i.name FROM sqlite_schema t JOIN pragma_index_list(t.name) i
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.idx = i.name OR (s.idx = t.name AND i.origin = 'pk'))",
    );
    assert_eq!(without, [""; 0]);
}

#[test]
fn every_table_is_strict() {
    let (_folder, mut conn) = migrated();
    let loose = names(
        &mut conn,
        "SELECT name FROM pragma_table_list
         WHERE schema = 'main' AND type = 'table' AND strict = 0
           AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '__diesel_schema_migrations'",
    );
    assert_eq!(loose, [""; 0]);
}

#[test]
fn migrations_can_be_undone_in_development() {
    let (_folder, mut conn) = migrated();
    let migrations =
        FileBasedMigrations::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap();
    conn.revert_all_migrations(migrations).unwrap();
    let left: Count = sql_query(
        "SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    .get_result(&mut conn)
    .unwrap();
    assert_eq!(left.count, 0);
}

/// With a partial index in the table, a value may decide whether the index applies; SQLite then prepares a statement
/// anew each time it runs with other values, and all the care for prepared statements is for nothing.
#[test]
fn no_index_is_partial() {
    let (_folder, mut conn) = migrated();
    let partial = names(
        &mut conn,
        "SELECT i.name FROM sqlite_schema t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.partial",
    );
    assert_eq!(partial, [""; 0]);
}

/// Of two migrations with one number, Diesel runs one and never says so.
#[test]
fn every_migration_has_a_number_of_its_own_and_has_run() {
    let (_folder, mut conn) = migrated();
    for database in ["sqlite", "postgres"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let folders =
            std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
        let mut numbers: Vec<String> = folders
            .map(|entry| entry.unwrap().file_name().to_string_lossy().split('_').next().unwrap().to_owned())
            .collect();
        numbers.sort();
        let run = names(&mut conn, "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version");
        assert_eq!(numbers, run, "{database}");
    }
}

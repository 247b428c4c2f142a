//! Both databases have the same tables: columns, keys, indexes and what goes when something goes.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod server;

use std::collections::BTreeSet;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types::Text,
};
use rolecall_storage::Options;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const SQLITE: [&str; 3] = [
    // A column, what it holds, whether it may be absent.
    "SELECT 'column ' || t.name || '.' || c.name || CASE WHEN c.\"notnull\" OR c.pk THEN ' ' ELSE ' nullable ' END || lower(c.type) AS line
     FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
       AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    // An index with its columns in order. A primary key has no name of its own everywhere. SQLite makes none for a lone
    // integer key, which is the row's number.
    "SELECT CASE i.origin WHEN 'pk' THEN 'key ' || t.name ELSE CASE i.\"unique\" WHEN 1 THEN 'unique ' ELSE 'index ' END || i.name END
            || ' (' || group_concat(c.name, ', ' ORDER BY c.seqno) || ')' AS line
     FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c WHERE t.type = 'table'
       AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'
     GROUP BY t.name, i.name, i.origin, i.\"unique\"",
    "SELECT 'reference ' || t.name || ' (' || group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') to ' || f.\"table\" || ', '
            || lower(f.on_delete) AS line
     FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
     GROUP BY t.name, f.id, f.\"table\", f.on_delete",
];

const POSTGRES: [&str; 3] = [
    "SELECT 'column ' || c.relname || '.' || a.attname || CASE WHEN a.attnotnull THEN ' ' ELSE ' nullable ' END
            || CASE format_type(a.atttypid, a.atttypmod) WHEN 'bigint' THEN 'integer' WHEN 'smallint' THEN 'integer'
                 WHEN 'boolean' THEN 'integer' WHEN 'uuid' THEN 'blob' WHEN 'bytea' THEN 'blob' WHEN 'jsonb' THEN 'text'
                 ELSE format_type(a.atttypid, a.atttypmod) END AS line
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind = 'r' AND c.relnamespace = CAST('public' AS regnamespace) AND c.relname NOT LIKE '\\_\\_%'",
    "SELECT CASE WHEN i.indisprimary THEN 'key ' || t.relname
                 WHEN i.indisunique THEN 'unique ' || x.relname ELSE 'index ' || x.relname END
            || ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ')' AS line
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
     JOIN pg_attribute a ON a.attrelid = x.oid
     WHERE t.relnamespace = CAST('public' AS regnamespace) AND t.relname NOT LIKE '\\_\\_%'
       AND NOT (i.indisprimary AND t.relname IN ('orgs', 'org_settings'))
     GROUP BY i.indisprimary, i.indisunique, t.relname, x.relname",
    "SELECT 'reference ' || t.relname || ' (' || string_agg(a.attname, ', ' ORDER BY k.place) || ') to ' || r.relname || ', '
            || CASE f.confdeltype WHEN 'c' THEN 'cascade' ELSE 'no action' END AS line
     FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid
     JOIN unnest(f.conkey) WITH ORDINALITY AS k(number, place) ON true
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
     WHERE f.contype = 'f' GROUP BY f.oid, t.relname, r.relname, f.confdeltype",
];

#[test]
fn both_databases_have_the_same_tables() {
    let Some(database) = server::fresh() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolecall.db");
    let store = rolecall_storage::open(&format!("sqlite://{}", path.display()), Options::default()).unwrap();
    store.migrate().unwrap();
    let mut sqlite = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let mut postgres = PgConnection::establish(&database.url).unwrap();
    for (one, other) in SQLITE.into_iter().zip(POSTGRES) {
        let here: Vec<Line> = sql_query(one).load(&mut sqlite).unwrap();
        let there: Vec<Line> = sql_query(other).load(&mut postgres).unwrap();
        let set = |lines: Vec<Line>| lines.into_iter().map(|line| line.line).collect::<BTreeSet<_>>();
        let (here, there) = (set(here), set(there));
        assert!(here.len() > 10, "{here:?}");
        let differ: Vec<_> = here.symmetric_difference(&there).collect();
        assert_eq!(differ, [""; 0], "\nSQLite {here:#?}\nPostgreSQL {there:#?}");
    }
}

#[test]
fn every_text_is_ordered_by_code_point() {
    let Some(database) = server::fresh() else { return };
    let mut conn = PgConnection::establish(&database.url).unwrap();
    let others: Vec<Line> = sql_query(
        "SELECT c.relname || '.' || a.attname AS line
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.relkind = 'r' AND c.relnamespace = CAST('public' AS regnamespace) AND c.relname NOT LIKE '\\_\\_%'
           AND a.atttypid = CAST('text' AS regtype) AND a.attcollation <> CAST('\"C\"' AS regcollation)",
    )
    .load(&mut conn)
    .unwrap();
    assert_eq!(others.into_iter().map(|line| line.line).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn migrations_can_be_undone_in_development() {
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    let Some(database) = server::fresh() else { return };
    let mut conn = PgConnection::establish(&database.url).unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
    conn.revert_all_migrations(FileBasedMigrations::from_path(folder).unwrap()).unwrap();
    let left: Vec<Line> = sql_query(
        "SELECT CAST(relname AS text) AS line FROM pg_class
         WHERE relkind = 'r' AND relnamespace = CAST('public' AS regnamespace) AND relname NOT LIKE '\\_\\_%'",
    )
    .load(&mut conn)
    .unwrap();
    assert_eq!(left.len(), 0);
}

#[test]
fn both_have_migrations_of_the_same_names() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = format!("{}/migrations/{database}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

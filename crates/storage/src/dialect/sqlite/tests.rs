//! What this dialect says of the tables agrees with the migrated database.

use std::collections::BTreeMap;

use diesel::{Connection, QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::MigrationHarness;

use super::*;
use crate::{schema, sqlite::migrations::MIGRATIONS};

fn database() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.run_pending_migrations(MIGRATIONS).unwrap();
    conn
}

#[derive(QueryableByName)]
struct Indexed {
    #[diesel(sql_type = Text)]
    index: String,
    #[diesel(sql_type = Text)]
    column: String,
}

#[test]
fn every_unique_index_is_recognised_by_the_columns_in_sqlites_message() {
    let rows: Vec<Indexed> = sql_query(
        "SELECT i.name AS \"index\", t.name || '.' || c.name AS \"column\"
         FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
         WHERE t.type = 'table' AND i.\"unique\" AND i.origin = 'c'
         ORDER BY i.name, c.seqno",
    )
    .load(&mut database())
    .unwrap();
    let mut indexes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        indexes.entry(row.index).or_default().push(row.column);
    }
    let found: Vec<_> = indexes.into_iter().map(|(index, columns)| (index, columns.join(", "))).collect();
    let known = UNIQUE_INDEXES.map(|(index, columns)| (index.to_owned(), columns.to_owned()));
    assert_eq!(found, known);
}

#[test]
fn diesel_knows_the_columns_that_are_there_and_no_others() {
    let mut conn = database();
    macro_rules! same_columns {
        ($($table:ident),+) => {$({
            use diesel::Table;
            let query = schema::$table::table.select(schema::$table::table::all_columns()).limit(0);
            query.execute(&mut conn).unwrap();
            let known = diesel::debug_query::<Sqlite, _>(&query).to_string().matches(concat!("`", stringify!($table), "`.")).count();
            let there: Vec<Indexed> = sql_query(concat!(
                "SELECT '' AS \"index\", name AS \"column\" FROM pragma_table_info('", stringify!($table), "')"
            ))
            .load(&mut conn)
            .unwrap();
            let names: Vec<_> = there.into_iter().map(|row| row.column).collect();
            assert_eq!(known, names.len(), "{}: {names:?}", stringify!($table));
        })+};
    }
    same_columns!(
        orgs,
        org_settings,
        connections,
        scim_tokens,
        api_keys,
        users,
        groups,
        group_members,
        workspaces,
        mappings,
        grants,
        memberships,
        events,
        administrators,
        admin_sessions,
        set_up_links,
        connect_links,
        removed_records,
        removed_links,
        known_people,
        merged_people,
        refused_matches
    );
}

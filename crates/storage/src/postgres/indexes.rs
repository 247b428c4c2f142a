//! Indexes of tables that may be large: built while others write (`CREATE INDEX CONCURRENTLY`), outside of transactions.
//!
//! The server then reads the table twice and waits in between for the transactions that were open, but nobody waits for
//! it. An index whose building was interrupted stays behind, invalid: every write keeps it up, and no question uses it.
//! So what is found is built to its end by whoever is at it, or dropped and begun anew.

use std::{thread, time::Duration};

use diesel::{QueryResult, RunQueryDsl, connection::SimpleConnection, result::Error, sql_types::Bool};

use super::{
    Conn,
    queries::{Bind, Prepared, Statement, statement},
};

/// The migrations with `run_in_transaction = false`: number, and statements `CREATE INDEX CONCURRENTLY IF NOT EXISTS …`
/// alone. A test compares it with the folders.
pub(super) const INDEXES: [(&str, &str); 5] = [
    (
        "20261124090100",
        include_str!("../../migrations/postgres/20261124090100_events_by_person_and_workspace/up.sql"),
    ),
    ("20261124110500", include_str!("../../migrations/postgres/20261124110500_people_by_role/up.sql")),
    (
        "20261124130100",
        include_str!("../../migrations/postgres/20261124130100_people_by_unknown_role/up.sql"),
    ),
    ("20261201150000", include_str!("../../migrations/postgres/20261201150000_people_by_connection/up.sql")),
    ("20261201160100", include_str!("../../migrations/postgres/20261201160100_grants_by_end/up.sql")),
];

/// How often the work of another session is looked at.
const LOOK: Duration = Duration::from_millis(500);

statement! {
    /// Whether the index is good, and whether somebody is building it.
    Condition -> (Bool, Bool),
    "SELECT i.indisvalid, EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
     FROM pg_index i WHERE i.indexrelid = to_regclass($1)"
}

statement! {
    Record,
    "INSERT INTO __diesel_schema_migrations (version) VALUES ($1) ON CONFLICT DO NOTHING"
}

/// Builds the indexes of one migration, and records it.
pub(super) fn build(conn: &mut Conn, version: &str) -> QueryResult<()> {
    let unknown =
        || Error::QueryBuilderError(format!("{version} is not among the migrations of indexes").into());
    let (_, text) = INDEXES.iter().find(|(number, _)| *number == version).ok_or_else(unknown)?;
    // The wait for those who write is no failure, however long.
    conn.batch_execute("RESET lock_timeout")?;
    for (index, statement) in statements(text) {
        settle(conn, index, &statement)?;
    }
    Record::with(vec![Bind::Text(version.to_owned())]).execute(conn).map(drop)
}

fn settle(conn: &mut Conn, index: &str, statement: &str) -> QueryResult<()> {
    loop {
        let found: Vec<(bool, bool)> = Condition::with(vec![Bind::Text(index.to_owned())]).load(conn)?;
        match found.first() {
            Some((true, _)) => return Ok(()),
            // By a process that is gone: its session goes on until it notices.
            Some((false, true)) => thread::sleep(LOOK),
            Some((false, false)) => {
                tracing::warn!(index, "index {index} was left half built; it is dropped and built again");
                conn.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"))?;
            }
            None => {
                tracing::info!(index, "index {index} is being built; the database stays in use meanwhile");
                conn.batch_execute(statement)?;
            }
        }
    }
}

/// The statements of a migration, each with the name of its index.
fn statements(text: &str) -> Vec<(&str, String)> {
    const CREATE: &str = "CONCURRENTLY IF NOT EXISTS ";
    let code = |statement: &str| -> String {
        statement.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n")
    };
    let named = text.split(';').filter_map(|statement| {
        let (_, rest) = statement.split_once(CREATE)?;
        Some((rest.split_whitespace().next()?, code(statement)))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_migration_outside_of_transactions_is_known_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
        let mut found: Vec<(String, String)> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| {
                let metadata = fs::read_to_string(entry.path().join("metadata.toml"));
                metadata.is_ok_and(|text| text.contains("run_in_transaction = false"))
            })
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                let (version, _) = name.split_once('_').unwrap();
                (version.to_owned(), fs::read_to_string(entry.path().join("up.sql")).unwrap())
            })
            .collect();
        found.sort();
        let known: Vec<(String, String)> =
            INDEXES.iter().map(|(version, text)| ((*version).to_owned(), (*text).to_owned())).collect();
        assert_eq!(known, found);
        assert!(known.iter().all(|(_, text)| statements(text).len() == text.matches("CREATE ").count()));
    }

    #[test]
    fn statements_are_taken_apart() {
        let text = "-- why\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t (x);\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS b ON t (y);\n";
        let parts = statements(text);
        assert_eq!(parts.iter().map(|(index, _)| *index).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(parts[0].1.trim(), "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t (x)");
    }
}

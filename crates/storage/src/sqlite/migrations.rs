//! Bringing a file's tables up to date, and refusing one that is ahead of us.

use diesel::{
    QueryResult,
    migration::{Migration, MigrationSource},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Db, cannot_open};
use crate::open::{MigrateError, OpenError, Options};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

type Anything = Box<dyn std::error::Error + Send + Sync>;

/// All in one transaction that first waits for other processes: two servers that start together migrate once.
pub(super) fn run(conn: &mut Conn) -> Result<Vec<String>, MigrateError> {
    enum Stop {
        Query(diesel::result::Error),
        Other(String),
    }
    impl From<diesel::result::Error> for Stop {
        fn from(error: diesel::result::Error) -> Self {
            Self::Query(error)
        }
    }
    conn.immediate_transaction(|conn| {
        let done = conn.run_pending_migrations(MIGRATIONS).map_err(|error| Stop::Other(error.to_string()))?;
        Ok(done.iter().map(ToString::to_string).collect())
    })
    .map_err(|stop| match stop {
        Stop::Query(error) => MigrateError::Failed(error.to_string()),
        Stop::Other(message) => MigrateError::Failed(message),
    })
}

pub(super) fn pending(conn: &mut Conn) -> Result<Vec<String>, MigrateError> {
    let applied = applied(conn).map_err(|error| MigrateError::Failed(error.to_string()))?;
    let known = known().map_err(|error| MigrateError::Failed(error.to_string()))?;
    let pending = known.iter().filter(|migration| !applied.contains(&migration.name().version().to_string()));
    Ok(pending.map(|migration| migration.name().to_string()).collect())
}

pub(super) fn version(conn: &mut Conn) -> Result<Option<String>, MigrateError> {
    let applied = applied(conn).map_err(|error| MigrateError::Failed(error.to_string()))?;
    Ok(applied.into_iter().max())
}

pub(super) fn refuse_newer(conn: &mut Conn, path: &str, options: &Options) -> Result<(), OpenError> {
    let failed = |error: Anything| cannot_open(path, &error.to_string(), options);
    let known: Vec<String> =
        known().map_err(failed)?.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = applied(conn).map_err(|error| failed(error.into()))?;
    match applied.into_iter().filter(|version| !known.contains(version)).max() {
        None => Ok(()),
        Some(found) => {
            Err(OpenError::Newer { found, known: known.into_iter().max().unwrap_or_else(|| "none".into()) })
        }
    }
}

fn known() -> Result<Vec<Box<dyn Migration<Db>>>, Anything> {
    MIGRATIONS.migrations()
}

/// Unlike `applied_migrations` this does not make the table: looking at a file leaves it as it is.
fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
    diesel::table! {
        sqlite_schema (name) {
            name -> Text,
        }
    }
    use diesel::prelude::*;
    let table: i64 = sqlite_schema::table
        .filter(sqlite_schema::name.eq("__diesel_schema_migrations"))
        .count()
        .get_result(conn)?;
    if table == 0 {
        return Ok(Vec::new());
    }
    __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load::<String>(conn)
}

//! The tables, and which version of them a database has.

use diesel::{
    Connection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    sql_types::Bool,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    Conn, Db,
    queries::{Bind, Prepared, Statement, statement},
};
use crate::open::{MigrateError, OpenError};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// "rolecall", as a number that other programs at the same server will not have picked.
const ONE_AT_A_TIME: i64 = 0x0072_6f6c_6563_616c;

type Anything = Box<dyn std::error::Error + Send + Sync>;

statement! {
    Wait, "SELECT pg_advisory_xact_lock($1)"
}

statement! {
    TableIsThere -> (Bool,), "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL"
}

/// All in one transaction, after other processes that are at it: ten replicas that start together migrate once.
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
    conn.transaction(|conn| {
        // The lock belongs to the transaction and not to the connection, so that it holds behind a pooler too.
        conn.batch_execute("SET LOCAL lock_timeout = '10min'")?;
        Wait::with(vec![Bind::Int(ONE_AT_A_TIME)]).execute(conn)?;
        // A table that is in use is not waited for: all who come after would wait behind the migration.
        conn.batch_execute("SET LOCAL lock_timeout = '10s'; SET LOCAL client_min_messages = warning")?;
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

pub(super) fn refuse_newer(conn: &mut Conn, shown: &str) -> Result<(), OpenError> {
    let failed = |error: Anything| OpenError::Failed { path: shown.to_owned(), reason: error.to_string() };
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

/// Unlike `applied_migrations` this does not make the table: looking at a database leaves it as it is.
fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
    use diesel::prelude::*;
    // In one transaction, since a pooler may give each statement another connection.
    conn.transaction(|conn| {
        let (there,): (bool,) = TableIsThere::with(Vec::new()).get_result(conn)?;
        if !there {
            return Ok(Vec::new());
        }
        __diesel_schema_migrations::table
            .select(__diesel_schema_migrations::version)
            .order(__diesel_schema_migrations::version)
            .load::<String>(conn)
    })
}

//! The tables, and which version of them a database has.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    sql_types::Bool,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    Conn, Db, indexes,
    link::Gate,
    queries::{Bind, Prepared, Statement, statement},
};
use crate::open::{MigrateError, OpenError};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// "rolecall", as a number that other programs at the same server will not have picked.
const ONE_AT_A_TIME: i64 = 0x0072_6f6c_6563_616c;
/// How often one who waits for another process's migration looks, and for how long.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(3600);

type Anything = Box<dyn std::error::Error + Send + Sync>;

statement! {
    TakeIfFree -> (Bool,), "SELECT pg_try_advisory_xact_lock($1)"
}

statement! {
    TableIsThere -> (Bool,), "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL"
}

/// First the tables, all in one transaction, then the indexes of large ones, each on its own while others write
/// (`indexes`). Ten replicas that start together migrate once.
pub(super) fn run(gate: &Gate) -> Result<Vec<String>, MigrateError> {
    let connect = || gate.connect().map_err(|reason| gate.cannot_connect(reason));
    let mut conn = connect()?;
    if pending(&mut conn)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut alone = Alone::wait(connect()?)?;
    let mut done = tables(&mut conn).map_err(MigrateError::Failed)?;
    let applied = applied(&mut conn).map_err(|error| MigrateError::Failed(error.to_string()))?;
    let known = known().map_err(|error| MigrateError::Failed(error.to_string()))?;
    for migration in
        known.iter().filter(|migration| !applied.contains(&migration.name().version().to_string()))
    {
        let name = migration.name().to_string();
        let built =
            alone.check().and_then(|()| indexes::build(&mut conn, &migration.name().version().to_string()));
        built.map_err(|error| MigrateError::Unfinished {
            migration: name.clone(),
            reason: error.to_string(),
        })?;
        done.push(name);
    }
    Ok(done)
}

/// All at once, or none: while one table is altered, nobody else writes to it.
fn tables(conn: &mut Conn) -> Result<Vec<String>, String> {
    enum Stop {
        Query(diesel::result::Error),
        Other(String),
    }
    impl From<diesel::result::Error> for Stop {
        fn from(error: diesel::result::Error) -> Self {
            Self::Query(error)
        }
    }
    let done = conn.transaction(|conn| {
        // A table that is in use is not waited for: all who come after would wait behind the migration.
        conn.batch_execute("SET LOCAL lock_timeout = '10s'; SET LOCAL client_min_messages = warning")?;
        let other = |error: Anything| Stop::Other(error.to_string());
        let mut done = Vec::new();
        for migration in conn.pending_migrations(MIGRATIONS).map_err(other)? {
            if migration.metadata().run_in_transaction() {
                conn.run_migration(&*migration).map_err(other)?;
                done.push(migration.name().to_string());
            }
        }
        Ok(done)
    });
    done.map_err(|stop| match stop {
        Stop::Query(error) => error.to_string(),
        Stop::Other(message) => message,
    })
}

/// The right to migrate: a lock that belongs to a transaction and not to a connection, so that it holds behind a pooler
/// too. It stands beside the connection that migrates, since an index is built outside of transactions.
struct Alone {
    conn: Conn,
}

impl Alone {
    /// Asks again and again: a statement that waits for a lock has a snapshot, and whoever builds an index waits for all
    /// snapshots to go, so that the two would wait for each other.
    fn wait(mut conn: Conn) -> Result<Self, MigrateError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::take(&mut conn) {
                Ok(true) => return Ok(Self { conn }),
                Ok(false) if Instant::now() < until => thread::sleep(LOOK),
                Ok(false) => {
                    let hours = PATIENCE.as_secs() / 3600;
                    return Err(MigrateError::Failed(format!(
                        "another process has been migrating it for {hours} h; `rolecall doctor` says what is pending"
                    )));
                }
                Err(error) => return Err(MigrateError::Failed(error.to_string())),
            }
        }
    }

    fn take(conn: &mut Conn) -> QueryResult<bool> {
        conn.batch_execute("BEGIN")?;
        let (mine,): (bool,) = TakeIfFree::with(vec![Bind::Int(ONE_AT_A_TIME)]).get_result(conn)?;
        // It stays open while indexes are built. Being a simple query, it also drops the snapshot of the one before it.
        conn.batch_execute(if mine {
            "SET LOCAL idle_in_transaction_session_timeout = 0"
        } else {
            "ROLLBACK"
        })?;
        Ok(mine)
    }

    /// Whether it is still ours: with its connection it is gone.
    fn check(&mut self) -> QueryResult<()> {
        self.conn.batch_execute("SELECT 1")
    }
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

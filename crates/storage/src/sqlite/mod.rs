//! SQLite: one file, one writer, many readers.
//!
//! Writes go through one thread that owns the writing connection (`writer`), so that they never collide, and those that
//! wait at the same time share one commit. Reads see a snapshot each (`readers`).

pub(crate) mod migrations;
mod readers;
mod writer;

#[cfg(test)]
mod plans;
#[path = "../queries/mod.rs"]
pub(crate) mod queries;
#[path = "../statement.rs"]
pub(crate) mod statement;

/// What the shared query code is compiled for here.
pub(crate) use crate::dialect::sqlite as dialect;
pub(crate) use diesel::{SqliteConnection as Conn, sqlite::Sqlite as Db};

use std::{path::Path, sync::Arc};

use diesel::{Connection, RunQueryDsl};
use rolecall_domain::{
    event::Cause,
    ids::OrgId,
    ports::{ReadCost, ReadUnit, Store, StoreError, StoreResult, WriteUnit},
};

use self::{
    dialect::Use,
    queries::{Bind, Failure, Prepared, Statement, statement},
    readers::Readers,
    writer::Writer,
};
use crate::{
    check::{Findings, Mending},
    copy::{AnEnd, SqliteEnd},
    open::{Condition, Database, MigrateError, OpenError, Options, StandbyCondition},
    postgres::ReadCounts,
};

/// An SQLite database.
pub struct SqliteStore {
    path: String,
    options: Options,
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens a file, which is made if `options.create` says so. It needs [`Database::migrate`] before it can be used.
    pub fn open(path: &str, options: Options) -> Result<Self, OpenError> {
        if options.standby.is_some() {
            return Err(OpenError::NoStandby { path: path.to_owned() });
        }
        if !options.create && !Path::new(path).exists() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        let mut conn = connect(path, Use::Write, &options)?;
        migrations::refuse_newer(&mut conn, path, &options)?;
        let writer = Writer::start(conn, &options);
        let readers = Readers::start(path, &options)?;
        Ok(Self { path: path.to_owned(), options, writer, readers })
    }
}

impl Store for SqliteStore {
    fn read(&self, cost: ReadCost, unit: Box<dyn ReadUnit>) {
        self.readers.read(cost, unit);
    }

    fn write(&self, unit: Box<dyn WriteUnit>) {
        self.writer.write(unit);
    }
}

impl Database for SqliteStore {
    fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        migrations::run(&mut connect(&self.path, Use::Write, &self.options)?)
    }

    fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        migrations::pending(&mut connect(&self.path, Use::Write, &self.options)?)
    }

    fn schema_version(&self) -> Result<Option<String>, MigrateError> {
        migrations::version(&mut connect(&self.path, Use::Write, &self.options)?)
    }

    fn check(&self) -> Result<(), StoreError> {
        let asked = |conn: &mut Conn| BeginWrite::with(Vec::new()).execute(conn).and_then(|_| rollback(conn));
        let mut conn = connect(&self.path, Use::Write, &self.options)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        asked(&mut conn).map_err(|error| dialect::classify(error, &[]))
    }

    fn condition(&self) -> Result<Condition, StoreError> {
        let version = diesel::sql_query("SELECT sqlite_version() AS version");
        let found: Version = connect(&self.path, Use::Read, &self.options)
            .map_err(|error| StoreError::Unavailable(error.to_string()))
            .and_then(|mut conn| {
                version.get_result(&mut conn).map_err(|error| dialect::classify(error, &[]))
            })?;
        Ok(Condition { server: format!("SQLite {}", found.version), warnings: Vec::new() })
    }

    fn standby(&self) -> Option<StandbyCondition> {
        None
    }

    fn read_counts(&self) -> Option<Arc<ReadCounts>> {
        None
    }

    fn check_org(&self, org: OrgId, cause: &Cause, mending: Mending, limit: usize) -> StoreResult<Findings> {
        let mut conn = connect(&self.path, Use::Write, &self.options)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        queries::check::Check { conn: &mut conn, org, cause, mending, limit }.run()
    }

    fn end(&self) -> Result<AnEnd, OpenError> {
        let conn = connect(&self.path, Use::Write, &self.options)?;
        Ok(AnEnd(Box::new(SqliteEnd::new(conn, &self.path))))
    }

    fn close(&self) {
        self.writer.close();
    }
}

/// What comes before a question: nothing. There is one writer, so a unit has its turn from the start; and a statement that
/// an index refuses undoes itself alone.
#[derive(Default)]
pub(crate) struct Turn(());

impl Turn {
    pub(crate) fn come(&mut self, _: &mut Conn, _: Option<OrgId>) -> Result<(), Failure> {
        Ok(())
    }

    pub(crate) fn ask<T>(
        &mut self,
        conn: &mut Conn,
        _may_be_refused: bool,
        question: impl FnOnce(&mut Conn) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        question(conn)
    }
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

statement! {
    BeginWrite, dialect::begin_write!()
}
statement! {
    BeginRead, dialect::begin_read!()
}
statement! {
    Commit, "COMMIT"
}
statement! {
    Rollback, "ROLLBACK"
}
statement! {
    OpenSavepoint, "SAVEPOINT unit"
}
statement! {
    KeepSavepoint, "RELEASE SAVEPOINT unit"
}
statement! {
    UndoSavepoint, "ROLLBACK TO SAVEPOINT unit"
}

/// Begins a transaction that writes to an organisation alone.
pub(crate) fn begin_turn(conn: &mut Conn, _: OrgId) -> diesel::QueryResult<()> {
    BeginWrite::with(Vec::new()).execute(conn).map(|_| ())
}

fn rollback(conn: &mut Conn) -> diesel::QueryResult<()> {
    Rollback::with(Vec::new()).execute(conn).map(|_| ())
}

/// A connection that is set up.
fn connect(path: &str, usage: Use, options: &Options) -> Result<Conn, OpenError> {
    let mut conn = Conn::establish(path).map_err(|error| cannot_open(path, &error.to_string(), options))?;
    dialect::prepare(&mut conn, usage, options.patience)
        .map_err(|error| cannot_open(path, &error.to_string(), options))?;
    Ok(conn)
}

/// The sentence for what SQLite said.
fn cannot_open(path: &str, reason: &str, options: &Options) -> OpenError {
    let path = path.to_owned();
    let says = |text: &str| reason.to_ascii_lowercase().contains(text);
    if says("not a database") {
        OpenError::NotADatabase { path }
    } else if says("readonly") {
        OpenError::ReadOnly { path }
    } else if says("locked") {
        OpenError::Locked { path, waited: options.patience }
    } else if says("unable to open") {
        OpenError::CannotOpen { path, reason: reason.to_owned() }
    } else {
        OpenError::Failed { path, reason: reason.to_owned() }
    }
}

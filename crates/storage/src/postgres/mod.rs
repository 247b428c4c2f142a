//! PostgreSQL: any number of processes on one database.
//!
//! A thread has a connection of its own (`link`): some read, each unit on a snapshot (`readers`), if it is long on a standby
//! (`standby`); some write (`writers`). `docs/src/decisions/0011-a-connection-for-each-thread.md` says why there is no pool.
//! Writes to one organisation follow each other, on all processes together (`turn`), and those that wait at the same time
//! share one commit (`desk`). `docs/src/decisions/0007-postgres-isolation.md` gives the reasons.

mod address;
mod desk;
mod fate;
mod indexes;
mod link;
pub(crate) mod migrations;
mod readers;
mod standby;
mod turn;
mod writers;

#[cfg(test)]
mod plans;
#[path = "../queries/mod.rs"]
pub(crate) mod queries;
#[path = "../statement.rs"]
pub(crate) mod statement;

pub use self::standby::ReadCounts;
/// What the shared query code is compiled for here.
pub(crate) use self::turn::{Turn, begin_turn};
pub(crate) use crate::dialect::postgres as dialect;
pub(crate) use diesel::{pg::Pg as Db, pg::PgConnection as Conn};

use std::sync::Arc;

use diesel::{RunQueryDsl, connection::SimpleConnection};
use rolecall_domain::{
    event::Cause,
    ids::OrgId,
    ports::{ReadCost, ReadUnit, Store, StoreError, StoreResult, WriteUnit},
};

use self::{
    address::Address,
    link::{Gate, Link},
    queries::{Bind, Prepared, Statement, statement},
    readers::Readers,
    standby::Standby,
    writers::Writers,
};
use crate::{
    check::{Findings, Mending},
    copy::{AnEnd, PostgresEnd},
    open::{Condition, Database, MigrateError, OpenError, Options, StandbyCondition},
    types::Text,
};

/// A PostgreSQL database.
pub struct PostgresStore {
    gate: Arc<Gate>,
    standby: Option<Arc<Standby>>,
    readers: Readers,
    writers: Writers,
}

impl PostgresStore {
    /// Opens the database that a URL names. It needs [`Database::migrate`] before it can be used.
    pub fn open(url: &str, options: &Options) -> Result<Self, OpenError> {
        let address = Address::parse(url, options)?;
        let gate = Arc::new(Gate::new(address, options));
        let mut first = gate.connect().map_err(|reason| gate.cannot_connect(reason))?;
        migrations::refuse_newer(&mut first, gate.shown())?;
        let standby = options.standby.as_ref().map(|which| Standby::new(which, options));
        let standby = standby.transpose()?.map(Arc::new);
        let readers = Readers::start(&gate, standby.as_ref(), options);
        let writers = Writers::start(&gate, options);
        Ok(Self { gate, standby, readers, writers })
    }

    fn connect(&self) -> Result<Conn, OpenError> {
        self.gate.connect().map_err(|reason| self.gate.cannot_connect(reason))
    }
}

impl Store for PostgresStore {
    /// Whatever it costs, on a thread of ours: a question here waits for a network.
    fn read(&self, cost: ReadCost, unit: Box<dyn ReadUnit>) {
        self.readers.read(cost, unit);
    }

    fn write(&self, unit: Box<dyn WriteUnit>) {
        self.writers.write(unit);
    }
}

impl Database for PostgresStore {
    fn migrate(&self) -> Result<Vec<String>, MigrateError> {
        migrations::run(&self.gate)
    }

    fn pending_migrations(&self) -> Result<Vec<String>, MigrateError> {
        migrations::pending(&mut self.connect()?)
    }

    fn schema_version(&self) -> Result<Option<String>, MigrateError> {
        migrations::version(&mut self.connect()?)
    }

    fn check(&self) -> Result<(), StoreError> {
        let mut link = Link::new(&self.gate);
        let conn = link.begin("BEGIN READ WRITE")?;
        conn.batch_execute("ROLLBACK").map_err(|error| dialect::classify(error, &[]))
    }

    fn condition(&self) -> Result<Condition, StoreError> {
        let mut link = Link::new(&self.gate);
        let conn = link.begin("BEGIN READ ONLY")?;
        let asked: diesel::QueryResult<(String, String)> = Standing::with(Vec::new()).get_result(conn);
        let (version, synchronous) = asked.map_err(|error| dialect::classify(error, &[]))?;
        let mut warnings = Vec::new();
        if synchronous == "off" {
            warnings.push(
                "synchronous_commit is off: the last writes that were acknowledged are lost when the server crashes; set \
                 it to `on`, or to `remote_write` or more where a standby shall have them too"
                    .to_owned(),
            );
        }
        Ok(Condition {
            server: format!("PostgreSQL {version}, synchronous_commit = {synchronous}"),
            warnings,
        })
    }

    fn standby(&self) -> Option<StandbyCondition> {
        Some(self.standby.as_ref()?.condition(&mut Link::new(&self.gate)))
    }

    fn read_counts(&self) -> Option<Arc<ReadCounts>> {
        Some(self.standby.as_ref()?.counts.clone())
    }

    fn check_org(&self, org: OrgId, cause: &Cause, mending: Mending, limit: usize) -> StoreResult<Findings> {
        let mut conn = self.connect().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        queries::check::Check { conn: &mut conn, org, cause, mending, limit }.run()
    }

    fn end(&self) -> Result<AnEnd, OpenError> {
        Ok(AnEnd(Box::new(PostgresEnd::new(self.connect()?))))
    }

    fn close(&self) {
        self.writers.close();
    }
}

statement! {
    Standing -> (Text, Text),
    "SELECT current_setting('server_version'), current_setting('synchronous_commit')"
}

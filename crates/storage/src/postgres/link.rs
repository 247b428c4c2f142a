//! A thread's connection: made when it is first needed, and made anew when it has broken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::{
    Connection, QueryResult,
    connection::{CacheSize, InstrumentationEvent, SimpleConnection},
};
use parking_lot::Mutex;
use rolecall_domain::ports::StoreError;

use super::{
    Conn,
    address::{Address, Statements},
    dialect,
};
use crate::open::{OpenError, Options};

/// After a connection was refused, nobody knocks again for so long: a request is told at once that the database is away.
const PAUSE: Duration = Duration::from_millis(250);

/// How a session of ours runs.
///
/// The order of the loops is ours: from the few rows that are asked for, along indexes, whatever the planner thinks of how
/// many a recursion finds. Left to itself it reads whole tables to join them, which is right for some questions about
/// everybody, and ruins the ones about one person. A plan is the same in a small organisation and in a large one.
const SETTINGS: [(&str, &str); 8] = [
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    // Or a whole organisation is read once and kept at hand, as long as the server's figures say that it is small.
    ("enable_material", "off"),
    // Compiling takes longer than any of our statements.
    ("jit", "off"),
    // A writer whose process has gone without a word is ended by the server, so that its organisation does not wait.
    ("idle_in_transaction_session_timeout", "30s"),
    // It would end a commit's wait for a standby too, and the server then calls the commit done.
    ("statement_timeout", "0"),
    ("client_min_messages", "warning"),
];

/// Where the database is, and whether it was there just now. One for a store, and another for its standby.
pub(super) struct Gate {
    address: Address,
    pub(super) patience: Duration,
    whose: Whose,
    refused: Mutex<Option<(Instant, String)>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Primary,
    /// Nothing depends on it; `standby` says when it is tried, and tells what became of it.
    Standby,
}

impl Gate {
    pub(super) fn new(address: Address, options: &Options) -> Self {
        Self { address, patience: options.patience, whose: Whose::Primary, refused: Mutex::new(None) }
    }

    pub(super) fn of_standby(address: Address, options: &Options) -> Self {
        Self { whose: Whose::Standby, ..Self::new(address, options) }
    }

    pub(super) fn shown(&self) -> &str {
        &self.address.shown
    }

    pub(super) fn cannot_connect(&self, reason: String) -> OpenError {
        OpenError::CannotConnect { address: self.shown().to_owned(), reason }
    }

    /// Whether a statement may stand alone: behind a pooler it would run in a session without our settings.
    pub(super) fn keeps_settings(&self) -> bool {
        self.address.statements == Statements::Kept
    }

    /// What begins a transaction. Behind a pooler each has another session, so its settings come with it.
    pub(super) fn beginning(&self, begin: &str) -> String {
        match self.address.statements {
            Statements::Kept => begin.to_owned(),
            Statements::Anew => format!("{begin}; {}", self.settings("SET LOCAL")),
        }
    }

    fn settings(&self, set: &str) -> String {
        let patience = self.patience.as_millis();
        let settings: String =
            SETTINGS.iter().map(|(name, value)| format!("{set} {name} = '{value}'; ")).collect();
        format!("{settings}{set} lock_timeout = {patience}")
    }

    /// A new connection, or what libpq says.
    pub(super) fn connect(&self) -> Result<Conn, String> {
        if self.whose == Whose::Standby {
            return self.establish();
        }
        if let Some((at, reason)) = &*self.refused.lock()
            && at.elapsed() < PAUSE
        {
            return Err(reason.clone());
        }
        match self.establish() {
            Ok(conn) => {
                let away_since = self.refused.lock().take();
                if away_since.is_some() {
                    tracing::info!("the database answers again");
                }
                Ok(conn)
            }
            Err(reason) => {
                let before = self.refused.lock().replace((Instant::now(), reason.clone()));
                if before.is_none() {
                    tracing::error!("the database cannot be reached: {reason}");
                }
                Err(reason)
            }
        }
    }

    fn establish(&self) -> Result<Conn, String> {
        let mut conn =
            Conn::establish(&self.address.url).map_err(|error| error.to_string().trim().to_owned())?;
        match self.address.statements {
            Statements::Kept => conn
                .batch_execute(&self.settings("SET"))
                .map_err(|error| error.to_string().trim().to_owned())?,
            Statements::Anew => conn.set_prepared_statement_cache_size(CacheSize::Disabled),
        }
        Ok(conn)
    }
}

/// A connection, if there is one.
pub(super) struct Link {
    gate: Arc<Gate>,
    /// Asked once of each new connection that keeps statements.
    also: Option<&'static str>,
    /// How many statements were run, where they are counted.
    statements: Option<Arc<AtomicU32>>,
    conn: Option<Conn>,
}

impl Link {
    pub(super) fn new(gate: &Arc<Gate>) -> Self {
        Self { gate: gate.clone(), also: None, statements: None, conn: None }
    }

    /// One that counts statements.
    pub(super) fn counting(gate: &Arc<Gate>) -> Self {
        Self { statements: Some(Arc::default()), ..Self::new(gate) }
    }

    /// One for the writers' statements: they are few, and each has one good plan whatever its values. Planning a
    /// recomputation takes longer than running it. Readers also have filters, whose plan may depend on what is asked.
    pub(super) fn with_plans_kept(gate: &Arc<Gate>) -> Self {
        let also = match gate.address.statements {
            Statements::Kept => Some("SET plan_cache_mode = force_generic_plan"),
            Statements::Anew => None,
        };
        Self { also, ..Self::new(gate) }
    }

    /// The connection, outside of a transaction, with the count begun anew. It may turn out to be gone.
    pub(super) fn alone(&mut self) -> Result<&mut Conn, StoreError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.connect()?,
        };
        if let Some(statements) = &self.statements {
            statements.store(0, Ordering::Relaxed);
        }
        Ok(self.conn.insert(conn))
    }

    /// How many statements were run since [`Self::alone`].
    pub(super) fn statements(&self) -> u32 {
        self.statements.as_ref().map_or(0, |statements| statements.load(Ordering::Relaxed))
    }

    /// The connection inside the transaction that has begun.
    pub(super) fn conn(&mut self) -> Option<&mut Conn> {
        self.conn.as_mut()
    }

    /// Begins a transaction. Nothing has happened in it yet, so a connection that turns out to be gone is replaced.
    pub(super) fn begin(&mut self, begin: &str) -> Result<&mut Conn, StoreError> {
        if let Some(mut conn) = self.conn.take() {
            match conn.batch_execute(begin) {
                Ok(()) => return Ok(self.conn.insert(conn)),
                Err(error) if dialect::is_lost(&error) => {}
                Err(error) => {
                    // What state it is in is anybody's guess.
                    return Err(dialect::classify(error, &[]));
                }
            }
        }
        let mut conn = self.connect()?;
        conn.batch_execute(begin).map_err(|error| dialect::classify(error, &[]))?;
        Ok(self.conn.insert(conn))
    }

    /// Asks one question outside of a transaction.
    pub(super) fn ask<T>(&mut self, question: impl Fn(&mut Conn) -> QueryResult<T>) -> Result<T, StoreError> {
        if let Some(mut conn) = self.conn.take() {
            match question(&mut conn) {
                Ok(answer) => {
                    self.conn = Some(conn);
                    return Ok(answer);
                }
                Err(error) if dialect::is_lost(&error) => {}
                Err(error) => return Err(dialect::classify(error, &[])),
            }
        }
        let mut conn = self.connect()?;
        let answer = question(&mut conn).map_err(|error| dialect::classify(error, &[]))?;
        self.conn = Some(conn);
        Ok(answer)
    }

    fn connect(&self) -> Result<Conn, StoreError> {
        let mut conn = self.gate.connect().map_err(StoreError::Unavailable)?;
        if let Some(also) = self.also {
            conn.batch_execute(also).map_err(|error| dialect::classify(error, &[]))?;
        }
        if let Some(statements) = self.statements.clone() {
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                    statements.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Ok(conn)
    }

    /// Ends the transaction. When that fails the connection is given up, which undoes it too.
    pub(super) fn end(&mut self, end: &str) -> Result<(), diesel::result::Error> {
        let Some(conn) = &mut self.conn else { return Ok(()) };
        conn.batch_execute(end).inspect_err(|_| self.conn = None)
    }

    /// Gives the connection up.
    pub(super) fn drop_connection(&mut self) {
        self.conn = None;
    }
}

//! Long reads on a standby, and only on one that has everything that the primary had when the read began.
//!
//! `docs/src/decisions/0010-long-reads-on-a-standby.md` gives the reasons. In short: the primary is asked how far its log
//! reaches. Whatever any server has acknowledged by then is before that place, so a standby that has replayed the log up to
//! there shows it. One that does not get there within a moment is left alone, and the primary answers.

mod counts;
mod verdict;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{QueryResult, RunQueryDsl, sql_types::BigInt, sql_types::Bool};
use parking_lot::Mutex;
use rolecall_domain::ports::StoreError;

use self::verdict::{Primary, Replica};
use super::{
    Conn,
    address::Address,
    link::{Gate, Link},
    queries::{Bind, Prepared, Statement, statement},
};
use crate::open::{OpenError, Options, StandbyCondition, StandbyOptions};

pub use self::counts::ReadCounts;

/// A standby that cannot be used is not asked again for so long.
const REST: Duration = Duration::from_secs(5);

/// A standby, as all reader threads of a store share it.
pub(super) struct Standby {
    pub(super) gate: Arc<Gate>,
    pub(super) counts: Arc<ReadCounts>,
    patience: Duration,
    /// Until when it is left alone, and why.
    resting: Mutex<Option<(Instant, Declined)>>,
    /// It was late the last time. Then nobody waits for it, until it is found in time.
    late: AtomicBool,
}

/// Why the primary answers a read that the standby might have answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Declined {
    /// It has not replayed everything yet.
    Late,
    /// It cannot be reached, or did not answer.
    Away(String),
    /// It is no standby of this primary.
    Refused(String),
    /// The primary did not say how far it is; it will say why when it is asked to read.
    Unknown,
}

impl Standby {
    pub(super) fn new(which: &StandbyOptions, options: &Options) -> Result<Self, OpenError> {
        Ok(Self {
            gate: Arc::new(Gate::of_standby(Address::of_standby(&which.url)?, options)),
            counts: Arc::default(),
            patience: which.patience,
            resting: Mutex::new(None),
            late: AtomicBool::new(false),
        })
    }

    /// Whether it may be read now, on the connection `its`; `primary` is one to the primary.
    pub(super) fn admits(&self, primary: &mut Link, its: &mut Link) -> bool {
        let found = match self.rests() {
            Some(declined) => Err(declined),
            None => {
                let found = self.find(primary, its);
                self.tell(&found);
                found
            }
        };
        if let Err(declined) = &found {
            self.counts.declined(declined);
        }
        found.is_ok()
    }

    /// It failed while it was being read.
    pub(super) fn gave_up(&self, reason: &StoreError) {
        self.counts.gave_up();
        // A snapshot that had to go says nothing about the next one; a connection that broke may.
        tracing::debug!("the read database {} gave a read up: {reason}", self.gate.shown());
    }

    /// What an operator is told.
    pub(super) fn condition(&self, primary: &mut Link) -> StandbyCondition {
        let trouble = match self.find(primary, &mut Link::new(&self.gate)) {
            Ok(()) => None,
            Err(Declined::Late) => Some("it has not replayed yet what the primary has written".to_owned()),
            Err(Declined::Away(reason) | Declined::Refused(reason)) => Some(reason),
            Err(Declined::Unknown) => Some("the primary does not say how far it has written".to_owned()),
        };
        StandbyCondition { address: self.gate.shown().to_owned(), trouble }
    }

    fn find(&self, primary: &mut Link, its: &mut Link) -> Result<(), Declined> {
        let primary = primary.ask(ask_primary).map_err(|_| Declined::Unknown)?;
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            // Asked before the transaction begins: a statement's snapshot is taken before it is evaluated, so a place that
            // is read inside could be further than what the snapshot shows.
            let replica = its.ask(ask_replica).map_err(|error| Declined::Away(error.to_string()))?;
            verdict::kin(&primary, &replica).map_err(Declined::Refused)?;
            if replica.replayed >= primary.written {
                self.late.store(false, Ordering::Relaxed);
                return Ok(());
            }
            if self.late.load(Ordering::Relaxed) || started.elapsed() + pause > self.patience {
                self.late.store(true, Ordering::Relaxed);
                return Err(Declined::Late);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }

    /// When its rest is over one thread tries, so that not all of them wait for a network that answers nothing.
    fn rests(&self) -> Option<Declined> {
        let mut resting = self.resting.lock();
        let (until, declined) = resting.as_mut()?;
        if Instant::now() < *until {
            return Some(declined.clone());
        }
        *until = Instant::now() + REST;
        None
    }

    /// Sends it to rest or back to work, and says so when that is news.
    fn tell(&self, found: &Result<(), Declined>) {
        let address = self.gate.shown();
        let mut resting = self.resting.lock();
        match found {
            Err(declined @ (Declined::Away(reason) | Declined::Refused(reason))) => {
                let before = resting.replace((Instant::now() + REST, declined.clone()));
                if before.is_none_or(|(_, before)| before != *declined) {
                    tracing::warn!(
                        "the read database {address} is not used, and the primary answers in its place: {reason}"
                    );
                }
            }
            Ok(()) | Err(Declined::Late) => {
                if resting.take().is_some() {
                    tracing::info!("the read database {address} is used again");
                }
            }
            Err(Declined::Unknown) => {}
        }
    }
}

fn ask_primary(conn: &mut Conn) -> QueryResult<Primary> {
    let (system, timeline, written) = HowFarWritten::with(Vec::new()).get_result(conn)?;
    Ok(Primary { system, timeline, written })
}

fn ask_replica(conn: &mut Conn) -> QueryResult<Replica> {
    let (in_recovery, system, timeline, replayed) = HowFarReplayed::with(Vec::new()).get_result(conn)?;
    Ok(Replica { in_recovery, system, timeline, replayed })
}

statement! {
    /// The place up to which the log is on the disk: a commit is acknowledged after that. With `synchronous_commit = off` it is
    /// acknowledged before, so then it is the place up to which there is a log at all. The timeline leads a log file's name.
    HowFarWritten -> (BigInt, BigInt, BigInt),
    "SELECT s.system_identifier,
            CAST(CAST(CAST('x' || substr(pg_walfile_name(w.place), 1, 8) AS bit(32)) AS int) AS bigint),
            CAST(pg_wal_lsn_diff(w.place, '0/0') AS bigint)
     FROM pg_control_system() s,
          (SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
                  ELSE pg_current_wal_flush_lsn() END AS place) w"
}
statement! {
    /// The timeline is that of the last restart point, or of what was written to disk since. It may be late after a
    /// failover, and is never ahead.
    HowFarReplayed -> (Bool, BigInt, BigInt, BigInt),
    "SELECT pg_is_in_recovery(), s.system_identifier,
            CAST(greatest(c.timeline_id, r.min_recovery_end_timeline) AS bigint),
            coalesce(CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS bigint), 0)
     FROM pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r"
}

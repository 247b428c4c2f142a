//! The writer: one thread, one connection, one commit for all units that wait at the same time.
//!
//! A commit waits for the disk, which takes longer than a hundred small writes. So the thread takes what has arrived
//! while it was at the disk, runs the units one after the other, each undone by itself if it wants to be, commits once,
//! and only then tells all of them. It never waits in order to collect more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::{RunQueryDsl, result::Error};
use parking_lot::Mutex;
use rolecall_domain::ports::{StoreError, Verdict, WriteUnit};

use super::{
    BeginWrite, Commit, Conn, KeepSavepoint, OpenSavepoint, UndoSavepoint, dialect, queries::Transaction,
    rollback,
};
use crate::open::Options;

type Unit = Box<dyn WriteUnit>;

pub(super) struct Writer {
    running: Mutex<Option<Running>>,
}

struct Running {
    queue: SyncSender<Unit>,
    thread: JoinHandle<()>,
}

impl Writer {
    pub(super) fn start(conn: Conn, options: &Options) -> Self {
        let (queue, waiting) = sync_channel(options.write_queue);
        let worker =
            Worker { conn, waiting, batch_units: options.batch_units.max(1), batch_work: options.batch_work };
        let thread = thread::Builder::new()
            .name("write".into())
            .spawn(move || worker.serve())
            .expect("a program that has just started can start a thread");
        Self { running: Mutex::new(Some(Running { queue, thread })) }
    }

    pub(super) fn write(&self, unit: Unit) {
        let queue = self.running.lock().as_ref().map(|running| running.queue.clone());
        let (unit, reason) = match queue {
            None => (unit, "the store has stopped"),
            Some(queue) => match queue.try_send(unit) {
                Ok(()) => return,
                Err(TrySendError::Full(unit)) => (unit, "too many writes are waiting"),
                Err(TrySendError::Disconnected(unit)) => (unit, "the store has stopped"),
            },
        };
        unit.finish(Err(StoreError::Unavailable(reason.into())));
    }

    /// Lets the thread finish what waits, and waits for it.
    pub(super) fn close(&self) {
        let Some(Running { queue, thread }) = self.running.lock().take() else { return };
        drop(queue);
        // The last owner may have been a unit: a thread does not wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writing thread had panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

struct Worker {
    conn: Conn,
    waiting: Receiver<Unit>,
    batch_units: usize,
    batch_work: Duration,
}

/// A unit that has run, and what it will be told once the batch is committed.
struct Ran {
    unit: Unit,
    outcome: Result<(), StoreError>,
    /// Whether the commit decides about it. A unit that is undone has its outcome whatever happens to the others.
    kept: bool,
}

/// What running a unit did to the transaction that it shares.
enum After {
    /// It goes on.
    Open,
    /// The unit was the first, and the transaction was undone with it.
    Ended,
    /// The database gave it up, and with it what other units had written.
    Lost(StoreError),
}

impl Worker {
    fn serve(mut self) {
        while let Ok(first) = self.waiting.recv() {
            self.batch(first);
        }
        if let Err(error) = dialect::checkpoint(&mut self.conn) {
            tracing::warn!("the write-ahead log stays beside the database until it is next opened: {error}");
        }
    }

    fn batch(&mut self, first: Unit) {
        let started = Instant::now();
        let mut ran: Vec<Ran> = Vec::new();
        let mut open = false;
        let mut next = Some(first);
        while let Some(unit) = next {
            if !open {
                if let Err(error) = BeginWrite::with(Vec::new()).execute(&mut self.conn) {
                    self.refuse(unit, dialect::classify(error, &[]));
                    break;
                }
                open = true;
            }
            // The first that writes shares the transaction with nobody yet, so it needs no savepoint.
            let alone = !ran.iter().any(|ran| ran.kept);
            let (unit, after) = self.run(unit, alone);
            ran.push(unit);
            match after {
                After::Open => {}
                After::Ended => open = false,
                After::Lost(error) => {
                    open = false;
                    for ran in ran.iter_mut().filter(|ran| ran.kept) {
                        (ran.outcome, ran.kept) = (Err(error.clone()), false);
                    }
                    break;
                }
            }
            let more = ran.len() < self.batch_units && started.elapsed() < self.batch_work;
            next = if more { self.waiting.try_recv().ok() } else { None };
        }
        if open && let Err(error) = Commit::with(Vec::new()).execute(&mut self.conn) {
            let _ = rollback(&mut self.conn);
            // Whatever the reason, nothing of it was kept and the same requests may succeed later.
            let error = StoreError::Unavailable(error.to_string());
            tracing::error!(units = ran.len(), "a commit failed: {error}");
            for ran in ran.iter_mut().filter(|ran| ran.kept) {
                ran.outcome = Err(error.clone());
            }
        }
        for Ran { unit, outcome, .. } in ran {
            finish(unit, outcome);
        }
    }

    /// The transaction cannot be begun, which took its time to find out: all who wait are told.
    fn refuse(&mut self, unit: Unit, error: StoreError) {
        tracing::error!("no transaction can be begun: {error}");
        finish(unit, Err(error.clone()));
        while let Ok(unit) = self.waiting.try_recv() {
            finish(unit, Err(error.clone()));
        }
    }

    fn run(&mut self, mut unit: Unit, alone: bool) -> (Ran, After) {
        if !alone && let Err(error) = OpenSavepoint::with(Vec::new()).execute(&mut self.conn) {
            let error = dialect::classify(error, &[]);
            let after = self.look(&error);
            return (Ran { unit, outcome: Err(error), kept: false }, after);
        }
        let mut tx = Transaction::new(&mut self.conn);
        let verdict = catch_unwind(AssertUnwindSafe(|| unit.run(&mut tx)));
        let mut broken = tx.broken().cloned();
        if let (Ok(Verdict::Commit), None, false) = (&verdict, &broken, alone)
            && let Err(error) = KeepSavepoint::with(Vec::new()).execute(&mut self.conn)
        {
            broken = Some(dialect::classify(error, &[]));
        }
        let outcome = match (verdict, &broken) {
            (Ok(Verdict::Commit), None) => return (Ran { unit, outcome: Ok(()), kept: true }, After::Open),
            (Ok(Verdict::Rollback), _) => Ok(()),
            // It did not look at an error, and cannot know what it wrote.
            (Ok(Verdict::Commit), Some(error)) => Err(error.clone()),
            (Err(_), _) => Err(StoreError::Failed("a write unit panicked; nothing of it was kept".into())),
        };
        let after = self.undo(alone, broken.as_ref());
        (Ran { unit, outcome, kept: false }, after)
    }

    /// Undoes the unit that has just run.
    fn undo(&mut self, alone: bool, broken: Option<&StoreError>) -> After {
        if let Some(error) = broken
            && let After::Lost(error) = self.look(error)
        {
            return After::Lost(error);
        }
        let undone = if alone {
            rollback(&mut self.conn).map(|()| After::Ended)
        } else {
            UndoSavepoint::with(Vec::new())
                .execute(&mut self.conn)
                .and_then(|_| KeepSavepoint::with(Vec::new()).execute(&mut self.conn))
                .map(|_| After::Open)
        };
        undone.unwrap_or_else(|error| {
            let _ = rollback(&mut self.conn);
            After::Lost(StoreError::Unavailable(error.to_string()))
        })
    }

    /// Whether the transaction is still there after an error: SQLite rolls all of it back by itself when, for example,
    /// the disk is full. Beginning one tells, for that fails inside another.
    fn look(&mut self, error: &StoreError) -> After {
        match BeginWrite::with(Vec::new()).execute(&mut self.conn) {
            Err(Error::DatabaseError(_, said)) if said.message().contains("within a transaction") => {
                After::Open
            }
            _ => {
                let _ = rollback(&mut self.conn);
                After::Lost(StoreError::Unavailable(error.to_string()))
            }
        }
    }
}

/// What a unit does with its answer must not stop the writer.
fn finish(unit: Unit, outcome: Result<(), StoreError>) {
    if catch_unwind(AssertUnwindSafe(|| unit.finish(outcome))).is_err() {
        tracing::error!("a write unit panicked when it was told its outcome");
    }
}

#[cfg(test)]
mod tests;

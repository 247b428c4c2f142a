//! Writes: threads with a connection each, one commit for the units that wait for the same organisation.
//!
//! A commit waits for the server's disk, and perhaps for a standby. So a thread takes what has arrived behind it, runs the
//! units one after the other, each undone by itself if it wants to be, commits once, and only then tells all of them. It
//! never waits in order to collect more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;
use parking_lot::Mutex;
use rolecall_domain::{
    ids::OrgId,
    ports::{StoreError, Verdict, WriteUnit},
};

use super::{
    desk::{Desk, Job},
    dialect,
    fate::{Fate, Mark},
    link::{Gate, Link},
    queries::Transaction,
    turn::{Again, Turn, Writing},
};
use crate::open::Options;

/// How often a unit is run again after collisions before its caller is told to come back.
const COLLISIONS: u32 = 8;

pub(super) struct Writers {
    desk: Arc<Desk>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Writers {
    pub(super) fn start(gate: &Arc<Gate>, options: &Options) -> Self {
        let desk = Arc::new(Desk::new(options.write_queue));
        // Each statement sees what was committed before it.
        let begin: Arc<str> = gate.beginning("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").into();
        let threads = (0..options.writers.max(1)).map(|number| {
            let mut worker = Worker {
                desk: desk.clone(),
                link: Link::with_plans_kept(gate),
                gate: gate.clone(),
                begin: begin.clone(),
                batch_units: options.batch_units.max(1),
                batch_work: options.batch_work,
            };
            thread::Builder::new()
                .name(format!("write-{number}"))
                .spawn(move || worker.serve())
                .expect("a program that has just started can start a thread")
        });
        Self { threads: Mutex::new(threads.collect()), desk }
    }

    pub(super) fn write(&self, unit: Box<dyn WriteUnit>) {
        if let Err((unit, reason)) = self.desk.put(unit) {
            unit.finish(Err(StoreError::Unavailable(reason.into())));
        }
    }

    /// Lets the threads finish what waits, and waits for them.
    pub(super) fn close(&self) {
        self.desk.close();
        for thread in self.threads.lock().drain(..) {
            // The last owner may have been a unit: a thread does not wait for itself.
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                tracing::error!("a writing thread had panicked");
            }
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.close();
    }
}

struct Worker {
    desk: Arc<Desk>,
    link: Link,
    gate: Arc<Gate>,
    begin: Arc<str>,
    batch_units: usize,
    batch_work: Duration,
}

/// A transaction and the units in it.
#[derive(Default)]
struct Batch {
    /// Whether it has begun.
    open: bool,
    held: Vec<OrgId>,
    mark: Option<Mark>,
    /// The units whose writes the commit decides about.
    kept: Vec<Job>,
    /// The units whose outcome stands, whatever happens to the others.
    settled: Vec<(Job, Result<(), StoreError>)>,
}

impl Worker {
    fn serve(&mut self) {
        while let Some(first) = self.desk.next() {
            self.batch(first);
        }
    }

    fn batch(&mut self, first: Job) {
        let started = Instant::now();
        let mut batch = Batch::default();
        let mut next = Some(first);
        let mut units = 0;
        while let Some(job) = next {
            if !batch.open {
                match self.link.begin(&self.begin) {
                    Ok(_) => batch.open = true,
                    Err(error) => {
                        batch.settled.push((job, Err(error)));
                        break;
                    }
                }
            }
            self.run(job, &mut batch);
            units += 1;
            let more = units < self.batch_units && started.elapsed() < self.batch_work;
            next = if more { self.desk.more(&batch.held) } else { None };
        }
        self.commit(&mut batch);
        self.desk.release(&batch.held);
        for (job, outcome) in batch.settled {
            finish(job.unit, outcome);
        }
    }

    fn commit(&mut self, batch: &mut Batch) {
        let outcome = match batch.open {
            true if batch.kept.is_empty() => self.link.end("ROLLBACK").or(Ok(())),
            true => self.link.end("COMMIT"),
            false => Ok(()),
        };
        let outcome = outcome.or_else(|error| {
            let lost = dialect::is_lost(&error);
            let error = error.to_string().trim().to_owned();
            // The commit may have been done although its answer did not come.
            match if lost { self.fate(batch.mark.as_ref()) } else { Fate::Undone } {
                Fate::Committed => Ok(()),
                Fate::Undone => Err(StoreError::Unavailable(error)),
                Fate::Unknown => Err(StoreError::Unsettled(error)),
            }
        });
        if let Err(error) = &outcome {
            tracing::error!(units = batch.kept.len(), "a commit failed: {error}");
        }
        batch.settled.extend(batch.kept.drain(..).map(|job| (job, outcome.clone())));
    }

    /// Asks the database, once it is back, what became of a transaction.
    fn fate(&mut self, mark: Option<&Mark>) -> Fate {
        // Without one, nothing was asked about any organisation.
        let Some(mark) = mark else { return Fate::Unknown };
        let until = Instant::now() + self.gate.patience;
        loop {
            if let Ok(conn) = self.link.begin("BEGIN READ ONLY") {
                let fate = mark.fate(conn);
                let _ = self.link.end("ROLLBACK");
                // Else it goes on: the server has not noticed yet that we are gone.
                if let Ok(Some(fate)) = fate {
                    return fate;
                }
            }
            if Instant::now() >= until {
                return Fate::Unknown;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn run(&mut self, mut job: Job, batch: &mut Batch) {
        // The first that writes shares the transaction with nobody yet, so it needs no savepoint.
        let alone = batch.kept.is_empty();
        let Some(conn) = self.link.conn() else {
            // The connection was lost with the unit before.
            batch.open = false;
            self.desk.again(job);
            return;
        };
        if !alone && let Err(error) = conn.batch_execute("SAVEPOINT unit") {
            let error = dialect::classify(error, &[]);
            self.lose(batch, &error);
            batch.settled.push((job, Err(error)));
            return;
        }
        let before = batch.held.len();
        let writing = Writing {
            desk: self.desk.clone(),
            held: std::mem::take(&mut batch.held),
            patient: alone && before == 0,
            careful: job.careful,
            mark: batch.mark.take(),
            again: None,
            refused: false,
        };
        let mut tx = Transaction::with(conn, Turn::of(writing));
        let verdict = catch_unwind(AssertUnwindSafe(|| job.unit.run(&mut tx)));
        let broken = tx.broken().cloned();
        let writing = tx.into_turn().into_writing().expect("the turn was made of one above");
        (batch.held, batch.mark) = (writing.held, writing.mark);
        let again = match (&verdict, writing.again) {
            // Even if it panicked: over an error that it was given only so that it stops.
            (_, Some(again)) => Some(again),
            // It goes on as if nothing had happened, but for the database this transaction is over.
            (Ok(Verdict::Commit), None) if writing.refused => Some(Again::Careful),
            _ => None,
        };
        if let (Ok(Verdict::Commit), None, None) = (&verdict, again, &broken) {
            match if alone { Ok(()) } else { conn.batch_execute("RELEASE SAVEPOINT unit") } {
                Ok(()) => batch.kept.push(job),
                Err(error) => {
                    let error = dialect::classify(error, &[]);
                    self.lose(batch, &error);
                    batch.settled.push((job, Err(error)));
                }
            }
            return;
        }
        if again == Some(Again::Collided) {
            self.collided(job, batch);
            return;
        }
        self.undo(alone, before, batch);
        match (again, verdict) {
            (Some(Again::Behind(org)), _) => self.desk.behind(org, job),
            (Some(Again::Alone), _) => {
                if job.alone {
                    // It needs a second organisation, which it may not wait for.
                    thread::sleep(Duration::from_millis(5));
                }
                self.desk.again(Job { alone: true, ..job });
            }
            (Some(_), _) => self.desk.again(Job { careful: true, ..job }),
            (None, Ok(Verdict::Rollback)) => batch.settled.push((job, Ok(()))),
            (None, Ok(Verdict::Commit)) => {
                // It did not look at an error, and cannot know what it wrote.
                let error = broken.unwrap_or_else(|| StoreError::Failed("a unit was not kept".into()));
                batch.settled.push((job, Err(error)));
            }
            (None, Err(_)) => {
                let error = StoreError::Failed("a write unit panicked; nothing of it was kept".into());
                batch.settled.push((job, Err(error)));
            }
        }
    }

    /// Undoes the unit that has just run, and lets go of what it alone has taken.
    fn undo(&mut self, alone: bool, before: usize, batch: &mut Batch) {
        let undone = if alone {
            batch.open = false;
            batch.mark = None;
            self.link.end("ROLLBACK")
        } else {
            let undo = "ROLLBACK TO SAVEPOINT unit; RELEASE SAVEPOINT unit";
            self.link.conn().map_or(Ok(()), |conn| conn.batch_execute(undo))
        };
        match undone {
            // A row that was locked inside a savepoint is free again when that is undone.
            Ok(()) => self.desk.release(&batch.held.split_off(if alone { 0 } else { before })),
            Err(error) if !alone => self.lose(batch, &dialect::classify(error, &[])),
            Err(_) => self.desk.release(&std::mem::take(&mut batch.held)),
        }
    }

    /// The transaction is gone, and with it what its units had written.
    fn lose(&mut self, batch: &mut Batch, error: &StoreError) {
        self.link.drop_connection();
        batch.open = false;
        batch.mark = None;
        self.desk.release(&std::mem::take(&mut batch.held));
        let error = StoreError::Unavailable(error.to_string());
        batch.settled.extend(batch.kept.drain(..).map(|job| (job, Err(error.clone()))));
    }

    /// Undoes the whole transaction; its units run again, each on its own.
    fn collided(&mut self, job: Job, batch: &mut Batch) {
        let _ = self.link.end("ROLLBACK");
        batch.open = false;
        batch.mark = None;
        self.desk.release(&std::mem::take(&mut batch.held));
        for job in batch.kept.drain(..) {
            self.desk.again(Job { alone: true, ..job });
        }
        if job.collisions < COLLISIONS {
            thread::sleep(Duration::from_millis(1 << job.collisions));
            self.desk.again(Job { alone: true, collisions: job.collisions + 1, ..job });
        } else {
            let error = StoreError::Unavailable("others write the same at the same time".into());
            batch.settled.push((job, Err(error)));
        }
    }
}

/// What a unit does with its answer must not stop the writer.
fn finish(unit: Box<dyn WriteUnit>, outcome: Result<(), StoreError>) {
    if catch_unwind(AssertUnwindSafe(|| unit.finish(outcome))).is_err() {
        tracing::error!("a write unit panicked when it was told its outcome");
    }
}

//! Reads: threads with a connection each, and a snapshot for each unit, which is its only statement's own where there is but
//! one; long ones on a standby, where there is one that is up
//! to date (`standby`).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use parking_lot::Mutex;
use rolecall_domain::ports::{ReadCost, ReadUnit, StoreError};

use super::{
    link::{Gate, Link},
    queries::Transaction,
    standby::Standby,
};
use crate::open::Options;

/// One snapshot for all that a unit asks, taken at its first question.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

type Waiting = (ReadCost, Box<dyn ReadUnit>);

pub(super) struct Readers {
    waiting: SyncSender<Waiting>,
}

impl Readers {
    pub(super) fn start(gate: &Arc<Gate>, standby: Option<&Arc<Standby>>, options: &Options) -> Self {
        let (waiting, queue) = sync_channel(options.read_queue);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..options.readers.max(1) {
            let mut reader = Reader {
                primary: Place::new(gate),
                standby: standby.map(|standby| (standby.clone(), Place::new(&standby.gate))),
            };
            let queue = queue.clone();
            thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || reader.serve(&queue))
                .expect("a program that has just started can start a thread");
        }
        Self { waiting }
    }

    pub(super) fn read(&self, cost: ReadCost, unit: Box<dyn ReadUnit>) {
        if let Err(TrySendError::Full((_, unit)) | TrySendError::Disconnected((_, unit))) =
            self.waiting.try_send((cost, unit))
        {
            unit.finish(Err(StoreError::Unavailable("too many reads are waiting".into())));
        }
    }
}

/// A thread's connection, and what begins a snapshot there.
struct Place {
    link: Link,
    begin: String,
    /// Whether a statement may be asked without a transaction.
    alone: bool,
}

impl Place {
    fn new(gate: &Arc<Gate>) -> Self {
        Self { link: Link::counting(gate), begin: gate.beginning(BEGIN), alone: gate.keeps_settings() }
    }

    /// Runs a unit that probably asks one question, without a transaction: one round trip in place of three, since a
    /// statement's snapshot is its own. Whether what it found counts: not if there were several statements, which need a
    /// snapshot in common, nor if anything went wrong, such as a connection that is gone; it is then asked as any other.
    fn run_alone(&mut self, unit: &mut dyn ReadUnit) -> bool {
        // Where there is no connection to be had, the unit is told so as any other.
        let Ok(conn) = self.link.alone() else { return false };
        let mut tx = Transaction::new(conn);
        unit.run(&mut tx);
        tx.broken().is_none() && self.link.statements() <= 1
    }

    /// Runs a unit on a snapshot; the transaction stays open. Answers what broke it, if anything did.
    fn run(&mut self, unit: &mut dyn ReadUnit) -> Result<Option<StoreError>, StoreError> {
        let mut tx = Transaction::new(self.link.begin(&self.begin)?);
        unit.run(&mut tx);
        Ok(tx.broken().cloned())
    }

    fn end(&mut self) {
        // Nothing was written: a connection that cannot even end its transaction is replaced at the next one.
        let _ = self.link.end("COMMIT");
    }
}

/// A reader thread.
struct Reader {
    primary: Place,
    standby: Option<(Arc<Standby>, Place)>,
}

impl Reader {
    /// Ends when the store is dropped.
    fn serve(&mut self, queue: &Mutex<Receiver<Waiting>>) {
        loop {
            // One thread waits for the next unit, the others for that thread.
            let next = queue.lock().recv();
            let Ok((cost, unit)) = next else { return };
            if catch_unwind(AssertUnwindSafe(|| self.answer(cost, unit))).is_err() {
                tracing::error!("a read unit panicked; its caller gets no answer");
                self.primary.link.drop_connection();
                if let Some((_, place)) = &mut self.standby {
                    place.link.drop_connection();
                }
            }
        }
    }

    fn answer(&mut self, cost: ReadCost, mut unit: Box<dyn ReadUnit>) {
        // A look-up by key is as quick as asking the primary how far it is.
        if cost == ReadCost::Scan && self.ask_standby(&mut *unit) {
            unit.finish(Ok(()));
            if let Some((_, place)) = &mut self.standby {
                place.end();
            }
            return;
        }
        let alone = cost == ReadCost::One && self.primary.alone && unit.runs_again();
        if alone && self.primary.run_alone(&mut *unit) {
            unit.finish(Ok(()));
            return;
        }
        let outcome = self.primary.run(&mut *unit);
        // What broke it, the unit has been told, and answers with that.
        unit.finish(outcome.map(drop));
        self.primary.end();
    }

    /// Whether the standby has answered, in full; its transaction is then still open.
    fn ask_standby(&mut self, unit: &mut dyn ReadUnit) -> bool {
        let Some((standby, place)) = &mut self.standby else { return false };
        if !standby.admits(&mut self.primary.link, &mut place.link) {
            return false;
        }
        match place.run(unit) {
            Ok(None) => {
                standby.counts.answered();
                true
            }
            // It was shut down, or its snapshot stood in the way of what it has to replay.
            Ok(Some(reason)) | Err(reason) => {
                standby.gave_up(&reason);
                place.end();
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use rolecall_domain::ports::{ReadTx, read_once_then, read_then};

    use super::*;
    use crate::postgres::{
        address::Address,
        plans::server,
        queries::questions::{acme, ask_one},
    };

    /// How many statements a unit of so many questions takes on a connection that is there.
    fn statements(url: &str, cost: ReadCost, questions: usize, again: bool) -> u32 {
        let options = Options::default();
        let gate = Arc::new(Gate::new(Address::parse(url, &options).unwrap(), &options));
        let mut reader = Reader { primary: Place::new(&gate), standby: None };
        reader.primary.link.alone().unwrap();
        let (told, answered) = channel();
        let work = move |tx: &mut dyn ReadTx| (0..questions).try_for_each(|_| ask_one(tx));
        let taken = Taken::default();
        if again {
            read_then(&taken, cost, work, move |done| told.send(done).unwrap());
        } else {
            read_once_then(&taken, cost, work, move |done| told.send(done).unwrap());
        }
        let unit = taken.0.lock().take().unwrap();
        reader.answer(cost, unit);
        assert_eq!(answered.recv().unwrap(), Ok(()));
        reader.primary.link.statements()
    }

    /// Hands out the unit that it was given.
    #[derive(Default)]
    struct Taken(Mutex<Option<Box<dyn ReadUnit>>>);

    impl rolecall_domain::ports::Store for Taken {
        fn read(&self, _: ReadCost, unit: Box<dyn ReadUnit>) {
            *self.0.lock() = Some(unit);
        }

        fn write(&self, _: Box<dyn rolecall_domain::ports::WriteUnit>) {}
    }

    #[test]
    fn one_question_is_one_statement_and_several_have_a_transaction_around_them() {
        let Some(database) = server::fresh() else { return };
        acme(
            &mut Gate::new(Address::parse(&database.url, &Options::default()).unwrap(), &Options::default())
                .connect()
                .unwrap(),
        );
        let url = &database.url;
        assert_eq!(statements(url, ReadCost::One, 1, true), 1);
        assert_eq!(statements(url, ReadCost::Point, 1, true), 3, "BEGIN, the question, COMMIT");
        assert_eq!(statements(url, ReadCost::One, 2, true), 2 + 4, "first without, then within");
        // What cannot be asked again has its transaction from the start.
        assert_eq!(statements(url, ReadCost::One, 2, false), 4);
        let separator = if url.contains('?') { '&' } else { '?' };
        let pooled = format!("{url}{separator}prepared_statements=off");
        let alone = statements(&pooled, ReadCost::One, 1, true);
        assert!(alone > 1, "the settings come with the transaction: {alone}");
    }
}

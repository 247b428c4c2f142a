//! Reads: threads with a connection each, and a snapshot for each unit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use parking_lot::Mutex;
use rolecall_domain::ports::{ReadUnit, StoreError};

use super::{
    link::{Gate, Link},
    queries::Transaction,
};
use crate::open::Options;

/// One snapshot for all that a unit asks, taken at its first question.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) struct Readers {
    waiting: SyncSender<ReadUnit>,
}

impl Readers {
    pub(super) fn start(gate: &Arc<Gate>, options: &Options) -> Self {
        let (waiting, queue) = sync_channel(options.read_queue);
        let begin: Arc<str> = gate.beginning(BEGIN).into();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..options.readers.max(1) {
            let (queue, begin, mut link) = (queue.clone(), begin.clone(), Link::new(gate));
            thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || serve(&queue, &begin, &mut link))
                .expect("a program that has just started can start a thread");
        }
        Self { waiting }
    }

    pub(super) fn read(&self, unit: ReadUnit) {
        if let Err(TrySendError::Full(unit) | TrySendError::Disconnected(unit)) = self.waiting.try_send(unit)
        {
            unit(Err(StoreError::Unavailable("too many reads are waiting".into())));
        }
    }
}

/// A reader thread: it ends when the store is dropped.
fn serve(queue: &Mutex<Receiver<ReadUnit>>, begin: &str, link: &mut Link) {
    loop {
        // One thread waits for the next unit, the others for that thread.
        let next = queue.lock().recv();
        let Ok(unit) = next else { return };
        run(link, begin, unit);
    }
}

fn run(link: &mut Link, begin: &str, unit: ReadUnit) {
    let conn = match link.begin(begin) {
        Ok(conn) => conn,
        Err(error) => {
            unit(Err(error));
            return;
        }
    };
    if catch_unwind(AssertUnwindSafe(|| unit(Ok(&mut Transaction::new(conn))))).is_err() {
        tracing::error!("a read unit panicked; its caller gets no answer");
        link.drop_connection();
    }
    // Nothing was written: a connection that cannot even end its transaction is replaced at the next one.
    let _ = link.end("COMMIT");
}

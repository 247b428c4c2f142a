//! Reads: a pool of connections, a snapshot for each unit, and threads for what takes long.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use diesel::{
    RunQueryDsl,
    r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool, PooledConnection},
};
use parking_lot::Mutex;
use rolecall_domain::ports::{ReadCost, ReadUnit, StoreError};

use super::{BeginRead, Commit, Conn, cannot_open, dialect, dialect::Use, queries::Transaction, rollback};
use crate::open::{OpenError, Options};

pub(super) struct Readers {
    pool: Pool<ConnectionManager<Conn>>,
    waiting: SyncSender<Box<dyn ReadUnit>>,
}

#[derive(Debug)]
struct Prepare(Options);

impl CustomizeConnection<Conn, PoolError> for Prepare {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), PoolError> {
        dialect::prepare(conn, Use::Read, self.0.patience).map_err(PoolError::QueryError)
    }
}

impl Readers {
    pub(super) fn start(path: &str, options: &Options) -> Result<Self, OpenError> {
        let failed = |error: &dyn ToString| cannot_open(path, &error.to_string(), options);
        let pool = Pool::builder()
            .max_size(options.readers)
            .min_idle(Some(1))
            .connection_timeout(options.patience)
            // The database is in this process: there is no connection that could have gone.
            .test_on_check_out(false)
            .connection_customizer(Box::new(Prepare(options.clone())))
            .build(ConnectionManager::new(path))
            .map_err(|error| failed(&error))?;
        let (waiting, queue) = sync_channel(options.read_queue);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..options.reader_threads.max(1) {
            let (queue, pool) = (queue.clone(), pool.clone());
            thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || serve(&queue, &pool))
                .map_err(|error| failed(&error))?;
        }
        Ok(Self { pool, waiting })
    }

    pub(super) fn read(&self, cost: ReadCost, unit: Box<dyn ReadUnit>) {
        // A few look-ups are over before another thread would have woken up.
        if cost != ReadCost::Scan
            && let Some(mut conn) = self.pool.try_get()
        {
            if let Err(panic) = run(&mut conn, unit) {
                drop(conn);
                resume_unwind(panic);
            }
            return;
        }
        if let Err(TrySendError::Full(unit) | TrySendError::Disconnected(unit)) = self.waiting.try_send(unit)
        {
            unit.finish(Err(StoreError::Unavailable("too many reads are waiting".into())));
        }
    }
}

/// A reader thread: it ends when the store is dropped.
fn serve(queue: &Mutex<Receiver<Box<dyn ReadUnit>>>, pool: &Pool<ConnectionManager<Conn>>) {
    loop {
        // One thread waits for the next unit, the others for that thread.
        let next = queue.lock().recv();
        let Ok(unit) = next else { return };
        match pool.get() {
            Ok(mut conn) => {
                if run(&mut conn, unit).is_err() {
                    tracing::error!("a read unit panicked; its caller gets no answer");
                }
            }
            Err(error) => {
                unit.finish(Err(StoreError::Unavailable(format!("no connection became free: {error}"))));
            }
        }
    }
}

/// Runs a unit on a snapshot. A panic is handed back after the connection is in order again.
fn run(
    conn: &mut PooledConnection<ConnectionManager<Conn>>,
    mut unit: Box<dyn ReadUnit>,
) -> thread::Result<()> {
    if let Err(error) = BeginRead::with(Vec::new()).execute(&mut **conn) {
        unit.finish(Err(dialect::classify(error, &[])));
        return Ok(());
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        unit.run(&mut Transaction::new(conn));
        unit.finish(Ok(()));
    }));
    if Commit::with(Vec::new()).execute(&mut **conn).is_err() {
        // Nothing was written, so nothing is lost; but the next unit must find no transaction.
        let _ = rollback(conn);
    }
    outcome
}

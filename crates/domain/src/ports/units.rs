//! Units of work: how a closure gets a transaction, and when it is told that it counts.

use std::sync::mpsc;

use super::{ReadTx, StoreError, Tx};

/// How much a read will ask, so that a store can choose the thread it runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadCost {
    /// A few look-ups by key.
    Point,
    /// A list, a filter, a long member list.
    Scan,
}

/// A read: called once with a snapshot, or with the reason why there is none.
pub type ReadUnit = Box<dyn FnOnce(Result<&mut dyn ReadTx, StoreError>) + Send>;

/// Whether a unit's writes shall be kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Keep them.
    Commit,
    /// Undo them; others that share the commit are not touched.
    Rollback,
}

/// A write.
pub trait WriteUnit: Send {
    /// Does the work. May be called again, on a fresh transaction, when two units collided; so nothing outside
    /// the transaction may change here.
    fn run(&mut self, tx: &mut dyn Tx) -> Verdict;
    /// Called once. `Ok`: the verdict holds, and a commit is durable. `Err`: nothing was kept.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// Where everything is kept.
pub trait Store: Send + Sync {
    /// Runs a read.
    fn read(&self, cost: ReadCost, unit: ReadUnit);
    /// Queues a write.
    fn write(&self, unit: Box<dyn WriteUnit>);
}

/// Runs a read and waits for it: for command lines and workers, not for an async handler.
pub fn read_now<T, E>(
    store: &dyn Store,
    cost: ReadCost,
    work: impl FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    store.read(
        cost,
        Box::new(move |tx| {
            let _ = sender.send(tx.map_err(E::from).and_then(work));
        }),
    );
    receiver.recv().unwrap_or_else(|_| Err(stopped().into()))
}

/// Runs a write and waits until it is durable.
pub fn write_now<T, E>(
    store: &dyn Store,
    work: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    struct Unit<F, T, E> {
        work: F,
        answer: Option<Result<T, E>>,
        sender: mpsc::Sender<Result<T, E>>,
    }
    impl<F, T, E> WriteUnit for Unit<F, T, E>
    where
        F: FnMut(&mut dyn Tx) -> Result<T, E> + Send,
        T: Send,
        E: From<StoreError> + Send,
    {
        fn run(&mut self, tx: &mut dyn Tx) -> Verdict {
            let answer = (self.work)(tx);
            let verdict = if answer.is_ok() { Verdict::Commit } else { Verdict::Rollback };
            self.answer = Some(answer);
            verdict
        }
        fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
            let answer = match outcome {
                Ok(()) => self.answer.unwrap_or_else(|| Err(stopped().into())),
                Err(error) => Err(error.into()),
            };
            let _ = self.sender.send(answer);
        }
    }
    let (sender, receiver) = mpsc::channel();
    store.write(Box::new(Unit { work, answer: None, sender }));
    receiver.recv().unwrap_or_else(|_| Err(stopped().into()))
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store has stopped".into())
}

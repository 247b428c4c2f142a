//! Units of work: how a closure gets a transaction, and when it is told that it counts.

use std::sync::mpsc;

use super::{ReadTx, StoreError, Tx};

/// How much a read will ask, so that a store can choose the thread it runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadCost {
    /// A look-up by key, of one statement as a rule. A store may ask it without a transaction around it, since a statement
    /// sees one moment by itself; where there turn out to be more, the unit is run again in one.
    One,
    /// A few look-ups by key.
    Point,
    /// A list, a filter, a long member list.
    Scan,
}

/// A read.
pub trait ReadUnit: Send {
    /// Asks. May be called again, on another snapshot, when the place where it first asked went away meanwhile, or a
    /// [`ReadCost::One`] was more; what it found before is then forgotten.
    fn run(&mut self, tx: &mut dyn ReadTx);
    /// Whether it can be called again at all.
    fn runs_again(&self) -> bool {
        true
    }
    /// Called once. `Ok`: what was found counts. `Err`: why there is no snapshot to ask.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

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
    /// Called once. `Ok`: the verdict holds, and a commit is durable. `Err`: nothing was kept, unless it is
    /// [`StoreError::Unsettled`].
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// Where everything is kept.
pub trait Store: Send + Sync {
    /// Runs a read.
    fn read(&self, cost: ReadCost, unit: Box<dyn ReadUnit>);
    /// Queues a write.
    fn write(&self, unit: Box<dyn WriteUnit>);
}

/// Runs a read and hands what it found to `answer`. What is dropped unanswered was stopped half way.
pub fn read_then<T, E>(
    store: &dyn Store,
    cost: ReadCost,
    work: impl FnMut(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
    answer: impl FnOnce(Result<T, E>) + Send + 'static,
) where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    store.read(cost, Box::new(Unit { work, done: None, answer }));
}

/// Queues a write and hands the outcome to `answer`: after the commit is durable, or when nothing was kept.
pub fn write_then<T, E>(
    store: &dyn Store,
    work: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    answer: impl FnOnce(Result<T, E>) + Send + 'static,
) where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    store.write(Box::new(Unit { work, done: None, answer }));
}

/// The same for a read that cannot be taken back once it has begun, as when its answer is sent while it is read. Where the
/// store would have asked it again, it ends with the error.
pub fn read_once_then<T, E>(
    store: &dyn Store,
    cost: ReadCost,
    work: impl FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
    answer: impl FnOnce(Result<T, E>) + Send + 'static,
) where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    store.read(cost, Box::new(Once { work: Some(work), done: None, answer }));
}

/// Runs a read once and waits for it: for command lines and workers, not for an async handler.
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
    read_once_then(store, cost, work, move |found| drop(sender.send(found)));
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
    let (sender, receiver) = mpsc::channel();
    write_then(store, work, move |outcome| drop(sender.send(outcome)));
    receiver.recv().unwrap_or_else(|_| Err(stopped().into()))
}

struct Unit<W, A, T, E> {
    work: W,
    done: Option<Result<T, E>>,
    answer: A,
}

impl<W, A, T, E> WriteUnit for Unit<W, A, T, E>
where
    W: FnMut(&mut dyn Tx) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> Verdict {
        let done = (self.work)(tx);
        let verdict = if done.is_ok() { Verdict::Commit } else { Verdict::Rollback };
        self.done = Some(done);
        verdict
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        (self.answer)(settled(self.done, outcome));
    }
}

impl<W, A, T, E> ReadUnit for Unit<W, A, T, E>
where
    W: FnMut(&mut dyn ReadTx) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn ReadTx) {
        self.done = None;
        self.done = Some((self.work)(tx));
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        (self.answer)(settled(self.done, outcome));
    }
}

struct Once<W, A, T, E> {
    work: Option<W>,
    done: Option<Result<T, E>>,
    answer: A,
}

impl<W, A, T, E> ReadUnit for Once<W, A, T, E>
where
    W: FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send,
    A: FnOnce(Result<T, E>) + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn ReadTx) {
        if let Some(work) = self.work.take() {
            self.done = Some(work(tx));
        }
    }

    fn runs_again(&self) -> bool {
        false
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        (self.answer)(settled(self.done, outcome));
    }
}

fn settled<T, E: From<StoreError>>(
    done: Option<Result<T, E>>,
    outcome: Result<(), StoreError>,
) -> Result<T, E> {
    match (outcome, done) {
        (Ok(()), Some(done)) => done,
        (Ok(()), None) => Err(stopped().into()),
        (Err(error), _) => Err(error.into()),
    }
}

/// What to answer for a unit that the store dropped.
pub fn stopped() -> StoreError {
    StoreError::Unavailable("the store has stopped".into())
}

//! Units of work from async handlers: hands a closure to the store and waits for its outcome without a thread.

use rolecall_domain::ports::{ReadCost, ReadTx, Store, StoreError, Tx, Verdict, WriteUnit};
use tokio::sync::oneshot;

/// Runs a read; see [`Store::read`].
pub(crate) async fn read<T, E>(
    store: &dyn Store,
    cost: ReadCost,
    work: impl FnOnce(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    store.read(
        cost,
        Box::new(move |tx| {
            // Nobody listens any more when the client has gone: nothing to do about it.
            let _ = sender.send(tx.map_err(E::from).and_then(work));
        }),
    );
    receiver.await.unwrap_or_else(|_| Err(stopped().into()))
}

/// Runs a write; the answer comes after the commit is durable. See [`Store::write`].
pub(crate) async fn write<T, E>(
    store: &dyn Store,
    work: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    store.write(Box::new(Unit { work, answer: None, sender }));
    receiver.await.unwrap_or_else(|_| Err(stopped().into()))
}

struct Unit<F, T, E> {
    work: F,
    answer: Option<Result<T, E>>,
    sender: oneshot::Sender<Result<T, E>>,
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

fn stopped() -> StoreError {
    StoreError::Unavailable("the server is stopping".into())
}

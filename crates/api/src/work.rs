//! Units of work from async handlers: hands a closure to the store and waits for its outcome without a thread.

use rolecall_domain::ports::{ReadCost, ReadTx, Store, StoreError, Tx, read_then, stopped, write_then};
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
    // Nobody listens any more when the client has gone: nothing to do about it.
    read_then(store, cost, work, move |found| drop(sender.send(found)));
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
    write_then(store, work, move |outcome| drop(sender.send(outcome)));
    receiver.await.unwrap_or_else(|_| Err(stopped().into()))
}

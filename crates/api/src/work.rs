//! Units of work from async handlers: hands a closure to the store and waits for its outcome without a thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rolecall_domain::ports::{ReadCost, ReadTx, Store, StoreError, Tx, read_then, stopped, write_then};
use tokio::{sync::oneshot, time::timeout};

/// Nobody waits longer. A database that is gone is noticed much sooner; this is for one that is stuck: a network that holds
/// everything back and closes nothing, a commit that waits for a standby which is away.
const LONGEST: Duration = Duration::from_secs(120);

/// Runs a read; see [`Store::read`].
pub async fn read<T, E>(
    store: &dyn Store,
    cost: ReadCost,
    work: impl FnMut(&mut dyn ReadTx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    // Nobody listens any more when the client has gone: nothing to do about it.
    read_then(store, cost, work, move |found| drop(sender.send(found)));
    match timeout(LONGEST, receiver).await {
        Ok(answer) => answer.unwrap_or_else(|_| Err(stopped().into())),
        Err(_) => Err(StoreError::Unavailable(late(LONGEST)).into()),
    }
}

/// Runs a write; the answer comes after the commit is durable. See [`Store::write`].
pub async fn write<T, E>(
    store: &dyn Store,
    work: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    write_within(LONGEST, store, work).await
}

async fn write_within<T, E>(
    limit: Duration,
    store: &dyn Store,
    mut work: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let given_up = Arc::new(AtomicBool::new(false));
    let told = given_up.clone();
    let work = move |tx: &mut dyn Tx| {
        // Its client may have sent something newer by now.
        if told.load(Ordering::Acquire) { Err(StoreError::Unavailable(late(limit)).into()) } else { work(tx) }
    };
    write_then(store, work, move |outcome| drop(sender.send(outcome)));
    match timeout(limit, receiver).await {
        Ok(answer) => answer.unwrap_or_else(|_| Err(stopped().into())),
        Err(_) => {
            given_up.store(true, Ordering::Release);
            // It may be under way.
            Err(StoreError::Unsettled(late(limit)).into())
        }
    }
}

fn late(limit: Duration) -> String {
    format!("no answer within {} seconds", limit.as_secs())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rolecall_domain::{
        ports::{ReadUnit, Verdict, WriteUnit},
        testing::MockTx,
    };

    use super::*;

    /// A database that does not answer until it is let go.
    #[derive(Default)]
    struct Stuck {
        held: Mutex<Vec<Box<dyn WriteUnit>>>,
    }

    impl Store for Stuck {
        fn read(&self, _: ReadCost, unit: Box<dyn ReadUnit>) {
            drop(unit);
        }

        fn write(&self, unit: Box<dyn WriteUnit>) {
            self.held.lock().unwrap().push(unit);
        }
    }

    #[actix_web::test]
    async fn a_write_that_is_not_answered_is_given_up_and_does_not_happen_later() {
        let stuck = Stuck::default();
        let began = Arc::new(AtomicBool::new(false));
        let its = began.clone();
        let outcome: Result<(), StoreError> = write_within(Duration::from_millis(1), &stuck, move |_| {
            its.store(true, Ordering::Relaxed);
            Ok(())
        })
        .await;
        assert!(matches!(outcome, Err(StoreError::Unsettled(_))), "{outcome:?}");
        let mut unit = stuck.held.lock().unwrap().pop().unwrap();
        assert_eq!(unit.run(&mut MockTx::new()), Verdict::Rollback);
        assert!(!began.load(Ordering::Relaxed));
    }
}

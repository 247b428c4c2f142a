//! What is kept for a time only, and then goes.

use std::{sync::Arc, time::Duration};

use rolecall_domain::{
    guard::LONGEST_WINDOW_DAYS,
    ports::{Clock, ReadCost, Store, StoreError, read_now, write_now},
};
use tracing::warn;

/// What an undo would bring back, for so many days.
const REMOVED_DAYS: i64 = 90;
/// Who lost access of late, for as long as a brake may look back, and a day.
const REMOVALS_DAYS: i64 = LONGEST_WINDOW_DAYS + 1;

const FIRST: Duration = Duration::from_secs(300);
const EVERY: Duration = Duration::from_secs(6 * 3600);

/// Removes it now and then, until the runtime ends. Replicas may do it at once: the second finds nothing left.
pub(crate) async fn drop_outdated(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    tokio::time::sleep(FIRST).await;
    loop {
        let (store, clock) = (Arc::clone(&store), Arc::clone(&clock));
        let dropped = actix_web::web::block(move || drop_from(&*store, &*clock));
        if let Ok(Err(error)) = dropped.await {
            warn!(%error, "what has been kept long enough is still there; it is tried again in six hours");
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn drop_from(store: &dyn Store, clock: &dyn Clock) -> Result<(), StoreError> {
    let removed = clock.now().plus_days(-REMOVED_DAYS);
    let removals = clock.now().plus_days(-REMOVALS_DAYS);
    let orgs = read_now::<_, StoreError>(store, ReadCost::Scan, |tx| tx.list_orgs())?;
    orgs.into_iter().try_for_each(|org| {
        write_now(store, move |tx| {
            tx.drop_removed(org.id, removed)?;
            tx.drop_recent_removals(org.id, removals).map(drop)
        })
    })
}

#[cfg(test)]
mod tests {
    use rolecall_domain::guard::{Brake, Guard};

    use super::*;

    #[test]
    fn no_brake_looks_back_further_than_is_kept() {
        let minutes = u32::try_from(REMOVALS_DAYS * 24 * 60).unwrap();
        let guard = Guard { brake: Brake { window_minutes: minutes, ..Brake::default() } };
        assert!(guard.check().is_err());
    }
}

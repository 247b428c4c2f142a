//! What an undo would bring back is kept for a time.

use std::{sync::Arc, time::Duration};

use rolecall_domain::ports::{Clock, ReadCost, Store, StoreError, read_now, write_now};
use tracing::warn;

/// For so many days.
const KEPT_DAYS: i64 = 90;

const FIRST: Duration = Duration::from_secs(300);
const EVERY: Duration = Duration::from_secs(6 * 3600);

/// Removes now and then what is kept too long. Several servers may do it at once.
pub(crate) async fn drop_removed(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    tokio::time::sleep(FIRST).await;
    loop {
        let (store, before) = (Arc::clone(&store), clock.now().plus_days(-KEPT_DAYS));
        let dropped = actix_web::web::block(move || {
            let orgs = read_now::<_, StoreError>(&*store, ReadCost::Scan, |tx| tx.list_orgs())?;
            orgs.into_iter().try_for_each(|org| {
                write_now::<_, StoreError>(&*store, move |tx| tx.drop_removed(org.id, before)).map(drop)
            })
        });
        if let Ok(Err(error)) = dropped.await {
            warn!(%error, "what was removed long ago is still kept for an undo; it is tried again in six hours");
        }
        tokio::time::sleep(EVERY).await;
    }
}

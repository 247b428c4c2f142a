//! Writes when tokens were last used.

use std::{sync::Arc, time::Duration};

use rolecall_api::TokenUse;
use rolecall_domain::ports::{Store, StoreError, write_now};
use tracing::warn;

/// How exact "last used" is.
const EVERY: Duration = Duration::from_secs(15);

/// Writes now and then, until the runtime ends.
pub(crate) async fn flush_token_use(uses: Arc<TokenUse>, store: Arc<dyn Store>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let used = uses.take();
        if used.is_empty() {
            continue;
        }
        let store = Arc::clone(&store);
        let written = actix_web::web::block(move || {
            write_now::<_, StoreError>(&*store, move |tx| tx.touch_tokens(&used))
        });
        if let Ok(Err(error)) = written.await {
            // Nothing depends on it; the next use is written again.
            warn!(%error, "when tokens were last used could not be written");
        }
    }
}

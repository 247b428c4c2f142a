//! When each token was last used: noted here while requests are answered, and written now and then, so that a read
//! stays a read.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rolecall_domain::{
    ids::{OrgId, TokenId},
    time::Timestamp,
    use_cases::secrets::IdpCaller,
};

/// What has been noted and is not written yet. Losing it with the process loses minutes of a display, nothing else.
#[derive(Debug, Default)]
pub struct TokenUse {
    seen: Mutex<HashMap<(OrgId, TokenId), Timestamp>>,
}

impl TokenUse {
    pub(crate) fn note(&self, client: &IdpCaller, now: Timestamp) {
        self.seen().insert((client.org.id, client.token), now);
    }

    /// Takes what was noted since the last time.
    pub fn take(&self) -> Vec<(OrgId, TokenId, Timestamp)> {
        self.seen().drain().map(|((org, token), at)| (org, token, at)).collect()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashMap<(OrgId, TokenId), Timestamp>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What every handler is given: the store, the machine, and what the operator configured.

use std::sync::Arc;

use crate::{
    oauth::AccessTokens, rate_limit::RateLimit, request_log::RequestLog, schema_cache::SchemaCache,
    token_use::TokenUse,
};
use rolecall_domain::event::{Actor, Cause};
use rolecall_domain::{
    ids::{ChangeId, OrgId},
    ports::{Clock, Entropy, Ids, Store},
    switches::Switches,
    use_cases::Act,
};

use crate::metrics::Metrics;

/// How much one request may ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Most resources in one page; also the page size when a client names none.
    pub page_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, page_size: 1000 }
    }
}

/// Shared by all handlers; cheap to clone, holds nothing that another replica would need.
#[derive(Clone)]
pub struct AppState {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// Bytes for new secrets.
    pub entropy: Arc<dyn Entropy>,
    /// The address that clients use, without a slash at the end: `https://rolecall.example.com`.
    pub public_url: Arc<str>,
    /// Issues access tokens and recognises them; absent where the operator set no key and one process could not make one
    /// for all.
    pub access_tokens: Option<Arc<AccessTokens>>,
    /// When tokens were last used, to be written by a worker.
    pub token_use: Arc<TokenUse>,
    /// What was asked and answered, to be written by a worker.
    pub request_log: Arc<RequestLog>,
    /// What follows from organisations' own schemas; kept, never stale.
    pub schemas: Arc<SchemaCache>,
    /// How often a token or key may ask.
    pub rate_limit: Arc<RateLimit>,
    /// Bounds of a request.
    pub limits: Limits,
    /// What is counted, shown at `/metrics`.
    pub metrics: Arc<Metrics>,
}

impl AppState {
    /// The Tenant URL of an organisation: what an IdP's administrator pastes.
    pub fn tenant_url(&self, org_slug: &str) -> String {
        crate::scim::tenant_url(&self.public_url, org_slug)
    }

    /// What a use case needs to know about who acts.
    pub fn act(&self, org: OrgId, actor: Actor, change: ChangeId) -> Act<'_> {
        let cause = Cause { change, actor, at: self.clock.now() };
        Act { org, cause, ids: &*self.ids, switches: Switches::nothing_special() }
    }
}

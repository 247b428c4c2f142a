//! The provisioning log: what identity providers asked, and what they were answered.

use uuid::Uuid;

use super::StoreResult;
use crate::{
    ids::{ChangeId, OrgId, TokenId},
    request_log::{LastRequest, LoggedBodies, LoggedRequest, Refusals},
    secret::SecretHash,
    time::Timestamp,
};

/// What an administrator looks requests up by. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestFilter {
    /// About this person or group.
    pub resource: Option<Uuid>,
    /// About somebody or something of this folded `userName` or `displayName`, also when it was never made.
    pub name_key: Option<String>,
    /// Answered 400 or above, or not.
    pub failed: Option<bool>,
    /// Answered with a status from the first to the second.
    pub status: Option<(u16, u16)>,
    /// By this token.
    pub token: Option<TokenId>,
    /// Of this method, in capitals.
    pub method: Option<String>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// How many requests came in a span of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestCount {
    /// All.
    pub all: u64,
    /// Those answered 400 or above.
    pub failed: u64,
}

/// Questions.
pub trait ReadRequests {
    /// Requests that match, the newest first, from before `before` on. By an index where the filter names a resource, a
    /// name, a token or failures; `since` and `until` are bounds of the key.
    fn list_requests(
        &mut self,
        org: OrgId,
        filter: &RequestFilter,
        before: Option<ChangeId>,
        limit: u32,
    ) -> StoreResult<Vec<LoggedRequest>>;
    /// One request with its bodies.
    fn find_request(
        &mut self,
        org: OrgId,
        id: ChangeId,
    ) -> StoreResult<Option<(LoggedRequest, LoggedBodies)>>;
    /// How many requests came from each of these moments to the next one, and how many of those failed; each counted up to
    /// `most`, so that the cost has an end. In order, and one fewer than the moments. One statement.
    fn count_requests(
        &mut self,
        org: OrgId,
        moments: &[Timestamp],
        most: u32,
    ) -> StoreResult<Vec<RequestCount>>;
    /// How many requests were refused since then, by reason and token. The cost follows the failures since then.
    fn refusals_since(&mut self, org: OrgId, since: Timestamp) -> StoreResult<Vec<Refusals>>;
    /// The last request that each token of the organisation was let in with, for all its tokens. One statement.
    fn last_requests(&mut self, org: OrgId) -> StoreResult<Vec<LastRequest>>;
    /// What these people and groups are called now: `userName` or `displayName`. One statement.
    fn resource_names(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<(Uuid, String)>>;
    /// Whether any organisation has made a token of this hash. The cost follows the number of organisations.
    fn token_exists(&mut self, hash: &SecretHash) -> StoreResult<bool>;
}

/// Changes. The log waits for nobody: these do not take an organisation's turn.
pub trait WriteRequests {
    /// Adds to the log of any number of organisations.
    fn insert_requests(&mut self, requests: &[(OrgId, LoggedRequest, LoggedBodies)]) -> StoreResult<()>;
    /// Removes the oldest requests from before that moment, at most so many; answers how many there were. Harmless when
    /// several replicas do it at once.
    fn delete_requests_before(&mut self, org: OrgId, moment: Timestamp, limit: u32) -> StoreResult<u64>;
}

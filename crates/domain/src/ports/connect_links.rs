//! Setup links.

use super::StoreResult;
use crate::{
    connect_link::ConnectLink,
    ids::{ConnectLinkId, OrgId},
    records::{Connection, Org},
    secret::SecretHash,
    time::Timestamp,
};

/// Questions.
pub trait ReadConnectLinks {
    /// The link with that hash, where, and to what. Those that ended, too: the rule is the caller's. One statement.
    fn find_connect_link(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Connection, ConnectLink)>>;
    /// All links of an organisation, oldest first; those that ended, too. There are few.
    fn list_connect_links(&mut self, org: OrgId) -> StoreResult<Vec<ConnectLink>>;
}

/// Changes.
pub trait WriteConnectLinks {
    /// Adds a link.
    fn insert_connect_link(&mut self, org: OrgId, link: &ConnectLink) -> StoreResult<()>;
    /// Revokes one; `false` when there is none, or it is revoked already.
    fn revoke_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<bool>;
    /// Notes that one was followed.
    fn touch_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<()>;
}

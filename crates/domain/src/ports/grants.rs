//! What is given by hand.

use super::StoreResult;
use crate::{
    event::Cause,
    grant::Grant,
    ids::{ConnectionId, MappingId, OrgId, UserId, WorkspaceId},
    records::PlacedGrant,
    time::Timestamp,
};

/// Whose grants that end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EndingGrants {
    /// Those of these people.
    Of(Vec<UserId>),
    /// Those in a mapping's workspace, of people who count and whom it gives something.
    GivenBy(MappingId),
    /// Those of people who count and belong to a connection, unless a hold that nobody has decided keeps what they have.
    Owned(ConnectionId),
}

/// Questions.
pub trait ReadGrants {
    /// What a person has by hand in a workspace.
    fn find_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<Option<Grant>>;
    /// Grants that end, of some people. In the order of (workspace, person). One statement.
    fn ending_grants(&mut self, org: OrgId, of: &EndingGrants) -> StoreResult<Vec<PlacedGrant>>;
    /// Grants of any organisation whose time has come, at most `limit`, those of one organisation beside each other.
    fn ended_grants(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, WorkspaceId, UserId)>>;
}

/// Changes.
pub trait WriteGrants {
    /// Gives by hand, or makes it another, in a unit of work.
    fn put_grant(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        user: UserId,
        grant: Grant,
        cause: &Cause,
    ) -> StoreResult<()>;
    /// Takes it back; `false` when there was none.
    fn delete_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<bool>;
}

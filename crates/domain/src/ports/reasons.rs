//! Why somebody has something: what an explanation is made of.

use super::StoreResult;
use crate::{
    event::Cause,
    ids::{ChangeId, OrgId, UserId},
    records::{AccessPath, GroupStep, MemberId},
};

/// Questions.
pub trait ReadReasons {
    /// Every way by which a person could be in a workspace, whether or not it counts, in the order of (workspace, mapping)
    /// ids, grants first. One statement.
    fn paths_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<AccessPath>>;
    /// Every step by which a person or a group is in groups: from there, and from those groups on up. One statement.
    fn steps_above(&mut self, org: OrgId, member: MemberId) -> StoreResult<Vec<GroupStep>>;
    /// Who did these units of work, and when; those that left no event are missing. One statement.
    fn causes_of(&mut self, org: OrgId, changes: &[ChangeId]) -> StoreResult<Vec<Cause>>;
}

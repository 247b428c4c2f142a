//! What one unit of work did, read back from the record.

use std::collections::BTreeMap;

use super::StoreResult;
use crate::{
    effect::{Effect, Fact},
    ids::{ChangeId, OrgId, UserId, WorkspaceId},
};

/// What people and workspaces are called now. Those that are gone are absent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    /// `userName`
    pub users: BTreeMap<UserId, String>,
    /// Slugs.
    pub workspaces: BTreeMap<WorkspaceId, String>,
}

/// Questions.
pub trait ReadChanges {
    /// Each role that is not as it was before `change`, in the order of [`Place`](crate::effect::Place). One statement;
    /// nothing is kept of what `each` has seen.
    fn effects_of(&mut self, org: OrgId, change: ChangeId, each: &mut dyn FnMut(Effect)) -> StoreResult<()>;
    /// Everything else that `change` did, in order.
    fn facts_of(&mut self, org: OrgId, change: ChangeId, each: &mut dyn FnMut(Fact)) -> StoreResult<()>;
    /// The names of these, at most so many as fit on a page. Two statements.
    fn names_of(&mut self, org: OrgId, users: &[UserId], workspaces: &[WorkspaceId]) -> StoreResult<Names>;
}

//! Access over time, read from the record.

use super::{Slice, StoreResult};
use crate::{
    history::Tenure,
    ids::{OrgId, UserId, WorkspaceId},
    time::Timestamp,
};

/// Which part of the history.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HistoryQuery {
    /// Of this person: workspaces, and the organisation, unless a workspace is given.
    pub user: Option<UserId>,
    /// In this workspace.
    pub workspace: Option<WorkspaceId>,
    /// What still held then, or began later.
    pub since: Option<Timestamp>,
    /// What had begun by then, this moment included.
    pub until: Option<Timestamp>,
}

impl HistoryQuery {
    /// Narrows it to what held at a moment.
    pub fn at(self, moment: Timestamp) -> Self {
        Self { since: Some(moment), until: Some(moment), ..self }
    }
}

/// Questions.
pub trait ReadHistory {
    /// Spans in the order in which they began, after that of the event `after`. A person's or a workspace's are found by
    /// index, and a page costs a few look-ups for each span that it passes.
    fn tenures(&mut self, org: OrgId, query: &HistoryQuery, slice: Slice<i64>) -> StoreResult<Vec<Tenure>>;
    /// Every workspace that anything ever happened in, also those that are gone.
    fn workspaces_ever(&mut self, org: OrgId) -> StoreResult<Vec<WorkspaceId>>;
}

/// Changes.
pub trait WriteHistory {
    /// Erases what a person who is gone was called; what happened stays, under the id.
    fn forget_person(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
}

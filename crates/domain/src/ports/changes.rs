//! What one unit of work did, read back from the record.

use std::collections::BTreeMap;

use super::StoreResult;
use crate::{
    effect::{Effect, Fact},
    ids::{ChangeId, OrgId, UserId, WorkspaceId},
};

/// What a person is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonName {
    /// `userName`; of somebody who is gone, the last one.
    pub user_name: String,
    /// Primary e-mail address; it is not kept of somebody who is gone.
    pub email: Option<String>,
}

/// What a workspace is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceName {
    /// Its slug; absent when it is gone.
    pub slug: Option<String>,
    /// Its name; of one that is gone, the last one.
    pub name: String,
}

impl WorkspaceName {
    /// What to show of it: the slug, or the name of one that is gone.
    pub fn label(&self) -> &str {
        self.slug.as_deref().unwrap_or(&self.name)
    }
}

/// What people and workspaces are called, or were called last. Those that were forgotten are absent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    /// By id.
    pub users: BTreeMap<UserId, PersonName>,
    /// By id.
    pub workspaces: BTreeMap<WorkspaceId, WorkspaceName>,
}

impl Names {
    /// A person's name.
    pub fn user(&self, id: UserId) -> Option<&str> {
        self.users.get(&id).map(|name| name.user_name.as_str())
    }

    /// What to show of a workspace.
    pub fn workspace(&self, id: WorkspaceId) -> Option<&str> {
        self.workspaces.get(&id).map(WorkspaceName::label)
    }
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

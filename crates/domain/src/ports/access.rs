//! Workspaces, mappings, and the memberships that follow from them and from grants.

use super::{Slice, StoreResult};
use crate::{
    event::Cause,
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    records::{Mapping, Source, Workspace, WorkspaceMember, WorkspaceOfUser},
    role::WorkspaceRole,
};

/// What an administrator lists mappings by. Only those of administrators are listed, unless names are asked for, too.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MappingFilter {
    /// Of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Of this group.
    pub group: Option<GroupId>,
    /// Giving this role.
    pub role: Option<WorkspaceRole>,
    /// Those that groups make by their names, too.
    pub by_name: bool,
}

/// Whose memberships may have changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// These people.
    Users(Vec<UserId>),
    /// Everybody in these groups, directly or through groups inside them.
    Groups(Vec<GroupId>),
    /// Everybody who is in this workspace now, or for whom anything speaks there.
    Workspace(WorkspaceId),
}

/// How many memberships changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recomputed {
    /// People who joined a workspace.
    pub joined: u64,
    /// People whose role in a workspace changed.
    pub changed: u64,
    /// People who left a workspace.
    pub left: u64,
    /// People whose organisation role changed.
    pub roles: u64,
}

/// Questions.
pub trait ReadAccess {
    /// The workspace of that id.
    fn find_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<Option<Workspace>>;
    /// The workspace of that slug.
    fn find_workspace_by_slug(&mut self, org: OrgId, slug: &str) -> StoreResult<Option<Workspace>>;
    /// The workspace whose slug, else whose folded name, is `key`.
    fn find_workspace_by_key(&mut self, org: OrgId, key: &str) -> StoreResult<Option<Workspace>>;
    /// Workspaces in id order.
    fn list_workspaces(&mut self, org: OrgId, slice: Slice<WorkspaceId>) -> StoreResult<Vec<Workspace>>;
    /// How many memberships there are in all workspaces. The cost follows the number of workspaces.
    fn count_memberships(&mut self, org: OrgId) -> StoreResult<u64>;
    /// How many there are.
    fn count_workspaces(&mut self, org: OrgId) -> StoreResult<u64>;

    /// The mapping of that id, whoever made it.
    fn find_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<Mapping>>;
    /// All mappings of a group, the one by its name included; at most as many as there are workspaces.
    fn mappings_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Vec<Mapping>>;
    /// The same for a page of groups, in the order of (group, mapping) ids. One statement.
    fn mappings_of_all(&mut self, org: OrgId, groups: &[GroupId]) -> StoreResult<Vec<Mapping>>;
    /// Mappings in id order.
    fn list_mappings(
        &mut self,
        org: OrgId,
        filter: &MappingFilter,
        slice: Slice<MappingId>,
    ) -> StoreResult<Vec<Mapping>>;
    /// How many match.
    fn count_mappings(&mut self, org: OrgId, filter: &MappingFilter) -> StoreResult<u64>;

    /// The workspaces that a person is in, by slug.
    fn workspaces_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<WorkspaceOfUser>>;
    /// The people in a workspace, in id order.
    fn people_in(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<WorkspaceMember>>;
    /// How many people are in a workspace.
    fn count_people_in(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<u64>;
    /// The outcome for one person in one workspace.
    fn role_in(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<Option<WorkspaceRole>>;
    /// The outcome for these people in these workspaces, where there is one. One statement.
    fn roles_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspaces: &[WorkspaceId],
    ) -> StoreResult<Vec<(UserId, WorkspaceId, WorkspaceRole)>>;
    /// Everything that speaks for these people being in workspaces (in `workspace` alone, if given), whether or
    /// not they are active. One statement.
    fn sources_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspace: Option<WorkspaceId>,
    ) -> StoreResult<Vec<(UserId, WorkspaceId, Source)>>;
}

/// Changes.
pub trait WriteAccess {
    /// Adds a workspace. `Unique::WorkspaceName` or `Unique::WorkspaceSlug` when taken.
    fn insert_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()>;
    /// Renames a workspace.
    fn update_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()>;
    /// Removes a workspace with its mappings and grants. Memberships must be gone before.
    fn delete_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()>;
    /// Removes all mappings and grants of a workspace and archives it, so that a recomputation takes everybody out.
    fn clear_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()>;

    /// Adds a mapping. `Unique::Mapping` when the group has one to that workspace.
    fn insert_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()>;
    /// Writes what a mapping gives, whether it is paused, and the unit of work that says so.
    fn update_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()>;
    /// Gives the mappings of an administrator on one group, the one to an organisation role included, or only one of them, to
    /// another group; `change` is what they are put down to. `Unique::Mapping` when the other has one of the kind.
    fn move_mappings(
        &mut self,
        org: OrgId,
        from: GroupId,
        to: GroupId,
        only: Option<MappingId>,
        change: ChangeId,
    ) -> StoreResult<()>;
    /// Removes a mapping.
    fn delete_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<()>;

    /// Gives by hand what a mapping gives, to everybody whom it gives something and who has not as much by hand, with an
    /// event for each. Answers how many those were. Grants that end ([`EndingGrants::GivenBy`](super::EndingGrants)) are left as they are. A constant
    /// number of statements. A paused mapping gives nothing; one of an archived workspace gives what waits there.
    fn keep_members(&mut self, org: OrgId, id: MappingId, cause: &Cause) -> StoreResult<u64>;

    /// Brings the memberships of everybody in `scope`, and their organisation roles, in step with
    /// [`membership::resolve`](crate::membership::resolve), and writes one `membership.*` or
    /// `user.role_changed` event for each that changed. A constant number of statements; the cost follows the people in scope and the changes, not the
    /// organisation.
    fn recompute(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Recomputed>;
}

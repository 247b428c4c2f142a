//! Groups and who is in them. A member list is never loaded to change a member.

use uuid::Uuid;

use super::{KnownToken, ResourcePage, ResourceQuery, Slice, StoreResult, TokenKey};
use crate::{
    ids::{ChangeId, ConnectionId, GroupId, OrgId},
    records::{Group, GroupFacts, MemberId, WrittenDocument},
    time::Timestamp,
};

/// Questions.
pub trait ReadGroups {
    /// The group of that id, pushed or not.
    fn find_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<Option<Group>>;
    /// What `find_token` answers, and the group of that id in the token's organisation. One statement. Without `groups.read`
    /// among the token's scopes no group is read.
    fn find_group_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: GroupId,
    ) -> StoreResult<Option<(KnownToken, Option<Group>)>>;
    /// The groups of that folded `displayName`, oldest first, pushed or not; at most 10.
    fn find_groups_by_name(&mut self, org: OrgId, display_name_key: &str) -> StoreResult<Vec<Group>>;
    /// A SCIM query over pushed groups. A constant number of statements; `eq` on `id`, `displayName` and
    /// `externalId` use an index, and so does `members.value eq`.
    fn query_groups(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<Group>>;
    /// All groups, pushed or not, in id order.
    fn list_groups(&mut self, org: OrgId, slice: Slice<GroupId>) -> StoreResult<Vec<Group>>;
    /// How many there are, pushed or not. The pushed ones are counted already.
    fn count_groups(&mut self, org: OrgId) -> StoreResult<u64>;
    /// How many direct members each of these groups has, each counted up to `most`, so that the cost has an end. One statement.
    fn count_members(
        &mut self,
        org: OrgId,
        groups: &[GroupId],
        most: u32,
    ) -> StoreResult<Vec<(GroupId, u64)>>;
    /// Direct members in id order.
    fn members_of(&mut self, org: OrgId, group: GroupId, slice: Slice<Uuid>) -> StoreResult<Vec<MemberId>>;
    /// Which of these ids are people or groups of the organisation, and which of the two. One statement.
    fn resolve_members(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<MemberId>>;
    /// Of these groups, the first that `group` is in, directly or not, or that is `group` itself: adding it to
    /// `group` would close a circle.
    fn find_circle(
        &mut self,
        org: OrgId,
        group: GroupId,
        new_members: &[GroupId],
    ) -> StoreResult<Option<GroupId>>;
    /// The groups whose name asks for one of these folded workspace names, and which no administrator has mapped.
    fn groups_asking_for(&mut self, org: OrgId, workspace_keys: &[String]) -> StoreResult<Vec<Group>>;
}

/// Changes.
pub trait WriteGroups {
    /// Adds a group, version 1. `Unique::ExternalId` when taken.
    fn insert_group(
        &mut self,
        org: OrgId,
        id: GroupId,
        connection: Option<ConnectionId>,
        facts: &GroupFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// Overwrites a group's document, facts and connection.
    #[allow(clippy::too_many_arguments)]
    fn update_group(
        &mut self,
        org: OrgId,
        id: GroupId,
        connection: Option<ConnectionId>,
        facts: &GroupFacts,
        document: &WrittenDocument,
        version: i64,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// Notes that the member list changed: version and `lastModified`.
    fn touch_group(&mut self, org: OrgId, id: GroupId, version: i64, now: Timestamp) -> StoreResult<()>;
    /// Writes what the group's name asks for, when the organisation's pattern changed.
    fn update_group_pattern(&mut self, org: OrgId, id: GroupId, facts: &GroupFacts) -> StoreResult<()>;
    /// Removes the group, its members and mappings.
    fn delete_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<()>;
    /// Adds members; answers those that were not in it. One statement for any number that fits in a request.
    fn add_members(
        &mut self,
        org: OrgId,
        group: GroupId,
        members: &[MemberId],
        change: ChangeId,
        now: Timestamp,
    ) -> StoreResult<Vec<MemberId>>;
    /// Removes members; answers those that were in it.
    fn remove_members(&mut self, org: OrgId, group: GroupId, members: &[Uuid]) -> StoreResult<Vec<MemberId>>;
    /// Removes everybody but these; answers who went.
    fn remove_members_except(
        &mut self,
        org: OrgId,
        group: GroupId,
        keep: &[Uuid],
    ) -> StoreResult<Vec<MemberId>>;
    /// Takes the group out of the groups that it is in; those get a new version and `lastModified`. Answers
    /// whether it was in any.
    fn leave_parents(&mut self, org: OrgId, group: GroupId, now: Timestamp) -> StoreResult<bool>;
}

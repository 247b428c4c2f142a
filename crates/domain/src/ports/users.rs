//! People.

use super::{KnownToken, ResourcePage, ResourceQuery, Slice, StoreResult, TokenKey, Wanted};
use crate::{
    ids::{ConnectionId, OrgId, UserId},
    records::{GroupOfUser, User, UserFacts, WrittenDocument},
    role::OrgRole,
    time::Timestamp,
};

/// What an administrator lists people by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFilter {
    /// E-mail address, compared folded.
    pub email: Option<String>,
    /// Organisation role.
    pub role: Option<OrgRole>,
    /// Active or not.
    pub active: Option<bool>,
}

/// A person, and the groups that [`ReadUsers::groups_of`] them answers; none where they were not asked for.
pub type UserInGroups = (User, Vec<GroupOfUser>);

/// Questions.
pub trait ReadUsers {
    /// What `find_token` answers, and the person of that id in the token's organisation. One statement: who asks and what
    /// is asked for are read at once. Without `users.read` among the token's scopes nobody is read.
    fn find_user_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: UserId,
        wanted: Wanted,
    ) -> StoreResult<Option<(KnownToken, Option<UserInGroups>)>>;
    /// The person of that id.
    fn find_user(&mut self, org: OrgId, id: UserId) -> StoreResult<Option<User>>;
    /// The person of that folded `userName`.
    fn find_user_by_name(&mut self, org: OrgId, user_name_key: &str) -> StoreResult<Option<User>>;
    /// A SCIM query. A constant number of statements; `eq` on `id`, `userName` and `externalId` use an index.
    fn query_users(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<User>>;
    /// The same, each with their groups. A look-up of `id`, `userName` or `externalId` is still one statement; any other query takes
    /// one more.
    fn query_users_in_groups(
        &mut self,
        org: OrgId,
        query: &ResourceQuery,
    ) -> StoreResult<ResourcePage<UserInGroups>>;
    /// The groups of each of these people, direct and indirect, of pushed groups alone. One statement.
    fn groups_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, GroupOfUser)>>;
    /// People for an administrator, in id order.
    fn list_users(&mut self, org: OrgId, filter: &UserFilter, slice: Slice<UserId>)
    -> StoreResult<Vec<User>>;
    /// The people whom a connection owns, in id order, those whom a hold keeps included.
    fn people_of(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>>;
    /// How many match.
    fn count_users(&mut self, org: OrgId, filter: &UserFilter) -> StoreResult<u64>;
}

/// Changes. `Unique::UserName` or `Unique::ExternalId` when one is taken by another person.
pub trait WriteUsers {
    /// Adds a person, version 1.
    fn insert_user(
        &mut self,
        org: OrgId,
        id: UserId,
        connection: ConnectionId,
        facts: &UserFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// Overwrites a person's document and facts.
    fn update_user(
        &mut self,
        org: OrgId,
        id: UserId,
        facts: &UserFacts,
        document: &WrittenDocument,
        version: i64,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// Says of these people whether they are outside their connection's domains.
    fn set_outside(&mut self, org: OrgId, users: &[UserId], outside: bool) -> StoreResult<()>;
    /// Gives a person to another connection, which knows them by that `externalId`.
    fn move_user(
        &mut self,
        org: OrgId,
        id: UserId,
        to: ConnectionId,
        external_id: Option<&str>,
    ) -> StoreResult<()>;
    /// Removes the record, its group memberships and manual grants. Memberships must be gone before. The groups
    /// that lose a member get a new version and `lastModified`.
    fn delete_user(&mut self, org: OrgId, id: UserId, now: Timestamp) -> StoreResult<()>;
}

//! A transaction that answers only what a test told it.

// What mockall generates has no documentation and as many arguments as the ports have.
#![allow(missing_docs, clippy::too_many_arguments)]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mockall::mock;
use rolecall_scim::index::fold;
use uuid::Uuid;

use super::ORG;
use crate::{
    administrator::{AdminSession, Administrator, SetUpLink},
    connect_link::ConnectLink,
    effect::{Effect, Fact},
    event::{Cause, Event, EventKind, NewEvent},
    grant::Grant,
    history::Tenure,
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, OrgId,
        RefusalId, TokenId, UserId, WorkspaceId,
    },
    pattern::NamePattern,
    ports::{
        EndingGrants, Found, GroupSearch, Guarding, HistoryQuery, HoldTerms, KnownToken, MappingFilter,
        Names, Pair, PeopleSearch, ReadAccess, ReadAdministrators, ReadAdoption, ReadChanges,
        ReadConnectLinks, ReadEvents, ReadFindings, ReadGrants, ReadGroups, ReadHistory, ReadHolds,
        ReadMatches, ReadOrgs, ReadReasons, ReadRequests, ReadRoleMappings, ReadSearch, ReadUsers,
        Recomputed, RequestCount, RequestFilter, ResourcePage, ResourceQuery, Sample, Scope, Slice,
        StoreResult, Stretch, Taken, TokenKey, UndoStore, UserFilter, UserInGroups, Wanted, WorkspaceSearch,
        WriteAccess, WriteAdministrators, WriteAdoption, WriteConnectLinks, WriteEvents, WriteGrants,
        WriteGroups, WriteHistory, WriteHolds, WriteMatches, WriteOrgs, WriteRequests, WriteRoleMappings,
        WriteUsers,
    },
    records::{
        AccessPath, ApiKey, Connection, Group, GroupFacts, GroupOfUser, GroupStep, Hold, Kept, KnownPerson,
        Mapping, MemberId, Merge, Org, PlacedGrant, RefusedMatch, RoleMapping, SchemaExtension, Settings,
        Source, Token, User, UserFacts, Workspace, WorkspaceMember, WorkspaceOfUser, WrittenDocument,
    },
    request_log::{LastRequest, LoggedBodies, LoggedRequest, Refusals},
    role::WorkspaceRole,
    secret::SecretHash,
    time::Timestamp,
    undo::{Entry, Link, Removal, RemovedRecord},
};

mock! {
/// Implements every port. What a test did not expect panics, naming the call.
pub Tx {}
impl ReadOrgs for Tx {
    fn find_org(&mut self, slug: &str) -> StoreResult<Option<Org>>;
    fn list_orgs(&mut self) -> StoreResult<Vec<Org>>;
    fn find_token(&mut self, org_slug: &str, key: &TokenKey) -> StoreResult<Option<KnownToken>>;
    fn find_api_key(&mut self, hash: &SecretHash) -> StoreResult<Option<(Org, ApiKey)>>;
    fn list_tokens(&mut self, org: OrgId) -> StoreResult<Vec<Token>>;
    fn list_api_keys(&mut self, org: OrgId) -> StoreResult<Vec<ApiKey>>;
    fn find_connection(&mut self, org: OrgId, name: &str) -> StoreResult<Option<ConnectionId>>;
    fn list_connections(&mut self, org: OrgId) -> StoreResult<Vec<Connection>>;
    fn count_owned(&mut self, org: OrgId, id: ConnectionId, most: u32) -> StoreResult<(u64, u64)>;
    fn list_schemas(&mut self, org: OrgId) -> StoreResult<Vec<SchemaExtension>>;
    fn org_name(&mut self, org: OrgId) -> StoreResult<String>;
    fn settings(&mut self, org: OrgId) -> StoreResult<Settings>;
}
impl WriteOrgs for Tx {
    fn insert_org(
        &mut self,
        slug: &str,
        name: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> StoreResult<Org>;
    fn rename_org(&mut self, org: OrgId, name: &str) -> StoreResult<bool>;
    fn insert_connection(
        &mut self,
        org: OrgId,
        id: ConnectionId,
        name: &str,
        now: Timestamp,
    ) -> StoreResult<()>;
    fn update_connection(&mut self, org: OrgId, connection: &Connection) -> StoreResult<()>;
    fn delete_connection(&mut self, org: OrgId, id: ConnectionId) -> StoreResult<()>;
    fn put_schema(&mut self, org: OrgId, extension: &SchemaExtension) -> StoreResult<()>;
    fn delete_schema(&mut self, org: OrgId, urn: &str) -> StoreResult<bool>;
    fn update_settings(&mut self, org: OrgId, settings: &Settings) -> StoreResult<()>;
    fn insert_token(&mut self, org: OrgId, token: &Token) -> StoreResult<()>;
    fn revoke_token(&mut self, org: OrgId, id: TokenId, now: Timestamp) -> StoreResult<bool>;
    fn touch_tokens(&mut self, used: &[(OrgId, TokenId, Timestamp)]) -> StoreResult<()>;
    fn insert_api_key(&mut self, org: OrgId, key: &ApiKey) -> StoreResult<()>;
    fn revoke_api_key(&mut self, org: OrgId, id: ApiKeyId, now: Timestamp) -> StoreResult<bool>;
}
impl ReadUsers for Tx {
    fn find_user_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: UserId,
        wanted: Wanted,
    ) -> StoreResult<Option<(KnownToken, Option<UserInGroups>)>>;
    fn query_users_in_groups(
        &mut self,
        org: OrgId,
        query: &ResourceQuery,
    ) -> StoreResult<ResourcePage<UserInGroups>>;
    fn find_user(&mut self, org: OrgId, id: UserId) -> StoreResult<Option<User>>;
    fn find_user_by_name(&mut self, org: OrgId, user_name_key: &str) -> StoreResult<Option<User>>;
    fn query_users(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<User>>;
    fn groups_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, GroupOfUser)>>;
    fn list_users(
        &mut self,
        org: OrgId,
        filter: &UserFilter,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>>;
    fn people_of(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>>;
    fn count_users(&mut self, org: OrgId, filter: &UserFilter) -> StoreResult<u64>;
}
impl ReadSearch for Tx {
    fn search_users(
        &mut self,
        org: OrgId,
        search: &PeopleSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<User>>;
    fn search_groups(
        &mut self,
        org: OrgId,
        search: &GroupSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<Group>>;
    fn search_workspaces(
        &mut self,
        org: OrgId,
        search: &WorkspaceSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<(Workspace, u64)>>;
}
impl ReadAdoption for Tx {
    fn find_known(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<KnownPerson>>;
    fn find_by_app_id(&mut self, org: OrgId, app_id: &str) -> StoreResult<Option<UserId>>;
    fn taken_of(
        &mut self,
        org: OrgId,
        ids: &[UserId],
        user_names: &[String],
        app_ids: &[String],
    ) -> StoreResult<Taken>;
    fn app_ids_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, String)>>;
    fn people_above_their_own(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>>;
}
impl WriteAdoption for Tx {
    fn put_known<'a>(
        &mut self,
        org: OrgId,
        user: UserId,
        app_id: Option<&'a str>,
        now: Timestamp,
    ) -> StoreResult<()>;
    fn put_known_all(&mut self, org: OrgId, users: &[UserId], now: Timestamp) -> StoreResult<()>;
    fn give_as_told(&mut self, org: OrgId, events: u64) -> StoreResult<()>;
    fn drop_known(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
    fn keep_access(&mut self, org: OrgId, connection: ConnectionId, cause: &Cause) -> StoreResult<u64>;
    fn hand_over(
        &mut self,
        org: OrgId,
        from: ConnectionId,
        to: ConnectionId,
        now: Timestamp,
    ) -> StoreResult<()>;
}
impl ReadMatches for Tx {
    fn matches_of(&mut self, org: OrgId, people: &[UserId]) -> StoreResult<Vec<Pair>>;
    fn matches_after(&mut self, org: OrgId, from: Option<UserId>, through: u32) -> StoreResult<(Vec<Pair>, Option<UserId>)>;
    fn list_refused(&mut self, org: OrgId, slice: Slice<RefusalId>) -> StoreResult<Vec<RefusedMatch>>;
    fn count_refused(&mut self, org: OrgId) -> StoreResult<u64>;
    fn find_refused(&mut self, org: OrgId, waiting: UserId, user: UserId) -> StoreResult<Option<RefusedMatch>>;
    fn find_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<Option<UserId>>;
    fn former_ids(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<UserId>>;
    fn merged_by(&mut self, org: OrgId, change: ChangeId, former: UserId) -> StoreResult<Option<UserId>>;
}
impl WriteMatches for Tx {
    fn put_refused(&mut self, org: OrgId, refused: &RefusedMatch) -> StoreResult<()>;
    fn delete_refused(&mut self, org: OrgId, id: RefusalId) -> StoreResult<bool>;
    fn move_grants(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64>;
    fn move_places(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64>;
    fn put_merged<'a>(&mut self, org: OrgId, merge: &Merge<'a>, cause: &Cause) -> StoreResult<()>;
    fn delete_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<()>;
    fn push_merge<'a>(
        &mut self,
        org: OrgId,
        cause: &Cause,
        kind: EventKind,
        merge: &Merge<'a>,
    ) -> StoreResult<()>;
}
impl WriteUsers for Tx {
    fn insert_user(
        &mut self,
        org: OrgId,
        id: UserId,
        connection: ConnectionId,
        facts: &UserFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()>;
    fn update_user(
        &mut self,
        org: OrgId,
        id: UserId,
        facts: &UserFacts,
        document: &WrittenDocument,
        version: i64,
        now: Timestamp,
    ) -> StoreResult<()>;
    fn set_outside(&mut self, org: OrgId, users: &[UserId], outside: bool) -> StoreResult<()>;
    fn move_user<'a>(
        &mut self,
        org: OrgId,
        id: UserId,
        to: ConnectionId,
        external_id: Option<&'a str>,
    ) -> StoreResult<()>;
    fn delete_user(&mut self, org: OrgId, id: UserId, now: Timestamp) -> StoreResult<()>;
}
impl ReadGroups for Tx {
    fn find_group_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: GroupId,
    ) -> StoreResult<Option<(KnownToken, Option<Group>)>>;
    fn find_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<Option<Group>>;
    fn find_groups_by_name(&mut self, org: OrgId, display_name_key: &str) -> StoreResult<Vec<Group>>;
    fn query_groups(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<Group>>;
    fn list_groups(&mut self, org: OrgId, slice: Slice<GroupId>) -> StoreResult<Vec<Group>>;
    fn count_groups(&mut self, org: OrgId) -> StoreResult<u64>;
    fn count_members(&mut self, org: OrgId, groups: &[GroupId], most: u32) -> StoreResult<Vec<(GroupId, u64)>>;
    fn members_of(&mut self, org: OrgId, group: GroupId, slice: Slice<Uuid>) -> StoreResult<Vec<MemberId>>;
    fn resolve_members(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<MemberId>>;
    fn find_circle(
        &mut self,
        org: OrgId,
        group: GroupId,
        new_members: &[GroupId],
    ) -> StoreResult<Option<GroupId>>;
    fn groups_asking_for(&mut self, org: OrgId, workspace_keys: &[String]) -> StoreResult<Vec<Group>>;
}
impl WriteGroups for Tx {
    fn insert_group(
        &mut self,
        org: OrgId,
        id: GroupId,
        connection: Option<ConnectionId>,
        facts: &GroupFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()>;
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
    fn touch_group(&mut self, org: OrgId, id: GroupId, version: i64, now: Timestamp) -> StoreResult<()>;
    fn update_group_pattern(&mut self, org: OrgId, id: GroupId, facts: &GroupFacts) -> StoreResult<()>;
    fn delete_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<()>;
    fn add_members(
        &mut self,
        org: OrgId,
        group: GroupId,
        members: &[MemberId],
        change: ChangeId,
        now: Timestamp,
    ) -> StoreResult<Vec<MemberId>>;
    fn remove_members(
        &mut self,
        org: OrgId,
        group: GroupId,
        members: &[Uuid],
    ) -> StoreResult<Vec<MemberId>>;
    fn remove_members_except(
        &mut self,
        org: OrgId,
        group: GroupId,
        keep: &[Uuid],
    ) -> StoreResult<Vec<MemberId>>;
    fn leave_parents(&mut self, org: OrgId, group: GroupId, now: Timestamp) -> StoreResult<bool>;
}
impl ReadAccess for Tx {
    fn find_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<Option<Workspace>>;
    fn find_workspace_by_slug(&mut self, org: OrgId, slug: &str) -> StoreResult<Option<Workspace>>;
    fn find_workspace_by_key(&mut self, org: OrgId, key: &str) -> StoreResult<Option<Workspace>>;
    fn list_workspaces(&mut self, org: OrgId, slice: Slice<WorkspaceId>) -> StoreResult<Vec<Workspace>>;
    fn count_memberships(&mut self, org: OrgId) -> StoreResult<u64>;
    fn count_workspaces(&mut self, org: OrgId) -> StoreResult<u64>;
    fn find_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<Mapping>>;
    fn mappings_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Vec<Mapping>>;
    fn mappings_of_all(&mut self, org: OrgId, groups: &[GroupId]) -> StoreResult<Vec<Mapping>>;
    fn list_mappings(
        &mut self,
        org: OrgId,
        filter: &MappingFilter,
        slice: Slice<MappingId>,
    ) -> StoreResult<Vec<Mapping>>;
    fn count_mappings(&mut self, org: OrgId, filter: &MappingFilter) -> StoreResult<u64>;
    fn workspaces_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<WorkspaceOfUser>>;
    fn people_in(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<WorkspaceMember>>;
    fn count_people_in(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<u64>;
    fn role_in(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        user: UserId,
    ) -> StoreResult<Option<WorkspaceRole>>;
    fn roles_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspaces: &[WorkspaceId],
    ) -> StoreResult<Vec<(UserId, WorkspaceId, WorkspaceRole)>>;
    fn sources_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspace: Option<WorkspaceId>,
    ) -> StoreResult<Vec<(UserId, WorkspaceId, Source)>>;
}
impl WriteAccess for Tx {
    fn insert_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()>;
    fn update_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()>;
    fn delete_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()>;
    fn clear_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()>;
    fn insert_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()>;
    fn update_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()>;
    fn move_mappings(&mut self, org: OrgId, from: GroupId, to: GroupId, only: Option<MappingId>, change: ChangeId) -> StoreResult<()>;
    fn delete_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<()>;
    fn keep_members(&mut self, org: OrgId, id: MappingId, cause: &Cause) -> StoreResult<u64>;
    fn recompute(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Recomputed>;
}
impl ReadRoleMappings for Tx {
    fn find_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<RoleMapping>>;
    fn role_mapping_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Option<RoleMapping>>;
    fn list_role_mappings(
        &mut self,
        org: OrgId,
        slice: Slice<MappingId>,
    ) -> StoreResult<Vec<RoleMapping>>;
    fn count_role_mappings(&mut self, org: OrgId) -> StoreResult<u64>;
    fn role_mappings_for(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<RoleMapping>>;
}
impl WriteRoleMappings for Tx {
    fn insert_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()>;
    fn update_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()>;
    fn delete_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<bool>;
}
impl ReadReasons for Tx {
    fn paths_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<AccessPath>>;
    fn steps_above(&mut self, org: OrgId, member: MemberId) -> StoreResult<Vec<GroupStep>>;
    fn causes_of(&mut self, org: OrgId, changes: &[ChangeId]) -> StoreResult<Vec<Cause>>;
}
impl ReadFindings for Tx {
    fn groups_without_mapping(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    fn overlapping_groups(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    fn mapped_and_never_pushed(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    fn mapped_and_empty(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    fn unknown_roles(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    fn grants_ending(&mut self, org: OrgId, until: Timestamp, limit: u32) -> StoreResult<Sample>;
    fn people_in_no_workspace(&mut self, org: OrgId, limit: u32, most: u32) -> StoreResult<Sample>;
}
impl ReadGrants for Tx {
    fn find_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<Option<Grant>>;
    fn ending_grants(&mut self, org: OrgId, of: &EndingGrants) -> StoreResult<Vec<PlacedGrant>>;
    fn ended_grants(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, WorkspaceId, UserId)>>;
}
impl WriteGrants for Tx {
    fn put_grant(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        user: UserId,
        grant: Grant,
        cause: &Cause,
    ) -> StoreResult<()>;
    fn delete_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<bool>;
}
impl ReadHolds for Tx {
    fn find_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<Hold>>;
    fn list_holds(
        &mut self,
        org: OrgId,
        kept: Option<bool>,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<Hold>>;
    fn count_holds(&mut self, org: OrgId, kept: Option<bool>) -> StoreResult<u64>;
    fn count_losers(&mut self, org: OrgId, scope: &Scope) -> StoreResult<u64>;
    fn guarding(&mut self, org: OrgId) -> StoreResult<Guarding>;
    fn count_recent_removals(&mut self, org: OrgId, since: Timestamp) -> StoreResult<u64>;
    fn count_people_with_access(&mut self, org: OrgId, enough: u64) -> StoreResult<u64>;
    fn has_other_owner(&mut self, org: OrgId, user: UserId) -> StoreResult<bool>;
    fn kept_by_holds(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<Kept>>;
    fn ended_holds(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, UserId)>>;
}
impl WriteHolds for Tx {
    fn put_hold(&mut self, org: OrgId, hold: &Hold) -> StoreResult<()>;
    fn hold_losers(
        &mut self,
        org: OrgId,
        cause: &Cause,
        scope: &Scope,
        terms: HoldTerms,
    ) -> StoreResult<Vec<UserId>>;
    fn hold_last_owners(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Vec<UserId>>;
    fn note_losers(&mut self, org: OrgId, scope: &Scope, now: Timestamp) -> StoreResult<u64>;
    fn drop_recent_removals(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64>;
    fn delete_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<bool>;
    fn hide_user(&mut self, org: OrgId, user: UserId, now: Timestamp) -> StoreResult<()>;
    fn show_user(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
}
impl ReadEvents for Tx {
    fn events_after(&mut self, org: OrgId, seq: i64, limit: u32) -> StoreResult<Vec<Event>>;
    fn latest_events(&mut self, org: OrgId, limit: u32) -> StoreResult<Vec<Event>>;
    fn events_of(&mut self, org: OrgId, change: ChangeId, limit: u32) -> StoreResult<Vec<Event>>;
}
impl ReadChanges for Tx {
    fn effects_of(
        &mut self,
        org: OrgId,
        change: ChangeId,
        each: &mut dyn FnMut(Effect),
    ) -> StoreResult<()>;
    fn facts_of(&mut self, org: OrgId, change: ChangeId, each: &mut dyn FnMut(Fact)) -> StoreResult<()>;
    fn names_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspaces: &[WorkspaceId],
    ) -> StoreResult<Names>;
}
impl ReadHistory for Tx {
    fn tenures(&mut self, org: OrgId, query: &HistoryQuery, slice: Slice<i64>) -> StoreResult<Vec<Tenure>>;
    fn workspaces_ever(&mut self, org: OrgId) -> StoreResult<Vec<WorkspaceId>>;
}
impl UndoStore for Tx {
    fn keep_removed(&mut self, org: OrgId, cause: &Cause, what: &Removal) -> StoreResult<()>;
    fn removed_record(
        &mut self,
        org: OrgId,
        change: ChangeId,
        id: Uuid,
    ) -> StoreResult<Option<RemovedRecord>>;
    fn removed_links(&mut self, org: OrgId, change: ChangeId, owner: Uuid) -> StoreResult<Vec<Link>>;
    fn entries_before(
        &mut self,
        org: OrgId,
        change: Option<ChangeId>,
        seq: i64,
        limit: u32,
    ) -> StoreResult<Vec<Entry>>;
    fn drop_removed(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64>;
}
impl WriteHistory for Tx {
    fn forget_person(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
}
impl WriteEvents for Tx {
    fn push_events(&mut self, org: OrgId, cause: &Cause, events: &[NewEvent]) -> StoreResult<()>;
}
impl ReadAdministrators for Tx {
    fn find_administrator(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<Option<Administrator>>;
    fn find_administrator_by_email(
        &mut self,
        org: OrgId,
        email_key: &str,
    ) -> StoreResult<Option<Administrator>>;
    fn list_administrators(&mut self, org: OrgId) -> StoreResult<Vec<Administrator>>;
    fn find_admin_session(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Administrator, AdminSession)>>;
    fn find_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<Option<SetUpLink>>;
}
impl WriteAdministrators for Tx {
    fn insert_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()>;
    fn update_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()>;
    fn insert_admin_session(&mut self, org: OrgId, session: &AdminSession) -> StoreResult<()>;
    fn delete_admin_session(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<()>;
    fn delete_admin_sessions_of(
        &mut self,
        org: OrgId,
        id: AdministratorId,
        until: Option<Timestamp>,
    ) -> StoreResult<u64>;
    fn insert_set_up_link(&mut self, org: OrgId, link: &SetUpLink) -> StoreResult<()>;
    fn delete_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<bool>;
    fn delete_set_up_links_of(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<()>;
}
impl ReadConnectLinks for Tx {
    fn find_connect_link(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Connection, ConnectLink)>>;
    fn list_connect_links(&mut self, org: OrgId) -> StoreResult<Vec<ConnectLink>>;
}
impl WriteConnectLinks for Tx {
    fn insert_connect_link(&mut self, org: OrgId, link: &ConnectLink) -> StoreResult<()>;
    fn revoke_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<bool>;
    fn touch_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<()>;
}
impl ReadRequests for Tx {
    fn list_requests(
        &mut self,
        org: OrgId,
        filter: &RequestFilter,
        before: Option<ChangeId>,
        limit: u32,
    ) -> StoreResult<Vec<LoggedRequest>>;
    fn find_request(&mut self, org: OrgId, id: ChangeId) -> StoreResult<Option<(LoggedRequest, LoggedBodies)>>;
    fn count_requests(&mut self, org: OrgId, moments: &[Timestamp], most: u32) -> StoreResult<Vec<RequestCount>>;
    fn refusals_since(&mut self, org: OrgId, since: Timestamp) -> StoreResult<Vec<Refusals>>;
    fn last_requests(&mut self, org: OrgId) -> StoreResult<Vec<LastRequest>>;
    fn resource_names(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<(Uuid, String)>>;
    fn token_exists(&mut self, hash: &SecretHash) -> StoreResult<bool>;
}
impl WriteRequests for Tx {
    fn insert_requests(&mut self, requests: &[(OrgId, LoggedRequest, LoggedBodies)]) -> StoreResult<()>;
    fn delete_requests_before(&mut self, org: OrgId, moment: Timestamp, limit: u32) -> StoreResult<u64>;
}}

/// What a use case recorded, collected while it ran.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    events: Arc<Mutex<Vec<NewEvent>>>,
    scopes: Arc<Mutex<Vec<Scope>>>,
}

impl Watched {
    /// Every event, in order.
    pub fn events(&self) -> Vec<NewEvent> {
        lock(&self.events).clone()
    }

    /// What happened, in order.
    pub fn kinds(&self) -> Vec<EventKind> {
        lock(&self.events).iter().map(|event| event.kind).collect()
    }

    /// The only event of that kind.
    ///
    /// # Panics
    /// When there is none, or more than one.
    pub fn the(&self, kind: EventKind) -> NewEvent {
        let mut events = self.events();
        events.retain(|event| event.kind == kind);
        assert_eq!(events.len(), 1, "one {}, found {events:?}", kind.as_str());
        events.remove(0)
    }

    /// Whose memberships were recomputed, in order.
    pub fn recomputed(&self) -> Vec<Scope> {
        lock(&self.scopes).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the store knows. These answer any number of times, in [`ORG`] only; writes are expected one by one.
impl MockTx {
    /// Lets events and recomputations happen, and collects them. Without it, either panics.
    pub fn watch(&mut self) -> Watched {
        let watched = Watched::default();
        let (events, scopes) = (watched.events.clone(), watched.scopes.clone());
        self.expect_push_events().withf(|org, _, _| *org == ORG).returning(move |_, _, new| {
            lock(&events).extend_from_slice(new);
            Ok(())
        });
        self.expect_keep_removed().withf(|org, _, _| *org == ORG).returning(|_, _, _| Ok(()));
        self.expect_recompute().withf(|org, _, _| *org == ORG).returning(move |_, _, scope| {
            lock(&scopes).push(scope.clone());
            Ok(Recomputed::default())
        });
        watched
    }

    /// This person is there.
    pub fn knows_user(&mut self, user: &User) {
        let (id, user) = (user.id, user.clone());
        self.expect_find_user()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .returning(move |_, _| Ok(Some(user.clone())));
    }

    /// Nobody else is there, by any of the ids that people are known by.
    pub fn knows_nobody_else(&mut self) {
        self.expect_find_user().returning(|_, _| Ok(None));
        self.expect_find_by_app_id().returning(|_, _| Ok(None));
        self.expect_find_merged().returning(|_, _| Ok(None));
    }

    /// This group is there, by id.
    pub fn knows_group(&mut self, group: &Group) {
        let (id, group) = (group.id, group.clone());
        self.expect_find_group()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .returning(move |_, _| Ok(Some(group.clone())));
    }

    /// These groups have this name, compared folded.
    pub fn knows_groups_named(&mut self, name: &str, groups: &[Group]) {
        let (key, groups) = (fold(name), groups.to_vec());
        self.expect_find_groups_by_name()
            .withf(move |org, asked| *org == ORG && asked == key)
            .returning(move |_, _| Ok(groups.clone()));
    }

    /// This workspace is there, by id, slug and name.
    pub fn knows_workspace(&mut self, workspace: &Workspace) {
        let (by_id, by_slug, by_key) = (workspace.clone(), workspace.clone(), workspace.clone());
        let (id, slug) = (workspace.id, workspace.slug.clone());
        let keys = [workspace.slug.clone(), fold(&workspace.name)];
        self.expect_find_workspace()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .returning(move |_, _| Ok(Some(by_id.clone())));
        self.expect_find_workspace_by_slug()
            .withf(move |org, asked| *org == ORG && asked == slug)
            .returning(move |_, _| Ok(Some(by_slug.clone())));
        self.expect_find_workspace_by_key()
            .withf(move |org, asked| *org == ORG && keys.iter().any(|key| key == asked))
            .returning(move |_, _| Ok(Some(by_key.clone())));
    }

    /// No other workspace is there. Say this after [`Self::knows_workspace`].
    pub fn knows_no_other_workspace(&mut self) {
        self.expect_find_workspace().returning(|_, _| Ok(None));
        self.expect_find_workspace_by_slug().returning(|_, _| Ok(None));
        self.expect_find_workspace_by_key().returning(|_, _| Ok(None));
    }

    /// The group has these mappings and no other; and no role in the organisation, unless that was said before.
    pub fn knows_mappings(&mut self, group: GroupId, mappings: &[Mapping]) {
        self.knows_role_mapping(group, None);
        let mappings = mappings.to_vec();
        self.expect_mappings_of()
            .withf(move |org, asked| (*org, *asked) == (ORG, group))
            .returning(move |_, _| Ok(mappings.clone()));
    }

    /// The group gives this role in the organisation.
    pub fn knows_role_mapping(&mut self, group: GroupId, mapping: Option<&RoleMapping>) {
        let mapping = mapping.cloned();
        self.expect_role_mapping_of()
            .withf(move |org, asked| (*org, *asked) == (ORG, group))
            .returning(move |_, _| Ok(mapping.clone()));
    }

    /// This mapping is there.
    pub fn knows_mapping(&mut self, mapping: &Mapping) {
        let (id, mapping) = (mapping.id, mapping.clone());
        self.expect_find_mapping()
            .withf(move |org, asked| (*org, *asked) == (ORG, id))
            .returning(move |_, _| Ok(Some(mapping.clone())));
    }

    /// The organisation reads names by this pattern.
    pub fn has_pattern(&mut self, pattern: NamePattern) {
        self.expect_settings()
            .withf(|org| *org == ORG)
            .returning(move |_| Ok(Settings { pattern: pattern.clone(), ..Settings::default() }));
    }

    /// These people and groups, and no others, can be members of a group.
    pub fn knows_members(&mut self, members: &[MemberId]) {
        let members = members.to_vec();
        self.expect_resolve_members().withf(|org, _| *org == ORG).returning(move |_, ids| {
            Ok(members.iter().copied().filter(|member| ids.contains(&member.uuid())).collect())
        });
    }
}

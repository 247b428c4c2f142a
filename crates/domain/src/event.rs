//! Every fact that happened, in an order per organisation: what changed, for whom, by whose request.

mod changed;

pub use changed::Changed;
pub(crate) use changed::with_ids;

use crate::{
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, TokenId,
        UserId, WorkspaceId,
    },
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
};

/// What happened. The words are stable: applications match on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventKind {
    /// A person was pushed for the first time.
    UserCreated,
    /// A person's attributes changed.
    UserUpdated,
    /// `active` became false.
    UserDeactivated,
    /// `active` became true again.
    UserReactivated,
    /// The organisation role changed.
    UserRoleChanged,
    /// A person's record was removed.
    UserDeleted,
    /// The name of a person who is gone was erased.
    UserForgotten,
    /// Somebody whom no directory had taken in was made one with this person.
    UserMerged,
    /// Who had been made one with this person is somebody of their own again.
    UserUnmerged,
    /// A group was pushed, or named by an administrator.
    GroupCreated,
    /// A group's own attributes changed.
    GroupUpdated,
    /// A group was removed.
    GroupDeleted,
    /// Somebody joined a group.
    GroupMemberAdded,
    /// Somebody left a group.
    GroupMemberRemoved,
    /// A workspace was made.
    WorkspaceCreated,
    /// A workspace was renamed, archived or restored.
    WorkspaceUpdated,
    /// A workspace was removed.
    WorkspaceDeleted,
    /// A mapping was made, by an administrator or by a group's name.
    MappingCreated,
    /// A mapping's role changed, it was paused or resumed, or it followed its group's name to another group.
    MappingUpdated,
    /// A mapping was removed.
    MappingDeleted,
    /// A group was made to give a role in the organisation.
    RoleMappingCreated,
    /// A group gives another role in the organisation, was paused or resumed, or it is another group of the name that does.
    RoleMappingUpdated,
    /// A group gives no role in the organisation any more.
    RoleMappingDeleted,
    /// A membership was given by hand.
    GrantCreated,
    /// A hand-given membership's role changed.
    GrantUpdated,
    /// A hand-given membership was taken back.
    GrantDeleted,
    /// A person joined a workspace.
    MembershipCreated,
    /// A person's role in a workspace changed.
    MembershipChanged,
    /// A person left a workspace.
    MembershipRemoved,
    /// An organisation's settings changed.
    SettingsUpdated,
    /// The organisation is called otherwise.
    OrganisationUpdated,
    /// A connection's name, profile or switches changed, or it was paused or went on.
    ConnectionUpdated,
    /// A connection was made.
    ConnectionCreated,
    /// A connection was removed.
    ConnectionDeleted,
    /// Somebody keeps access that the directory took away.
    HoldCreated,
    /// An administrator decided that they keep it.
    HoldKept,
    /// They keep it no longer.
    HoldEnded,
    /// Too many were about to lose access: the losses wait for a review.
    GuardTriggered,
    /// An extension schema was added.
    SchemaCreated,
    /// An extension schema was replaced.
    SchemaUpdated,
    /// An extension schema was removed.
    SchemaDeleted,
    /// A token was made.
    TokenCreated,
    /// A token was revoked.
    TokenRevoked,
    /// A key of the admin API was made.
    ApiKeyCreated,
    /// A key of the admin API was revoked.
    ApiKeyRevoked,
    /// Somebody became an administrator of the console.
    AdministratorCreated,
    /// An administrator's role changed.
    AdministratorUpdated,
    /// An administrator was shut out.
    AdministratorDisabled,
    /// An administrator was let in again.
    AdministratorEnabled,
    /// An administrator chose a password, or was given a link to choose one.
    AdministratorReset,
    /// An administrator signed in.
    AdministratorSignedIn,
    /// A setup link was made.
    SetupLinkCreated,
    /// A setup link was followed for the first time.
    SetupLinkOpened,
    /// A setup link was revoked.
    SetupLinkRevoked,
}

impl EventKind {
    /// Every kind, in the order above.
    pub const ALL: &[Self] = &[
        Self::UserCreated,
        Self::UserUpdated,
        Self::UserDeactivated,
        Self::UserReactivated,
        Self::UserRoleChanged,
        Self::UserDeleted,
        Self::UserForgotten,
        Self::UserMerged,
        Self::UserUnmerged,
        Self::GroupCreated,
        Self::GroupUpdated,
        Self::GroupDeleted,
        Self::GroupMemberAdded,
        Self::GroupMemberRemoved,
        Self::WorkspaceCreated,
        Self::WorkspaceUpdated,
        Self::WorkspaceDeleted,
        Self::MappingCreated,
        Self::MappingUpdated,
        Self::MappingDeleted,
        Self::RoleMappingCreated,
        Self::RoleMappingUpdated,
        Self::RoleMappingDeleted,
        Self::GrantCreated,
        Self::GrantUpdated,
        Self::GrantDeleted,
        Self::MembershipCreated,
        Self::MembershipChanged,
        Self::MembershipRemoved,
        Self::SettingsUpdated,
        Self::OrganisationUpdated,
        Self::ConnectionUpdated,
        Self::ConnectionCreated,
        Self::ConnectionDeleted,
        Self::HoldCreated,
        Self::HoldKept,
        Self::HoldEnded,
        Self::GuardTriggered,
        Self::SchemaCreated,
        Self::SchemaUpdated,
        Self::SchemaDeleted,
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::ApiKeyCreated,
        Self::ApiKeyRevoked,
        Self::AdministratorCreated,
        Self::AdministratorUpdated,
        Self::AdministratorDisabled,
        Self::AdministratorEnabled,
        Self::AdministratorReset,
        Self::AdministratorSignedIn,
        Self::SetupLinkCreated,
        Self::SetupLinkOpened,
        Self::SetupLinkRevoked,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::UserDeactivated => "user.deactivated",
            Self::UserReactivated => "user.reactivated",
            Self::UserRoleChanged => "user.role_changed",
            Self::UserDeleted => "user.deleted",
            Self::UserForgotten => "user.forgotten",
            Self::UserMerged => "user.merged",
            Self::UserUnmerged => "user.unmerged",
            Self::GroupCreated => "group.created",
            Self::GroupUpdated => "group.updated",
            Self::GroupDeleted => "group.deleted",
            Self::GroupMemberAdded => "group.member_added",
            Self::GroupMemberRemoved => "group.member_removed",
            Self::WorkspaceCreated => "workspace.created",
            Self::WorkspaceUpdated => "workspace.updated",
            Self::WorkspaceDeleted => "workspace.deleted",
            Self::MappingCreated => "mapping.created",
            Self::MappingUpdated => "mapping.updated",
            Self::MappingDeleted => "mapping.deleted",
            Self::RoleMappingCreated => "role_mapping.created",
            Self::RoleMappingUpdated => "role_mapping.updated",
            Self::RoleMappingDeleted => "role_mapping.deleted",
            Self::GrantCreated => "grant.created",
            Self::GrantUpdated => "grant.updated",
            Self::GrantDeleted => "grant.deleted",
            Self::MembershipCreated => "membership.created",
            Self::MembershipChanged => "membership.changed",
            Self::MembershipRemoved => "membership.removed",
            Self::SettingsUpdated => "settings.updated",
            Self::OrganisationUpdated => "organisation.updated",
            Self::ConnectionUpdated => "connection.updated",
            Self::ConnectionCreated => "connection.created",
            Self::ConnectionDeleted => "connection.deleted",
            Self::HoldCreated => "hold.created",
            Self::HoldKept => "hold.kept",
            Self::HoldEnded => "hold.ended",
            Self::GuardTriggered => "guard.triggered",
            Self::SchemaCreated => "schema.created",
            Self::SchemaUpdated => "schema.updated",
            Self::SchemaDeleted => "schema.deleted",
            Self::TokenCreated => "token.created",
            Self::TokenRevoked => "token.revoked",
            Self::ApiKeyCreated => "api_key.created",
            Self::ApiKeyRevoked => "api_key.revoked",
            Self::AdministratorCreated => "administrator.created",
            Self::AdministratorUpdated => "administrator.updated",
            Self::AdministratorDisabled => "administrator.disabled",
            Self::AdministratorEnabled => "administrator.enabled",
            Self::AdministratorReset => "administrator.reset",
            Self::AdministratorSignedIn => "administrator.signed_in",
            Self::SetupLinkCreated => "setup_link.created",
            Self::SetupLinkOpened => "setup_link.opened",
            Self::SetupLinkRevoked => "setup_link.revoked",
        }
    }
}

/// Who did it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// An IdP, with one of its tokens.
    Idp {
        /// Its feed.
        connection: ConnectionId,
        /// The token that it presented.
        token: TokenId,
    },
    /// An administrator's program.
    ApiKey(ApiKeyId),
    /// An administrator in the console.
    Administrator(AdministratorId),
    /// Whoever holds a setup link.
    SetupLink(ConnectLinkId),
    /// Somebody at the server's own command line.
    Operator,
    /// The server by itself, when the time of something has come.
    Server,
}

/// What every event of one unit of work shares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Which unit of work.
    pub change: ChangeId,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// One fact, about to be written. Ids that do not matter to its kind are absent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub user: Option<UserId>,
    /// In which group.
    pub group: Option<GroupId>,
    /// In which workspace.
    pub workspace: Option<WorkspaceId>,
    /// By which mapping.
    pub mapping: Option<MappingId>,
    /// Role before and after, as ranks of [`WorkspaceRole`] or, for `user.*` and `role_mapping.*`, [`OrgRole`].
    pub old_role: Option<i16>,
    /// See `old_role`.
    pub new_role: Option<i16>,
    /// A name to show when the thing itself is gone.
    pub subject: Option<String>,
    /// What became of fields that have no place above.
    pub changed: Option<Changed>,
}

impl NewEvent {
    /// An event that only says what happened; add to it with the methods below.
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            user: None,
            group: None,
            workspace: None,
            mapping: None,
            old_role: None,
            new_role: None,
            subject: None,
            changed: None,
        }
    }

    /// About this person.
    pub fn user(mut self, id: UserId) -> Self {
        self.user = Some(id);
        self
    }

    /// About this group.
    pub fn group(mut self, id: GroupId) -> Self {
        self.group = Some(id);
        self
    }

    /// About this workspace.
    pub fn workspace(mut self, id: WorkspaceId) -> Self {
        self.workspace = Some(id);
        self
    }

    /// About this mapping.
    pub fn mapping(mut self, id: MappingId) -> Self {
        self.mapping = Some(id);
        self
    }

    /// A workspace role changed.
    pub fn roles(mut self, old: Option<WorkspaceRole>, new: Option<WorkspaceRole>) -> Self {
        (self.old_role, self.new_role) = (old.map(WorkspaceRole::rank), new.map(WorkspaceRole::rank));
        self
    }

    /// An organisation role changed.
    pub fn org_roles(mut self, old: OrgRole, new: OrgRole) -> Self {
        (self.old_role, self.new_role) = (Some(old.rank()), Some(new.rank()));
        self
    }

    /// Fields changed.
    pub fn changed(mut self, changed: Option<Changed>) -> Self {
        self.changed = changed;
        self
    }

    /// Its name at the time.
    pub fn subject(mut self, name: impl Into<String>) -> Self {
        self.subject = Some(name.into());
        self
    }
}

/// An event as read back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its place in the organisation's order.
    pub seq: i64,
    /// The word of its [`EventKind`].
    pub kind: String,
    /// When.
    pub time: Timestamp,
    /// Which unit of work.
    pub change_id: ChangeId,
    /// By whom.
    pub actor: Actor,
    /// To whom.
    pub user_id: Option<UserId>,
    /// In which group.
    pub group_id: Option<GroupId>,
    /// In which workspace.
    pub workspace_id: Option<WorkspaceId>,
    /// By which mapping.
    pub mapping_id: Option<MappingId>,
    /// Rank of the role before.
    pub old_role: Option<i16>,
    /// Rank of the role after.
    pub new_role: Option<i16>,
    /// Its name at the time.
    pub subject: Option<String>,
    /// Of whom was made one with the person: the id that they had.
    pub former_id: Option<UserId>,
    /// And the application's own id of the two.
    pub app_id: Option<String>,
    /// What became of fields that have no place above.
    pub changed: Option<Changed>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_listed_once() {
        let written = include_str!("event.rs")
            .lines()
            .filter(|line| line.trim().starts_with("Self::") && line.contains("=> \""));
        let mut words: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), written.count());
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), EventKind::ALL.len());
    }
}

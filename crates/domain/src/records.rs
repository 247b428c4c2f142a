//! What is kept: one struct per thing as it is read, one per thing as it is written.

use rolecall_scim::{profile::Profile, schema::Schema};
use serde::Serialize;

use crate::{
    grant::{Expiry, Grant},
    guard::Guard,
    ids::{
        ApiKeyId, ChangeId, ConnectionId, GroupId, MappingId, OrgId, RefusalId, TokenId, UserId, WorkspaceId,
    },
    name_rule::NameRule,
    pattern::NamePattern,
    ports::Kind,
    role::{OrgRole, WorkspaceRole},
    secret::SecretHash,
    switches::Switches,
    time::Timestamp,
    token_scope::TokenScopes,
};

/// An organisation: a tenant. Nothing crosses between two of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Org {
    /// Its number, inside.
    #[serde(skip)]
    pub id: OrgId,
    /// Its name in URLs: `/scim/{slug}/v2`.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts the changes of its extension schemas; 0 means that it never had one. Whoever keeps what follows from the
    /// schemas knows by it whether that still holds.
    #[serde(skip)]
    pub schema_version: i64,
}

/// One IdP's feed into an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// What it is called; unique in the organisation.
    pub name: String,
    /// How its requests are read.
    pub profile: Profile,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it may do.
    pub switches: Switches,
    /// Since when it is paused: its IdP is told to come again.
    pub paused_at: Option<Timestamp>,
}

/// A schema that an administrator added to a resource type of the organisation (RFC 7643 §3.3).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaExtension {
    /// URN and attributes.
    pub schema: Schema,
    /// Of which resource type.
    pub kind: Kind,
    /// Whether every new resource must carry it.
    pub required: bool,
    /// When it was added.
    pub created_at: Timestamp,
}

/// An organisation's switches.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Settings {
    /// How self-mapping groups are named.
    pub pattern: NamePattern,
    /// What keeps the organisation from accidents.
    pub guard: Guard,
    /// How other self-mapping groups are named, read after the pattern; the first that matches counts.
    pub rules: Vec<NameRule>,
}

/// What a SCIM token opens: one connection of one organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The connection whose feed it carries.
    pub connection: ConnectionId,
    /// What the administrator called it.
    pub name: String,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// Last four characters of the secret.
    pub hint: String,
    /// What it lets its holder do.
    pub scopes: TokenScopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; never, if absent.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A key of the admin API.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What the administrator called it.
    pub name: String,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// Last four characters of the secret.
    pub hint: String,
    /// What it may do: `owner` or `admin`.
    pub role: OrgRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; never, if absent.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A SCIM resource's own text and what is sent around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredDocument {
    /// The resource as JSON text without `id`, `meta`, `members` and `groups`: exactly the bytes that are sent.
    pub text: String,
    /// Counts the changes; the ETag is made of it.
    pub version: i64,
    /// `meta.created`
    pub created_at: Timestamp,
    /// `meta.lastModified`
    pub modified_at: Timestamp,
}

/// A person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Also the SCIM `id`.
    pub id: UserId,
    /// The connection that the person came by.
    pub connection: ConnectionId,
    /// The SCIM resource.
    pub document: StoredDocument,
    /// What columns hold of it, to find people by.
    pub facts: UserFacts,
    /// The outcome: what `roles` say, or what a group's role mapping says, if that is more.
    pub org_role: OrgRole,
    /// When the directory removed the person while a hold kept the access. SCIM shows no such person any more.
    pub gone_at: Option<Timestamp>,
}

/// A person whom Rolecall knew before a directory pushed them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownPerson {
    /// Who.
    pub user: UserId,
    /// The application's own id of the person, where that could not be the id.
    pub app_id: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Two people of whom an administrator said that they are not one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefusedMatch {
    /// Its id.
    pub id: RefusalId,
    /// Whom no directory has taken in.
    pub waiting: UserId,
    /// Who was pushed.
    pub user: UserId,
    /// Since when.
    pub at: Timestamp,
}

/// Somebody who was made one with a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Merge<'a> {
    /// Who stays.
    pub user: UserId,
    /// What they are called (`userName`), if they are there.
    pub user_name: Option<&'a str>,
    /// The id of who goes.
    pub former: UserId,
    /// The application's own id of the two.
    pub app_id: &'a str,
}

/// What is taken out of a User document into columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserFacts {
    /// `userName` as sent.
    pub user_name: String,
    /// `userName` folded: unique in the organisation.
    pub user_name_key: String,
    /// `externalId`: unique in the connection.
    pub external_id: Option<String>,
    /// `displayName`, or composed from `name`, or `userName`.
    pub display_name: String,
    /// Whether the IdP sent no `displayName`, so that answers show the composed one beside the document.
    pub display_name_composed: bool,
    /// The primary e-mail address, else the one of type work, else the first.
    pub email: Option<String>,
    /// `active`; absent means true.
    pub active: bool,
    /// The highest role in `roles`.
    pub org_role: OrgRole,
    /// Whether none of the person's e-mail domains is one that the connection trusts, so that nothing that speaks for
    /// the person counts.
    pub outside: bool,
    /// A word in `roles` that is no role; see [`OrgRole::unknown_in_scim_roles`].
    pub unknown_role: Option<String>,
}

/// A resource's text in both forms, ready to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenDocument {
    /// See [`StoredDocument::text`].
    pub text: String,
    /// The folded form that filters run on (`rolecall_scim::index`), as JSON text.
    pub index: String,
}

/// A group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// Also the SCIM `id`.
    pub id: GroupId,
    /// The connection that pushed it; absent while only an administrator has named it.
    pub connection: Option<ConnectionId>,
    /// The SCIM resource, without members.
    pub document: StoredDocument,
    /// What columns hold of it.
    pub facts: GroupFacts,
}

impl Group {
    /// Whether an IdP has pushed it. One that is only named in a mapping does not show in SCIM.
    pub fn pushed(&self) -> bool {
        self.connection.is_some()
    }
}

/// What is taken out of a Group document into columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupFacts {
    /// `displayName` as sent.
    pub display_name: String,
    /// `displayName` folded.
    pub display_name_key: String,
    /// `externalId`: unique in the connection.
    pub external_id: Option<String>,
    /// What the name asks for under the organisation's pattern: the folded workspace and the role.
    pub pattern: Option<(String, WorkspaceRole)>,
}

/// Who or what is in a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MemberId {
    /// A person.
    User(UserId),
    /// A nested group.
    Group(GroupId),
}

impl MemberId {
    /// The bare id; ids of people and groups never coincide.
    pub fn uuid(self) -> uuid::Uuid {
        match self {
            Self::User(id) => id.0,
            Self::Group(id) => id.0,
        }
    }
}

/// A group as shown on a person (`groups`, RFC 7643 §4.1.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupOfUser {
    /// Which.
    pub id: GroupId,
    /// Its `displayName`.
    pub display: String,
    /// Whether the person is in it, or only in a group that is in it.
    pub direct: bool,
}

/// A workspace.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name for people; unique without regard to case.
    pub name: String,
    /// Its address; unique.
    pub slug: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or slug last changed.
    pub updated_at: Timestamp,
    /// Since when it is archived: nobody is in it, and everything that speaks for somebody waits.
    pub archived_at: Option<Timestamp>,
}

/// Who made a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MappingOrigin {
    /// An administrator ("flexible mapping").
    Admin,
    /// The group's name. It exists only while the group has no mapping of an administrator.
    Pattern,
}

/// Group → (workspace, role).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mapping {
    /// Its id.
    pub id: MappingId,
    /// The group.
    pub group: GroupId,
    /// The group's name now.
    pub group_name: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What members of the group become there.
    pub role: WorkspaceRole,
    /// Who made it.
    pub origin: MappingOrigin,
    /// When.
    pub created_at: Timestamp,
    /// Since when it is paused: it gives nothing until it is resumed.
    pub paused_at: Option<Timestamp>,
    /// In which unit of work it got what it says; unknown for those of before that was noted.
    pub change: Option<ChangeId>,
}

/// Group → organisation role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleMapping {
    /// Its id.
    pub id: MappingId,
    /// The group.
    pub group: GroupId,
    /// The group's name now.
    pub group_name: String,
    /// What members of the group are in the organisation, at least.
    pub role: OrgRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is paused.
    pub paused_at: Option<Timestamp>,
    /// In which unit of work it got what it says.
    pub change: Option<ChangeId>,
}

/// Why somebody keeps access that the directory took away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoldReason {
    /// Too many at once: the mass-removal brake.
    Brake,
    /// Nobody else could administer the organisation.
    LastOwner,
    /// The connection's grace time has not passed.
    Grace,
    /// The connection never removes.
    UpsertOnly,
}

impl HoldReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Brake, Self::LastOwner, Self::Grace, Self::UpsertOnly];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brake => "brake",
            Self::LastOwner => "last_owner",
            Self::Grace => "grace",
            Self::UpsertOnly => "upsert_only",
        }
    }
}

/// A person who keeps what they have, and may get more, until this is settled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Who.
    pub user: UserId,
    /// Why.
    pub reason: HoldReason,
    /// Whether it is decided that they keep it; else it waits for a review, or for its end.
    pub kept: bool,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself; never, if absent.
    pub until: Option<Timestamp>,
    /// The unit of work that would have taken the access away.
    pub change: ChangeId,
}

/// Something that somebody has because of a hold alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Who.
    pub user: UserId,
    /// Where; the organisation, if absent.
    pub workspace: Option<WorkspaceId>,
    /// Rank of the role that the person has.
    pub has: i16,
    /// Rank of the role that would be left; none, if absent.
    pub would_have: Option<i16>,
}

impl Kept {
    /// What the person has; `None` of what they are in the organisation.
    pub fn workspace_role(&self) -> Option<WorkspaceRole> {
        self.workspace.and_then(|_| WorkspaceRole::from_rank(self.has))
    }
}

/// One way by which a person could have a role in a workspace, whether or not it counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessPath {
    /// Where.
    pub workspace: Workspace,
    /// What it would give.
    pub role: WorkspaceRole,
    /// By what.
    pub via: Via,
    /// Since when it says so.
    pub since: Timestamp,
    /// In which unit of work it came to say so.
    pub change: Option<ChangeId>,
}

/// What an [`AccessPath`] leads through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Via {
    /// A mapping of a group that the person is in, directly or not.
    Mapping {
        /// The mapped group.
        group: GroupId,
        /// Its name.
        group_name: String,
        /// Which mapping.
        mapping: MappingId,
        /// An administrator's, or the name's.
        origin: MappingOrigin,
        /// Since when it is paused.
        paused_at: Option<Timestamp>,
    },
    /// By hand.
    Grant {
        /// When it ends; never, if absent.
        expiry: Option<Expiry>,
    },
}

/// A step from a person or a group up to a group that it is a member of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupStep {
    /// The person's or the inner group's id.
    pub member: uuid::Uuid,
    /// The group.
    pub group: GroupId,
    /// Its name.
    pub group_name: String,
    /// Since when.
    pub since: Timestamp,
    /// In which unit of work it was added.
    pub change: ChangeId,
}

/// One way by which a person has a role in a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// By a group and a mapping of it (or by its name).
    Group {
        /// The mapped group; the person is in it or in a group inside it.
        group: GroupId,
        /// Its name.
        group_name: String,
        /// Which mapping.
        mapping: MappingId,
        /// Administrator's or the name's.
        origin: MappingOrigin,
        /// What it gives.
        role: WorkspaceRole,
    },
    /// By hand.
    Grant(Grant),
}

impl Source {
    /// What it gives.
    pub fn role(&self) -> WorkspaceRole {
        match self {
            Self::Group { role, .. } | Self::Grant(Grant { role, .. }) => *role,
        }
    }
}

/// What somebody has somewhere by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlacedGrant {
    /// Where.
    pub workspace: WorkspaceId,
    /// Who.
    pub user: UserId,
    /// What.
    pub grant: Grant,
}

/// A person in a workspace, as listed there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceMember {
    /// Who.
    pub user: UserId,
    /// `userName`
    pub user_name: String,
    /// Primary e-mail address.
    pub email: Option<String>,
    /// The outcome.
    pub role: WorkspaceRole,
}

/// A workspace that a person is in, as listed at the person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WorkspaceOfUser {
    /// Which.
    pub workspace_id: WorkspaceId,
    /// Its slug.
    pub slug: String,
    /// The outcome.
    pub role: WorkspaceRole,
}

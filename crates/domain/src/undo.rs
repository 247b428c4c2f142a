//! What is kept of removed things, so that an undo can bring them back, and the record read backwards.

use crate::{
    effect::Fact,
    event::Actor,
    grant::Grant,
    ids::{ChangeId, ConnectionId, GroupId, MappingId, UserId, WorkspaceId},
    records::{MappingOrigin, MemberId},
    role::WorkspaceRole,
    time::Timestamp,
};

/// Something that is about to be removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Removal {
    /// A person, with group memberships and grants.
    Person(UserId),
    /// A group, with members, its places in other groups, and mappings.
    Group(GroupId),
    /// A group's record alone, since it gets another name.
    GroupName(GroupId),
    /// A workspace, with mappings and grants.
    Workspace {
        /// Which.
        id: WorkspaceId,
        /// When it was made.
        created_at: Timestamp,
        /// Its name and slug, and whether it is archived, as JSON.
        document: String,
    },
    /// A mapping.
    Mapping(MappingId),
}

/// What is kept of a thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemovedRecord {
    /// Whose feed it came by.
    pub connection: Option<ConnectionId>,
    /// Its version.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its own text.
    pub document: String,
    /// The application's own id of a person.
    pub app_id: Option<String>,
}

/// What went with a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// Somebody or something was in a group.
    Member {
        /// Who or what.
        member: MemberId,
        /// In which.
        group: GroupId,
    },
    /// A role by hand.
    Grant {
        /// Whose.
        user: UserId,
        /// Where.
        workspace: WorkspaceId,
        /// What.
        grant: Grant,
    },
    /// A mapping.
    Mapping {
        /// Which.
        id: MappingId,
        /// Of which group.
        group: GroupId,
        /// To which workspace.
        workspace: WorkspaceId,
        /// Which role.
        role: WorkspaceRole,
        /// Who had made it.
        origin: MappingOrigin,
        /// Whether it gave nothing for the time being.
        paused: bool,
        /// When.
        created_at: Timestamp,
    },
}

/// An event with all that an undo must know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its place.
    pub seq: i64,
    /// Which unit of work.
    pub change: ChangeId,
    /// Who did it.
    pub actor: Actor,
    /// What happened.
    pub fact: Fact,
}

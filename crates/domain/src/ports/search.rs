//! Lists as an administrator looks through them: by the beginning of a name or by what stands out, one page after another.
//!
//! A page costs a constant number of statements, each along an index. Where the index alone cannot tell who is wanted, a page
//! looks through [`LOOKED_THROUGH`] entries and no more: it may then have fewer rows than asked for, or none, and still say
//! where the next one begins.

use uuid::Uuid;

use super::StoreResult;
use crate::{
    ids::{ConnectionId, OrgId},
    records::{Group, User, Workspace},
    role::OrgRole,
};

/// So many entries of an index a page looks through.
pub const LOOKED_THROUGH: u32 = 20_000;

/// Where the next page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// In which of the walks that a search is made of, from 0.
    pub walk: u8,
    /// Up to where the walk came: what it is ordered by, and the id of what was there.
    pub key: String,
    /// See `key`.
    pub id: Uuid,
}

/// Which page is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// It begins after this; at the beginning, if absent or no place of the same search.
    pub after: Option<Place>,
    /// At most so many rows, and one at least.
    pub limit: u32,
    /// So many entries of an index are looked through in a walk.
    pub through: u32,
}

impl Stretch {
    /// At most `limit` rows after `after`, looking through [`LOOKED_THROUGH`] entries.
    pub fn new(after: Option<Place>, limit: u32) -> Self {
        Self { after, limit, through: LOOKED_THROUGH }
    }
}

/// A page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// Where the next one begins, unless this is the last.
    pub next: Option<Place>,
}

/// Which people. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PeopleSearch {
    /// A displayed name, the `userName` or an e-mail address begins with this (folded); those by displayed name come first,
    /// then those by `userName`, then those by an address, each in the order of what was found. Empty: everybody, in id order.
    pub prefix: String,
    /// Of this role.
    pub role: Option<OrgRole>,
    /// Active or not.
    pub active: Option<bool>,
    /// Owned by this connection.
    pub connection: Option<ConnectionId>,
    /// Active, and in no workspace.
    pub in_no_workspace: bool,
    /// Under a hold.
    pub held: bool,
}

/// What stands out about a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupState {
    /// An administrator mapped it to a workspace or an organisation role.
    Mapped,
    /// It gives a role by its name.
    ByName,
    /// It was pushed and gives nobody anything, by a mapping, its name, or a group around it.
    Unmapped,
    /// It has no direct members.
    Empty,
    /// No identity provider has pushed it.
    NeverPushed,
}

/// Which groups. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GroupSearch {
    /// The name begins with this (folded), in the order of names. Empty: all, in id order.
    pub prefix: String,
    /// Owned by this connection.
    pub connection: Option<ConnectionId>,
    /// Standing out so.
    pub state: Option<GroupState>,
}

/// Which workspaces. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WorkspaceSearch {
    /// The name begins with this (folded), in the order of names. Empty: all, in id order.
    pub prefix: String,
    /// Archived or not.
    pub archived: Option<bool>,
    /// With nobody in it.
    pub empty: bool,
    /// Made by an identity provider, since a group's name asked for it.
    pub by_directory: bool,
}

/// Questions.
pub trait ReadSearch {
    /// People. At most six statements.
    fn search_users(
        &mut self,
        org: OrgId,
        search: &PeopleSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<User>>;
    /// Groups, pushed or not. At most two statements.
    fn search_groups(
        &mut self,
        org: OrgId,
        search: &GroupSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<Group>>;
    /// Workspaces, each with how many people are in it. At most two statements.
    fn search_workspaces(
        &mut self,
        org: OrgId,
        search: &WorkspaceSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<(Workspace, u64)>>;
}

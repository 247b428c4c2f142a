//! What the domain asks of the outside: a store with transactions, a clock, ids, randomness.
//!
//! A unit of work is a closure over a transaction. The store decides on which thread it runs, and calls its
//! completion when the outcome is certain: for a write, after the commit is durable. Every question takes the
//! organisation, which comes from the caller's credentials, so that two organisations never meet.

mod access;
mod administrators;
mod adoption;
mod changes;
mod connect_links;
mod directory;
mod events;
mod findings;
mod grants;
mod groups;
mod history;
mod holds;
mod machine;
mod matches;
mod orgs;
mod reasons;
mod requests;
mod role_mappings;
mod search;
mod undo;
mod units;
mod users;

pub use access::{MappingFilter, ReadAccess, Recomputed, Scope, WriteAccess};
pub use administrators::{ReadAdministrators, WriteAdministrators};
pub use adoption::{ReadAdoption, Taken, WriteAdoption};
pub use changes::{Names, PersonName, ReadChanges, WorkspaceName};
pub use connect_links::{ReadConnectLinks, WriteConnectLinks};
pub use directory::{Credentials, Directory, Kind, Refusal, Related, Resource, ResourceBody, Terms, Wanted};
pub use events::{ReadEvents, WriteEvents};
pub use findings::{ReadFindings, Sample};
pub use grants::{EndingGrants, ReadGrants, WriteGrants};
pub use groups::{ReadGroups, WriteGroups};
pub use history::{HistoryQuery, ReadHistory, WriteHistory};
pub use holds::{Guarding, HoldTerms, ReadHolds, WriteHolds};
pub use machine::{Clock, Entropy, Ids};
pub use matches::{Pair, ReadMatches, WriteMatches};
pub use orgs::{KnownToken, ReadOrgs, TokenKey, WriteOrgs};
pub use reasons::ReadReasons;
pub use requests::{ReadRequests, RequestCount, RequestFilter, WriteRequests};
pub use role_mappings::{ReadRoleMappings, WriteRoleMappings};
pub use search::{
    Found, GroupSearch, GroupState, LOOKED_THROUGH, PeopleSearch, Place, ReadSearch, Stretch, WorkspaceSearch,
};
pub use undo::UndoStore;
pub use units::{
    ReadCost, ReadUnit, Store, Verdict, WriteUnit, read_now, read_once_then, read_then, stopped, write_now,
    write_then,
};
pub use users::{ReadUsers, UserFilter, UserInGroups, WriteUsers};

use rolecall_scim::{
    cursor::Position,
    filter::{CompareOp, ResolvedFilter, Target},
    sort::ResolvedSort,
};

/// What every store question answers with.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store did not do what was asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value is in use. The statement that hit the constraint says which.
    #[error("{0} is taken")]
    Taken(Unique),
    /// The database cannot be reached or written right now; the same request may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database went away while it was keeping a write, and nobody can be asked whether it did.
    #[error("the database went away while it kept a write, so whether it did is unknown: {0}")]
    Unsettled(String),
    /// The database answered in a way that no request can cause: a broken file, a row that makes no sense.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// The values that are unique, by the names that clients know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unique {
    /// `userName`, in the organisation, without regard to case.
    UserName,
    /// `externalId`, among the people (or the groups) of a connection.
    ExternalId,
    /// A group's `displayName`, where no `externalId` tells the two apart.
    GroupName,
    /// A workspace's name, without regard to case.
    WorkspaceName,
    /// A workspace's slug.
    WorkspaceSlug,
    /// An organisation's slug.
    OrgSlug,
    /// A group already has a mapping to that workspace.
    Mapping,
    /// An administrator's e-mail address, in the organisation.
    AdministratorEmail,
    /// A connection's name, in the organisation.
    ConnectionName,
}

impl std::fmt::Display for Unique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UserName => "userName",
            Self::ExternalId => "externalId",
            Self::GroupName => "displayName",
            Self::WorkspaceName | Self::ConnectionName => "name",
            Self::WorkspaceSlug | Self::OrgSlug => "slug",
            Self::Mapping => "mapping",
            Self::AdministratorEmail => "email",
        })
    }
}

/// A snapshot: everything asked of it is as of one moment.
#[rustfmt::skip] // one a line, so that a new port is a new line
pub trait ReadTx:
    ReadOrgs
    + ReadUsers
    + ReadAdoption
    + ReadMatches
    + ReadGroups
    + ReadAccess
    + ReadRoleMappings
    + ReadGrants
    + ReadReasons
    + ReadHolds
    + ReadEvents
    + ReadFindings
    + ReadChanges
    + ReadHistory
    + ReadAdministrators
    + ReadConnectLinks
    + ReadRequests
    + ReadSearch
{
}
#[rustfmt::skip]
impl<T> ReadTx for T where
    T: ReadOrgs
        + ReadUsers
        + ReadAdoption
        + ReadMatches
        + ReadGroups
        + ReadAccess
        + ReadRoleMappings
        + ReadGrants
    + ReadReasons
        + ReadHolds
        + ReadEvents
        + ReadFindings
        + ReadChanges
        + ReadHistory
        + ReadAdministrators
        + ReadConnectLinks
        + ReadRequests
        + ReadSearch
{
}

/// A transaction that may write; it is kept whole or not at all.
#[rustfmt::skip] // one a line, so that a new port is a new line
pub trait Tx:
    ReadTx
    + WriteOrgs
    + WriteUsers
    + WriteAdoption
    + WriteMatches
    + WriteGroups
    + WriteAccess
    + WriteRoleMappings
    + WriteGrants
    + WriteHolds
    + WriteEvents
    + WriteHistory
    + UndoStore
    + WriteAdministrators
    + WriteConnectLinks
    + WriteRequests
{
}
#[rustfmt::skip]
impl<T> Tx for T where
    T: ReadTx
        + WriteOrgs
        + WriteUsers
        + WriteAdoption
        + WriteMatches
        + WriteGroups
        + WriteAccess
        + WriteRoleMappings
        + WriteGrants
    + WriteHolds
        + WriteEvents
        + WriteHistory
    + UndoStore
        + WriteAdministrators
        + WriteConnectLinks
    + WriteRequests
{
}

/// A page of a list in id order: what comes after `after`, at most `limit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice<Id> {
    /// Continue after this one.
    pub after: Option<Id>,
    /// At most so many.
    pub limit: u32,
}

/// A SCIM query (RFC 7644 §3.4.2) over one resource type.
#[derive(Clone, Debug, Default)]
pub struct ResourceQuery {
    /// Which resources; all, if absent.
    pub filter: Option<ResolvedFilter>,
    /// In which order; that of ids, which is the order of creation, if absent, and among equals.
    pub sort: Option<ResolvedSort>,
    /// Where the page begins.
    pub start: PageStart,
    /// At most so many; 0 asks for the total alone.
    pub count: u64,
}

impl ResourceQuery {
    /// Whether this is the look-up that IdPs send before everything else: one attribute that equals one value, which
    /// costs the same whatever the size of the organisation.
    pub fn is_lookup(&self) -> bool {
        let unique = |target: &Target| {
            ["id", "externalId", "userName", "displayName"].iter().any(|name| target.is(&[name]))
        };
        match &self.filter {
            Some(ResolvedFilter::Compare { target, op: CompareOp::Eq, .. }) => unique(target),
            Some(ResolvedFilter::And(terms)) => terms.iter().any(
                |term| matches!(term, ResolvedFilter::Compare { target, op: CompareOp::Eq, .. } if unique(target)),
            ),
            _ => false,
        }
    }

    /// Whether such a look-up is nothing else, so that one statement answers it.
    pub fn is_one_value(&self) -> bool {
        self.is_lookup() && matches!(self.filter, Some(ResolvedFilter::Compare { .. }))
    }
}

/// Where a page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageStart {
    /// At this position, from 1 (RFC 7644 §3.4.2.4).
    Index(u64),
    /// After what a cursor of the page before says (RFC 9865); at the first, if absent.
    Cursor(Option<Position>),
}

impl Default for PageStart {
    fn default() -> Self {
        Self::Index(1)
    }
}

/// What a SCIM query found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourcePage<T> {
    /// How many match in all; not counted for a page by cursor (RFC 9865 §2), unless the page asks for nothing else.
    pub total: Option<u64>,
    /// Those of this page.
    pub items: Vec<T>,
    /// Where the next page begins, when the query is by cursor and there is one.
    pub next: Option<Position>,
}

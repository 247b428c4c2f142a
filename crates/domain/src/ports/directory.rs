//! The SCIM resources of an organisation, as the protocol's routes need them.
//!
//! This is the narrow port: whoever implements it over something else (an application's own tables) gets all of SCIM's
//! routes. Rolecall's own implementation runs the use cases over a [`Store`](super::Store).

use std::{future::Future, sync::Arc};

use rolecall_scim::{
    discovery::AuthenticationScheme, document::Document, members::GroupBody, patch::Operation,
    profile::Profile, schema::ResourceType,
};
use uuid::Uuid;

use super::{ResourcePage, ResourceQuery};
use crate::{
    ids::ChangeId,
    records::{GroupOfUser, MemberId, StoredDocument},
    token_scope::TokenScope,
    use_cases::{Expected, ResourceError, secrets::IdpCaller},
};

/// What a request presents: the organisation in its address, and a bearer secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `{org}` in `/scim/{org}/v2`.
    pub org_slug: String,
    /// What follows `Bearer`: a secret, or an access token that stands for one.
    pub secret: String,
}

/// Why a directory did not answer.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refusal {
    /// No live token of this organisation, for whatever reason.
    #[error("the request carries no live token of this organisation")]
    Unauthorized,
    /// The client is to come again later: an administrator has paused its connection.
    #[error("connection `{connection}` is paused")]
    Paused {
        /// Its name.
        connection: String,
    },
    /// The client asks too often.
    #[error("more than {per_second} requests a second; the next may come in {wait_seconds} s")]
    TooManyRequests {
        /// So many a second are let through, in the long run.
        per_second: u32,
        /// When one will be again.
        wait_seconds: u64,
    },
    /// The client's token is good for other things (RFC 6750 §3.1). Nothing was looked up or changed.
    #[error("the token lacks the scope `{missing}`")]
    Scope {
        /// What it lacks,
        missing: TokenScope,
        /// of all that the request needs.
        needed: Vec<TokenScope>,
        /// Whether the Secret Token has it, and the access token alone lacks it.
        narrowed: bool,
    },
    /// The request cannot be done.
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl From<super::StoreError> for Refusal {
    fn from(error: super::StoreError) -> Self {
        Self::Resource(error.into())
    }
}

/// The two resource types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A person.
    User,
    /// A group.
    Group,
}

impl Kind {
    /// `User` or `Group`, the name of the resource type (RFC 7643 §6).
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// `Users` or `Groups`, the endpoint.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }
}

/// A POST or PUT body, validated.
#[derive(Clone, PartialEq, Debug)]
pub enum ResourceBody {
    /// A person.
    User(Document),
    /// A group, and its members if the body speaks of them.
    Group(GroupBody),
}

/// A resource as a route answers with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Resource {
    /// Which type.
    pub kind: Kind,
    /// SCIM `id`.
    pub id: Uuid,
    /// Text, version and times.
    pub document: StoredDocument,
    /// `displayName` to show where the client sent none.
    pub composed_display_name: Option<String>,
    /// What is kept beside the text.
    pub related: Related,
}

/// What is shown in a resource and kept beside its text.
#[derive(Clone, PartialEq, Debug)]
pub enum Related {
    /// Not asked for.
    Unread,
    /// The groups of a person.
    Groups(Vec<GroupOfUser>),
    /// The first members of a group; there are `more`, which [`Directory::members`] continues.
    Members {
        /// In id order.
        first: Vec<MemberId>,
        /// Whether others follow.
        more: bool,
    },
}

/// Whether an answer shows `groups` or `members`, which cost a question of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// It does.
    Related,
    /// It does not.
    TextAlone,
}

/// The terms on which a client is served.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How its requests are read.
    pub profile: Profile,
    /// The schema of people.
    pub user_type: Arc<ResourceType>,
    /// The schema of groups.
    pub group_type: Arc<ResourceType>,
}

impl Terms {
    /// The resource types of RFC 7643, without extensions of an administrator.
    pub fn standard(profile: Profile) -> Self {
        Self { profile, user_type: ResourceType::shared_user(), group_type: ResourceType::shared_group() }
    }

    /// The schema of a kind.
    pub fn resource_type(&self, kind: Kind) -> &ResourceType {
        match kind {
            Kind::User => &self.user_type,
            Kind::Group => &self.group_type,
        }
    }
}

/// A directory of people and groups, of many organisations.
pub trait Directory: 'static {
    /// A client that was let in: what its credentials stand for.
    type Client: Clone + 'static;

    /// Lets a client in, or not.
    fn admit(&self, credentials: &Credentials) -> impl Future<Output = Result<Self::Client, Refusal>>;

    /// Who that is in Rolecall's own terms, for the provisioning log; nobody in a directory that has none.
    fn caller<'c>(&self, client: &'c Self::Client) -> Option<&'c IdpCaller> {
        let _ = client;
        None
    }

    /// On which terms.
    fn terms(&self, client: &Self::Client) -> Terms;

    /// Whether the client may do what needs all these scopes; anybody may, unless said otherwise. [`Directory::find`] asks this
    /// by itself, before it tells whether there is anything to be found.
    fn permit(&self, client: &Self::Client, needed: &[TokenScope]) -> Result<(), Refusal> {
        let _ = (client, needed);
        Ok(())
    }

    /// How clients of an organisation may show who they are (RFC 7643 §5); by a bearer token, unless said otherwise.
    fn authentication_schemes(&self, org_slug: &str) -> Vec<AuthenticationScheme> {
        let _ = org_slug;
        vec![AuthenticationScheme::bearer_token()]
    }

    /// Lets a client in and finds a resource, as of one moment.
    fn find(
        &self,
        credentials: &Credentials,
        kind: Kind,
        id: &str,
        wanted: Wanted,
    ) -> impl Future<Output = Result<(Self::Client, Resource), Refusal>>;

    /// Which resources match (RFC 7644 §3.4.2).
    fn query(
        &self,
        client: &Self::Client,
        kind: Kind,
        query: ResourceQuery,
        wanted: Wanted,
    ) -> impl Future<Output = Result<ResourcePage<Resource>, Refusal>>;

    /// Members of a group in id order, after `after`; an empty page is the end. Who never says that there are `more` is
    /// never asked.
    fn members(
        &self,
        client: &Self::Client,
        group: Uuid,
        after: Uuid,
    ) -> impl Future<Output = Result<Vec<MemberId>, Refusal>> {
        let _ = (client, group, after);
        std::future::ready(Ok(Vec::new()))
    }

    /// Adds a resource (RFC 7644 §3.3).
    fn create(
        &self,
        client: &Self::Client,
        change: ChangeId,
        body: ResourceBody,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Resource, Refusal>>;

    /// Puts a resource in the place of another (RFC 7644 §3.5.1).
    fn replace(
        &self,
        client: &Self::Client,
        change: ChangeId,
        id: &str,
        body: ResourceBody,
        expected: Expected,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Resource, Refusal>>;

    /// Applies operations, all or none (RFC 7644 §3.5.2).
    #[allow(clippy::too_many_arguments)]
    fn patch(
        &self,
        client: &Self::Client,
        change: ChangeId,
        kind: Kind,
        id: &str,
        operations: Vec<Operation>,
        expected: Expected,
        wanted: Wanted,
    ) -> impl Future<Output = Result<Resource, Refusal>>;

    /// Removes a resource (RFC 7644 §3.6).
    fn delete(
        &self,
        client: &Self::Client,
        change: ChangeId,
        kind: Kind,
        id: &str,
        expected: Expected,
    ) -> impl Future<Output = Result<(), Refusal>>;
}

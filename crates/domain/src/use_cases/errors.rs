//! What can stand against a change of a SCIM resource.

use rolecall_scim::error::ScimError;

use crate::ports::{StoreError, Unique};

/// Why a User or Group was not created, changed or removed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ResourceError {
    /// There is none of that id (or it was deleted).
    #[error("{kind} {id} does not exist")]
    NotFound {
        /// `User` or `Group`.
        kind: &'static str,
        /// As asked for.
        id: String,
    },
    /// Another resource has the value already.
    #[error("{attribute} `{value}` is taken by another {kind}")]
    Taken {
        /// `User` or `Group`.
        kind: &'static str,
        /// Which attribute clashed.
        attribute: Unique,
        /// The value that clashed.
        value: String,
    },
    /// `If-Match` named another version.
    #[error(
        "the resource is at version W/\"{current}\" now; read it again and repeat the change on what it is"
    )]
    VersionMismatch {
        /// What it is at.
        current: i64,
    },
    /// Members that are neither a person nor a group of this organisation.
    #[error("members {} do not exist in this organisation; create them first, or leave them out", .ids.join(", "))]
    UnknownMembers {
        /// As sent.
        ids: Vec<String>,
    },
    /// A group would be inside itself.
    #[error("group {member} cannot be a member here: it contains this group, or is it")]
    Circle {
        /// The group that was to be added.
        member: String,
    },
    /// Another connection owns it.
    #[error(
        "{kind} `{value}` belongs to connection `{owner}` of this organisation; remove it there first, or set `on_conflict` \
         of the connection that sends this to `claim`"
    )]
    OfAnotherConnection {
        /// `User` or `Group`.
        kind: &'static str,
        /// The `userName` or `displayName`.
        value: String,
        /// The owner's name.
        owner: String,
    },
    /// No directory owns it yet, so none may delete it.
    #[error(
        "{kind} `{value}` came by hand and was never pushed; push it (POST, PUT or PATCH) before it is deleted"
    )]
    ByHand {
        /// `User` or `Group`.
        kind: &'static str,
        /// The `userName` or `displayName`.
        value: String,
    },
    /// The person is of a domain that the connection does not speak for.
    #[error(
        "userName `{user_name}` and its primary e-mail address are of none of the domains that this connection may provision: {}; \
         leave the person out in the identity provider, or have an administrator add the domain to the connection",
        .domains.join(", ")
    )]
    OutsideDomains {
        /// As sent.
        user_name: String,
        /// Those that would be let in.
        domains: Vec<String>,
    },
    /// The request itself is wrong.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

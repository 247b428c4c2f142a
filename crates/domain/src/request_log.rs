//! What the provisioning log holds of a request, and what it never holds.

mod exchange;
mod redact;
pub mod signs;
mod status;
#[cfg(test)]
mod tests;

use std::fmt;

use rolecall_scim::client::Client;
use serde::Serialize;
use uuid::Uuid;

pub use exchange::{Asker, Exchange, Presented, SentBody};
pub use redact::Scrub;
pub use status::StatusWanted;

use crate::{
    ids::{ChangeId, ConnectionId, TokenId},
    ports::Kind,
    time::Timestamp,
};

/// A request of an identity provider, and how it was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoggedRequest {
    /// The request's id, which is also that of the unit of work, so that it leads to the events.
    pub id: ChangeId,
    /// When it came.
    pub at: Timestamp,
    /// For which connection, where the token is known.
    pub connection: Option<ConnectionId>,
    /// By which token: one that let the client in, or a revoked or expired one of this organisation.
    pub token: Option<TokenId>,
    /// Why nobody was let in; absent for those who were.
    pub refused: Option<RefusedToken>,
    /// `GET`, `POST`, …
    pub method: String,
    /// What follows the Tenant URL: `/Users/…`.
    pub path: String,
    /// What follows the `?`, decoded and redacted.
    pub query: Option<String>,
    /// The answer's.
    pub status: u16,
    /// RFC 7644 §3.12
    pub scim_type: Option<String>,
    /// What the client was told to be wrong.
    pub detail: Option<String>,
    /// From the request's head to the answer's.
    pub duration_us: i64,
    /// The other end of the connection, and what a proxy there says about where the request came from.
    pub remote: Option<String>,
    /// As sent, cut.
    pub user_agent: Option<String>,
    /// Which product it probably is.
    pub idp: Option<Client>,
    /// What it is about.
    pub kind: Option<Kind>,
    /// The resource's id.
    pub resource: Option<Uuid>,
    /// `userName` or `displayName`: the request's own, or what the directory knew.
    pub name: Option<String>,
}

impl LoggedRequest {
    /// Whether the client was told that it did not work.
    pub fn failed(&self) -> bool {
        self.status >= 400
    }

    /// Whether it asked the token endpoint for an access token.
    pub fn asks_for_access(&self) -> bool {
        self.path.starts_with("/oauth/") && self.path.ends_with("/token")
    }
}

/// The redacted exchange.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LoggedBodies {
    /// What was sent.
    pub request: Option<String>,
    /// What was answered, where that was an error.
    pub response: Option<String>,
}

/// Why a request was let in by no token. The client is told none of this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedToken {
    /// No `Authorization` header.
    Missing,
    /// An `Authorization` header of another kind, such as `Basic`.
    NotBearer,
    /// Not a Secret Token: cut or changed while it was copied, or of another program.
    Malformed,
    /// A key of the admin API in the place of a Secret Token.
    ApiKey,
    /// A Secret Token that no organisation has made.
    Unknown,
    /// A Secret Token of another organisation.
    OtherOrganisation,
    /// Revoked.
    Revoked,
    /// Expired.
    Expired,
    /// An access token whose hour is over.
    AccessTokenExpired,
    /// An access token that no key of this server signed.
    AccessTokenSignature,
    /// An access token that was issued for another organisation, or for another address of this server.
    AccessTokenAudience,
    /// A `client_id` at the token endpoint that is not of the Secret Token beside it.
    ClientId,
}

impl RefusedToken {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::Missing,
        Self::NotBearer,
        Self::Malformed,
        Self::ApiKey,
        Self::Unknown,
        Self::OtherOrganisation,
        Self::Revoked,
        Self::Expired,
        Self::AccessTokenExpired,
        Self::AccessTokenSignature,
        Self::AccessTokenAudience,
        Self::ClientId,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotBearer => "not_bearer",
            Self::Malformed => "malformed",
            Self::ApiKey => "api_key",
            Self::Unknown => "unknown",
            Self::OtherOrganisation => "other_organisation",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::AccessTokenExpired => "access_token_expired",
            Self::AccessTokenSignature => "access_token_signature",
            Self::AccessTokenAudience => "access_token_audience",
            Self::ClientId => "client_id",
        }
    }

    /// What was wrong, and how it is mended at the identity provider.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Missing => {
                "no token was sent; paste the Secret Token into the provisioning settings of the identity provider"
            }
            Self::NotBearer => {
                "the credentials were not sent as a bearer token; choose bearer token (HTTP header) as the authentication"
            }
            Self::Malformed => {
                "what was sent is no Secret Token: it was cut or changed while it was copied, or belongs to another program; paste it again"
            }
            Self::ApiKey => "a key of the admin API was sent; make a Secret Token and paste that",
            Self::Unknown => {
                "the Secret Token was never made here; make one for this organisation and paste it"
            }
            Self::OtherOrganisation => {
                "the Secret Token belongs to another organisation; Tenant URL and Secret Token must come from the same page"
            }
            Self::Revoked => "the Secret Token was revoked; make a new one and paste it",
            Self::Expired => "the Secret Token has expired; make a new one and paste it",
            Self::AccessTokenExpired => {
                "the access token has expired; the identity provider is to ask the token endpoint for a new one, as it does by itself"
            }
            Self::AccessTokenSignature => {
                "no key of this server signed the access token: it was changed, is of another server (Entra ID sends one of its own where its Secret Token is empty), or is older than the keys in `oauth.signing_key`; paste the Secret Token, or ask the token endpoint for a new one"
            }
            Self::AccessTokenAudience => {
                "the access token was issued for another organisation, or for another `public_url` of this server; Tenant URL and token endpoint must come from the same page"
            }
            Self::ClientId => {
                "the client id is not that of the Secret Token that was sent as client secret; take the token's id, as its page and `rolecall token list` show it"
            }
        }
    }
}

impl fmt::Display for RefusedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Requests that were refused for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusals {
    /// Why.
    pub reason: RefusedToken,
    /// With which token, where it is a known one.
    pub token: Option<TokenId>,
    /// How many.
    pub count: u64,
    /// The last of them.
    pub last: Timestamp,
}

/// When a token was last of use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastRequest {
    /// Of which connection.
    pub connection: ConnectionId,
    /// Which.
    pub token: TokenId,
    /// Its last request in the log; absent when there is none, which also means that none was kept so long.
    pub at: Option<Timestamp>,
}

/// The least id that a request of that moment, or a later one, can have.
pub fn least_id_at(moment: Timestamp) -> ChangeId {
    // RFC 9562 §5.7: 48 bits of milliseconds, then version and what tells requests of one millisecond apart.
    let milliseconds = u128::try_from(moment.0.clamp(0, (1 << 48) - 1)).unwrap_or(0);
    ChangeId(Uuid::from_u128(milliseconds << 80))
}

//! The answers of the token endpoint: RFC 6749 §5.1 and §5.2.

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use rolecall_domain::{ports::StoreError, token_scope::TokenScopes};
use serde::Serialize;
use tracing::error;
use utoipa::ToSchema;

use super::access_token::Issued;

/// Why no access token was issued. Descriptions are in the letters that RFC 6749 §5.2 allows: ASCII, no quotes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No such organisation or client, a wrong secret, a revoked or expired token, or none: alike.
    #[error(
        "the client id or secret is missing, wrong, revoked or expired; the client id is the id of a Secret Token of this organisation, the client secret the Secret Token itself"
    )]
    Client,
    /// What was sent cannot be read.
    #[error("{0}")]
    Request(&'static str),
    /// Another grant than the one that there is.
    #[error("send grant_type=client_credentials; there is no other")]
    GrantType,
    /// A word that is no scope.
    #[error(
        "the scopes are scim for all that the Secret Token is good for, users.read, users.write, groups.read and groups.write, with blanks between; leave the scope out, or send some of them"
    )]
    Scope,
    /// More than the Secret Token has.
    #[error(
        "this Secret Token is good for {has} alone; ask for some of that, leave the scope out, or make a Secret Token with more"
    )]
    BeyondScopes {
        /// What it has.
        has: TokenScopes,
    },
    /// The operator has set no key.
    #[error(
        "this server issues no access tokens: its operator has not set oauth.signing_key, which servers on PostgreSQL need; paste the Secret Token as a bearer token, or see rolecall doctor"
    )]
    NoKey,
    /// The client asks too often.
    #[error("this client asks too often; it may again in {wait_seconds} s")]
    TooManyRequests { wait_seconds: u64 },
    /// The database did not answer.
    #[error("the database is unavailable; try again")]
    Unavailable,
}

impl Failure {
    pub(super) fn request(what: &'static str) -> Self {
        Self::Request(what)
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Client => "invalid_client",
            Self::Request(_) => "invalid_request",
            Self::GrantType => "unsupported_grant_type",
            Self::Scope | Self::BeyondScopes { .. } => "invalid_scope",
            // RFC 6749 has words for these at another endpoint only (§4.1.2.1); clients know them.
            Self::NoKey => "server_error",
            Self::TooManyRequests { .. } | Self::Unavailable => "temporarily_unavailable",
        }
    }
}

impl From<StoreError> for Failure {
    fn from(problem: StoreError) -> Self {
        error!(reason = %problem, "no access token could be issued: the database failed");
        Self::Unavailable
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Client => StatusCode::UNAUTHORIZED,
            Self::Request(_) | Self::GrantType | Self::Scope | Self::BeyondScopes { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::NoKey => StatusCode::NOT_IMPLEMENTED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = uncached(self.status_code());
        match self {
            Self::Client => response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"rolecall\"")),
            Self::TooManyRequests { wait_seconds } => {
                response.insert_header((RETRY_AFTER, wait_seconds.to_string()))
            }
            Self::Unavailable => response.insert_header((RETRY_AFTER, "2")),
            _ => &mut response,
        };
        response.json(OAuthError { error: self.code(), error_description: self.to_string() })
    }
}

/// RFC 6749 §5.1
pub(super) fn issued(access: Issued, scope: String) -> HttpResponse {
    uncached(StatusCode::OK).json(AccessToken {
        access_token: access.text,
        token_type: "Bearer",
        expires_in: access.expires_in,
        scope,
    })
}

/// An access token (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessToken {
    /// For `Authorization: Bearer` at `/scim/{org}/v2`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3Qi…")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For so many seconds it is good, as long as the Secret Token is.
    #[schema(example = 3600)]
    expires_in: i64,
    /// What it is good for: the words that were asked for, or all that the Secret Token has.
    #[schema(example = "users.read users.write groups.read groups.write")]
    scope: String,
}

/// Why there is none (RFC 6749 §5.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct OAuthError {
    /// `invalid_client`, `invalid_request`, `unsupported_grant_type`, `invalid_scope`, `temporarily_unavailable` or
    /// `server_error`.
    #[schema(example = "invalid_client")]
    error: &'static str,
    /// What was found and what would work.
    error_description: String,
}

fn uncached(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    response
}

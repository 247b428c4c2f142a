//! The one table from what went wrong to a SCIM error (RFC 7644 §3.12).

use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
};
use rolecall_domain::{
    ports::{Refusal, StoreError},
    token_scope::TokenScope,
    use_cases::ResourceError,
};
use rolecall_scim::error::ScimError;
use tracing::error;

/// Why a SCIM request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No token, a wrong one, another organisation's, a revoked or an expired one: alike.
    #[error("the request carries no live token of this organisation")]
    Unauthorized,
    /// An administrator has paused the connection.
    #[error("connection `{connection}` is paused")]
    Paused { connection: String },
    /// The client asks too often (RFC 6585 §4).
    #[error("more than {per_second} requests a second")]
    TooManyRequests { per_second: u32, wait_seconds: u64 },
    /// The token is good for other things (RFC 6750 §3.1).
    #[error("the token lacks the scope `{missing}`")]
    Scope { missing: TokenScope, needed: Vec<TokenScope>, narrowed: bool },
    /// Nothing is at this address.
    #[error("{path} is no SCIM endpoint")]
    NoEndpoint { path: String },
    /// Something is at this address, but not for this method.
    #[error("method not allowed")]
    MethodNotAllowed { allowed: &'static [Method] },
    /// The client's copy is what the server has (RFC 9110 §15.4.5).
    #[error("not modified")]
    NotModified { etag: String },
    /// The body cannot be read as what it says it is.
    #[error("{detail}")]
    Body { status: StatusCode, detail: String },
    /// A rule of the domain, or the protocol itself.
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthorized => Self::Unauthorized,
            Refusal::Paused { connection } => Self::Paused { connection },
            Refusal::TooManyRequests { per_second, wait_seconds } => {
                Self::TooManyRequests { per_second, wait_seconds }
            }
            Refusal::Scope { missing, needed, narrowed } => Self::Scope { missing, needed, narrowed },
            Refusal::Resource(error) => Self::Resource(error),
        }
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self::Resource(error.into())
    }
}

impl Failure {
    /// What a client is told.
    pub(super) fn to_scim(&self) -> ScimError {
        match self {
            Self::Unauthorized => ScimError::unauthorized(
                "the bearer token is missing, wrong, revoked or expired; make a new Secret Token and paste it into the identity provider",
            ),
            Self::Paused { connection } => ScimError::new(
                503,
                format!(
                    "connection `{connection}` is paused by an administrator of Rolecall; nothing was changed, try again later"
                ),
            ),
            Self::TooManyRequests { per_second, wait_seconds } => ScimError::new(
                429,
                format!(
                    "this token may ask {per_second} times a second; nothing was changed, try again in {wait_seconds} s"
                ),
            ),
            Self::Scope { missing, narrowed: false, .. } => ScimError::forbidden(format!(
                "this Secret Token lacks the scope `{missing}`; nothing was read or changed. Make one that has it, too, on the console's page Secret Tokens or with `rolecall token create --scope`, and paste that into the identity provider"
            )),
            Self::Scope { missing, narrowed: true, .. } => ScimError::forbidden(format!(
                "this access token lacks the scope `{missing}`, which its Secret Token has; nothing was read or changed. Let the identity provider ask the token endpoint for that scope, too, or for none, which gives all"
            )),
            Self::NoEndpoint { path } => ScimError::not_found(format!(
                "{path} is no SCIM endpoint; the Tenant URL ends in /scim/{{organisation}}/v2 and is followed by /Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, /ResourceTypes or /Schemas"
            )),
            Self::MethodNotAllowed { allowed } => {
                let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
                ScimError::new(405, format!("this endpoint takes {}", allowed.join(", ")))
            }
            Self::NotModified { .. } => ScimError::new(304, "not modified"),
            Self::Body { status, detail } => ScimError::new(status.as_u16(), detail),
            Self::Resource(error) => resource(error),
        }
    }
}

fn resource(problem: &ResourceError) -> ScimError {
    match problem {
        ResourceError::NotFound { .. } => ScimError::not_found(problem.to_string()),
        ResourceError::Taken { .. }
        | ResourceError::OfAnotherConnection { .. }
        | ResourceError::ByHand { .. } => ScimError::uniqueness(problem.to_string()),
        ResourceError::VersionMismatch { .. } => ScimError::precondition_failed(problem.to_string()),
        ResourceError::UnknownMembers { .. }
        | ResourceError::Circle { .. }
        | ResourceError::OutsideDomains { .. } => ScimError::invalid_value(problem.to_string()),
        ResourceError::Scim(error) => error.clone(),
        ResourceError::Store(StoreError::Taken(unique)) => {
            ScimError::uniqueness(format!("{unique} is taken"))
        }
        ResourceError::Store(StoreError::Unavailable(reason)) => {
            error!(reason, "the database is unavailable");
            ScimError::new(503, "the database is unavailable; nothing was changed, try again")
        }
        ResourceError::Store(StoreError::Unsettled(reason)) => {
            error!(reason, "the database went away during a commit");
            ScimError::new(
                503,
                "the database went away while it kept this; whether it did is unknown, so look before you try again",
            )
        }
        ResourceError::Store(StoreError::Failed(reason)) => {
            error!(reason, "the database failed");
            ScimError::internal("the server could not do this; nothing was changed, and its log says why")
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.to_scim().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let error = self.to_scim();
        let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        match self {
            Self::Unauthorized => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"rolecall\""));
            }
            Self::Scope { needed, .. } => {
                let needed: Vec<&str> = needed.iter().map(|scope| scope.as_str()).collect();
                let scope = needed.join(" ");
                let challenge =
                    format!("Bearer realm=\"rolecall\", error=\"insufficient_scope\", scope=\"{scope}\"");
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Self::MethodNotAllowed { allowed } => {
                let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
                response.insert_header((header::ALLOW, allowed.join(", ")));
            }
            Self::NotModified { etag } => {
                return response.insert_header((header::ETAG, etag.as_str())).finish();
            }
            Self::Paused { .. } => {
                response.insert_header((header::RETRY_AFTER, "300"));
            }
            Self::TooManyRequests { per_second, wait_seconds } => {
                // What SailPoint looks at, besides.
                response
                    .insert_header((header::RETRY_AFTER, wait_seconds.to_string()))
                    .insert_header(("x-rate-limit-limit", per_second.to_string()))
                    .insert_header(("x-rate-limit-remaining", "0"))
                    .insert_header(("x-rate-limit-reset", wait_seconds.to_string()));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, "2"));
            }
            _ => {}
        }
        response.content_type("application/scim+json").body(error.to_json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scim: 174
    #[test]
    fn who_comes_while_the_database_is_busy_is_told_when_to_come_again() {
        let unsettled = ResourceError::Store(StoreError::Unsettled("the server closed".into()));
        let answer = Failure::Resource(unsettled).error_response();
        assert_eq!(answer.status().as_u16(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        let busy = ResourceError::Store(StoreError::Unavailable("the queue is full".into()));
        let response = Failure::Resource(busy).error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "2");
        assert_eq!(response.headers().get(header::CONTENT_TYPE).unwrap(), "application/scim+json");
    }
}

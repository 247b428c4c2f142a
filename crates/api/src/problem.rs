//! Errors outside `/scim`: RFC 9457 `application/problem+json`, and the one table of their statuses.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use rolecall_domain::{
    grant::Expiry,
    ports::StoreError,
    use_cases::{
        connect_links::ConnectLinkError, connections::ConnectionError, history::HistoryError,
        holds::HoldError, mappings::MappingError, matches::MatchError, schemas::ExtensionError,
        secrets::SecretError, settings::SettingsError, undo::UndoError, workspaces::WorkspaceError,
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use tracing::error;
use utoipa::ToSchema;

use crate::rate_limit::TooMany;

/// An error as an administrator's program sees it (RFC 9457). A conflict carries `existing` or `field` besides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem, as a stable word: `not_found`, `conflict`, `invalid`, `unauthorized`, `forbidden`, …
    #[serde(rename = "type")]
    #[schema(example = "conflict")]
    pub kind: &'static str,
    /// The status's own name.
    #[schema(example = "Conflict")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What was found and what would work.
    #[schema(example = "a workspace of slug `sales` exists already")]
    pub detail: String,
    /// The facts in `detail` as values, for programs (extension members, RFC 9457 §3.2).
    #[serde(flatten)]
    #[schema(ignore)]
    pub facts: BTreeMap<&'static str, Value>,
}

impl Problem {
    /// 400: the request is wrong as it stands.
    pub(crate) fn invalid(detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// 401, alike for every reason.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "give a live API key as `Authorization: Bearer KEY` or `x-api-key: KEY`; `rolecall api-key create` makes one",
        )
    }

    /// 404.
    pub(crate) fn not_found(detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409.
    pub(crate) fn conflict(detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 429: asks too often (RFC 6585 §4).
    pub(crate) fn too_many(TooMany { per_second, wait_seconds }: TooMany) -> Self {
        let detail = format!("this key may ask {per_second} times a second; try again in {wait_seconds} s");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
            .with("wait_seconds", wait_seconds.into())
    }

    /// Any other.
    pub(crate) fn new(status: StatusCode, kind: &'static str, detail: impl fmt::Display) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind, title, status: status.as_u16(), detail: detail.to_string(), facts: BTreeMap::new() }
    }

    /// Adds a fact.
    pub(crate) fn with(mut self, name: &'static str, fact: Value) -> Self {
        self.facts.insert(name, fact);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        match self.status {
            401 => response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"rolecall\"")),
            429 => {
                let wait = self.facts.get("wait_seconds").map_or_else(|| "1".to_owned(), Value::to_string);
                response.insert_header((header::RETRY_AFTER, wait))
            }
            503 => response.insert_header((header::RETRY_AFTER, "2")),
            _ => &mut response,
        };
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl From<StoreError> for Problem {
    fn from(problem: StoreError) -> Self {
        match problem {
            StoreError::Unavailable(reason) => {
                error!(reason, "the database is unavailable");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "the database is unavailable; try again",
                )
            }
            StoreError::Unsettled(reason) => {
                error!(reason, "the database went away during a commit");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unsettled",
                    "the database went away while it kept this; whether it did is unknown, so look before you try again",
                )
            }
            StoreError::Failed(reason) => {
                error!(reason, "the database failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "the server could not do this; its log says why",
                )
            }
            StoreError::Taken(unique) => Self::conflict(format!("{unique} is taken")),
        }
    }
}

impl From<WorkspaceError> for Problem {
    fn from(problem: WorkspaceError) -> Self {
        match problem {
            WorkspaceError::Store(error) => error.into(),
            WorkspaceError::Unknown { .. } | WorkspaceError::NoGrant => Self::not_found(problem),
            WorkspaceError::UnknownUser { .. }
            | WorkspaceError::BadName
            | WorkspaceError::BadSlug(_)
            | WorkspaceError::BadGrant(_) => Self::invalid(problem),
            WorkspaceError::Taken { field, .. } => {
                Self::conflict(&problem).with("field", field.to_string().into())
            }
            WorkspaceError::Locked { .. } => Self::conflict(problem),
            WorkspaceError::GrantExists { existing } => {
                let mut shown = json!({"role": existing.role});
                if let Some(Expiry { at, then }) = existing.expiry {
                    shown["expires_at"] = json!(at);
                    shown["then_role"] = json!(then);
                }
                Self::conflict(&problem).with("existing", shown)
            }
        }
    }
}

impl From<MappingError> for Problem {
    fn from(problem: MappingError) -> Self {
        match problem {
            MappingError::Store(error) => error.into(),
            MappingError::UnknownWorkspace { .. }
            | MappingError::UnknownGroup { .. }
            | MappingError::UnknownMapping { .. } => Self::not_found(problem),
            MappingError::BadName | MappingError::NameFollowsPattern { .. } => Self::invalid(problem),
            MappingError::AmbiguousName { .. } => Self::conflict(problem),
            MappingError::RoleConflict { existing, mapping, .. } => {
                Self::conflict(&problem).with("existing", json!({"id": mapping, "role": existing}))
            }
            MappingError::OrgRoleConflict { existing, mapping, .. } => {
                Self::conflict(&problem).with("existing", json!({"id": mapping, "role": existing}))
            }
        }
    }
}

impl From<HistoryError> for Problem {
    fn from(problem: HistoryError) -> Self {
        match problem {
            HistoryError::Store(error) => error.into(),
            HistoryError::UnknownUser { .. } | HistoryError::UnknownWorkspace { .. } => {
                Self::not_found(problem)
            }
            HistoryError::StillThere { .. } => Self::conflict(problem),
        }
    }
}

impl From<UndoError> for Problem {
    fn from(problem: UndoError) -> Self {
        match problem {
            UndoError::Store(error) => error.into(),
            UndoError::Nothing => Self::not_found(problem),
            UndoError::NotSaid | UndoError::NoId { .. } | UndoError::Pattern(_) => Self::invalid(problem),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(problem: SettingsError) -> Self {
        match problem {
            SettingsError::Store(error) => error.into(),
            SettingsError::Pattern(_) | SettingsError::Rules(_) | SettingsError::Guard(_) => {
                Self::invalid(problem)
            }
        }
    }
}

impl From<ConnectionError> for Problem {
    fn from(problem: ConnectionError) -> Self {
        match problem {
            ConnectionError::Store(error) => error.into(),
            ConnectionError::Unknown { .. } => Self::not_found(problem),
            ConnectionError::BadName | ConnectionError::Switch(_) | ConnectionError::ByHand { .. } => {
                Self::invalid(problem)
            }
            ConnectionError::Taken { .. } | ConnectionError::Owns { .. } | ConnectionError::Last { .. } => {
                Self::conflict(problem)
            }
        }
    }
}

impl From<ExtensionError> for Problem {
    fn from(problem: ExtensionError) -> Self {
        match problem {
            ExtensionError::Store(error) => error.into(),
            ExtensionError::Unknown { .. } => Self::not_found(problem),
            ExtensionError::Exists { ref urn, kind } => {
                let existing = json!({"id": urn, "resourceType": kind.name()});
                Self::conflict(&problem).with("existing", existing)
            }
            ExtensionError::Schema(_)
            | ExtensionError::ResourceType { .. }
            | ExtensionError::Required { .. }
            | ExtensionError::Unique { .. }
            | ExtensionError::TooMany { .. }
            | ExtensionError::OtherUrn { .. }
            | ExtensionError::OtherKind { .. } => Self::invalid(problem),
        }
    }
}

impl From<HoldError> for Problem {
    fn from(problem: HoldError) -> Self {
        match problem {
            HoldError::Store(error) => error.into(),
            HoldError::Unknown { .. } => Self::not_found(problem),
        }
    }
}

impl From<MatchError> for Problem {
    fn from(problem: MatchError) -> Self {
        match problem {
            MatchError::Store(error) => error.into(),
            MatchError::UnknownUser { .. } => Self::invalid(problem),
            MatchError::UnknownRefusal { .. } => Self::not_found(problem),
            MatchError::HasAppId { ref app_id, .. } => {
                let existing = json!({"app_id": app_id});
                Self::conflict(&problem).with("existing", existing)
            }
            MatchError::NotWaiting { .. }
            | MatchError::NotPushed { .. }
            | MatchError::Removed { .. }
            | MatchError::Held { .. }
            | MatchError::EndsTwice { .. }
            | MatchError::WouldLose { .. } => Self::conflict(problem),
        }
    }
}

impl From<ConnectLinkError> for Problem {
    fn from(problem: ConnectLinkError) -> Self {
        match problem {
            ConnectLinkError::Store(error) => error.into(),
            ConnectLinkError::Unknown { .. } => Self::not_found(problem),
            ConnectLinkError::BadName
            | ConnectLinkError::BadExpiry { .. }
            | ConnectLinkError::UnknownConnection { .. } => Self::invalid(problem),
        }
    }
}

impl From<SecretError> for Problem {
    fn from(problem: SecretError) -> Self {
        match problem {
            SecretError::Store(error) => error.into(),
            SecretError::Unknown { .. } => Self::not_found(problem),
            SecretError::BadName
            | SecretError::AlreadyExpired { .. }
            | SecretError::BadRole
            | SecretError::NoScope
            | SecretError::UnknownConnection { .. }
            | SecretError::ConnectionByHand { .. } => Self::invalid(problem),
        }
    }
}

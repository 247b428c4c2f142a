//! What a client is told when a request cannot be done: the error message of RFC 7644 §3.12.

use serde_json::json;

/// The URN of the error message (RFC 7644 §3.12).
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The detail error keyword (`scimType`) of RFC 7644 §3.12, table 9, and RFC 9865 §2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScimType {
    /// The filter does not parse, or compares what cannot be compared.
    InvalidFilter,
    /// The request asks for more than the server is willing to process.
    TooMany,
    /// A value that must be unique is already in use.
    Uniqueness,
    /// The attribute cannot be changed in this way.
    Mutability,
    /// The body is not the JSON that the RFC describes.
    InvalidSyntax,
    /// The `path` of a PATCH operation is malformed or names nothing.
    InvalidPath,
    /// The `path` of a PATCH operation selects no value.
    NoTarget,
    /// A value is missing, or does not fit its attribute.
    InvalidValue,
    /// The SCIM protocol version is not supported.
    InvalidVers,
    /// The request would carry personal or secret data in its URL (RFC 7644 §7.5.2, erratum 6893: status
    /// 403).
    Sensitive,
    /// The cursor is not one this server gave out for this query (RFC 9865 §2.1).
    InvalidCursor,
    /// The cursor was valid once (RFC 9865 §2.1).
    ExpiredCursor,
    /// The page size cannot be used together with the cursor (RFC 9865 §2.1).
    InvalidCount,
}

impl ScimType {
    /// The keyword as it travels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ScimType::InvalidFilter => "invalidFilter",
            ScimType::TooMany => "tooMany",
            ScimType::Uniqueness => "uniqueness",
            ScimType::Mutability => "mutability",
            ScimType::InvalidSyntax => "invalidSyntax",
            ScimType::InvalidPath => "invalidPath",
            ScimType::NoTarget => "noTarget",
            ScimType::InvalidValue => "invalidValue",
            ScimType::InvalidVers => "invalidVers",
            ScimType::Sensitive => "sensitive",
            ScimType::InvalidCursor => "invalidCursor",
            ScimType::ExpiredCursor => "expiredCursor",
            ScimType::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status that goes with the keyword (RFC 7644 §3.12, table 9).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            // RFC 7644 §3.3: a duplicate is 409, not 400.
            ScimType::Uniqueness => 409,
            // Table 9 says 403; the figure in §7.5.2 is corrected by erratum 6893.
            ScimType::Sensitive => 403,
            _ => 400,
        }
    }
}

impl std::fmt::Display for ScimType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer that is not a success (RFC 7644 §3.12).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The HTTP status code.
    pub status: u16,
    /// The keyword, for the statuses where RFC 7644 defines one.
    pub scim_type: Option<ScimType>,
    /// For the administrator who reads the provisioning log: what was found, and what would work.
    pub detail: String,
}

impl ScimError {
    /// An error without a keyword.
    #[must_use]
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        ScimError { status, scim_type: None, detail: detail.into() }
    }

    /// An error with a keyword and the status that goes with it.
    #[must_use]
    pub fn of(scim_type: ScimType, detail: impl Into<String>) -> Self {
        ScimError { status: scim_type.status(), scim_type: Some(scim_type), detail: detail.into() }
    }

    /// 400: the filter cannot be understood (RFC 7644 §3.4.2.2).
    #[must_use]
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidFilter, detail)
    }

    /// 400: the path of a PATCH operation cannot be understood (RFC 7644 §3.5.2).
    #[must_use]
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidPath, detail)
    }

    /// 400: the path of a PATCH operation selects nothing (RFC 7644 §3.5.2).
    #[must_use]
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::of(ScimType::NoTarget, detail)
    }

    /// 400: a value is missing or does not fit its attribute (RFC 7644 §3.12).
    #[must_use]
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidValue, detail)
    }

    /// 400: the body is not the JSON that was asked for (RFC 7644 §3.12).
    #[must_use]
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidSyntax, detail)
    }

    /// 400: the attribute is readOnly, or immutable and already set (RFC 7644 §3.5.1, §3.5.2).
    #[must_use]
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Mutability, detail)
    }

    /// 409: the value is taken (RFC 7644 §3.3).
    #[must_use]
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Uniqueness, detail)
    }

    /// 400: more results or work than the server accepts (RFC 7644 §3.12).
    #[must_use]
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::of(ScimType::TooMany, detail)
    }

    /// 403: the filter names an attribute that must not travel in a URL (RFC 7644 §7.5.2).
    #[must_use]
    pub fn sensitive(detail: impl Into<String>) -> Self {
        Self::of(ScimType::Sensitive, detail)
    }

    /// 400: not a cursor of this query (RFC 9865 §2.1).
    #[must_use]
    pub fn invalid_cursor(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidCursor, detail)
    }

    /// 400: the cursor has expired (RFC 9865 §2.1).
    #[must_use]
    pub fn expired_cursor(detail: impl Into<String>) -> Self {
        Self::of(ScimType::ExpiredCursor, detail)
    }

    /// 400: the page size does not go with the cursor (RFC 9865 §2.1).
    #[must_use]
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::of(ScimType::InvalidCount, detail)
    }

    /// 401: no usable credentials (RFC 7644 §2).
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(401, detail)
    }

    /// 403: known, but not allowed (RFC 7644 §3.12).
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, detail)
    }

    /// 404: no such resource or endpoint (RFC 7644 §3.12).
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(404, detail)
    }

    /// 409: the request collides with the state of the resource (RFC 7644 §3.12).
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(409, detail)
    }

    /// 412: `If-Match` names another version than the current one (RFC 7644 §3.14).
    #[must_use]
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(412, detail)
    }

    /// 413: the body, or the number of operations in it, is above the limit (RFC 7644 §3.7.4).
    #[must_use]
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::new(413, detail)
    }

    /// 500: the fault is ours (RFC 7644 §3.12).
    #[must_use]
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(500, detail)
    }

    /// 501: a feature of the protocol that this server does not offer (RFC 7644 §3.12).
    #[must_use]
    pub fn not_implemented(detail: impl Into<String>) -> Self {
        Self::new(501, detail)
    }

    /// The same error, with `context` in front of its detail: `Operations[2]: …`.
    #[must_use]
    pub fn within(mut self, context: impl std::fmt::Display) -> Self {
        self.detail = format!("{context}: {}", self.detail);
        self
    }

    /// The body to send (RFC 7644 §3.12). The status is a string, as the RFC wants it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut body = json!({ "schemas": [ERROR_URN], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.as_str().into();
        }
        body["detail"] = self.detail.as_str().into();
        body.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // scim: 170
    #[test]
    fn the_status_travels_as_a_string() {
        let body = ScimError::uniqueness("userName ada@example.com is taken").to_json();
        assert_eq!(
            body,
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"userName ada@example.com is taken"}"#
        );
    }

    // scim: 170
    #[test]
    fn an_error_without_a_keyword_sends_none() {
        let body = ScimError::not_found("User 7 does not exist").to_json();
        assert!(body.contains(r#""status":"404""#) && !body.contains("scimType"), "{body}");
    }

    // scim: 173
    #[test]
    fn a_filter_on_a_secret_is_forbidden_not_bad() {
        assert_eq!(ScimError::sensitive("password").status, 403);
    }
}

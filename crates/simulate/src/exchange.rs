//! One request and its answer, apart from how they travel.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What every client leaves bare in a query or a path segment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Something to ask of the server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Below the Tenant URL, with its query, encoded as it goes over the wire.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) if_match: Option<String>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::bare(Method::Get, path)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::bare(Method::Delete, path)
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::bare(Method::Post, path) }
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { body: Some(body), ..Self::bare(Method::Put, path) }
    }

    pub(crate) fn patch(path: impl Into<String>, operations: Vec<Value>) -> Self {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        Self { body: Some(body), ..Self::bare(Method::Patch, path) }
    }

    pub(crate) fn if_match(self, version: Option<String>) -> Self {
        Self { if_match: version, ..self }
    }

    /// For a line about it.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }

    fn bare(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, if_match: None }
    }
}

/// What the server said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `None` when there was none, or when it was not JSON.
    pub(crate) body: Option<Value>,
    pub(crate) etag: Option<String>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The server's own words about a failure, in one line.
    pub(crate) fn detail(&self) -> String {
        let words = self.body.as_ref().and_then(|body| body.get("detail")).and_then(Value::as_str);
        let words: String = words.unwrap_or("no detail").split_whitespace().collect::<Vec<_>>().join(" ");
        match self.body.as_ref().and_then(|body| body.get("scimType")).and_then(Value::as_str) {
            Some(kind) => format!("{kind}: {words}"),
            None => words,
        }
    }

    /// The resource's version: the header, or what `meta` says.
    pub(crate) fn version(&self) -> Option<String> {
        let from_meta = || Some(self.body.as_ref()?.get("meta")?.get("version")?.as_str()?.to_owned());
        self.etag.clone().or_else(from_meta)
    }
}

/// No answer came, however often it was tried.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{request}: {why}")]
pub(crate) struct Unreachable {
    pub(crate) request: String,
    pub(crate) why: String,
}

/// Takes a request there and an answer back. Waits out rate limits and restarts by itself.
pub(crate) trait Wire: Sync {
    fn exchange(&self, request: &Request) -> Result<Answer, Unreachable>;
}

/// `text` for a query or a path segment: a blank becomes `%20`, as Okta and most others write it.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// `text` for a query with `+` for a blank, as Entra writes it. A `+` in `text` itself becomes `%2B` in both forms.
pub(crate) fn encode_as_form(text: &str) -> String {
    encode(text).replace("%20", "+")
}

/// `attribute eq "value"`, with the value as a JSON string (RFC 7644 §3.4.2.2).
pub(crate) fn equals(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", Value::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_is_a_plus_for_entra_and_percent_20_for_okta() {
        let filter = equals("displayName", "C++ \"guild\"");
        assert_eq!(encode_as_form(&filter), "displayName+eq+%22C%2B%2B+%5C%22guild%5C%22%22");
        assert_eq!(encode(&filter), "displayName%20eq%20%22C%2B%2B%20%5C%22guild%5C%22%22");
    }

    #[test]
    fn the_version_is_the_header_or_else_what_meta_says() {
        let body = serde_json::json!({"meta": {"version": "W/\"1\""}});
        let mut answer = Answer { status: 200, body: Some(body), etag: None };
        assert_eq!(answer.version().as_deref(), Some("W/\"1\""));
        answer.etag = Some("W/\"2\"".to_owned());
        assert_eq!(answer.version().as_deref(), Some("W/\"2\""));
    }
}

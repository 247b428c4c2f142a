//! Requests and answers as a client sees them: no redirect is followed, no status is an error.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{self, HeaderMap};

/// A client with its own connections.
pub(super) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(Duration::from_secs(60)))
        .build()
        .into()
}

/// A request about to be sent.
pub struct Request {
    agent: ureq::Agent,
    builder: http::request::Builder,
    body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as JSON; `null` when it is none.
    pub json: Value,
}

impl Request {
    pub(super) fn new(agent: ureq::Agent, method: &str, url: &str) -> Self {
        Self { agent, builder: http::Request::builder().method(method).uri(url), body: None }
    }

    /// `Authorization: Bearer SECRET`
    pub fn bearer(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }

    /// Any header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Any body.
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    /// A JSON body of this media type.
    pub fn json(self, value: &Value, media_type: &str) -> Self {
        self.header("content-type", media_type).body(value.to_string())
    }

    pub fn maybe_json(self, value: Option<&Value>, media_type: &str) -> Self {
        match value {
            Some(value) => self.json(value, media_type),
            None => self,
        }
    }

    /// Sends it; fails the test when no answer comes.
    #[track_caller]
    pub fn send(self) -> Answer {
        self.try_send().expect("the server answers")
    }

    /// Sends it; an error when no answer comes, as while the server is killed.
    pub fn try_send(self) -> Result<Answer, ureq::Error> {
        let response = match self.body {
            Some(body) => self.agent.run(self.builder.body(body)?)?,
            None => self.agent.run(self.builder.body(())?)?,
        };
        let (parts, body) = response.into_parts();
        let bytes = body.into_with_config().limit(1 << 30).read_to_vec()?;
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, bytes, json })
    }
}

impl Answer {
    /// Itself, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "the body: {}", self.text());
        self
    }

    /// A header's value; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Status, headers, JSON.
    pub fn into_parts(self) -> (u16, HeaderMap, Value) {
        (self.status, self.headers, self.json)
    }
}

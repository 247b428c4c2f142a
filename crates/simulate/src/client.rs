//! The wire as HTTP: connections kept open, a bound on the rate, patience with an overloaded server.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, http};

use crate::dialect::Headers;
use crate::exchange::{Answer, Request, Unreachable, Wire};
use crate::pace::Pace;
use crate::retry;
use crate::run::SimulateError;
use crate::stats::{Stats, Traffic};

/// Okta gives a server so long to answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A group of a million members is some hundred megabytes; more is a mistake.
const LARGEST_BODY: u64 = 1 << 30;

/// A SCIM secret. It is in no log and no message.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Without the line end and blanks that a paste brings along.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Speaks to one Tenant URL.
pub(crate) struct Client {
    agent: Agent,
    /// The Tenant URL without a slash at its end and without a query.
    base: String,
    authorization: String,
    content_type: &'static str,
    pace: Option<Pace>,
    stats: Mutex<Stats>,
    since: Instant,
}

impl Client {
    pub(crate) fn new(
        base: &str,
        secret: &Secret,
        headers: Headers,
        rate: Option<f64>,
        connections: usize,
    ) -> Result<Self, SimulateError> {
        if !secret.0.bytes().all(|byte| byte.is_ascii_graphic()) || secret.0.is_empty() {
            return Err(SimulateError::Client("the secret is empty or holds what no header can".to_owned()));
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            // A SCIM client that follows a redirect would send the secret elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(headers.user_agent)
            .tls_config(tls)
            .build()
            .new_agent();
        Ok(Self {
            agent,
            base: base.to_owned(),
            authorization: format!("Bearer {}", secret.0),
            content_type: headers.content_type,
            pace: Pace::of(rate),
            stats: Mutex::new(Stats::new()),
            since: Instant::now(),
        })
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.stats.lock().traffic(self.since.elapsed())
    }

    /// One attempt: the answer, and the wait that it asked for.
    fn attempt(&self, request: &Request) -> Result<(Answer, Option<String>), ureq::Error> {
        let mut head = http::Request::builder()
            .method(request.method.name())
            .uri(format!("{}{}", self.base, request.path))
            .header(http::header::AUTHORIZATION, &self.authorization)
            .header(http::header::ACCEPT, "application/scim+json");
        if let Some(version) = &request.if_match {
            head = head.header(http::header::IF_MATCH, version);
        }
        let begun = Instant::now();
        let response = match &request.body {
            Some(body) => {
                let head = head.header(http::header::CONTENT_TYPE, self.content_type);
                self.agent.run(head.body(body.to_string())?)
            }
            None => self.agent.run(head.body(())?),
        };
        let mut response = response?;
        let bytes = response.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
        self.stats.lock().answered(response.status().as_u16(), begun.elapsed());
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let answer = Answer {
            status: response.status().as_u16(),
            body: serde_json::from_slice::<Value>(&bytes).ok(),
            etag: header(http::header::ETAG),
        };
        Ok((answer, header(http::header::RETRY_AFTER)))
    }
}

impl Wire for Client {
    fn exchange(&self, request: &Request) -> Result<Answer, Unreachable> {
        for attempt in 0.. {
            if let Some(pace) = &self.pace {
                std::thread::sleep(pace.turn(Instant::now()));
            }
            // Nothing is lost by repeating a request whose answer was: a second POST gets 409 and is adopted, a
            // second DELETE gets 404, and the PATCHes of all dialects may be applied twice.
            let result = self.attempt(request);
            let (status, retry_after) = match &result {
                Ok((answer, retry_after)) => (Some(answer.status), retry_after.as_deref()),
                Err(_) => (None, None),
            };
            // A server that never answered is not waited for: more likely the address or its certificate is wrong.
            let is_known = status.is_some() || self.stats.lock().has_answers();
            let wait = retry::wait(status, retry_after, attempt).filter(|_| is_known);
            match (wait, result) {
                (Some(wait), _) => {
                    self.stats.lock().retried();
                    std::thread::sleep(wait);
                }
                (None, Ok((answer, _))) => return Ok(answer),
                (None, Err(error)) => {
                    return Err(Unreachable { request: request.line(), why: error.to_string() });
                }
            }
        }
        unreachable!("patience ends before the attempts do")
    }
}

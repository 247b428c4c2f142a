//! Several `rolecall serve` on one database, and how they are asked.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::Value;

use super::keeper::Keeper;
use crate::command::{Failure, cargo, read, run};

#[derive(Clone)]
pub(super) struct Replicas {
    /// `http://127.0.0.1:PORT`, one for each.
    pub(super) addresses: Vec<String>,
    org: String,
    token: String,
    api_key: String,
}

/// An answer, as far as the test looks at it.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) body: Value,
}

#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Builds the program.
pub(super) fn build() -> Result<PathBuf, Failure> {
    run(&mut cargo(["build", "-p", "rolecall"]))?;
    let metadata = read(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_slice(&metadata)
        .map_err(|error| Failure(format!("cargo metadata is not as expected: {error}")))?;
    Ok(metadata.target_directory.join("debug/rolecall"))
}

impl Replicas {
    /// The first makes the organisation.
    pub(super) fn start(keeper: &mut Keeper, bin: &Path, url: &str, count: u16) -> Result<Self, Failure> {
        // The user who runs it may not read the folder where it was built.
        keeper.place.copy(bin, "rolecall")?;
        let mut addresses = Vec::new();
        for number in 0..count {
            let (name, url) = (format!("rolecall{number}"), format!("ROLECALL_DATABASE_URL={url}"));
            let words =
                ["env", &url, "ROLECALL_LOG__LEVEL=warn", "./rolecall", "serve", "--listen=127.0.0.1:0"];
            keeper.run(&name, &words)?;
            addresses.push(format!("http://{}", printed(keeper, &name, "listening on")?));
        }
        let first = |label| printed(keeper, "rolecall0", label);
        let tenant = first("Tenant URL:")?;
        let org = tenant.split("/scim/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        Ok(Self {
            addresses,
            org: org.to_owned(),
            token: first("Secret Token:")?,
            api_key: first("API key:")?,
        })
    }

    /// A client of its own, whose connections are its own.
    pub(super) fn client(&self) -> Client<'_> {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Client { replicas: self, agent: config.timeout_global(Some(Duration::from_secs(90))).build().into() }
    }
}

pub(super) struct Client<'r> {
    replicas: &'r Replicas,
    agent: ureq::Agent,
}

impl Client<'_> {
    /// How many replicas there are.
    pub(super) fn replicas(&self) -> usize {
        self.replicas.addresses.len()
    }

    /// A call of the identity provider to the replica of that number. `path` follows the Tenant URL.
    pub(super) fn scim(
        &self,
        replica: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ureq::Error> {
        let Replicas { addresses, org, token, .. } = self.replicas;
        self.send(method, &format!("{}/scim/{org}/v2{path}", addresses[replica]), token, body)
    }

    /// A call of an administrator's program.
    pub(super) fn admin(&self, replica: usize, path: &str) -> Result<Answer, ureq::Error> {
        let Replicas { addresses, api_key, .. } = self.replicas;
        self.send("GET", &format!("{}{path}", addresses[replica]), api_key, None)
    }

    fn send(
        &self,
        method: &str,
        url: &str,
        secret: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ureq::Error> {
        let request = ureq::http::Request::builder().method(method).uri(url);
        let request = request.header("authorization", format!("Bearer {secret}"));
        let mut response = match body {
            Some(body) => {
                let request = request.header("content-type", "application/scim+json");
                self.agent.run(request.body(body.to_string())?)?
            }
            None => self.agent.run(request.body(())?)?,
        };
        let bytes = response.body_mut().with_config().limit(1 << 28).read_to_vec()?;
        let retry_after = response.headers().get("retry-after");
        Ok(Answer {
            status: response.status().as_u16(),
            retry_after: retry_after.and_then(|value| Some(value.to_str().ok()?.to_owned())),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        })
    }
}

/// Waits for a line of a program's output; answers what follows the label.
fn printed(keeper: &Keeper, name: &str, label: &str) -> Result<String, Failure> {
    let until = Instant::now() + Duration::from_secs(60);
    while Instant::now() < until {
        let log = keeper.log(name);
        let found = log.lines().find_map(|line| Some(line.strip_prefix(label)?.trim().to_owned()));
        if let Some(found) = found {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(Failure(format!("{name} did not print `{label}` within a minute")))
}

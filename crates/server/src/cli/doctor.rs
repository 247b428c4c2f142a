//! `rolecall doctor`: what an operator would check by hand, each finding with what to do about it.

mod database;
mod machine;
mod network;

use std::fmt::Write;

use serde::Serialize;

use super::{CliError, output};
use crate::{
    config::{Config, Faults},
    telemetry,
};

/// Arguments of `doctor`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

/// One thing that was checked.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    state: State,
    /// What was found.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// Works, and may bite later.
    Warn,
    /// The server would not start, or would not do its work.
    Fail,
}

/// Checks everything that can be checked; exit code 1 when something fails.
pub(super) fn run(arguments: &Arguments, config: Result<Config, CliError>) -> Result<(), CliError> {
    let checks = match &config {
        Ok(config) => {
            telemetry::start(&config.log_of_a_command());
            let mut checks = vec![configuration(config)];
            checks.extend(database::checks(config));
            checks.extend([machine::clock(), network::listen(config), network::public_url(config)]);
            checks.push(signing_key(config));
            checks.extend(machine::disk(config));
            checks
        }
        Err(CliError::Configuration(faults)) => vec![faulty(faults), machine::clock()],
        Err(_) => return config.map(|_| ()),
    };
    if arguments.json {
        output::print_json(&checks)?;
    } else {
        output::print(&render(&checks))?;
    }
    if checks.iter().any(|check| check.state == State::Fail) { Err(CliError::Unhealthy) } else { Ok(()) }
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Fail, found: found.into(), advice: Some(advice.into()) }
    }
}

fn configuration(config: &Config) -> Check {
    let file = match &config.file {
        Some(file) => format!("read from {}", file.display()),
        None => "no file; defaults, environment and flags".to_owned(),
    };
    Check::ok("configuration", file)
}

/// Whether identity providers that want OAuth 2.0 can be served, and for how long what they were given lasts.
fn signing_key(config: &Config) -> Check {
    const NAME: &str = "signing key";
    match (&config.oauth.signing_keys, config.database_url.is_file()) {
        (Some(_), _) => Check::ok(NAME, "oauth.signing_key is set; access tokens outlast a restart"),
        (None, true) => Check::ok(
            NAME,
            "made at each start; clients of the token endpoint ask for a new access token then",
        ),
        (None, false) => Check::warn(
            NAME,
            "oauth.signing_key is not set, so the token endpoint issues no access tokens; Secret Tokens work all the same",
            "where an identity provider wants OAuth 2.0 client credentials, give every replica the same \
             ROLECALL_OAUTH__SIGNING_KEY, as `openssl rand -base64 48` prints one",
        ),
    }
}

fn faulty(faults: &Faults) -> Check {
    Check::fail(
        "configuration",
        faults.to_string(),
        "mend these first; the other checks need a configuration",
    )
}

fn render(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { name, state, found, advice } in checks {
        let state = match state {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "FAIL",
        };
        let _ = writeln!(text, "{state:<5} {name:<15} {found}");
        if let Some(advice) = advice {
            let _ = writeln!(text, "{:<21} → {advice}", "");
        }
    }
    text
}

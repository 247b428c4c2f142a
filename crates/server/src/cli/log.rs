//! `rolecall log`: what identity providers asked, and what they were answered.

use std::{collections::HashSet, time::Duration};

use rolecall_domain::{
    ids::{ChangeId, OrgId},
    ports::{ReadCost, read_now},
    records::Token,
    request_log::{LoggedRequest, StatusWanted},
    time::Timestamp,
    use_cases::{
        orgs,
        request_log::{Question, search},
    },
};
use serde::Serialize;

use super::{CliError, lifetime::Lifetime, output};
use crate::{
    config::Config,
    wiring::{self, Parts, Schema},
};

/// How often `--follow` looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How far `--follow` looks back: what is written late, or by a server whose clock is behind, is not missed.
const LOOK_BACK_SECONDS: i64 = 60;
const MOST_AT_ONCE: u32 = 500;

/// Arguments of `log`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Only about this person or group: an id, a userName or a displayName
    #[arg(long, value_name = "WHO", alias = "resource")]
    user: Option<String>,
    /// Only what did not work
    #[arg(long, conflicts_with = "status")]
    failed: bool,
    /// Only what was answered so: failed, ok, a class such as 4xx, or a status such as 409
    #[arg(long)]
    status: Option<StatusWanted>,
    /// Only by this token: an id or a name
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Only of this method
    #[arg(long)]
    method: Option<String>,
    /// Only since so long ago: 45s, 30m, 12h, 90d, 26w, 1y
    #[arg(long, value_name = "TIME")]
    since: Option<Lifetime>,
    /// At most so many, the latest
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on showing requests as they come, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// Print JSON: an array, or with --follow an object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let now = parts.clock.now();
    let question = Question {
        about: arguments.user,
        status: if arguments.failed { Some(StatusWanted::FAILED) } else { arguments.status },
        token: arguments.token,
        method: arguments.method,
        since: arguments.since.map(|span| span.before(now)),
        until: None,
    };
    let slug = arguments.org;
    let org =
        read_now(&*parts.store, ReadCost::Point, move |tx| orgs::require(tx, &slug).map_err(CliError::from))?;
    let log = Log { parts: &parts, org: org.id, question, json: arguments.json };
    let latest = log.latest(None, arguments.limit)?;
    if !arguments.follow {
        return if arguments.json { output::print_json(&latest) } else { print_lines(&latest) };
    }
    let mut seen: HashSet<ChangeId> = latest.iter().map(|shown| shown.key).collect();
    log.print_as_they_come(&latest)?;
    loop {
        std::thread::sleep(LOOK_EVERY);
        let from =
            parts.clock.now().plus_seconds(-LOOK_BACK_SECONDS).max(now.plus_seconds(-LOOK_BACK_SECONDS));
        let mut new = log.latest(Some(from), MOST_AT_ONCE)?;
        // What can no longer come up need not be remembered.
        let still_there: HashSet<ChangeId> = new.iter().map(|shown| shown.key).collect();
        new.retain(|shown| !seen.contains(&shown.key));
        log.print_as_they_come(&new)?;
        seen = if seen.len() > 10 * MOST_AT_ONCE as usize { still_there } else { &seen | &still_there };
    }
}

struct Log<'p> {
    parts: &'p Parts,
    org: OrgId,
    question: Question,
    json: bool,
}

impl Log<'_> {
    /// The oldest of the latest first, as logs read.
    fn latest(&self, since: Option<Timestamp>, limit: u32) -> Result<Vec<Shown>, CliError> {
        let (org, mut question) = (self.org, self.question.clone());
        question.since = question.since.max(since);
        read_now(&*self.parts.store, ReadCost::Scan, move |tx| {
            let rows = search(tx, org, &question, None, limit)?;
            let tokens = tx.list_tokens(org)?;
            Ok(rows.into_iter().rev().map(|row| Shown::new(row, &tokens)).collect())
        })
    }

    fn print_as_they_come(&self, shown: &[Shown]) -> Result<(), CliError> {
        if !self.json {
            return print_lines(shown);
        }
        for each in shown {
            let line = serde_json::to_string(each).map_err(std::io::Error::other)?;
            output::print(&format!("{line}\n"))?;
        }
        Ok(())
    }
}

/// A request as listed.
#[derive(Serialize)]
struct Shown {
    #[serde(skip)]
    key: ChangeId,
    id: String,
    time: String,
    status: u16,
    method: String,
    path: String,
    query: Option<String>,
    name: Option<String>,
    scim_type: Option<String>,
    detail: Option<String>,
    refused: Option<&'static str>,
    #[serde(skip)]
    advice: Option<&'static str>,
    token: Option<String>,
    idp: Option<&'static str>,
    duration_ms: f64,
    remote: Option<String>,
    user_agent: Option<String>,
}

impl Shown {
    fn new(request: LoggedRequest, tokens: &[Token]) -> Self {
        let token = request.token.and_then(|id| tokens.iter().find(|token| token.id == id));
        Self {
            key: request.id,
            id: request.id.to_string(),
            time: request.at.to_string(),
            status: request.status,
            method: request.method,
            path: request.path,
            query: request.query,
            name: request.name,
            scim_type: request.scim_type,
            detail: request.detail,
            refused: request.refused.map(|reason| reason.as_str()),
            advice: request.refused.map(|reason| reason.advice()),
            token: token.map(|token| format!("{} (…{})", token.name, token.hint)),
            idp: request.idp.map(|client| client.as_str()),
            duration_ms: request.duration_us as f64 / 1000.0,
            remote: request.remote,
            user_agent: request.user_agent,
        }
    }

    fn line(&self) -> String {
        let mut line = format!("{}  {}  {:6} {}", self.time, self.status, self.method, self.path);
        if let Some(query) = &self.query {
            line.push_str(&format!("?{query}"));
        }
        if let Some(name) = &self.name {
            line.push_str(&format!("  {name}"));
        }
        if let Some(token) = &self.token {
            line.push_str(&format!("  [{token}]"));
        }
        // The reason of a refusal says more than what the identity provider was told.
        if let Some(told) = self.advice.or(self.detail.as_deref()) {
            line.push_str(&format!("\n    {told}"));
        }
        // What a client sent must not move the cursor of a terminal.
        line.chars().map(|c| if c.is_control() && c != '\n' { '·' } else { c }).collect()
    }
}

fn print_lines(shown: &[Shown]) -> Result<(), CliError> {
    let text: String = shown.iter().map(|each| format!("{}\n", each.line())).collect();
    Ok(output::print(&text)?)
}

//! `rolecall holds`: who has access still that the directory took away, and what shall become of it.

use rolecall_domain::{
    ports::{ReadCost, Slice, read_now},
    use_cases::{
        holds::{self, Decision, Held},
        orgs,
    },
};
use serde::Serialize;

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// So many are shown; the admin API pages through all of them.
const LINES: u32 = 1_000;

/// Commands on holds.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List people who have access still that the directory took away
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Those that wait for a review (false), or those of which it is decided (true)
        #[arg(long, value_name = "BOOL")]
        kept: Option<bool>,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Let them lose it
    Approve(Review),
    /// Decide that they keep it
    Reject(Review),
}

/// Whose holds are settled.
#[derive(clap::Args)]
pub(super) struct Review {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Id of one person
    #[arg(long, value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    user: Option<String>,
    /// Everybody whose hold waits
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    asked: Asked,
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::List { org, kept, json } => list(org, kept, json, config),
        Command::Approve(review) => settle(review, Decision::Approve, config),
        Command::Reject(review) => settle(review, Decision::Reject, config),
    }
}

fn list(org: String, kept: Option<bool>, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let held = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        holds::list(tx, org.id, kept, Slice { after: None, limit: LINES }).map_err(CliError::from)
    })?;
    let full = held.len() == LINES as usize;
    let shown: Vec<Shown> = held.into_iter().filter(|held| !held.idle()).map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["USER", "NAME", "REASON", "STATE", "SINCE", "KEEPS"], &rows)?;
    if full {
        output::note(&format!("these are the first {LINES}; the admin API pages through all of them"));
    }
    Ok(())
}

fn settle(review: Review, decision: Decision, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let Review { org, user, asked, .. } = review;
    let done = asked.run(&parts, org, move |tx, act| match &user {
        Some(user) => holds::settle(tx, act, user, decision).map(|()| 1).map_err(CliError::from),
        None => holds::settle_all(tx, act, None, decision).map_err(CliError::from),
    })?;
    if let Some(people) = done {
        let what = match decision {
            Decision::Approve => "lost what the directory took away",
            Decision::Reject => "keep what they have",
        };
        output::note(&format!("{people} people {what}"));
    }
    Ok(())
}

/// A hold as listed.
#[derive(Serialize)]
struct Shown {
    user_id: String,
    user_name: String,
    reason: &'static str,
    kept: bool,
    since: String,
    until: Option<String>,
    removed: bool,
    keeps: usize,
}

impl From<Held> for Shown {
    fn from(held: Held) -> Self {
        Self {
            user_id: held.user.id.to_string(),
            reason: held.hold.reason.as_str(),
            kept: held.hold.kept,
            since: held.hold.since.to_string(),
            until: held.hold.until.map(|at| at.to_string()),
            removed: held.user.gone_at.is_some(),
            keeps: held.keeps.len(),
            user_name: held.user.facts.user_name,
        }
    }
}

impl Shown {
    fn row(self) -> [String; 6] {
        let state = match (&self.until, self.kept) {
            (Some(until), _) => format!("ends at {until}"),
            (None, true) => "kept".to_owned(),
            (None, false) => "waits".to_owned(),
        };
        let name = if self.removed { format!("{} (removed)", self.user_name) } else { self.user_name };
        let keeps = format!("{} roles", self.keeps);
        [self.user_id, name, self.reason.to_owned(), state, self.since, keeps]
    }
}

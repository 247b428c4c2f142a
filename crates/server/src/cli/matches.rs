//! `rolecall matches`: who may be in the organisation twice.

use rolecall_domain::{
    ports::{ReadCost, Slice, read_now},
    use_cases::{
        matches::{self, Waiting},
        orgs,
    },
};
use serde::Serialize;

use super::{CliError, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// So many are shown; the admin API pages through all of them.
const LINES: u32 = 1_000;

/// Commands on people who may be there twice.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List people whom no directory has taken in, with the pushed people who are probably the same
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let Command::List { org, json } = command;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let waiting = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        matches::list(tx, org.id, Slice { after: None, limit: LINES }).map_err(CliError::from)
    })?;
    let full = waiting.len() == LINES as usize;
    let shown: Vec<Shown> = waiting.into_iter().flat_map(Shown::of).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["USER", "NAME", "PROBABLY", "NAME", "CONNECTION", "BY"], &rows)?;
    if full {
        output::note(&format!("these are the first {LINES} people; the admin API pages through all of them"));
    }
    Ok(())
}

/// A line: somebody with somebody who is probably the same, or with nobody.
#[derive(Serialize)]
struct Shown {
    user_id: String,
    app_id: Option<String>,
    user_name: String,
    match_id: Option<String>,
    match_name: Option<String>,
    connection: Option<String>,
    by: Option<&'static str>,
    certainty: Option<&'static str>,
}

impl Shown {
    fn of(waiting: Waiting) -> Vec<Self> {
        let Waiting { user, app_id, candidates } = waiting;
        let alone = || Self {
            user_id: user.id.to_string(),
            app_id: app_id.clone(),
            user_name: user.facts.user_name.clone(),
            match_id: None,
            match_name: None,
            connection: None,
            by: None,
            certainty: None,
        };
        if candidates.is_empty() {
            return vec![alone()];
        }
        let with = |found: matches::Candidate| Self {
            match_id: Some(found.user.id.to_string()),
            match_name: Some(found.user.facts.user_name),
            connection: Some(found.connection),
            by: Some(found.by.as_str()),
            certainty: Some(found.certainty.as_str()),
            ..alone()
        };
        candidates.into_iter().map(with).collect()
    }

    fn row(self) -> [String; 6] {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let by = self.by.zip(self.certainty).map(|(by, certainty)| format!("{by}, {certainty}"));
        let (id, name) = (or_none(self.match_id), or_none(self.match_name));
        [self.user_id, self.user_name, id, name, or_none(self.connection), or_none(by)]
    }
}

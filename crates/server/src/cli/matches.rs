//! `rolecall matches`: who may be in the organisation twice, made one or said to be two.

use rolecall_domain::{
    ids::OrgId,
    ports::{ReadCost, ReadTx, Slice, StoreResult, read_now},
    use_cases::{
        matches::{self, Certainty, MatchError, Proposed, Refused, Waiting},
        orgs, people,
    },
};
use serde::Serialize;

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Parts, Schema},
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
        /// Only those who have one
        #[arg(long)]
        proposed: bool,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Make two people one: who was pushed stays, with what the other has by hand and the application's id
    Accept {
        #[command(flatten)]
        pair: MaybePair,
        #[command(flatten)]
        asked: Asked,
    },
    /// Say that two people are two: the pair is listed no more
    Refuse {
        #[command(flatten)]
        pair: Pair,
        #[command(flatten)]
        asked: Asked,
    },
    /// List the pairs that were refused
    Refused {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Take a refusal back: the pair is listed again
    Reconsider {
        #[command(flatten)]
        pair: Pair,
        #[command(flatten)]
        asked: Asked,
    },
}

/// Two people.
#[derive(clap::Args)]
pub(super) struct Pair {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Id of the person whom no directory has taken in, or the application's own
    #[arg(long, value_name = "ID")]
    user: String,
    /// Id of the person whom a directory pushed
    #[arg(long, value_name = "ID")]
    with: String,
}

/// Two people, or all who are so sure.
#[derive(clap::Args)]
pub(super) struct MaybePair {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Id of the person whom no directory has taken in, or the application's own
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all",
        requires = "with"
    )]
    user: Option<String>,
    /// Id of the person whom a directory pushed
    #[arg(long, value_name = "ID", conflicts_with = "all", requires = "user")]
    with: Option<String>,
    /// Everybody with whom exactly one person is probably the same
    #[arg(long)]
    all: bool,
    /// And is at least so sure: sure, likely, unsure
    #[arg(long, value_name = "WORD", default_value = "sure", requires = "all")]
    certainty: Certainty,
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    match command {
        Command::List { org, proposed, json } => list(org, proposed, json, &parts),
        Command::Accept { pair: MaybePair { org, user: Some(user), with: Some(with), .. }, asked } => {
            accept(Pair { org, user, with }, asked, &parts)
        }
        Command::Accept { pair, asked } => accept_all(pair.org, pair.certainty, asked, &parts),
        Command::Refuse { pair: Pair { org, user, with }, asked } => {
            let done = asked.run(&parts, org, move |tx, act| Ok(matches::refuse(tx, act, &user, &with)?))?;
            if let Some(Refused { waiting, user, .. }) = done {
                let (one, other) = (waiting.facts.user_name, user.facts.user_name);
                output::note(&format!("{one} and {other} are two; they are listed no more"));
            }
            Ok(())
        }
        Command::Refused { org, json } => list_refused(org, json, &parts),
        Command::Reconsider { pair: Pair { org, user, with }, asked } => {
            let done = asked.run(&parts, org, move |tx, act| {
                let refusal = find_refused(tx, act.org, &user, &with)?;
                Ok(matches::reconsider(tx, act, &refusal)?)
            })?;
            if done.is_some() {
                output::note("the pair is listed again, if it still has something in common");
            }
            Ok(())
        }
    }
}

fn list(org: String, proposed: bool, json: bool, parts: &Parts) -> Result<(), CliError> {
    let waiting = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        let waiting = if proposed {
            first_proposed(tx, org.id)?
        } else {
            matches::list(tx, org.id, Slice { after: None, limit: LINES })?
        };
        Ok::<_, CliError>(waiting)
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

/// Page after page, until there are as many as are shown.
fn first_proposed(tx: &mut dyn ReadTx, org: OrgId) -> StoreResult<Vec<Waiting>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let limit = LINES - found.len() as u32;
        let Proposed { rows, next } =
            matches::list_proposed(tx, org, Slice { after, limit }, matches::LOOKED_AT)?;
        found.extend(rows);
        match next {
            Some(next) if found.len() < LINES as usize => after = Some(next),
            _ => return Ok(found),
        }
    }
}

fn accept(pair: Pair, asked: Asked, parts: &Parts) -> Result<(), CliError> {
    let Pair { org, user, with } = pair;
    let done = asked.run(parts, org, move |tx, act| Ok(matches::accept(tx, act, &user, &with)?))?;
    if let Some(accepted) = done {
        output::note(&format!(
            "{} is {} now, whom the application knows as {}",
            accepted.former, accepted.user.id, accepted.app_id
        ));
    }
    Ok(())
}

fn accept_all(org: String, certainty: Certainty, asked: Asked, parts: &Parts) -> Result<(), CliError> {
    let done = asked.run(parts, org, move |tx, act| {
        let all = matches::accept_all(tx, act, certainty)?;
        // A plan shows what happens; what does not is told here, once.
        for left in &all.left {
            output::note(&format!("{} is passed over: {}", left.user_name, left.reason));
        }
        Ok(all)
    })?;
    if let Some(all) = done {
        output::note(&format!("{} pairs are one now, {} were passed over", all.accepted, all.skipped));
    }
    Ok(())
}

/// The refusal of a pair, which the API knows by an id.
fn find_refused(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    user: &str,
    with: &str,
) -> Result<String, CliError> {
    let mut find = |given: &str| {
        let unknown = || MatchError::UnknownUser { given: given.to_owned() };
        people::find(tx, org, given)?.map(|user| user.id).ok_or_else(unknown)
    };
    let (waiting, pushed) = (find(user)?, find(with)?);
    let refused = tx.find_refused(org, waiting, pushed)?;
    let none = || MatchError::UnknownRefusal { given: format!("{user} and {with}") };
    Ok(refused.ok_or_else(none)?.id.to_string())
}

/// A refused pair as listed.
#[derive(Serialize)]
struct ShownRefused {
    id: String,
    user_id: String,
    user_name: String,
    match_id: String,
    match_name: String,
    refused_at: String,
}

fn list_refused(org: String, json: bool, parts: &Parts) -> Result<(), CliError> {
    let pairs = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        matches::list_refused(tx, org.id, Slice { after: None, limit: LINES }).map_err(CliError::from)
    })?;
    let full = pairs.len() == LINES as usize;
    let shown: Vec<ShownRefused> = pairs.into_iter().map(ShownRefused::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown
        .into_iter()
        .map(|pair| [pair.user_id, pair.user_name, pair.match_id, pair.match_name, pair.refused_at])
        .collect();
    output::print_table(["USER", "NAME", "IS NOT", "NAME", "SINCE"], &rows)?;
    if full {
        output::note(&format!("these are the first {LINES} pairs; the admin API pages through all of them"));
    }
    Ok(())
}

impl From<Refused> for ShownRefused {
    fn from(pair: Refused) -> Self {
        let Refused { refused, waiting, user } = pair;
        Self {
            id: refused.id.to_string(),
            user_id: waiting.id.to_string(),
            user_name: waiting.facts.user_name,
            match_id: user.id.to_string(),
            match_name: user.facts.user_name,
            refused_at: refused.at.to_string(),
        }
    }
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

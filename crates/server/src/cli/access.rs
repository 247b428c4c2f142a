//! `rolecall history`, `rolecall access-review` and `rolecall forget`: who had access when.

use std::io::{self, Write};

use rolecall_api::review::{self, Format, ReviewError};
use rolecall_domain::{
    history::{Actors, Tenure},
    ports::{Names, ReadCost, Slice, read_now},
    time::Moment,
    use_cases::{
        history::{self, Wanted},
        orgs,
        review::ReviewWanted,
        workspaces::WorkspaceRef,
    },
};
use serde::Serialize;

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// So many spans are read at once.
const PAGE: u32 = 500;

/// Who had which role where, from when until when, and by whose doing
#[derive(clap::Args)]
pub(super) struct HistoryArguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Of a person: userName, or the id, also of one who is gone
    #[arg(long, value_name = "PERSON", required_unless_present = "workspace")]
    user: Option<String>,
    /// In a workspace: slug, or the id, also of one that is gone
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// What held then: a day such as 2026-03-01 (its end, in UTC), or a time
    #[arg(long, value_name = "TIME", conflicts_with_all = ["since", "until"])]
    at: Option<Moment>,
    /// What still held then, or began later
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// What had begun by then
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Print a JSON array
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

/// The document that auditors ask for
#[derive(clap::Args)]
pub(super) struct ReviewArguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// One workspace, by slug or id; all, if not given
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// As it was then: a day such as 2026-03-01 (its end, in UTC), or a time
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// csv, json, or html to print and sign
    #[arg(long, value_name = "FORMAT")]
    format: Format,
}

/// Erase the name of a person who is gone
#[derive(clap::Args)]
pub(super) struct ForgetArguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Id of the person
    #[arg(long, value_name = "ID")]
    user: String,
    #[command(flatten)]
    asked: Asked,
}

/// Runs `rolecall history`.
pub(super) fn history(arguments: HistoryArguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let HistoryArguments { org, user, workspace, at, since, until, json, csv } = arguments;
    let wanted = Wanted { user, workspace: workspace.map(WorkspaceRef), at, since, until };
    let rows = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?.id;
        let query = history::query(tx, org, &wanted)?;
        let actors = history::actors(tx, org)?;
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let (page, names) = history::page(tx, org, &query, Slice { after, limit: PAGE })?;
            rows.extend(page.iter().map(|tenure| Span::new(tenure, &names, &actors)));
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = Some(last.seq),
                _ => return Ok::<_, CliError>(rows),
            }
        }
    })?;
    if json {
        return output::print_json(&rows);
    }
    let headings = ["PERSON", "WORKSPACE", "ROLE", "FROM", "TO", "BY", "ENDED BY"];
    let rows: Vec<[String; 7]> = rows.into_iter().map(Span::row).collect();
    if csv { print_csv(headings, &rows) } else { output::print_table(headings, &rows) }
}

fn print_csv(headings: [&str; 7], rows: &[[String; 7]]) -> Result<(), CliError> {
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    out.write_record(headings.map(|heading| heading.to_lowercase().replace(' ', "_")))
        .map_err(io::Error::from)?;
    for row in rows {
        out.write_record(row.iter().map(|cell| review::safe_cell(cell)).map(std::borrow::Cow::into_owned))
            .map_err(io::Error::from)?;
    }
    Ok(out.flush()?)
}

/// Runs `rolecall access-review`.
pub(super) fn review(arguments: ReviewArguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let ReviewArguments { org, workspace, at, format } = arguments;
    let (wanted, now) = (ReviewWanted { workspace: workspace.map(WorkspaceRef), at }, parts.clock.now());
    read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        let prepared = review::prepare(tx, org, &wanted, now)?;
        let mut out = io::BufWriter::new(io::stdout().lock());
        review::write(tx, &prepared, format, &mut out)?;
        Ok(out.flush()?)
    })
}

/// Runs `rolecall forget`.
pub(super) fn forget(arguments: ForgetArguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let ForgetArguments { org, user, asked } = arguments;
    let done = asked.run(&parts, org, move |tx, act| Ok(history::forget(tx, act, &user)?))?;
    if let Some(user) = done {
        output::note(&format!("{user} has no name any more; what the person had stays under the id"));
    }
    Ok(())
}

/// A role that a person had for a time, as printed.
#[derive(Serialize)]
struct Span {
    user_id: String,
    user_name: Option<String>,
    workspace_id: Option<String>,
    workspace: Option<String>,
    role: &'static str,
    valid_from: String,
    valid_to: Option<String>,
    by: String,
    change_id: String,
    ended_by: Option<String>,
    ended_by_change: Option<String>,
}

impl Span {
    fn new(tenure: &Tenure, names: &Names, actors: &Actors) -> Self {
        Self {
            user_id: tenure.user.to_string(),
            user_name: names.user(tenure.user).map(str::to_owned),
            workspace_id: tenure.workspace.map(|id| id.to_string()),
            workspace: tenure.workspace.and_then(|id| names.workspace(id)).map(str::to_owned),
            role: tenure.role(),
            valid_from: tenure.from.at.to_string(),
            valid_to: tenure.to.map(|to| to.at.to_string()),
            by: actors.describe(&tenure.from.actor),
            change_id: tenure.from.change.to_string(),
            ended_by: tenure.to.map(|to| actors.describe(&to.actor)),
            ended_by_change: tenure.to.map(|to| to.change.to_string()),
        }
    }

    fn row(self) -> [String; 7] {
        let place = match (self.workspace, self.workspace_id) {
            (Some(name), _) => name,
            (None, Some(id)) => id,
            (None, None) => "(organisation)".to_owned(),
        };
        [
            self.user_name.unwrap_or(self.user_id),
            place,
            self.role.to_owned(),
            self.valid_from,
            self.valid_to.unwrap_or_else(|| "now".to_owned()),
            self.by,
            self.ended_by.unwrap_or_default(),
        ]
    }
}

impl From<ReviewError> for CliError {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::History(error) => error.into(),
            ReviewError::Output(error) => error.into(),
        }
    }
}

//! `rolecall undo`: what one request, one token or one span of time did, reversed.

use std::sync::{Arc, Mutex, PoisonError};

use rolecall_domain::{
    time::Moment,
    use_cases::undo::{self, UndoReport, UndoWanted},
};

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Reverse what one request, one token or one span of time did
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// One request, by its X-Request-Id, which is also the change_id of its events
    #[arg(long, value_name = "ID", required_unless_present = "since")]
    change: Option<String>,
    /// What this token did, by its id
    #[arg(long, value_name = "ID")]
    token: Option<String>,
    /// What was done since then: a day such as 2026-03-01 (its beginning, in UTC), or a time
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// And until then; until now, if not given
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    #[command(flatten)]
    asked: Asked,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let Arguments { org, change, token, since, until, asked } = arguments;
    let wanted = UndoWanted { change, token, since, until };
    // A plan is undone; what the undo had to say is told all the same.
    let told = Arc::new(Mutex::new(UndoReport::default()));
    let tell = Arc::clone(&told);
    let done = asked.run(&parts, org, move |tx, act| {
        let report = undo::undo(tx, act, &wanted)?;
        *tell.lock().unwrap_or_else(PoisonError::into_inner) = report;
        Ok(())
    })?;
    let report = told.lock().unwrap_or_else(PoisonError::into_inner);
    let (verb, stays) = if done.is_some() { ("was", "stays") } else { ("would be", "would stay") };
    for (kind, count) in &report.reversed {
        output::note(&format!("{kind} {verb} reversed, {count} times"));
    }
    for left in &report.left {
        output::note(&format!(
            "{} of {} {stays} (event {}): {}",
            left.kind, left.name, left.seq, left.reason
        ));
    }
    output::note(&format!("{} as before already, {} {stays} as it is", report.already, report.stays));
    Ok(())
}

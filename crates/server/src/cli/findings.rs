//! `rolecall findings`: what an administrator should look at.

use rolecall_domain::{
    ports::{ReadCost, read_now},
    use_cases::{findings, orgs},
};

use super::{CliError, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Of which organisation.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let Arguments { org, json } = arguments;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let now = parts.clock.now();
    let found = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        findings::list(tx, org.id, now).map_err(CliError::from)
    })?;
    if json {
        return output::print_json(&found);
    }
    if found.is_empty() {
        output::note("nothing to look at");
    }
    for finding in found {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        let mut text = format!("{severity}: {}\n", finding.summary);
        if !finding.examples.is_empty() {
            let more = if finding.count as usize > finding.examples.len() { ", …" } else { "" };
            text.push_str(&format!("  {}{more}\n", finding.examples.join(", ")));
        }
        text.push_str(&format!("  → {}\n", finding.what_to_do));
        output::print(&text)?;
    }
    Ok(())
}

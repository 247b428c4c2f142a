//! `rolecall db check`: what is derived against what it is derived from.

use rolecall_domain::{
    ports::{ReadCost, read_now},
    use_cases::orgs,
};
use rolecall_storage::{Difference, Findings, Mending, Part};
use serde::Serialize;

use super::{CliError, counted, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Arguments of `db check`.
#[derive(clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Slug of one organisation; without it, all are checked
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// Mend what differs: memberships are recomputed, with events; what is derived is derived anew
    #[arg(long)]
    repair: bool,
    /// How many differences of each organisation are listed
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print a JSON array with an object for each organisation
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let Arguments { org, repair, limit, json } = arguments;
    let orgs = read_now(&*parts.store, ReadCost::Scan, move |tx| match &org {
        Some(slug) => Ok::<_, CliError>(vec![orgs::require(tx, slug)?]),
        None => Ok(tx.list_orgs()?),
    })?;
    let mending = if repair { Mending::Repair } else { Mending::Look };
    let mut checked = Vec::with_capacity(orgs.len());
    for org in orgs {
        let cause = parts.operator().act(org.id).cause;
        checked.push((org.slug, parts.store.check_org(org.id, &cause, mending, limit)?));
    }
    if json {
        output::print_json(
            &checked.iter().map(|(slug, found)| Shown::of(slug, found, repair)).collect::<Vec<_>>(),
        )?;
    } else {
        output::print(&checked.iter().map(|(slug, found)| text(slug, found, repair)).collect::<String>())?;
    }
    let total: u64 = checked.iter().map(|(_, found)| found.total()).sum();
    if total > 0 && !repair {
        return Err(CliError::Differs(counted(total, "difference")));
    }
    Ok(())
}

fn text(slug: &str, found: &Findings, repaired: bool) -> String {
    let total = found.total();
    if total == 0 {
        return format!("{slug}: everything agrees\n");
    }
    let parts = Part::ALL.into_iter().zip(found.counts).filter(|(_, count)| *count > 0);
    let parts: Vec<_> = parts.map(|(part, count)| format!("{count} in {}", part.as_str())).collect();
    let done = if repaired { ", mended" } else { "" };
    let mut text = format!("{slug}: {}{done} ({})\n", counted(total, "difference"), parts.join(", "));
    for one in &found.differences {
        text.push_str(&format!("  {}\n", sentence(one)));
    }
    let untold = total - found.differences.len() as u64;
    if untold > 0 {
        text.push_str(&format!("  and {untold} more; --limit lists more of them\n"));
    }
    text
}

fn sentence(one: &Difference) -> String {
    let place: Vec<&str> = [&one.person, &one.workspace].into_iter().flatten().map(String::as_str).collect();
    let place = if place.is_empty() { String::new() } else { format!(" {}", place.join(" in ")) };
    // A name may hold anything; a terminal gets none of it raw.
    let line = format!("{}:{place} has `{}`, should have `{}`", one.part.as_str(), one.found, one.expected);
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[derive(Serialize)]
struct Shown<'f> {
    org: &'f str,
    differences: u64,
    repaired: bool,
    parts: serde_json::Map<String, serde_json::Value>,
    listed: Vec<Listed<'f>>,
}

#[derive(Serialize)]
struct Listed<'f> {
    part: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<&'f str>,
    found: &'f str,
    expected: &'f str,
}

impl<'f> Shown<'f> {
    fn of(org: &'f str, found: &'f Findings, repair: bool) -> Self {
        let parts = Part::ALL.into_iter().zip(found.counts);
        let listed = found.differences.iter().map(|one| Listed {
            part: one.part.as_str(),
            person: one.person.as_deref(),
            workspace: one.workspace.as_deref(),
            found: &one.found,
            expected: &one.expected,
        });
        Self {
            org,
            differences: found.total(),
            repaired: repair && found.total() > 0,
            parts: parts.map(|(part, count)| (part.as_str().to_owned(), count.into())).collect(),
            listed: listed.collect(),
        }
    }
}

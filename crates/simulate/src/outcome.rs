//! What a run came to, for a person and for a program.

use std::fmt;

use serde::Serialize;

pub use crate::compare::Difference;
use crate::run::{Plan, Report};
pub use crate::stats::Traffic;

/// The end of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// `entra`, `okta` or `strict`.
    pub provider: String,
    /// The seed, which makes the same company again.
    pub seed: u64,
    /// Incremental cycles after the initial one.
    pub cycles: u32,
    /// People in the directory at the end.
    pub people: usize,
    /// Groups in the directory at the end.
    pub groups: usize,
    /// How many times anybody is in a group at the end.
    pub memberships: usize,
    /// Things that happened in the company.
    pub intents: usize,
    /// Resources that were there before and were taken over; they are compared and never cleaned up.
    pub adopted: usize,
    /// Requests, statuses and latencies.
    pub traffic: Traffic,
    /// What the server refused, a line each.
    pub failures: Vec<String>,
    /// Where the server holds something else than was pushed.
    pub differences: Vec<Difference>,
}

impl Outcome {
    pub(crate) fn new(provider: &str, plan: &Plan, report: Report, traffic: Traffic) -> Self {
        Self {
            provider: provider.to_owned(),
            seed: plan.seed,
            cycles: plan.cycles,
            people: report.people,
            groups: report.groups,
            memberships: report.memberships,
            intents: report.intents,
            adopted: report.adopted,
            traffic,
            failures: report.failures,
            differences: report.differences,
        }
    }

    /// Whether nothing was refused and nothing differs: exit code 0, else 1.
    pub fn is_in_step(&self) -> bool {
        self.failures.is_empty() && self.differences.is_empty()
    }

    /// As JSON, on several lines.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings, numbers and maps with string keys")
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "refused: {failure}")?;
        }
        for difference in &self.differences {
            writeln!(f, "differs: {difference}")?;
        }
        writeln!(
            f,
            "{} from seed {}: an initial cycle and {} more, {} changes; {} people, {} groups, {} memberships{}",
            self.provider,
            self.seed,
            self.cycles,
            self.intents,
            self.people,
            self.groups,
            self.memberships,
            if self.adopted > 0 { format!(", {} of them adopted", self.adopted) } else { String::new() },
        )?;
        let traffic = &self.traffic;
        let statuses: Vec<String> =
            traffic.statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        writeln!(
            f,
            "{} requests in {:.1} s ({:.0}/s, {} retried), p50 {:.1} ms, p99 {:.1} ms; {}",
            traffic.requests,
            traffic.seconds,
            traffic.requests_per_second,
            traffic.retries,
            traffic.p50_ms,
            traffic.p99_ms,
            statuses.join(", "),
        )?;
        if self.adopted > 0 && !self.is_in_step() {
            writeln!(
                f,
                "part of this company was there already, perhaps from a run before; --prefix makes another one, and \
                 --clean removes at the end what a run made"
            )?;
        }
        write!(f, "{} differences, {} refusals", self.differences.len(), self.failures.len())
    }
}

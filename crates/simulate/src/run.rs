//! The whole run over any wire: connect, push every cycle, compare, and clean up if asked to.

#[cfg(test)]
mod tests;

use indicatif::ProgressBar;

use crate::compare::{self, Difference};
use crate::cycle::{Company, Size};
use crate::dialect::Dialect;
use crate::directory::{Directory, invent};
use crate::exchange::Wire;
use crate::intent::Subject;
use crate::links::Links;
use crate::push::push_cycle;
use crate::session::{PushError, Session};

/// What to simulate.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) size: Size,
    /// Incremental cycles after the initial one.
    pub(crate) cycles: u32,
    /// What share of the people the directory loses in the end, in percent.
    pub(crate) drop: Option<u8>,
    pub(crate) seed: u64,
    pub(crate) prefix: String,
    /// How many requests are under way at once.
    pub(crate) connections: usize,
    /// Whether to remove at the end what this run made.
    pub(crate) clean: bool,
}

/// What came of it, apart from the traffic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) people: usize,
    pub(crate) groups: usize,
    pub(crate) memberships: usize,
    pub(crate) intents: usize,
    /// Resources that were there already and were taken over.
    pub(crate) adopted: usize,
    pub(crate) failures: Vec<String>,
    pub(crate) differences: Vec<Difference>,
}

/// Why a simulation could not be carried through. That the server holds something else is no such reason.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The Tenant URL is not one.
    #[error("{0:?} is not a Tenant URL: it starts with http:// or https://, as in https://host/scim/acme/v2")]
    TenantUrl(String),
    /// The first requests, which only look, did not work.
    #[error("the connection test failed: {0}")]
    Connect(String),
    /// The secret was refused in the middle of the run.
    #[error("the server no longer accepts the secret: {0}")]
    NotAllowed(String),
    /// No answer came, however often it was tried.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

impl From<PushError> for SimulateError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Unreachable(error) => Self::Unreachable(error.to_string()),
            error => Self::NotAllowed(error.to_string()),
        }
    }
}

/// Carries `plan` out in `dialect`.
pub(crate) fn run(
    plan: &Plan,
    dialect: &dyn Dialect,
    wire: &dyn Wire,
    bar: &ProgressBar,
) -> Result<Report, SimulateError> {
    let links = Links::default();
    let mut company = Company::new(plan.seed, &plan.prefix, dialect.habits());
    connect(plan, dialect, wire, &links, &company.directory)?;

    let mut report = Report::default();
    let last = plan.cycles + u32::from(plan.drop.is_some());
    for number in 0..=last {
        let (cycle, name) = match plan.drop {
            _ if number == 0 => (company.first_cycle(plan.size), "initial cycle".to_owned()),
            Some(percent) if number > plan.cycles => (company.lose(percent), "people are lost".to_owned()),
            _ => (company.next_cycle(), format!("cycle {number} of {}", plan.cycles)),
        };
        bar.reset();
        bar.set_length(cycle.intents.len() as u64);
        bar.set_message(name);
        report.intents += cycle.intents.len();
        let session = Session { wire, links: &links, now: &company.directory };
        report.failures.extend(push_cycle(dialect, session, &cycle, plan.connections, bar)?);
    }

    let session = Session { wire, links: &links, now: &company.directory };
    report.people = company.directory.people.len();
    report.groups = company.directory.groups.len();
    report.memberships = company.directory.membership_count();
    report.adopted = links.live().iter().filter(|(_, link)| !link.made).count();
    report.differences = compare::compare(dialect, session, bar)?;
    if plan.clean {
        report.failures.extend(clean(session, bar)?);
    }
    bar.finish_and_clear();
    Ok(report)
}

fn connect(
    plan: &Plan,
    dialect: &dyn Dialect,
    wire: &dyn Wire,
    links: &Links,
    nobody: &Directory,
) -> Result<(), SimulateError> {
    // A stream of its own: the company stays the same whatever the connection test asks.
    let probe = invent::guid(&mut fastrand::Rng::with_seed(!plan.seed));
    let session = Session { wire, links, now: nobody };
    dialect.connect(session, &probe).map_err(|error| match error {
        PushError::Unreachable(error) => SimulateError::Unreachable(error.to_string()),
        error => SimulateError::Connect(error.to_string()),
    })
}

/// Removes what this run made: groups first, so that nobody is taken out of one person by person.
fn clean(session: Session<'_>, bar: &ProgressBar) -> Result<Vec<String>, SimulateError> {
    let (people, groups): (Vec<_>, Vec<_>) = session
        .links
        .live()
        .into_iter()
        .filter(|(_, link)| link.made)
        .map(|(subject, _)| subject)
        .partition(|subject| matches!(subject, Subject::Person(_)));
    bar.reset();
    bar.set_length((people.len() + groups.len()) as u64);
    bar.set_message("cleaning up");
    let mut failures = Vec::new();
    for subject in groups.into_iter().chain(people) {
        match session.delete(subject) {
            Ok(()) => {}
            Err(PushError::Unreachable(error)) => return Err(SimulateError::Unreachable(error.to_string())),
            Err(error) => failures.push(format!("cleaning up: {error}")),
        }
        bar.inc(1);
    }
    Ok(failures)
}

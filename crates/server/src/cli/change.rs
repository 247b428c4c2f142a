//! A change from the command line: done, done only as planned, or planned.

use rolecall_domain::{
    effect::{Effect, EffectKind, Fingerprint},
    ports::{StoreError, Tx, write_now},
    role::{OrgRole, WorkspaceRole},
    use_cases::{
        Act, orgs,
        plan::{self, Plan, PlanPage, Stopped, Wish},
    },
};

use super::{CliError, output};
use crate::wiring::Parts;

/// So many lines of a plan are shown; the API pages through all of them.
const LINES: usize = 1_000;

/// Flags of every command that changes something.
#[derive(clap::Args)]
pub(super) struct Asked {
    /// Say what this would do, and leave everything as it is
    #[arg(long)]
    plan: bool,
    /// Do it only if it does what the plan of this fingerprint says
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "plan")]
    as_planned: Option<Fingerprint>,
}

impl Asked {
    /// For a command that only plans.
    pub(super) fn planned() -> Self {
        Self { plan: true, as_planned: None }
    }

    /// Runs a change in the organisation of that slug. `None`: it was planned, and the plan is printed.
    pub(super) fn run<T: Send + 'static>(
        self,
        parts: &Parts,
        org: String,
        mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, CliError> + Send + 'static,
    ) -> Result<Option<T>, CliError> {
        let (operator, wish) = (parts.operator(), self.wish());
        let done = write_now(&*parts.store, move |tx| {
            let org = orgs::require(tx, &org).map_err(|error| Stopped::Failed(error.into()))?;
            plan::run(tx, &operator.act(org.id), &wish, |tx, act| work(tx, act))
        });
        match done {
            Ok(done) => Ok(Some(done)),
            Err(Stopped::Failed(error)) => Err(error),
            Err(Stopped::Planned(plan)) => show(&plan).map(|()| None),
            Err(Stopped::Moved { now, planned }) => {
                Err(CliError::Moved(Stopped::<StoreError>::moved(&now, &planned)))
            }
        }
    }

    /// Whether it is to be done as it is: neither planned nor only as planned.
    pub(super) fn is_plain(&self) -> bool {
        self.wish() == Wish::Do
    }

    fn wish(&self) -> Wish {
        match (self.plan, self.as_planned) {
            (true, _) => Wish::Plan(PlanPage { after: None, limit: LINES }),
            (false, Some(planned)) => Wish::DoAsPlanned(planned),
            (false, None) => Wish::Do,
        }
    }
}

/// Prints a plan as a table that a person reads, and below it on standard error what it comes to.
fn show(plan: &Plan) -> Result<(), CliError> {
    let rows: Vec<_> = plan.effects.iter().map(|effect| row(plan, effect)).collect();
    if !rows.is_empty() {
        output::print_table(["", "PERSON", "WORKSPACE", "BEFORE", "AFTER"], &rows)?;
    }
    if plan.next.is_some() {
        output::note(&format!("these are the first {LINES}; the admin API pages through all of them"));
    }
    for (kind, also) in &plan.also {
        let names =
            if also.names.is_empty() { String::new() } else { format!(": {}", also.names.join(", ")) };
        output::note(&format!("also {kind}, {} times{names}", also.count));
    }
    let counts = plan.counts;
    output::note(&format!(
        "{} would gain access, {} lose it, {} get another role in a workspace and {} in the organisation; {} people in {} \
         workspaces. Nothing was changed. To do just this: --as-planned {}",
        counts.gains,
        counts.losses,
        counts.changes,
        counts.org_roles,
        counts.people,
        counts.workspaces,
        plan.fingerprint,
    ));
    Ok(())
}

fn row(plan: &Plan, effect: &Effect) -> [String; 5] {
    let kind = effect.kind();
    let role = |rank: Option<i16>| {
        let word = |rank| match kind {
            EffectKind::OrgRole => OrgRole::from_rank(rank).map(OrgRole::as_str),
            _ => WorkspaceRole::from_rank(rank).map(WorkspaceRole::as_str),
        };
        rank.and_then(word).unwrap_or("-").to_owned()
    };
    let person = plan.names.user(effect.user).map_or_else(|| effect.user.to_string(), str::to_owned);
    let place = effect.workspace.map_or("(organisation)".to_owned(), |id| {
        plan.names.workspace(id).map_or_else(|| id.to_string(), str::to_owned)
    });
    [kind.as_str().to_owned(), person, place, role(effect.old), role(effect.new)]
}

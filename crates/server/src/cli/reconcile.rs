//! `rolecall reconcile`: everybody's access compared with what it follows from.

use rolecall_domain::{
    ports::write_now,
    use_cases::{
        orgs,
        reconcile::{self, Reconciled},
    },
};

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Whose.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    #[command(flatten)]
    asked: Asked,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let Arguments { org, asked } = arguments;
    let parts = wiring::open(config, Schema::AsItIs)?;
    if !asked.is_plain() {
        let done = asked.run(&parts, org, |tx, act| reconcile::everybody(tx, act).map_err(CliError::from))?;
        return done.map_or(Ok(()), |done| tell(&done));
    }
    let (mut all, mut after) = (Reconciled::default(), None);
    loop {
        let (operator, slug) = (parts.operator(), org.clone());
        let (done, next) = write_now(&*parts.store, move |tx| {
            let org = orgs::require(tx, &slug)?;
            reconcile::page(tx, &operator.act(org.id), after).map_err(CliError::from)
        })?;
        all.add(done);
        match next {
            Some(_) => after = next,
            None => return tell(&all),
        }
    }
}

fn tell(done: &Reconciled) -> Result<(), CliError> {
    let people = done.people;
    let text = match done.differences() {
        0 => format!("{people} people: nothing differed\n"),
        _ => format!(
            "{people} people: {} memberships were missing, {} had another role, {} should not have been, and {} \
             organisation roles were wrong; all are put right\n",
            done.changed.joined, done.changed.changed, done.changed.left, done.changed.roles
        ),
    };
    Ok(output::print(&text)?)
}

//! `rolecall org`: organisations.

use rolecall_domain::{
    ports::{ReadCost, read_now, write_now},
    use_cases::orgs,
};

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Commands on organisations.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an organisation with its default connection
    Create {
        /// Its name in addresses: a-z, 0-9 and `-`
        slug: String,
        /// Its name for people; the slug, if not given
        #[arg(long)]
        name: Option<String>,
    },
    /// Call an organisation otherwise, for people; the slug, and with it the Tenant URL, stays
    Rename {
        /// Its slug
        slug: String,
        /// What people call it from now on
        name: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// List all organisations
    List {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Create { slug, name } => create(slug, name, config),
        Command::Rename { slug, name, asked } => rename(slug, name, asked, config),
        Command::List { json } => list(json, config),
    }
}

fn create(slug: String, name: Option<String>, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let operator = parts.operator();
    let org = write_now(&*parts.store, move |tx| {
        orgs::create(tx, operator.ids(), &slug, name.as_deref(), operator.now()).map_err(CliError::from)
    })?;
    Ok(output::print(&format!("{}\n", org.slug))?)
}

fn rename(slug: String, name: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let done = asked.run(&parts, slug, move |tx, act| Ok(orgs::rename(tx, act, &name)?))?;
    if done.is_some() {
        output::note("the name is saved");
    }
    Ok(())
}

fn list(json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let orgs = read_now(&*parts.store, ReadCost::Scan, |tx| tx.list_orgs().map_err(CliError::from))?;
    if json {
        return output::print_json(&orgs);
    }
    let rows: Vec<_> = orgs.into_iter().map(|org| [org.slug, org.name, org.created_at.to_string()]).collect();
    output::print_table(["SLUG", "NAME", "CREATED"], &rows)
}

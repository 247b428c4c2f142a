//! `rolecall migrate`: the database at the schema of this version. Safe to repeat, and while a server runs.

use super::{CliError, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

pub(super) fn run(config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::Migrate)?;
    let applied = parts.applied.len();
    let text = match applied {
        0 => format!("{} has the schema of this version already\n", config.database_url),
        1 => format!("{}: 1 migration applied\n", config.database_url),
        _ => format!("{}: {applied} migrations applied\n", config.database_url),
    };
    Ok(output::print(&text)?)
}

//! `rolecall db`: everything moved to another database, and what is derived checked against what it is derived from.

mod check;
mod copy;

use super::{CliError, output};
use crate::config::Config;

/// Commands on databases.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Copy everything into an empty database, of either kind
    ///
    /// The source is read as of one moment, so it may be in use; what is written to it later is not in the copy: stop the
    /// servers first. The target is written in one transaction that also compares what arrived. A copy that is interrupted
    /// leaves nothing behind, and is run again.
    Copy(copy::Arguments),
    /// Compare memberships and indexes with what they follow from; exit code 1 when anything differs
    Check(check::Arguments),
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Copy(arguments) => copy::run(&arguments, config),
        Command::Check(arguments) => check::run(arguments, config),
    }
}

/// `1 difference`, `2 differences`.
fn counted(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

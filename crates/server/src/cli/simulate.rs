//! `rolecall simulate`: an identity provider to try a SCIM server with.

use rolecall_simulate::cli::{Secret, SimulateArgs, ask_for_secret, run as simulate};

use super::{CliError, output};

/// Runs it; a difference is a failure, told on standard output.
#[expect(clippy::disallowed_methods, reason = "crates/server reads the environment")]
pub(super) fn run(arguments: &SimulateArgs) -> Result<(), CliError> {
    let secret = match std::env::var("ROLECALL_SCIM_TOKEN") {
        Ok(text) if !text.trim().is_empty() => Secret::new(text.trim()),
        _ => ask_for_secret().map_err(CliError::NoSecretGiven)?,
    };
    let outcome = simulate(arguments, &secret)?;
    output::print(&format!("{}\n", if arguments.json { outcome.to_json() } else { outcome.to_string() }))?;
    if outcome.is_in_step() { Ok(()) } else { Err(CliError::NotInStep) }
}

//! `rolecall completions`: what a shell needs to finish words.

use clap_complete::Shell;

use super::{CliError, output};

/// Arguments of `completions`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, mut command: clap::Command) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "rolecall", &mut script);
    Ok(output::print(&String::from_utf8_lossy(&script))?)
}

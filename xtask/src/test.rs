//! `cargo xtask test`: every test of the workspace, with the runner's own summary as the last lines.

use clap::Args;

use crate::command::{Failure, cargo, run as run_command, succeeds};

/// What to run.
#[derive(Args, Default)]
pub(crate) struct Arguments {
    /// Leave out the tests that need PostgreSQL. SQLite is the only database so far, so this leaves out nothing
    #[arg(long)]
    sqlite_only: bool,
    /// Passed to the runner (`cargo nextest run` if installed, else `cargo test`), for example a test's name.
    /// The examples in the documentation are then left out
    #[arg(last = true)]
    runner: Vec<String>,
}

/// Runs them.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let everything = arguments.runner.is_empty();
    // nextest runs no examples in documentation; `cargo test` does that on its own, unless told which targets.
    let nextest = succeeds(&mut cargo(["nextest", "--version"]));
    if everything {
        run_command(&mut cargo(["test", "--workspace", "--doc"]))?;
    }
    let mut runner = if nextest {
        cargo(["nextest", "run", "--workspace"])
    } else {
        cargo(["test", "--workspace", "--all-targets"])
    };
    run_command(runner.args(&arguments.runner))
}

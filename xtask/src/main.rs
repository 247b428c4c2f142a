//! Development chores: `cargo xtask test | ci | deps | codegen | bench | ha-test`.

mod bench;
mod browser;
mod ci;
mod codegen;
mod command;
mod deps;
mod ha;
mod place;
mod postgres;
mod test;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Development chores of Rolecall")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every test
    Test(test::Arguments),
    /// Everything that must hold before a change lands: format, arrows, lints, documentation, tests
    Ci,
    /// Check that crates name only what their layer allows
    Deps,
    /// Write the page that tells which tests show which requirement of SCIM
    Codegen(codegen::Arguments),
    /// Measure the release binary next to a bare floor (`cargo xtask bench --help` lists its flags)
    #[command(disable_help_flag = true)]
    Bench {
        /// Passed to the bench program
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Lose the primary of a PostgreSQL cluster under a load of writes, and see that nothing acknowledged goes with it
    HaTest(ha::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Test(arguments) => test::run(&arguments),
        Chore::Ci => ci::run(),
        Chore::Deps => deps::run(),
        Chore::Codegen(arguments) => codegen::run(&arguments),
        Chore::HaTest(arguments) => ha::run(&arguments),
        Chore::Bench { arguments } => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

//! The binary `rolecall`: command line, configuration, telemetry and wiring. The only crate that reads the
//! environment, files, the clock and randomness; it holds no rules, no SQL and no HTTP handlers.
//!
//! Read `wiring.rs` for how the parts meet, then `cli/serve.rs` for how the server runs.
//!
//! # Adding a command
//! 1. One file in `cli/`: its arguments (clap derive; the doc comments are the help, the man page and the
//!    completions) and its `run`.
//! 2. One variant of `cli::Command` and one arm of its `match`.
//! 3. A test in `tests/cli.rs` that runs the real binary.
//!
//! # Adding a setting
//! One line in `config/keys.rs`, one field of `config::Config`, one line where it is read, one line in `entries`.

mod cli;
mod config;
mod first_start;
mod machine;
mod metrics;
mod telemetry;
mod wiring;
mod workers;

use std::process::ExitCode;

/// Requests allocate many small texts; this takes a tenth of the time of a request off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}

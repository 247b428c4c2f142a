//! `cargo xtask test`: every test of the workspace, with the runner's own summary as the last lines.

use std::{env, path::PathBuf};

use clap::Args;

use crate::{
    browser,
    command::{Failure, cargo, run as run_command, succeeds},
    place,
    postgres::{self, Server, pgbouncer},
};

/// What to run.
#[derive(Args, Default)]
pub(crate) struct Arguments {
    /// Leave out the tests that need PostgreSQL. Without this, a server is started for them, from the programs that the
    /// machine has, and removed afterwards; or the one is used that ROLECALL_TEST_POSTGRES_URL names
    #[arg(long)]
    sqlite_only: bool,
    /// Only the tests of the console in a real Chromium, by ChromeDriver; axe-core comes from npm. Tells how to install
    /// what is missing
    #[arg(long, conflicts_with_all = ["sqlite_only", "tls"])]
    browser: bool,
    /// A folder for pictures of every page that the tests of the console visit
    #[arg(long, requires = "browser", value_name = "FOLDER")]
    shots: Option<PathBuf>,
    /// Only the tests of TLS to PostgreSQL, in a build with OpenSSL, which takes minutes to compile
    #[arg(long, conflicts_with = "sqlite_only")]
    tls: bool,
    /// Passed to the runner (`cargo nextest run` if installed, else `cargo test`), for example a test's name.
    /// The examples in the documentation are then left out
    #[arg(last = true)]
    runner: Vec<String>,
}

/// Where the tests of TLS are.
const TLS: [&str; 6] = ["-p", "rolecall-storage", "--features", "tls", "--test", "tls"];

/// Runs them.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.browser {
        return browser::test(arguments.shots.as_deref(), &arguments.runner);
    }
    let given = env::var_os(postgres::URL).is_some_and(|url| !url.is_empty());
    let server = if arguments.sqlite_only || arguments.tls || given { None } else { Some(start()?) };
    let everything = arguments.runner.is_empty() && !arguments.tls;
    // nextest runs no examples in documentation; `cargo test` does that on its own, unless told which targets.
    let nextest = succeeds(&mut cargo(["nextest", "--version"]));
    if everything {
        run_command(&mut cargo(["test", "--workspace", "--doc"]))?;
    }
    let mut runner = match (nextest, arguments.tls) {
        (true, false) => cargo(["nextest", "run", "--workspace"]),
        (false, false) => cargo(["test", "--workspace", "--all-targets"]),
        (true, true) => cargo(["nextest", "run"]),
        (false, true) => cargo(["test"]),
    };
    if arguments.tls {
        // Without it they would be skipped.
        postgres::Programs::find()?;
        runner.args(TLS);
    }
    if !arguments.sqlite_only
        && let Ok(programs) = postgres::Programs::find()
    {
        // For the tests that stop and start one of their own.
        runner.env(postgres::PROGRAMS, &programs.folder).env(postgres::USER, place::as_user()?);
    }
    if let Some(server) = &server {
        runner.env(postgres::URL, &server.url);
        if let Some(port) = server.pooled {
            runner.env(pgbouncer::PORT, port.to_string());
        }
    } else if arguments.sqlite_only {
        runner.env_remove(postgres::URL).env_remove(postgres::PROGRAMS);
        runner.env_remove(pgbouncer::PORT);
    }
    run_command(runner.args(&arguments.runner))
}

/// The server, with a pgbouncer before it where there is one. CI has one.
fn start() -> Result<Server, Failure> {
    let pgbouncer = pgbouncer::find();
    match pgbouncer {
        Ok(program) => Server::start(Some(&program)),
        Err(missing) if env::var_os("CI").is_some() => Err(missing),
        Err(missing) => {
            eprintln!("xtask: {missing}; they are left out");
            Server::start(None)
        }
    }
}

//! The command line: what can be typed, and where each command goes. Help, man page and completions come from here.

mod access;
mod admin;
mod api_key;
mod change;
mod completions;
mod config;
mod connection;
mod db;
mod doctor;
mod error;
mod explain;
mod findings;
mod grant;
mod holds;
mod import;
mod lifetime;
mod log;
mod man;
mod mappings;
mod matches;
mod migrate;
mod org;
mod output;
mod reconcile;
mod schema;
mod serve;
mod setup_link;
mod simulate;
mod token;
mod undo;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};

pub(crate) use error::CliError;

use crate::{
    config::{Config, Environment, Faults, Flags},
    telemetry,
};

/// A self-hosted SCIM 2.0 provisioning server: an identity provider's people and groups become organisation roles
/// and workspace memberships.
#[derive(Parser)]
#[command(
    name = "rolecall",
    version,
    arg_required_else_help = true,
    max_term_width = 110,
    after_help = "Settings come from defaults, then a TOML file (--config, else ./rolecall.toml, else \
                  /etc/rolecall/rolecall.toml), then variables such as ROLECALL_LISTEN or ROLECALL_LOG__LEVEL, then \
                  flags; later ones win. `rolecall config` shows what is in force.\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."
)]
struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Flags of every command.
#[derive(Args)]
struct Everywhere {
    /// The database. Give one whose URL holds a password by ROLECALL_DATABASE_URL or the file: `ps` shows flags
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    database_url: Option<String>,
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "ROLECALL_CONFIG",
        help_heading = "Global options"
    )]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; makes and migrates the database, and a first organisation on the very first start
    Serve(serve::Arguments),
    /// Bring the database to the schema of this version
    Migrate,
    /// Move everything to another database, and check one
    #[command(subcommand)]
    Db(db::Command),
    /// Make and list organisations
    #[command(subcommand)]
    Org(org::Command),
    /// Make, list and revoke the Secret Tokens that identity providers present
    #[command(subcommand)]
    Token(token::Command),
    /// Make, list and revoke keys of the admin API
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Make, list and revoke links with which somebody connects an identity provider, and does nothing else
    #[command(subcommand)]
    SetupLink(setup_link::Command),
    /// Make, list, reset and shut out the administrators who sign in to the console
    #[command(subcommand)]
    Admin(admin::Command),
    /// Make, change, pause and remove connections: how each identity provider is read, and what it may do
    #[command(subcommand)]
    Connection(connection::Command),
    /// Say why a person has what they have, and what stands in the way of the rest
    Explain(explain::Arguments),
    /// List what an administrator should look at, each with what to do
    Findings(findings::Arguments),
    /// Give roles in workspaces by hand, for good or for a time, change them and take them back
    #[command(subcommand)]
    Grant(grant::Command),
    /// List and settle what the directory took away and people have still
    #[command(subcommand)]
    Holds(holds::Command),
    /// Add, list and remove schemas with attributes of an organisation's own
    #[command(subcommand)]
    Schema(schema::Command),
    /// Show what identity providers asked and were answered, the refused requests, too
    Log(log::Arguments),
    /// Who had which role where, from when until when, and by whose doing
    History(access::HistoryArguments),
    /// Write the document that auditors ask for: who has which role where, since when, and why
    AccessReview(access::ReviewArguments),
    /// Reverse what one request, one token or one span of time did; with --plan, say what that would do
    Undo(undo::Arguments),
    /// Erase the name of a person who is gone; what the person had stays under the id
    Forget(access::ForgetArguments),
    /// Bring in people who are there already, with what they were given by hand, from a CSV or JSON file
    Import(import::Arguments),
    /// Who may be in the organisation twice: imported, and pushed by a directory under another name
    #[command(subcommand)]
    Matches(matches::Command),
    /// Mappings as code: print them as a file, say what a changed file would do, and apply it
    #[command(subcommand)]
    Mappings(mappings::Command),
    /// Compare everybody's access with what it follows from, and put right what differs: it should be nothing
    Reconcile(reconcile::Arguments),
    /// Play an identity provider against a SCIM server, and compare what it holds with what was pushed
    ///
    /// The Secret Token is read from ROLECALL_SCIM_TOKEN, or asked for. Exit code 1 when anything was refused or differs.
    Simulate(rolecall_simulate::cli::SimulateArgs),
    /// Check configuration, database, clock, port and disk, and say what to do
    Doctor(doctor::Arguments),
    /// Print the settings in force, with secrets masked
    Config(config::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Print the man page, or write one for each command into a folder
    Man(man::Arguments),
}

/// Runs the command that was typed.
pub(crate) fn main() -> ExitCode {
    // Wrong usage ends here, with exit code 2 and help on standard error.
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(message) = error.message() {
                output::note(&format!("rolecall: {message}"));
            }
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    let Cli { everywhere, command } = cli;
    match command {
        Command::Serve(arguments) => {
            let config = everywhere.load(|flags| arguments.note(flags))?;
            telemetry::start(&config.log);
            serve::run(&config)
        }
        Command::Migrate => migrate::run(&everywhere.settings()?),
        Command::Db(command) => db::run(command, &everywhere.settings()?),
        Command::Org(command) => org::run(command, &everywhere.settings()?),
        Command::Token(command) => token::run(command, &everywhere.settings()?),
        Command::SetupLink(command) => setup_link::run(command, &everywhere.settings()?),
        Command::ApiKey(command) => api_key::run(command, &everywhere.settings()?),
        Command::Admin(command) => admin::run(command, &everywhere.settings()?),
        Command::Grant(command) => grant::run(command, &everywhere.settings()?),
        Command::Holds(command) => holds::run(command, &everywhere.settings()?),
        Command::Connection(command) => connection::run(command, &everywhere.settings()?),
        Command::Findings(arguments) => findings::run(arguments, &everywhere.settings()?),
        Command::Explain(arguments) => explain::run(arguments, &everywhere.settings()?),
        Command::Schema(command) => schema::run(command, &everywhere.settings()?),
        Command::Log(arguments) => log::run(arguments, &everywhere.settings()?),
        Command::History(arguments) => access::history(arguments, &everywhere.settings()?),
        Command::AccessReview(arguments) => access::review(arguments, &everywhere.settings()?),
        Command::Undo(arguments) => undo::run(arguments, &everywhere.settings()?),
        Command::Forget(arguments) => access::forget(arguments, &everywhere.settings()?),
        Command::Import(arguments) => import::run(arguments, &everywhere.settings()?),
        Command::Matches(command) => matches::run(command, &everywhere.settings()?),
        Command::Mappings(command) => mappings::run(command, &everywhere.settings()?),
        Command::Reconcile(arguments) => reconcile::run(arguments, &everywhere.settings()?),
        Command::Simulate(arguments) => simulate::run(&arguments),
        // A configuration that cannot be read is one of its findings.
        Command::Doctor(arguments) => {
            doctor::run(&arguments, everywhere.load(|_| {}).map_err(CliError::from))
        }
        Command::Config(arguments) => config::run(&arguments, &everywhere.load(|_| {})?),
        Command::Completions(arguments) => completions::run(&arguments, Cli::command()),
        Command::Man(arguments) => man::run(&arguments, Cli::command()),
    }
}

impl Everywhere {
    /// For commands that do their work and end: only what goes wrong is worth a log line.
    fn settings(&self) -> Result<Config, CliError> {
        let config = self.load(|_| {})?;
        telemetry::start(&config.log_of_a_command());
        Ok(config)
    }

    fn load(&self, note: impl FnOnce(&mut Flags)) -> Result<Config, Faults> {
        let mut flags = Flags::default();
        flags.set("database_url", "--database-url", self.database_url.as_deref());
        note(&mut flags);
        Config::load(self.config.as_deref(), &Environment::of_process(), &flags)
    }
}

#[cfg(test)]
mod tests;

//! `rolecall mappings`: mappings as code.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use rolecall_api::mapping_text;
use rolecall_domain::{
    ports::{ReadCost, read_now},
    use_cases::{
        mapping_file::{self, MappingFile, Step, StepError},
        orgs,
    },
};

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Parts, Schema},
};

/// Commands on mappings as a file.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Print what is there as a file that `apply` takes: workspaces, mappings, roles, name pattern and rules
    Export {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
    },
    /// Say how what is there differs from a file, and who would gain and lose what; leave everything as it is
    Plan {
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Make what is there as a file says, all of it or nothing
    Apply {
        #[command(flatten)]
        wanted: Wanted,
        #[command(flatten)]
        asked: Asked,
    },
}

/// What shall be.
#[derive(clap::Args)]
pub(super) struct Wanted {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// A TOML file as `export` prints it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Remove, too, what a section of the file does not have; a section that is absent is left alone
    #[arg(long)]
    prune: bool,
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Export { org } => export(org, config),
        Command::Plan { wanted } => apply(wanted, Asked::planned(), config),
        Command::Apply { wanted, asked } => apply(wanted, asked, config),
    }
}

fn export(org: String, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let file = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        mapping_file::export(tx, org.id).map_err(CliError::from)
    })?;
    Ok(output::print(&mapping_text::of(&file))?)
}

fn apply(wanted: Wanted, asked: Asked, config: &Config) -> Result<(), CliError> {
    let Wanted { org, file, prune } = wanted;
    let file = read(&file)?;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let shown = steps(&parts, org.clone(), file.clone(), prune)?;
    let lines: String = shown.iter().map(|step| format!("{step}\n")).collect();
    output::print(&lines)?;
    if shown.is_empty() {
        output::note("everything is as the file says");
        return Ok(());
    }
    let done = asked.run(&parts, org, move |tx, act| {
        // Once more, inside the unit of work that takes them.
        let steps = mapping_file::difference(tx, act.org, &file, prune)?;
        mapping_file::carry_out(tx, act, &steps)?;
        Ok::<_, CliError>(steps.len())
    })?;
    if let Some(count) = done {
        output::note(&format!("{count} change{} made", if count == 1 { "" } else { "s" }));
    }
    Ok(())
}

fn steps(parts: &Parts, org: String, file: MappingFile, prune: bool) -> Result<Vec<Step>, CliError> {
    read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        mapping_file::difference(tx, org.id, &file, prune).map_err(CliError::from)
    })
}

fn read(file: &Path) -> Result<MappingFile, CliError> {
    let name = file.display().to_string();
    let unreadable = |error: std::io::Error| CliError::Read { file: name.clone(), error };
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(unreadable)?
    };
    toml::from_str(&text).map_err(|error| CliError::BadFile { file: name, error: error.to_string() })
}

impl From<StepError> for CliError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Store(error) => error.into(),
            other => Self::Step(other),
        }
    }
}

//! `rolecall import`: people who are there already.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use rolecall_api::import::{self, Format, ImportFailure};
use rolecall_domain::use_cases::import::ImportError;

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Bring in people who are there already
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The people, as CSV or JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// What the file is, where its name does not end in .csv or .json: csv, json
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    asked: Asked,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let Arguments { org, file, format, asked } = arguments;
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = format.or_else(|| Format::of_extension(extension)).unwrap_or(Format::Csv);
    let people = People::open(&file)?;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let done = asked.run(&parts, org, move |tx, act| {
        // A unit of work may be run again, so the file is read from its beginning.
        let mut lines = people.read()?;
        Ok(import::run(tx, act, format, &mut *lines)?)
    });
    if let Err(CliError::Import(ImportFailure::Import(ImportError::Lines { faults, count }))) = &done {
        faults.iter().for_each(|fault| output::note(&fault.to_string()));
        if *count > faults.len() as u64 {
            output::note(&format!("… and {} more lines", count - faults.len() as u64));
        }
    }
    if let Some(report) = done? {
        output::note(&format!(
            "{} people: {} new, {} changed, {} as they were, {} owned by a directory; {} roles given by hand",
            report.people,
            report.created,
            report.changed,
            report.unchanged,
            report.of_directories,
            report.grants
        ));
    }
    Ok(())
}

/// Where the people are.
enum People {
    /// Read anew each time, and never whole.
    File(PathBuf),
    /// Standard input can be read once.
    Given(Arc<[u8]>),
}

impl People {
    fn open(file: &Path) -> Result<Self, CliError> {
        if file != Path::new("-") {
            let people = Self::File(file.to_owned());
            people.read()?;
            return Ok(people);
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| unreadable(file, error))?;
        Ok(Self::Given(bytes.into()))
    }

    fn read(&self) -> Result<Box<dyn Read + '_>, CliError> {
        match self {
            Self::File(file) => File::open(file)
                .map(|opened| Box::new(opened) as Box<dyn Read>)
                .map_err(|error| unreadable(file, error)),
            Self::Given(bytes) => Ok(Box::new(&bytes[..])),
        }
    }
}

fn unreadable(file: &Path, error: io::Error) -> CliError {
    CliError::Read { file: file.display().to_string(), error }
}

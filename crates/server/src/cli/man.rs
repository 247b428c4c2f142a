//! `rolecall man`: the man pages.

use std::path::PathBuf;

use super::{CliError, output};

/// Arguments of `man`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Write `rolecall.1` and a page for each command into this folder, instead of the main page to standard output
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, command: clap::Command) -> Result<(), CliError> {
    let Some(folder) = &arguments.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        return Ok(output::print(&String::from_utf8_lossy(&page))?);
    };
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map_err(|error| CliError::Write { folder: folder.display().to_string(), error })
}

//! `cargo xtask bench`: builds the product and the bench program as they ship, then lets the latter measure.

use std::{ffi::OsString, path::PathBuf, process::Command};

use serde::Deserialize;

use crate::{
    command::{Failure, cargo, read, run as run_command},
    postgres::{self, Server},
};

/// Only where cargo puts what it builds.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

/// Builds and runs the bench; see `xtask/bench`.
pub(crate) fn run(arguments: &[OsString]) -> Result<(), Failure> {
    let metadata = read(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_slice(&metadata)
        .map_err(|error| Failure(format!("cargo metadata is not as expected: {error}")))?;
    run_command(&mut cargo(["build", "--release", "-p", "rolecall", "-p", "rolecall-bench"]))?;
    let release = metadata.target_directory.join("release");
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let on_postgres = words.iter().any(|word| word == "--database=postgres")
        || words.windows(2).any(|two| two[0] == "--database" && two[1] == "postgres");
    let given = std::env::var_os(postgres::URL).is_some_and(|url| !url.is_empty());
    let server = if on_postgres && !given { Some(Server::start_durable()?) } else { None };
    let mut bench = Command::new(release.join("rolecall-bench"));
    if let Some(server) = &server {
        bench.env(postgres::URL, &server.url);
    }
    // Not in the workspace's folder: a `--json` file goes to where the caller stands.
    run_command(bench.args(arguments))
}

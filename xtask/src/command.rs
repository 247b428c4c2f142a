//! How a chore runs another program, and what it says when that fails.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Why a chore failed: one sentence.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder of the whole workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Cargo, in the workspace; the same one that runs this chore.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace());
    command
}

/// Runs a program whose output the reader shall see, to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|error| Failure(format!("{}: {error}", shown(command))))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{}` failed: {status}", shown(command)))) }
}

/// Runs a program for what it prints on standard output.
pub(crate) fn read(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure(format!("{}: {error}", shown(command))))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Failure(format!("`{}` failed: {}", shown(command), output.status)))
    }
}

/// Whether a program is there and works.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Where a program is, also where only root looks for one.
pub(crate) fn program_named(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders = env::split_paths(&path).chain(usual);
    folders.map(|folder| folder.join(name)).find(|program| Path::is_file(program))
}

/// The command as one would type it: the program's bare name and its arguments.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

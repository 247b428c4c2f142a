//! A folder of their own for programs that refuse to run as root, and the user who runs them there.

use std::{
    env, fs,
    hash::{BuildHasher, RandomState},
    net::TcpListener,
    os::unix::{
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::command::{Failure, succeeds};

/// A temporary folder. Whoever runs in it removes it; see the keepers.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    /// `None` when we are no root ourselves.
    user: Option<User>,
}

impl Place {
    /// Makes one that is its user's alone.
    pub(crate) fn make(name: &str) -> Result<Self, Failure> {
        let user = unprivileged()?;
        let folder = env::temp_dir().join(format!("{name}-{:016x}", random()));
        let place = Self { folder, user };
        let made = fs::DirBuilder::new().mode(0o700).create(&place.folder);
        made.and_then(|()| place.own(&place.folder)).map_err(|error| place.failure("", &error))?;
        Ok(place)
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.folder.join(name);
        fs::write(&path, text).and_then(|()| self.own(&path)).map_err(|error| self.failure(name, &error))
    }

    /// Copies a file into it, with its permissions.
    pub(crate) fn copy(&self, from: &Path, name: &str) -> Result<(), Failure> {
        let path = self.folder.join(name);
        fs::copy(from, &path).map_err(|error| Failure(format!("{}: {error}", from.display())))?;
        self.own(&path).map_err(|error| self.failure(name, &error))
    }

    /// A program, run by the user, which a signal to all of us does not end.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = match &self.user {
            Some(user) => user.command(program),
            None => Command::new(program),
        };
        command.process_group(0);
        command
    }

    fn own(&self, path: &Path) -> std::io::Result<()> {
        self.user.as_ref().map_or(Ok(()), |user| chown(path, Some(user.id), Some(user.group)))
    }

    fn failure(&self, name: &str, error: &std::io::Error) -> Failure {
        Failure(format!("{}: {error}", self.folder.join(name).display()))
    }
}

/// The words before a command that make it run as the user; none when we are no root.
pub(crate) fn as_user() -> Result<String, Failure> {
    let command = unprivileged()?.map(|user| user.command(""));
    let words =
        command.iter().flat_map(|command| [command.get_program()].into_iter().chain(command.get_args()));
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    Ok(words.join(" ").trim().to_owned())
}

/// A user that may run PostgreSQL, which refuses to run as root.
struct User {
    name: &'static str,
    id: u32,
    group: u32,
}

impl User {
    fn command(&self, program: &str) -> Command {
        if succeeds(Command::new("setpriv").arg("--version")) {
            let mut command = Command::new("setpriv");
            command.args([format!("--reuid={}", self.id), format!("--regid={}", self.group)]);
            command.args(["--clear-groups", program]);
            command
        } else {
            let mut command = Command::new("runuser");
            command.args(["-u", self.name, "--", program]);
            command
        }
    }
}

/// `None` when we are no root ourselves.
fn unprivileged() -> Result<Option<User>, Failure> {
    if id(&["-u"]) != Some(0) {
        return Ok(None);
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| Some(User { name, id: id(&["-u", name])?, group: id(&["-g", name])? }));
    user.map(Some).ok_or_else(|| {
        Failure(
            "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it".into(),
        )
    })
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

pub(crate) fn free_port() -> Result<u16, Failure> {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    port.map(|address| address.port()).map_err(|error| Failure(format!("no port is free: {error}")))
}

pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(())
}

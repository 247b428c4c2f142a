//! Which PostgreSQL a machine has.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command::Failure;

/// The oldest that Rolecall is tested with.
const OLDEST: u32 = 15;

/// A PostgreSQL's programs.
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
    pub(crate) version: String,
}

impl Programs {
    /// The newest of those in the usual places.
    pub(crate) fn find() -> Result<Self, Failure> {
        let found = places().into_iter().filter_map(|folder| Self::in_folder(&folder));
        found.filter(|programs| programs.major() >= OLDEST).max_by_key(Self::major).ok_or_else(|| {
            Failure(format!(
                "there is no PostgreSQL {OLDEST} or later on this machine, which half of the tests need:\n  Debian, \
                 Ubuntu   apt-get install postgresql\n  Fedora           dnf install postgresql-server\n  macOS            \
                 brew install postgresql@17\nNo server needs to run. Or set {} to the URL of one where databases may be \
                 made, or leave those tests out with --sqlite-only",
                super::URL
            ))
        })
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        if !["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()) {
            return None;
        }
        // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?.trim();
        Some(Self { folder: folder.to_owned(), version: version.to_owned() })
    }

    fn major(&self) -> u32 {
        let digits: String = self.version.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    }
}

fn places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    places.extend(told.and_then(|output| Some(String::from_utf8(output.stdout).ok()?.trim().into())));
    // Debian's, Fedora's and the PostgreSQL project's own packages, Homebrew's.
    for (parent, prefix, bin) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
    ] {
        let folders = fs::read_dir(parent).into_iter().flatten().flatten();
        let named = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with(prefix));
        places.extend(named.map(|folder| folder.path().join(bin)));
    }
    places.push("/usr/local/pgsql/bin".into());
    places
}

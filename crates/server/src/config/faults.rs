//! What is wrong with a configuration: each fault a sentence that names the setting and where it was given.

use std::fmt;

use super::keys;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The file cannot be read, or is not TOML.
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// A name that is no setting.
    UnknownKey {
        /// As given: `limits.body_byte`, or `ROLECALL_LIMITS__BODY_BYTE`.
        given: String,
        /// `rolecall.toml`, or `the environment`.
        place: String,
        /// What was probably meant, in the same spelling; all that would work, if nothing is close.
        suggestion: String,
    },
    /// A setting whose value does not work.
    BadValue {
        /// Which setting.
        key: &'static str,
        /// Where the value came from.
        from: String,
        /// What was found, secrets masked.
        found: String,
    },
    /// A standby of a file.
    ReadsOfAFile {
        /// Where the standby was named.
        from: String,
    },
}

/// All that is wrong; never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Fault {
    /// A name in a file that is no setting.
    pub(super) fn unknown_in_file(given: &str, path: &str) -> Self {
        let suggestion = match keys::nearest(given) {
            Some(key) => format!("did you mean `{}`?", key.name),
            None => format!("there are {}", all(|key| format!("`{key}`"))),
        };
        Self::UnknownKey { given: given.to_owned(), place: path.to_owned(), suggestion }
    }

    /// An environment variable that is no setting.
    pub(super) fn unknown_variable(given: &str, key: &str) -> Self {
        let suggestion = match keys::nearest(key) {
            Some(key) => format!("did you mean {}?", keys::variable(key.name)),
            None => format!("there are {}", all(keys::variable)),
        };
        Self::UnknownKey { given: given.to_owned(), place: "the environment".to_owned(), suggestion }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, reason } => write!(f, "the configuration file {path} {reason}"),
            Self::UnknownKey { given, place, suggestion } => {
                write!(f, "{place} has `{given}`, which is no setting; {suggestion}")
            }
            Self::BadValue { key, from, found } => {
                let wants = keys::find(key).map_or("something else", |key| key.wants);
                write!(f, "`{key}` is {found} ({from}); it must be {wants}")
            }
            Self::ReadsOfAFile { from } => write!(
                f,
                "`read_database_url` ({from}) names a standby, and `database_url` an SQLite file, which has none: leave it \
                 out, or set database_url to the PostgreSQL whose standby it is"
            ),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => one.fmt(f),
            several => {
                write!(f, "the configuration has {} faults:", several.len())?;
                several.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for Faults {}

fn all(spelling: impl Fn(&str) -> String) -> String {
    keys::KEYS.iter().map(|key| spelling(key.name)).collect::<Vec<_>>().join(", ")
}

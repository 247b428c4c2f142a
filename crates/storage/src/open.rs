//! Which database a URL means, and what is said when it cannot be opened.

use std::{fmt, sync::Arc, time::Duration};

use rolecall_domain::{
    event::Cause,
    ids::OrgId,
    ports::{Store, StoreError, StoreResult},
};

use crate::{
    check::{Findings, Mending},
    copy::AnEnd,
    postgres::{PostgresStore, ReadCounts},
    sqlite::SqliteStore,
};

/// A store, with what an operator asks of a database.
pub trait Database: Store {
    /// Runs the migrations that are pending; answers their names. Call it before the store is used.
    fn migrate(&self) -> Result<Vec<String>, MigrateError>;
    /// The names of the migrations that are not in the database yet.
    fn pending_migrations(&self) -> Result<Vec<String>, MigrateError>;
    /// The version of the last migration in the database; `None` when there is none.
    fn schema_version(&self) -> Result<Option<String>, MigrateError>;
    /// Asks the database something, to see that it answers and can be written.
    fn check(&self) -> Result<(), StoreError>;
    /// What an operator should know of it.
    fn condition(&self) -> Result<Condition, StoreError>;
    /// Whether the standby that answers long reads can be used now; `None` where none was named.
    fn standby(&self) -> Option<StandbyCondition>;
    /// Who answered the long reads; `None` where no standby was named.
    fn read_counts(&self) -> Option<Arc<ReadCounts>>;
    /// Compares what is derived in an organisation with what it is derived from, and mends it if asked; at most `limit`
    /// differences are told. The organisation's other writes wait for moments. What changes is put down to `cause`.
    fn check_org(&self, org: OrgId, cause: &Cause, mending: Mending, limit: usize) -> StoreResult<Findings>;
    /// A connection by which everything in it is [copied](crate::copy()) from here or to here.
    fn end(&self) -> Result<AnEnd, OpenError>;
    /// Finishes the writes that wait, refuses new ones, and leaves the files tidy. Dropping does the same.
    fn close(&self);
}

/// What a database is, and which of its settings break a promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Product and version.
    pub server: String,
    /// A sentence for each setting that should be another.
    pub warnings: Vec<String>,
}

/// A standby, and what keeps it from being read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StandbyCondition {
    /// The URL without a password.
    pub address: String,
    /// Why the primary answers in its place, if so.
    pub trouble: Option<String>,
}

/// Which standby answers long reads.
#[derive(Clone, PartialEq, Eq)]
pub struct StandbyOptions {
    /// `postgres://user@host/database`
    pub url: String,
    /// How long a read waits for it to replay what it lacks; after that the primary answers.
    pub patience: Duration,
}

impl fmt::Debug for StandbyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} within {:?}", masked(&self.url), self.patience)
    }
}

/// How a database is used.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections for reading; as many reads can have a snapshot at the same time.
    pub readers: u32,
    /// SQLite: threads for reads that take long, and for short ones that found no connection free. On PostgreSQL each
    /// connection has its thread.
    pub reader_threads: usize,
    /// How many reads may wait for those threads.
    pub read_queue: usize,
    /// How long a read waits for a connection, and a write for another process to finish its own.
    pub patience: Duration,
    /// PostgreSQL: connections for writing; as many organisations can be written to at the same time. SQLite has one.
    pub writers: u32,
    /// How many writes may wait. One more is refused rather than kept waiting.
    pub write_queue: usize,
    /// At most so many writes share a commit,
    pub batch_units: usize,
    /// and at most so much work.
    pub batch_work: Duration,
    /// Whether a database that is not there is made.
    pub create: bool,
    /// PostgreSQL: a standby of it, which answers long reads when it is up to date.
    pub standby: Option<StandbyOptions>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 16,
            reader_threads: 4,
            read_queue: 1024,
            patience: Duration::from_secs(5),
            writers: 4,
            write_queue: 4096,
            batch_units: 256,
            batch_work: Duration::from_millis(5),
            create: true,
            standby: None,
        }
    }
}

/// Why a database was not opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL starts with something else.
    #[error("`{url}` is not a database URL: {hint}")]
    UnknownScheme {
        /// What was given.
        url: String,
        /// What was probably meant.
        hint: String,
    },
    /// The server is not there, does not let us in, or has no such database.
    #[error("{address} cannot be reached: {reason}")]
    CannotConnect {
        /// The URL without a password.
        address: String,
        /// What the client library says.
        reason: String,
    },
    /// TLS was asked for.
    #[error(
        "{address} asks for sslmode={mode}, and this build of Rolecall has no TLS to PostgreSQL: use the released binary or \
         container, or build with `cargo build --release --features tls`"
    )]
    NoTls {
        /// The URL without a password.
        address: String,
        /// The mode that was asked for.
        mode: String,
    },
    /// A standby was named for a file.
    #[error(
        "{path} is an SQLite file, which has no standby: a read database goes with a PostgreSQL database only"
    )]
    NoStandby {
        /// Which file.
        path: String,
    },
    /// The URL names no file.
    #[error(
        "`{url}` names no file; for example sqlite://rolecall.db or sqlite:///var/lib/rolecall/rolecall.db"
    )]
    NoFile {
        /// What was given.
        url: String,
    },
    /// There is no such file, and making one was not asked for.
    #[error("there is no database at {path}; `rolecall migrate` or `rolecall serve` makes one")]
    Missing {
        /// Where it was looked for.
        path: String,
    },
    /// The folder is missing, or the file may not be read or made.
    #[error("{path} cannot be opened: {reason}; does the folder exist, and may this user write there?")]
    CannotOpen {
        /// Which file.
        path: String,
        /// What the database says.
        reason: String,
    },
    /// The file may be read but not written.
    #[error("{path} cannot be written: check the owner and permissions of the file and of its folder")]
    ReadOnly {
        /// Which file.
        path: String,
    },
    /// The file is something else.
    #[error("{path} is not an SQLite database")]
    NotADatabase {
        /// Which file.
        path: String,
    },
    /// Another process keeps it locked.
    #[error("{path} is locked by another process and stayed so for {} seconds", .waited.as_secs())]
    Locked {
        /// Which file.
        path: String,
        /// How long we waited.
        waited: Duration,
    },
    /// A later version of Rolecall has been here.
    #[error(
        "the database has migration {found}, which this version does not know (its last is {known}): it belongs to a \
         newer Rolecall; start that version, or restore the backup from before the upgrade"
    )]
    Newer {
        /// The unknown migration.
        found: String,
        /// The last one that this version knows.
        known: String,
    },
    /// Something else.
    #[error("{path}: {reason}")]
    Failed {
        /// Which file.
        path: String,
        /// What the database says.
        reason: String,
    },
}

/// Why the migrations were not run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database could not be opened for it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A migration failed; the database is as it was before.
    #[error("the database was not migrated and is as it was: {0}")]
    Failed(String),
    /// An index was not built; what came before it stays.
    #[error(
        "the tables are migrated, but {migration} is not finished: {reason}; `rolecall migrate`, or the next start, goes on \
         from there"
    )]
    Unfinished {
        /// Which migration.
        migration: String,
        /// What the database says.
        reason: String,
    },
}

/// Opens the database that a URL names: `sqlite://file.db` beside the working directory, `sqlite:///folder/file.db`
/// anywhere, `postgres://user@host/database` on a server. A file is made if need be, the tables by [`Database::migrate`].
pub fn open(url: &str, options: Options) -> Result<Arc<dyn Database>, OpenError> {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" => {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            if path.is_empty() || path.ends_with('/') || path == ":memory:" || path == "memory:" {
                return Err(OpenError::NoFile { url: url.to_owned() });
            }
            Ok(Arc::new(SqliteStore::open(path, options)?))
        }
        "postgres" | "postgresql" => Ok(Arc::new(PostgresStore::open(url, &options)?)),
        _ => Err(OpenError::UnknownScheme { url: masked(url), hint: hint(scheme, url) }),
    }
}

fn hint(scheme: &str, url: &str) -> String {
    let known = "the schemes are sqlite:// and postgres://";
    let near = |word: &str| distance(&scheme.to_ascii_lowercase(), word) <= 2;
    if scheme.is_empty() {
        format!("{known}; for a file, write sqlite://{url}")
    } else if near("sqlite") || scheme.eq_ignore_ascii_case("sqlite3") || scheme.eq_ignore_ascii_case("file")
    {
        format!("`{scheme}` should read `sqlite` ({known})")
    } else if near("postgres") || near("postgresql") || scheme.eq_ignore_ascii_case("pg") {
        format!("`{scheme}` should read `postgres` ({known})")
    } else {
        known.to_owned()
    }
}

/// Without what may be a password.
fn masked(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => url.to_owned(),
    }
}

/// How many letters differ, are missing or too many.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        match open(url, Options::default()) {
            Ok(_) => panic!("{url} was opened"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_that_names_no_database_is_refused_with_what_was_probably_meant() {
        for (url, wanted) in [
            ("rolecall.db", "write sqlite://rolecall.db"),
            ("sqlte://rolecall.db", "`sqlte` should read `sqlite`"),
            ("sqlite3://rolecall.db", "`sqlite3` should read `sqlite`"),
            ("postgress://h/d", "`postgress` should read `postgres`"),
            ("mysql://h/d", "the schemes are sqlite:// and postgres://"),
            ("sqlite://", "names no file"),
            ("sqlite::memory:", "names no file"),
            ("postgres://127.0.0.1:1/d", "postgres://127.0.0.1:1/d cannot be reached"),
        ] {
            assert!(refused(url).contains(wanted), "{url}: {}", refused(url));
        }
    }

    #[test]
    fn a_password_in_a_mistyped_url_is_not_repeated() {
        assert!(!refused("postgrs://ada:geheim@h/d").contains("geheim"));
    }
}

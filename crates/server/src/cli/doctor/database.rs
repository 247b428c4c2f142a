//! Whether the database is there, of this version, and can be written.

use rolecall_domain::ports::{ReadCost, StoreError, read_now};
use rolecall_storage::{Database, OpenError, Options, StandbyCondition};
use rustix::fs::Access;

use super::Check;
use crate::{config::Config, machine, wiring};

pub(super) fn checks(config: &Config) -> Vec<Check> {
    // Looking must not make a file, nor migrate one.
    let options = Options { create: false, readers: 1, reader_threads: 1, ..Options::default() };
    let options = Options { standby: wiring::standby(config), ..options };
    let store = match rolecall_storage::open(config.database_url.reveal(), options) {
        Ok(store) => store,
        Err(error @ OpenError::Missing { .. }) => return vec![missing(&error, config)],
        Err(error) => return vec![Check::fail("database", error.to_string(), advice(&error))],
    };
    let mut checks = vec![written(&*store, config), migrated(&*store)];
    checks.extend(times(&*store));
    checks.extend(condition(&*store));
    checks.extend(store.standby().map(standby));
    checks
}

/// What the database is, and a warning for each setting that breaks a promise. One that cannot be asked has failed above.
fn condition(store: &dyn Database) -> Vec<Check> {
    let Ok(condition) = store.condition() else { return Vec::new() };
    let warnings = condition.warnings.into_iter();
    let warnings = warnings
        .map(|warning| Check::warn("server", warning, "what was acknowledged may be lost until then"));
    std::iter::once(Check::ok("server", condition.server)).chain(warnings).collect()
}

/// A warning at most: the primary answers in its place.
fn standby(StandbyCondition { address, trouble }: StandbyCondition) -> Check {
    match trouble {
        None => Check::ok("read database", format!("{address} is up to date; long reads go there")),
        Some(trouble) => Check::warn(
            "read database",
            format!("{address}: {trouble}"),
            "the primary answers long reads until then; see Operations, Reading from a standby",
        ),
    }
}

/// Most sentences about an opening that failed say themselves what would work.
fn advice(error: &OpenError) -> &'static str {
    match error {
        OpenError::NotADatabase { .. } => "set `database_url` to another file; the first start makes it",
        _ => "the server does not start until this is mended",
    }
}

fn missing(error: &OpenError, config: &Config) -> Check {
    let folder = config.database_url.folder();
    match folder.filter(|folder| rustix::fs::access(*folder, Access::WRITE_OK).is_err()) {
        None => Check::warn("database", error.to_string(), "nothing to do before the first start"),
        Some(folder) => Check::fail(
            "database",
            format!("there is none, and none can be made in {}", folder.display()),
            "make the folder, and let the user that runs Rolecall write there",
        ),
    }
}

fn written(store: &dyn Database, config: &Config) -> Check {
    match store.check() {
        Ok(()) => Check::ok("database", format!("{} answers and can be written", config.database_url)),
        Err(error) => Check::fail(
            "database",
            error.to_string(),
            "check the owner and permissions of the file and its folder, and the free space",
        ),
    }
}

fn migrated(store: &dyn Database) -> Check {
    let pending = match store.pending_migrations() {
        Ok(pending) => pending,
        Err(error) => return Check::fail("migrations", error.to_string(), "restore the file from a backup"),
    };
    if !pending.is_empty() {
        return Check::warn(
            "migrations",
            format!("not applied yet: {}", pending.join(", ")),
            "`rolecall migrate`, or the next start of this version, applies them",
        );
    }
    let version = store.schema_version().ok().flatten().unwrap_or_else(|| "none".to_owned());
    Check::ok("migrations", format!("all applied, the last is {version}"))
}

/// Whether the database has seen a later time than it is now: then the clock has been set back.
fn times(store: &dyn Database) -> Option<Check> {
    let orgs = read_now(store, ReadCost::Scan, |tx| tx.list_orgs().map_err(TimesError::from)).ok()?;
    let newest = orgs.into_iter().max_by_key(|org| org.created_at)?;
    let now = machine::now();
    (newest.created_at > now.plus_seconds(300)).then(|| {
        Check::warn(
            "times",
            format!("organisation `{}` was made at {}, and it is {now}", newest.slug, newest.created_at),
            "set the clock, by NTP for instance: expiry of tokens depends on it",
        )
    })
}

/// The other checks tell what is wrong with the store.
struct TimesError;

impl From<StoreError> for TimesError {
    fn from(_: StoreError) -> Self {
        Self
    }
}

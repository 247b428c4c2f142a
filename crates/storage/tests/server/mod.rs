//! Databases at the PostgreSQL server that `ROLECALL_TEST_POSTGRES_URL` names. Without one a test says so and is skipped.

// A test reads its own environment and names what it makes by the clock.
#![allow(clippy::disallowed_methods)]

use std::{
    env, process,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use rolecall_storage::Options;

/// A migrated database, which goes when this does.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
}

/// The server, if there is one.
pub(crate) fn url() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| {
        let url = env::var("ROLECALL_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty());
        if url.is_none() {
            eprintln!(
                "skipped: ROLECALL_TEST_POSTGRES_URL names no PostgreSQL (`cargo xtask test` starts one)"
            );
        }
        url
    })
    .as_deref()
}

/// The URL of another database at that server.
pub(crate) fn url_of(database: &str) -> String {
    let server = url().expect("asked only where there is a server");
    let (base, query) = server.split_once('?').map_or((server, String::new()), |(b, q)| (b, format!("?{q}")));
    let scheme = base.find("://").map_or(0, |at| at + 3);
    let place = base[scheme..].find('/').map_or(base.len(), |at| scheme + at);
    format!("{}/{database}{query}", &base[..place])
}

/// Runs a statement that stands outside of transactions.
pub(crate) fn administer(statement: &str) {
    let mut conn = PgConnection::establish(url().expect("asked only where there is a server"))
        .expect("the server lets the tests in");
    conn.batch_execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// A name that no other process of this run takes.
fn name(what: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("rolecall_{what}_{}_{}_{next}", process::id(), since.as_micros() % 1_000_000_000)
}

/// An empty database.
#[allow(dead_code, reason = "not every test program uses it")]
pub(crate) fn empty() -> Option<Database> {
    url()?;
    let name = name("empty");
    administer(&format!("CREATE DATABASE {name}"));
    Some(Database { url: url_of(&name), name })
}

/// A migrated one, copied from a template that the first to come makes.
#[allow(dead_code, reason = "not every test program uses it")]
pub(crate) fn fresh() -> Option<Database> {
    let mut conn = PgConnection::establish(url()?).expect("the server lets the tests in");
    // nextest runs each test in a process of its own; they share the template of the run.
    let run = env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| process::id().to_string());
    let template = format!("rolecall_template_{}", run.replace('-', ""));
    // Held to the end of this connection: the template is copied by one at a time, as the server wants it.
    conn.batch_execute("SELECT pg_advisory_lock(20260301)").expect("any server has advisory locks");
    if conn.batch_execute(&format!("CREATE DATABASE {template}")).is_ok() {
        let store = rolecall_storage::open(&url_of(&template), Options::default()).expect("it was just made");
        store.migrate().expect("an empty database can be migrated");
    }
    let name = name("case");
    // A connection to it may be closing still.
    let mut tries = 0;
    while let Err(error) = conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")) {
        assert!(tries < 100, "{error}");
        tries += 1;
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Some(Database { url: url_of(&name), name })
}

impl Drop for Database {
    fn drop(&mut self) {
        administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

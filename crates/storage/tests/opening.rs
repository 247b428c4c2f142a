//! Opening an SQLite file: what is said when it cannot be, and two processes at one file.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

use std::{sync::Arc, time::Duration};

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use rolecall_domain::{
    ports::{Store, StoreError, write_now},
    records::Settings,
    time::Timestamp,
};
use rolecall_storage::{Database, OpenError, Options, open};

const THEN: Timestamp = Timestamp(0);

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> String {
        self.0.path().join("rolecall.db").display().to_string()
    }

    fn open(&self, options: Options) -> Result<Arc<dyn Database>, OpenError> {
        open(&format!("sqlite://{}", self.path()), options)
    }

    fn migrated(&self) -> Arc<dyn Database> {
        let store = self.open(hasty()).unwrap();
        store.migrate().unwrap();
        store
    }

    fn beside(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.path()).unwrap()
    }
}

/// Waits for nobody.
fn hasty() -> Options {
    Options { patience: Duration::from_millis(50), ..Options::default() }
}

fn refusal(opened: Result<Arc<dyn Database>, OpenError>) -> OpenError {
    match opened {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

fn add_org(store: &dyn Store, slug: &'static str) -> Result<(), StoreError> {
    write_now(store, move |tx| tx.insert_org(slug, slug, &Settings::default(), THEN).map(|_| ()))
}

#[test]
fn a_new_file_is_migrated_once_and_says_so() {
    let place = Place::new();
    let store = place.open(hasty()).unwrap();
    let pending = store.pending_migrations().unwrap();
    assert!(!pending.is_empty());
    assert_eq!(store.schema_version(), Ok(None));
    assert_eq!(store.migrate().unwrap().len(), pending.len());
    assert_eq!(store.migrate(), Ok(vec![]));
    assert_eq!(store.pending_migrations(), Ok(vec![]));
    assert!(store.schema_version().unwrap().is_some());
    assert_eq!(store.check(), Ok(()));
}

#[test]
fn two_processes_that_start_together_migrate_once() {
    let place = Place::new();
    let patient = || Options { patience: Duration::from_secs(10), ..Options::default() };
    let stores: Vec<_> = (0..4).map(|_| place.open(patient()).unwrap()).collect();
    let threads: Vec<_> =
        stores.into_iter().map(|store| std::thread::spawn(move || store.migrate().unwrap().len())).collect();
    let done: Vec<usize> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(done.iter().filter(|count| **count > 0).count(), 1, "{done:?}");
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    place.migrated().close();
    place
        .beside()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')")
        .unwrap();
    let error = refusal(place.open(hasty()));
    assert!(matches!(&error, OpenError::Newer { found, .. } if found == "29990101000000"), "{error}");
    assert!(error.to_string().contains("newer Rolecall"), "{error}");
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let place = Place::new();
    std::fs::write(place.path(), "Dear diary, today I wrote more than a hundred bytes ".repeat(20)).unwrap();
    let error = refusal(place.open(hasty()));
    assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let place = Place::new();
    let error = refusal(open(&format!("sqlite://{}/no/such/folder/x.db", place.0.path().display()), hasty()));
    assert!(matches!(error, OpenError::CannotOpen { .. }), "{error}");
    assert!(error.to_string().contains("no/such/folder/x.db"), "{error}");
}

#[test]
fn a_slip_in_the_url_makes_no_empty_database() {
    let place = Place::new();
    let error = refusal(place.open(Options { create: false, ..hasty() }));
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    assert!(!std::path::Path::new(&place.path()).exists());
}

#[test]
fn a_file_that_another_process_keeps_locked_is_refused_after_a_while() {
    let place = Place::new();
    let mut other = place.beside();
    other
        .batch_execute(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; BEGIN; CREATE TABLE t (c);",
        )
        .unwrap();
    let error = refusal(place.open(hasty()));
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
}

#[test]
fn commands_write_beside_a_running_server() {
    let place = Place::new();
    let server = place.migrated();
    let command = place.open(hasty()).unwrap();
    add_org(&*server, "one").unwrap();
    add_org(&*command, "two").unwrap();
    add_org(&*server, "three").unwrap();
    command.close();
    let orgs = rolecall_domain::ports::read_now(&*server, rolecall_domain::ports::ReadCost::Point, |tx| {
        tx.list_orgs()
    });
    assert_eq!(orgs.unwrap().len(), 3);
}

#[test]
fn a_write_that_cannot_begin_is_unavailable_and_the_next_one_works() {
    let place = Place::new();
    let store = place.migrated();
    let mut other = place.beside();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(add_org(&*store, "one"), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.check(), Err(StoreError::Unavailable(_))));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(add_org(&*store, "one"), Ok(()));
}

#[test]
fn a_closed_store_refuses_writes_and_leaves_one_file() {
    let place = Place::new();
    let store = place.migrated();
    add_org(&*store, "one").unwrap();
    store.close();
    assert!(matches!(add_org(&*store, "two"), Err(StoreError::Unavailable(_))));
    store.close();
    let log = std::fs::metadata(format!("{}-wal", place.path())).map(|file| file.len()).unwrap_or(0);
    assert_eq!(log, 0, "what was written is in the file itself");
}

#[test]
fn more_writes_than_may_wait_are_refused_at_once() {
    let place = Place::new();
    let options = Options { write_queue: 1, ..hasty() };
    place.migrated().close();
    let store = place.open(options).unwrap();
    let (running, started) = std::sync::mpsc::channel();
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let gate = parking_lot::Mutex::new(gate);
    let blocked = store.clone();
    let blocker = std::thread::spawn(move || {
        write_now(&*blocked, move |_| {
            running.send(()).unwrap();
            gate.lock().recv().unwrap();
            Ok::<_, StoreError>(())
        })
    });
    started.recv().unwrap();
    let waiting = store.clone();
    let waiter = std::thread::spawn(move || add_org(&*waiting, "waits"));
    // The one place is taken as soon as this one is refused; until then it may itself have got the place.
    let mut refused = false;
    for _ in 0..2 {
        let store = store.clone();
        let (told, answer) = std::sync::mpsc::channel();
        std::thread::spawn(move || told.send(add_org(&*store, "refused")));
        refused |= matches!(answer.recv_timeout(Duration::from_secs(1)), Ok(Err(StoreError::Unavailable(_))));
    }
    go.send(()).unwrap();
    blocker.join().unwrap().unwrap();
    let _ = waiter.join().unwrap();
    assert!(refused);
}

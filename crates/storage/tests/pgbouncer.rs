//! The contract, behind the real pgbouncer in transaction mode: each transaction may have another connection.
//!
//! `cargo xtask test` starts one before its PostgreSQL and says on which port. Without one a test says so and is skipped.

#[allow(clippy::unwrap_used)] // the words of a test are tests
mod contract;
mod server;

use std::{
    env,
    sync::{Arc, Barrier},
    thread,
};

use contract::Subject;
use rolecall_domain::{
    ports::{ReadCost, StoreError, read_now, write_now},
    records::Settings,
    testing::{THEN, a_user, the_connection, written_user},
};
use rolecall_storage::{Database, Options, open};
use uuid::Uuid;

/// A database's URL by way of pgbouncer.
#[allow(clippy::disallowed_methods)] // a test reads its own environment
fn pooled(database: &server::Database) -> Option<String> {
    let Ok(port) = env::var("ROLECALL_TEST_PGBOUNCER_PORT") else {
        eprintln!("skipped: ROLECALL_TEST_PGBOUNCER_PORT names no pgbouncer (`cargo xtask test` starts one)");
        return None;
    };
    let (place, name) = database.url.rsplit_once('/').expect("a URL ends with its database");
    let (who, _) = place.rsplit_once(':').expect("the server of the tests has a port of its own");
    Some(format!("{who}:{port}/{name}?prepared_statements=off"))
}

fn fresh() -> Option<Subject> {
    let database = server::fresh()?;
    let url = pooled(&database)?;
    Some(Subject::new(move || {
        let _kept = &database;
        open(&url, Options::default()).expect("a database that was just made can be opened") as Arc<_>
    }))
}

all_cases!(crate::fresh);

#[test]
fn replicas_behind_a_pooler_migrate_once_and_lose_no_write_to_one_organisation() {
    const REPLICAS: u128 = 3;
    const EACH: u128 = 20;
    let Some(database) = server::empty() else { return };
    let Some(url) = pooled(&database) else { return };
    let stores: Vec<Arc<dyn Database>> =
        (0..REPLICAS).map(|_| open(&url, Options::default()).expect("it can be opened")).collect();
    let together = Barrier::new(stores.len());
    let migrated: usize = thread::scope(|threads| {
        let started: Vec<_> = stores
            .iter()
            .map(|store| {
                threads.spawn(|| {
                    together.wait();
                    store.migrate().expect("an empty database can be migrated").len()
                })
            })
            .collect();
        started.into_iter().map(|thread| usize::from(thread.join().expect("it migrates") > 0)).sum()
    });
    assert_eq!(migrated, 1, "one of them migrates");
    let org = write_now(&*stores[0], |tx| {
        let org = tx.insert_org("acme", "acme", &Settings::default(), THEN)?.id;
        tx.insert_connection(org, the_connection(), "default", THEN)?;
        Ok::<_, StoreError>(org)
    });
    let org = org.expect("an organisation can be made");
    thread::scope(|threads| {
        for (replica, store) in (0..).zip(&stores) {
            threads.spawn(move || {
                for number in 0..EACH {
                    let mut user = a_user(&format!("user-{replica}-{number}"));
                    user.id.0 = Uuid::from_u128(1_000 * (replica + 1) + number);
                    let written = write_now(&**store, move |tx| {
                        tx.insert_user(org, user.id, user.connection, &user.facts, &written_user(&user), THEN)
                    });
                    written.expect("a person can be written");
                }
            });
        }
    });
    for store in &stores {
        let found = read_now(&**store, ReadCost::Point, move |tx| {
            (0..REPLICAS * EACH)
                .map(|n| {
                    let id = 1_000 * (n / EACH + 1) + n % EACH;
                    tx.find_user(org, rolecall_domain::ids::UserId(Uuid::from_u128(id)))
                })
                .collect::<Result<Vec<_>, StoreError>>()
        });
        assert!(found.expect("they can be read").iter().all(Option::is_some));
    }
}

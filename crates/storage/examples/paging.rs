//! How long an organisation of a given size takes to fill, and its pages to read: first, last, filtered, sorted.
//!
//! `cargo run --release -p rolecall-storage --example paging -- 1000000`

use std::{
    error::Error,
    time::{Duration, Instant},
};

use rolecall_domain::{
    ids::{OrgId, UserId},
    ports::{PageStart, ReadCost, ResourceQuery, Store, StoreError, read_now, write_now},
    records::{Settings, User},
    testing::{THEN, a_user_with, the_connection, written_user},
};
use rolecall_scim::{cursor::Position, filter::Filter, profile::Profile, schema::ResourceType, sort::SortBy};
use rolecall_storage::{Options, open};
use serde_json::json;
use uuid::Uuid;

/// So many people are added in one transaction.
const BATCH: usize = 1000;
const PAGE: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let people: usize = std::env::args().nth(1).map_or(Ok(100_000), |number| number.parse())?;
    let folder = tempfile::tempdir()?;
    let store = open(&format!("sqlite://{}/rolecall.db", folder.path().display()), Options::default())?;
    store.migrate()?;
    let org = write_now(&*store, |tx| {
        let org = tx.insert_org("acme", "Acme", &Settings::default(), THEN)?.id;
        tx.insert_connection(org, the_connection(), "default", THEN)?;
        Ok::<_, StoreError>(org)
    })?;

    let mut spent = Duration::ZERO;
    for batch in 0..people.div_ceil(BATCH) {
        let first = batch * BATCH;
        let rows: Vec<_> = (first..people.min(first + BATCH))
            .map(|number| {
                let user = person(number);
                let written = written_user(&user);
                (user, written)
            })
            .collect();
        let begun = Instant::now();
        write_now(&*store, move |tx| {
            for (user, written) in &rows {
                tx.insert_user(org, user.id, user.connection, &user.facts, written, THEN)?;
            }
            Ok::<_, StoreError>(())
        })?;
        spent += begun.elapsed();
    }
    println!("{people} people added, {:.1} µs each", spent.as_secs_f64() * 1e6 / people as f64);
    let bytes = std::fs::metadata(folder.path().join("rolecall.db"))?.len();
    println!("{} bytes of file each", bytes / people as u64);

    let last = people as u64 - PAGE + 1;
    for (what, filter, start) in [
        ("the first page", None, PageStart::Index(1)),
        ("the page in the middle", None, PageStart::Index(last / 2)),
        ("the last page", None, PageStart::Index(last)),
        ("the last page by cursor", None, after(last)),
        ("the last page of those active by cursor", Some("active eq true"), after(last)),
        ("the first page of those active", Some("active eq true"), PageStart::Index(1)),
        ("the last page of those active", Some("active eq true"), PageStart::Index(last)),
        (
            "a person by e-mail",
            Some(r#"emails[type eq "work"].value eq "person500@acme.test""#),
            PageStart::Index(1),
        ),
        ("those changed lately", Some(r#"meta.lastModified gt "2026-02-01T00:00:00Z""#), PageStart::Index(1)),
        ("those of a title (no index)", Some(r#"title eq "Title 17""#), PageStart::Index(1)),
    ] {
        let filter = filter
            .map(|text| {
                Filter::parse(text).and_then(|f| f.resolve(ResourceType::user(), Profile::Compatible))
            })
            .transpose()
            .map_err(|error| format!("{error}"))?;
        let query = ResourceQuery { filter, start, count: PAGE, ..ResourceQuery::default() };
        println!("{what}: {:.2} ms", time(&*store, org, &query)?.as_secs_f64() * 1e3);
    }
    for (what, by, key) in [
        ("in order of displayName, from the midst, by cursor", "displayName", r#""person 5""#),
        ("in order of title (no index), by cursor", "title", r#""title 5""#),
    ] {
        let sort = SortBy::parse(by, None, Profile::Compatible)
            .and_then(|sort| sort.resolve(ResourceType::user(), Profile::Compatible))
            .map_err(|error| format!("{error}"))?;
        let position = Position::After { id: Uuid::nil().to_string(), key: Some(key.to_owned()) };
        let start = PageStart::Cursor(Some(position));
        let query = ResourceQuery { sort, start, count: PAGE, ..ResourceQuery::default() };
        println!("{what}: {:.2} ms", time(&*store, org, &query)?.as_secs_f64() * 1e3);
    }
    store.close();
    Ok(())
}

/// Where a page by cursor begins that has as many before it as one from this position.
fn after(start_index: u64) -> PageStart {
    let id = id_of(start_index as usize - 2).to_string();
    PageStart::Cursor(Some(Position::After { id, key: None }))
}

fn id_of(number: usize) -> UserId {
    UserId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number as u128))
}

/// The shortest of five, since the first finds nothing in memory.
fn time(store: &dyn Store, org: OrgId, query: &ResourceQuery) -> Result<Duration, StoreError> {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let query = query.clone();
        let begun = Instant::now();
        read_now(store, ReadCost::Scan, move |tx| tx.query_users(org, &query).map(drop))?;
        best = best.min(begun.elapsed());
    }
    Ok(best)
}

/// Ids rise as those of a server do.
fn person(number: usize) -> User {
    let name = format!("person{number}");
    let body = json!({
        "externalId": format!("external-{number}"),
        "displayName": format!("Person {}", number * 7_919 % 1_000_003),
        "title": format!("Title {}", number % 1000),
        "name": {"givenName": "Person", "familyName": format!("Number {number}")},
        "emails": [{"value": format!("{name}@acme.test"), "type": "work", "primary": true}],
    });
    User { id: id_of(number), ..a_user_with(&name, body) }
}

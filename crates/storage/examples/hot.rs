//! What the hot operations cost on a database, without HTTP: `cargo run --release --example hot -- postgres://…`.
//!
//! The database has to be empty; it gets an organisation of 10,000 people in one mapped group.

#![allow(clippy::unwrap_used)]

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rolecall_domain::{
    event::{Actor, Cause, EventKind, NewEvent},
    ids::{ChangeId, OrgId},
    ports::{ReadCost, Scope, StoreError, StoreResult, Tx, read_now, write_now},
    records::{MemberId, Settings, User},
    role::WorkspaceRole,
    testing::{THEN, a_group, a_mapping, a_user, a_workspace, the_connection, written_group, written_user},
};
use rolecall_storage::{Database, Options};
use uuid::Uuid;

const PEOPLE: usize = 10_000;

fn cause() -> Cause {
    Cause { change: ChangeId(Uuid::from_u128(7)), actor: Actor::Operator, at: THEN }
}

fn add(tx: &mut dyn Tx, org: OrgId, user: &User) -> StoreResult<()> {
    tx.insert_user(org, user.id, user.connection, &user.facts, &written_user(user), THEN)?;
    tx.push_events(org, &cause(), &[NewEvent::new(EventKind::UserCreated).user(user.id)])
}

fn report(what: &str, mut times: Vec<Duration>, took: Duration) {
    times.sort();
    let rate = times.len() as f64 / took.as_secs_f64();
    println!(
        "{what:32} median {:>8.1?}  p99 {:>8.1?}  {rate:>8.0} a second",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
}

/// Runs it `times` times on each of `threads` threads.
fn measure(
    store: &Arc<dyn Database>,
    what: &str,
    threads: usize,
    times: usize,
    work: impl Fn(&dyn Database, usize) + Send + Sync + 'static,
) {
    let work = Arc::new(work);
    let begin = Instant::now();
    let running: Vec<_> = (0..threads)
        .map(|thread| {
            let (store, work) = (store.clone(), work.clone());
            thread::spawn(move || {
                let each = (0..times).map(|n| {
                    let start = Instant::now();
                    work(&*store, thread * times + n);
                    start.elapsed()
                });
                each.collect::<Vec<_>>()
            })
        })
        .collect();
    let each = running.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    report(what, each, begin.elapsed());
}

fn main() {
    let url = std::env::args().nth(1).expect("the URL of a database");
    let store = rolecall_storage::open(&url, Options::default()).unwrap();
    store.migrate().unwrap();
    let (group, workspace) = (a_group("Sales"), a_workspace("Sales"));
    let (group_id, row) = (group.id, workspace.clone());
    let org = write_now(&*store, move |tx| {
        let org = tx.insert_org("acme", "acme", &Settings::default(), THEN)?.id;
        tx.insert_connection(org, the_connection(), "default", THEN)?;
        let document = written_group(&group);
        tx.insert_group(org, group.id, group.connection, &group.facts, &document, THEN)?;
        tx.insert_workspace(org, &row)?;
        tx.insert_mapping(org, &a_mapping(&group, &row, WorkspaceRole::Member))?;
        Ok::<_, StoreError>(org)
    })
    .unwrap();
    let everybody: Vec<User> = (0..PEOPLE).map(|n| a_user(&format!("person{n}"))).collect();
    for some in everybody.chunks(500) {
        let some = some.to_vec();
        write_now(&*store, move |tx| some.iter().try_for_each(|user| add(tx, org, user))).unwrap();
    }
    let ids: Arc<Vec<_>> = Arc::new(everybody.iter().map(|user| user.id).collect());

    for threads in [1, 8] {
        let people = ids.clone();
        measure(&store, &format!("read a person, {threads} at a time"), threads, 3000, move |store, n| {
            let id = people[n * 7919 % PEOPLE];
            read_now(store, ReadCost::Point, move |tx| tx.find_user(org, id)).unwrap().unwrap();
        });
        measure(&store, &format!("add a person, {threads} at a time"), threads, 500, move |store, n| {
            let user = a_user(&format!("new{threads}-{n}"));
            write_now(store, move |tx| add(tx, org, &user)).unwrap();
        });
        let people = ids.clone();
        let first = if threads == 1 { 0 } else { 5000 };
        measure(&store, &format!("add a member, {threads} at a time"), threads, 500, move |store, n| {
            let id = people[first + n];
            write_now(store, move |tx| {
                tx.add_members(org, group_id, &[MemberId::User(id)], cause().change, THEN)?;
                tx.recompute(org, &cause(), &Scope::Users(vec![id]))
            })
            .unwrap();
        });
    }
    let start = Instant::now();
    let done = write_now(&*store, move |tx| {
        tx.add_members(
            org,
            group_id,
            &ids.iter().map(|id| MemberId::User(*id)).collect::<Vec<_>>(),
            cause().change,
            THEN,
        )?;
        tx.recompute(org, &cause(), &Scope::Groups(vec![group_id]))
    })
    .unwrap();
    println!("everybody joins: {} memberships in {:.1?}", done.joined, start.elapsed());
}

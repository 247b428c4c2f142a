//! Random clients on several replicas at once, against a model of what was acknowledged.
//!
//! Each client owns people, groups and workspaces, and the name and mappings of some groups that all share; into those, every client puts
//! its own people. So whatever order the server runs their requests in, what the last answers leave is known: see [`facts`]. Where clients do
//! meet (a `userName`, a version), exactly one may win. Followers read the events all the while, each from another replica.
//!
//! `ROLECALL_MODEL=32x2000` runs so many clients with so many operations each; `ROLECALL_MODEL_SEED` repeats a run.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]
#![allow(clippy::disallowed_methods, reason = "a test reads its own environment")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../../../storage/tests/server/mod.rs"]
mod postgres;

mod client;
mod cluster;
mod contest;
mod facts;
mod follower;
mod seen;

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use client::Client;
use cluster::Cluster;
use contest::Contest;
use facts::Facts;
use follower::{Replayed, follow};

#[test]
fn three_replicas_on_one_postgresql_end_where_the_model_does() {
    let Some(database) = postgres::fresh() else { return };
    run(&Cluster::on_postgres(&database.url, 3));
}

#[test]
fn one_server_on_sqlite_ends_where_the_model_does() {
    run(&Cluster::on_sqlite());
}

/// Clients, and operations of each.
fn size() -> (usize, usize) {
    let Ok(given) = env::var("ROLECALL_MODEL") else { return (6, 50) };
    let numbers = given.split_once('x').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    numbers.unwrap_or_else(|| panic!("ROLECALL_MODEL={given}: give CLIENTSxOPERATIONS, such as 32x2000"))
}

fn seed() -> u64 {
    match env::var("ROLECALL_MODEL_SEED") {
        Ok(given) => given.parse().expect("ROLECALL_MODEL_SEED is a number"),
        Err(_) => fastrand::u64(..),
    }
}

struct Finished<'a>(&'a AtomicBool);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn run(cluster: &Cluster) {
    let ((clients, operations), seed) = (size(), seed());
    eprintln!("repeat with ROLECALL_MODEL={clients}x{operations} ROLECALL_MODEL_SEED={seed}");
    let ground = cluster.prepare(clients);
    let contest = Contest::new(cluster, clients, operations);
    let (done, started) = (AtomicBool::new(false), Instant::now());
    let (facts, followed) = std::thread::scope(|threads| {
        // One on each replica, and one that the load balancer sends anywhere.
        let followers: Vec<_> = (0..=cluster.servers.len())
            .map(|number| {
                let done = &done;
                threads.spawn(move || follow(cluster, number, seed, done))
            })
            .collect();
        let workers: Vec<_> = (0..clients)
            .map(|number| {
                let mut client = Client::new(cluster, &ground, &contest, number, seed);
                threads.spawn(move || client.work(operations))
            })
            .collect();
        // The followers wait for the word, whatever fails.
        let finished = Finished(&done);
        let worked: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        let took = started.elapsed();
        if worked.iter().all(Result::is_ok) {
            contest.decide(cluster);
        }
        drop(finished);
        let followed: Vec<_> = followers.into_iter().map(|follower| follower.join().unwrap()).collect();
        let facts = worked.into_iter().map(|facts| facts.unwrap()).fold(ground.facts.clone(), Facts::and);
        eprintln!(
            "{clients} clients × {operations} operations × {} replicas: {}",
            cluster.servers.len(),
            cluster.tally(took)
        );
        (facts, followed)
    });

    // Every follower was told the same, without a gap.
    let events = &followed[0];
    let numbers: Vec<i64> =
        events.iter().map(|event| event["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as i64).collect::<Vec<_>>(),
        "each event once, in order, without a gap"
    );
    for (number, other) in followed.iter().enumerate() {
        assert_eq!(other.len(), events.len(), "follower {number}");
        assert!(other == events, "follower {number} was told something else");
    }
    eprintln!("{} events, told alike to {} followers", events.len(), followed.len());

    // What the events tell, what every replica shows, and what follows from what was acknowledged are one.
    let replayed = Replayed::of(events);
    let memberships = facts.memberships();
    assert_same("memberships by the events", &replayed.memberships, &memberships);
    let people: BTreeMap<_, _> = facts
        .people
        .iter()
        .map(|(id, person)| (id.clone(), (person.active, person.role.to_owned())))
        .collect();
    assert_same("people by the events", &replayed.people, &people);
    let members = facts.members.iter().map(|both| (both.clone(), ())).collect();
    assert_same("members of groups by the events", &replayed.members, &members);
    for server in &cluster.servers {
        seen::compare(server, &facts, &memberships);
    }
    eprintln!(
        "{} people, {} groups, {} memberships, as the model has them on every replica",
        facts.people.len(),
        facts.groups.len(),
        memberships.len()
    );
}

/// With the differences alone in the message.
fn assert_same<K: Ord + Clone + std::fmt::Debug, V: PartialEq + Clone + std::fmt::Debug>(
    what: &str,
    found: &BTreeMap<K, V>,
    wanted: &BTreeMap<K, V>,
) {
    let keys = found.keys().chain(wanted.keys());
    let differences: BTreeMap<_, _> = keys
        .filter(|key| found.get(key) != wanted.get(key))
        .map(|key| (key.clone(), (found.get(key).cloned(), wanted.get(key).cloned())))
        .collect();
    assert!(differences.is_empty(), "{what}, (found, wanted): {differences:#?}");
}

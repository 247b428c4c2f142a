//! Several replicas on one PostgreSQL: nothing is lost, nothing is seen half, and the database may go away for a while.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod server;

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rolecall_domain::{
    event::{Actor, Cause, Event, EventKind, NewEvent},
    ids::{ChangeId, OrgId},
    ports::{ReadCost, Scope, Store, StoreError, StoreResult, Tx, Unique, read_now, write_now},
    records::{MemberId, Settings, User},
    role::WorkspaceRole,
    testing::{
        THEN, a_group, a_mapping, a_user, a_user_with, a_workspace, the_connection, written_group,
        written_user,
    },
};
use rolecall_storage::{Database, OpenError, Options, open};
use serde_json::json;
use uuid::Uuid;

const REPLICAS: usize = 3;

fn replica(database: &server::Database) -> Arc<dyn Database> {
    open(&database.url, Options { readers: 4, patience: Duration::from_secs(10), ..Options::default() })
        .unwrap()
}

fn replicas(database: &server::Database) -> Vec<Arc<dyn Database>> {
    (0..REPLICAS).map(|_| replica(database)).collect()
}

fn cause() -> Cause {
    Cause { change: ChangeId(Uuid::from_u128(7)), actor: Actor::Operator, at: THEN }
}

fn acme(store: &dyn Store) -> OrgId {
    org(store, "acme")
}

fn org(store: &dyn Store, slug: &'static str) -> OrgId {
    write_now(store, move |tx| {
        let org = tx.insert_org(slug, slug, &Settings::default(), THEN)?.id;
        tx.insert_connection(org, the_connection(), "default", THEN)?;
        Ok::<_, StoreError>(org)
    })
    .unwrap()
}

fn add(tx: &mut dyn Tx, org: OrgId, user: &User) -> StoreResult<()> {
    tx.insert_user(org, user.id, user.connection, &user.facts, &written_user(user), THEN)?;
    tx.push_events(org, &cause(), &[NewEvent::new(EventKind::UserCreated).user(user.id)])
}

/// Runs `work` once on each of so many threads, all starting together; replicas take turns.
fn together<T: Send + 'static>(
    stores: &[Arc<dyn Database>],
    threads: usize,
    work: impl Fn(usize, &dyn Store) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let (work, start) = (Arc::new(work), Arc::new(Barrier::new(threads)));
    let threads: Vec<_> = (0..threads)
        .map(|number| {
            let (work, start, store) = (work.clone(), start.clone(), stores[number % stores.len()].clone());
            thread::spawn(move || {
                start.wait();
                work(number, &*store)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn ten_replicas_that_start_together_migrate_once() {
    let Some(database) = server::empty() else { return };
    let stores: Vec<_> = (0..10).map(|_| replica(&database)).collect();
    let threads: Vec<_> =
        stores.iter().cloned().map(|store| thread::spawn(move || store.migrate().unwrap().len())).collect();
    let done: Vec<usize> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(done.iter().filter(|count| **count > 0).count(), 1, "{done:?}");
    assert_eq!(stores[0].pending_migrations(), Ok(vec![]));
    acme(&*stores[9]);
}

// pain: 13
#[test]
fn a_reader_that_polls_sees_every_event_once_and_in_order() {
    let Some(database) = server::fresh() else { return };
    let stores = replicas(&database);
    let org = acme(&*stores[0]);
    let stop = Arc::new(AtomicBool::new(false));
    let poller = {
        let (store, stop) = (stores[1].clone(), stop.clone());
        thread::spawn(move || {
            let mut seen: Vec<Event> = Vec::new();
            loop {
                let last = stop.load(Ordering::SeqCst);
                let after = seen.last().map_or(0, |event| event.seq);
                let more =
                    read_now(&*store, ReadCost::Point, move |tx| tx.events_after(org, after, 7)).unwrap();
                if more.is_empty() && last {
                    return seen;
                }
                seen.extend(more);
            }
        })
    };
    const THREADS: usize = 9;
    const EACH: usize = 40;
    together(&stores, THREADS, move |thread, store| {
        for n in 0..EACH {
            let user = a_user(&format!("{thread}-{n}"));
            write_now(store, move |tx| {
                add(tx, org, &user)?;
                // Some take longer than others, and some are undone.
                if n % 5 == 0 {
                    thread::sleep(Duration::from_millis(2));
                }
                if n % 7 == 0 { Err(StoreError::Failed("undone".into())) } else { Ok(()) }
            })
            .unwrap_or_else(|error| assert_eq!(error, StoreError::Failed("undone".into())));
        }
    });
    stop.store(true, Ordering::SeqCst);
    let seen: Vec<i64> = poller.join().unwrap().into_iter().map(|event| event.seq).collect();
    let written = THREADS * (EACH - EACH.div_ceil(7));
    assert_eq!(seen, (1..=written as i64).collect::<Vec<_>>());
}

#[test]
fn a_name_is_taken_once_whoever_asks_at_the_same_time() {
    let Some(database) = server::fresh() else { return };
    let stores = replicas(&database);
    let org = acme(&*stores[0]);
    for round in 0..20 {
        let outcomes = together(&stores, 6, move |thread, store| {
            let name = format!("same-{round}");
            let user = a_user_with(&format!("{thread}-{round}"), json!({"userName": name}));
            write_now(store, move |tx| add(tx, org, &user))
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let taken = Err(StoreError::Taken(Unique::UserName));
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == taken).count(), 5, "{outcomes:?}");
    }
    let slugs = together(&stores, 6, |_, store| {
        write_now(store, |tx| tx.insert_org("globex", "Globex", &Settings::default(), THEN).map(|_| ()))
    });
    assert_eq!(slugs.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{slugs:?}");
}

/// The version that a client read is still the one when it writes, or it is told.
#[test]
fn no_update_is_lost() {
    let Some(database) = server::fresh() else { return };
    let stores = replicas(&database);
    let org = acme(&*stores[0]);
    let ada = a_user("ada");
    let row = ada.clone();
    write_now(&*stores[0], move |tx| add(tx, org, &row)).unwrap();
    const THREADS: usize = 6;
    const EACH: usize = 25;
    together(&stores, THREADS, move |_, store| {
        for _ in 0..EACH {
            let ada = ada.clone();
            write_now(store, move |tx| {
                let found = tx.find_user(org, ada.id)?.unwrap();
                let version = found.document.version + 1;
                tx.update_user(org, ada.id, &found.facts, &written_user(&found), version, THEN)
            })
            .unwrap();
        }
    });
    let id = a_user("ada").id;
    let found = read_now(&*stores[0], ReadCost::Point, move |tx| tx.find_user(org, id)).unwrap().unwrap();
    assert_eq!(found.document.version, 1 + (THREADS * EACH) as i64);
}

/// Members come and go, mappings come and go, people are deactivated, all at the same time on three replicas. At no
/// moment does a reader see a membership that does not follow from the rest, and none is left at the end.
#[test]
fn memberships_follow_from_groups_and_mappings_at_every_moment() {
    let Some(database) = server::fresh() else { return };
    let stores = replicas(&database);
    let org = acme(&*stores[0]);
    let people: Vec<User> = (0..6).map(|n| a_user(&format!("p{n}"))).collect();
    let groups = [a_group("One"), a_group("Two")];
    let workspaces = [a_workspace("A"), a_workspace("B")];
    {
        let (people, groups, workspaces) = (people.clone(), groups.clone(), workspaces.clone());
        write_now(&*stores[0], move |tx| {
            for user in &people {
                add(tx, org, user)?;
            }
            for group in &groups {
                let document = written_group(group);
                tx.insert_group(org, group.id, group.connection, &group.facts, &document, THEN)?;
            }
            workspaces.iter().try_for_each(|workspace| tx.insert_workspace(org, workspace))
        })
        .unwrap();
    }
    let stop = Arc::new(AtomicBool::new(false));
    let watcher = {
        let (store, stop, people) = (stores[2].clone(), stop.clone(), people.clone());
        thread::spawn(move || {
            let mut moments = 0;
            while !stop.load(Ordering::SeqCst) {
                let people = people.clone();
                let wrong = read_now(&*store, ReadCost::Scan, move |tx| wrong_memberships(tx, org, &people));
                assert_eq!(wrong.unwrap(), [""; 0]);
                moments += 1;
            }
            moments
        })
    };
    {
        let (people, groups, workspaces) = (people.clone(), groups.clone(), workspaces.clone());
        together(&stores, 9, move |thread, store| {
            for n in 0..30 {
                // A walk that looks random and is the same each time.
                let step = thread * 7919 + n * 104_729;
                let user = people[step % people.len()].clone();
                let (group, workspace) = (groups[step / 3 % 2].clone(), workspaces[step / 5 % 2].clone());
                let mut mapping = a_mapping(
                    &group,
                    &workspace,
                    [WorkspaceRole::Member, WorkspaceRole::Admin][step / 11 % 2],
                );
                mapping.id =
                    rolecall_domain::ids::MappingId(Uuid::from_u128((thread * 1000 + n + 1) as u128));
                write_now(store, move |tx| {
                    let scope = match step % 5 {
                        0 | 1 => {
                            let member = [MemberId::User(user.id)];
                            tx.add_members(org, group.id, &member, cause().change, THEN)?;
                            Scope::Users(vec![user.id])
                        }
                        2 => {
                            tx.remove_members(org, group.id, &[user.id.0])?;
                            Scope::Users(vec![user.id])
                        }
                        3 => {
                            let there = tx.mappings_of(org, group.id)?;
                            match there.iter().find(|there| there.workspace == workspace.id) {
                                Some(there) => tx.delete_mapping(org, there.id)?,
                                None => tx.insert_mapping(org, &mapping)?,
                            }
                            Scope::Groups(vec![group.id])
                        }
                        _ => {
                            let mut found = tx.find_user(org, user.id)?.unwrap();
                            found.facts.active = !found.facts.active;
                            let version = found.document.version + 1;
                            tx.update_user(org, user.id, &found.facts, &written_user(&found), version, THEN)?;
                            Scope::Users(vec![user.id])
                        }
                    };
                    tx.recompute(org, &cause(), &scope)
                })
                .unwrap();
            }
        });
    }
    stop.store(true, Ordering::SeqCst);
    assert!(watcher.join().unwrap() > 0);
    let everybody = Scope::Users(people.iter().map(|user| user.id).collect());
    let left = write_now(&*stores[0], move |tx| tx.recompute(org, &cause(), &everybody)).unwrap();
    assert_eq!((left.joined, left.changed, left.left), (0, 0, 0), "nothing was left to do");
}

fn wrong_memberships(
    tx: &mut dyn rolecall_domain::ports::ReadTx,
    org: OrgId,
    people: &[User],
) -> StoreResult<Vec<String>> {
    let mut wrong = Vec::new();
    for user in people {
        let active = tx.find_user(org, user.id)?.is_some_and(|user| user.facts.active);
        let mut wanted = std::collections::BTreeMap::new();
        for (_, workspace, source) in tx.sources_of(org, &[user.id], None)? {
            let role = match source {
                rolecall_domain::records::Source::Group { role, .. }
                | rolecall_domain::records::Source::Grant(rolecall_domain::grant::Grant { role, .. }) => role,
            };
            let best = wanted.entry(workspace).or_insert(role);
            *best = role.max(*best);
        }
        if !active {
            wanted.clear();
        }
        let found = tx.workspaces_of(org, user.id)?;
        let found: std::collections::BTreeMap<_, _> =
            found.into_iter().map(|w| (w.workspace_id, w.role)).collect();
        if found != wanted {
            wrong.push(format!("{}: {found:?} in place of {wanted:?}", user.facts.user_name));
        }
    }
    Ok(wrong)
}

/// Units about several organisations at once take them in any order.
#[test]
fn nobody_is_told_of_a_deadlock() {
    let Some(database) = server::fresh() else { return };
    let stores = replicas(&database);
    let orgs = [org(&*stores[0], "acme"), org(&*stores[0], "globex")];
    together(&stores, 6, move |thread, store| {
        for n in 0..15 {
            let user = a_user(&format!("{thread}-{n}"));
            let orgs = if thread % 2 == 0 { orgs } else { [orgs[1], orgs[0]] };
            write_now(store, move |tx| orgs.iter().try_for_each(|org| add(tx, *org, &user))).unwrap();
        }
    });
    for org in orgs {
        let events = read_now(&*stores[0], ReadCost::Point, move |tx| tx.events_after(org, 0, 1000)).unwrap();
        assert_eq!(events.len(), 6 * 15);
    }
}

#[test]
fn after_the_database_was_away_service_returns_by_itself() {
    let Some(database) = server::fresh() else { return };
    let store = replica(&database);
    let org = acme(&*store);
    let name = database.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let away = |away: bool| {
        server::administer(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {}", !away));
        server::administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        ));
    };
    let write = |name: &str| {
        let user = a_user(name);
        write_now(&*store, move |tx| add(tx, org, &user))
    };
    let read = || read_now(&*store, ReadCost::Point, |tx| tx.find_org("acme")).map(|found| found.is_some());
    assert_eq!((write("before"), read()), (Ok(()), Ok(true)));
    // Connections that break while nobody uses them are replaced without a word.
    away(false);
    assert_eq!((write("anew"), read()), (Ok(()), Ok(true)));
    away(true);
    let asked = Instant::now();
    assert!(matches!(write("while away"), Err(StoreError::Unavailable(_))));
    assert!(matches!(read(), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.check(), Err(StoreError::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(5), "nobody is kept waiting");
    away(false);
    let back = Instant::now();
    while write("after").is_err() || read().is_err() {
        assert!(back.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(write("while away").is_ok(), "what was refused was not kept");
}

#[test]
fn a_connection_that_breaks_in_the_midst_keeps_nothing() {
    let Some(database) = server::fresh() else { return };
    let store = replica(&database);
    let org = acme(&*store);
    let name = database.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let outcome = write_now(&*store, move |tx| {
        add(tx, org, &a_user("ada"))?;
        server::administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        ));
        add(tx, org, &a_user("grace"))
    });
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    let events = read_now(&*store, ReadCost::Point, move |tx| tx.events_after(org, 0, 10)).unwrap();
    assert_eq!(events, []);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let Some(database) = server::fresh() else { return };
    let mut conn = <diesel::PgConnection as diesel::Connection>::establish(&database.url).unwrap();
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')",
    )
    .unwrap();
    match open(&database.url, Options::default()) {
        Err(OpenError::Newer { found, .. }) => assert_eq!(found, "29990101000000"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[test]
fn statements_need_not_be_kept_prepared() {
    let Some(database) = server::fresh() else { return };
    let separator = if database.url.contains('?') { '&' } else { '?' };
    let store =
        open(&format!("{}{separator}prepared_statements=off", database.url), Options::default()).unwrap();
    let org = acme(&*store);
    write_now(&*store, move |tx| add(tx, org, &a_user("ada"))).unwrap();
    let condition = store.condition().unwrap();
    assert!(condition.server.starts_with("PostgreSQL "), "{condition:?}");
}

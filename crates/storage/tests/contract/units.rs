//! Units of work: whole or not at all, one moment, and durable once acknowledged.

use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier, mpsc},
    thread,
};

use rolecall_domain::{
    event::{EventKind, NewEvent},
    grant::Grant,
    ids::OrgId,
    ports::{
        MappingFilter, ReadCost, ReadTx, StoreError, Tx, Unique, UserFilter, Verdict, WriteUnit, read_now,
        read_then, write_now,
    },
    role::WorkspaceRole,
    testing::{THEN, a_user, the_connection, user_id},
};

use super::world::{Subject, World, cause, from_start, insert_user, user};

/// A unit that adds a person and then does as it is told.
struct Adding {
    org: OrgId,
    name: String,
    then: fn() -> Verdict,
    told: mpsc::Sender<(String, Result<(), StoreError>)>,
}

impl WriteUnit for Adding {
    fn run(&mut self, tx: &mut dyn Tx) -> Verdict {
        insert_user(tx, self.org, &a_user(&self.name)).unwrap();
        (self.then)()
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let _ = self.told.send((self.name, outcome));
    }
}

/// Whom a unit adds, and what it does then.
type Told = (&'static str, fn() -> Verdict);

/// Queues units while the writer is busy with another, so that they share a commit; answers what each was told.
fn together(world: &World, units: &[Told]) -> Vec<(String, Result<(), StoreError>)> {
    let (told, answers) = mpsc::channel();
    let (running, started) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = parking_lot::Mutex::new(gate);
    let store = world.store.clone();
    let blocker = thread::spawn(move || {
        write_now(&*store, move |_| {
            running.send(()).unwrap();
            gate.lock().recv().unwrap();
            Ok::<_, StoreError>(())
        })
    });
    started.recv().unwrap();
    for (name, then) in units {
        let unit = Adding { org: world.org, name: (*name).to_owned(), then: *then, told: told.clone() };
        world.store.write(Box::new(unit));
    }
    go.send(()).unwrap();
    blocker.join().unwrap().unwrap();
    units.iter().map(|_| answers.recv().unwrap()).collect()
}

fn there(world: &World, name: &str) -> bool {
    world.find(user_id(name)).is_some()
}

pub(crate) fn a_unit_that_rolls_back_leaves_its_companions(subject: &mut Subject) {
    let acme = subject.acme();
    let told = together(
        &acme,
        &[
            ("no one yet", || Verdict::Rollback),
            ("ada", || Verdict::Commit),
            ("nobody", || Verdict::Rollback),
            ("grace", || Verdict::Commit),
        ],
    );
    assert!(
        told.iter().all(|(_, outcome)| outcome.is_ok()),
        "a verdict of rollback is an outcome, too: {told:?}"
    );
    let found = ["no one yet", "ada", "nobody", "grace"].map(|name| there(&acme, name));
    assert_eq!(found, [false, true, false, true]);
}

pub(crate) fn a_unit_that_panics_is_undone_and_the_others_are_not(subject: &mut Subject) {
    let acme = subject.acme();
    let told = together(
        &acme,
        &[
            ("first", || panic!("a fault of the first unit, as the test wants it")),
            ("ada", || Verdict::Commit),
            ("second", || panic!("a fault of the third unit, as the test wants it")),
            ("grace", || Verdict::Commit),
        ],
    );
    for (name, outcome) in told {
        match name.as_str() {
            "first" | "second" => assert!(matches!(outcome, Err(StoreError::Failed(_))), "{outcome:?}"),
            _ => assert_eq!(outcome, Ok(())),
        }
        assert_eq!(there(&acme, &name), name == "ada" || name == "grace");
    }
}

pub(crate) fn concurrent_writers_are_all_acknowledged_and_all_there(subject: &mut Subject) {
    const THREADS: usize = 8;
    const EACH: usize = 25;
    let acme = subject.acme();
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (acme, start) = (acme.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                for n in 0..EACH {
                    acme.write(move |tx, org| {
                        insert_user(tx, org, &a_user(&format!("{thread}-{n}")))?;
                        tx.push_events(org, &cause(), &[NewEvent::new(EventKind::UserCreated)])
                    });
                    assert!(there(&acme, &format!("{thread}-{n}")), "one reads what one has written");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let everybody = acme.read(|tx, org| tx.count_users(org, &UserFilter::default()));
    assert_eq!(everybody, (THREADS * EACH) as u64);
    let events = acme.read(|tx, org| tx.events_after(org, 0, 1000));
    let numbers: BTreeSet<i64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=(THREADS * EACH) as i64).collect());
}

pub(crate) fn a_read_sees_one_moment(subject: &mut Subject) {
    let acme = subject.acme();
    for cost in [ReadCost::One, ReadCost::Point, ReadCost::Scan] {
        let (world, org) = (acme.clone(), acme.org);
        let name = format!("{cost:?}");
        let (before, after) = read_now(&*acme.store, cost, move |tx| {
            let before = tx.count_users(org, &UserFilter::default())?;
            world.person(&name);
            let after = tx.count_users(org, &UserFilter::default())?;
            Ok::<_, StoreError>((before, after))
        })
        .unwrap();
        assert_eq!(before, after, "what is committed meanwhile is not in the snapshot");
        assert_eq!(acme.read(|tx, org| tx.count_users(org, &UserFilter::default())), before + 1);
    }
}

pub(crate) fn a_read_of_more_than_one_question_sees_one_moment_whatever_it_was_taken_for(
    subject: &mut Subject,
) {
    let acme = subject.acme();
    let (world, org, mut runs) = (acme.clone(), acme.org, 0);
    let (told, answers) = mpsc::channel();
    let work = move |tx: &mut dyn ReadTx| {
        runs += 1;
        let before = tx.count_users(org, &UserFilter::default())?;
        world.person(&format!("person {runs}"));
        Ok::<_, StoreError>((before, tx.count_users(org, &UserFilter::default())?))
    };
    read_then(&*acme.store, ReadCost::One, work, move |found| told.send(found).unwrap());
    let (before, after) = answers.recv().unwrap().unwrap();
    assert_eq!(before, after, "what is committed meanwhile is not in the snapshot");
    // One question is answered by itself.
    let (told, answers) = mpsc::channel();
    let work = move |tx: &mut dyn ReadTx| tx.count_users(org, &UserFilter::default());
    read_then(&*acme.store, ReadCost::One, work, move |found| told.send(found).unwrap());
    assert_eq!(answers.recv().unwrap(), Ok(before + 1));
}

pub(crate) fn a_read_does_not_see_what_is_not_committed(subject: &mut Subject) {
    let acme = subject.acme();
    let reader = acme.clone();
    let seen = acme.write(move |tx, org| {
        insert_user(tx, org, &a_user("ada"))?;
        assert!(tx.find_user(org, user_id("ada"))?.is_some(), "a unit reads what it has written");
        Ok(there(&reader, "ada"))
    });
    assert!(!seen);
    assert!(there(&acme, "ada"));
}

pub(crate) fn what_was_acknowledged_is_there_after_reopening(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = acme.person("ada");
    let (group, workspace) = (acme.group("Sales"), acme.workspace("Sales"));
    acme.mapping(&group, &workspace, WorkspaceRole::Admin);
    acme.join(&group, &[user(&ada)]);
    acme.recompute(rolecall_domain::ports::Scope::Users(vec![ada.id]));
    let org = acme.org;
    drop(acme);
    subject.reopen();
    let acme = World { store: subject.store(), org };
    assert_eq!(acme.role(&workspace, &ada), Some(WorkspaceRole::Admin));
    assert_eq!(acme.happened(0), ["membership.created"]);
    acme.person("grace");
}

pub(crate) fn after_a_taken_name_the_same_unit_goes_on(subject: &mut Subject) {
    let acme = subject.acme();
    acme.person("ada");
    acme.write(|tx, org| {
        assert_eq!(insert_user(tx, org, &a_user("ada")), Err(StoreError::Taken(Unique::UserName)));
        insert_user(tx, org, &a_user("grace"))
    });
    assert!(there(&acme, "grace"));
}

pub(crate) fn a_reader_that_panics_leaves_the_store_usable(subject: &mut Subject) {
    let acme = subject.acme();
    for _ in 0..20 {
        let answer: Result<(), StoreError> = read_now(&*acme.store, ReadCost::Scan, |tx| {
            tx.find_org("acme")?;
            panic!("a fault of a reader, as the test wants it")
        });
        assert!(matches!(answer, Err(StoreError::Unavailable(_))));
    }
    let found = read_now(&*acme.store, ReadCost::Scan, |tx| tx.find_org("acme")).unwrap();
    assert!(found.is_some());
    acme.person("ada");
}

/// Both organisations hold things of the same ids, so that a question that forgot the organisation would answer.
pub(crate) fn nothing_crosses_between_two_organisations(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let mut everything = Vec::new();
    for world in [&acme, &globex] {
        let (ada, grace) = (world.person("ada"), world.person("grace"));
        let (group, inner) = (world.group("ws-Sales-role-admin"), world.group("Inner"));
        let workspace = world.workspace("Other");
        let mapping = world.mapping(&group, &workspace, WorkspaceRole::Member);
        world.join(&group, &[user(&ada), super::world::nested(&inner)]);
        world.join(&inner, &[user(&grace)]);
        let (w, a) = (workspace.id, ada.id);
        world.write(move |tx, org| tx.put_grant(org, w, a, Grant::lasting(WorkspaceRole::Admin), &cause()));
        world.recompute(rolecall_domain::ports::Scope::Groups(vec![group.id]));
        everything = vec![(ada, grace, group, inner, workspace, mapping)];
    }
    let (ada, grace, group, inner, workspace, mapping) = everything.remove(0);
    // Everything is taken away in one, from every direction.
    let (a, g, gr, inn, w, m) = (ada.id, grace.id, group.id, inner.id, workspace.id, mapping.id);
    acme.write(move |tx, org| {
        tx.remove_members(org, inn, &[g.0])?;
        tx.remove_members_except(org, gr, &[])?;
        tx.delete_mapping(org, m)?;
        tx.clear_workspace(org, w)?;
        tx.recompute(org, &cause(), &rolecall_domain::ports::Scope::Workspace(w))?;
        tx.delete_workspace(org, w)?;
        tx.leave_parents(org, inn, THEN)?;
        tx.delete_group(org, gr)?;
        tx.delete_group(org, inn)?;
        tx.delete_user(org, a, THEN)?;
        tx.delete_user(org, g, THEN)?;
        tx.update_settings(org, &rolecall_domain::records::Settings::default())
    });
    let left = |world: &World| {
        world.read(move |tx, org| {
            Ok((
                tx.count_users(org, &UserFilter::default())?,
                tx.count_groups(org)?,
                tx.count_workspaces(org)?,
                tx.count_mappings(org, &MappingFilter::default())?,
                tx.count_people_in(org, w)?,
                tx.sources_of(org, &[a, g], None)?.len(),
                tx.groups_of(org, &[a, g])?.len(),
                tx.members_of(org, gr, from_start(10))?.len(),
            ))
        })
    };
    assert_eq!(left(&acme), (0, 0, 0, 0, 0, 0, 0, 0));
    assert_eq!(left(&globex), (2, 2, 1, 1, 2, 3, 3, 2));
    assert_eq!(globex.role(&workspace, &ada), Some(WorkspaceRole::Admin));
    assert_eq!(globex.role(&workspace, &grace), Some(WorkspaceRole::Member));
    let acme_only = acme.read(|tx, org| tx.find_connection(org, "default"));
    assert_eq!(acme_only, Some(the_connection()));
}

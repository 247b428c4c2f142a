//! The history is what was.

use std::collections::BTreeMap;

use rolecall_domain::{
    event::{Cause, EventKind, NewEvent},
    history::Tenure,
    ids::{ChangeId, UserId, WorkspaceId},
    ports::{HistoryQuery, Slice},
    role::WorkspaceRole::{self, Admin, Member},
    testing::{a_workspace, user_id},
    use_cases::plan::{Stopped, Wish},
};
use uuid::Uuid;

use super::{
    town::{self, Refused, Town},
    world::{Subject, World, cause, later},
};

fn tenures(world: &World, query: HistoryQuery) -> Vec<Tenure> {
    // In pages of three, as a long list is read.
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = world.read(move |tx, org| tx.tenures(org, &query, Slice { after, limit: 3 }));
        let Some(last) = page.last() else { return all };
        after = Some(last.seq);
        all.extend(page);
    }
}

fn membership(kind: EventKind, old: Option<WorkspaceRole>, new: Option<WorkspaceRole>) -> NewEvent {
    NewEvent::new(kind).user(user_id("ada")).workspace(a_workspace("Sales").id).roles(old, new)
}

pub(crate) fn a_span_says_since_when_until_when_and_by_what(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let by = |n: u8| Cause { change: ChangeId(Uuid::from_u128(n.into())), at: later(n.into()), ..cause() };
    let done = [
        (1, membership(EventKind::MembershipCreated, None, Some(Member))),
        (2, NewEvent::new(EventKind::GrantCreated).user(user_id("ada")).workspace(a_workspace("Sales").id)),
        (3, membership(EventKind::MembershipChanged, Some(Member), Some(Admin))),
        (4, membership(EventKind::MembershipCreated, None, Some(Member)).user(user_id("grace"))),
        (5, membership(EventKind::MembershipRemoved, Some(Admin), None)),
        (6, membership(EventKind::MembershipCreated, None, Some(Member))),
    ];
    for world in [&acme, &globex] {
        for (n, event) in done.clone() {
            world.write(move |tx, org| tx.push_events(org, &by(n), std::slice::from_ref(&event)));
        }
    }
    let sales = Some(a_workspace("Sales").id);
    let ada = HistoryQuery { user: Some(user_id("ada")), ..HistoryQuery::default() };
    let found = tenures(&acme, ada);
    let shown: Vec<_> = found
        .iter()
        .map(|span| (span.role(), span.joined_at, span.from.at, span.to.map(|to| to.at)))
        .collect();
    let wanted = [
        ("member", later(1), later(1), Some(later(3))),
        ("admin", later(1), later(3), Some(later(5))),
        ("member", later(6), later(6), None),
    ];
    assert_eq!(shown, wanted);
    assert_eq!((found[1].from.change, found[1].from.actor), (by(3).change, cause().actor));
    assert_eq!(found[1].to.map(|to| to.change), Some(by(5).change));
    let in_sales = HistoryQuery { workspace: sales, ..HistoryQuery::default() };
    assert_eq!(tenures(&acme, in_sales).len(), 4);
    assert_eq!(tenures(&acme, HistoryQuery { workspace: sales, ..ada }), found);
    assert_eq!(tenures(&acme, HistoryQuery { workspace: Some(a_workspace("Lab").id), ..ada }), []);
    let at = |days, query: HistoryQuery| {
        tenures(&acme, query.at(later(days))).iter().map(|span| (span.user, span.role())).collect::<Vec<_>>()
    };
    assert_eq!(at(0, in_sales), []);
    assert_eq!(at(4, in_sales), [(user_id("ada"), "admin"), (user_id("grace"), "member")]);
    assert_eq!(at(5, in_sales), [(user_id("grace"), "member")], "what ends in a moment holds no more in it");
    assert_eq!(at(9, ada), [(user_id("ada"), "member")]);
    let between = HistoryQuery { since: Some(later(5)), until: Some(later(5)), ..ada };
    assert_eq!(tenures(&acme, between), []);
    assert_eq!(acme.read(|tx, org| tx.workspaces_ever(org)), sales.into_iter().collect::<Vec<_>>());
}

pub(crate) fn a_forgotten_person_has_no_name_and_the_same_history(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let (ada, grace) = (user_id("ada"), user_id("grace"));
    for world in [&acme, &globex] {
        world.write(move |tx, org| {
            let named = |kind, user, name: &str| NewEvent::new(kind).user(user).subject(name);
            let events = [
                named(EventKind::UserCreated, ada, "ada@acme.test"),
                named(EventKind::UserCreated, grace, "grace@acme.test"),
                membership(EventKind::MembershipCreated, None, Some(Member)),
                named(EventKind::UserDeleted, ada, "ada@acme.test"),
            ];
            tx.push_events(org, &cause(), &events)
        });
    }
    let history = HistoryQuery { user: Some(ada), ..HistoryQuery::default() };
    let before = tenures(&acme, history);
    acme.write(move |tx, org| tx.forget_person(org, ada));
    assert_eq!(tenures(&acme, history), before);
    let names = |world: &World| world.read(move |tx, org| tx.names_of(org, &[ada, grace], &[]));
    assert_eq!((names(&acme).user(ada), names(&acme).user(grace)), (None, Some("grace@acme.test")));
    assert_eq!(names(&globex).user(ada), Some("ada@acme.test"));
    let events = acme.read(|tx, org| tx.events_after(org, 0, 100));
    assert!(events.iter().all(|event| event.subject.as_deref() != Some("ada@acme.test")));
    assert_eq!(events.len(), 4);
}

fn access(town: &Town, query: HistoryQuery) -> BTreeMap<(UserId, Option<WorkspaceId>), i16> {
    let found = tenures(&town.world, query);
    let (count, access) =
        (found.len(), found.into_iter().map(|span| ((span.user, span.workspace), span.rank)));
    let access: BTreeMap<_, _> = access.collect();
    assert_eq!(access.len(), count, "one role at a time");
    access
}

pub(crate) fn the_history_of_any_life_is_what_was_at_each_moment(subject: &mut Subject) {
    town::live(subject, 24, 25, |town, steps| {
        let mut moments = Vec::new();
        for step in &steps {
            let cause = town.next_cause();
            match town.step(cause, Wish::Do, step) {
                Ok(()) | Err(Stopped::Failed(Refused::NotNow)) => {}
                Err(error) => panic!("{step:?}: {error:?}"),
            }
            moments.push((cause.at, town.state().access()));
        }
        for (at, then) in moments {
            assert_eq!(access(&town, HistoryQuery::default().at(at)), then, "at {at} of {steps:#?}");
        }
    });
}

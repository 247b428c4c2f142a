//! Two people who are one: made so by an administrator, told apart, and undone.

use rolecall_domain::{
    event::Actor,
    grant::Grant,
    ids::{ChangeId, UserId},
    ports::{HistoryQuery, Scope},
    records::{Hold, HoldReason, MemberId, User},
    role::{OrgRole, WorkspaceRole},
    testing::the_connection,
    use_cases::{
        Expected,
        import::{ImportReport, ImportRow},
        matches::{self, Accepted, AcceptedAll, Certainty, MatchError},
        people,
        plan::{Stopped, Wish},
        undo::{self, UndoError, UndoReport, UndoWanted},
        users,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::{
    adoption::{OWN, Refused, import, line, own, pushed, run},
    town::{self, Refused as NotDone, Step},
    world::{Subject, World, from_start, later},
};

impl From<MatchError> for Refused {
    fn from(error: MatchError) -> Self {
        Self::Match(error)
    }
}

fn accept(world: &World, number: u128, waiting: UserId, with: UserId) -> Result<Accepted, Refused> {
    run(world, number, Actor::Operator, move |tx, act| {
        Ok(matches::accept(tx, act, &waiting.to_string(), &with.to_string())?)
    })
}

fn undo_of(world: &World, number: u128, change: u128) -> UndoReport {
    let wanted = UndoWanted { change: Some(Uuid::from_u128(change).to_string()), ..UndoWanted::default() };
    run(world, number, Actor::Operator, move |tx, act| match undo::undo(tx, act, &wanted) {
        Ok(report) => Ok(report),
        Err(UndoError::Store(error)) => Err(error.into()),
        Err(error) => panic!("{error}"),
    })
    .unwrap()
}

fn grants(world: &World, user: UserId) -> Vec<(String, Grant)> {
    world.read(move |tx, org| {
        let mut found = Vec::new();
        for workspace in tx.list_workspaces(org, from_start(9))? {
            found
                .extend(tx.find_grant(org, workspace.id, user)?.map(|grant| (workspace.slug.clone(), grant)));
        }
        Ok(found)
    })
}

fn named(world: &World, given: &str) -> Option<UserId> {
    let given = given.to_owned();
    world.read(move |tx, org| Ok(people::find(tx, org, &given)?.map(|user| user.id)))
}

/// Imported with grants and in a group, and pushed with a grant and in a group of its own.
struct Twice {
    world: World,
    waiting: UserId,
    pushed: User,
}

impl Twice {
    fn new(subject: &Subject, id: &str) -> Self {
        use WorkspaceRole::{Admin, Manager, Member};
        let world = subject.acme();
        for name in ["Sales", "Support", "Finance", "Legal"] {
            world.workspace(name);
        }
        let grants = [("sales", Admin), ("support", Member), ("finance", Member)];
        let row = ImportRow { role: Some(OrgRole::Owner), ..line(id, "ada", &grants) };
        import(&world, 1, &[row]).unwrap();
        let waiting = world.read(|tx, org| tx.find_user_by_name(org, "ada")).unwrap().id;
        let person = pushed(&world, 2, json!({"userName": "ada@acme.test", "externalId": "00u1"})).unwrap();
        let (place, user) = (
            super::world::sorted(
                world
                    .read(|tx, org| tx.list_workspaces(org, from_start(9)))
                    .into_iter()
                    .map(|one| (one.slug, one.id))
                    .collect(),
            ),
            person.id,
        );
        let (group, other) = (world.group("Lawyers"), world.group("Both"));
        let legal = world.read(|tx, org| tx.find_workspace_by_slug(org, "legal")).unwrap();
        world.mapping(&group, &legal, Manager);
        world.join(&group, &[MemberId::User(waiting)]);
        world.join(&other, &[MemberId::User(waiting), MemberId::User(user)]);
        world.write(move |tx, org| {
            for (slug, role) in [("support", Manager), ("sales", Member)] {
                let id = place.iter().find(|one| one.0 == slug).unwrap().1;
                tx.put_grant(org, id, user, Grant::lasting(role), &super::world::cause())?;
            }
            Ok(())
        });
        world.recompute(Scope::Users(vec![waiting, user]));
        Self { world, waiting, pushed: person }
    }

    fn places(&self, user: UserId) -> Vec<(String, WorkspaceRole)> {
        self.world.read(move |tx, org| {
            Ok(tx.workspaces_of(org, user)?.into_iter().map(|place| (place.slug, place.role)).collect())
        })
    }

    fn groups(&self, user: UserId) -> Vec<String> {
        self.world.read(move |tx, org| {
            Ok(tx.groups_of(org, &[user])?.into_iter().map(|(_, group)| group.display).collect())
        })
    }
}

pub(crate) fn two_people_are_made_one_and_two_again(subject: &mut Subject) {
    use WorkspaceRole::{Admin, Manager, Member};
    let twice = Twice::new(subject, "E-17");
    let (world, waiting, id) = (&twice.world, twice.waiting, twice.pushed.id);
    let before = (twice.places(waiting), twice.places(id), grants(world, waiting), grants(world, id));
    let seq = world.happened(0).len() as i64;
    let accepted = accept(world, 3, waiting, id).unwrap();
    assert_eq!((accepted.user.id, accepted.former, accepted.app_id.as_str()), (id, waiting, "E-17"));

    // Who stays is the directory's, as it said, with what both had.
    let now = world.find(id).unwrap();
    assert_eq!(now.document.text, twice.pushed.document.text);
    assert_eq!(
        (now.connection, now.org_role),
        (the_connection(), OrgRole::Member),
        "roles are the directory's"
    );
    let all = [("finance", Member), ("legal", Manager), ("sales", Admin), ("support", Manager)]
        .map(|(slug, role)| (slug.to_owned(), role));
    assert_eq!(super::world::sorted(twice.places(id)), all);
    assert_eq!(super::world::sorted(twice.groups(id)), ["Both", "Lawyers"]);
    assert_eq!(world.find(waiting), None);

    // The application's id, and the one that went, lead to who stays; another organisation knows neither.
    for given in ["E-17", &waiting.to_string(), &id.to_string()] {
        assert_eq!(named(world, given), Some(id), "{given}");
        assert_eq!(named(&subject.org(&format!("globex-{given}").to_lowercase()), given), None);
    }
    let told = world.read(move |tx, org| tx.events_after(org, seq, 100));
    let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("user.merged", "user.deleted"), "{kinds:?}");
    assert_eq!(
        (told[0].user_id, told[0].former_id, told[0].app_id.as_deref()),
        (Some(id), Some(waiting), Some("E-17"))
    );
    let gains = kinds.iter().position(|kind| *kind == "membership.created").unwrap();
    let losses = kinds.iter().position(|kind| *kind == "membership.removed").unwrap();
    assert!(gains < losses, "access is given before it is taken: {kinds:?}");

    // Everything that both ever had is the history of one.
    let query = HistoryQuery { user: Some(id), ..HistoryQuery::default() };
    let spans = world.read(move |tx, org| tx.tenures(org, &query, from_start(100)));
    assert!([id, waiting].iter().all(|who| spans.iter().any(|span| span.user == *who)), "{spans:?}");

    // The same file again finds the person by the id, and the directory goes on with the one that it knows.
    let grants_now = grants(world, id);
    let rows = [line("E-17", "ada", &[("sales", Admin), ("finance", Member)])];
    let again = import(world, 4, &rows).unwrap();
    assert_eq!(again, ImportReport { people: 1, of_directories: 1, ..ImportReport::default() });
    assert_eq!(grants(world, id), grants_now);

    let report = undo_of(world, 5, 3);
    assert_eq!((report.stays, report.left), (0, vec![]));
    assert_eq!((twice.places(waiting), twice.places(id), grants(world, waiting), grants(world, id)), before);
    let known = |user| world.read(move |tx, org| tx.find_known(org, user)).map(|known| known.app_id);
    assert_eq!((known(waiting), known(id)), (Some(Some("E-17".into())), None));
    assert_eq!((twice.groups(waiting).len(), twice.groups(id)), (2, vec!["Both".to_owned()]));
    assert_eq!(world.find(waiting).unwrap().org_role, OrgRole::Owner);
    assert_eq!((named(world, "E-17"), named(world, &waiting.to_string())), (Some(waiting), Some(waiting)));
    assert!(world.happened(0).contains(&"user.unmerged".to_owned()));
    // And one again.
    accept(world, 6, waiting, id).unwrap();
    assert_eq!(named(world, "E-17"), Some(id));
}

pub(crate) fn nobody_loses_access_by_being_made_one_over_any_history(subject: &mut Subject) {
    let merged = std::cell::Cell::new(0);
    town::live(subject, 40, 30, |town, steps| {
        let first = [Step::Open(0), Step::Hire(0, OrgRole::Member), Step::Import(0), Step::Import(1)];
        let last = [Step::Merge(0, 0), Step::Merge(0, 1), Step::Merge(1, 2)];
        for step in first.iter().chain(&steps).chain(&last) {
            let before = town.state();
            match town.step(town.next_cause(), Wish::Do, step) {
                Ok(()) => {}
                Err(Stopped::Failed(NotDone::NotNow)) => continue,
                Err(error) => panic!("{step:?}: {error:?}"),
            }
            if !matches!(step, Step::Merge(..)) {
                continue;
            }
            merged.set(merged.get() + 1);
            let after = town.state();
            let gone: Vec<UserId> =
                before.people.keys().filter(|id| !after.people.contains_key(id)).copied().collect();
            let [former] = gone[..] else { panic!("one of two goes: {gone:?}") };
            let user = town.world.read(move |tx, org| tx.find_merged(org, former)).unwrap();
            // Each has at least what both had; who was neither has what they had.
            for ((whose, place), role) in &before.memberships {
                let whose = if *whose == former { user } else { *whose };
                assert!(after.memberships.get(&(whose, *place)) >= Some(role), "{place} of {steps:#?}");
            }
            let others = |state: &town::State| -> Vec<_> {
                state.access().into_iter().filter(|((id, _), _)| ![former, user].contains(id)).collect()
            };
            assert_eq!(others(&after), others(&before), "{steps:#?}");
            assert_eq!(after.people[&user], before.people[&user], "what the directory says holds");
            let differs = town.world.recompute(Scope::Users(after.people.keys().copied().collect()));
            assert_eq!(differs, Default::default(), "everybody has what follows: {steps:#?}");
        }
    });
    assert!(merged.get() > 20, "{} were made one", merged.get());
}

pub(crate) fn what_stands_against_two_people_being_one_is_told_and_changes_nothing(subject: &mut Subject) {
    let twice = Twice::new(subject, OWN);
    let (world, id) = (&twice.world, twice.pushed.id);
    assert_eq!(twice.waiting, own());
    import(world, 11, &[line("E-2", "alan", &[])]).unwrap();
    let alan = world.read(|tx, org| tx.find_user_by_name(org, "alan")).unwrap().id;
    let happened = world.happened(0);
    let refused = |waiting: UserId, with: UserId| match accept(world, 12, waiting, with) {
        Err(Refused::Match(error)) => error,
        other => panic!("{other:?}"),
    };
    let nobody = UserId(Uuid::from_u128(404));
    assert!(matches!(refused(nobody, id), MatchError::UnknownUser { .. }));
    assert!(matches!(refused(own(), nobody), MatchError::UnknownUser { .. }));
    assert!(matches!(refused(id, id), MatchError::NotWaiting { .. }));
    assert!(matches!(refused(own(), alan), MatchError::NotPushed { .. }));
    let set_active = |number, active: bool| {
        run(world, number, Actor::Operator, move |tx, act| {
            let operations = rolecall_domain::testing::a_user_patch(
                json!([{"op": "replace", "path": "active", "value": active}]),
            );
            let kind = rolecall_scim::schema::ResourceType::user();
            Ok(users::apply(tx, act, kind, id, &operations, Default::default(), &Expected::Any).map(drop)?)
        })
        .unwrap();
    };
    assert_eq!(world.happened(0), happened);
    set_active(13, false);
    assert!(matches!(refused(own(), id), MatchError::WouldLose { .. }));
    // Who has nothing loses nothing.
    accept(world, 14, alan, id).unwrap();
    set_active(15, true);
    assert!(matches!(refused(own(), id), MatchError::HasAppId { app_id, .. } if app_id == "E-2"));
    // Whose id is the application's is known by it: nobody else can be imported as that one, and a line finds who stayed.
    let other = pushed(world, 16, json!({"userName": "a.lovelace"})).unwrap();
    assert_eq!(accept(world, 17, own(), other.id).unwrap().app_id, OWN);
    let again = import(world, 18, &[line(OWN, "ada", &[])]).unwrap();
    assert_eq!((again.created, again.of_directories), (0, 1));
    assert_eq!(named(world, OWN), Some(other.id));
}

pub(crate) fn what_a_decided_hold_keeps_moves_with_the_rest(subject: &mut Subject) {
    let twice = Twice::new(subject, "E-17");
    let (world, waiting, id) = (&twice.world, twice.waiting, twice.pushed.id);
    let hold = |kept| Hold {
        user: waiting,
        reason: HoldReason::Brake,
        kept,
        since: later(1),
        until: None,
        change: ChangeId(Uuid::from_u128(9)),
    };
    let put = |hold: Hold| world.write(move |tx, org| tx.put_hold(org, &hold));
    put(hold(false));
    // The group goes, and what it gave is kept by the hold alone.
    world.write(move |tx, org| {
        let group = tx.find_groups_by_name(org, "lawyers")?[0].id;
        tx.remove_members(org, group, &[waiting.0])?;
        Ok(())
    });
    world.recompute(Scope::Users(vec![waiting]));
    assert!(twice.places(waiting).iter().any(|(slug, _)| slug == "legal"));
    let error = accept(world, 3, waiting, id).unwrap_err();
    assert!(matches!(error, Refused::Match(MatchError::Held { .. })), "{error:?}");
    put(hold(true));
    accept(world, 4, waiting, id).unwrap();
    assert!(twice.places(id).contains(&("legal".to_owned(), WorkspaceRole::Manager)));
    assert!(grants(world, id).contains(&("legal".to_owned(), Grant::lasting(WorkspaceRole::Manager))));
    assert_eq!(world.find(waiting), None);
}

pub(crate) fn a_refused_pair_is_proposed_no_more_until_that_is_taken_back(subject: &mut Subject) {
    let world = subject.acme();
    let rows = [line("E-1", "ada", &[]), line("E-2", "grace", &[]), line(OWN, "alan", &[])];
    import(&world, 1, &rows).unwrap();
    let ada = pushed(&world, 2, json!({"userName": "a", "externalId": "E-1"})).unwrap().id;
    let grace = pushed(&world, 3, json!({"userName": "g", "externalId": "E-2"})).unwrap().id;
    let proposed = || {
        let listed = world.read(|tx, org| matches::list(tx, org, from_start(9)));
        listed.into_iter().flat_map(|one| one.candidates).map(|found| found.user.id).collect::<Vec<_>>()
    };
    assert_eq!(super::world::sorted(proposed()), super::world::sorted(vec![ada, grace]));
    // Whose id is the application's is known by it as well.
    let alan = pushed(&world, 31, json!({"userName": "t", "externalId": OWN})).unwrap().id;
    assert!(proposed().contains(&alan));
    world.write(move |tx, org| tx.delete_user(org, alan, later(2)));
    let refuse = |number, waiting: &'static str, with: UserId| {
        run(&world, number, Actor::Operator, move |tx, act| {
            Ok(matches::refuse(tx, act, waiting, &with.to_string())?)
        })
        .unwrap()
    };
    let events = world.happened(0);
    let pair = refuse(4, "E-1", ada);
    assert_eq!((pair.waiting.facts.user_name.as_str(), pair.user.id), ("ada", ada));
    assert_eq!(refuse(5, "E-1", ada).refused, pair.refused, "once is enough");
    assert_eq!(proposed(), [grace]);
    assert_eq!(world.happened(0), events, "nobody's access is another");
    let listed = |world: &World| world.read(|tx, org| matches::list_refused(tx, org, from_start(9)));
    assert_eq!(listed(&world), std::slice::from_ref(&pair));
    assert_eq!(listed(&subject.org("globex")), []);
    let take_back = move |tx: &mut dyn rolecall_domain::ports::Tx,
                          act: &rolecall_domain::use_cases::Act<'_>| {
        Ok(matches::reconsider(tx, act, &pair.refused.id.to_string())?)
    };
    run(&world, 6, Actor::Operator, take_back).unwrap();
    let twice = run(&world, 7, Actor::Operator, take_back).unwrap_err();
    assert!(matches!(twice, Refused::Match(MatchError::UnknownRefusal { .. })), "{twice:?}");
    assert_eq!(proposed().len(), 2);

    // A refusal goes with either of the two, and does not stand against who changes their mind.
    refuse(8, "E-1", ada);
    refuse(9, "E-2", grace);
    assert_eq!(world.read(|tx, org| tx.count_refused(org)), 2);
    let waiting = named(&world, "E-1").unwrap();
    accept(&world, 10, waiting, ada).unwrap();
    world.write(move |tx, org| tx.delete_user(org, grace, later(2)));
    assert_eq!(listed(&world), []);
}

pub(crate) fn those_who_are_sure_are_made_one_at_once(subject: &mut Subject) {
    let world = subject.acme();
    world.workspace("Sales");
    let with_email = |id: &str, name: &str| ImportRow {
        email: Some(format!("{name}@acme.test")),
        ..line(id, name, &[("sales", WorkspaceRole::Member)])
    };
    let rows = [
        with_email("E-1", "ada"),
        with_email("E-2", "grace"),
        with_email("E-3", "alan"),
        line("E-4", "bob", &[]),
    ];
    import(&world, 1, &rows).unwrap();
    pushed(&world, 2, json!({"userName": "a", "externalId": "E-1"})).unwrap();
    pushed(&world, 3, json!({"userName": "grace@acme.test"})).unwrap();
    let gone = pushed(&world, 4, json!({"userName": "t", "externalId": "E-3", "active": false})).unwrap();
    let all = |number, certainty| -> AcceptedAll {
        run(&world, number, Actor::Operator, move |tx, act| Ok(matches::accept_all(tx, act, certainty)?))
            .unwrap()
    };
    let done = all(5, Certainty::Sure);
    assert_eq!((done.accepted, done.skipped, done.left.len()), (1, 1, 1), "{done:?}");
    assert!(
        done.left[0].user_name == "alan" && done.left[0].reason.contains(&gone.id.to_string()),
        "{done:?}"
    );
    assert_eq!(all(6, Certainty::Likely).accepted, 0, "no domain is spoken for");
    assert_eq!(all(7, Certainty::Unsure).accepted, 1);
    let left = world.read(|tx, org| matches::list(tx, org, from_start(9)));
    let names: Vec<String> = left.into_iter().map(|one| one.user.facts.user_name).collect();
    assert_eq!(super::world::sorted(names), ["alan", "bob"]);
}

pub(crate) fn a_merge_whose_other_cannot_come_back_stays_whole(subject: &mut Subject) {
    let twice = Twice::new(subject, "E-17");
    let (world, waiting, id) = (&twice.world, twice.waiting, twice.pushed.id);
    accept(world, 3, waiting, id).unwrap();
    let had = (twice.places(id), grants(world, id));
    // Somebody else has the name by now.
    pushed(world, 4, json!({"userName": "ada"})).unwrap();
    let report = undo_of(world, 5, 3);
    assert_eq!((report.reversed.len(), world.find(waiting)), (0, None), "{report:?}");
    assert!(report.stays > 3, "{report:?}");
    assert_eq!((twice.places(id), grants(world, id)), had);
    assert_eq!(named(world, "E-17"), Some(id));
}

//! What is given by hand for a time.

use rolecall_domain::{
    event::Actor,
    grant::{Expiry, Grant},
    ids::{ChangeId, UserId, WorkspaceId},
    ports::{EndingGrants, Scope, StoreError, Tx},
    records::{PlacedGrant, Source, User, Via, Workspace},
    role::WorkspaceRole::{self, Admin, Manager, Member},
    switches::PeopleFate,
    use_cases::{
        Act, Expected, connections,
        import::ImportRow,
        mappings::{self, Members},
        matches::{self, MatchError},
        undo::{self, UndoWanted},
        users,
        workspaces::{self, WorkspaceRef},
    },
};
use uuid::Uuid;

use super::{
    adoption::{Refused, import, line, pushed, run_at},
    world::{Subject, World, cause, later},
};

fn until(role: WorkspaceRole, day: i64, then: Option<WorkspaceRole>) -> Grant {
    Grant { role, expiry: Some(Expiry { at: later(day), then }) }
}

fn give(world: &World, workspace: &Workspace, user: UserId, grant: Grant) {
    let place = workspace.id;
    world.write(move |tx, org| {
        tx.put_grant(org, place, user, grant, &cause())?;
        tx.recompute(org, &cause(), &Scope::Users(vec![user])).map(drop)
    });
}

fn granted(world: &World, workspace: &Workspace, user: UserId) -> Option<Grant> {
    let place = workspace.id;
    world.read(move |tx, org| tx.find_grant(org, place, user))
}

/// What nobody here refuses.
fn done<T: Send + 'static>(
    world: &World,
    number: u128,
    day: i64,
    mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    run_at(world, number, Actor::Operator, later(day), move |tx, act| Ok(work(tx, act)?)).unwrap()
}

/// As the worker does it.
fn end_due(world: &World, number: u128, day: i64) {
    let due = world.read(move |tx, _| tx.ended_grants(later(day), 100));
    let due: Vec<(WorkspaceId, UserId)> =
        due.into_iter().filter(|one| one.0 == world.org).map(|(_, place, user)| (place, user)).collect();
    done(world, number, day, move |tx, act| workspaces::end_due(tx, act, &due));
}

fn undo_of(world: &World, number: u128, day: i64, change: u128) {
    let change = Some(ChangeId(Uuid::from_u128(change)).to_string());
    let wanted = UndoWanted { change, ..UndoWanted::default() };
    done(world, number, day, move |tx, act| {
        undo::undo(tx, act, &wanted).map(drop).map_err(|error| StoreError::Failed(error.to_string()))
    });
}

pub(crate) fn a_grant_comes_back_with_its_end_and_is_made_another(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, eve, sales) = (acme.person("ada"), acme.person("eve"), acme.workspace("Sales"));
    let (id, place) = (ada.id, sales.id);
    for grant in [until(Admin, 3, Some(Member)), until(Admin, 4, None), Grant::lasting(Admin)] {
        give(&acme, &sales, id, grant);
        assert_eq!(granted(&acme, &sales, id), Some(grant));
        let source = acme.read(move |tx, org| tx.sources_of(org, &[id], None)).remove(0);
        assert_eq!(source, (id, place, Source::Grant(grant)));
        let path = acme.read(move |tx, org| tx.paths_of(org, id)).remove(0);
        assert_eq!((path.role, path.via), (grant.role, Via::Grant { expiry: grant.expiry }));
    }
    give(&acme, &sales, eve.id, until(Member, 2, None));
    let both = vec![id, eve.id];
    let ending = acme.read(move |tx, org| tx.ending_grants(org, &EndingGrants::Of(both.clone())));
    let of_eve = PlacedGrant { workspace: place, user: eve.id, grant: until(Member, 2, None) };
    assert_eq!(ending, [of_eve], "one that lasts does not end");
}

pub(crate) fn grants_are_due_when_their_time_has_come_in_any_organisation(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let (ada, sales) = (acme.person("ada"), acme.workspace("Sales"));
    let (alan, support) = (globex.person("alan"), globex.workspace("Support"));
    give(&acme, &sales, ada.id, until(Admin, 2, None));
    give(&globex, &support, alan.id, until(Admin, 1, None));
    let due = |day, limit| acme.read(move |tx, _| tx.ended_grants(later(day), limit));
    let (one, other) = ((acme.org, sales.id, ada.id), (globex.org, support.id, alan.id));
    assert_eq!(due(0, 9), []);
    assert_eq!(due(1, 9), [other]);
    assert_eq!(due(2, 9), [one, other]);
    assert_eq!(due(2, 1), [one]);
    let told = |day| acme.read(move |tx, org| tx.grants_ending(org, later(day), 1));
    assert_eq!(told(1).count, 0, "nobody else's");
    assert_eq!((told(2).count, &*told(2).names[0]), (1, "ada@acme.test in Sales"));
    give(&acme, &sales, ada.id, Grant::lasting(Admin));
    assert_eq!(due(9, 9), [other]);
}

pub(crate) fn what_has_come_to_its_end_takes_access_away_once(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, eve, sales) = (acme.person("ada"), acme.person("eve"), acme.workspace("Sales"));
    give(&acme, &sales, ada.id, until(Admin, 2, None));
    give(&acme, &sales, eve.id, until(Admin, 2, Some(Member)));
    let seq = acme.happened(0).len() as i64;
    end_due(&acme, 11, 1);
    assert!(acme.happened(seq).is_empty());
    assert_eq!((acme.role(&sales, &ada), acme.role(&sales, &eve)), (Some(Admin), Some(Admin)));
    // Another server may have found the same.
    let due = vec![(sales.id, ada.id), (sales.id, eve.id)];
    for number in [12, 13] {
        let due = due.clone();
        done(&acme, number, 2, move |tx, act| workspaces::end_due(tx, act, &due));
    }
    assert_eq!((acme.role(&sales, &ada), acme.role(&sales, &eve)), (None, Some(Member)));
    assert_eq!(granted(&acme, &sales, eve.id), Some(Grant::lasting(Member)));
    let mut happened = acme.happened(seq);
    happened.sort_unstable();
    assert_eq!(
        happened,
        ["grant.deleted", "grant.updated", "membership.changed", "membership.removed"],
        "the second found nothing left"
    );
    // What has ended does not come back, and what was given for good does.
    undo_of(&acme, 14, 3, 12);
    assert_eq!((acme.role(&sales, &ada), acme.role(&sales, &eve)), (None, Some(Member)));
}

/// Who has by hand, until the third day, what the roles of these days say; and afterwards.
fn over_time(
    world: &World,
    number: u128,
    workspace: &Workspace,
    people: &[&User],
) -> Vec<[Option<WorkspaceRole>; 2]> {
    let roles = || people.iter().map(|user| world.role(workspace, user)).collect::<Vec<_>>();
    let now = roles();
    end_due(world, number, 3);
    now.into_iter().zip(roles()).map(|(now, then)| [now, then]).collect()
}

/// Ada has more by hand for a time than by her group, Grace less, Eve nothing, and Alan is inactive.
fn a_team(acme: &World, sales: &Workspace) -> (Vec<User>, String) {
    let people: Vec<User> = ["ada", "grace", "eve"].map(|name| acme.person(name)).into();
    let alan = acme.person_with("alan", serde_json::json!({"active": false}));
    let group = acme.group("Staff");
    let members: Vec<_> = people.iter().chain([&alan]).map(super::world::user).collect();
    acme.join(&group, &members);
    let mapping = acme.mapping(&group, sales, Manager);
    give(acme, sales, people[0].id, until(Admin, 2, None));
    give(acme, sales, people[1].id, until(Member, 2, None));
    give(acme, sales, alan.id, until(Member, 2, None));
    acme.recompute(Scope::Users(people.iter().map(|user| user.id).collect()));
    (people.into_iter().chain([alan]).collect(), mapping.id.to_string())
}

pub(crate) fn who_keeps_what_a_mapping_gave_has_it_behind_a_grant_that_ends(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    let (people, mapping) = a_team(&acme, &sales);
    let people: Vec<&User> = people.iter().collect();
    done(&acme, 11, 1, move |tx, act| {
        mappings::delete(tx, act, &mapping, Members::Keep)
            .map_err(|error| StoreError::Failed(error.to_string()))
    });
    assert_eq!(granted(&acme, &sales, people[0].id), Some(until(Admin, 2, Some(Manager))));
    assert_eq!(granted(&acme, &sales, people[1].id), Some(Grant::lasting(Manager)));
    let kept = [Some(Manager); 2];
    assert_eq!(
        over_time(&acme, 12, &sales, &people),
        [[Some(Admin), Some(Manager)], kept, kept, [None, None]]
    );
}

pub(crate) fn who_keeps_what_a_connection_gave_has_it_behind_a_grant_that_ends(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    let (people, _) = a_team(&acme, &sales);
    let people: Vec<&User> = people.iter().collect();
    done(&acme, 11, 1, move |tx, act| {
        connections::switch_off(tx, act, "default", PeopleFate::Keep)
            .map_err(|error| StoreError::Failed(error.to_string()))
    });
    let kept = [Some(Manager); 2];
    assert_eq!(
        over_time(&acme, 12, &sales, &people),
        [[Some(Admin), Some(Manager)], kept, kept, [None, None]]
    );
}

/// Imported, and pushed, with these grants in Sales.
fn twice(acme: &World, sales: &Workspace, one: Option<Grant>, two: Option<Grant>) -> (UserId, UserId) {
    import(acme, 1, &[line("E-17", "ada", &[])]).unwrap();
    let waiting = acme.read(|tx, org| tx.find_user_by_name(org, "ada")).unwrap().id;
    let user = pushed(acme, 2, serde_json::json!({"userName": "ada@acme.test"})).unwrap().id;
    for (user, grant) in [(waiting, one), (user, two)] {
        if let Some(grant) = grant {
            give(acme, sales, user, grant);
        }
    }
    (waiting, user)
}

fn accept(acme: &World, waiting: UserId, with: UserId) -> Result<(), Refused> {
    run_at(acme, 3, Actor::Operator, later(1), move |tx, act| {
        matches::accept(tx, act, &waiting.to_string(), &with.to_string())?;
        Ok(())
    })
}

pub(crate) fn of_two_people_made_one_what_ends_ends_no_sooner_and_no_later(subject: &mut Subject) {
    let lasting = Grant::lasting;
    for (round, (one, two, both)) in [
        (Some(until(Admin, 2, None)), None, Some(until(Admin, 2, None))),
        (None, Some(until(Admin, 2, None)), Some(until(Admin, 2, None))),
        (Some(until(Admin, 2, None)), Some(lasting(Member)), Some(until(Admin, 2, Some(Member)))),
        (Some(lasting(Member)), Some(until(Admin, 2, None)), Some(until(Admin, 2, Some(Member)))),
        (Some(until(Member, 2, None)), Some(lasting(Admin)), Some(lasting(Admin))),
        (Some(until(Admin, 2, None)), Some(until(Admin, 5, None)), Some(until(Admin, 5, None))),
        (Some(lasting(Member)), Some(lasting(Admin)), Some(lasting(Admin))),
    ]
    .into_iter()
    .enumerate()
    {
        let acme = subject.org(&format!("acme-{round}"));
        let sales = acme.workspace("Sales");
        let (waiting, user) = twice(&acme, &sales, one, two);
        accept(&acme, waiting, user).unwrap();
        assert_eq!(granted(&acme, &sales, user), both, "{one:?} and {two:?}");
        undo_of(&acme, 4, 1, 3);
        assert_eq!((granted(&acme, &sales, waiting), granted(&acme, &sales, user)), (one, two));
    }
}

pub(crate) fn what_could_end_only_twice_stands_against_making_two_people_one(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    let (waiting, user) =
        twice(&acme, &sales, Some(until(Admin, 2, None)), Some(until(Manager, 3, Some(Member))));
    let seq = acme.happened(0).len() as i64;
    let refused = accept(&acme, waiting, user).unwrap_err();
    assert!(matches!(refused, Refused::Match(MatchError::EndsTwice { .. })), "{refused:?}");
    assert!(acme.happened(seq).is_empty());
}

/// Something that takes a grant away; whether it was done.
type Removal = fn(&mut dyn Tx, &Act<'_>, UserId) -> bool;

pub(crate) fn what_was_removed_comes_back_with_its_end_unless_that_has_come(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, sales) = (acme.person("ada"), acme.workspace("Sales"));
    let (id, grant) = (ada.id, until(Admin, 5, Some(Member)));
    give(&acme, &sales, id, grant);
    let mut numbers = 10..;
    for (day, back) in [(2, grant), (6, Grant::lasting(Member))] {
        let removals: [Removal; 3] = [
            |tx, act, id| users::delete(tx, act, id, &Expected::Any).is_ok(),
            |tx, act, _| workspaces::delete(tx, act, &WorkspaceRef("sales".into())).is_ok(),
            |tx, act, id| {
                workspaces::take_back(tx, act, &WorkspaceRef("sales".into()), &id.to_string()).is_ok()
            },
        ];
        for remove in removals {
            give(&acme, &sales, id, grant);
            let removed = numbers.next().unwrap();
            assert!(done(&acme, removed, 1, move |tx, act| Ok(remove(tx, act, id))));
            undo_of(&acme, numbers.next().unwrap(), day, removed);
            assert_eq!(granted(&acme, &sales, id), Some(back), "on day {day}");
        }
    }
}

pub(crate) fn a_file_gives_what_ends_once_and_passes_over_what_has_ended(subject: &mut Subject) {
    let acme = subject.acme();
    let places = ["Sales", "Legal", "Support", "Finance"].map(|name| acme.workspace(name));
    let row = |grants: [Grant; 4]| {
        let slugs = places.iter().map(|place| WorkspaceRef(place.slug.clone()));
        ImportRow { grants: slugs.zip(grants).collect(), ..line("E-17", "ada", &[]) }
    };
    // A file is brought on the first day.
    let ends = until(Admin, 3, Some(Member));
    let wanted = [ends, until(Admin, 1, Some(Member)), until(Admin, 1, None), Grant::lasting(Member)];
    import(&acme, 1, &[row(wanted)]).unwrap();
    let ada = acme.read(|tx, org| tx.find_user_by_name(org, "ada")).unwrap();
    let has = || places.each_ref().map(|place| granted(&acme, place, ada.id));
    let first = [Some(ends), Some(Grant::lasting(Member)), None, Some(Grant::lasting(Member))];
    assert_eq!(has(), first);
    assert_eq!(acme.role(&places[0], &ada), Some(Admin));
    let seq = acme.happened(0).len() as i64;
    import(&acme, 2, &[row(wanted)]).unwrap();
    assert!(acme.happened(seq).is_empty(), "the same again changes nothing");

    // One that says nothing of the end leaves it, and one that says another role gives that for good.
    let lasting = [Admin, Manager, Member, Member].map(Grant::lasting);
    import(&acme, 3, &[row(lasting)]).unwrap();
    assert_eq!(has(), [ends, lasting[1], lasting[2], lasting[3]].map(Some));
    let undone = [until(Manager, 5, None), lasting[1], lasting[2], lasting[3]];
    import(&acme, 4, &[row(undone)]).unwrap();
    assert_eq!(has(), undone.map(Some));
    undo_of(&acme, 5, 1, 4);
    assert_eq!(has()[0], Some(ends));
}

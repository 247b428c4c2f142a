//! People who were there before a directory pushed them.

use std::sync::atomic::{AtomicU64, Ordering};

use rolecall_domain::{
    event::{Actor, Cause},
    grant::Grant,
    ids::{ChangeId, ConnectionId, TokenId, UserId, WorkspaceId},
    ports::{Ids, Scope, Slice, StoreError, Tx},
    records::User,
    role::{OrgRole, WorkspaceRole},
    switches::{PeopleFate, Switches},
    testing::{NumberedIds, THEN, a_user_document, a_workspace, the_connection, user_id},
    time::Timestamp,
    use_cases::{
        Act, Expected, ResourceError, connections,
        import::{Import, ImportError, ImportReport, ImportRow},
        matches::{self, Certainty, MatchedBy},
        plan::{PlanPage, Stopped, Wish},
        undo::{self, UndoWanted},
        users,
        workspaces::WorkspaceRef,
    },
};
use rolecall_scim::schema::ResourceType;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    town::{self, Refused as NotDone},
    world::{Subject, World, from_start, later},
};

pub(super) const OWN: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// Errors of a use case, or of the store below it.
#[derive(Debug)]
#[allow(dead_code, reason = "it is read for its text")]
pub(super) enum Refused {
    Import(ImportError),
    Match(matches::MatchError),
    Resource(ResourceError),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ImportError> for Refused {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

impl From<ResourceError> for Refused {
    fn from(error: ResourceError) -> Self {
        Self::Resource(error)
    }
}

/// Ids that no other act makes.
struct IdsFrom(AtomicU64);

impl Ids for IdsFrom {
    fn next(&self) -> Uuid {
        NumberedIds::nth(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub(super) fn line(id: &str, user_name: &str, grants: &[(&str, WorkspaceRole)]) -> ImportRow {
    let grants = grants
        .iter()
        .map(|(workspace, role)| (WorkspaceRef((*workspace).to_owned()), Grant::lasting(*role)))
        .collect();
    let id = Some(id.to_owned()).filter(|id| !id.is_empty());
    ImportRow { id, user_name: user_name.to_owned(), grants, ..ImportRow::default() }
}

/// Two, of whom one has a UUID in the application.
fn two() -> Vec<ImportRow> {
    vec![
        line(OWN, "ada@acme.test", &[("sales", WorkspaceRole::Admin)]),
        ImportRow {
            role: Some(OrgRole::Owner),
            ..line("E-17", "grace@acme.test", &[("sales", WorkspaceRole::Member)])
        },
    ]
}

pub(super) fn own() -> UserId {
    UserId::parse(OWN).unwrap()
}

/// Acts in a world, each with a cause of its own.
pub(super) fn run<T: Send + 'static>(
    world: &World,
    number: u128,
    actor: Actor,
    work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    run_at(world, number, actor, later(1), work)
}

/// The same at a time.
pub(super) fn run_at<T: Send + 'static>(
    world: &World,
    number: u128,
    actor: Actor,
    at: Timestamp,
    mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Refused> + Send + 'static,
) -> Result<T, Refused> {
    let org = world.org;
    rolecall_domain::ports::write_now(&*world.store, move |tx| {
        let ids = IdsFrom(AtomicU64::new(number as u64 * 1_000));
        let cause = Cause { change: ChangeId(Uuid::from_u128(number)), actor, at };
        work(tx, &Act { org, cause, ids: &ids, switches: Switches::nothing_special() })
    })
}

pub(super) fn import(world: &World, number: u128, rows: &[ImportRow]) -> Result<ImportReport, Refused> {
    let rows = rows.to_vec();
    run(world, number, Actor::Operator, move |tx, act| {
        let mut import = Import::begin(tx, act)?;
        for (place, row) in rows.iter().enumerate() {
            import.take(tx, act, place as u64 + 2, Ok(row.clone()))?;
        }
        Ok(import.finish(tx, act)?)
    })
}

pub(super) fn idp() -> Actor {
    Actor::Idp { connection: the_connection(), token: TokenId(Uuid::from_u128(9)) }
}

pub(super) fn pushed(world: &World, number: u128, body: Value) -> Result<User, Refused> {
    run(world, number, idp(), move |tx, act| {
        Ok(users::create(tx, act, ResourceType::user(), the_connection(), a_user_document(body.clone()))?)
    })
}

fn faults(world: &World, rows: &[ImportRow]) -> Vec<String> {
    match import(world, 99, rows) {
        Err(Refused::Import(ImportError::Lines { faults, .. })) => {
            faults.iter().map(ToString::to_string).collect()
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn people_are_imported_with_their_ids_and_grants_once(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    let report = import(&acme, 1, &two()).unwrap();
    assert_eq!(report, ImportReport { people: 2, created: 2, grants: 2, ..ImportReport::default() });
    let ada = acme.find(own()).unwrap();
    assert_eq!(ada.connection, ConnectionId::BY_HAND);
    assert_eq!(acme.role(&sales, &ada), Some(WorkspaceRole::Admin));
    let grace = acme.read(|tx, org| tx.find_by_app_id(org, "E-17")).unwrap();
    let grace = acme.find(grace).unwrap();
    assert_eq!((grace.org_role, acme.role(&sales, &grace)), (OrgRole::Owner, Some(WorkspaceRole::Member)));
    let known = acme.read(move |tx, org| tx.find_known(org, own())).unwrap();
    assert_eq!((known.app_id, known.since), (None, later(1)));
    let happened = acme.happened(0);
    assert_eq!(happened.iter().filter(|kind| *kind == "membership.created").count(), 2, "{happened:?}");

    let again = import(&acme, 2, &two()).unwrap();
    assert_eq!(again, ImportReport { people: 2, unchanged: 2, ..ImportReport::default() });
    assert_eq!(acme.happened(0), happened, "nothing happens the second time");
    // Another spelling of the same id, another role, a new address.
    let other = ImportRow {
        email: Some("ada@acme.example".into()),
        ..line(&OWN.to_uppercase(), "ada@acme.test", &[("sales", WorkspaceRole::Manager)])
    };
    let changed = import(&acme, 3, &[other]).unwrap();
    assert_eq!(changed, ImportReport { people: 1, changed: 1, grants: 1, ..ImportReport::default() });
    assert_eq!(acme.role(&sales, &ada), Some(WorkspaceRole::Manager));
    assert_eq!(acme.find(own()).unwrap().facts.email.as_deref(), Some("ada@acme.example"));
}

pub(crate) fn one_bad_line_keeps_everybody_out(subject: &mut Subject) {
    let acme = subject.acme();
    acme.workspace("Sales");
    acme.person("alan");
    let group = acme.group("Sales people");
    let mut rows = two();
    rows.extend([
        line("", "ADA@acme.test", &[]),
        line("e-99", "bob@acme.test", &[("marketing", WorkspaceRole::Member)]),
        line(&group.id.to_string(), "carol@acme.test", &[]),
        line(&Uuid::from_u128(5).to_string(), "alan@acme.test", &[]),
        line(&Uuid::nil().to_string(), "dave@acme.test", &[]),
    ]);
    let told = faults(&acme, &rows);
    let wanted = [
        "line 4: user_name `ada@acme.test` is in line 2 already",
        "line 5: workspace `marketing` does not exist",
        &format!("line 6: id `{}` is a group's", group.id),
        &format!("line 7: user_name `alan@acme.test` is the person {} already", user_id("alan")),
        "line 8: id is the nil UUID",
    ];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for (told, wanted) in told.iter().zip(wanted) {
        assert!(told.starts_with(wanted), "{told}");
    }
    assert_eq!(acme.find(own()), None);
    assert_eq!(acme.happened(0), Vec::<String>::new());
    assert_eq!(acme.read(|tx, org| tx.list_connections(org)).len(), 1);
}

pub(crate) fn a_directory_that_pushes_an_imported_person_takes_them_in_as_they_are(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    import(&acme, 1, &two()).unwrap();
    let body = json!({"userName": "Ada@acme.test", "externalId": "00u1", "displayName": "Ada L."});
    let ada = pushed(&acme, 2, body.clone()).unwrap();
    assert_eq!((ada.id, ada.connection), (own(), the_connection()));
    let stored = acme.find(own()).unwrap();
    assert_eq!(
        (stored.facts.external_id.as_deref(), stored.facts.display_name.as_str()),
        (Some("00u1"), "Ada L.")
    );
    assert_eq!(acme.role(&sales, &stored), Some(WorkspaceRole::Admin), "what was given by hand stays");
    let twice = pushed(&acme, 3, body).unwrap_err();
    assert!(matches!(twice, Refused::Resource(ResourceError::Taken { .. })), "{twice:?}");

    // A directory that finds the person by a filter and says what is there already owns them, too; and none may delete
    // whom it never pushed.
    let grace = acme.read(|tx, org| tx.find_by_app_id(org, "E-17")).unwrap();
    let deleted =
        run(&acme, 4, idp(), move |tx, act| Ok(users::delete(tx, act, grace, &Expected::Any)?)).unwrap_err();
    assert!(matches!(deleted, Refused::Resource(ResourceError::ByHand { .. })), "{deleted:?}");
    let text = acme.find(grace).unwrap().document.text;
    run(&acme, 5, idp(), move |tx, act| {
        let body: Value = serde_json::from_str(&text).unwrap();
        Ok(users::replace(tx, act, ResourceType::user(), grace, a_user_document(body), &Expected::Any)?)
    })
    .unwrap();
    assert_eq!(acme.find(grace).unwrap().connection, the_connection());
    assert_eq!(
        acme.read(|tx, org| tx.find_by_app_id(org, "E-17")),
        Some(grace),
        "the application's id stays"
    );

    // What a directory owns, an import leaves alone; what it gives by hand is given all the same.
    let named = ImportRow { display_name: Some("Ada".into()), ..line("E-1", "ada@acme.test", &[]) };
    let support = a_workspace("Support");
    acme.write(move |tx, org| tx.insert_workspace(org, &support));
    let rows = [ImportRow { grants: line("", "", &[("support", WorkspaceRole::Member)]).grants, ..named }];
    let report = import(&acme, 6, &rows).unwrap();
    assert_eq!(report, ImportReport { people: 1, of_directories: 1, grants: 1, ..ImportReport::default() });
    assert_eq!(acme.find(own()).unwrap().facts.display_name, "Ada L.");
    assert_eq!(acme.read(|tx, org| tx.find_by_app_id(org, "E-1")), Some(own()));
    let told = faults(&acme, &[line("E-2", "ada@acme.test", &[])]);
    assert!(told[0].contains("has the id `E-1` already"), "{told:?}");
}

pub(crate) fn what_is_known_of_a_person_goes_with_them(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let ada = acme.person("ada").id;
    acme.write(move |tx, org| tx.put_known(org, ada, None, THEN));
    acme.write(move |tx, org| tx.put_known(org, ada, Some("17"), later(1)));
    let known = acme.read(move |tx, org| tx.find_known(org, ada)).unwrap();
    assert_eq!((known.user, known.app_id.as_deref(), known.since), (ada, Some("17"), THEN));
    assert_eq!(globex.read(|tx, org| tx.find_by_app_id(org, "17")), None);
    assert_eq!(globex.read(move |tx, org| tx.find_known(org, ada)), None);
    acme.write(move |tx, org| tx.delete_user(org, ada, later(2)));
    assert_eq!(acme.read(|tx, org| tx.find_by_app_id(org, "17")), None);
}

pub(crate) fn a_large_file_is_imported_page_by_page_as_line_by_line(subject: &mut Subject) {
    use WorkspaceRole::{Admin, Manager, Member};
    let acme = subject.acme();
    let (sales, support) = (acme.workspace("Sales"), acme.workspace("Support"));
    let name = |n: u64| format!("p{n}@acme.test");
    // A third have a UUID in the application, a third another id, a third none; every page has some of each.
    let row = |n: u64| {
        let id = match n % 3 {
            0 => Uuid::from_u128(0x7c9e_6679_7425_40de_944b_0000_0000_0000 + u128::from(n)).to_string(),
            1 => format!("E-{n}"),
            _ => String::new(),
        };
        // The last of two roles counts, whichever way the workspace is named.
        let by_id = sales.id.to_string();
        line(&id, &name(n), &[("sales", Admin), (&by_id, Member), ("support", Manager)][..(n % 4) as usize])
    };
    let rows: Vec<ImportRow> = (0..1_203).map(row).collect();
    let report = import(&acme, 1, &rows).unwrap();
    assert_eq!((report.people, report.created, report.unchanged), (1_203, 1_203, 0));
    let counted = |workspace: WorkspaceId| acme.read(move |tx, org| tx.count_people_in(org, workspace));
    assert_eq!((counted(sales.id), counted(support.id)), (902, 300));
    for n in [1, 2, 3, 501, 502, 503, 1_201, 1_202] {
        let person = acme.read(move |tx, org| tx.find_user_by_name(org, &format!("p{n}@acme.test"))).unwrap();
        let known = acme.read(move |tx, org| tx.find_known(org, person.id)).unwrap();
        assert_eq!(known.app_id, (n % 3 == 1).then(|| format!("E-{n}")), "{n}");
        let wanted = [None, Some(Admin), Some(Member), Some(Member)][(n % 4) as usize];
        assert_eq!(acme.role(&sales, &acme.find(person.id).unwrap()), wanted, "{n}");
    }
    let happened = acme.happened(0).len();
    let again = import(&acme, 2, &rows).unwrap();
    assert_eq!((again.created, again.unchanged, again.grants), (0, 1_203, 0));
    assert_eq!(acme.happened(0).len(), happened);

    // Two lines that lead to one person, by the id and by a name that the first line does not say.
    pushed(&acme, 3, json!({"userName": name(1)})).unwrap();
    let both = [line("E-1", "another", &[("support", Member)]), line("", &name(1), &[("support", Admin)])];
    let report = import(&acme, 4, &both).unwrap();
    assert_eq!((report.of_directories, report.grants), (2, 2));
    let person = acme.read(move |tx, org| tx.find_user_by_name(org, "p1@acme.test")).unwrap();
    assert_eq!(acme.role(&support, &person), Some(Admin));
    // A bad line in the last page keeps out the first.
    let mut more: Vec<ImportRow> = (2_000..2_700).map(row).collect();
    more.push(line("", "x", &[("nowhere", Member)]));
    more.push(line("", &name(2_001), &[]));
    let told = faults(&acme, &more);
    assert!(
        matches!(&told[..], [one, two] if one.starts_with("line 702:") && two.starts_with("line 703:")),
        "{told:?}"
    );
    assert_eq!(acme.read(|tx, org| tx.find_user_by_name(org, "p2000@acme.test")), None);
}

/// Switches the town's connection off, as a plan first; answers in which change.
fn switch_off(town: &town::Town, people: PeopleFate) -> ChangeId {
    let cause = Cause { actor: Actor::Operator, ..town.next_cause() };
    let off = move |wish| {
        town.run(cause, wish, move |tx, act| match connections::switch_off(tx, act, "default", people) {
            Ok(()) => Ok(()),
            Err(connections::ConnectionError::Store(error)) => Err(error.into()),
            Err(error) => panic!("{error}"),
        })
    };
    let everything = town.everything();
    let Err(Stopped::Planned(plan)) = off(Wish::Plan(PlanPage { after: None, limit: 1_000 })) else {
        panic!("it is planned")
    };
    assert_eq!(town.everything(), everything, "a plan leaves everything as it was");
    let before = town.state();
    off(Wish::DoAsPlanned(plan.fingerprint)).unwrap();
    let (before, after) = (before.access(), town.state().access());
    let lost = before.keys().filter(|at| at.1.is_some() && !after.contains_key(at)).count();
    assert_eq!((plan.counts.losses, plan.counts.gains), (lost as u64, 0), "{people:?}");
    cause.change
}

pub(crate) fn a_connection_is_switched_off_as_its_plan_says_over_any_history(subject: &mut Subject) {
    let round = std::cell::Cell::new(0);
    town::live(subject, 15, 25, |town, steps| {
        // Everybody is the connection's.
        for step in
            steps.iter().filter(|step| !matches!(step, town::Step::Import(..) | town::Step::Merge(..)))
        {
            match town.step(town.next_cause(), Wish::Do, step) {
                Ok(()) | Err(Stopped::Failed(NotDone::NotNow)) => {}
                Err(error) => panic!("{step:?}: {error:?}"),
            }
        }
        round.set(round.get() + 1);
        let fate = PeopleFate::ALL[round.get() % PeopleFate::ALL.len()];
        let before = town.state();
        let change = switch_off(&town, fate);
        let after = town.state();
        let world = &town.world;
        let left = world.read(|tx, org| tx.list_connections(org));
        assert!(left.iter().all(|one| one.id.is_by_hand()), "{left:?}");
        let pushed = world.read(|tx, org| tx.list_groups(org, from_start(500)));
        assert!(pushed.iter().all(|group| !group.pushed()), "{pushed:?}");
        match fate {
            PeopleFate::Keep => assert_eq!(after.access(), before.access(), "{steps:#?}"),
            PeopleFate::Deactivate => {
                assert!(after.memberships.is_empty(), "{steps:#?}");
                let active = after.people.values().filter(|(active, _)| *active).count();
                assert_eq!((active, after.people.len()), (0, before.people.len()), "{steps:#?}");
            }
            PeopleFate::Remove => assert!(after.people.is_empty(), "{steps:#?}"),
        }
        let people: Vec<UserId> = after.people.keys().copied().collect();
        let differs = world.recompute(Scope::Users(people));
        assert_eq!(differs, Default::default(), "everybody has what follows: {steps:#?}");

        // Undone, people are back and active again, nobody's; what they kept they keep.
        let wanted = UndoWanted { change: Some(change.to_string()), ..UndoWanted::default() };
        let cause = Cause { actor: Actor::Operator, ..town.next_cause() };
        town.run(cause, Wish::Do, move |tx, act| match undo::undo(tx, act, &wanted) {
            Ok(_) => Ok(()),
            Err(undo::UndoError::Store(error)) => Err(error.into()),
            Err(error) => panic!("{error}"),
        })
        .unwrap();
        let undone = town.state();
        match fate {
            PeopleFate::Keep => assert_eq!(undone.access(), before.access(), "{steps:#?}"),
            _ => {
                let active = |state: &town::State| -> Vec<UserId> {
                    state.people.iter().filter(|(_, (active, _))| *active).map(|(id, _)| *id).collect()
                };
                assert_eq!(active(&undone), active(&before), "{steps:#?}");
                assert_eq!(undone.grants, before.grants, "{steps:#?}");
            }
        }
    });
}

pub(crate) fn what_people_of_a_connection_have_is_kept_by_hand(subject: &mut Subject) {
    let acme = subject.acme();
    let (sales, support) = (acme.workspace("Sales"), acme.workspace("Support"));
    let (ada, grace) = (acme.person("ada"), acme.person_with("grace", json!({"active": false})));
    let group = acme.group("People");
    acme.join(&group, &[super::world::user(&ada), super::world::user(&grace)]);
    acme.mapping(&group, &sales, WorkspaceRole::Manager);
    acme.mapping(&group, &support, WorkspaceRole::Member);
    let (id, place) = (ada.id, sales.id);
    acme.write(move |tx, org| {
        tx.put_grant(org, place, id, Grant::lasting(WorkspaceRole::Member), &super::world::cause())?;
        tx.recompute(org, &super::world::cause(), &Scope::Users(vec![id]))?;
        tx.insert_connection(org, ConnectionId::BY_HAND, "manual", THEN)
    });
    let kept = acme.write(|tx, org| tx.keep_access(org, the_connection(), &super::world::cause()));
    assert_eq!(kept, 2, "who is inactive has nothing");
    let grants = |workspace| acme.read(move |tx, org| tx.find_grant(org, workspace, id));
    assert_eq!(
        (grants(sales.id), grants(support.id)),
        (Some(Grant::lasting(WorkspaceRole::Manager)), Some(Grant::lasting(WorkspaceRole::Member)))
    );
    let again = acme.write(|tx, org| tx.keep_access(org, the_connection(), &super::world::cause()));
    assert_eq!(again, 0);

    // Two who have the same externalId in two connections: the second one's is dropped.
    acme.write(move |tx, org| {
        tx.move_user(org, grace.id, ConnectionId::BY_HAND, Some("1"))?;
        tx.move_user(org, id, the_connection(), Some("1"))?;
        tx.hand_over(org, the_connection(), ConnectionId::BY_HAND, later(1))
    });
    let ada = acme.find(id).unwrap();
    assert_eq!((ada.connection, ada.facts.external_id), (ConnectionId::BY_HAND, None));
    assert_eq!(acme.read(move |tx, org| tx.find_known(org, id)).unwrap().since, later(1));
    assert_eq!(acme.read(|tx, org| tx.people_above_their_own(org, ConnectionId::BY_HAND, from_start(9))), []);
}

pub(crate) fn people_who_are_there_twice_are_matched_by_id_and_by_address(subject: &mut Subject) {
    let acme = subject.acme();
    let with_email =
        |id: &str, name: &str, email: &str| ImportRow { email: Some(email.into()), ..line(id, name, &[]) };
    let rows = [
        with_email(OWN, "ada", "ada@acme.example"),
        line("E-17", "grace", &[]),
        ImportRow { external_id: Some("00u3".into()), ..line("", "alan@acme.example", &[]) },
        with_email("", "bob", "bob@acme.example"),
    ];
    import(&acme, 1, &rows).unwrap();
    let pushed = |name: &str, attributes: Value| acme.person_with(name, attributes).id;
    let ada =
        pushed("ada.l", json!({"emails": [{"value": "ADA@acme.example"}], "userName": "ada@acme.example"}));
    let grace = pushed("g", json!({"externalId": "E-17"}));
    let alan = pushed("alan", json!({"externalId": "00u3", "emails": [{"value": "alan@ACME.example"}]}));
    pushed("stranger", json!({"externalId": "7", "emails": [{"value": "s@acme.example"}]}));
    let listed = |after| acme.read(move |tx, org| matches::list(tx, org, Slice { after, limit: 9 }));
    type Told = Vec<(String, Vec<(UserId, MatchedBy, Certainty)>)>;
    let told = || -> Told {
        let mut told: Vec<_> = listed(None)
            .into_iter()
            .map(|one| {
                let found =
                    one.candidates.into_iter().map(|found| (found.user.id, found.by, found.certainty));
                (one.user.facts.user_name, found.collect())
            })
            .collect();
        told.sort_by(|a: &(String, _), b| a.0.cmp(&b.0));
        told
    };
    let wanted = |address| {
        vec![
            ("ada".to_owned(), vec![(ada, MatchedBy::Email, address)]),
            ("alan@acme.example".to_owned(), vec![(alan, MatchedBy::ExternalId, Certainty::Sure)]),
            ("bob".to_owned(), vec![]),
            ("grace".to_owned(), vec![(grace, MatchedBy::ExternalId, Certainty::Sure)]),
        ]
    };
    assert_eq!(told(), wanted(Certainty::Unsure));
    acme.write(|tx, org| {
        let mut connection = tx.list_connections(org)?.into_iter().find(|one| !one.id.is_by_hand()).unwrap();
        connection.switches.verified_domains = vec!["acme.example".into()];
        tx.update_connection(org, &connection)
    });
    assert_eq!(told(), wanted(Certainty::Likely));
    let first = listed(None)[0].user.id;
    assert_eq!(listed(Some(first)).len(), 3);
    assert_eq!(subject.org("globex").read(|tx, org| matches::list(tx, org, from_start(9))), []);

    // Only those who have one, however many are shown and looked at for a page.
    let have: Vec<_> = listed(None).into_iter().filter(|one| !one.candidates.is_empty()).collect();
    assert_eq!(have.len(), 3);
    for (limit, through) in [(9, 2_000), (3, 4), (2, 2_000), (1, 9), (9, 1), (1, 2)] {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page =
                acme.read(move |tx, org| matches::list_proposed(tx, org, Slice { after, limit }, through));
            assert!(page.rows.len() <= limit.min(through) as usize);
            found.extend(page.rows);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(found, have, "{limit} of {through}");
    }
}

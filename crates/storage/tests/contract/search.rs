//! Lists as an administrator looks through them.

use rolecall_domain::{
    event::{EventKind, NewEvent},
    ids::{ConnectionId, UserId},
    ports::{Found, GroupSearch, GroupState, PeopleSearch, Place, Scope, Stretch, WorkspaceSearch},
    records::{Hold, HoldReason, User},
    role::{OrgRole, WorkspaceRole},
    testing::{THEN, a_mapping, a_user, a_waiting_group, the_connection},
};
use serde_json::json;
use uuid::Uuid;

use super::world::{Subject, World, cause, nested, sorted, user};

fn beginning(prefix: &str) -> PeopleSearch {
    PeopleSearch { prefix: prefix.to_owned(), ..PeopleSearch::default() }
}

fn found(world: &World, search: &PeopleSearch, stretch: Stretch) -> Found<User> {
    let search = search.clone();
    world.read(move |tx, org| tx.search_users(org, &search, &stretch))
}

/// Everybody whom a search comes upon, on pages of `limit` that look through `through` entries each.
fn walked(world: &World, search: &PeopleSearch, limit: u32, through: u32) -> Vec<UserId> {
    let (mut people, mut after) = (Vec::new(), None);
    for _ in 0..100 {
        let page = found(world, search, Stretch { after, limit, through });
        assert!(page.rows.len() <= limit as usize);
        people.extend(page.rows.into_iter().map(|user| user.id));
        after = page.next;
        if after.is_none() {
            return people;
        }
    }
    panic!("a search that does not end: {search:?}");
}

pub(crate) fn people_are_searched_by_the_beginning_of_a_name_or_an_address(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    globex.person("adalbert");
    let ada = acme.person_with("ada", json!({"displayName": "Zoe Ada"}));
    let grace = acme.person_with("grace", json!({"displayName": "Adagrace", "active": false}));
    let alan =
        acme.person_with("alan", json!({"emails": [{"value": "x@x.test"}, {"value": "ADAM@home.test"}]}));
    acme.person("b_100%");
    let search = |search: &PeopleSearch| walked(&acme, search, 10, 100);
    assert_eq!(search(&beginning("ada")), [grace.id, ada.id, alan.id], "by name, by userName, by address");
    assert_eq!(search(&beginning("zoe a")), [ada.id]);
    assert_eq!(search(&beginning("adam@")), [alan.id]);
    for nothing in ["%", "_", "b_1000", "ADA", "nobody"] {
        assert_eq!(search(&beginning(nothing)), [], "{nothing}");
    }
    assert_eq!(search(&PeopleSearch { active: Some(false), ..beginning("ada") }), [grace.id]);
    assert_eq!(search(&PeopleSearch { role: Some(OrgRole::Owner), ..beginning("ada") }), []);
}

/// Names of which every beginning is somebody's displayed name, somebody's `userName`, somebody's address, and several of these
/// of one person.
fn a_crowd(acme: &World) -> Vec<User> {
    let mut crowd = Vec::new();
    for n in 0..24 {
        let name = ["ann", "anna", "bo", "anton"][n % 4];
        let other = ["anna", "zed", "ann"][n % 3];
        let address = ["an", "bob", "anne", "yu", "annabel"][n % 5];
        let attributes = json!({
            "displayName": format!("{other} {}", n / 6),
            "active": n % 4 != 1,
            "roles": [{"value": if n % 6 == 0 { "owner" } else { "member" }}],
            "emails": [{"value": format!("{address}{n}@acme.test")}, {"value": format!("annie{n}@acme.test")}],
        });
        crowd.push(acme.person_with(&format!("{name}{n:02}"), attributes));
    }
    crowd
}

pub(crate) fn a_search_meets_everybody_once_whatever_the_size_of_its_pages(subject: &mut Subject) {
    let acme = subject.acme();
    let crowd = a_crowd(&acme);
    for prefix in ["a", "an", "ann", "anna", "annie1", "z", "bo", "yu", "nobody"] {
        for active in [None, Some(false)] {
            let search = PeopleSearch { active, ..beginning(prefix) };
            let fits = |user: &&User| {
                let emails = user.document.text.to_lowercase();
                let of_name = user.facts.display_name.to_lowercase().starts_with(prefix)
                    || user.facts.user_name_key.starts_with(prefix);
                (of_name || emails.contains(&format!(r#""value":"{prefix}"#)))
                    && active.is_none_or(|active| user.facts.active == active)
            };
            let wanted = sorted(crowd.iter().filter(fits).map(|user| user.id).collect());
            let whole = walked(&acme, &search, 100, 1000);
            assert_eq!(sorted(whole.clone()), wanted, "{search:?}");
            for (limit, through) in [(1, 1000), (3, 1000), (7, 5), (100, 4), (2, 1)] {
                assert_eq!(walked(&acme, &search, limit, through), whole, "{search:?} {limit} {through}");
            }
        }
    }
}

pub(crate) fn a_place_of_another_search_is_none(subject: &mut Subject) {
    let acme = subject.acme();
    a_crowd(&acme);
    let place = |walk, key: &str| Some(Place { walk, key: key.to_owned(), id: Uuid::nil() });
    let whole = found(&acme, &beginning("ann"), Stretch::new(None, 9));
    for (walk, key) in [(0, "aaa"), (1, "zed"), (7, "ann")] {
        let page = found(&acme, &beginning("ann"), Stretch::new(place(walk, key), 9));
        assert_eq!(page, whole, "{walk} {key}");
    }
}

pub(crate) fn people_are_listed_by_what_stands_out(subject: &mut Subject) {
    let acme = subject.acme();
    let okta = ConnectionId(Uuid::from_u128(99));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    let mut crowd = a_crowd(&acme);
    for n in 0..3 {
        let person = User { connection: okta, ..a_user(&format!("okta{n}")) };
        acme.add_person(&person).unwrap();
        crowd.push(person);
    }
    let (sales, team) = (acme.workspace("Sales"), acme.group("Sales"));
    acme.mapping(&team, &sales, WorkspaceRole::Member);
    let placed: Vec<_> = crowd.iter().step_by(2).map(user).collect();
    acme.join(&team, &placed);
    acme.recompute(Scope::Groups(vec![team.id]));
    let held: Vec<UserId> = crowd.iter().skip(1).step_by(5).map(|user| user.id).collect();
    for person in held.clone() {
        acme.write(move |tx, org| {
            let hold = Hold {
                user: person,
                reason: HoldReason::Grace,
                kept: false,
                since: THEN,
                until: None,
                change: cause().change,
            };
            tx.put_hold(org, &hold)
        });
    }
    let in_sales = |user: &User| user.facts.active && placed.iter().any(|one| one.uuid() == user.id.0);
    for prefix in ["", "an", "o"] {
        for role in [None, Some(OrgRole::Owner), Some(OrgRole::Member)] {
            for active in [None, Some(true), Some(false)] {
                for connection in [None, Some(okta), Some(the_connection())] {
                    for (in_no_workspace, only_held) in [(false, false), (true, false), (false, true)] {
                        let search = PeopleSearch {
                            role,
                            active,
                            connection,
                            in_no_workspace,
                            held: only_held,
                            ..beginning(prefix)
                        };
                        let named = walked(&acme, &beginning(prefix), 100, 1000);
                        let fits = |user: &&User| {
                            named.contains(&user.id)
                                && role.is_none_or(|role| user.facts.org_role == role)
                                && active.is_none_or(|active| user.facts.active == active)
                                && connection.is_none_or(|connection| user.connection == connection)
                                && (!in_no_workspace || user.facts.active && !in_sales(user))
                                && (!only_held || held.contains(&user.id))
                        };
                        let wanted = sorted(crowd.iter().filter(fits).map(|user| user.id).collect());
                        let whole = walked(&acme, &search, 100, 1000);
                        assert_eq!(sorted(whole.clone()), wanted, "{search:?}");
                        assert_eq!(walked(&acme, &search, 4, 3), whole, "{search:?}");
                    }
                }
            }
        }
    }
}

pub(crate) fn groups_are_listed_by_name_and_by_what_stands_out(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    globex.group("Sales US");
    let sales = acme.workspace("Sales");
    let ada = acme.person("ada");
    let mapped = acme.group("Sales");
    acme.mapping(&mapped, &sales, WorkspaceRole::Member);
    acme.join(&mapped, &[user(&ada)]);
    let named = acme.group("sales EU");
    let by_name = rolecall_domain::records::Mapping {
        id: rolecall_domain::ids::MappingId(Uuid::from_u128(71)),
        origin: rolecall_domain::records::MappingOrigin::Pattern,
        ..a_mapping(&named, &sales, WorkspaceRole::Member)
    };
    acme.write(move |tx, org| tx.insert_mapping(org, &by_name));
    let (inner, idle) = (acme.group("Salt"), acme.group("Support"));
    acme.join(&mapped, &[nested(&inner)]);
    acme.join(&idle, &[user(&ada)]);
    let waiting = a_waiting_group("Waiting");
    acme.add_group(&waiting).unwrap();
    let search = |prefix: &str, state, connection, limit| {
        let search = GroupSearch { prefix: prefix.to_owned(), state, connection };
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let (search, stretch) = (search.clone(), Stretch { after, limit, through: 2 });
            let page = acme.read(move |tx, org| tx.search_groups(org, &search, &stretch));
            names.extend(page.rows.into_iter().map(|group| group.facts.display_name));
            after = page.next;
            if after.is_none() {
                return names;
            }
        }
    };
    for limit in [1, 2, 9] {
        assert_eq!(search("sal", None, None, limit), ["Sales", "sales EU", "Salt"]);
        assert_eq!(sorted(search("", Some(GroupState::Mapped), None, limit)), ["Sales"]);
        assert_eq!(search("", Some(GroupState::ByName), None, limit), ["sales EU"]);
        assert_eq!(search("", Some(GroupState::Unmapped), None, limit), ["Support"], "Salt gives by Sales");
        assert_eq!(sorted(search("", Some(GroupState::Empty), None, limit)), ["Salt", "Waiting", "sales EU"]);
        assert_eq!(search("sal", Some(GroupState::Empty), None, limit), ["sales EU", "Salt"]);
        assert_eq!(search("", Some(GroupState::NeverPushed), None, limit), ["Waiting"]);
        assert_eq!(search("w", None, Some(the_connection()), limit), [""; 0]);
        assert_eq!(search("s", None, Some(the_connection()), limit).len(), 4);
    }
}

pub(crate) fn workspaces_are_listed_by_name_and_by_what_stands_out(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    globex.workspace("Sales US");
    let [sales, eu, salt, support] =
        ["Sales", "sales EU", "Salt", "Support"].map(|name| acme.workspace(name));
    let made = |by: rolecall_domain::event::Actor, workspace: &rolecall_domain::records::Workspace| {
        let (id, name) = (workspace.id, workspace.name.clone());
        acme.write(move |tx, org| {
            let event = NewEvent::new(EventKind::WorkspaceCreated).workspace(id).subject(&*name);
            let cause = rolecall_domain::event::Cause { actor: by, ..cause() };
            tx.push_events(org, &cause, &[event])
        });
    };
    let idp = rolecall_domain::event::Actor::Idp {
        token: rolecall_domain::ids::TokenId(Uuid::nil()),
        connection: the_connection(),
    };
    made(idp, &eu);
    made(rolecall_domain::event::Actor::Operator, &sales);
    made(idp, &sales);
    let (ada, team) = (acme.person("ada"), acme.group("Sales"));
    acme.mapping(&team, &sales, WorkspaceRole::Member);
    acme.join(&team, &[user(&ada)]);
    acme.recompute(Scope::Groups(vec![team.id]));
    let gone = salt.id;
    acme.write(move |tx, org| tx.clear_workspace(org, gone));
    let search = |search: WorkspaceSearch| {
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let (search, stretch) = (search.clone(), Stretch { after, limit: 2, through: 2 });
            let page = acme.read(move |tx, org| tx.search_workspaces(org, &search, &stretch));
            names.extend(page.rows.into_iter().map(|(workspace, people)| (workspace.name, people)));
            after = page.next;
            if after.is_none() {
                return names;
            }
        }
    };
    let any = WorkspaceSearch::default;
    let one = |name: &str, people| (name.to_owned(), people);
    let by_name = WorkspaceSearch { prefix: "sal".into(), ..any() };
    assert_eq!(search(by_name), [one("Sales", 1), one("sales EU", 0), one("Salt", 0)]);
    assert_eq!(search(any()).len(), 4);
    assert_eq!(search(WorkspaceSearch { archived: Some(true), ..any() }), [one("Salt", 0)]);
    assert_eq!(search(WorkspaceSearch { archived: Some(false), ..any() }).len(), 3);
    assert_eq!(search(WorkspaceSearch { by_directory: true, ..any() }), [one("sales EU", 0)]);
    let empty = WorkspaceSearch { empty: true, archived: Some(false), ..any() };
    assert_eq!(sorted(search(empty)), [one(&support.name, 0), one(&eu.name, 0)]);
}

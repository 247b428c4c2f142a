//! Workspaces, mappings, grants, and who is in a workspace.

use rolecall_domain::{
    event::Cause,
    grant::Grant,
    ids::{ChangeId, MappingId, UserId, WorkspaceId},
    ports::{MappingFilter, Scope, Slice, StoreError, Unique},
    records::{Mapping, MappingOrigin, RoleMapping, Source, Workspace},
    role::{
        OrgRole,
        WorkspaceRole::{Admin, Manager, Member},
    },
    testing::{a_mapping_by_name, a_role_mapping, a_workspace},
};
use serde_json::json;
use uuid::Uuid;

use super::world::{Subject, World, cause, from_start, later, nested, sorted, user};

pub(crate) fn a_workspace_is_found_by_id_slug_and_key(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales Team");
    // Somebody's name is another's slug: the slug is asked first.
    let odd = Workspace { slug: "odd".into(), ..a_workspace("sales-team") };
    let row = odd.clone();
    acme.write(move |tx, org| tx.insert_workspace(org, &row));
    let id = sales.id;
    assert_eq!(acme.read(move |tx, org| tx.find_workspace(org, id)), Some(sales.clone()));
    assert_eq!(acme.read(|tx, org| tx.find_workspace_by_slug(org, "sales-team")), Some(sales.clone()));
    assert_eq!(acme.read(|tx, org| tx.find_workspace_by_key(org, "sales-team")), Some(sales.clone()));
    assert_eq!(acme.read(|tx, org| tx.find_workspace_by_key(org, "sales team")), Some(sales.clone()));
    assert_eq!(acme.read(|tx, org| tx.find_workspace_by_key(org, "odd")), Some(odd.clone()));
    assert_eq!(
        acme.read(|tx, org| tx.find_workspace_by_key(org, "Sales Team")),
        None,
        "the key is folded already"
    );
    assert_eq!(acme.read(|tx, org| tx.find_workspace_by_slug(org, "nothing")), None);
    let all = acme.read(|tx, org| tx.list_workspaces(org, from_start(10)));
    assert_eq!(all.iter().map(|w| w.id).collect::<Vec<_>>(), sorted(vec![sales.id, odd.id]));
    let first = all[0].id;
    assert_eq!(
        acme.read(move |tx, org| tx.list_workspaces(org, Slice { after: Some(first), limit: 9 })),
        all[1..]
    );
    assert_eq!(acme.read(|tx, org| tx.count_workspaces(org)), 2);
}

pub(crate) fn names_and_slugs_of_workspaces_are_taken_once(subject: &mut Subject) {
    let acme = subject.acme();
    let sales = acme.workspace("Sales");
    let named = Workspace { slug: "other".into(), id: a_workspace("x").id, ..a_workspace("SALES") };
    let addressed = Workspace { slug: "sales".into(), ..a_workspace("Other") };
    for (row, unique) in [(named, Unique::WorkspaceName), (addressed, Unique::WorkspaceSlug)] {
        let refused = acme.try_write(move |tx, org| tx.insert_workspace(org, &row));
        assert_eq!(refused, Err(StoreError::Taken(unique)));
    }
    let support = acme.workspace("Support");
    let renamed = Workspace { name: "sales".into(), ..support.clone() };
    let refused = acme.try_write(move |tx, org| tx.update_workspace(org, &renamed));
    assert_eq!(refused, Err(StoreError::Taken(Unique::WorkspaceName)));
    let renamed = Workspace { name: "Help".into(), slug: "help".into(), updated_at: later(1), ..support };
    let row = renamed.clone();
    acme.write(move |tx, org| tx.update_workspace(org, &row));
    let id = renamed.id;
    assert_eq!(acme.read(move |tx, org| tx.find_workspace(org, id)), Some(renamed));
    subject.org("globex").workspace("Sales");
    let id = sales.id;
    acme.write(move |tx, org| tx.delete_workspace(org, id));
    acme.workspace("Sales");
}

fn listed(world: &World, filter: &MappingFilter, slice: Slice<MappingId>) -> Vec<MappingId> {
    let filter = filter.clone();
    world.read(move |tx, org| Ok(tx.list_mappings(org, &filter, slice)?.into_iter().map(|m| m.id).collect()))
}

pub(crate) fn mappings_are_listed_by_what_an_administrator_asks(subject: &mut Subject) {
    let acme = subject.acme();
    let (sales, support) = (acme.group("Sales"), acme.group("Support"));
    let (w1, w2) = (acme.workspace("One"), acme.workspace("Two"));
    let a = acme.mapping(&sales, &w1, Admin);
    let b = acme.mapping(&sales, &w2, Member);
    let c = acme.mapping(&support, &w1, Member);
    let by_name = a_mapping_by_name(&support, &w2, Admin);
    let row = by_name.clone();
    acme.write(move |tx, org| tx.insert_mapping(org, &row));
    let any = MappingFilter::default();
    for (filter, wanted) in [
        (any.clone(), vec![a.id, b.id, c.id]),
        (MappingFilter { workspace: Some(w1.id), ..any.clone() }, vec![a.id, c.id]),
        (MappingFilter { group: Some(sales.id), ..any.clone() }, vec![a.id, b.id]),
        (MappingFilter { role: Some(Member), ..any.clone() }, vec![b.id, c.id]),
        (
            MappingFilter {
                role: Some(Member),
                group: Some(sales.id),
                workspace: Some(w2.id),
                ..any.clone()
            },
            vec![b.id],
        ),
        (MappingFilter { role: Some(Manager), ..any.clone() }, vec![]),
        (MappingFilter { workspace: Some(w2.id), by_name: true, ..any.clone() }, vec![b.id, by_name.id]),
    ] {
        assert_eq!(listed(&acme, &filter, from_start(10)), sorted(wanted.clone()), "{filter:?}");
        assert_eq!(acme.read(move |tx, org| tx.count_mappings(org, &filter)), wanted.len() as u64);
    }
    let all = listed(&acme, &any, from_start(10));
    assert_eq!(listed(&acme, &any, Slice { after: Some(all[0]), limit: 1 }), all[1..2]);
    let id = by_name.id;
    assert_eq!(acme.read(move |tx, org| tx.find_mapping(org, id)), Some(by_name.clone()));
    let group = support.id;
    let of_support = acme.read(move |tx, org| tx.mappings_of(org, group));
    assert_eq!(sorted(of_support.iter().map(|m| m.id).collect()), sorted(vec![c.id, by_name.id]));
    assert!(of_support.contains(&by_name) && of_support.contains(&c));
    let groups = [sales.id, support.id, rolecall_domain::testing::group_id("nobody")];
    let all = acme.read(move |tx, org| tx.mappings_of_all(org, &groups));
    let order: Vec<_> = all.iter().map(|m| (m.group, m.id)).collect();
    assert_eq!(order, sorted([&a, &b, &c, &by_name].map(|m| (m.group, m.id)).to_vec()));
}

pub(crate) fn a_group_has_one_mapping_to_a_workspace(subject: &mut Subject) {
    let acme = subject.acme();
    let (sales, workspace) = (acme.group("Sales"), acme.workspace("Sales"));
    let first = acme.mapping(&sales, &workspace, Member);
    let again = Mapping {
        id: MappingId(Uuid::from_u128(3)),
        role: Admin,
        origin: MappingOrigin::Pattern,
        ..first.clone()
    };
    let refused = acme.try_write(move |tx, org| tx.insert_mapping(org, &again));
    assert_eq!(refused, Err(StoreError::Taken(Unique::Mapping)));
    let id = first.id;
    let changed = Mapping { role: Manager, paused_at: Some(later(1)), change: Some(cause().change), ..first };
    let row = changed.clone();
    acme.write(move |tx, org| tx.update_mapping(org, &row));
    assert_eq!(acme.read(move |tx, org| tx.find_mapping(org, id)), Some(changed));
    acme.write(move |tx, org| tx.delete_mapping(org, id));
    assert_eq!(acme.read(move |tx, org| tx.find_mapping(org, id)), None);
}

pub(crate) fn mappings_move_to_another_group(subject: &mut Subject) {
    let acme = subject.acme();
    let (from, to) = (acme.group("Waiting"), acme.group("Pushed"));
    let (w1, w2) = (acme.workspace("One"), acme.workspace("Two"));
    let moved = acme.mapping(&from, &w1, Admin);
    let stays = a_mapping_by_name(&from, &w2, Member);
    acme.write(move |tx, org| tx.insert_mapping(org, &stays));
    let (f, t) = (from.id, to.id);
    let role = a_role_mapping(&from, OrgRole::Admin);
    let row = role.clone();
    acme.write(move |tx, org| tx.insert_role_mapping(org, &row));
    assert_eq!(acme.read(move |tx, org| tx.role_mapping_of(org, f)), Some(role.clone()));
    let by = ChangeId(Uuid::from_u128(7));
    let change = Some(by);
    acme.write(move |tx, org| tx.move_mappings(org, f, t, None, by));
    let moved_role = RoleMapping { group: t, group_name: "Pushed".into(), change, ..role };
    assert_eq!(acme.read(move |tx, org| tx.role_mapping_of(org, t)), Some(moved_role));
    assert_eq!(acme.read(move |tx, org| tx.role_mapping_of(org, f)), None);
    let there = acme.read(move |tx, org| tx.mappings_of(org, t));
    let moved = Mapping { group: t, group_name: "Pushed".into(), change, ..moved };
    assert_eq!(there, std::slice::from_ref(&moved));
    assert_eq!(acme.read(move |tx, org| tx.mappings_of(org, f)).len(), 1);
    // One of them alone.
    acme.write(move |tx, org| tx.move_mappings(org, t, f, Some(moved.id), by));
    assert_eq!(acme.read(move |tx, org| tx.mappings_of(org, f)).len(), 2);
    assert!(acme.read(move |tx, org| tx.role_mapping_of(org, t)).is_some());
}

pub(crate) fn a_grant_is_put_changed_and_taken_back(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, workspace) = (acme.person("ada").id, acme.workspace("Sales").id);
    let grant = || acme.read(move |tx, org| tx.find_grant(org, workspace, ada));
    assert_eq!(grant(), None);
    acme.write(move |tx, org| tx.put_grant(org, workspace, ada, Grant::lasting(Member), &cause()));
    assert_eq!(grant(), Some(Grant::lasting(Member)));
    acme.write(move |tx, org| {
        tx.put_grant(org, workspace, ada, Grant::lasting(Admin), &Cause { at: later(1), ..cause() })
    });
    assert_eq!(grant(), Some(Grant::lasting(Admin)));
    assert!(acme.write(move |tx, org| tx.delete_grant(org, workspace, ada)));
    assert!(!acme.write(move |tx, org| tx.delete_grant(org, workspace, ada)));
    assert_eq!(grant(), None);
}

pub(crate) fn what_a_mapping_gives_is_kept_by_hand(subject: &mut Subject) {
    let acme = subject.acme();
    let (inner, outer, sales) = (acme.group("Inner"), acme.group("Outer"), acme.workspace("Sales"));
    let [ada, eve, grace] = ["ada", "eve", "grace"].map(|name| acme.person(name));
    let (alan, zoe) = (acme.person_with("alan", json!({"active": false})), acme.person("zoe"));
    acme.join(&inner, &[user(&ada), user(&eve), user(&alan)]);
    // Ada by two ways.
    acme.join(&outer, &[nested(&inner), user(&ada), user(&grace)]);
    let mapping = acme.mapping(&outer, &sales, Manager);
    let (workspace, id, paused) =
        (sales.id, mapping.id, Mapping { paused_at: Some(later(1)), ..mapping.clone() });
    let grants = [(&eve, Member), (&grace, Admin), (&zoe, Member)].map(|(person, role)| (person.id, role));
    acme.write(move |tx, org| {
        grants.iter().try_for_each(|(person, role)| {
            tx.put_grant(org, workspace, *person, Grant::lasting(*role), &cause())
        })
    });
    acme.write(move |tx, org| tx.update_mapping(org, &paused));
    assert_eq!(acme.write(move |tx, org| tx.keep_members(org, id, &cause())), 0, "it gives nothing");
    acme.write(move |tx, org| tx.update_mapping(org, &mapping));
    assert_eq!(acme.write(move |tx, org| tx.keep_members(org, id, &cause())), 2);
    let grant = |person: &rolecall_domain::records::User| {
        let person = person.id;
        acme.read(move |tx, org| tx.find_grant(org, workspace, person))
    };
    assert_eq!(
        [&ada, &eve, &grace, &alan, &zoe].map(grant),
        [Some(Manager), Some(Manager), Some(Admin), None, Some(Member)].map(|role| role.map(Grant::lasting))
    );
    let events = acme.read(|tx, org| tx.events_after(org, 0, 100));
    let told = |person: &rolecall_domain::records::User| {
        let mine: Vec<_> = events.iter().filter(|event| event.user_id == Some(person.id)).collect();
        assert!(mine.len() <= 1);
        mine.first().map(|event| (event.kind.to_string(), event.old_role, event.new_role))
    };
    assert_eq!(told(&ada), Some(("grant.created".into(), None, Some(Manager.rank()))));
    assert_eq!(told(&eve), Some(("grant.updated".into(), Some(Member.rank()), Some(Manager.rank()))));
    assert_eq!(told(&grace), None);
    assert_eq!(acme.write(move |tx, org| tx.keep_members(org, id, &cause())), 0, "they have it");
}

pub(crate) fn sources_say_why(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, alan) = (acme.person("ada"), acme.person_with("alan", json!({"active": false})));
    let (inner, outer) = (acme.group("Inner"), acme.group("Outer"));
    let (w1, w2) = (acme.workspace("One"), acme.workspace("Two"));
    // In the inner group twice over: directly, and the outer one is reached by two ways.
    acme.join(&inner, &[user(&ada), user(&alan)]);
    acme.join(&outer, &[nested(&inner), user(&ada)]);
    let direct = acme.mapping(&inner, &w1, Member);
    let through = acme.mapping(&outer, &w1, Admin);
    let (a, w) = (ada.id, w2.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Grant::lasting(Manager), &cause()));
    let by_group = |m: &Mapping| Source::Group {
        group: m.group,
        group_name: m.group_name.clone(),
        mapping: m.id,
        origin: m.origin,
        role: m.role,
    };
    let sources =
        |users: Vec<UserId>, workspace| acme.read(move |tx, org| tx.sources_of(org, &users, workspace));
    let key = |s: &(UserId, _, Source)| (s.0, s.1, format!("{:?}", s.2));
    let mut wanted = vec![
        (ada.id, w1.id, by_group(&direct)),
        (ada.id, w1.id, by_group(&through)),
        (ada.id, w2.id, Source::Grant(Grant::lasting(Manager))),
        (alan.id, w1.id, by_group(&direct)),
        (alan.id, w1.id, by_group(&through)),
    ];
    let mut found = sources(vec![ada.id, alan.id], None);
    wanted.sort_by_key(key);
    found.sort_by_key(key);
    assert_eq!(found, wanted);
    assert_eq!(sources(vec![ada.id], Some(w2.id)), [(ada.id, w2.id, Source::Grant(Grant::lasting(Manager)))]);
    assert_eq!(sources(vec![alan.id], Some(w2.id)), []);
    assert_eq!(sources(vec![], None), []);
}

pub(crate) fn the_roles_of_some_people_in_some_workspaces_are_the_outcome(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, alan) = (acme.person("ada").id, acme.person("alan").id);
    let (w1, w2, w3) = (acme.workspace("One").id, acme.workspace("Two").id, acme.workspace("Three").id);
    for (user, workspace, role) in
        [(ada, w1, Manager), (ada, w2, Member), (alan, w2, Admin), (alan, w3, Member)]
    {
        acme.write(move |tx, org| tx.put_grant(org, workspace, user, Grant::lasting(role), &cause()));
    }
    acme.recompute(Scope::Users(vec![ada, alan]));
    let roles = |users: Vec<UserId>, places: Vec<WorkspaceId>| {
        sorted(acme.read(move |tx, org| tx.roles_of(org, &users, &places)))
    };
    assert_eq!(
        roles(vec![ada, alan], vec![w1, w2]),
        sorted(vec![(ada, w1, Manager), (ada, w2, Member), (alan, w2, Admin)])
    );
    assert_eq!(roles(vec![ada], vec![w3]), []);
    assert_eq!(roles(vec![], vec![w1]), []);
}

pub(crate) fn a_cleared_workspace_has_no_sources(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, sales) = (acme.person("ada"), acme.group("Sales"));
    let (w1, w2) = (acme.workspace("One"), acme.workspace("Two"));
    acme.join(&sales, &[user(&ada)]);
    acme.mapping(&sales, &w1, Member);
    acme.mapping(&sales, &w2, Member);
    let (a, w) = (ada.id, w1.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Grant::lasting(Manager), &cause()));
    acme.write(move |tx, org| tx.clear_workspace(org, w));
    let left = acme.read(move |tx, org| tx.sources_of(org, &[a], None));
    assert_eq!(left.into_iter().map(|(_, workspace, _)| workspace).collect::<Vec<_>>(), [w2.id]);
}

pub(crate) fn a_workspace_with_people_in_it_is_not_deleted(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, workspace) = (acme.person("ada").id, acme.workspace("Sales").id);
    acme.write(move |tx, org| tx.put_grant(org, workspace, ada, Grant::lasting(Member), &cause()));
    acme.recompute(Scope::Users(vec![ada]));
    let refused = acme.try_write(move |tx, org| tx.delete_workspace(org, workspace));
    assert!(
        matches!(refused, Err(StoreError::Failed(_))),
        "memberships would go without events: {refused:?}"
    );
}

pub(crate) fn people_in_a_workspace_are_paged_in_id_order(subject: &mut Subject) {
    let acme = subject.acme();
    let workspace = acme.workspace("Sales").id;
    let other = acme.workspace("Another").id;
    let mut people = Vec::new();
    for n in 0..5 {
        let email = format!("P{n}@acme.test");
        let person = acme.person_with(&format!("p{n}"), json!({"emails": [{"value": email}]}));
        let id = person.id;
        acme.write(move |tx, org| tx.put_grant(org, workspace, id, Grant::lasting(Manager), &cause()));
        people.push((id, person.facts.user_name, Some(email)));
    }
    let ids: Vec<_> = people.iter().map(|person| person.0).collect();
    acme.recompute(Scope::Users(ids));
    let people = sorted(people);
    let mut seen: Vec<(UserId, String, Option<String>)> = Vec::new();
    loop {
        let after = seen.last().map(|person| person.0);
        let page = acme.read(move |tx, org| tx.people_in(org, workspace, Slice { after, limit: 2 }));
        if page.is_empty() {
            break;
        }
        assert!(page.iter().all(|person| person.role == Manager));
        seen.extend(page.into_iter().map(|person| (person.user, person.user_name, person.email)));
    }
    assert_eq!(seen, people);
    assert_eq!(acme.read(move |tx, org| tx.count_people_in(org, workspace)), 5);
    assert_eq!(acme.read(move |tx, org| tx.count_people_in(org, other)), 0);
    let first = people[0].0;
    let of_one = acme.read(move |tx, org| tx.workspaces_of(org, first));
    assert_eq!(
        of_one.into_iter().map(|w| (w.workspace_id, w.slug, w.role)).collect::<Vec<_>>(),
        [(workspace, "sales".into(), Manager)]
    );
    assert_eq!(acme.read(move |tx, org| tx.role_in(org, other, first)), None);
}

pub(crate) fn memberships_are_counted_over_all_workspaces(subject: &mut Subject) {
    let acme = subject.acme();
    let (sales, people) = (acme.workspace("Sales"), [acme.person("ada"), acme.person("grace")]);
    let (workspace, users) = (sales.id, people.map(|one| one.id));
    acme.write(move |tx, org| {
        for user in users {
            tx.put_grant(org, workspace, user, Grant::lasting(Member), &cause())?;
        }
        tx.recompute(org, &cause(), &Scope::Users(users.to_vec()))
    });
    let support = acme.workspace("Support").id;
    acme.write(move |tx, org| {
        tx.put_grant(org, support, users[0], Grant::lasting(Member), &cause())?;
        tx.recompute(org, &cause(), &Scope::Users(users.to_vec()))
    });
    let globex = subject.org("globex");
    assert_eq!(acme.read(|tx, org| tx.count_memberships(org)), 3);
    assert_eq!(globex.read(|tx, org| tx.count_memberships(org)), 0);
}

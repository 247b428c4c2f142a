//! Memberships follow from groups, mappings and grants exactly as `membership::resolve` says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rolecall_domain::{
    ids::{GroupId, MappingId, OrgId, UserId, WorkspaceId},
    membership,
    ports::{Recomputed, Scope, StoreResult, Tx},
    records::{Mapping, MemberId, Source, User, UserFacts, WrittenDocument},
    role::WorkspaceRole::{self, Admin, Manager, Member},
    testing::{THEN, a_group, a_user, a_workspace, written_user},
};
use uuid::Uuid;

use super::world::{self, Subject, World, cause, insert_group, insert_user, nested, user};

fn counts(joined: u64, changed: u64, left: u64) -> Recomputed {
    Recomputed { joined, changed, left }
}

pub(crate) fn joining_a_mapped_group_gives_the_role_and_one_event(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (group, workspace) = (acme.group("Sales"), acme.workspace("Sales"));
    acme.mapping(&group, &workspace, Manager);
    acme.join(&group, &[user(&ada), user(&grace)]);
    assert_eq!(acme.recompute(Scope::Users(vec![ada.id])), counts(1, 0, 0));
    assert_eq!((acme.role(&workspace, &ada), acme.role(&workspace, &grace)), (Some(Manager), None));
    let events = acme.read(|tx, org| tx.events_after(org, 0, 10));
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((event.kind.as_str(), event.seq, event.time), ("membership.created", 1, THEN));
    assert_eq!((event.user_id, event.workspace_id, event.group_id), (Some(ada.id), Some(workspace.id), None));
    assert_eq!(
        (event.old_role, event.new_role, event.change_id),
        (None, Some(Manager.rank()), cause().change)
    );
}

pub(crate) fn the_highest_role_wins_and_the_next_one_takes_over(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, workspace) = (acme.person("ada"), acme.workspace("Sales"));
    let (low, high) = (acme.group("low"), acme.group("high"));
    acme.mapping(&low, &workspace, Member);
    acme.mapping(&high, &workspace, Admin);
    acme.join(&low, &[user(&ada)]);
    acme.join(&high, &[user(&ada)]);
    let scope = Scope::Users(vec![ada.id]);
    assert_eq!(acme.recompute(scope.clone()), counts(1, 0, 0));
    let (h, l, a) = (high.id, low.id, ada.id);
    acme.write(move |tx, org| tx.remove_members(org, h, &[a.0]));
    assert_eq!(acme.recompute(scope.clone()), counts(0, 1, 0));
    assert_eq!(acme.role(&workspace, &ada), Some(Member));
    acme.write(move |tx, org| tx.remove_members(org, l, &[a.0]));
    assert_eq!(acme.recompute(scope), counts(0, 0, 1));
    assert_eq!(acme.role(&workspace, &ada), None);
    assert_eq!(acme.happened(0), ["membership.created", "membership.changed", "membership.removed"]);
}

fn set_active(tx: &mut dyn Tx, org: OrgId, user: &User, active: bool) -> StoreResult<()> {
    let facts = UserFacts { active, ..user.facts.clone() };
    let document: WrittenDocument = written_user(user);
    tx.update_user(org, user.id, &facts, &document, 2, THEN)
}

pub(crate) fn a_deactivated_person_has_nothing_and_gets_it_back(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, group) = (acme.person("ada"), acme.group("Sales"));
    let (w1, w2) = (acme.workspace("One"), acme.workspace("Two"));
    acme.mapping(&group, &w1, Admin);
    acme.join(&group, &[user(&ada)]);
    let (a, w) = (ada.id, w2.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Manager, THEN));
    let scope = Scope::Users(vec![ada.id]);
    assert_eq!(acme.recompute(scope.clone()), counts(2, 0, 0));
    for (active, wanted, roles) in
        [(false, counts(0, 0, 2), (None, None)), (true, counts(2, 0, 0), (Some(Admin), Some(Manager)))]
    {
        let row = ada.clone();
        acme.write(move |tx, org| set_active(tx, org, &row, active));
        assert_eq!(acme.recompute(scope.clone()), wanted);
        assert_eq!((acme.role(&w1, &ada), acme.role(&w2, &ada)), roles);
    }
}

pub(crate) fn people_of_nested_groups_are_in_scope(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace, alan) = (acme.person("ada"), acme.person("grace"), acme.person("alan"));
    let (inner, middle, outer) = (acme.group("inner"), acme.group("middle"), acme.group("outer"));
    let workspace = acme.workspace("Sales");
    acme.join(&inner, &[user(&ada)]);
    acme.join(&middle, &[nested(&inner), user(&grace)]);
    acme.join(&outer, &[nested(&middle)]);
    acme.mapping(&outer, &workspace, Member);
    let (w, a) = (workspace.id, alan.id);
    acme.write(move |tx, org| tx.put_grant(org, w, a, Member, THEN));
    assert_eq!(acme.recompute(Scope::Groups(vec![outer.id])), counts(2, 0, 0));
    assert_eq!(acme.role(&workspace, &alan), None, "he is in none of these groups");
    let o = outer.id;
    acme.write(move |tx, org| tx.leave_parents(org, o, THEN));
    let m = middle.id;
    acme.write(move |tx, org| tx.leave_parents(org, m, THEN));
    assert_eq!(acme.recompute(Scope::Groups(vec![middle.id, inner.id])), counts(0, 0, 2));
}

pub(crate) fn a_cleared_workspace_is_left_by_everybody(subject: &mut Subject) {
    let acme = subject.acme();
    let people: Vec<User> = (0..5).map(|n| acme.person(&format!("p{n}"))).collect();
    let (group, gone, stays) = (acme.group("Sales"), acme.workspace("Gone"), acme.workspace("Stays"));
    acme.mapping(&group, &gone, Admin);
    acme.mapping(&group, &stays, Member);
    acme.join(&group, &people.iter().map(user).collect::<Vec<_>>());
    assert_eq!(acme.recompute(Scope::Groups(vec![group.id])), counts(10, 0, 0));
    let w = gone.id;
    acme.write(move |tx, org| tx.clear_workspace(org, w));
    assert_eq!(acme.recompute(Scope::Workspace(w)), counts(0, 0, 5));
    assert_eq!(acme.role(&stays, &people[0]), Some(Member));
    acme.write(move |tx, org| tx.delete_workspace(org, w));
}

pub(crate) fn a_recomputation_that_changes_nothing_writes_nothing(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, group, workspace) = (acme.person("ada"), acme.group("Sales"), acme.workspace("Sales"));
    acme.mapping(&group, &workspace, Manager);
    acme.join(&group, &[user(&ada)]);
    acme.recompute(Scope::Users(vec![ada.id]));
    for scope in
        [Scope::Users(vec![ada.id, ada.id]), Scope::Groups(vec![group.id]), Scope::Workspace(workspace.id)]
    {
        assert_eq!(acme.recompute(scope), Recomputed::default());
    }
    assert_eq!(acme.happened(1), [""; 0]);
}

pub(crate) fn an_empty_scope_changes_nothing(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, workspace) = (acme.person("ada").id, acme.workspace("Sales").id);
    acme.write(move |tx, org| tx.put_grant(org, workspace, ada, Member, THEN));
    let nobody = UserId(Uuid::from_u128(1));
    for scope in
        [Scope::Users(vec![]), Scope::Users(vec![nobody]), Scope::Groups(vec![]), Scope::Workspace(workspace)]
    {
        assert_eq!(acme.recompute(scope), Recomputed::default());
    }
}

const PEOPLE: usize = 5;
const GROUPS: usize = 5;
const WORKSPACES: usize = 3;

/// Something that happens to an organisation.
#[derive(Clone, Debug)]
enum Step {
    Join(usize, usize),
    Leave(usize, usize),
    Nest(usize, usize),
    Unnest(usize, usize),
    Map(usize, usize, WorkspaceRole),
    Unmap(usize, usize),
    Grant(usize, usize, WorkspaceRole),
    TakeBack(usize, usize),
    Activate(usize, bool),
    Replace(usize, BTreeSet<usize>),
    DeleteGroup(usize),
    Clear(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let role = prop_oneof![Just(Member), Just(Manager), Just(Admin)];
    let (p, g, w) = (0..PEOPLE, 0..GROUPS, 0..WORKSPACES);
    prop_oneof![
        4 => (g.clone(), p.clone()).prop_map(|(g, p)| Step::Join(g, p)),
        2 => (g.clone(), p.clone()).prop_map(|(g, p)| Step::Leave(g, p)),
        3 => (g.clone(), g.clone()).prop_map(|(a, b)| Step::Nest(a, b)),
        1 => (g.clone(), g.clone()).prop_map(|(a, b)| Step::Unnest(a, b)),
        4 => (g.clone(), w.clone(), role.clone()).prop_map(|(g, w, r)| Step::Map(g, w, r)),
        2 => (g.clone(), w.clone()).prop_map(|(g, w)| Step::Unmap(g, w)),
        2 => (p.clone(), w.clone(), role).prop_map(|(p, w, r)| Step::Grant(p, w, r)),
        1 => (p.clone(), w.clone()).prop_map(|(p, w)| Step::TakeBack(p, w)),
        2 => (p.clone(), any::<bool>()).prop_map(|(p, active)| Step::Activate(p, active)),
        1 => (g.clone(), proptest::collection::btree_set(p, 0..PEOPLE)).prop_map(|(g, keep)| Step::Replace(g, keep)),
        1 => g.prop_map(Step::DeleteGroup),
        1 => w.prop_map(Step::Clear),
    ]
}

/// What happened so far, kept without a database.
#[derive(Default)]
struct Model {
    members: BTreeSet<(usize, MemberId)>,
    mappings: BTreeMap<(usize, usize), WorkspaceRole>,
    grants: BTreeMap<(usize, usize), WorkspaceRole>,
    inactive: BTreeSet<usize>,
}

struct Names {
    people: Vec<User>,
    groups: Vec<GroupId>,
    workspaces: Vec<WorkspaceId>,
}

type Memberships = BTreeMap<(UserId, WorkspaceId), WorkspaceRole>;

impl Model {
    /// Everybody's memberships by the rule, from the bare facts.
    fn memberships(&self, names: &Names) -> Memberships {
        let mut all = Memberships::new();
        for (p, person) in names.people.iter().enumerate() {
            let groups = self.groups_around(MemberId::User(person.id), names);
            for (w, workspace) in names.workspaces.iter().enumerate() {
                let by_group = self.mappings.iter().filter(|((g, to), _)| *to == w && groups.contains(g));
                let by_hand = self.grants.iter().filter(|((who, to), _)| *to == w && *who == p);
                let sources: Vec<Source> =
                    by_group.chain(by_hand).map(|(_, role)| Source::Grant { role: *role }).collect();
                if let Some(role) = membership::resolve(!self.inactive.contains(&p), &sources) {
                    all.insert((person.id, *workspace), role);
                }
            }
        }
        all
    }

    fn groups_around(&self, start: MemberId, names: &Names) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![start];
        while let Some(member) = waiting.pop() {
            for (group, inside) in &self.members {
                if *inside == member && found.insert(*group) {
                    waiting.push(MemberId::Group(names.groups[*group]));
                }
            }
        }
        found
    }

    /// Does it to the store, too, and recomputes whom it may concern.
    fn apply(&mut self, tx: &mut dyn Tx, org: OrgId, names: &Names, step: &Step) -> StoreResult<()> {
        let change = cause().change;
        let scope = match step {
            Step::Join(g, p) => {
                let member = MemberId::User(names.people[*p].id);
                tx.add_members(org, names.groups[*g], &[member], change, THEN)?;
                self.members.insert((*g, member));
                Scope::Users(vec![names.people[*p].id])
            }
            Step::Leave(g, p) => {
                let id = names.people[*p].id;
                tx.remove_members(org, names.groups[*g], &[id.0])?;
                self.members.remove(&(*g, MemberId::User(id)));
                Scope::Users(vec![id])
            }
            Step::Nest(outer, inner) => {
                // Circles are refused by the use case; here they show that nothing runs for ever.
                let member = MemberId::Group(names.groups[*inner]);
                tx.add_members(org, names.groups[*outer], &[member], change, THEN)?;
                self.members.insert((*outer, member));
                Scope::Groups(vec![names.groups[*inner]])
            }
            Step::Unnest(outer, inner) => {
                let id = names.groups[*inner];
                tx.remove_members(org, names.groups[*outer], &[id.0])?;
                self.members.remove(&(*outer, MemberId::Group(id)));
                Scope::Groups(vec![id])
            }
            Step::Map(g, w, role) => {
                let mapping = mapping(names, *g, *w, *role);
                match self.mappings.insert((*g, *w), *role) {
                    Some(_) => tx.update_mapping(org, mapping.id, *role)?,
                    None => tx.insert_mapping(org, &mapping)?,
                }
                Scope::Groups(vec![names.groups[*g]])
            }
            Step::Unmap(g, w) => {
                tx.delete_mapping(org, mapping(names, *g, *w, Member).id)?;
                self.mappings.remove(&(*g, *w));
                Scope::Groups(vec![names.groups[*g]])
            }
            Step::Grant(p, w, role) => {
                tx.put_grant(org, names.workspaces[*w], names.people[*p].id, *role, THEN)?;
                self.grants.insert((*p, *w), *role);
                Scope::Users(vec![names.people[*p].id])
            }
            Step::TakeBack(p, w) => {
                let was = tx.delete_grant(org, names.workspaces[*w], names.people[*p].id)?;
                assert_eq!(was, self.grants.remove(&(*p, *w)).is_some());
                Scope::Users(vec![names.people[*p].id])
            }
            Step::Activate(p, active) => {
                set_active(tx, org, &names.people[*p], *active)?;
                if *active {
                    self.inactive.remove(p)
                } else {
                    self.inactive.insert(*p)
                };
                Scope::Users(vec![names.people[*p].id])
            }
            Step::Replace(g, keep) => {
                let keep: BTreeSet<UserId> = keep.iter().map(|p| names.people[*p].id).collect();
                let members: Vec<MemberId> = keep.iter().map(|id| MemberId::User(*id)).collect();
                let ids: Vec<Uuid> = keep.iter().map(|id| id.0).collect();
                let gone = tx.remove_members_except(org, names.groups[*g], &ids)?;
                tx.add_members(org, names.groups[*g], &members, change, THEN)?;
                self.members.retain(|(group, _)| group != g);
                self.members.extend(members.iter().map(|member| (*g, *member)));
                // People who came or went by a nested group are found through it.
                let groups =
                    gone.iter().filter_map(|m| if let MemberId::Group(id) = m { Some(*id) } else { None });
                let users = gone
                    .iter()
                    .chain(&members)
                    .filter_map(|m| if let MemberId::User(id) = m { Some(*id) } else { None });
                tx.recompute(org, &cause(), &Scope::Groups(groups.collect()))?;
                Scope::Users(users.collect())
            }
            Step::DeleteGroup(g) => {
                let id = names.groups[*g];
                for w in 0..WORKSPACES {
                    tx.delete_mapping(org, mapping(names, *g, w, Member).id)?;
                }
                tx.leave_parents(org, id, THEN)?;
                tx.recompute(org, &cause(), &Scope::Groups(vec![id]))?;
                tx.delete_group(org, id)?;
                self.mappings.retain(|(group, _), _| group != g);
                self.members.retain(|(group, member)| group != g && *member != MemberId::Group(id));
                insert_group(tx, org, &a_group(&format!("g{g}")))?;
                Scope::Groups(vec![])
            }
            Step::Clear(w) => {
                tx.clear_workspace(org, names.workspaces[*w])?;
                self.mappings.retain(|(_, to), _| to != w);
                self.grants.retain(|(_, to), _| to != w);
                Scope::Workspace(names.workspaces[*w])
            }
        };
        tx.recompute(org, &cause(), &scope).map(|_| ())
    }
}

fn mapping(names: &Names, g: usize, w: usize, role: WorkspaceRole) -> Mapping {
    let id = MappingId(Uuid::from_u128((g * WORKSPACES + w + 1) as u128));
    Mapping { id, ..world::mapping(0, names.groups[g], names.workspaces[w], role) }
}

fn stored(tx: &mut dyn Tx, org: OrgId, names: &Names) -> StoreResult<Memberships> {
    let mut all = Memberships::new();
    for workspace in &names.workspaces {
        for person in tx.people_in(org, *workspace, world::from_start(100))? {
            all.insert((person.user, *workspace), person.role);
        }
    }
    Ok(all)
}

/// What the store itself says speaks for people, put through the rule.
fn by_sources(tx: &mut dyn Tx, org: OrgId, names: &Names) -> StoreResult<Memberships> {
    let mut all = Memberships::new();
    for person in &names.people {
        let active = tx.find_user(org, person.id)?.is_some_and(|user| user.facts.active);
        let sources: Vec<_> = tx
            .sources_of(org, &[person.id], None)?
            .into_iter()
            .map(|(_, workspace, source)| (workspace, source))
            .collect();
        for (workspace, role) in membership::resolve_all(active, &sources) {
            all.insert((person.id, workspace), role);
        }
    }
    Ok(all)
}

/// The changes from one to the other: who, where, role before, role after.
fn between(
    before: &Memberships,
    after: &Memberships,
) -> BTreeSet<(UserId, WorkspaceId, Option<i16>, Option<i16>)> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(key) != after.get(key))
        .map(|key| (key.0, key.1, before.get(key).map(|r| r.rank()), after.get(key).map(|r| r.rank())))
        .collect()
}

fn live(world: &World, number: usize, steps: Vec<Step>) {
    let name = format!("history-{number}");
    world.write(move |tx, _| {
        let org = tx.insert_org(&name, &name, &rolecall_domain::records::Settings::default(), THEN)?.id;
        tx.insert_connection(org, rolecall_domain::testing::the_connection(), "default", THEN)?;
        let people: Vec<User> = (0..PEOPLE).map(|n| a_user(&format!("p{n}"))).collect();
        for person in &people {
            insert_user(tx, org, person)?;
        }
        let mut names = Names { people, groups: Vec::new(), workspaces: Vec::new() };
        for n in 0..GROUPS {
            let group = a_group(&format!("g{n}"));
            insert_group(tx, org, &group)?;
            names.groups.push(group.id);
        }
        for n in 0..WORKSPACES {
            let workspace = a_workspace(&format!("w{n}"));
            tx.insert_workspace(org, &workspace)?;
            names.workspaces.push(workspace.id);
        }
        let mut model = Model::default();
        let (mut before, mut last) = (Memberships::new(), 0);
        for (n, step) in steps.iter().enumerate() {
            model.apply(tx, org, &names, step)?;
            let story = || format!("after {:#?}", &steps[..=n]);
            let after = stored(tx, org, &names)?;
            assert_eq!(after, model.memberships(&names), "the rule over the facts, {}", story());
            assert_eq!(after, by_sources(tx, org, &names)?, "the rule over the store's sources, {}", story());
            let events = tx.events_after(org, last, 1000)?;
            let told: BTreeSet<_> = events
                .iter()
                .map(|e| (e.user_id.unwrap(), e.workspace_id.unwrap(), e.old_role, e.new_role))
                .collect();
            // A deletion recomputes twice and may tell of a way there and back; what remains is what counts.
            if matches!(step, Step::Replace(..) | Step::DeleteGroup(_)) {
                assert!(between(&before, &after).len() <= told.len(), "{}", story());
            } else {
                assert_eq!(told, between(&before, &after), "the events, {}", story());
                assert_eq!(told.len(), events.len());
            }
            for (place, event) in events.iter().enumerate() {
                assert_eq!(event.seq, last + place as i64 + 1);
            }
            last += events.len() as i64;
            before = after;
        }
        Ok(())
    });
}

pub(crate) fn memberships_and_events_follow_the_rule_over_any_history(subject: &mut Subject) {
    let acme = subject.acme();
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    // The same histories in each run: a case that fails fails again.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let number = std::cell::Cell::new(0);
    runner
        .run(&proptest::collection::vec(step(), 1..40), |steps| {
            number.set(number.get() + 1);
            live(&acme, number.get(), steps);
            Ok(())
        })
        .unwrap();
}

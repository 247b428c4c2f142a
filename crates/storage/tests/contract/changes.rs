//! What one unit of work did, read back.

use rolecall_domain::{
    effect::{Effect, Fact},
    event::{Cause, EventKind, NewEvent},
    ids::ChangeId,
    ports::Scope,
    role::{OrgRole, WorkspaceRole::Manager},
    testing::{a_workspace, user_id},
};
use uuid::Uuid;

use super::world::{Subject, World, cause, later, sorted, user};

fn effects(world: &World, change: ChangeId) -> Vec<Effect> {
    world.read(move |tx, org| {
        let mut found = Vec::new();
        tx.effects_of(org, change, &mut |effect| found.push(effect))?;
        Ok(found)
    })
}

fn facts(world: &World, change: ChangeId) -> Vec<Fact> {
    world.read(move |tx, org| {
        let mut found = Vec::new();
        tx.facts_of(org, change, &mut |fact| found.push(fact))?;
        Ok(found)
    })
}

pub(crate) fn the_effects_of_a_change_are_what_is_left_of_it_in_the_end(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let [sales, finance] = ["Sales", "Finance"].map(|name| a_workspace(name).id);
    let [ada, grace] = ["ada", "grace"].map(user_id);
    let membership = |kind, user, workspace, old: Option<i16>, new: Option<i16>| NewEvent {
        old_role: old,
        new_role: new,
        ..NewEvent::new(kind).user(user).workspace(workspace)
    };
    use EventKind::{MembershipChanged, MembershipCreated, MembershipRemoved};
    let events = vec![
        membership(MembershipRemoved, ada, sales, Some(10), None),
        membership(MembershipCreated, grace, finance, None, Some(10)),
        NewEvent::new(EventKind::UserRoleChanged).user(ada).org_roles(OrgRole::Owner, OrgRole::Member),
        // There and back again.
        membership(MembershipCreated, grace, sales, None, Some(20)),
        membership(MembershipRemoved, grace, sales, Some(20), None),
        NewEvent::new(EventKind::WorkspaceDeleted).workspace(sales).subject("Sales"),
        membership(MembershipChanged, grace, finance, Some(10), Some(30)),
    ];
    for world in [&acme, &globex] {
        let events = events.clone();
        let other = Cause { change: ChangeId(Uuid::from_u128(8)), ..cause() };
        let noise = membership(MembershipCreated, ada, finance, None, Some(10));
        world.write(move |tx, org| {
            tx.push_events(org, &cause(), &events[..3])?;
            tx.push_events(org, &other, std::slice::from_ref(&noise))?;
            tx.push_events(org, &cause(), &events[3..])
        });
    }
    let wanted = vec![
        Effect { user: ada, workspace: None, old: Some(30), new: Some(10) },
        Effect { user: ada, workspace: Some(sales), old: Some(10), new: None },
        Effect { user: grace, workspace: Some(finance), old: None, new: Some(30) },
    ];
    let found = effects(&acme, cause().change);
    assert!(found.is_sorted_by_key(Effect::place), "{found:?}");
    assert_eq!(found, sorted(wanted));
    let found = facts(&acme, cause().change);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind.as_str(), found[0].workspace), ("workspace.deleted", Some(sales)));
    assert_eq!((found[0].subject.as_deref(), found[0].at), (Some("Sales"), cause().at));
    assert_eq!(
        (effects(&acme, ChangeId(Uuid::nil())), facts(&acme, ChangeId(Uuid::nil()))),
        (vec![], vec![])
    );
}

pub(crate) fn names_are_those_of_now_and_of_the_organisation(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let (ada, sales) = (acme.person("ada"), acme.workspace("Sales"));
    globex.person("grace");
    let (users, workspaces) = ([ada.id, user_id("grace")], [sales.id, a_workspace("Gone").id]);
    let names = acme.read(move |tx, org| tx.names_of(org, &users, &workspaces));
    assert_eq!((names.users.len(), names.user(ada.id)), (1, Some("ada@acme.test")));
    assert_eq!((names.workspaces.len(), names.workspace(sales.id)), (1, Some("sales")));
}

pub(crate) fn what_is_gone_is_called_as_it_was_last(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, sales) = (user_id("ada"), a_workspace("Sales").id);
    acme.write(move |tx, org| {
        use EventKind::{UserCreated, UserDeleted, WorkspaceCreated, WorkspaceDeleted};
        let user = |kind, name: &str| NewEvent::new(kind).user(ada).subject(name);
        let workspace = |kind, name: &str| NewEvent::new(kind).workspace(sales).subject(name);
        let grant =
            NewEvent::new(EventKind::GrantDeleted).user(ada).workspace(sales).subject("no name of theirs");
        let events = [
            user(UserCreated, "ada"),
            workspace(WorkspaceCreated, "Sales"),
            user(UserDeleted, "ada.byron"),
            workspace(WorkspaceDeleted, "Selling"),
            grant,
        ];
        tx.push_events(org, &cause(), &events)
    });
    let names = acme.read(move |tx, org| tx.names_of(org, &[ada], &[sales]));
    assert_eq!((names.user(ada), names.workspace(sales)), (Some("ada.byron"), Some("Selling")));
    assert_eq!(names.workspaces[&sales].slug, None);
}

pub(crate) fn a_recomputation_is_read_back_as_effects(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, grace) = (acme.person("ada"), acme.person("grace"));
    let (group, workspace) = (acme.group("Sales"), acme.workspace("Sales"));
    acme.mapping(&group, &workspace, Manager);
    acme.join(&group, &[user(&ada), user(&grace)]);
    let change = Cause { change: ChangeId(Uuid::from_u128(12)), at: later(1), ..cause() };
    acme.write(move |tx, org| tx.recompute(org, &change, &Scope::Groups(vec![group.id])));
    let gain = |user| Effect { user, workspace: Some(workspace.id), old: None, new: Some(Manager.rank()) };
    assert_eq!(effects(&acme, change.change), sorted(vec![gain(ada.id), gain(grace.id)]));
}

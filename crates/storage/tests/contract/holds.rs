//! People who keep what the directory took away.

use rolecall_domain::{
    guard::{Brake, Guard},
    ids::{MappingId, UserId},
    ports::{HoldTerms, Scope},
    records::{Hold, HoldReason, Kept, MemberId, RoleMapping, Settings, User},
    role::{OrgRole, WorkspaceRole},
    testing::{THEN, a_mapping, written_user},
};
use serde_json::json;
use uuid::Uuid;

use super::world::{Subject, World, cause, from_start, later};

const BRAKE: HoldTerms = HoldTerms { reason: HoldReason::Brake, kept: false, until: None };

/// Ada and Eve are managers in Sales, by a group that both are in.
fn two_managers(acme: &World) -> (User, User) {
    let (ada, eve, sales, group) =
        (acme.person("ada"), acme.person("eve"), acme.workspace("Sales"), acme.group("Sales people"));
    let mapping = a_mapping(&group, &sales, WorkspaceRole::Manager);
    let members = [MemberId::User(ada.id), MemberId::User(eve.id)];
    acme.write(move |tx, org| {
        tx.insert_mapping(org, &mapping)?;
        tx.add_members(org, group.id, &members, cause().change, THEN)?;
        tx.recompute(org, &cause(), &Scope::Groups(vec![group.id]))
    });
    (ada, eve)
}

/// The IdP deactivates these people; nothing follows yet.
fn deactivate(acme: &World, people: &[&User]) {
    for user in people {
        let mut user = (*user).clone();
        user.facts.active = false;
        let written = written_user(&user);
        acme.write(move |tx, org| tx.update_user(org, user.id, &user.facts, &written, 2, THEN));
    }
}

fn both(ada: &User, eve: &User) -> Scope {
    Scope::Users(vec![ada.id, eve.id])
}

pub(crate) fn losers_are_held_and_told_what_they_keep(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, eve) = two_managers(&acme);
    let scope = both(&ada, &eve);
    let hold = |scope: Scope| acme.write(move |tx, org| tx.hold_losers(org, &cause(), &scope, BRAKE));
    assert_eq!(hold(scope.clone()), [], "nobody loses anything");
    deactivate(&acme, &[&ada]);
    assert_eq!(hold(scope.clone()), [ada.id]);
    assert_eq!(hold(scope.clone()), [], "who is held is held once");
    assert_eq!(acme.recompute(scope), Default::default(), "a hold keeps what there is");
    let ids = [ada.id, eve.id];
    let kept = acme.read(move |tx, org| tx.kept_by_holds(org, &ids));
    let workspace = kept[0].workspace;
    let wanted = Kept { user: ada.id, workspace, has: WorkspaceRole::Manager.rank(), would_have: None };
    assert!(workspace.is_some());
    assert_eq!(kept, [wanted]);
}

pub(crate) fn the_last_owner_by_a_group_is_held_and_no_other(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, eve, group) = (acme.person("ada"), acme.person("eve"), acme.group("Owners"));
    assert!(!acme.read(|tx, org| tx.guarding(org)).owners_by_group);
    let mapping = RoleMapping {
        id: MappingId(Uuid::from_u128(9)),
        group: group.id,
        group_name: "Owners".into(),
        role: OrgRole::Owner,
        created_at: THEN,
        paused_at: None,
        change: None,
    };
    let scope = both(&ada, &eve);
    let (members, everybody) = ([MemberId::User(ada.id), MemberId::User(eve.id)], scope.clone());
    acme.write(move |tx, org| {
        tx.insert_role_mapping(org, &mapping)?;
        tx.add_members(org, group.id, &members, cause().change, THEN)?;
        tx.recompute(org, &cause(), &everybody)
    });
    assert!(acme.read(|tx, org| tx.guarding(org)).owners_by_group);
    let leave = |user: &User| {
        let id = user.id.0;
        acme.write(move |tx, org| tx.remove_members(org, group.id, &[id]));
    };
    let hold = |scope: Scope| acme.write(move |tx, org| tx.hold_last_owners(org, &cause(), &scope));
    leave(&ada);
    assert_eq!(hold(scope.clone()), [], "Eve is an owner still");
    acme.recompute(scope.clone());
    leave(&eve);
    assert_eq!(hold(Scope::Users(vec![ada.id])), []);
    assert_eq!(hold(scope.clone()), [eve.id]);
    acme.recompute(scope);
    let id = eve.id;
    assert_eq!(acme.read(move |tx, org| tx.find_user(org, id)).unwrap().org_role, OrgRole::Owner);
}

pub(crate) fn whoever_else_is_an_owner_counts_when_active_or_held(subject: &mut Subject) {
    let acme = subject.acme();
    let roles = json!({"roles": [{"value": "owner"}]});
    let (ada, eve) = (acme.person_with("ada", roles.clone()), acme.person_with("eve", roles));
    let (one, other) = (ada.id, eve.id);
    let found = |user: UserId| acme.read(move |tx, org| tx.has_other_owner(org, user));
    assert!(found(one) && found(other));
    deactivate(&acme, &[&eve]);
    assert!(!found(one) && found(other));
    acme.write(move |tx, org| tx.put_hold(org, &hold(other, None)));
    assert!(found(one), "who is held counts");
    assert!(!subject.org("globex").read(move |tx, org| tx.has_other_owner(org, one)));
}

pub(crate) fn losers_are_noted_and_counted_within_a_window(subject: &mut Subject) {
    let acme = subject.acme();
    let settings = Settings {
        guard: Guard { brake: Brake { enabled: true, ..Brake::default() } },
        ..Settings::default()
    };
    let guard = settings.guard.clone();
    acme.write(move |tx, org| tx.update_settings(org, &settings));
    assert_eq!(acme.read(|tx, org| tx.guarding(org)).brake, guard.brake);
    let (ada, eve) = two_managers(&acme);
    let scope = both(&ada, &eve);
    let note = |scope: Scope, day| acme.write(move |tx, org| tx.note_losers(org, &scope, later(day)));
    assert_eq!(note(scope.clone(), 1), 0, "nobody loses anything");
    deactivate(&acme, &[&ada]);
    assert_eq!(note(scope.clone(), 1), 1);
    acme.recompute(scope.clone());
    deactivate(&acme, &[&eve]);
    assert_eq!(note(scope, 3), 1);
    for (day, wanted) in [(0, 2), (1, 2), (2, 1), (3, 1), (4, 0)] {
        assert_eq!(acme.read(move |tx, org| tx.count_recent_removals(org, later(day))), wanted);
    }
    let drop = |org: &World, day| org.write(move |tx, org| tx.drop_recent_removals(org, later(day)));
    assert_eq!(drop(&subject.org("globex"), 9), 0);
    assert_eq!(drop(&acme, 1), 0, "who was noted at that time is still there");
    assert_eq!(drop(&acme, 2), 1);
    assert_eq!(acme.read(move |tx, org| tx.count_recent_removals(org, later(0))), 1);
}

pub(crate) fn people_with_access_are_counted_no_further_than_matters(subject: &mut Subject) {
    let acme = subject.acme();
    two_managers(&acme);
    for (enough, wanted) in [(1, 1), (2, 2), (3, 2)] {
        assert_eq!(acme.read(move |tx, org| tx.count_people_with_access(org, enough)), wanted);
    }
}

fn hold(user: UserId, until: Option<i64>) -> Hold {
    Hold {
        user,
        reason: HoldReason::Grace,
        kept: true,
        since: THEN,
        until: until.map(later),
        change: cause().change,
    }
}

pub(crate) fn holds_end_when_their_time_comes(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let (ada, eve, alan) = (acme.person("ada"), acme.person("eve"), globex.person("alan"));
    let (one, other, third) = (ada.id, eve.id, alan.id);
    acme.write(move |tx, org| tx.put_hold(org, &hold(one, Some(2))));
    acme.write(move |tx, org| tx.put_hold(org, &hold(other, None)));
    globex.write(move |tx, org| tx.put_hold(org, &hold(third, Some(1))));
    let due = |day, limit| acme.read(move |tx, _| tx.ended_holds(later(day), limit));
    assert_eq!(due(0, 9), []);
    assert_eq!(due(1, 9), [(globex.org, third)]);
    assert_eq!(due(2, 9), [(acme.org, one), (globex.org, third)]);
    assert_eq!(due(2, 1), [(acme.org, one)]);
}

pub(crate) fn a_hidden_person_is_nobody_to_scim_and_is_removed_later(subject: &mut Subject) {
    let acme = subject.acme();
    let (ada, eve) = two_managers(&acme);
    let (id, name) = (ada.id, ada.facts.user_name_key.clone());
    acme.write(move |tx, org| {
        tx.put_hold(org, &hold(id, None))?;
        tx.hide_user(org, id, later(1))
    });
    assert_eq!(acme.read(move |tx, org| tx.find_user_by_name(org, &name)), None);
    assert_eq!(acme.read(|tx, org| tx.count_users(org, &Default::default())), 1);
    let group = rolecall_domain::testing::group_id("Sales people");
    assert_eq!(
        acme.read(move |tx, org| tx.members_of(org, group, from_start(9))),
        [MemberId::User(eve.id)],
        "no group shows them"
    );
    assert_eq!(acme.recompute(Scope::Users(vec![id])), Default::default());
    assert_eq!(acme.read(move |tx, org| tx.workspaces_of(org, id)).len(), 1, "the hold keeps what they have");
    let left = acme.write(move |tx, org| {
        tx.delete_hold(org, id)?;
        let done = tx.recompute(org, &cause(), &Scope::Users(vec![id]))?;
        tx.delete_user(org, id, later(2))?;
        Ok(done.left)
    });
    assert_eq!(left, 1);
    assert_eq!(
        acme.read(|tx, org| tx.count_users(org, &Default::default())),
        1,
        "no position is taken twice"
    );
}

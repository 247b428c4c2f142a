//! What was done can be undone.

use std::collections::BTreeMap;

use rolecall_domain::{
    event::{Actor, Cause, EventKind, NewEvent},
    grant::Grant,
    ids::ChangeId,
    role::{OrgRole, WorkspaceRole},
    time::Moment,
    use_cases::{
        plan::{PlanPage, Stopped, Wish},
        undo::{self, UndoError, UndoReport, UndoWanted},
    },
};

use super::{
    town::{self, Refused, State, Step, Town, Turn},
    world::Subject,
};

/// Undoes it, as a plan first.
fn undo_of(town: &Town, wanted: UndoWanted) -> UndoReport {
    let cause = town.next_cause();
    let run = |wish| {
        let wanted = wanted.clone();
        town.run(cause, wish, move |tx, act| match undo::undo(tx, act, &wanted) {
            Ok(report) => Ok(report),
            // What changed nothing has no events.
            Err(UndoError::Nothing) => Ok(UndoReport::default()),
            Err(UndoError::Store(error)) => Err(error.into()),
            Err(error) => panic!("{error}"),
        })
    };
    let before = town.everything();
    match run(Wish::Plan(PlanPage { after: None, limit: 1_000 })) {
        Err(Stopped::Planned(plan)) => {
            assert_eq!(town.everything(), before, "a plan leaves everything as it was");
            run(Wish::DoAsPlanned(plan.fingerprint)).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

fn change(id: ChangeId) -> UndoWanted {
    UndoWanted { change: Some(id.to_string()), ..UndoWanted::default() }
}

fn lived(town: &Town, step: &Step) -> Option<ChangeId> {
    done_by(town.next_cause(), town, step)
}

fn done_by(cause: Cause, town: &Town, step: &Step) -> Option<ChangeId> {
    match town.step(cause, Wish::Do, step) {
        Ok(()) => Some(cause.change),
        Err(Stopped::Failed(Refused::NotNow)) => None,
        Err(error) => panic!("{step:?}: {error:?}"),
    }
}

/// What decides about access, of what was there before: an undo removes no person, group or workspace.
fn of_then(state: &State, then: &State) -> State {
    let mut state = state.clone();
    state.people.retain(|id, _| then.people.contains_key(id));
    state.roles.retain(|id, _| then.people.contains_key(id));
    state.app_ids.retain(|id, _| then.people.contains_key(id));
    state.role_mappings.retain(|group, _| then.groups.contains(group));
    state.mappings.retain(|(group, _), _| then.groups.contains(group));
    state.groups = then.groups.clone();
    state.workspaces.retain(|id, _| then.workspaces.contains_key(id));
    state
}

/// Something of everything, so that whatever is done next finds something to be done to.
fn a_beginning() -> Vec<Step> {
    use WorkspaceRole::{Admin, Manager, Member};
    let awaited = |n, role| Step::Turn(Turn::Await(n, 0, role));
    let mut steps: Vec<Step> = (0..3).map(|n| Step::Hire(n, OrgRole::Member)).collect();
    steps.extend([
        Step::Open(0),
        Step::Open(1),
        Step::Found(0, 2, 0),
        Step::Found(1, 2, 1),
        Step::Found(2, 0, 2),
    ]);
    steps.extend([Step::Map(0, 0, Manager), Step::Map(1, 1, Member), Step::Raise(0, OrgRole::Admin)]);
    steps.extend([Step::Give(1, 0, Grant::lasting(Admin)), awaited(2, Member)]);
    steps
}

pub(crate) fn after_an_undo_of_any_change_everything_is_as_before(subject: &mut Subject) {
    town::live(subject, 30, 25, |town, steps| {
        for step in a_beginning() {
            lived(&town, &step);
        }
        for step in &steps {
            let before = town.state();
            // What a directory takes away may be held; what an operator does counts at once.
            let cause = Cause { actor: Actor::Operator, ..town.next_cause() };
            let Some(done) = done_by(cause, &town, step) else { continue };
            // A workspace that was made stays, and so does what groups' names give there.
            if matches!(step, Step::Open(_)) {
                continue;
            }
            undo_of(&town, change(done));
            let after = town.state();
            assert_eq!(of_then(&after, &before), of_then(&before, &before), "{step:?} of {steps:#?}");
            assert_eq!(after.memberships, before.memberships, "{step:?} of {steps:#?}");
        }
    });
}

pub(crate) fn an_undo_can_be_undone(subject: &mut Subject) {
    let town = Town::new(subject.org("town"));
    let first = 0;
    let role = WorkspaceRole::Admin;
    for step in [
        Step::Hire(1, OrgRole::Member),
        Step::Open(1),
        Step::Found(1, 2, first),
        Step::Map(first, first, role),
    ] {
        lived(&town, &step).unwrap();
    }
    let with = town.state();
    let left = lived(&town, &Step::Leave(first, first)).unwrap();
    let without = town.state();
    assert_ne!(with.memberships, without.memberships);
    let undoing = town.next_cause();
    town.run(undoing, Wish::Do, move |tx, act| {
        undo::undo(tx, act, &change(left)).map(drop).map_err(|_| Refused::NotNow)
    })
    .unwrap();
    assert_eq!(town.state(), with);
    undo_of(&town, change(undoing.change));
    assert_eq!(town.state(), without);
}

pub(crate) fn what_was_changed_since_stays_and_is_told(subject: &mut Subject) {
    use WorkspaceRole::{Admin, Manager, Member};
    let town = Town::new(subject.org("town"));
    let first = 0;
    for step in [Step::Hire(1, OrgRole::Member), Step::Open(1)] {
        lived(&town, &step).unwrap();
    }
    lived(&town, &Step::Give(first, first, Grant::lasting(Member))).unwrap();
    let raised = lived(&town, &Step::Change(first, first, Grant::lasting(Manager))).unwrap();
    lived(&town, &Step::Change(first, first, Grant::lasting(Admin))).unwrap();
    let now = town.state();
    let report = undo_of(&town, change(raised));
    assert_eq!((report.reversed, report.stays), (BTreeMap::new(), 1));
    assert_eq!(
        (report.left[0].kind.as_str(), report.left[0].reason.as_str()),
        ("grant.updated", "it was changed since")
    );
    assert_eq!(town.state(), now);
}

pub(crate) fn a_span_of_time_of_one_token_is_undone_and_nothing_else(subject: &mut Subject) {
    let town = Town::new(subject.org("town"));
    let (first, second) = (0, 1);
    for step in [
        Step::Hire(1, OrgRole::Member),
        Step::Hire(2, OrgRole::Member),
        Step::Open(1),
        Step::Give(first, first, Grant::lasting(WorkspaceRole::Member)),
        Step::Give(second, first, Grant::lasting(WorkspaceRole::Member)),
    ] {
        lived(&town, &step).unwrap();
    }
    let before = town.state();
    let from = town.next_cause();
    // The tokens take turns: one deactivates the first, another the second.
    lived(&town, &Step::Activate(first, false)).unwrap();
    let middle = town.state();
    lived(&town, &Step::Activate(second, false)).unwrap();
    let Actor::Idp { token, .. } = from.actor else { panic!("a directory acts") };
    let since: Moment = from.at.to_string().parse().unwrap();
    // `from` was put down to the token of the second.
    let wanted = UndoWanted { token: Some(token.to_string()), since: Some(since), ..UndoWanted::default() };
    let report = undo_of(&town, wanted);
    assert_eq!(report.reversed.get("user.deactivated"), Some(&1));
    assert_eq!(town.state(), middle);
    undo_of(&town, UndoWanted { since: Some(since), until: Some(since), ..UndoWanted::default() });
    assert_eq!(town.state(), middle, "nothing happened in that moment");
    let report = undo_of(&town, UndoWanted { since: Some(since), ..UndoWanted::default() });
    assert!(report.reversed.contains_key("user.deactivated"));
    assert_eq!(town.state().people.len(), before.people.len());
}

pub(crate) fn an_organisation_whose_old_name_no_event_kept_stays_as_it_is_called(subject: &mut Subject) {
    let town = Town::new(subject.org("town"));
    let cause = town.next_cause();
    // As versions did it whose events had no fields.
    town.world.write(move |tx, org| {
        tx.rename_org(org, "City")?;
        let event = NewEvent::new(EventKind::OrganisationUpdated).subject("City");
        tx.push_events(org, &cause, &[event])
    });
    let report = undo_of(&town, change(cause.change));
    let left = &report.left[0];
    assert_eq!((left.name.as_str(), left.reason.as_str()), ("City", "what it was is no longer kept"));
    assert_eq!(town.world.read(|tx, org| tx.org_name(org)), "City");
}

pub(crate) fn what_was_removed_is_kept_for_a_time(subject: &mut Subject) {
    let town = Town::new(subject.org("town"));
    lived(&town, &Step::Hire(1, OrgRole::Member)).unwrap();
    let before = town.state();
    let gone = lived(&town, &Step::Dismiss(0)).unwrap();
    let now = town.next_cause().at;
    town.world.write(move |tx, org| {
        assert_eq!(tx.drop_removed(org, now.plus_days(-1))?, 0);
        assert_eq!(tx.drop_removed(org, now)?, 1);
        Ok(())
    });
    let report = undo_of(&town, change(gone));
    assert_eq!((report.stays, report.left[0].reason.as_str()), (1, "what it was is no longer kept"));
    assert_ne!(town.state(), before);
}

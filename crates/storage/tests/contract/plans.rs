//! A plan says what the change then does, and leaves no trace.

use std::collections::BTreeSet;

use rolecall_domain::{
    effect::Effect,
    ids::WorkspaceId,
    use_cases::plan::{PlanPage, Stopped, Wish},
};
use uuid::Uuid;

use super::{
    town::{self, Refused, State, Town},
    world::{Subject, sorted},
};

/// The roles that differ between two moments.
fn between(before: &State, after: &State) -> Vec<Effect> {
    let (before, after) = (before.access(), after.access());
    let places: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    places
        .into_iter()
        .map(|at| Effect {
            user: at.0,
            workspace: at.1,
            old: before.get(&at).copied(),
            new: after.get(&at).copied(),
        })
        .filter(|effect| effect.old != effect.new)
        // Who comes or goes is told apart from those who get another role.
        .filter(|effect| effect.workspace.is_some() || (effect.old.is_some() && effect.new.is_some()))
        .collect()
}

fn try_and_do(town: &Town, step: &town::Step) {
    let (cause, before, everything) = (town.next_cause(), town.state(), town.everything());
    let page = PlanPage { after: None, limit: 1000 };
    let planned = match town.step(cause, Wish::Plan(page), step) {
        Err(Stopped::Planned(plan)) => plan,
        Err(Stopped::Failed(Refused::NotNow)) => return assert_eq!(town.everything(), everything),
        other => panic!("{step:?}: {other:?}"),
    };
    assert_eq!(town.everything(), everything, "a plan of {step:?} leaves everything as it was");
    town.step(cause, Wish::DoAsPlanned(planned.fingerprint), step).unwrap();
    let alike = |effects: Vec<Effect>| {
        // What the change makes has one id in the plan and another in the end.
        let known =
            |id: WorkspaceId| if before.workspaces.contains_key(&id) { id } else { WorkspaceId(Uuid::nil()) };
        sorted(effects.into_iter().map(|e| Effect { workspace: e.workspace.map(known), ..e }).collect())
    };
    assert_eq!(alike(planned.effects), alike(between(&before, &town.state())), "{step:?}");
}

pub(crate) fn what_was_planned_is_what_happens_over_any_history(subject: &mut Subject) {
    town::live(subject, 24, 25, |town, steps| steps.iter().for_each(|step| try_and_do(&town, step)));
}

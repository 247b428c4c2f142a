//! A change tried first: run as it would be, its events read back, and undone; or done only if it does what was planned.
//!
//! Since the events are the change, the plan of a change and the change cannot disagree, whatever the change is.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use super::Act;
use crate::{
    effect::{Counts, Effect, Fingerprint, Place, Survey},
    ids::{UserId, WorkspaceId},
    ports::{Ids, Names, StoreError, StoreResult, Tx},
};

/// How many names of one kind of side effect are shown.
const NAMES_SHOWN: usize = 20;

/// How a change is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Wish {
    /// Do it.
    #[default]
    Do,
    /// Do it, if it does what a plan of this fingerprint said.
    DoAsPlanned(Fingerprint),
    /// Say what it would do, and leave everything as it is.
    Plan(PlanPage),
}

/// Which part of a plan to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlanPage {
    /// Continue there, in the plan of that fingerprint.
    pub after: Option<(Fingerprint, Place)>,
    /// At most so many effects.
    pub limit: usize,
}

/// What a change would do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Of the whole change.
    pub counts: Counts,
    /// What the change must do again to be the same.
    pub fingerprint: Fingerprint,
    /// This page of what people gain, lose and change, by person.
    pub effects: Vec<Effect>,
    /// Where the next page begins, if there is one.
    pub next: Option<Place>,
    /// What the page's people and workspaces are called; also those that the change removes.
    pub names: Names,
    /// What the change makes; it has no id until it is done.
    pub made: Vec<Uuid>,
    /// What happens besides, by kind.
    pub also: BTreeMap<String, SideEffects>,
}

/// What happens besides, of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SideEffects {
    /// How often.
    pub count: u64,
    /// To what; the first few.
    pub names: Vec<String>,
}

/// Why a change was not done. Nothing was written.
#[derive(Debug)]
pub enum Stopped<E> {
    /// It failed by itself.
    Failed(E),
    /// Only its plan was asked for.
    Planned(Box<Plan>),
    /// It would no longer do what was planned.
    Moved {
        /// What it would do.
        now: Fingerprint,
        /// What was planned.
        planned: Fingerprint,
    },
}

impl<E: From<StoreError>> From<StoreError> for Stopped<E> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl<E> Stopped<E> {
    /// What to tell when the facts moved.
    pub fn moved(now: &Fingerprint, planned: &Fingerprint) -> String {
        format!(
            "what this does has changed since the plan {planned}; it is {now} now: ask for the plan again and look at it"
        )
    }
}

/// Runs `change` as was asked. Whatever stops it undoes it: the unit of work must not be kept on `Err`.
pub fn run<T, E: From<StoreError>>(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    wish: &Wish,
    change: impl FnOnce(&mut dyn Tx, &Act<'_>) -> Result<T, E>,
) -> Result<T, Stopped<E>> {
    let made = MadeIds { real: act.ids, planned: matches!(wish, Wish::Plan(_)), made: Mutex::default() };
    let done = change(tx, &Act { ids: &made, ..*act }).map_err(Stopped::Failed)?;
    match wish {
        Wish::Do => Ok(done),
        Wish::DoAsPlanned(planned) => {
            let now = look(tx, act, &made.into_list(), None)?.fingerprint;
            if now == *planned { Ok(done) } else { Err(Stopped::Moved { now, planned: *planned }) }
        }
        Wish::Plan(page) => {
            let plan = look(tx, act, &made.into_list(), Some(page))?;
            match page.after {
                Some((planned, _)) if planned != plan.fingerprint => {
                    Err(Stopped::Moved { now: plan.fingerprint, planned })
                }
                _ => Err(Stopped::Planned(Box::new(plan))),
            }
        }
    }
}

/// Reads back what the act has done so far.
fn look(tx: &mut dyn Tx, act: &Act<'_>, made: &[Uuid], page: Option<&PlanPage>) -> StoreResult<Plan> {
    let mut survey = Survey::new(made);
    let (mut effects, mut more) = (Vec::new(), false);
    tx.effects_of(act.org, act.cause.change, &mut |effect| {
        survey.effect(&effect);
        let Some(page) = page else { return };
        if page.after.is_none_or(|(_, place)| place < effect.place()) {
            if effects.len() < page.limit { effects.push(effect) } else { more = true }
        }
    })?;
    let mut also: BTreeMap<String, SideEffects> = BTreeMap::new();
    tx.facts_of(act.org, act.cause.change, &mut |fact| {
        survey.fact(&fact);
        let of_kind = also.entry(fact.kind).or_default();
        of_kind.count += 1;
        if let Some(name) = fact.subject.filter(|_| of_kind.names.len() < NAMES_SHOWN) {
            of_kind.names.push(name);
        }
    })?;
    let names = if effects.is_empty() { Names::default() } else { names(tx, act, &effects)? };
    let (counts, fingerprint) = survey.finish();
    let next = effects.last().filter(|_| more).map(Effect::place);
    Ok(Plan { counts, fingerprint, effects, next, names, made: made.to_vec(), also })
}

/// What a page's people and workspaces are called.
fn names(tx: &mut dyn Tx, act: &Act<'_>, effects: &[Effect]) -> StoreResult<Names> {
    let mut users: Vec<UserId> = effects.iter().map(|effect| effect.user).collect();
    let mut workspaces: Vec<WorkspaceId> = effects.iter().filter_map(|effect| effect.workspace).collect();
    users.dedup();
    workspaces.sort_unstable();
    workspaces.dedup();
    tx.names_of(act.org, &users, &workspaces)
}

/// Ids that are remembered. Those of a plan are the same each time, so that its next page continues this one; they sort
/// after all others, as new ids do.
struct MadeIds<'a> {
    real: &'a dyn Ids,
    planned: bool,
    made: Mutex<Vec<Uuid>>,
}

impl Ids for MadeIds<'_> {
    fn next(&self) -> Uuid {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let id = if self.planned { planned_id(made.len()) } else { self.real.next() };
        made.push(id);
        id
    }
}

impl MadeIds<'_> {
    fn into_list(self) -> Vec<Uuid> {
        self.made.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Version 8 (RFC 9562 §5.8): no id of ours that is kept has it.
fn planned_id(number: usize) -> Uuid {
    Uuid::from_u128(0xffff_ffff_ffff_8fff_bfff_0000_0000_0000 | number as u128)
}

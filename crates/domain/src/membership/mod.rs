//! Which role a person ends up with in a workspace: the highest of what counts, if anything that speaks for the person
//! counts at all; and while a hold is on, never less than the person has.
//!
//! This is the reference. Databases hold a set-based twin of it (`ports::WriteAccess::recompute`), and a property
//! test in the storage contract holds the two equal over random histories. An explanation is the same rule, telling what
//! it did with each path: [`resolve`] is what [`weigh`] comes to.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    ids::WorkspaceId,
    records::{AccessPath, Source, Via},
    role::{OrgRole, WorkspaceRole},
};

/// What holds for a person in every workspace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Standing {
    /// `active`, as the directory says.
    pub active: bool,
    /// The connection trusts none of the person's e-mail domains.
    pub outside: bool,
    /// The directory removed the person.
    pub gone: bool,
    /// The person keeps what they have until a hold is settled.
    pub held: bool,
}

impl Standing {
    /// Of an active person about whom there is nothing else to say.
    pub const GOOD: Self = Self { active: true, outside: false, gone: false, held: false };

    /// Whether what speaks for the person counts.
    pub fn entitled(self) -> bool {
        self.active && !self.outside && !self.gone
    }
}

/// Why a path gives nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The directory removed the person.
    Gone,
    /// The person is not active.
    Inactive,
    /// The connection trusts none of the person's e-mail domains.
    UnverifiedDomain,
    /// The mapping is paused.
    PausedMapping,
    /// The workspace is archived.
    ArchivedWorkspace,
}

/// What the rule did with a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It gives the role that the person has. Several may.
    Decides,
    /// It counts, and another gives more.
    Outranked {
        /// What the other gives.
        by: WorkspaceRole,
    },
    /// It does not count.
    Stopped(Vec<Obstacle>),
}

/// What the rule says of one person in one workspace, and of each path in the order given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weighed {
    /// The role; `None` when there is none.
    pub role: Option<WorkspaceRole>,
    /// Whether that is so because of a hold: the paths give less.
    pub by_hold: bool,
    /// One for each path.
    pub outcomes: Vec<Outcome>,
}

/// Weighs what speaks for a person in one workspace. `have` is the role that the person has at the moment, which only a
/// hold looks at.
pub fn weigh(standing: Standing, paths: &[AccessPath], have: Option<WorkspaceRole>) -> Weighed {
    let obstacles: Vec<Vec<Obstacle>> = paths.iter().map(|path| obstacles(standing, path)).collect();
    let counting = paths.iter().zip(&obstacles).filter(|(_, stopped)| stopped.is_empty());
    let given = counting.map(|(path, _)| path.role).max();
    let archived = paths.iter().any(|path| path.workspace.archived_at.is_some());
    let role = outcome(standing, given, have.filter(|_| !archived));
    let outcomes = paths.iter().zip(obstacles).map(|(path, stopped)| match (stopped.is_empty(), role) {
        (false, _) => Outcome::Stopped(stopped),
        (true, Some(by)) if by > path.role => Outcome::Outranked { by },
        (true, _) => Outcome::Decides,
    });
    Weighed { role, by_hold: role != given, outcomes: outcomes.collect() }
}

fn obstacles(standing: Standing, path: &AccessPath) -> Vec<Obstacle> {
    let paused = matches!(path.via, Via::Mapping { paused_at: Some(_), .. });
    [
        (standing.gone, Obstacle::Gone),
        (!standing.active, Obstacle::Inactive),
        (standing.outside, Obstacle::UnverifiedDomain),
        (paused, Obstacle::PausedMapping),
        (path.workspace.archived_at.is_some(), Obstacle::ArchivedWorkspace),
    ]
    .into_iter()
    .filter_map(|(is_so, obstacle)| is_so.then_some(obstacle))
    .collect()
}

/// A hold takes nothing away. It keeps nobody in an archived workspace: there, `have` is none.
fn outcome<Role: Ord>(standing: Standing, given: Option<Role>, have: Option<Role>) -> Option<Role> {
    if standing.held { given.max(have) } else { given }
}

/// The outcome for one person in one workspace, of the sources that are in force there.
pub fn resolve<'s>(
    standing: Standing,
    sources: impl IntoIterator<Item = &'s Source>,
    have: Option<WorkspaceRole>,
) -> Option<WorkspaceRole> {
    let given = if standing.entitled() { sources.into_iter().map(Source::role).max() } else { None };
    outcome(standing, given, have)
}

/// The outcome for one person in every workspace, of the sources that are in force; `have` is what the person has now.
pub fn resolve_all(
    standing: Standing,
    sources: &[(WorkspaceId, Source)],
    have: &BTreeMap<WorkspaceId, WorkspaceRole>,
) -> BTreeMap<WorkspaceId, WorkspaceRole> {
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<&Source>> =
        have.keys().map(|workspace| (*workspace, Vec::new())).collect();
    for (workspace, source) in sources {
        by_workspace.entry(*workspace).or_default().push(source);
    }
    let role = |(workspace, sources): (WorkspaceId, Vec<&Source>)| {
        Some((workspace, resolve(standing, sources, have.get(&workspace).copied())?))
    };
    by_workspace.into_iter().filter_map(role).collect()
}

/// The organisation role: what the person's own `roles` say (`given`), or what a mapped group gives, if that is more
/// and the person is entitled.
pub fn resolve_org_role(
    standing: Standing,
    given: OrgRole,
    mapped: impl IntoIterator<Item = OrgRole>,
    have: OrgRole,
) -> OrgRole {
    let mapped = if standing.entitled() { mapped.into_iter().max() } else { None };
    outcome(standing, Some(given).max(mapped), Some(have)).unwrap_or(given)
}

//! Why a person has what they have, and what stands in the way of the rest.
//!
//! Every path that could give access is weighed by the rule that decides ([`crate::membership::weigh`]), so an explanation
//! and a membership cannot disagree.

mod causes;
mod chains;
#[cfg(test)]
mod tests;

pub use causes::{By, Origin};
pub use chains::Step;

use serde::Serialize;

use self::{causes::Origins, chains::Chains};
use super::{
    people,
    workspaces::{WorkspaceRef, find_workspace},
};
use crate::{
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    membership::{Obstacle, Outcome, Standing, resolve_org_role, weigh},
    ports::{MappingFilter, ReadTx, Slice, StoreError, StoreResult},
    records::{AccessPath, GroupStep, Hold, MappingOrigin, MemberId, RoleMapping, User, Via, Workspace},
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
};

/// Why nothing was explained.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExplainError {
    /// No such person.
    #[error("user `{given}` does not exist; give the id or the userName of a person of this organisation")]
    UnknownUser {
        /// As given.
        given: String,
    },
    /// No such workspace.
    #[error("workspace `{given}` does not exist; give its id or slug")]
    UnknownWorkspace {
        /// As given.
        given: String,
    },
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that decides what one person has.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// Who.
    pub user: Person,
    /// What holds whatever the workspace.
    pub standing: Standing,
    /// Why the person keeps what the directory took away, if so.
    pub hold: Option<HoldExplained>,
    /// The role in the organisation.
    pub org_role: OrgRoleExplained,
    /// Each workspace that anything speaks for, or the one that was asked about, by slug.
    pub workspaces: Vec<WorkspaceExplained>,
    /// Groups that the person is in and that give nothing anywhere.
    pub groups_without_effect: Vec<GroupReached>,
}

/// A person.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// The id.
    pub id: UserId,
    /// `userName`
    pub user_name: String,
    /// The name to show.
    pub display_name: String,
    /// Primary e-mail address.
    pub email: Option<String>,
}

/// A hold.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct HoldExplained {
    /// `brake`, `last_owner`, `grace` or `upsert_only`.
    pub reason: &'static str,
    /// Whether it is decided that the person keeps it; else it waits for a review, or for its end.
    pub kept: bool,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// The request that would have taken the access away.
    pub cause: Option<Origin>,
}

/// The role in the organisation.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct OrgRoleExplained {
    /// The outcome.
    pub role: OrgRole,
    /// What the person's own `roles` say.
    pub given: OrgRole,
    /// Whether only a hold keeps it so high.
    pub by_hold: bool,
    /// What mapped groups give.
    pub mappings: Vec<RoleMappingExplained>,
}

/// A group that gives a role in the organisation.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct RoleMappingExplained {
    /// The mapping.
    pub mapping_id: MappingId,
    /// What it gives.
    pub role: OrgRole,
    /// Whether it counts.
    pub outcome: OutcomeWord,
    /// What stops it.
    pub obstacles: Vec<Obstacle>,
    /// How the person is in the group: from the person's own group up to the mapped one.
    pub through: Vec<Step>,
    /// Since when the mapping says so.
    pub since: Timestamp,
    /// By which request.
    pub cause: Option<Origin>,
}

/// One workspace.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceExplained {
    /// Its id.
    pub workspace_id: WorkspaceId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Since when it is archived.
    pub archived_at: Option<Timestamp>,
    /// The outcome; absent when the person is not in it.
    pub role: Option<WorkspaceRole>,
    /// Whether only a hold keeps it so.
    pub by_hold: bool,
    /// Everything that speaks for the person being here.
    pub paths: Vec<PathExplained>,
    /// Groups that are mapped to this workspace and that the person is not in: joining one would help.
    pub would_help: Vec<WouldHelp>,
}

/// What the rule did with a path, in a word.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWord {
    /// It gives the role that the person has.
    Decides,
    /// It counts, and something else gives more.
    Outranked,
    /// It does not count; the obstacles say why.
    Stopped,
}

/// What a path leads through.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum PathKind {
    /// A mapping that an administrator made.
    Mapping,
    /// A group that maps itself by its name.
    Pattern,
    /// By hand.
    Grant,
}

/// One way to a role.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct PathExplained {
    /// By what.
    #[serde(rename = "type")]
    pub kind: PathKind,
    /// What it gives, or would give.
    pub role: WorkspaceRole,
    /// Whether it counts.
    pub outcome: OutcomeWord,
    /// The higher role that another path gives, when this one is outranked.
    pub outranked_by: Option<WorkspaceRole>,
    /// What stops it.
    pub obstacles: Vec<Obstacle>,
    /// How the person is in the mapped group: from the person's own group up to it. Empty for a grant.
    pub through: Vec<Step>,
    /// The mapped group.
    pub group_id: Option<GroupId>,
    /// The mapping.
    pub mapping_id: Option<MappingId>,
    /// Since when the mapping or the grant says so.
    pub since: Timestamp,
    /// When a grant ends; never, if absent.
    pub expires_at: Option<Timestamp>,
    /// What it leaves then, for good.
    pub then_role: Option<WorkspaceRole>,
    /// By which request.
    pub cause: Option<Origin>,
}

/// A group that the person is in.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct GroupReached {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub group: String,
    /// How the person is in it.
    pub through: Vec<Step>,
}

/// A group whose people have a role in the workspace.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct WouldHelp {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub group: String,
    /// By what it is mapped.
    #[serde(rename = "type")]
    pub kind: PathKind,
    /// What it gives.
    pub role: WorkspaceRole,
    /// Whether its mapping is paused.
    pub paused: bool,
}

/// At most so many groups are named that would help.
const HELPFUL: u32 = 20;

/// Explains what a person has: in one workspace, or in all. `user` is an id or a `userName`. A constant number of
/// questions for each.
pub fn explain(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    user: &str,
    workspace: Option<&WorkspaceRef>,
) -> Result<Explanation, ExplainError> {
    let user = find_person(tx, org, user)?;
    let asked = match workspace {
        Some(given) => Some(
            find_workspace(tx, org, given)?
                .ok_or_else(|| ExplainError::UnknownWorkspace { given: given.to_string() })?,
        ),
        None => None,
    };
    let facts = Facts::of(tx, org, &user)?;
    let origins = Origins::of(tx, org, &facts.changes())?;
    let chains = Chains::new(user.id.0, &facts.steps, &origins);
    let mut workspaces = Vec::new();
    for place in facts.places(asked) {
        let mut explained = facts.workspace(&place, &chains, &origins);
        if workspace.is_some() {
            explained.would_help = would_help(tx, org, &place, &facts.steps)?;
        }
        workspaces.push(explained);
    }
    workspaces.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(Explanation {
        standing: facts.standing,
        hold: facts.hold.as_ref().map(|hold| hold_explained(hold, &origins)),
        org_role: facts.org_role(&user, &chains, &origins),
        workspaces,
        groups_without_effect: facts.without_effect(&chains),
        user: Person {
            id: user.id,
            user_name: user.facts.user_name,
            display_name: user.facts.display_name,
            email: user.facts.email,
        },
    })
}

fn find_person(tx: &mut (impl ReadTx + ?Sized), org: OrgId, given: &str) -> Result<User, ExplainError> {
    people::find_or_by_name(tx, org, given)?
        .ok_or_else(|| ExplainError::UnknownUser { given: given.to_owned() })
}

fn hold_explained(hold: &Hold, origins: &Origins) -> HoldExplained {
    HoldExplained {
        reason: hold.reason.as_str(),
        kept: hold.kept,
        since: hold.since,
        until: hold.until,
        cause: origins.find(Some(hold.change)),
    }
}

fn would_help(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    workspace: &Workspace,
    steps: &[GroupStep],
) -> StoreResult<Vec<WouldHelp>> {
    let filter = MappingFilter { workspace: Some(workspace.id), by_name: true, ..MappingFilter::default() };
    let mappings = tx.list_mappings(org, &filter, Slice { after: None, limit: HELPFUL })?;
    let others = mappings.into_iter().filter(|mapping| steps.iter().all(|step| step.group != mapping.group));
    let view = |mapping: crate::records::Mapping| WouldHelp {
        group_id: mapping.group,
        group: mapping.group_name,
        kind: kind_of(mapping.origin),
        role: mapping.role,
        paused: mapping.paused_at.is_some(),
    };
    Ok(others.map(view).collect())
}

/// What the store knows of one person.
struct Facts {
    standing: Standing,
    hold: Option<Hold>,
    paths: Vec<AccessPath>,
    steps: Vec<GroupStep>,
    role_mappings: Vec<RoleMapping>,
    /// What the person has now, by workspace.
    have: Vec<(WorkspaceId, WorkspaceRole)>,
}

impl Facts {
    fn of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, user: &User) -> StoreResult<Self> {
        let hold = tx.find_hold(org, user.id)?;
        let have = tx.workspaces_of(org, user.id)?;
        Ok(Self {
            standing: Standing {
                active: user.facts.active,
                outside: user.facts.outside,
                gone: user.gone_at.is_some(),
                held: hold.is_some(),
            },
            hold,
            paths: tx.paths_of(org, user.id)?,
            steps: tx.steps_above(org, MemberId::User(user.id))?,
            role_mappings: tx.role_mappings_for(org, user.id)?,
            have: have.into_iter().map(|place| (place.workspace_id, place.role)).collect(),
        })
    }

    /// The units of work that made things as they are.
    fn changes(&self) -> Vec<ChangeId> {
        let paths = self.paths.iter().filter_map(|path| path.change);
        let steps = self.steps.iter().map(|step| step.change);
        let mappings = self.role_mappings.iter().filter_map(|mapping| mapping.change);
        let hold = self.hold.iter().map(|hold| hold.change);
        let mut all: Vec<ChangeId> = paths.chain(steps).chain(mappings).chain(hold).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The workspaces to be explained.
    fn places(&self, asked: Option<Workspace>) -> Vec<Workspace> {
        if let Some(asked) = asked {
            return vec![asked];
        }
        let mut places: Vec<Workspace> = Vec::new();
        for path in &self.paths {
            if places.last().is_none_or(|last| last.id != path.workspace.id) {
                places.push(path.workspace.clone());
            }
        }
        places
    }

    fn workspace(&self, place: &Workspace, chains: &Chains<'_>, origins: &Origins) -> WorkspaceExplained {
        let paths: Vec<AccessPath> =
            self.paths.iter().filter(|path| path.workspace.id == place.id).cloned().collect();
        let have = self.have.iter().find(|(workspace, _)| *workspace == place.id).map(|(_, role)| *role);
        let weighed = weigh(self.standing, &paths, have.filter(|_| place.archived_at.is_none()));
        let explained = paths.into_iter().zip(weighed.outcomes);
        WorkspaceExplained {
            workspace_id: place.id,
            slug: place.slug.clone(),
            name: place.name.clone(),
            archived_at: place.archived_at,
            role: weighed.role,
            by_hold: weighed.by_hold,
            paths: explained.map(|(path, outcome)| path_explained(path, outcome, chains, origins)).collect(),
            would_help: Vec::new(),
        }
    }

    fn org_role(&self, user: &User, chains: &Chains<'_>, origins: &Origins) -> OrgRoleExplained {
        let in_force = self.role_mappings.iter().filter(|mapping| mapping.paused_at.is_none());
        let mapped: Vec<OrgRole> = in_force.map(|mapping| mapping.role).collect();
        let (given, have) = (user.facts.org_role, user.org_role);
        let role = resolve_org_role(self.standing, given, mapped.iter().copied(), have);
        let free = Standing { held: false, ..self.standing };
        let explained = |mapping: &RoleMapping| {
            let obstacles = self.role_obstacles(mapping);
            RoleMappingExplained {
                mapping_id: mapping.id,
                role: mapping.role,
                outcome: match (obstacles.is_empty(), mapping.role == role) {
                    (false, _) => OutcomeWord::Stopped,
                    (true, true) => OutcomeWord::Decides,
                    (true, false) => OutcomeWord::Outranked,
                },
                obstacles,
                through: chains.to(mapping.group),
                since: mapping.created_at,
                cause: origins.find(mapping.change),
            }
        };
        OrgRoleExplained {
            role,
            given,
            by_hold: role != resolve_org_role(free, given, mapped, have),
            mappings: self.role_mappings.iter().map(explained).collect(),
        }
    }

    fn role_obstacles(&self, mapping: &RoleMapping) -> Vec<Obstacle> {
        let Standing { active, outside, gone, .. } = self.standing;
        [
            (gone, Obstacle::Gone),
            (!active, Obstacle::Inactive),
            (outside, Obstacle::UnverifiedDomain),
            (mapping.paused_at.is_some(), Obstacle::PausedMapping),
        ]
        .into_iter()
        .filter_map(|(is_so, obstacle)| is_so.then_some(obstacle))
        .collect()
    }

    /// Groups that give nothing by themselves. Those that another group leads through on the way to a mapped one count.
    fn without_effect(&self, chains: &Chains<'_>) -> Vec<GroupReached> {
        let mapped = self.paths.iter().filter_map(|path| match &path.via {
            Via::Mapping { group, .. } => Some(*group),
            Via::Grant { .. } => None,
        });
        let useful: Vec<GroupId> = mapped
            .chain(self.role_mappings.iter().map(|mapping| mapping.group))
            .flat_map(|group| chains.to(group).into_iter().map(|step| step.group_id))
            .collect();
        let mut idle: Vec<GroupReached> = Vec::new();
        for step in &self.steps {
            if !useful.contains(&step.group) && idle.iter().all(|other| other.group_id != step.group) {
                let through = chains.to(step.group);
                idle.push(GroupReached { group_id: step.group, group: step.group_name.clone(), through });
            }
        }
        idle.sort_by(|a, b| (&a.group, a.group_id).cmp(&(&b.group, b.group_id)));
        idle
    }
}

fn kind_of(origin: MappingOrigin) -> PathKind {
    match origin {
        MappingOrigin::Admin => PathKind::Mapping,
        MappingOrigin::Pattern => PathKind::Pattern,
    }
}

fn path_explained(
    path: AccessPath,
    outcome: Outcome,
    chains: &Chains<'_>,
    origins: &Origins,
) -> PathExplained {
    let (outcome, outranked_by, obstacles) = match outcome {
        Outcome::Decides => (OutcomeWord::Decides, None, Vec::new()),
        Outcome::Outranked { by } => (OutcomeWord::Outranked, Some(by), Vec::new()),
        Outcome::Stopped(obstacles) => (OutcomeWord::Stopped, None, obstacles),
    };
    let (kind, group_id, mapping_id, expiry) = match path.via {
        Via::Grant { expiry } => (PathKind::Grant, None, None, expiry),
        Via::Mapping { group, mapping, origin, .. } => (kind_of(origin), Some(group), Some(mapping), None),
    };
    PathExplained {
        kind,
        role: path.role,
        outcome,
        outranked_by,
        obstacles,
        through: group_id.map(|group| chains.to(group)).unwrap_or_default(),
        group_id,
        mapping_id,
        since: path.since,
        expires_at: expiry.map(|expiry| expiry.at),
        then_role: expiry.and_then(|expiry| expiry.then),
        cause: origins.find(path.change),
    }
}

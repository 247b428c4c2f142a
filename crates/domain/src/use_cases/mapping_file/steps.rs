//! The steps from what is there to what shall be, as a person would write them, and how each is taken.

use std::fmt;

use super::{FileMapping, FileRole, FileWorkspace};
use crate::{
    name_rule::NameRule,
    pattern::NamePattern,
    ports::{StoreError, Tx},
    records::{Mapping, RoleMapping},
    role::{OrgRole, WorkspaceRole},
    use_cases::{
        Act,
        mappings::{self, GroupRef, MappingError, Members},
        role_mappings,
        settings::{self, SettingsError},
        workspaces::{self, WorkspaceError, WorkspaceRef},
    },
};

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A workspace is made.
    MakeWorkspace(FileWorkspace),
    /// A workspace is called otherwise.
    RenameWorkspace {
        /// Which.
        slug: String,
        /// What it was called.
        from: String,
        /// What it is called.
        to: String,
    },
    /// A workspace is archived.
    Archive(String),
    /// A workspace is restored.
    Restore(String),
    /// A workspace goes.
    RemoveWorkspace(String),
    /// Names are read by another pattern.
    Pattern {
        /// What it was.
        from: NamePattern,
        /// What it is.
        to: NamePattern,
    },
    /// Names are read by other rules.
    Rules {
        /// What they were.
        from: Vec<NameRule>,
        /// What they are.
        to: Vec<NameRule>,
    },
    /// A mapping is made.
    Map(FileMapping),
    /// A mapping gives something else, or is paused or resumed.
    ChangeMapping {
        /// As it was.
        before: Mapping,
        /// Where.
        workspace: String,
        /// Another role.
        role: WorkspaceRole,
        /// Whether it is paused.
        paused: bool,
    },
    /// A mapping goes.
    Unmap {
        /// As it was.
        before: Mapping,
        /// Where.
        workspace: String,
    },
    /// A group gives a role in the organisation.
    GiveRole(FileRole),
    /// A group gives another one, or is paused or resumed.
    ChangeRole {
        /// As it was.
        before: RoleMapping,
        /// Another role.
        role: OrgRole,
        /// Whether it is paused.
        paused: bool,
    },
    /// A group gives none any more.
    TakeRole(RoleMapping),
}

/// Why a step could not be taken. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum StepError {
    /// Of a mapping.
    #[error("{step}: {error}")]
    Mapping {
        /// Which step.
        step: String,
        /// Why.
        error: MappingError,
    },
    /// Of a workspace.
    #[error("{step}: {error}")]
    Workspace {
        /// Which step.
        step: String,
        /// Why.
        error: WorkspaceError,
    },
    /// Of the pattern or the rules.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the steps, in their order.
pub fn carry_out(tx: &mut dyn Tx, act: &Act<'_>, steps: &[Step]) -> Result<(), StepError> {
    steps.iter().try_for_each(|step| step.take(tx, act))
}

impl Step {
    fn take(&self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<(), StepError> {
        let workspace = |error: WorkspaceError| match error {
            WorkspaceError::Store(error) => error.into(),
            error => StepError::Workspace { step: self.to_string(), error },
        };
        let mapping = |error: MappingError| match error {
            MappingError::Store(error) => error.into(),
            error => StepError::Mapping { step: self.to_string(), error },
        };
        match self {
            Self::MakeWorkspace(wanted) => {
                workspaces::create(tx, act, &wanted.name, Some(&wanted.slug)).map_err(workspace)?;
                if wanted.archived {
                    workspaces::archive(tx, act, &at(&wanted.slug)).map_err(workspace)?;
                }
            }
            Self::RenameWorkspace { slug, to, .. } => {
                workspaces::update(tx, act, &at(slug), Some(to), None).map_err(workspace)?;
            }
            Self::Archive(slug) => drop(workspaces::archive(tx, act, &at(slug)).map_err(workspace)?),
            Self::Restore(slug) => drop(workspaces::restore(tx, act, &at(slug)).map_err(workspace)?),
            Self::RemoveWorkspace(slug) => workspaces::delete(tx, act, &at(slug)).map_err(workspace)?,
            Self::Pattern { to, .. } => {
                settings::change(tx, act, |settings| settings.pattern.clone_from(to))?;
            }
            Self::Rules { to, .. } => {
                settings::change(tx, act, |settings| settings.rules.clone_from(to))?;
            }
            Self::Map(wanted) => {
                let group = group_ref(&wanted.group, wanted.group_id.as_deref());
                let made = mappings::create(tx, act, &group, &at(&wanted.workspace), wanted.role);
                let id = made.map_err(mapping)?.id.to_string();
                if wanted.paused {
                    mappings::change(tx, act, &id, None, Some(true)).map_err(mapping)?;
                }
            }
            Self::ChangeMapping { before, role, paused, .. } => {
                mappings::change(tx, act, &before.id.to_string(), Some(*role), Some(*paused))
                    .map_err(mapping)?;
            }
            Self::Unmap { before, .. } => {
                mappings::delete(tx, act, &before.id.to_string(), Members::Leave).map_err(mapping)?;
            }
            Self::GiveRole(wanted) => {
                let group = group_ref(&wanted.group, wanted.group_id.as_deref());
                let made = role_mappings::create(tx, act, &group, wanted.role).map_err(mapping)?;
                if wanted.paused {
                    role_mappings::change(tx, act, &made.id.to_string(), None, Some(true))
                        .map_err(mapping)?;
                }
            }
            Self::ChangeRole { before, role, paused } => {
                role_mappings::change(tx, act, &before.id.to_string(), Some(*role), Some(*paused))
                    .map_err(mapping)?;
            }
            Self::TakeRole(before) => {
                role_mappings::delete(tx, act, &before.id.to_string()).map_err(mapping)?;
            }
        }
        Ok(())
    }
}

fn at(slug: &str) -> WorkspaceRef {
    WorkspaceRef(slug.to_owned())
}

fn group_ref(name: &str, id: Option<&str>) -> GroupRef {
    match id {
        Some(id) => GroupRef::Id(id.to_owned()),
        None => GroupRef::Name(name.to_owned()),
    }
}

fn paused(yes: bool) -> &'static str {
    if yes { ", paused" } else { "" }
}

/// `member → admin`, `admin, paused`
fn moved(f: &mut fmt::Formatter<'_>, old: (&str, bool), new: (&str, bool)) -> fmt::Result {
    if old.0 == new.0 {
        f.write_str(new.0)?
    } else {
        write!(f, "{} → {}", old.0, new.0)?
    }
    match (old.1, new.1) {
        (false, true) => f.write_str(", paused"),
        (true, false) => f.write_str(", resumed"),
        _ => Ok(()),
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MakeWorkspace(FileWorkspace { slug, name, archived }) => {
                write!(f, "+ workspace {slug}: {name}{}", if *archived { ", archived" } else { "" })
            }
            Self::RenameWorkspace { slug, from, to } => write!(f, "~ workspace {slug}: {from} → {to}"),
            Self::Archive(slug) => write!(f, "~ workspace {slug}: archived"),
            Self::Restore(slug) => write!(f, "~ workspace {slug}: restored"),
            Self::RemoveWorkspace(slug) => write!(f, "- workspace {slug}"),
            Self::Pattern { from, to } => write!(f, "~ pattern: {} → {}", shape(from), shape(to)),
            Self::Rules { from, to } => rules(f, from, to),
            Self::Map(wanted) => {
                let FileMapping { group, workspace, role, .. } = wanted;
                write!(f, "+ {group} → {workspace} as {role}{}", paused(wanted.paused))
            }
            Self::ChangeMapping { before, workspace, role, paused } => {
                write!(f, "~ {} → {workspace}: ", before.group_name)?;
                let old = (before.role.as_str(), before.paused_at.is_some());
                moved(f, old, (role.as_str(), *paused))
            }
            Self::Unmap { before, workspace } => {
                write!(f, "- {} → {workspace} as {}", before.group_name, before.role)
            }
            Self::GiveRole(wanted) => {
                write!(f, "+ {} → {} in the organisation{}", wanted.group, wanted.role, paused(wanted.paused))
            }
            Self::ChangeRole { before, role, paused } => {
                write!(f, "~ {} in the organisation: ", before.group_name)?;
                let old = (before.role.as_str(), before.paused_at.is_some());
                moved(f, old, (role.as_str(), *paused))
            }
            Self::TakeRole(before) => {
                write!(f, "- {} → {} in the organisation", before.group_name, before.role)
            }
        }
    }
}

fn shape(pattern: &NamePattern) -> String {
    let NamePattern { enabled, prefix, role_separator, create_workspaces } = pattern;
    let off = if *enabled { "" } else { ", off" };
    let leaves = if *create_workspaces { "" } else { ", makes no workspaces" };
    format!("{prefix}{{workspace}}{role_separator}{{role}}{off}{leaves}")
}

/// One line for each that goes and comes; where they only change places, that.
fn rules(f: &mut fmt::Formatter<'_>, from: &[NameRule], to: &[NameRule]) -> fmt::Result {
    let gone = from.iter().filter(|rule| !to.contains(rule)).map(|rule| ('-', rule));
    let new = to.iter().filter(|rule| !from.contains(rule)).map(|rule| ('+', rule));
    let lines: Vec<String> = gone
        .chain(new)
        .map(|(sign, NameRule { pattern, workspace, role })| {
            let place = workspace.as_ref().map(|place| format!(" → {place}")).unwrap_or_default();
            let role = role.map(|role| format!(" as {role}")).unwrap_or_default();
            format!("{sign} rule {pattern}{place}{role}")
        })
        .collect();
    f.write_str(&if lines.is_empty() { "~ rules: in another order".to_owned() } else { lines.join("\n") })
}

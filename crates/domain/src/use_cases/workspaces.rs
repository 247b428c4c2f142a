//! Workspaces, and memberships given by hand.

mod grants;
#[cfg(test)]
mod tests;

pub use grants::{change_grant, end_due, give, take_back};
pub(super) use grants::{keep_beside, put as put_grant, told as grant_told};

use std::{collections::BTreeSet, fmt};

use rolecall_scim::index::fold;
use serde_json::{Value, json};

use super::{
    Act, mappings,
    names::{self, MissingWorkspace},
};
use crate::{
    event::{Changed, EventKind, NewEvent},
    grant::{BadGrant, Grant},
    ids::{GroupId, OrgId, WorkspaceId},
    pattern::MAX_SLUG_CHARS,
    ports::{MappingFilter, ReadTx, Scope, Slice, StoreError, StoreResult, Tx, Unique},
    records::Workspace,
    undo::Removal,
};

/// How a request names a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkspaceRef(pub String);

impl fmt::Display for WorkspaceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The workspace of that id or slug. A slug never looks like an id (see [`SlugError`]), so there is no doubt.
pub fn find_workspace(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &WorkspaceRef,
) -> StoreResult<Option<Workspace>> {
    match WorkspaceId::parse(&given.0) {
        Some(id) => tx.find_workspace(org, id),
        None => tx.find_workspace_by_slug(org, &fold(&given.0)),
    }
}

/// Why a slug is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "slug `{given}` must be 1 to 64 lower-case letters, digits and `-`, starting with a letter or digit, and no id"
)]
pub struct SlugError {
    /// As given.
    pub given: String,
}

/// Checks a slug that somebody chose.
pub fn check_slug(given: &str) -> Result<(), SlugError> {
    let fits = (1..=MAX_SLUG_CHARS).contains(&given.chars().count())
        && !given.starts_with('-')
        && given
            .chars()
            .all(|c| c == '-' || (c.is_alphanumeric() && fold(c.encode_utf8(&mut [0; 4])) == c.to_string()))
        && uuid::Uuid::parse_str(given).is_err();
    if fits { Ok(()) } else { Err(SlugError { given: given.to_owned() }) }
}

/// Why a workspace or a grant was not made, changed or removed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// No such workspace.
    #[error("workspace `{given}` does not exist")]
    Unknown {
        /// As given.
        given: String,
    },
    /// An empty or overlong name.
    #[error("name must have 1 to 255 characters")]
    BadName,
    /// A slug that is none.
    #[error(transparent)]
    BadSlug(#[from] SlugError),
    /// Another workspace has the name or slug.
    #[error("a workspace of {field} `{value}` exists already")]
    Taken {
        /// `name` or `slug`.
        field: Unique,
        /// The value.
        value: String,
    },
    /// No such person.
    #[error("user `{given}` does not exist; GET /v1/admin/users lists those that do")]
    UnknownUser {
        /// As given.
        given: String,
    },
    /// The person has another grant.
    #[error(
        "this person already has a manual grant of {existing}; change it (PUT, `rolecall grant change`), or take it back first"
    )]
    GrantExists {
        /// What it gives.
        existing: Grant,
    },
    /// A grant that cannot be given.
    #[error(transparent)]
    BadGrant(#[from] BadGrant),
    /// The connection that owns the person is locked.
    #[error(
        "connection `{connection}` owns this person and is locked: change what they have in its identity provider, or turn off \
         `lock` of the connection"
    )]
    Locked {
        /// Its name.
        connection: String,
    },
    /// The person has no grant to change or to take away.
    #[error(
        "this person has no manual grant in this workspace; what groups give is changed in the directory or in the mappings"
    )]
    NoGrant,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a workspace. Without a slug it gets one made from its name. Groups whose names ask for it are mapped at once.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    name: &str,
    slug: Option<&str>,
) -> Result<Workspace, WorkspaceError> {
    let name = check_name(name)?;
    let slug = match slug {
        Some(slug) => {
            check_slug(slug)?;
            slug.to_owned()
        }
        None => names::free_slug(tx, act, &name)?,
    };
    let workspace = Workspace {
        id: WorkspaceId(act.ids.next()),
        name,
        slug,
        created_at: act.cause.at,
        updated_at: act.cause.at,
        archived_at: None,
    };
    tx.insert_workspace(act.org, &workspace).map_err(|error| taken(error, &workspace))?;
    let event = NewEvent::new(EventKind::WorkspaceCreated).workspace(workspace.id).subject(&*workspace.name);
    tx.push_events(act.org, &act.cause, &[event])?;
    follow_names(tx, act, &keys_of(&workspace))?;
    Ok(workspace)
}

/// Renames a workspace. Groups that asked for the old name and not for the new one lose it; nobody else notices.
pub fn update(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    name: Option<&str>,
    slug: Option<&str>,
) -> Result<Workspace, WorkspaceError> {
    let before = find(tx, act, given)?;
    let mut workspace = before.clone();
    if let Some(name) = name {
        workspace.name = check_name(name)?;
    }
    if let Some(slug) = slug {
        check_slug(slug)?;
        workspace.slug = slug.to_owned();
    }
    if workspace == before {
        return Ok(before);
    }
    workspace.updated_at = act.cause.at;
    tx.update_workspace(act.org, &workspace).map_err(|error| taken(error, &workspace))?;
    tx.push_events(act.org, &act.cause, &[updated(&before, &workspace)])?;
    let mut keys = keys_of(&workspace);
    keys.extend(keys_of(&before));
    follow_names(tx, act, &keys)?;
    Ok(workspace)
}

/// Archives a workspace: nobody is in it any more, and everything that speaks for somebody waits until it is restored.
pub fn archive(tx: &mut dyn Tx, act: &Act<'_>, given: &WorkspaceRef) -> Result<Workspace, WorkspaceError> {
    put_away(tx, act, given, true)
}

/// Takes an archived workspace into use again: who would be in it by now is in it.
pub fn restore(tx: &mut dyn Tx, act: &Act<'_>, given: &WorkspaceRef) -> Result<Workspace, WorkspaceError> {
    put_away(tx, act, given, false)
}

fn put_away(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &WorkspaceRef,
    archived: bool,
) -> Result<Workspace, WorkspaceError> {
    let before = find(tx, act, given)?;
    if before.archived_at.is_some() == archived {
        return Ok(before);
    }
    let workspace = Workspace { archived_at: archived.then_some(act.cause.at), ..before.clone() };
    tx.update_workspace(act.org, &workspace)?;
    tx.push_events(act.org, &act.cause, &[updated(&before, &workspace)])?;
    tx.recompute(act.org, &act.cause, &Scope::Workspace(workspace.id))?;
    Ok(workspace)
}

/// Removes a workspace: everybody leaves it, then it goes, with its mappings and grants.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, given: &WorkspaceRef) -> Result<(), WorkspaceError> {
    let workspace = find(tx, act, given)?;
    let mapped = groups_mapped_to(tx, act, workspace.id)?;
    let document = fields(&workspace).to_string();
    let removal = Removal::Workspace { id: workspace.id, created_at: workspace.created_at, document };
    tx.keep_removed(act.org, &act.cause, &removal)?;
    tx.clear_workspace(act.org, workspace.id)?;
    tx.recompute(act.org, &act.cause, &Scope::Workspace(workspace.id))?;
    tx.delete_workspace(act.org, workspace.id)?;
    let event = NewEvent::new(EventKind::WorkspaceDeleted).workspace(workspace.id).subject(&*workspace.name);
    tx.push_events(act.org, &act.cause, &[event])?;
    for id in mapped {
        if let Some(group) = tx.find_group(act.org, id)? {
            // A group whose name asks for this workspace does not bring it back.
            mappings::release(tx, act, &group, MissingWorkspace::Leave)?;
        }
    }
    // Another workspace may answer to the same name.
    follow_names(tx, act, &keys_of(&workspace))?;
    Ok(())
}

/// What of a workspace can change, as events say it.
pub(super) fn fields(workspace: &Workspace) -> Value {
    json!({"name": workspace.name, "slug": workspace.slug, "archived": workspace.archived_at.is_some()})
}

/// What an event says of a workspace that is not as it was.
pub(super) fn updated(before: &Workspace, after: &Workspace) -> NewEvent {
    NewEvent::new(EventKind::WorkspaceUpdated)
        .workspace(after.id)
        .subject(&*after.name)
        .changed(Changed::between(fields(before), fields(after)))
}

/// Reads again the names of the groups that ask for a workspace under one of these keys.
fn follow_names(tx: &mut dyn Tx, act: &Act<'_>, keys: &[String]) -> StoreResult<()> {
    let settings = tx.settings(act.org)?;
    let mut changed = Vec::new();
    for group in tx.groups_asking_for(act.org, keys)? {
        if names::follow(tx, act, &settings, &group, MissingWorkspace::Leave)? {
            changed.push(group.id);
        }
    }
    if !changed.is_empty() {
        tx.recompute(act.org, &act.cause, &Scope::Groups(changed))?;
    }
    Ok(())
}

fn groups_mapped_to(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    workspace: WorkspaceId,
) -> StoreResult<BTreeSet<GroupId>> {
    const PAGE: u32 = 500;
    let filter = MappingFilter { workspace: Some(workspace), ..MappingFilter::default() };
    let (mut groups, mut after) = (BTreeSet::new(), None);
    loop {
        let page = tx.list_mappings(act.org, &filter, Slice { after, limit: PAGE })?;
        groups.extend(page.iter().map(|mapping| mapping.group));
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => return Ok(groups),
        }
    }
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, given: &WorkspaceRef) -> Result<Workspace, WorkspaceError> {
    find_workspace(tx, act.org, given)?.ok_or_else(|| WorkspaceError::Unknown { given: given.to_string() })
}

/// What groups' names ask for it by.
pub(super) fn keys_of(workspace: &Workspace) -> Vec<String> {
    vec![workspace.slug.clone(), fold(&workspace.name)]
}

fn check_name(name: &str) -> Result<String, WorkspaceError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 255 {
        Err(WorkspaceError::BadName)
    } else {
        Ok(name.to_owned())
    }
}

fn taken(error: StoreError, workspace: &Workspace) -> WorkspaceError {
    match error {
        StoreError::Taken(field @ Unique::WorkspaceName) => {
            WorkspaceError::Taken { field, value: workspace.name.clone() }
        }
        StoreError::Taken(field @ Unique::WorkspaceSlug) => {
            WorkspaceError::Taken { field, value: workspace.slug.clone() }
        }
        other => other.into(),
    }
}

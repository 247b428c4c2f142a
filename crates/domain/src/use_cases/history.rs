//! Who had access when, and how a person who is gone is forgotten.

#[cfg(test)]
mod tests;

use super::{
    Act, people,
    workspaces::{WorkspaceRef, find_workspace},
};
use crate::{
    event::{EventKind, NewEvent},
    history::{Actors, Tenure},
    ids::{OrgId, UserId, WorkspaceId},
    ports::{HistoryQuery, Names, ReadTx, Slice, StoreError, StoreResult, Tx},
    time::Moment,
};

/// Why the history was not shown, or a person not forgotten.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum HistoryError {
    /// A name that nobody has now.
    #[error("nobody is called `{given}`; give the id of somebody who is gone: events show it")]
    UnknownUser {
        /// As given.
        given: String,
    },
    /// A slug that no workspace has now.
    #[error("workspace `{given}` does not exist; give the id of one that is gone: events show it")]
    UnknownWorkspace {
        /// As given.
        given: String,
    },
    /// The person is there.
    #[error(
        "user {user} still exists; remove the person in the directory, or by DELETE at its SCIM address, and then forget the name"
    )]
    StillThere {
        /// Who.
        user: UserId,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which part of the history, as it is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Id, or `userName` of somebody who is there.
    pub user: Option<String>,
    /// Id, or slug of one that is there.
    pub workspace: Option<WorkspaceRef>,
    /// What held then.
    pub at: Option<Moment>,
    /// What still held then, or began later.
    pub since: Option<Moment>,
    /// What had begun by then.
    pub until: Option<Moment>,
}

/// Finds what is meant. A day alone counts whole: `at` is its end, `since` its beginning, `until` its end.
pub fn query(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    wanted: &Wanted,
) -> Result<HistoryQuery, HistoryError> {
    let query = HistoryQuery {
        user: wanted.user.as_deref().map(|given| find_user(tx, org, given)).transpose()?,
        workspace: wanted.workspace.as_ref().map(|given| find_place(tx, org, given)).transpose()?,
        since: wanted.since.map(|moment| moment.first),
        until: wanted.until.map(|moment| moment.last),
    };
    Ok(wanted.at.map_or(query, |moment| query.at(moment.last)))
}

/// A page of the history, with the names that are in it.
pub fn page(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    query: &HistoryQuery,
    slice: Slice<i64>,
) -> StoreResult<(Vec<Tenure>, Names)> {
    let tenures = tx.tenures(org, query, slice)?;
    let mut users: Vec<UserId> = tenures.iter().map(|tenure| tenure.user).collect();
    let mut workspaces: Vec<WorkspaceId> = tenures.iter().filter_map(|tenure| tenure.workspace).collect();
    users.sort_unstable();
    users.dedup();
    workspaces.sort_unstable();
    workspaces.dedup();
    let names = tx.names_of(org, &users, &workspaces)?;
    Ok((tenures, names))
}

/// What the organisation's tokens, keys and connections are called.
pub fn actors(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Actors> {
    Ok(Actors {
        connections: tx.list_connections(org)?,
        tokens: tx.list_tokens(org)?,
        keys: tx.list_api_keys(org)?,
        administrators: tx.list_administrators(org)?,
        links: tx.list_connect_links(org)?,
    })
}

/// Erases the name of a person who is gone, for privacy law: from the events. What
/// the person had, and when, stays under the id.
pub fn forget(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<UserId, HistoryError> {
    let unknown = || HistoryError::UnknownUser { given: given.to_owned() };
    // A name forgotten is the name of all whom the person was.
    let user = people::find_ever(tx, act.org, given)?.ok_or_else(unknown)?;
    if tx.find_user(act.org, user)?.is_some() {
        return Err(HistoryError::StillThere { user });
    }
    let all = HistoryQuery { user: Some(user), ..HistoryQuery::default() };
    if tx.tenures(act.org, &all, Slice { after: None, limit: 1 })?.is_empty() {
        return Err(unknown());
    }
    let mut all = tx.former_ids(act.org, user)?;
    all.push(user);
    for id in &all {
        tx.forget_person(act.org, *id)?;
    }
    let events: Vec<NewEvent> =
        all.iter().map(|id| NewEvent::new(EventKind::UserForgotten).user(*id)).collect();
    tx.push_events(act.org, &act.cause, &events)?;
    Ok(user)
}

fn find_user(tx: &mut (impl ReadTx + ?Sized), org: OrgId, given: &str) -> Result<UserId, HistoryError> {
    // Perhaps of somebody who is gone.
    let found = people::find_ever(tx, org, given)?;
    found.ok_or_else(|| HistoryError::UnknownUser { given: given.to_owned() })
}

/// A workspace that is there, or the id of one that is gone.
pub(super) fn find_place(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &WorkspaceRef,
) -> Result<WorkspaceId, HistoryError> {
    match (find_workspace(tx, org, given)?, WorkspaceId::parse(&given.0)) {
        (Some(workspace), _) => Ok(workspace.id),
        (None, Some(id)) => Ok(id),
        (None, None) => Err(HistoryError::UnknownWorkspace { given: given.to_string() }),
    }
}

//! Connections: how an IdP's feed is read.

#[cfg(test)]
mod tests;

use rolecall_scim::profile::Profile;

use super::Act;
use crate::{
    event::{EventKind, NewEvent},
    ids::ConnectionId,
    ports::{ReadTx, StoreError, Tx},
    records::Connection,
};

/// Why a connection was not changed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The connection is not there.
    #[error("the organisation has no connection `{given}`; it has {}", .known.join(", "))]
    Unknown {
        /// As given.
        given: String,
        /// The names that would have worked.
        known: Vec<String>,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes a connection's profile, which the next request of its IdP is read by. What is stored stays as it is.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    profile: Option<Profile>,
) -> Result<Connection, ConnectionError> {
    let before = require(tx, act, given)?;
    let profile = profile.unwrap_or(before.profile);
    if profile == before.profile {
        return Ok(before);
    }
    tx.update_connection(act.org, before.id, profile)?;
    let event = NewEvent::new(EventKind::ConnectionUpdated).subject(&*before.name);
    tx.push_events(act.org, &act.cause, &[event])?;
    Ok(Connection { profile, ..before })
}

/// By id, or by name.
fn require(
    tx: &mut (impl ReadTx + ?Sized),
    act: &Act<'_>,
    given: &str,
) -> Result<Connection, ConnectionError> {
    let all = tx.list_connections(act.org)?;
    let id = ConnectionId::parse(given);
    let found = all.iter().find(|one| Some(one.id) == id || one.name == given).cloned();
    found.ok_or_else(|| ConnectionError::Unknown {
        given: given.to_owned(),
        known: all.into_iter().map(|one| format!("`{}`", one.name)).collect(),
    })
}

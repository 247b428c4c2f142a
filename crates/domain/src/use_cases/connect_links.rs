//! Setup links: made and revoked by administrators, followed by whoever connects the identity provider. Who follows one may
//! make and revoke the tokens of its connection, and see that connection's requests; nothing else.

#[cfg(test)]
mod tests;

use std::{cmp::Reverse, sync::Arc};

use super::{
    Act,
    secrets::{self, SecretError},
};
use crate::{
    connect_link::ConnectLink,
    event::{EventKind, NewEvent},
    ids::{ChangeId, ConnectLinkId, ConnectionId, OrgId, TokenId},
    ports::{ReadTx, RequestFilter, StoreError, StoreResult, Tx},
    records::{Connection, Org, Token},
    request_log::{LoggedBodies, LoggedRequest},
    secret::{Secret, SecretHash, SecretKind},
    time::Timestamp,
};

/// How long a link works unless something else is asked.
pub const DEFAULT_DAYS: i64 = 7;
/// How long it works at most: a link is passed on by mail, and mail is kept.
pub const MOST_DAYS: i64 = 90;
/// So many of a connection's tokens are asked for their requests, the newest ones.
const TOKENS_ASKED: usize = 6;

/// Why a link was not made or revoked. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ConnectLinkError {
    /// An empty or overlong name.
    #[error("name must have 1 to 100 characters; say for whom the link is")]
    BadName,
    /// One that would never have worked, or for too long.
    #[error("the expiry {given} is not within the next {MOST_DAYS} days")]
    BadExpiry {
        /// As given.
        given: Timestamp,
    },
    /// The connection is not there.
    #[error("the organisation has no connection `{given}`")]
    UnknownConnection {
        /// As given.
        given: String,
    },
    /// No such link, or it is revoked already.
    #[error("setup link {given} does not exist, or is revoked already")]
    Unknown {
        /// As given.
        given: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a link opens nothing. Who knows its secret may be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeadLink {
    /// There is none of that secret, or none was presented.
    #[error(
        "this page opens by a setup link; follow the whole link that you were sent, or ask whoever sent it for another"
    )]
    Unknown,
    /// It was for a time.
    #[error("this setup link ended on {}; ask whoever sent it for another", .at.to_string().get(..10).unwrap_or_default())]
    Expired {
        /// When it stopped.
        at: Timestamp,
    },
    /// An administrator ended it.
    #[error(
        "this setup link was revoked by an administrator; ask whoever sent it for another if the set-up is not done"
    )]
    Revoked,
}

/// Who came by a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Guest {
    /// In this organisation.
    pub org: Org,
    /// For this connection.
    pub connection: Arc<Connection>,
    /// By this link.
    pub link: ConnectLink,
}

/// Makes a link to a connection. Without an expiry it works for [`DEFAULT_DAYS`].
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    connection: &str,
    name: &str,
    secret: &Secret,
    expires_at: Option<Timestamp>,
) -> Result<ConnectLink, ConnectLinkError> {
    let now = act.cause.at;
    let name = name.trim();
    if !(1..=100).contains(&name.chars().count()) {
        return Err(ConnectLinkError::BadName);
    }
    let expires_at = expires_at.unwrap_or_else(|| now.plus_days(DEFAULT_DAYS));
    if expires_at <= now || expires_at > now.plus_days(MOST_DAYS) {
        return Err(ConnectLinkError::BadExpiry { given: expires_at });
    }
    let connection = tx
        .find_connection(act.org, connection)?
        .filter(|id| !id.is_by_hand())
        .ok_or_else(|| ConnectLinkError::UnknownConnection { given: connection.to_owned() })?;
    let link = ConnectLink {
        id: ConnectLinkId(act.ids.next()),
        connection,
        name: name.to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        created_at: now,
        expires_at,
        revoked_at: None,
        opened_at: None,
    };
    tx.insert_connect_link(act.org, &link)?;
    tell(tx, act, EventKind::SetupLinkCreated, &link.name)?;
    Ok(link)
}

/// Revokes a link: whoever follows it, or is on its pages, is told so.
pub fn revoke(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), ConnectLinkError> {
    let unknown = || ConnectLinkError::Unknown { given: given.to_owned() };
    let id = ConnectLinkId::parse(given).ok_or_else(unknown)?;
    if !tx.revoke_connect_link(act.org, id, act.cause.at)? {
        return Err(unknown());
    }
    tell(tx, act, EventKind::SetupLinkRevoked, given)?;
    Ok(())
}

/// Who presents this secret in this organisation, or why nobody is let in by it.
pub fn recognise(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    presented: &str,
    now: Timestamp,
) -> StoreResult<Result<Guest, DeadLink>> {
    let Some(hash) = SecretHash::of_presented(SecretKind::ConnectLink, presented) else {
        return Ok(Err(DeadLink::Unknown));
    };
    let found = tx.find_connect_link(org, &hash)?.filter(|(_, _, link)| link.hash.matches(&hash));
    Ok(match found {
        None => Err(DeadLink::Unknown),
        Some((.., link)) if link.revoked_at.is_some() => Err(DeadLink::Revoked),
        Some((.., link)) if !link.is_live(now) => Err(DeadLink::Expired { at: link.expires_at }),
        Some((org, connection, link)) => Ok(Guest { org, connection: Arc::new(connection), link }),
    })
}

/// Notes that a guest followed the link; the first time is an event.
pub fn note_opened(tx: &mut dyn Tx, act: &Act<'_>, guest: &Guest) -> StoreResult<()> {
    tx.touch_connect_link(act.org, guest.link.id, act.cause.at)?;
    match guest.link.opened_at {
        None => tell(tx, act, EventKind::SetupLinkOpened, &guest.link.name),
        Some(_) => Ok(()),
    }
}

/// The tokens that a guest may see, oldest first.
pub fn tokens_of(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    connection: ConnectionId,
) -> StoreResult<Vec<Token>> {
    let all = tx.list_tokens(org)?;
    Ok(all.into_iter().filter(|token| token.connection == connection).collect())
}

/// Revokes a token of the guest's connection.
pub fn revoke_token(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    connection: ConnectionId,
    given: &str,
) -> Result<(), SecretError> {
    let own = tokens_of(tx, act.org, connection)?;
    if !own.iter().any(|token| Some(token.id) == TokenId::parse(given)) {
        return Err(SecretError::Unknown { kind: "token", given: given.to_owned() });
    }
    secrets::revoke_token(tx, act, given)
}

/// The latest requests that a guest may see: those of the connection's tokens, and those that were refused since they
/// presented no token of this organisation. Each list goes by an index, however many requests another connection sends.
pub fn requests_of(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    connection: ConnectionId,
    limit: u32,
) -> StoreResult<Vec<LoggedRequest>> {
    let tokens = tokens_of(tx, org, connection)?;
    let asked = tokens.iter().rev().take(TOKENS_ASKED);
    let mut filters: Vec<RequestFilter> =
        asked.map(|token| RequestFilter { token: Some(token.id), ..RequestFilter::default() }).collect();
    filters.push(RequestFilter { failed: Some(true), ..RequestFilter::default() });
    let mut found = Vec::new();
    for filter in filters {
        let requests = tx.list_requests(org, &filter, None, limit)?;
        found.extend(requests.into_iter().filter(|request| is_own(request, connection)));
    }
    found.sort_by_key(|request: &LoggedRequest| Reverse(request.id));
    found.dedup_by_key(|request| request.id);
    found.truncate(limit as usize);
    Ok(found)
}

/// The latest request by one of these tokens, let in or not. A statement for each of the newest of them.
pub fn last_heard(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    tokens: &[Token],
) -> StoreResult<Option<LoggedRequest>> {
    let mut last: Option<LoggedRequest> = None;
    for token in tokens.iter().rev().take(TOKENS_ASKED) {
        let filter = RequestFilter { token: Some(token.id), ..RequestFilter::default() };
        let latest = tx.list_requests(org, &filter, None, 1)?;
        last = last.into_iter().chain(latest).max_by_key(|request| request.id);
    }
    Ok(last)
}

/// One request, if a guest may see it.
pub fn find_request(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    connection: ConnectionId,
    id: ChangeId,
) -> StoreResult<Option<(LoggedRequest, LoggedBodies)>> {
    Ok(tx.find_request(org, id)?.filter(|(request, _)| is_own(request, connection)))
}

fn is_own(request: &LoggedRequest, connection: ConnectionId) -> bool {
    match request.connection {
        Some(of) => of == connection,
        // What the token endpoint could not read shows no token either, and is no 401.
        None => (request.refused.is_some() || request.asks_for_access()) && request.token.is_none(),
    }
}

fn tell(tx: &mut dyn Tx, act: &Act<'_>, kind: EventKind, subject: &str) -> StoreResult<()> {
    tx.push_events(act.org, &act.cause, &[NewEvent::new(kind).subject(subject)])
}

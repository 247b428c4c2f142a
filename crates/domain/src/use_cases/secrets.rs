//! Tokens and keys: made once, shown once, recognised by hash, revoked.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::json;

use super::Act;
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{ApiKeyId, TokenId},
    ports::{KnownToken, ReadTx, StoreError, StoreResult, TokenKey, Tx},
    records::{ApiKey, Connection, Org, Token},
    role::OrgRole,
    secret::{Secret, SecretHash, SecretKind, constant_time_eq},
    time::Timestamp,
    token_scope::TokenScopes,
};

/// Why a secret was not made or revoked. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SecretError {
    /// An empty or overlong name.
    #[error("name must have 1 to 100 characters")]
    BadName,
    /// One that would never have worked.
    #[error("the expiry {given} is not in the future")]
    AlreadyExpired {
        /// As given.
        given: Timestamp,
    },
    /// A key that could do nothing.
    #[error("an API key is of role owner or admin")]
    BadRole,
    /// No identity provider stands behind the connection.
    #[error(
        "connection `{given}` holds people whom no identity provider owns, and has no tokens; name another connection"
    )]
    ConnectionByHand {
        /// As given.
        given: String,
    },
    /// A token that could do nothing.
    #[error("a token needs at least one scope: users.read, users.write, groups.read, groups.write")]
    NoScope,
    /// The connection is not there.
    #[error("the organisation has no connection `{given}`")]
    UnknownConnection {
        /// As given.
        given: String,
    },
    /// No such token or key, or it is revoked already.
    #[error("{kind} {given} does not exist, or is revoked already")]
    Unknown {
        /// `token` or `API key`.
        kind: &'static str,
        /// As given.
        given: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an IdP's token lets it do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdpCaller {
    /// In this organisation.
    pub org: Org,
    /// For this connection.
    pub connection: Arc<Connection>,
    /// By this token.
    pub token: TokenId,
    /// What the token lets it do.
    pub scopes: TokenScopes,
}

/// What an administrator's key lets its program do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminCaller {
    /// In this organisation.
    pub org: Org,
    /// By this key.
    pub key: ApiKeyId,
    /// As this.
    pub role: OrgRole,
}

/// Who presents this at this organisation's address: a SCIM secret, or an access token that was issued for one and is
/// verified. `None` for everything that is not a live token of it, with nothing to tell one reason from another.
pub fn recognise_idp(
    tx: &mut (impl ReadTx + ?Sized),
    org_slug: &str,
    key: &TokenKey,
    now: Timestamp,
) -> Result<Option<IdpCaller>, StoreError> {
    let look = |key: &TokenKey| Ok(tx.find_token(org_slug, key)?.map(|known| (known, ())));
    Ok(recognise_idp_with(key, now, look)?.map(|(caller, ())| caller))
}

/// The same, where the token is looked up together with something else. What `look` finds beside a token is handed out to
/// those alone who hold that token, and it is live.
pub fn recognise_idp_with<T>(
    key: &TokenKey,
    now: Timestamp,
    look: impl FnOnce(&TokenKey) -> StoreResult<Option<(KnownToken, T)>>,
) -> Result<Option<(IdpCaller, T)>, StoreError> {
    let found = look(key)?.filter(|(known, _)| is_open(known, key, now));
    Ok(found.map(|((org, token, connection), beside)| (caller(org, &token, connection), beside)))
}

/// An OAuth 2.0 client that has shown who it is (RFC 6749 §2.3.1): the holder of a SCIM token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OAuthClient {
    /// What it may do.
    pub caller: IdpCaller,
    /// Until when the SCIM token is good.
    pub expires_at: Option<Timestamp>,
}

/// Whose `client_id` and `client_secret` these are at this organisation's address: the secret is that of a live SCIM
/// token, and the id its id or its name. The secret alone is looked for, so that a wrong id costs what a wrong secret does.
pub fn recognise_client(
    tx: &mut (impl ReadTx + ?Sized),
    org_slug: &str,
    client_id: &str,
    secret: &str,
    now: Timestamp,
) -> Result<Option<OAuthClient>, StoreError> {
    let Some(key) = TokenKey::of_secret(secret) else { return Ok(None) };
    let found = tx.find_token(org_slug, &key)?.filter(|known| is_open(known, &key, now));
    Ok(found.and_then(|(org, token, connection)| {
        let by_id = constant_time_eq(client_id, &token.id.to_string());
        let named = by_id | constant_time_eq(client_id, &token.name);
        let expires_at = token.expires_at;
        named.then(|| OAuthClient { caller: caller(org, &token, connection), expires_at })
    }))
}

impl TokenKey {
    /// By what the token of this secret is found; `None` when it cannot be one of ours.
    pub fn of_secret(presented: &str) -> Option<Self> {
        SecretHash::of_presented(SecretKind::Scim, presented).map(Self::Hash)
    }

    fn fits(&self, token: &Token) -> bool {
        match self {
            Self::Hash(hash) => token.hash.matches(hash),
            Self::Id(id) => token.id == *id,
        }
    }
}

/// Whether that token was looked for, and is live.
fn is_open((_, token, _): &KnownToken, key: &TokenKey, now: Timestamp) -> bool {
    is_live(token.expires_at, token.revoked_at, now) & key.fits(token)
}

fn caller(org: Org, token: &Token, connection: Connection) -> IdpCaller {
    IdpCaller { org, connection: Arc::new(connection), token: token.id, scopes: token.scopes }
}

/// Who presents the API key of this hash; the key names the organisation.
pub fn recognise_admin(
    tx: &mut (impl ReadTx + ?Sized),
    hash: &SecretHash,
    now: Timestamp,
) -> Result<Option<AdminCaller>, StoreError> {
    Ok(tx.find_api_key(hash)?.and_then(|(org, key)| {
        let live = is_live(key.expires_at, key.revoked_at, now) & key.hash.matches(hash);
        live.then_some(AdminCaller { org, key: key.id, role: key.role })
    }))
}

/// Makes a SCIM token of a connection, good for these scopes.
pub fn create_token(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    connection: &str,
    name: &str,
    scopes: TokenScopes,
    secret: &Secret,
    expires_at: Option<Timestamp>,
) -> Result<Token, SecretError> {
    check_name(name)?;
    check_expiry(expires_at, act.cause.at)?;
    if scopes == TokenScopes::NONE {
        return Err(SecretError::NoScope);
    }
    let given = connection.to_owned();
    let Some(connection) = tx.find_connection(act.org, connection)? else {
        return Err(SecretError::UnknownConnection { given });
    };
    if connection.is_by_hand() {
        return Err(SecretError::ConnectionByHand { given });
    }
    let token = Token {
        id: TokenId(act.ids.next()),
        connection,
        name: name.trim().to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        scopes,
        created_at: act.cause.at,
        expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    tx.insert_token(act.org, &token)?;
    let said = Changed::between(json!({}), json!({ "scopes": scopes }));
    let event = NewEvent::new(EventKind::TokenCreated).subject(&*token.name).changed(said);
    tx.push_events(act.org, &act.cause, &[event])?;
    Ok(token)
}

/// Revokes a SCIM token: the next request with it gets 401.
pub fn revoke_token(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), SecretError> {
    let unknown = || SecretError::Unknown { kind: "token", given: given.to_owned() };
    let id = TokenId::parse(given).ok_or_else(unknown)?;
    if !tx.revoke_token(act.org, id, act.cause.at)? {
        return Err(unknown());
    }
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::TokenRevoked).subject(given)])?;
    Ok(())
}

/// Makes a key of the admin API.
pub fn create_api_key(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    name: &str,
    role: OrgRole,
    secret: &Secret,
    expires_at: Option<Timestamp>,
) -> Result<ApiKey, SecretError> {
    check_name(name)?;
    check_expiry(expires_at, act.cause.at)?;
    if role < OrgRole::Admin {
        return Err(SecretError::BadRole);
    }
    let key = ApiKey {
        id: ApiKeyId(act.ids.next()),
        name: name.trim().to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        role,
        created_at: act.cause.at,
        expires_at,
        revoked_at: None,
    };
    tx.insert_api_key(act.org, &key)?;
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::ApiKeyCreated).subject(&*key.name)])?;
    Ok(key)
}

/// Revokes a key of the admin API.
pub fn revoke_api_key(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), SecretError> {
    let unknown = || SecretError::Unknown { kind: "API key", given: given.to_owned() };
    let id = ApiKeyId::parse(given).ok_or_else(unknown)?;
    if !tx.revoke_api_key(act.org, id, act.cause.at)? {
        return Err(unknown());
    }
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::ApiKeyRevoked).subject(given)])?;
    Ok(())
}

fn is_live(expires_at: Option<Timestamp>, revoked_at: Option<Timestamp>, now: Timestamp) -> bool {
    revoked_at.is_none() && expires_at.is_none_or(|at| now < at)
}

fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), SecretError> {
    match expires_at {
        Some(given) if given <= now => Err(SecretError::AlreadyExpired { given }),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), SecretError> {
    if (1..=100).contains(&name.trim().chars().count()) { Ok(()) } else { Err(SecretError::BadName) }
}

//! Which request made something so, and what its sender is called.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    event::{Actor, Cause},
    ids::{AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, OrgId, TokenId},
    ports::{ReadTx, StoreResult},
    time::Timestamp,
};

/// A request, as far as it left a trace.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its id, which its events carry, too.
    pub change_id: ChangeId,
    /// When.
    pub time: Timestamp,
    /// Who sent it.
    pub by: By,
}

/// Who sent a request, with names that may be gone by now.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum By {
    /// An identity provider.
    Idp {
        /// Its connection.
        connection_id: ConnectionId,
        /// What the connection is called.
        connection: Option<String>,
        /// The token that it presented.
        token_id: TokenId,
        /// What the token is called.
        token: Option<String>,
    },
    /// An administrator's program.
    ApiKey {
        /// The key that it presented.
        key_id: ApiKeyId,
        /// What the key is called.
        key: Option<String>,
    },
    /// An administrator in the console.
    Administrator {
        /// Who.
        administrator_id: AdministratorId,
        /// Their e-mail address.
        email: Option<String>,
    },
    /// Whoever holds a setup link.
    SetupLink {
        /// Which link.
        setup_link_id: ConnectLinkId,
        /// For whom it was made.
        setup_link: Option<String>,
    },
    /// Somebody at the server's command line.
    Operator,
    /// The server by itself, when the time of something had come.
    Server,
}

impl By {
    /// In a few words: `token "entra" of connection "default"`.
    pub fn words(&self) -> String {
        let known = |name: &Option<String>, id: String| name.as_ref().map_or(id, |name| format!("“{name}”"));
        match self {
            Self::Idp { connection_id, connection, token_id, token } => format!(
                "token {} of connection {}",
                known(token, token_id.to_string()),
                known(connection, connection_id.to_string())
            ),
            Self::ApiKey { key_id, key } => format!("API key {}", known(key, key_id.to_string())),
            Self::Administrator { administrator_id, email } => {
                format!("administrator {}", email.clone().unwrap_or_else(|| administrator_id.to_string()))
            }
            Self::SetupLink { setup_link_id, setup_link } => {
                format!("setup link {}", known(setup_link, setup_link_id.to_string()))
            }
            Self::Operator => "the operator at the command line".into(),
            Self::Server => "the server, when its time had come".into(),
        }
    }
}

/// The requests behind some units of work.
#[derive(Default)]
pub(super) struct Origins {
    by_change: BTreeMap<ChangeId, Origin>,
}

impl Origins {
    /// Looks them up, with the names of those who sent them. A constant number of statements.
    pub(super) fn of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, changes: &[ChangeId]) -> StoreResult<Self> {
        if changes.is_empty() {
            return Ok(Self::default());
        }
        let causes = tx.causes_of(org, changes)?;
        let names = Senders::of(tx, org, &causes)?;
        let origin = |cause: Cause| {
            (cause.change, Origin { change_id: cause.change, time: cause.at, by: names.name(cause.actor) })
        };
        Ok(Self { by_change: causes.into_iter().map(origin).collect() })
    }

    /// The request behind one; absent when it left no event, or was not noted.
    pub(super) fn find(&self, change: Option<ChangeId>) -> Option<Origin> {
        self.by_change.get(&change?).cloned()
    }
}

/// What senders are called.
#[derive(Default)]
struct Senders {
    connections: BTreeMap<ConnectionId, String>,
    tokens: BTreeMap<TokenId, String>,
    keys: BTreeMap<ApiKeyId, String>,
    administrators: BTreeMap<AdministratorId, String>,
    links: BTreeMap<ConnectLinkId, String>,
}

impl Senders {
    fn of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, causes: &[Cause]) -> StoreResult<Self> {
        let mut names = Self::default();
        if causes.iter().any(|cause| matches!(cause.actor, Actor::Idp { .. })) {
            names.connections = tx.list_connections(org)?.into_iter().map(|one| (one.id, one.name)).collect();
            names.tokens = tx.list_tokens(org)?.into_iter().map(|one| (one.id, one.name)).collect();
        }
        if causes.iter().any(|cause| matches!(cause.actor, Actor::ApiKey(_))) {
            names.keys = tx.list_api_keys(org)?.into_iter().map(|one| (one.id, one.name)).collect();
        }
        if causes.iter().any(|cause| matches!(cause.actor, Actor::Administrator(_))) {
            let all = tx.list_administrators(org)?;
            names.administrators = all.into_iter().map(|one| (one.id, one.email)).collect();
        }
        if causes.iter().any(|cause| matches!(cause.actor, Actor::SetupLink(_))) {
            names.links = tx.list_connect_links(org)?.into_iter().map(|one| (one.id, one.name)).collect();
        }
        Ok(names)
    }

    fn name(&self, actor: Actor) -> By {
        match actor {
            Actor::Idp { connection, token } => By::Idp {
                connection_id: connection,
                connection: self.connections.get(&connection).cloned(),
                token_id: token,
                token: self.tokens.get(&token).cloned(),
            },
            Actor::ApiKey(key) => By::ApiKey { key_id: key, key: self.keys.get(&key).cloned() },
            Actor::Administrator(id) => {
                By::Administrator { administrator_id: id, email: self.administrators.get(&id).cloned() }
            }
            Actor::SetupLink(id) => {
                By::SetupLink { setup_link_id: id, setup_link: self.links.get(&id).cloned() }
            }
            Actor::Operator => By::Operator,
            Actor::Server => By::Server,
        }
    }
}

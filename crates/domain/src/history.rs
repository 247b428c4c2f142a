//! Who had which role where, from when until when, and because of what: the events, read as spans of time.

use crate::{
    administrator::Administrator,
    connect_link::ConnectLink,
    event::Actor,
    ids::{ChangeId, ConnectionId, UserId, WorkspaceId},
    records::{ApiKey, Connection, Token},
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
};

/// The unit of work that began or ended something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CausedBy {
    /// When.
    pub at: Timestamp,
    /// Which unit of work.
    pub change: ChangeId,
    /// Who did it.
    pub actor: Actor,
}

/// A role that a person had for a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tenure {
    /// Place of the event that began it; spans are listed in this order.
    pub seq: i64,
    /// Whose.
    pub user: UserId,
    /// Where; the organisation, if absent.
    pub workspace: Option<WorkspaceId>,
    /// Rank of the role.
    pub rank: i16,
    /// Since when the person was there without a break, in whichever role.
    pub joined_at: Timestamp,
    /// What began it.
    pub from: CausedBy,
    /// What ended it; it still holds, if absent.
    pub to: Option<CausedBy>,
}

impl Tenure {
    /// The role's word.
    pub fn role(&self) -> &'static str {
        let word = match self.workspace {
            None => OrgRole::from_rank(self.rank).map(OrgRole::as_str),
            Some(_) => WorkspaceRole::from_rank(self.rank).map(WorkspaceRole::as_str),
        };
        word.unwrap_or("unknown")
    }
}

/// What actors are called. An organisation has few.
#[derive(Clone, Debug, Default)]
pub struct Actors {
    /// All connections.
    pub connections: Vec<Connection>,
    /// All tokens, the revoked ones, too.
    pub tokens: Vec<Token>,
    /// All keys, the revoked ones, too.
    pub keys: Vec<ApiKey>,
    /// All administrators of the console.
    pub administrators: Vec<Administrator>,
    /// All setup links, the revoked ones, too.
    pub links: Vec<ConnectLink>,
}

impl Actors {
    /// The actor in words: `directory default, token entra`.
    pub fn describe(&self, actor: &Actor) -> String {
        match actor {
            Actor::Idp { connection, token } => {
                let found = self.tokens.iter().find(|one| one.id == *token);
                let token = found.map_or_else(|| token.to_string(), |one| one.name.clone());
                format!("directory {}, token {token}", self.connection(*connection))
            }
            Actor::ApiKey(key) => {
                let found = self.keys.iter().find(|one| one.id == *key);
                format!("API key {}", found.map_or_else(|| key.to_string(), |one| one.name.clone()))
            }
            Actor::Administrator(id) => {
                let found = self.administrators.iter().find(|one| one.id == *id);
                format!("administrator {}", found.map_or_else(|| id.to_string(), |one| one.email.clone()))
            }
            Actor::SetupLink(id) => {
                let found = self.links.iter().find(|one| one.id == *id);
                format!("setup link {}", found.map_or_else(|| id.to_string(), |one| one.name.clone()))
            }
            Actor::Operator => "operator at the command line".to_owned(),
            Actor::Server => "the server, when its time had come".to_owned(),
        }
    }

    fn connection(&self, id: ConnectionId) -> String {
        let found = self.connections.iter().find(|one| one.id == id);
        found.map_or_else(|| id.to_string(), |one| one.name.clone())
    }
}

//! The questions: one file per port, one function per question, written once for both databases. A SCIM query is put
//! together by `page` from `filter` (which resources), `order` (in which order, after which) and `positions` (from which
//! place); `resource` says where each attribute is kept.
//!
//! A backend module (`crate::sqlite`) includes these files by path and says what `Conn`, `Db` and `dialect` are; what is
//! written here therefore compiles to concrete types for each. Look-ups by key are in Diesel's DSL; statements over sets
//! are SQL by hand (see `statement`), in the subset that both databases read alike:
//!
//! * `$n` values, `CAST(… AS SMALLINT)` around constants, `coalesce`, `IS DISTINCT FROM`, `ON CONFLICT`, `RETURNING`;
//! * `CROSS JOIN table t ON a = b AND c = d` where the order of the loops matters: SQLite keeps to it, and for PostgreSQL
//!   `dialect::spelled` makes it so;
//! * `AS MATERIALIZED` for what is read twice.

mod access;
mod administrators;
mod adoption;
mod by_token;
mod changes;
pub(crate) mod check;
mod connect_links;
pub(crate) mod events;
mod filter;
mod findings;
pub(crate) mod grants;
mod groups;
mod history;
mod holds;
mod in_groups;
mod keep;
mod matches;
mod order;
mod orgs;
mod page;
mod positions;
#[cfg(test)]
pub(crate) mod questions;
mod reach;
mod reasons;
pub(crate) mod recompute;
pub(crate) mod requests;
pub(crate) mod resource;
mod role_mappings;
mod search;
mod undo;
mod users;

use rolecall_domain::{
    ids::OrgId,
    ports::{StoreError, StoreResult, Unique},
};
use uuid::Uuid;

pub(crate) use super::statement::{Bind, Composed, Prepared, Statement, statement};
pub(crate) use super::{Conn, Db, Turn, dialect};

/// An open transaction. The ports are implemented on it.
pub(crate) struct Transaction<'c> {
    conn: &'c mut Conn,
    turn: Turn,
    broken: Option<StoreError>,
}

/// Why a question was not answered, before it is known what that means.
pub(crate) enum Failure {
    Query(diesel::result::Error),
    Store(StoreError),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<'c> Transaction<'c> {
    /// On a connection where one has begun.
    pub(crate) fn new(conn: &'c mut Conn) -> Self {
        Self::with(conn, Turn::default())
    }

    /// The same, where `turn` says what comes before a question.
    pub(crate) fn with(conn: &'c mut Conn, turn: Turn) -> Self {
        Self { conn, turn, broken: None }
    }

    /// What became of the turn.
    #[allow(dead_code, reason = "nothing to tell where every unit has its turn from the start")]
    pub(crate) fn into_turn(self) -> Turn {
        self.turn
    }

    /// What went wrong in it, if anything did that leaves it in doubt.
    pub(crate) fn broken(&self) -> Option<&StoreError> {
        self.broken.as_ref()
    }

    /// Asks something about an organisation; `None` where the question is who that is.
    fn ask<T>(
        &mut self,
        org: impl Into<Option<OrgId>>,
        question: impl FnOnce(&mut Conn) -> Result<T, Failure>,
    ) -> StoreResult<T> {
        self.ask_unique(org, &[], question)
    }

    /// Asks; `unique` says what it means when one of these indexes refuses.
    ///
    /// After any other error the transaction answers no more: a database may have rolled all of it back by itself
    /// (SQLite does when the disk is full), and what came after would then be kept on its own.
    fn ask_unique<T>(
        &mut self,
        org: impl Into<Option<OrgId>>,
        unique: &[(&str, Unique)],
        question: impl FnOnce(&mut Conn) -> Result<T, Failure>,
    ) -> StoreResult<T> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let may_be_refused = !unique.is_empty();
        let asked = self
            .turn
            .come(self.conn, org.into())
            .and_then(|()| self.turn.ask(self.conn, may_be_refused, question));
        asked.map_err(|failure| {
            let error = match failure {
                Failure::Query(error) => dialect::classify(error, unique),
                Failure::Store(error) => error,
            };
            if !matches!(error, StoreError::Taken(_)) {
                self.broken = Some(error.clone());
            }
            error
        })
    }
}

/// Where a page begins: after this id, or at the first. No id is nil, so "after nil" is everything.
fn after<Id>(after: Option<Id>, uuid: impl Fn(Id) -> Uuid) -> Uuid {
    after.map_or(Uuid::nil(), uuid)
}

/// What comes after every text that begins with `prefix`.
fn past(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// A count as the ports give it.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

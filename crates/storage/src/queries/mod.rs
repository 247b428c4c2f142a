//! The questions: one file per port, one function per question, written once for both databases. A SCIM query is put
//! together by `page` from `filter` (which resources), `order` (in which order, after which) and `positions` (from which
//! place); `resource` says where each attribute is kept.
//!
//! A backend module (`crate::sqlite`) includes these files by path and says what `Conn`, `Db` and `dialect` are; what is
//! written here therefore compiles to concrete types for each. Look-ups by key are in Diesel's DSL; statements over sets
//! are SQL by hand (see `statement`), in the subset that both databases read alike:
//!
//! * `$n` values, `CAST(… AS SMALLINT)` around constants, `coalesce`, `IS DISTINCT FROM`, `ON CONFLICT`, `RETURNING`;
//! * `CROSS JOIN` where the order of the loops matters: SQLite keeps to it, to PostgreSQL it is any join;
//! * `AS MATERIALIZED` for what is read twice.

mod access;
mod events;
mod filter;
mod groups;
mod order;
mod orgs;
mod page;
#[cfg(test)]
mod plans;
mod positions;
mod reach;
mod recompute;
mod resource;
mod users;

use rolecall_domain::ports::{StoreError, StoreResult, Unique};
use uuid::Uuid;

pub(crate) use super::statement::{Bind, Composed, Prepared, Statement, statement};
pub(crate) use super::{Conn, Db, dialect};

/// An open transaction. The ports are implemented on it.
pub(crate) struct Transaction<'c> {
    conn: &'c mut Conn,
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
        Self { conn, broken: None }
    }

    /// What went wrong in it, if anything did that leaves it in doubt.
    pub(crate) fn broken(&self) -> Option<&StoreError> {
        self.broken.as_ref()
    }

    fn ask<T>(&mut self, question: impl FnOnce(&mut Conn) -> Result<T, Failure>) -> StoreResult<T> {
        self.ask_unique(&[], question)
    }

    /// Asks; `unique` says what it means when one of these indexes refuses.
    ///
    /// After any other error the transaction answers no more: a database may have rolled all of it back by itself
    /// (SQLite does when the disk is full), and what came after would then be kept on its own.
    fn ask_unique<T>(
        &mut self,
        unique: &[(&str, Unique)],
        question: impl FnOnce(&mut Conn) -> Result<T, Failure>,
    ) -> StoreResult<T> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        question(self.conn).map_err(|failure| {
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

/// A count as the ports give it.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

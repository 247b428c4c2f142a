//! Rolecall's ports on Diesel: the only crate that knows SQL, that of SQLite and that of PostgreSQL.
//!
//! [`open`] takes a URL and gives a [`Database`]: the domain's `Store`, and what an operator asks of a database.
//!
//! # Where things are
//! * `migrations/` the tables, one folder per database; its README has the manners.
//! * `schema` the tables as Diesel knows them, `types` how ids and roles look in a column.
//! * `queries/` one file per port, one function per question, written once for all databases.
//! * `dialect/` what differs: connection settings, lists as values, JSON, errors. Nowhere else.
//! * `statement` SQL by hand that stays prepared; `pieces` its text, cut at the values.
//! * `sqlite/` how units of work get a connection: one writer that commits in batches, readers with snapshots.
//! * `check` what a check of derived rows finds; the questions are in `queries/check`.
//! * `copy/` moving everything from one database to another.
//! * `postgres/` the same with many writers: an organisation's writes follow each other, on all replicas.
//!
//! # Adding a question
//! 1. Put the method into a port of `rolecall_domain::ports`, with what it costs.
//! 2. Add a case to `tests/contract/`: what it answers, for whom, in which order.
//! 3. Write it in the file of its port in `queries/`: Diesel's DSL for a look-up, `statement!` for a
//!    statement over sets. An index that it needs comes with a new migration, for each database.
//! 4. If it can hit a unique index, name the index and its meaning at the statement (`ask_unique`).
//! 5. If it is on a hot path, add it to `queries/questions.rs`, whose query plans are read on each database.
//!
//! # Absent on purpose
//! Rules ("the highest role wins" is here only as the set-based twin in `queries/recompute`, held equal to
//! `domain::membership::resolve` by a property test), the clock, new ids, HTTP.

// The queries are compiled once for each database; see `queries`.
#![allow(clippy::duplicate_mod)]

// For what tests outside and inside of this crate share.
#[cfg(test)]
extern crate self as rolecall_storage;

mod check;
mod copy;
mod dialect;
mod open;
mod pieces;
pub mod postgres;
mod schema;
pub mod sqlite;
mod types;

pub use check::{Difference, Findings, Mending, Part};
pub use copy::{AnEnd, Contents, CopiedTable, CopyError, Progress, Step, copy};
pub use open::{
    Condition, Database, MigrateError, OpenError, Options, StandbyCondition, StandbyOptions, open,
};
pub use postgres::ReadCounts;

//! An identity provider to try a SCIM server with: it speaks as Entra, as Okta or as a strict RFC client.
//!
//! A company is invented from a seed, pushed in an initial cycle, then changed and pushed again in incremental
//! cycles (joiners, movers, leavers, renames, group moves). At the end everything is read back and compared with
//! the company's own directory. It works against any SCIM 2.0 server and needs nothing but its Tenant URL and secret.
//!
//! The core does no I/O: `cycle` decides what happened in the company, `dialect` says it through `exchange::Wire`,
//! `compare` looks at what the server holds. Only `client` opens a connection. This crate reads no environment and
//! no wall clock; the same seed and options give the same requests, in an order that only concurrency may vary.
//!
//! # Adding an identity provider
//! 1. Implement `dialect::Dialect` in a file of its own, with the source of each habit beside it.
//! 2. Say in its `Habits` what that product never does, so that no cycle asks for it.
//! 3. Give it a line in `cli::Provider`, and tests for the shape of each request.

pub mod cli;
mod client;
mod compare;
mod cycle;
mod dialect;
mod directory;
mod exchange;
#[cfg(test)]
mod fake;
mod intent;
mod links;
pub mod outcome;
mod pace;
mod push;
mod retry;
mod run;
mod session;
mod stats;

pub use outcome::Outcome;
pub use run::SimulateError;

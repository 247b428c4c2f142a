//! What Rolecall means: organisations, people, groups, workspaces and roles; the rules, and the use cases.
//!
//! Nothing here does I/O, reads a clock, makes an id or knows HTTP or SQL. A use case is a function over a
//! transaction ([`ports::Tx`]): it reads, asks a rule, writes, and records events, all of which is kept or
//! undone together.
//!
//! # Adding a use case
//! 1. Say in [`event`] what will have happened, if that is new.
//! 2. Write the rule as a pure function beside its kin (`role`, `pattern`, `membership`), with its tests.
//! 3. Name the questions it asks of the store in [`ports`], and add each to the storage contract suite.
//! 4. Write the function in [`use_cases`], with an error enum that has one variant per thing a caller would do
//!    differently.
//! 5. Let `api` or `server` translate: bytes in, use case, bytes out.

pub mod administrator;
pub mod connect_link;
pub mod effect;
pub mod event;
pub mod grant;
pub mod guard;
pub mod history;
pub mod ids;
pub mod membership;
pub mod name_rule;
pub mod password;
pub mod pattern;
pub mod ports;
pub mod records;
pub mod request_log;
pub mod role;
pub mod secret;
pub mod switches;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod token_scope;
pub mod undo;
pub mod use_cases;

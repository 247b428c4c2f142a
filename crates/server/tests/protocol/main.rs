//! SCIM 2.0 requirement by requirement, through the real binary. The line above a test names the requirements of
//! `docs/src/requirements/checklist.toml` that it shows to be met: `// scim: 76, 77`, or `// dialect: 4` for a
//! tolerance. `cargo xtask codegen` makes the table in `docs/src/requirements.md` of them.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../support/mod.rs"]
mod support;

mod tenant;

mod attributes;
mod basics;
mod bulk;
mod create;
mod cursors;
mod delete;
mod discovery;
mod errors;
mod extensions;
mod filters;
mod groups;
mod me;
mod paging;
mod patch;
mod patch_add;
mod patch_remove;
mod patch_replace;
mod projection;
mod put;
mod query;
mod read;
mod scopes;
mod search;
mod security;
mod sorting;
mod strict;
mod tolerances;
mod versions;

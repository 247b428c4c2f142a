//! What administrators and identity providers experience, through the real binary.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod adoption;
mod concurrency;
mod connections;
mod durability;
mod events;
mod explain;
mod grants;
mod groups;
mod guards;
mod history;
mod hostile;
mod mappings;
mod matches;
mod plans;
mod profiles;
mod requests;
mod schemas;
mod tenants;
mod undo;
mod versions;
mod workspaces;
mod world;
mod wrong_filter;

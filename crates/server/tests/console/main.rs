//! What administrators experience in the console, without JavaScript: plain HTTP, as a browser with scripts off sends it.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../journeys/world.rs"]
#[allow(dead_code, reason = "the journeys use the rest")]
mod world;

mod access_review;
mod browser;
mod connections;
mod directory;
mod events;
mod forms;
mod grants;
mod history;
mod imports;
mod lists;
mod mappings;
mod matches;
mod organisation;
mod permissions;
mod review;
mod schemas;
mod setup_links;
mod sign_in;
mod tokens;
mod why;

//! What administrators experience in the console, in a real Chromium with scripts on.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod browser;
mod journey;
mod pages;
mod product;
mod tour;

//! The pages, one file per part of the menu.

mod account;
mod administrators;
mod api_keys;
mod connect;
mod connection;
mod connections;
mod cycle;
mod events;
mod findings;
mod grants;
mod group;
mod groups;
mod guard;
mod history;
mod holds;
mod import;
mod mappings;
mod matches;
mod matching;
mod naming;
mod organisation;
mod overview;
mod people;
mod person;
mod provisioning;
mod reconcile;
mod requests;
mod review;
mod role_mappings;
mod schemas;
mod setup;
mod setup_links;
mod sign_in;
mod tokens;
mod undo;
mod why;
mod workspace;
mod workspaces;

use actix_web::{HttpResponse, http::header};

use crate::route::Route;

/// All of them.
pub(crate) const ROUTES: &[&[Route]] = &[
    sign_in::ROUTES,
    account::ROUTES,
    overview::ROUTES,
    people::ROUTES,
    person::ROUTES,
    why::ROUTES,
    history::ROUTES,
    groups::ROUTES,
    group::ROUTES,
    workspaces::ROUTES,
    workspace::ROUTES,
    grants::ROUTES,
    import::ROUTES,
    findings::ROUTES,
    holds::ROUTES,
    matches::ROUTES,
    matching::ROUTES,
    guard::ROUTES,
    undo::ROUTES,
    review::ROUTES,
    events::ROUTES,
    provisioning::ROUTES,
    mappings::ROUTES,
    role_mappings::ROUTES,
    naming::ROUTES,
    reconcile::ROUTES,
    tokens::ROUTES,
    connect::ROUTES,
    setup::ROUTES,
    setup_links::ROUTES,
    requests::ROUTES,
    connections::ROUTES,
    connection::ROUTES,
    schemas::ROUTES,
    api_keys::ROUTES,
    administrators::ROUTES,
    organisation::ROUTES,
];

/// `/` leads to the console.
pub(crate) async fn to_console() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/console/")).finish()
}

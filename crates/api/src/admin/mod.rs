//! The admin API under `/v1`: what an administrator's program asks, translated into use cases.
//!
//! # Adding a call
//! 1. Write the body, the answer and the handler beside their kin: the handler admits the caller first
//!    ([`call::Call::admit`]), then reads the body or the query, then runs one unit of work.
//! 2. Mount it in that file's `configure` and name it in [`crate::openapi`].
//! 3. `UPDATE=1 cargo test -p rolecall-api --test openapi` writes `openapi.json` again.

pub(crate) mod access;
pub(crate) mod api_keys;
pub(crate) mod connections;
pub(crate) mod events;
pub(crate) mod findings;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod imports;
pub(crate) mod mappings;
pub(crate) mod matches;
pub(crate) mod members;
pub(crate) mod organisation;
pub(crate) mod plan;
pub(crate) mod reconcile;
pub(crate) mod requests;
pub(crate) mod review;
pub(crate) mod role_mappings;
pub(crate) mod schemas;
pub(crate) mod settings;
pub(crate) mod setup_links;
pub(crate) mod tokens;
pub(crate) mod undo;
pub(crate) mod users;
pub(crate) mod workspaces;

mod answer;
mod attribute;
mod body;
mod call;
mod expiry;
mod explanation;
mod page;
mod parameters;
mod query;
pub(crate) mod refusal;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use actix_web::web;

use crate::problem::Problem;

/// Mounts everything under `/v1`.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/v1")
            .configure(mappings::configure)
            .configure(role_mappings::configure)
            .configure(reconcile::configure)
            .configure(settings::configure)
            .configure(organisation::configure)
            .configure(connections::configure)
            .configure(schemas::configure)
            .configure(holds::configure)
            .configure(groups::configure)
            .configure(tokens::configure)
            .configure(api_keys::configure)
            .configure(setup_links::configure)
            .configure(members::configure)
            .configure(workspaces::configure)
            .configure(users::configure)
            .configure(requests::configure)
            .configure(access::configure)
            .configure(findings::configure)
            .configure(events::configure)
            .configure(history::configure)
            .configure(review::configure)
            .configure(undo::configure)
            .configure(imports::configure)
            .configure(matches::configure)
            .default_service(web::to(nothing_here)),
    );
}

async fn nothing_here() -> answer::Answer {
    let detail = "there is nothing at this address; /openapi.json lists those that there are";
    Err(Problem::not_found(detail).into())
}

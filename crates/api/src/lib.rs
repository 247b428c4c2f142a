//! Rolecall over HTTP: SCIM for identity providers, the admin API for administrators' programs, health for operators.
//!
//! This crate translates: bytes in, use case, bytes out. It holds no rules, no SQL, and reads neither clock nor
//! environment; [`AppState`] brings what it needs.
//!
//! # Adding a call
//! 1. Find or write the use case in `rolecall-domain`.
//! 2. Add a handler to the file of its resource, in `scim/` or `admin/`: check who asks, read the request, run the use
//!    case in a unit of work, render the answer.
//! 3. Give each new variant of an error enum its status in `scim/failure.rs` or `problem.rs`; the compiler asks for it.
//! 4. Rewrite `openapi.json` (its test says how) and drive the call through the real binary in `crates/server/tests`.

mod admin;
mod auth;
mod directory;
mod endpoint;
mod health;
pub mod import;
pub mod mapping_text;
pub mod metrics;
pub mod oauth;
pub mod openapi;
mod problem;
mod rate_limit;
mod request;
mod request_log;
pub mod review;
mod schema_cache;
mod state;
mod token_use;
pub mod work;

pub mod scim;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

pub use admin::setup_links::setup_link_url;
pub use directory::IdpClient;
pub use endpoint::reads;
pub use rate_limit::RateLimit;
pub use request::{change_id, identify, query_pairs};
pub use request_log::{LogReceiver, RequestLog, body_size};
pub use schema_cache::SchemaCache;
pub use scim::ScimRoutes;
pub use state::{AppState, Limits};
pub use token_use::TokenUse;

/// Mounts everything. Wrap the application in [`identify`] so that every request has an id.
pub fn configure(state: AppState) -> impl FnOnce(&mut web::ServiceConfig) + Clone {
    move |config| {
        let routes = ScimRoutes {
            directory: Arc::new(state.clone()),
            clock: state.clock.clone(),
            ids: state.ids.clone(),
            public_url: state.public_url.clone(),
            limits: state.limits,
        };
        routes.configure_recorded(config);
        config.configure(oauth::configure).configure(admin::configure).configure(health::configure);
        config.default_service(web::to(nothing_here));
        config.app_data(web::Data::new(state));
    }
}

async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, problem::Problem> {
    Err(problem::Problem::not_found(format!(
        "nothing is at {}; SCIM is at /scim/{{organisation}}/v2, the admin API at /v1, its description at /openapi.json, the console at /console/",
        request.path()
    )))
}

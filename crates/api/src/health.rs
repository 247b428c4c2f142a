//! What operators ask a process: is it alive, can it serve, how is it doing, what is its API.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::StatusCode, web};
use rolecall_domain::ports::{ReadCost, StoreError};

use crate::{endpoint::Endpoint, metrics, openapi, problem::Problem, state::AppState, work};

/// Mounts `/health/live`, `/health/ready`, `/metrics` and `/openapi.json`.
pub(crate) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(Endpoint::at("/health/live").get(live).done())
        .service(Endpoint::at("/health/ready").get(ready).done())
        .service(Endpoint::at("/metrics").get(metrics::show).done())
        .service(Endpoint::at("/openapi.json").get(show_openapi).done());
}

/// The process answers. A supervisor restarts it when it does not; the database's state is no reason to.
#[utoipa::path(
    get, path = "/health/live", tag = "Operation", security(()),
    responses((status = 200, description = "The process answers", content_type = "text/plain", body = String))
)]
pub(crate) async fn live() -> HttpResponse {
    well()
}

/// The database is reachable and migrated. A load balancer sends no requests while it is not.
#[utoipa::path(
    get, path = "/health/ready", tag = "Operation", security(()),
    responses(
        (status = 200, description = "Ready to serve", content_type = "text/plain", body = String),
        (status = 503, description = "The database cannot be used", content_type = "application/problem+json", body = Problem),
    )
)]
pub(crate) async fn ready(state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    // No organisation has an empty slug: an indexed look-up that fails when the table is not there.
    work::read(&*state.store, ReadCost::Point, |tx| tx.find_org("").map(|_| ())).await.map_err(not_ready)?;
    Ok(well())
}

fn not_ready(reason: StoreError) -> Problem {
    tracing::warn!(%reason, "not ready: the database cannot be used");
    let detail = "the database is not reachable, or not migrated (`rolecall migrate`); the log says why";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
}

fn well() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .body("ok\n")
}

async fn show_openapi() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(openapi::document);
    HttpResponse::Ok().content_type("application/json").body(TEXT.as_str())
}

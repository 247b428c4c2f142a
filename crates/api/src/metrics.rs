//! How the process is doing, in numbers that Prometheus collects at `/metrics`.
//!
//! Labels are words from short lists, never a path, an organisation or a person: the number of series stays small
//! whatever is asked.

use std::{sync::Arc, time::Instant};

use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
    web,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::Registry,
};

use crate::{problem::Problem, state::AppState};

/// The numbers of this process. Every replica counts for itself; Prometheus adds up.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Request {
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::with(|_| {})
    }
}

impl Metrics {
    /// The numbers of requests, and those that `more` registers: of workers, of the store.
    pub fn with(more: impl FnOnce(&mut Registry)) -> Self {
        // From a quarter of a millisecond to four seconds.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_25, 2.0, 15));
        let (requests, seconds) = (Family::default(), Family::new_with_constructor(histogram));
        let mut registry = Registry::with_prefix("rolecall");
        registry.register("build", "What is running", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("http_requests", "Requests answered", Family::clone(&requests));
        registry.register(
            "http_request_duration_seconds",
            "From the request's head to the answer's head",
            Family::clone(&seconds),
        );
        more(&mut registry);
        Self { registry, requests, seconds }
    }

    fn count(&self, route: &'static str, method: &Method, status: StatusCode, started: Instant) {
        let request = Request { route, method: method_word(method), status: status.as_u16() };
        self.requests.get_or_create(&request).inc();
        self.seconds.get_or_create(&Route { route }).observe(started.elapsed().as_secs_f64());
    }
}

/// Counts and times every request; wraps the whole application.
pub async fn observe(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let (route, method) = (route_of(request.path()), request.method().clone());
    let metrics = Arc::clone(&state.metrics);
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    metrics.count(route, &method, status, started);
    outcome
}

/// The numbers as OpenMetrics text.
#[utoipa::path(
    get, path = "/metrics", tag = "Operation", security(()),
    responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text", body = String))
)]
pub(crate) async fn show(state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    let mut page = String::new();
    text::encode(&mut page, &state.metrics.registry).map_err(|error| {
        tracing::error!(%error, "the metrics could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the metrics could not be written")
    })?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(page))
}

/// The class of an address: what a person on call would plot as one line.
fn route_of(path: &str) -> &'static str {
    let mut parts = path.split('/').skip(1);
    match parts.next().unwrap_or_default() {
        // `/scim/{org}/v2/{what}`
        "scim" => match parts.nth(2).unwrap_or_default() {
            "Users" => "scim_users",
            "Groups" => "scim_groups",
            "Bulk" => "scim_bulk",
            _ => "scim_other",
        },
        "v1" => "admin",
        "console" => "console",
        "oauth" => "oauth",
        "health" | "metrics" | "openapi.json" => "operation",
        _ => "other",
    }
}

/// A client may send any word as a method; only those that are served become a label.
fn method_word(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_fall_into_few_classes() {
        for (path, class) in [
            ("/scim/acme/v2/Users/7", "scim_users"),
            ("/scim/acme/v2/Groups", "scim_groups"),
            ("/scim/acme/v2/Bulk", "scim_bulk"),
            ("/scim/acme/v2/Schemas", "scim_other"),
            ("/scim", "scim_other"),
            ("/v1/admin/users", "admin"),
            ("/health/ready", "operation"),
            ("/wp-login.php", "other"),
            ("/", "other"),
        ] {
            assert_eq!(route_of(path), class, "{path}");
        }
    }

    #[test]
    fn what_was_counted_is_shown() {
        let metrics = Metrics::default();
        metrics.count("admin", &Method::GET, StatusCode::OK, Instant::now());
        metrics.count(
            "admin",
            &Method::from_bytes(b"BREW").unwrap(),
            StatusCode::IM_A_TEAPOT,
            Instant::now(),
        );
        let mut page = String::new();
        text::encode(&mut page, &metrics.registry).unwrap();
        for line in [
            r#"rolecall_http_requests_total{route="admin",method="GET",status="200"} 1"#,
            r#"rolecall_http_requests_total{route="admin",method="other",status="418"} 1"#,
            r#"rolecall_http_request_duration_seconds_count{route="admin"} 2"#,
            concat!(r#"rolecall_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#),
        ] {
            assert!(page.contains(line), "{line} is missing in\n{page}");
        }
    }
}

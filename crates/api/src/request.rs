//! One id for each request, in every log line and in the answer, and one log line when it is done.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{self, BodySize, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use rolecall_domain::{ids::ChangeId, ports::Ids};
use tracing::{Instrument, info, info_span};

use crate::state::AppState;

/// Gives the request its id. The id is also that of the unit of work, so that a log line leads to its events.
pub async fn identify(
    state: web::Data<AppState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = ChangeId(state.ids.next());
    let (started, is_head) = (Instant::now(), *request.method() == Method::HEAD);
    request.extensions_mut().insert(id);
    // The path alone: a query may carry an e-mail address.
    let span = info_span!("request", request.id = %id, method = %request.method(), path = request.path());
    let outcome = next.call(request).instrument(span.clone()).await;
    let status = match &outcome {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    };
    let duration_ms = started.elapsed().as_micros() as f64 / 1000.0;
    span.in_scope(|| info!(status, duration_ms, "answered {status}"));
    let mut response = outcome?.map_body(|_, body| match body.size() {
        // A long member list would be read to its end for nobody.
        BodySize::Stream if is_head => EitherBody::right(body::None::new()),
        _ => EitherBody::left(body),
    });
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

/// The id that [`identify`] gave.
pub fn change_id(request: &HttpRequest, ids: &dyn Ids) -> ChangeId {
    request.extensions().get::<ChangeId>().copied().unwrap_or_else(|| ChangeId(ids.next()))
}

/// The secret of an `Authorization: Bearer …` header. The scheme compares without regard to case (RFC 9110 §11.1).
pub(crate) fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(actix_web::http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The pairs of a query string, `+` read as a blank (what Entra and OneLogin send).
pub fn query_pairs(text: &str) -> Vec<(String, String)> {
    web::Query::<Vec<(String, String)>>::from_query(text).map(web::Query::into_inner).unwrap_or_default()
}

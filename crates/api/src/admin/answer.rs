//! How answers of the admin API look. None may be kept by a cache: some carry a secret, all change.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
};
use serde::Serialize;

use crate::problem::Problem;

/// What a handler gives back.
pub(crate) type Answer = Result<HttpResponse, Problem>;

/// 200 with a body.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}

/// 201 with a body and where the new thing is.
pub(super) fn created(location: String, body: &impl Serialize) -> Answer {
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((LOCATION, location))
        .json(body))
}

/// 204.
pub(super) fn no_content() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}

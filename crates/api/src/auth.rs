//! Who is asking. A handler is handed a caller that carries the organisation; without one there is no use case.

use actix_web::HttpRequest;
use rolecall_domain::{
    ports::ReadCost,
    secret::{SecretHash, SecretKind},
    use_cases::secrets::{AdminCaller, recognise_admin},
};

use crate::{problem::Problem, request::bearer, state::AppState, work};

/// The administrator's program that presents a key as `Authorization: Bearer` or `x-api-key`.
pub(crate) async fn admin(request: &HttpRequest, state: &AppState) -> Result<AdminCaller, Problem> {
    let in_header = || request.headers().get("x-api-key").and_then(|value| value.to_str().ok());
    let secret = bearer(request).or_else(in_header).ok_or_else(Problem::unauthorized)?.trim();
    let hash = SecretHash::of_presented(SecretKind::ApiKey, secret).ok_or_else(Problem::unauthorized)?;
    let now = state.clock.now();
    state.rate_limit.take_api_key(&hash, now).map_err(Problem::too_many)?;
    let asked = hash.clone();
    let found = work::read(&*state.store, ReadCost::One, move |tx| {
        Ok::<_, Problem>(recognise_admin(tx, &asked, now)?)
    });
    let caller = found.await?.ok_or_else(Problem::unauthorized)?;
    state.rate_limit.note_api_key(&hash);
    Ok(caller)
}

//! Who is asking. A handler is handed a caller that carries the organisation; without one there is no use case.

use actix_web::HttpRequest;
use rolecall_domain::{
    event::Actor,
    ports::{ReadCost, ReadTx},
    time::Timestamp,
    use_cases::secrets::{AdminCaller, IdpCaller, recognise_admin, recognise_idp},
};

use crate::{problem::Problem, request::bearer, scim::Failure, state::AppState, work};

/// What an IdP's request presents; checked inside the transaction that answers it.
pub(crate) struct IdpCredentials {
    org_slug: String,
    secret: String,
    now: Timestamp,
}

impl IdpCredentials {
    /// Takes them out of a request to `/scim/{org}/v2/…`.
    pub(crate) fn of(request: &HttpRequest, state: &AppState) -> Result<Self, Failure> {
        let org_slug = request.match_info().get("org").unwrap_or_default().to_owned();
        let secret = bearer(request).ok_or(Failure::Unauthorized)?.to_owned();
        Ok(Self { org_slug, secret, now: state.clock.now() })
    }

    /// The live token of this organisation, or 401 for whatever else it is.
    pub(crate) fn check(&self, tx: &mut dyn ReadTx) -> Result<IdpCaller, Failure> {
        recognise_idp(tx, &self.org_slug, &self.secret, self.now)?.ok_or(Failure::Unauthorized)
    }

    /// Checks them in a read of their own, before a write is queued: a guess never reaches the writer.
    pub(crate) async fn admit(self, state: &AppState) -> Result<IdpCaller, Failure> {
        work::read(&*state.store, ReadCost::Point, move |tx| self.check(tx)).await
    }
}

/// Who a change of an IdP is put down to.
pub(crate) fn idp_actor(caller: &IdpCaller) -> Actor {
    Actor::Idp { connection: caller.connection, token: caller.token }
}

/// The administrator's program that presents a key as `Authorization: Bearer` or `x-api-key`.
pub(crate) async fn admin(request: &HttpRequest, state: &AppState) -> Result<AdminCaller, Problem> {
    let in_header = || request.headers().get("x-api-key").and_then(|value| value.to_str().ok());
    let secret = bearer(request).or_else(in_header).ok_or_else(Problem::unauthorized)?.trim().to_owned();
    let now = state.clock.now();
    work::read(&*state.store, ReadCost::Point, move |tx| Ok::<_, Problem>(recognise_admin(tx, &secret, now)?))
        .await?
        .ok_or_else(Problem::unauthorized)
}

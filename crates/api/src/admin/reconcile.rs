//! Everybody's access compared with what it follows from.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::use_cases::reconcile::{self, Reconciled};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    refusal::Refusal,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/reconcile").post(run).done());
}

/// What differed; all but `people` should be 0.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciled)]
pub(crate) struct ReconciledView {
    /// How many people were looked at.
    people: u64,
    /// Memberships that were missing.
    joined: u64,
    /// Memberships of a wrong role.
    changed: u64,
    /// Memberships that nothing spoke for.
    left: u64,
    /// Wrong organisation roles.
    org_roles: u64,
}

impl From<Reconciled> for ReconciledView {
    fn from(Reconciled { people, changed }: Reconciled) -> Self {
        let (joined, left, org_roles) = (changed.joined, changed.left, changed.roles);
        Self { people, joined, changed: changed.changed, left, org_roles }
    }
}

/// Compares everybody's memberships and organisation role with what they follow from, puts right what differs, and says what
/// that was: it should be nothing. Each page of people is a unit of work of its own; a plan is one of all.
#[utoipa::path(
    post, path = "/v1/scim/reconcile", tag = "Settings", operation_id = "reconcile",
    responses((status = 200, description = "What differed", body = ReconciledView), Refusal)
)]
pub(crate) async fn run(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    if !call.is_plain()? {
        let done = call.write(|tx, act| Ok(reconcile::everybody(tx, act)?)).await?;
        return answer::ok(&ReconciledView::from(done));
    }
    let (mut all, mut after) = (Reconciled::default(), None);
    loop {
        let (done, next) = call.write(move |tx, act| Ok(reconcile::page(tx, act, after)?)).await?;
        all.add(done);
        match next {
            Some(_) => after = next,
            None => return answer::ok(&ReconciledView::from(all)),
        }
    }
}

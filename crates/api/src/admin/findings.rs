//! What an administrator should look at.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ports::ReadCost,
    use_cases::findings::{self, Finding},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    refusal::Refusal,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/findings").get(list).done());
}

/// All findings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Findings {
    /// What matters most first: `type`, `severity` (`problem`, `warning`, `notice`), `summary`, `what_to_do`, `count` and
    /// `examples`.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Finding>,
}

/// What an administrator should look at, each with what to do: removals that wait for a review, requests refused for their
/// token, directories that fell silent, tokens that expire or were never used, overlapping, unmapped and empty groups,
/// people without a workspace. Reads the organisation through.
#[utoipa::path(
    get, path = "/v1/findings", tag = "Access", operation_id = "list_findings",
    responses((status = 200, description = "The findings", body = Findings), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let now = state.clock.now();
    let data = call.read(ReadCost::Scan, move |tx, org| Ok(findings::list(tx, org, now)?)).await?;
    answer::ok(&Findings { data })
}

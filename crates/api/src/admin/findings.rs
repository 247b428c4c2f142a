//! What an administrator should look at.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ports::ReadCost,
    use_cases::findings::{self, Finding, FindingKind, Severity},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    refusal::Refusal,
    words::FindingKindWord,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/findings").get(list).done());
}

/// All findings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Findings {
    /// What matters most first.
    data: Vec<FindingView>,
}

/// One thing to look at.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingView {
    /// The stable word for it.
    #[serde(rename = "type")]
    #[schema(value_type = FindingKindWord, example = "token_expires")]
    kind: FindingKind,
    /// How soon somebody should act.
    severity: SeverityView,
    /// What there is, in a sentence.
    #[schema(example = "1 Secret Token expires within 14 days")]
    summary: String,
    /// What to do about it.
    #[schema(example = "Make another, give it to the identity provider, then revoke the old one.")]
    what_to_do: &'static str,
    /// How many there are.
    #[schema(example = 1)]
    count: u64,
    /// There may be more: nobody counted further.
    #[schema(example = false)]
    or_more: bool,
    /// The first 10, by name.
    #[schema(example = json!(["entra"]))]
    examples: Vec<String>,
}

/// How soon somebody should act: something waits for a decision or does not work; something will stop working, or is probably not
/// meant so; something to know.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Severity, example = "warning")]
pub(crate) enum SeverityView {
    /// Something waits for a decision, or does not work.
    Problem,
    /// Something will stop working, or is probably not meant so.
    Warning,
    /// Something to know.
    Notice,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        let Finding { kind, severity, summary, what_to_do, count, or_more, examples } = finding;
        let severity = match severity {
            Severity::Problem => SeverityView::Problem,
            Severity::Warning => SeverityView::Warning,
            Severity::Notice => SeverityView::Notice,
        };
        Self { kind, severity, summary, what_to_do, count, or_more, examples }
    }
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
    answer::ok(&Findings { data: data.into_iter().map(FindingView::from).collect() })
}

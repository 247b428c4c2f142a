//! The access review, sent while it is read.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ports::StoreError,
    time::Moment,
    use_cases::{review::ReviewWanted, workspaces::WorkspaceRef},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    answer::Answer,
    call::Call,
    query,
    refusal::{Missing, Refusal},
    words,
};
use crate::{
    endpoint::Endpoint,
    problem::Problem,
    review::{self, Format, ReviewError},
    state::AppState,
};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/access/review").get(show).done());
}

/// What to review, and in which form.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewParameters {
    /// Id or slug of a workspace; all, if absent.
    #[serde(default, deserialize_with = "words::given")]
    workspace: Option<String>,
    /// As it was then; as it is, if absent. A day alone (`2026-03-01`) is its end, in UTC.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "2026-03-01")]
    at: Option<Moment>,
    /// `csv`, `json` or `html`; `json` if absent.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "csv")]
    format: Option<Format>,
}

/// The document that auditors ask for: who has, or had at a moment, which role in which workspace, since when, why, and by
/// whose doing. It is sent as it is read, from one moment of the database, however long it is.
#[utoipa::path(
    get, path = "/v1/access/review", tag = "Access", operation_id = "access_review",
    params(ReviewParameters),
    responses(
        (status = 200, description = "The review", content(
            (String = "text/csv"), (String = "text/html"), (String = "application/json"),
        )),
        Refusal, Missing,
    )
)]
pub(crate) async fn show(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let asked: ReviewParameters = query::read(&request)?;
    let format = asked.format.unwrap_or_default();
    let wanted = ReviewWanted { workspace: asked.workspace.map(WorkspaceRef), at: asked.at };
    let org = call.caller.org.clone();
    Ok(review::send(&state, org, wanted, format).await.map_err(Problem::from)?)
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::History(error) => error.into(),
            ReviewError::Output(error) => StoreError::Failed(error.to_string()).into(),
        }
    }
}

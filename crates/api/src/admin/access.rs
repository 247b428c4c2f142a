//! Why somebody has what they have.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ports::ReadCost,
    use_cases::{
        explain::{ExplainError, explain},
        workspaces::WorkspaceRef,
    },
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    answer::{self, Answer},
    call::Call,
    explanation::Explanation,
    query,
    refusal::{Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/access/explain").get(why).done());
}

/// Whose access, and where.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhyQuery {
    /// Id or `userName` of a person.
    #[param(example = "ada@example.com")]
    user: String,
    /// Id or slug of a workspace; all that anything speaks for, if absent.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "sales")]
    workspace: Option<String>,
}

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::UnknownUser { .. } | ExplainError::UnknownWorkspace { .. } => {
                Self::not_found(error)
            }
            ExplainError::Store(error) => error.into(),
        }
    }
}

/// Every path that gives a person access, or fails to: which group through which nested groups, which mapping, name
/// pattern or manual grant, since when, by which request of which token; why a role lost against a higher one, and what
/// stops it. The rule that decides is the one that explains. With a workspace that the person is not in, it names the
/// groups that would help.
#[utoipa::path(
    get, path = "/v1/access/explain", tag = "Access", operation_id = "explain_access",
    params(WhyQuery),
    responses((status = 200, description = "The explanation", body = Explanation), Refusal, Missing)
)]
pub(crate) async fn why(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let asked: WhyQuery = query::read(&request)?;
    let workspace = asked.workspace.map(WorkspaceRef);
    let told = call
        .read(ReadCost::Scan, move |tx, org| Ok(explain(tx, org, &asked.user, workspace.as_ref())?))
        .await?;
    answer::ok(&told)
}

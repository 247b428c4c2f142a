//! People who may be in the organisation twice: imported ones, and pushed ones who are probably the same.

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ids::{ConnectionId, UserId},
    ports::ReadCost,
    use_cases::matches::{self, Candidate, Waiting},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::Refusal,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/matches").get(list).done());
}

/// Somebody whom no directory has taken in.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingPerson)]
pub(crate) struct WaitingView {
    /// Who.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// The application's own id of the person, where it is not `user_id`.
    #[schema(example = "E-1017", required)]
    app_id: Option<String>,
    /// `userName`: a directory that pushes it takes the person in.
    #[schema(example = "ada")]
    user_name: String,
    /// Primary e-mail address.
    #[schema(example = "ada@example.com", required)]
    email: Option<String>,
    /// Who is probably the same; mostly nobody.
    matches: Vec<MatchView>,
}

/// A pushed person who is probably the same.
#[derive(Serialize, ToSchema)]
#[schema(as = Match)]
pub(crate) struct MatchView {
    /// Who.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a09")]
    user_id: UserId,
    /// `userName`
    #[schema(example = "ada@example.com")]
    user_name: String,
    /// Primary e-mail address.
    #[schema(example = "ada@example.com", required)]
    email: Option<String>,
    /// The name of the connection that pushed them.
    #[schema(example = "default")]
    connection: String,
    /// `external_id` or `email`.
    #[schema(example = "email")]
    by: &'static str,
    /// `sure`: an id is the same. `likely`: an address is, in a domain that the connection speaks for. `unsure`: an address is.
    #[schema(example = "likely")]
    certainty: &'static str,
}

impl From<Waiting> for WaitingView {
    fn from(waiting: Waiting) -> Self {
        let Waiting { user, app_id, candidates } = waiting;
        let matches = candidates.into_iter().map(MatchView::from).collect();
        Self { user_id: user.id, app_id, user_name: user.facts.user_name, email: user.facts.email, matches }
    }
}

impl From<Candidate> for MatchView {
    fn from(candidate: Candidate) -> Self {
        let Candidate { user, connection, by, certainty } = candidate;
        Self {
            user_id: user.id,
            user_name: user.facts.user_name,
            email: user.facts.email,
            connection,
            by: by.as_str(),
            certainty: certainty.as_str(),
        }
    }
}

/// People whom no directory has taken in, each with the pushed people who are probably the same. Nothing is changed.
#[utoipa::path(
    get, path = "/v1/matches", tag = "Adoption", operation_id = "list_matches",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<WaitingView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = matches::list(tx, org, page.slice(UserId))?;
            let next_cursor = page.cut(&mut rows, |waiting| waiting.user.id.0);
            let (total, _) = tx.count_owned(org, ConnectionId::BY_HAND)?;
            Ok(Page { data: rows.into_iter().map(WaitingView::from).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

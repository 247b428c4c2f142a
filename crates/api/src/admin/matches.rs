//! People who may be in the organisation twice: imported ones, and pushed ones who are probably the same; made one, or said to be
//! two.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::{ConnectionId, RefusalId, UserId},
    ports::ReadCost,
    time::Timestamp,
    use_cases::matches::{
        self, Accepted, AcceptedAll, Candidate, Certainty, MatchError, Proposed, Refused, Skipped, Waiting,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/matches").get(list).done())
        .service(Endpoint::at("/matches/accept").post(accept_all).done())
        .service(Endpoint::at("/matches/refused").get(list_refused).done())
        .service(Endpoint::at("/matches/refused/{refusal}").delete(reconsider).done())
        .service(Endpoint::at("/matches/{user_id}/accept").post(accept).done())
        .service(Endpoint::at("/matches/{user_id}/refuse").post(refuse).done());
}

/// Which of those who wait.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MatchQuery {
    /// `true`: only those who have a match; `false`: those who have none. A page then looks at 2,000 people at most, so it may have
    /// few, or nobody, although `next_cursor` is not `null`. `total` counts everybody who waits.
    #[serde(default, deserialize_with = "words::given")]
    proposed: Option<bool>,
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

/// With whom somebody is one, or is not.
#[derive(Deserialize, ToSchema)]
#[schema(as = MatchWith)]
#[serde(deny_unknown_fields)]
pub(crate) struct With {
    /// The person whom a directory pushed: the id, or the application's own.
    #[schema(example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a09")]
    user_id: String,
}

/// Which matches are accepted at once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptMatches {
    /// Those that are at least so sure.
    #[serde(deserialize_with = "words::word")]
    #[schema(value_type = words::CertaintyWord)]
    certainty: Certainty,
}

/// Two people who are one now.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedMatch)]
pub(crate) struct AcceptedView {
    /// Who stayed: the id that the directory knows.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a09")]
    user_id: UserId,
    /// The application's own id of the person from now on.
    #[schema(example = "E-1017")]
    app_id: String,
    /// The id of who went. It is taken wherever an id of a person is.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    former_id: UserId,
    /// `userName`
    #[schema(example = "ada@example.com")]
    user_name: String,
}

/// Many matches accepted at once.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedMatches)]
pub(crate) struct AcceptedAllView {
    /// How many pairs are one now.
    accepted: u64,
    /// How many were passed over.
    skipped: u64,
    /// The first 100 of those, each with the reason.
    left: Vec<SkippedView>,
}

/// Somebody who waits still.
#[derive(Serialize, ToSchema)]
#[schema(as = SkippedMatch)]
pub(crate) struct SkippedView {
    /// Who.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// `userName`
    user_name: String,
    /// What stands against it.
    #[schema(example = "2 people are probably the same; accept one of them by name")]
    reason: String,
}

/// A pair of people who are two, and are proposed no more.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedMatch)]
pub(crate) struct RefusedView {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: RefusalId,
    /// Whom no directory has taken in.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// `userName`
    #[schema(example = "ada")]
    user_name: String,
    /// Who was pushed.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a09")]
    match_id: UserId,
    /// Their `userName`.
    #[schema(example = "ada@example.com")]
    match_name: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    refused_at: Timestamp,
}

impl From<Accepted> for AcceptedView {
    fn from(accepted: Accepted) -> Self {
        let Accepted { user, former, app_id } = accepted;
        Self { user_id: user.id, app_id, former_id: former, user_name: user.facts.user_name }
    }
}

impl From<AcceptedAll> for AcceptedAllView {
    fn from(all: AcceptedAll) -> Self {
        let AcceptedAll { accepted, skipped, left } = all;
        let view = |Skipped { user, user_name, reason }| SkippedView { user_id: user, user_name, reason };
        Self { accepted, skipped, left: left.into_iter().map(view).collect() }
    }
}

impl From<Refused> for RefusedView {
    fn from(pair: Refused) -> Self {
        let Refused { refused, waiting, user } = pair;
        Self {
            id: refused.id,
            user_id: waiting.id,
            user_name: waiting.facts.user_name,
            match_id: user.id,
            match_name: user.facts.user_name,
            refused_at: refused.at,
        }
    }
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

/// People whom no directory has taken in, each with the pushed people who are probably the same, without the pairs that were refused.
/// Nothing is changed.
#[utoipa::path(
    get, path = "/v1/matches", tag = "Adoption", operation_id = "list_matches",
    params(MatchQuery, PageQuery),
    responses((status = 200, description = "A page", body = Page<WaitingView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (wanted, page): (MatchQuery, PageQuery) = (query::read(&request)?, query::read(&request)?);
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let (rows, next_cursor) = if wanted.proposed == Some(true) {
                let Proposed { rows, next } =
                    matches::list_proposed(tx, org, page.stretch(UserId), matches::LOOKED_AT)?;
                (rows, next.map(|last| PageQuery::after(last.0)))
            } else {
                let mut rows = matches::list(tx, org, page.slice(UserId))?;
                let next_cursor = page.cut(&mut rows, |waiting| waiting.user.id.0);
                rows.retain(|waiting| wanted.proposed.is_none() || waiting.candidates.is_empty());
                (rows, next_cursor)
            };
            let (total, _) = tx.count_owned(org, ConnectionId::BY_HAND, u32::MAX)?;
            Ok(Page { data: rows.into_iter().map(WaitingView::from).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// Makes two people one: somebody whom no directory has taken in, and the person whom one pushed, listed as a match or not. The
/// pushed one stays, with the id that the directory knows, and has besides the application's id, the grants and the groups of the
/// other, whose record goes. Nobody loses access. An undo makes them two again.
#[utoipa::path(
    post, path = "/v1/matches/{user_id}/accept", tag = "Adoption", operation_id = "accept_match",
    params(("user_id" = String, Path, description = "Id of the person whom no directory has taken in, or the application's own")),
    request_body = With,
    responses((status = 200, description = "Who they are now", body = AcceptedView), Refusal, Missing, Conflict, BadBody)
)]
pub(crate) async fn accept(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let waiting = path.into_inner();
    let With { user_id } = body::read(&request, &state, payload).await?;
    let accepted = call
        .write(move |tx, act| {
            matches::accept(tx, act, &waiting, &user_id).map_err(|error| in_path(error, &waiting))
        })
        .await?;
    answer::ok(&AcceptedView::from(accepted))
}

/// Makes everybody whom no directory has taken in one with the person who is probably the same, where there is exactly one at least
/// so sure. What stands against a pair passes it over, and the answer says so. Plan it first.
#[utoipa::path(
    post, path = "/v1/matches/accept", tag = "Adoption", operation_id = "accept_matches",
    request_body = AcceptMatches,
    responses((status = 200, description = "What was done", body = AcceptedAllView), Refusal, BadBody)
)]
pub(crate) async fn accept_all(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let AcceptMatches { certainty } = body::read(&request, &state, payload).await?;
    let all = call.write(move |tx, act| Ok(matches::accept_all(tx, act, certainty)?)).await?;
    answer::ok(&AcceptedAllView::from(all))
}

/// Says that two people are two: the pair is proposed no more. The same call again changes nothing.
#[utoipa::path(
    post, path = "/v1/matches/{user_id}/refuse", tag = "Adoption", operation_id = "refuse_match",
    params(("user_id" = String, Path, description = "Id of the person whom no directory has taken in, or the application's own")),
    request_body = With,
    responses((status = 200, description = "The pair", body = RefusedView), Refusal, Missing, Conflict, BadBody)
)]
pub(crate) async fn refuse(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let waiting = path.into_inner();
    let With { user_id } = body::read(&request, &state, payload).await?;
    let refused = call
        .write(move |tx, act| {
            matches::refuse(tx, act, &waiting, &user_id).map_err(|error| in_path(error, &waiting))
        })
        .await?;
    answer::ok(&RefusedView::from(refused))
}

/// The pairs that were refused, in the order in which they were. A pair is gone when one of the two is.
#[utoipa::path(
    get, path = "/v1/matches/refused", tag = "Adoption", operation_id = "list_refused_matches",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<RefusedView>), Refusal)
)]
pub(crate) async fn list_refused(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = matches::list_refused(tx, org, page.slice(RefusalId))?;
            let next_cursor = page.cut(&mut rows, |pair| pair.refused.id.0);
            let total = tx.count_refused(org)?;
            Ok(Page { data: rows.into_iter().map(RefusedView::from).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// Takes a refusal back: the pair is proposed again, if it still has something in common.
#[utoipa::path(
    delete, path = "/v1/matches/refused/{refusal}", tag = "Adoption", operation_id = "reconsider_match",
    params(("refusal" = String, Path, description = "Id of the refused pair")),
    responses((status = 204, description = "Taken back"), Refusal, Missing)
)]
pub(crate) async fn reconsider(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let refusal = path.into_inner();
    call.write(move |tx, act| Ok(matches::reconsider(tx, act, &refusal)?)).await?;
    answer::no_content()
}

/// A person whom the path names and who does not exist is an address where nothing is; in a body it is a mistake.
fn in_path(error: MatchError, waiting: &str) -> Problem {
    match &error {
        MatchError::UnknownUser { given } if given == waiting => Problem::not_found(error),
        _ => error.into(),
    }
}

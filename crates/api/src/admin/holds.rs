//! Holds: who has access still that the directory took away, and what shall become of it.

use std::str::FromStr;

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::{ChangeId, UserId, WorkspaceId},
    ports::{Names, ReadCost},
    records::Kept,
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
    use_cases::holds::{self, Decision, Held},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/holds").get(list).done())
        .service(Endpoint::at("/holds/approve").post(approve_all).done())
        .service(Endpoint::at("/holds/reject").post(reject_all).done())
        .service(Endpoint::at("/holds/{user_id}/approve").post(approve).done())
        .service(Endpoint::at("/holds/{user_id}/reject").post(reject).done());
}

/// What holds are listed by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HoldQuery {
    /// `false`: those that wait for a review; `true`: those of which it is decided.
    #[serde(default, deserialize_with = "words::given")]
    kept: Option<bool>,
}

/// A person who has access still that the directory took away.
#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct HoldView {
    /// Who.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// `userName`
    #[schema(example = "ada@acme.example")]
    user_name: String,
    /// Why.
    #[schema(value_type = words::HoldReasonWord)]
    reason: &'static str,
    /// Whether it is decided that they keep it; else it waits for a review.
    kept: bool,
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    since: Timestamp,
    /// When it ends by itself; never, if `null`.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    until: Option<Timestamp>,
    /// The request that would have taken the access away, as in the events.
    #[schema(value_type = String, format = Uuid)]
    change_id: ChangeId,
    /// Whether the directory has removed the person: SCIM shows them no more, and they go when the hold ends.
    removed: bool,
    /// What they have by the hold alone.
    keeps: Vec<KeptView>,
}

/// Something that a hold keeps.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptAccess)]
pub(crate) struct KeptView {
    /// Where; the organisation, if `null`.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    workspace_id: Option<WorkspaceId>,
    /// Its name.
    #[schema(required, example = "Sales")]
    workspace: Option<String>,
    /// As what.
    #[schema(example = "manager")]
    role: &'static str,
    /// What would be left; nothing, if `null`.
    #[schema(required, example = "member")]
    without_hold: Option<&'static str>,
}

/// Which holds to settle.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichHolds {
    /// Those of this request alone; all that wait, if absent.
    #[schema(format = Uuid)]
    change_id: Option<String>,
}

/// How many were settled.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettledHolds {
    /// So many people.
    people: u64,
}

fn view(held: Held, names: &Names) -> HoldView {
    let keeps = held.keeps.iter().map(|kept| kept_view(kept, names)).collect();
    HoldView {
        user_id: held.user.id,
        user_name: held.user.facts.user_name,
        reason: held.hold.reason.as_str(),
        kept: held.hold.kept,
        since: held.hold.since,
        until: held.hold.until,
        change_id: held.hold.change,
        removed: held.user.gone_at.is_some(),
        keeps,
    }
}

fn kept_view(kept: &Kept, names: &Names) -> KeptView {
    let word = |rank: i16| match kept.workspace {
        Some(_) => WorkspaceRole::from_rank(rank).map_or("", WorkspaceRole::as_str),
        None => OrgRole::from_rank(rank).map_or("", OrgRole::as_str),
    };
    KeptView {
        workspace_id: kept.workspace,
        workspace: kept.workspace.and_then(|id| names.workspaces.get(&id).map(|place| place.name.clone())),
        role: word(kept.has),
        without_hold: kept.would_have.map(word),
    }
}

/// People under a hold, in the order in which they came. A hold that keeps nothing any more is ended, not shown.
#[utoipa::path(
    get, path = "/v1/holds", tag = "Holds", operation_id = "list_holds",
    params(HoldQuery, PageQuery),
    responses((status = 200, description = "A page", body = Page<HoldView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (wanted, page): (HoldQuery, PageQuery) = (query::read(&request)?, query::read(&request)?);
    let (mut held, total, next_cursor, names) = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = holds::list(tx, org, wanted.kept, page.slice(UserId))?;
            let next_cursor = page.cut(&mut rows, |held| held.user.id.0);
            let total = tx.count_holds(org, wanted.kept)?;
            let mut places: Vec<WorkspaceId> =
                rows.iter().flat_map(|held| &held.keeps).filter_map(|kept| kept.workspace).collect();
            places.sort_unstable();
            places.dedup();
            let names = tx.names_of(org, &[], &places)?;
            Ok((rows, total, next_cursor, names))
        })
        .await?;
    let idle: Vec<UserId> = held.iter().filter(|held| held.idle()).map(|held| held.user.id).collect();
    let total = total.saturating_sub(idle.len() as u64);
    held.retain(|held| !held.idle());
    if !idle.is_empty() {
        call.write(move |tx, act| Ok(holds::end_idle(tx, act, &idle)?)).await?;
    }
    let data = held.into_iter().map(|held| view(held, &names)).collect();
    answer::ok(&Page { data, total, next_cursor })
}

/// Lets one person lose what the directory took away. Whom it removed is removed.
#[utoipa::path(
    post, path = "/v1/holds/{user_id}/approve", tag = "Holds", operation_id = "approve_hold",
    params(("user_id" = String, Path, description = "Id of the person, or the application's own")),
    responses((status = 204, description = "Lost"), Refusal, Missing)
)]
pub(crate) async fn approve(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    settle(&request, &state, path.into_inner(), Decision::Approve).await
}

/// Decides that one person keeps what the directory took away.
#[utoipa::path(
    post, path = "/v1/holds/{user_id}/reject", tag = "Holds", operation_id = "reject_hold",
    params(("user_id" = String, Path, description = "Id of the person, or the application's own")),
    responses((status = 204, description = "Kept"), Refusal, Missing)
)]
pub(crate) async fn reject(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    settle(&request, &state, path.into_inner(), Decision::Reject).await
}

/// Lets everybody whose hold waits lose what the directory took away, or those of one request.
#[utoipa::path(
    post, path = "/v1/holds/approve", tag = "Holds", operation_id = "approve_holds",
    request_body = WhichHolds,
    responses((status = 200, description = "Settled", body = SettledHolds), Refusal, BadBody)
)]
pub(crate) async fn approve_all(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    settle_all(&request, &state, payload, Decision::Approve).await
}

/// Decides that everybody whose hold waits keeps what the directory took away, or those of one request.
#[utoipa::path(
    post, path = "/v1/holds/reject", tag = "Holds", operation_id = "reject_holds",
    request_body = WhichHolds,
    responses((status = 200, description = "Settled", body = SettledHolds), Refusal, BadBody)
)]
pub(crate) async fn reject_all(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    settle_all(&request, &state, payload, Decision::Reject).await
}

async fn settle(request: &HttpRequest, state: &AppState, user: String, decision: Decision) -> Answer {
    let call = Call::admit(request, state).await?;
    call.write(move |tx, act| Ok(holds::settle(tx, act, &user, decision)?)).await?;
    answer::no_content()
}

async fn settle_all(request: &HttpRequest, state: &AppState, payload: Payload, decision: Decision) -> Answer {
    let call = Call::admit(request, state).await?;
    let which: WhichHolds = body::read(request, state, payload).await?;
    let of = which.change_id.as_deref().map(change_id).transpose()?;
    let people = call.write(move |tx, act| Ok(holds::settle_all(tx, act, of, decision)?)).await?;
    answer::ok(&SettledHolds { people })
}

fn change_id(given: &str) -> Result<ChangeId, Problem> {
    let found = Uuid::from_str(given).map(ChangeId);
    found.map_err(|_| Problem::invalid(format!("change_id: `{given}` is no id; GET /v1/holds shows them")))
}

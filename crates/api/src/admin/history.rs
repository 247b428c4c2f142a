//! Who had access when: for auditors and their programs.

use actix_web::{
    HttpRequest,
    web::{Data, Path, ServiceConfig},
};
use rolecall_domain::{
    history::{Actors, CausedBy, Tenure},
    ids::{ChangeId, UserId, WorkspaceId},
    ports::{Names, ReadCost, Slice},
    time::{Moment, Timestamp},
    use_cases::{
        history::{self, Wanted},
        workspaces::WorkspaceRef,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    call::Call,
    events::{ActorView, Seen},
    page::{self, Limit},
    query,
    refusal::{Conflict, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/access/history").get(list).done())
        .service(Endpoint::at("/admin/users/{user_id}/name").delete(forget).done());
}

/// Which part of the history. A day alone (`2026-03-01`) counts whole, in UTC: `at` is its end.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParameters {
    /// Id of a person, also of one who is gone; or the `userName` of one who is there.
    #[serde(default, deserialize_with = "words::given")]
    user: Option<String>,
    /// Id of a workspace, also of one that is gone; or the slug of one that is there.
    #[serde(default, deserialize_with = "words::given")]
    workspace: Option<String>,
    /// What held at this time.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "2026-03-01")]
    at: Option<Moment>,
    /// What still held at this time, or began later.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    since: Option<Moment>,
    /// What had begun by this time.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    until: Option<Moment>,
    /// At most so many; 50 if absent. More than 500 count as 500.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    cursor: Option<Seen>,
}

/// A page of the history.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryPage {
    /// In the order in which they began.
    data: Vec<TenureView>,
    /// Give it as `cursor` to get the next page; `null` on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A role that a person had for a time.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenure)]
pub(crate) struct TenureView {
    /// Whose.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// `userName`, or what it was last; `null` of somebody who was forgotten.
    #[schema(example = "ada@example.com", required)]
    user_name: Option<String>,
    /// Where; `null` for the organisation itself.
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01", required)]
    workspace_id: Option<WorkspaceId>,
    /// The workspace's slug; the name of one that is gone.
    #[schema(example = "sales", required)]
    slug: Option<String>,
    /// The role.
    #[schema(example = "manager")]
    role: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    valid_from: Timestamp,
    /// Until when; `null` while it holds.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    valid_to: Option<Timestamp>,
    /// Since when the person was there without a break, in whichever role.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    joined_at: Timestamp,
    /// What began it.
    cause: CauseView,
    /// What ended it.
    #[schema(required)]
    ended_by: Option<CauseView>,
}

/// What began or ended a role.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryCause)]
pub(crate) struct CauseView {
    /// The request; `GET /v1/scim/requests/{id}` says what else it did, if an identity provider sent it.
    #[schema(value_type = String, format = Uuid)]
    change_id: ChangeId,
    /// Who sent it.
    by: ActorView,
    /// The same in words.
    #[schema(example = "directory default, token entra")]
    who: String,
}

fn cause(of: &CausedBy, actors: &Actors) -> CauseView {
    CauseView { change_id: of.change, by: of.actor.into(), who: actors.describe(&of.actor) }
}

fn view(tenure: &Tenure, names: &Names, actors: &Actors) -> TenureView {
    TenureView {
        user_id: tenure.user,
        user_name: names.user(tenure.user).map(str::to_owned),
        workspace_id: tenure.workspace,
        slug: tenure.workspace.and_then(|id| names.workspace(id)).map(str::to_owned),
        role: tenure.role(),
        valid_from: tenure.from.at,
        valid_to: tenure.to.map(|to| to.at),
        joined_at: tenure.joined_at,
        cause: cause(&tenure.from, actors),
        ended_by: tenure.to.map(|to| cause(&to, actors)),
    }
}

/// Who had which role when, and by which request: everything that a person ever had, or everybody who was ever in a
/// workspace; with `at`, as it was then.
#[utoipa::path(
    get, path = "/v1/access/history", tag = "Access", operation_id = "list_history",
    params(HistoryParameters),
    responses((status = 200, description = "A page", body = HistoryPage), Refusal, Missing)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let asked: HistoryParameters = query::read(&request)?;
    let (limit, after) = (asked.limit, asked.cursor.map(|seen| seen.0));
    let HistoryParameters { user, workspace, at, since, until, .. } = asked;
    let wanted = Wanted { user, workspace: workspace.map(WorkspaceRef), at, since, until };
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let query = history::query(tx, org, &wanted)?;
            let slice = Slice { after, limit: page::limit_or_default(limit) + 1 };
            let (mut rows, names) = history::page(tx, org, &query, slice)?;
            let next_cursor = page::cut(&mut rows, limit).map(|last| last.seq.to_string());
            let actors = history::actors(tx, org)?;
            Ok(HistoryPage { data: rows.iter().map(|row| view(row, &names, &actors)).collect(), next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// Erases the name of a person who is gone, from the events. What the person had
/// stays under the id.
#[utoipa::path(
    delete, path = "/v1/admin/users/{user_id}/name", tag = "Users", operation_id = "forget_user",
    params(("user_id" = String, Path, description = "Id of a person who is gone")),
    responses((status = 204, description = "Forgotten"), Conflict, Refusal, Missing)
)]
pub(crate) async fn forget(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let id = path.into_inner();
    call.write(move |tx, act| Ok(history::forget(tx, act, &id)?)).await?;
    answer::no_content()
}

//! What was done, undone: listed first, planned, and then done.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest,
    web::{Data, Payload, ServiceConfig},
};
use rolecall_domain::{
    time::Moment,
    use_cases::undo::{self, Left, UndoReport, UndoWanted},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    query,
    refusal::{BadBody, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/undo").get(show).post(run).done());
}

/// What to undo: one request, or a span of time, of all or of one token.
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUndo {
    /// The `X-Request-Id` of a request; it is the `change_id` of its events.
    #[serde(default, deserialize_with = "words::given")]
    change: Option<String>,
    /// Id of a token: what it did.
    #[serde(default, deserialize_with = "words::given")]
    token: Option<String>,
    /// What was done since then; needed unless `change` is given. A day alone (`2026-03-01`) is its beginning, in UTC.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>, example = "2026-03-01T09:30:00Z")]
    since: Option<Moment>,
    /// And until then; until now, if absent. A day alone is its end.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    until: Option<Moment>,
}

impl From<NewUndo> for UndoWanted {
    fn from(asked: NewUndo) -> Self {
        let NewUndo { change, token, since, until } = asked;
        Self { change, token, since, until }
    }
}

/// The same as a query, which may hold other types' parameters.
#[derive(Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "words::given")]
    change: Option<String>,
    #[serde(default, deserialize_with = "words::given")]
    token: Option<String>,
    #[serde(default, deserialize_with = "words::given")]
    since: Option<Moment>,
    #[serde(default, deserialize_with = "words::given")]
    until: Option<Moment>,
}

/// What an undo does, and what it leaves.
#[derive(Serialize, ToSchema)]
#[schema(as = UndoReport)]
pub(crate) struct UndoView {
    /// How many facts are reversed, by the type of the event that told of them.
    reversed: BTreeMap<String, u64>,
    /// How many are as before already.
    already: u64,
    /// How many stay as they are.
    stays: u64,
    /// The first 100 of those, each with the reason.
    left: Vec<LeftView>,
}

/// Something that an undo leaves as it is.
#[derive(Serialize, ToSchema)]
#[schema(as = UndoLeft)]
pub(crate) struct LeftView {
    /// The type of the event that told of it.
    #[serde(rename = "type")]
    #[schema(example = "grant.updated")]
    kind: String,
    /// The event.
    #[schema(example = "1042")]
    event_id: String,
    /// Whose, or what.
    name: String,
    /// Why.
    #[schema(example = "it was changed since")]
    reason: String,
}

impl From<UndoReport> for UndoView {
    fn from(report: UndoReport) -> Self {
        let left =
            |Left { kind, seq, name, reason }| LeftView { kind, event_id: seq.to_string(), name, reason };
        Self {
            reversed: report.reversed,
            already: report.already,
            stays: report.stays,
            left: report.left.into_iter().map(left).collect(),
        }
    }
}

/// What an undo would reverse, and what it would leave and why. Nothing is changed. `POST /v1/undo?plan=true` says who would
/// gain and lose what.
#[utoipa::path(
    get, path = "/v1/undo", tag = "Access", operation_id = "list_undo",
    params(NewUndo),
    responses((status = 200, description = "The report", body = UndoView), Refusal, Missing)
)]
pub(crate) async fn show(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let Asked { change, token, since, until } = query::read(&request)?;
    let wanted = UndoWanted { change, token, since, until };
    let report = call.trial(move |tx, act| Ok(undo::undo(tx, act, &wanted)?)).await?;
    answer::ok(&UndoView::from(report))
}

/// Reverses what one request, one token or one span of time did to memberships, groups, people, grants, mappings, workspaces,
/// connections and settings. What was changed since stays as it is, and the answer says so. It is a change itself, and can be planned and undone.
#[utoipa::path(
    post, path = "/v1/undo", tag = "Access", operation_id = "undo",
    request_body = NewUndo,
    responses((status = 200, description = "What was done", body = UndoView), Refusal, Missing, BadBody)
)]
pub(crate) async fn run(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let asked: NewUndo = body::read(&request, &state, payload).await?;
    let wanted = UndoWanted::from(asked);
    let report = call.write(move |tx, act| Ok(undo::undo(tx, act, &wanted)?)).await?;
    answer::ok(&UndoView::from(report))
}

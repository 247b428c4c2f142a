//! The provisioning log: what identity providers asked, what they were answered, and what changed.

use actix_web::{
    HttpRequest,
    web::{Data, Path, ServiceConfig},
};
use rolecall_domain::{
    ids::{ChangeId, ConnectionId, OrgId, TokenId},
    ports::{ReadCost, ReadTx, StoreResult},
    records::{Connection, Token},
    request_log::{LoggedRequest, StatusWanted},
    time::Timestamp,
    use_cases::request_log::{self, Question},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    answer::{self, Answer},
    call::Call,
    events::EventView,
    page::PageQuery,
    query,
    refusal::{Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

/// More events of one request are not shown; `/v1/events` has them all.
const MOST_EVENTS: u32 = 1000;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/requests").get(list).done())
        .service(Endpoint::at("/scim/requests/{id}").get(find).done());
}

/// Which requests.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RequestQuery {
    /// About this person: an id or a `userName`.
    #[serde(default, deserialize_with = "words::given")]
    #[param(example = "ada@example.com")]
    user: Option<String>,
    /// About this person or group: an id, a `userName` or a `displayName`.
    #[serde(default, deserialize_with = "words::given")]
    resource: Option<String>,
    /// What was answered: `failed`, `ok`, a class such as `4xx`, or a status such as `409`.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>, example = "failed")]
    status: Option<StatusWanted>,
    /// By this token: an id or a name.
    #[serde(default, deserialize_with = "words::given")]
    token: Option<String>,
    /// Of this method.
    #[serde(default, deserialize_with = "words::given")]
    #[param(example = "PATCH")]
    method: Option<String>,
    /// At this time or later.
    #[serde(default, deserialize_with = "words::moment_given")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Before this time.
    #[serde(default, deserialize_with = "words::moment_given")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

impl From<RequestQuery> for Question {
    fn from(query: RequestQuery) -> Self {
        let RequestQuery { user, resource, status, token, method, since, until } = query;
        Self { about: user.or(resource), status, token, method, since, until }
    }
}

/// A request of an identity provider, and how it was answered.
#[derive(Serialize, ToSchema)]
#[schema(as = ScimRequest)]
pub(crate) struct RequestView {
    /// The request's id: its answer's `X-Request-Id`, and the `change_id` of what it changed.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07")]
    id: ChangeId,
    /// When it came.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    time: Timestamp,
    /// `GET`, `POST`, …
    #[schema(example = "PATCH")]
    method: String,
    /// What follows the Tenant URL.
    #[schema(example = "/Users/01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    path: String,
    /// What follows the `?`, decoded, without secrets.
    #[schema(required)]
    query: Option<String>,
    /// The answer's status.
    #[schema(example = 200)]
    status: u16,
    /// What went wrong, in a word of RFC 7644.
    #[schema(required, example = "uniqueness")]
    scim_type: Option<String>,
    /// What went wrong, as the identity provider was told it.
    #[schema(required)]
    detail: Option<String>,
    /// How long it took.
    #[schema(example = 1.8)]
    duration_ms: f64,
    /// For which connection; `null` where the token is not known.
    #[schema(required)]
    connection: Option<ConnectionOfRequest>,
    /// By which token; `null` where it is not one of this organisation.
    #[schema(required)]
    token: Option<TokenOfRequest>,
    /// Why the request was refused with 401; `null` when it was let in.
    #[schema(required)]
    refused: Option<RefusedView>,
    /// What it is about, as far as that is known.
    #[schema(required)]
    resource: Option<ResourceOfRequest>,
    /// Which product the identity provider probably is.
    #[schema(required, example = "entra")]
    idp: Option<&'static str>,
    /// Where it came from: the other end of the connection, and what a proxy there says.
    #[schema(required, example = "10.0.0.7, for 203.0.113.9")]
    remote: Option<String>,
    /// `User-Agent`
    #[schema(required)]
    user_agent: Option<String>,
}

/// A connection.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConnectionOfRequest {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: ConnectionId,
    /// Its name.
    #[schema(example = "default")]
    name: String,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenOfRequest {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: TokenId,
    /// Its name.
    #[schema(example = "Entra, production")]
    name: String,
    /// The last four characters of the secret.
    #[schema(example = "x7Qk")]
    hint: String,
}

/// Why a token did not let a request in. The identity provider is told nothing of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedView {
    /// In a word: `missing`, `not_bearer`, `malformed`, `api_key`, `unknown`, `other_organisation`, `revoked`, `expired`,
    /// `access_token_expired`, `access_token_signature`, `access_token_audience`, `client_id`.
    #[schema(example = "expired")]
    reason: &'static str,
    /// What to do about it.
    advice: &'static str,
}

/// A person or group.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResourceOfRequest {
    /// `User` or `Group`.
    #[serde(rename = "type")]
    #[schema(required, example = "User")]
    kind: Option<&'static str>,
    /// Its id; `null` where the request made none, or asked for none.
    #[schema(required)]
    id: Option<Uuid>,
    /// `userName` or `displayName`.
    #[schema(required, example = "ada@example.com")]
    name: Option<String>,
}

/// A page of requests.
#[derive(Serialize, ToSchema)]
#[schema(as = ScimRequestPage)]
pub(crate) struct RequestPage {
    /// The newest first.
    data: Vec<RequestView>,
    /// Give it as `cursor` to get older ones; `null` when there are none.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A request with what was sent, what was answered, and what changed.
#[derive(Serialize, ToSchema)]
#[schema(as = ScimRequestInFull)]
pub(crate) struct FullRequestView {
    #[serde(flatten)]
    request: RequestView,
    /// What was sent, without secrets, and cut where it is long.
    #[schema(required)]
    request_body: Option<String>,
    /// What was answered, where that was an error.
    #[schema(required)]
    response_body: Option<String>,
    /// What changed by it, in order; at most 1000.
    events: Vec<EventView>,
}

/// The organisation's connections and tokens, of which there are few.
struct Names {
    connections: Vec<Connection>,
    tokens: Vec<Token>,
}

impl Names {
    fn read(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Self> {
        Ok(Self { connections: tx.list_connections(org)?, tokens: tx.list_tokens(org)? })
    }

    fn view(&self, request: LoggedRequest) -> RequestView {
        let connection = request.connection.map(|id| ConnectionOfRequest {
            id,
            name: self.connections.iter().find(|c| c.id == id).map(|c| c.name.clone()).unwrap_or_default(),
        });
        let token = request.token.and_then(|id| self.tokens.iter().find(|token| token.id == id));
        let token = token.map(|token| TokenOfRequest {
            id: token.id,
            name: token.name.clone(),
            hint: token.hint.clone(),
        });
        let refused =
            request.refused.map(|reason| RefusedView { reason: reason.as_str(), advice: reason.advice() });
        let about = request.kind.is_some() || request.name.is_some();
        RequestView {
            id: request.id,
            time: request.at,
            method: request.method,
            path: request.path,
            query: request.query,
            status: request.status,
            scim_type: request.scim_type,
            detail: request.detail,
            duration_ms: request.duration_us as f64 / 1000.0,
            connection,
            token,
            refused,
            resource: about.then_some(ResourceOfRequest {
                kind: request.kind.map(|kind| kind.name()),
                id: request.resource,
                name: request.name,
            }),
            idp: request.idp.map(|client| client.as_str()),
            remote: request.remote,
            user_agent: request.user_agent,
        }
    }
}

/// What identity providers asked, the newest first; the refused requests, too.
#[utoipa::path(
    get, path = "/v1/scim/requests", tag = "Requests", operation_id = "list_scim_requests",
    params(RequestQuery, PageQuery),
    responses((status = 200, description = "A page", body = RequestPage), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (wanted, page): (RequestQuery, PageQuery) = (query::read(&request)?, query::read(&request)?);
    let question = Question::from(wanted);
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let slice = page.slice(ChangeId);
            let mut rows = request_log::search(tx, org, &question, slice.after, slice.limit)?;
            let next_cursor = page.cut(&mut rows, |request| request.id.0);
            let names = Names::read(tx, org)?;
            Ok(RequestPage { data: rows.into_iter().map(|row| names.view(row)).collect(), next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// One request, with what was sent and what changed.
#[utoipa::path(
    get, path = "/v1/scim/requests/{id}", tag = "Requests", operation_id = "get_scim_request",
    params(("id" = String, Path, description = "Id of the request: `X-Request-Id`, or the `change_id` of an event")),
    responses((status = 200, description = "The request", body = FullRequestView), Refusal, Missing)
)]
pub(crate) async fn find(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = path.into_inner();
    let found = call
        .read(ReadCost::Point, move |tx, org| {
            let found = match ChangeId::parse(&given) {
                Some(id) => tx.find_request(org, id)?,
                None => None,
            };
            let unknown = || {
                format!(
                    "request `{given}` is not in the log; GET /v1/scim/requests lists those that are, and they are kept for some days"
                )
            };
            let (row, bodies) = found.ok_or_else(|| Problem::not_found(unknown()))?;
            let events = tx.events_of(org, row.id, MOST_EVENTS)?;
            let names = Names::read(tx, org)?;
            Ok(FullRequestView {
                request: names.view(row),
                request_body: bodies.request,
                response_body: bodies.response,
                events: events.into_iter().map(EventView::from).collect(),
            })
        })
        .await?;
    answer::ok(&found)
}

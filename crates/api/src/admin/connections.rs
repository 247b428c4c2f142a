//! Connections: which there are, and how strictly each IdP is read.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::ConnectionId, ports::ReadCost, records::Connection, time::Timestamp, use_cases::connections,
};
use rolecall_scim::profile::Profile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::Page,
    refusal::{BadBody, Missing, Refusal},
    words::{self, ProfileWord},
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/connections").get(list).done())
        .service(Endpoint::at("/scim/connections/{connection}").patch(change).done());
}

/// One IdP's feed into the organisation.
#[derive(Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05")]
    id: ConnectionId,
    /// What it is called.
    #[schema(example = "default")]
    name: String,
    /// How its requests are read.
    #[schema(value_type = ProfileWord)]
    profile: Profile,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionChange {
    /// How its requests are read from now on.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<ProfileWord>)]
    profile: Option<Profile>,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        let Connection { id, name, profile, created_at } = connection;
        Self { id, name, profile, created_at }
    }
}

/// All connections, by name. There are few, so they come on one page.
#[utoipa::path(
    get, path = "/v1/scim/connections", tag = "Connections", operation_id = "list_connections",
    responses((status = 200, description = "All of them", body = Page<ConnectionView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let connections = call.read(ReadCost::Point, |tx, org| Ok(tx.list_connections(org)?)).await?;
    answer::ok(&Page::whole(connections.into_iter().map(ConnectionView::from).collect()))
}

/// Changes how an IdP's requests are read, from its next one on. What is stored stays as it is.
#[utoipa::path(
    patch, path = "/v1/scim/connections/{connection}", tag = "Connections", operation_id = "update_connection",
    params(("connection" = String, Path, description = "Id or name of the connection")),
    request_body = ConnectionChange,
    responses((status = 200, description = "As it is now", body = ConnectionView), Refusal, BadBody, Missing)
)]
pub(crate) async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: ConnectionChange = body::read(&request, &state, payload).await?;
    let given = path.into_inner();
    let connection =
        call.write(move |tx, act| Ok(connections::change(tx, act, &given, wanted.profile)?)).await?;
    answer::ok(&ConnectionView::from(connection))
}

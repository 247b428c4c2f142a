//! Connections: which there are, how strictly each IdP is read, and what each may do.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::ConnectionId,
    ports::ReadCost,
    records::Connection,
    switches::{OnConflict, OutsideDomains, PeopleFate, Switches},
    time::Timestamp,
    use_cases::{Act, connections},
};
use rolecall_scim::profile::Profile;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
    words::{self, OnConflictWord, OutsideDomainsWord, PeopleFateWord, ProfileWord},
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/connections").get(list).post(create).done()).service(
        Endpoint::at("/scim/connections/{connection}").get(find).patch(change).delete(remove).done(),
    );
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
    /// Since when it is paused: every request of its IdP is answered 503 until it goes on.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    paused_at: Option<Timestamp>,
    /// What it may do.
    switches: SwitchesView,
}

/// What a connection may do.
#[derive(Serialize, ToSchema)]
#[schema(as = Switches)]
pub(crate) struct SwitchesView {
    /// E-mail domains that it speaks for, in lower case; empty: any.
    #[schema(example = json!(["acme.example"]))]
    verified_domains: Vec<String>,
    /// What becomes of people outside them.
    #[schema(value_type = OutsideDomainsWord)]
    outside_domains: &'static str,
    /// It never takes access away.
    upsert_only: bool,
    /// An inactive person who is added to a group becomes active.
    reactivate_on_group_add: bool,
    /// Administrators cannot give or take by hand what its people have.
    lock: bool,
    /// Access that it takes away stays for so many hours.
    grace_hours: u32,
    /// What becomes of a person or group of another connection that it pushes or changes.
    #[schema(value_type = OnConflictWord)]
    on_conflict: &'static str,
}

/// A connection to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConnection {
    /// What to call it, 1 to 100 characters; unique in the organisation.
    #[schema(example = "okta")]
    name: String,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionChange {
    /// What to call it.
    name: Option<String>,
    /// How its requests are read from now on.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<ProfileWord>)]
    profile: Option<Profile>,
    /// `true`: its IdP is told to come again later, and nothing of it is taken in until `false`.
    paused: Option<bool>,
    /// What it may do.
    switches: Option<SwitchesChange>,
}

/// What to change of the switches; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SwitchesChange {
    /// E-mail domains that it speaks for; empty: any.
    #[schema(example = json!(["acme.example"]))]
    verified_domains: Option<Vec<String>>,
    /// What becomes of people outside them.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<OutsideDomainsWord>)]
    outside_domains: Option<OutsideDomains>,
    /// It never takes access away.
    upsert_only: Option<bool>,
    /// An inactive person who is added to a group becomes active.
    reactivate_on_group_add: Option<bool>,
    /// Administrators cannot give or take by hand what its people have.
    lock: Option<bool>,
    /// Access that it takes away stays for so many hours.
    #[schema(maximum = 8784)]
    grace_hours: Option<u32>,
    /// What becomes of a person or group of another connection that it pushes or changes.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<OnConflictWord>)]
    on_conflict: Option<OnConflict>,
}

impl From<Connection> for ConnectionView {
    fn from(connection: Connection) -> Self {
        let Connection { id, name, profile, created_at, switches, paused_at } = connection;
        Self { id, name, profile, created_at, paused_at, switches: switches.into() }
    }
}

impl From<Switches> for SwitchesView {
    fn from(switches: Switches) -> Self {
        Self {
            verified_domains: switches.verified_domains,
            outside_domains: switches.outside_domains.as_str(),
            upsert_only: switches.upsert_only,
            reactivate_on_group_add: switches.reactivate_on_group_add,
            lock: switches.lock,
            grace_hours: switches.grace_hours,
            on_conflict: switches.on_conflict.as_str(),
        }
    }
}

impl ConnectionChange {
    fn apply(&self, connection: &mut Connection, act: &Act<'_>) {
        if let Some(name) = &self.name {
            connection.name.clone_from(name);
        }
        connection.profile = self.profile.unwrap_or(connection.profile);
        if let Some(paused) = self.paused {
            connections::set_paused(connection, paused, act);
        }
        if let Some(switches) = &self.switches {
            switches.apply(&mut connection.switches);
        }
    }
}

impl SwitchesChange {
    fn apply(&self, switches: &mut Switches) {
        if let Some(domains) = &self.verified_domains {
            switches.verified_domains.clone_from(domains);
        }
        switches.outside_domains = self.outside_domains.unwrap_or(switches.outside_domains);
        switches.upsert_only = self.upsert_only.unwrap_or(switches.upsert_only);
        switches.reactivate_on_group_add =
            self.reactivate_on_group_add.unwrap_or(switches.reactivate_on_group_add);
        switches.lock = self.lock.unwrap_or(switches.lock);
        switches.grace_hours = self.grace_hours.unwrap_or(switches.grace_hours);
        switches.on_conflict = self.on_conflict.unwrap_or(switches.on_conflict);
    }
}

/// All connections, by name.
#[utoipa::path(
    get, path = "/v1/scim/connections", tag = "Connections", operation_id = "list_connections",
    params(PageQuery),
    responses((status = 200, description = "All of them", body = Page<ConnectionView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let connections = call.read(ReadCost::Point, |tx, org| Ok(tx.list_connections(org)?)).await?;
    answer::ok(&Page::of(connections.into_iter().map(ConnectionView::from).collect(), &page))
}

/// One connection.
#[utoipa::path(
    get, path = "/v1/scim/connections/{connection}", tag = "Connections", operation_id = "get_connection",
    params(("connection" = String, Path, description = "Id or name of the connection")),
    responses((status = 200, description = "The connection", body = ConnectionView), Refusal, Missing)
)]
pub(crate) async fn find(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = path.into_inner();
    let found = call.read(ReadCost::Point, move |tx, org| Ok(connections::require(tx, org, &given)?)).await?;
    answer::ok(&ConnectionView::from(found))
}

/// Makes a connection, which begins with the profile `compatible` and no switch set. Tokens of its own name it.
#[utoipa::path(
    post, path = "/v1/scim/connections", tag = "Connections", operation_id = "create_connection",
    request_body = NewConnection,
    responses(
        (status = 201, description = "Made", body = ConnectionView, headers(("Location" = String))),
        Conflict, Refusal, BadBody,
    )
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewConnection = body::read(&request, &state, payload).await?;
    let made = call.write(move |tx, act| Ok(connections::create(tx, act, &wanted.name)?)).await?;
    answer::created(format!("/v1/scim/connections/{}", made.id), &ConnectionView::from(made))
}

/// Changes a connection, from the next request of its IdP on. What is stored stays as it is, except that other domains
/// change at once who of its people may have access.
#[utoipa::path(
    patch, path = "/v1/scim/connections/{connection}", tag = "Connections", operation_id = "update_connection",
    params(("connection" = String, Path, description = "Id or name of the connection")),
    request_body = ConnectionChange,
    responses((status = 200, description = "As it is now", body = ConnectionView), Conflict, Refusal, BadBody, Missing)
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
    let connection = call
        .write(move |tx, act| {
            let change = |connection: &mut Connection| wanted.apply(connection, act);
            Ok::<_, Problem>(connections::change(tx, act, &given, change)?)
        })
        .await?;
    answer::ok(&ConnectionView::from(connection))
}

/// How a connection is removed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RemoveQuery {
    /// What becomes of its people. Without it, a connection that owns people or groups is not removed.
    #[serde(default, deserialize_with = "words::given")]
    #[param(inline, value_type = Option<PeopleFateWord>)]
    people: Option<PeopleFate>,
}

/// Removes a connection with its tokens. Where it owns people or groups, `people` says what becomes of the people; the groups go,
/// and what administrators mapped waits on their names.
#[utoipa::path(
    delete, path = "/v1/scim/connections/{connection}", tag = "Connections", operation_id = "delete_connection",
    params(("connection" = String, Path, description = "Id or name of the connection"), RemoveQuery),
    responses((status = 204, description = "Removed"), Conflict, Refusal, Missing)
)]
pub(crate) async fn remove(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (given, wanted): (_, RemoveQuery) = (path.into_inner(), query::read(&request)?);
    call.write(move |tx, act| match wanted.people {
        Some(people) => Ok(connections::switch_off(tx, act, &given, people)?),
        None => Ok(connections::delete(tx, act, &given)?),
    })
    .await?;
    answer::no_content()
}

//! Setup links: with one, a customer's IT person connects the identity provider in the console, and does nothing else there.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    connect_link::ConnectLink,
    ids::{ConnectLinkId, ConnectionId},
    ports::ReadCost,
    secret::{Secret, SecretKind},
    time::Timestamp,
    use_cases::{connect_links, orgs::DEFAULT_CONNECTION},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    expiry::expires_at,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/setup-links").get(list).post(create).done())
        .service(Endpoint::at("/setup-links/{id}").delete(revoke).done());
}

/// The address of a setup link. Its secret is presented once: the browser gets a cookie for it.
pub fn setup_link_url(public_url: &str, org_slug: &str, secret: &Secret) -> String {
    format!("{public_url}/console/setup/open?org={org_slug}&link={}", secret.reveal())
}

/// A link to be made. Without `expires_in_days` or `expires_at` it works for 7 days.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSetupLink {
    /// For whom it is, 1 to 100 characters.
    #[schema(example = "Bob at Contoso IT")]
    name: String,
    /// Name of the connection that it opens, and no other.
    #[serde(default = "default_connection")]
    #[schema(default = "default")]
    connection: String,
    /// Stops working after so many days, at most 90.
    #[schema(minimum = 1, maximum = 90, example = 7)]
    expires_in_days: Option<u32>,
    /// Stops working then.
    #[serde(default, deserialize_with = "words::moment")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

fn default_connection() -> String {
    DEFAULT_CONNECTION.to_owned()
}

/// A setup link. Its secret is not kept and cannot be shown.
#[derive(Serialize, ToSchema)]
#[schema(as = SetupLink)]
pub(crate) struct SetupLinkView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07")]
    id: ConnectLinkId,
    /// Which connection it opens.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05")]
    connection_id: ConnectionId,
    /// For whom it is.
    #[schema(example = "Bob at Contoso IT")]
    name: String,
    /// The last four characters of its address.
    #[schema(example = "m4Tz")]
    hint: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime, example = "2026-03-08T09:30:00.000Z")]
    expires_at: Timestamp,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    revoked_at: Option<Timestamp>,
    /// When it was last followed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    opened_at: Option<Timestamp>,
}

/// A new link: what to send to whoever connects the identity provider.
#[derive(Serialize, ToSchema)]
#[schema(as = NewSetupLinkWithUrl)]
pub(crate) struct NewSetupLinkView {
    #[serde(flatten)]
    link: SetupLinkView,
    /// The link itself. This is the only time that it is shown.
    #[schema(
        example = "https://rolecall.example.com/console/setup/open?org=acme&link=rcw_5kTqXo0T4cZk9Vd8sYb1LwQeR7uHgJf2MpA6tKxNiSlB0Cm4Tz"
    )]
    url: String,
}

impl From<ConnectLink> for SetupLinkView {
    fn from(link: ConnectLink) -> Self {
        Self {
            id: link.id,
            connection_id: link.connection,
            name: link.name,
            hint: link.hint,
            created_at: link.created_at,
            expires_at: link.expires_at,
            revoked_at: link.revoked_at,
            opened_at: link.opened_at,
        }
    }
}

/// Makes a setup link. The answer shows it, once.
#[utoipa::path(
    post, path = "/v1/setup-links", tag = "Secrets", operation_id = "create_setup_link",
    request_body = NewSetupLink,
    responses((status = 201, description = "Made", body = NewSetupLinkView), Refusal, BadBody)
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewSetupLink = body::read(&request, &state, payload).await?;
    let expires = expires_at(wanted.expires_in_days, wanted.expires_at, state.clock.now())?;
    let bytes = state.entropy.bytes();
    let (link, secret) = call
        .write(move |tx, act| {
            let secret = Secret::new(SecretKind::ConnectLink, bytes);
            let link = connect_links::create(tx, act, &wanted.connection, &wanted.name, &secret, expires)?;
            Ok((link, secret))
        })
        .await?;
    let location = format!("/v1/setup-links/{}", link.id);
    let url = setup_link_url(&state.public_url, &call.caller.org.slug, &secret);
    answer::created(location, &NewSetupLinkView { link: link.into(), url })
}

/// All setup links, oldest first; those that ended, too.
#[utoipa::path(
    get, path = "/v1/setup-links", tag = "Secrets", operation_id = "list_setup_links",
    params(PageQuery),
    responses((status = 200, description = "All of them", body = Page<SetupLinkView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let links = call.read(ReadCost::Point, |tx, org| Ok(tx.list_connect_links(org)?)).await?;
    answer::ok(&Page::of(links.into_iter().map(SetupLinkView::from).collect(), &page))
}

/// Revokes a setup link: who follows it, or is on its pages, is told so.
#[utoipa::path(
    delete, path = "/v1/setup-links/{id}", tag = "Secrets", operation_id = "revoke_setup_link",
    params(("id" = String, Path, description = "Id of the link")),
    responses((status = 204, description = "Revoked"), Refusal, Missing)
)]
pub(crate) async fn revoke(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let id = path.into_inner();
    call.write(move |tx, act| Ok(connect_links::revoke(tx, act, &id)?)).await?;
    answer::no_content()
}

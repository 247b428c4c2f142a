//! The organisation itself, which the key names.

use actix_web::{
    HttpRequest,
    web::{Data, Payload, ServiceConfig},
};
use rolecall_domain::{
    records::Org,
    time::Timestamp,
    use_cases::orgs::{self, OrgError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    refusal::{BadBody, Refusal},
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/admin/organisation").get(show).patch(change).done());
}

/// An organisation.
#[derive(Serialize, ToSchema)]
#[schema(as = Organisation)]
pub(crate) struct OrgView {
    /// Its name in addresses; it stays.
    #[schema(example = "acme")]
    slug: String,
    /// Its name for people.
    #[schema(example = "Acme Ltd")]
    name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// What an identity provider is given.
    #[schema(example = "https://rolecall.example.com/scim/acme/v2")]
    tenant_url: String,
}

impl OrgView {
    fn of(state: &AppState, org: Org) -> Self {
        let tenant_url = state.tenant_url(&org.slug);
        Self { slug: org.slug, name: org.name, created_at: org.created_at, tenant_url }
    }
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = OrganisationChange)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrgChange {
    /// 1 to 255 characters.
    #[schema(example = "Acme Ltd")]
    name: Option<String>,
}

/// The organisation.
#[utoipa::path(
    get, path = "/v1/admin/organisation", tag = "Settings", operation_id = "get_organisation",
    responses((status = 200, description = "It", body = OrgView), Refusal)
)]
pub(crate) async fn show(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    answer::ok(&OrgView::of(&state, call.caller.org.clone()))
}

/// Calls the organisation otherwise. Its slug, and with it the Tenant URL, stays.
#[utoipa::path(
    patch, path = "/v1/admin/organisation", tag = "Settings", operation_id = "update_organisation",
    request_body = OrgChange,
    responses((status = 200, description = "As it is now", body = OrgView), Refusal, BadBody)
)]
pub(crate) async fn change(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: OrgChange = body::read(&request, &state, payload).await?;
    let mut org = call.caller.org.clone();
    if let Some(name) = wanted.name {
        org.name = name.trim().to_owned();
        call.write(move |tx, act| Ok(orgs::rename(tx, act, &name)?)).await?;
    }
    answer::ok(&OrgView::of(&state, org))
}

impl From<OrgError> for Problem {
    fn from(problem: OrgError) -> Self {
        match problem {
            OrgError::Store(error) => error.into(),
            other => Self::invalid(other.to_string()),
        }
    }
}

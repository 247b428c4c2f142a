//! What this server says about itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4).

use actix_web::{HttpRequest, HttpResponse, web};
use rolecall_scim::{
    discovery::{self, AuthenticationScheme, Limits},
    error::ScimError,
};

use super::{Failure, answer};
use crate::{auth::IdpCredentials, request::query_pairs, state::AppState};

/// `GET /ServiceProviderConfig`
pub(super) async fn service_provider_config(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Failure> {
    let base = admitted(&request, &state).await?;
    let limits = Limits {
        max_results: u32::try_from(state.limits.page_size).unwrap_or(u32::MAX),
        patch: true,
        filter: true,
        etag: true,
        authentication_schemes: vec![AuthenticationScheme::bearer_token()],
        ..Limits::default()
    };
    Ok(answer::plain(&request, discovery::service_provider_config(&limits, &base).to_string()))
}

/// `GET /ResourceTypes`
pub(super) async fn resource_types(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Failure> {
    let base = admitted(&request, &state).await?;
    let types = [state.user_type(), state.group_type()];
    Ok(answer::plain(&request, discovery::resource_types(&types, &base).to_string()))
}

/// `GET /ResourceTypes/{name}`: CyberArk and SailPoint ask by name.
pub(super) async fn resource_type(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let base = admitted(&request, &state).await?;
    let name = path.into_inner().1;
    let found = [state.user_type(), state.group_type()].into_iter().find(|kind| kind.name == name);
    let found = found.ok_or_else(|| ScimError::not_found(format!("there is no resource type {name}")))?;
    Ok(answer::plain(&request, discovery::resource_type(found, &base).to_string()))
}

/// `GET /Schemas`
pub(super) async fn schemas(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, Failure> {
    let base = admitted(&request, &state).await?;
    let types = [state.user_type(), state.group_type()];
    Ok(answer::plain(&request, discovery::schemas(&types, &base).to_string()))
}

/// `GET /Schemas/{urn}`
pub(super) async fn schema(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let base = admitted(&request, &state).await?;
    let urn = path.into_inner().1;
    let types = [state.user_type(), state.group_type()];
    let found = discovery::find_schema(&types, &urn)
        .ok_or_else(|| ScimError::not_found(format!("there is no schema {urn}")))?;
    Ok(answer::plain(&request, discovery::schema(found, &base).to_string()))
}

/// The base address, for a caller with a live token. RFC 7644 §4: a filter here is answered 403.
async fn admitted(request: &HttpRequest, state: &AppState) -> Result<String, Failure> {
    let caller = IdpCredentials::of(request, state)?.admit(state).await?;
    if query_pairs(request).iter().any(|(name, _)| name == "filter") {
        return Err(ScimError::forbidden("discovery endpoints cannot be filtered").into());
    }
    Ok(state.tenant_url(&caller.org.slug))
}

//! What this server says about itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7644 §4).

use actix_web::{HttpRequest, HttpResponse, web};
use rolecall_domain::ports::{Directory, Terms};
use rolecall_scim::{
    discovery::{self, Limits, Pagination},
    error::ScimError,
};

use super::{Failure, ScimRoutes, answer, bulk, query};
use crate::request::query_pairs;

/// `GET /ServiceProviderConfig`
pub(super) async fn service_provider_config<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
) -> Result<HttpResponse, Failure> {
    let (base, _) = admitted(&request, &routes).await?;
    let org_slug = request.match_info().get("org").unwrap_or_default();
    let page_size = u32::try_from(routes.limits.page_size).unwrap_or(u32::MAX);
    let limits = Limits {
        max_results: page_size,
        patch: true,
        filter: true,
        etag: true,
        sort: true,
        pagination: Some(Pagination {
            cursor: true,
            index: true,
            default_pagination_method: Some("index"),
            default_page_size: Some(page_size),
            max_page_size: Some(page_size),
            cursor_timeout: u32::try_from(query::CURSOR_LIFETIME_MS / 1000).ok(),
        }),
        bulk: Some(bulk::limits(routes.limits.body_bytes)),
        authentication_schemes: routes.directory.authentication_schemes(org_slug),
        ..Limits::default()
    };
    Ok(plain(&request, discovery::service_provider_config(&limits, &base).to_string()))
}

/// `GET /ResourceTypes`
pub(super) async fn resource_types<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
) -> Result<HttpResponse, Failure> {
    let (base, terms) = admitted(&request, &routes).await?;
    let types = [&*terms.user_type, &*terms.group_type];
    Ok(plain(&request, discovery::resource_types(&types, &base).to_string()))
}

/// `GET /ResourceTypes/{name}`: CyberArk and SailPoint ask by name.
pub(super) async fn resource_type<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let (base, terms) = admitted(&request, &routes).await?;
    let name = path.into_inner().1;
    let found = [&*terms.user_type, &*terms.group_type].into_iter().find(|kind| kind.name == name);
    let found = found.ok_or_else(|| ScimError::not_found(format!("there is no resource type {name}")))?;
    Ok(plain(&request, discovery::resource_type(found, &base).to_string()))
}

/// `GET /Schemas`
pub(super) async fn schemas<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
) -> Result<HttpResponse, Failure> {
    let (base, terms) = admitted(&request, &routes).await?;
    let types = [&*terms.user_type, &*terms.group_type];
    Ok(plain(&request, discovery::schemas(&types, &base).to_string()))
}

/// `GET /Schemas/{urn}`
pub(super) async fn schema<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let (base, terms) = admitted(&request, &routes).await?;
    let urn = path.into_inner().1;
    let types = [&*terms.user_type, &*terms.group_type];
    let found = discovery::find_schema(&types, &urn)
        .ok_or_else(|| ScimError::not_found(format!("there is no schema {urn}")))?;
    Ok(plain(&request, discovery::schema(found, &base).to_string()))
}

/// The base address and the schemas, for a caller with a live token. RFC 7644 §4: a filter here is answered 403.
async fn admitted<D: Directory>(
    request: &HttpRequest,
    routes: &ScimRoutes<D>,
) -> Result<(String, Terms), Failure> {
    let credentials = routes.credentials(request)?;
    let client = routes.admit(request).await?;
    if query_pairs(request.query_string()).iter().any(|(name, _)| name == "filter") {
        return Err(ScimError::forbidden("discovery endpoints cannot be filtered").into());
    }
    Ok((routes.base(&credentials.org_slug), routes.directory.terms(&client)))
}

fn plain(request: &HttpRequest, text: String) -> HttpResponse {
    HttpResponse::Ok().content_type(answer::media_type(request)).body(text)
}

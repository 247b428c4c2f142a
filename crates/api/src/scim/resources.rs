//! `/Users` and `/Groups`: bytes in, directory, bytes out.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use rolecall_domain::{
    ports::{Directory, Kind, Resource, ResourceBody, Terms, Wanted},
    token_scope::{Reach, TokenScope},
};
use rolecall_scim::{
    document::Document,
    members,
    patch::{self, PatchRequest},
    projection::{Projection, Written},
    render,
};
use serde_json::Value;

use super::{Failure, ScimRoutes, answer, answer::Renderer, body, query, query::ListQuery, search, stream};

type Routes<D> = web::Data<ScimRoutes<D>>;
type Answer = Result<HttpResponse, Failure>;

/// `GET /Users`, `GET /Groups` (RFC 7644 §3.4.2).
pub(super) async fn list<D: Directory>(kind: Kind, request: HttpRequest, routes: Routes<D>) -> Answer {
    // Who asks is settled before what they ask, so that a stranger learns nothing from an error.
    let client = routes.admit_for(&request, &[TokenScope::of(kind, Reach::Read)]).await?;
    let terms = routes.directory.terms(&client);
    let asked = ListQuery::of_url(&request, terms.profile)?;
    search::answer(&request, &routes, &client, &terms, &asked, &[kind]).await
}

/// `GET /Users/{id}`, `GET /Groups/{id}` (RFC 7644 §3.4.1).
pub(super) async fn read<D: Directory>(kind: Kind, request: HttpRequest, routes: Routes<D>) -> Answer {
    let credentials = routes.credentials(&request)?;
    let projection = query::projection(&request)?;
    let wanted = wanted(kind, &projection);
    let (client, resource) = routes.directory.find(&credentials, kind, id(&request), wanted).await?;
    routes.note(&request, &client);
    query::check_if_none_match(&request, resource.document.version)?;
    show(&request, &routes, &client, &projection, StatusCode::OK, resource).await
}

/// `POST /Users`, `POST /Groups` (RFC 7644 §3.3).
pub(super) async fn create<D: Directory>(
    kind: Kind,
    request: HttpRequest,
    routes: Routes<D>,
    payload: web::Payload,
) -> Answer {
    let client = routes.admit_for(&request, &[TokenScope::of(kind, Reach::Write)]).await?;
    let projection = query::projection(&request)?.after_writing(Written::Everything);
    let bytes = body::read(&request, payload, routes.limits.body_bytes).await?;
    let body = parse(kind, &bytes, &routes.directory.terms(&client))?;
    let wanted = wanted(kind, &projection);
    let resource = routes.directory.create(&client, routes.change(&request), body, wanted).await?;
    show(&request, &routes, &client, &projection, StatusCode::CREATED, resource).await
}

/// `PUT /Users/{id}`, `PUT /Groups/{id}` (RFC 7644 §3.5.1).
pub(super) async fn replace<D: Directory>(
    kind: Kind,
    request: HttpRequest,
    routes: Routes<D>,
    payload: web::Payload,
) -> Answer {
    let client = routes.admit_for(&request, &[TokenScope::of(kind, Reach::Write)]).await?;
    let (projection, expected) = (query::projection(&request)?, query::expected(&request));
    let projection = projection.after_writing(Written::Everything);
    let bytes = body::read(&request, payload, routes.limits.body_bytes).await?;
    let body = parse(kind, &bytes, &routes.directory.terms(&client))?;
    let (change, wanted) = (routes.change(&request), wanted(kind, &projection));
    let resource = routes.directory.replace(&client, change, id(&request), body, expected, wanted).await?;
    show(&request, &routes, &client, &projection, StatusCode::OK, resource).await
}

/// `PATCH /Users/{id}`, `PATCH /Groups/{id}` (RFC 7644 §3.5.2).
///
/// A person is answered with a body, which every client takes and some need. A group is answered 204, whatever its
/// size, unless the client asks for attributes, in which case the RFC demands a body.
pub(super) async fn patch<D: Directory>(
    kind: Kind,
    request: HttpRequest,
    routes: Routes<D>,
    payload: web::Payload,
) -> Answer {
    let client = routes.admit_for(&request, &[TokenScope::of(kind, Reach::Write)]).await?;
    let (projection, expected) = (query::projection(&request)?, query::expected(&request));
    let bytes = body::read(&request, payload, routes.limits.body_bytes).await?;
    let terms = routes.directory.terms(&client);
    let operations = PatchRequest::parse(&bytes, terms.resource_type(kind), terms.profile)?;
    let without_body = kind == Kind::Group && projection.is_empty();
    let projection = if terms.resource_type(kind).sends_on_request() {
        let written = patch::written(&operations, terms.resource_type(kind));
        projection.after_writing(Written::These(written))
    } else {
        projection
    };
    let wanted = if without_body { Wanted::TextAlone } else { wanted(kind, &projection) };
    let change = routes.change(&request);
    let resource =
        routes.directory.patch(&client, change, kind, id(&request), operations, expected, wanted).await?;
    if without_body {
        let etag = render::etag(resource.document.version);
        return Ok(HttpResponse::NoContent().insert_header((header::ETAG, etag)).finish());
    }
    show(&request, &routes, &client, &projection, StatusCode::OK, resource).await
}

/// `DELETE /Users/{id}`, `DELETE /Groups/{id}` (RFC 7644 §3.6).
pub(super) async fn delete<D: Directory>(kind: Kind, request: HttpRequest, routes: Routes<D>) -> Answer {
    let client = routes.admit_for(&request, &[TokenScope::of(kind, Reach::Write)]).await?;
    let expected = query::expected(&request);
    routes.directory.delete(&client, routes.change(&request), kind, id(&request), expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn show<D: Directory>(
    request: &HttpRequest,
    routes: &Routes<D>,
    client: &D::Client,
    projection: &Projection,
    status: StatusCode,
    resource: Resource,
) -> Answer {
    let terms = routes.directory.terms(client);
    let renderer = renderer(request, routes, &terms, projection);
    let mut response = HttpResponse::build(status);
    response
        .content_type(answer::media_type(request))
        .insert_header((header::ETAG, render::etag(resource.document.version)))
        .insert_header((header::LOCATION, renderer.location(resource.kind, resource.id)));
    stream::one(response, routes, client, &renderer, resource).await
}

/// The body of a POST or PUT inside a bulk request.
pub(super) fn body_of(kind: Kind, data: Value, terms: &Terms) -> Result<ResourceBody, Failure> {
    Ok(match kind {
        Kind::User => ResourceBody::User(Document::from_value(data, &terms.user_type, terms.profile)?),
        Kind::Group => {
            ResourceBody::Group(members::group_from_value(data, &terms.group_type, terms.profile)?)
        }
    })
}

fn parse(kind: Kind, bytes: &[u8], terms: &Terms) -> Result<ResourceBody, Failure> {
    Ok(match kind {
        Kind::User => ResourceBody::User(Document::parse(bytes, &terms.user_type, terms.profile)?),
        Kind::Group => ResourceBody::Group(members::parse_group(bytes, &terms.group_type, terms.profile)?),
    })
}

pub(super) fn renderer<D: Directory>(
    request: &HttpRequest,
    routes: &ScimRoutes<D>,
    terms: &Terms,
    projection: &Projection,
) -> Arc<Renderer> {
    let base = routes.base(request.match_info().get("org").unwrap_or_default());
    Arc::new(Renderer::new(base, terms.clone(), projection.clone()))
}

pub(super) fn wanted(kind: Kind, projection: &Projection) -> Wanted {
    let attribute = match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    };
    if projection.wants(attribute) { Wanted::Related } else { Wanted::TextAlone }
}

fn id(request: &HttpRequest) -> &str {
    request.match_info().get("id").unwrap_or_default()
}

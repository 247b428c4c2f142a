//! The Tenant URL: `/scim/{org}/v2/…`, SCIM 2.0 (RFC 7644), over any [`Directory`]. Every answer of 400 and above is a
//! SCIM error.

mod answer;
mod body;
mod bulk;
mod discovery;
mod failure;
mod query;
pub(crate) mod record;
mod resources;
mod search;
mod stream;

use std::{marker::PhantomData, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, http::Method, middleware::from_fn, web};
use rolecall_domain::{
    ids::ChangeId,
    ports::{Clock, Credentials, Directory, Ids, Kind},
    token_scope::TokenScope,
};

pub(crate) use failure::Failure;
use rolecall_scim::error::ScimError;

use crate::{endpoint::reads, request::bearer, state::Limits};

/// The Tenant URL of an organisation, which all its SCIM addresses begin with.
pub fn tenant_url(public_url: &str, org_slug: &str) -> String {
    format!("{public_url}/scim/{org_slug}/v2")
}

/// SCIM over a [`Directory`]: all that another application needs to mount.
///
/// `examples/embed.rs` is one, over maps in memory:
///
/// ```text
/// let routes = ScimRoutes { directory, clock, ids, public_url, limits: Limits::default() };
/// HttpServer::new(move || {
///     let routes = routes.clone();
///     App::new().configure(|config| routes.configure(config))
/// })
/// ```
///
/// Whoever calls the routes is known by [`Directory::admit`] alone; nothing else of this crate needs to be mounted.
pub struct ScimRoutes<D> {
    /// People and groups.
    pub directory: Arc<D>,
    /// For how long cursors are good.
    pub clock: Arc<dyn Clock>,
    /// Ids for units of work, where the application around does not give each request one.
    pub ids: Arc<dyn Ids>,
    /// The address that clients use, without a slash at the end.
    pub public_url: Arc<str>,
    /// Bounds of a request.
    pub limits: Limits,
}

// By hand: a directory that cannot be cloned is shared all the same.
impl<D> Clone for ScimRoutes<D> {
    fn clone(&self) -> Self {
        Self {
            directory: Arc::clone(&self.directory),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            public_url: Arc::clone(&self.public_url),
            limits: self.limits,
        }
    }
}

impl<D: Directory> ScimRoutes<D> {
    fn base(&self, org_slug: &str) -> String {
        tenant_url(&self.public_url, org_slug)
    }

    fn credentials(&self, request: &HttpRequest) -> Result<Credentials, Failure> {
        let org_slug = request.match_info().get("org").unwrap_or_default().to_owned();
        let secret = bearer(request).ok_or(Failure::Unauthorized)?.to_owned();
        Ok(Credentials { org_slug, secret })
    }

    /// Lets the client in, and leaves a note of who it is.
    async fn admit(&self, request: &HttpRequest) -> Result<D::Client, Failure> {
        let client = self.directory.admit(&self.credentials(request)?).await?;
        self.note(request, &client);
        Ok(client)
    }

    /// Lets the client in for what needs these scopes. Who it is, is noted all the same.
    async fn admit_for(&self, request: &HttpRequest, needed: &[TokenScope]) -> Result<D::Client, Failure> {
        let client = self.admit(request).await?;
        self.directory.permit(&client, needed)?;
        Ok(client)
    }

    fn note(&self, request: &HttpRequest, client: &D::Client) {
        if let Some(caller) = self.directory.caller(client) {
            record::note_caller(request, caller);
        }
    }

    fn change(&self, request: &HttpRequest) -> ChangeId {
        crate::request::change_id(request, &*self.ids)
    }

    /// Mounts `/scim`.
    pub fn configure(self, config: &mut web::ServiceConfig) {
        config.service(Self::tenant());
        self.configure_rest(config);
    }

    /// The same, with every request handed to the provisioning log.
    pub(crate) fn configure_recorded(self, config: &mut web::ServiceConfig) {
        config.service(Self::tenant().wrap(from_fn(record::record)));
        self.configure_rest(config);
    }

    fn configure_rest(self, config: &mut web::ServiceConfig) {
        config.app_data(web::Data::new(self));
        // `/scim` without an organisation or version is still a SCIM client's mistake.
        config.service(web::scope("/scim").default_service(web::to(no_endpoint)));
    }

    fn tenant() -> actix_web::Scope {
        web::scope("/scim/{org}/v2")
            .service(search_at::<D>("/Users/.search", &[Kind::User]))
            .service(search_at::<D>("/Groups/.search", &[Kind::Group]))
            .service(search_at::<D>("/.search", &[Kind::User, Kind::Group]))
            .service(get_only("", reads().to(search::root::<D>)))
            .service(get_only("/", reads().to(search::root::<D>)))
            .service(Endpoint::<D>::collection(Kind::User))
            .service(Endpoint::<D>::one(Kind::User))
            .service(Endpoint::<D>::collection(Kind::Group))
            .service(Endpoint::<D>::one(Kind::Group))
            .service(
                web::resource("/Bulk")
                    .route(web::post().to(bulk::bulk::<D>))
                    .default_service(web::to(|| only(&[Method::POST]))),
            )
            .service(web::resource("/Me").default_service(web::to(no_subject)))
            .service(get_only("/ServiceProviderConfig", reads().to(discovery::service_provider_config::<D>)))
            .service(get_only("/ResourceTypes", reads().to(discovery::resource_types::<D>)))
            .service(get_only("/ResourceTypes/{name}", reads().to(discovery::resource_type::<D>)))
            .service(get_only("/Schemas", reads().to(discovery::schemas::<D>)))
            .service(get_only("/Schemas/{urn}", reads().to(discovery::schema::<D>)))
            .default_service(web::to(no_endpoint))
    }
}

/// The two addresses of a resource type.
struct Endpoint<D>(PhantomData<D>);

impl<D: Directory> Endpoint<D> {
    fn collection(kind: Kind) -> actix_web::Resource {
        web::resource(format!("/{}", kind.endpoint()))
            .route(reads().to(move |request, routes| resources::list::<D>(kind, request, routes)))
            .route(
                web::post()
                    .to(move |request, routes, body| resources::create::<D>(kind, request, routes, body)),
            )
            .default_service(web::to(|| only(&[Method::GET, Method::HEAD, Method::POST])))
    }

    fn one(kind: Kind) -> actix_web::Resource {
        web::resource(format!("/{}/{{id}}", kind.endpoint()))
            .route(reads().to(move |request, routes| resources::read::<D>(kind, request, routes)))
            .route(
                web::put()
                    .to(move |request, routes, body| resources::replace::<D>(kind, request, routes, body)),
            )
            .route(
                web::patch()
                    .to(move |request, routes, body| resources::patch::<D>(kind, request, routes, body)),
            )
            .route(web::delete().to(move |request, routes| resources::delete::<D>(kind, request, routes)))
            .default_service(web::to(|| {
                only(&[Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE])
            }))
    }
}

fn search_at<D: Directory>(path: &str, kinds: &'static [Kind]) -> actix_web::Resource {
    web::resource(path)
        .route(
            web::post().to(move |request, routes, body| search::by_post::<D>(kinds, request, routes, body)),
        )
        .default_service(web::to(|| only(&[Method::POST])))
}

fn get_only(path: &str, route: actix_web::Route) -> actix_web::Resource {
    web::resource(path).route(route).default_service(web::to(|| only(&[Method::GET, Method::HEAD])))
}

async fn only(allowed: &'static [Method]) -> Result<HttpResponse, Failure> {
    Err(Failure::MethodNotAllowed { allowed })
}

/// A token stands for an identity provider, not for a person, so there is nobody that `/Me` could be (RFC 7644 §3.11).
async fn no_subject() -> Result<HttpResponse, Failure> {
    Err(ScimError::not_implemented(
        "the token stands for an identity provider, not for a person; use /Users/{id}",
    )
    .into())
}

async fn no_endpoint(request: HttpRequest) -> Result<HttpResponse, Failure> {
    Err(Failure::NoEndpoint { path: request.path().to_owned() })
}

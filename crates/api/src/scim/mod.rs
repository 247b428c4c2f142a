//! The Tenant URL: `/scim/{org}/v2/…`, SCIM 2.0 (RFC 7644). Every answer of 400 and above is a SCIM error.

mod answer;
mod body;
mod discovery;
mod failure;
mod groups;
mod query;
mod users;

use actix_web::{HttpRequest, HttpResponse, http::Method, web};

pub(crate) use failure::Failure;

/// Mounts the routes below `/scim`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("/scim/{org}/v2")
            .service(
                web::resource("/Users")
                    .route(web::get().to(users::list))
                    .route(web::post().to(users::create))
                    .default_service(web::to(only_get_and_post)),
            )
            .service(
                web::resource("/Users/{id}")
                    .route(web::get().to(users::read))
                    .route(web::put().to(users::replace))
                    .route(web::patch().to(users::patch))
                    .route(web::delete().to(users::delete))
                    .default_service(web::to(only_one_resource_methods)),
            )
            .service(
                web::resource("/Groups")
                    .route(web::get().to(groups::list))
                    .route(web::post().to(groups::create))
                    .default_service(web::to(only_get_and_post)),
            )
            .service(
                web::resource("/Groups/{id}")
                    .route(web::get().to(groups::read))
                    .route(web::put().to(groups::replace))
                    .route(web::patch().to(groups::patch))
                    .route(web::delete().to(groups::delete))
                    .default_service(web::to(only_one_resource_methods)),
            )
            .service(
                get_only("/ServiceProviderConfig").route(web::get().to(discovery::service_provider_config)),
            )
            .service(get_only("/ResourceTypes").route(web::get().to(discovery::resource_types)))
            .service(get_only("/ResourceTypes/{name}").route(web::get().to(discovery::resource_type)))
            .service(get_only("/Schemas").route(web::get().to(discovery::schemas)))
            .service(get_only("/Schemas/{urn}").route(web::get().to(discovery::schema)))
            .default_service(web::to(no_endpoint)),
    );
    // `/scim` without an organisation or version is still a SCIM client's mistake.
    config.service(web::scope("/scim").default_service(web::to(no_endpoint)));
}

fn get_only(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(only_get))
}

async fn no_endpoint(request: HttpRequest) -> Result<HttpResponse, Failure> {
    Err(Failure::NoEndpoint { path: request.path().to_owned() })
}

async fn only_get() -> Result<HttpResponse, Failure> {
    Err(Failure::MethodNotAllowed { allowed: &[Method::GET] })
}

async fn only_get_and_post() -> Result<HttpResponse, Failure> {
    Err(Failure::MethodNotAllowed { allowed: &[Method::GET, Method::POST] })
}

async fn only_one_resource_methods() -> Result<HttpResponse, Failure> {
    Err(Failure::MethodNotAllowed { allowed: &[Method::GET, Method::PUT, Method::PATCH, Method::DELETE] })
}

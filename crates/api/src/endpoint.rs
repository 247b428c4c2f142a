//! One address and what each method does there; any other method gets 405 with `Allow`.

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError, Route, guard,
    http::{
        Method, StatusCode,
        header::{ALLOW, HeaderValue},
    },
    web,
};

use crate::problem::Problem;

/// The route of whatever answers `GET`: it answers `HEAD` by the same handler, and actix sends the head of the answer alone,
/// with the length that the content has (RFC 9110 §9.3.2).
pub fn reads() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// An address that is being put together.
pub(crate) struct Endpoint {
    resource: Resource,
    methods: Vec<&'static str>,
}

impl Endpoint {
    /// Begins one; `path` is an actix pattern.
    pub(crate) fn at(path: &str) -> Self {
        Self { resource: web::resource(path), methods: Vec::new() }
    }

    /// `GET` and `HEAD`.
    pub(crate) fn get<F, Args>(mut self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.extend(["GET", "HEAD"]);
        self.resource = self.resource.route(reads().to(handler));
        self
    }

    /// `POST`
    pub(crate) fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::POST, "POST", handler)
    }

    /// `PUT`
    pub(crate) fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PUT, "PUT", handler)
    }

    /// `PATCH`
    pub(crate) fn patch<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::PATCH, "PATCH", handler)
    }

    /// `DELETE`
    pub(crate) fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::DELETE, "DELETE", handler)
    }

    fn on<F, Args>(mut self, method: Method, name: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(name);
        self.resource = self.resource.route(web::method(method).to(handler));
        self
    }

    /// The resource to mount. actix would answer 405 with `Allow`, too, but with an empty body.
    pub(crate) fn done(self) -> Resource {
        let allowed = self.methods.join(", ");
        self.resource.default_service(web::to(move || {
            let answer = wrong_method(&allowed);
            async move { answer }
        }))
    }
}

fn wrong_method(allowed: &str) -> HttpResponse {
    let detail = format!("this address answers {allowed}");
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    let mut response = problem.error_response();
    if let Ok(value) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

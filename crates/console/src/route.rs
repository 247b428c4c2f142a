//! Which addresses there are, what each needs, and the one place that sees to it.

use std::{collections::BTreeMap, pin::Pin};

use actix_web::{
    HttpRequest, HttpResponse, Resource,
    http::{Method, header},
    web,
};
use rolecall_domain::{role::AdminRole, secret::SecretHash};

use crate::{
    Console,
    fault::{Answer, Fault},
    form::{Brings, Form},
    guest::Guest,
    view,
    visit::{Signed, Visit},
};

/// An address with a method.
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// From the root of the server, with `{name}` for what varies.
    pub path: &'static str,
    pub(crate) handler: Handler,
    /// What its forms bring.
    pub(crate) brings: Brings,
}

/// Who may use a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Anybody.
    Nobody,
    /// Whoever came by a setup link.
    SetupLink,
    /// Somebody signed in, of this role or a higher one.
    Role(AdminRole),
}

pub(crate) type Reply = Pin<Box<dyn Future<Output = Answer>>>;

#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Open(fn(Visit) -> Reply),
    Guest(fn(Guest) -> Reply),
    Signed(AdminRole, fn(Signed) -> Reply),
}

impl Route {
    /// Who may use it.
    pub fn needs(&self) -> Needs {
        match self.handler {
            Handler::Open(_) => Needs::Nobody,
            Handler::Guest(_) => Needs::SetupLink,
            Handler::Signed(role, _) => Needs::Role(role),
        }
    }
}

/// The routes of a file: `GET "/console/people" auditor => list;`. Who is named is the least that may. A form that brings a
/// file says how large it may be: `POST "/console/import" admin (MOST_BYTES) => run;`.
macro_rules! routes {
    ($($method:ident $path:literal $needs:ident $(($most:path))? => $page:path;)+) => {
        pub(crate) const ROUTES: &[$crate::route::Route] = &[$($crate::route::Route {
            method: ::actix_web::http::Method::$method,
            path: $path,
            handler: $crate::route::handler!($needs $page),
            brings: $crate::route::brings!($($most)?),
        }),+];
    };
}
macro_rules! handler {
    (nobody $page:path) => { $crate::route::Handler::Open(|visit| Box::pin($page(visit))) };
    (guest $page:path) => { $crate::route::Handler::Guest(|guest| Box::pin($page(guest))) };
    (auditor $page:path) => { $crate::route::handler!(@Auditor $page) };
    (admin $page:path) => { $crate::route::handler!(@Admin $page) };
    (owner $page:path) => { $crate::route::handler!(@Owner $page) };
    (@$role:ident $page:path) => {
        $crate::route::Handler::Signed(::rolecall_domain::role::AdminRole::$role, |signed| Box::pin($page(signed)))
    };
}
macro_rules! brings {
    () => {
        $crate::form::Brings::Fields
    };
    ($most:path) => {
        $crate::form::Brings::File($most)
    };
}
pub(crate) use {brings, handler, routes};

pub(crate) fn mount(config: &mut web::ServiceConfig, console: &Console) {
    let mut resources: BTreeMap<&str, Resource> = BTreeMap::new();
    // Fixed addresses before those with a hole in them, whichever order the files name them in.
    let mut routes: Vec<&'static Route> = crate::routes().collect();
    routes.sort_by_key(|route| (route.path.matches('{').count(), route.path));
    let order: Vec<&str> = routes.iter().map(|route| route.path).collect();
    for route in routes {
        let console = console.clone();
        let serve = move |request: HttpRequest, payload: web::Payload| {
            let console = console.clone();
            async move { serve(route, console, request, payload).await }
        };
        let resource = resources.remove(route.path).unwrap_or_else(|| web::resource(route.path));
        resources.insert(route.path, resource.route(on(&route.method).to(serve)));
    }
    for path in order {
        if let Some(resource) = resources.remove(path) {
            // An address that only takes forms is opened by who reloads the page of a plan.
            config.service(resource.default_service(otherwise(console)));
        }
    }
    crate::assets::mount(config);
    config.service(web::scope("/console").default_service(otherwise(console)));
}

fn on(method: &Method) -> actix_web::Route {
    if *method == Method::GET { rolecall_api::reads() } else { web::method(method.clone()) }
}

/// The page of an address or a method at which there is none.
fn otherwise(console: &Console) -> actix_web::Route {
    let console = console.clone();
    web::to(move |request: HttpRequest| {
        let console = console.clone();
        async move { nothing_here(console, request).await }
    })
}

/// Every request to a page comes through here: who is it, may they, and is it their own form.
async fn serve(
    route: &'static Route,
    console: Console,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    let mut visit = Visit::new(console, request);
    if let Handler::Guest(page) = route.handler {
        return finish(serve_guest(route, visit, payload, page).await);
    }
    let signed = match visit.recognise().await {
        Ok(signed) => signed,
        Err(fault) => return visit.show(None, fault),
    };
    let outcome = match (&route.handler, signed) {
        (Handler::Guest(_), _) => Err(Fault::Internal),
        (Handler::Open(page), _) => match visit.take_form(route, payload, None).await {
            Ok(()) => page(visit.clone()).await,
            Err(fault) => Err(fault),
        },
        (Handler::Signed(..), None) => Err(visit.signed_out().await),
        (Handler::Signed(role, page), Some((signed_in, secret))) => {
            let token = SecretHash::derived(&secret, "form").to_text();
            let allowed = signed_in.administrator.role >= *role;
            let taken = match allowed {
                true => visit.take_form(route, payload, Some(&token)).await,
                false => Err(Fault::Forbidden { needs: *role }),
            };
            let signed = Signed::new(visit.clone(), signed_in, token, secret);
            let outcome = match taken {
                Ok(()) => page(signed.clone()).await,
                Err(fault) => Err(fault),
            };
            return finish(outcome.unwrap_or_else(|fault| visit.show(Some(&signed), fault)));
        }
    };
    finish(outcome.unwrap_or_else(|fault| visit.show(None, fault)))
}

/// Whether somebody is signed in does not matter here: what a link opens is the same for everybody.
async fn serve_guest(
    route: &Route,
    mut visit: Visit,
    payload: web::Payload,
    page: fn(Guest) -> Reply,
) -> HttpResponse {
    let (pass, secret) = match visit.recognise_guest().await {
        Ok(Ok(found)) => found,
        Ok(Err(dead)) => return visit.show(None, dead.into()),
        Err(fault) => return visit.show(None, fault),
    };
    let token = SecretHash::derived(&secret, "form").to_text();
    let outcome = match visit.take_form(route, payload, Some(&token)).await {
        Ok(()) => page(Guest::new(visit.clone(), pass, token)).await,
        Err(fault) => Err(fault),
    };
    outcome.unwrap_or_else(|fault| visit.show(None, fault))
}

async fn nothing_here(console: Console, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(console, request);
    let signed = match visit.recognise().await {
        Ok(Some((signed_in, secret))) => {
            let token = SecretHash::derived(&secret, "form").to_text();
            Some(Signed::new(visit.clone(), signed_in, token, secret))
        }
        Ok(None) => return finish(visit.show(None, visit.signed_out().await)),
        Err(fault) => return finish(visit.show(None, fault)),
    };
    finish(visit.show(signed.as_ref(), Fault::not_found("There is no page at this address.")))
}

/// What every page carries: nothing is loaded from elsewhere, nothing inline runs, nobody frames it, nobody keeps it.
fn finish(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    // A page may ask for less, and never for more.
    if !headers.contains_key(header::REFERRER_POLICY) {
        headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("same-origin"));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, view::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

/// Whether a request that changes something comes from a page of this server. Browsers say so; who is no browser needs the
/// session's form token all the same.
pub(crate) fn from_our_own_page(request: &HttpRequest) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or(origin, |(_, host)| host);
            header("host").is_some_and(|own| own.eq_ignore_ascii_case(host))
        }
        (None, None) => true,
    }
}

impl Visit {
    /// Reads the form of a `POST`, and refuses one that is not ours.
    async fn take_form(
        &mut self,
        route: &Route,
        payload: web::Payload,
        token: Option<&str>,
    ) -> Result<(), Fault> {
        if route.method != Method::POST {
            return Ok(());
        }
        if !from_our_own_page(&self.request) {
            return Err(Fault::ForeignForm);
        }
        let form =
            Form::read(&self.request, payload, route.brings, self.console.app.limits.body_bytes).await?;
        if let Some(token) = token
            && !form.carries(token)
        {
            return Err(Fault::ForeignForm);
        }
        self.form = form;
        Ok(())
    }
}

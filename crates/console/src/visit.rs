//! One request to the console: what came with it, who it is from, and the way to the store.

use std::rc::Rc;

use actix_web::{HttpRequest, HttpResponse, http::header};
use maud::Markup;
use rolecall_api::{query_pairs, work};
use rolecall_domain::{
    event::Actor,
    ids::{ChangeId, OrgId},
    ports::{ReadCost, ReadTx, Tx},
    role::AdminRole,
    use_cases::{
        Act,
        administrators::{SignedIn, recognise},
    },
};

use crate::{
    Console,
    cookies::{self, Flash, Theme},
    fault::{Answer, Fault},
    form::Form,
    view::{self, Section},
};

/// A request, by whomever.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) console: Console,
    pub(crate) request: HttpRequest,
    /// Empty but for a `POST`.
    pub(crate) form: Form,
    query: Rc<Vec<(String, String)>>,
}

/// A request by somebody who is signed in and may use the route.
#[derive(Clone)]
pub(crate) struct Signed {
    visit: Visit,
    pub(crate) who: Rc<SignedIn>,
    /// What every form of this session carries.
    pub(crate) form_token: Rc<str>,
    /// The session's own secret, to end it.
    pub(crate) secret: Rc<str>,
}

impl std::ops::Deref for Signed {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Visit {
    pub(crate) fn new(console: Console, request: HttpRequest) -> Self {
        let query = Rc::new(query_pairs(request.query_string()));
        Self { console, request, form: Form::default(), query }
    }

    /// Who presents a live session, and its secret.
    pub(crate) async fn recognise(&self) -> Result<Option<(SignedIn, String)>, Fault> {
        let Some((org, secret)) = cookies::presented_session(&self.console, &self.request) else {
            return Ok(None);
        };
        let (now, presented) = (self.console.app.clock.now(), secret.clone());
        let found = self
            .read(ReadCost::Point, move |tx| Ok::<_, Fault>(recognise(tx, org, &presented, now)?))
            .await?;
        Ok(found.map(|signed_in| (signed_in, secret)))
    }

    /// What is told to who is not signed in, and ought to be.
    pub(crate) async fn signed_out(&self) -> Fault {
        match self.recognise_guest().await {
            Ok(Ok(_)) => Fault::GuestElsewhere,
            Ok(Err(_)) => Fault::SignedOut,
            Err(fault) => fault,
        }
    }

    /// A parameter of the address's query; empty when it is absent.
    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// The path of this request.
    pub(crate) fn here(&self) -> String {
        self.request.path().to_owned()
    }

    /// What stands in the address where the route has `{name}`.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// Light or dark.
    pub(crate) fn theme(&self) -> Theme {
        cookies::presented_theme(&self.request)
    }

    /// What the page before has to say.
    pub(crate) fn flash(&self) -> Option<Flash> {
        cookies::presented_flash(&self.request)
    }

    /// The peer's address. Behind a proxy it is the proxy's: whoever could name another one could have any.
    pub(crate) fn address(&self) -> String {
        self.request.peer_addr().map_or_else(String::new, |peer| peer.ip().to_string())
    }

    /// Runs a read, in no organisation yet.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        cost: ReadCost,
        work: impl FnMut(&mut dyn ReadTx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        work::read(&*self.console.app.store, cost, work).await
    }

    /// Runs a change in an organisation, put down to `actor`.
    pub(crate) async fn write_as<T: Send + 'static>(
        &self,
        org: OrgId,
        actor: Actor,
        mut work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (app, change) = (self.console.app.clone(), self.change_id());
        work::write(&*self.console.app.store, move |tx| work(tx, &app.act(org, actor, change))).await
    }

    /// The id of this request, which its events carry.
    pub(crate) fn change_id(&self) -> ChangeId {
        rolecall_api::change_id(&self.request, &*self.console.app.ids)
    }

    /// Leads the browser to another page (303, so that reloading repeats nothing).
    pub(crate) fn go(&self, to: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
    }

    /// The page of a fault, with the menu for who is signed in.
    pub(crate) fn show(&self, signed: Option<&Signed>, fault: Fault) -> HttpResponse {
        fault.render(self, signed)
    }
}

impl Signed {
    pub(crate) fn new(visit: Visit, who: SignedIn, form_token: String, secret: String) -> Self {
        Self { visit, who: Rc::new(who), form_token: form_token.into(), secret: secret.into() }
    }

    /// In which organisation. It comes from the session, never from the request.
    pub(crate) fn org(&self) -> OrgId {
        self.who.org.id
    }

    /// Whether to show what changes something.
    pub(crate) fn may(&self, role: AdminRole) -> bool {
        self.who.administrator.role >= role
    }

    /// Runs a read in the organisation.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        cost: ReadCost,
        mut work: impl FnMut(&mut dyn ReadTx, OrgId) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let org = self.org();
        self.read(cost, move |tx| work(tx, org)).await
    }

    /// Runs a change in the organisation, put down to the administrator.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let actor = Actor::Administrator(self.who.administrator.id);
        self.write_as(self.org(), actor, work).await
    }

    /// A page with the menu.
    pub(crate) fn page(&self, section: Section, title: &str, body: Markup) -> Answer {
        let mut answer = HttpResponse::Ok();
        self.render(&mut answer, section, title, body)
    }

    /// The same with another status.
    pub(crate) fn page_with(
        &self,
        status: actix_web::http::StatusCode,
        section: Section,
        title: &str,
        body: Markup,
    ) -> Answer {
        self.render(&mut HttpResponse::build(status), section, title, body)
    }

    fn render(
        &self,
        answer: &mut actix_web::HttpResponseBuilder,
        section: Section,
        title: &str,
        body: Markup,
    ) -> Answer {
        if self.flash().is_some() {
            answer.cookie(cookies::no_flash(&self.console));
        }
        let html = view::signed_in(self, section, title, body);
        Ok(answer.content_type("text/html; charset=utf-8").body(html.into_string()))
    }

    /// After a change: leads to `to`, which says what was done.
    pub(crate) fn done(&self, to: &str, what: impl Into<String>) -> Answer {
        let mut answer = self.go(to);
        let cookie = cookies::flash(&self.console, &Flash::Done(what.into()));
        answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
        Ok(answer)
    }
}

//! One request by whoever holds a setup link: the wizard of one connection, and nothing else.

use std::rc::Rc;

use actix_web::HttpResponse;
use maud::Markup;
use rolecall_domain::{
    event::Actor,
    ids::{ConnectionId, OrgId},
    ports::{ReadCost, ReadTx, Tx},
    use_cases::{
        Act,
        connect_links::{self, DeadLink},
    },
};

use crate::{
    cookies::{self, Flash},
    fault::{Answer, Fault},
    view,
    visit::Visit,
};

/// A request by somebody who came by a live setup link.
#[derive(Clone)]
pub(crate) struct Guest {
    visit: Visit,
    pub(crate) pass: Rc<connect_links::Guest>,
    /// What every form of the link's pages carries.
    pub(crate) form_token: Rc<str>,
}

impl std::ops::Deref for Guest {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl Visit {
    /// Who presents a live link's cookie, and its secret; or why the link opens nothing.
    pub(crate) async fn recognise_guest(
        &self,
    ) -> Result<Result<(connect_links::Guest, String), DeadLink>, Fault> {
        let Some((org, secret)) = cookies::presented_link(&self.console, &self.request) else {
            return Ok(Err(DeadLink::Unknown));
        };
        let (now, presented) = (self.console.app.clock.now(), secret.clone());
        let found = self
            .read(ReadCost::Point, move |tx| {
                Ok::<_, Fault>(connect_links::recognise(tx, org, &presented, now)?)
            })
            .await?;
        Ok(found.map(|guest| (guest, secret)))
    }
}

impl Guest {
    pub(crate) fn new(visit: Visit, pass: connect_links::Guest, form_token: String) -> Self {
        Self { visit, pass: Rc::new(pass), form_token: form_token.into() }
    }

    /// The only connection that the link opens.
    pub(crate) fn connection(&self) -> ConnectionId {
        self.pass.connection.id
    }

    /// Runs a read in the link's organisation.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        cost: ReadCost,
        mut work: impl FnMut(&mut dyn ReadTx, OrgId, ConnectionId) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (org, connection) = (self.pass.org.id, self.connection());
        self.read(cost, move |tx| work(tx, org, connection)).await
    }

    /// Runs a change in the link's organisation, put down to the link.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.write_as(self.pass.org.id, Actor::SetupLink(self.pass.link.id), work).await
    }

    /// A page without a menu.
    pub(crate) fn page(&self, title: &str, body: Markup) -> Answer {
        let mut answer = HttpResponse::Ok();
        if self.flash().is_some() {
            answer.cookie(cookies::no_flash(&self.console));
        }
        let html = view::guest(self, title, body);
        Ok(answer.content_type("text/html; charset=utf-8").body(html.into_string()))
    }

    /// After a change: leads to `to`, which says what was done.
    pub(crate) fn done(&self, to: &str, what: &str) -> Answer {
        let mut answer = self.go(to);
        let cookie = cookies::flash(&self.console, &Flash::Done(what.to_owned()));
        answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
        Ok(answer)
    }
}

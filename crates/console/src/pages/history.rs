//! What a person ever had, and who was ever in a workspace: from when until when, and by whose request.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rolecall_domain::{
    history::{Actors, Tenure},
    ids::{OrgId, UserId, WorkspaceId},
    ports::{HistoryQuery, Names, ReadCost, ReadTx, Slice, StoreResult},
    role::AdminRole,
    time::{Moment, Timestamp},
    use_cases::{
        history::{self, HistoryError},
        workspaces::{WorkspaceRef, find_workspace},
    },
};

use crate::{
    fault::{Answer, Fault},
    paging::PAGE,
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, address, card, empty, form, heading, pages,
        timeline::{self, Row},
    },
    visit::{Signed, Visit},
};

routes! {
    GET "/console/people/{user}/history" auditor => of_person;
    POST "/console/people/{user}/forget" admin => forget;
    GET "/console/workspaces/{workspace}/history" auditor => of_workspace;
}

/// A page of spans, in the order in which they began.
pub(super) struct Spans {
    pub(super) tenures: Vec<Tenure>,
    names: Names,
    actors: Actors,
    next: Option<String>,
    is_first: bool,
}

impl Spans {
    /// What the query finds after that place.
    pub(super) fn read(
        tx: &mut dyn ReadTx,
        org: OrgId,
        query: &HistoryQuery,
        after: Option<i64>,
    ) -> StoreResult<Self> {
        let slice = Slice { after, limit: PAGE + 1 };
        let (mut tenures, names) = history::page(tx, org, query, slice)?;
        let more = tenures.len() > PAGE as usize;
        tenures.truncate(PAGE as usize);
        let next = tenures.last().filter(|_| more).map(|last| last.seq.to_string());
        Ok(Self { tenures, names, actors: history::actors(tx, org)?, next, is_first: after.is_none() })
    }

    /// Whether there are no more than these.
    pub(super) fn is_whole(&self) -> bool {
        self.is_first && self.next.is_none()
    }

    /// By place.
    pub(super) fn of_one_person(&self, now: Timestamp) -> Markup {
        self.drawn(now, "Where", |tenure| match tenure.workspace {
            None => ("the organisation".to_owned(), None),
            Some(id) => self.place(id),
        })
    }

    /// By person.
    fn of_one_workspace(&self, now: Timestamp) -> Markup {
        self.drawn(now, "Person", |tenure| self.person(tenure.user))
    }

    /// Who held a role at a moment, without the bars.
    pub(super) fn people(&self) -> Markup {
        timeline::spans("Person", &self.tenures, &self.actors, |tenure| linked(&self.person(tenure.user)))
    }

    /// The way to the other pages.
    pub(super) fn pages(&self, path: &str, query: &[(&str, &str)]) -> Markup {
        pages(path, query, self.is_first, self.next.as_deref())
    }

    fn drawn(
        &self,
        now: Timestamp,
        heading: &str,
        name: impl Fn(&Tenure) -> (String, Option<String>),
    ) -> Markup {
        if self.tenures.is_empty() {
            return empty(
                "Nothing yet",
                html! { p { "What people have is kept here from the first day on." } },
            );
        }
        let mut rows: BTreeMap<(String, Option<String>), Vec<&Tenure>> = BTreeMap::new();
        for tenure in &self.tenures {
            rows.entry(name(tenure)).or_default().push(tenure);
        }
        let rows: Vec<Row<'_>> = rows
            .into_iter()
            .map(|(named, spans)| Row { label: linked(&named), name: named.0, spans })
            .collect();
        html! {
            (timeline::chart(&rows, now))
            (timeline::spans(heading, &self.tenures, &self.actors, |tenure| linked(&name(tenure))))
        }
    }

    fn person(&self, id: UserId) -> (String, Option<String>) {
        match self.names.user(id) {
            Some(name) => (name.to_owned(), Some(format!("/console/people/{id}"))),
            None => (format!("somebody who is gone ({id})"), Some(format!("/console/people/{id}/history"))),
        }
    }

    fn place(&self, id: WorkspaceId) -> (String, Option<String>) {
        match self.names.workspace(id) {
            Some(name) => (name.to_owned(), Some(format!("/console/workspaces/{id}"))),
            None => (format!("a workspace that is gone ({id})"), None),
        }
    }
}

fn linked((name, path): &(String, Option<String>)) -> Markup {
    html! { @match path { Some(path) => { a.row-title href=(path) { (address(name)) } } None => { (name) } } }
}

/// Where the page begins.
pub(super) fn after(visit: &Visit) -> Option<i64> {
    visit.query("cursor").parse().ok()
}

/// The day that is asked about, as it was typed. What is no day is told.
pub(super) fn day(visit: &Visit) -> Result<Option<Moment>, Fault> {
    match visit.query("at") {
        "" => Ok(None),
        given => given.parse().map(Some).map_err(Fault::invalid),
    }
}

async fn of_person(signed: Signed) -> Answer {
    let (given, after) = (signed.path("user").to_owned(), after(&signed));
    let (name, id, spans) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let nobody = || Fault::not_found("Nobody of this id was ever in the organisation.");
            let id = UserId::parse(&given).ok_or_else(nobody)?;
            let query = HistoryQuery { user: Some(id), ..HistoryQuery::default() };
            let spans = Spans::read(tx, org, &query, after)?;
            let user = tx.find_user(org, id)?;
            if user.is_none() && spans.tenures.is_empty() {
                return Err(nobody());
            }
            Ok((user.map(|user| user.facts.display_name), id, spans))
        })
        .await?;
    let path = format!("/console/people/{id}");
    let title = name.as_ref().map_or_else(|| "Somebody who is gone".to_owned(), Clone::clone);
    let body = html! {
        (heading(&[("People", "/console/people"), (&title, if name.is_some() { &path } else { "" })], "History", "Every role that this person had, and by whose doing it began and ended.", html! {}))
        section.card { (spans.of_one_person(signed.console.app.clock.now())) }
        (spans.pages(&format!("{path}/history"), &[]))
        @if name.is_none() && signed.may(AdminRole::Admin) {
            (card("Forget the name", "For privacy law: the userName of this person is erased from the events and from what an undo could bring back. What the person had, and when, stays under the id. The name cannot be had back.", html! {
                div { (form(&signed, &format!("{path}/forget"), "", html! { button.danger-quiet type="submit" { "Forget the name …" } })) }
            }))
        }
    };
    signed.page(Section::People, &format!("History of {title}"), body)
}

async fn forget(signed: Signed) -> Answer {
    let given = signed.path("user").to_owned();
    let back = format!("/console/people/{given}/history");
    let ask = Ask {
        section: Section::People,
        title: "Forget the name of this person? It cannot be had back.".into(),
        button: "Forget the name",
        back: back.clone(),
    };
    match signed.planned(ask, move |tx, act| Ok(history::forget(tx, act, &given)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(_) => {
            signed.done(&back, "The name is forgotten. What the person had stays under the id.")
        }
    }
}

impl From<HistoryError> for Fault {
    fn from(problem: HistoryError) -> Self {
        match problem {
            HistoryError::Store(error) => error.into(),
            HistoryError::UnknownUser { .. } => {
                Self::not_found("Nobody of this id was ever in the organisation.")
            }
            other => Self::invalid(other),
        }
    }
}

async fn of_workspace(signed: Signed) -> Answer {
    let (given, after) = (signed.path("workspace").to_owned(), after(&signed));
    let (workspace, spans) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let found = find_workspace(tx, org, &WorkspaceRef(given.clone()))?.ok_or_else(|| {
                Fault::not_found("There is no such workspace in the organisation. It may have been removed.")
            })?;
            let query = HistoryQuery { workspace: Some(found.id), ..HistoryQuery::default() };
            let spans = Spans::read(tx, org, &query, after)?;
            Ok((found, spans))
        })
        .await?;
    let path = format!("/console/workspaces/{}", workspace.id);
    let body = html! {
        (heading(&[("Workspaces", "/console/workspaces"), (&workspace.name, &path)], "History", "Everybody who was ever here, in the order in which they came, and by whose doing.", html! {}))
        section.card { (spans.of_one_workspace(signed.console.app.clock.now())) }
        (spans.pages(&format!("{path}/history"), &[]))
    };
    signed.page(Section::Workspaces, &format!("History of {}", workspace.name), body)
}

//! The provisioning log: what identity providers asked, what they were answered, and what changed.

use maud::{Markup, html};
use rolecall_domain::{
    event::Event,
    ids::{ChangeId, OrgId},
    ports::{Kind, ReadCost, ReadTx, RequestFilter, StoreResult},
    records::Token,
    request_log::{LoggedBodies, LoggedRequest},
    role::AdminRole,
    use_cases::request_log::{Question, search},
};
use uuid::Uuid;

use crate::{
    fault::{Answer, Fault, sentence},
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{Section, Tone, address, badge, card, empty, heading, moment, options, pages, table},
    visit::Signed,
};

routes! {
    GET "/console/requests" auditor => list;
    GET "/console/requests/{request}" auditor => show;
}

const HERE: &str = "/console/requests";
const MOST_EVENTS: u32 = 200;
const METHODS: &[(&str, &str)] = &[
    ("", "Any"),
    ("GET", "GET"),
    ("POST", "POST"),
    ("PATCH", "PATCH"),
    ("PUT", "PUT"),
    ("DELETE", "DELETE"),
];
const STATUSES: &[(&str, &str)] = &[
    ("", "Any"),
    ("failed", "Failed"),
    ("ok", "Worked"),
    ("401", "401 refused"),
    ("403", "403 not allowed"),
    ("409", "409 conflict"),
    ("5xx", "5xx our fault"),
];
const SPANS: &[(&str, &str)] =
    &[("", "Any time"), ("1", "Last hour"), ("24", "Last day"), ("168", "Last week")];

async fn list(signed: Signed) -> Answer {
    let given = |name: &str| signed.query(name).to_owned();
    let (about, status, method, token, hours) =
        (given("q"), given("status"), given("method"), given("token"), given("hours"));
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let now = signed.console.app.clock.now();
    let question = Question {
        about: some(&about),
        // What is no status was typed into the address by hand.
        status: status.parse().ok(),
        token: some(&token),
        method: some(&method),
        since: hours.parse::<i64>().ok().map(|hours| now.plus_seconds(-hours.clamp(0, 10_000) * 3600)),
        until: None,
    };
    let everything = question == Question::default();
    let cursor = Cursor::of(&signed);
    let (page, tokens) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let before = cursor.slice(ChangeId).after;
            let rows = search(tx, org, &question, before, PAGE + 1)?;
            Ok((Page::cut(rows, |request| request.id.0), tx.list_tokens(org)?))
        })
        .await?;
    let names: Vec<(String, String)> = std::iter::once((String::new(), "Any".to_owned()))
        .chain(
            tokens
                .iter()
                .rev()
                .map(|token| (token.id.to_string(), format!("{} …{}", token.name, token.hint))),
        )
        .collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let body = html! {
        (heading(&[], "Provisioning log", "What identity providers asked and were answered; refused requests, too. Secrets are not in it.", html! {
            a.button href="/console/connect/live" { "Watch live" }
        }))
        form.filters role="search" action=(HERE) data-live="results" {
            div.grow { label for="q" { "About" } input #q type="search" name="q" value=(about) placeholder="userName, group or id" autocomplete="off" spellcheck="false"; }
            div { label for="status" { "Answer" } select #status name="status" { (options(STATUSES, &status)) } }
            div { label for="method" { "Method" } select #method name="method" { (options(METHODS, &method)) } }
            div { label for="hours" { "Time" } select #hours name="hours" { (options(SPANS, &hours)) } }
            @if names.len() > 2 { div { label for="token" { "Token" } select #token name="token" { (options(&names, &token)) } } }
            button type="submit" { "Show" }
        }
        div #results aria-live="polite" {
            @if page.rows.is_empty() {
                @if everything && cursor.is_first() {
                    (empty("Nothing has come yet", html! { p { a href="/console/connect" { "Connect an identity provider" } " and its requests appear here as they arrive." } }))
                } @else {
                    (empty("No request matches", html! { p { "Requests are kept for some days. " a href=(HERE) { "Show all" } } }))
                }
            } @else {
                div.plain { (requests_table(HERE, &page.rows, &tokens)) }
                (pages(HERE, &[("q", &about), ("status", &status), ("method", &method), ("hours", &hours), ("token", &token)], cursor.is_first(), page.next.as_deref()))
            }
        }
    };
    signed.page(Section::Requests, "Provisioning log", body)
}

/// The last requests about a person or a group.
pub(super) struct Last {
    about: Uuid,
    rows: Vec<LoggedRequest>,
    tokens: Vec<Token>,
}

impl Last {
    const SHOWN: u32 = 8;

    /// By an index of the log.
    pub(super) fn read(tx: &mut dyn ReadTx, org: OrgId, about: Uuid) -> StoreResult<Self> {
        let filter = RequestFilter { resource: Some(about), ..RequestFilter::default() };
        let rows = tx.list_requests(org, &filter, None, Self::SHOWN)?;
        Ok(Self { about, rows, tokens: tx.list_tokens(org)? })
    }

    pub(super) fn card(&self) -> Markup {
        card(
            "Last requests",
            "What the identity provider asked and sent about this, the newest first.",
            html! {
                @if self.rows.is_empty() {
                    (empty("None is in the log", html! { p { "Requests are kept for some days, and appear a moment after they are answered." } }))
                } @else {
                    p { a href=(format!("{HERE}?q={}", self.about)) { "All of them in the provisioning log" } }
                    (requests_table(HERE, &self.rows, &self.tokens))
                }
            },
        )
    }
}

/// Requests, the newest first. The page of each is below `place`.
pub(super) fn requests_table(place: &str, rows: &[LoggedRequest], tokens: &[Token]) -> Markup {
    table(
        "Requests",
        &["Request", "Answer", "About", "Token", "Time"],
        html! {
            @for request in rows {
                tr {
                    td {
                        a.row-title href=(format!("{place}/{}", request.id)) { (request.method) " " (shortened(&request.path)) }
                        @if let Some(told) = told(request) { span.row-sub { (told) } }
                    }
                    td data-label="Answer" { (answer(request)) }
                    td.name-cell data-label="About" { @match &request.name { Some(name) => { (address(name)) } None => { span.faint { "–" } } } }
                    td data-label="Token" { (token_of(request, tokens)) }
                    td data-label="Time" { (moment(request.at)) }
                }
            }
        },
    )
}

/// `/Users/019ac4…` of an address with a whole id.
pub(super) fn shortened(path: &str) -> String {
    path.split('/')
        .map(
            |part| {
                if uuid::Uuid::try_parse(part).is_ok() {
                    format!("{}…", &part[..8])
                } else {
                    part.to_owned()
                }
            },
        )
        .collect::<Vec<_>>()
        .join("/")
}

fn told(request: &LoggedRequest) -> Option<String> {
    let words = request.refused.map(|reason| reason.advice()).or(request.detail.as_deref());
    words.map(sentence).or_else(|| request.query.clone())
}

fn answer(request: &LoggedRequest) -> Markup {
    let tone = match request.status {
        ..=399 => Tone::Good,
        401 | 500.. => Tone::Bad,
        _ => Tone::Warning,
    };
    badge(&request.status.to_string(), tone)
}

fn token_of(request: &LoggedRequest, tokens: &[Token]) -> Markup {
    let known = request.token.and_then(|id| tokens.iter().find(|token| token.id == id));
    html! {
        @match (known, request.refused) {
            (Some(token), None) => { (token.name) },
            (Some(token), Some(reason)) => { div { (token.name) " " (badge(&reason.as_str().replace('_', " "), Tone::Bad)) } },
            (None, Some(reason)) => { (badge(&reason.as_str().replace('_', " "), Tone::Bad)) },
            (None, None) => { span.faint { "–" } },
        }
    }
}

async fn show(signed: Signed) -> Answer {
    let id = ChangeId::parse(signed.path("request"));
    let (request, bodies, events, tokens) = signed
        .look(ReadCost::Point, move |tx, org| {
            let found = match id {
                Some(id) => tx.find_request(org, id)?,
                None => None,
            };
            let (request, bodies) = found.ok_or_else(|| {
                Fault::not_found("This request is not in the log. Requests are kept for some days, and appear a moment after they are answered.")
            })?;
            let events = tx.events_of(org, request.id, MOST_EVENTS)?;
            Ok((request, bodies, events, tx.list_tokens(org)?))
        })
        .await?;
    let title = format!("{} {}", request.method, shortened(&request.path));
    let body = html! {
        (heading(&[("Provisioning log", HERE)], &title, told(&request).unwrap_or_default(), html! {
            @if !events.is_empty() && signed.may(AdminRole::Admin) {
                a.button href=(format!("/console/undo?change={}", request.id)) { "Undo what it did …" }
            }
        }))
        div.columns {
            (card("Request", "", facts(&request, &tokens, About::Linked)))
            (card("What changed", "", changes(&events)))
        }
        (exchange(&bodies))
    };
    signed.page(Section::Requests, &title, body)
}

/// The same for who came by a setup link: nothing of it leads elsewhere, and the effects are not theirs to see.
pub(super) fn one_request(
    trail: &[(&str, &str)],
    request: &LoggedRequest,
    bodies: &LoggedBodies,
    tokens: &[Token],
) -> (String, Markup) {
    let title = format!("{} {}", request.method, shortened(&request.path));
    let body = html! {
        (heading(trail, &title, told(request).unwrap_or_default(), html! {}))
        (card("Request", "", facts(request, tokens, About::Named)))
        (exchange(bodies))
    };
    (title, body)
}

/// Whether a request's person or group has a page to go to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Linked,
    Named,
}

fn facts(request: &LoggedRequest, tokens: &[Token], about: About) -> Markup {
    let resource = request.resource.filter(|_| about == About::Linked);
    let subject = resource.and_then(|id| match request.kind? {
        Kind::User => Some(format!("/console/people/{id}")),
        Kind::Group => Some(format!("/console/groups/{id}")),
    });
    let name = request.name.as_deref().unwrap_or("not named");
    html! {
        dl.facts {
            dt { "Answer" } dd { (answer(request)) @if let Some(kind) = &request.scim_type { " " code { (kind) } } }
            @if let Some(detail) = &request.detail { dt { "Told" } dd { (detail) } }
            dt { "Time" } dd { (moment(request.at)) " · " (format!("{:.1} ms", request.duration_us as f64 / 1000.0)) }
            dt { "About" } dd { @match subject { Some(path) => { a href=(path) { (name) } } None => { (name) } } }
            @if let Some(query) = &request.query { dt { "Query" } dd { code { (query) } } }
            dt { "Path" } dd { code { (request.path) } }
            dt { "Token" } dd { (token_of(request, tokens)) }
            @if let Some(client) = request.idp { dt { "Identity provider" } dd { (client.name()) } }
            @if let Some(remote) = &request.remote { dt { "From" } dd { (remote) } }
            @if let Some(agent) = &request.user_agent { dt { "User-Agent" } dd { (agent) } }
            dt { "Id" } dd { code { (request.id) } }
        }
    }
}

fn changes(events: &[Event]) -> Markup {
    html! {
        @if events.is_empty() {
            p.faint { "Nothing: it only asked, said what was known already, or was refused." }
        } @else {
            ul.events {
                @for event in events {
                    li { code { (event.kind) } @if let Some(subject) = &event.subject { " " (subject) } }
                }
            }
            @if events.len() >= MOST_EVENTS as usize { p.hint { "The first " (MOST_EVENTS) " are shown." } }
        }
    }
}

fn exchange(bodies: &LoggedBodies) -> Markup {
    let shown = |title: &str, text: &Option<String>| match text {
        Some(text) => {
            card(title, "", html! { pre tabindex="0" aria-label=(title) { code { (indented(text)) } } })
        }
        None => html! {},
    };
    html! {
        (shown("Sent", &bodies.request))
        (shown("Answered", &bodies.response))
    }
}

/// What was cut is shown as it is.
fn indented(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}

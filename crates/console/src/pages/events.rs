//! What happened: every event of the organisation, the newest first, with who did it.

use maud::{Markup, html};
use rolecall_domain::{
    event::{Actor, Event},
    history::Actors,
    ids::OrgId,
    ports::{ReadCost, ReadTx, StoreResult},
    use_cases::history,
};

use crate::{
    fault::Answer,
    paging::PAGE,
    route::routes,
    view::{
        Section, address, empty,
        happened::{Called, told},
        heading, moment, options, pages, table,
    },
    visit::Signed,
};

routes! {
    GET "/console/events" auditor => list;
}

const HERE: &str = "/console/events";

/// A page looks at so many at most. So it costs the same whatever is asked for, and may show few.
const LOOKED_AT: i64 = 2000;

/// What is asked for, and how the events of it begin.
const KINDS: &[(&str, &str, &[&str])] = &[
    ("", "Everything", &[]),
    ("access", "Access to workspaces", &["membership."]),
    ("people", "People", &["user."]),
    ("groups", "Groups", &["group."]),
    ("gives", "What gives access", &["mapping.", "role_mapping.", "grant.", "workspace."]),
    ("holds", "Held removals", &["hold.", "guard."]),
    ("settings", "Settings", &["settings.", "organisation.", "connection.", "schema."]),
    ("secrets", "Tokens, keys and links", &["token.", "api_key.", "setup_link."]),
    ("administrators", "Administrators", &["administrator."]),
];

const BY: &[(&str, &str)] = &[
    ("", "Anybody"),
    ("administrator", "Administrators"),
    ("key", "API keys"),
    ("directory", "Identity providers"),
    ("link", "Setup links"),
    ("operator", "The command line"),
    ("server", "The server itself"),
];

/// Which events.
struct Wanted {
    begins: &'static [&'static str],
    by: String,
    /// Before this one.
    before: Option<i64>,
}

impl Wanted {
    fn fits(&self, event: &Event) -> bool {
        let by = match event.actor {
            Actor::Idp { .. } => "directory",
            Actor::ApiKey(_) => "key",
            Actor::Administrator(_) => "administrator",
            Actor::SetupLink(_) => "link",
            Actor::Operator => "operator",
            Actor::Server => "server",
        };
        let kind = self.begins.is_empty() || self.begins.iter().any(|begin| event.kind.starts_with(begin));
        kind && (self.by.is_empty() || self.by == by)
    }
}

/// A page of events.
struct Found {
    events: Vec<Event>,
    /// Where the next page goes on, if there may be more.
    next: Option<i64>,
    called: Called,
    actors: Actors,
}

impl Found {
    /// Looks back from `before`, or from the newest. Events are numbered without a gap, so that the ones before are those of
    /// the numbers before.
    fn read(tx: &mut dyn ReadTx, org: OrgId, wanted: &Wanted) -> StoreResult<Self> {
        let newest = tx.latest_events(org, 1)?.first().map_or(0, |event| event.seq);
        let before = wanted.before.unwrap_or(newest + 1).min(newest + 1);
        let first = (before - LOOKED_AT).max(1);
        let looked_at = tx.events_after(org, first - 1, (before - first).max(0) as u32)?;
        let all = looked_at.into_iter().rev().filter(|event| event.seq < before && wanted.fits(event));
        let mut events: Vec<Event> = all.take(PAGE as usize + 1).collect();
        let more = events.len() > PAGE as usize;
        events.truncate(PAGE as usize);
        let next = if more { events.last().map(|last| last.seq) } else { (first > 1).then_some(first) };
        Ok(Self { called: Called::read(tx, org, &events)?, events, next, actors: history::actors(tx, org)? })
    }
}

async fn list(signed: Signed) -> Answer {
    let (kind, by) = (signed.query("kind").to_owned(), signed.query("by").to_owned());
    let before: Option<i64> = signed.query("cursor").parse().ok();
    let chosen = KINDS.iter().find(|(word, ..)| *word == kind);
    let begins = chosen.map_or(&[][..], |(_, _, begins)| *begins);
    let wanted = Wanted { begins, by: by.clone(), before };
    let found = signed.look(ReadCost::Scan, move |tx, org| Ok(Found::read(tx, org, &wanted)?)).await?;
    let kinds: Vec<(&str, &str)> = KINDS.iter().map(|(word, label, _)| (*word, *label)).collect();
    let body = html! {
        (heading(&[], "Events", "What happened, the newest first: what identity providers, programs and administrators did, and what followed from it.", html! {}))
        form.filters role="search" action=(HERE) data-live="results" {
            div { label for="kind" { "About" } select #kind name="kind" { (options(&kinds, &kind)) } }
            div { label for="by" { "By" } select #by name="by" { (options(BY, &by)) } }
            button type="submit" { "Show" }
        }
        div #results aria-live="polite" {
            @if found.events.is_empty() {
                (nothing(&found, &kind, &by))
            } @else {
                div.plain { (events_table(&found)) }
            }
            (pages(HERE, &[("kind", &kind), ("by", &by)], before.is_none(), found.next.map(|next| next.to_string()).as_deref()))
        }
    };
    signed.page(Section::Events, "Events", body)
}

fn nothing(found: &Found, kind: &str, by: &str) -> Markup {
    match found.next {
        Some(_) => empty(
            "Nothing of the kind here",
            html! { p { "These " (LOOKED_AT) " events have none. The next page looks further back." } },
        ),
        None if kind.is_empty() && by.is_empty() => empty("Nothing has happened yet", html! {}),
        None => {
            empty("Nothing of the kind has happened", html! { p { a href=(HERE) { "Show everything" } } })
        }
    }
}

fn events_table(found: &Found) -> Markup {
    table(
        "Events",
        &["When", "What", "Who or what", "Where", "By"],
        html! {
            @for event in &found.events {
                @let by = found.actors.describe(&event.actor);
                tr {
                    td { (moment(event.time)) }
                    td data-label="What" { (told(event, &found.called)) }
                    td data-label="Who" { (found.called.subject(event)) }
                    td.words data-label="Where" { (found.called.place(event)) }
                    td data-label="By" {
                        @match event.actor {
                            Actor::Idp { .. } => { a href=(format!("/console/requests/{}", event.change_id)) { (address(&by)) } }
                            _ => { (address(&by)) }
                        }
                    }
                }
            }
        },
    )
}

//! The first page: how much there is, whether the identity provider is heard of, and what happened last.

use maud::{Markup, html};
use rolecall_domain::{
    event::{Actor, Event},
    ports::{MappingFilter, ReadCost, UserFilter},
    records::Token,
    use_cases::{
        activity::{self, Cycle, Hour},
        findings::{self, Finding, Severity},
    },
};

use crate::{
    fault::Answer,
    route::routes,
    view::{
        self, Section, card, counted, empty, figure,
        happened::{Called, told},
        heading, moment, moment_or, number, table,
    },
    visit::Signed,
};

use super::why;

routes! {
    GET "/console" auditor => show;
}

const LATEST: u32 = 12;

struct Found {
    people: u64,
    groups: u64,
    workspaces: u64,
    memberships: u64,
    mappings: u64,
    /// Findings that somebody should act on now; those about all people and groups are counted on their own page.
    pressing: Vec<Finding>,
    held: u64,
    hours: Vec<Hour>,
    cycle: Option<Cycle>,
    tokens: Vec<Token>,
    latest: Vec<Event>,
    called: Called,
}

async fn show(signed: Signed) -> Answer {
    let now = signed.console.app.clock.now();
    let found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let latest = tx.latest_events(org, LATEST)?;
            Ok(Found {
                called: Called::read(tx, org, &latest)?,
                people: tx.count_users(org, &UserFilter::default())?,
                groups: tx.count_groups(org)?,
                workspaces: tx.count_workspaces(org)?,
                memberships: tx.count_memberships(org)?,
                mappings: tx.count_mappings(org, &MappingFilter::default())?,
                pressing: findings::pressing(tx, org, now)?,
                held: tx.count_holds(org, Some(false))?,
                hours: activity::hours(tx, org, now)?,
                cycle: activity::last_cycle(tx, org)?,
                tokens: tx.list_tokens(org)?,
                latest,
            })
        })
        .await?;
    let body = html! {
        (heading(&[], "Overview", &signed.who.org.name, html! {}))
        @if found.tokens.iter().all(|token| token.last_used_at.is_none()) { (first_steps()) }
        div.figures {
            (figure("People", &number(found.people), "/console/people", html! {}))
            (figure("Groups", &number(found.groups), "/console/groups", html! { (counted(found.mappings, "mapping", "mappings")) }))
            (figure("Workspaces", &number(found.workspaces), "/console/workspaces", html! {}))
            (figure("Memberships", &number(found.memberships), "/console/workspaces", html! {}))
            (figure("Findings", &number(found.pressing.len() as u64), "/console/findings", html! { (pressing(&found.pressing)) }))
            (figure("Held removals", &number(found.held), "/console/holds", html! { @if found.held > 0 { "wait for a review" } }))
        }
        (card("Why can’t somebody see a workspace?", "", why::form("", "")))
        div.columns {
            (card("Requests of the last 24 hours", "", view::activity::chart(&found.hours)))
            (card("Identity provider", "", heard(&found)))
        }
        (card("What happened last", "", html! {
            (latest(&found.latest, &found.called))
            @if !found.latest.is_empty() { p { a href="/console/events" { "All events" } } }
        }))
    };
    signed.page(Section::Overview, "Overview", body)
}

fn first_steps() -> Markup {
    card(
        "Connect your identity provider",
        "It has not been heard of yet. Three steps:",
        html! {
            ol.steps {
                li { "Copy the Tenant URL from " a href="/console/settings/scim" { "SCIM Provisioning" } "." }
                li { "Make a Secret Token under " a href="/console/settings/tokens" { "Secret Tokens" } ", and paste both into Microsoft Entra ID, Okta or another provider." }
                li { "Map its groups to workspaces in the " a href="/console/settings/scim#mappings" { "SCIM Mappings List" } ", or name them by the pattern." }
            }
        },
    )
}

/// What the identity providers did last.
fn heard(found: &Found) -> Markup {
    let used = found.tokens.iter().filter_map(|token| token.last_used_at);
    let heard = used.chain(found.cycle.map(|cycle| cycle.ended)).max();
    let live = found.tokens.iter().filter(|token| token.revoked_at.is_none()).count() as u64;
    html! {
        dl.facts {
            dt { "Last heard of" } dd { (moment_or(heard, "never yet")) }
            dt { "Last cycle" }
            dd {
                @match &found.cycle {
                    Some(cycle) => {
                        @if !cycle.whole { "before " } (moment(cycle.began)) " to " (moment(cycle.ended))
                        span.row-sub {
                            @if !cycle.whole { "at least " }
                            (counted(cycle.requests, "request", "requests")) ", " (counted(cycle.changes, "change", "changes")) ", "
                            @if cycle.failed > 0 { a href="/console/requests?status=failed" { (cycle.failed) " failed" } } @else { "none failed" }
                        }
                    }
                    None => { span.faint { "none is in the log" } }
                }
            }
            dt { "Secret Tokens" } dd { a href="/console/settings/tokens" { (counted(live, "token", "tokens")) } }
        }
        p { a href="/console/requests" { "Provisioning log" } }
    }
}

/// What the first of them is about, and that there may be others.
fn pressing(found: &[Finding]) -> String {
    let problems = found.iter().filter(|finding| finding.severity == Severity::Problem).count() as u64;
    match problems {
        0 if found.is_empty() => "nothing pressing; see the rest".to_owned(),
        0 => "pressing; see all".to_owned(),
        _ => format!("pressing, {}; see all", counted(problems, "problem", "problems")),
    }
}

fn latest(events: &[Event], called: &Called) -> Markup {
    if events.is_empty() {
        return empty("Nothing has happened yet", html! {});
    }
    table(
        "What happened last",
        &["When", "What", "Who or what", "Where", "By"],
        html! {
            @for event in events {
                tr {
                    td { (moment(event.time)) }
                    td data-label="What" { (told(event, called)) }
                    td data-label="Who" { (called.subject(event)) }
                    td.words data-label="Where" { (called.place(event)) }
                    td data-label="By" { (by(event.actor)) }
                }
            }
        },
    )
}

fn by(actor: Actor) -> &'static str {
    match actor {
        Actor::Idp { .. } => "identity provider",
        Actor::ApiKey(_) => "API key",
        Actor::Administrator(_) => "administrator",
        Actor::SetupLink(_) => "setup link",
        Actor::Operator => "operator",
        Actor::Server => "the server itself",
    }
}

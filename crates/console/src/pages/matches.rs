//! Matches: people who wait for their directory, and the pushed people who are probably the same.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{ConnectionId, UserId},
    ports::ReadCost,
    use_cases::matches::{self, Candidate, Certainty, MatchedBy, Waiting},
};

use crate::{
    fault::Answer,
    paging::{Cursor, Page},
    route::routes,
    view::{Section, Tone, badge, counted, empty, heading, pages, table},
    visit::Signed,
};

use super::people::state_badge;

routes! {
    GET "/console/matches" auditor => list;
}

const HERE: &str = "/console/matches";

async fn list(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let (page, total) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let rows = matches::list(tx, org, cursor.slice(UserId))?;
            let (total, _) = tx.count_owned(org, ConnectionId::BY_HAND)?;
            Ok((Page::cut(rows, |waiting| waiting.user.id.0), total))
        })
        .await?;
    let body = html! {
        (heading(&[], "Matches", "People who were imported, or stayed when their directory went, and belong to no directory yet. The one that pushes a person's userName takes them in by itself; who was pushed under another name is in the organisation twice.", html! {
            a.button href="/console/import" { "Import people" }
        }))
        @if page.rows.is_empty() && cursor.is_first() {
            (empty("Nobody waits for a directory", html! { p { "People whom you " a href="/console/import" { "import" } " are listed here until a directory takes them in." } }))
        } @else {
            p.list-note { (counted(total, "person waits", "people wait")) " for a directory." }
            div.plain { (waiting_table(&page.rows)) }
            (pages(HERE, &[], cursor.is_first(), page.next.as_deref()))
        }
    };
    signed.page(Section::Matches, "Matches", body)
}

fn waiting_table(rows: &[Waiting]) -> Markup {
    table(
        "People who wait for a directory",
        &["Person", "E-mail address", "State", "Probably the same"],
        html! {
            @for Waiting { user, app_id, candidates } in rows {
                tr {
                    td {
                        a.row-title href=(format!("/console/people/{}", user.id)) { (user.facts.display_name) }
                        @if user.facts.display_name != user.facts.user_name { span.row-sub { (user.facts.user_name) } }
                        @if let Some(id) = app_id { span.row-sub { "your id " code { (id) } } }
                    }
                    td data-label="E-mail" { @match &user.facts.email { Some(email) => { (email) } None => { span.faint { "none" } } } }
                    td data-label="State" { (state_badge(user.facts.active)) }
                    td data-label="Probably the same" {
                        @if candidates.is_empty() { span.faint { "nobody so far" } }
                        @for candidate in candidates { (proposed(candidate)) }
                    }
                }
            }
        },
    )
}

fn proposed(candidate: &Candidate) -> Markup {
    let Candidate { user, connection, by, certainty } = candidate;
    let (word, tone) = match certainty {
        Certainty::Sure => ("sure", Tone::Good),
        Certainty::Likely => ("likely", Tone::Accent),
        Certainty::Unsure => ("unsure", Tone::Warning),
    };
    let why = match (by, certainty) {
        (MatchedBy::ExternalId, _) => "the same id",
        (MatchedBy::Email, Certainty::Likely) => "the same address, in a verified domain",
        (MatchedBy::Email, _) => "the same address, in a domain that nobody verified",
    };
    html! {
        div {
            a.row-title href=(format!("/console/people/{}", user.id)) { (user.facts.user_name) } " " (badge(word, tone))
            span.row-sub { "pushed by " (connection) ": " (why) }
        }
    }
}

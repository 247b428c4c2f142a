//! Matches: people who wait for their directory, and the pushed people who are probably the same. What an administrator says of
//! a pair is in `matching`.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{ConnectionId, UserId},
    ports::{ReadCost, Slice},
    records::User,
    role::AdminRole,
    use_cases::matches::{self, Candidate, Certainty, MatchedBy, Waiting},
};

use crate::{
    fault::Answer,
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{
        Section, Tone, address, badge, card, counted, counted_up_to, empty, form, heading, options, pages,
        table,
    },
    visit::Signed,
};

use super::people::state_badge;

routes! {
    GET "/console/matches" auditor => list;
}

pub(super) const HERE: &str = "/console/matches";

/// Those who wait are counted up to here.
const COUNTED: u32 = 10_000;

/// How sure a pair has to be, of those that are made one together.
const SURE: &[(&str, &str)] = &[
    ("sure", "an id is the same"),
    ("likely", "an id is, or an address in a verified domain"),
    ("unsure", "an id is, or any address"),
];

/// Who is listed.
const SHOWN: &[(&str, &str)] = &[("", "everybody who waits"), ("true", "who has a match")];

async fn list(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let proposed = signed.query("proposed") == "true";
    let chosen = if proposed { "true" } else { "" };
    let (page, total, refused) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let (total, _) = tx.count_owned(org, ConnectionId::BY_HAND, COUNTED)?;
            let page = if proposed {
                let slice = Slice { limit: PAGE, ..cursor.slice(UserId) };
                let found = matches::list_proposed(tx, org, slice, matches::LOOKED_AT)?;
                Page { rows: found.rows, next: found.next.map(|last| last.0.as_simple().to_string()) }
            } else {
                Page::cut(matches::list(tx, org, cursor.slice(UserId))?, |waiting| waiting.user.id.0)
            };
            Ok((page, total, tx.count_refused(org)?))
        })
        .await?;
    let body = html! {
        (heading(&[], "Matches", "People who were imported, or stayed when their directory went, and belong to no directory yet. The one that pushes a person's userName takes them in by itself; who was pushed under another name is in the organisation twice.", html! {
            @if refused > 0 { a.button href=(format!("{HERE}/refused")) { (counted(refused, "refused pair", "refused pairs")) } }
            a.button href="/console/import" { "Import people" }
        }))
        @if total == 0 {
            (empty("Nobody waits for a directory", html! { p { "People whom you " a href="/console/import" { "import" } " are listed here until a directory takes them in." } }))
        } @else {
            p.list-note { (counted_up_to(COUNTED, total, "person waits", "people wait")) " for a directory." }
            form.filters role="search" action=(HERE) data-live="results" {
                div { label for="proposed" { "List" } select #proposed name="proposed" { (options(SHOWN, chosen)) } }
                button type="submit" { "Show" }
            }
            div #results aria-live="polite" {
                @if page.rows.is_empty() {
                    (nobody(page.next.is_some()))
                } @else {
                    div.plain { (waiting_table(&signed, &page.rows)) }
                }
                (pages(HERE, &[("proposed", chosen)], cursor.is_first(), page.next.as_deref()))
            }
            @if signed.may(AdminRole::Admin) { (many(&signed)) }
        }
    };
    signed.page(Section::Matches, "Matches", body)
}

fn nobody(may_be_more: bool) -> Markup {
    if may_be_more {
        let about = html! { p { "The " (matches::LOOKED_AT) " who wait here have none. The next page looks further." } };
        return empty("Nobody here has a match", about);
    }
    empty("Nobody else has a match", html! { p { a href=(HERE) { "List everybody who waits" } } })
}

/// The form that makes many pairs one.
fn many(signed: &Signed) -> Markup {
    card(
        "Many at once",
        "Everybody who has exactly one probable match is made one with it. What stands against a pair passes it over. The next page shows who would gain and lose what.",
        form(
            signed,
            &format!("{HERE}/accept"),
            "fields",
            html! {
                div { label for="certainty" { "Where" } select #certainty name="certainty" { (options(SURE, "sure")) } }
                div { button type="submit" { "Make them one …" } }
            },
        ),
    )
}

fn waiting_table(signed: &Signed, rows: &[Waiting]) -> Markup {
    let may = signed.may(AdminRole::Admin);
    table(
        "People who wait for a directory",
        &["Person", "E-mail address", "State", "Probably the same"],
        html! {
            @for Waiting { user, app_id, candidates } in rows {
                tr {
                    td {
                        a.row-title href=(format!("/console/people/{}", user.id)) { (address(&user.facts.display_name)) }
                        @if user.facts.display_name != user.facts.user_name { span.row-sub { (address(&user.facts.user_name)) } }
                        @if let Some(id) = app_id { span.row-sub { "your id " code { (id) } } }
                    }
                    td data-label="E-mail" { @match &user.facts.email { Some(email) => { (address(email)) } None => { span.faint { "none" } } } }
                    td data-label="State" { (state_badge(user.facts.active)) }
                    td data-label="Probably the same" {
                        div.pairs {
                            @if candidates.is_empty() { span.faint { "nobody so far" } }
                            @for candidate in candidates { (proposed(signed, user, candidate)) }
                            @if may { (somebody_else(signed, user)) }
                        }
                    }
                }
            }
        },
    )
}

/// The pair need not be proposed.
fn somebody_else(signed: &Signed, waiting: &User) -> Markup {
    let (id, list) = (format!("with-{}", waiting.id), format!("people-{}", waiting.id));
    html! {
        details.more {
            summary { "Somebody else …" }
            (form(signed, &format!("{HERE}/{}/accept", waiting.id), "inline", html! {
                label.hidden for=(id) { "Whom " (waiting.facts.display_name) " is" }
                input id=(id) type="text" name="person" required autocomplete="off" spellcheck="false" list=(list) data-suggest="/console/people" placeholder="userName of the pushed person";
                datalist id=(list) {}
                button type="submit" { "Make them one …" }
            }))
        }
    }
}

fn proposed(signed: &Signed, waiting: &User, candidate: &Candidate) -> Markup {
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
        div.pair {
            div {
                a.row-title href=(format!("/console/people/{}", user.id)) { (address(&user.facts.user_name)) } " " (badge(word, tone))
                span.row-sub { "pushed by " (connection) ": " (why) }
            }
            @if signed.may(AdminRole::Admin) {
                @let button = |word: &str, label: &str| form(signed, &format!("{HERE}/{}/{word}", waiting.id), "", html! {
                    input type="hidden" name="with" value=(user.id);
                    button type="submit" aria-label=(format!("{label}: {} and {}", waiting.facts.user_name, user.facts.user_name)) { (label) }
                });
                div.inline { (button("accept", "Make them one …")) (button("refuse", "They are two …")) }
            }
        }
    }
}

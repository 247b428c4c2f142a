//! Connections: each identity provider's feed into the organisation, and the way to make another.

use maud::{Markup, html};
use rolecall_domain::{
    ports::ReadCost,
    records::{Connection, Token},
    request_log::LoggedRequest,
    role::AdminRole,
    use_cases::{connect_links, connections},
};

use crate::{
    fault::Answer,
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, Tone, badge, card, form, heading, moment, moment_or, table},
    visit::Signed,
};

use super::provisioning::TRAIL;

routes! {
    GET "/console/settings/connections" auditor => list;
    POST "/console/settings/connections" admin => create;
}

pub(super) const HERE: &str = "/console/settings/connections";

async fn list(signed: Signed) -> Answer {
    let all = signed
        .look(ReadCost::Scan, |tx, org| {
            let tokens = tx.list_tokens(org)?;
            let mut all = Vec::new();
            for connection in tx.list_connections(org)? {
                let own = tokens.iter().filter(|token| token.connection == connection.id).cloned();
                let own: Vec<Token> = own.collect();
                let heard = connect_links::last_heard(tx, org, &own)?;
                all.push(Row { connection, tokens: own, heard });
            }
            Ok(all)
        })
        .await?;
    let body = html! {
        (heading(TRAIL, "Connections", "Each identity provider's feed: its tokens, its switches. Most organisations have one; a second one is for a second identity provider, or for the new one while the old one still runs.", html! {}))
        div.plain {
            (table("Connections", &["Name", "State", "Tokens", "Last heard of", "Made"], html! {
                @for one in &all { (row(one)) }
            }))
        }
        @if signed.may(AdminRole::Admin) { (new_form(&signed)) }
    };
    signed.page(Section::Connections, "Connections", body)
}

/// A connection, its tokens, and the latest request by one of them.
struct Row {
    connection: Connection,
    tokens: Vec<Token>,
    heard: Option<LoggedRequest>,
}

fn row(Row { connection, tokens, heard }: &Row) -> Markup {
    let used = tokens.iter().filter_map(|token| token.last_used_at).max();
    let last = used.max(heard.as_ref().map(|request| request.at));
    html! {
        tr {
            td { a.row-title href=(format!("{HERE}/{}", connection.id)) { (connection.name) } }
            td data-label="State" { (state(connection)) }
            td data-label="Tokens" { (tokens.iter().filter(|token| token.revoked_at.is_none()).count()) }
            td data-label="Last heard of" {
                div {
                    (moment_or(last, "never yet"))
                    @if let Some(request) = heard && request.failed() {
                        a.row-sub href=(format!("/console/requests/{}", request.id)) { "answered " (request.status) }
                    }
                }
            }
            td data-label="Made" { (moment(connection.created_at)) }
        }
    }
}

/// Whether it takes anything in, and how strictly it reads.
pub(super) fn state(connection: &Connection) -> Markup {
    html! {
        span.badges {
            @if connection.paused_at.is_some() { (badge("paused", Tone::Warning)) } @else { (badge("works", Tone::Good)) }
            (badge(connection.profile.as_str(), Tone::Quiet))
            @if connection.switches.upsert_only { (badge("never removes", Tone::Quiet)) }
        }
    }
}

fn new_form(signed: &Signed) -> Markup {
    card(
        "New connection",
        "It begins with the switches that are the safest, and needs a Secret Token of its own.",
        form(
            signed,
            HERE,
            "fields",
            html! {
                div { label for="name" { "Name" } input #name type="text" name="name" required maxlength="100" autocomplete="off" spellcheck="false" placeholder="okta"; }
                div { button.primary type="submit" { "Make the connection …" } }
            },
        ),
    )
}

async fn create(signed: Signed) -> Answer {
    let name = signed.form.field("name").trim().to_owned();
    let ask = Ask {
        section: Section::Connections,
        title: format!("Make the connection {name}?"),
        button: "Make the connection",
        back: HERE.into(),
    };
    match signed.planned(ask, move |tx, act| Ok(connections::create(tx, act, &name)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(made) => signed.done(
            &format!("{HERE}/{}", made.id),
            format!("The connection {} is made. Make a Secret Token for it next.", made.name),
        ),
    }
}

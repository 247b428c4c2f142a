//! Setup links: made for whoever connects the identity provider without being an administrator here.

use maud::{Markup, html};
use rolecall_api::setup_link_url;
use rolecall_domain::{
    connect_link::ConnectLink,
    ports::ReadCost,
    records::Connection,
    role::AdminRole,
    secret::{Secret, SecretKind},
    time::Timestamp,
    use_cases::connect_links,
};

use super::{
    provisioning::TRAIL,
    tokens::{self, state},
};
use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{
        Section, Tone, badge, card, confirm, copyable, empty, form, heading, moment, moment_or, options,
        table,
    },
    visit::Signed,
};

routes! {
    GET "/console/settings/setup-links" auditor => list;
    POST "/console/settings/setup-links" admin => create;
    POST "/console/settings/setup-links/{link}/revoke" admin => revoke;
}

const HERE: &str = "/console/settings/setup-links";
const LIFETIMES: &[(&str, &str)] =
    &[("1", "One day"), ("7", "7 days"), ("14", "14 days"), ("30", "30 days"), ("90", "90 days")];

async fn list(signed: Signed) -> Answer {
    let (links, connections) = signed
        .look(ReadCost::Point, |tx, org| Ok((tx.list_connect_links(org)?, tx.list_connections(org)?)))
        .await?;
    let now = signed.console.app.clock.now();
    let body = html! {
        (heading(TRAIL, "Setup links", "Somebody else connects the identity provider? A setup link opens the Connect wizard for them, and nothing else of this organisation.", html! {}))
        @if signed.may(AdminRole::Admin) { (new_form(&signed, &connections)) }
        @if links.is_empty() {
            (empty("No setup link yet", html! { p { "Make one, and send it to whoever has access to the identity provider's settings." } }))
        } @else {
            div.plain { (links_table(&signed, &links, &connections, now)) }
        }
    };
    signed.page(Section::SetupLinks, "Setup links", body)
}

fn new_form(signed: &Signed, connections: &[Connection]) -> Markup {
    card(
        "New setup link",
        "",
        form(
            signed,
            HERE,
            "fields",
            html! {
                div { label for="name" { "For whom" } input #name type="text" name="name" required maxlength="100" autocomplete="off" placeholder="Bob at Contoso IT"; }
                (tokens::connection_field(connections))
                div { label for="lifetime" { "Works" } select #lifetime name="lifetime" { (options(LIFETIMES, "7")) } }
                div { button.primary type="submit" { "Make the link" } }
            },
        ),
    )
}

fn links_table(signed: &Signed, links: &[ConnectLink], connections: &[Connection], now: Timestamp) -> Markup {
    table(
        "Setup links",
        &["For", "Link", "State", "Last opened", "Expires", ""],
        html! {
            @for link in links.iter().rev() {
                tr {
                    td {
                        span.row-title { (link.name) }
                        @if connections.len() > 1 && let Some(connection) = connections.iter().find(|one| one.id == link.connection) {
                            span.row-sub { (connection.name) }
                        }
                        span.row-sub { "made " (moment(link.created_at)) }
                    }
                    td data-label="Link" { code { "rcw_…" (link.hint) } }
                    td data-label="State" { (how_it_is(link, now)) }
                    td data-label="Last opened" { (moment_or(link.opened_at, "never")) }
                    td data-label="Expires" { (moment(link.expires_at)) }
                    td.end {
                        @if link.is_live(now) && signed.may(AdminRole::Admin) {
                            (confirm("Revoke …", "Whoever uses this link is shut out at once. Tokens that were made with it keep working; revoke those under Secret Tokens.", form(signed, &format!("{HERE}/{}/revoke", link.id), "", html! {
                                button.danger type="submit" { "Revoke the link for " (link.name) }
                            })))
                        }
                    }
                }
            }
        },
    )
}

/// Every link ends soon; only whether it has ended matters.
fn how_it_is(link: &ConnectLink, now: Timestamp) -> Markup {
    if link.is_live(now) {
        badge("works", Tone::Good)
    } else {
        state(link.revoked_at, Some(link.expires_at), now)
    }
}

async fn create(signed: Signed) -> Answer {
    let field = |name: &str| signed.form.field(name).to_owned();
    let (name, connection, lifetime) = (field("name"), field("connection"), field("lifetime"));
    let days: Option<i64> =
        lifetime.parse().ok().filter(|_| LIFETIMES.iter().any(|(value, _)| *value == lifetime));
    let days = days.ok_or_else(|| Fault::invalid("choose how long it shall work"))?;
    let expires_at = Some(signed.console.app.clock.now().plus_days(days));
    let bytes = signed.console.app.entropy.bytes();
    let (link, secret) = signed
        .change(move |tx, act| {
            let secret = Secret::new(SecretKind::ConnectLink, bytes);
            let link = connect_links::create(tx, act, &connection, &name, &secret, expires_at)?;
            Ok((link, secret))
        })
        .await?;
    let address = setup_link_url(&signed.console.app.public_url, &signed.who.org.slug, &secret);
    let body = html! {
        (heading(TRAIL, "Copy the setup link now", "It is shown this once; only its hash is kept.", html! {}))
        (card(&link.name, "", html! {
            (copyable("link", "Setup link", &address))
            p { "Send it to " (link.name) " on a way that others do not read. It works until " (moment(link.expires_at)) ", as often as it is opened; whoever has it can connect an identity provider to this organisation." }
            div { a.button.primary href=(HERE) { "I have copied it" } }
        }))
    };
    signed.page(Section::SetupLinks, "New setup link", body)
}

async fn revoke(signed: Signed) -> Answer {
    let given = signed.path("link").to_owned();
    signed
        .change(move |tx, act| {
            connect_links::revoke(tx, act, &given).map_err(|error| match error {
                connect_links::ConnectLinkError::Unknown { .. } => {
                    Fault::not_found("This link is gone, or is revoked already.")
                }
                other => other.into(),
            })
        })
        .await?;
    signed.done(HERE, "The link is revoked. Whoever opens it is told so.")
}

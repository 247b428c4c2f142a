//! What a setup link opens: the Connect wizard and the live panel of one connection, and its tokens. The link's secret is in
//! the first address alone: it becomes a cookie, and that address answers with no page that could pass it on.

use actix_web::http::header;
use maud::{Markup, html};
use rolecall_domain::{
    event::Actor,
    ids::ChangeId,
    ports::ReadCost,
    records::Token,
    request_log::LoggedRequest,
    secret::{Secret, SecretKind},
    time::Timestamp,
    token_scope::TokenScopes,
    use_cases::{connect_links, secrets},
};

use super::{
    connect::{LATEST, Latest, Stand, choice, panel, steps, with_bodies},
    requests::one_request,
    tokens::{good_for, state},
};
use crate::{
    cookies,
    fault::{Answer, Fault},
    guest::Guest,
    guides::{GUIDES, Guide},
    route::routes,
    view::{card, confirm, empty, form_of, heading, moment, moment_or, table},
    visit::Visit,
};

routes! {
    GET "/console/setup/open" nobody => open;
    GET "/console/setup" guest => guide;
    GET "/console/setup/live" guest => live;
    GET "/console/setup/requests/{request}" guest => request;
    POST "/console/setup/token" guest => make_token;
    POST "/console/setup/tokens/{token}/revoke" guest => revoke_token;
    POST "/console/setup/leave" guest => leave;
}

const HERE: &str = "/console/setup";
const LIVE: &str = "/console/setup/live";
const REQUESTS: &str = "/console/setup/requests";

/// No page that is shown at this address tells it to anybody, not even to the log of a proxy.
async fn open(visit: Visit) -> Answer {
    let mut answer = follow(&visit).await.unwrap_or_else(|fault| visit.show(None, fault));
    let policy = header::HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(header::REFERRER_POLICY, policy);
    Ok(answer)
}

async fn follow(visit: &Visit) -> Answer {
    let (slug, secret) = (visit.query("org").to_owned(), visit.query("link").to_owned());
    let found = visit
        .read(ReadCost::Point, move |tx| Ok::<_, Fault>(tx.find_org(&slug)?))
        .await?
        .ok_or(connect_links::DeadLink::Unknown)?;
    let (org, now, presented) = (found.id, visit.console.app.clock.now(), secret.clone());
    let guest = visit
        .read(ReadCost::Point, move |tx| Ok::<_, Fault>(connect_links::recognise(tx, org, &presented, now)?))
        .await??;
    let actor = Actor::SetupLink(guest.link.id);
    visit.write_as(org, actor, move |tx, act| Ok(connect_links::note_opened(tx, act, &guest)?)).await?;
    let mut answer = visit.go(HERE);
    let cookie = cookies::link(&visit.console, org, &secret);
    answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
    Ok(answer)
}

fn stand(guest: &Guest) -> Stand<'_> {
    Stand {
        live: LIVE.into(),
        connection: None,
        token: "/console/setup/token",
        requests: REQUESTS,
        tenant_url: guest.console.app.tenant_url(&guest.pass.org.slug),
        token_endpoint: guest.console.app.token_endpoint(&guest.pass.org.slug),
        form_token: Some(&guest.form_token),
        log: None,
    }
}

async fn guide(guest: Guest) -> Answer {
    match GUIDES.iter().find(|guide| guide.word == guest.query("idp")) {
        Some(guide) => wizard(&guest, guide, None).await,
        None => first_page(&guest).await,
    }
}

async fn first_page(guest: &Guest) -> Answer {
    let tokens = guest
        .look(ReadCost::Point, |tx, org, connection| Ok(connect_links::tokens_of(tx, org, connection)?))
        .await?;
    let body = html! {
        (heading(&[], &format!("Connect {} to Rolecall", guest.pass.org.name), "Choose your identity provider. Each step is told in the words of its own screens, and what arrives is shown as you go.", html! {}))
        (choice(|guide| format!("{HERE}?idp={}", guide.word)))
        (tokens_card(guest, &tokens))
        (about_the_link(guest))
    };
    guest.page("Connect", body)
}

fn tokens_card(guest: &Guest, tokens: &[Token]) -> Markup {
    let now = guest.console.app.clock.now();
    card(
        "Secret Tokens",
        "What the identity provider presents with every request. To replace one without a gap: make another in the steps, paste it, then revoke the old one here.",
        html! {
            @if tokens.is_empty() {
                (empty("No token yet", html! { p { "The steps of your identity provider make one." } }))
            } @else {
                (table("Secret Tokens", &["Name", "Token", "State", "Last use", "Made", ""], html! {
                    @for token in tokens.iter().rev() { (token_row(guest, token, now)) }
                }))
            }
        },
    )
}

fn token_row(guest: &Guest, token: &Token, now: Timestamp) -> Markup {
    let live = token.revoked_at.is_none() && token.expires_at.is_none_or(|at| now < at);
    let action = format!("{HERE}/tokens/{}/revoke", token.id);
    html! {
        tr {
            td { span.row-title { (token.name) } span.row-sub { (good_for(token)) } }
            td data-label="Token" { code { "rcs_…" (token.hint) } }
            td data-label="State" { (state(token.revoked_at, token.expires_at, now)) }
            td data-label="Last use" { (moment_or(token.last_used_at, "never")) }
            td data-label="Made" { (moment(token.created_at)) }
            td.end {
                @if live {
                    (confirm("Revoke …", "The next request with this token is refused. This cannot be undone.", form_of(&guest.form_token, &action, "", html! {
                        button.danger type="submit" { "Revoke " (token.name) }
                    })))
                }
            }
        }
    }
}

fn about_the_link(guest: &Guest) -> Markup {
    let link = &guest.pass.link;
    html! {
        section.card {
            header {
                h2 { "This link" }
                p { "Made for " (link.name) ". It works until " (moment(link.expires_at)) ", and opens this set-up and nothing else." }
            }
            (form_of(&guest.form_token, "/console/setup/leave", "", html! { button type="submit" { "Forget the link in this browser" } }))
        }
    }
}

async fn wizard(guest: &Guest, guide: &'static Guide, secret: Option<&Secret>) -> Answer {
    let (latest, tokens) = latest(guest).await?;
    let stand = stand(guest);
    let body = html! {
        (heading(&[("Connect", HERE)], guide.name, guide.about, html! {}))
        (steps(&stand, guide, secret, &panel(&stand, &latest, &tokens)))
    };
    guest.page(&format!("Connect {}", guide.name), body)
}

async fn live(guest: Guest) -> Answer {
    let (latest, tokens) = latest(&guest).await?;
    let body = html! {
        (heading(&[("Connect", HERE)], "What arrives", "The latest requests of your identity provider, and what they say about the set-up.", html! {
            a.button href=(LIVE) { "Refresh" }
        }))
        (panel(&stand(&guest), &latest, &tokens))
    };
    guest.page("What arrives", body)
}

async fn latest(guest: &Guest) -> Result<(Latest, Vec<Token>), Fault> {
    guest
        .look(ReadCost::Scan, |tx, org, connection| {
            let requests: Vec<LoggedRequest> = connect_links::requests_of(tx, org, connection, LATEST)?;
            Ok((with_bodies(tx, org, requests)?, connect_links::tokens_of(tx, org, connection)?))
        })
        .await
}

async fn request(guest: Guest) -> Answer {
    let id = ChangeId::parse(guest.path("request"));
    let (request, bodies, tokens) = guest
        .look(ReadCost::Point, move |tx, org, connection| {
            let found = match id {
                Some(id) => connect_links::find_request(tx, org, connection, id)?,
                None => None,
            };
            let (request, bodies) =
                found.ok_or_else(|| Fault::not_found("This request is not in the log (any more)."))?;
            Ok((request, bodies, connect_links::tokens_of(tx, org, connection)?))
        })
        .await?;
    let (title, body) = one_request(&[("Connect", HERE), ("What arrives", LIVE)], &request, &bodies, &tokens);
    guest.page(&title, body)
}

/// Makes a token named for the identity provider, and shows it in the step that asks for it.
async fn make_token(guest: Guest) -> Answer {
    let guide = super::connect::chosen(&guest)?;
    let (bytes, connection) = (guest.console.app.entropy.bytes(), guest.pass.connection.name.clone());
    let secret = guest
        .change(move |tx, act| {
            let secret = Secret::new(SecretKind::Scim, bytes);
            secrets::create_token(tx, act, &connection, guide.name, TokenScopes::ALL, &secret, None)?;
            Ok(secret)
        })
        .await?;
    wizard(&guest, guide, Some(&secret)).await
}

async fn revoke_token(guest: Guest) -> Answer {
    let (given, connection) = (guest.path("token").to_owned(), guest.connection());
    guest
        .change(move |tx, act| {
            connect_links::revoke_token(tx, act, connection, &given).map_err(|error| match error {
                secrets::SecretError::Unknown { .. } => {
                    Fault::not_found("This token is gone, or is revoked already.")
                }
                other => other.into(),
            })
        })
        .await?;
    guest.done(HERE, "The token is revoked. The next request with it is refused.")
}

async fn leave(guest: Guest) -> Answer {
    let mut answer = guest.go("/console/sign-in");
    let cookie = cookies::no_link(&guest.console);
    answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
    Ok(answer)
}

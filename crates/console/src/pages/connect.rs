//! Connect: what to do in the identity provider's own screens, and beside it what of it has arrived.

use maud::{Markup, html};
use rolecall_domain::{
    ids::OrgId,
    ports::{Kind, ReadCost, ReadTx, RequestFilter, StoreResult},
    records::Token,
    request_log::{
        LoggedBodies, LoggedRequest,
        signs::{Mood, Sign, signs},
    },
    role::AdminRole,
    secret::{Secret, SecretKind},
    use_cases::{orgs::DEFAULT_CONNECTION, secrets},
};

use super::requests::requests_table;
use crate::{
    fault::{Answer, Fault},
    guides::{GUIDES, Guide, Item, Step, prose},
    route::routes,
    view::{Section, Tone, badge, card, copyable, empty, form_of, heading, moment, table},
    visit::{Signed, Visit},
};

routes! {
    GET "/console/connect" auditor => guide;
    GET "/console/connect/live" auditor => live;
    POST "/console/connect/token" admin => make_token;
}

const HERE: &str = "/console/connect";
const LIVE: &str = "/console/connect/live";
/// The panel is read off so many requests, and shows the first of them.
pub(super) const LATEST: u32 = 60;
const SHOWN: usize = 12;
/// Bodies are read of so many that wrote people.
const BODIES: usize = 15;

/// Where the wizard stands: in the console, or alone behind a setup link.
pub(super) struct Stand<'a> {
    pub(super) live: &'static str,
    /// Where a token is made.
    pub(super) token: &'static str,
    /// Below it, each request has its page.
    pub(super) requests: &'static str,
    pub(super) tenant_url: String,
    /// Of who may make a token.
    pub(super) form_token: Option<&'a str>,
    /// Where all requests are listed, for who may see them.
    pub(super) log: Option<&'static str>,
}

fn stand(signed: &Signed) -> Stand<'_> {
    Stand {
        live: LIVE,
        token: "/console/connect/token",
        requests: "/console/requests",
        tenant_url: signed.console.app.tenant_url(&signed.who.org.slug),
        form_token: signed.may(AdminRole::Admin).then_some(&*signed.form_token),
        log: Some("/console/requests"),
    }
}

async fn guide(signed: Signed) -> Answer {
    match GUIDES.iter().find(|guide| guide.word == signed.query("idp")) {
        Some(guide) => wizard(&signed, guide, None).await,
        None => first_page(&signed),
    }
}

fn first_page(signed: &Signed) -> Answer {
    let body = html! {
        (heading(&[], "Connect an identity provider", "Choose yours. Each step is told in the words of its own screens, and what arrives is shown as you go.", html! {
            @if signed.may(AdminRole::Admin) { a.button href="/console/settings/setup-links" { "Let somebody else do it" } }
        }))
        (choice(HERE))
    };
    signed.page(Section::Connect, "Connect", body)
}

/// The identity providers to choose from.
pub(super) fn choice(here: &str) -> Markup {
    html! {
        ul.choices {
            @for guide in GUIDES {
                li { a href=(format!("{here}?idp={}", guide.word)) { strong { (guide.name) } span { (guide.about) } } }
            }
        }
    }
}

async fn wizard(signed: &Signed, guide: &'static Guide, secret: Option<&Secret>) -> Answer {
    let (latest, tokens) = latest(signed).await?;
    let stand = stand(signed);
    let body = html! {
        (heading(&[("Connect", HERE)], guide.name, guide.about, html! {}))
        (steps(&stand, guide, secret, &panel(&stand, &latest, &tokens)))
    };
    signed.page(Section::Connect, &format!("Connect {}", guide.name), body)
}

/// The steps of a guide, with what arrives beside them.
pub(super) fn steps(stand: &Stand<'_>, guide: &Guide, secret: Option<&Secret>, panel: &Markup) -> Markup {
    html! {
        div.wizard {
            div.guide {
                @for (number, step) in guide.steps.iter().enumerate() { (step_card(stand, guide, number + 1, step, secret)) }
            }
            aside.beside { (panel) }
        }
    }
}

fn step_card(
    stand: &Stand<'_>,
    guide: &Guide,
    number: usize,
    step: &Step,
    secret: Option<&Secret>,
) -> Markup {
    card(
        &format!("{number}. {}", step.title),
        "",
        html! {
            div.guide-step {
                @for (place, item) in step.items.iter().enumerate() {
                    @match item {
                        Item::Do(texts) => { ol start=(done_before(step, place) + 1) { @for text in *texts { li { (prose(text)) } } } },
                        Item::Note(text) => { p.hint { (prose(text)) } },
                        Item::Values { url, token } => { (values(stand, guide, url, token, secret)) },
                        Item::Table { caption, headings, rows } => { (copy_table(number * 10 + place, caption, headings, rows)) },
                    }
                }
            }
        },
    )
}

/// How many things are done in a step before this item, so that they are numbered on.
fn done_before(step: &Step, place: usize) -> usize {
    let counts = step.items.iter().take(place).map(|item| match item {
        Item::Do(texts) => texts.len(),
        _ => 0,
    });
    counts.sum()
}

/// The two values, by the names that the identity provider has for them.
fn values(stand: &Stand<'_>, guide: &Guide, url: &str, token: &str, secret: Option<&Secret>) -> Markup {
    html! {
        (copyable("tenant-url", url, &stand.tenant_url))
        @match (secret, stand.form_token) {
            (Some(secret), _) => {
                (copyable("secret", token, secret.reveal()))
                p.notice { "The token is shown this once. Paste it before you leave this page." }
            },
            (None, Some(form_token)) => {
                (form_of(form_token, stand.token, "stack", html! {
                    input type="hidden" name="idp" value=(guide.word);
                    p { strong { (token) } ": made new, and shown once. Tokens that exist keep working." }
                    button.primary type="submit" { "Make the " (token) }
                }))
            },
            (None, None) => { p.hint { (token) ": an administrator of role admin can make one here." } },
        }
    }
}

fn copy_table(number: usize, caption: &str, headings: &[&str], rows: &[&[&str]]) -> Markup {
    html! {
        (table(caption, headings, html! {
            @for (line, row) in rows.iter().enumerate() {
                tr {
                    @for (column, cell) in row.iter().enumerate() {
                        td data-label=(headings.get(column).copied().unwrap_or_default()) {
                            @match cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) {
                                Some(value) => {
                                    @let id = format!("v{number}-{line}-{column}");
                                    span.copy-cell { code id=(id) { (value) } button.copy.small type="button" data-copy=(id) aria-label=(format!("Copy {value}")) hidden { "Copy" } }
                                },
                                None => { (prose(cell)) },
                            }
                        }
                    }
                }
            }
        }))
    }
}

/// Makes a token named for the identity provider, and shows it in the step that asks for it.
async fn make_token(signed: Signed) -> Answer {
    let guide = chosen(&signed)?;
    let bytes = signed.console.app.entropy.bytes();
    let secret = signed
        .change(move |tx, act| {
            let secret = Secret::new(SecretKind::Scim, bytes);
            secrets::create_token(tx, act, DEFAULT_CONNECTION, guide.name, &secret, None)?;
            Ok(secret)
        })
        .await?;
    wizard(&signed, guide, Some(&secret)).await
}

/// The guide whose step the form stood in.
pub(super) fn chosen(visit: &Visit) -> Result<&'static Guide, Fault> {
    let chosen = GUIDES.iter().find(|guide| guide.word == visit.form.field("idp"));
    chosen.ok_or_else(|| Fault::invalid("choose an identity provider first"))
}

async fn live(signed: Signed) -> Answer {
    let (latest, tokens) = latest(&signed).await?;
    let body = html! {
        (heading(&[("Connect", HERE)], "What arrives", "The latest requests, and what they say about the set-up.", html! {
            a.button href=(LIVE) { "Refresh" }
        }))
        (panel(&stand(&signed), &latest, &tokens))
    };
    signed.page(Section::Connect, "What arrives", body)
}

pub(super) type Latest = Vec<(LoggedRequest, LoggedBodies)>;

async fn latest(signed: &Signed) -> Result<(Latest, Vec<Token>), Fault> {
    signed
        .look(ReadCost::Scan, |tx, org| {
            let requests = tx.list_requests(org, &RequestFilter::default(), None, LATEST)?;
            Ok((with_bodies(tx, org, requests)?, tx.list_tokens(org)?))
        })
        .await
}

/// The same with the bodies of those that the panel reads.
pub(super) fn with_bodies(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    requests: Vec<LoggedRequest>,
) -> StoreResult<Latest> {
    let mut wanted = BODIES;
    let mut latest = Vec::new();
    for request in requests {
        let writes_a_person =
            request.kind == Some(Kind::User) && ["POST", "PUT", "PATCH"].contains(&request.method.as_str());
        let bodies = if writes_a_person && wanted > 0 {
            wanted -= 1;
            tx.find_request(org, request.id)?.map(|(_, bodies)| bodies).unwrap_or_default()
        } else {
            LoggedBodies::default()
        };
        latest.push((request, bodies));
    }
    Ok(latest)
}

/// The script asks for it again every other second.
pub(super) fn panel(stand: &Stand<'_>, latest: &Latest, tokens: &[Token]) -> Markup {
    let requests: Vec<LoggedRequest> =
        latest.iter().take(SHOWN).map(|(request, _)| request.clone()).collect();
    html! {
        div #live data-refresh=(stand.live) {
            (card("What arrives", "", html! {
                @if latest.is_empty() {
                    (empty("Waiting for the first request", html! { p { "Press the identity provider's test button: it appears here within a few seconds." } }))
                } @else {
                    ul.signs { @for sign in signs(latest) { (sign_line(stand, &sign)) } }
                }
            }))
            @if !requests.is_empty() { div.plain { (requests_table(stand.requests, &requests, tokens)) } }
            @if let Some(log) = stand.log { p.hint { a href=(log) { "All requests" } } }
        }
    }
}

fn sign_line(stand: &Stand<'_>, sign: &Sign) -> Markup {
    let (tone, word) = match sign.mood {
        Mood::Good => (Tone::Good, "works"),
        Mood::Warning => (Tone::Warning, "look"),
        Mood::Bad => (Tone::Bad, "problem"),
    };
    html! {
        li {
            (badge(word, tone)) " "
            a href=(format!("{}/{}", stand.requests, sign.request)) { (sign.title) }
            @if !sign.advice.is_empty() { p { (sign.advice) } }
            p.hint { (moment(sign.at)) }
        }
    }
}

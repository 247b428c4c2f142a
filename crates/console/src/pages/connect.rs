//! Connect: what to do in the identity provider's own screens, and beside it what of it has arrived.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{ConnectionId, OrgId},
    ports::{Kind, ReadCost, ReadTx, StoreResult},
    records::{Connection, Token},
    request_log::{
        LoggedBodies, LoggedRequest,
        signs::{Mood, Sign, signs},
    },
    role::AdminRole,
    secret::{Secret, SecretKind},
    token_scope::TokenScopes,
    use_cases::{connect_links, connections, orgs::DEFAULT_CONNECTION, secrets},
};

use super::requests::requests_table;
use crate::{
    fault::{Answer, Fault},
    guides::{GUIDES, Guide, Item, Step, prose},
    route::routes,
    view::{
        Section, Tone, badge, card, coded, copyable, empty, form, form_of, heading, moment, moment_or, table,
    },
    visit::{Signed, Visit},
};

routes! {
    GET "/console/connect" auditor => guide;
    GET "/console/connect/live" auditor => live;
    POST "/console/connect/token" admin => make_token;
    POST "/console/connect/connections" admin => make_connection;
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
    pub(super) live: String,
    /// Where a token is made.
    pub(super) token: &'static str,
    /// Below it, each request has its page.
    pub(super) requests: &'static str,
    pub(super) tenant_url: String,
    /// Where access tokens are asked for, if this server issues them.
    pub(super) token_endpoint: Option<String>,
    /// Whose token it is, where there is a choice.
    pub(super) connection: Option<ConnectionId>,
    /// Of who may make a token.
    pub(super) form_token: Option<&'a str>,
    /// Where all requests are listed, for who may see them.
    pub(super) log: Option<&'static str>,
}

/// The connections of identity providers, and which of them is meant.
struct Chosen {
    all: Vec<Connection>,
    place: usize,
}

impl Chosen {
    /// Chosen by id; where nothing is chosen, the one that the organisation began with, or else the first. Nothing when
    /// there is none.
    fn find(tx: &mut dyn ReadTx, org: OrgId, given: &str) -> Result<Option<Self>, Fault> {
        let mut all = tx.list_connections(org)?;
        all.retain(|one| !one.id.is_by_hand());
        let place = match (given, ConnectionId::parse(given)) {
            ("", _) => all.iter().position(|one| one.name == DEFAULT_CONNECTION).or(all.first().map(|_| 0)),
            (_, id) => Some(all.iter().position(|one| Some(one.id) == id).ok_or_else(|| {
                Fault::not_found("There is no such connection in the organisation. It may have been removed.")
            })?),
        };
        Ok(place.map(|place| Self { all, place }))
    }

    /// It, where there must be one.
    fn require(tx: &mut dyn ReadTx, org: OrgId, given: &str) -> Result<Self, Fault> {
        Self::find(tx, org, given)?
            .ok_or_else(|| Fault::invalid("there is no connection yet; make one first"))
    }

    fn one(&self) -> &Connection {
        &self.all[self.place]
    }

    /// `connection=…`, where it matters which.
    fn query(&self) -> String {
        if self.all.len() > 1 { format!("connection={}", self.one().id) } else { String::new() }
    }

    fn address(&self, path: &str, query: &str) -> String {
        let parts = [query, &self.query()].map(str::to_owned);
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }
}

fn stand<'a>(signed: &'a Signed, chosen: &Chosen) -> Stand<'a> {
    Stand {
        live: chosen.address(LIVE, ""),
        connection: Some(chosen.one().id),
        token: "/console/connect/token",
        requests: "/console/requests",
        tenant_url: signed.console.app.tenant_url(&signed.who.org.slug),
        token_endpoint: signed.console.app.token_endpoint(&signed.who.org.slug),
        form_token: signed.may(AdminRole::Admin).then_some(&*signed.form_token),
        log: Some("/console/requests"),
    }
}

async fn guide(signed: Signed) -> Answer {
    match GUIDES.iter().find(|guide| guide.word == signed.query("idp")) {
        Some(guide) => wizard(&signed, signed.query("connection").to_owned(), guide, None).await,
        None => first_page(&signed).await,
    }
}

async fn first_page(signed: &Signed) -> Answer {
    let given = signed.query("connection").to_owned();
    let (chosen, tokens) = signed
        .look(ReadCost::Scan, move |tx, org| Ok((Chosen::find(tx, org, &given)?, tx.list_tokens(org)?)))
        .await?;
    let body = html! {
        (heading(&[], "Connect an identity provider", "Choose yours. Each step is told in the words of its own screens, and what arrives is shown as you go.", html! {
            @if signed.may(AdminRole::Admin) { a.button href="/console/settings/setup-links" { "Let somebody else do it" } }
        }))
        @match &chosen {
            None => { (empty("There is no connection yet", html! { p { "Make one below; then choose your identity provider." } })) }
            Some(chosen) => {
                @if chosen.all.len() > 1 { (which_connection(chosen, &tokens)) }
                @if chosen.all.len() > 1 { h2 { "Identity provider of " (chosen.one().name) } }
                (choice(|guide| chosen.address(HERE, &format!("idp={}", guide.word))))
            }
        }
        @if signed.may(AdminRole::Admin) { (another(signed, chosen.is_some())) }
    };
    signed.page(Section::Connect, "Connect", body)
}

/// The connections, where there is more than one.
fn which_connection(chosen: &Chosen, tokens: &[Token]) -> Markup {
    card(
        "Which connection",
        "Each identity provider has one of its own: its Secret Tokens, and what arrives with them.",
        html! {
            ul.tabs {
                @for one in &chosen.all {
                    @let last = tokens.iter().filter(|token| token.connection == one.id).filter_map(|token| token.last_used_at).max();
                    li {
                        a href=(format!("{HERE}?connection={}", one.id)) aria-current=[(one.id == chosen.one().id).then_some("true")] {
                            strong { (one.name) }
                            span { @if last.is_some() { "heard of " } (moment_or(last, "not heard of yet")) }
                        }
                    }
                }
            }
        },
    )
}

/// Another identity provider needs another connection.
fn another(signed: &Signed, beside: bool) -> Markup {
    let (title, about) = if beside {
        (
            "Another identity provider",
            "It gets a connection of its own beside those that there are: a second one, or the new one while the old one still runs.",
        )
    } else {
        ("A connection", "What the identity provider sends comes by it.")
    };
    card(
        title,
        about,
        form(
            signed,
            "/console/connect/connections",
            "fields",
            html! {
                div { label for="name" { "Name of its connection" } input #name type="text" name="name" required maxlength="100" autocomplete="off" spellcheck="false" placeholder="okta"; }
                div { button type="submit" { "Make the connection" } }
            },
        ),
    )
}

/// Makes a connection: it gives nobody anything before something comes by it.
async fn make_connection(signed: Signed) -> Answer {
    let name = signed.form.field("name").trim().to_owned();
    let made = signed.change(move |tx, act| Ok(connections::create(tx, act, &name)?)).await?;
    let to = format!("{HERE}?connection={}", made.id);
    signed.done(&to, format!("The connection {} is made. Choose its identity provider.", made.name))
}

/// The identity providers to choose from.
pub(super) fn choice(address: impl Fn(&Guide) -> String) -> Markup {
    html! {
        ul.choices {
            @for guide in GUIDES {
                li { a href=(address(guide)) { strong { (guide.name) } span { (guide.about) } } }
            }
        }
    }
}

async fn wizard(signed: &Signed, given: String, guide: &'static Guide, secret: Option<&Secret>) -> Answer {
    let Shown { chosen, latest, tokens } = Shown::read(signed, given).await?;
    let stand = stand(signed, &chosen);
    let several = chosen.all.len() > 1;
    let back = chosen.address(HERE, "");
    let title =
        if several { format!("{} for {}", guide.name, chosen.one().name) } else { guide.name.to_owned() };
    let body = html! {
        (heading(&[("Connect", &back)], &title, guide.about, html! {
            @if several { a.button href=(format!("/console/settings/connections/{}", chosen.one().id)) { "The connection" } }
        }))
        (steps(&stand, guide, secret, &panel(&stand, &latest, &tokens)))
    };
    signed.page(Section::Connect, &format!("Connect {title}"), body)
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
                    @if let Some(connection) = stand.connection { input type="hidden" name="connection" value=(connection); }
                    p { strong { (token) } ": made new, and shown once. Tokens that exist keep working." }
                    button.primary type="submit" { "Make the " (token) }
                }))
            },
            (None, None) => { p.hint { (token) ": an administrator of role admin can make one here." } },
        }
        @if let Some(endpoint) = &stand.token_endpoint { (client_credentials(endpoint, token, guide.name)) }
    }
}

/// The same token as the secret of an OAuth 2.0 client, whose id is the token's id or its name.
pub(super) fn client_credentials(endpoint: &str, token: &str, client_id: &str) -> Markup {
    html! {
        details.more {
            summary { "It asks for OAuth 2.0 client credentials" }
            (copyable("token-endpoint", "Token endpoint", endpoint))
            (copyable("client-id", "Client identifier", client_id))
            p.hint { "The client secret is the " (token) " above. The scope may stay empty, or is " code { "scim" } ": both give all that the token is good for." }
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
    let (guide, given) = (chosen(&signed)?, signed.form.field("connection").to_owned());
    let (bytes, named) = (signed.console.app.entropy.bytes(), given.clone());
    let secret = signed
        .change(move |tx, act| {
            let chosen = Chosen::require(tx, act.org, &named)?;
            let secret = Secret::new(SecretKind::Scim, bytes);
            secrets::create_token(tx, act, &chosen.one().name, guide.name, TokenScopes::ALL, &secret, None)?;
            Ok(secret)
        })
        .await?;
    wizard(&signed, given, guide, Some(&secret)).await
}

/// The guide whose step the form stood in.
pub(super) fn chosen(visit: &Visit) -> Result<&'static Guide, Fault> {
    let chosen = GUIDES.iter().find(|guide| guide.word == visit.form.field("idp"));
    chosen.ok_or_else(|| Fault::invalid("choose an identity provider first"))
}

async fn live(signed: Signed) -> Answer {
    let Shown { chosen, latest, tokens } =
        Shown::read(&signed, signed.query("connection").to_owned()).await?;
    let stand = stand(&signed, &chosen);
    let several = chosen.all.len() > 1;
    let about = if several {
        format!(
            "The latest requests by the connection {}, and what they say about the set-up.",
            chosen.one().name
        )
    } else {
        "The latest requests, and what they say about the set-up.".to_owned()
    };
    let body = html! {
        (heading(&[("Connect", &chosen.address(HERE, ""))], "What arrives", &about, html! {
            @if several {
                @for other in chosen.all.iter().filter(|one| one.id != chosen.one().id) {
                    a.button href=(format!("{LIVE}?connection={}", other.id)) { (other.name) }
                }
            }
            a.button href=(stand.live) { "Refresh" }
        }))
        (panel(&stand, &latest, &tokens))
    };
    signed.page(Section::Connect, "What arrives", body)
}

pub(super) type Latest = Vec<(LoggedRequest, LoggedBodies)>;

/// What the wizard of a connection shows.
struct Shown {
    chosen: Chosen,
    latest: Latest,
    tokens: Vec<Token>,
}

impl Shown {
    /// What came by the chosen connection, and what was refused since it presented no token.
    async fn read(signed: &Signed, given: String) -> Result<Self, Fault> {
        signed
            .look(ReadCost::Scan, move |tx, org| {
                let chosen = Chosen::require(tx, org, &given)?;
                let requests = connect_links::requests_of(tx, org, chosen.one().id, LATEST)?;
                let tokens = connect_links::tokens_of(tx, org, chosen.one().id)?;
                Ok(Self { latest: with_bodies(tx, org, requests)?, tokens, chosen })
            })
            .await
    }
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
        div #live data-refresh=(&stand.live) {
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
            @if !sign.advice.is_empty() { p { (coded(&sign.advice)) } }
            p.hint { (moment(sign.at)) }
        }
    }
}

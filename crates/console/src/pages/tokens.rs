//! Secret Tokens: what identity providers present. Several work side by side, so that one is replaced without a gap.

use maud::{Markup, html};
use rolecall_domain::{
    ids::TokenId,
    ports::ReadCost,
    records::{Connection, Token},
    role::AdminRole,
    secret::{Secret, SecretKind},
    time::Timestamp,
    token_scope::{TokenScope, TokenScopes},
    use_cases::secrets,
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

use super::{connect::client_credentials, provisioning::TRAIL};

routes! {
    GET "/console/settings/tokens" auditor => list;
    POST "/console/settings/tokens" admin => create;
    POST "/console/settings/tokens/{token}/rotate" admin => rotate;
    POST "/console/settings/tokens/{token}/revoke" admin => revoke;
}

const HERE: &str = "/console/settings/tokens";

/// How long a new secret works.
pub(super) const LIFETIMES: &[(&str, &str)] = &[
    ("", "Until it is revoked"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("180", "180 days"),
    ("365", "One year"),
];

async fn list(signed: Signed) -> Answer {
    let (tokens, connections) =
        signed.look(ReadCost::Scan, |tx, org| Ok((tx.list_tokens(org)?, tx.list_connections(org)?))).await?;
    let now = signed.console.app.clock.now();
    let body = html! {
        (heading(TRAIL, "Secret Tokens", "An identity provider presents one with every request. To replace one without a gap: make another, paste it, then revoke the old one.", html! {}))
        @if signed.may(AdminRole::Admin) { (new_form(&signed, &connections)) }
        @if tokens.is_empty() {
            (empty("No token yet", html! { p { "Without one no identity provider gets in." } }))
        } @else {
            div.plain { (tokens_table(&signed, &tokens, &connections, now)) }
        }
    };
    signed.page(Section::Tokens, "Secret Tokens", body)
}

fn new_form(signed: &Signed, connections: &[Connection]) -> Markup {
    card(
        "New token",
        "",
        form(
            signed,
            HERE,
            "fields",
            html! {
                div { label for="name" { "Name" } input #name type="text" name="name" required maxlength="100" autocomplete="off" placeholder="Entra, production"; }
                (connection_field(connections))
                div { label for="lifetime" { "Works" } select #lifetime name="lifetime" { (options(LIFETIMES, "")) } }
                (scope_boxes())
                div { button.primary type="submit" { "Make the token" } }
            },
        ),
    )
}

/// What a new token is good for: everything, unless somebody says less.
fn scope_boxes() -> Markup {
    html! {
        fieldset.wide.checks {
            legend.label { "It may" }
            @for scope in TokenScope::ALL {
                label.check { input type="checkbox" name="scope" value=(scope) checked; span { (in_words(scope)) " " code { (scope) } } }
            }
            p.hint { "Who may write may read, too. Identity providers that provision people and groups need all of it." }
        }
    }
}

fn in_words(scope: TokenScope) -> &'static str {
    match scope {
        TokenScope::UsersRead => "find and list people",
        TokenScope::UsersWrite => "add, change and remove people",
        TokenScope::GroupsRead => "find and list groups",
        TokenScope::GroupsWrite => "add, change and remove groups and their members",
    }
}

/// Which connection something is for; there is nothing to choose from one.
pub(super) fn connection_field(connections: &[Connection]) -> Markup {
    let of_idps = connections.iter().filter(|one| !one.id.is_by_hand());
    let names: Vec<(&str, &str)> = of_idps.map(|one| (one.name.as_str(), one.name.as_str())).collect();
    html! {
        @if names.len() > 1 {
            div { label for="connection" { "Connection" } select #connection name="connection" { (options(&names, "default")) } }
        } @else {
            input type="hidden" name="connection" value=(names.first().map_or("default", |(name, _)| name));
        }
    }
}

fn tokens_table(signed: &Signed, tokens: &[Token], connections: &[Connection], now: Timestamp) -> Markup {
    table(
        "Secret Tokens",
        &["Name", "Token", "State", "Last use", "Expires", ""],
        html! {
            @for token in tokens.iter().rev() {
                @let live = token.revoked_at.is_none() && token.expires_at.is_none_or(|at| now < at);
                tr {
                    td {
                        span.row-title { (token.name) }
                        @if connections.len() > 1 && let Some(connection) = connections.iter().find(|one| one.id == token.connection) {
                            span.row-sub { (connection.name) }
                        }
                        span.row-sub { (good_for(token)) }
                        span.row-sub { "made " (moment(token.created_at)) }
                    }
                    td data-label="Token" { code { "rcs_…" (token.hint) } }
                    td data-label="State" { (state(token.revoked_at, token.expires_at, now)) }
                    td data-label="Last use" { (moment_or(token.last_used_at, "never")) }
                    td data-label="Expires" { (moment_or(token.expires_at, "never")) }
                    td.end {
                        @if live && signed.may(AdminRole::Admin) {
                            span.inline {
                                @if token.last_used_at.is_some() { a.button.small href=(format!("/console/undo?token={}", token.id)) { "Undo …" } }
                                (form(signed, &format!("{HERE}/{}/rotate", token.id), "", html! { button type="submit" { "Rotate" } }))
                                (confirm("Revoke …", "The next request with this token is refused. This cannot be undone.", form(signed, &format!("{HERE}/{}/revoke", token.id), "", html! {
                                    button.danger type="submit" { "Revoke " (token.name) }
                                })))
                            }
                        }
                    }
                }
            }
        },
    )
}

/// What a token is good for.
pub(super) fn good_for(token: &Token) -> String {
    if token.scopes == TokenScopes::ALL {
        return "for everything".to_owned();
    }
    let words: Vec<&str> = token.scopes.iter().map(TokenScope::as_str).collect();
    format!("for {}", words.join(", "))
}

/// Whether a secret works.
pub(super) fn state(revoked_at: Option<Timestamp>, expires_at: Option<Timestamp>, now: Timestamp) -> Markup {
    match (revoked_at, expires_at) {
        (Some(_), _) => badge("revoked", Tone::Bad),
        (None, Some(at)) if at <= now => badge("expired", Tone::Bad),
        (None, Some(at)) if at <= now.plus_days(14) => badge("expires soon", Tone::Warning),
        _ => badge("works", Tone::Good),
    }
}

async fn create(signed: Signed) -> Answer {
    let (name, connection) =
        (signed.form.field("name").to_owned(), signed.form.field("connection").to_owned());
    let expires_at = expiry(&signed)?;
    let ticked = signed.form.fields().filter(|(field, _)| *field == "scope");
    let scopes: Result<TokenScopes, _> = ticked.map(|(_, word)| word.parse::<TokenScope>()).collect();
    let scopes = scopes.map_err(Fault::invalid)?;
    let bytes = signed.console.app.entropy.bytes();
    let made = signed
        .change(move |tx, act| {
            let secret = Secret::new(SecretKind::Scim, bytes);
            let token = secrets::create_token(tx, act, &connection, &name, scopes, &secret, expires_at)?;
            Ok((token, secret))
        })
        .await?;
    shown_once(&signed, &made.0, &made.1, None)
}

/// Makes another token of the same name, connection, scopes and lifetime. The old one works on until it is revoked.
async fn rotate(signed: Signed) -> Answer {
    let given = signed.path("token").to_owned();
    let bytes = signed.console.app.entropy.bytes();
    let (old, new, secret) = signed
        .change(move |tx, act| {
            let tokens = tx.list_tokens(act.org)?;
            let old = tokens
                .into_iter()
                .find(|token| Some(token.id) == TokenId::parse(&given) && token.revoked_at.is_none());
            let old = old.ok_or_else(|| Fault::not_found("This token is gone, or is revoked already."))?;
            let connections = tx.list_connections(act.org)?;
            let connection =
                connections.iter().find(|one| one.id == old.connection).ok_or(Fault::Internal)?;
            let lifetime = old.expires_at.map(|at| act.cause.at.0 + (at.0 - old.created_at.0).max(0));
            let secret = Secret::new(SecretKind::Scim, bytes);
            let new = secrets::create_token(
                tx,
                act,
                &connection.name,
                &old.name,
                old.scopes,
                &secret,
                lifetime.map(Timestamp),
            )?;
            Ok((old, new, secret))
        })
        .await?;
    shown_once(&signed, &new, &secret, Some(&old))
}

fn shown_once(signed: &Signed, token: &Token, secret: &Secret, old: Option<&Token>) -> Answer {
    let body = html! {
        (heading(TRAIL, "Copy the token now", "It is shown this once; only its hash is kept.", html! {}))
        (card(&token.name, "", html! {
            (copyable("secret", "Secret Token", secret.reveal()))
            (copyable("tenant-url", "Tenant URL", &signed.console.app.tenant_url(&signed.who.org.slug)))
            @if let Some(endpoint) = signed.console.app.token_endpoint(&signed.who.org.slug) {
                (client_credentials(&endpoint, "Secret Token", &token.id.to_string()))
            }
            @if let Some(old) = old {
                p { "Paste it into the identity provider. The old token (rcs_…" (old.hint) ") works until you revoke it." }
            }
            div { a.button.primary href=(HERE) { "I have copied it" } }
        }))
    };
    signed.page(Section::Tokens, "New Secret Token", body)
}

async fn revoke(signed: Signed) -> Answer {
    let given = signed.path("token").to_owned();
    signed
        .change(move |tx, act| {
            secrets::revoke_token(tx, act, &given).map_err(|error| match error {
                secrets::SecretError::Unknown { .. } => {
                    Fault::not_found("This token is gone, or is revoked already.")
                }
                other => other.into(),
            })
        })
        .await?;
    signed.done(HERE, "The token is revoked. The next request with it is refused.")
}

/// When a new secret ends.
pub(super) fn expiry(signed: &Signed) -> Result<Option<Timestamp>, Fault> {
    match signed.form.field("lifetime") {
        "" => Ok(None),
        days => {
            let known = LIFETIMES.iter().any(|(value, _)| *value == days);
            let days = days.parse().ok().filter(|_| known);
            let days: i64 = days.ok_or_else(|| Fault::invalid("choose how long it shall work"))?;
            Ok(Some(signed.console.app.clock.now().plus_days(days)))
        }
    }
}

//! Keys of the admin API. Only owners make them: a key acts as its role, whoever holds it.

use maud::{Markup, html};
use rolecall_domain::{
    ports::ReadCost,
    records::ApiKey,
    role::{AdminRole, OrgRole},
    secret::{Secret, SecretKind},
    use_cases::secrets,
};

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{
        Section, card, confirm, copyable, empty, form, heading, moment, moment_or, options, role_badge, table,
    },
    visit::Signed,
};

use super::tokens::{LIFETIMES, expiry, state};

routes! {
    GET "/console/settings/api-keys" auditor => list;
    POST "/console/settings/api-keys" owner => create;
    POST "/console/settings/api-keys/{key}/revoke" owner => revoke;
}

const HERE: &str = "/console/settings/api-keys";
const TRAIL: &[(&str, &str)] = &[("Admin Settings", "")];

async fn list(signed: Signed) -> Answer {
    let keys = signed.look(ReadCost::Scan, |tx, org| Ok(tx.list_api_keys(org)?)).await?;
    let now = signed.console.app.clock.now();
    let about = "Your programs present one to the admin API at /v1.";
    let body = html! {
        (heading(TRAIL, "API keys", about, html! { a.button href="/openapi.json" { "openapi.json" } }))
        @if signed.may(AdminRole::Owner) {
            (card("New key", "", form(&signed, HERE, "fields", html! {
                div { label for="name" { "Name" } input #name type="text" name="name" required maxlength="100" autocomplete="off" placeholder="Terraform"; }
                div { label for="role" { "Role" } select #role name="role" { (options(&[("admin", "Admin"), ("owner", "Owner")], "admin")) } }
                div { label for="lifetime" { "Works" } select #lifetime name="lifetime" { (options(LIFETIMES, "")) } }
                div { button.primary type="submit" { "Make the key" } }
            })))
        }
        @if keys.is_empty() { (empty("No key yet", html! {})) } @else {
            div.plain {
                (table("API keys", &["Name", "Key", "Role", "State", "Made", "Expires", ""], html! {
                    @for key in keys.iter().rev() { (row(&signed, key, state(key.revoked_at, key.expires_at, now))) }
                }))
            }
        }
    };
    signed.page(Section::ApiKeys, "API keys", body)
}

fn row(signed: &Signed, key: &ApiKey, state: Markup) -> Markup {
    html! {
        tr {
            td { span.row-title { (key.name) } }
            td data-label="Key" { code { "rck_…" (key.hint) } }
            td data-label="Role" { (role_badge(key.role.as_str())) }
            td data-label="State" { (state) }
            td data-label="Made" { (moment(key.created_at)) }
            td data-label="Expires" { (moment_or(key.expires_at, "never")) }
            td.end {
                @if key.revoked_at.is_none() && signed.may(AdminRole::Owner) {
                    (confirm("Revoke …", "The next request with this key is refused. This cannot be undone.", form(signed, &format!("{HERE}/{}/revoke", key.id), "", html! {
                        button.danger type="submit" { "Revoke " (key.name) }
                    })))
                }
            }
        }
    }
}

async fn create(signed: Signed) -> Answer {
    let name = signed.form.field("name").to_owned();
    let role: OrgRole = signed.form.field("role").parse().map_err(Fault::invalid)?;
    let expires_at = expiry(&signed)?;
    let bytes = signed.console.app.entropy.bytes();
    let (key, secret) = signed
        .change(move |tx, act| {
            let secret = Secret::new(SecretKind::ApiKey, bytes);
            Ok((secrets::create_api_key(tx, act, &name, role, &secret, expires_at)?, secret))
        })
        .await?;
    let body = html! {
        (heading(TRAIL, "Copy the key now", "It is shown this once; only its hash is kept.", html! {}))
        (card(&key.name, "", html! {
            (copyable("secret", "API key", secret.reveal()))
            div { a.button.primary href=(HERE) { "I have copied it" } }
        }))
    };
    signed.page(Section::ApiKeys, "New API key", body)
}

async fn revoke(signed: Signed) -> Answer {
    let given = signed.path("key").to_owned();
    signed
        .change(move |tx, act| {
            secrets::revoke_api_key(tx, act, &given).map_err(|error| match error {
                secrets::SecretError::Unknown { .. } => {
                    Fault::not_found("This key is gone, or is revoked already.")
                }
                other => other.into(),
            })
        })
        .await?;
    signed.done(HERE, "The key is revoked.")
}

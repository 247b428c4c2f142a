//! The organisation itself, and the index of its authentication settings.

use maud::html;
use rolecall_domain::{role::AdminRole, use_cases::orgs};

use crate::{
    fault::Answer,
    route::routes,
    view::{Section, card, copyable, form, heading, moment},
    visit::Signed,
};

routes! {
    GET "/console/settings/authentication" auditor => authentication;
    GET "/console/settings/organisation" auditor => show;
    POST "/console/settings/organisation" admin => rename;
}

const HERE: &str = "/console/settings/organisation";

async fn authentication(signed: Signed) -> Answer {
    let body = html! {
        (heading(&[("Admin Settings", "")], "Authentication Settings", "How people come into this organisation, and who manages it.", html! {}))
        div.choices {
            a.choice href="/console/settings/scim" { strong { "SCIM Provisioning" } span { "Tenant URL, SCIM Mappings List, name pattern" } }
            a.choice href="/console/settings/tokens" { strong { "Secret Tokens" } span { "Make, rotate and revoke what identity providers present" } }
            a.choice href="/console/settings/connections" { strong { "Connections" } span { "Each identity provider's feed and how it is read" } }
            a.choice href="/console/settings/schemas" { strong { "Attributes of your own" } span { "Schemas for people and groups beyond SCIM's" } }
            a.choice href="/console/settings/administrators" { strong { "Administrators" } span { "Who signs in to this console, with which role" } }
        }
    };
    signed.page(Section::Authentication, "Authentication Settings", body)
}

async fn show(signed: Signed) -> Answer {
    let org = &signed.who.org;
    let may = signed.may(AdminRole::Admin);
    let body = html! {
        (heading(&[("Admin Settings", "")], "Organisation", "", html! {}))
        (card(&org.name, "", html! {
            dl.facts {
                dt { "Slug" } dd { code { (org.slug) } }
                dt { "Made" } dd { (moment(org.created_at)) }
            }
            (copyable("tenant-url", "Tenant URL", &signed.console.app.tenant_url(&org.slug)))
        }))
        (card("Name", "What people call the organisation: on these pages, in setup links and in documents. The slug, and with it the Tenant URL, stays.", html! {
            (form(&signed, HERE, "fields", html! {
                div { label for="name" { "Name" } input #name type="text" name="name" value=(org.name) required maxlength="255" autocomplete="organization" disabled[!may]; }
                @if may { div { button type="submit" { "Save the name" } } }
            }))
        }))
        (card("Other settings", "", html! {
            ul.choices {
                li { a href="/console/settings/scim" { strong { "How names of groups are read" } span { "Name pattern, regular expressions, and whether workspaces are made" } } }
                li { a href="/console/holds" { strong { "Guards" } span { "When removals by a directory are held for a review" } } }
                li { a href="/console/settings/connections" { strong { "Connections" } span { "Verified domains, grace time, locks and the other switches" } } }
                li { a href="/console/settings/schemas" { strong { "Attributes of your own" } span { "Schemas for people and groups beyond SCIM's" } } }
            }
        }))
    };
    signed.page(Section::Settings, "Organisation", body)
}

async fn rename(signed: Signed) -> Answer {
    let name = signed.form.field("name").to_owned();
    signed.change(move |tx, act| Ok(orgs::rename(tx, act, &name)?)).await?;
    signed.done(HERE, "The name is saved.")
}

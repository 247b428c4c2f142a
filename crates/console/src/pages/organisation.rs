//! The organisation itself, and the index of its authentication settings.

use maud::html;
use rolecall_domain::{ports::ReadCost, records::SchemaExtension};

use crate::{
    fault::Answer,
    route::routes,
    view::{Section, card, copyable, empty, heading, moment, table},
    visit::Signed,
};

routes! {
    GET "/console/settings/authentication" auditor => authentication;
    GET "/console/settings/organisation" auditor => show;
}

async fn authentication(signed: Signed) -> Answer {
    let body = html! {
        (heading(&[("Admin Settings", "")], "Authentication Settings", "How people come into this organisation, and who manages it.", html! {}))
        div.choices {
            a.choice href="/console/settings/scim" { strong { "SCIM Provisioning" } span { "Tenant URL, SCIM Mappings List, name pattern" } }
            a.choice href="/console/settings/tokens" { strong { "Secret Tokens" } span { "Make, rotate and revoke what identity providers present" } }
            a.choice href="/console/settings/connections" { strong { "Connections" } span { "Each identity provider's feed and how it is read" } }
            a.choice href="/console/settings/administrators" { strong { "Administrators" } span { "Who signs in to this console, with which role" } }
        }
    };
    signed.page(Section::Authentication, "Authentication Settings", body)
}

async fn show(signed: Signed) -> Answer {
    let schemas = signed.look(ReadCost::Scan, |tx, org| Ok(tx.list_schemas(org)?)).await?;
    let org = &signed.who.org;
    let body = html! {
        (heading(&[("Admin Settings", "")], "Organisation", "", html! {}))
        (card(&org.name, "", html! {
            dl.facts {
                dt { "Slug" } dd { code { (org.slug) } }
                dt { "Made" } dd { (moment(org.created_at)) }
            }
            (copyable("tenant-url", "Tenant URL", &signed.console.app.tenant_url(&org.slug)))
        }))
        (card("Attributes of your own", "Schemas added to people and groups, by the admin API or by rolecall schema add.", html! {
            @if schemas.is_empty() { (empty("None", html! {})) } @else {
                (table("Schemas", &["Name", "URN", "Of", "Added"], html! {
                    @for SchemaExtension { schema, kind, created_at, .. } in &schemas {
                        tr {
                            td { span.row-title { (schema.name) } }
                            td data-label="URN" { code { (schema.id) } }
                            td data-label="Of" { (format!("{kind:?}")) }
                            td data-label="Added" { (moment(*created_at)) }
                        }
                    }
                }))
            }
        }))
    };
    signed.page(Section::Settings, "Organisation", body)
}

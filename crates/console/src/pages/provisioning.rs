//! Admin Settings → Authentication Settings → SCIM Provisioning: the Tenant URL, and what the identity provider's groups give here.

use maud::{Markup, html};
use rolecall_domain::{ports::ReadCost, records::Token};

use crate::{
    fault::Answer,
    paging::Cursor,
    route::routes,
    view::{Section, card, copyable, counted, heading, moment_or},
    visit::Signed,
};

use super::{
    mappings::{self, MappingsFound},
    naming::{self, NamingFound},
    reconcile,
    role_mappings::{self, RolesFound},
};

routes! {
    GET "/console/settings/scim" auditor => show;
}

/// Where this page is.
pub(super) const TRAIL: &[(&str, &str)] =
    &[("Admin Settings", ""), ("Authentication Settings", "/console/settings/authentication")];
pub(super) const HERE: &str = "/console/settings/scim";

async fn show(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let (tokens, mappings, roles, names) = signed
        .look(ReadCost::Scan, move |tx, org| {
            Ok((
                tx.list_tokens(org)?,
                MappingsFound::read(tx, org, cursor)?,
                RolesFound::read(tx, org, Cursor::FIRST)?,
                NamingFound::read(tx, org)?,
            ))
        })
        .await?;
    let body = html! {
        (heading(TRAIL, "SCIM Provisioning", "What your identity provider needs, and what its groups give here.", html! {}))
        (connect(&signed, &tokens))
        (mappings::list(&signed, &mappings, cursor))
        (role_mappings::list(&signed, &roles))
        (naming::naming(&signed, &names))
        (reconcile::card_of(&signed))
    };
    signed.page(Section::Provisioning, "SCIM Provisioning", body)
}

fn connect(signed: &Signed, tokens: &[Token]) -> Markup {
    let live = tokens.iter().filter(|token| token.revoked_at.is_none());
    let last = tokens.iter().filter_map(|token| token.last_used_at).max();
    card(
        "Connection",
        "Paste both into the identity provider's provisioning page, then press its Test Connection.",
        html! {
            (copyable("tenant-url", "Tenant URL", &signed.console.app.tenant_url(&signed.who.org.slug)))
            dl.facts {
                dt { "Secret Token" }
                dd { (counted(live.count() as u64, "token", "tokens")) " made. " a href="/console/settings/tokens" { "Make or revoke tokens" } }
                dt { "Last heard of" }
                dd { (moment_or(last, "never yet")) }
            }
        },
    )
}

//! Connections: each identity provider's feed into the organisation, and how strictly it is read.

use maud::html;
use rolecall_domain::{
    ids::ConnectionId,
    ports::ReadCost,
    records::Connection,
    role::AdminRole,
    use_cases::connections::{self, ConnectionError},
};
use rolecall_scim::profile::Profile;

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{Section, Tone, badge, form, heading, moment, moment_or, options, table},
    visit::Signed,
};

use super::provisioning::TRAIL;

routes! {
    GET "/console/settings/connections" auditor => list;
    POST "/console/settings/connections/{connection}" admin => change;
}

const HERE: &str = "/console/settings/connections";

async fn list(signed: Signed) -> Answer {
    let (all, tokens) =
        signed.look(ReadCost::Scan, |tx, org| Ok((tx.list_connections(org)?, tx.list_tokens(org)?))).await?;
    let profiles: Vec<(&str, &str)> = Profile::ALL.iter().map(|one| (one.as_str(), one.as_str())).collect();
    let body = html! {
        (heading(TRAIL, "Connections", "Each identity provider's feed. A strict connection is read by the RFCs to the letter; a compatible one with the habits of identity providers understood.", html! {}))
        div.plain {
            (table("Connections", &["Name", "Read as", "Tokens", "Last heard of", "Made", ""], html! {
                @for Connection { id, name, profile, created_at, .. } in &all {
                    @let own = || tokens.iter().filter(|token| token.connection == *id);
                    tr {
                        td { span.row-title { (name) } }
                        td data-label="Read as" { (badge(profile.as_str(), Tone::Quiet)) }
                        td data-label="Tokens" { a href="/console/settings/tokens" { (own().filter(|token| token.revoked_at.is_none()).count()) } }
                        td data-label="Last heard of" { (moment_or(own().filter_map(|token| token.last_used_at).max(), "never yet")) }
                        td data-label="Made" { (moment(*created_at)) }
                        td.end {
                            @if signed.may(AdminRole::Admin) {
                                (form(&signed, &format!("{HERE}/{id}"), "inline", html! {
                                    select name="profile" aria-label=(format!("How {name} is read")) { (options(&profiles, profile.as_str())) }
                                    button type="submit" { "Change" }
                                }))
                            }
                        }
                    }
                }
            }))
        }
    };
    signed.page(Section::Connections, "Connections", body)
}

async fn change(signed: Signed) -> Answer {
    let given = signed.path("connection").to_owned();
    let wanted = signed.form.field("profile").to_owned();
    let changed = signed
        .change(move |tx, act| {
            let gone = || Fault::not_found("There is no such connection in the organisation.");
            let id = ConnectionId::parse(&given).ok_or_else(gone)?;
            if !tx.list_connections(act.org)?.iter().any(|one| one.id == id) {
                return Err(gone());
            }
            let profile = Profile::ALL.into_iter().find(|one| one.as_str() == wanted);
            let profile = profile.ok_or_else(|| Fault::invalid("choose how it shall be read"))?;
            connections::change(tx, act, &given, |connection| connection.profile = profile).map_err(|error| {
                match error {
                    ConnectionError::Unknown { .. } => gone(),
                    other => other.into(),
                }
            })
        })
        .await?;
    signed.done(
        HERE,
        format!("{} is read as {} from the next request on.", changed.name, changed.profile.as_str()),
    )
}

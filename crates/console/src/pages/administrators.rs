//! Who signs in to this console. Owners make, change, reset and shut out administrators; everybody sees who there is.

use actix_web::http::StatusCode;
use maud::{Markup, html};
use rolecall_domain::{
    administrator::Administrator,
    ports::ReadCost,
    role::AdminRole,
    secret::{Secret, SecretKind},
    use_cases::administrators::{self, LINK_DAYS},
};

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{
        Section, Tone, address, badge, card, copyable, form, heading, moment, moment_or, options, role_badge,
        table,
    },
    visit::Signed,
};

routes! {
    GET "/console/settings/administrators" auditor => list;
    POST "/console/settings/administrators" owner => create;
    POST "/console/settings/administrators/{administrator}/role" owner => change_role;
    POST "/console/settings/administrators/{administrator}/reset" owner => reset;
    POST "/console/settings/administrators/{administrator}/disable" owner => disable;
    POST "/console/settings/administrators/{administrator}/enable" owner => enable;
}

const HERE: &str = "/console/settings/administrators";
const TRAIL: &[(&str, &str)] = &[("Admin Settings", "")];
const ROLES: &[(&str, &str)] = &[
    ("auditor", "Auditor: sees everything, changes nothing"),
    ("admin", "Admin: people, workspaces, mappings, tokens"),
    ("owner", "Owner: everything, administrators included"),
];

async fn list(signed: Signed) -> Answer {
    let all = signed.look(ReadCost::Scan, |tx, org| Ok(tx.list_administrators(org)?)).await?;
    let body = html! {
        (heading(TRAIL, "Administrators", "Who signs in to this console. They are no people of the directory.", html! {}))
        @if signed.may(AdminRole::Owner) {
            (card("New administrator", "You get a link to hand over; its holder chooses a password.", form(&signed, HERE, "fields", html! {
                div { label for="email" { "E-mail address" } input #email type="email" name="email" required autocomplete="off"; }
                div { label for="role" { "Role" } select #role name="role" { (options(ROLES, "admin")) } }
                div { button.primary type="submit" { "Make the administrator" } }
            })))
        }
        div.plain {
            (table("Administrators", &["E-mail address", "Role", "State", "Signed in", "Made", ""], html! {
                @for one in &all { (row(&signed, one)) }
            }))
        }
    };
    signed.page(Section::Administrators, "Administrators", body)
}

fn row(signed: &Signed, one: &Administrator) -> Markup {
    let oneself = one.id == signed.who.administrator.id;
    html! {
        tr {
            td { span.row-title { (address(&one.email)) } @if oneself { " " span.faint { "(you)" } } }
            td data-label="Role" { (role_badge(one.role.as_str())) }
            td data-label="State" {
                @if !one.is_enabled() { (badge("shut out", Tone::Bad)) }
                @else if one.password.is_none() { (badge("no password yet", Tone::Warning)) }
                @else { (badge("can sign in", Tone::Good)) }
            }
            td data-label="Signed in" { (moment_or(one.signed_in_at, "never")) }
            td data-label="Made" { (moment(one.created_at)) }
            td.end { @if signed.may(AdminRole::Owner) { (manage(signed, one)) } }
        }
    }
}

fn manage(signed: &Signed, one: &Administrator) -> Markup {
    let action = |what: &str| format!("{HERE}/{}/{what}", one.id);
    html! {
        details.confirm {
            summary.button.small { "Manage …" }
            div.confirm-card {
                @if one.is_enabled() {
                    (form(signed, &action("role"), "stack", html! {
                        select name="role" aria-label=(format!("Role of {}", one.email)) { (options(ROLES, one.role.as_str())) }
                        button type="submit" { "Change the role" }
                    }))
                    (form(signed, &action("reset"), "", html! { button type="submit" { "New link, password and sessions end" } }))
                    (form(signed, &action("disable"), "", html! { button.danger-quiet type="submit" { "Shut out" } }))
                } @else {
                    (form(signed, &action("enable"), "", html! { button type="submit" { "Let in again" } }))
                }
            }
        }
    }
}

async fn create(signed: Signed) -> Answer {
    let email = signed.form.field("email").to_owned();
    let role: AdminRole = signed.form.field("role").parse().map_err(Fault::invalid)?;
    let bytes = signed.console.app.entropy.bytes();
    let (made, secret) = signed
        .change(move |tx, act| {
            let made = administrators::create(tx, act, &email, role, None)?;
            let secret = Secret::new(SecretKind::SetUpLink, bytes);
            administrators::invite(tx, act, &made, &secret)?;
            Ok((made, secret))
        })
        .await?;
    show_link(&signed, &made, &secret)
}

async fn reset(signed: Signed) -> Answer {
    let given = signed.path("administrator").to_owned();
    let bytes = signed.console.app.entropy.bytes();
    let (changed, secret) = signed
        .change(move |tx, act| {
            let changed = administrators::reset(tx, act, &given, None)?;
            let secret = Secret::new(SecretKind::SetUpLink, bytes);
            administrators::invite(tx, act, &changed, &secret)?;
            Ok((changed, secret))
        })
        .await?;
    show_link(&signed, &changed, &secret)
}

fn show_link(signed: &Signed, one: &Administrator, secret: &Secret) -> Answer {
    let (url, org) = (&signed.console.app.public_url, &signed.who.org.slug);
    let link = format!("{url}/console/set-up?org={org}&link={}", secret.reveal());
    let body = html! {
        (heading(TRAIL, "Hand this link over", "", html! {}))
        (card(&one.email, &format!("Whoever opens it chooses the password, once, within {LINK_DAYS} days. It is shown this once."), html! {
            (copyable("link", "Link", &link))
            div { a.button.primary href=(HERE) { "I have copied it" } }
        }))
    };
    signed.page_with(StatusCode::OK, Section::Administrators, "Link", body)
}

async fn change_role(signed: Signed) -> Answer {
    let given = signed.path("administrator").to_owned();
    let role: AdminRole = signed.form.field("role").parse().map_err(Fault::invalid)?;
    let changed =
        signed.change(move |tx, act| Ok(administrators::change_role(tx, act, &given, role)?)).await?;
    signed.done(HERE, format!("{} is {role} now.", changed.email))
}

async fn disable(signed: Signed) -> Answer {
    let given = signed.path("administrator").to_owned();
    let changed = signed.change(move |tx, act| Ok(administrators::disable(tx, act, &given)?)).await?;
    signed.done(HERE, format!("{} is shut out; every session has ended.", changed.email))
}

async fn enable(signed: Signed) -> Answer {
    let given = signed.path("administrator").to_owned();
    let changed = signed.change(move |tx, act| Ok(administrators::enable(tx, act, &given)?)).await?;
    signed.done(HERE, format!("{} may sign in again.", changed.email))
}

//! The frame of every page, and the parts that pages are made of.

pub(crate) mod activity;
pub(crate) mod happened;
mod menu;
mod parts;
pub(crate) mod timeline;
pub(crate) mod why;

pub(crate) use menu::Section;
pub(crate) use parts::*;

use maud::{DOCTYPE, Markup, html};

use crate::{
    assets::{ICON, SCRIPT, STYLE},
    cookies::{Flash, Theme},
    guest::Guest,
    visit::{Signed, Visit},
};

/// Nothing inline, nothing from elsewhere.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page for somebody who is signed in.
pub(crate) fn signed_in(signed: &Signed, section: Section, title: &str, body: Markup) -> Markup {
    let title = format!("{title} – {}", signed.who.org.name);
    document(
        signed,
        &title,
        html! {
            a.skip href="#main" { "Skip to content" }
            header.top {
                a.brand href="/console" aria-label="Rolecall, overview" { (mark()) span { "Rolecall" } }
                span.org title="Organisation" { (signed.who.org.name) }
                div.spacer {}
                (theme_switch(signed))
                (account(signed))
            }
            div.frame {
                (menu::menu(section))
                main #main tabindex="-1" {
                    (flash(signed))
                    (body)
                }
            }
        },
    )
}

/// A page for anybody: sign-in, set-up, errors.
pub(crate) fn alone(visit: &Visit, title: &str, body: Markup) -> Markup {
    document(
        visit,
        &format!("{title} – Rolecall"),
        html! {
            div.alone {
                header { span.brand { (mark()) span { "Rolecall" } } (theme_switch(visit)) }
                main #main { (flash(visit)) (body) }
            }
        },
    )
}

/// A page for whoever came by a setup link: no menu, and no way elsewhere.
pub(crate) fn guest(guest: &Guest, title: &str, body: Markup) -> Markup {
    let org = &guest.pass.org.name;
    document(
        guest,
        &format!("{title} – {org}"),
        html! {
            a.skip href="#main" { "Skip to content" }
            header.top {
                a.brand href="/console/setup" aria-label="Rolecall, set-up" { (mark()) span { "Rolecall" } }
                span.org title="Organisation" { (org) }
                div.spacer {}
                (theme_switch(guest))
            }
            div.frame.lone {
                main #main tabindex="-1" {
                    (flash(guest))
                    (body)
                }
            }
        },
    )
}

/// The way on from most faults.
pub(crate) const TO_THE_OVERVIEW: &[(&str, &str)] = &[("To the overview", "/console")];

/// The page of something that went wrong.
pub(crate) fn fault(title: &str, text: &str, ways: &[(&str, &str)]) -> Markup {
    html! {
        section.fault {
            h1 { (title) }
            p { (text) }
            @if !ways.is_empty() { p.inline { @for (label, path) in ways { a.button href=(path) { (label) } } } }
        }
    }
}

fn document(visit: &Visit, title: &str, body: Markup) -> Markup {
    let theme = match visit.theme() {
        Theme::System => None,
        chosen => Some(chosen.as_str()),
    };
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(STYLE.path);
                link rel="icon" type="image/svg+xml" href=(ICON.path);
                script src=(SCRIPT.path) defer {}
            }
            body { (body) }
        }
    }
}

fn flash(visit: &Visit) -> Markup {
    match visit.flash() {
        Some(Flash::Done(text)) => html! { div.flash.done role="status" { (text) } },
        Some(Flash::Refused(text)) => html! { div.flash.refused role="alert" { (text) } },
        None => html! {},
    }
}

/// Works without a script: each choice is a button that comes back to this page.
fn theme_switch(visit: &Visit) -> Markup {
    let now = visit.theme();
    let here = visit.request.uri().path_and_query().map_or("/console", |here| here.as_str());
    html! {
        form.theme method="post" action="/console/theme" {
            input type="hidden" name="back" value=(here);
            @for theme in Theme::ALL {
                @let label = match theme { Theme::System => "As the system", Theme::Light => "Light", Theme::Dark => "Dark" };
                button type="submit" name="theme" value=(theme.as_str()) title=(label) aria-label=(format!("Appearance: {label}"))
                    aria-pressed=(if theme == now { "true" } else { "false" }) { (theme_icon(theme)) }
            }
        }
    }
}

fn theme_icon(theme: Theme) -> Markup {
    let path = match theme {
        Theme::System => "M2 3h12v8H2zM6 14h4M8 11v3",
        Theme::Light => {
            "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1"
        }
        Theme::Dark => "M13.5 9.5A6 6 0 016.5 2.5a6 6 0 107 7z",
    };
    html! { svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" { path d=(path) fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" {} } }
}

fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" {
            rect x="1" y="1" width="22" height="22" rx="6" fill="currentColor" {}
            path d="M6.5 12.5l3.4 3.5L17.5 8" fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

fn account(signed: &Signed) -> Markup {
    let administrator = &signed.who.administrator;
    html! {
        details.account {
            summary { span.who { (administrator.email) } (badge(administrator.role.as_str(), Tone::Quiet)) }
            div.menu-card {
                p { strong { (administrator.email) } br; "Signed in as " (administrator.role) }
                a href="/console/account" { "Your account" }
                form method="post" action="/console/sign-out" {
                    (form_token(signed))
                    button.link type="submit" { "Sign out" }
                }
            }
        }
    }
}

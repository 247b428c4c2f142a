//! The cookies of the console: who is signed in, what was just done, light or dark.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::Duration},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rolecall_domain::ids::OrgId;

use crate::Console;

const FLASH: &str = "rolecall_flash";
const THEME: &str = "rolecall_theme";

/// By https the name binds the cookie to this host (RFC 6265bis §4.1.3.2); by plain http browsers refuse that name.
fn session_name(console: &Console) -> &'static str {
    if console.https { "__Host-rolecall" } else { "rolecall" }
}

fn cookie<'c>(console: &Console, name: &'c str, value: String) -> Cookie<'c> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(console.https)
        .same_site(SameSite::Lax)
        .finish()
}

/// A session: the organisation's number, so that one look-up finds it, and the secret. Ends with the browser, or when the
/// database says so.
pub(crate) fn session(console: &Console, org: OrgId, secret: &str) -> Cookie<'static> {
    cookie(console, session_name(console), format!("{org}.{secret}"))
}

/// The session that a browser presents.
pub(crate) fn presented_session(console: &Console, request: &HttpRequest) -> Option<(OrgId, String)> {
    presented(request, session_name(console))
}

fn presented(request: &HttpRequest, name: &str) -> Option<(OrgId, String)> {
    let cookie = request.cookie(name)?;
    let (org, secret) = cookie.value().split_once('.')?;
    Some((OrgId(org.parse().ok()?), secret.to_owned()))
}

/// By another name than a session: who opens a setup link may be an administrator, too.
fn link_name(console: &Console) -> &'static str {
    if console.https { "__Host-rolecall-link" } else { "rolecall_link" }
}

/// A setup link that was followed. Ends with the browser, or when the link does.
pub(crate) fn link(console: &Console, org: OrgId, secret: &str) -> Cookie<'static> {
    cookie(console, link_name(console), format!("{org}.{secret}"))
}

/// The setup link that a browser has followed.
pub(crate) fn presented_link(console: &Console, request: &HttpRequest) -> Option<(OrgId, String)> {
    presented(request, link_name(console))
}

/// Makes the browser forget the setup link.
pub(crate) fn no_link(console: &Console) -> Cookie<'static> {
    gone(console, link_name(console))
}

/// Makes the browser forget its session.
pub(crate) fn no_session(console: &Console) -> Cookie<'static> {
    gone(console, session_name(console))
}

fn gone<'c>(console: &Console, name: &'c str) -> Cookie<'c> {
    let mut cookie = cookie(console, name, String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// A word on what was just done, shown by the next page once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Flash {
    /// It worked.
    Done(String),
    /// It did not.
    Refused(String),
}

pub(crate) fn flash(console: &Console, flash: &Flash) -> Cookie<'static> {
    let (kind, text) = match flash {
        Flash::Done(text) => ("d", text),
        Flash::Refused(text) => ("r", text),
    };
    // Browsers drop a cookie of more than 4096 bytes.
    let text: String = text.chars().take(300).collect();
    let value = format!("{kind}{}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
    let mut cookie = cookie(console, FLASH, value);
    cookie.set_max_age(Duration::seconds(60));
    cookie
}

pub(crate) fn presented_flash(request: &HttpRequest) -> Option<Flash> {
    let cookie = request.cookie(FLASH)?;
    let text = |encoded: &str| percent_decode_str(encoded).decode_utf8().ok().map(|text| text.into_owned());
    match cookie.value().split_at_checked(1)? {
        ("d", encoded) => text(encoded).map(Flash::Done),
        ("r", encoded) => text(encoded).map(Flash::Refused),
        _ => None,
    }
}

pub(crate) fn no_flash(console: &Console) -> Cookie<'static> {
    gone(console, FLASH)
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Theme {
    /// As the browser says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text).unwrap_or_default()
    }
}

pub(crate) fn theme(console: &Console, theme: Theme) -> Cookie<'static> {
    let mut cookie = cookie(console, THEME, theme.as_str().to_owned());
    cookie.set_max_age(Duration::days(365));
    cookie
}

pub(crate) fn presented_theme(request: &HttpRequest) -> Theme {
    request.cookie(THEME).map_or(Theme::System, |cookie| Theme::parse(cookie.value()))
}

//! What can stand in the way of a page, and how it is told: what was found, and what to do next.

use std::fmt;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode, header},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rolecall_domain::{
    ports::StoreError,
    role::AdminRole,
    use_cases::{
        administrators::AdministratorError,
        connect_links::{ConnectLinkError, DeadLink},
        holds::HoldError,
        import::LineFault,
        mappings::MappingError,
        orgs::OrgError,
        secrets::SecretError,
        settings::SettingsError,
        undo::UndoError,
        workspaces::WorkspaceError,
    },
};
use tracing::error;

use crate::{
    cookies::{self, Flash},
    view::{self, Section},
    visit::{Signed, Visit},
};

/// What a handler answers with.
pub(crate) type Answer = Result<HttpResponse, Fault>;

/// Why there is no page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// Nobody is signed in: to the sign-in, and back.
    SignedOut,
    /// Came by a setup link, which does not lead here.
    GuestElsewhere,
    /// The setup link opens nothing.
    DeadLink(DeadLink),
    /// Signed in, and of too low a role.
    Forbidden { needs: AdminRole },
    /// There is no such thing in the organisation.
    NotFound(String),
    /// What was sent cannot be done, and why.
    Refused(String),
    /// Lines of a file cannot be taken: how many, and the first of them.
    BadLines { count: u64, faults: Vec<LineFault> },
    /// The form is not one that this session was given.
    ForeignForm,
    /// Too many wrong passwords.
    TooMany { seconds: i64 },
    /// The database cannot be reached right now.
    Unavailable,
    /// The database went away while it kept a change.
    Unsettled,
    /// Our fault; the log says more.
    Internal,
}

impl Fault {
    pub(crate) fn not_found(what: impl fmt::Display) -> Self {
        Self::NotFound(what.to_string())
    }

    pub(crate) fn invalid(why: impl fmt::Display) -> Self {
        Self::Refused(sentence(&why.to_string()))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::SEE_OTHER,
            Self::Forbidden { .. } | Self::ForeignForm | Self::GuestElsewhere => StatusCode::FORBIDDEN,
            Self::DeadLink(DeadLink::Unknown) => StatusCode::FORBIDDEN,
            Self::DeadLink(_) => StatusCode::GONE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) | Self::BadLines { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable | Self::Unsettled => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::SignedOut => "Signed out",
            Self::GuestElsewhere => "Not part of the set-up",
            Self::DeadLink(_) => "This setup link does not work",
            Self::Forbidden { .. } => "Not allowed",
            Self::NotFound(_) => "Not found",
            Self::Refused(_) => "That did not work",
            Self::BadLines { .. } => "Lines that cannot be taken",
            Self::ForeignForm => "This form is too old",
            Self::TooMany { .. } => "Too many tries",
            Self::Unavailable => "The database is busy",
            Self::Unsettled => "It may or may not be done",
            Self::Internal => "Something went wrong",
        }
    }

    /// What was found and what to do.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::SignedOut => "Sign in to go on.".into(),
            Self::GuestElsewhere => "Your setup link opens the set-up alone. Administrators sign in to see the rest.".into(),
            Self::DeadLink(dead) => sentence(&dead.to_string()),
            Self::Forbidden { needs } => format!(
                "This needs the role {needs}. Ask an owner of the organisation to do it, or to change your role."
            ),
            Self::NotFound(what) | Self::Refused(what) => what.clone(),
            Self::BadLines { count, faults } => {
                let first = faults.first().map(LineFault::to_string).unwrap_or_default();
                format!("{count} lines of the file cannot be taken, so nothing was changed; {first}")
            }
            Self::ForeignForm => {
                "The page was open since before you signed in. Nothing was changed. Open it again and repeat.".into()
            }
            Self::TooMany { seconds } => {
                format!("Sign-in is paused after too many wrong passwords. Try again in {} minutes.", seconds.div_euclid(60) + 1)
            }
            Self::Unavailable => "Nothing was changed. Try again in a moment.".into(),
            Self::Unsettled => {
                "The database was lost while it kept your change. Look at the page again before you repeat it.".into()
            }
            Self::Internal => "Nothing was changed. The server's log says why; the operator can read it there by the id of this request.".into(),
        }
    }

    /// Where one may go from here.
    fn ways(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::GuestElsewhere => &[("To the set-up", "/console/setup"), ("Sign in", "/console/sign-in")],
            Self::DeadLink(_) => &[],
            _ => view::TO_THE_OVERVIEW,
        }
    }

    pub(crate) fn render(self, visit: &Visit, signed: Option<&Signed>) -> HttpResponse {
        if let Self::SignedOut = self {
            return to_sign_in(visit);
        }
        // A refused form leads back to its page, which says why; what cannot be led back is a page of its own.
        if let (Self::Refused(why), Some(page)) = (&self, page_of_form(visit)) {
            let mut answer = visit.go(&page);
            let cookie = cookies::flash(&visit.console, &Flash::Refused(why.clone()));
            if answer.add_cookie(&cookie).is_ok() {
                return answer;
            }
        }
        let mut answer = HttpResponse::build(self.status());
        let again = match &self {
            Self::TooMany { seconds } => Some(*seconds),
            Self::Unavailable | Self::Unsettled => Some(2),
            _ => None,
        };
        if let Some(seconds) = again {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        let body = view::fault(self.title(), &self.text(), self.ways());
        let html = match signed {
            Some(signed) => view::signed_in(signed, Section::None, self.title(), body),
            None => view::alone(visit, self.title(), body),
        };
        answer.content_type("text/html; charset=utf-8").body(html.into_string())
    }
}

/// The page that holds the form which was sent: one of ours, by the path alone. A plan's page is none, where its address
/// only takes forms: there is nothing to lead back to.
fn page_of_form(visit: &Visit) -> Option<String> {
    if visit.request.method() != Method::POST {
        return None;
    }
    let referer = visit.request.headers().get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = referer.split_once("://")?;
    let path = own_path(&rest[rest.find('/')?..])?;
    let itself = path.split('?').next() == Some(visit.request.path());
    let takes_forms_alone = || {
        let pattern = visit.request.match_pattern();
        !crate::routes().any(|route| route.method == Method::GET && Some(route.path) == pattern.as_deref())
    };
    (!itself || !takes_forms_alone()).then(|| path.to_owned())
}

/// A path of the console that it is safe to lead a browser to.
pub(crate) fn own_path(path: &str) -> Option<&str> {
    let ours = path == "/console" || path.starts_with("/console/") || path.starts_with("/console?");
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (ours && plain && path.len() < 1000).then_some(path)
}

fn to_sign_in(visit: &Visit) -> HttpResponse {
    let here = visit.request.uri().path_and_query().map_or("", |here| here.as_str());
    match (visit.request.method(), own_path(here)) {
        (&Method::GET, Some(here)) if here != "/console" => {
            visit.go(&format!("/console/sign-in?next={}", utf8_percent_encode(here, NON_ALPHANUMERIC)))
        }
        _ => visit.go("/console/sign-in"),
    }
}

/// As a sentence of its own: an error begins in lower case and ends without a stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String = match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => return String::new(),
    };
    if !sentence.ends_with(['.', '?', '!']) {
        sentence.push('.');
    }
    sentence
}

impl From<DeadLink> for Fault {
    fn from(dead: DeadLink) -> Self {
        Self::DeadLink(dead)
    }
}

impl From<StoreError> for Fault {
    fn from(problem: StoreError) -> Self {
        match problem {
            StoreError::Unavailable(reason) => {
                error!(reason, "the database is unavailable");
                Self::Unavailable
            }
            StoreError::Unsettled(reason) => {
                error!(reason, "it is not known whether a change was kept");
                Self::Unsettled
            }
            StoreError::Failed(reason) => {
                error!(reason, "the database failed");
                Self::Internal
            }
            StoreError::Taken(unique) => Self::invalid(format!("{unique} is taken")),
        }
    }
}

impl From<AdministratorError> for Fault {
    fn from(problem: AdministratorError) -> Self {
        match problem {
            AdministratorError::Store(error) => error.into(),
            AdministratorError::Unknown { .. } => {
                Self::not_found("This organisation has no such administrator.")
            }
            other => Self::invalid(other),
        }
    }
}

impl From<MappingError> for Fault {
    fn from(problem: MappingError) -> Self {
        // Said in the words of the page, where the API names its calls.
        match problem {
            MappingError::Store(error) => error.into(),
            MappingError::UnknownMapping { .. } => {
                Self::not_found("This mapping is gone; somebody removed it.")
            }
            MappingError::UnknownWorkspace { given } => {
                Self::invalid(format!("there is no workspace `{given}`; make it first"))
            }
            MappingError::UnknownGroup { .. } => {
                Self::invalid("the group is gone; give its name to map it before it is pushed again")
            }
            MappingError::BadName => Self::invalid("give the name of a group, at most 255 characters"),
            MappingError::NameFollowsPattern { name, workspace, role } => Self::invalid(format!(
                "`{name}` follows the name pattern and maps itself to `{workspace}` as {role}; map a group of another name, or turn the pattern off"
            )),
            MappingError::AmbiguousName { name, count } => {
                Self::invalid(format!("{count} groups are called `{name}`; choose one from its own page"))
            }
            MappingError::RoleConflict { group, existing, .. } => Self::invalid(format!(
                "`{group}` already gives {existing} in this workspace; change that mapping instead"
            )),
            // Further reasons speak for themselves.
            #[allow(unreachable_patterns)]
            other => Self::invalid(other),
        }
    }
}

impl From<WorkspaceError> for Fault {
    fn from(problem: WorkspaceError) -> Self {
        match problem {
            WorkspaceError::Store(error) => error.into(),
            WorkspaceError::Unknown { .. } => Self::not_found("This organisation has no such workspace."),
            WorkspaceError::UnknownUser { .. } => {
                Self::invalid("there is nobody of that name; give a userName that is listed under People")
            }
            WorkspaceError::GrantExists { existing } => Self::invalid(format!(
                "this person has a manual grant of {existing} already; change it instead"
            )),
            other => Self::invalid(other),
        }
    }
}

impl From<UndoError> for Fault {
    fn from(problem: UndoError) -> Self {
        match problem {
            UndoError::Store(error) => error.into(),
            UndoError::NotSaid => Self::invalid("say what to undo: one request, or a span of time"),
            UndoError::NoId { given } => Self::invalid(format!(
                "`{given}` is no id; the page of a request in the provisioning log shows it"
            )),
            other => Self::invalid(other),
        }
    }
}

macro_rules! told_as_it_is {
    ($($error:ident),+) => {$(
        impl From<$error> for Fault {
            fn from(problem: $error) -> Self {
                match problem {
                    $error::Store(error) => error.into(),
                    other => Self::invalid(other),
                }
            }
        }
    )+};
}
told_as_it_is!(ConnectLinkError, SecretError, SettingsError, HoldError, OrgError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_led_to_pages_of_the_console_and_nowhere_else() {
        for own in ["/console", "/console/people?q=ada", "/console?x"] {
            assert_eq!(own_path(own), Some(own));
        }
        for other in [
            "",
            "/",
            "//evil.example",
            "/consoles",
            "https://evil.example/console/",
            "/console/\\evil",
            "/console/\r\nx: y",
        ] {
            assert_eq!(own_path(other), None, "{other}");
        }
    }

    #[test]
    fn an_error_is_told_as_a_sentence() {
        assert_eq!(sentence("the name is taken"), "The name is taken.");
        assert_eq!(sentence(""), "");
        assert_eq!(sentence("Done."), "Done.");
    }
}

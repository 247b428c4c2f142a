//! Signing in: with e-mail address and password, or the first time by a link.
//!
//! Single sign-on belongs here, as another way to a session beside the password; nothing behind this file would notice.

use actix_web::{HttpResponse, http::StatusCode, web};
use maud::{Markup, html};
use rolecall_domain::{
    administrator::{Administrator, SetUpLink},
    event::Actor,
    ids::{AdministratorId, OrgId},
    password::{LENGTH, PasswordHash},
    ports::ReadCost,
    records::Org,
    secret::{Secret, SecretKind},
    use_cases::administrators::{self, AdministratorError},
};
use rolecall_scim::index::fold;
use uuid::Uuid;

use crate::{
    cookies::{self, Theme},
    fault::{Answer, Fault, own_path, sentence},
    route::routes,
    view,
    visit::Visit,
};

// The link's secret is in the query, which no log line of ours shows.
routes! {
    GET "/console/sign-in" nobody => show;
    POST "/console/sign-in" nobody => sign_in;
    GET "/console/set-up" nobody => show_set_up;
    POST "/console/set-up" nobody => set_up;
    POST "/console/theme" nobody => change_theme;
}

async fn show(visit: Visit) -> Answer {
    if visit.recognise().await?.is_some() {
        return Ok(visit.go("/console"));
    }
    form(&visit, None, StatusCode::OK).await
}

/// The organisation is asked for where there are several: an administrator belongs to one.
async fn form(visit: &Visit, refusal: Option<&str>, status: StatusCode) -> Answer {
    let orgs = visit.read(ReadCost::Scan, |tx| Ok::<_, Fault>(tx.list_orgs()?)).await?;
    let given = |name: &str| match visit.form.field(name) {
        "" => visit.query(name).to_owned(),
        value => value.to_owned(),
    };
    let body = html! {
        div.sign-in {
            h1 { "Sign in" }
            p.about { "The console of this Rolecall server." }
            @if let Some(refusal) = refusal { div.flash.refused role="alert" { (refusal) } }
            form method="post" action="/console/sign-in" {
                input type="hidden" name="next" value=(given("next"));
                @if let [only] = orgs.as_slice() {
                    input type="hidden" name="org" value=(only.slug);
                } @else {
                    label for="org" { "Organisation" }
                    input #org type="text" name="org" value=(given("org")) required autocomplete="organization" autocapitalize="none" spellcheck="false";
                }
                label for="email" { "E-mail address" }
                input #email type="email" name="email" value=(given("email")) required autocomplete="username" autofocus[refusal.is_none()];
                label for="password" { "Password" }
                input #password type="password" name="password" required autocomplete="current-password" autofocus[refusal.is_some()];
                button.primary type="submit" { "Sign in" }
            }
            details.help {
                summary { "No account, or the password is lost?" }
                p { "Ask an owner of your organisation for a link. Whoever runs the server makes one with" }
                p { code { "rolecall admin create --email YOURS" } " or " code { "rolecall admin reset --email YOURS" } }
            }
        }
    };
    answer(visit, status, "Sign in", body)
}

async fn sign_in(visit: Visit) -> Answer {
    let (org, email) = (visit.form.field("org").trim().to_owned(), visit.form.field("email").to_owned());
    let (name, address) = (format!("{org}/{}", fold(email.trim())), visit.address());
    let console = &visit.console;
    if let Some(seconds) = console.throttle.try_now(&name, &address, console.app.clock.now()) {
        return Err(Fault::TooMany { seconds });
    }
    let candidate = visit
        .read(ReadCost::Point, move |tx| Ok::<_, Fault>(administrators::candidate(tx, &org, &email)?))
        .await?;
    let password = visit.form.field("password").to_owned();
    let admitted = hashing(&visit, move || candidate.admit(&password)).await?;
    let Some(admitted) = admitted else {
        return form(&visit, Some(&refusal()), StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (org, secret) = (admitted.org, Secret::new(SecretKind::Session, console.app.entropy.bytes()));
    let shown = secret.reveal().to_owned();
    let begun = visit
        .write_as(org, NOBODY_YET, move |tx, act| {
            Ok(administrators::start_session(tx, act, &admitted, &secret)?)
        })
        .await;
    if begun.is_err() {
        return form(&visit, Some(&refusal()), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    console.throttle.succeeded(&name, &address);
    let next = own_path(visit.form.field("next")).unwrap_or("/console");
    welcome(&visit, org, &shown, next)
}

/// The use cases put the sign-in down to whoever it turns out to be.
const NOBODY_YET: Actor = Actor::Administrator(AdministratorId(Uuid::nil()));

fn refusal() -> String {
    sentence(&AdministratorError::Refused.to_string())
}

fn welcome(visit: &Visit, org: OrgId, secret: &str, next: &str) -> Answer {
    let mut answer = visit.go(next);
    let cookie = cookies::session(&visit.console, org, secret);
    answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
    Ok(answer)
}

/// Runs something slow beside the threads that answer requests, a few at a time.
async fn hashing<T: Send + 'static>(
    visit: &Visit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let turn = visit.console.hashing.acquire().await.map_err(|_| Fault::Unavailable)?;
    let done = web::block(work).await.map_err(|_| Fault::Unavailable)?;
    drop(turn);
    Ok(done)
}

type Found = (Org, SetUpLink, Option<Administrator>);

async fn find_link(visit: &Visit) -> Result<Option<Found>, Fault> {
    let (org, secret) = (visit.query("org").to_owned(), visit.query("link").to_owned());
    let now = visit.console.app.clock.now();
    visit
        .read(ReadCost::Point, move |tx| Ok::<_, Fault>(administrators::find_link(tx, &org, &secret, now)?))
        .await
}

async fn show_set_up(visit: Visit) -> Answer {
    match find_link(&visit).await? {
        Some(found) => set_up_form(&visit, &found, None, StatusCode::OK),
        None => dead_link(&visit),
    }
}

fn dead_link(visit: &Visit) -> Answer {
    let text = sentence(&AdministratorError::DeadLink.to_string());
    answer(
        visit,
        StatusCode::NOT_FOUND,
        "Link used",
        view::fault("This link does not work (any more)", &text, view::TO_THE_OVERVIEW),
    )
}

fn set_up_form(visit: &Visit, found: &Found, refusal: Option<&str>, status: StatusCode) -> Answer {
    let (org, _, administrator) = found;
    let body = html! {
        div.sign-in {
            @match administrator {
                Some(_) => { h1 { "Choose a password" } }
                None => { h1 { "Welcome to Rolecall" } }
            }
            p.about {
                @match administrator {
                    Some(known) => { "For " strong { (known.email) } " in the organisation " strong { (org.name) } "." }
                    None => { "You become the first owner of the organisation " strong { (org.name) } "." }
                }
            }
            @if let Some(refusal) = refusal { div.flash.refused role="alert" { (refusal) } }
            form method="post" {
                @if let Some(known) = administrator {
                    // Password managers want to know for whom.
                    input.hidden type="email" name="email" value=(known.email) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                } @else {
                    label for="email" { "E-mail address" }
                    input #email type="email" name="email" value=(visit.form.field("email")) required autocomplete="username" autofocus;
                }
                label for="password" { "Password" }
                input #password type="password" name="password" required minlength=(LENGTH.start()) maxlength=(LENGTH.end())
                    autocomplete="new-password" aria-describedby="password-hint" autofocus[administrator.is_some()];
                p.hint #password-hint { "At least " (LENGTH.start()) " characters; several words are easy to remember." }
                label for="again" { "The same again" }
                input #again type="password" name="again" required autocomplete="new-password";
                button.primary type="submit" { "Set the password and sign in" }
            }
        }
    };
    answer(visit, status, "Set up", body)
}

async fn set_up(visit: Visit) -> Answer {
    let Some(found) = find_link(&visit).await? else { return dead_link(&visit) };
    let refused = |why: &str| set_up_form(&visit, &found, Some(why), StatusCode::UNPROCESSABLE_ENTITY);
    let (email, password) = (visit.form.field("email").to_owned(), visit.form.field("password").to_owned());
    if password != visit.form.field("again") {
        return refused("The two passwords differ.");
    }
    let email = found.2.as_ref().map_or(email, |known| known.email.clone());
    if let Err(error) = administrators::check_email(&email) {
        return refused(&sentence(&error.to_string()));
    }
    let mut salt = [0; 16];
    salt.copy_from_slice(&visit.console.app.entropy.bytes()[..16]);
    let for_whom = email.clone();
    let hash = match hashing(&visit, move || PasswordHash::new(&password, &for_whom, salt)).await? {
        Ok(hash) => hash,
        Err(error) => return refused(&sentence(&error.to_string())),
    };
    let session = Secret::new(SecretKind::Session, visit.console.app.entropy.bytes());
    let shown = session.reveal().to_owned();
    let (slug, link) = (visit.query("org").to_owned(), visit.query("link").to_owned());
    let made = visit
        .write_as(found.0.id, NOBODY_YET, move |tx, act| {
            Ok(administrators::set_up(tx, act, &slug, &link, &email, &hash, &session)?)
        })
        .await;
    match made {
        Ok(_) => welcome(&visit, found.0.id, &shown, "/console"),
        Err(Fault::Refused(why)) => refused(&why),
        Err(other) => Err(other),
    }
}

async fn change_theme(visit: Visit) -> Answer {
    let theme = Theme::parse(visit.form.field("theme"));
    let back = own_path(visit.form.field("back")).unwrap_or("/console");
    let mut answer = visit.go(back);
    let cookie = cookies::theme(&visit.console, theme);
    answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
    Ok(answer)
}

fn answer(visit: &Visit, status: StatusCode, title: &str, body: Markup) -> Answer {
    let mut answer = HttpResponse::build(status);
    if visit.flash().is_some() {
        answer.cookie(cookies::no_flash(&visit.console));
    }
    let html = view::alone(visit, title, body);
    Ok(answer.content_type("text/html; charset=utf-8").body(html.into_string()))
}

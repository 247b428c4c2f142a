//! One's own account: until when one is signed in, and the ways out.

use maud::html;
use rolecall_domain::use_cases::administrators;

use crate::{
    cookies::{self, Flash},
    fault::{Answer, Fault},
    route::routes,
    view::{Section, card, form, heading, moment, moment_or, role_badge},
    visit::Signed,
};

routes! {
    GET "/console/account" auditor => show;
    POST "/console/sign-out" auditor => sign_out;
    POST "/console/sign-out-everywhere" auditor => sign_out_everywhere;
}

async fn show(signed: Signed) -> Answer {
    let administrator = &signed.who.administrator;
    let body = html! {
        (heading(&[], "Your account", "", html! {}))
        (card("Who you are", "", html! {
            dl.facts {
                dt { "E-mail address" } dd { (administrator.email) }
                dt { "Role" } dd { (role_badge(administrator.role.as_str())) }
                dt { "Organisation" } dd { (signed.who.org.name) }
                dt { "Signed in" } dd { (moment_or(administrator.signed_in_at, "never")) }
                dt { "This session ends" } dd { (moment(signed.who.expires_at)) }
            }
        }))
        (card("Sign out everywhere", "Ends every session of yours, this one included. Do this when you have lost a device.", html! {
            (form(&signed, "/console/sign-out-everywhere", "", html! { button type="submit" { "Sign out everywhere" } }))
        }))
    };
    signed.page(Section::None, "Your account", body)
}

async fn sign_out(signed: Signed) -> Answer {
    let secret = signed.secret.to_string();
    signed.change(move |tx, act| Ok(administrators::sign_out(tx, act.org, &secret)?)).await?;
    good_bye(&signed, "You are signed out.")
}

async fn sign_out_everywhere(signed: Signed) -> Answer {
    let id = signed.who.administrator.id;
    signed.change(move |tx, act| Ok(administrators::sign_out_everywhere(tx, act.org, id)?)).await?;
    good_bye(&signed, "You are signed out everywhere.")
}

fn good_bye(signed: &Signed, text: &str) -> Answer {
    let mut answer = signed.go("/console/sign-in");
    let cookies = [
        cookies::no_session(&signed.console),
        cookies::flash(&signed.console, &Flash::Done(text.to_owned())),
    ];
    for cookie in cookies {
        answer.add_cookie(&cookie).map_err(|_| Fault::Internal)?;
    }
    Ok(answer)
}

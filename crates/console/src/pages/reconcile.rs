//! Everybody's access compared with what it follows from; and the mappings as a file.

use actix_web::{HttpResponse, http::header};
use maud::{Markup, html};
use rolecall_api::mapping_text;
use rolecall_domain::{
    ports::ReadCost,
    role::AdminRole,
    use_cases::{
        mapping_file,
        reconcile::{self, Reconciled},
    },
};

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{Section, card, counted, figure_only, form, heading, number},
    visit::Signed,
};

use super::provisioning::{HERE, TRAIL};

routes! {
    POST "/console/settings/scim/reconcile" admin => run;
    GET "/console/settings/scim/mappings.toml" auditor => export;
}

pub(super) fn card_of(signed: &Signed) -> Markup {
    card(
        "Reconcile, and mappings as code",
        "Memberships change with what causes them. Reconcile compares everybody's with what they follow from, and puts right what differs: it should be nothing.",
        html! {
            div.inline {
                @if signed.may(AdminRole::Admin) {
                    (form(signed, &format!("{HERE}/reconcile"), "", html! { button type="submit" { "Reconcile now" } }))
                }
                a.button href=(format!("{HERE}/mappings.toml")) download { "Download mappings as code" }
            }
            p.hint { "The file is what " code { "rolecall mappings plan" } " and " code { "apply" } " take." }
        },
    )
}

/// A page of people at a time, each a unit of work of its own, so that nobody waits for the whole.
async fn run(signed: Signed) -> Answer {
    let (mut all, mut after) = (Reconciled::default(), None);
    loop {
        let (done, next) = signed.change(move |tx, act| Ok(reconcile::page(tx, act, after)?)).await?;
        all.add(done);
        match next {
            Some(_) => after = next,
            None => break,
        }
    }
    let trail = [TRAIL, &[("SCIM Provisioning", HERE)]].concat();
    let differences = all.differences();
    let title = if differences == 0 {
        "Everything is as it should be".to_owned()
    } else {
        format!("{} put right", counted(differences, "difference", "differences"))
    };
    let about = format!("{} looked at.", counted(all.people, "person", "people"));
    let body = html! {
        (heading(&trail, &title, &about, html! { a.button href=(HERE) { "Back to SCIM Provisioning" } }))
        div.figures {
            (figure_only("Memberships that were missing", &number(all.changed.joined)))
            (figure_only("Of a wrong role", &number(all.changed.changed)))
            (figure_only("That nothing spoke for", &number(all.changed.left)))
            (figure_only("Wrong organisation roles", &number(all.changed.roles)))
        }
    };
    signed.page(Section::Provisioning, "Reconciled", body)
}

async fn export(signed: Signed) -> Answer {
    let file = signed.look(ReadCost::Scan, |tx, org| Ok(mapping_file::export(tx, org)?)).await?;
    let name = format!("mappings-{}.toml", signed.who.org.slug);
    Ok::<_, Fault>(
        HttpResponse::Ok()
            .content_type("application/toml; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .body(mapping_text::of(&file)),
    )
}

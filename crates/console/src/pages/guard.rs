//! The guards, as far as they can be set: when the losses that a directory causes wait for a review.

use maud::{Markup, html};
use rolecall_domain::{
    guard::{Brake, Guard},
    role::AdminRole,
    use_cases::settings,
};

use crate::{
    fault::{Answer, Fault},
    planned::{Ask, Outcome},
    route::routes,
    view::{self, Section, Tone, badge, form},
    visit::Signed,
};

use super::holds::HERE;

routes! {
    POST "/console/holds/guard" admin => change;
}

/// The form of the guards, or what they are for who may not change them.
pub(super) fn card(signed: &Signed, guard: &Guard) -> Markup {
    let Brake { enabled, max_people, max_percent, window_minutes } = guard.brake;
    let may = signed.may(AdminRole::Admin);
    let number = |id: &str, label: &str, value: u32, most: u32| {
        html! {
            div { label for=(id) { (label) } input id=(id) type="number" name=(id) value=(value) min="0" max=(most) required disabled[!may]; }
        }
    };
    view::card(
        "Guards",
        "The identity provider gets its normal answer; what would be lost waits here.",
        html! {
            (form(signed, &format!("{HERE}/guard"), "stack", html! {
                label.check { input type="checkbox" name="enabled" value="yes" checked[enabled] disabled[!may]; "Mass-removal brake: hold the losses when too many people would lose access at once" }
                div.fields {
                    (number("max_people", "More people than", max_people, u32::MAX))
                    (number("max_percent", "or more of everybody than (%)", u32::from(max_percent), 100))
                    (number("window_minutes", "within (minutes)", window_minutes, 10_080))
                }
                p.hint { "The percentage counts from five people on." }
                @if may { button type="submit" { "Save the brake …" } }
            }))
            p { (badge("always on", Tone::Good)) " The last owner of the organisation is never removed by the directory." }
        },
    )
}

async fn change(signed: Signed) -> Answer {
    let wanted = Brake {
        enabled: signed.form.ticked("enabled"),
        max_people: number(&signed, "max_people", "the number of people")?,
        max_percent: number(&signed, "max_percent", "the percentage")?,
        window_minutes: number(&signed, "window_minutes", "the minutes")?,
    };
    let title = if wanted.enabled {
        format!(
            "Hold removals of more than {} people, or more than {} %, within {} minutes?",
            wanted.max_people, wanted.max_percent, wanted.window_minutes
        )
    } else {
        "Leave the mass-removal brake off?".to_owned()
    };
    let ask = Ask { section: Section::Holds, title, button: "Save the brake", back: HERE.into() };
    let outcome = signed
        .planned(ask, move |tx, act| Ok(settings::change(tx, act, |settings| settings.guard.brake = wanted)?))
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(_) if wanted.enabled => signed.done(HERE, "The brake is on."),
        Outcome::Done(_) => signed.done(HERE, "The brake is off."),
    }
}

fn number<T: std::str::FromStr>(signed: &Signed, field: &str, what: &str) -> Result<T, Fault> {
    let given = signed.form.field(field).trim();
    given.parse().map_err(|_| Fault::invalid(format!("`{given}` cannot be {what}; give a whole number")))
}

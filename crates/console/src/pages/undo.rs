//! Undo: what one request, one token or one span of time did, reversed; as a plan first.

use maud::{Markup, html};
use rolecall_domain::{
    ports::ReadCost,
    records::Token,
    role::AdminRole,
    time::Moment,
    use_cases::undo::{self, Left, UndoReport, UndoWanted},
};

use crate::{
    fault::{Answer, Fault},
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, card, counted, empty, figure_only, form, heading, kind_in_words, number, options, table,
    },
    visit::Signed,
};

routes! {
    GET "/console/undo" auditor => choose;
    POST "/console/undo" admin => run;
}

const HERE: &str = "/console/undo";

async fn choose(signed: Signed) -> Answer {
    let tokens = signed.look(ReadCost::Scan, |tx, org| Ok(tx.list_tokens(org)?)).await?;
    let body = html! {
        (heading(&[], "Undo", "Reverses what one request, one token or one span of time did to people, groups, memberships, grants and mappings, to workspaces, connections and settings. What was changed since stays, and is told.", html! {}))
        @if signed.may(AdminRole::Admin) {
            (request_card(&signed))
            (span_card(&signed, &tokens))
        } @else {
            (empty("Only administrators undo", html! { p { "Ask an admin or an owner of the organisation. " a href="/console/requests" { "The provisioning log" } " shows what was done." } }))
        }
    };
    signed.page(Section::Undo, "Undo", body)
}

fn request_card(signed: &Signed) -> Markup {
    card(
        "One request",
        "Its page in the provisioning log has a button for this; or paste its id.",
        form(
            signed,
            HERE,
            "fields",
            html! {
                div { label for="change" { "Id of the request" } input #change type="text" name="change" value=(signed.query("change")) required autocomplete="off" spellcheck="false"; }
                div { button.primary type="submit" { "Show what would be undone" } }
            },
        ),
    )
}

fn span_card(signed: &Signed, tokens: &[Token]) -> Markup {
    let named: Vec<(String, String)> = tokens
        .iter()
        .rev()
        .map(|token| (token.id.to_string(), format!("{} …{}", token.name, token.hint)))
        .collect();
    let choices: Vec<(&str, &str)> = std::iter::once(("", "Anybody"))
        .chain(named.iter().map(|(id, name)| (id.as_str(), name.as_str())))
        .collect();
    let day = signed.console.app.clock.now().plus_days(-1).to_string();
    let since = match signed.query("since") {
        "" => day.get(..16).unwrap_or_default(),
        given => given,
    };
    card(
        "A span of time",
        "What was done in it by one token, or by anybody, administrators included.",
        form(
            signed,
            HERE,
            "fields",
            html! {
                div { label for="token" { "Done by" } select #token name="token" { (options(&choices, signed.query("token"))) } }
                div { label for="since" { "From (UTC)" } input #since type="datetime-local" name="since" value=(since) required; }
                div { label for="until" { "Until (UTC), or now" } input #until type="datetime-local" name="until" value=(signed.query("until")); }
                div.wide { button.primary type="submit" { "Show what would be undone" } }
            },
        ),
    )
}

async fn run(signed: Signed) -> Answer {
    let some = |name: &str| Some(signed.form.field(name).trim().to_owned()).filter(|text| !text.is_empty());
    let (change, token) = (some("change"), some("token"));
    let title = match (&change, &token) {
        (Some(_), _) => "Undo this request?",
        (None, Some(_)) => "Undo what this token did?",
        (None, None) => "Undo everything that was done in this time?",
    };
    let wanted = UndoWanted {
        change,
        token,
        since: moment_of(&signed, "since")?,
        until: moment_of(&signed, "until")?,
    };
    let ask = Ask { section: Section::Undo, title: title.into(), button: "Undo it", back: HERE.into() };
    let outcome = signed
        .planned_and_told(
            ask,
            move |tx, act| Ok(undo::undo(tx, act, &wanted)?),
            |report| {
                html! {
                    (report_of(report, "Would be reversed", "Would stay as it is"))
                }
            },
        )
        .await?;
    let report = match outcome {
        Outcome::Show(page) => return page,
        Outcome::Done(report) => report,
    };
    let body = html! {
        (heading(&[("Undo", HERE)], "It is undone", "What follows from it has followed. An undo is a change, too, and can be undone.", html! {
            a.button href="/console/people" { "See people" }
        }))
        (report_of(&report, "Reversed", "Stays as it is"))
    };
    signed.page(Section::Undo, "Undone", body)
}

/// A field that is empty or a time. What browsers say to the minute means the whole minute, at its end.
fn moment_of(signed: &Signed, field: &str) -> Result<Option<Moment>, Fault> {
    let to_the_minute = field == "until" && signed.form.field(field).trim().len() == 16;
    let whole = |moment: Moment| Moment { last: moment.last.plus_seconds(59), ..moment };
    let moment = signed.form.moment(field)?;
    Ok(if to_the_minute { moment.map(whole) } else { moment })
}

fn report_of(report: &UndoReport, reversed: &str, stays: &str) -> Markup {
    let UndoReport { reversed: kinds, already, stays: left_count, left } = report;
    let total: u64 = kinds.values().sum();
    html! {
        div.figures {
            (figure_only(reversed, &number(total)))
            (figure_only("As before already", &number(*already)))
            (figure_only(stays, &number(*left_count)))
        }
        @if !kinds.is_empty() {
            (card(reversed, "", html! {
                ul.events { @for (kind, count) in kinds { li { (kind_in_words(kind)) ": " (number(*count)) } } }
            }))
        }
        @if !left.is_empty() {
            (card(stays, &shown(*left_count, left.len()), html! {
                (table(stays, &["What", "Who or what", "Why it stays"], html! {
                    @for Left { kind, name, reason, .. } in left {
                        tr {
                            td { span.row-title { (kind_in_words(kind)) } }
                            td data-label="Who or what" { (name) }
                            td data-label="Why" { (crate::fault::sentence(reason)) }
                        }
                    }
                }))
            }))
        }
    }
}

fn shown(all: u64, shown: usize) -> String {
    let counted = counted(all, "change", "changes");
    if all > shown as u64 {
        format!("{counted}; the first {shown} are shown.")
    } else {
        format!("{counted}.")
    }
}

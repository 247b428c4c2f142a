//! What an administrator says of two people: that they are one, or that they are two; looked at first.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{OrgId, RefusalId, UserId},
    ports::{ReadCost, ReadTx},
    records::User,
    role::AdminRole,
    use_cases::{
        matches::{self, AcceptedAll, Certainty, MatchError, Refused, Skipped},
        people,
    },
};

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, address, card, counted, empty, figure_only, form, heading, moment, number, pages, table,
    },
    visit::Signed,
};

use super::matches::HERE;

routes! {
    POST "/console/matches/accept" admin => accept_all;
    POST "/console/matches/{user}/accept" admin => accept;
    POST "/console/matches/{user}/refuse" admin => refuse;
    GET "/console/matches/refused" auditor => list_refused;
    POST "/console/matches/refused/{refusal}/reconsider" admin => reconsider;
}

const REFUSED: &str = "/console/matches/refused";

/// The two that a form is about.
struct Pair {
    waiting: User,
    with: User,
}

impl Pair {
    /// By the id that the form carries, or by the `userName` that somebody typed.
    async fn of(signed: &Signed) -> Result<Self, Fault> {
        let waiting = signed.path("user").to_owned();
        let (with, typed) =
            (signed.form.field("with").to_owned(), signed.form.field("person").trim().to_owned());
        signed
            .look(ReadCost::Point, move |tx, org| {
                let gone = || Fault::not_found("There is nobody of this id in the organisation any more.");
                let waiting = find(tx, org, &waiting)?.ok_or_else(gone)?;
                let given = if with.is_empty() { &typed } else { &with };
                let with = people::find_or_by_name(tx, org, given)?;
                let with = with.ok_or_else(|| {
                    Fault::invalid(format!(
                        "nobody is called `{given}`; give a userName that is listed under People"
                    ))
                })?;
                Ok(Self { waiting, with })
            })
            .await
    }
}

fn find(tx: &mut dyn ReadTx, org: OrgId, id: &str) -> Result<Option<User>, Fault> {
    Ok(match UserId::parse(id) {
        Some(id) => tx.find_user(org, id)?,
        None => None,
    })
}

fn ask(title: String, button: &'static str, back: &str) -> Ask {
    Ask { section: Section::Matches, title, button, back: back.into() }
}

async fn accept(signed: Signed) -> Answer {
    let Pair { waiting, with } = Pair::of(&signed).await?;
    let (former, stays) = (waiting.facts.user_name.clone(), with.facts.user_name.clone());
    let ask = ask(format!("Make {former} and {stays} one person?"), "Make them one", HERE);
    let outcome = signed
        .planned_and_told(
            ask,
            move |tx, act| {
                Ok(matches::accept(tx, act, &waiting.id.to_string(), &with.id.to_string())?)
            },
            |accepted| {
                card("Who stays", "", html! {
                    p {
                        strong { (accepted.user.facts.user_name) } " stays, as the directory knows the person, with your id "
                        code { (accepted.app_id) } ", and has besides what the other had by hand and by groups. The other record goes."
                    }
                    p.hint { "Where the other had access, it moves from one id to the other: the workspace is both gained and lost below. An undo makes them two again." }
                })
            },
        )
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(accepted) => {
            let path = format!("/console/people/{}", accepted.user.id);
            signed.done(
                &path,
                format!("{former} and {stays} are one person now, with your id {}.", accepted.app_id),
            )
        }
    }
}

async fn accept_all(signed: Signed) -> Answer {
    let certainty: Certainty = signed.form.field("certainty").parse().map_err(Fault::invalid)?;
    let title = match certainty {
        Certainty::Sure => "Make everybody one whose id is the same?",
        Certainty::Likely => "Make everybody one who is likely the same?",
        Certainty::Unsure => "Make everybody one who may be the same?",
    };
    let outcome = signed
        .planned_and_told(
            ask(title.into(), "Make them one", HERE),
            move |tx, act| Ok(matches::accept_all(tx, act, certainty)?),
            report,
        )
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(AcceptedAll { accepted, skipped, .. }) => signed.done(
            HERE,
            format!(
                "{} one now; {} passed over.",
                counted(accepted, "pair is", "pairs are"),
                number(skipped)
            ),
        ),
    }
}

fn report(all: &AcceptedAll) -> Markup {
    let AcceptedAll { accepted, skipped, left } = all;
    html! {
        div.figures { (figure_only("Made one", &number(*accepted))) (figure_only("Passed over", &number(*skipped))) }
        @if *accepted > 0 {
            p.list-note { "Access moves from one id to the other, so each workspace is both gained and lost below." }
        }
        @if !left.is_empty() {
            (card("Passed over", &if *skipped > left.len() as u64 { format!("The first {} are shown.", left.len()) } else { String::new() }, html! {
                (table("Passed over", &["Person", "Why"], html! {
                    @for Skipped { user, user_name, reason } in left {
                        tr {
                            td { a.row-title href=(format!("/console/people/{user}")) { (address(user_name)) } }
                            td data-label="Why" { (crate::fault::sentence(reason)) }
                        }
                    }
                }))
            }))
        }
    }
}

async fn refuse(signed: Signed) -> Answer {
    let Pair { waiting, with } = Pair::of(&signed).await?;
    let (one, other) = (waiting.facts.user_name.clone(), with.facts.user_name.clone());
    let ask = ask(format!("Say that {one} and {other} are two people?"), "They are two", HERE);
    let outcome = signed
        .planned_and_told(
            ask,
            move |tx, act| {
                Ok(matches::refuse(tx, act, &waiting.id.to_string(), &with.id.to_string())?)
            },
            |_| html! { p.list-note { "The pair is proposed no more. It can be taken back at any time, under the refused pairs." } },
        )
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(_) => {
            signed.done(HERE, format!("{one} and {other} are two: the pair is proposed no more."))
        }
    }
}

async fn list_refused(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let page = signed
        .look(ReadCost::Scan, move |tx, org| {
            let rows = matches::list_refused(tx, org, cursor.slice(RefusalId))?;
            Ok(Page::cut(rows, |pair| pair.refused.id.0))
        })
        .await?;
    let body = html! {
        (heading(&[("Matches", HERE)], "Refused pairs", "People of whom somebody said that they are two. A pair is gone when one of the two is.", html! {}))
        @if page.rows.is_empty() && cursor.is_first() {
            (empty("No pair was refused", html! {}))
        } @else {
            div.plain { (refused_table(&signed, &page.rows)) }
            (pages(REFUSED, &[], cursor.is_first(), page.next.as_deref()))
        }
    };
    signed.page(Section::Matches, "Refused pairs", body)
}

fn refused_table(signed: &Signed, rows: &[Refused]) -> Markup {
    table(
        "Refused pairs",
        &["Waits for a directory", "Pushed", "Refused", ""],
        html! {
            @for Refused { refused, waiting, user } in rows {
                tr {
                    td { (person(waiting)) }
                    td data-label="Pushed" { (person(user)) }
                    td data-label="Refused" { (moment(refused.at)) }
                    td.end {
                        @if signed.may(AdminRole::Admin) {
                            (form(signed, &format!("{REFUSED}/{}/reconsider", refused.id), "", html! {
                                button type="submit" aria-label=(format!("Take it back: {} and {}", waiting.facts.user_name, user.facts.user_name)) { "Take it back …" }
                            }))
                        }
                    }
                }
            }
        },
    )
}

fn person(user: &User) -> Markup {
    html! {
        div {
            a.row-title href=(format!("/console/people/{}", user.id)) { (address(&user.facts.display_name)) }
            @if user.facts.display_name != user.facts.user_name { span.row-sub { (address(&user.facts.user_name)) } }
        }
    }
}

async fn reconsider(signed: Signed) -> Answer {
    let given = signed.path("refusal").to_owned();
    let outcome = signed
        .planned_and_told(
            ask("Take the refusal back?".into(), "Take it back", REFUSED),
            move |tx, act| Ok(matches::reconsider(tx, act, &given)?),
            |()| html! { p.list-note { "The pair is proposed again, if the two still have something in common." } },
        )
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done(HERE, "The refusal is taken back: the pair is proposed again."),
    }
}

impl From<MatchError> for Fault {
    fn from(problem: MatchError) -> Self {
        match problem {
            MatchError::Store(error) => error.into(),
            MatchError::UnknownUser { .. } => {
                Self::not_found("One of the two is not in the organisation any more.")
            }
            MatchError::UnknownRefusal { .. } => Self::not_found("This refusal is taken back already."),
            MatchError::Removed { .. } => Self::invalid(
                "the directory removed the person who would stay, whose access is held; decide on the hold first, under Held removals",
            ),
            MatchError::Held { .. } => Self::invalid(
                "the person who waits keeps access by a hold that nobody has decided; decide on it first, under Held removals",
            ),
            other => Self::invalid(other),
        }
    }
}

//! Who had which role when: a bar for each span of time, and the same as a table with what began and ended it.

use maud::{Markup, html};
use rolecall_domain::{
    event::Actor,
    history::{Actors, CausedBy, Tenure},
    time::Timestamp,
};

use super::{address, moment, role_badge, table};

/// Spans of one person, or in one place.
pub(crate) struct Row<'t> {
    /// The person or the place.
    pub(crate) label: Markup,
    /// The same without a link.
    pub(crate) name: String,
    pub(crate) spans: Vec<&'t Tenure>,
}

/// So wide are all bars together, in the chart's own measure.
const WIDTH: i64 = 1000;

/// Bars over time, from the first span to now.
pub(crate) fn chart(rows: &[Row<'_>], now: Timestamp) -> Markup {
    let Some(first) = rows.iter().flat_map(|row| &row.spans).map(|span| span.from.at.0).min() else {
        return html! {};
    };
    let length = (now.0 - first).max(1);
    let at = |moment: i64| ((moment - first).clamp(0, length) * WIDTH) / length;
    html! {
        div.timeline {
            @for row in rows {
                div.timeline-label { (row.label) }
                svg.timeline-bars viewBox={ "0 0 " (WIDTH) " 20" } preserveAspectRatio="none" role="img" aria-label=(aloud(row)) {
                    @for span in &row.spans {
                        @let (from, to) = (at(span.from.at.0), at(span.to.map_or(now.0, |to| to.at.0)));
                        rect class=(format!("bar {}", span.role())) x=(from) y="3" width=((to - from).max(4)) height="14" { title { (spoken(span)) } }
                    }
                }
            }
            div.timeline-label aria-hidden="true" {}
            div.timeline-axis aria-hidden="true" { span { (moment(Timestamp(first))) } span { "now" } }
        }
    }
}

fn aloud(row: &Row<'_>) -> String {
    let spans: Vec<String> = row.spans.iter().map(|span| spoken(span)).collect();
    format!("{}: {}", row.name, spans.join("; "))
}

fn spoken(span: &Tenure) -> String {
    let day = |at: Timestamp| at.to_string().get(..10).unwrap_or_default().to_owned();
    let until = span.to.map_or_else(|| "today".to_owned(), |to| day(to.at));
    format!("{} from {} to {until}", span.role(), day(span.from.at))
}

/// The spans as a table; `subject` says whose, or where.
pub(crate) fn spans(
    heading: &str,
    tenures: &[Tenure],
    actors: &Actors,
    subject: impl Fn(&Tenure) -> Markup,
) -> Markup {
    table(
        "History",
        &[heading, "Role", "From", "To"],
        html! {
            @for tenure in tenures {
                tr {
                    td { (subject(tenure)) }
                    td data-label="Role" { (role_badge(tenure.role())) }
                    td data-label="From" { (caused(&tenure.from, actors)) }
                    td data-label="To" { @match &tenure.to { Some(to) => { (caused(to, actors)) } None => { span.faint { "still" } } } }
                }
            }
        },
    )
}

/// When, and by whom, with the way to the request where the log has it.
fn caused(by: &CausedBy, actors: &Actors) -> Markup {
    let words = actors.describe(&by.actor);
    html! {
        div {
            (moment(by.at))
            span.row-sub {
                @match by.actor {
                    Actor::Idp { .. } => { a href=(format!("/console/requests/{}", by.change)) { (address(&words)) } }
                    _ => { (address(&words)) }
                }
            }
        }
    }
}

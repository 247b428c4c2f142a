//! Requests by the hour, as bars and as a table.

use maud::{Markup, html};
use rolecall_domain::use_cases::activity::{Hour, MOST};

use super::{counted, moment, number, table};

/// The chart's own measure: so wide is an hour, so high the highest bar.
const STEP: u64 = 30;
const HEIGHT: u64 = 100;

/// The last hours. The same is told in words and, for whoever wants it exactly, in a table.
pub(crate) fn chart(hours: &[Hour]) -> Markup {
    let highest = hours.iter().map(|hour| hour.requests.all).max().unwrap_or(0).max(1);
    let high = |count: u64| (count * HEIGHT).div_ceil(highest);
    let bars = (0u64..).zip(hours).map(|(place, hour)| (place * STEP + 3, hour));
    html! {
        div.activity {
            svg viewBox={ "0 0 " (STEP * hours.len() as u64) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-labelledby="activity-title activity-about" {
                title #activity-title { "Requests of identity providers by the hour" }
                desc #activity-about { (told(hours)) }
                @for (x, hour) in bars {
                    @let (all, failed) = (high(hour.requests.all), high(hour.requests.failed));
                    @if all > failed { rect.worked x=(x) y=(HEIGHT - all) width=(STEP - 6) height=(all - failed) {} }
                    @if failed > 0 { rect.failed x=(x) y=(HEIGHT - failed) width=(STEP - 6) height=(failed) {} }
                }
            }
            div.timeline-axis aria-hidden="true" {
                span { @if let Some(first) = hours.first() { (moment(first.from)) } }
                span { "now" }
            }
            p.hint { (told(hours)) }
            details.more {
                summary { "As a table" }
                (table("Requests by the hour", &["Hour", "Requests", "Failed"], html! {
                    @for Hour { from, requests } in hours.iter().rev() {
                        tr {
                            td { (moment(*from)) }
                            td data-label="Requests" { (number(requests.all)) @if requests.all >= u64::from(MOST) { "+" } }
                            td data-label="Failed" { (number(requests.failed)) }
                        }
                    }
                }))
            }
        }
    }
}

fn told(hours: &[Hour]) -> String {
    let sum = |of: fn(&Hour) -> u64| hours.iter().map(of).sum::<u64>();
    let (all, failed) = (sum(|hour| hour.requests.all), sum(|hour| hour.requests.failed));
    let some_are_more = hours.iter().any(|hour| hour.requests.all >= u64::from(MOST));
    let least = if some_are_more { "At least " } else { "" };
    format!("{least}{} in 24 hours, {failed} of them failed.", counted(all, "request", "requests"))
}

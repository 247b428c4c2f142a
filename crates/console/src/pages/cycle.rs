//! The last cycle of an identity provider: what came without a pause, made out from the provisioning log.

use maud::{Markup, html};
use rolecall_domain::{request_log::LoggedRequest, time::Timestamp};

use crate::view::{empty, moment, number};

/// The last cycle is made out from so many requests of each token.
pub(super) const LATEST: u32 = 500;
/// A pause between two requests that ends a cycle: identity providers come again after 20 minutes or more.
const PAUSE_MS: i64 = 10 * 60 * 1_000;

/// The requests that came last without a pause between them.
#[derive(PartialEq, Eq, Debug)]
struct Cycle {
    begun: Timestamp,
    ended: Timestamp,
    requests: usize,
    failed: usize,
    writes: usize,
    /// Whether it may have begun earlier than is known here.
    cut: bool,
}

/// Makes it out from the moment of each request, whether it writes, and its status, in whichever order they are given.
fn last_cycle(mut requests: Vec<(Timestamp, bool, u16)>) -> Option<Cycle> {
    requests.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let (ended, mut begun) = (requests.first()?.0, requests.first()?.0);
    let (mut count, mut failed, mut writes) = (0, 0, 0);
    for (at, write, status) in &requests {
        if begun.0 - at.0 > PAUSE_MS {
            break;
        }
        begun = *at;
        count += 1;
        failed += usize::from(*status >= 400);
        writes += usize::from(*write);
    }
    let cut = count == requests.len() && count >= LATEST as usize;
    Some(Cycle { begun, ended, requests: count, failed, writes, cut })
}

/// What the last cycle came to.
pub(super) fn cycle(requests: &[LoggedRequest]) -> Markup {
    // An access token is asked for by POST, and nothing is written.
    let writes = |one: &LoggedRequest| one.method != "GET" && !one.asks_for_access();
    let read = requests.iter().map(|one| (one.at, writes(one), one.status)).collect();
    let Some(Cycle { begun, ended, requests, failed, writes, cut }) = last_cycle(read) else {
        return empty(
            "Nothing has come yet",
            html! { p { a href="/console/connect" { "Connect an identity provider" } " with a token of this connection." } },
        );
    };
    html! {
        dl.facts {
            dt { "Began" } dd { @if cut { "before " } (moment(begun)) }
            dt { "Last request" } dd { (moment(ended)) }
            dt { "Requests" } dd { (number(requests as u64)) @if cut { " or more" } ", " (number(writes as u64)) " of them writes" }
            dt { "Failed" } dd { @if failed == 0 { "none" } @else { a href="/console/requests?status=failed" { (number(failed as u64)) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cycle_is_what_came_without_a_pause() {
        let minute = |at: i64| Timestamp(at * 60_000);
        assert_eq!(last_cycle(Vec::new()), None);
        let requests = vec![
            (minute(1), false, 200),
            (minute(100), false, 200),
            (minute(108), true, 409),
            (minute(101), true, 201),
        ];
        let cycle = last_cycle(requests).unwrap();
        let wanted =
            Cycle { begun: minute(100), ended: minute(108), requests: 3, failed: 1, writes: 2, cut: false };
        assert_eq!(cycle, wanted);
        let many: Vec<_> = (0..i64::from(LATEST)).map(|at| (minute(at), false, 200)).collect();
        assert!(last_cycle(many).unwrap().cut);
    }
}

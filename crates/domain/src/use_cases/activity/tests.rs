use uuid::Uuid;

use super::*;
use crate::{
    request_log::RefusedToken,
    testing::{MockTx, NOW, ORG, a_request},
};

fn at(minutes_ago: i64, method: &str, status: u16) -> LoggedRequest {
    let at = NOW.plus_seconds(-60 * minutes_ago);
    LoggedRequest { at, method: method.into(), status, refused: None, ..a_request(Uuid::nil(), at) }
}

fn last_of(rows: Vec<LoggedRequest>) -> Option<Cycle> {
    let mut tx = MockTx::new();
    tx.expect_list_requests().returning(move |_, _, _, _| Ok(rows.clone()));
    last_cycle(&mut tx, ORG).unwrap()
}

#[test]
fn the_last_day_is_counted_by_the_hour_up_to_the_present_one() {
    let mut tx = MockTx::new();
    tx.expect_count_requests().withf(|_, moments, most| moments.len() == 25 && *most == MOST).returning(
        |_, moments, _| {
            Ok(moments
                .iter()
                .skip(1)
                .map(|moment| RequestCount { all: (moment.0 / HOUR) as u64, failed: 0 })
                .collect())
        },
    );
    let hours = hours(&mut tx, ORG, NOW).unwrap();
    assert_eq!(hours.len(), 24);
    assert!(hours[23].from <= NOW && NOW.0 < hours[23].from.0 + HOUR);
    assert_eq!(hours[23].requests.all, (hours[23].from.0 / HOUR + 1) as u64);
}

#[test]
fn a_cycle_ends_where_nobody_asked_for_a_while() {
    let rows = vec![
        at(0, "PATCH", 200),
        at(1, "GET", 200),
        LoggedRequest { refused: Some(RefusedToken::Expired), ..at(2, "GET", 401) },
        at(9, "POST", 409),
        at(18, "POST", 201),
        at(40, "POST", 201),
    ];
    let cycle = last_of(rows).unwrap();
    assert_eq!((cycle.requests, cycle.changes, cycle.failed, cycle.whole), (4, 2, 1, true));
    assert_eq!((cycle.began, cycle.ended), (NOW.plus_seconds(-60 * 18), NOW));
}

#[test]
fn what_was_not_looked_through_is_said() {
    let whole = |count| last_of(vec![at(0, "GET", 200); count]).unwrap().whole;
    assert!(whole(299));
    assert!(!whole(300));
    assert_eq!(last_of(Vec::new()), None);
    assert_eq!(
        last_of(vec![LoggedRequest { refused: Some(RefusedToken::Unknown), ..at(0, "GET", 401) }]),
        None
    );
}

//! Who asks too often is told when to come again, and nobody else notices.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod support;

use support::{Answer, Server};

/// The first answer that is a 429, of more requests than a burst has.
#[track_caller]
fn refused(mut ask: impl FnMut() -> Answer) -> Answer {
    let answers = (0..200).map(|_| ask());
    let found = answers.inspect(|answer| assert!([200, 429].contains(&answer.status), "{}", answer.text()));
    found.into_iter().find(|answer| answer.status == 429).expect("two hundred at once are too many")
}

// scim: 174, 199
#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let server = Server::start_with(|command| {
        command.env("ROLECALL_LIMITS__REQUESTS_PER_SECOND", "1");
    });
    let create = ["token", "create", "--org", "default", "--name", "other"];
    let other = server.rolecall(&create).expect(0).line().to_owned();
    let answer = refused(|| server.scim("GET", "/Users?count=1", None));
    assert_eq!(answer.header("content-type"), "application/scim+json");
    assert_eq!(answer.json["status"], "429");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(answer.header("x-rate-limit-limit"), "1");
    // A read by id comes by another way.
    let by_id = refused(|| {
        let answer = server.scim("GET", "/Users/7", None);
        if answer.status == 404 { Answer { status: 200, ..answer } } else { answer }
    });
    assert_eq!(by_id.json["status"], "429");
    // Neither another token nor a key is kept waiting for it.
    let url = format!("{}/Users", server.tenant_url);
    server.request("GET", &url).bearer(&other).send().expect(200);
    server.admin("GET", "/v1/scim/settings", None).expect(200);
    let answer = refused(|| server.admin("GET", "/v1/scim/settings", None));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json["type"], "too_many_requests");
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    // Strangers are refused as ever.
    server.request("GET", &url).bearer("wrong").send().expect(401);
}

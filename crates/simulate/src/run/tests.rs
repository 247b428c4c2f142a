//! Whole runs against a server in memory: a good one is found in step, each faulty one is found out.

use serde_json::{Value, json};

use super::*;
use crate::dialect::entra::{Conformance, Entra, RolesMapping};
use crate::dialect::okta::Okta;
use crate::dialect::strict::Strict;
use crate::exchange::{Answer, Method, Request};
use crate::fake::FakeServer;

fn plan() -> Plan {
    Plan {
        size: Size { users: 60, groups: 8 },
        cycles: 5,
        drop: None,
        seed: 11,
        prefix: "sim-".to_owned(),
        connections: 3,
        clean: false,
    }
}

fn dialects() -> Vec<Box<dyn Dialect>> {
    let mut all: Vec<Box<dyn Dialect>> = vec![Box::new(Okta), Box::new(Strict)];
    for roles in [RolesMapping::Single, RolesMapping::Assertive] {
        for conformance in [Conformance::Legacy, Conformance::Flagged] {
            all.push(Box::new(Entra { roles, conformance }));
        }
    }
    all
}

fn run_on(server: &FakeServer, dialect: &dyn Dialect, plan: &Plan) -> Report {
    run(plan, dialect, server, &ProgressBar::hidden()).expect("the fake can be reached")
}

fn refuse(answer: &mut Answer, status: u16) {
    *answer = Answer { status, body: Some(json!({"detail": "the fake\n refuses"})), etag: None };
}

#[test]
fn a_server_that_keeps_everything_is_in_step_in_every_dialect() {
    for seed in [1, 2, 3] {
        for dialect in dialects() {
            let server = FakeServer::default();
            let report = run_on(&server, dialect.as_ref(), &Plan { seed, ..plan() });
            assert_eq!((report.failures, report.differences), (Vec::new(), Vec::new()));
            assert_eq!(server.paths("/Users").len(), report.people);
            assert_eq!(server.paths("/Groups").len(), report.groups);
        }
    }
}

#[test]
fn a_second_run_adopts_what_the_first_one_left() {
    for dialect in dialects() {
        let server = FakeServer::default();
        let plan = Plan { cycles: 0, ..plan() };
        run_on(&server, dialect.as_ref(), &plan);
        let again = run_on(&server, dialect.as_ref(), &plan);
        assert_eq!((again.failures, again.differences), (Vec::new(), Vec::new()));
        assert_eq!(again.adopted, 68);
    }
}

#[test]
fn who_was_renamed_since_an_earlier_run_is_found_by_external_id() {
    let dialects: [&dyn Dialect; 2] =
        [&Strict, &Entra { roles: RolesMapping::Single, conformance: Conformance::Legacy }];
    for dialect in dialects {
        let server = FakeServer::default();
        let plan = Plan { cycles: 0, ..plan() };
        run_on(&server, dialect, &plan);
        server.tamper("/Users/u1", |user| user["userName"] = "renamed@contoso.example".into());
        let report = run_on(&server, dialect, &plan);
        assert_eq!((report.failures, report.differences), (Vec::new(), Vec::new()));
        assert_eq!(server.paths("/Users").len(), 60);
    }
}

#[test]
fn cleaning_up_removes_what_was_made_and_nothing_else() {
    for dialect in dialects() {
        let server = FakeServer::default();
        let theirs = Request::post("/Users", json!({"userName": "real@contoso.example"}));
        server.exchange(&theirs).expect("the fake can be reached");
        run_on(&server, dialect.as_ref(), &Plan { clean: true, ..plan() });
        assert_eq!(server.paths("/"), ["/Users/u1"]);
    }
}

#[test]
fn a_conflict_after_a_lost_answer_is_adopted() {
    // The first POST of everybody is served and its answer lost on the way: the client sees a 409.
    for dialect in dialects() {
        let server = FakeServer::with_fault(|request, answer| {
            if request.method == Method::Post {
                refuse(answer, 409);
            }
        });
        let report = run_on(&server, dialect.as_ref(), &Plan { cycles: 1, ..plan() });
        assert_eq!((report.failures, report.differences), (Vec::new(), Vec::new()));
    }
}

#[test]
fn each_fault_of_a_server_is_found_out() {
    type Fault = fn(&Request, &mut Answer);
    let faults: [(&str, Fault); 6] = [
        ("active", |request, answer| on_users(request, answer, |user| user["active"] = true.into())),
        ("manager", |request, answer| {
            on_users(request, answer, |user| user[crate::dialect::ENTERPRISE_USER]["manager"] = Value::Null);
        }),
        ("emails", |request, answer| {
            on_users(request, answer, |user| {
                let address = user["emails"][0]["value"].as_str().expect("an address").to_lowercase();
                user["emails"][0]["value"] = address.into();
            });
        }),
        ("groups", |request, answer| on_users(request, answer, |user| user["groups"] = json!([]))),
        ("members", |request, answer| {
            if request.method == Method::Get
                && let Some(members) = answer.body.as_mut().and_then(|body| body["members"].as_array_mut())
            {
                members.pop();
            }
        }),
        ("existence", |request, answer| {
            if request.method == Method::Get && answer.status == 404 {
                *answer = Answer { status: 200, body: Some(json!({})), etag: None };
            }
        }),
    ];
    for (what, fault) in faults {
        let server = FakeServer::with_fault(fault);
        let report = run_on(&server, &Strict, &plan());
        let found: Vec<&Difference> =
            report.differences.iter().filter(|found| found.what.starts_with(what)).collect();
        assert!(!found.is_empty(), "{what}: {:?}", report.differences);
        assert_eq!(found.len(), report.differences.len(), "{what}: {:?}", report.differences);
    }
}

/// Changes each user of a page.
fn on_users(request: &Request, answer: &mut Answer, change: impl Fn(&mut Value)) {
    if request.path.starts_with("/Users?startIndex")
        && let Some(users) = answer.body.as_mut().and_then(|body| body["Resources"].as_array_mut())
    {
        users.iter_mut().for_each(change);
    }
}

#[test]
fn a_page_that_skips_somebody_is_found_out() {
    let server = FakeServer::with_fault(|request, answer| {
        if request.path.starts_with("/Users?startIndex=1&count=100")
            && let Some(users) = answer.body.as_mut().and_then(|body| body["Resources"].as_array_mut())
        {
            let other = users.get(1).cloned();
            other.into_iter().for_each(|other| users[0] = other);
        }
    });
    let report = run_on(&server, &Strict, &plan());
    let whats: Vec<&str> = report.differences.iter().map(|found| found.what.as_str()).collect();
    assert_eq!(whats, ["listing", "listing"], "{:?}", report.differences);
}

#[test]
fn what_a_server_refuses_is_a_line_that_says_who_and_why() {
    let server = FakeServer::with_fault(|request, answer| {
        if request.method == Method::Put {
            refuse(answer, 400);
        }
    });
    let report = run_on(&server, &Okta, &plan());
    let line = report.failures.first().expect("a PUT among the changes");
    assert!(line.starts_with("user sim-"), "{line}");
    assert!(line.contains("PUT /Users/u") && line.ends_with("got 400 (the fake refuses)"), "{line}");
}

#[test]
fn a_secret_that_is_refused_ends_the_run() {
    let at_once = FakeServer::with_fault(|_, answer| refuse(answer, 401));
    let error = run(&plan(), &Okta, &at_once, &ProgressBar::hidden()).expect_err("401");
    assert!(matches!(&error, SimulateError::Connect(why) if why.contains("401")), "{error}");
    let later = FakeServer::with_fault(|request, answer| {
        if request.method == Method::Patch {
            refuse(answer, 401);
        }
    });
    let error = run(&plan(), &Okta, &later, &ProgressBar::hidden()).expect_err("401");
    assert!(matches!(&error, SimulateError::NotAllowed(_)), "{error}");
}

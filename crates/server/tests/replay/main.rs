//! Recorded exchanges of identity providers, replayed against the real binary: `fixtures/idp/*.jsonl`, whose README
//! gives the format. Each scenario runs in an organisation of its own, and, where an answer of a strict connection is given,
//! in a strict one besides.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../support/mod.rs"]
mod support;

mod exchange;
mod expect;
mod strict;

use std::{collections::BTreeMap, path::Path};

use exchange::Exchange;
use support::Server;

/// The exchanges of a file by scenario, in order.
fn scenarios(idp: &str) -> BTreeMap<String, Vec<Exchange>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/idp/{idp}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut scenarios: BTreeMap<String, Vec<Exchange>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let exchange: Exchange = serde_json::from_str(line).unwrap();
        scenarios.entry(exchange.scenario.clone()).or_default().push(exchange);
    }
    for steps in scenarios.values_mut() {
        steps.sort_by_key(|step| step.step);
    }
    scenarios
}

fn replay(idp: &str) {
    let server = Server::start();
    let mut complaints = Vec::new();
    for (number, (scenario, steps)) in scenarios(idp).into_iter().enumerate() {
        let found = replay_both(&server, &format!("{idp}-{number}"), &steps);
        complaints.extend(found.into_iter().map(|complaint| format!("{idp} / {scenario} / {complaint}")));
    }
    assert!(complaints.is_empty(), "{} exchanges went wrong:\n{}", complaints.len(), complaints.join("\n"));
}

/// Replays a scenario in a new organisation, and in a strict one if any of its answers differs there.
fn replay_both(server: &Server, org: &str, steps: &[Exchange]) -> Vec<String> {
    let mut complaints = exchange::run(&server.tenant_url_of(org), &server.create_org(org), steps);
    if steps.iter().any(Exchange::differs_when_strict) {
        let org = format!("{org}-strict");
        let token = server.create_org(&org);
        server.rolecall(&["connection", "set", "--org", &org, "--profile", "strict"]).expect(0);
        let strict: Vec<Exchange> = steps.iter().map(Exchange::when_strict).collect();
        let found = exchange::run(&server.tenant_url_of(&org), &token, &strict);
        complaints.extend(found.into_iter().map(|complaint| format!("strict: {complaint}")));
    }
    complaints
}

macro_rules! idps {
    ($($name:ident $file:literal),+ $(,)?) => {
        $(#[test]
        fn $name() {
            replay($file);
        })+

        // pain: 5
        #[test]
        fn every_file_is_replayed() {
            let replayed = [$(concat!($file, ".jsonl")),+];
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/idp");
            for file in std::fs::read_dir(folder).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                assert!(!name.ends_with(".jsonl") || replayed.contains(&name.as_str()), "{name} is not replayed");
            }
        }
    };
}

idps! {
    authentik "authentik",
    cyberark "cyberark",
    entra "entra",
    field_reports "field-reports",
    google_workspace "google-workspace",
    jumpcloud "jumpcloud",
    keycloak "keycloak",
    okta "okta",
    onelogin "onelogin",
    oracle_idcs "oracle-idcs",
    ping "ping",
    rippling "rippling",
    sailpoint "sailpoint",
}

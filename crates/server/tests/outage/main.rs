//! The database goes away and comes back while clients write through the real binary.
//!
//! `cargo xtask test` says where PostgreSQL's programs are; each test starts a server of its own from them.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../support/mod.rs"]
mod support;

mod engine;
mod load;
mod proxy;
mod standby;

use std::time::Duration;

use engine::Engine;
use load::Load;
use proxy::Proxy;
use support::{Sandbox, Server};

fn server_on(url: &str) -> Server {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", &format!("database_url = \"{url}\"\n"));
    Server::start_in(sandbox, |_| {})
}

/// The database's server is stopped in each way there is, and started again.
#[test]
fn while_the_database_is_away_requests_are_answered_503_and_nothing_acknowledged_is_lost() {
    let Some(mut engine) = Engine::start() else { return };
    let server = server_on(&engine.url(engine.port));
    let ledger = Load::run(&server, |load| {
        for how in ["fast", "immediate"] {
            load.wait_for_writes();
            engine.say(&format!("down {how}"));
            load.wait_for_refusals();
            engine.say("up");
        }
        // One of its processes crashes: it ends the others and mends itself.
        load.wait_for_writes();
        engine.say("crash");
        load.wait_for_writes();
    });
    assert!(ledger.statuses[&503] > 0, "{:?}", ledger.statuses);
    ledger.check(&server);
}

/// Connections break in the middle of whatever they carry; the server is there all the time.
#[test]
fn a_network_that_drops_connections_costs_no_write_and_applies_none_twice() {
    let Some(engine) = Engine::start() else { return };
    let proxy = Proxy::start(engine.port);
    let server = server_on(&engine.url(proxy.port));
    let ledger = Load::run(&server, |load| {
        load.wait_for_writes();
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(60));
            proxy.drop_connections();
        }
        load.wait_for_writes();
    });
    ledger.check(&server);
}

/// Nothing comes through for a while, though no connection is closed; then everything does.
#[test]
fn a_network_that_stalls_and_goes_on_is_slow_and_not_wrong() {
    let Some(engine) = Engine::start() else { return };
    let proxy = Proxy::start(engine.port);
    let server = server_on(&engine.url(proxy.port));
    let ledger = Load::run(&server, |load| {
        for _ in 0..2 {
            load.wait_for_writes();
            proxy.stall(true);
            std::thread::sleep(Duration::from_millis(1500));
            proxy.stall(false);
        }
        load.wait_for_writes();
    });
    ledger.check(&server);
}

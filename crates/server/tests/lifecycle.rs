//! Starts and stops: what a start prints, and what a stop leaves finished.

mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::{Value, json};
use support::{Sandbox, Server, find_line};

fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com",
    })
}

#[test]
fn the_first_start_prints_addresses_and_secrets_that_work() {
    let server = Server::start();
    assert_eq!(find_line(&server.greeting, "Console:"), Some(format!("{}/console/", server.base_url)));
    assert_eq!(server.tenant_url, format!("{}/scim/default/v2", server.base_url));
    assert!(server.token.starts_with("rcs_") && server.api_key.starts_with("rck_"), "{}", server.greeting);
    assert!(server.greeting.contains("shown this once"), "{}", server.greeting);
    server.scim("GET", "/ServiceProviderConfig", None).expect(200);
    server.scim("GET", "/Users", None).expect(200);
    server.admin("GET", "/v1/admin/workspaces", None).expect(200);
}

#[test]
fn a_second_start_prints_addresses_and_no_secrets() {
    let mut server = Server::start();
    server.restart();
    assert_eq!(find_line(&server.greeting, "Tenant URL:"), Some(server.tenant_url.clone()));
    assert!(find_line(&server.greeting, "Console:").is_some());
    for secret in ["rcs_", "rck_", "Secret Token", "API key"] {
        assert!(!server.greeting.contains(secret), "{}", server.greeting);
    }
    server.scim("GET", "/Users", None).expect(200);
}

// scim: 202
#[test]
fn no_secret_and_no_address_is_in_any_log_line() {
    let mut server = Server::start_with(|command| {
        command.env("ROLECALL_LOG__LEVEL", "trace");
    });
    server.scim("POST", "/Users", Some(&ada())).expect(201);
    server.admin("GET", "/v1/admin/workspaces", None);
    server.stop();
    let log = server.log();
    assert!(log.contains("Rolecall is listening"), "{log}");
    for secret in [&server.token, &server.api_key] {
        assert!(!log.contains(secret.as_str()), "a secret is in the log");
    }
    assert!(!log.contains("ada@example.com"), "an e-mail address is in the log");
}

#[test]
fn log_lines_are_json_away_from_a_terminal_and_carry_the_id_of_the_request() {
    let mut server = Server::start();
    let id = server.scim("GET", "/Users", None).expect(200).header("x-request-id").to_owned();
    server.stop();
    let lines: Vec<Value> = server
        .log()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    assert!(!id.is_empty());
    assert!(lines.iter().any(|line| line["span"]["request.id"] == *id), "{lines:#?}");
}

#[test]
fn a_log_that_cannot_be_written_stops_no_request() {
    let server = Server::start_with(|command| {
        command.stderr(std::fs::File::options().write(true).open("/dev/full").unwrap());
    });
    for _ in 0..3 {
        server.scim("GET", "/Users", None).expect(200);
    }
}

#[test]
fn a_first_start_that_cannot_show_its_secrets_says_so() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let output = command.stderr(std::process::Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("are lost: make others with `rolecall token create`"), "{said}");
}

#[test]
fn an_operator_who_made_an_organisation_gets_no_other_and_no_secrets() {
    let sandbox = Sandbox::new();
    sandbox.rolecall(&["migrate"]).expect(0);
    sandbox.rolecall(&["org", "create", "acme"]).expect(0);
    let server = Server::start_in(sandbox, |_| {});
    assert_eq!(server.tenant_url, format!("{}/scim/acme/v2", server.base_url));
    assert_eq!(server.token, "");
}

#[test]
fn the_public_address_stands_in_what_is_printed() {
    let server = Server::start_with(|command| {
        command.args(["--public-url", "https://roles.example.com/"]).env("ROLECALL_FIRST_ORG__SLUG", "acme");
    });
    assert_eq!(server.tenant_url, "https://roles.example.com/scim/acme/v2");
}

#[test]
fn a_stop_finishes_the_request_in_flight_and_takes_no_new_one() {
    let mut server = Server::start();
    let body = ada().to_string();
    let (first, rest) = body.split_at(20);
    let mut slow = TcpStream::connect(server.address()).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        slow,
        "POST /scim/default/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.token,
        body.len()
    )
    .unwrap();
    // The request is in flight when the server has read the head, and then it says so.
    let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    slow.read_exact(&mut go_on).unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&go_on));
    slow.write_all(first.as_bytes()).unwrap();
    server.signal(Signal::TERM);
    let stopping = Instant::now();
    while TcpStream::connect(server.address()).is_ok() {
        assert!(stopping.elapsed() < Duration::from_secs(20), "a stopping server takes new connections");
        std::thread::sleep(Duration::from_millis(50));
    }

    slow.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());

    server.restart();
    let found =
        server.scim("GET", "/Users?filter=userName%20eq%20%22ada@example.com%22", None).expect(200).json;
    assert_eq!(found["totalResults"], 1);
}

#[test]
fn a_stop_folds_the_write_ahead_log_into_the_database_file() {
    let mut server = Server::start();
    server.scim("POST", "/Users", Some(&ada())).expect(201);
    assert_eq!(server.stop().code(), Some(0));
    let log = server.sandbox.path().join("rolecall.db-wal");
    assert!(
        std::fs::metadata(log).map_or(0, |file| file.len()) == 0,
        "a copy of the file alone would lose changes"
    );
}

#[test]
fn idle_connections_do_not_hold_up_a_stop() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start();
        // The client keeps its connection for the next request.
        server.scim("GET", "/Users", None).expect(200);
        let silent = TcpStream::connect(server.address()).unwrap();
        let started = Instant::now();
        server.signal(signal);
        assert_eq!(server.wait().code(), Some(0), "{}", server.log());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        drop(silent);
    }
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut server = Server::start();
    let mut stuck = TcpStream::connect(server.address()).unwrap();
    write!(
        stuck,
        "POST /scim/default/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 9\r\n\r\n{{",
        server.token
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    server.signal(Signal::INT);
    assert_eq!(server.wait().code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(server.log().contains("stopped at once"), "{}", server.log());
}

#[test]
fn every_acknowledged_write_is_there_after_kill_9() {
    let mut server = Server::start();
    let (acknowledged, count) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let name = format!("user-{}@example.com", count.fetch_add(1, Ordering::Relaxed));
                    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name });
                    let request = server.request("POST", &format!("{}/Users", server.tenant_url));
                    let request = request.bearer(&server.token).json(&body, "application/scim+json");
                    // No answer: the server is gone, and owes nothing for this one.
                    let Ok(answer) = request.try_send() else { break };
                    let id = answer.expect(201).json["id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().push((id, name));
                }
            });
        }
        std::thread::sleep(Duration::from_millis(700));
        server.signal(Signal::KILL);
    });
    assert!(!server.wait().success());
    server.restart();
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() > 8, "too few writes to say anything: {}", acknowledged.len());
    println!("{} acknowledged writes before kill -9", acknowledged.len());
    for (id, name) in &acknowledged {
        let kept = server.scim("GET", &format!("/Users/{id}"), None).expect(200).json;
        assert_eq!(kept["userName"], **name);
    }
}

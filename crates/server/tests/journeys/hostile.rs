//! Bad input: a clear answer of 400 and above, and the server goes on.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use crate::world::World;

fn post(world: &World, bytes: Vec<u8>) -> crate::support::Answer {
    let url = format!("{}/Users", world.server.tenant_url);
    let request = world.server.request("POST", &url).bearer(&world.server.token);
    request.header("Content-Type", "application/scim+json").body(bytes).send()
}

// scim: 70, 79, 171, 199
#[test]
fn bodies_that_are_no_users_are_refused_with_a_reason() {
    let world = World::new();
    let large = json!({"userName": "x".repeat(2 * 1024 * 1024)}).to_string().into_bytes();
    let deep = format!("{{\"userName\":\"a\",\"name\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000))
        .into_bytes();
    for (what, bytes, status) in [
        ("two megabytes", large, 413),
        ("no JSON", b"{\"userName\":".to_vec(), 400),
        ("no body", Vec::new(), 400),
        ("no object", b"[1,2]".to_vec(), 400),
        ("no UTF-8", b"{\"userName\":\"\xff\xfe\"}".to_vec(), 400),
        ("deep nesting", deep, 400),
        ("no userName", b"{\"displayName\":\"x\"}".to_vec(), 400),
        ("a number for a name", b"{\"userName\":7}".to_vec(), 400),
    ] {
        let answer = post(&world, bytes);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/scim+json", "{what}");
        assert_eq!(answer.json["status"], status.to_string(), "{what}");
        assert!(!answer.json["detail"].as_str().unwrap_or_default().is_empty(), "{what}");
    }
    world.person("ada");
}

// scim: 120
#[test]
fn a_filter_of_a_hundred_kilobytes_is_refused() {
    let world = World::new();
    // Longer than what the test's own client would send, so by hand.
    let path = format!("/scim/default/v2/Users?filter=userName%20eq%20%22{}%22", "a".repeat(100_000));
    let mut stream = TcpStream::connect(world.server.address()).unwrap();
    let token = &world.server.token;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    let nested = format!("{}active%20pr{}", "(".repeat(5_000), ")".repeat(5_000));
    let answer = world.server.scim("GET", &format!("/Users?filter={nested}"), None).expect(400);
    assert_eq!(answer.json["scimType"], "invalidFilter");
    world.server.scim("GET", "/Users", None).expect(200);
}

// scim: 69, 178
#[test]
fn wrong_addresses_and_methods_get_a_scim_error() {
    let world = World::new();
    for (method, path, status) in [
        ("GET", "/Nothing", 404),
        ("PUT", "/Users", 405),
        ("POST", "/Users/7", 405),
        ("POST", "/Schemas", 405),
        ("GET", "/Schemas/urn:no:such", 404),
        ("GET", "/Users/..%2F..%2Fetc", 404),
        ("GET", "/Users?startIndex=one", 400),
        ("GET", "/Users?attributes=id&excludedAttributes=name", 400),
        ("GET", "/Schemas?filter=id%20pr", 403),
    ] {
        let answer = world.server.scim(method, path, None);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/scim+json", "{method} {path}");
    }
}

// scim: 64
#[test]
fn text_in_a_body_of_another_type_is_refused() {
    let world = World::new();
    let url = format!("{}/Users", world.server.tenant_url);
    let request = world.server.request("POST", &url).bearer(&world.server.token);
    request.header("Content-Type", "text/plain").body("{}").send().expect(415);
}

// scim: 16
#[test]
fn odd_text_comes_back_as_it_was_sent() {
    let world = World::new();
    for odd in [
        "a\u{0}b",
        "\u{202e}abc",
        "日本語 ✓ 🦀",
        "tab\tquote\"back\\slash",
        "'; DROP TABLE users; --",
        "100%_\\",
    ] {
        let id = world.person_with(json!({"userName": odd, "title": odd}));
        let read = world.server.scim("GET", &format!("/Users/{id}"), None).expect(200).json;
        assert_eq!((&read["userName"], &read["title"]), (&json!(odd), &json!(odd)));
    }
}

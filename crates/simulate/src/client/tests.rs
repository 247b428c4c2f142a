//! The wire against a socket that says what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::*;
use crate::dialect::Dialect;
use crate::dialect::okta::Okta;

/// Answers one request after the other with `answers`, closes after each, and gives back what it was asked.
fn server(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).unwrap() > 2 {}
            let length = head
                .to_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            asked.push(head + &String::from_utf8(body).unwrap());
            stream.write_all(answer.as_bytes()).unwrap();
        }
        asked
    });
    (address, served)
}

fn client(address: &str) -> Client {
    Client::new(address, &Secret::new("s3cret\n"), Okta.headers(), None, 1).unwrap()
}

#[test]
fn a_request_carries_the_secret_the_version_and_the_clients_name() {
    let (address, served) = server(&[
        "HTTP/1.1 200 OK\r\nETag: W/\"2\"\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{\"id\":\"1\"}",
    ]);
    let request = Request::patch("/Users/1", Vec::new()).if_match(Some("W/\"1\"".to_owned()));
    let answer = client(&address).exchange(&request).unwrap();
    assert_eq!((answer.status, answer.etag.as_deref()), (200, Some("W/\"2\"")));
    assert_eq!(answer.body, Some(serde_json::json!({"id": "1"})));
    let asked = served.join().unwrap().remove(0).to_lowercase();
    for part in [
        "patch /scim/v2/users/1 http/1.1",
        "authorization: bearer s3cret\r\n",
        "if-match: w/\"1\"",
        "user-agent: okta scim client 1.0.0",
        "accept: application/scim+json",
        "content-type: application/scim+json; charset=utf-8",
        "\"operations\":[]",
    ] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
}

#[test]
fn an_overloaded_server_is_asked_again() {
    let (address, served) = server(&[
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ]);
    let client = client(&address);
    let answer = client.exchange(&Request::delete("/Groups/1")).unwrap();
    assert_eq!(answer.status, 204);
    assert_eq!(served.join().unwrap().len(), 3);
    let traffic = client.traffic();
    assert_eq!((traffic.requests, traffic.retries), (3, 2));
    assert_eq!(traffic.statuses, [(204, 1), (429, 1), (503, 1)].into());
}

#[test]
fn a_connection_lost_in_the_middle_is_made_again() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let (address, served) = server(&[ANSWER, "", ANSWER]);
    let client = client(&address);
    for _ in 0..2 {
        assert_eq!(client.exchange(&Request::get("/Users")).unwrap().status, 200);
    }
    assert_eq!(served.join().unwrap().len(), 3);
}

#[test]
fn a_server_that_was_never_there_is_not_waited_for() {
    // A port that was free a moment ago: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let begun = Instant::now();
    let error = client(&format!("http://{address}/scim/v2")).exchange(&Request::get("/Users")).unwrap_err();
    assert!(error.to_string().starts_with("GET /Users: "), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_redirect_is_not_followed_with_the_secret() {
    let (address, served) = server(&[
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]);
    assert_eq!(client(&address).exchange(&Request::get("/Users")).unwrap().status, 302);
    served.join().unwrap();
}

#[test]
fn a_secret_is_not_shown() {
    assert_eq!(format!("{:?}", Secret::new("s3cret")), "Secret(…)");
}

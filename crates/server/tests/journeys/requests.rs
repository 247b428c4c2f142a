//! What an administrator sees of an identity provider's requests afterwards.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    world::{PATCH, World, id_of},
};

/// The log is a moment behind. Waits until so many requests match.
#[track_caller]
pub(crate) fn logged(world: &World, query: &str, count: usize) -> Vec<Value> {
    let mut last = Value::Null;
    for _ in 0..400 {
        let answer = world.server.admin("GET", &format!("/v1/scim/requests?{query}"), None).expect(200);
        if answer.json["data"].as_array().is_some_and(|data| data.len() >= count) {
            let data = answer.json["data"].as_array().unwrap().clone();
            assert_eq!(data.len(), count, "{data:#?}");
            return data;
        }
        last = answer.json;
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("{count} requests of `{query}` were not logged: {last:#}");
}

fn in_full(world: &World, answer: &Answer) -> Value {
    let id = answer.header("x-request-id");
    for _ in 0..400 {
        let found = world.server.admin("GET", &format!("/v1/scim/requests/{id}"), None);
        if found.status == 200 {
            return found.json;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("request {id} was not logged");
}

// pain: 9
#[test]
fn a_request_leads_to_what_it_changed() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[]);
    let operations = json!([{"op": "Add", "path": "members", "value": [{"value": ada}]}]);
    let answer = world.patch(&format!("/Groups/{group}"), operations).expect(204);

    let found = in_full(&world, &answer);
    assert_eq!(found["method"], "PATCH");
    assert_eq!(found["path"], format!("/Groups/{group}"));
    assert_eq!(found["status"], 204);
    assert_eq!(found["resource"], json!({"type": "Group", "id": group, "name": "ws-Sales-role-admin"}));
    assert_eq!(found["connection"]["name"], "default");
    assert_eq!(found["idp"], "entra");
    assert_eq!(found["refused"], Value::Null);
    assert_eq!(found["response_body"], Value::Null);
    assert!(found["request_body"].as_str().unwrap().contains(&ada));
    assert!(world.server.token.ends_with(found["token"]["hint"].as_str().unwrap()));
    let events: Vec<&str> =
        found["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(events, ["group.member_added", "membership.created"]);

    let deleted = world.server.scim("DELETE", &format!("/Users/{ada}"), None).expect(204);
    assert_eq!(in_full(&world, &deleted)["resource"]["name"], "ada@acme.test");
    // Before, it was found by her id; gone, by her name, too.
    assert_eq!(logged(&world, &format!("user={ada}"), 2).len(), 2);
    assert_eq!(logged(&world, "user=ADA@acme.test&method=delete", 1)[0]["status"], 204);
    world.server.admin("GET", "/v1/scim/requests/nonsense", None).expect(404);
    world.server.admin("GET", "/v1/scim/requests?status=9", None).expect(400);
    world.server.admin("GET", "/v1/scim/requests?since=yesterday", None).expect(400);
}

// pain: 9
#[test]
fn refused_requests_say_what_was_wrong_with_the_token() {
    let world = World::new();
    let server = &world.server;
    let other = server.create_org("other");
    let make = |arguments: &[&str]| {
        let mut all = vec!["token", "create", "--org", "default", "--name", "old"];
        all.extend_from_slice(arguments);
        server.rolecall(&all).expect(0).line().to_owned()
    };
    let revoked = make(&[]);
    let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
    let id = listed.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    server.rolecall(&["token", "revoke", "--org", "default", &id]).expect(0);
    let expired = make(&["--expires", "1s"]);
    std::thread::sleep(std::time::Duration::from_millis(1100));

    let url = format!("{}/Users", server.tenant_url);
    server.request("GET", &url).send().expect(401);
    for secret in [&revoked, &expired, &other, &server.api_key, &server.token[..30]] {
        server.request("GET", &url).bearer(secret).send().expect(401);
    }
    server.request("GET", &server.tenant_url_of("nowhere")).send().expect(401);

    let mut seen: Vec<(String, String)> = logged(&world, "status=401", 6)
        .iter()
        .map(|request| {
            let token = request["token"]["name"].as_str().unwrap_or("-").to_owned();
            assert!(request["refused"]["advice"].as_str().unwrap().len() > 20);
            (request["refused"]["reason"].as_str().unwrap().to_owned(), token)
        })
        .collect();
    seen.sort();
    let expected = [
        ("api_key", "-"),
        ("expired", "old"),
        ("malformed", "-"),
        ("missing", "-"),
        ("other_organisation", "-"),
        ("revoked", "old"),
    ];
    assert_eq!(seen, expected.map(|(reason, token)| (reason.to_owned(), token.to_owned())));
    // The other organisation sees nothing of it.
    let key = server.create_api_key("other");
    let theirs = server.request("GET", "/v1/scim/requests").bearer(&key).send().expect(200);
    assert_eq!(theirs.json["data"], json!([]));
    let metrics = server.request("GET", "/metrics").send().expect(200).text();
    assert!(metrics.contains(r#"rolecall_request_log_total{outcome="no_organisation"} 1"#), "{metrics}");
}

// pain: 9
#[test]
fn no_secret_is_in_the_log() {
    let world = World::new();
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.test",
        "password": "correct-horse-battery"});
    let answer = world.server.scim("POST", "/Users", Some(&body)).expect(201);
    let ada = id_of(&answer);
    let found = in_full(&world, &answer);
    assert!(found["request_body"].as_str().unwrap().contains(r#""password":"***""#), "{found:#}");
    let again = world.server.scim("POST", "/Users", Some(&body)).expect(409);
    let found = in_full(&world, &again);
    assert_eq!(
        (&found["scim_type"], &found["resource"]["name"]),
        (&json!("uniqueness"), &json!("ada@acme.test"))
    );
    assert!(found["response_body"].as_str().unwrap().contains("uniqueness"));
    let broken = world
        .server
        .request("POST", &format!("{}/Users", world.server.tenant_url))
        .bearer(&world.server.token);
    let broken = broken
        .header("content-type", "application/scim+json")
        .body("{\"password\":\"correct-horse-battery\"")
        .send()
        .expect(400);
    assert!(in_full(&world, &broken)["request_body"].as_str().unwrap().contains("not kept"));
    let patch = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "password", "value": "correct-horse-battery"}]});
    in_full(&world, &world.server.scim("PATCH", &format!("/Users/{ada}"), Some(&patch)));
    let mut world = world;
    world.server.stop();
    for file in ["rolecall.db", "rolecall.db-wal", "rolecall.log"] {
        let bytes = std::fs::read(world.server.sandbox.path().join(file)).unwrap_or_default();
        for secret in ["correct-horse-battery", world.server.token.as_str()] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{secret} in {file}"
            );
        }
    }
}

#[test]
fn what_was_answered_before_a_stop_is_in_the_log_and_the_command_line_shows_it() {
    let mut world = World::new();
    world.person("ada");
    world.server.scim("GET", "/Users/nobody", None).expect(404);
    world.server.stop();
    let log = |arguments: &[&str]| {
        let mut all = vec!["log", "--org", "default"];
        all.extend_from_slice(arguments);
        world.server.rolecall(&all).expect(0).out
    };
    let lines = log(&[]);
    assert!(lines.contains("201  POST   /Users  ada@acme.test  ["), "{lines}");
    let failed: Value = serde_json::from_str(&log(&["--failed", "--json"])).unwrap();
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!((&failed[0]["status"], &failed[0]["path"]), (&json!(404), &json!("/Users/nobody")));
    assert_eq!(log(&["--user", "ada@acme.test"]).lines().count(), 1);
    assert_eq!(log(&["--user", "grace@acme.test"]), "");
}

#[test]
fn nothing_is_kept_when_the_log_is_off() {
    let world = World::with(|command| {
        command.env("ROLECALL_LOG__REQUESTS_DAYS", "0");
    });
    world.person("ada");
    let mut world = world;
    world.server.stop();
    assert_eq!(world.server.rolecall(&["log", "--org", "default"]).expect(0).out, "");
}

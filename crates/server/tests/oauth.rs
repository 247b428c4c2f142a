//! OAuth 2.0 client credentials, from the token endpoint to a push, through the real binary.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../../storage/tests/server/mod.rs"]
mod postgres;
mod support;

use std::{process::Command, thread::sleep, time::Duration};

use serde_json::{Value, json};
use support::{Answer, Sandbox, Server};

const FORM: &str = "application/x-www-form-urlencoded";
const KEY: &str = "a key of the test which has more than 32 bytes";

/// Asks for an access token with this form.
fn ask(server: &Server, org: &str, form: &str) -> Answer {
    let url = format!("{}/oauth/{org}/token", server.base_url);
    server.request("POST", &url).header("content-type", FORM).body(form).send()
}

fn ask_by_header(server: &Server, id: &str, secret: &str) -> Answer {
    let url = format!("{}/oauth/default/token", server.base_url);
    let request = server.request("POST", &url).header("content-type", FORM);
    request
        .header("authorization", &format!("Basic {}", base64(&format!("{id}:{secret}"))))
        .body("grant_type=client_credentials")
        .send()
}

fn form(id: &str, secret: &str) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn access_token(answer: Answer) -> String {
    answer.expect(200).json["access_token"].as_str().unwrap().to_owned()
}

/// A SCIM token: its id and its secret.
fn make(server: &Server, arguments: &[&str]) -> (String, String) {
    let mut all = vec!["token", "create", "--org", "default"];
    all.extend_from_slice(arguments);
    let secret = server.rolecall(&all).expect(0).line().to_owned();
    let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
    let id = listed.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    (id, secret)
}

fn push(server: &Server, tenant_url: &str, bearer: &str, name: &str) -> Answer {
    let person = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
    let request = server.request("POST", &format!("{tenant_url}/Users")).bearer(bearer);
    request.json(&person, "application/scim+json").send()
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks(3).map(|group| {
        let number = (0..3).fold(0, |sum, at| sum << 8 | u32::from(group.get(at).copied().unwrap_or(0)));
        let digit = |at: usize| char::from(DIGITS[(number >> (18 - 6 * at)) as usize & 63]);
        (0..4).map(|at| if at <= group.len() { digit(at) } else { '=' }).collect::<String>()
    });
    groups.collect()
}

/// Why the last so many requests were refused, and whose token each showed, sorted.
fn refused(server: &Server, count: usize, path: &str) -> Vec<(String, String)> {
    let told = |request: &Value| {
        assert_eq!(request["path"], path);
        assert!(request["refused"]["advice"].as_str().unwrap().len() > 20);
        let token = request["token"]["name"].as_str().unwrap_or("-").to_owned();
        (request["refused"]["reason"].as_str().unwrap().to_owned(), token)
    };
    let mut seen: Vec<_> = logged(server, "status=401", count).iter().map(told).collect();
    seen.sort();
    seen
}

/// The log is a moment behind. Waits until so many requests match.
#[track_caller]
fn logged(server: &Server, query: &str, count: usize) -> Vec<Value> {
    let mut last = Value::Null;
    for _ in 0..400 {
        let found = server.admin("GET", &format!("/v1/scim/requests?{query}"), None).expect(200).json;
        let data = found["data"].as_array().unwrap();
        if data.len() >= count {
            return data.clone();
        }
        last = found;
        sleep(Duration::from_millis(25));
    }
    panic!("{count} requests of `{query}` were not logged: {last:#}");
}

#[test]
fn a_client_is_given_an_access_token_by_header_or_form_and_pushes_people_with_it() {
    let server = Server::start();
    let (id, secret) = make(&server, &["--name", "sailpoint"]);
    let by_form = ask(&server, "default", &form(&id, &secret)).expect(200);
    assert_eq!((by_form.header("cache-control"), by_form.header("pragma")), ("no-store", "no-cache"));
    assert_eq!(by_form.header("content-type"), "application/json");
    let told = &by_form.json;
    assert_eq!(
        (&told["token_type"], &told["expires_in"], &told["scope"]),
        (&json!("Bearer"), &json!(3600), &json!("users.read users.write groups.read groups.write"))
    );
    let by_form = access_token(by_form);
    let by_header = access_token(ask_by_header(&server, &id, &secret));
    let by_name = access_token(ask_by_header(&server, "sailpoint", &secret));
    for (bearer, name) in [(&by_form, "ada"), (&by_header, "grace"), (&by_name, "alan")] {
        let made = push(&server, &server.tenant_url, bearer, &format!("{name}@acme.test")).expect(201);
        let url = format!("{}/Users/{}", server.tenant_url, made.json["id"].as_str().unwrap());
        server.request("GET", &url).bearer(bearer).send().expect(200);
    }
    // Who it was is known, and that the token is in use.
    let pushes = logged(&server, "method=POST&token=sailpoint", 6);
    let mut paths: Vec<&str> = pushes.iter().map(|request| request["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, [["/Users"; 3], ["/oauth/default/token"; 3]].concat());
    assert!(!server.log().contains(&secret) && !server.log().contains(&by_form));
    let all = server.admin("GET", "/v1/scim/requests?limit=50", None).text();
    assert!(!all.contains(&secret) && !all.contains(by_form.split('.').nth(2).unwrap()));
}

#[test]
fn what_is_wrong_with_a_token_request_is_said_in_the_words_of_oauth() {
    let server = Server::start();
    let (id, secret) = make(&server, &["--name", "oracle"]);
    let good = form(&id, &secret);
    let asked = |form: &str| ask(&server, "default", form);
    for (sent, code) in [
        (good.replace("client_credentials", "password"), "unsupported_grant_type"),
        (good.replace("grant_type", "grant"), "invalid_request"),
        (format!("{good}&scope=mail"), "invalid_scope"),
        (format!("{good}&scope=users.read+mail"), "invalid_scope"),
        (format!("{good}&client_id={id}"), "invalid_request"),
        ("grant_type=client_credentials&".repeat(400), "invalid_request"),
    ] {
        let answer = asked(&sent).expect(400);
        assert_eq!(answer.json["error"], code, "{sent}");
        assert!(answer.json["error_description"].as_str().unwrap().len() > 10);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    const ALL: &str = "users.read users.write groups.read groups.write";
    for (scope, told) in
        [("", ALL), ("scim", "scim"), ("openid+scim", "scim"), ("groups.read", "groups.read")]
    {
        assert_eq!(asked(&format!("{good}&scope={scope}")).expect(200).json["scope"], told);
    }
    let url = format!("{}/oauth/default/token", server.base_url);
    let as_json = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
    let answer = server.request("POST", &url).json(&as_json, "application/json").send().expect(400);
    assert_eq!(answer.json["error"], "invalid_request");
    let answer = server.request("GET", &url).send().expect(405);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

// scim: 195
#[test]
fn an_access_token_is_good_for_what_was_asked_for_of_what_the_secret_token_has() {
    let server = Server::start();
    let (id, secret) = make(&server, &["--name", "narrow", "--scope", "users.write"]);
    let narrow = |scope: &str| ask(&server, "default", &format!("{}&scope={scope}", form(&id, &secret)));
    for beyond in ["groups.read", "users.read+groups.write"] {
        let answer = narrow(beyond).expect(400).json;
        assert_eq!(answer["error"], "invalid_scope");
        assert!(answer["error_description"].as_str().unwrap().contains("users.read users.write"), "{answer}");
    }
    for request in logged(&server, "status=400&token=narrow", 2) {
        assert!(request["detail"].as_str().unwrap().contains("users.read users.write alone"), "{request}");
    }
    assert_eq!(narrow("scim").expect(200).json["scope"], "users.read users.write");
    let (whole, reads) = (access_token(narrow("")), access_token(narrow("users.read")));
    let users = format!("{}/Users", server.tenant_url);
    let groups = format!("{}/Groups", server.tenant_url);
    let get = |url: &str, bearer: &str| server.request("GET", url).bearer(bearer).send();
    let ada = push(&server, &server.tenant_url, &whole, "ada@acme.test").expect(201);
    let ada = format!("{users}/{}", ada.json["id"].as_str().unwrap());
    for bearer in [&whole, &reads, &secret] {
        get(&users, bearer).expect(200);
        get(&ada, bearer).expect(200);
        let refused = get(&groups, bearer).expect(403);
        assert!(refused.header("www-authenticate").ends_with("scope=\"groups.read\""));
        assert!(refused.json["detail"].as_str().unwrap().starts_with("this Secret Token lacks"));
    }
    // The Secret Token may; what it was exchanged for may not.
    let refused = push(&server, &server.tenant_url, &reads, "eve@acme.test").expect(403);
    assert!(
        refused.json["detail"].as_str().unwrap().starts_with("this access token lacks"),
        "{}",
        refused.text()
    );
    let (id, secret) = make(&server, &["--name", "wide"]);
    let groups_alone = format!("{}&scope=groups.write", form(&id, &secret));
    let groups_alone = access_token(ask(&server, "default", &groups_alone));
    get(&groups, &groups_alone).expect(200);
    for url in [&users, &ada, &format!("{users}/nonsense"), &format!("{users}/{id}")] {
        let refused = get(url, &groups_alone).expect(403);
        assert!(refused.json["detail"].as_str().unwrap().starts_with("this access token lacks"));
    }
    assert_eq!(get(&users, &secret).json["totalResults"], 1);
}

// scim: 194, 201
#[test]
fn every_unfit_client_is_answered_alike_and_the_administrator_sees_why() {
    let server = Server::start();
    let foreign = server.create_org("other");
    let (id, secret) = make(&server, &["--name", "sailpoint"]);
    let (dead, dead_secret) = make(&server, &["--name", "old"]);
    server.rolecall(&["token", "revoke", "--org", "default", &dead]).expect(0);
    let cut = &secret[..20];
    let answers: Vec<String> = [
        ("default", "grant_type=client_credentials".to_owned()),
        ("default", form(&id, cut)),
        ("default", form(&id, &foreign)),
        ("default", form(&dead, &secret)),
        ("default", form(&dead, &dead_secret)),
        ("default", form(&id, &server.api_key)),
        ("other", form(&id, &secret)),
        ("nowhere", form(&id, &secret)),
    ]
    .into_iter()
    .map(|(org, form)| {
        let answer = ask(&server, org, &form).expect(401);
        assert!(answer.header("www-authenticate").starts_with("Basic"));
        assert_eq!(answer.json["error"], "invalid_client");
        answer.text()
    })
    .collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    assert_eq!(ask_by_header(&server, &id, &foreign).expect(401).text(), answers[0]);
    ask(&server, "default", &form(&id, &secret)).expect(200);

    let seen = refused(&server, 7, "/oauth/default/token");
    let expected = [
        ("api_key", "-"),
        ("client_id", "sailpoint"),
        ("malformed", "-"),
        ("missing", "-"),
        ("other_organisation", "-"),
        ("other_organisation", "-"),
        ("revoked", "old"),
    ];
    assert_eq!(seen, expected.map(|(reason, token)| (reason.to_owned(), token.to_owned())));
}

// scim: 194, 201
#[test]
fn an_access_token_that_is_expired_changed_of_another_organisation_or_revoked_opens_nothing() {
    let server = Server::start_with(with_key);
    let other_secret = server.create_org("other");
    let listed = server.rolecall(&["token", "list", "--org", "other", "--json"]).expect(0).json();
    let other_id = listed[0]["id"].as_str().unwrap();
    let foreign = access_token(ask(&server, "other", &form(other_id, &other_secret)));
    let (brief, brief_secret) = make(&server, &["--name", "brief", "--expires", "2s"]);
    let expired = ask(&server, "default", &form(&brief, &brief_secret)).expect(200);
    assert!(expired.json["expires_in"].as_i64().unwrap() <= 2);
    let expired = access_token(expired);
    let (id, secret) = make(&server, &["--name", "revoked"]);
    let revoked = access_token(ask(&server, "default", &form(&id, &secret)));
    let (id, secret) = make(&server, &["--name", "live"]);
    let live = access_token(ask(&server, "default", &form(&id, &secret)));
    let url = format!("{}/Users", server.tenant_url);
    let get = |bearer: &str| server.request("GET", &url).bearer(bearer).send();
    for good in [&live, &revoked] {
        get(good).expect(200);
    }
    let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
    let doomed = listed.as_array().unwrap().iter().find(|token| token["name"] == "revoked").unwrap();
    server.rolecall(&["token", "revoke", "--org", "default", doomed["id"].as_str().unwrap()]).expect(0);
    sleep(Duration::from_millis(2100));

    let parts: Vec<&str> = live.split('.').collect();
    let none = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0"; // {"typ":"at+jwt","alg":"none"}
    let nobody = server.request("GET", &url).send().expect(401).text();
    for bearer in [
        &foreign,
        &expired,
        &revoked,
        &format!("{none}.{}.", parts[1]),
        &format!("{}.{}.{}", parts[0], foreign.split('.').nth(1).unwrap(), parts[2]),
    ] {
        let answer = get(bearer).expect(401);
        assert_eq!(answer.text(), nobody);
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    get(&live).expect(200);
    let seen = refused(&server, 6, "/Users");
    let expected = [
        ("access_token_audience", "-"),
        ("access_token_expired", "brief"),
        ("access_token_signature", "-"),
        ("access_token_signature", "-"),
        ("missing", "-"),
        ("revoked", "revoked"),
    ];
    assert_eq!(seen, expected.map(|(reason, token)| (reason.to_owned(), token.to_owned())));
}

fn with_key(command: &mut Command) {
    command.env("ROLECALL_OAUTH__SIGNING_KEY", KEY);
}

#[test]
fn without_a_key_of_the_operator_access_tokens_end_with_the_process_and_with_one_they_do_not() {
    for (arrange, after) in [((|_| {}) as fn(&mut Command), 401), (with_key, 200)] {
        let mut server = Server::start_with(arrange);
        let (id, secret) = make(&server, &["--name", "entra"]);
        let token = access_token(ask(&server, "default", &form(&id, &secret)));
        let url = format!("{}/Users", server.tenant_url);
        server.request("GET", &url).bearer(&token).send().expect(200);
        server.restart();
        server.request("GET", &url).bearer(&token).send().expect(after);
        let again = access_token(ask(&server, "default", &form(&id, &secret)));
        server.request("GET", &url).bearer(&again).send().expect(200);
    }
}

#[test]
fn a_paused_connection_is_told_to_come_again_whatever_it_presents() {
    let server = Server::start();
    let (id, secret) = make(&server, &["--name", "entra"]);
    server.admin("PATCH", "/v1/scim/connections/default", Some(&json!({"paused": true}))).expect(200);
    let token = access_token(ask(&server, "default", &form(&id, &secret)));
    let url = format!("{}/Users", server.tenant_url);
    server.request("GET", &url).bearer(&token).send().expect(503);
}

#[test]
fn a_client_finds_the_token_endpoint_by_itself() {
    let server = Server::start();
    let at = "/.well-known/oauth-authorization-server/oauth/default";
    let told = server.request("GET", at).send().expect(200).json;
    let issuer = format!("{}/oauth/default", server.base_url);
    let endpoint = format!("{issuer}/token");
    assert_eq!((&told["issuer"], &told["token_endpoint"]), (&json!(issuer), &json!(endpoint)));
    let scopes = json!(["scim", "users.read", "users.write", "groups.read", "groups.write"]);
    assert_eq!(told["scopes_supported"], scopes);
    let config = server.scim("GET", "/ServiceProviderConfig", None).expect(200).json;
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    assert_eq!((&schemes[0]["type"], &schemes[0]["primary"]), (&json!("oauthbearertoken"), &json!(true)));
    assert_eq!((&schemes[1]["type"], &schemes[1]["primary"]), (&json!("oauth2"), &json!(false)));
    assert!(schemes[1]["description"].as_str().unwrap().contains(&endpoint));
    // Nothing says which organisations there are.
    server.request("GET", &at.replace("default", "nowhere")).send().expect(200);
}

/// A server on PostgreSQL, which shares `token` and `api_key` with the first.
fn replica(url: &str, settings: &str, first: Option<&Server>) -> Server {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", &format!("database_url = \"{url}\"\nworkers = 2\n{settings}"));
    let mut server = Server::start_in(sandbox, |_| {});
    server.tenant_url = server.tenant_url_of("default");
    if let Some(first) = first {
        (server.token, server.api_key) = (first.token.clone(), first.api_key.clone());
    }
    server
}

#[test]
fn replicas_with_one_key_take_each_others_access_tokens_and_a_revocation_counts_at_once() {
    let Some(database) = postgres::fresh() else { return };
    let public = "public_url = \"https://rolecall.test\"\n";
    let settings = format!("{public}[oauth]\nsigning_key = \"{KEY}\"\n");
    let one = replica(&database.url, &settings, None);
    let other = replica(&database.url, &settings, Some(&one));
    let rotated = format!("{public}[oauth]\nsigning_key = \"{}, {KEY}\"\n", KEY.to_uppercase());
    let third = replica(&database.url, &rotated, Some(&one));
    let (id, secret) = make(&one, &["--name", "entra"]);
    let token = access_token(ask(&one, "default", &form(&id, &secret)));
    for (server, name) in [(&one, "ada"), (&other, "grace"), (&third, "alan")] {
        push(server, &server.tenant_url, &token, &format!("{name}@acme.test")).expect(201);
    }
    one.rolecall(&["token", "revoke", "--org", "default", &id]).expect(0);
    for server in [&one, &other, &third] {
        push(server, &server.tenant_url, &token, "eve@acme.test").expect(401);
        ask(server, "default", &form(&id, &secret)).expect(401);
    }
}

#[test]
fn on_postgresql_without_a_key_the_operator_is_told_what_to_set() {
    let Some(database) = postgres::fresh() else { return };
    let server = replica(&database.url, "", None);
    let (id, secret) = make(&server, &["--name", "entra"]);
    let answer = ask(&server, "default", &form(&id, &secret)).expect(501);
    assert!(answer.json["error_description"].as_str().unwrap().contains("oauth.signing_key"));
    server.request("GET", "/.well-known/oauth-authorization-server/oauth/default").send().expect(404);
    let config = server.scim("GET", "/ServiceProviderConfig", None).expect(200).json;
    assert_eq!(config["authenticationSchemes"].as_array().unwrap().len(), 1);
    let checks = server.rolecall(&["doctor", "--json"]).json();
    let check = checks.as_array().unwrap().iter().find(|check| check["name"] == "signing key").unwrap();
    assert_eq!(check["state"], "warn");
    assert!(check["advice"].as_str().unwrap().contains("ROLECALL_OAUTH__SIGNING_KEY"));
}

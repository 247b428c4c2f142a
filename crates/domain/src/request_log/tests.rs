//! What goes into the log of a request, and that no secret does.

use proptest::{collection::vec, prelude::*, sample::select};
use rolecall_scim::client::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    ids::OrgId,
    ports::TokenKey,
    secret::{Secret, SecretKind},
    testing::THEN,
};

fn exchange(method: &str, path: &str, body: Value) -> Exchange<Vec<u8>> {
    let id = Uuid::from_u128(1);
    Exchange {
        id: ChangeId(id),
        at: THEN,
        asker: Asker::Known { org: OrgId(1), connection: ConnectionId(id), token: TokenId(id) },
        method: method.into(),
        path: path.into(),
        query: Vec::new(),
        status: 200,
        duration_us: 1,
        peer: Some("10.0.0.7".into()),
        forwarded_for: None,
        user_agent: None,
        location: None,
        request_body: if body.is_null() {
            SentBody::Absent
        } else {
            SentBody::Here(body.to_string().into_bytes())
        },
        error_body: None,
        remark: None,
    }
}

fn kept(body: &Value) -> Value {
    let text = Scrub::default().body(body.to_string().as_bytes()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn passwords_and_what_calls_itself_a_secret_are_not_kept() {
    for (sent, shown) in [
        (json!({"userName": "ada", "password": "hunter22"}), json!({"userName": "ada", "password": "***"})),
        (json!({"userName": "ada", "PassWord": null}), json!({"userName": "ada", "PassWord": null})),
        (
            json!({"Operations": [{"op": "replace", "path": "password", "value": "hunter22"}]}),
            json!({"Operations": [{"op": "replace", "path": "password", "value": "***"}]}),
        ),
        (
            json!({"Operations": [{"op": "Add", "value": {"urn:acme:2.0:User:apiKey": "k-1234", "title": "Dr"}}]}),
            json!({"Operations": [{"op": "Add", "value": {"urn:acme:2.0:User:apiKey": "***", "title": "Dr"}}]}),
        ),
        (
            json!({"urn:acme:2.0:User": {"client_secret": {"value": ["deep"]}, "pin": 4711}}),
            json!({"urn:acme:2.0:User": {"client_secret": "***", "pin": "***"}}),
        ),
        // Entra's JSON inside of a text.
        (
            json!({"roles": [{"value": "{\"token\":\"abcdef\"}"}]}),
            json!({"roles": [{"value": "{\"token\":\"***\"}"}]}),
        ),
        (
            json!({"x": [{"type": "password", "value": "hunter22"}]}),
            json!({"x": [{"type": "password", "value": "***"}]}),
        ),
    ] {
        assert_eq!(kept(&sent), shown);
    }
}

#[test]
fn an_error_that_quotes_a_secret_does_not_bring_it_back() {
    let mut exchange = exchange("POST", "/Users", json!({"userName": "ada", "password": "hun\"ter22"}));
    exchange.status = 400;
    exchange.error_body =
        Some(json!({"scimType": "invalidValue", "detail": "`hun\"ter22` is too short"}).to_string().into());
    let (request, bodies) = exchange.record();
    assert_eq!(request.detail.as_deref(), Some("`***` is too short"));
    assert_eq!(request.scim_type.as_deref(), Some("invalidValue"));
    for text in [bodies.request.unwrap(), bodies.response.unwrap()] {
        assert!(!text.contains("ter22"), "{text}");
    }
}

#[test]
fn what_the_token_endpoint_found_wrong_is_told() {
    let mut exchange = exchange("POST", "/oauth/acme/token", json!(null));
    (exchange.status, exchange.request_body) = (400, SentBody::Absent);
    let body = json!({"error": "invalid_scope", "error_description": "this Secret Token is good for less"});
    exchange.error_body = Some(body.to_string().into());
    assert_eq!(exchange.record().0.detail.as_deref(), Some("this Secret Token is good for less"));
}

#[test]
fn tokens_are_hidden_wherever_they_stand() {
    let secret = Secret::new(SecretKind::Scim, [7; 32]);
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    let mut exchange =
        exchange("GET", &format!("/Users/{}", secret.reveal()), json!({"title": format!("Bearer {jwt}")}));
    exchange.query = vec![
        ("access_token".into(), "hunter22".into()),
        ("filter".into(), "password eq \"hunter23\"".into()),
        ("note".into(), format!("x{}", secret.reveal())),
    ];
    exchange.user_agent = Some(format!("Basic {jwt} hunter22"));
    let (request, bodies) = exchange.record();
    assert_eq!(request.path, "/Users/rcs_***");
    assert_eq!(request.query.as_deref(), Some("access_token=***&filter=password eq \"***\"&note=xrcs_***"));
    assert_eq!(request.user_agent.as_deref(), Some("Basic *** ***"));
    assert_eq!(bodies.request.as_deref(), Some(r#"{"title":"Bearer ***"}"#));
}

#[test]
fn what_is_no_json_is_not_kept_and_what_is_long_is_cut() {
    let mut scrub = Scrub::default();
    assert_eq!(scrub.body(b"password=hunter22").as_deref(), Some("(not JSON, 17 bytes, not kept)"));
    assert_eq!(scrub.body(b""), None);
    let members: Vec<Value> = (0..5_000).map(|n| json!({"value": n.to_string()})).collect();
    let shown = kept(&json!({"Operations": [{"op": "add", "path": "members", "value": members}]}));
    let list = shown["Operations"][0]["value"].as_array().unwrap();
    assert_eq!((list.len(), &list[20]), (21, &json!("… and 4980 more")));
    let long = scrub.body(json!({"title": "ü".repeat(9_000)}).to_string().as_bytes()).unwrap();
    assert!(long.len() < 8_300 && long.ends_with("… (18012 bytes in all)"), "{}", long.len());
}

#[test]
fn a_request_is_known_by_whom_it_is_about() {
    let id = Uuid::from_u128(5);
    let about = |exchange: &Exchange<Vec<u8>>| {
        let (request, _) = exchange.record();
        (request.kind.map(Kind::name), request.resource, request.name)
    };
    let ada = json!({"UserName": "ada@acme.test", "displayName": "Ada"});
    let mut created = exchange("POST", "/Users", ada);
    assert_eq!(about(&created), (Some("User"), None, Some("ada@acme.test".into())));
    created.location = Some(format!("https://x.test/scim/acme/v2/Users/{id}"));
    assert_eq!(about(&created), (Some("User"), Some(id), Some("ada@acme.test".into())));
    let renamed = json!({"Operations": [{"op": "Replace", "path": "displayName", "value": "Sales"}]});
    let patched = exchange("PATCH", &format!("/Groups/{id}"), renamed);
    assert_eq!(about(&patched), (Some("Group"), Some(id), Some("Sales".into())));
    let mut asked = exchange("GET", "/Users", Value::Null);
    asked.query = vec![("filter".into(), "externalId eq \"7\" and userName eq \"Ada\"".into())];
    assert_eq!(about(&asked), (Some("User"), None, Some("Ada".into())));
    assert_eq!(about(&exchange("POST", "/Groups/.search", json!({}))), (Some("Group"), None, None));
    assert_eq!(about(&exchange("GET", "/Schemas", Value::Null)), (None, None, None));
    assert_eq!(about(&exchange("GET", "/Users/nobody", Value::Null)), (Some("User"), None, None));
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"path": "displayName", "value": "Sales"}]});
    assert_eq!(about(&exchange("POST", "/Bulk", bulk)), (None, None, None));
}

#[test]
fn where_it_came_from_and_by_which_product_is_kept() {
    let mut exchange = exchange("PATCH", "/Users/7", json!({"Operations": [{"op": "Replace"}]}));
    exchange.forwarded_for = Some("203.0.113.9".into());
    let (request, _) = exchange.record();
    assert_eq!(request.remote.as_deref(), Some("10.0.0.7, for 203.0.113.9"));
    assert_eq!(request.idp, Some(Client::Entra));
}

#[test]
fn what_was_presented_says_what_was_wrong_with_it() {
    let key = format!("Bearer {}", Secret::new(SecretKind::ApiKey, [1; 32]).reveal());
    let token = Secret::new(SecretKind::Scim, [1; 32]);
    let cut = format!("Bearer {}", &token.reveal()[..40]);
    for (header, reason) in [
        (None, RefusedToken::Missing),
        (Some("  "), RefusedToken::Missing),
        (Some("Bearer "), RefusedToken::Missing),
        (Some("Basic YTpi"), RefusedToken::NotBearer),
        (Some(token.reveal()), RefusedToken::NotBearer),
        (Some("Bearer wrong"), RefusedToken::Malformed),
        (Some(cut.as_str()), RefusedToken::Malformed),
        (Some(key.as_str()), RefusedToken::ApiKey),
    ] {
        assert_eq!(Presented::of_header(header, |_| None), Presented::Unfit(reason), "{header:?}");
    }
    let whole = format!("bearer  {}", token.reveal());
    let key = || TokenKey::Hash(token.hash());
    assert_eq!(Presented::of_header(Some(&whole), |_| panic!("it is known")), Presented::Token(key()));
    assert_eq!(Presented::of_client(Some(token.reveal())), Presented::ClientSecret(key()));
    assert_eq!(Presented::of_client(None), Presented::Unfit(RefusedToken::Missing));
    assert_eq!(Presented::of_client(Some("cut")), Presented::Unfit(RefusedToken::Malformed));
    // Only the other forms are looked at as access tokens.
    let expired = Presented::ExpiredAccessToken(TokenId(Uuid::from_u128(7)));
    let access = |text: &str| (text == "a.b.c").then(|| expired.clone());
    assert_eq!(Presented::of_header(Some("Bearer a.b.c"), access), expired);
    assert_eq!(Presented::of_header(Some("Bearer other"), access), Presented::Unfit(RefusedToken::Malformed));
}

#[test]
fn a_status_is_asked_for_in_words() {
    let range = |text: &str| text.parse::<StatusWanted>().map(|wanted| (wanted.from, wanted.to)).ok();
    assert_eq!(range("failed"), Some((400, 599)));
    assert_eq!(range("ok"), Some((100, 399)));
    assert_eq!(range("4xx"), Some((400, 499)));
    assert_eq!(range("409"), Some((409, 409)));
    for wrong in ["", "4x", "9xx", "99", "600", "-1", "xx"] {
        assert_eq!(range(wrong), None, "{wrong}");
    }
}

#[test]
fn the_least_id_of_a_moment_is_before_those_that_come_then() {
    let at = |milliseconds: u64| {
        let seconds = uuid::Timestamp::from_unix(
            uuid::NoContext,
            milliseconds / 1000,
            (milliseconds % 1000) as u32 * 1_000_000,
        );
        ChangeId(Uuid::new_v7(seconds))
    };
    for milliseconds in [0, 1, 1_700_000_000_123] {
        let least = least_id_at(Timestamp(milliseconds as i64));
        assert!(least <= at(milliseconds));
        assert!(least_id_at(Timestamp(milliseconds as i64 + 1)) > at(milliseconds));
    }
    assert_eq!(least_id_at(Timestamp(-1)), least_id_at(Timestamp(0)));
}

/// Any JSON in which secrets stand under the names that secrets have, and nowhere else.
fn json_with_secrets() -> impl Strategy<Value = Value> {
    let names =
        select(vec!["userName", "emails", "value", "type", "Operations", "title", "urn:a:2.0:User:x", "ü\""]);
    let secret_names = select(vec![
        "password",
        "Password",
        "urn:a:User:clientSecret",
        "api_key",
        "refreshToken",
        "x.passwd",
    ]);
    let plain = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\"\\\\]{0,6}".prop_map(Value::from)
    ];
    let secret = prop_oneof![
        secret_text().prop_map(Value::from),
        secret_text().prop_map(|text| json!([text])),
        secret_text().prop_map(|text| json!({"value": text})),
    ];
    let pair = (names, plain.clone());
    plain.prop_recursive(4, 40, 4, move |inner| {
        let secret_pair = (secret_names.clone(), secret.clone());
        let operation = (secret_names.clone(), secret.clone())
            .prop_map(|(path, value)| json!({"op": "replace", "path": path, "value": value}));
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            (vec((pair.0.clone(), inner.clone()), 0..4), proptest::option::of(secret_pair)).prop_map(
                |(members, secret)| {
                    Value::Object(members.into_iter().chain(secret).map(|(k, v)| (k.to_owned(), v)).collect())
                }
            ),
            operation,
            inner.prop_map(|value| Value::from(value.to_string())),
        ]
    })
}

fn secret_text() -> impl Strategy<Value = String> {
    // Not JSON by itself, so that a test can tell it from JSON inside of a text.
    "[a-z\\\\ ]{0,5}S3CR3T[a-z\"\\\\ ü]{0,5}"
}

fn secrets_in(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains("S3CR3T") => match serde_json::from_str(text) {
            Ok(inner) => secrets_in(&inner, found),
            Err(_) => found.push(text.clone()),
        },
        Value::Array(elements) => elements.iter().for_each(|element| secrets_in(element, found)),
        Value::Object(members) => members.values().for_each(|member| secrets_in(member, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_secret_ever_passes(body in json_with_secrets()) {
        let mut secrets = Vec::new();
        secrets_in(&body, &mut secrets);
        let quoting: Vec<String> = secrets.iter().map(|secret| format!("{secret:?} and {secret}")).collect();
        let mut exchange = exchange("POST", "/Users", body);
        exchange.status = 400;
        exchange.error_body = Some(json!({"detail": quoting.join(", ")}).to_string().into());
        exchange.user_agent = secrets.first().cloned();
        let (request, bodies) = exchange.record();
        let all = format!("{request:?}{bodies:?}");
        prop_assert!(!all.contains("S3CR3T"), "{all}");
    }

    #[test]
    fn any_bytes_can_be_logged(body: Vec<u8>, path in ".{0,40}", query in ".{0,40}", agent in ".{0,300}") {
        let mut exchange = exchange("GET", &path, Value::Null);
        exchange.request_body = SentBody::Here(body.clone());
        exchange.error_body = Some(body);
        exchange.query = vec![("filter".into(), query)];
        exchange.user_agent = Some(agent);
        let (request, _) = exchange.record();
        prop_assert!(request.user_agent.unwrap().len() < 260);
    }
}

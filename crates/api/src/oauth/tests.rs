//! What an access token is good for, and how a client shows who it is.

use actix_web::{http::header::AUTHORIZATION, test::TestRequest};
use base64::{Engine, engine::general_purpose::STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use rolecall_domain::{
    ids::TokenId,
    request_log::RefusedToken,
    testing::{NOW, NumberedIds},
    token_scope::TokenScope,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::oauth::{
    client::{ClientCredentials, Form},
    scope::Asked,
};

const OLD: &str = "the old key which has 32 bytes at least";
const NEW: &str = "the new key which has 32 bytes at least";

fn with(keys: &str) -> AccessTokens {
    AccessTokens::new(&SigningKeys::parse(keys).unwrap(), 3600)
}

fn acme() -> Parties {
    Parties::of("https://rolecall.test", "acme")
}

fn token() -> TokenId {
    TokenId(NumberedIds::nth(7))
}

fn issued(by: &AccessTokens) -> String {
    by.issue(acme(), token(), TokenScopes::ALL, None, Uuid::nil(), NOW).unwrap().text
}

fn good() -> Result<(TokenId, TokenScopes), Presented> {
    Ok((token(), TokenScopes::ALL))
}

fn part(text: &str, which: usize) -> Value {
    let encoded = text.split('.').nth(which).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap()
}

#[test]
fn an_access_token_says_what_rfc_9068_asks() {
    let text = issued(&with(NEW));
    assert_eq!(part(&text, 0), json!({"typ": "at+jwt", "alg": "HS256"}));
    let id = token().to_string();
    let now = NOW.0 / 1000;
    assert_eq!(
        part(&text, 1),
        json!({
            "iss": "https://rolecall.test/oauth/acme", "aud": "https://rolecall.test/scim/acme/v2",
            "sub": id, "client_id": id, "iat": now, "exp": now + 3600, "jti": Uuid::nil(),
            "scope": "users.read users.write groups.read groups.write",
        })
    );
}

#[test]
fn an_access_token_is_good_for_its_hour_and_in_its_organisation() {
    let keys = with(NEW);
    let text = issued(&keys);
    assert_eq!(keys.recognise(&acme(), &text, NOW), good());
    assert_eq!(keys.recognise(&acme(), &text, NOW.plus_seconds(3598)), good());
    let stale = Presented::ExpiredAccessToken(token());
    assert_eq!(keys.recognise(&acme(), &text, NOW.plus_seconds(3600)), Err(stale));
    let foreign = Presented::Unfit(RefusedToken::AccessTokenAudience);
    for (url, org) in [("https://rolecall.test", "globex"), ("https://other.test", "acme")] {
        assert_eq!(keys.recognise(&Parties::of(url, org), &text, NOW), Err(foreign.clone()));
    }
}

#[test]
fn an_access_token_lasts_no_longer_than_the_secret_token() {
    let until = Some(NOW.plus_seconds(90));
    let issued = with(NEW).issue(acme(), token(), TokenScopes::ALL, until, Uuid::nil(), NOW).unwrap();
    assert!((89..=90).contains(&issued.expires_in), "{}", issued.expires_in);
}

#[test]
fn an_access_token_is_good_for_what_it_was_issued_for() {
    let keys = with(NEW);
    for scopes in (0..=15).map(TokenScopes::from_bits) {
        let issued = keys.issue(acme(), token(), scopes, None, Uuid::nil(), NOW).unwrap();
        assert_eq!(part(&issued.text, 1)["scope"], json!(scopes.to_string()));
        assert_eq!(keys.recognise(&acme(), &issued.text, NOW), Ok((token(), scopes)));
    }
    // One of before there were several, and one of a version to come.
    assert_eq!(scope::claimed("scim"), TokenScopes::ALL);
    assert_eq!(scope::claimed("users.read devices.read"), TokenScopes::one(TokenScope::UsersRead));
}

fn granted(asked: Option<&str>, has: &[TokenScope]) -> Result<(String, String), String> {
    let granted = Asked::read(asked).and_then(|asked| asked.grant(has.iter().copied().collect()));
    granted.map(|(scopes, told)| (scopes.to_string(), told)).map_err(|failure| failure.to_string())
}

#[test]
fn a_client_is_given_what_it_asks_for_and_no_more_than_its_token_has() {
    const PEOPLE: &[TokenScope] = &[TokenScope::UsersWrite];
    let all = TokenScopes::ALL.to_string();
    for (asked, has, given, told) in [
        (None, &TokenScope::ALL[..], all.as_str(), all.as_str()),
        (Some("scim"), &TokenScope::ALL, &all, "scim"),
        (Some("openid scim"), &TokenScope::ALL, &all, "scim"),
        (None, PEOPLE, "users.read users.write", "users.read users.write"),
        (Some("scim"), PEOPLE, "users.read users.write", "users.read users.write"),
        (Some("users.write"), PEOPLE, "users.read users.write", "users.write"),
        (Some("users.read"), PEOPLE, "users.read", "users.read"),
        (
            Some("groups.read users.read"),
            &TokenScope::ALL,
            "users.read groups.read",
            "groups.read users.read",
        ),
    ] {
        assert_eq!(granted(asked, has), Ok((given.into(), told.into())), "{asked:?}");
    }
    for (asked, says) in [
        ("groups.read", "good for users.read users.write alone"),
        ("users.read groups.write", "good for users.read users.write alone"),
        ("mail", "groups.write, with blanks"),
        ("users.read mail", "groups.write, with blanks"),
        (" ", "groups.write, with blanks"),
    ] {
        let told = granted(Some(asked), PEOPLE).unwrap_err();
        // RFC 6749 §5.2
        assert!(
            told.contains(says) && told.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'),
            "{told}"
        );
    }
}

#[test]
fn a_new_key_signs_while_the_old_one_still_verifies() {
    let (before, between, after) = (with(OLD), with(&format!("{NEW}, {OLD}")), with(NEW));
    assert_eq!(between.recognise(&acme(), &issued(&before), NOW), good());
    assert_eq!(after.recognise(&acme(), &issued(&between), NOW), good());
    assert_eq!(after.recognise(&acme(), &issued(&before), NOW), Err(access_token::UNSIGNED));
}

#[test]
fn a_changed_access_token_or_one_of_another_algorithm_is_none() {
    let keys = with(NEW);
    let text = issued(&keys);
    let parts: Vec<&str> = text.split('.').collect();
    let encoded = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let mut claims = part(&text, 1);
    claims["sub"] = json!(NumberedIds::nth(8));
    let other_subject = encoded(&claims);
    let none = encoded(&json!({"typ": "at+jwt", "alg": "none"}));
    let hs512 = encoded(&json!({"typ": "at+jwt", "alg": "HS512"}));
    let rs256 = encoded(&json!({"typ": "at+jwt", "alg": "RS256"}));
    for changed in [
        format!("{}.{other_subject}.{}", parts[0], parts[2]),
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{hs512}.{}.{}", parts[1], parts[2]),
        format!("{rs256}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], &parts[2][..20]),
        "a.b.c".to_owned(),
        "..".to_owned(),
    ] {
        assert_eq!(keys.recognise(&acme(), &changed, NOW), Err(access_token::UNSIGNED), "{changed}");
    }
}

#[test]
fn a_jwt_of_another_kind_is_no_access_token_whoever_signed_it() {
    let keys = with(NEW);
    let claims = part(&issued(&keys), 1);
    let key = jsonwebtoken::EncodingKey::from_secret(NEW.as_bytes()).unwrap();
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    let text = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    assert_eq!(keys.recognise(&acme(), &text, NOW), Err(access_token::UNSIGNED));
}

#[test]
fn a_key_is_long_enough_and_does_not_print() {
    for short in ["", ",", "short", &format!("{NEW},short"), &format!("{NEW},")] {
        assert_eq!(SigningKeys::parse(short), None, "{short}");
    }
    assert_eq!(format!("{:?}", SigningKeys::parse(NEW)), "Some(***)");
}

fn read(form: &str, header: Option<&str>) -> Result<Option<ClientCredentials>, String> {
    let mut request = TestRequest::default();
    if let Some(header) = header {
        request = request.insert_header((AUTHORIZATION, header));
    }
    let form = Form::parse(form.as_bytes()).map_err(|failure| failure.to_string())?;
    client::read(&request.to_http_request(), &form).map_err(|failure| failure.to_string())
}

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

#[track_caller]
fn expect(found: Result<Option<ClientCredentials>, String>, id: &str, secret: &str) {
    let found = found.unwrap().expect("there are credentials");
    assert_eq!((found.id.as_str(), found.secret.as_str()), (id, secret));
}

#[test]
fn a_client_shows_who_it_is_in_the_header_or_in_the_form() {
    expect(read("client_id=entra&client_secret=rcs_1", None), "entra", "rcs_1");
    expect(read("", Some(&basic("entra:rcs_1"))), "entra", "rcs_1");
    // RFC 6749 §2.3.1: both halves are encoded as in a form before they are joined.
    expect(read("", Some(&basic("our+Entra%3A1:rcs%5F1"))), "our Entra:1", "rcs_1");
    expect(read("client_id=entra", Some(&basic("entra:rcs_1"))), "entra", "rcs_1");
    for (form, header) in [
        ("", None),
        ("client_id=entra", None),
        ("client_id=entra&client_secret=", None),
        ("", Some("Bearer rcs_1".to_owned())),
        ("", Some("Basic".to_owned())),
        ("", Some("Basic !".to_owned())),
        ("", Some(basic("without a colon"))),
    ] {
        assert!(read(form, header.as_deref()).unwrap().is_none(), "{form} {header:?}");
    }
}

#[test]
fn a_client_that_shows_it_twice_or_says_a_thing_twice_is_told_so() {
    let header = basic("entra:rcs_1");
    for (form, header, says) in [
        ("client_secret=rcs_1", Some(header.as_str()), "in one of them"),
        ("client_id=okta", Some(header.as_str()), "differ"),
        ("client_id=a&client_id=a", None, "more than once"),
    ] {
        let told = read(form, header).err().unwrap();
        assert!(told.contains(says), "{told}");
    }
}

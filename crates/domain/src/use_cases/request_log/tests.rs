//! Strangers are told apart for the administrator, and what a question finds is put together.

use serde_json::json;

use super::*;
use crate::{
    event::{Actor, Event, EventKind},
    ids::ConnectionId,
    ports::Kind,
    request_log::SentBody,
    secret::{Secret, SecretKind},
    testing::{
        MockTx, NumberedIds, ORG, THEN, a_connection, a_request, a_token, a_user, an_org, group_id,
        the_connection, user_id,
    },
};

fn stranger(slug: &str, presented: Presented) -> (Asker, LoggedRequest, LoggedBodies) {
    let mut request = a_request(NumberedIds::nth(1), THEN);
    (request.connection, request.status) = (None, 401);
    (Asker::Stranger { slug: slug.into(), presented }, request, LoggedBodies::default())
}

fn token(change: impl FnOnce(&mut Token)) -> Token {
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let mut token = Token { id: TokenId(NumberedIds::nth(7)), ..a_token("t", &secret) };
    change(&mut token);
    token
}

fn only_acme(tx: &mut MockTx) {
    tx.expect_find_org().returning(|slug| Ok((slug == "acme").then(|| an_org("acme"))));
}

fn explained(tx: &mut MockTx, presented: Presented) -> LoggedRequest {
    let mut entries = complete(tx, vec![stranger("acme", presented)]).unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0).1
}

#[test]
fn a_token_of_this_organisation_is_named_and_said_to_be_dead() {
    for (known, reason) in [
        (token(|token| token.revoked_at = Some(THEN)), RefusedToken::Revoked),
        (token(|token| token.expires_at = Some(THEN)), RefusedToken::Expired),
        (token(|_| {}), RefusedToken::Unknown),
    ] {
        let mut tx = MockTx::new();
        only_acme(&mut tx);
        let (hash, id) = (known.hash.clone(), known.id);
        tx.expect_find_token()
            .returning(move |_, _| Ok(Some((an_org("acme"), known.clone(), a_connection("default")))));
        let request = explained(&mut tx, Presented::Token(TokenKey::Hash(hash)));
        assert_eq!((request.refused, request.token), (Some(reason), Some(id)));
        assert_eq!(request.connection, Some(the_connection()));
    }
}

#[test]
fn what_was_wrong_with_an_access_token_or_a_client_is_told_and_the_token_named() {
    let (live, revoked) = (token(|_| {}), token(|token| token.revoked_at = Some(THEN)));
    let key = TokenKey::Id(live.id);
    for (known, presented, reason) in [
        (&live, Presented::ExpiredAccessToken(live.id), RefusedToken::AccessTokenExpired),
        (&revoked, Presented::Token(key), RefusedToken::Revoked),
        (&live, Presented::ClientSecret(TokenKey::Hash(live.hash.clone())), RefusedToken::ClientId),
        (&revoked, Presented::ClientSecret(TokenKey::Hash(live.hash.clone())), RefusedToken::Revoked),
    ] {
        let mut tx = MockTx::new();
        only_acme(&mut tx);
        let known = known.clone();
        tx.expect_find_token()
            .returning(move |_, _| Ok(Some((an_org("acme"), known.clone(), a_connection("default")))));
        let request = explained(&mut tx, presented);
        assert_eq!((request.refused, request.token), (Some(reason), Some(live.id)));
    }
}

#[test]
fn a_token_of_nobody_and_one_of_somebody_else_are_told_apart_and_looked_for_once() {
    for (exists, reason) in [(true, RefusedToken::OtherOrganisation), (false, RefusedToken::Unknown)] {
        let mut tx = MockTx::new();
        only_acme(&mut tx);
        tx.expect_find_token().returning(|_, _| Ok(None));
        tx.expect_token_exists().times(1).returning(move |_| Ok(exists));
        let presented = Presented::Token(TokenKey::Hash(token(|_| {}).hash));
        let entries =
            complete(&mut tx, vec![stranger("acme", presented.clone()), stranger("acme", presented)])
                .unwrap();
        for (org, request, _) in entries {
            assert_eq!((org, request.refused, request.token), (an_org("acme").id, Some(reason), None));
        }
    }
}

#[test]
fn a_flood_of_made_up_tokens_is_not_looked_for() {
    let mut tx = MockTx::new();
    only_acme(&mut tx);
    tx.expect_find_token().returning(|_, _| Ok(None));
    tx.expect_token_exists().times(MOST_LOOKED_FOR).returning(|_| Ok(false));
    let flood =
        (0..100).map(|n| stranger("acme", Presented::Token(TokenKey::Hash(SecretHash([n; 32]))))).collect();
    assert_eq!(complete(&mut tx, flood).unwrap().len(), 100);
}

#[test]
fn a_stranger_at_an_address_of_nobody_is_left_out() {
    let mut tx = MockTx::new();
    only_acme(&mut tx);
    let unfit = Presented::Unfit(RefusedToken::Missing);
    let entries =
        complete(&mut tx, vec![stranger("nowhere", unfit.clone()), stranger("acme", unfit)]).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].1.refused, Some(RefusedToken::Missing));
}

#[test]
fn what_a_request_does_not_name_is_called_what_the_directory_or_its_end_says() {
    let known = |status, method: &str, resource: Uuid| {
        let mut request = a_request(NumberedIds::nth(1), THEN);
        (request.kind, request.resource) = (Some(Kind::User), Some(resource));
        (request.status, request.method) = (status, method.to_owned());
        let id = NumberedIds::nth(9);
        let asker = Asker::Known { org: ORG, connection: ConnectionId(id), token: TokenId(id) };
        (asker, request, LoggedBodies::default())
    };
    let mut tx = MockTx::new();
    tx.expect_resource_names()
        .times(1)
        .returning(|_, _| Ok(vec![(user_id("ada").0, "ada@acme.test".into())]));
    tx.expect_events_of().times(1).returning(|_, change, _| {
        Ok(vec![Event {
            seq: 1,
            kind: EventKind::UserDeleted.as_str().into(),
            time: THEN,
            change_id: change,
            actor: Actor::Operator,
            user_id: None,
            group_id: None,
            workspace_id: None,
            mapping_id: None,
            old_role: None,
            new_role: None,
            subject: Some("grace@acme.test".into()),
            former_id: None,
            app_id: None,
            changed: None,
        }])
    });
    let recorded = vec![
        known(200, "GET", user_id("ada").0),
        known(204, "DELETE", user_id("grace").0),
        known(404, "DELETE", user_id("nobody").0),
    ];
    let entries = complete(&mut tx, recorded).unwrap();
    let names: Vec<Option<&str>> = entries.iter().map(|(_, request, _)| request.name.as_deref()).collect();
    assert_eq!(names, [Some("ada@acme.test"), Some("grace@acme.test"), None]);
}

#[test]
fn a_person_is_found_by_id_and_by_name_newest_first() {
    let mut tx = MockTx::new();
    let ada = a_user("ada");
    tx.expect_find_user_by_name().returning(move |_, key| Ok((key == "ada@acme.test").then(|| ada.clone())));
    tx.expect_find_groups_by_name().returning(|_, _| Ok(Vec::new()));
    let request = |n| a_request(NumberedIds::nth(n), THEN);
    tx.expect_list_requests().returning(move |_, filter, _, _| {
        Ok(match (&filter.resource, &filter.name_key) {
            (Some(id), None) if *id == user_id("ada").0 => vec![request(4), request(3), request(1)],
            (None, Some(key)) if key == "ada@acme.test" => vec![request(3), request(2)],
            other => panic!("{other:?}"),
        })
    });
    let question = Question { about: Some("Ada@acme.test".into()), ..Question::default() };
    let found = search(&mut tx, ORG, &question, None, 3).unwrap();
    let ids: Vec<Uuid> = found.into_iter().map(|request| request.id.0).collect();
    assert_eq!(ids, [4, 3, 2].map(NumberedIds::nth));
}

#[test]
fn a_token_is_found_by_id_or_name_and_an_unknown_one_finds_nothing() {
    let mut tx = MockTx::new();
    tx.expect_list_tokens().returning(|_| Ok(vec![token(|_| {})]));
    tx.expect_list_requests()
        .times(2)
        .withf(|_, filter, _, _| filter.token == Some(TokenId(NumberedIds::nth(7))))
        .returning(|_, _, _, _| Ok(vec![a_request(NumberedIds::nth(1), THEN)]));
    let mut found = |given: &str| {
        let question = Question { token: Some(given.into()), ..Question::default() };
        search(&mut tx, ORG, &question, None, 9).unwrap().len()
    };
    assert_eq!((found("t"), found(&NumberedIds::nth(7).to_string()), found("u")), (1, 1, 0));
}

#[test]
fn redacting_keeps_who_asked() {
    let exchange = Exchange {
        id: ChangeId(NumberedIds::nth(1)),
        at: THEN,
        asker: Asker::Stranger { slug: "acme".into(), presented: Presented::Unfit(RefusedToken::Missing) },
        method: "POST".into(),
        path: format!("/Groups/{}", group_id("Sales")),
        query: Vec::new(),
        status: 401,
        duration_us: 1,
        peer: None,
        forwarded_for: None,
        user_agent: None,
        location: None,
        request_body: SentBody::Here(json!({"password": "hunter22"}).to_string().into_bytes()),
        error_body: None,
        remark: None,
    };
    let (asker, request, bodies) = redact(vec![exchange]).remove(0);
    assert!(matches!(asker, Asker::Stranger { slug, .. } if slug == "acme"));
    assert_eq!(request.resource, Some(group_id("Sales").0));
    assert_eq!(bodies.request.as_deref(), Some(r#"{"password":"***"}"#));
}

//! What an administrator can rely on who gives a setup link away.

use super::*;
use crate::{
    event::EventKind::{SetupLinkCreated, SetupLinkOpened, SetupLinkRevoked, TokenRevoked},
    ids::ConnectionId,
    request_log::RefusedToken,
    testing::*,
};

fn a_secret() -> Secret {
    Secret::new(SecretKind::ConnectLink, [7; 32])
}

fn a_link() -> ConnectLink {
    a_connect_link("Bob", &a_secret())
}

fn a_store_with(link: ConnectLink) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_find_connect_link().returning(move |org, hash| {
        Ok((org == ORG && link.hash == *hash)
            .then(|| (an_org("acme"), a_connection("default"), link.clone())))
    });
    tx
}

fn came_by(link: ConnectLink, presented: &str) -> Result<Guest, DeadLink> {
    recognise(&mut a_store_with(link), ORG, presented, NOW).unwrap()
}

#[test]
fn a_link_works_until_it_expires_or_is_revoked_and_says_which() {
    let secret = a_secret();
    let guest = came_by(a_link(), secret.reveal()).unwrap();
    assert_eq!((guest.org.slug.as_str(), guest.link), ("acme", a_link()));
    let expired = ConnectLink { expires_at: NOW, ..a_link() };
    assert_eq!(came_by(expired, secret.reveal()), Err(DeadLink::Expired { at: NOW }));
    let revoked = ConnectLink { revoked_at: Some(THEN), ..a_link() };
    assert_eq!(came_by(revoked, secret.reveal()), Err(DeadLink::Revoked));
    let other = Secret::new(SecretKind::ConnectLink, [8; 32]);
    // A link of an administrator, or a token, is no setup link.
    let set_up = Secret::new(SecretKind::SetUpLink, [7; 32]);
    for presented in [other.reveal(), set_up.reveal(), "", "rcw_short"] {
        assert_eq!(came_by(a_link(), presented), Err(DeadLink::Unknown), "{presented}");
    }
}

#[test]
fn a_link_is_for_somebody_to_one_connection_and_for_a_time() {
    let make = |name: &str, connection: &str, expires_at| {
        let mut tx = MockTx::new();
        tx.expect_find_connection().returning(|_, name| Ok((name == "default").then(the_connection)));
        tx.expect_insert_connect_link().returning(|_, _| Ok(()));
        let watched = tx.watch();
        let made = create(&mut tx, &an_act(), connection, name, &a_secret(), expires_at);
        (made, watched.kinds())
    };
    let (made, told) = make(" Bob ", "default", None);
    let made = made.unwrap();
    assert_eq!((made.name.as_str(), made.connection), ("Bob", the_connection()));
    assert_eq!((made.expires_at, told), (NOW.plus_days(DEFAULT_DAYS), vec![SetupLinkCreated]));
    assert!(!made.hint.is_empty() && made.hash == a_secret().hash());
    assert_eq!(make(" ", "default", None).0, Err(ConnectLinkError::BadName));
    assert_eq!(
        make("Bob", "okta", None).0,
        Err(ConnectLinkError::UnknownConnection { given: "okta".into() })
    );
    for given in [NOW, NOW.plus_days(MOST_DAYS + 1)] {
        assert_eq!(make("Bob", "default", Some(given)), (Err(ConnectLinkError::BadExpiry { given }), vec![]));
    }
}

#[test]
fn the_first_opening_is_an_event_and_a_revocation_is() {
    for (opened_at, told) in [(None, vec![SetupLinkOpened]), (Some(THEN), vec![])] {
        let guest = came_by(ConnectLink { opened_at, ..a_link() }, a_secret().reveal()).unwrap();
        let mut tx = MockTx::new();
        tx.expect_touch_connect_link().times(1).returning(|_, _, _| Ok(()));
        let watched = tx.watch();
        note_opened(&mut tx, &an_act(), &guest).unwrap();
        assert_eq!(watched.kinds(), told);
    }
    let mut tx = MockTx::new();
    let id = a_link().id;
    tx.expect_revoke_connect_link().returning(move |_, given, _| Ok(given == id));
    let watched = tx.watch();
    revoke(&mut tx, &an_act(), &id.to_string()).unwrap();
    assert_eq!(watched.kinds(), [SetupLinkRevoked]);
    for given in ["nothing", "01a00000-0000-7000-8000-000000000001"] {
        assert_eq!(
            revoke(&mut tx, &an_act(), given),
            Err(ConnectLinkError::Unknown { given: given.to_owned() })
        );
    }
}

fn another_connection() -> ConnectionId {
    ConnectionId(NumberedIds::nth(900))
}

#[test]
fn a_guest_revokes_tokens_of_its_own_connection_alone() {
    let token = |name: &str, byte| a_token(name, &Secret::new(SecretKind::Scim, [byte; 32]));
    let own = token("own", 1);
    let other =
        Token { id: TokenId(NumberedIds::nth(901)), connection: another_connection(), ..token("other", 2) };
    let mut tx = MockTx::new();
    let all = vec![own.clone(), other.clone()];
    tx.expect_list_tokens().returning(move |_| Ok(all.clone()));
    let id = own.id;
    tx.expect_revoke_token().withf(move |_, given, _| *given == id).times(1).returning(|_, _, _| Ok(true));
    let watched = tx.watch();
    revoke_token(&mut tx, &an_act(), the_connection(), &own.id.to_string()).unwrap();
    for given in [other.id.to_string(), "nothing".to_owned()] {
        let refused = revoke_token(&mut tx, &an_act(), the_connection(), &given);
        assert_eq!(refused, Err(SecretError::Unknown { kind: "token", given }));
    }
    assert_eq!(watched.kinds(), [TokenRevoked]);
}

#[test]
fn a_guest_sees_the_requests_of_its_connection_and_those_of_nobody() {
    let request = |number, connection, token: Option<u64>, refused| LoggedRequest {
        connection,
        token: token.map(|token| TokenId(NumberedIds::nth(token))),
        refused,
        ..a_request(NumberedIds::nth(number), NOW)
    };
    let (own, other) = (Some(the_connection()), Some(another_connection()));
    let at_token_endpoint =
        |request| LoggedRequest { path: "/oauth/acme/token".into(), status: 400, ..request };
    for (seen, request) in [
        // What showed no token is nobody's; at another address it is nothing to be mended here.
        (true, at_token_endpoint(request(7, None, None, None))),
        (false, at_token_endpoint(request(8, other, Some(11), None))),
        (false, LoggedRequest { status: 404, ..request(9, None, None, None) }),
        (true, request(1, own, Some(10), None)),
        (true, request(2, own, Some(10), Some(RefusedToken::Revoked))),
        (true, request(3, None, None, Some(RefusedToken::OtherOrganisation))),
        (false, request(4, other, Some(11), None)),
        (false, request(5, other, Some(11), Some(RefusedToken::Expired))),
        (false, request(6, None, Some(11), Some(RefusedToken::Expired))),
    ] {
        let mut tx = MockTx::new();
        tx.expect_list_tokens()
            .returning(|_| Ok(vec![a_token("own", &Secret::new(SecretKind::Scim, [1; 32]))]));
        let (row, all) = (request.clone(), vec![request.clone()]);
        // Twice the same, once by its token and once as a failure: it is shown once.
        tx.expect_list_requests().returning(move |_, _, _, _| Ok(all.clone()));
        tx.expect_find_request()
            .returning(move |_, id| Ok((id == row.id).then(|| (row.clone(), LoggedBodies::default()))));
        let listed = requests_of(&mut tx, ORG, the_connection(), 10).unwrap();
        assert_eq!(listed.len(), usize::from(seen), "{request:?}");
        let found = find_request(&mut tx, ORG, the_connection(), request.id).unwrap();
        assert_eq!(found.is_some(), seen, "{request:?}");
    }
}

#[test]
fn a_connection_is_last_heard_of_by_whichever_token_spoke_last() {
    let tokens = [1, 2].map(|number| Token {
        id: TokenId(NumberedIds::nth(number)),
        ..a_token("entra", &Secret::new(SecretKind::Scim, [1; 32]))
    });
    let mut tx = MockTx::new();
    tx.expect_list_requests().returning(|_, filter, _, limit| {
        assert_eq!(limit, 1);
        let by_the_first = filter.token == Some(TokenId(NumberedIds::nth(1)));
        let mut request = a_request(NumberedIds::nth(if by_the_first { 20 } else { 10 }), NOW);
        request.status = if by_the_first { 401 } else { 200 };
        Ok(vec![request])
    });
    let last = last_heard(&mut tx, ORG, &tokens).unwrap().unwrap();
    assert_eq!(last.status, 401, "refused is heard of, too");
    assert_eq!(last_heard(&mut tx, ORG, &[]).unwrap(), None);
}

//! What an administrator can rely on about who is let in.

use super::*;
use crate::{event::EventKind::*, ports::Entropy, testing::*, token_scope::TokenScope};

fn a_secret(kind: SecretKind) -> Secret {
    Secret::new(kind, FixedEntropy([7; 32]).bytes())
}

fn key(secret: &Secret) -> TokenKey {
    TokenKey::Hash(secret.hash())
}

/// A store in which `acme` has this token.
fn a_store_with(token: Token) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_find_token().returning(move |org, key| {
        let asked = match key {
            TokenKey::Hash(hash) => token.hash == *hash,
            TokenKey::Id(id) => token.id == *id,
        };
        Ok((org == "acme" && asked).then(|| (an_org("acme"), token.clone(), a_connection("default"))))
    });
    tx
}

fn a_store_with_key(key: ApiKey) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_find_api_key()
        .returning(move |hash| Ok((key.hash == *hash).then(|| (an_org("acme"), key.clone()))));
    tx
}

#[test]
fn a_live_token_opens_its_organisation_for_its_connection() {
    let secret = a_secret(SecretKind::Scim);
    let token = a_token("entra", &secret);
    for expires_at in [None, Some(NOW.plus_seconds(1))] {
        let mut tx = a_store_with(Token { expires_at, ..token.clone() });
        let caller = recognise_idp(&mut tx, "acme", &key(&secret), NOW).unwrap().unwrap();
        assert_eq!(
            (caller.org.clone(), (*caller.connection).clone(), caller.token),
            (an_org("acme"), a_connection("default"), token.id)
        );
        // As an access token names it.
        assert_eq!(recognise_idp(&mut tx, "acme", &TokenKey::Id(token.id), NOW), Ok(Some(caller)));
    }
}

#[test]
fn a_client_shows_the_secret_of_a_token_and_its_id_or_name() {
    let secret = a_secret(SecretKind::Scim);
    let until = Some(NOW.plus_seconds(9));
    let token = Token { expires_at: until, ..a_token("entra", &secret) };
    let mut tx = a_store_with(token.clone());
    for id in [token.id.to_string().as_str(), "entra"] {
        let client = recognise_client(&mut tx, "acme", id, secret.reveal(), NOW).unwrap().unwrap();
        assert_eq!((client.caller.token, client.expires_at), (token.id, until));
    }
    for id in ["", "okta", secret.reveal(), "ENTRA"] {
        assert_eq!(recognise_client(&mut tx, "acme", id, secret.reveal(), NOW), Ok(None), "{id}");
    }
}

// scim: 194
#[test]
fn a_token_that_is_expired_or_revoked_or_of_another_organisation_opens_nothing() {
    let secret = a_secret(SecretKind::Scim);
    let live = a_token("entra", &secret);
    for (org, token) in [
        ("acme", Token { expires_at: Some(NOW), ..live.clone() }),
        ("acme", Token { expires_at: Some(THEN), ..live.clone() }),
        ("acme", Token { revoked_at: Some(THEN), ..live.clone() }),
        ("acme", Token { revoked_at: Some(THEN), expires_at: Some(NOW.plus_days(1)), ..live.clone() }),
        ("other", live.clone()),
    ] {
        let (name, id) = (token.name.clone(), TokenKey::Id(token.id));
        let mut tx = a_store_with(token.clone());
        assert_eq!(recognise_idp(&mut tx, org, &key(&secret), NOW), Ok(None), "{org} {token:?}");
        assert_eq!(recognise_idp(&mut tx, org, &id, NOW), Ok(None), "{org} {token:?}");
        assert_eq!(recognise_client(&mut tx, org, &name, secret.reveal(), NOW), Ok(None), "{org} {token:?}");
    }
}

#[test]
fn a_store_that_answers_with_another_token_is_not_believed() {
    let mut tx = MockTx::new();
    let other = a_token("entra", &Secret::new(SecretKind::Scim, [8; 32]));
    tx.expect_find_token()
        .returning(move |_, _| Ok(Some((an_org("acme"), other.clone(), a_connection("default")))));
    assert_eq!(recognise_idp(&mut tx, "acme", &key(&a_secret(SecretKind::Scim)), NOW), Ok(None));
    assert_eq!(recognise_idp(&mut tx, "acme", &TokenKey::Id(TokenId(NumberedIds::nth(99))), NOW), Ok(None));
    let mut tx = MockTx::new();
    let other = an_api_key("ci", OrgRole::Owner, &Secret::new(SecretKind::ApiKey, [8; 32]));
    tx.expect_find_api_key().returning(move |_| Ok(Some((an_org("acme"), other.clone()))));
    assert_eq!(recognise_admin(&mut tx, &a_secret(SecretKind::ApiKey).hash(), NOW), Ok(None));
}

#[test]
fn what_cannot_be_a_token_is_refused_without_asking_the_store() {
    let (scim, key) = (a_secret(SecretKind::Scim), a_secret(SecretKind::ApiKey));
    let half = &scim.reveal()[..30];
    let mut tx = MockTx::new();
    for presented in ["", "wrong", half, key.reveal(), &scim.reveal().to_uppercase()] {
        assert_eq!(TokenKey::of_secret(presented), None, "{presented}");
        assert_eq!(recognise_client(&mut tx, "acme", "entra", presented, NOW), Ok(None), "{presented}");
    }
    assert_eq!(SecretHash::of_presented(SecretKind::ApiKey, scim.reveal()), None);
}

#[test]
fn an_api_key_names_its_organisation_and_role_until_it_is_expired_or_revoked() {
    let secret = a_secret(SecretKind::ApiKey);
    let live = an_api_key("ci", OrgRole::Admin, &secret);
    let mut tx = a_store_with_key(live.clone());
    let caller = recognise_admin(&mut tx, &secret.hash(), NOW).unwrap().unwrap();
    assert_eq!(caller, AdminCaller { org: an_org("acme"), key: live.id, role: OrgRole::Admin });
    for dead in
        [ApiKey { expires_at: Some(NOW), ..live.clone() }, ApiKey { revoked_at: Some(THEN), ..live.clone() }]
    {
        assert_eq!(recognise_admin(&mut a_store_with_key(dead), &secret.hash(), NOW), Ok(None));
    }
}

// scim: 194
#[test]
fn of_a_new_secret_only_the_hash_and_the_last_four_characters_are_kept() {
    let (scim, key) = (a_secret(SecretKind::Scim), a_secret(SecretKind::ApiKey));
    let mut tx = MockTx::new();
    tx.expect_find_connection()
        .withf(|org, name| *org == ORG && name == "default")
        .returning(|_, _| Ok(Some(the_connection())));
    tx.expect_insert_token().withf(|org, _| *org == ORG).times(1).returning(|_, _| Ok(()));
    tx.expect_insert_api_key().withf(|org, _| *org == ORG).times(1).returning(|_, _| Ok(()));
    let watched = tx.watch();
    let expiry = Some(NOW.plus_days(90));

    let token =
        create_token(&mut tx, &an_act(), "default", " entra ", TokenScopes::ALL, &scim, expiry).unwrap();
    let made = create_api_key(&mut tx, &an_act(), " ci ", OrgRole::Owner, &key, expiry).unwrap();
    assert_eq!((token.name.as_str(), made.name.as_str()), ("entra", "ci"));
    assert_eq!((token.expires_at, made.expires_at), (expiry, expiry));
    assert_eq!((token.created_at, made.created_at), (NOW, NOW));
    assert_eq!(watched.kinds(), [TokenCreated, ApiKeyCreated]);
    for (kept, secret) in [(format!("{token:?}"), &scim), (format!("{made:?}"), &key)] {
        assert!(!kept.contains(&secret.reveal()[4..secret.reveal().len() - 4]));
        assert!(secret.reveal().ends_with(&secret.hint()) && secret.hint().len() == 4);
    }
    assert!(!format!("{:?}", watched.events()).contains(&scim.reveal()[4..20]));
}

#[test]
fn a_secret_needs_a_name_a_connection_and_a_role_that_can_do_something() {
    let (scim, key) = (a_secret(SecretKind::Scim), a_secret(SecretKind::ApiKey));
    let mut tx = MockTx::new();
    tx.expect_find_connection().returning(|_, _| Ok(None));
    for name in ["", "  ", &"x".repeat(101)] {
        assert_eq!(
            create_token(&mut tx, &an_act(), "default", name, TokenScopes::ALL, &scim, None),
            Err(SecretError::BadName)
        );
        let answer = create_api_key(&mut tx, &an_act(), name, OrgRole::Admin, &key, None);
        assert_eq!(answer, Err(SecretError::BadName));
    }
    assert_eq!(
        create_token(&mut tx, &an_act(), "okta", "entra", TokenScopes::ALL, &scim, None),
        Err(SecretError::UnknownConnection { given: "okta".into() })
    );
    let answer = create_api_key(&mut tx, &an_act(), "ci", OrgRole::Member, &key, None);
    assert_eq!(answer, Err(SecretError::BadRole));
}

#[test]
fn a_token_is_good_for_what_was_said_and_says_so_in_its_event() {
    let scim = a_secret(SecretKind::Scim);
    let mut tx = MockTx::new();
    tx.expect_find_connection().returning(|_, _| Ok(Some(the_connection())));
    tx.expect_insert_token()
        .withf(|_, token| token.scopes.to_string() == "groups.read")
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    let reads = TokenScopes::one(TokenScope::GroupsRead);
    let token = create_token(&mut tx, &an_act(), "default", "reader", reads, &scim, None).unwrap();
    let said = watched.events()[0].changed.clone().unwrap();
    assert_eq!((said.before.len(), &said.after["scopes"]), (0, &json!(["groups.read"])));
    let caller = recognise_idp(&mut a_store_with(token), "acme", &key(&scim), NOW).unwrap().unwrap();
    assert_eq!(caller.scopes, reads);
    let nothing = create_token(&mut tx, &an_act(), "default", "none", TokenScopes::NONE, &scim, None);
    assert_eq!(nothing, Err(SecretError::NoScope));
}

#[test]
fn revoking_says_so_once_and_names_what_is_not_there() {
    let id = NumberedIds::nth(5).to_string();
    let mut tx = MockTx::new();
    tx.expect_revoke_token()
        .withf(|org, id, now| (*org, id.0, *now) == (ORG, NumberedIds::nth(5), NOW))
        .returning(|_, _, _| Ok(true));
    tx.expect_revoke_api_key()
        .withf(|org, id, now| (*org, id.0, *now) == (ORG, NumberedIds::nth(5), NOW))
        .returning(|_, _, _| Ok(true));
    let watched = tx.watch();
    revoke_token(&mut tx, &an_act(), &id).unwrap();
    revoke_api_key(&mut tx, &an_act(), &id).unwrap();
    assert_eq!(watched.kinds(), [TokenRevoked, ApiKeyRevoked]);

    let mut tx = MockTx::new();
    tx.expect_revoke_token().times(1).returning(|_, _, _| Ok(false));
    tx.expect_revoke_api_key().times(1).returning(|_, _, _| Ok(false));
    for given in [id.as_str(), "entra"] {
        let unknown = |kind| SecretError::Unknown { kind, given: given.to_owned() };
        assert_eq!(revoke_token(&mut tx, &an_act(), given), Err(unknown("token")));
        assert_eq!(revoke_api_key(&mut tx, &an_act(), given), Err(unknown("API key")));
    }
}

//! What an organisation can rely on about who signs in to its console.

use super::*;
use crate::{event::EventKind::*, testing::*};

const PASSWORD: &str = "correct horse battery";

fn a_hash(password: &str) -> PasswordHash {
    PasswordHash::new(password, "", [7; 16]).unwrap()
}

fn ada() -> Administrator {
    Administrator {
        password: Some(a_hash(PASSWORD)),
        ..an_administrator("ada@acme.example", AdminRole::Owner)
    }
}

fn a_secret(kind: SecretKind) -> Secret {
    Secret::new(kind, [7; 32])
}

/// A store in which `acme` has this administrator.
fn a_store_with(administrator: &Administrator) -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_find_org().returning(|slug| Ok((slug == "acme").then(|| an_org("acme"))));
    let known = administrator.clone();
    tx.expect_find_administrator_by_email()
        .returning(move |org, key| Ok((org == ORG && key == fold(&known.email)).then(|| known.clone())));
    let known = administrator.clone();
    tx.expect_find_administrator()
        .returning(move |org, id| Ok((org == ORG && id == known.id).then(|| known.clone())));
    tx
}

fn admitted(administrator: &Administrator, org: &str, email: &str, password: &str) -> Option<Admitted> {
    candidate(&mut a_store_with(administrator), org, email).unwrap().admit(password)
}

#[test]
fn the_right_address_and_password_are_admitted_and_nothing_else_is() {
    assert!(admitted(&ada(), "acme", " ADA@acme.example ", PASSWORD).is_some());
    let without = Administrator { password: None, ..ada() };
    let shut_out = Administrator { disabled_at: Some(THEN), ..ada() };
    for (who, org, email, password) in [
        (&ada(), "acme", "ada@acme.example", "wrong"),
        (&ada(), "acme", "ada@acme.example", ""),
        (&ada(), "other", "ada@acme.example", PASSWORD),
        (&ada(), "acme", "eve@acme.example", PASSWORD),
        (&without, "acme", "ada@acme.example", ""),
        (&shut_out, "acme", "ada@acme.example", PASSWORD),
    ] {
        assert!(admitted(who, org, email, password).is_none(), "{who:?} {org} {email}");
    }
}

#[test]
fn a_session_begins_if_the_password_is_still_the_one_that_was_tried() {
    let admitted = admitted(&ada(), "acme", "ada@acme.example", PASSWORD).unwrap();
    let mut tx = a_store_with(&ada());
    tx.expect_delete_admin_sessions_of()
        .withf(|_, _, until| *until == Some(NOW))
        .times(1)
        .returning(|_, _, _| Ok(0));
    tx.expect_insert_admin_session().times(1).returning(|_, _| Ok(()));
    tx.expect_update_administrator()
        .withf(|_, administrator| administrator.signed_in_at == Some(NOW))
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    let session = start_session(&mut tx, &an_act(), &admitted, &a_secret(SecretKind::Session)).unwrap();
    assert_eq!((session.administrator, session.expires_at), (ada().id, NOW.plus_seconds(SESSION_SECONDS)));
    assert_eq!(watched.kinds(), [AdministratorSignedIn]);

    for changed in [
        Administrator { password: Some(a_hash("another password")), ..ada() },
        Administrator { disabled_at: Some(NOW), ..ada() },
    ] {
        let mut tx = a_store_with(&changed);
        let refused = start_session(&mut tx, &an_act(), &admitted, &a_secret(SecretKind::Session));
        assert_eq!(refused, Err(AdministratorError::Refused));
    }
}

#[test]
fn a_session_is_recognised_until_it_ends_or_its_owner_is_shut_out() {
    let secret = a_secret(SecretKind::Session);
    let recognised = |administrator: Administrator, expires_at, presented: &str| {
        let mut tx = MockTx::new();
        let session = AdminSession {
            hash: a_secret(SecretKind::Session).hash(),
            administrator: administrator.id,
            created_at: THEN,
            expires_at,
        };
        tx.expect_find_admin_session().returning(move |org, hash| {
            let found = org == ORG && *hash == session.hash;
            Ok(found.then(|| (an_org("acme"), administrator.clone(), session.clone())))
        });
        recognise(&mut tx, ORG, presented, NOW).unwrap()
    };
    let later = NOW.plus_seconds(1);
    let signed_in = recognised(ada(), later, secret.reveal()).unwrap();
    assert_eq!((signed_in.org, signed_in.administrator), (an_org("acme"), ada()));
    assert_eq!(recognised(ada(), NOW, secret.reveal()), None);
    assert_eq!(recognised(Administrator { disabled_at: Some(THEN), ..ada() }, later, secret.reveal()), None);
    assert_eq!(recognised(ada(), later, "rcx_guess"), None);
    assert_eq!(recognised(ada(), later, a_secret(SecretKind::Scim).reveal()), None);
}

/// A store with a live link, for somebody or for whoever comes first.
fn a_store_with_link(administrator: Option<&Administrator>, expires_at: Timestamp) -> MockTx {
    let mut tx = a_store_with(administrator.unwrap_or(&ada()));
    let link = SetUpLink {
        hash: a_secret(SecretKind::SetUpLink).hash(),
        administrator: administrator.map(|administrator| administrator.id),
        role: AdminRole::Owner,
        created_at: THEN,
        expires_at,
    };
    tx.expect_find_set_up_link()
        .returning(move |org, hash| Ok((org == ORG && *hash == link.hash).then(|| link.clone())));
    tx
}

fn use_link(tx: &mut MockTx, email: &str) -> Result<Administrator, AdministratorError> {
    let (link, session) = (a_secret(SecretKind::SetUpLink), a_secret(SecretKind::Session));
    set_up(tx, &an_act(), "acme", link.reveal(), email, &a_hash(PASSWORD), &session).map(|made| made.0)
}

#[test]
fn the_first_link_makes_an_owner_once() {
    let mut tx = a_store_with_link(None, NOW.plus_days(1));
    tx.expect_delete_set_up_link().times(1).returning(|_, _| Ok(true));
    tx.expect_insert_administrator().times(1).returning(|_, _| Ok(()));
    tx.expect_delete_admin_sessions_of().returning(|_, _, _| Ok(0));
    tx.expect_insert_admin_session().times(1).returning(|_, _| Ok(()));
    tx.expect_update_administrator().returning(|_, _| Ok(()));
    let watched = tx.watch();
    let made = use_link(&mut tx, " grace@acme.example ").unwrap();
    assert_eq!((made.email.as_str(), made.role), ("grace@acme.example", AdminRole::Owner));
    assert_eq!(watched.kinds(), [AdministratorCreated, AdministratorSignedIn]);

    let mut used = a_store_with_link(None, NOW.plus_days(1));
    used.expect_delete_set_up_link().returning(|_, _| Ok(false));
    assert_eq!(use_link(&mut used, "grace@acme.example"), Err(AdministratorError::DeadLink));
    let mut late = a_store_with_link(None, NOW);
    assert_eq!(use_link(&mut late, "grace@acme.example"), Err(AdministratorError::DeadLink));
    let shut_out = Administrator { disabled_at: Some(THEN), ..ada() };
    let mut shut_out = a_store_with_link(Some(&shut_out), NOW.plus_days(1));
    assert_eq!(use_link(&mut shut_out, ""), Err(AdministratorError::DeadLink));
}

#[test]
fn a_link_for_somebody_sets_the_password_and_ends_older_sessions() {
    let mut tx = a_store_with_link(Some(&ada()), NOW.plus_days(1));
    tx.expect_delete_set_up_link().times(1).returning(|_, _| Ok(true));
    tx.expect_delete_admin_sessions_of()
        .withf(|_, _, until| until.is_none())
        .times(1)
        .returning(|_, _, _| Ok(2));
    tx.expect_delete_admin_sessions_of().returning(|_, _, _| Ok(0));
    tx.expect_insert_admin_session().times(1).returning(|_, _| Ok(()));
    tx.expect_update_administrator()
        .withf(|_, administrator| administrator.password == Some(a_hash(PASSWORD)))
        .times(2)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    assert_eq!(use_link(&mut tx, "whatever").unwrap().email, "ada@acme.example");
    assert_eq!(watched.kinds(), [AdministratorReset, AdministratorSignedIn]);
}

#[test]
fn an_address_that_is_none_or_taken_is_refused() {
    for given in ["", "ada", "@acme.example", "ada@", "a da@acme.example", "a@b@c", "ada@acme.example\n.x y"]
    {
        let refused = create(&mut MockTx::new(), &an_act(), given, AdminRole::Admin, None);
        assert_eq!(refused, Err(AdministratorError::BadEmail { given: given.into() }));
    }
    let mut tx = MockTx::new();
    tx.expect_insert_administrator().returning(|_, _| Err(StoreError::Taken(Unique::AdministratorEmail)));
    let refused = create(&mut tx, &an_act(), "ada@acme.example", AdminRole::Admin, None);
    assert_eq!(refused, Err(AdministratorError::Taken { email: "ada@acme.example".into() }));
}

#[test]
fn the_last_owner_stays_one() {
    let grace = |changed: Administrator| Administrator {
        id: an_administrator("grace@acme.example", AdminRole::Owner).id,
        email: "grace@acme.example".into(),
        ..changed
    };
    for other in [
        grace(Administrator { role: AdminRole::Admin, ..ada() }),
        grace(Administrator { disabled_at: Some(THEN), ..ada() }),
        grace(Administrator { password: None, ..ada() }),
    ] {
        let mut tx = a_store_with(&ada());
        tx.expect_list_administrators().returning(move |_| Ok(vec![ada(), other.clone()]));
        let last = Err(AdministratorError::LastOwner { email: ada().email });
        assert_eq!(disable(&mut tx, &an_act(), "ada@acme.example"), last);
        assert_eq!(change_role(&mut tx, &an_act(), &ada().id.to_string(), AdminRole::Auditor), last);
    }
}

#[test]
fn who_is_shut_out_loses_sessions_and_links() {
    let mut tx = a_store_with(&ada());
    tx.expect_list_administrators().returning(|_| {
        Ok(vec![ada(), Administrator { id: an_administrator("grace", AdminRole::Owner).id, ..ada() }])
    });
    tx.expect_delete_set_up_links_of().times(1).returning(|_, _| Ok(()));
    tx.expect_delete_admin_sessions_of().times(1).returning(|_, _, _| Ok(1));
    tx.expect_update_administrator()
        .withf(|_, administrator| administrator.disabled_at == Some(NOW))
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    disable(&mut tx, &an_act(), "ada@acme.example").unwrap();
    assert_eq!(watched.kinds(), [AdministratorDisabled]);
    let unknown = disable(&mut a_store_with(&ada()), &an_act(), "eve@acme.example");
    assert_eq!(unknown, Err(AdministratorError::Unknown { given: "eve@acme.example".into() }));
}

#[test]
fn a_reset_takes_password_sessions_and_links_away() {
    let mut tx = a_store_with(&ada());
    tx.expect_delete_set_up_links_of().times(1).returning(|_, _| Ok(()));
    tx.expect_delete_admin_sessions_of().times(1).returning(|_, _, _| Ok(1));
    tx.expect_update_administrator()
        .withf(|_, administrator| administrator.password.is_none())
        .times(1)
        .returning(|_, _| Ok(()));
    let watched = tx.watch();
    assert_eq!(reset(&mut tx, &an_act(), "ada@acme.example", None).unwrap().password, None);
    assert_eq!(watched.kinds(), [AdministratorReset]);
}

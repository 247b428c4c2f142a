//! What an operator can rely on when making an organisation.

use proptest::prelude::*;

use super::*;
use crate::testing::*;

fn make(tx: &mut MockTx, slug: &str, name: Option<&str>) -> Result<Org, OrgError> {
    create(tx, &NumberedIds::default(), slug, name, NOW)
}

#[test]
fn a_new_organisation_has_a_default_connection_and_settings() {
    for (given, name) in [(Some(" Acme Inc. "), "Acme Inc."), (Some("  "), "acme"), (None, "acme")] {
        let mut tx = MockTx::new();
        tx.expect_insert_org()
            .withf(move |slug, called, settings, now| {
                (slug, called, *now) == ("acme", name, NOW) && *settings == Settings::default()
            })
            .times(1)
            .returning(|slug, _, _, _| Ok(an_org(slug)));
        tx.expect_insert_connection()
            .withf(|org, id, name, now| {
                (*org, id.0, name, *now) == (ORG, NumberedIds::nth(1), DEFAULT_CONNECTION, NOW)
            })
            .times(1)
            .returning(|_, _, _, _| Ok(()));
        assert_eq!(make(&mut tx, "acme", given), Ok(an_org("acme")));
    }
}

#[test]
fn a_slug_that_cannot_stand_in_an_address_is_refused_with_one_that_can() {
    let mut tx = MockTx::new();
    for (slug, suggestion) in [
        ("Acme Inc.", "; for example `acme-inc`"),
        ("-acme", "; for example `acme`"),
        ("a/b", "; for example `a-b`"),
        ("größe", ""),
        ("", ""),
    ] {
        let error = make(&mut tx, slug, None).unwrap_err();
        assert_eq!(error, OrgError::BadSlug { given: slug.to_owned() });
        assert!(error.to_string().ends_with(&format!("letter or digit{suggestion}")), "{error}");
    }
    assert!(make(&mut tx, &"x".repeat(64), None).is_err());
}

#[test]
fn a_slug_in_use_is_named_and_a_broken_store_is_not_mistaken_for_it() {
    let down = StoreError::Unavailable("disk full".into());
    for (cause, wanted) in [
        (StoreError::Taken(Unique::OrgSlug), OrgError::Taken { slug: "acme".into() }),
        (down.clone(), OrgError::Store(down)),
    ] {
        let mut tx = MockTx::new();
        tx.expect_insert_org().times(1).returning(move |_, _, _, _| Err(cause.clone()));
        assert_eq!(make(&mut tx, "acme", None), Err(wanted));
    }
}

#[test]
fn an_organisation_that_a_command_names_must_be_there() {
    let mut tx = MockTx::new();
    tx.expect_find_org().returning(|slug| Ok((slug == "acme").then(|| an_org("acme"))));
    assert_eq!(require(&mut tx, "acme"), Ok(an_org("acme")));
    assert_eq!(require(&mut tx, "other"), Err(OrgError::Unknown { slug: "other".into() }));
}

proptest! {
    #[test]
    fn an_accepted_slug_needs_no_escaping_in_an_address(slug in "\\PC{0,70}|[a-z0-9-]{0,70}") {
        let mut tx = MockTx::new();
        tx.expect_insert_org().returning(|slug, _, _, _| Ok(an_org(slug)));
        tx.expect_insert_connection().returning(|_, _, _, _| Ok(()));
        let plain = slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let fits = plain && (1..=63).contains(&slug.len()) && !slug.starts_with('-');
        prop_assert_eq!(make(&mut tx, &slug, None).is_ok(), fits);
    }
}

#[test]
fn an_organisation_is_called_otherwise_and_says_so_once() {
    let mut tx = MockTx::new();
    tx.expect_org_name().returning(|_| Ok("Acme".to_owned()));
    tx.expect_rename_org().withf(|org, name| (*org, name) == (ORG, "Acme Ltd")).returning(|_, _| Ok(true));
    tx.expect_push_events()
        .withf(|org, _, events| {
            let changed = Changed::between(fields("Acme"), fields("Acme Ltd"));
            let event = NewEvent::new(EventKind::OrganisationUpdated).subject("Acme Ltd");
            *org == ORG && *events == [event.changed(changed)]
        })
        .times(1)
        .returning(|_, _, _| Ok(()));
    assert_eq!(rename(&mut tx, &an_act(), " Acme Ltd "), Ok(()));

    let mut tx = MockTx::new();
    tx.expect_org_name().returning(|_| Ok("Acme".to_owned()));
    tx.expect_rename_org().returning(|_, _| Ok(false));
    assert_eq!(rename(&mut tx, &an_act(), "Acme"), Ok(()));
    for name in [" ", &"x".repeat(256)] {
        assert_eq!(rename(&mut MockTx::new(), &an_act(), name), Err(OrgError::BadName));
    }
}

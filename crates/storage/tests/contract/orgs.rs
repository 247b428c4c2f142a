//! Organisations, settings, secrets.

use rolecall_domain::{
    ids::ConnectionId,
    ports::{StoreError, Unique},
    records::Settings,
    role::OrgRole,
    secret::{Secret, SecretKind},
    testing::{THEN, a_token, an_api_key, the_connection},
};
use uuid::Uuid;

use super::world::{Subject, later};

pub(crate) fn an_organisation_is_found_by_its_slug(subject: &mut Subject) {
    let acme = subject.acme();
    let globex = subject.org("globex");
    assert_ne!(acme.org, globex.org);
    let found = acme.read(|tx, _| tx.find_org("globex")).unwrap();
    assert_eq!(
        (found.id, found.slug.as_str(), found.name.as_str(), found.created_at),
        (globex.org, "globex", "globex", THEN)
    );
    assert_eq!(acme.read(|tx, _| tx.find_org("initech")), None);
    let slugs: Vec<_> = acme.read(|tx, _| tx.list_orgs()).into_iter().map(|org| org.slug).collect();
    assert_eq!(slugs, ["acme", "globex"]);
}

pub(crate) fn a_slug_is_taken_once(subject: &mut Subject) {
    let acme = subject.acme();
    let again = acme.try_write(|tx, _| tx.insert_org("acme", "Acme", &Settings::default(), THEN));
    assert_eq!(again, Err(StoreError::Taken(Unique::OrgSlug)));
}

pub(crate) fn settings_come_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    assert_eq!(acme.read(|tx, org| tx.settings(org)), Settings::default());
    let mut changed = Settings::default();
    changed.pattern.prefix = "rc-\"'🐧".into();
    changed.pattern.enabled = false;
    let row = changed.clone();
    acme.write(move |tx, org| tx.update_settings(org, &row));
    assert_eq!(acme.read(|tx, org| tx.settings(org)), changed);
    assert_eq!(subject.org("globex").read(|tx, org| tx.settings(org)), Settings::default());
}

pub(crate) fn a_token_opens_its_own_organisation_only(subject: &mut Subject) {
    let acme = subject.acme();
    subject.org("globex");
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let token = a_token("entra", &secret);
    let row = token.clone();
    acme.write(move |tx, org| tx.insert_token(org, &row));
    let hash = secret.hash();
    let (org, found) = acme
        .read({
            let hash = hash.clone();
            move |tx, _| tx.find_token("acme", &hash)
        })
        .unwrap();
    assert_eq!((org.id, &found), (acme.org, &token));
    assert_eq!(acme.read(move |tx, _| tx.find_token("globex", &hash)), None);
    let other = Secret::new(SecretKind::Scim, [2; 32]).hash();
    assert_eq!(acme.read(move |tx, _| tx.find_token("acme", &other)), None);
}

pub(crate) fn a_revoked_token_is_still_found_and_says_so(subject: &mut Subject) {
    let acme = subject.acme();
    let secret = Secret::new(SecretKind::Scim, [1; 32]);
    let token = a_token("entra", &secret);
    let (id, row) = (token.id, token);
    acme.write(move |tx, org| tx.insert_token(org, &row));
    assert!(acme.write(move |tx, org| tx.revoke_token(org, id, later(1))));
    assert!(!acme.write(move |tx, org| tx.revoke_token(org, id, later(2))), "it is revoked already");
    let (_, found) = acme.read(move |tx, _| tx.find_token("acme", &secret.hash())).unwrap();
    assert_eq!(found.revoked_at, Some(later(1)));
    assert_eq!(acme.read(|tx, org| tx.list_tokens(org)), [found]);
}

pub(crate) fn the_latest_use_of_a_token_counts(subject: &mut Subject) {
    let acme = subject.acme();
    let token = a_token("entra", &Secret::new(SecretKind::Scim, [1; 32]));
    let (id, row) = (token.id, token);
    acme.write(move |tx, org| tx.insert_token(org, &row));
    for day in [3, 2] {
        acme.write(move |tx, org| tx.touch_tokens(&[(org, id, later(day))]));
    }
    let used = acme.read(|tx, org| tx.list_tokens(org))[0].last_used_at;
    assert_eq!(used, Some(later(3)));
}

pub(crate) fn an_api_key_names_its_organisation(subject: &mut Subject) {
    subject.acme();
    let globex = subject.org("globex");
    let secret = Secret::new(SecretKind::ApiKey, [1; 32]);
    let key = an_api_key("terraform", OrgRole::Owner, &secret);
    let (id, row) = (key.id, key.clone());
    globex.write(move |tx, org| tx.insert_api_key(org, &row));
    let hash = secret.hash();
    let (org, found) = globex.read(move |tx, _| tx.find_api_key(&hash)).unwrap();
    assert_eq!((org.id, found), (globex.org, key));
    assert!(globex.write(move |tx, org| tx.revoke_api_key(org, id, later(1))));
    assert!(!globex.write(move |tx, org| tx.revoke_api_key(org, id, later(2))));
    assert_eq!(globex.read(|tx, org| tx.list_api_keys(org))[0].revoked_at, Some(later(1)));
}

pub(crate) fn connections_are_found_by_name(subject: &mut Subject) {
    let acme = subject.acme();
    let okta = ConnectionId(Uuid::from_u128(5));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "okta")), Some(okta));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "default")), Some(the_connection()));
    assert_eq!(acme.read(|tx, org| tx.find_connection(org, "ping")), None);
}

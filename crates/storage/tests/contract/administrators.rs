//! Administrators of the console, their sessions and their set-up links.

use rolecall_domain::{
    administrator::{AdminSession, Administrator, SetUpLink},
    password::PasswordHash,
    ports::{StoreError, Unique},
    role::AdminRole,
    secret::{Secret, SecretHash, SecretKind},
    testing::{THEN, an_administrator},
};

use super::world::{Subject, World, later};

fn hash(number: u8) -> SecretHash {
    Secret::new(SecretKind::Session, [number; 32]).hash()
}

fn with(world: &World, administrator: &Administrator) {
    let row = administrator.clone();
    world.write(move |tx, org| tx.insert_administrator(org, &row));
}

pub(crate) fn an_administrator_comes_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    let ada = an_administrator("Ada@acme.example", AdminRole::Auditor);
    with(&acme, &ada);
    let find = |acme: &World| acme.read(|tx, org| tx.find_administrator_by_email(org, "ada@acme.example"));
    assert_eq!(find(&acme), Some(ada.clone()));
    let changed = Administrator {
        role: AdminRole::Owner,
        password: Some(PasswordHash::from_stored("$argon2id$…".into())),
        signed_in_at: Some(later(1)),
        disabled_at: Some(later(2)),
        ..ada.clone()
    };
    let row = changed.clone();
    acme.write(move |tx, org| tx.update_administrator(org, &row));
    assert_eq!(find(&acme), Some(changed.clone()));
    let id = ada.id;
    assert_eq!(acme.read(move |tx, org| tx.find_administrator(org, id)), Some(changed.clone()));
    assert_eq!(acme.read(|tx, org| tx.list_administrators(org)), [changed]);
}

pub(crate) fn an_administrator_is_of_one_organisation_and_its_address_taken_once_there(
    subject: &mut Subject,
) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let ada = an_administrator("ada@acme.example", AdminRole::Admin);
    with(&acme, &ada);
    let again =
        Administrator { email: "ADA@acme.example".into(), ..an_administrator("other", AdminRole::Owner) };
    let refused = acme.try_write(move |tx, org| tx.insert_administrator(org, &again));
    assert_eq!(refused, Err(StoreError::Taken(Unique::AdministratorEmail)));
    let id = ada.id;
    assert_eq!(globex.read(move |tx, org| tx.find_administrator(org, id)), None);
    assert_eq!(globex.read(|tx, org| tx.find_administrator_by_email(org, "ada@acme.example")), None);
    with(&globex, &ada);
}

pub(crate) fn a_session_tells_whose_it_is_until_it_is_ended(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let ada = an_administrator("ada@acme.example", AdminRole::Owner);
    with(&acme, &ada);
    let session = |number, days| AdminSession {
        hash: hash(number),
        administrator: ada.id,
        created_at: THEN,
        expires_at: later(days),
    };
    for row in [session(1, 1), session(2, 2), session(3, 3)] {
        acme.write(move |tx, org| tx.insert_admin_session(org, &row));
    }
    let find = |world: &World, number| world.read(move |tx, org| tx.find_admin_session(org, &hash(number)));
    let (org, owner, found) = find(&acme, 2).unwrap();
    assert_eq!((org.id, owner, found), (acme.org, ada.clone(), session(2, 2)));
    assert_eq!(find(&globex, 2), None);
    let id = ada.id;
    assert_eq!(acme.write(move |tx, org| tx.delete_admin_sessions_of(org, id, Some(later(1)))), 1);
    assert!(find(&acme, 1).is_none() && find(&acme, 2).is_some());
    acme.write(move |tx, org| tx.delete_admin_session(org, &hash(2)));
    assert!(find(&acme, 2).is_none() && find(&acme, 3).is_some());
    assert_eq!(acme.write(move |tx, org| tx.delete_admin_sessions_of(org, id, None)), 1);
    assert!(find(&acme, 3).is_none());
}

pub(crate) fn a_set_up_link_is_found_until_it_is_used(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let ada = an_administrator("ada@acme.example", AdminRole::Owner);
    with(&acme, &ada);
    let link = |number, administrator| SetUpLink {
        hash: hash(number),
        administrator,
        role: AdminRole::Admin,
        created_at: THEN,
        expires_at: later(7),
    };
    for row in [link(1, None), link(2, Some(ada.id)), link(3, Some(ada.id))] {
        acme.write(move |tx, org| tx.insert_set_up_link(org, &row));
    }
    let find = |world: &World, number| world.read(move |tx, org| tx.find_set_up_link(org, &hash(number)));
    assert_eq!(find(&acme, 1), Some(link(1, None)));
    assert_eq!(find(&acme, 2), Some(link(2, Some(ada.id))));
    assert_eq!(find(&globex, 1), None);
    assert!(acme.write(move |tx, org| tx.delete_set_up_link(org, &hash(2))));
    assert!(!acme.write(move |tx, org| tx.delete_set_up_link(org, &hash(2))));
    let id = ada.id;
    acme.write(move |tx, org| tx.delete_set_up_links_of(org, id));
    assert!(find(&acme, 3).is_none() && find(&acme, 1).is_some());
}

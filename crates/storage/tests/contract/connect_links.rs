//! Setup links.

use rolecall_domain::{
    connect_link::ConnectLink,
    ids::{ConnectLinkId, ConnectionId},
    secret::{Secret, SecretHash, SecretKind},
    testing::{THEN, a_connect_link, a_connection, the_connection},
};
use uuid::Uuid;

use super::world::{Subject, World, later};

fn a_link(number: u8) -> ConnectLink {
    let secret = Secret::new(SecretKind::ConnectLink, [number; 32]);
    ConnectLink { id: ConnectLinkId(Uuid::from_u128(u128::from(number))), ..a_connect_link("Bob", &secret) }
}

fn with(world: &World, link: &ConnectLink) {
    let row = link.clone();
    world.write(move |tx, org| tx.insert_connect_link(org, &row));
}

fn find(world: &World, hash: &SecretHash) -> Option<ConnectLink> {
    let hash = hash.clone();
    world.read(move |tx, org| tx.find_connect_link(org, &hash)).map(|(.., link)| link)
}

pub(crate) fn a_setup_link_comes_back_as_written_with_its_connection(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let (first, second) = (a_link(1), ConnectLink { opened_at: Some(later(1)), ..a_link(2) });
    for link in [&second, &first] {
        with(&acme, link);
    }
    let hash = second.hash.clone();
    let (org, connection, found) = acme.read(move |tx, org| tx.find_connect_link(org, &hash)).unwrap();
    assert_eq!((org.id, connection, found), (acme.org, a_connection("default"), second.clone()));
    assert_eq!(find(&globex, &second.hash), None);
    assert_eq!(acme.read(|tx, org| tx.list_connect_links(org)), [first.clone(), second]);
    assert_eq!(globex.read(|tx, org| tx.list_connect_links(org)), []);
    // A hash is of one organisation: another may have the same.
    with(&globex, &first);
}

pub(crate) fn a_setup_link_is_revoked_once_and_goes_with_its_connection(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let okta = ConnectionId(Uuid::from_u128(5));
    acme.write(move |tx, org| tx.insert_connection(org, okta, "okta", THEN));
    let (stays, goes) = (a_link(1), ConnectLink { connection: okta, ..a_link(2) });
    for link in [&stays, &goes] {
        with(&acme, link);
    }
    let id = stays.id;
    acme.write(move |tx, org| tx.touch_connect_link(org, id, later(1)));
    assert!(!globex.write(move |tx, org| tx.revoke_connect_link(org, id, later(1))));
    assert!(acme.write(move |tx, org| tx.revoke_connect_link(org, id, later(2))));
    assert!(!acme.write(move |tx, org| tx.revoke_connect_link(org, id, later(3))));
    let found = find(&acme, &stays.hash).unwrap();
    assert_eq!((found.opened_at, found.revoked_at), (Some(later(1)), Some(later(2))));
    assert_eq!(found.connection, the_connection());
    acme.write(move |tx, org| tx.delete_connection(org, okta));
    assert_eq!(find(&acme, &goes.hash), None);
    assert!(find(&acme, &stays.hash).is_some());
}

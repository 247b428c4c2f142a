//! The provisioning log.

use rolecall_domain::{
    event::{EventKind, NewEvent},
    ids::{ChangeId, ConnectionId, TokenId},
    ports::{Kind, RequestFilter},
    records::Token,
    request_log::{LoggedBodies, LoggedRequest, RefusedToken, least_id_at},
    secret::{Secret, SecretKind},
    testing::{THEN, a_token, group_id, the_connection, user_id},
    time::Timestamp,
};
use rolecall_scim::client::Client;
use uuid::Uuid;

use super::world::{Subject, World, cause, later};

fn at(second: i64) -> Timestamp {
    THEN.plus_seconds(second)
}

fn id(second: i64) -> ChangeId {
    ChangeId(Uuid::from_u128(least_id_at(at(second)).0.as_u128() | (7 << 76) | 5))
}

/// A request that came so many seconds after the beginning.
fn request(second: i64) -> LoggedRequest {
    LoggedRequest {
        id: id(second),
        at: at(second),
        connection: Some(the_connection()),
        token: Some(token_id(1)),
        refused: None,
        method: "PATCH".into(),
        path: format!("/Users/{}", user_id("ada")),
        query: None,
        status: 200,
        scim_type: None,
        detail: None,
        duration_us: 1500,
        remote: None,
        user_agent: None,
        idp: None,
        kind: Some(Kind::User),
        resource: Some(user_id("ada").0),
        name: None,
    }
}

fn token_id(number: u128) -> TokenId {
    TokenId(Uuid::from_u128(number))
}

fn write(world: &World, requests: Vec<LoggedRequest>) {
    world.write(move |tx, org| {
        let rows: Vec<_> =
            requests.iter().map(|request| (org, request.clone(), LoggedBodies::default())).collect();
        tx.insert_requests(&rows)
    });
}

fn listed(world: &World, filter: RequestFilter) -> Vec<i64> {
    page(world, filter, None, 100)
}

fn page(world: &World, filter: RequestFilter, before: Option<ChangeId>, limit: u32) -> Vec<i64> {
    let rows = world.read(move |tx, org| tx.list_requests(org, &filter, before, limit));
    rows.into_iter().map(|row| (row.at.0 - THEN.0) / 1000).collect()
}

pub(crate) fn a_request_comes_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    let full = LoggedRequest {
        refused: Some(RefusedToken::Expired),
        query: Some("filter=userName eq \"ada\"".into()),
        status: 401,
        scim_type: Some("uniqueness".into()),
        detail: Some("taken \u{0} \"'; 🐧".into()),
        remote: Some("10.0.0.1".into()),
        user_agent: Some("Okta SCIM Client 1.0.0".into()),
        idp: Some(Client::Okta),
        kind: Some(Kind::Group),
        name: Some("Ada".into()),
        ..request(1)
    };
    let bare = LoggedRequest { connection: None, token: None, kind: None, resource: None, ..request(2) };
    let bodies = LoggedBodies { request: Some("{\"a\":1}".into()), response: Some("{}".into()) };
    let written = [(full.clone(), bodies.clone()), (bare.clone(), LoggedBodies::default())];
    let rows = written.clone();
    acme.write(move |tx, org| {
        tx.insert_requests(&[])?;
        let rows: Vec<_> =
            rows.iter().map(|(request, bodies)| (org, request.clone(), bodies.clone())).collect();
        tx.insert_requests(&rows)
    });
    for (request, bodies) in written {
        let id = request.id;
        assert_eq!(acme.read(move |tx, org| tx.find_request(org, id)), Some((request, bodies)));
    }
    assert_eq!(acme.read(|tx, org| tx.list_requests(org, &RequestFilter::default(), None, 9)), [bare, full]);
    assert_eq!(acme.read(|tx, org| tx.find_request(org, id(3))), None);
}

pub(crate) fn requests_are_counted_from_moment_to_moment(subject: &mut Subject) {
    let acme = subject.acme();
    let bad = |second| LoggedRequest { status: 404, ..request(second) };
    write(&acme, vec![request(0), request(1), bad(2), request(10), request(30)]);
    write(&subject.org("globex"), vec![request(5)]);
    let counted = |moments: &[i64], most| -> Vec<(u64, u64)> {
        let moments: Vec<_> = moments.iter().map(|second| at(*second)).collect();
        let counts = acme.read(move |tx, org| tx.count_requests(org, &moments, most));
        counts.into_iter().map(|count| (count.all, count.failed)).collect()
    };
    assert_eq!(counted(&[0, 10, 20, 30], 100), [(3, 1), (1, 0), (0, 0)]);
    assert_eq!(counted(&[0, 10, 20, 30], 2), [(2, 1), (1, 0), (0, 0)]);
    assert_eq!(counted(&[20, 31], 100), [(1, 0)]);
    assert_eq!(counted(&[7], 100), []);
    assert_eq!(counted(&[], 100), []);
}

pub(crate) fn requests_are_listed_newest_first_by_what_is_asked(subject: &mut Subject) {
    let acme = subject.acme();
    let of = |second, change: fn(&mut LoggedRequest)| {
        let mut request = request(second);
        change(&mut request);
        request
    };
    write(
        &acme,
        vec![
            of(1, |_| {}),
            of(2, |r| r.resource = Some(group_id("Sales").0)),
            of(3, |r| (r.resource, r.name) = (None, Some("ADA@acme.test".into()))),
            of(4, |r| r.status = 409),
            of(5, |r| r.status = 500),
            of(6, |r| r.token = Some(token_id(2))),
            of(7, |r| r.method = "DELETE".into()),
        ],
    );
    write(&subject.org("globex"), vec![request(1), request(9)]);
    let all = RequestFilter::default;
    assert_eq!(listed(&acme, all()), [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(listed(&acme, RequestFilter { resource: Some(group_id("Sales").0), ..all() }), [2]);
    assert_eq!(listed(&acme, RequestFilter { name_key: Some("ada@acme.test".into()), ..all() }), [3]);
    assert_eq!(listed(&acme, RequestFilter { failed: Some(true), ..all() }), [5, 4]);
    assert_eq!(listed(&acme, RequestFilter { failed: Some(false), ..all() }), [7, 6, 3, 2, 1]);
    assert_eq!(listed(&acme, RequestFilter { status: Some((409, 409)), ..all() }), [4]);
    assert_eq!(listed(&acme, RequestFilter { status: Some((400, 599)), ..all() }), [5, 4]);
    assert_eq!(listed(&acme, RequestFilter { status: Some((200, 299)), ..all() }), [7, 6, 3, 2, 1]);
    assert_eq!(listed(&acme, RequestFilter { status: Some((200, 409)), ..all() }), [7, 6, 4, 3, 2, 1]);
    assert_eq!(listed(&acme, RequestFilter { token: Some(token_id(2)), ..all() }), [6]);
    assert_eq!(listed(&acme, RequestFilter { method: Some("DELETE".into()), ..all() }), [7]);
    assert_eq!(listed(&acme, RequestFilter { since: Some(at(3)), until: Some(at(5)), ..all() }), [4, 3]);
    // Page by page, and what came in between moves nothing.
    assert_eq!(page(&acme, all(), None, 3), [7, 6, 5]);
    write(&acme, vec![request(8)]);
    assert_eq!(page(&acme, all(), Some(id(5)), 3), [4, 3, 2]);
    assert_eq!(page(&acme, RequestFilter { until: Some(at(3)), ..all() }, Some(id(5)), 9), [2, 1]);
    assert_eq!(page(&acme, all(), Some(id(1)), 3), [0; 0]);
}

pub(crate) fn many_requests_are_written_at_once(subject: &mut Subject) {
    let acme = subject.acme();
    write(&acme, (1..=600).map(request).collect());
    assert_eq!(page(&acme, RequestFilter::default(), None, 2), [600, 599]);
    assert_eq!(page(&acme, RequestFilter::default(), Some(id(2)), 9), [1]);
}

pub(crate) fn old_requests_are_removed_the_oldest_first(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    write(&acme, (1..=5).map(request).collect());
    write(&globex, vec![request(1)]);
    let remove = |moment, limit| acme.write(move |tx, org| tx.delete_requests_before(org, moment, limit));
    assert_eq!(remove(at(4), 2), 2);
    assert_eq!(listed(&acme, RequestFilter::default()), [5, 4, 3]);
    assert_eq!(remove(at(4), 2), 1);
    assert_eq!(remove(at(4), 2), 0);
    assert_eq!(listed(&acme, RequestFilter::default()), [5, 4]);
    assert_eq!(listed(&globex, RequestFilter::default()), [1]);
}

pub(crate) fn refusals_are_counted_by_reason_and_token(subject: &mut Subject) {
    let acme = subject.acme();
    let refused = |second, reason, token| LoggedRequest {
        status: 401,
        refused: Some(reason),
        token,
        ..request(second)
    };
    write(
        &acme,
        vec![
            refused(1, RefusedToken::Missing, None),
            refused(3, RefusedToken::Missing, None),
            refused(4, RefusedToken::Expired, Some(token_id(1))),
            refused(5, RefusedToken::Expired, Some(token_id(2))),
            refused(6, RefusedToken::Missing, None),
            LoggedRequest { status: 404, ..request(7) },
            request(8),
        ],
    );
    let since = |second| {
        let found = acme.read(move |tx, org| tx.refusals_since(org, at(second)));
        found.into_iter().map(|f| (f.reason, f.token, f.count, f.last)).collect::<Vec<_>>()
    };
    assert_eq!(
        since(2),
        [
            (RefusedToken::Missing, None, 2, at(6)),
            (RefusedToken::Expired, Some(token_id(1)), 1, at(4)),
            (RefusedToken::Expired, Some(token_id(2)), 1, at(5)),
        ]
    );
    assert_eq!(since(7), []);
}

pub(crate) fn the_last_request_of_each_token_is_known(subject: &mut Subject) {
    let acme = subject.acme();
    let token = |number: u8| {
        let secret = Secret::new(SecretKind::Scim, [number; 32]);
        Token { id: token_id(number.into()), ..a_token("t", &secret) }
    };
    let hash = token(1).hash;
    acme.write(move |tx, org| {
        tx.insert_token(org, &token(1))?;
        tx.insert_token(org, &token(2))
    });
    let refused = LoggedRequest { status: 401, refused: Some(RefusedToken::Revoked), ..request(9) };
    write(&acme, vec![request(1), request(3), refused]);
    let found = acme.read(|tx, org| tx.last_requests(org));
    let found: Vec<(ConnectionId, TokenId, Option<Timestamp>)> =
        found.into_iter().map(|last| (last.connection, last.token, last.at)).collect();
    assert_eq!(found, [(the_connection(), token_id(1), Some(at(3))), (the_connection(), token_id(2), None)]);

    assert!(acme.read(move |tx, _| tx.token_exists(&hash)));
    let other = Secret::new(SecretKind::Scim, [9; 32]).hash();
    assert!(!acme.read(move |tx, _| tx.token_exists(&other)));
}

pub(crate) fn resources_have_names_and_changes_have_events(subject: &mut Subject) {
    let acme = subject.acme();
    acme.person("ada");
    acme.group("Sales");
    let mut names = acme.read(|tx, org| {
        assert_eq!(tx.resource_names(org, &[])?, []);
        tx.resource_names(org, &[user_id("ada").0, group_id("Sales").0, user_id("nobody").0])
    });
    names.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(
        names,
        [(group_id("Sales").0, "Sales".into()), (user_id("ada").0, "ada@acme.test".to_owned())]
    );

    let other = rolecall_domain::event::Cause { change: id(1), at: later(1), ..cause() };
    acme.write(move |tx, org| {
        tx.push_events(org, &cause(), &[NewEvent::new(EventKind::UserCreated)])?;
        tx.push_events(org, &other, &[EventKind::UserUpdated, EventKind::UserDeleted].map(NewEvent::new))
    });
    let kinds = |change, limit| {
        let events = acme.read(move |tx, org| tx.events_of(org, change, limit));
        events.into_iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(id(1), 9), ["user.updated", "user.deleted"]);
    assert_eq!(kinds(id(1), 1), ["user.updated"]);
    assert_eq!(kinds(id(2), 9), [""; 0]);
}

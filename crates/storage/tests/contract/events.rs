//! The record of what happened.

use rolecall_domain::{
    event::{Actor, Cause, EventKind, NewEvent},
    ids::{AdministratorId, ApiKeyId, ChangeId, ConnectionId, TokenId},
    role::OrgRole,
    testing::{group_id, user_id},
};
use uuid::Uuid;

use super::world::{Subject, cause, later};

pub(crate) fn events_are_numbered_in_order_in_each_organisation(subject: &mut Subject) {
    let (acme, globex) = (subject.acme(), subject.org("globex"));
    let one = |kind| vec![NewEvent::new(kind)];
    acme.write(move |tx, org| tx.push_events(org, &cause(), &one(EventKind::UserCreated)));
    globex.write(move |tx, org| tx.push_events(org, &cause(), &one(EventKind::UserDeleted)));
    acme.write(|tx, org| {
        tx.push_events(org, &cause(), &[])?;
        tx.push_events(
            org,
            &cause(),
            &[NewEvent::new(EventKind::GroupCreated), NewEvent::new(EventKind::GroupUpdated)],
        )?;
        tx.push_events(org, &cause(), &[NewEvent::new(EventKind::GroupDeleted)])
    });
    let seen = |world: &super::World, after, limit| {
        world.read(move |tx, org| {
            Ok(tx.events_after(org, after, limit)?.into_iter().map(|e| (e.seq, e.kind)).collect::<Vec<_>>())
        })
    };
    let all = [(1, "user.created"), (2, "group.created"), (3, "group.updated"), (4, "group.deleted")]
        .map(|(seq, kind)| (seq, kind.to_owned()));
    assert_eq!(seen(&acme, 0, 10), all);
    assert_eq!(seen(&acme, 1, 2), all[1..3]);
    let latest: Vec<i64> =
        acme.read(|tx, org| tx.latest_events(org, 2)).into_iter().map(|event| event.seq).collect();
    assert_eq!(latest, [4, 3]);
    assert_eq!(seen(&globex, 0, 10), [(1, "user.deleted".to_owned())]);
}

pub(crate) fn an_event_comes_back_as_written(subject: &mut Subject) {
    let acme = subject.acme();
    let change = ChangeId(Uuid::from_u128(11));
    let token = TokenId(Uuid::from_u128(3));
    let connection = ConnectionId(Uuid::from_u128(4));
    for (n, actor) in [
        Actor::Idp { connection, token },
        Actor::ApiKey(ApiKeyId(Uuid::from_u128(6))),
        Actor::Administrator(AdministratorId(Uuid::from_u128(7))),
        Actor::Operator,
        Actor::Server,
    ]
    .into_iter()
    .enumerate()
    {
        let at = later(n as i64);
        let event = NewEvent::new(EventKind::UserRoleChanged)
            .user(user_id("ada"))
            .group(group_id("Sales"))
            .org_roles(OrgRole::Member, OrgRole::Owner)
            .subject("ada \"'; 🐧");
        // Alone and in a list are different statements.
        let pair = [event.clone(), event.clone()];
        acme.write(move |tx, org| {
            let cause = Cause { change, actor, at };
            tx.push_events(org, &cause, std::slice::from_ref(&event))?;
            tx.push_events(org, &cause, &pair)
        });
        let found = acme.read(move |tx, org| tx.events_after(org, 3 * n as i64, 10));
        assert_eq!(found.len(), 3);
        for (place, found) in found.into_iter().enumerate() {
            assert_eq!(found.seq, 3 * n as i64 + place as i64 + 1);
            assert_eq!(found.actor, actor);
            assert_eq!((found.kind.as_str(), found.time, found.change_id), ("user.role_changed", at, change));
            assert_eq!(
                (found.user_id, found.group_id, found.workspace_id),
                (Some(user_id("ada")), Some(group_id("Sales")), None)
            );
            assert_eq!((found.old_role, found.new_role), (Some(10), Some(30)));
            assert_eq!(found.subject.as_deref(), Some("ada \"'; 🐧"));
        }
    }
}

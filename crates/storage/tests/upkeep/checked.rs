//! Each kind of damage is found, told by name, and mended.

use std::sync::Arc;

use rolecall_domain::{
    event::{Actor, Cause},
    ids::{ChangeId, OrgId},
    ports::{ReadCost, StoreError, read_now},
    testing::THEN,
};
use rolecall_storage::{Database, Findings, Mending, Part};
use uuid::Uuid;

use super::{Place, copy, full};

fn org(store: &Arc<dyn Database>, slug: &'static str) -> OrgId {
    read_now(&**store, ReadCost::Point, move |tx| Ok::<_, StoreError>(tx.find_org(slug)?.unwrap().id))
        .unwrap()
}

fn check(store: &Arc<dyn Database>, mending: Mending) -> Findings {
    let cause = Cause { change: ChangeId(Uuid::from_u128(77)), actor: Actor::Operator, at: THEN };
    store.check_org(org(store, "acme"), &cause, mending, 100).unwrap()
}

/// A database of each kind with the same rows, to be damaged.
fn each() -> Vec<(Place, Arc<dyn Database>)> {
    let first = Place::file();
    let source = full::rows(&first);
    Place::each()
        .into_iter()
        .map(|place| {
            let store = place.open();
            copy(&source, &store).unwrap();
            (place, store)
        })
        .collect()
}

/// Does damage, and looks at what is told of it and whether a repair mends it. Statements that mean the same to both.
#[track_caller]
fn damaged(part: Part, damage: &str, count: u64, wanted: &[&str]) {
    for (place, store) in each() {
        assert_eq!(check(&store, Mending::Look), Findings::default(), "it is well before");
        place.run(damage, damage);
        let before = place.lines("SELECT CAST(count(*) AS text) AS line FROM events");
        let found = check(&store, Mending::Look);
        assert_eq!((found.counts[part as usize], found.total()), (count, count), "{found:#?}");
        let told: Vec<String> = found
            .differences
            .iter()
            .map(|one| {
                let place = [&one.person, &one.workspace]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" in ");
                format!("{place}: {} → {}", one.found, one.expected)
            })
            .collect();
        assert_eq!(told.len() as u64, count);
        for wanted in wanted {
            assert!(told.iter().any(|line| line.contains(wanted)), "{wanted} in {told:#?}");
        }
        assert_eq!(
            place.lines("SELECT CAST(count(*) AS text) AS line FROM events"),
            before,
            "looking changes nothing"
        );
        assert_eq!(check(&store, Mending::Repair), found);
        assert_eq!(check(&store, Mending::Look), Findings::default(), "{damage} is mended");
    }
}

const ACME: &str = "org_id = (SELECT id FROM orgs WHERE slug = 'acme')";

#[test]
fn a_membership_that_nothing_gives_is_taken_away() {
    damaged(
        Part::Memberships,
        &format!("DELETE FROM mappings WHERE {ACME}"),
        // Ada stays by hand.
        4,
        &["grace\0hopper@acme.test in Sales: manager → no membership"],
    );
}

#[test]
fn a_membership_that_is_missing_or_has_another_role_is_mended() {
    damaged(
        Part::Memberships,
        &format!(
            "DELETE FROM memberships WHERE {ACME} AND role = (SELECT max(role) FROM memberships);
             UPDATE memberships SET role = (SELECT max(role) FROM grants) WHERE {ACME};
             UPDATE workspaces SET people = (SELECT count(*) FROM memberships m
                                             WHERE m.org_id = workspaces.org_id AND m.workspace_id = workspaces.id)"
        ),
        5,
        &[
            "ada@acme.test in Sales: no membership → admin",
            "grace\0hopper@acme.test in Sales: admin → manager",
        ],
    );
}

#[test]
fn an_address_that_nobody_is_found_by_is_added() {
    damaged(
        Part::Emails,
        &format!("DELETE FROM user_emails WHERE {ACME} AND email_key = 'ada@acme.example'"),
        1,
        &["ada@acme.test: not found by it → found by ada@acme.example"],
    );
}

#[test]
fn an_address_that_nobody_has_is_removed() {
    damaged(
        Part::Emails,
        &format!(
            "UPDATE user_emails SET email_key = 'old@acme.example' WHERE {ACME} AND email_key = 'ada@acme.example'"
        ),
        2,
        &[
            "found by old@acme.example → not found by it",
            "ada@acme.test: not found by it → found by ada@acme.example",
        ],
    );
}

#[test]
fn positions_are_counted_anew() {
    for (damage, wanted) in [
        (
            format!("UPDATE positions SET count = count + 3 WHERE {ACME} AND kind = 1"),
            "8 people counted from",
        ),
        (format!("DELETE FROM positions WHERE {ACME} AND kind = 2"), "0 groups counted from"),
        (format!("UPDATE positions SET count = 1 WHERE {ACME} AND kind = 2"), "1 groups counted from"),
    ] {
        damaged(Part::Positions, &damage, 1, &[wanted]);
    }
}

#[test]
fn people_of_workspaces_are_counted_anew() {
    damaged(
        Part::People,
        &format!("UPDATE workspaces SET people = 77 WHERE {ACME}"),
        1,
        &["Sales: 77 people counted → "],
    );
}

#[test]
fn a_member_that_is_nobody_leaves() {
    damaged(
        Part::Members,
        // An id that is there, but of something else.
        &format!(
            "INSERT INTO group_members (org_id, group_id, member_id, member_kind, change_id, added_at)
             SELECT g.org_id, g.id, (SELECT w.id FROM workspaces w WHERE w.org_id = g.org_id), 1, g.id, 0 FROM groups g
             WHERE g.{ACME}"
        ),
        2,
        &["a member of group Engineering", "a member of group ws-Sales-role-admin"],
    );
}

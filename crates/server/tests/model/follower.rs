//! A program that follows an organisation by its events, and what it comes to know.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

use crate::{
    cluster::Cluster,
    facts::{Id, Role},
};

/// Asks for what came after the last it has seen, until the clients are done and nothing more comes. The first follower asks
/// any replica, the others one each.
pub(crate) fn follow(cluster: &Cluster, number: usize, seed: u64, done: &AtomicBool) -> Vec<Value> {
    let mut random = fastrand::Rng::with_seed(seed ^ 0xF0110 ^ number as u64);
    let mut seen: Vec<Value> = Vec::new();
    let mut after = "0".to_owned();
    loop {
        let last = done.load(Ordering::SeqCst);
        let replica = number.checked_sub(1).unwrap_or_else(|| random.usize(..cluster.servers.len()));
        let path = format!("/v1/events?after={after}&limit={}", random.usize(1..=100));
        let page = cluster.servers[replica].admin("GET", &path, None).expect(200).json;
        let events = page["data"].as_array().unwrap();
        if let Some(event) = events.last() {
            event["id"].as_str().unwrap().clone_into(&mut after);
        } else if last {
            return seen;
        }
        seen.extend(events.iter().cloned());
    }
}

/// The organisation as the events alone tell it.
#[derive(Default)]
pub(crate) struct Replayed {
    pub(crate) memberships: BTreeMap<(Id, Id), Role>,
    /// Active or not, and the role in the organisation. Without the contested person.
    pub(crate) people: BTreeMap<Id, (bool, String)>,
    /// Group and person.
    pub(crate) members: BTreeMap<(Id, Id), ()>,
}

impl Replayed {
    pub(crate) fn of(events: &[Value]) -> Self {
        let mut replayed = Self::default();
        for event in events {
            replayed.take(event);
        }
        replayed
    }

    fn take(&mut self, event: &Value) {
        let word =
            |name: &str| event[name].as_str().unwrap_or_else(|| panic!("no {name} in {event}")).to_owned();
        let role = |name: &str| Role::read(&word(name)).unwrap_or_else(|| panic!("{event}"));
        let place = || (word("workspace_id"), word("user_id"));
        match event["type"].as_str().unwrap() {
            "membership.created" => {
                let before = self.memberships.insert(place(), role("new_role"));
                assert_eq!(before, None, "{event}");
            }
            "membership.changed" => {
                let before = self.memberships.insert(place(), role("new_role"));
                assert_eq!(before, Some(role("old_role")), "{event}");
            }
            "membership.removed" => {
                let before = self.memberships.remove(&place());
                assert_eq!(before, Some(role("old_role")), "{event}");
            }
            "user.created" => {
                let before = self.people.insert(word("user_id"), (true, word("new_role")));
                assert_eq!(before, None, "{event}");
            }
            "user.role_changed" => {
                let person = self.people.get_mut(&word("user_id")).unwrap();
                assert_eq!(person.1, word("old_role"), "{event}");
                person.1 = word("new_role");
            }
            "user.deactivated" => self.people.get_mut(&word("user_id")).unwrap().0 = false,
            "user.reactivated" => self.people.get_mut(&word("user_id")).unwrap().0 = true,
            "user.deleted" => {
                self.people.remove(&word("user_id")).unwrap();
                self.members.retain(|(_, person), ()| *person != word("user_id"));
                assert!(!self.memberships.keys().any(|(_, person)| *person == word("user_id")), "{event}");
            }
            "group.member_added" if event["user_id"].is_string() => {
                let before = self.members.insert((word("group_id"), word("user_id")), ());
                assert_eq!(before, None, "{event}");
            }
            "group.member_removed" if event["user_id"].is_string() => {
                let before = self.members.remove(&(word("group_id"), word("user_id")));
                assert_eq!(before, Some(()), "{event}");
            }
            "group.deleted" => self.members.retain(|(group, _), ()| *group != word("group_id")),
            "workspace.deleted" => {
                assert!(!self.memberships.keys().any(|(place, _)| *place == word("workspace_id")), "{event}");
            }
            _ => {}
        }
    }
}

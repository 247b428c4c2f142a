//! What was acknowledged, and what was answered.

use std::{collections::BTreeMap, time::Instant};

/// What all clients have seen.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) people: Vec<Person>,
    /// When a write was acknowledged, in order of time once all is over.
    pub(super) acknowledged: Vec<Instant>,
    /// How often each status came.
    pub(super) statuses: BTreeMap<u16, u64>,
    /// The longest that an answer took, in seconds.
    pub(super) slowest: f64,
    /// Answers that should not have been: a sentence each.
    pub(super) wrong: Vec<String>,
}

/// Somebody that a client has pushed, and how far it came. What is not acknowledged may be there or not.
pub(super) struct Person {
    pub(super) user_name: String,
    pub(super) title: String,
    /// Known once the creation is acknowledged.
    pub(super) id: Option<String>,
    pub(super) titled: bool,
    pub(super) joined: bool,
}

impl Ledger {
    /// Takes over what another one holds.
    pub(super) fn add(&mut self, other: Self) {
        self.people.extend(other.people);
        self.acknowledged.extend(other.acknowledged);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.slowest = self.slowest.max(other.slowest);
        self.wrong.extend(other.wrong);
        self.acknowledged.sort();
    }
}

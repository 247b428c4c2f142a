//! What happens in the company from one provisioning cycle to the next, decided from a seed alone.

mod first;
mod next;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use crate::dialect::Habits;
use crate::directory::invent::Style;
use crate::directory::{Directory, GroupKey, PersonKey};
use crate::intent::{Intent, Phase};

/// What an identity provider pushes in one go, ordered by phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) intents: Vec<Intent>,
}

impl Cycle {
    pub(crate) fn of(&self, phase: Phase) -> Vec<&Intent> {
        self.intents.iter().filter(|intent| intent.phase() == phase).collect()
    }
}

/// How large the company is when it first connects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: u32,
    pub(crate) groups: u32,
}

/// A company that changes. Its directory is what its intents have made of it so far.
pub(crate) struct Company {
    rng: Rng,
    style: Style,
    habits: Habits,
    pub(crate) directory: Directory,
    /// The cycle that comes next; the initial one is 0.
    number: u32,
    next_person: u32,
    next_group: u32,
    /// In which cycle each inactive person left.
    left_in: BTreeMap<PersonKey, u32>,
    /// userNames of deleted people, which a person hired again gets back.
    free_user_names: Vec<String>,
    /// Every name a group ever had: a name is not used twice, so that the order within a phase does not matter.
    group_names: BTreeSet<String>,
    /// The intents of the cycle being made.
    pending: Vec<Intent>,
}

impl Company {
    /// The group that everybody is in.
    const EVERYONE: GroupKey = GroupKey(0);

    pub(crate) fn new(seed: u64, prefix: &str, habits: Habits) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            style: Style { prefix: prefix.to_owned(), roles: habits.roles },
            habits,
            directory: Directory::default(),
            number: 0,
            next_person: 0,
            next_group: 0,
            left_in: BTreeMap::new(),
            free_user_names: Vec::new(),
            group_names: BTreeSet::new(),
            pending: Vec::new(),
        }
    }

    /// Makes `intent` happen here and puts it on the list of what to tell the server.
    fn happen(&mut self, intent: Intent) {
        self.directory.apply(&intent);
        self.pending.push(intent);
    }

    fn finish(&mut self) -> Cycle {
        self.number += 1;
        let mut intents = std::mem::take(&mut self.pending);
        intents.sort_by_key(Intent::phase);
        Cycle { intents }
    }
}

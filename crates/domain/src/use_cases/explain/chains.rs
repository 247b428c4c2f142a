//! The shortest way from a person up to a group.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use uuid::Uuid;

use super::causes::{Origin, Origins};
use crate::{ids::GroupId, records::GroupStep, time::Timestamp};

/// A group on the way, and how the one before came to be in it.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub group: String,
    /// Since when the person, or the group before, is in it.
    pub since: Timestamp,
    /// By which request.
    pub cause: Option<Origin>,
}

/// How a person is in each group.
pub(super) struct Chains<'f> {
    person: Uuid,
    /// The last step to each group, on a shortest way.
    last: BTreeMap<GroupId, &'f GroupStep>,
    origins: &'f Origins,
}

impl<'f> Chains<'f> {
    pub(super) fn new(person: Uuid, steps: &'f [GroupStep], origins: &'f Origins) -> Self {
        let mut last: BTreeMap<GroupId, &GroupStep> = BTreeMap::new();
        let mut waiting = VecDeque::from([person]);
        while let Some(member) = waiting.pop_front() {
            for step in steps.iter().filter(|step| step.member == member) {
                last.entry(step.group).or_insert_with(|| {
                    waiting.push_back(step.group.0);
                    step
                });
            }
        }
        Self { person, last, origins }
    }

    /// The groups from the person's own up to this one; empty when the person is not in it.
    pub(super) fn to(&self, group: GroupId) -> Vec<Step> {
        let mut chain = Vec::new();
        let mut at = group;
        while let Some(step) = self.last.get(&at) {
            chain.push(Step {
                group_id: step.group,
                group: step.group_name.clone(),
                since: step.since,
                cause: self.origins.find(Some(step.change)),
            });
            if step.member == self.person {
                break;
            }
            at = GroupId(step.member);
        }
        chain.reverse();
        chain
    }
}

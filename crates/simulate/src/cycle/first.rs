//! The initial cycle: everybody joins, then gets a manager, then the groups arrive with their members.

use super::{Company, Cycle, Size};
use crate::directory::invent;
use crate::directory::{GroupKey, PersonKey};
use crate::intent::Intent;

impl Company {
    /// Founds the company.
    pub(crate) fn first_cycle(&mut self, size: Size) -> Cycle {
        for _ in 0..size.users {
            self.hire();
        }
        for number in 1..size.users {
            // Everybody but the first reports to somebody who came earlier.
            let manager = PersonKey(self.rng.u32(0..number));
            self.happen(Intent::SetManager { person: PersonKey(number), manager: Some(manager) });
        }
        for _ in 0..size.groups {
            self.found_group();
        }
        self.finish()
    }

    /// Somebody new joins, sometimes under the userName of somebody who was deleted.
    pub(super) fn hire(&mut self) -> PersonKey {
        let key = PersonKey(self.next_person);
        self.next_person += 1;
        let mut record = invent::person(&mut self.rng, &self.style, key);
        if self.rng.bool()
            && let Some(name) = self.free_user_names.pop()
        {
            record.user_name = name;
        }
        self.happen(Intent::Join { person: key, record: Box::new(record) });
        key
    }

    /// A new group; the first one is everybody's.
    pub(super) fn found_group(&mut self) {
        let key = GroupKey(self.next_group);
        self.next_group += 1;
        let mut record = if key == Self::EVERYONE {
            invent::everyone(&mut self.rng, &self.style)
        } else {
            invent::group(&mut self.rng, &self.style, &self.group_names)
        };
        let people = self.active_people();
        if key == Self::EVERYONE {
            record.members.extend(people);
        } else if !people.is_empty() {
            let members = self.group_size(people.len());
            for _ in 0..members {
                record.members.insert(*invent::pick(&mut self.rng, &people));
            }
        }
        self.group_names.insert(record.display_name.clone());
        self.happen(Intent::Found { group: key, record });
    }

    /// Many small groups and a few large ones, as in any company: each doubling is as likely as the one before, up
    /// to a fifth of the people.
    fn group_size(&mut self, people: usize) -> usize {
        let largest = (people / 5).max(4);
        let doublings = largest.ilog2();
        let upper = 1_usize << self.rng.u32(0..=doublings);
        self.rng.usize(upper / 2..=upper)
    }
}

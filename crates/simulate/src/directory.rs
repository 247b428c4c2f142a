//! The company as its identity provider knows it: people, groups, and what an intent does to them.

pub(crate) mod invent;
mod names;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::intent::{Change, Intent};

/// A person in the directory, whatever the server calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PersonKey(pub(crate) u32);

/// A group in the directory, whatever the server calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey(pub(crate) u32);

/// What the identity provider knows of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) external_id: String,
    pub(crate) user_name: String,
    pub(crate) given_name: String,
    pub(crate) family_name: String,
    /// In mixed case, which a server has to give back as it came.
    pub(crate) email: String,
    pub(crate) title: Option<String>,
    pub(crate) department: String,
    pub(crate) employee_number: String,
    pub(crate) phone: Option<String>,
    /// The most important one first. Never empty.
    pub(crate) roles: Vec<String>,
    /// Always somebody active with a lower key, so that nobody manages themselves by way of others.
    pub(crate) manager: Option<PersonKey>,
    pub(crate) active: bool,
}

impl Person {
    /// As Entra is told to compose it: `Join(" ", [givenName], [surname])`.
    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// What the identity provider knows of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) external_id: String,
    pub(crate) display_name: String,
    pub(crate) members: BTreeSet<PersonKey>,
}

/// The company at one moment. What the server must hold after a push, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) people: BTreeMap<PersonKey, Person>,
    pub(crate) groups: BTreeMap<GroupKey, Group>,
}

impl Directory {
    /// The groups that `person` is in.
    pub(crate) fn groups_of(&self, person: PersonKey) -> impl Iterator<Item = (GroupKey, &Group)> {
        self.groups
            .iter()
            .filter(move |(_, group)| group.members.contains(&person))
            .map(|(key, group)| (*key, group))
    }

    /// How many times anybody is in a group.
    pub(crate) fn membership_count(&self) -> usize {
        self.groups.values().map(|group| group.members.len()).sum()
    }

    /// Makes happen what `intent` says.
    pub(crate) fn apply(&mut self, intent: &Intent) {
        match intent {
            Intent::Join { person, record } => {
                self.people.insert(*person, (**record).clone());
            }
            Intent::Update { person, changes } => self.change(*person, |record| {
                for change in changes {
                    change_record(record, change);
                }
            }),
            Intent::SetManager { person, manager } => {
                self.change(*person, |record| record.manager = *manager)
            }
            Intent::Deactivate { person } => self.change(*person, |record| record.active = false),
            Intent::Reactivate { person } => self.change(*person, |record| record.active = true),
            Intent::Delete { person } => {
                self.people.remove(person);
                // No intent takes a deleted person out of their groups: with the record goes what hung on it.
                for group in self.groups.values_mut() {
                    group.members.remove(person);
                }
            }
            Intent::Found { group, record } => {
                self.groups.insert(*group, record.clone());
            }
            Intent::Regroup { group, regrouping } => {
                if let Some(record) = self.groups.get_mut(group) {
                    if let Some(name) = &regrouping.renamed {
                        record.display_name.clone_from(name);
                    }
                    record.members.retain(|member| !regrouping.left.contains(member));
                    record.members.extend(&regrouping.joined);
                }
            }
            Intent::Dissolve { group } => {
                self.groups.remove(group);
            }
        }
    }

    fn change(&mut self, person: PersonKey, change: impl FnOnce(&mut Person)) {
        if let Some(record) = self.people.get_mut(&person) {
            change(record);
        }
    }
}

fn change_record(person: &mut Person, change: &Change) {
    match change {
        Change::UserName(name) => person.user_name.clone_from(name),
        Change::FamilyName(name) => person.family_name.clone_from(name),
        Change::Email(email) => person.email.clone_from(email),
        Change::Title(title) => person.title.clone_from(title),
        Change::Department(department) => person.department.clone_from(department),
        Change::Phone(phone) => person.phone = Some(phone.clone()),
        Change::Roles(roles) => person.roles.clone_from(roles),
    }
}

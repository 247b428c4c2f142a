//! The model: what was acknowledged, and the memberships that follow from it. No server in it.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Id = String;

/// A role in a workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    Member,
    Manager,
    Admin,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Member, Self::Manager, Self::Admin];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Person {
    pub(crate) user_name: String,
    pub(crate) external_id: String,
    pub(crate) active: bool,
    /// In the organisation.
    pub(crate) role: &'static str,
    pub(crate) title: String,
    pub(crate) etag: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) external_id: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Workspace {
    pub(crate) name: String,
    pub(crate) slug: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mapping {
    pub(crate) group: Id,
    pub(crate) workspace: Id,
    pub(crate) role: Role,
}

/// How names are read: what they begin with, if they are read at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Pattern {
    pub(crate) enabled: bool,
    pub(crate) prefix: &'static str,
}

/// What one client knows to be so, or all of them together.
#[derive(Clone, Default, Debug)]
pub(crate) struct Facts {
    pub(crate) people: BTreeMap<Id, Person>,
    pub(crate) groups: BTreeMap<Id, Group>,
    pub(crate) workspaces: BTreeMap<Id, Workspace>,
    /// Group and person.
    pub(crate) members: BTreeSet<(Id, Id)>,
    /// The outer group and the inner one.
    pub(crate) nested: BTreeSet<(Id, Id)>,
    pub(crate) mappings: BTreeMap<Id, Mapping>,
    /// Workspace and person.
    pub(crate) grants: BTreeMap<(Id, Id), Role>,
    /// Of the one client that changes it.
    pub(crate) pattern: Option<Pattern>,
}

impl Facts {
    /// Both. Where both know a thing, its owner is the second.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.people.extend(other.people);
        self.groups.extend(other.groups);
        self.workspaces.extend(other.workspaces);
        self.members.extend(other.members);
        self.nested.extend(other.nested);
        self.mappings.extend(other.mappings);
        self.grants.extend(other.grants);
        self.pattern = other.pattern.or(self.pattern);
        self
    }

    /// Who is where, as what: the highest of all that speaks for an active person.
    pub(crate) fn memberships(&self) -> BTreeMap<(Id, Id), Role> {
        let mut found = self.grants.clone();
        for (group, workspace, role) in self.gives() {
            for person in self.people_in(&group) {
                let held = found.entry((workspace.clone(), person)).or_insert(role);
                *held = role.max(*held);
            }
        }
        found.retain(|(_, person), _| self.people[person].active);
        found
    }

    /// Which group gives what where: what administrators say, and of the groups of which they say nothing, the name.
    fn gives(&self) -> Vec<(Id, Id, Role)> {
        let mut gives: Vec<_> = self
            .mappings
            .values()
            .map(|mapping| (mapping.group.clone(), mapping.workspace.clone(), mapping.role))
            .collect();
        let mapped: BTreeSet<Id> = gives.iter().map(|(group, ..)| group.clone()).collect();
        for (id, group) in self.groups.iter().filter(|(id, _)| !mapped.contains(*id)) {
            let Some((key, role)) = self.read(&group.name) else { continue };
            let named = |workspace: &Workspace| workspace.slug == key || workspace.name.to_lowercase() == key;
            if let Some((workspace, _)) = self.workspaces.iter().find(|(_, workspace)| named(workspace)) {
                gives.push((id.clone(), workspace.clone(), role));
            }
        }
        gives
    }

    /// `ws-NAME-role-ROLE`
    fn read(&self, name: &str) -> Option<(String, Role)> {
        let pattern = self.pattern.as_ref().filter(|pattern| pattern.enabled)?;
        let (workspace, role) = name.strip_prefix(pattern.prefix)?.rsplit_once("-role-")?;
        Some((workspace.to_lowercase(), Role::read(role)?))
    }

    fn people_in(&self, group: &Id) -> BTreeSet<Id> {
        let (mut groups, mut next) = (BTreeSet::from([group.clone()]), vec![group.clone()]);
        while let Some(outer) = next.pop() {
            for (_, inner) in self.nested.iter().filter(|(of, _)| *of == outer) {
                if groups.insert(inner.clone()) {
                    next.push(inner.clone());
                }
            }
        }
        self.members.iter().filter(|(of, _)| groups.contains(of)).map(|(_, person)| person.clone()).collect()
    }
}

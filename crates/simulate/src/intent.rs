//! What may happen in the company that its identity provider then has to say to the server.

use std::collections::BTreeSet;

use crate::directory::{Group, GroupKey, Person, PersonKey};

/// One thing that happened to one person or one group. Within a phase of a cycle a resource has at most one, so that
/// a phase may be pushed in any order and by several threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Comes without a manager, who may be joining at the same time.
    Join {
        person: PersonKey,
        record: Box<Person>,
    },
    Update {
        person: PersonKey,
        changes: Vec<Change>,
    },
    SetManager {
        person: PersonKey,
        manager: Option<PersonKey>,
    },
    Deactivate {
        person: PersonKey,
    },
    Reactivate {
        person: PersonKey,
    },
    Delete {
        person: PersonKey,
    },
    Found {
        group: GroupKey,
        record: Group,
    },
    Regroup {
        group: GroupKey,
        regrouping: Regrouping,
    },
    Dissolve {
        group: GroupKey,
    },
}

/// An attribute of a person that got another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    UserName(String),
    FamilyName(String),
    Email(String),
    /// `None` only from identity providers that can say so ([`Habits`](crate::dialect::Habits)).
    Title(Option<String>),
    Department(String),
    /// Given to people who had none; it stays the same afterwards.
    Phone(String),
    Roles(Vec<String>),
}

/// What changes in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Regrouping {
    pub(crate) renamed: Option<String>,
    pub(crate) joined: BTreeSet<PersonKey>,
    pub(crate) left: BTreeSet<PersonKey>,
    pub(crate) push: Push,
}

/// How the members of a group travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Push {
    /// Who joined and who left.
    #[default]
    Delta,
    /// Everybody who is in it now.
    WholeSet,
}

/// The steps of a cycle. Each ends before the next begins, because it names what the earlier ones made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    People,
    Managers,
    Groups,
    Deletions,
}

impl Phase {
    pub(crate) const ALL: [Self; 4] = [Self::People, Self::Managers, Self::Groups, Self::Deletions];
}

/// A person or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Person(PersonKey),
    Group(GroupKey),
}

impl Subject {
    /// Where the server keeps resources of this kind.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::Person(_) => "/Users",
            Self::Group(_) => "/Groups",
        }
    }
}

impl Intent {
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::Join { .. } | Self::Update { .. } | Self::Deactivate { .. } | Self::Reactivate { .. } => {
                Phase::People
            }
            Self::SetManager { .. } => Phase::Managers,
            Self::Found { .. } | Self::Regroup { .. } | Self::Dissolve { .. } => Phase::Groups,
            Self::Delete { .. } => Phase::Deletions,
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::Join { person, .. }
            | Self::Update { person, .. }
            | Self::SetManager { person, .. }
            | Self::Deactivate { person }
            | Self::Reactivate { person }
            | Self::Delete { person } => Subject::Person(*person),
            Self::Found { group, .. } | Self::Regroup { group, .. } | Self::Dissolve { group } => {
                Subject::Group(*group)
            }
        }
    }
}

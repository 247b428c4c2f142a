//! Whether what is derived agrees with what it is derived from: what a check finds, and what a repair has mended.

use rolecall_domain::role::WorkspaceRole;

/// What shall happen to what is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mending {
    /// Nothing.
    Look,
    /// It is mended, by units of work of their own.
    Repair,
}

/// What was compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The members of groups are people and groups that exist.
    Members,
    /// Every address of a person is in the index of addresses.
    Emails,
    /// The counted blocks by which pages are found.
    Positions,
    /// How many people each workspace says it has.
    People,
    /// Memberships follow from groups, mappings and grants.
    Memberships,
}

impl Part {
    /// In the order in which they are looked at: each is mended before what depends on it.
    pub const ALL: [Self; 5] =
        [Self::Members, Self::Emails, Self::Positions, Self::People, Self::Memberships];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Members => "group members",
            Self::Emails => "e-mail index",
            Self::Positions => "positions",
            Self::People => "people of workspaces",
            Self::Memberships => "memberships",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where.
    pub part: Part,
    /// The person, if it is about one: `userName`, or the id where there is no such person.
    pub person: Option<String>,
    /// The workspace, if it is about one.
    pub workspace: Option<String>,
    /// What is there.
    pub found: String,
    /// What should be.
    pub expected: String,
}

/// What a check of an organisation found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Findings {
    /// How many differences there are in each part of [`Part::ALL`].
    pub counts: [u64; Part::ALL.len()],
    /// The first of them.
    pub differences: Vec<Difference>,
}

impl Findings {
    /// How many differences there are in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn count(&mut self, part: Part, more: i64) {
        self.counts[part as usize] += more.unsigned_abs();
    }
}

/// How a role is told, by its rank.
pub(crate) fn role(rank: Option<i16>) -> String {
    match rank {
        None => "no membership".to_owned(),
        Some(rank) => WorkspaceRole::from_rank(rank)
            .map_or_else(|| format!("rank {rank}"), |role| role.as_str().to_owned()),
    }
}

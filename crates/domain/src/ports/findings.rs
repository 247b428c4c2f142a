//! What an administrator should look at: each question answers how many there are and the first few.
//!
//! They read an organisation through, which is for a page that is opened now and then, not for a hot path.

use super::StoreResult;
use crate::{ids::OrgId, time::Timestamp};

/// Something that stands out, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// How many there are in all.
    pub count: u64,
    /// The names of the first few.
    pub names: Vec<String>,
}

/// Questions. `limit` is how many names to answer with.
pub trait ReadFindings {
    /// Pushed groups that give nobody anything, by a mapping, their name, or a group around them.
    fn groups_without_mapping(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    /// Pairs of groups that map themselves to the same workspace and share somebody.
    fn overlapping_groups(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    /// Groups that an administrator mapped and that no IdP has pushed.
    fn mapped_and_never_pushed(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    /// Pushed groups that an administrator mapped and that have no members.
    fn mapped_and_empty(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    /// Words in `roles` that are no roles, each with how many people have it, such as `auditor (22 people)`, the most frequent
    /// first. The count is of people.
    fn unknown_roles(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample>;
    /// Roles given by hand that end up to that moment, the next first, each as `ada@acme.test in Sales`. This one goes by an index.
    fn grants_ending(&mut self, org: OrgId, until: Timestamp, limit: u32) -> StoreResult<Sample>;
    /// Active people who are in no workspace, counted up to `most`. The cost follows how many people there are before so many
    /// are found.
    fn people_in_no_workspace(&mut self, org: OrgId, limit: u32, most: u32) -> StoreResult<Sample>;
}

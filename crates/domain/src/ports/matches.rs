//! People who are in the organisation twice: which pairs there are, and two made one.

use super::{Slice, StoreResult};
use crate::{
    event::{Cause, EventKind},
    ids::{ChangeId, OrgId, RefusalId, UserId},
    records::{Merge, RefusedMatch},
    use_cases::matches::MatchedBy,
};

/// Somebody who is nobody's, a pushed person who is probably the same, and by what.
pub type Pair = (UserId, UserId, MatchedBy);

/// Questions.
pub trait ReadMatches {
    /// Pushed people who have an `externalId`, an `app_id` or an e-mail address in common with these, who are nobody's; in no
    /// order, and perhaps by both; without the pairs that were refused. One statement.
    fn matches_of(&mut self, org: OrgId, people: &[UserId]) -> StoreResult<Vec<Pair>>;
    /// The same of everybody who is nobody's, in id order after `from`, looking at so many people; and the last of them, unless
    /// there are no more. Two statements.
    fn matches_after(
        &mut self,
        org: OrgId,
        from: Option<UserId>,
        through: u32,
    ) -> StoreResult<(Vec<Pair>, Option<UserId>)>;
    /// The pairs that were refused, in the order in which they were.
    fn list_refused(&mut self, org: OrgId, slice: Slice<RefusalId>) -> StoreResult<Vec<RefusedMatch>>;
    /// How many there are.
    fn count_refused(&mut self, org: OrgId) -> StoreResult<u64>;
    /// That these two were refused, if they were.
    fn find_refused(
        &mut self,
        org: OrgId,
        waiting: UserId,
        user: UserId,
    ) -> StoreResult<Option<RefusedMatch>>;
    /// Who somebody is now who was made one with another, and that one perhaps with another still; `None` who never was. The
    /// person may be gone.
    fn find_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<Option<UserId>>;
    /// The ids of all who were made one with this person, and with those.
    fn former_ids(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<UserId>>;
    /// With whom this change made the one of that id one.
    fn merged_by(&mut self, org: OrgId, change: ChangeId, former: UserId) -> StoreResult<Option<UserId>>;
}

/// Changes.
pub trait WriteMatches {
    /// Notes that two people are not one. The caller has looked whether it is noted.
    fn put_refused(&mut self, org: OrgId, refused: &RefusedMatch) -> StoreResult<()>;
    /// Forgets it; `false` when it was not noted.
    fn delete_refused(&mut self, org: OrgId, id: RefusalId) -> StoreResult<bool>;
    /// Gives by hand to one person what another has by hand, where the one has not as much, with an event for each; answers how
    /// many those were. Where one of the two has something that ends, both are left as they are. Two statements at most.
    fn move_grants(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64>;
    /// Puts a person into the groups that another is in, with an event for each; answers how many those were. The other stays in
    /// them, and the groups get no new version until they leave. Two statements at most.
    fn move_places(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64>;
    /// Notes who somebody is from now on.
    fn put_merged(&mut self, org: OrgId, merge: &Merge<'_>, cause: &Cause) -> StoreResult<()>;
    /// Forgets it: who has that id is somebody of their own.
    fn delete_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<()>;
    /// Records that two people became one (`user.merged`), or are two again (`user.unmerged`).
    fn push_merge(
        &mut self,
        org: OrgId,
        cause: &Cause,
        kind: EventKind,
        merge: &Merge<'_>,
    ) -> StoreResult<()>;
}

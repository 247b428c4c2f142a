//! People who keep what the directory took away, until that is settled.

use super::{Scope, Slice, StoreResult};
use crate::{
    event::Cause,
    guard::Brake,
    ids::{OrgId, UserId},
    records::{Hold, HoldReason, Kept},
    time::Timestamp,
};

/// On what terms people are held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoldTerms {
    /// Why.
    pub reason: HoldReason,
    /// Whether it is decided already that they keep what they have.
    pub kept: bool,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

/// What a removal by the directory has to look at before it takes access away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guarding {
    /// When losses are too many.
    pub brake: Brake,
    /// Whether a group can make somebody an owner of the organisation.
    pub owners_by_group: bool,
}

/// Questions.
pub trait ReadHolds {
    /// The hold that a person is under.
    fn find_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<Hold>>;
    /// People under a hold, in id order; only those decided on (`Some(true)`) or waiting (`Some(false)`), if asked.
    fn list_holds(&mut self, org: OrgId, kept: Option<bool>, slice: Slice<UserId>) -> StoreResult<Vec<Hold>>;
    /// How many there are.
    fn count_holds(&mut self, org: OrgId, kept: Option<bool>) -> StoreResult<u64>;
    /// How many people in scope would lose a membership, or get a lower role, if memberships were recomputed now.
    /// One statement.
    fn count_losers(&mut self, org: OrgId, scope: &Scope) -> StoreResult<u64>;
    /// What guards an organisation. One statement.
    fn guarding(&mut self, org: OrgId) -> StoreResult<Guarding>;
    /// How many people were noted since then by [`WriteHolds::note_losers`].
    fn count_recent_removals(&mut self, org: OrgId, since: Timestamp) -> StoreResult<u64>;
    /// How many people are in a workspace, or `enough` when there are as many or more: no more are counted.
    fn count_people_with_access(&mut self, org: OrgId, enough: u64) -> StoreResult<u64>;
    /// Whether somebody besides this person is an owner of the organisation and active, or held.
    fn has_other_owner(&mut self, org: OrgId, user: UserId) -> StoreResult<bool>;
    /// What people have because of their holds alone, in the order of (person, workspace). One statement.
    fn kept_by_holds(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<Kept>>;
    /// Holds of any organisation whose time has come, at most `limit`.
    fn ended_holds(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, UserId)>>;
}

/// Changes.
pub trait WriteHolds {
    /// Puts a person under a hold, or changes the one they are under.
    fn put_hold(&mut self, org: OrgId, hold: &Hold) -> StoreResult<()>;
    /// Puts everybody in scope who would lose a membership, or get a lower role, under a hold, unless they are under one;
    /// answers whom. One statement.
    fn hold_losers(
        &mut self,
        org: OrgId,
        cause: &Cause,
        scope: &Scope,
        terms: HoldTerms,
    ) -> StoreResult<Vec<UserId>>;
    /// Puts those in scope who would no longer be owners of the organisation under a hold ([`HoldReason::LastOwner`]) when
    /// nobody else would be one; answers whom. One statement.
    fn hold_last_owners(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Vec<UserId>>;
    /// Notes those in scope who are about to lose access, for the brake; answers how many. One statement.
    fn note_losers(&mut self, org: OrgId, scope: &Scope, now: Timestamp) -> StoreResult<u64>;
    /// Forgets who was noted before that time; answers how many. One statement.
    fn drop_recent_removals(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64>;
    /// Ends a hold; `false` when there was none. A recomputation then takes away what it kept.
    fn delete_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<bool>;
    /// Hides a person from SCIM who stays under a hold: out of every list, `userName` and `externalId` free again.
    fn hide_user(&mut self, org: OrgId, user: UserId, now: Timestamp) -> StoreResult<()>;
    /// Shows a hidden person again, whose record is written anew first. Nothing happens to one who is not hidden.
    fn show_user(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
}

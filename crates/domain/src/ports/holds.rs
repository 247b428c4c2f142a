//! People who keep what the directory took away, until that is settled.

use super::{Scope, Slice, StoreResult};
use crate::{
    event::Cause,
    ids::{OrgId, UserId},
    records::{Hold, HoldReason},
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
}

/// Changes.
pub trait WriteHolds {
    /// Puts a person under a hold, or changes the one they are under.
    fn put_hold(&mut self, org: OrgId, hold: &Hold) -> StoreResult<()>;
    /// Puts everybody in scope who would lose a membership, or get a lower role, under a hold, unless they are under one;
    /// answers how many. One statement.
    fn hold_losers(&mut self, org: OrgId, cause: &Cause, scope: &Scope, terms: HoldTerms)
    -> StoreResult<u64>;
    /// Ends a hold; `false` when there was none. A recomputation then takes away what it kept.
    fn delete_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<bool>;
    /// Hides a person from SCIM who stays under a hold: out of every list, `userName` and `externalId` free again.
    fn hide_user(&mut self, org: OrgId, user: UserId, now: Timestamp) -> StoreResult<()>;
}

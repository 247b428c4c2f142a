//! The record of what happened, written by the same transaction.

use super::StoreResult;
use crate::{
    event::{Cause, Event, NewEvent},
    ids::{ChangeId, OrgId},
};

/// Questions.
pub trait ReadEvents {
    /// What happened after `seq`, in order.
    fn events_after(&mut self, org: OrgId, seq: i64, limit: u32) -> StoreResult<Vec<Event>>;
    /// What happened last, the newest first.
    fn latest_events(&mut self, org: OrgId, limit: u32) -> StoreResult<Vec<Event>>;
    /// What one unit of work caused, in order; at most so many.
    fn events_of(&mut self, org: OrgId, change: ChangeId, limit: u32) -> StoreResult<Vec<Event>>;
}

/// Changes.
pub trait WriteEvents {
    /// Appends facts in this order. One statement for any number that a request can cause.
    fn push_events(&mut self, org: OrgId, cause: &Cause, events: &[NewEvent]) -> StoreResult<()>;
}

//! Keeping what is removed, and reading the record backwards.

use uuid::Uuid;

use super::StoreResult;
use crate::{
    event::Cause,
    ids::{ChangeId, OrgId},
    time::Timestamp,
    undo::{Entry, Link, Removal, RemovedRecord},
};

/// What an undo needs of a store. It reads inside the transaction that it writes in, so that it never works on what is
/// no longer so.
pub trait UndoStore {
    /// Keeps what is about to be removed, with all that goes with it. At most two statements, however much goes.
    fn keep_removed(&mut self, org: OrgId, cause: &Cause, what: &Removal) -> StoreResult<()>;
    /// What `change` removed under that id (nil for settings); `None` when nothing is kept of it any more.
    fn removed_record(
        &mut self,
        org: OrgId,
        change: ChangeId,
        id: Uuid,
    ) -> StoreResult<Option<RemovedRecord>>;
    /// What went with it. As much as went.
    fn removed_links(&mut self, org: OrgId, change: ChangeId, owner: Uuid) -> StoreResult<Vec<Link>>;
    /// The events before `seq`, the latest first; of one change, if given.
    fn entries_before(
        &mut self,
        org: OrgId,
        change: Option<ChangeId>,
        seq: i64,
        limit: u32,
    ) -> StoreResult<Vec<Entry>>;
    /// Keeps no longer what was removed before that time; answers how many rows.
    fn drop_removed(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64>;
}

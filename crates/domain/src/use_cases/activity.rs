//! How busy the identity providers were lately, and what their last cycle did: read from the provisioning log, at a cost
//! that does not grow with it.

#[cfg(test)]
mod tests;

use crate::{
    ids::OrgId,
    ports::{ReadTx, RequestCount, RequestFilter, StoreResult},
    request_log::LoggedRequest,
    time::Timestamp,
};

/// So many hours are counted.
pub const HOURS: i64 = 24;
/// So far requests are counted in an hour.
pub const MOST: u32 = 2000;
/// So many requests are looked through for the last cycle.
pub const LOOKED_THROUGH: u32 = 300;

const HOUR: i64 = 3_600_000;
/// A silence longer than this ends a cycle. Entra begins one about every 40 minutes.
const SILENCE: i64 = 10 * 60_000;

/// An hour of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hour {
    /// When it began.
    pub from: Timestamp,
    /// What came in it.
    pub requests: RequestCount,
}

/// The requests of the last hours, the present one included, in order. One statement.
pub fn hours(tx: &mut (impl ReadTx + ?Sized), org: OrgId, now: Timestamp) -> StoreResult<Vec<Hour>> {
    let present = now.0.div_euclid(HOUR);
    let moments: Vec<Timestamp> =
        (present - HOURS + 1..=present + 1).map(|hour| Timestamp(hour * HOUR)).collect();
    let counts = tx.count_requests(org, &moments, MOST)?;
    Ok(moments.into_iter().zip(counts).map(|(from, requests)| Hour { from, requests }).collect())
}

/// Requests that followed each other closely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// The first of them; where `whole` is false, the first that was looked at.
    pub began: Timestamp,
    /// The last of them.
    pub ended: Timestamp,
    /// How many there were.
    pub requests: u64,
    /// How many asked for a change and were obeyed.
    pub changes: u64,
    /// How many were answered 400 or above.
    pub failed: u64,
    /// Whether all of it was looked at.
    pub whole: bool,
}

/// The last cycle of whoever was let in. One statement.
pub fn last_cycle(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Option<Cycle>> {
    let rows = tx.list_requests(org, &RequestFilter::default(), None, LOOKED_THROUGH)?;
    let reaches_back = rows.len() < LOOKED_THROUGH as usize;
    let let_in: Vec<&LoggedRequest> = rows.iter().filter(|request| request.refused.is_none()).collect();
    let Some(last) = let_in.first() else { return Ok(None) };
    let mut cycle =
        Cycle { began: last.at, ended: last.at, requests: 0, changes: 0, failed: 0, whole: reaches_back };
    for request in let_in {
        if cycle.began.0 - request.at.0 > SILENCE {
            cycle.whole = true;
            break;
        }
        cycle.began = request.at;
        cycle.requests += 1;
        cycle.failed += u64::from(request.failed());
        cycle.changes += u64::from(!request.failed() && request.method != "GET");
    }
    Ok(Some(cycle))
}

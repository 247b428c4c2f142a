//! Only those who wait and for whom somebody is proposed.

use std::collections::BTreeSet;

use super::{Waiting, shown};
use crate::{
    ids::{OrgId, UserId},
    ports::{ReadTx, Slice, StoreResult},
};

/// So many people who wait are looked at for a page, whether anybody is proposed for them or not.
pub const LOOKED_AT: u32 = 2_000;

/// A page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposed {
    /// Who is on it, in id order; perhaps fewer than asked for, or nobody.
    pub rows: Vec<Waiting>,
    /// Where the next one begins, if there may be more.
    pub next: Option<UserId>,
}

/// Those who wait and have a match, looking at `through` who wait. A constant number of statements, and one for each person shown.
pub fn list_proposed(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    slice: Slice<UserId>,
    through: u32,
) -> StoreResult<Proposed> {
    let (mut matches, looked_up_to) = tx.matches_after(org, slice.after, through)?;
    let ids: BTreeSet<UserId> = matches.iter().map(|(of, ..)| *of).collect();
    let ids: Vec<UserId> = ids.into_iter().collect();
    let limit = slice.limit as usize;
    let (page, next) = match ids.get(limit) {
        None => (&*ids, looked_up_to),
        Some(_) => (&ids[..limit], ids[..limit].last().copied()),
    };
    let mut waiting = Vec::with_capacity(page.len());
    for id in page {
        waiting.extend(tx.find_user(org, *id)?);
    }
    matches.retain(|(of, ..)| page.binary_search(of).is_ok());
    Ok(Proposed { rows: shown(tx, org, waiting, matches)?, next })
}

//! All users, page by page, as Entra and Okta read them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::exchange::Request;
use crate::session::{PushError, Session};

/// What Okta asks for at a time.
const PAGE: u64 = 100;

/// The users that were asked for, by id.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) held: BTreeMap<String, Value>,
    pub(super) twice: BTreeSet<String>,
    /// Whether the total stayed the same from page to page. When it did not, somebody else was writing, and a page
    /// boundary may have moved over somebody.
    pub(super) was_steady: bool,
}

/// Reads every page and keeps those users whose id is among `wanted`; the others are not ours.
pub(super) fn read<'w>(
    session: Session<'_>,
    wanted: impl Iterator<Item = &'w String>,
) -> Result<Listing, PushError> {
    let wanted: BTreeSet<&String> = wanted.collect();
    let mut listing = Listing { held: BTreeMap::new(), twice: BTreeSet::new(), was_steady: true };
    let mut total = None;
    let mut start = 1;
    loop {
        let answer = session.send(&Request::get(format!("/Users?startIndex={start}&count={PAGE}")))?;
        let mut body = answer.body.unwrap_or_default();
        let now = body.get("totalResults").and_then(Value::as_u64).unwrap_or(0);
        listing.was_steady &= *total.get_or_insert(now) == now;
        let page =
            body.get_mut("Resources").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        start += page.len() as u64;
        let is_last = page.is_empty() || start > now;
        for user in page {
            let Some(id) = user.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            if !wanted.contains(&id) {
                continue;
            }
            if listing.held.insert(id.clone(), user).is_some() && listing.was_steady {
                listing.twice.insert(id);
            }
        }
        if is_last {
            return Ok(listing);
        }
    }
}

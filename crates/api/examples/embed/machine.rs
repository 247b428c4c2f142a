//! What Rolecall's crates never ask the machine themselves: the time, new ids and randomness.

use std::time::{SystemTime, UNIX_EPOCH};

use rolecall_domain::{
    ports::{Clock, Ids},
    time::Timestamp,
};
use uuid::Uuid;

/// The clock, and ids that ascend.
pub(crate) struct Machine;

impl Clock for Machine {
    #[allow(clippy::disallowed_methods, reason = "an application asks the machine somewhere: here")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Ids for Machine {
    #[allow(clippy::disallowed_methods, reason = "an application asks the machine somewhere: here")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// 244 random bits of the operating system, which a version 4 UUID is made of but for six bits.
#[allow(clippy::disallowed_methods, reason = "an application asks the machine somewhere: here")]
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

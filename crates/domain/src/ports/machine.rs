//! The clock, ids and randomness. Only `crates/server` implements them with the real machine.

use uuid::Uuid;

use crate::time::Timestamp;

/// What time it is.
pub trait Clock: Send + Sync {
    /// The moment now.
    fn now(&self) -> Timestamp;
}

/// New ids.
pub trait Ids: Send + Sync {
    /// An id that nothing has yet. Later ones sort after earlier ones (UUID version 7), so that id order is
    /// the order of creation.
    fn next(&self) -> Uuid;
}

/// Unguessable bytes.
pub trait Entropy: Send + Sync {
    /// 32 bytes from the machine's cryptographic generator.
    fn bytes(&self) -> [u8; 32];
}

//! A machine without surprises: time stands still, ids count up, chance always says the same.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use uuid::Uuid;

use crate::{
    ports::{Clock, Entropy, Ids},
    time::Timestamp,
};

/// A clock that stands until the test moves it.
#[derive(Debug)]
pub struct StandingClock(AtomicI64);

impl StandingClock {
    /// Stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Puts it to another moment, also an earlier one.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Lets so many seconds pass.
    pub fn pass_seconds(&self, seconds: i64) {
        self.set(self.now().plus_seconds(seconds));
    }

    /// Lets so many days pass.
    pub fn pass_days(&self, days: i64) {
        self.set(self.now().plus_days(days));
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count up from one, each in the shape of a UUID version 7: later ones sort after earlier ones.
#[derive(Debug, Default)]
pub struct NumberedIds(AtomicU64);

impl NumberedIds {
    /// The `number`th id that a fresh one gives: `NumberedIds::nth(1)` is the first.
    pub fn nth(number: u64) -> Uuid {
        // Version and variant where RFC 9562 §5.7 has them; the number in the low 48 bits.
        Uuid::from_u128((7 << 76) | (2 << 62) | u128::from(number & 0xffff_ffff_ffff))
    }
}

impl Ids for NumberedIds {
    fn next(&self) -> Uuid {
        Self::nth(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// The same 32 bytes every time.
#[derive(Clone, Copy, Debug)]
pub struct FixedEntropy(pub [u8; 32]);

impl Entropy for FixedEntropy {
    fn bytes(&self) -> [u8; 32] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stands_still_until_the_test_moves_it() {
        let clock = StandingClock::at(Timestamp(5));
        assert_eq!((clock.now(), clock.now()), (Timestamp(5), Timestamp(5)));
        clock.pass_days(1);
        clock.pass_seconds(1);
        assert_eq!(clock.now(), Timestamp(86_401_005));
    }

    #[test]
    fn numbered_ids_are_distinct_and_ascend() {
        let ids = NumberedIds::default();
        let made: Vec<Uuid> = (0..300).map(|_| ids.next()).collect();
        assert!(made.is_sorted_by(|earlier, later| earlier < later));
        assert_eq!((made[0], made[0].get_version_num()), (NumberedIds::nth(1), 7));
    }
}

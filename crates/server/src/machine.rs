//! The machine's clock, ids and randomness: the only place in Rolecall that asks for them.

use std::time::{SystemTime, UNIX_EPOCH};

use rolecall_domain::{
    ports::{Clock, Entropy, Ids},
    time::Timestamp,
};
use uuid::Uuid;

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// The moment now.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub(crate) fn now() -> Timestamp {
    timestamp_of(SystemTime::now())
}

/// A moment as the machine gives it; what lies before 1970 counts as 1970.
pub(crate) fn timestamp_of(moment: SystemTime) -> Timestamp {
    let millis = moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// UUIDs of version 7.
pub(crate) struct TimeOrderedIds;

impl Ids for TimeOrderedIds {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
    fn next(&self) -> Uuid {
        // One counter for the whole process: ids ascend within a millisecond, and while the clock is set back.
        Uuid::now_v7()
    }
}

/// The operating system's cryptographic generator.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A secret from anything weaker would be worse than no server.
        getrandom::fill(&mut bytes)
            .expect("the operating system's generator answers once the machine has booted");
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_from_every_thread() {
        let made: Vec<Uuid> = (0..10_000).map(|_| TimeOrderedIds.next()).collect();
        assert!(made.is_sorted_by(|earlier, later| earlier < later));
    }

    #[test]
    fn no_two_draws_are_alike() {
        assert_ne!(SystemEntropy.bytes(), SystemEntropy.bytes());
    }

    #[test]
    fn the_clock_is_past_the_day_this_was_written() {
        assert!(SystemClock.now() > Timestamp(1_735_689_600_000));
    }
}

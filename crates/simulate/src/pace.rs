//! Keeps all threads together below a number of requests per second.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Hands out moments to start at, evenly spaced.
pub(crate) struct Pace {
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// `None` when there is no bound.
    pub(crate) fn of(per_second: Option<f64>) -> Option<Self> {
        let gap = Duration::try_from_secs_f64(1.0 / per_second?).ok()?;
        Some(Self { gap, next: Mutex::new(Instant::now()) })
    }

    /// How long to wait at `now` before the next request may start.
    pub(crate) fn turn(&self, now: Instant) -> Duration {
        let mut next = self.next.lock();
        let mine = (*next).max(now);
        *next = mine + self.gap;
        mine.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_second_start_a_tenth_of_a_second_apart() {
        let pace = Pace::of(Some(10.0)).expect("a bound");
        let now = Instant::now() + Duration::from_secs(1);
        let waits: Vec<_> = (0..3).map(|_| pace.turn(now).as_millis()).collect();
        assert_eq!(waits, [0, 100, 200]);
        assert_eq!(pace.turn(now + Duration::from_secs(5)).as_millis(), 0);
    }
}

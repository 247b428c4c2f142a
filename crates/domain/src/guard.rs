//! The mass-removal brake: when so many would lose access at once that somebody should look first.

use serde::{Deserialize, Serialize};

/// A percentage says little about a handful of people: it counts from so many on.
const PERCENT_FROM: u64 = 5;

/// The longest window of a brake: a week.
pub const LONGEST_WINDOW_DAYS: i64 = 7;

/// What keeps an organisation from accidents.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// The mass-removal brake.
    pub brake: Brake,
}

/// When the losses of access that a directory causes are held for a review.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Brake {
    /// Whether anybody looks.
    pub enabled: bool,
    /// More people than this in a window are too many.
    pub max_people: u32,
    /// More than this part of the people who have access are too many, from five people on.
    pub max_percent: u8,
    /// The window, in minutes.
    pub window_minutes: u32,
}

impl Default for Brake {
    fn default() -> Self {
        Self { enabled: false, max_people: 50, max_percent: 30, window_minutes: 60 }
    }
}

/// A brake that cannot work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GuardError {
    /// Not a part of a hundred.
    #[error("guard.brake.max_percent must be from 1 to 100")]
    BadPercent,
    /// No window, or one longer than a week.
    #[error("guard.brake.window_minutes must be from 1 to 10080, which is a week")]
    BadWindow,
}

impl Guard {
    /// Refuses what cannot work.
    pub fn check(&self) -> Result<(), GuardError> {
        if !(1..=100).contains(&self.brake.max_percent) {
            return Err(GuardError::BadPercent);
        }
        if !(1..=10_080).contains(&self.brake.window_minutes) {
            return Err(GuardError::BadWindow);
        }
        Ok(())
    }
}

impl Brake {
    /// Whether so many losses in a window are too many for certain, whoever else has access.
    pub fn stops(&self, losers: u64) -> bool {
        losers > u64::from(self.max_people)
    }

    /// How many people must have access for so many losses to be few enough: who counts them need not count further.
    /// `None`: the percentage does not matter.
    pub fn people_needed(&self, losers: u64) -> Option<u64> {
        (losers >= PERCENT_FROM).then(|| (losers * 100).div_ceil(u64::from(self.max_percent.max(1))))
    }

    /// The window in milliseconds.
    pub fn window_ms(&self) -> i64 {
        i64::from(self.window_minutes) * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_off_until_somebody_turns_it_on() {
        assert!(!Guard::default().brake.enabled);
        assert_eq!(serde_json::from_str::<Guard>("{}").unwrap(), Guard::default());
        assert_eq!(Guard::default().check(), Ok(()));
    }

    #[test]
    fn more_than_the_number_is_too_many_and_more_than_the_percentage_too() {
        let brake = Brake { max_people: 10, max_percent: 20, ..Brake::default() };
        assert!(!brake.stops(10));
        assert!(brake.stops(11));
        assert_eq!(brake.people_needed(4), None, "a handful");
        assert_eq!(brake.people_needed(5), Some(25), "5 of 25 are 20 %");
        assert_eq!(Brake { max_percent: 30, ..brake }.people_needed(10), Some(34));
    }

    #[test]
    fn a_brake_that_cannot_work_is_refused() {
        for brake in [
            Brake { max_percent: 0, ..Brake::default() },
            Brake { max_percent: 101, ..Brake::default() },
            Brake { window_minutes: 0, ..Brake::default() },
            Brake { window_minutes: 10_081, ..Brake::default() },
        ] {
            assert!(Guard { brake }.check().is_err(), "{brake:?}");
        }
    }
}

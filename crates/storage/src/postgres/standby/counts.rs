//! Where long reads went.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Declined;

/// How many long reads were answered by whom, since the start.
#[derive(Default, Debug)]
pub struct ReadCounts {
    standby: AtomicU64,
    late: AtomicU64,
    away: AtomicU64,
    refused: AtomicU64,
    unknown: AtomicU64,
    gave_up: AtomicU64,
}

impl ReadCounts {
    /// Who answered, why, and how many times.
    pub fn all(&self) -> [(&'static str, &'static str, u64); 6] {
        [
            ("standby", "up_to_date", &self.standby),
            ("primary", "standby_late", &self.late),
            ("primary", "standby_away", &self.away),
            ("primary", "standby_refused", &self.refused),
            ("primary", "standby_gave_up", &self.gave_up),
            ("primary", "position_unknown", &self.unknown),
        ]
        .map(|(by, why, count)| (by, why, count.load(Ordering::Relaxed)))
    }

    pub(in crate::postgres) fn answered(&self) {
        self.standby.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn gave_up(&self) {
        self.gave_up.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn declined(&self, why: &Declined) {
        let count = match why {
            Declined::Late => &self.late,
            Declined::Away(_) => &self.away,
            Declined::Refused(_) => &self.refused,
            Declined::Unknown => &self.unknown,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

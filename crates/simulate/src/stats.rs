//! How many requests were made, what became of them, and how long they took.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Counts while the run lasts.
pub(crate) struct Stats {
    micros: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
    retries: u64,
}

/// What the run came to, in numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Traffic {
    /// Requests that were answered, retries included.
    pub requests: u64,
    /// Requests that were made again, after 429, 503 or a lost connection.
    pub retries: u64,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// `requests` over `seconds`.
    pub requests_per_second: f64,
    /// Half of the answers came faster than this.
    pub p50_ms: f64,
    /// All but one in a hundred came faster than this.
    pub p99_ms: f64,
    /// How often each status was seen.
    pub statuses: BTreeMap<u16, u64>,
}

impl Stats {
    pub(crate) fn new() -> Self {
        let micros = Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order");
        Self { micros, statuses: BTreeMap::new(), retries: 0 }
    }

    pub(crate) fn answered(&mut self, status: u16, took: Duration) {
        *self.statuses.entry(status).or_default() += 1;
        self.micros.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    pub(crate) fn has_answers(&self) -> bool {
        !self.micros.is_empty()
    }

    pub(crate) fn retried(&mut self) {
        self.retries += 1;
    }

    pub(crate) fn traffic(&self, elapsed: Duration) -> Traffic {
        let requests = self.micros.len();
        let seconds = elapsed.as_secs_f64();
        let millis = |quantile| self.micros.value_at_quantile(quantile) as f64 / 1_000.0;
        Traffic {
            requests,
            retries: self.retries,
            seconds,
            requests_per_second: if seconds > 0.0 { requests as f64 / seconds } else { 0.0 },
            p50_ms: millis(0.5),
            p99_ms: millis(0.99),
            statuses: self.statuses.clone(),
        }
    }
}

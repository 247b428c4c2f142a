//! Whether to try again after an answer, and how long to wait before that.

use std::time::Duration;

/// The waits between attempts when the server names none: half a minute in all, which a restart fits into.
const PATIENCE: [u64; 9] = [100, 200, 400, 800, 1_600, 3_000, 5_000, 8_000, 12_000];

/// A server that asks for more than this is not waited for any longer at a time.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait after the `attempt`th attempt (from 0) got `status`, or no answer at all; `None` to leave it at
/// that. `Retry-After` is honoured in seconds; its form as a date would need a clock that agrees with the server's.
pub(crate) fn wait(status: Option<u16>, retry_after: Option<&str>, attempt: usize) -> Option<Duration> {
    let own = Duration::from_millis(*PATIENCE.get(attempt)?);
    match status {
        None => Some(own),
        Some(429 | 503) => {
            let asked = retry_after.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
            Some(asked.unwrap_or(own).min(LONGEST))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_overload_or_a_lost_connection_is_tried_again() {
        for status in [200, 201, 204, 400, 401, 404, 409, 412, 500, 501] {
            assert_eq!(wait(Some(status), Some("1"), 0), None, "{status}");
        }
        for status in [Some(429), Some(503), None] {
            assert!(wait(status, None, 0).is_some(), "{status:?}");
        }
    }

    #[test]
    fn retry_after_is_honoured_within_reason() {
        assert_eq!(wait(Some(429), Some("7"), 0), Some(Duration::from_secs(7)));
        assert_eq!(wait(Some(503), Some("86400"), 0), Some(LONGEST));
        assert_eq!(
            wait(Some(503), Some("Wed, 21 Oct 2026 07:28:00 GMT"), 1),
            Some(Duration::from_millis(200))
        );
    }

    #[test]
    fn patience_ends() {
        assert_eq!(wait(Some(429), Some("1"), PATIENCE.len()), None);
        assert_eq!(wait(None, None, PATIENCE.len()), None);
    }
}

//! When a new token or key stops working.

use rolecall_domain::time::Timestamp;

use crate::problem::Problem;

/// The moment that a body asks for: in so many days, or at a time; never, if it says neither.
pub(super) fn expires_at(
    days: Option<u32>,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    match (days, at) {
        (Some(_), Some(_)) => Err(Problem::invalid("give expires_in_days or expires_at, not both")),
        (Some(days @ 1..=36_500), None) => Ok(Some(now.plus_days(i64::from(days)))),
        (Some(days), None) => Err(Problem::invalid(format!("expires_in_days is {days}; give 1 to 36500"))),
        (None, Some(at)) if at <= now => {
            Err(Problem::invalid(format!("expires_at {at} is not in the future; it is {now} now")))
        }
        (None, at) => Ok(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_lasts_as_long_as_was_asked() {
        let now = Timestamp(1_000);
        assert_eq!(expires_at(None, None, now).unwrap(), None);
        assert_eq!(expires_at(Some(1), None, now).unwrap(), Some(Timestamp(86_401_000)));
        assert_eq!(expires_at(None, Some(Timestamp(1_001)), now).unwrap(), Some(Timestamp(1_001)));
        for (days, at) in
            [(Some(1), Some(Timestamp(2_000))), (Some(0), None), (Some(36_501), None), (None, Some(now))]
        {
            assert_eq!(expires_at(days, at, now).unwrap_err().status, 400);
        }
    }
}

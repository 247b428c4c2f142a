//! How long a secret shall work, as typed: `90d`.

use std::str::FromStr;

use rolecall_domain::time::Timestamp;

/// A span of time in seconds; more than none, at most a hundred years.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Lifetime(i64);

/// A text that is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("give a number from 1 and a unit: 45s, 30m, 12h, 90d, 26w or 1y")]
pub(crate) struct NotALifetime;

impl Lifetime {
    /// When something made now ends.
    pub(crate) fn from(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.0)
    }

    /// The moment so long ago.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        now.plus_seconds(-self.0)
    }
}

impl FromStr for Lifetime {
    type Err = NotALifetime;

    fn from_str(text: &str) -> Result<Self, NotALifetime> {
        const YEAR: i64 = 365 * 86_400;
        let text = text.trim();
        let unit = text.chars().next_back().ok_or(NotALifetime)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            'y' => YEAR,
            _ => return Err(NotALifetime),
        };
        let count = &text[..text.len() - unit.len_utf8()];
        // `parse` would take a sign.
        if !count.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotALifetime);
        }
        let total = count.parse::<i64>().ok().and_then(|count| count.checked_mul(seconds));
        total.filter(|total| (1..=100 * YEAR).contains(total)).map(Self).ok_or(NotALifetime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_with_a_unit() {
        for (text, seconds) in [
            ("45s", 45),
            ("30m", 1800),
            ("12h", 43_200),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
            ("1y", 31_536_000),
        ] {
            assert_eq!(text.parse(), Ok(Lifetime(seconds)), "{text}");
        }
        for text in
            ["", "d", "90", "0d", "-1d", "+1d", "1.5d", "90 d", "90D", "101y", "99999999999999999999d", "9é"]
        {
            assert_eq!(text.parse::<Lifetime>(), Err(NotALifetime), "{text}");
        }
    }
}

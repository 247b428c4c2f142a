//! A moment, as a value: nothing in this crate asks the machine what time it is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z. Shown as RFC 3339 in UTC with milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `days` later.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(86_400_000)))
    }

    /// The moment `seconds` later.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// A moment as people write it: exact (`2026-03-01T09:30:00Z`), or a whole day in UTC (`2026-03-01`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// When it begins.
    pub first: Timestamp,
    /// Its last millisecond.
    pub last: Timestamp,
}

impl Moment {
    /// When it is over: a day ends as the next one begins.
    pub fn end(self) -> Timestamp {
        if self.first == self.last { self.last } else { Timestamp(self.last.0 + 1) }
    }
}

/// A text that is no moment.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not a time; write a day like `2026-03-01`, or a time like `2026-03-01T09:30:00Z`")]
pub struct NotAMoment(pub String);

impl FromStr for Moment {
    type Err = NotAMoment;
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let exact = |text: &str| rolecall_scim::instant::parse(text).map(Timestamp);
        if let Some(moment) = exact(text) {
            return Ok(Self { first: moment, last: moment });
        }
        let first = exact(&format!("{text}T00:00:00Z")).ok_or_else(|| NotAMoment(text.to_owned()))?;
        Ok(Self { first, last: Timestamp(first.plus_days(1).0 - 1) })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rolecall_scim::render::timestamp(self.0))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_alone_is_the_whole_day() {
        let day: Moment = "2026-03-01".parse().unwrap();
        assert_eq!(day.first.to_string(), "2026-03-01T00:00:00.000Z");
        assert_eq!(day.last.to_string(), "2026-03-01T23:59:59.999Z");
        assert_eq!(day.end().to_string(), "2026-03-02T00:00:00.000Z");
        let exact: Moment = "2026-03-01T10:30:00+01:00".parse().unwrap();
        assert_eq!(exact.end(), exact.first);
        assert_eq!((exact.first, exact.first.to_string().as_str()), (exact.last, "2026-03-01T09:30:00.000Z"));
        for wrong in ["", "yesterday", "2026-13-01", "2026-03-01T"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }
}

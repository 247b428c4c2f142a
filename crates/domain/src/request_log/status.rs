//! How an administrator asks for answers of a kind: `failed`, `ok`, `4xx`, `409`.

use std::str::FromStr;

/// Which statuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusWanted {
    /// From this one.
    pub from: u16,
    /// To this one.
    pub to: u16,
}

impl StatusWanted {
    /// Everything that did not work.
    pub const FAILED: Self = Self { from: 400, to: 599 };
}

impl FromStr for StatusWanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no status; use failed, ok, a class such as 4xx, or a status such as 409");
        if text.eq_ignore_ascii_case("failed") {
            return Ok(Self::FAILED);
        }
        if text.eq_ignore_ascii_case("ok") {
            return Ok(Self { from: 100, to: 399 });
        }
        let class = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
        match class {
            Some(class) => match class.parse::<u16>() {
                Ok(class @ 1..=5) => Ok(Self { from: class * 100, to: class * 100 + 99 }),
                _ => Err(wrong()),
            },
            None => match text.parse::<u16>() {
                Ok(status @ 100..=599) => Ok(Self { from: status, to: status }),
                _ => Err(wrong()),
            },
        }
    }
}

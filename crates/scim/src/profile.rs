//! How strictly a client is read: by the letter of the RFCs, or with the habits of real identity providers in
//! mind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The two ways to read a client. What they differ in is listed, habit by habit, in [`crate::dialect`].
///
/// Both profiles *send* exactly the same: what Rolecall answers is always plain RFC 7643 and RFC 7644.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// RFC 7644 plus the tolerances that identity providers in the field need. The default.
    #[default]
    Compatible,
    /// RFC 7644 to the letter: what the RFC does not define is refused with the error the RFC names.
    Strict,
}

/// A word that names no profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a profile; use one of: compatible, strict")]
pub struct UnknownProfile {
    /// What was given.
    pub found: String,
}

impl Profile {
    /// Both.
    pub const ALL: [Profile; 2] = [Profile::Compatible, Profile::Strict];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Compatible => "compatible",
            Profile::Strict => "strict",
        }
    }

    /// True for [`Profile::Compatible`]; keeps the conditions in `dialect` short.
    #[must_use]
    pub fn is_compatible(self) -> bool {
        self == Profile::Compatible
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        Profile::ALL
            .into_iter()
            .find(|profile| profile.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownProfile { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_word_in_any_case() {
        for profile in Profile::ALL {
            assert_eq!(profile.as_str().to_uppercase().parse(), Ok(profile));
        }
        let unknown = "lenient".parse::<Profile>().unwrap_err();
        assert_eq!(unknown.to_string(), "`lenient` is not a profile; use one of: compatible, strict");
    }
}

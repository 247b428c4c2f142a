//! What an administrator decided about one connection: whom it may bring, what it may take away.

use rolecall_scim::index::fold;
use serde::{Deserialize, Serialize};

use crate::{records::UserFacts, time::Timestamp};

/// The longest grace time: a year.
const MAX_GRACE_HOURS: u32 = 24 * 366;

/// A connection's switches. What was stored before a switch existed reads as its default.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// E-mail domains that this connection speaks for, folded; empty: any.
    pub verified_domains: Vec<String>,
    /// What becomes of people outside them.
    pub outside_domains: OutsideDomains,
    /// It never takes access away: what somebody has stays, until an administrator ends it.
    pub upsert_only: bool,
    /// An inactive person who is added to a group becomes active.
    pub reactivate_on_group_add: bool,
    /// Administrators cannot give or take by hand what people of this connection have.
    pub lock: bool,
    /// Access that the directory takes away stays for so long.
    pub grace_hours: u32,
    /// What becomes of a person or group of another connection that this one pushes or changes.
    pub on_conflict: OnConflict,
}

/// What becomes of people whose e-mail domain the connection does not speak for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideDomains {
    /// They are not taken in.
    #[default]
    Refuse,
    /// They are taken in, and nothing gives them access.
    NoAccess,
}

/// What becomes of what another connection owns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// The request is refused.
    #[default]
    Refuse,
    /// It becomes this connection's.
    Claim,
}

/// What becomes of a connection's people when it is switched off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PeopleFate {
    /// They stay, nobody's, with what they have as if it had been given by hand.
    Keep,
    /// They stay, nobody's, and are active no more.
    Deactivate,
    /// They go.
    Remove,
}

/// Words, one for each value.
macro_rules! words {
    ($type:ty, $($value:ident => $word:literal),+) => {
        impl $type {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word),+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    format!("`{text}` is none of: {}", known.join(", "))
                })
            }
        }
    };
}
words!(OutsideDomains, Refuse => "refuse", NoAccess => "no_access");
words!(PeopleFate, Keep => "keep", Deactivate => "deactivate", Remove => "remove");
words!(OnConflict, Refuse => "refuse", Claim => "claim");

/// A switch that cannot work.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SwitchError {
    /// Nobody's e-mail address would end so.
    #[error("`{given}` is no e-mail domain; write it like `acme.example`, without `@`")]
    BadDomain {
        /// As given.
        given: String,
    },
    /// Longer than a year.
    #[error("grace_hours must be from 0 to {MAX_GRACE_HOURS}")]
    BadGrace,
}

static NOTHING_SPECIAL: Switches = Switches {
    verified_domains: Vec::new(),
    outside_domains: OutsideDomains::Refuse,
    upsert_only: false,
    reactivate_on_group_add: false,
    lock: false,
    grace_hours: 0,
    on_conflict: OnConflict::Refuse,
};

impl Switches {
    /// Those of administrators and of the operator, who are no connection.
    pub fn nothing_special() -> &'static Self {
        &NOTHING_SPECIAL
    }

    /// Folds the domains, and refuses what cannot work.
    pub fn checked(mut self) -> Result<Self, SwitchError> {
        for domain in &mut self.verified_domains {
            let folded = fold(domain.trim());
            let fits = (1..=253).contains(&folded.len())
                && !folded.contains(|c: char| c == '@' || c == ',' || c.is_whitespace() || c.is_control())
                && !folded.starts_with('.')
                && !folded.ends_with('.');
            if !fits {
                return Err(SwitchError::BadDomain { given: domain.clone() });
            }
            *domain = folded;
        }
        self.verified_domains.sort_unstable();
        self.verified_domains.dedup();
        if self.grace_hours > MAX_GRACE_HOURS {
            return Err(SwitchError::BadGrace);
        }
        Ok(self)
    }

    /// Whether a person is none of this connection's domains. The primary e-mail address decides, or else a `userName`
    /// that looks like one; who has neither is outside.
    pub fn outside(&self, facts: &UserFacts) -> bool {
        if self.verified_domains.is_empty() {
            return false;
        }
        let domain = facts.email.as_deref().and_then(domain_of).or_else(|| domain_of(&facts.user_name));
        domain.is_none_or(|domain| !self.verified_domains.contains(&domain))
    }

    /// When access that is taken away now ends.
    pub fn grace_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.grace_hours > 0).then(|| Timestamp(now.0 + i64::from(self.grace_hours) * 3_600_000))
    }
}

fn domain_of(address: &str) -> Option<String> {
    address.rsplit_once('@').map(|(_, domain)| fold(domain.trim())).filter(|domain| !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::a_user_with;
    use serde_json::json;

    fn of(domains: &[&str]) -> Switches {
        let verified_domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
        Switches { verified_domains, ..Switches::default() }.checked().unwrap()
    }

    #[test]
    fn what_was_stored_before_a_switch_existed_reads_as_its_default() {
        assert_eq!(&serde_json::from_str::<Switches>("{}").unwrap(), Switches::nothing_special());
        assert_eq!(&Switches::default(), Switches::nothing_special());
    }

    #[test]
    fn the_primary_address_decides_and_else_the_user_name() {
        let switches = of(&["ACME.example", "acme.test"]);
        let outside = |attributes| switches.outside(&a_user_with("ada", attributes).facts);
        assert!(!outside(json!({"emails": [{"value": "ada@Acme.Example"}]})));
        assert!(!outside(json!({})), "userName is ada@acme.test");
        assert!(
            outside(json!({"emails": [{"value": "ada@evil.example"}]})),
            "the address comes before userName"
        );
        assert!(outside(json!({"userName": "ada"})), "who has no domain is outside");
        assert!(outside(json!({"userName": "ada@sub.acme.test"})), "a part of a domain is another one");
        assert!(outside(json!({"userName": "ada@acme.test@evil.example"})));
        assert!(!of(&[]).outside(&a_user_with("ada", json!({"userName": "ada"})).facts));
    }

    #[test]
    fn domains_are_folded_and_told_once_and_what_is_none_is_refused() {
        assert_eq!(
            of(&["B.example", "a.example", " b.EXAMPLE "]).verified_domains,
            ["a.example", "b.example"]
        );
        for wrong in ["", "@acme.example", "a b", ".example", "a.", "a,b"] {
            let switches = Switches { verified_domains: vec![wrong.into()], ..Switches::default() };
            assert!(switches.checked().is_err(), "{wrong}");
        }
        let too_long = Switches { grace_hours: MAX_GRACE_HOURS + 1, ..Switches::default() };
        assert_eq!(too_long.checked(), Err(SwitchError::BadGrace));
    }

    #[test]
    fn grace_ends_so_many_hours_later() {
        let switches = Switches { grace_hours: 2, ..Switches::default() };
        assert_eq!(switches.grace_until(Timestamp(5)), Some(Timestamp(7_200_005)));
        assert_eq!(Switches::default().grace_until(Timestamp(5)), None);
    }
}

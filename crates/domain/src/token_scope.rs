//! What a Secret Token lets an identity provider do, where it may not do all.
//!
//! Scopes are by resource type: `groups` of a person are part of the person, `members` of a group part of the group.
//! Schemas and the like (RFC 7644 §4) need none.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::ports::Kind;

/// Whether a request asks or changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// It asks.
    Read,
    /// It changes something.
    Write,
}

/// One thing that a token may do. The words are stable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum TokenScope {
    /// Finds and lists people.
    UsersRead = 1,
    /// Adds, changes and removes people.
    UsersWrite = 2,
    /// Finds and lists groups.
    GroupsRead = 4,
    /// Adds, changes and removes groups, their members included.
    GroupsWrite = 8,
}

/// A word that is no scope.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{found}` is not a scope; use some of: users.read, users.write, groups.read, groups.write")]
pub struct UnknownScope {
    /// What was given.
    pub found: String,
}

impl TokenScope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::UsersRead, Self::UsersWrite, Self::GroupsRead, Self::GroupsWrite];

    /// What a request to resources of this type needs.
    pub const fn of(kind: Kind, reach: Reach) -> Self {
        match (kind, reach) {
            (Kind::User, Reach::Read) => Self::UsersRead,
            (Kind::User, Reach::Write) => Self::UsersWrite,
            (Kind::Group, Reach::Read) => Self::GroupsRead,
            (Kind::Group, Reach::Write) => Self::GroupsWrite,
        }
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UsersRead => "users.read",
            Self::UsersWrite => "users.write",
            Self::GroupsRead => "groups.read",
            Self::GroupsWrite => "groups.write",
        }
    }

    /// Itself, and the reading that comes with writing: identity providers look before they write.
    const fn bits(self) -> u8 {
        match self {
            Self::UsersWrite => 2 | 1,
            Self::GroupsWrite => 8 | 4,
            read => read as u8,
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TokenScope {
    type Err = UnknownScope;

    /// RFC 6749 §3.3: scopes have a case.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| UnknownScope { found: text.to_owned() })
    }
}

/// Some scopes, or all, which is the default. Who may write may read, so that a set with the one always has the other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// All four.
    pub const ALL: Self = Self(15);
    /// None: what needs no scope stays.
    pub const NONE: Self = Self(0);

    /// The one, and what it brings with it.
    pub const fn one(scope: TokenScope) -> Self {
        Self(scope.bits())
    }

    /// Whether it is among them.
    pub const fn has(self, scope: TokenScope) -> bool {
        self.0 & scope as u8 != 0
    }

    /// The first of what is needed that is not among them; `None` where all of it is.
    pub fn missing(self, needed: &[TokenScope]) -> Option<TokenScope> {
        needed.iter().copied().find(|scope| !self.has(*scope))
    }

    /// Those that are in both.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// In their order.
    pub fn iter(self) -> impl Iterator<Item = TokenScope> {
        TokenScope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// What a column holds of them.
    pub const fn bits(self) -> i16 {
        self.0 as i16
    }

    /// What a column held. What this version knows no scope for is left out: that lets nobody do more.
    pub fn from_bits(bits: i16) -> Self {
        TokenScope::ALL.into_iter().filter(|scope| bits & *scope as i16 != 0).collect()
    }
}

impl Default for TokenScopes {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromIterator<TokenScope> for TokenScopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bits()))
    }
}

/// As RFC 6749 §3.3 writes a list of them.
impl fmt::Display for TokenScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(TokenScope::as_str).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Debug for TokenScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenScopes({self})")
    }
}

/// As a list of words.
impl Serialize for TokenScopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(TokenScope::as_str))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::subsequence};

    use super::*;

    fn some() -> impl Strategy<Value = Vec<TokenScope>> {
        subsequence(TokenScope::ALL.to_vec(), 0..=4)
    }

    #[test]
    fn a_token_of_which_nothing_is_said_may_do_all() {
        assert_eq!(TokenScopes::default(), TokenScope::ALL.into_iter().collect());
        assert_eq!(TokenScopes::default().to_string(), "users.read users.write groups.read groups.write");
        assert_eq!(TokenScopes::ALL.missing(&TokenScope::ALL), None);
    }

    #[test]
    fn who_may_write_may_read_and_not_the_other_type() {
        let writes = TokenScopes::one(TokenScope::UsersWrite);
        assert_eq!(writes.to_string(), "users.read users.write");
        assert_eq!(serde_json::to_string(&writes).unwrap(), r#"["users.read","users.write"]"#);
        let both = [TokenScope::UsersRead, TokenScope::GroupsRead];
        assert_eq!((writes.missing(&both[..1]), writes.missing(&both)), (None, Some(TokenScope::GroupsRead)));
    }

    #[test]
    fn a_word_that_is_no_scope_is_told_with_those_that_are() {
        for wrong in ["", "users", "Users.read", "users.read ", "scim"] {
            let told = wrong.parse::<TokenScope>().unwrap_err().to_string();
            assert!(TokenScope::ALL.iter().all(|scope| told.contains(scope.as_str())), "{told}");
        }
    }

    proptest! {
        #[test]
        fn a_request_is_let_in_exactly_if_its_own_scope_or_for_reading_the_writing_one_was_given(
            given in some(), group: bool, write: bool,
        ) {
            let kind = if group { Kind::Group } else { Kind::User };
            let reach = if write { Reach::Write } else { Reach::Read };
            let needed = TokenScope::of(kind, reach);
            let let_in = given.contains(&needed) || given.contains(&TokenScope::of(kind, Reach::Write));
            let scopes: TokenScopes = given.into_iter().collect();
            prop_assert_eq!(scopes.missing(&[needed]), (!let_in).then_some(needed));
        }

        #[test]
        fn of_what_is_needed_all_must_be_there(given in some(), needed in some()) {
            let scopes: TokenScopes = given.into_iter().collect();
            let let_in = needed.iter().all(|scope| scopes.missing(&[*scope]).is_none());
            prop_assert_eq!(scopes.missing(&needed).is_none(), let_in);
        }

        #[test]
        fn scopes_come_back_as_they_were_kept_and_written(given in some()) {
            let scopes: TokenScopes = given.iter().copied().collect();
            prop_assert_eq!(TokenScopes::from_bits(scopes.bits()), scopes);
            let read: TokenScopes = scopes.to_string().split(' ').filter_map(|word| word.parse().ok()).collect();
            prop_assert_eq!(read, scopes);
            prop_assert!(given.iter().all(|scope| scopes.has(*scope)));
        }

        #[test]
        fn what_two_give_together_is_what_each_gives(one in some(), other in some()) {
            let (one, other): (TokenScopes, TokenScopes) = (one.into_iter().collect(), other.into_iter().collect());
            for scope in TokenScope::ALL {
                prop_assert_eq!(one.and(other).has(scope), one.has(scope) && other.has(scope));
            }
        }

        #[test]
        fn no_stored_number_gives_more_than_its_bits(bits: i16) {
            let scopes = TokenScopes::from_bits(bits);
            for scope in TokenScope::ALL {
                prop_assert_eq!(scopes.has(scope), TokenScope::ALL.into_iter().any(|given| {
                    bits & given as i16 != 0 && TokenScopes::one(given).has(scope)
                }));
            }
        }
    }
}

//! One type per kind of id, so that a group's id cannot be passed where a person's is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An organisation's number: the first column of every key. Small, so that keys stay short.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrgId(pub i64);

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the canonical lower-case, hyphenated form and no other: SCIM ids are case-exact
            /// (RFC 7643 §3.1), so `A0…` does not find `a0…`.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Uuid::from_str(text).ok()?;
                let mut canonical = [0; uuid::fmt::Hyphenated::LENGTH];
                (id.as_hyphenated().encode_lower(&mut canonical) == text).then_some(Self(id))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

id! {
    /// One IdP's feed into an organisation.
    ConnectionId
}
impl ConnectionId {
    /// The connection of people whom no directory owns: imported ones, and those who stayed when their connection was switched
    /// off. The same in every organisation. Version 8 (RFC 9562 §5.8): no id that is made has it.
    pub const BY_HAND: Self = Self(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));

    /// Whether no directory stands behind it.
    pub fn is_by_hand(self) -> bool {
        self == Self::BY_HAND
    }
}

id! {
    /// A person; also the SCIM `id` of the User.
    UserId
}
id! {
    /// A group; also the SCIM `id` of the Group.
    GroupId
}
id! {
    /// A workspace.
    WorkspaceId
}
id! {
    /// A mapping of a group to a role in a workspace.
    MappingId
}
id! {
    /// That two people are not one.
    RefusalId
}
id! {
    /// A SCIM token.
    TokenId
}
id! {
    /// A key of the admin API.
    ApiKeyId
}
id! {
    /// Somebody who signs in to the console.
    AdministratorId
}
id! {
    /// A setup link.
    ConnectLinkId
}
id! {
    /// One unit of work, usually one request: every event that it caused carries it.
    ChangeId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_read_in_the_spelling_in_which_it_is_shown_and_in_no_other(number: u128) {
            let id = UserId(Uuid::from_u128(number));
            let shown = id.to_string();
            prop_assert_eq!(UserId::parse(&shown), Some(id));
            for other in [shown.to_uppercase(), shown.replace('-', ""), format!("{{{shown}}}"), format!(" {shown}")] {
                prop_assert!(other == shown || UserId::parse(&other).is_none(), "{other}");
            }
        }
    }
}

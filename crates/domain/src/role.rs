//! Which roles there are, how they compare, and how a person's organisation role is read from SCIM `roles`.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A word that names no role.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{found}` is not a role; use one of: {known}")]
pub struct UnknownRole {
    /// What was given.
    pub found: String,
    /// The words that would have worked.
    pub known: &'static str,
}

macro_rules! role {
    ($(#[$doc:meta])* $name:ident, $known:literal, $($(#[$variant_doc:meta])* $variant:ident = $rank:literal $word:literal),+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant = $rank),+ }

        impl $name {
            /// All of them, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, as in JSON and on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Its place in the order; what databases store, so that the highest is `max`.
            pub fn rank(self) -> i16 {
                self as i16
            }

            /// The role of that place, if there is one.
            pub fn from_rank(rank: i16) -> Option<Self> {
                Self::ALL.iter().copied().find(|role| role.rank() == rank)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownRole;
            fn from_str(text: &str) -> Result<Self, UnknownRole> {
                Self::ALL.iter().copied().find(|role| role.as_str().eq_ignore_ascii_case(text.trim()))
                    .ok_or_else(|| UnknownRole { found: text.to_owned(), known: $known })
            }
        }
    };
}

role! {
    /// What a person is in the organisation. The numbers leave room for a role between two others.
    OrgRole, "owner, admin, member",
    /// Everybody who is in the organisation.
    Member = 10 "member",
    /// Manages people, workspaces and mappings.
    Admin = 20 "admin",
    /// Everything, other owners included.
    Owner = 30 "owner"
}
role! {
    /// What a person is in a workspace.
    WorkspaceRole, "admin, manager, member",
    /// Works in it.
    Member = 10 "member",
    /// Manages what is in it.
    Manager = 20 "manager",
    /// Manages the workspace and who is in it.
    Admin = 30 "admin"
}

role! {
    /// What an administrator may do in the console.
    AdminRole, "owner, admin, auditor",
    /// Sees everything and changes nothing.
    Auditor = 10 "auditor",
    /// Manages people, workspaces, mappings and tokens.
    Admin = 20 "admin",
    /// Everything, other administrators included.
    Owner = 30 "owner"
}

impl OrgRole {
    /// The highest role that a User's `roles` carries; `member` when it carries none that is known.
    ///
    /// Each element may be a string, an object with `value`, or an object whose `value` is JSON text with a
    /// `value` of its own (Entra's `AppRoleAssignmentsComplex`, see MicrosoftDocs/entra-docs
    /// `customize-application-attributes`). Words compare without regard to case; any other word, Entra's
    /// `group` included, says nothing.
    pub fn from_scim_roles(roles: Option<&Value>) -> Self {
        words(roles).filter_map(|word| word.parse().ok()).max().unwrap_or(Self::Member)
    }

    /// The first word of a User's `roles` that is no role, shortened to 100 characters. Entra's `group` is none, either, and
    /// nobody's mistake.
    pub fn unknown_in_scim_roles(roles: Option<&Value>) -> Option<String> {
        let unknown = |word: &Cow<'_, str>| {
            !word.is_empty() && !word.eq_ignore_ascii_case("group") && word.parse::<Self>().is_err()
        };
        words(roles).find(unknown).map(|word| word.chars().take(100).collect())
    }
}

/// The words of `roles`, in order.
fn words(roles: Option<&Value>) -> impl Iterator<Item = Cow<'_, str>> {
    let values = match roles {
        Some(Value::Array(values)) => values.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    values.iter().filter_map(role_word)
}

fn role_word(element: &Value) -> Option<Cow<'_, str>> {
    match element {
        Value::String(text) => {
            let trimmed = text.trim();
            if trimmed.starts_with('{') {
                let inner: Value = serde_json::from_str(trimmed).ok()?;
                return Some(Cow::Owned(inner.get("value")?.as_str()?.to_owned()));
            }
            Some(Cow::Borrowed(trimmed))
        }
        Value::Object(object) => role_word(object.get("value")?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn roles_are_ordered_so_that_the_highest_is_max() {
        assert!(OrgRole::Owner > OrgRole::Admin && OrgRole::Admin > OrgRole::Member);
        assert!(
            WorkspaceRole::Admin > WorkspaceRole::Manager && WorkspaceRole::Manager > WorkspaceRole::Member
        );
        for role in WorkspaceRole::ALL {
            assert_eq!(WorkspaceRole::from_rank(role.rank()), Some(*role));
        }
    }

    #[test]
    fn the_organisation_role_is_read_from_every_spelling() {
        for (roles, wanted) in [
            (json!(null), OrgRole::Member),
            (json!([]), OrgRole::Member),
            (json!(["admin"]), OrgRole::Admin),
            (json!("Owner"), OrgRole::Owner),
            (json!([{"value": "Admin", "primary": true}]), OrgRole::Admin),
            (json!([{"value": "member"}, {"value": "OWNER"}, {"value": "admin"}]), OrgRole::Owner),
            (
                json!([{"value": "{\"id\":\"1\",\"value\":\"admin\",\"displayName\":\"Admin\"}"}]),
                OrgRole::Admin,
            ),
            (json!([{"value": "{\"value\":\"25\"}"}]), OrgRole::Member),
            (json!([{"value": "{broken"}]), OrgRole::Member),
            (json!([{"value": "group"}]), OrgRole::Member),
            (json!([{"display": "admin"}]), OrgRole::Member),
            (json!([7, null, {"value": 3}]), OrgRole::Member),
        ] {
            assert_eq!(OrgRole::from_scim_roles(Some(&roles)), wanted, "{roles}");
        }
        assert_eq!(OrgRole::from_scim_roles(None), OrgRole::Member);
    }

    #[test]
    fn a_word_that_is_no_role_is_found_in_whatever_form_it_comes() {
        for (roles, found) in [
            (json!([{"value": "Owner"}, {"value": "auditor"}, {"value": "reader"}]), Some("auditor")),
            (json!([{"value": "{\"value\":\"25\"}"}]), Some("25")),
            (json!("boss"), Some("boss")),
            (json!([{"value": "group"}, {"value": ""}, {"value": "{broken"}, 7]), None),
            (json!([{"value": " ADMIN "}]), None),
        ] {
            assert_eq!(OrgRole::unknown_in_scim_roles(Some(&roles)).as_deref(), found, "{roles}");
        }
        assert_eq!(OrgRole::unknown_in_scim_roles(None), None);
        let long = json!("é".repeat(300));
        assert_eq!(OrgRole::unknown_in_scim_roles(Some(&long)).map(|word| word.chars().count()), Some(100));
    }

    #[test]
    fn a_wrong_word_names_those_that_work() {
        let error = "boss".parse::<WorkspaceRole>().unwrap_err();
        assert_eq!(error.to_string(), "`boss` is not a role; use one of: admin, manager, member");
    }
}

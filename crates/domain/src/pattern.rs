//! Which workspace and role a group's name asks for: `ws-Sales-role-admin`.

use rolecall_scim::index::fold;
use serde::{Deserialize, Serialize};

use crate::role::WorkspaceRole;

/// How an organisation's self-mapping groups are named: `{prefix}{workspace}{role_separator}{role}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NamePattern {
    /// Whether names are read at all.
    pub enabled: bool,
    /// What such a name starts with, `ws-` at first.
    pub prefix: String,
    /// What stands between workspace and role, `-role-` at first.
    pub role_separator: String,
    /// Whether a workspace that a name asks for is made when there is none.
    pub create_workspaces: bool,
}

impl Default for NamePattern {
    fn default() -> Self {
        Self { enabled: true, prefix: "ws-".into(), role_separator: "-role-".into(), create_workspaces: true }
    }
}

/// What a group's name asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// The workspace as the name spells it.
    pub workspace: String,
    /// The role in it.
    pub role: WorkspaceRole,
}

impl Match {
    /// The workspace in the form in which names and slugs are compared.
    pub fn workspace_key(&self) -> String {
        fold(&self.workspace)
    }
}

/// A pattern that cannot work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// Without a separator no name could be split.
    #[error(
        "role_separator is empty: give the text that stands between workspace and role, for example `-role-`"
    )]
    EmptySeparator,
    /// Longer than any group name would be.
    #[error("{field} is longer than 64 characters")]
    TooLong {
        /// `prefix` or `role_separator`.
        field: &'static str,
    },
}

impl NamePattern {
    /// Refuses a pattern that no name could match.
    pub fn check(&self) -> Result<(), PatternError> {
        if self.role_separator.is_empty() {
            return Err(PatternError::EmptySeparator);
        }
        for (field, value) in [("prefix", &self.prefix), ("role_separator", &self.role_separator)] {
            if value.chars().count() > 64 {
                return Err(PatternError::TooLong { field });
            }
        }
        Ok(())
    }

    /// Reads a group's name. Prefix, separator and role compare without regard to case. The *last* separator
    /// counts, so a workspace may have the separator in its own name (`ws-a-role-b-role-admin` is `a-role-b`).
    pub fn read(&self, group_name: &str) -> Option<Match> {
        if !self.enabled {
            return None;
        }
        let rest = strip_prefix_folded(group_name, &self.prefix)?;
        // Split at each place where the separator could start, from the right: the role is short.
        rest.char_indices().rev().find_map(|(at, _)| {
            let role = strip_prefix_folded(&rest[at..], &self.role_separator)?;
            let role = WorkspaceRole::ALL.iter().copied().find(|r| r.as_str() == fold(role.trim()))?;
            let workspace = rest[..at].trim();
            (!workspace.is_empty()).then(|| Match { workspace: workspace.to_owned(), role })
        })
    }
}

/// `text` without `prefix`, compared folded. Folding can change lengths (`İ`), so it walks character by character.
fn strip_prefix_folded<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let wanted = fold(prefix);
    let mut wanted = wanted.as_str();
    let mut rest = text.chars();
    while !wanted.is_empty() {
        let folded = fold(rest.next()?.encode_utf8(&mut [0; 4]));
        wanted = wanted.strip_prefix(folded.as_str())?;
    }
    Some(rest.as_str())
}

/// How long a workspace's address can be.
pub const MAX_SLUG_CHARS: usize = 64;

/// A workspace's address made from its name: lower-case letters and digits, `-` between words, at most
/// [`MAX_SLUG_CHARS`] characters.
/// Empty when the name has no letter or digit.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in fold(name).chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.chars().take(MAX_SLUG_CHARS).collect::<String>().trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(name: &str) -> Option<(String, WorkspaceRole)> {
        NamePattern::default().read(name).map(|m| (m.workspace, m.role))
    }

    #[test]
    fn a_name_after_the_pattern_asks_for_a_workspace_and_a_role() {
        for role in WorkspaceRole::ALL {
            assert_eq!(read(&format!("ws-Sales-role-{role}")), Some(("Sales".into(), *role)));
        }
        assert_eq!(read("WS-Sales Team-ROLE-Admin"), Some(("Sales Team".into(), WorkspaceRole::Admin)));
        assert_eq!(read("ws-a-role-b-role-admin"), Some(("a-role-b".into(), WorkspaceRole::Admin)));
        assert_eq!(read("ws-a-role-admin-role-admin"), Some(("a-role-admin".into(), WorkspaceRole::Admin)));
        assert_eq!(read("ws-Größe-role-member"), Some(("Größe".into(), WorkspaceRole::Member)));
    }

    #[test]
    fn any_other_name_asks_for_nothing() {
        for name in [
            "Sales",
            "ws-Sales",
            "ws--role-admin",
            "ws-Sales-role-",
            "ws-Sales-role-boss",
            "ws-role-admin",
            "",
            "ws",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
        let off = NamePattern { enabled: false, ..NamePattern::default() };
        assert_eq!(off.read("ws-Sales-role-admin"), None);
    }

    #[test]
    fn prefix_and_separator_are_settings() {
        let pattern = NamePattern {
            prefix: "Rolecall ".into(),
            role_separator: " / ".into(),
            ..NamePattern::default()
        };
        let found = pattern.read("rolecall Finance / Manager").unwrap();
        assert_eq!((found.workspace.as_str(), found.role), ("Finance", WorkspaceRole::Manager));
        let bare = NamePattern { prefix: String::new(), ..NamePattern::default() };
        assert_eq!(bare.read("Sales-role-member").unwrap().workspace, "Sales");
        assert_eq!(
            NamePattern { role_separator: String::new(), ..bare }.check(),
            Err(PatternError::EmptySeparator)
        );
    }

    #[test]
    fn slugs_are_addresses() {
        assert_eq!(slug_of("Sales & Marketing (EU)"), "sales-marketing-eu");
        assert_eq!(slug_of("  "), "");
        assert_eq!(slug_of("Größe"), "größe");
    }

    proptest! {
        #[test]
        fn what_the_pattern_writes_it_reads_back(workspace in "[a-zA-Z0-9 äß]{0,12}[a-z0-9]", rank in 0..3usize) {
            let workspace = workspace.trim().to_owned();
            let role = WorkspaceRole::ALL[rank];
            let found = NamePattern::default().read(&format!("ws-{workspace}-role-{role}")).unwrap();
            prop_assert_eq!(found, Match { workspace, role });
        }

        #[test]
        fn the_case_of_a_name_does_not_matter(
            workspace in "[a-zA-Zäß ]{1,8}-role-[a-z]{1,4}|[a-zA-Z0-9äÖ]{1,8}",
            rank in 0..3usize,
        ) {
            let name = format!("ws-{workspace}-role-{}", WorkspaceRole::ALL[rank]);
            let pattern = NamePattern::default();
            let read = |name: &str| pattern.read(name).map(|found| (found.workspace_key(), found.role));
            prop_assert!(read(&name).is_some());
            // Not `to_uppercase`, which makes `SS` of `ß`: that is another name.
            let upper: String = name.chars().map(|c| if c == 'ß' { c } else { c.to_uppercase().next().unwrap_or(c) }).collect();
            prop_assert_eq!(read(&upper), read(&name));
            prop_assert_eq!(read(&fold(&name)), read(&name));
        }

        #[test]
        fn what_it_reads_is_what_the_name_says(
            name in "\\PC{0,12}(-role-| / )(admin|manager|member|boss)",
            prefix in "(ws-|)",
            separator in "(-role-| / |-)",
        ) {
            let name = format!("{prefix}{name}");
            let pattern = NamePattern { prefix: prefix.clone(), role_separator: separator.clone(), ..NamePattern::default() };
            if let Some(found) = pattern.read(&name) {
                prop_assert!(!found.workspace.is_empty() && found.workspace.trim() == found.workspace);
                let rest = name.trim().strip_prefix(&prefix).and_then(|rest| rest.trim_start().strip_prefix(&found.workspace));
                let rest = rest.expect("the name goes on with the workspace").trim_start();
                prop_assert_eq!(rest.trim_start_matches(separator.trim()).trim(), found.role.as_str());
            }
        }

        #[test]
        fn a_pattern_that_is_off_reads_nothing(workspace in "[a-z]{1,8}", rank in 0..3usize) {
            let off = NamePattern { enabled: false, ..NamePattern::default() };
            prop_assert_eq!(off.read(&format!("ws-{workspace}-role-{}", WorkspaceRole::ALL[rank])), None);
        }

        #[test]
        fn no_name_breaks_the_reader(name in "\\PC{0,40}", prefix in "\\PC{0,4}", separator in "\\PC{1,4}") {
            let pattern = NamePattern { prefix, role_separator: separator, ..NamePattern::default() };
            let _ = pattern.read(&name);
        }
    }
}

//! Regular expressions on group names, and how a name is read by the pattern and by them.
//!
//! The engine takes time linear in the name's length whatever the expression is, so an administrator cannot write one
//! that stops the server.

use std::cell::OnceCell;

use regex::{Regex, RegexBuilder};
use rolecall_scim::index::fold;
use serde::{Deserialize, Serialize};

use crate::{pattern::Match, records::Settings, role::WorkspaceRole};

/// How many rules an organisation can have.
pub const MAX_RULES: usize = 50;
/// How long an expression can be.
pub const MAX_CHARS: usize = 512;
/// How large an expression can become in memory: enough for any name, and for fifty of them.
const MAX_COMPILED_BYTES: usize = 256 * 1024;

/// Groups whose whole name an expression matches map themselves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRule {
    /// A regular expression; it matches the whole name or nothing, without regard to case.
    pub pattern: String,
    /// The workspace that each such group is mapped to, unless the expression names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The role that each such group gives, unless the expression names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<WorkspaceRole>,
}

/// Rules that cannot work. `number` counts from one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleError {
    /// More than [`MAX_RULES`].
    #[error("{count} rules are too many: an organisation can have {MAX_RULES}")]
    TooMany {
        /// How many were given.
        count: usize,
    },
    /// Longer than [`MAX_CHARS`].
    #[error("rule {number}: the pattern is longer than {MAX_CHARS} characters")]
    TooLong {
        /// Which.
        number: usize,
    },
    /// No regular expression, or one that becomes too large.
    #[error("rule {number}: `{pattern}` is no regular expression that can be used: {reason}")]
    Bad {
        /// Which.
        number: usize,
        /// As given.
        pattern: String,
        /// What the engine says.
        reason: String,
    },
    /// Neither the expression nor the rule says it, or both do.
    #[error(
        "rule {number}: say the {what} either by a group `(?<{what}>…)` in the pattern or by `{what}`, and not by both"
    )]
    OnceOnly {
        /// Which.
        number: usize,
        /// `workspace` or `role`.
        what: &'static str,
    },
    /// A fixed workspace that is empty or longer than a name can be.
    #[error("rule {number}: workspace must have 1 to 255 characters")]
    BadWorkspace {
        /// Which.
        number: usize,
    },
}

/// Refuses rules that could not be used.
pub fn check(rules: &[NameRule]) -> Result<(), RuleError> {
    if rules.len() > MAX_RULES {
        return Err(RuleError::TooMany { count: rules.len() });
    }
    rules.iter().zip(1..).try_for_each(|(rule, number)| rule.check(number))
}

impl NameRule {
    fn check(&self, number: usize) -> Result<(), RuleError> {
        if self.pattern.chars().count() > MAX_CHARS {
            return Err(RuleError::TooLong { number });
        }
        let bad = |error: regex::Error| RuleError::Bad {
            number,
            pattern: self.pattern.clone(),
            reason: in_a_line(&error),
        };
        // By itself, too: `a)|(b` must not become whole by what it is put into.
        builder(&self.pattern).build().map_err(bad)?;
        let expression = self.compile().map_err(bad)?;
        let names = |what: &str| expression.capture_names().flatten().any(|name| name == what);
        for (what, fixed) in [("workspace", self.workspace.is_some()), ("role", self.role.is_some())] {
            if names(what) == fixed {
                return Err(RuleError::OnceOnly { number, what });
            }
        }
        match &self.workspace {
            Some(name) if name.trim().is_empty() || name.trim().chars().count() > 255 => {
                Err(RuleError::BadWorkspace { number })
            }
            _ => Ok(()),
        }
    }

    fn compile(&self) -> Result<Regex, regex::Error> {
        // The end of a line ends a comment of `(?x)`; without that it would be matched, so it is made optional.
        builder(&format!(
            r"\A(?:{}(?x)
)\z",
            self.pattern
        ))
        .build()
    }

    fn read(&self, expression: &Regex, name: &str) -> Option<Match> {
        let found = expression.captures(name)?;
        let workspace = match &self.workspace {
            Some(fixed) => fixed.trim(),
            None => found.name("workspace")?.as_str().trim(),
        };
        let role = match self.role {
            Some(fixed) => fixed,
            None => {
                let word = fold(found.name("role")?.as_str().trim());
                WorkspaceRole::ALL.iter().copied().find(|role| role.as_str() == word)?
            }
        };
        let fits = !workspace.is_empty() && workspace.chars().count() <= 255;
        fits.then(|| Match { workspace: workspace.to_owned(), role })
    }
}

fn builder(pattern: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(MAX_COMPILED_BYTES).dfa_size_limit(MAX_COMPILED_BYTES);
    builder
}

/// The engine draws a picture of several lines; the last one says what is wrong.
fn in_a_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// By what a name was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadBy {
    /// The name pattern.
    Pattern,
    /// The rule of that place, from 0.
    Rule(usize),
}

/// Reads names by an organisation's settings: by the pattern, then by the rules in their order; the first that matches
/// counts. Expressions are compiled when the first name needs them, and then once.
pub struct NameReader<'a> {
    settings: &'a Settings,
    compiled: OnceCell<Vec<Option<Regex>>>,
}

impl<'a> NameReader<'a> {
    /// One for these settings.
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings, compiled: OnceCell::new() }
    }

    /// What a group of that name asks for, if anything, and what says so.
    pub fn read(&self, group_name: &str) -> Option<(Match, ReadBy)> {
        if let Some(found) = self.settings.pattern.read(group_name) {
            return Some((found, ReadBy::Pattern));
        }
        let rules = &self.settings.rules;
        // What was checked when it was set compiles; were it not so, the rule would match nothing.
        let compiled = self.compiled.get_or_init(|| rules.iter().map(|rule| rule.compile().ok()).collect());
        rules.iter().zip(compiled).enumerate().find_map(|(place, (rule, expression))| {
            let found = rule.read(expression.as_ref()?, group_name)?;
            Some((found, ReadBy::Rule(place)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::NamePattern;

    fn rule(pattern: &str) -> NameRule {
        NameRule { pattern: pattern.into(), workspace: None, role: None }
    }

    fn read(rules: &[NameRule], name: &str) -> Option<(String, WorkspaceRole, ReadBy)> {
        let settings = Settings { rules: rules.to_vec(), ..Settings::default() };
        let (found, by) = NameReader::new(&settings).read(name)?;
        Some((found.workspace, found.role, by))
    }

    #[test]
    fn a_rule_names_workspace_and_role_by_groups_or_says_them_itself() {
        let both = rule("eng-(?<workspace>.+)-(?<role>admin|member)");
        let fixed = NameRule {
            workspace: Some("IT".into()),
            role: Some(WorkspaceRole::Manager),
            ..rule("helpdesk.*")
        };
        assert_eq!(check(&[both.clone(), fixed.clone()]), Ok(()));
        let rules = [both, fixed];
        let by = ReadBy::Rule;
        assert_eq!(
            read(&rules, "ENG-Data Lake-Admin"),
            Some(("Data Lake".into(), WorkspaceRole::Admin, by(0)))
        );
        assert_eq!(read(&rules, "Helpdesk EMEA"), Some(("IT".into(), WorkspaceRole::Manager, by(1))));
        // The whole name, and a role that there is.
        for name in ["my eng-x-admin", "eng-x-admins", "eng-x-owner", "eng- -admin", "the helpdesk", ""] {
            assert_eq!(read(&rules, name), None, "{name}");
        }
    }

    #[test]
    fn the_pattern_comes_first_and_then_the_first_rule_that_matches() {
        let fixed = |role| NameRule { workspace: Some("A".into()), role: Some(role), ..rule(".*") };
        let rules =
            [rule("(?<workspace>x)-(?<role>.*)"), fixed(WorkspaceRole::Member), fixed(WorkspaceRole::Admin)];
        assert_eq!(
            read(&rules, "ws-B-role-admin"),
            Some(("B".into(), WorkspaceRole::Admin, ReadBy::Pattern))
        );
        // A word that is no role leaves the name to the next rule.
        assert_eq!(read(&rules, "x-boss"), Some(("A".into(), WorkspaceRole::Member, ReadBy::Rule(1))));
        let off = Settings {
            pattern: NamePattern { enabled: false, ..NamePattern::default() },
            ..Settings::default()
        };
        assert_eq!(NameReader::new(&off).read("ws-B-role-admin"), None);
    }

    #[test]
    fn an_alternative_or_a_flag_cannot_reach_beyond_the_whole_name() {
        let fixed = |pattern: &str| {
            let rule =
                NameRule { workspace: Some("A".into()), role: Some(WorkspaceRole::Member), ..rule(pattern) };
            assert_eq!(check(std::slice::from_ref(&rule)), Ok(()), "{pattern}");
            [rule]
        };
        assert_eq!(read(&fixed("a|b"), "ab"), None);
        assert!(read(&fixed("a|ab"), "ab").is_some());
        assert_eq!(read(&fixed("(?m)a$"), "a\nb"), None);
        assert!(read(&fixed("(?x) a b # a comment"), "ab").is_some());
        assert_eq!(read(&fixed("(?x) a b # a comment"), "ab\n"), None);
        assert!(matches!(check(&[rule("a)|(b")]), Err(RuleError::Bad { .. })));
    }

    #[test]
    fn a_rule_that_cannot_be_used_is_refused_by_its_number() {
        let good = rule("(?<workspace>.+)/(?<role>.+)");
        let told = |rules: &[NameRule]| check(rules).unwrap_err().to_string();
        assert_eq!(check(&vec![good.clone(); MAX_RULES]), Ok(()));
        assert!(told(&vec![good.clone(); MAX_RULES + 1]).contains("51 rules"));
        assert!(told(&[good.clone(), rule(&"x".repeat(MAX_CHARS + 1))]).starts_with("rule 2: "));
        assert!(told(&[rule("(?<workspace>")]).contains("unclosed group"));
        assert!(told(&[rule(r"(?<workspace>\w{1000}){50}")]).contains("size limit"));
        assert!(told(&[rule(r"(a)\1")]).contains("backreference"));
        assert!(told(&[rule("(?<workspace>.+)")]).contains("say the role"));
        let twice = NameRule { workspace: Some("A".into()), ..good.clone() };
        assert!(told(&[twice]).contains("say the workspace"));
        let empty = NameRule { workspace: Some(" ".into()), ..rule("(?<role>.+)") };
        assert_eq!(check(&[empty]), Err(RuleError::BadWorkspace { number: 1 }));
    }
}

//! An organisation's switches.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Act, groups,
    names::{self, MissingWorkspace},
};
use crate::{
    event::{EventKind, NewEvent},
    guard::GuardError,
    name_rule::{self, NameReader, NameRule, RuleError},
    pattern::{NamePattern, PatternError},
    ports::{Scope, Slice, StoreError, StoreResult, Tx},
    records::Settings,
    undo::Removal,
};

/// Why settings were not changed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// A pattern that cannot work.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A guard that cannot work.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// Rules that cannot work.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How names are read: the part of the settings that an undo brings back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Naming {
    pattern: NamePattern,
    rules: Vec<NameRule>,
}

impl Naming {
    /// What the settings say.
    pub(super) fn of(settings: &Settings) -> Self {
        Self { pattern: settings.pattern.clone(), rules: settings.rules.clone() }
    }

    /// Makes the settings say this.
    pub(super) fn put(self, settings: &mut Settings) {
        settings.pattern = self.pattern;
        settings.rules = self.rules;
    }
}

/// Changes the settings. A changed pattern, or changed rules, are applied to all groups at once, and memberships follow.
///
/// Reads every group's name once, since the pattern may match any of them, before or after: a few statements for each
/// group, on a call that administrators make rarely.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    change: impl FnOnce(&mut Settings),
) -> Result<Settings, SettingsError> {
    let before = tx.settings(act.org)?;
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return Ok(after);
    }
    after.pattern.check()?;
    after.guard.check()?;
    name_rule::check(&after.rules)?;
    let document = json!({"before": Naming::of(&before), "after": Naming::of(&after)}).to_string();
    tx.keep_removed(act.org, &act.cause, &Removal::Settings { document })?;
    tx.update_settings(act.org, &after)?;
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::SettingsUpdated)])?;
    if (&after.pattern, &after.rules) != (&before.pattern, &before.rules) {
        read_names_again(tx, act, &after)?;
    }
    Ok(after)
}

fn read_names_again(tx: &mut dyn Tx, act: &Act<'_>, settings: &Settings) -> StoreResult<()> {
    const PAGE: u32 = 500;
    let reader = NameReader::new(settings);
    let (mut changed, mut after) = (Vec::new(), None);
    loop {
        let page = tx.list_groups(act.org, Slice { after, limit: PAGE })?;
        let last = page.last().map(|group| group.id);
        let full = page.len() == PAGE as usize;
        for mut group in page.into_iter().filter(|group| group.pushed()) {
            let asked = groups::asked_for(&group.facts.display_name, &reader);
            if asked != group.facts.pattern {
                group.facts.pattern = asked;
                tx.update_group_pattern(act.org, group.id, &group.facts)?;
            }
            if names::follow(tx, act, settings, &group, MissingWorkspace::Make)? {
                changed.push(group.id);
            }
        }
        if !full {
            break;
        }
        after = last;
    }
    if !changed.is_empty() {
        tx.recompute(act.org, &act.cause, &Scope::Groups(changed))?;
    }
    Ok(())
}

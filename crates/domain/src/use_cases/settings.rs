//! An organisation's switches.

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    Act, groups,
    names::{self, MissingWorkspace},
};
use crate::{
    event::{Changed, EventKind, NewEvent},
    guard::GuardError,
    name_rule::{self, NameReader, RuleError},
    pattern::PatternError,
    ports::{Scope, Slice, StoreError, StoreResult, Tx},
    records::Settings,
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

/// The settings as events say them.
pub(super) fn fields(settings: &Settings) -> Value {
    json!(settings)
}

/// Makes the settings what [`fields`] said of them; what is not said stays.
pub(super) fn put_fields(settings: &mut Settings, said: &Map<String, Value>) {
    for (field, value) in said {
        let value = value.clone();
        match field.as_str() {
            "pattern" => read_into(&mut settings.pattern, value),
            "guard" => read_into(&mut settings.guard, value),
            "rules" => read_into(&mut settings.rules, value),
            _ => {}
        }
    }
}

fn read_into<T: DeserializeOwned>(setting: &mut T, value: Value) {
    if let Ok(read) = serde_json::from_value(value) {
        *setting = read;
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
    tx.update_settings(act.org, &after)?;
    let changed = Changed::between(fields(&before), fields(&after));
    tx.push_events(act.org, &act.cause, &[NewEvent::new(EventKind::SettingsUpdated).changed(changed)])?;
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

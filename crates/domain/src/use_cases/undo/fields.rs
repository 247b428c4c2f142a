//! Things whose fields changed, as they were: workspaces, connections, the settings, and the organisation.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{CHANGED, NOT_KEPT, Outcome, PLACE_GONE, TAKEN, UndoError, Undoing};
use crate::{
    event::Changed,
    ids::WorkspaceId,
    ports::{StoreError, StoreResult, Tx},
    records::Workspace,
    undo::Entry,
    use_cases::{
        Act,
        connections::{self, ConnectionError},
        orgs::{self, OrgError},
        settings::{self, SettingsError},
        workspaces,
    },
};

/// How the fields of a thing stand to what an event made of them.
pub(super) enum Standing {
    /// As they were before it.
    AsBefore,
    /// As it left them, or some of them as before.
    AsLeft,
    /// Somebody has changed one since.
    Changed,
}

/// Looks at those fields that the event changed, and at no others.
pub(super) fn standing(now: &Value, changed: &Changed) -> Standing {
    let is = |said: &Map<String, Value>, field: &str| now.get(field) == said.get(field);
    let mut fields = changed.before.keys().chain(changed.after.keys());
    if fields.clone().all(|field| is(&changed.before, field)) {
        Standing::AsBefore
    } else if fields.all(|field| is(&changed.before, field) || is(&changed.after, field)) {
        Standing::AsLeft
    } else {
        Standing::Changed
    }
}

impl Undoing {
    /// A workspace is called again as it was, and is archived or in use as it was.
    pub(super) fn workspace_again(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: WorkspaceId,
    ) -> StoreResult<Outcome> {
        let Some(changed) = &entry.fact.changed else { return Ok(Outcome::Stays(NOT_KEPT)) };
        let Some(now) = tx.find_workspace(act.org, id)? else { return Ok(Outcome::Stays(PLACE_GONE)) };
        match standing(&workspaces::fields(&now), changed) {
            Standing::AsBefore => return Ok(Outcome::Already),
            Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
            Standing::AsLeft => {}
        }
        let text = |field: &str, now: &String| {
            changed.before.get(field).and_then(Value::as_str).map_or_else(|| now.clone(), str::to_owned)
        };
        let (name, slug) = (text("name", &now.name), text("slug", &now.slug));
        let renamed = (&name, &slug) != (&now.name, &now.slug);
        let archived_at = match changed.before.get("archived").and_then(Value::as_bool) {
            None => now.archived_at,
            Some(archived) => archived.then_some(now.archived_at.unwrap_or(act.cause.at)),
        };
        let updated_at = if renamed { act.cause.at } else { now.updated_at };
        let then = Workspace { name, slug, updated_at, archived_at, ..now.clone() };
        match tx.update_workspace(act.org, &then) {
            Ok(()) => {}
            Err(StoreError::Taken(_)) => return Ok(Outcome::Stays(TAKEN)),
            Err(error) => return Err(error),
        }
        self.events.push(workspaces::updated(&now, &then));
        if renamed {
            let mut keys = workspaces::keys_of(&now);
            keys.extend(workspaces::keys_of(&then));
            for group in tx.groups_asking_for(act.org, &keys)? {
                self.read_name(tx, act, group.id)?;
            }
        }
        self.workspaces.insert(id);
        Ok(Outcome::Reversed)
    }
}

/// A connection does again what it did.
pub(super) fn connection_again(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
    let Some((changed, id)) = entry.fact.changed.as_ref().and_then(|changed| Some((changed, changed.id?)))
    else {
        return Ok(Outcome::Stays(NOT_KEPT));
    };
    let Some(now) = tx.list_connections(act.org)?.into_iter().find(|one| one.id.0 == id) else {
        return Ok(Outcome::Stays("the connection was removed"));
    };
    match standing(&connections::fields(&now), changed) {
        Standing::AsBefore => return Ok(Outcome::Already),
        Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
        Standing::AsLeft => {}
    }
    let said = &changed.before;
    let done =
        connections::change(tx, act, &now.id.to_string(), |one| connections::put_fields(one, said, act));
    match done {
        Ok(_) => Ok(Outcome::Reversed),
        Err(ConnectionError::Taken { .. }) => Ok(Outcome::Stays(TAKEN)),
        Err(ConnectionError::Store(error)) => Err(error),
        Err(_) => Ok(Outcome::Stays("a connection cannot be so any more")),
    }
}

/// The organisation is called again as it was.
pub(super) fn organisation_again(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
    let Some(changed) = &entry.fact.changed else { return Ok(Outcome::Stays(NOT_KEPT)) };
    match standing(&orgs::fields(&tx.org_name(act.org)?), changed) {
        Standing::AsBefore => return Ok(Outcome::Already),
        Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
        Standing::AsLeft => {}
    }
    let Some(name) = changed.before.get("name").and_then(Value::as_str) else {
        return Ok(Outcome::Stays(NOT_KEPT));
    };
    match orgs::rename(tx, act, name) {
        Ok(()) => Ok(Outcome::Reversed),
        Err(OrgError::Store(error)) => Err(error),
        Err(_) => Ok(Outcome::Stays("an organisation cannot be called so any more")),
    }
}

/// How names are read, and the guard, if they are still what the change left.
pub(super) fn settings_again(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> Result<Outcome, UndoError> {
    let changed = match &entry.fact.changed {
        Some(changed) => changed.clone(),
        None => match recorded_before(tx, act, entry)? {
            Some(changed) => changed,
            None => return Ok(Outcome::Stays(NOT_KEPT)),
        },
    };
    match standing(&settings::fields(&tx.settings(act.org)?), &changed) {
        Standing::AsBefore => return Ok(Outcome::Already),
        Standing::Changed => return Ok(Outcome::Stays(CHANGED)),
        Standing::AsLeft => {}
    }
    match settings::change(tx, act, |settings| settings::put_fields(settings, &changed.before)) {
        Ok(_) => Ok(Outcome::Reversed),
        Err(SettingsError::Pattern(error)) => Err(error.into()),
        Err(SettingsError::Guard(_) | SettingsError::Rules(_)) => {
            Ok(Outcome::Stays("the settings beside it cannot be as they are"))
        }
        Err(SettingsError::Store(error)) => Err(error.into()),
    }
}

/// What became of settings before events said it: it was kept with what was removed.
fn recorded_before(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Option<Changed>> {
    let Some(record) = tx.removed_record(act.org, entry.change, Uuid::nil())? else { return Ok(None) };
    let mut document: Value = serde_json::from_str(&record.document).unwrap_or_default();
    Ok(Changed::between(document["before"].take(), document["after"].take()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_fields_that_an_event_changed_count_and_each_by_itself() {
        let changed = Changed::between(
            json!({"name": "Sales", "slug": "sales", "archived": false}),
            json!({"name": "Selling", "slug": "selling", "archived": false}),
        );
        let changed = changed.unwrap();
        let stands = |name: &str, slug: &str, archived: bool| match standing(
            &json!({"name": name, "slug": slug, "archived": archived}),
            &changed,
        ) {
            Standing::AsBefore => "before",
            Standing::AsLeft => "left",
            Standing::Changed => "changed",
        };
        assert_eq!(
            stands("Selling", "selling", true),
            "left",
            "it was archived since, which is another thing"
        );
        assert_eq!(stands("Sales", "selling", false), "left");
        assert_eq!(stands("Sales", "sales", true), "before");
        assert_eq!(stands("Selling", "shop", false), "changed");
    }
}

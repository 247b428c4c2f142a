//! Organisations: how one begins, and what it is called.

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use super::Act;
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::ConnectionId,
    pattern::slug_of,
    ports::{Ids, StoreError, Tx, Unique},
    records::{Org, Settings},
    time::Timestamp,
};

/// The connection that every organisation begins with.
pub const DEFAULT_CONNECTION: &str = "default";

/// Why an organisation was not made or renamed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum OrgError {
    /// A slug that could not stand in an address.
    #[error("slug `{given}` must be 1 to 63 of a-z, 0-9 and `-`, starting with a letter or digit{}", suggestion(.given))]
    BadSlug {
        /// As given.
        given: String,
    },
    /// A name that nobody could read.
    #[error("name must have 1 to 255 characters")]
    BadName,
    /// Another organisation has it.
    #[error("organisation `{slug}` exists already")]
    Taken {
        /// As given.
        slug: String,
    },
    /// No such organisation.
    #[error("organisation `{slug}` does not exist; `rolecall org list` shows those that do")]
    Unknown {
        /// As given.
        slug: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes an organisation with its default connection and settings.
pub fn create(
    tx: &mut dyn Tx,
    ids: &dyn Ids,
    slug: &str,
    name: Option<&str>,
    now: Timestamp,
) -> Result<Org, OrgError> {
    let fits = (1..=63).contains(&slug.len())
        && !slug.starts_with('-')
        && slug.bytes().all(|b| b == b'-' || b.is_ascii_digit() || b.is_ascii_lowercase());
    if !fits {
        return Err(OrgError::BadSlug { given: slug.to_owned() });
    }
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(slug);
    let org = tx.insert_org(slug, name, &Settings::default(), now).map_err(|error| match error {
        StoreError::Taken(Unique::OrgSlug) => OrgError::Taken { slug: slug.to_owned() },
        other => other.into(),
    })?;
    tx.insert_connection(org.id, ConnectionId(ids.next()), DEFAULT_CONNECTION, now)?;
    Ok(org)
}

/// Calls it otherwise, for people: the slug in addresses stays.
pub fn rename(tx: &mut dyn Tx, act: &Act<'_>, name: &str) -> Result<(), OrgError> {
    let name = name.trim();
    if !(1..=255).contains(&name.chars().count()) {
        return Err(OrgError::BadName);
    }
    let before = tx.org_name(act.org)?;
    if tx.rename_org(act.org, name)? {
        let changed = Changed::between(fields(&before), fields(name));
        let event = NewEvent::new(EventKind::OrganisationUpdated).subject(name).changed(changed);
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    Ok(())
}

/// What of an organisation can change, as events say it.
pub(super) fn fields(name: &str) -> Value {
    json!({"name": name})
}

/// The organisation of that slug, which a command names.
pub fn require(tx: &mut (impl crate::ports::ReadTx + ?Sized), slug: &str) -> Result<Org, OrgError> {
    tx.find_org(slug)?.ok_or_else(|| OrgError::Unknown { slug: slug.to_owned() })
}

fn suggestion(given: &str) -> String {
    let slug = slug_of(given);
    if slug.is_ascii() && !slug.is_empty() { format!("; for example `{slug}`") } else { String::new() }
}

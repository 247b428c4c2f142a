//! People: pushed, replaced, patched and removed by an IdP.

mod facts;
#[cfg(test)]
mod tests;

pub use facts::{Unsaid, user_facts};

use rolecall_scim::{
    document::Document,
    patch::{self, Operation},
    profile::Profile,
    schema::ResourceType,
};
use serde_json::Value;

use super::{Act, Expected, ResourceError, stored};
use crate::{
    event::{EventKind, NewEvent},
    ids::{ConnectionId, UserId},
    ports::{Scope, StoreError, Tx, Unique},
    records::{StoredDocument, User, UserFacts, WrittenDocument},
};

/// Adds a person. Nobody is matched to an existing one: a `userName` or `externalId` in use is an error.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    connection: ConnectionId,
    document: Document,
) -> Result<User, ResourceError> {
    let id = UserId(act.ids.next());
    let document = with_active(document, true);
    let facts = user_facts(&document, Unsaid { active: true, compose_display_name: true });
    let (written, now) = (write(&document, &facts, resource_type), act.cause.at);
    tx.insert_user(act.org, id, connection, &facts, &written, now).map_err(|error| taken(error, &facts))?;
    let event = |kind| NewEvent::new(kind).user(id).subject(&*facts.user_name);
    let created = NewEvent { new_role: Some(facts.org_role.rank()), ..event(EventKind::UserCreated) };
    // Who follows the events takes a person who was created to be active.
    let inactive = (!facts.active).then(|| event(EventKind::UserDeactivated));
    let events: Vec<NewEvent> = std::iter::once(created).chain(inactive).collect();
    tx.push_events(act.org, &act.cause, &events)?;
    let document = StoredDocument { text: written.text, version: 1, created_at: now, modified_at: now };
    let org_role = facts.org_role;
    Ok(User { id, connection, document, facts, org_role, gone_at: None })
}

/// Puts a document in the place of what is there (RFC 7644 §3.5.1). What the IdP leaves out is cleared, except
/// `active`: leaving it out never brings a deactivated person back.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    id: UserId,
    document: Document,
    expected: &Expected,
) -> Result<User, ResourceError> {
    let before = find(tx, act, id)?;
    expected.check(before.document.version)?;
    let old = stored(&before.document.text, resource_type)?;
    let document = with_active(document.replacing(&old, resource_type)?, before.facts.active);
    let unsaid = Unsaid { active: before.facts.active, compose_display_name: true };
    save(tx, act, resource_type, before, &old, &document, unsaid)
}

/// Applies PATCH operations (RFC 7644 §3.5.2), all or none. `ignored` paths, which the schema does not know, are
/// answered for the log.
pub fn apply(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    id: UserId,
    operations: &[Operation],
    profile: Profile,
    expected: &Expected,
) -> Result<(User, Vec<String>), ResourceError> {
    let before = find(tx, act, id)?;
    expected.check(before.document.version)?;
    let old = stored(&before.document.text, resource_type)?;
    let applied = patch::apply(operations, resource_type, &old, &id.to_string(), profile)?;
    // A client that takes `active` away has not said that the person may come back, and one that takes `displayName`
    // away does not want to see another.
    let unsaid =
        Unsaid { active: before.facts.active, compose_display_name: before.facts.display_name_composed };
    Ok((save(tx, act, resource_type, before, &old, &applied.document, unsaid)?, applied.ignored))
}

/// Removes a person: every membership first, then the record. The events keep what was.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, id: UserId, expected: &Expected) -> Result<(), ResourceError> {
    let before = find(tx, act, id)?;
    expected.check(before.document.version)?;
    // Memberships follow from the record; an inactive person has none, so this takes them away with their events.
    let gone = UserFacts { active: false, ..before.facts.clone() };
    let unchanged = WrittenDocument { text: before.document.text, index: "{}".into() };
    tx.update_user(act.org, id, &gone, &unchanged, before.document.version, act.cause.at)?;
    tx.recompute(act.org, &act.cause, &Scope::Users(vec![id]))?;
    tx.delete_user(act.org, id, act.cause.at)?;
    let event = NewEvent::new(EventKind::UserDeleted).user(id).subject(before.facts.user_name);
    tx.push_events(act.org, &act.cause, &[event])?;
    Ok(())
}

/// Writes `document` over `before`, if it says anything else, and lets memberships follow.
fn save(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    before: User,
    old: &Document,
    document: &Document,
    unsaid: Unsaid,
) -> Result<User, ResourceError> {
    if document == old {
        return Ok(before);
    }
    let facts = user_facts(document, unsaid);
    let written = write(document, &facts, resource_type);
    let (version, now) = (before.document.version + 1, act.cause.at);
    tx.update_user(act.org, before.id, &facts, &written, version, now)
        .map_err(|error| taken(error, &facts))?;

    let event = |kind| NewEvent::new(kind).user(before.id).subject(&*facts.user_name);
    let mut events = vec![event(EventKind::UserUpdated)];
    if facts.active != before.facts.active {
        events.push(event(if facts.active {
            EventKind::UserReactivated
        } else {
            EventKind::UserDeactivated
        }));
    }
    tx.push_events(act.org, &act.cause, &events)?;
    let matters = |facts: &UserFacts| (facts.active, facts.org_role, facts.outside);
    let mut org_role = before.org_role;
    if matters(&facts) != matters(&before.facts) {
        let done = tx.recompute(act.org, &act.cause, &Scope::Users(vec![before.id]))?;
        if done.roles > 0 {
            org_role = find(tx, act, before.id)?.org_role;
        }
    }
    let document = StoredDocument {
        text: written.text,
        version,
        created_at: before.document.created_at,
        modified_at: now,
    };
    Ok(User { document, facts, org_role, ..before })
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, id: UserId) -> Result<User, ResourceError> {
    let found = tx.find_user(act.org, id)?.filter(|user| user.gone_at.is_none());
    found.ok_or_else(|| ResourceError::NotFound { kind: "User", id: id.to_string() })
}

/// A pushed person has `active` in the document, so that every answer carries it, until a client takes it away.
fn with_active(document: Document, unless_sent: bool) -> Document {
    document.with_default("active", Value::Bool(unless_sent))
}

/// What is shown is what filters find: a composed name, too.
fn write(document: &Document, facts: &UserFacts, resource_type: &ResourceType) -> WrittenDocument {
    let text = document.to_json();
    let shown = match facts.display_name_composed {
        true => &document.clone().with_default("displayName", facts.display_name.as_str().into()),
        false => document,
    };
    let index = Value::Object(rolecall_scim::index::index_document(shown, resource_type)).to_string();
    WrittenDocument { text, index }
}

fn taken(error: StoreError, facts: &UserFacts) -> ResourceError {
    let value = match error {
        StoreError::Taken(Unique::UserName) => facts.user_name.clone(),
        StoreError::Taken(Unique::ExternalId) => facts.external_id.clone().unwrap_or_default(),
        other => return other.into(),
    };
    let StoreError::Taken(attribute) = error else { return error.into() };
    ResourceError::Taken { kind: "User", attribute, value }
}

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
use serde_json::{Value, json};

use super::{Act, Expected, ResourceError, access, holds, schemas, stored};
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{ConnectionId, UserId},
    ports::{Scope, StoreError, StoreResult, Tx, Unique},
    records::{StoredDocument, User, UserFacts, WrittenDocument},
    undo::Removal,
};

/// Adds a person. Nobody of the same connection is matched to an existing one: a `userName` or `externalId` in use is an
/// error. Another connection's person of that `userName` is taken over, where the connection claims, and one whom no directory
/// owns always is.
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    connection: ConnectionId,
    document: Document,
) -> Result<User, ResourceError> {
    create_as(tx, act, resource_type, connection, UserId(act.ids.next()), document)
}

/// The same under an id that was there before.
pub(super) fn create_as(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    connection: ConnectionId,
    id: UserId,
    document: Document,
) -> Result<User, ResourceError> {
    let (user, events) = insert_as(tx, act, resource_type, connection, id, document)?;
    tx.push_events(act.org, &act.cause, &events)?;
    Ok(user)
}

/// The same, but for the events, which are the caller's to push. Whoever was taken over has pushed theirs.
pub(super) fn insert_as(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    connection: ConnectionId,
    id: UserId,
    document: Document,
) -> Result<(User, Vec<NewEvent>), ResourceError> {
    let document = with_active(document, true);
    let mut facts = user_facts(&document, Unsaid { active: true, compose_display_name: true });
    access::place(act, &mut facts, None)?;
    let (written, now) = (write(&document, &facts, resource_type), act.cause.at);
    match tx.insert_user(act.org, id, connection, &facts, &written, now) {
        Err(StoreError::Taken(Unique::UserName)) if access::by_idp(act).is_some() => {
            return Ok((met_again(tx, act, resource_type, &facts, document)?, Vec::new()));
        }
        done => done.map_err(|error| taken(error, &facts))?,
    }
    let event = |kind| NewEvent::new(kind).user(id).subject(&*facts.user_name);
    let created = NewEvent { new_role: Some(facts.org_role.rank()), ..event(EventKind::UserCreated) };
    // Who follows the events takes a person who was created to be active.
    let inactive = (!facts.active).then(|| event(EventKind::UserDeactivated));
    let events: Vec<NewEvent> = std::iter::once(created).chain(inactive).collect();
    let document = StoredDocument { text: written.text, version: 1, created_at: now, modified_at: now };
    let org_role = facts.org_role;
    Ok((User { id, connection, document, facts, org_role, gone_at: None }, events))
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

/// Removes a person: every membership first, then the record. The events keep what was. Who is held is hidden from SCIM, and
/// removed when the hold ends.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, id: UserId, expected: &Expected) -> Result<(), ResourceError> {
    let before = find(tx, act, id)?;
    access::refuse_of_another(tx, act, "User", before.connection, &before.facts.user_name)?;
    expected.check(before.document.version)?;
    tx.keep_removed(act.org, &act.cause, &Removal::Person(id))?;
    // Memberships follow from the record; an inactive person has none, so this takes them away with their events.
    let gone = UserFacts { active: false, ..before.facts.clone() };
    let unchanged = WrittenDocument { text: before.document.text.clone(), index: "{}".into() };
    tx.update_user(act.org, id, &gone, &unchanged, before.document.version, act.cause.at)?;
    access::keep_last_owner(tx, act, &before, &gone)?;
    access::follow(tx, act, &Scope::Users(vec![id]))?;
    if access::by_idp(act).is_some() && tx.find_hold(act.org, id)?.is_some() {
        // SCIM forgets them; the rest goes when the hold ends, and is told then.
        tx.hide_user(act.org, id, act.cause.at)?;
        if before.facts.active {
            let event = NewEvent::new(EventKind::UserDeactivated).user(id).subject(before.facts.user_name);
            tx.push_events(act.org, &act.cause, &[event])?;
        }
        return Ok(());
    }
    tx.delete_user(act.org, id, act.cause.at)?;
    let event = NewEvent::new(EventKind::UserDeleted).user(id).subject(before.facts.user_name);
    tx.push_events(act.org, &act.cause, &[event])?;
    Ok(())
}

/// Gives one attribute of a person another value, or none, whoever owns the person; answers what columns hold now. Events and
/// memberships are the caller's.
pub(super) fn rewrite(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    user: &User,
    name: &str,
    value: Option<Value>,
) -> StoreResult<UserFacts> {
    let mut body = stored(&user.document.text, resource_type)?.as_map().clone();
    match value {
        Some(value) => drop(body.insert(name.to_owned(), value)),
        None => drop(body.remove(name)),
    }
    let document = Document::from_value(Value::Object(body), resource_type, Profile::Compatible)
        .map_err(|error| StoreError::Failed(format!("the record of {} cannot be read: {error}", user.id)))?;
    let compose_display_name = user.facts.display_name_composed;
    let mut facts = user_facts(&document, Unsaid { active: user.facts.active, compose_display_name });
    facts.outside = user.facts.outside;
    let written = write(&document, &facts, resource_type);
    tx.update_user(act.org, user.id, &facts, &written, user.document.version + 1, act.cause.at)?;
    Ok(facts)
}

/// That the person's own `roles` say another role, as events say it: what they are in the organisation may be more by a group.
pub(super) fn roles_changed(before: &UserFacts, after: &UserFacts) -> Option<Changed> {
    Changed::between(json!({"roles": before.org_role}), json!({"roles": after.org_role}))
}

/// Writes `document` over `before`, if it says anything else, and lets memberships follow.
pub(super) fn save(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    before: User,
    old: &Document,
    document: &Document,
    unsaid: Unsaid,
) -> Result<User, ResourceError> {
    if document == old && !access::takes_in(act, before.connection) {
        return Ok(before);
    }
    let mut before = before;
    let mut facts = user_facts(document, unsaid);
    access::place(act, &mut facts, Some(&before.facts))?;
    if let Some(claiming) =
        access::claim(tx, act, "User", before.connection, &before.facts.user_name, facts.active)?
    {
        tx.move_user(act.org, before.id, claiming, facts.external_id.as_deref())
            .map_err(|error| taken(error, &facts))?;
        before.connection = claiming;
    }
    let written = write(document, &facts, resource_type);
    let (version, now) = (before.document.version + 1, act.cause.at);
    tx.update_user(act.org, before.id, &facts, &written, version, now)
        .map_err(|error| taken(error, &facts))?;

    let event = |kind| NewEvent::new(kind).user(before.id).subject(&*facts.user_name);
    let mut events = vec![event(EventKind::UserUpdated).changed(roles_changed(&before.facts, &facts))];
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
        let scope = Scope::Users(vec![before.id]);
        let loses = before.facts.active && !facts.active
            || !before.facts.outside && facts.outside
            || facts.org_role < before.facts.org_role;
        let done = if loses {
            access::keep_last_owner(tx, act, &before, &facts)?;
            access::follow(tx, act, &scope)?
        } else {
            tx.recompute(act.org, &act.cause, &scope)?
        };
        if !loses && access::by_idp(act).is_some() {
            holds::end_idle(tx, act, &[before.id])?;
        }
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

/// A person who is pushed under a `userName` that somebody has. The same connection is told; another takes the person over,
/// with what it pushed in the place of what there was, or is told whose the person is.
fn met_again(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    resource_type: &ResourceType,
    facts: &UserFacts,
    document: Document,
) -> Result<User, ResourceError> {
    let known = tx.find_user_by_name(act.org, &facts.user_name_key)?;
    let Some(known) = known.filter(|known| access::by_idp(act) != Some(known.connection)) else {
        return Err(taken(StoreError::Taken(Unique::UserName), facts));
    };
    let old = stored(&known.document.text, resource_type)?;
    let document = document.replacing(&old, resource_type)?;
    let unsaid = Unsaid { active: facts.active, compose_display_name: true };
    save(tx, act, resource_type, known, &old, &document, unsaid)
}

/// Makes an inactive person active, since their connection added them to a group.
pub(super) fn reactivate(tx: &mut dyn Tx, act: &Act<'_>, id: UserId) -> Result<(), ResourceError> {
    let Some(before) = tx.find_user(act.org, id)?.filter(|user| !user.facts.active && user.gone_at.is_none())
    else {
        return Ok(());
    };
    if access::by_idp(act) != Some(before.connection) {
        return Ok(());
    }
    // The index of the person follows from all schemas of the organisation.
    let terms = schemas::terms(Profile::default(), &tx.list_schemas(act.org)?)
        .map_err(|error| StoreError::Failed(format!("a stored schema cannot be used: {error}")))?;
    let old = stored(&before.document.text, &terms.user_type)?;
    let mut body = old.as_map().clone();
    body.insert("active".into(), Value::Bool(true));
    let document = Document::from_stored(&Value::Object(body).to_string())
        .map_err(|error| StoreError::Failed(format!("a stored document is damaged: {error}")))?;
    let unsaid = Unsaid { active: true, compose_display_name: before.facts.display_name_composed };
    save(tx, act, &terms.user_type, before, &old, &document, unsaid).map(drop)
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
pub(super) fn write(document: &Document, facts: &UserFacts, resource_type: &ResourceType) -> WrittenDocument {
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

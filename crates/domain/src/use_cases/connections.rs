//! Connections: an organisation's feeds, how each is read and what each may do.

mod switch_off;
#[cfg(test)]
mod tests;

pub use switch_off::switch_off;

use super::Act;
use crate::{
    event::{Changed, EventKind, NewEvent},
    ids::{ConnectionId, OrgId},
    ports::{ReadTx, Scope, Slice, StoreError, StoreResult, Tx, Unique},
    records::Connection,
    switches::{SwitchError, Switches},
};
use rolecall_scim::profile::Profile;
use serde_json::{Map, Value, json};

/// What the connection of people whom no directory owns is called at first.
const BY_HAND: &str = "manual";

/// Why a connection was not made, changed or removed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The connection is not there.
    #[error("the organisation has no connection `{given}`; it has {}", .known.join(", "))]
    Unknown {
        /// As given.
        given: String,
        /// The names that would have worked.
        known: Vec<String>,
    },
    /// An empty or overlong name, or one that looks like an id.
    #[error("the name of a connection must have 1 to 100 characters, and be no id")]
    BadName,
    /// Another one has the name.
    #[error("the organisation has a connection `{name}` already")]
    Taken {
        /// As given.
        name: String,
    },
    /// A switch that cannot work.
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// No identity provider stands behind it, so there is nothing to switch.
    #[error(
        "connection `{name}` holds the people whom no identity provider owns; it can be renamed, and has no switches, profile \
         or pause"
    )]
    ByHand {
        /// Its name.
        name: String,
    },
    /// People or groups came by it.
    #[error(
        "connection `{name}` owns {people} people and {groups} groups: say what becomes of the people (`people` = `keep`, \
         `deactivate` or `remove`), or let another connection claim them (its switch `on_conflict` = `claim`, then push them by it)"
    )]
    Owns {
        /// Its name.
        name: String,
        /// How many people, those whom a hold keeps included.
        people: u64,
        /// How many groups.
        groups: u64,
    },
    /// An organisation without one could not be provisioned.
    #[error("connection `{name}` is the organisation's only one; make another before this is removed")]
    Last {
        /// Its name.
        name: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a connection with the profile and the switches that one begins with.
pub fn create(tx: &mut dyn Tx, act: &Act<'_>, name: &str) -> Result<Connection, ConnectionError> {
    let name = check_name(name)?;
    let id = ConnectionId(act.ids.next());
    tx.insert_connection(act.org, id, &name, act.cause.at).map_err(|error| taken(error, &name))?;
    record(tx, act, EventKind::ConnectionCreated, &name)?;
    Ok(Connection {
        id,
        name,
        profile: Profile::default(),
        created_at: act.cause.at,
        switches: Switches::default(),
        paused_at: None,
    })
}

/// Changes a connection: its name, its profile, its switches, or whether it is paused. The next request of its IdP is met
/// by what it is then. Other verified domains change at once who of its people may have access.
pub fn change(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    change: impl FnOnce(&mut Connection),
) -> Result<Connection, ConnectionError> {
    let before = require(tx, act.org, given)?;
    let mut after = before.clone();
    change(&mut after);
    after.switches = after.switches.checked()?;
    if after == before {
        return Ok(before);
    }
    if before.id.is_by_hand() && (Connection { name: before.name.clone(), ..after.clone() }) != before {
        return Err(ConnectionError::ByHand { name: before.name });
    }
    if after.name != before.name {
        after.name = check_name(&after.name)?;
    }
    tx.update_connection(act.org, &after).map_err(|error| taken(error, &after.name))?;
    let changed = Changed::between(fields(&before), fields(&after)).map(|changed| changed.of(after.id.0));
    let event = NewEvent::new(EventKind::ConnectionUpdated).subject(&*after.name).changed(changed);
    tx.push_events(act.org, &act.cause, &[event])?;
    if after.switches.verified_domains != before.switches.verified_domains {
        place_people(tx, act, &after)?;
    }
    Ok(after)
}

/// What of a connection can change, as events say it: each switch for itself.
pub(super) fn fields(connection: &Connection) -> Value {
    let Connection { name, profile, switches, paused_at, .. } = connection;
    let mut fields = json!(switches);
    for (field, value) in
        [("name", json!(name)), ("profile", json!(profile)), ("paused", json!(paused_at.is_some()))]
    {
        fields[field] = value;
    }
    fields
}

/// Makes a connection what [`fields`] said of it; what is not said, or not known any more, stays.
pub(super) fn put_fields(connection: &mut Connection, said: &Map<String, Value>, act: &Act<'_>) {
    let mut switches = json!(connection.switches);
    for (field, value) in said {
        match field.as_str() {
            "name" => connection.name = value.as_str().unwrap_or(&connection.name).to_owned(),
            "profile" => {
                connection.profile = serde_json::from_value(value.clone()).unwrap_or(connection.profile);
            }
            "paused" => set_paused(connection, value.as_bool().unwrap_or_default(), act),
            switch => switches[switch] = value.clone(),
        }
    }
    if let Ok(switches) = serde_json::from_value(switches) {
        connection.switches = switches;
    }
}

/// Pauses a connection or lets it go on. One that is paused already stays paused since then.
pub fn set_paused(connection: &mut Connection, paused: bool, act: &Act<'_>) {
    connection.paused_at = paused.then(|| connection.paused_at.unwrap_or(act.cause.at));
}

/// Removes a connection that owns nobody, with its tokens.
pub fn delete(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), ConnectionError> {
    let connection = require(tx, act.org, given)?;
    let (id, name) = (connection.id, connection.name.clone());
    let (people, groups) = tx.count_owned(act.org, id, u32::MAX)?;
    if (people, groups) != (0, 0) {
        return Err(ConnectionError::Owns { name, people, groups });
    }
    let others = tx.list_connections(act.org)?.into_iter().filter(|one| one.id != id && !one.id.is_by_hand());
    if !id.is_by_hand() && others.count() == 0 {
        return Err(ConnectionError::Last { name });
    }
    Ok(end(tx, act, connection)?)
}

/// Removes the connection itself, with its tokens.
fn end(tx: &mut dyn Tx, act: &Act<'_>, connection: Connection) -> StoreResult<()> {
    tx.delete_connection(act.org, connection.id)?;
    record(tx, act, EventKind::ConnectionDeleted, &connection.name)
}

/// The connection of people whom no directory owns; made when the first of them comes.
pub(in crate::use_cases) fn by_hand(tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<ConnectionId> {
    let all = tx.list_connections(act.org)?;
    if all.iter().any(|one| one.id.is_by_hand()) {
        return Ok(ConnectionId::BY_HAND);
    }
    let free = |name: &String| all.iter().all(|one| one.name != *name);
    let numbered = (2u32..).map(|number| format!("{BY_HAND}-{number}"));
    let name = std::iter::once(BY_HAND.to_owned()).chain(numbered).find(free).unwrap_or_default();
    tx.insert_connection(act.org, ConnectionId::BY_HAND, &name, act.cause.at)?;
    record(tx, act, EventKind::ConnectionCreated, &name)?;
    Ok(ConnectionId::BY_HAND)
}

/// By id, or by name.
pub fn require(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &str,
) -> Result<Connection, ConnectionError> {
    let all = tx.list_connections(org)?;
    let id = ConnectionId::parse(given);
    let found = all.iter().find(|one| Some(one.id) == id || one.name == given).cloned();
    found.ok_or_else(|| ConnectionError::Unknown {
        given: given.to_owned(),
        known: all.into_iter().map(|one| format!("`{}`", one.name)).collect(),
    })
}

/// Says again of everybody of a connection whether they are outside its domains, a page at a time.
fn place_people(tx: &mut dyn Tx, act: &Act<'_>, connection: &Connection) -> StoreResult<()> {
    const PAGE: u32 = 500;
    let mut after = None;
    loop {
        let page = tx.people_of(act.org, connection.id, Slice { after, limit: PAGE })?;
        for outside in [true, false] {
            let moved = page.iter().filter(|user| {
                user.facts.outside != outside && connection.switches.outside(&user.facts) == outside
            });
            let moved: Vec<_> = moved.map(|user| user.id).collect();
            if !moved.is_empty() {
                tx.set_outside(act.org, &moved, outside)?;
                tx.recompute(act.org, &act.cause, &Scope::Users(moved))?;
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

fn record(tx: &mut dyn Tx, act: &Act<'_>, kind: EventKind, name: &str) -> StoreResult<()> {
    tx.push_events(act.org, &act.cause, &[NewEvent::new(kind).subject(name)])
}

fn check_name(name: &str) -> Result<String, ConnectionError> {
    let name = name.trim();
    let fits = (1..=100).contains(&name.chars().count()) && uuid::Uuid::parse_str(name).is_err();
    if fits { Ok(name.to_owned()) } else { Err(ConnectionError::BadName) }
}

fn taken(error: StoreError, name: &str) -> ConnectionError {
    match error {
        StoreError::Taken(Unique::ConnectionName) => ConnectionError::Taken { name: name.to_owned() },
        other => other.into(),
    }
}

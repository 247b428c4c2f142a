//! The record of what happened.

use rolecall_domain::{
    event::{Actor, Cause, Changed, Event, NewEvent},
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, OrgId, TokenId,
        UserId, WorkspaceId,
    },
    ports::{ReadEvents, StoreError, StoreResult, WriteEvents},
    time::Timestamp,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    super::super::{
        schema::events,
        types::{Id, Key, unknown},
    },
    Bind, Db, Prepared, Statement, Transaction, dialect, statement,
};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = events, check_for_backend(Db))]
struct EventRow {
    seq: i64,
    kind: String,
    at: i64,
    change_id: ChangeId,
    actor_kind: i16,
    /// The token or the key.
    actor_id: Option<Id>,
    actor_connection_id: Option<ConnectionId>,
    user_id: Option<UserId>,
    group_id: Option<GroupId>,
    workspace_id: Option<WorkspaceId>,
    mapping_id: Option<MappingId>,
    old_role: Option<i16>,
    new_role: Option<i16>,
    subject: Option<String>,
    former_id: Option<UserId>,
    app_id: Option<String>,
    changed: Option<String>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> StoreResult<Self> {
        let actor =
            actor(row.actor_kind, row.actor_id.map(|id| id.0), row.actor_connection_id.map(|id| id.0))?;
        Ok(Self {
            actor,
            seq: row.seq,
            kind: row.kind,
            time: Timestamp(row.at),
            change_id: row.change_id,
            user_id: row.user_id,
            group_id: row.group_id,
            workspace_id: row.workspace_id,
            mapping_id: row.mapping_id,
            old_role: row.old_role,
            new_role: row.new_role,
            subject: row.subject,
            former_id: row.former_id,
            app_id: row.app_id,
            changed: row.changed.as_deref().and_then(Changed::parse),
        })
    }
}

/// The values that every event of a cause shares, `$1` to `$6`: organisation, time, change, actor.
pub(crate) fn cause_binds(org: OrgId, cause: &Cause) -> Vec<Bind> {
    let (kind, id, connection) = match cause.actor {
        Actor::Idp { connection, token } => (1, Some(token.0), Some(connection.0)),
        Actor::ApiKey(key) => (2, Some(key.0), None),
        Actor::Operator => (3, None, None),
        Actor::Administrator(id) => (4, Some(id.0), None),
        Actor::SetupLink(id) => (5, Some(id.0), None),
        Actor::Server => (6, None, None),
    };
    vec![
        Bind::Int(org.0),
        Bind::Int(cause.at.0),
        Bind::id(cause.change),
        Bind::Small(kind),
        Bind::optional_id(id),
        Bind::optional_id(connection),
    ]
}

/// Who the columns of an event say did it.
pub(crate) fn actor(kind: i16, id: Option<Uuid>, connection: Option<Uuid>) -> StoreResult<Actor> {
    match (kind, id, connection) {
        (1, Some(token), Some(connection)) => {
            Ok(Actor::Idp { connection: ConnectionId(connection), token: TokenId(token) })
        }
        (2, Some(key), None) => Ok(Actor::ApiKey(ApiKeyId(key))),
        (3, None, None) => Ok(Actor::Operator),
        (4, Some(id), None) => Ok(Actor::Administrator(AdministratorId(id))),
        (5, Some(id), None) => Ok(Actor::SetupLink(ConnectLinkId(id))),
        (6, None, None) => Ok(Actor::Server),
        (other, ..) => Err(unknown("who caused an event", other)),
    }
}

statement! {
    /// Appends a list of events; see [`dialect::event_rows`] for its form.
    PushEvents,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, group_id, workspace_id, mapping_id, old_role, new_role, subject, changed)
     SELECT $1, (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1) + e.place, e.kind, $2, $3, $4, $5, $6,
            e.user_id, e.group_id, e.workspace_id, e.mapping_id, e.old_role, e.new_role, e.subject,
            e.changed
     FROM (", dialect::event_rows!("$7"), ") e"
}

statement! {
    /// Appends one event; nearly every request causes one by itself.
    PushEvent,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, group_id, workspace_id, mapping_id, old_role, new_role, subject, changed)
     VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE org_id = $1), $7, $2, $3, $4, $5, $6,
             $8, $9, $10, $11, $12, $13, $14, $15)"
}

impl ReadEvents for Transaction<'_> {
    fn events_after(&mut self, org: OrgId, seq: i64, limit: u32) -> StoreResult<Vec<Event>> {
        self.ask(org, |conn| {
            let rows: Vec<EventRow> = events::table
                .filter(events::org_id.eq(org.0).and(events::seq.gt(seq)))
                .order(events::seq)
                .limit(i64::from(limit))
                .select(EventRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(Event::try_from).collect::<StoreResult<_>>()?)
        })
    }

    fn latest_events(&mut self, org: OrgId, limit: u32) -> StoreResult<Vec<Event>> {
        self.ask(org, |conn| {
            let rows: Vec<EventRow> = events::table
                .filter(events::org_id.eq(org.0))
                .order(events::seq.desc())
                .limit(i64::from(limit))
                .select(EventRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(Event::try_from).collect::<StoreResult<_>>()?)
        })
    }

    fn events_of(&mut self, org: OrgId, change: ChangeId, limit: u32) -> StoreResult<Vec<Event>> {
        self.ask(org, |conn| {
            let rows = events::table
                .filter(events::org_id.eq(org.0).and(events::change_id.eq(change.key())))
                .order(events::seq)
                .limit(i64::from(limit))
                .select(EventRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(Event::try_from).collect::<StoreResult<_>>()?)
        })
    }
}

impl WriteEvents for Transaction<'_> {
    fn push_events(&mut self, org: OrgId, cause: &Cause, events: &[NewEvent]) -> StoreResult<()> {
        let mut binds = cause_binds(org, cause);
        match events {
            [] => Ok(()),
            [event] => self.ask(org, |conn| {
                binds.extend([
                    Bind::Text(event.kind.as_str().to_owned()),
                    Bind::optional_id(event.user),
                    Bind::optional_id(event.group),
                    Bind::optional_id(event.workspace),
                    Bind::optional_id(event.mapping),
                    Bind::OptionalSmall(event.old_role),
                    Bind::OptionalSmall(event.new_role),
                    Bind::OptionalText(event.subject.clone()),
                    Bind::OptionalText(event.changed.as_ref().map(Changed::render)),
                ]);
                PushEvent::with(binds).execute(conn)?;
                Ok(())
            }),
            many => self.ask(org, |conn| {
                let list = many.iter().map(as_json).collect::<Vec<_>>();
                let list =
                    serde_json::to_string(&list).map_err(|error| StoreError::Failed(error.to_string()))?;
                binds.push(Bind::Search(list));
                PushEvents::with(binds).execute(conn)?;
                Ok(())
            }),
        }
    }
}

fn as_json(event: &NewEvent) -> serde_json::Value {
    let hex = |id: Option<Uuid>| id.map(|id| id.as_simple().to_string());
    json!([
        event.kind.as_str(),
        hex(event.user.map(|id| id.0)),
        hex(event.group.map(|id| id.0)),
        hex(event.workspace.map(|id| id.0)),
        hex(event.mapping.map(|id| id.0)),
        event.old_role,
        event.new_role,
        event.subject,
        event.changed.as_ref().map(Changed::render),
    ])
}

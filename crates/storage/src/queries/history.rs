//! Access over time: each event that gives a role begins a span, and the person's next one there ends it.

use rolecall_domain::{
    history::{CausedBy, Tenure},
    ids::{ChangeId, OrgId, UserId, WorkspaceId},
    ports::{HistoryQuery, ReadHistory, Slice, StoreResult, WriteHistory},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    super::super::types::Uid, Bind, Prepared, Statement, Transaction, events::actor, matches::whole,
    statement, undo::ForgetRecord,
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt},
};

type SpanTypes = (
    (BigInt, Uid, Nullable<Uid>, SmallInt, Nullable<BigInt>),
    (BigInt, Uid, SmallInt, Nullable<Uid>, Nullable<Uid>),
    (Nullable<BigInt>, Nullable<Uid>, Nullable<SmallInt>, Nullable<Uid>, Nullable<Uid>),
);
type Began = (i64, ChangeId, i16, Option<Uuid>, Option<Uuid>);
type Ended = (Option<i64>, Option<ChangeId>, Option<i16>, Option<Uuid>, Option<Uuid>);
type Span = ((i64, UserId, Option<WorkspaceId>, i16, Option<i64>), Began, Ended);

/// Spans whose beginnings satisfy `$which`. `$2` is whose or where, `$3` the place after which to go on, `$4` and `$5` the
/// time, `$6` how many, `$7` a workspace or null.
macro_rules! spans {
    ($($which:expr),+; $($before:expr),*) => {
        concat!(
            $($before,)*
            "SELECT e.seq, e.user_id, e.workspace_id, e.new_role,
                    (SELECT j.at FROM events j
                     WHERE j.org_id = $1 AND j.user_id = e.user_id AND j.seq <= e.seq
                       AND j.workspace_id IS NOT DISTINCT FROM e.workspace_id
                       AND j.kind IN ('membership.created', 'user.created')
                     ORDER BY j.seq DESC LIMIT 1),
                    e.at, e.change_id, e.actor_kind, e.actor_id, e.actor_connection_id,
                    n.at, n.change_id, n.actor_kind, n.actor_id, n.actor_connection_id
             FROM (SELECT b.*, (SELECT n.seq FROM events n
                                WHERE n.org_id = $1 AND n.user_id = b.user_id AND n.seq > b.seq
                                  AND n.workspace_id IS NOT DISTINCT FROM b.workspace_id
                                  AND n.kind IN ('membership.changed', 'membership.removed', 'membership.created',
                                                 'user.role_changed', 'user.deleted')
                                ORDER BY n.seq LIMIT 1) AS next_seq
                   FROM events b
                   WHERE b.org_id = $1 AND ",
            $($which,)+
            " AND b.seq > $3 AND b.at <= $5 AND b.new_role IS NOT NULL
                     AND b.kind IN ('membership.created', 'membership.changed', 'user.created', 'user.role_changed')
                     AND ($7 IS NULL OR b.workspace_id = $7)) e
             LEFT JOIN events n ON n.org_id = $1 AND n.seq = e.next_seq
             WHERE coalesce(n.at > $4, true)
             ORDER BY e.seq
             LIMIT $6"
        )
    };
}

statement! {
    /// And of those who were made one with them. Their events are few, and are put in order before the page is cut.
    TenuresOfPerson -> SpanTypes,
    spans!("b.user_id IN (SELECT whole.id FROM whole)"; whole!())
}
statement! {
    TenuresInWorkspace -> SpanTypes, spans!("b.workspace_id = $2";)
}
statement! {
    TenuresOfAll -> SpanTypes, spans!("b.user_id IS NOT NULL";)
}

statement! {
    /// Goes from each to the next by the index, so that the number of events does not count.
    WorkspacesEver -> Uid,
    "WITH RECURSIVE found(id) AS (
       SELECT (SELECT workspace_id FROM events WHERE org_id = $1 AND workspace_id IS NOT NULL ORDER BY workspace_id LIMIT 1)
       UNION ALL
       SELECT (SELECT e.workspace_id FROM events e
               WHERE e.org_id = $1 AND e.workspace_id > f.id ORDER BY e.workspace_id LIMIT 1)
       FROM found f WHERE f.id IS NOT NULL
     )
     SELECT f.id FROM found f WHERE f.id IS NOT NULL"
}

statement! {
    ForgetInEvents,
    "UPDATE events SET subject = NULL, app_id = NULL WHERE org_id = $1 AND user_id = $2 AND kind LIKE 'user.%'"
}

fn caused_by((at, change, kind, id, connection): Began) -> StoreResult<CausedBy> {
    Ok(CausedBy { at: Timestamp(at), change, actor: actor(kind, id, connection)? })
}

fn tenure(((seq, user, workspace, rank, joined), began, ended): Span) -> StoreResult<Tenure> {
    let from = caused_by(began)?;
    let to = match ended {
        (Some(at), Some(change), Some(kind), id, connection) => {
            Some(caused_by((at, change, kind, id, connection))?)
        }
        _ => None,
    };
    let joined_at = joined.map_or(from.at, Timestamp);
    Ok(Tenure { seq, user, workspace, rank, joined_at, from, to })
}

impl ReadHistory for Transaction<'_> {
    fn tenures(&mut self, org: OrgId, query: &HistoryQuery, slice: Slice<i64>) -> StoreResult<Vec<Tenure>> {
        let binds = |which: Option<Uuid>, also: Option<WorkspaceId>| {
            vec![
                Bind::Int(org.0),
                Bind::optional_id(which),
                Bind::Int(slice.after.unwrap_or(0)),
                Bind::Int(query.since.map_or(i64::MIN, |at| at.0)),
                Bind::Int(query.until.map_or(i64::MAX, |at| at.0)),
                Bind::Int(i64::from(slice.limit)),
                Bind::optional_id(also),
            ]
        };
        self.ask(org, |conn| {
            let rows: Vec<Span> = match (query.user, query.workspace) {
                (Some(user), also) => TenuresOfPerson::with(binds(Some(user.0), also)).load(conn)?,
                (None, Some(place)) => TenuresInWorkspace::with(binds(Some(place.0), None)).load(conn)?,
                (None, None) => TenuresOfAll::with(binds(None, None)).load(conn)?,
            };
            Ok(rows.into_iter().map(tenure).collect::<StoreResult<_>>()?)
        })
    }

    fn workspaces_ever(&mut self, org: OrgId) -> StoreResult<Vec<WorkspaceId>> {
        self.ask(org, |conn| Ok(WorkspacesEver::with(vec![Bind::Int(org.0)]).load(conn)?))
    }
}

impl WriteHistory for Transaction<'_> {
    fn forget_person(&mut self, org: OrgId, user: UserId) -> StoreResult<()> {
        self.ask(org, |conn| {
            ForgetInEvents::with(vec![Bind::Int(org.0), Bind::id(user)]).execute(conn)?;
            ForgetRecord::with(vec![Bind::Int(org.0), Bind::id(user)]).execute(conn)?;
            Ok(())
        })
    }
}

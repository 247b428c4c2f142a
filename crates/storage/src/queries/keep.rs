//! What a mapping gives, and what people of a connection have, given by hand for good: the events first, then the grants that they
//! tell of, as a recomputation does it. Grants that end are left: what becomes of them is not for a statement to say.

use rolecall_domain::{
    event::Cause,
    ids::{ConnectionId, MappingId, OrgId},
};

use super::{
    Bind, Conn, Failure, Prepared, Statement, events::cause_binds, reach::inside, recompute::just_pushed,
    statement,
};
use diesel::RunQueryDsl;

statement! {
    /// `$1` to `$6` are the cause, `$7` is the mapping.
    PushKept,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, workspace_id, old_role, new_role)
     WITH RECURSIVE given(id) AS (
       SELECT m.group_id FROM mappings m WHERE m.org_id = $1 AND m.id = $7 AND m.paused_at IS NULL
     ), ", inside!(), ",
     person(id) AS (
       SELECT DISTINCT m.member_id
       FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
     ),
     kept(user_id, workspace_id, old_role, new_role) AS (
       SELECT u.id, m.workspace_id, x.role, m.role
       FROM person p
       CROSS JOIN users u ON u.org_id = $1 AND u.id = p.id
       CROSS JOIN mappings m ON m.org_id = $1 AND m.id = $7
       LEFT JOIN grants x ON x.org_id = $1 AND x.workspace_id = m.workspace_id AND x.user_id = u.id
       WHERE u.active AND NOT u.outside AND u.gone_at IS NULL AND (x.role IS NULL OR (x.role < m.role AND x.expires_at IS NULL))
     )
     SELECT $1,
            (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1) + row_number() OVER (ORDER BY user_id),
            CASE WHEN old_role IS NULL THEN 'grant.created' ELSE 'grant.updated' END,
            $2, $3, $4, $5, $6, user_id, workspace_id, old_role, new_role
     FROM kept"
}

statement! {
    /// `$1` to `$6` are the cause, `$7` is the connection.
    PushKeptAccess,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, workspace_id, old_role, new_role)
     WITH kept(user_id, workspace_id, old_role, new_role) AS (
       SELECT u.id, h.workspace_id, x.role, h.role
       FROM users u
       CROSS JOIN memberships h ON h.org_id = $1 AND h.user_id = u.id
       LEFT JOIN grants x ON x.org_id = $1 AND x.workspace_id = h.workspace_id AND x.user_id = u.id
       WHERE u.org_id = $1 AND u.connection_id = $7 AND u.active AND NOT u.outside AND u.gone_at IS NULL
         AND (x.role IS NULL OR (x.role < h.role AND x.expires_at IS NULL))
         AND NOT EXISTS (
           SELECT 1 FROM holds w
           WHERE w.org_id = $1 AND w.user_id = u.id AND (NOT w.kept OR w.until IS NOT NULL)
         )
     )
     SELECT $1,
            (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1)
              + row_number() OVER (ORDER BY user_id, workspace_id),
            CASE WHEN old_role IS NULL THEN 'grant.created' ELSE 'grant.updated' END,
            $2, $3, $4, $5, $6, user_id, workspace_id, old_role, new_role
     FROM kept"
}

statement! {
    /// `$2` is how many events were just written.
    GiveKept,
    "INSERT INTO grants (org_id, workspace_id, user_id, role, given_at, change_id)
     SELECT e.org_id, e.workspace_id, e.user_id, e.new_role, e.at, e.change_id
     FROM events e WHERE ", just_pushed!(), "
     ON CONFLICT (org_id, workspace_id, user_id)
     DO UPDATE SET role = excluded.role, given_at = excluded.given_at, change_id = excluded.change_id,
                   expires_at = NULL, then_role = NULL"
}

statement! {
    /// The same of events among which are others. `$2` is how many were just written.
    GiveAsTold,
    "INSERT INTO grants (org_id, workspace_id, user_id, role, given_at, change_id)
     SELECT e.org_id, e.workspace_id, e.user_id, e.new_role, e.at, e.change_id
     FROM events e WHERE ", just_pushed!(), " AND e.kind IN ('grant.created', 'grant.updated')
     ON CONFLICT (org_id, workspace_id, user_id)
     DO UPDATE SET role = excluded.role, given_at = excluded.given_at, change_id = excluded.change_id,
                   expires_at = NULL, then_role = NULL"
}

pub(super) fn give_as_told(conn: &mut Conn, org: OrgId, events: u64) -> Result<(), Failure> {
    GiveAsTold::with(vec![Bind::Int(org.0), Bind::Int(events as i64)]).execute(conn)?;
    Ok(())
}

pub(super) fn keep_members(
    conn: &mut Conn,
    org: OrgId,
    id: MappingId,
    cause: &Cause,
) -> Result<u64, Failure> {
    let mut binds = cause_binds(org, cause);
    binds.push(Bind::id(id));
    let kept = PushKept::with(binds).execute(conn)?;
    give(conn, org, kept)
}

pub(super) fn keep_access(
    conn: &mut Conn,
    org: OrgId,
    connection: ConnectionId,
    cause: &Cause,
) -> Result<u64, Failure> {
    let mut binds = cause_binds(org, cause);
    binds.push(Bind::id(connection));
    let kept = PushKeptAccess::with(binds).execute(conn)?;
    give(conn, org, kept)
}

pub(super) fn give(conn: &mut Conn, org: OrgId, kept: usize) -> Result<u64, Failure> {
    if kept > 0 {
        GiveKept::with(vec![Bind::Int(org.0), Bind::Int(kept as i64)]).execute(conn)?;
    }
    Ok(kept as u64)
}

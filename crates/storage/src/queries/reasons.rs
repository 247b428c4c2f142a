//! Why somebody has something.

use rolecall_domain::{
    event::Cause,
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{ReadReasons, StoreResult},
    records::{AccessPath, GroupStep, MemberId, Via, Workspace},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    super::super::types::{Text, Uid, workspace_role},
    Bind, Prepared, Statement, Transaction,
    access::origin,
    events::actor,
    grants::{EndColumns, EndRow, expiry},
    reach::reach,
    statement,
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt},
};

type WorkspaceColumns = (Uid, Text, Text, BigInt, BigInt, Nullable<BigInt>);
type MappedColumns = (Nullable<Uid>, Nullable<Text>, Nullable<Uid>, Nullable<SmallInt>, Nullable<BigInt>);

statement! {
    PathsOf -> (WorkspaceColumns, SmallInt, BigInt, Nullable<Uid>, MappedColumns, EndColumns),
    "WITH RECURSIVE person(id) AS ($2), ", reach!("person"), ",
     through(group_id) AS (SELECT DISTINCT group_id FROM reach)
     SELECT w.id, w.name, w.slug, w.created_at, w.updated_at, w.archived_at, x.role, x.given_at, x.change_id,
            NULL, NULL, NULL, NULL, NULL, x.expires_at, x.then_role
     FROM person p
     CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = p.id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = x.workspace_id
     UNION ALL
     SELECT w.id, w.name, w.slug, w.created_at, w.updated_at, w.archived_at, m.role, m.created_at, m.change_id,
            g.id, g.display_name, m.id, m.origin, m.paused_at, NULL, NULL
     FROM through t
     CROSS JOIN mappings m ON m.org_id = $1 AND m.group_id = t.group_id
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = m.group_id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = m.workspace_id"
}
type MappedRow = (Option<GroupId>, Option<String>, Option<MappingId>, Option<i16>, Option<i64>);
type PathRow =
    ((WorkspaceId, String, String, i64, i64, Option<i64>), i16, i64, Option<ChangeId>, MappedRow, EndRow);

fn path(row: PathRow) -> StoreResult<AccessPath> {
    let ((id, name, slug, created_at, updated_at, archived_at), role, since, change, mapped, end) = row;
    let via = match mapped {
        (Some(group), Some(group_name), Some(mapping), Some(from), paused_at) => Via::Mapping {
            group,
            group_name,
            mapping,
            origin: origin(from)?,
            paused_at: paused_at.map(Timestamp),
        },
        _ => Via::Grant { expiry: expiry(end)? },
    };
    let workspace = Workspace {
        id,
        name,
        slug,
        created_at: Timestamp(created_at),
        updated_at: Timestamp(updated_at),
        archived_at: archived_at.map(Timestamp),
    };
    Ok(AccessPath { workspace, role: workspace_role(role)?, via, since: Timestamp(since), change })
}

/// Grants first within a workspace, then by mapping.
fn in_order(path: &AccessPath) -> (WorkspaceId, Option<MappingId>) {
    let mapping = match path.via {
        Via::Mapping { mapping, .. } => Some(mapping),
        Via::Grant { .. } => None,
    };
    (path.workspace.id, mapping)
}

statement! {
    /// The person's own steps, and those of each group that they lead to.
    StepsAbove -> (Uid, Uid, Text, BigInt, Uid),
    "WITH RECURSIVE person(id) AS ($2), ", reach!("person"), ",
     through(group_id) AS (SELECT DISTINCT group_id FROM reach)
     SELECT m.member_id, g.id, g.display_name, m.added_at, m.change_id
     FROM person p
     CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = p.id
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = m.group_id
     UNION ALL
     SELECT m.member_id, g.id, g.display_name, m.added_at, m.change_id
     FROM through t
     CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = t.group_id
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = m.group_id"
}

statement! {
    /// One event of each unit of work: they share what is asked here.
    CausesOf -> (Uid, BigInt, SmallInt, Nullable<Uid>, Nullable<Uid>),
    "WITH given(id) AS ($2)
     SELECT DISTINCT e.change_id, e.at, e.actor_kind, e.actor_id, e.actor_connection_id
     FROM given CROSS JOIN events e ON e.org_id = $1 AND e.change_id = given.id
     ORDER BY 1"
}
type CauseRow = (ChangeId, i64, i16, Option<Uuid>, Option<Uuid>);

impl ReadReasons for Transaction<'_> {
    fn paths_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<AccessPath>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids([user.0])];
            let rows: Vec<PathRow> = PathsOf::with(binds).load(conn)?;
            let mut paths = rows.into_iter().map(path).collect::<StoreResult<Vec<_>>>()?;
            paths.sort_by_key(in_order);
            Ok(paths)
        })
    }

    fn steps_above(&mut self, org: OrgId, member: MemberId) -> StoreResult<Vec<GroupStep>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids([member.uuid()])];
            let rows: Vec<(Uuid, GroupId, String, i64, ChangeId)> = StepsAbove::with(binds).load(conn)?;
            let step = |(member, group, group_name, since, change)| GroupStep {
                member,
                group,
                group_name,
                since: Timestamp(since),
                change,
            };
            Ok(rows.into_iter().map(step).collect())
        })
    }

    fn causes_of(&mut self, org: OrgId, changes: &[ChangeId]) -> StoreResult<Vec<Cause>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids(changes.iter().map(|change| change.0))];
            let rows: Vec<CauseRow> = CausesOf::with(binds).load(conn)?;
            let cause = |(change, at, kind, id, connection)| {
                Ok(Cause { change, actor: actor(kind, id, connection)?, at: Timestamp(at) })
            };
            Ok(rows.into_iter().map(cause).collect::<StoreResult<_>>()?)
        })
    }
}

//! What an administrator should look at. These read an organisation through.

use rolecall_domain::{
    ids::OrgId,
    ports::{ReadFindings, Sample, StoreResult},
    time::Timestamp,
};

use super::{
    super::super::types::Text, Bind, Conn, Failure, Prepared, Statement, Transaction, statement, unsigned,
};
use diesel::{QueryResult, RunQueryDsl, sql_types::BigInt};

/// Names, each with how many there are in all.
type Rows = QueryResult<Vec<(String, i64)>>;

statement! {
    GroupsWithoutMapping -> (Text, BigInt),
    "SELECT g.display_name, count(*) OVER ()
     FROM groups g
     WHERE g.org_id = $1 AND g.connection_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id)
       AND NOT EXISTS (SELECT 1 FROM role_mappings m WHERE m.org_id = $1 AND m.group_id = g.id)
       AND NOT EXISTS (SELECT 1 FROM group_members m WHERE m.org_id = $1 AND m.member_id = g.id)
     ORDER BY g.display_name_key, g.id
     LIMIT $2"
}

statement! {
    OverlappingGroups -> (Text, BigInt),
    "SELECT a.display_name || ' and ' || b.display_name, count(*) OVER ()
     FROM mappings x
     JOIN mappings y ON y.org_id = $1 AND y.workspace_id = x.workspace_id AND y.group_id > x.group_id
     JOIN groups a ON a.org_id = $1 AND a.id = x.group_id
     JOIN groups b ON b.org_id = $1 AND b.id = y.group_id
     WHERE x.org_id = $1 AND x.origin = 2 AND y.origin = 2
       AND EXISTS (SELECT 1 FROM group_members m
                   JOIN group_members n ON n.org_id = $1 AND n.group_id = y.group_id AND n.member_id = m.member_id
                   WHERE m.org_id = $1 AND m.group_id = x.group_id)
     ORDER BY a.display_name_key, b.display_name_key
     LIMIT $2"
}

statement! {
    NeverPushed -> (Text, BigInt),
    "SELECT g.display_name, count(*) OVER ()
     FROM groups g
     WHERE g.org_id = $1 AND g.connection_id IS NULL
     ORDER BY g.display_name_key, g.id
     LIMIT $2"
}

statement! {
    MappedAndEmpty -> (Text, BigInt),
    "SELECT g.display_name, count(*) OVER ()
     FROM groups g
     WHERE g.org_id = $1 AND g.connection_id IS NOT NULL
       AND EXISTS (SELECT 1 FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND m.origin = 1)
       AND NOT EXISTS (SELECT 1 FROM group_members m WHERE m.org_id = $1 AND m.group_id = g.id)
     ORDER BY g.display_name_key, g.id
     LIMIT $2"
}

statement! {
    UnknownRoles -> (Text, BigInt, BigInt),
    "SELECT u.unknown_role, count(*), CAST(sum(count(*)) OVER () AS bigint)
     FROM users u
     WHERE u.org_id = $1 AND u.unknown_role > ''
     GROUP BY u.unknown_role
     ORDER BY count(*) DESC, u.unknown_role
     LIMIT $2"
}

statement! {
    /// Stops when `$3` are found: where nobody has a workspace yet, that is at once. Where everybody has one, each is asked.
    PeopleInNoWorkspace -> (Text, BigInt),
    "WITH idle(id, user_name) AS MATERIALIZED (
       SELECT u.id, u.user_name
       FROM users u
       WHERE u.org_id = $1 AND u.active AND u.gone_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.org_id = $1 AND m.user_id = u.id)
       ORDER BY u.id
       LIMIT $3
     )
     SELECT user_name, (SELECT count(*) FROM idle) FROM idle ORDER BY id LIMIT $2"
}

statement! {
    GrantsEnding -> (Text, Text, BigInt),
    "WITH ending(user_id, workspace_id, expires_at, of) AS MATERIALIZED (
       SELECT x.user_id, x.workspace_id, x.expires_at, count(*) OVER ()
       FROM grants x
       WHERE x.org_id = $1 AND x.expires_at <= $3
       ORDER BY x.expires_at, x.user_id, x.workspace_id
       LIMIT $2
     )
     SELECT u.user_name, w.name, e.of
     FROM ending e
     CROSS JOIN users u ON u.org_id = $1 AND u.id = e.user_id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = e.workspace_id
     ORDER BY e.expires_at, e.user_id, e.workspace_id"
}

fn sample(
    conn: &mut Conn,
    org: OrgId,
    limit: u32,
    ask: fn(&mut Conn, Vec<Bind>) -> Rows,
) -> Result<Sample, Failure> {
    Ok(of_rows(ask(conn, vec![Bind::Int(org.0), Bind::Int(i64::from(limit))])?))
}

fn of_rows(rows: Vec<(String, i64)>) -> Sample {
    let count = rows.first().map_or(0, |(_, count)| unsigned(*count));
    Sample { count, names: rows.into_iter().map(|(name, _)| name).collect() }
}

impl ReadFindings for Transaction<'_> {
    fn groups_without_mapping(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| {
            sample(conn, org, limit, |conn, binds| GroupsWithoutMapping::with(binds).load(conn))
        })
    }

    fn overlapping_groups(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| {
            sample(conn, org, limit, |conn, binds| OverlappingGroups::with(binds).load(conn))
        })
    }

    fn mapped_and_never_pushed(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| sample(conn, org, limit, |conn, binds| NeverPushed::with(binds).load(conn)))
    }

    fn mapped_and_empty(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| sample(conn, org, limit, |conn, binds| MappedAndEmpty::with(binds).load(conn)))
    }

    fn unknown_roles(&mut self, org: OrgId, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::Int(i64::from(limit))];
            let rows: Vec<(String, i64, i64)> = UnknownRoles::with(binds).load(conn)?;
            let count = rows.first().map_or(0, |(_, _, people)| unsigned(*people));
            let name = |(word, people, _): (String, i64, i64)| match people {
                1 => format!("{word} (1 person)"),
                _ => format!("{word} ({people} people)"),
            };
            Ok(Sample { count, names: rows.into_iter().map(name).collect() })
        })
    }

    fn grants_ending(&mut self, org: OrgId, until: Timestamp, limit: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::Int(i64::from(limit)), Bind::Int(until.0)];
            let rows: Vec<(String, String, i64)> = GrantsEnding::with(binds).load(conn)?;
            Ok(of_rows(
                rows.into_iter().map(|(user, place, of)| (format!("{user} in {place}"), of)).collect(),
            ))
        })
    }

    fn people_in_no_workspace(&mut self, org: OrgId, limit: u32, most: u32) -> StoreResult<Sample> {
        self.ask(org, |conn| {
            let binds =
                vec![Bind::Int(org.0), Bind::Int(i64::from(limit)), Bind::Int(i64::from(most.max(limit)))];
            Ok(of_rows(PeopleInNoWorkspace::with(binds).load(conn)?))
        })
    }
}

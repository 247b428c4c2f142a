//! What is given by hand, for good and for a time.

use rolecall_domain::{
    event::Cause,
    grant::{Expiry, Grant},
    ids::{OrgId, UserId, WorkspaceId},
    ports::{EndingGrants, ReadGrants, StoreResult, WriteGrants},
    records::PlacedGrant,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::grants,
        types::{Key, Uid, workspace_role},
    },
    Bind, Prepared, Statement, Transaction,
    reach::inside,
    statement,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt},
};

/// When a grant ends, and what it leaves.
pub(super) type EndColumns = (Nullable<BigInt>, Nullable<SmallInt>);
pub(super) type EndRow = (Option<i64>, Option<i16>);

pub(super) fn expiry((at, then): EndRow) -> StoreResult<Option<Expiry>> {
    let Some(at) = at else { return Ok(None) };
    Ok(Some(Expiry { at: Timestamp(at), then: then.map(workspace_role).transpose()? }))
}

macro_rules! ending {
    ($from:expr) => {
        concat!(
            "SELECT x.workspace_id, x.user_id, x.role, x.expires_at, x.then_role ",
            $from,
            " AND x.expires_at IS NOT NULL ORDER BY 1, 2"
        )
    };
}
type EndingColumns = (Uid, Uid, SmallInt, Nullable<BigInt>, Nullable<SmallInt>);
type EndingRow = (WorkspaceId, UserId, i16, Option<i64>, Option<i16>);

statement! {
    EndingOf -> EndingColumns,
    "WITH person(id) AS ($2) ",
    ending!(
        "FROM person p
         CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = p.id
         WHERE x.org_id = $1"
    )
}

statement! {
    /// `$2` is the mapping. As [`super::keep`] keeps its people, beside those who have something that ends.
    EndingBesideMapping -> EndingColumns,
    "WITH RECURSIVE given(id) AS (
       SELECT m.group_id FROM mappings m WHERE m.org_id = $1 AND m.id = $2 AND m.paused_at IS NULL
     ), ", inside!(), ",
     person(id) AS (
       SELECT DISTINCT m.member_id
       FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
     ) ",
    ending!(
        "FROM person p
         CROSS JOIN users u ON u.org_id = $1 AND u.id = p.id
         CROSS JOIN mappings m ON m.org_id = $1 AND m.id = $2
         CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = u.id
         WHERE x.workspace_id = m.workspace_id AND u.active AND NOT u.outside AND u.gone_at IS NULL"
    )
}

statement! {
    /// `$2` is the connection. Few grants end, so they are read first, by the index that has an end for each.
    EndingOfOwned -> EndingColumns,
    ending!(
        "FROM grants x
         CROSS JOIN users u ON u.org_id = $1 AND u.id = x.user_id
         WHERE x.org_id = $1 AND x.expires_at BETWEEN 0 AND 9223372036854775807
           AND u.connection_id = $2 AND u.active AND NOT u.outside AND u.gone_at IS NULL
           AND NOT EXISTS (
             SELECT 1 FROM holds w
             WHERE w.org_id = $1 AND w.user_id = u.id AND (NOT w.kept OR w.until IS NOT NULL)
           )"
    )
}

statement! {
    /// From each organisation to its grants that end: all others are none of the index's range.
    Ended -> (BigInt, Uid, Uid),
    "SELECT o.id, x.workspace_id, x.user_id
     FROM orgs o CROSS JOIN grants x ON x.org_id = o.id AND x.expires_at <= $1
     ORDER BY 1 LIMIT $2"
}

impl ReadGrants for Transaction<'_> {
    fn find_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<Option<Grant>> {
        self.ask(org, |conn| {
            let row: Option<(i16, EndRow)> = grants::table
                .filter(grants::org_id.eq(org.0).and(grants::workspace_id.eq(id.key())))
                .filter(grants::user_id.eq(user.key()))
                .select((grants::role, (grants::expires_at, grants::then_role)))
                .first(conn)
                .optional()?;
            let grant =
                |(role, end)| StoreResult::Ok(Grant { role: workspace_role(role)?, expiry: expiry(end)? });
            Ok(row.map(grant).transpose()?)
        })
    }

    fn ending_grants(&mut self, org: OrgId, of: &EndingGrants) -> StoreResult<Vec<PlacedGrant>> {
        self.ask(org, |conn| {
            let binds = |what| vec![Bind::Int(org.0), what];
            let rows: Vec<EndingRow> = match of {
                EndingGrants::Of(people) => {
                    EndingOf::with(binds(Bind::ids(people.iter().map(|user| user.0)))).load(conn)?
                }
                EndingGrants::GivenBy(mapping) => {
                    EndingBesideMapping::with(binds(Bind::id(*mapping))).load(conn)?
                }
                EndingGrants::Owned(connection) => {
                    EndingOfOwned::with(binds(Bind::id(*connection))).load(conn)?
                }
            };
            let placed = |(workspace, user, role, at, then)| {
                let grant = Grant { role: workspace_role(role)?, expiry: expiry((at, then))? };
                Ok(PlacedGrant { workspace, user, grant })
            };
            Ok(rows.into_iter().map(placed).collect::<StoreResult<_>>()?)
        })
    }

    fn ended_grants(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, WorkspaceId, UserId)>> {
        self.ask(None, |conn| {
            let rows: Vec<(i64, WorkspaceId, UserId)> =
                Ended::with(vec![Bind::Int(now.0), Bind::Int(i64::from(limit))]).load(conn)?;
            Ok(rows.into_iter().map(|(org, workspace, user)| (OrgId(org), workspace, user)).collect())
        })
    }
}

impl WriteGrants for Transaction<'_> {
    fn put_grant(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        user: UserId,
        grant: Grant,
        cause: &Cause,
    ) -> StoreResult<()> {
        self.ask(org, |conn| {
            let given = (
                grants::role.eq(grant.role.rank()),
                grants::given_at.eq(cause.at.0),
                grants::change_id.eq(cause.change.key()),
                grants::expires_at.eq(grant.expiry.map(|expiry| expiry.at.0)),
                grants::then_role.eq(grant.expiry.and_then(|expiry| expiry.then).map(|then| then.rank())),
            );
            diesel::insert_into(grants::table)
                .values((
                    grants::org_id.eq(org.0),
                    grants::workspace_id.eq(id.key()),
                    grants::user_id.eq(user.key()),
                    given,
                ))
                .on_conflict((grants::org_id, grants::workspace_id, grants::user_id))
                .do_update()
                .set(given)
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_grant(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = grants::table
                .filter(grants::org_id.eq(org.0).and(grants::workspace_id.eq(id.key())))
                .filter(grants::user_id.eq(user.key()));
            Ok(diesel::delete(row).execute(conn)? > 0)
        })
    }
}

//! People who are in the organisation twice: which pairs there are, and two made one. What moves from one to the other is written
//! into the events first, and carried out from there, as a recomputation does it.

use rolecall_domain::{
    event::{Cause, EventKind},
    ids::{ChangeId, ConnectionId, OrgId, RefusalId, UserId},
    ports::{Pair, ReadMatches, Slice, StoreResult, WriteMatches},
    records::{Merge, RefusedMatch},
    time::Timestamp,
    use_cases::matches::MatchedBy,
};

use super::{
    super::super::{
        schema::{merged_people, refused_matches, users},
        types::{Key, Uid},
    },
    Bind, Prepared, Statement, Transaction, after, dialect,
    events::cause_binds,
    keep::give,
    recompute::just_pushed,
    statement, unsigned,
};
use diesel::{prelude::*, sql_types::SmallInt};

/// `$3` is the connection that is nobody's. Where the application has no `own` id beside it, the id is its own. Each line follows an
/// index from the few to the many.
macro_rules! matches_among {
    ($given:literal) => {
        concat!(
            "WITH given(id) AS (", $given, "),
             page(id, own, external_id, email_key, user_name_key) AS MATERIALIZED (
               SELECT u.id, coalesce(k.app_id, ", dialect::id_text!("u.id"), "), u.external_id, u.email_key, u.user_name_key
               FROM given
               CROSS JOIN users u ON u.org_id = $1 AND u.id = given.id
               LEFT JOIN known_people k ON k.org_id = $1 AND k.user_id = u.id
             ),
             found(id, other, way) AS (
               SELECT p.id, o.id, CAST(1 AS SMALLINT)
               FROM page p CROSS JOIN users o ON o.org_id = $1 AND o.external_id = p.external_id
               UNION
               SELECT p.id, o.id, CAST(1 AS SMALLINT)
               FROM page p CROSS JOIN users o ON o.org_id = $1 AND o.external_id = p.own
               UNION
               SELECT p.id, o.id, CAST(2 AS SMALLINT)
               FROM page p CROSS JOIN users o ON o.org_id = $1 AND o.user_name_key = p.email_key
               UNION
               SELECT p.id, e.user_id, CAST(2 AS SMALLINT)
               FROM page p CROSS JOIN user_emails e ON e.org_id = $1 AND e.email_key = p.email_key
               UNION
               SELECT p.id, e.user_id, CAST(2 AS SMALLINT)
               FROM page p CROSS JOIN user_emails e ON e.org_id = $1 AND e.email_key = p.user_name_key
             )
             SELECT f.id, f.other, f.way
             FROM found f CROSS JOIN users o ON o.org_id = $1 AND o.id = f.other
             WHERE o.connection_id <> $3 AND o.gone_at IS NULL
               AND NOT EXISTS (
                 SELECT 1 FROM refused_matches r WHERE r.org_id = $1 AND r.waiting_id = f.id AND r.user_id = f.other
               )"
        )
    };
}
statement! {
    /// `$2` are the people.
    MatchesOf -> (Uid, Uid, SmallInt), matches_among!("$2")
}
statement! {
    /// `$2` is where they begin, `$4` how many they are.
    MatchesAfter -> (Uid, Uid, SmallInt),
    matches_among!(
        "SELECT w.id FROM users w WHERE w.org_id = $1 AND w.connection_id = $3 AND w.id > $2 ORDER BY w.id LIMIT $4"
    )
}

statement! {
    /// `$2` is the former id. Who was made one with somebody who was made one with another is that one.
    FindMerged -> Uid,
    "WITH RECURSIVE chain(id) AS (
       SELECT m.user_id FROM merged_people m WHERE m.org_id = $1 AND m.former_id = $2
       UNION
       SELECT m.user_id FROM chain CROSS JOIN merged_people m ON m.org_id = $1 AND m.former_id = chain.id
     )
     SELECT chain.id FROM chain
     WHERE NOT EXISTS (SELECT 1 FROM merged_people m WHERE m.org_id = $1 AND m.former_id = chain.id)
     LIMIT 1"
}

/// `whole(id)`: the person `$2`, and those who were made one with them, and with those.
macro_rules! whole {
    () => {
        "WITH RECURSIVE whole(id) AS (
           SELECT $2
           UNION
           SELECT m.former_id FROM whole CROSS JOIN merged_people m ON m.org_id = $1 AND m.user_id = whole.id
         ) "
    };
}
pub(super) use whole;

statement! {
    FormerIds -> Uid, whole!(), "SELECT whole.id FROM whole WHERE whole.id <> $2 ORDER BY whole.id"
}

statement! {
    /// `$1` to `$6` are the cause, `$7` is who goes, `$8` who stays.
    PushMovedGrants,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, workspace_id, old_role, new_role)
     WITH moved(workspace_id, old_role, new_role) AS (
       SELECT g.workspace_id, x.role, g.role
       FROM grants g
       LEFT JOIN grants x ON x.org_id = $1 AND x.workspace_id = g.workspace_id AND x.user_id = $8
       WHERE g.org_id = $1 AND g.user_id = $7 AND g.expires_at IS NULL
         AND (x.role IS NULL OR (x.role < g.role AND x.expires_at IS NULL))
     )
     SELECT $1,
            (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1) + row_number() OVER (ORDER BY workspace_id),
            CASE WHEN old_role IS NULL THEN 'grant.created' ELSE 'grant.updated' END,
            $2, $3, $4, $5, $6, $8, workspace_id, old_role, new_role
     FROM moved"
}

statement! {
    /// As above.
    PushMovedPlaces,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id, user_id, group_id)
     SELECT $1,
            (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1) + row_number() OVER (ORDER BY m.group_id),
            'group.member_added', $2, $3, $4, $5, $6, $8, m.group_id
     FROM group_members m
     WHERE m.org_id = $1 AND m.member_id = $7
       AND NOT EXISTS (
         SELECT 1 FROM group_members x WHERE x.org_id = $1 AND x.group_id = m.group_id AND x.member_id = $8
       )"
}

statement! {
    /// `$2` is how many events were just written.
    JoinMoved,
    "INSERT INTO group_members (org_id, group_id, member_id, member_kind, change_id, added_at)
     SELECT e.org_id, e.group_id, e.user_id, CAST(1 AS SMALLINT), e.change_id, e.at
     FROM events e WHERE ", just_pushed!()
}

statement! {
    /// `$1` to `$6` are the cause.
    PushMerge,
    "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                         user_id, subject, former_id, app_id)
     VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE org_id = $1), $7, $2, $3, $4, $5, $6, $8, $9, $10, $11)"
}

#[derive(Queryable)]
struct RefusedRow(RefusalId, UserId, UserId, i64);

impl RefusedRow {
    fn refused(self) -> RefusedMatch {
        let Self(id, waiting, user, at) = self;
        RefusedMatch { id, waiting, user, at: Timestamp(at) }
    }
}

const REFUSED: (
    refused_matches::id,
    refused_matches::waiting_id,
    refused_matches::user_id,
    refused_matches::at,
) = (refused_matches::id, refused_matches::waiting_id, refused_matches::user_id, refused_matches::at);

fn pairs(rows: Vec<(UserId, UserId, i16)>) -> Vec<Pair> {
    let by = |way| if way == 1 { MatchedBy::ExternalId } else { MatchedBy::Email };
    rows.into_iter().map(|(user, other, way)| (user, other, by(way))).collect()
}

impl ReadMatches for Transaction<'_> {
    fn matches_of(&mut self, org: OrgId, people: &[UserId]) -> StoreResult<Vec<Pair>> {
        self.ask(org, |conn| {
            let given = Bind::ids(people.iter().map(|user| user.0));
            let binds = vec![Bind::Int(org.0), given, Bind::id(ConnectionId::BY_HAND)];
            Ok(pairs(MatchesOf::with(binds).load(conn)?))
        })
    }

    fn matches_after(
        &mut self,
        org: OrgId,
        from: Option<UserId>,
        through: u32,
    ) -> StoreResult<(Vec<Pair>, Option<UserId>)> {
        self.ask(org, |conn| {
            let (from, through) = (UserId(after(from, |id| id.0)), i64::from(through));
            let binds =
                vec![Bind::Int(org.0), Bind::id(from), Bind::id(ConnectionId::BY_HAND), Bind::Int(through)];
            let found = pairs(MatchesAfter::with(binds).load(conn)?);
            let last = users::table
                .filter(users::org_id.eq(org.0).and(users::connection_id.eq(ConnectionId::BY_HAND.key())))
                .filter(users::id.gt(from.key()))
                .order(users::id)
                .offset(through - 1)
                .limit(1)
                .select(users::id)
                .first(conn)
                .optional()?;
            Ok((found, last))
        })
    }

    fn list_refused(&mut self, org: OrgId, slice: Slice<RefusalId>) -> StoreResult<Vec<RefusedMatch>> {
        self.ask(org, |conn| {
            let rows: Vec<RefusedRow> = refused_matches::table
                .filter(refused_matches::org_id.eq(org.0))
                .filter(refused_matches::id.gt(after(slice.after, |id| id.0).key()))
                .order(refused_matches::id)
                .limit(i64::from(slice.limit))
                .select(REFUSED)
                .load(conn)?;
            Ok(rows.into_iter().map(RefusedRow::refused).collect())
        })
    }

    fn count_refused(&mut self, org: OrgId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let all = refused_matches::table.filter(refused_matches::org_id.eq(org.0));
            Ok(unsigned(all.count().get_result(conn)?))
        })
    }

    fn find_refused(
        &mut self,
        org: OrgId,
        waiting: UserId,
        user: UserId,
    ) -> StoreResult<Option<RefusedMatch>> {
        self.ask(org, |conn| {
            let row: Option<RefusedRow> = refused_matches::table
                .filter(refused_matches::org_id.eq(org.0))
                .filter(refused_matches::waiting_id.eq(waiting.key()))
                .filter(refused_matches::user_id.eq(user.key()))
                .select(REFUSED)
                .first(conn)
                .optional()?;
            Ok(row.map(RefusedRow::refused))
        })
    }

    fn find_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<Option<UserId>> {
        self.ask(org, |conn| {
            Ok(FindMerged::with(vec![Bind::Int(org.0), Bind::id(former)]).get_result(conn).optional()?)
        })
    }

    fn former_ids(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<UserId>> {
        self.ask(org, |conn| Ok(FormerIds::with(vec![Bind::Int(org.0), Bind::id(user)]).load(conn)?))
    }

    fn merged_by(&mut self, org: OrgId, change: ChangeId, former: UserId) -> StoreResult<Option<UserId>> {
        self.ask(org, |conn| {
            Ok(merged_people::table
                .filter(merged_people::org_id.eq(org.0).and(merged_people::former_id.eq(former.key())))
                .filter(merged_people::change_id.eq(change.key()))
                .select(merged_people::user_id)
                .first(conn)
                .optional()?)
        })
    }
}

impl WriteMatches for Transaction<'_> {
    fn put_refused(&mut self, org: OrgId, refused: &RefusedMatch) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(refused_matches::table)
                .values((
                    refused_matches::org_id.eq(org.0),
                    refused_matches::id.eq(refused.id.key()),
                    refused_matches::waiting_id.eq(refused.waiting.key()),
                    refused_matches::user_id.eq(refused.user.key()),
                    refused_matches::at.eq(refused.at.0),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_refused(&mut self, org: OrgId, id: RefusalId) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let refused = refused_matches::org_id.eq(org.0).and(refused_matches::id.eq(id.key()));
            Ok(diesel::delete(refused_matches::table.filter(refused)).execute(conn)? > 0)
        })
    }

    fn move_grants(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let mut binds = cause_binds(org, cause);
            binds.extend([Bind::id(from), Bind::id(to)]);
            let moved = PushMovedGrants::with(binds).execute(conn)?;
            give(conn, org, moved)
        })
    }

    fn move_places(&mut self, org: OrgId, from: UserId, to: UserId, cause: &Cause) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let mut binds = cause_binds(org, cause);
            binds.extend([Bind::id(from), Bind::id(to)]);
            let moved = PushMovedPlaces::with(binds).execute(conn)?;
            if moved > 0 {
                JoinMoved::with(vec![Bind::Int(org.0), Bind::Int(moved as i64)]).execute(conn)?;
            }
            Ok(moved as u64)
        })
    }

    fn put_merged(&mut self, org: OrgId, merge: &Merge<'_>, cause: &Cause) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(merged_people::table)
                .values((
                    merged_people::org_id.eq(org.0),
                    merged_people::former_id.eq(merge.former.key()),
                    merged_people::user_id.eq(merge.user.key()),
                    merged_people::change_id.eq(cause.change.key()),
                    merged_people::at.eq(cause.at.0),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_merged(&mut self, org: OrgId, former: UserId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let merged = merged_people::org_id.eq(org.0).and(merged_people::former_id.eq(former.key()));
            diesel::delete(merged_people::table.filter(merged)).execute(conn)?;
            Ok(())
        })
    }

    fn push_merge(
        &mut self,
        org: OrgId,
        cause: &Cause,
        kind: EventKind,
        merge: &Merge<'_>,
    ) -> StoreResult<()> {
        self.ask(org, |conn| {
            let mut binds = cause_binds(org, cause);
            binds.extend([
                Bind::text(kind.as_str()),
                Bind::id(merge.user),
                Bind::optional_text(merge.user_name),
                Bind::id(merge.former),
                Bind::text(merge.app_id),
            ]);
            PushMerge::with(binds).execute(conn)?;
            Ok(())
        })
    }
}

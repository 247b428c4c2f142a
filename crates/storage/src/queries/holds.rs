//! People who keep what the directory took away.

use rolecall_domain::{
    event::Cause,
    guard::Guard,
    ids::{ChangeId, OrgId, UserId},
    ports::{Guarding, HoldTerms, ReadHolds, Scope, Slice, StoreResult, WriteHolds},
    records::{Hold, Kept},
    role::OrgRole,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::{holds, recent_removals},
        types::{self, Key, Text},
    },
    Bind, Db, Prepared, Statement, Transaction, after,
    groups::leave_all,
    orgs::setting,
    positions, recompute,
    resource::Resource,
    statement, unsigned,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = holds, check_for_backend(Db))]
struct Row {
    user_id: UserId,
    reason: i16,
    kept: bool,
    since: i64,
    until: Option<i64>,
    change_id: ChangeId,
}

impl Row {
    fn hold(self) -> StoreResult<Hold> {
        Ok(Hold {
            user: self.user_id,
            reason: types::hold_reason(self.reason)?,
            kept: self.kept,
            since: Timestamp(self.since),
            until: self.until.map(Timestamp),
            change: self.change_id,
        })
    }
}

statement! {
    ShowUser, "UPDATE users SET gone_at = NULL WHERE org_id = $1 AND id = $2 AND gone_at IS NOT NULL"
}

statement! {
    /// No name that a client can send begins with U+0001, so the key is free for somebody else and never found.
    HideUser,
    "UPDATE users SET gone_at = $3, external_id = NULL, user_name_key = $4
     WHERE org_id = $1 AND id = $2 AND gone_at IS NULL"
}

statement! {
    Watched -> (Text, Bool),
    "SELECT s.guard, EXISTS (SELECT 1 FROM role_mappings m WHERE m.org_id = $1 AND m.role = $2)
     FROM org_settings s WHERE s.org_id = $1"
}

statement! {
    /// Stops at as many as matter.
    PeopleWithAccess -> BigInt,
    "SELECT count(*) FROM (SELECT DISTINCT m.user_id FROM memberships m WHERE m.org_id = $1 LIMIT $2) p"
}

statement! {
    /// The highest role is asked for as a range: of the equality, PostgreSQL's figures may say that it holds of everybody,
    /// and one index is then as good as another.
    OtherOwner -> Bool,
    "SELECT EXISTS (
       SELECT 1 FROM users o
       WHERE o.org_id = $1 AND o.org_role >= $3 AND o.id <> $2
         AND (o.active AND NOT o.outside AND o.gone_at IS NULL
              OR EXISTS (SELECT 1 FROM holds h WHERE h.org_id = $1 AND h.user_id = o.id))
     )"
}

fn listed(org: OrgId, kept: Option<bool>) -> holds::BoxedQuery<'static, Db> {
    let of_org = holds::table.filter(holds::org_id.eq(org.0)).into_boxed();
    match kept {
        Some(kept) => of_org.filter(holds::kept.eq(kept)),
        None => of_org,
    }
}

impl ReadHolds for Transaction<'_> {
    fn find_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<Hold>> {
        self.ask(org, |conn| {
            let row = holds::table
                .filter(holds::org_id.eq(org.0).and(holds::user_id.eq(user.key())))
                .select(Row::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(Row::hold).transpose()?)
        })
    }

    fn list_holds(&mut self, org: OrgId, kept: Option<bool>, slice: Slice<UserId>) -> StoreResult<Vec<Hold>> {
        self.ask(org, |conn| {
            let rows = listed(org, kept)
                .filter(holds::user_id.gt(after(slice.after, |id| id.0).key()))
                .order(holds::user_id)
                .limit(i64::from(slice.limit))
                .select(Row::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(Row::hold).collect::<StoreResult<_>>()?)
        })
    }

    fn count_holds(&mut self, org: OrgId, kept: Option<bool>) -> StoreResult<u64> {
        self.ask(org, |conn| Ok(unsigned(listed(org, kept).count().get_result(conn)?)))
    }

    fn count_losers(&mut self, org: OrgId, scope: &Scope) -> StoreResult<u64> {
        self.ask(org, |conn| recompute::count_losers(conn, org, scope))
    }

    fn guarding(&mut self, org: OrgId) -> StoreResult<Guarding> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::Small(OrgRole::Owner.rank())];
            let row: Option<(String, bool)> = Watched::with(binds).get_result(conn).optional()?;
            let (guard, owners_by_group) = match row {
                Some((guard, by_group)) => (setting(org, &guard)?, by_group),
                None => (Guard::default(), false),
            };
            Ok(Guarding { brake: guard.brake, owners_by_group })
        })
    }

    fn count_recent_removals(&mut self, org: OrgId, since: Timestamp) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let recent = recent_removals::org_id.eq(org.0).and(recent_removals::at.ge(since.0));
            Ok(unsigned(recent_removals::table.filter(recent).count().get_result(conn)?))
        })
    }

    fn count_people_with_access(&mut self, org: OrgId, enough: u64) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let enough = i64::try_from(enough).unwrap_or(i64::MAX);
            let count: i64 =
                PeopleWithAccess::with(vec![Bind::Int(org.0), Bind::Int(enough)]).get_result(conn)?;
            Ok(unsigned(count))
        })
    }

    fn has_other_owner(&mut self, org: OrgId, user: UserId) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(user), Bind::Small(OrgRole::Owner.rank())];
            Ok(OtherOwner::with(binds).get_result(conn)?)
        })
    }

    fn kept_by_holds(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<Kept>> {
        self.ask(org, |conn| recompute::kept_by_holds(conn, org, users))
    }

    fn ended_holds(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<(OrgId, UserId)>> {
        self.ask(None, |conn| {
            let rows: Vec<(i64, UserId)> = holds::table
                .filter(holds::until.le(now.0))
                .order((holds::org_id, holds::until))
                .limit(i64::from(limit))
                .select((holds::org_id, holds::user_id))
                .load(conn)?;
            Ok(rows.into_iter().map(|(org, user)| (OrgId(org), user)).collect())
        })
    }
}

impl WriteHolds for Transaction<'_> {
    fn put_hold(&mut self, org: OrgId, hold: &Hold) -> StoreResult<()> {
        self.ask(org, |conn| {
            let terms = (
                holds::reason.eq(types::hold_reason_number(hold.reason)),
                holds::kept.eq(hold.kept),
                holds::since.eq(hold.since.0),
                holds::until.eq(hold.until.map(|at| at.0)),
                holds::change_id.eq(hold.change.key()),
            );
            diesel::insert_into(holds::table)
                .values((holds::org_id.eq(org.0), holds::user_id.eq(hold.user.key()), terms))
                .on_conflict((holds::org_id, holds::user_id))
                .do_update()
                .set(terms)
                .execute(conn)?;
            Ok(())
        })
    }

    fn hold_losers(
        &mut self,
        org: OrgId,
        cause: &Cause,
        scope: &Scope,
        terms: HoldTerms,
    ) -> StoreResult<Vec<UserId>> {
        self.ask(org, |conn| recompute::hold_losers(conn, org, cause, scope, terms))
    }

    fn hold_last_owners(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Vec<UserId>> {
        self.ask(org, |conn| recompute::hold_last_owners(conn, org, cause, scope))
    }

    fn note_losers(&mut self, org: OrgId, scope: &Scope, now: Timestamp) -> StoreResult<u64> {
        self.ask(org, |conn| recompute::note_losers(conn, org, scope, now))
    }

    fn drop_recent_removals(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let old = recent_removals::org_id.eq(org.0).and(recent_removals::at.lt(before.0));
            Ok(diesel::delete(recent_removals::table.filter(old)).execute(conn)? as u64)
        })
    }

    fn delete_hold(&mut self, org: OrgId, user: UserId) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = holds::org_id.eq(org.0).and(holds::user_id.eq(user.key()));
            Ok(diesel::delete(holds::table.filter(row)).execute(conn)? > 0)
        })
    }

    fn hide_user(&mut self, org: OrgId, user: UserId, now: Timestamp) -> StoreResult<()> {
        self.ask(org, |conn| {
            let key = format!("\u{1}{user}");
            let binds = vec![Bind::Int(org.0), Bind::id(user), Bind::Int(now.0), Bind::Text(key)];
            if HideUser::with(binds).execute(conn)? == 0 {
                return Ok(());
            }
            leave_all(conn, org, user, now)?;
            positions::remove(conn, org, Resource::User, user)
        })
    }

    fn show_user(&mut self, org: OrgId, user: UserId) -> StoreResult<()> {
        self.ask(org, |conn| match ShowUser::with(vec![Bind::Int(org.0), Bind::id(user)]).execute(conn)? {
            0 => Ok(()),
            _ => positions::add(conn, org, Resource::User, user),
        })
    }
}

//! People who keep what the directory took away.

use rolecall_domain::{
    event::Cause,
    ids::{ChangeId, OrgId, UserId},
    ports::{HoldTerms, ReadHolds, Scope, Slice, StoreResult, WriteHolds},
    records::Hold,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::holds,
        types::{self, Key},
    },
    Bind, Db, Prepared, Statement, Transaction, after, positions, recompute,
    resource::Resource,
    statement, unsigned,
};
use diesel::prelude::*;

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
    /// No name that a client can send begins with U+0001, so the key is free for somebody else and never found.
    HideUser,
    "UPDATE users SET gone_at = $3, external_id = NULL, user_name_key = $4
     WHERE org_id = $1 AND id = $2 AND gone_at IS NULL"
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
    ) -> StoreResult<u64> {
        self.ask(org, |conn| recompute::hold_losers(conn, org, cause, scope, terms))
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
            positions::remove(conn, org, Resource::User, user)
        })
    }
}

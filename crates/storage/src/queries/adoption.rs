//! People who were there before a directory pushed them.

use rolecall_domain::{
    event::Cause,
    ids::{ConnectionId, OrgId, UserId},
    ports::{ReadAdoption, Slice, StoreResult, WriteAdoption},
    records::{KnownPerson, User},
    time::Timestamp,
};

use super::{
    super::super::{
        schema::{known_people, users},
        types::{Key, Text, Uid, words},
    },
    Bind, Prepared, Statement, Transaction, after, keep, statement,
    users::UserRow,
};
use diesel::prelude::*;

statement! {
    PutKnown,
    "INSERT INTO known_people (org_id, user_id, app_id, since) VALUES ($1, $2, $3, $4)
     ON CONFLICT (org_id, user_id) DO UPDATE SET app_id = excluded.app_id"
}

statement! {
    AppIdsOf -> (Uid, Text),
    "WITH given(id) AS ($2)
     SELECT k.user_id, k.app_id
     FROM given g CROSS JOIN known_people k ON k.org_id = $1 AND k.user_id = g.id
     WHERE k.app_id IS NOT NULL"
}

statement! {
    /// `$2` is the connection.
    NoteAll,
    "INSERT INTO known_people (org_id, user_id, app_id, since)
     SELECT $1, u.id, NULL, $3 FROM users u WHERE u.org_id = $1 AND u.connection_id = $2
     ON CONFLICT (org_id, user_id) DO NOTHING"
}

statement! {
    HandOver,
    "UPDATE users
     SET connection_id = $3,
         external_id = CASE WHEN NOT EXISTS (
           SELECT 1 FROM users o
           WHERE o.org_id = $1 AND o.external_id = users.external_id AND o.connection_id = $3
         ) THEN external_id END
     WHERE org_id = $1 AND connection_id = $2"
}

impl ReadAdoption for Transaction<'_> {
    fn find_known(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<KnownPerson>> {
        self.ask(org, |conn| {
            let row: Option<(Option<String>, i64)> = known_people::table
                .filter(known_people::org_id.eq(org.0).and(known_people::user_id.eq(user.key())))
                .select((known_people::app_id, known_people::since))
                .first(conn)
                .optional()?;
            Ok(row.map(|(app_id, since)| KnownPerson { user, app_id, since: Timestamp(since) }))
        })
    }

    fn find_by_app_id(&mut self, org: OrgId, app_id: &str) -> StoreResult<Option<UserId>> {
        self.ask(org, |conn| {
            Ok(known_people::table
                .filter(known_people::org_id.eq(org.0).and(known_people::app_id.eq(words(app_id))))
                .select(known_people::user_id)
                .first(conn)
                .optional()?)
        })
    }

    fn app_ids_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, String)>> {
        self.ask(org, |conn| {
            let given = Bind::ids(users.iter().map(|user| user.0));
            Ok(AppIdsOf::with(vec![Bind::Int(org.0), given]).load(conn)?)
        })
    }

    fn people_above_their_own(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>> {
        self.ask(org, |conn| {
            let rows = users::table
                .filter(users::org_id.eq(org.0).and(users::connection_id.eq(connection.key())))
                .filter(users::id.gt(after(slice.after, |id| id.0).key()))
                .filter(users::given_role.lt(users::org_role.nullable()))
                .order(users::id)
                .limit(i64::from(slice.limit))
                .select(UserRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(UserRow::user).collect::<StoreResult<_>>()?)
        })
    }
}

impl WriteAdoption for Transaction<'_> {
    fn put_known(
        &mut self,
        org: OrgId,
        user: UserId,
        app_id: Option<&str>,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(user), Bind::optional_text(app_id), Bind::Int(now.0)];
            PutKnown::with(binds).execute(conn)?;
            Ok(())
        })
    }

    fn drop_known(&mut self, org: OrgId, user: UserId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let person = known_people::org_id.eq(org.0).and(known_people::user_id.eq(user.key()));
            diesel::delete(known_people::table.filter(person)).execute(conn)?;
            Ok(())
        })
    }

    fn keep_access(&mut self, org: OrgId, connection: ConnectionId, cause: &Cause) -> StoreResult<u64> {
        self.ask(org, |conn| keep::keep_access(conn, org, connection, cause))
    }

    fn hand_over(
        &mut self,
        org: OrgId,
        from: ConnectionId,
        to: ConnectionId,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask(org, |conn| {
            NoteAll::with(vec![Bind::Int(org.0), Bind::id(from), Bind::Int(now.0)]).execute(conn)?;
            HandOver::with(vec![Bind::Int(org.0), Bind::id(from), Bind::id(to)]).execute(conn)?;
            Ok(())
        })
    }
}

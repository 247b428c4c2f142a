//! People who were there before a directory pushed them.

use rolecall_domain::{
    event::Cause,
    ids::{ConnectionId, OrgId, UserId},
    ports::{ReadAdoption, Slice, StoreResult, WriteAdoption},
    records::{KnownPerson, User},
    time::Timestamp,
    use_cases::matches::MatchedBy,
};

use super::{
    super::super::{
        schema::{known_people, users},
        types::{Key, Uid, words},
    },
    Bind, Prepared, Statement, Transaction, after, keep, statement,
    users::UserRow,
};
use diesel::{prelude::*, sql_types::SmallInt};

statement! {
    PutKnown,
    "INSERT INTO known_people (org_id, user_id, app_id, since) VALUES ($1, $2, $3, $4)
     ON CONFLICT (org_id, user_id) DO UPDATE SET app_id = excluded.app_id"
}

statement! {
    /// `$2` are the people, `$3` is the connection that is nobody's. Each line follows an index from the few to the many.
    MatchesOf -> (Uid, Uid, SmallInt),
    "WITH given(id) AS ($2),
     page(id, app_id, external_id, email_key, user_name_key) AS MATERIALIZED (
       SELECT u.id, k.app_id, u.external_id, u.email_key, u.user_name_key
       FROM given g
       CROSS JOIN users u ON u.org_id = $1 AND u.id = g.id
       LEFT JOIN known_people k ON k.org_id = $1 AND k.user_id = u.id
     ),
     found(id, other, way) AS (
       SELECT p.id, o.id, CAST(1 AS SMALLINT)
       FROM page p CROSS JOIN users o ON o.org_id = $1 AND o.external_id = p.external_id
       UNION
       SELECT p.id, o.id, CAST(1 AS SMALLINT)
       FROM page p CROSS JOIN users o ON o.org_id = $1 AND o.external_id = p.app_id
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
     WHERE o.connection_id <> $3 AND o.gone_at IS NULL"
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

    fn matches_of(&mut self, org: OrgId, people: &[UserId]) -> StoreResult<Vec<(UserId, UserId, MatchedBy)>> {
        self.ask(org, |conn| {
            let given = Bind::ids(people.iter().map(|user| user.0));
            let binds = vec![Bind::Int(org.0), given, Bind::id(ConnectionId::BY_HAND)];
            let rows: Vec<(UserId, UserId, i16)> = MatchesOf::with(binds).load(conn)?;
            let by = |way| if way == 1 { MatchedBy::ExternalId } else { MatchedBy::Email };
            Ok(rows.into_iter().map(|(user, other, way)| (user, other, by(way))).collect())
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

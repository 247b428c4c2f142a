//! People who were there before a directory pushed them.

use rolecall_domain::{
    event::Cause,
    ids::{ConnectionId, OrgId, UserId},
    ports::{ReadAdoption, Slice, StoreResult, Taken, WriteAdoption},
    records::{KnownPerson, User},
    time::Timestamp,
};

use super::{
    super::super::{
        schema::{known_people, users},
        types::{Key, Text, Uid, words},
    },
    Bind, Prepared, Statement, Transaction, after,
    dialect::TextList,
    keep, statement,
    users::UserRow,
};
use diesel::{
    prelude::*,
    sql_types::{Nullable, SmallInt},
};

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

const ID: i16 = 1;
const USER_NAME: i16 = 2;
const GROUP: i16 = 4;

statement! {
    /// `$2` are ids, `$3` user names, `$4` ids of the application.
    TakenOf -> (SmallInt, Nullable<Uid>, Nullable<Text>),
    "WITH given(id) AS MATERIALIZED ($2), name(word) AS ($3), own(word) AS ($4)
     SELECT CAST(1 AS SMALLINT), u.id, CAST(NULL AS TEXT) FROM given CROSS JOIN users u ON u.org_id = $1 AND u.id = given.id
     UNION ALL
     SELECT CAST(4 AS SMALLINT), g.id, NULL FROM given CROSS JOIN groups g ON g.org_id = $1 AND g.id = given.id
     UNION ALL
     SELECT CAST(1 AS SMALLINT), m.former_id, NULL
     FROM given CROSS JOIN merged_people m ON m.org_id = $1 AND m.former_id = given.id
     UNION ALL
     SELECT CAST(2 AS SMALLINT), NULL, u.user_name_key
     FROM name CROSS JOIN users u ON u.org_id = $1 AND u.user_name_key = name.word
     UNION ALL
     SELECT CAST(3 AS SMALLINT), NULL, k.app_id
     FROM own CROSS JOIN known_people k ON k.org_id = $1 AND k.app_id = own.word"
}

statement! {
    PutKnownAll,
    "INSERT INTO known_people (org_id, user_id, app_id, since)
     SELECT $1, given.id, NULL, $3 FROM (SELECT id FROM users WHERE org_id = $1 AND id IN ($2)) given
     WHERE true
     ON CONFLICT (org_id, user_id) DO NOTHING"
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

    fn taken_of(
        &mut self,
        org: OrgId,
        ids: &[UserId],
        user_names: &[String],
        app_ids: &[String],
    ) -> StoreResult<Taken> {
        self.ask(org, |conn| {
            let binds = vec![
                Bind::Int(org.0),
                Bind::ids(ids.iter().map(|id| id.0)),
                Bind::Texts(TextList::new(user_names)),
                Bind::Texts(TextList::new(app_ids)),
            ];
            let rows: Vec<(i16, Option<UserId>, Option<String>)> = TakenOf::with(binds).load(conn)?;
            let mut taken = Taken::default();
            for (kind, id, word) in rows {
                match kind {
                    ID => taken.ids.extend(id),
                    GROUP => taken.groups.extend(id),
                    USER_NAME => taken.user_names.extend(word),
                    _ => taken.app_ids.extend(word),
                }
            }
            Ok(taken)
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

    fn put_known_all(&mut self, org: OrgId, users: &[UserId], now: Timestamp) -> StoreResult<()> {
        self.ask(org, |conn| {
            let people = Bind::ids(users.iter().map(|user| user.0));
            PutKnownAll::with(vec![Bind::Int(org.0), people, Bind::Int(now.0)]).execute(conn)?;
            Ok(())
        })
    }

    fn give_as_told(&mut self, org: OrgId, events: u64) -> StoreResult<()> {
        self.ask(org, |conn| keep::give_as_told(conn, org, events))
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

//! People who were there before a directory pushed them.

use rolecall_domain::{
    ids::{OrgId, UserId},
    ports::{ReadAdoption, StoreResult, WriteAdoption},
    records::KnownPerson,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::known_people,
        types::{Key, words},
    },
    Bind, Prepared, Statement, Transaction, statement,
};
use diesel::prelude::*;

statement! {
    PutKnown,
    "INSERT INTO known_people (org_id, user_id, app_id, since) VALUES ($1, $2, $3, $4)
     ON CONFLICT (org_id, user_id) DO UPDATE SET app_id = excluded.app_id"
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
}

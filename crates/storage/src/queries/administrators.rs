//! Administrators of the console, their sessions and their set-up links.

use rolecall_domain::{
    administrator::{AdminSession, Administrator, SetUpLink},
    ids::{AdministratorId, OrgId},
    password::PasswordHash,
    ports::{ReadAdministrators, StoreResult, Unique, WriteAdministrators},
    records::Org,
    secret::SecretHash,
    time::Timestamp,
};
use rolecall_scim::index::fold;

use super::{
    super::super::{
        schema::{admin_sessions, administrators, orgs, set_up_links},
        types::{Key, admin_role, words},
    },
    Db, Transaction,
    orgs::{OrgRow, secret_hash},
    unsigned,
};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = administrators, check_for_backend(Db))]
struct AdministratorRow {
    id: AdministratorId,
    email: String,
    role: i16,
    password: Option<String>,
    created_at: i64,
    signed_in_at: Option<i64>,
    disabled_at: Option<i64>,
}

impl AdministratorRow {
    fn administrator(self) -> StoreResult<Administrator> {
        Ok(Administrator {
            id: self.id,
            email: self.email,
            role: admin_role(self.role)?,
            password: self.password.map(PasswordHash::from_stored),
            created_at: Timestamp(self.created_at),
            signed_in_at: self.signed_in_at.map(Timestamp),
            disabled_at: self.disabled_at.map(Timestamp),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = admin_sessions, check_for_backend(Db))]
struct SessionRow {
    hash: Vec<u8>,
    administrator_id: AdministratorId,
    created_at: i64,
    expires_at: i64,
}

impl SessionRow {
    fn session(self) -> StoreResult<AdminSession> {
        Ok(AdminSession {
            hash: secret_hash(self.hash)?,
            administrator: self.administrator_id,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = set_up_links, check_for_backend(Db))]
struct LinkRow {
    hash: Vec<u8>,
    administrator_id: Option<AdministratorId>,
    role: i16,
    created_at: i64,
    expires_at: i64,
}

impl LinkRow {
    fn link(self) -> StoreResult<SetUpLink> {
        Ok(SetUpLink {
            hash: secret_hash(self.hash)?,
            administrator: self.administrator_id,
            role: admin_role(self.role)?,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
        })
    }
}

impl ReadAdministrators for Transaction<'_> {
    fn find_administrator(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<Option<Administrator>> {
        self.ask(org, |conn| {
            let row = administrators::table
                .filter(administrators::org_id.eq(org.0).and(administrators::id.eq(id.key())))
                .select(AdministratorRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(AdministratorRow::administrator).transpose()?)
        })
    }

    fn find_administrator_by_email(
        &mut self,
        org: OrgId,
        email_key: &str,
    ) -> StoreResult<Option<Administrator>> {
        self.ask(org, |conn| {
            let row = administrators::table
                .filter(administrators::org_id.eq(org.0).and(administrators::email_key.eq(words(email_key))))
                .select(AdministratorRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(AdministratorRow::administrator).transpose()?)
        })
    }

    fn list_administrators(&mut self, org: OrgId) -> StoreResult<Vec<Administrator>> {
        self.ask(org, |conn| {
            let rows = administrators::table
                .filter(administrators::org_id.eq(org.0))
                .order(administrators::id)
                .select(AdministratorRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(AdministratorRow::administrator).collect::<StoreResult<_>>()?)
        })
    }

    fn find_admin_session(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Administrator, AdminSession)>> {
        self.ask(org, |conn| {
            let of_session = administrators::org_id
                .eq(admin_sessions::org_id)
                .and(administrators::id.eq(admin_sessions::administrator_id));
            let row = admin_sessions::table
                .inner_join(orgs::table)
                .inner_join(administrators::table.on(of_session))
                .filter(admin_sessions::org_id.eq(org.0).and(admin_sessions::hash.eq(&hash.0[..])))
                .select((OrgRow::as_select(), AdministratorRow::as_select(), SessionRow::as_select()))
                .first(conn)
                .optional()?;
            row.map(|(org, administrator, session): (OrgRow, AdministratorRow, SessionRow)| {
                Ok((org.into(), administrator.administrator()?, session.session()?))
            })
            .transpose()
        })
    }

    fn find_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<Option<SetUpLink>> {
        self.ask(org, |conn| {
            let row = set_up_links::table
                .filter(set_up_links::org_id.eq(org.0).and(set_up_links::hash.eq(&hash.0[..])))
                .select(LinkRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(LinkRow::link).transpose()?)
        })
    }
}

impl WriteAdministrators for Transaction<'_> {
    fn insert_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()> {
        self.ask_unique(org, &[("administrators_email", Unique::AdministratorEmail)], |conn| {
            diesel::insert_into(administrators::table)
                .values((
                    administrators::org_id.eq(org.0),
                    administrators::id.eq(administrator.id.key()),
                    administrators::email.eq(words(&administrator.email)),
                    administrators::email_key.eq(words(fold(&administrator.email))),
                    administrators::role.eq(administrator.role.rank()),
                    administrators::password
                        .eq(administrator.password.as_ref().map(|hash| words(hash.as_str()))),
                    administrators::created_at.eq(administrator.created_at.0),
                    administrators::signed_in_at.eq(administrator.signed_in_at.map(|at| at.0)),
                    administrators::disabled_at.eq(administrator.disabled_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = administrators::table
                .filter(administrators::org_id.eq(org.0).and(administrators::id.eq(administrator.id.key())));
            diesel::update(row)
                .set((
                    administrators::role.eq(administrator.role.rank()),
                    administrators::password
                        .eq(administrator.password.as_ref().map(|hash| words(hash.as_str()))),
                    administrators::signed_in_at.eq(administrator.signed_in_at.map(|at| at.0)),
                    administrators::disabled_at.eq(administrator.disabled_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn insert_admin_session(&mut self, org: OrgId, session: &AdminSession) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(admin_sessions::table)
                .values((
                    admin_sessions::org_id.eq(org.0),
                    admin_sessions::hash.eq(&session.hash.0[..]),
                    admin_sessions::administrator_id.eq(session.administrator.key()),
                    admin_sessions::created_at.eq(session.created_at.0),
                    admin_sessions::expires_at.eq(session.expires_at.0),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_admin_session(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = admin_sessions::table
                .filter(admin_sessions::org_id.eq(org.0).and(admin_sessions::hash.eq(&hash.0[..])));
            diesel::delete(row).execute(conn)?;
            Ok(())
        })
    }

    fn delete_admin_sessions_of(
        &mut self,
        org: OrgId,
        id: AdministratorId,
        until: Option<Timestamp>,
    ) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let until = until.map_or(i64::MAX, |until| until.0);
            let rows = admin_sessions::table
                .filter(admin_sessions::org_id.eq(org.0).and(admin_sessions::administrator_id.eq(id.key())))
                .filter(admin_sessions::expires_at.le(until));
            let gone = diesel::delete(rows).execute(conn)?;
            Ok(unsigned(i64::try_from(gone).unwrap_or(i64::MAX)))
        })
    }

    fn insert_set_up_link(&mut self, org: OrgId, link: &SetUpLink) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(set_up_links::table)
                .values((
                    set_up_links::org_id.eq(org.0),
                    set_up_links::hash.eq(&link.hash.0[..]),
                    set_up_links::administrator_id.eq(link.administrator.map(Key::key)),
                    set_up_links::role.eq(link.role.rank()),
                    set_up_links::created_at.eq(link.created_at.0),
                    set_up_links::expires_at.eq(link.expires_at.0),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = set_up_links::table
                .filter(set_up_links::org_id.eq(org.0).and(set_up_links::hash.eq(&hash.0[..])));
            Ok(diesel::delete(row).execute(conn)? > 0)
        })
    }

    fn delete_set_up_links_of(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let rows = set_up_links::table
                .filter(set_up_links::org_id.eq(org.0).and(set_up_links::administrator_id.eq(id.key())));
            diesel::delete(rows).execute(conn)?;
            Ok(())
        })
    }
}

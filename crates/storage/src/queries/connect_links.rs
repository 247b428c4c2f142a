//! Setup links.

use rolecall_domain::{
    connect_link::ConnectLink,
    ids::{ConnectLinkId, ConnectionId, OrgId},
    ports::{ReadConnectLinks, StoreResult, WriteConnectLinks},
    records::{Connection, Org},
    secret::SecretHash,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::{connect_links, connections, orgs},
        types::{Key, words},
    },
    Db, Transaction,
    orgs::{ConnectionRow, OrgRow, secret_hash},
};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = connect_links, check_for_backend(Db))]
struct LinkRow {
    id: ConnectLinkId,
    connection_id: ConnectionId,
    name: String,
    hash: Vec<u8>,
    hint: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    opened_at: Option<i64>,
}

impl LinkRow {
    fn link(self) -> StoreResult<ConnectLink> {
        Ok(ConnectLink {
            id: self.id,
            connection: self.connection_id,
            name: self.name,
            hash: secret_hash(self.hash)?,
            hint: self.hint,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
            revoked_at: self.revoked_at.map(Timestamp),
            opened_at: self.opened_at.map(Timestamp),
        })
    }
}

impl ReadConnectLinks for Transaction<'_> {
    fn find_connect_link(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Connection, ConnectLink)>> {
        self.ask(org, |conn| {
            let of_link = connections::org_id
                .eq(connect_links::org_id)
                .and(connections::id.eq(connect_links::connection_id));
            let row = connect_links::table
                .inner_join(orgs::table)
                .inner_join(connections::table.on(of_link))
                .filter(connect_links::org_id.eq(org.0).and(connect_links::hash.eq(&hash.0[..])))
                .select((OrgRow::as_select(), ConnectionRow::as_select(), LinkRow::as_select()))
                .first(conn)
                .optional()?;
            row.map(|(org, connection, link): (OrgRow, ConnectionRow, LinkRow)| {
                Ok((org.into(), connection.connection()?, link.link()?))
            })
            .transpose()
        })
    }

    fn list_connect_links(&mut self, org: OrgId) -> StoreResult<Vec<ConnectLink>> {
        self.ask(org, |conn| {
            let rows = connect_links::table
                .filter(connect_links::org_id.eq(org.0))
                .order(connect_links::id)
                .select(LinkRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(LinkRow::link).collect::<StoreResult<_>>()?)
        })
    }
}

impl WriteConnectLinks for Transaction<'_> {
    fn insert_connect_link(&mut self, org: OrgId, link: &ConnectLink) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(connect_links::table)
                .values((
                    connect_links::org_id.eq(org.0),
                    connect_links::id.eq(link.id.key()),
                    connect_links::connection_id.eq(link.connection.key()),
                    connect_links::name.eq(words(&link.name)),
                    connect_links::hash.eq(&link.hash.0[..]),
                    connect_links::hint.eq(words(&link.hint)),
                    connect_links::created_at.eq(link.created_at.0),
                    connect_links::expires_at.eq(link.expires_at.0),
                    connect_links::revoked_at.eq(link.revoked_at.map(|at| at.0)),
                    connect_links::opened_at.eq(link.opened_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn revoke_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = connect_links::table
                .filter(connect_links::org_id.eq(org.0).and(connect_links::id.eq(id.key())))
                .filter(connect_links::revoked_at.is_null());
            Ok(diesel::update(row).set(connect_links::revoked_at.eq(now.0)).execute(conn)? > 0)
        })
    }

    fn touch_connect_link(&mut self, org: OrgId, id: ConnectLinkId, now: Timestamp) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = connect_links::table
                .filter(connect_links::org_id.eq(org.0).and(connect_links::id.eq(id.key())));
            diesel::update(row).set(connect_links::opened_at.eq(now.0)).execute(conn)?;
            Ok(())
        })
    }
}

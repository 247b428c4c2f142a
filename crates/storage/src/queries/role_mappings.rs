//! Groups that give a role in the organisation.

use rolecall_domain::{
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId},
    ports::{ReadRoleMappings, Slice, StoreResult, Unique, WriteRoleMappings},
    records::RoleMapping,
    time::Timestamp,
};

use super::{
    super::super::{
        schema::{groups, role_mappings},
        types::{Key, Text, Uid, org_role},
    },
    Bind, Db, Prepared, Statement, Transaction, after,
    reach::reach,
    statement, unsigned,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt},
};

const UNIQUE: &[(&str, Unique)] = &[("role_mappings_group", Unique::Mapping)];

#[derive(Queryable, Selectable)]
#[diesel(table_name = role_mappings, check_for_backend(Db))]
struct Row {
    id: MappingId,
    group_id: GroupId,
    role: i16,
    created_at: i64,
    paused_at: Option<i64>,
    change_id: Option<ChangeId>,
}

fn mapping((row, group_name): (Row, String)) -> StoreResult<RoleMapping> {
    Ok(RoleMapping {
        id: row.id,
        group: row.group_id,
        group_name,
        role: org_role(row.role)?,
        created_at: Timestamp(row.created_at),
        paused_at: row.paused_at.map(Timestamp),
        change: row.change_id,
    })
}

statement! {
    RoleMappingsFor -> ((Uid, Uid, SmallInt, BigInt, Nullable<BigInt>, Nullable<Uid>), Text),
    "WITH RECURSIVE person(id) AS ($2), ", reach!("person"), ",
     through(group_id) AS (SELECT DISTINCT group_id FROM reach)
     SELECT m.id, m.group_id, m.role, m.created_at, m.paused_at, m.change_id, g.display_name
     FROM through t
     CROSS JOIN role_mappings m ON m.org_id = $1 AND m.group_id = t.group_id
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = m.group_id
     ORDER BY m.id"
}

/// The name of a mapping's group; the foreign key says that there is one.
#[diesel::dsl::auto_type]
fn group_name() -> _ {
    let of_mapping = groups::org_id.eq(role_mappings::org_id).and(groups::id.eq(role_mappings::group_id));
    groups::table.filter(of_mapping).select(groups::display_name).single_value().assume_not_null()
}

impl ReadRoleMappings for Transaction<'_> {
    fn find_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<RoleMapping>> {
        self.ask(org, |conn| {
            let row = role_mappings::table
                .filter(role_mappings::org_id.eq(org.0).and(role_mappings::id.eq(id.key())))
                .select((Row::as_select(), group_name()))
                .first(conn)
                .optional()?;
            Ok(row.map(mapping).transpose()?)
        })
    }

    fn role_mapping_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Option<RoleMapping>> {
        self.ask(org, |conn| {
            let row = role_mappings::table
                .filter(role_mappings::org_id.eq(org.0).and(role_mappings::group_id.eq(group.key())))
                .select((Row::as_select(), group_name()))
                .first(conn)
                .optional()?;
            Ok(row.map(mapping).transpose()?)
        })
    }

    fn list_role_mappings(&mut self, org: OrgId, slice: Slice<MappingId>) -> StoreResult<Vec<RoleMapping>> {
        self.ask(org, |conn| {
            let from = after(slice.after, |id| id.0);
            let rows = role_mappings::table
                .filter(role_mappings::org_id.eq(org.0).and(role_mappings::id.gt(from.key())))
                .order(role_mappings::id)
                .limit(i64::from(slice.limit))
                .select((Row::as_select(), group_name()))
                .load(conn)?;
            Ok(rows.into_iter().map(mapping).collect::<StoreResult<_>>()?)
        })
    }

    fn count_role_mappings(&mut self, org: OrgId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let of_org = role_mappings::table.filter(role_mappings::org_id.eq(org.0));
            Ok(unsigned(of_org.count().get_result(conn)?))
        })
    }

    fn role_mappings_for(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<RoleMapping>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids([user.0])];
            let rows: Vec<(Row, String)> = RoleMappingsFor::with(binds).load(conn)?;
            Ok(rows.into_iter().map(mapping).collect::<StoreResult<_>>()?)
        })
    }
}

impl WriteRoleMappings for Transaction<'_> {
    fn insert_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            diesel::insert_into(role_mappings::table)
                .values((
                    role_mappings::org_id.eq(org.0),
                    role_mappings::id.eq(mapping.id.key()),
                    role_mappings::group_id.eq(mapping.group.key()),
                    role_mappings::role.eq(mapping.role.rank()),
                    role_mappings::created_at.eq(mapping.created_at.0),
                    role_mappings::paused_at.eq(mapping.paused_at.map(|at| at.0)),
                    role_mappings::change_id.eq(mapping.change.map(Key::key)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_role_mapping(&mut self, org: OrgId, mapping: &RoleMapping) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = role_mappings::org_id.eq(org.0).and(role_mappings::id.eq(mapping.id.key()));
            diesel::update(role_mappings::table.filter(row))
                .set((
                    role_mappings::role.eq(mapping.role.rank()),
                    role_mappings::paused_at.eq(mapping.paused_at.map(|at| at.0)),
                    role_mappings::change_id.eq(mapping.change.map(Key::key)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_role_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = role_mappings::org_id.eq(org.0).and(role_mappings::id.eq(id.key()));
            Ok(diesel::delete(role_mappings::table.filter(row)).execute(conn)? > 0)
        })
    }
}

//! Workspaces, mappings, and who is in a workspace because of them and of grants.

use rolecall_domain::{
    event::Cause,
    grant::Grant,
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{MappingFilter, ReadAccess, Recomputed, Scope, Slice, StoreResult, Unique, WriteAccess},
    records::{Mapping, MappingOrigin, Source, Workspace, WorkspaceMember, WorkspaceOfUser},
    role::WorkspaceRole,
    time::Timestamp,
};
use rolecall_scim::index::fold;

use super::{
    super::super::{
        schema::{grants, groups, mappings, memberships, role_mappings, users, workspaces},
        types::{Key, Text, Uid, unknown, words, workspace_role},
    },
    Bind, Db, Prepared, Statement, Transaction, after,
    grants::{EndColumns, EndRow, expiry},
    keep,
    reach::reach,
    recompute, statement, unsigned,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt},
};

const UNIQUE: &[(&str, Unique)] =
    &[("workspaces_slug", Unique::WorkspaceSlug), ("workspaces_name", Unique::WorkspaceName)];

/// `mappings.origin`
const ADMIN: i16 = 1;
const PATTERN: i16 = 2;

pub(crate) fn origin(stored: i16) -> StoreResult<MappingOrigin> {
    match stored {
        ADMIN => Ok(MappingOrigin::Admin),
        PATTERN => Ok(MappingOrigin::Pattern),
        other => Err(unknown("the origin of a mapping", other)),
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = workspaces, check_for_backend(Db))]
pub(crate) struct WorkspaceRow {
    pub(crate) id: WorkspaceId,
    name: String,
    slug: String,
    created_at: i64,
    updated_at: i64,
    archived_at: Option<i64>,
}

/// The columns of [`WorkspaceRow`], in its order, of the table alias `w`.
macro_rules! workspace_columns {
    () => {
        " w.id, w.name, w.slug, w.created_at, w.updated_at, w.archived_at"
    };
}
pub(crate) use workspace_columns;

impl From<WorkspaceRow> for Workspace {
    fn from(row: WorkspaceRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
            archived_at: row.archived_at.map(Timestamp),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mappings, check_for_backend(Db))]
struct MappingRow {
    id: MappingId,
    group_id: GroupId,
    workspace_id: WorkspaceId,
    role: i16,
    origin: i16,
    created_at: i64,
    paused_at: Option<i64>,
    change_id: Option<ChangeId>,
}

fn mapping((row, group_name): (MappingRow, String)) -> StoreResult<Mapping> {
    Ok(Mapping {
        id: row.id,
        group: row.group_id,
        group_name,
        workspace: row.workspace_id,
        role: workspace_role(row.role)?,
        origin: origin(row.origin)?,
        created_at: Timestamp(row.created_at),
        paused_at: row.paused_at.map(Timestamp),
        change: row.change_id,
    })
}

statement! {
    /// Everything in force that speaks for `$2` being in workspaces, or in `$3` alone when it is not null.
    SourcesOf -> ((Uid, Uid, SmallInt), (Nullable<Uid>, Nullable<Text>, Nullable<Uid>, Nullable<SmallInt>), EndColumns),
    "WITH RECURSIVE person(id) AS ($2), ", reach!("person"), ",
     through(person_id, group_id) AS (SELECT DISTINCT person_id, group_id FROM reach)
     SELECT t.person_id, m.workspace_id, m.role, g.id, g.display_name, m.id, m.origin,
            CAST(NULL AS bigint), CAST(NULL AS SMALLINT)
     FROM through t
     CROSS JOIN mappings m ON m.org_id = $1 AND m.group_id = t.group_id
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = m.group_id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = m.workspace_id
     WHERE coalesce(m.workspace_id = $3, true) AND m.paused_at IS NULL AND w.archived_at IS NULL
     UNION ALL
     SELECT p.id, x.workspace_id, x.role, NULL, NULL, NULL, NULL, x.expires_at, x.then_role
     FROM person p
     CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = p.id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = x.workspace_id
     WHERE coalesce(x.workspace_id = $3, true) AND w.archived_at IS NULL
     ORDER BY 1, 2, 4"
}

statement! {
    RolesOf -> (Uid, Uid, SmallInt),
    "WITH person(id) AS ($2)
     SELECT m.user_id, m.workspace_id, m.role
     FROM person p
     CROSS JOIN memberships m ON m.org_id = $1 AND m.user_id = p.id
     WHERE m.workspace_id IN ($3)
     ORDER BY 1, 2"
}

type MappedRow = (Option<GroupId>, Option<String>, Option<MappingId>, Option<i16>);
type SourceRow = ((UserId, WorkspaceId, i16), MappedRow, EndRow);

fn source(row: SourceRow) -> StoreResult<(UserId, WorkspaceId, Source)> {
    let ((user, workspace, role), mapped, end) = row;
    let role = workspace_role(role)?;
    let source = match mapped {
        (Some(group), Some(group_name), Some(mapping), Some(from)) => {
            Source::Group { group, group_name, mapping, origin: origin(from)?, role }
        }
        _ => Source::Grant(Grant { role, expiry: expiry(end)? }),
    };
    Ok((user, workspace, source))
}

statement! {
    MappingsOfAll -> ((Uid, Uid, Uid, SmallInt, SmallInt, BigInt, Nullable<BigInt>, Nullable<Uid>), Text),
    "WITH given(id) AS ($2)
     SELECT m.id, m.group_id, m.workspace_id, m.role, m.origin, m.created_at, m.paused_at, m.change_id,
            g.display_name
     FROM given
     CROSS JOIN groups g ON g.org_id = $1 AND g.id = given.id
     CROSS JOIN mappings m ON m.org_id = $1 AND m.group_id = g.id
     ORDER BY m.group_id, m.id"
}

statement! {
    /// Each workspace knows how many people are in it.
    CountMemberships -> (BigInt,),
    "SELECT CAST(coalesce(sum(w.people), 0) AS bigint) FROM workspaces w WHERE w.org_id = $1"
}

statement! {
    /// Slug first, then name.
    WorkspaceByKey -> (Uid, Text, Text, BigInt, BigInt, Nullable<BigInt>),
    "SELECT id, name, slug, created_at, updated_at, archived_at
     FROM (SELECT *, CAST(1 AS SMALLINT) AS place FROM workspaces WHERE org_id = $1 AND slug = $2
           UNION ALL
           SELECT *, CAST(2 AS SMALLINT) FROM workspaces WHERE org_id = $1 AND name_key = $2) w
     ORDER BY place
     LIMIT 1"
}

impl ReadAccess for Transaction<'_> {
    fn find_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<Option<Workspace>> {
        self.ask(org, |conn| {
            let row = workspaces::table
                .filter(workspaces::org_id.eq(org.0).and(workspaces::id.eq(id.key())))
                .select(WorkspaceRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(Workspace::from))
        })
    }

    fn find_workspace_by_slug(&mut self, org: OrgId, slug: &str) -> StoreResult<Option<Workspace>> {
        self.ask(org, |conn| {
            let row = workspaces::table
                .filter(workspaces::org_id.eq(org.0).and(workspaces::slug.eq(words(slug))))
                .select(WorkspaceRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(Workspace::from))
        })
    }

    fn find_workspace_by_key(&mut self, org: OrgId, key: &str) -> StoreResult<Option<Workspace>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::Text(key.to_owned())];
            let row: Option<WorkspaceRow> = WorkspaceByKey::with(binds).get_result(conn).optional()?;
            Ok(row.map(Workspace::from))
        })
    }

    fn list_workspaces(&mut self, org: OrgId, slice: Slice<WorkspaceId>) -> StoreResult<Vec<Workspace>> {
        self.ask(org, |conn| {
            let rows = workspaces::table
                .filter(
                    workspaces::org_id.eq(org.0).and(workspaces::id.gt(after(slice.after, |id| id.0).key())),
                )
                .order(workspaces::id)
                .limit(i64::from(slice.limit))
                .select(WorkspaceRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(Workspace::from).collect())
        })
    }

    fn count_memberships(&mut self, org: OrgId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let counted: (i64,) = CountMemberships::with(vec![Bind::Int(org.0)]).get_result(conn)?;
            Ok(unsigned(counted.0))
        })
    }

    fn count_workspaces(&mut self, org: OrgId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            Ok(unsigned(workspaces::table.filter(workspaces::org_id.eq(org.0)).count().get_result(conn)?))
        })
    }

    fn find_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<Option<Mapping>> {
        self.ask(org, |conn| {
            let row = mappings::table
                .filter(mappings::org_id.eq(org.0).and(mappings::id.eq(id.key())))
                .select((MappingRow::as_select(), group_name()))
                .first(conn)
                .optional()?;
            Ok(row.map(mapping).transpose()?)
        })
    }

    fn mappings_of(&mut self, org: OrgId, group: GroupId) -> StoreResult<Vec<Mapping>> {
        self.ask(org, |conn| {
            let rows = mappings::table
                .filter(mappings::org_id.eq(org.0).and(mappings::group_id.eq(group.key())))
                .order(mappings::workspace_id)
                .select((MappingRow::as_select(), group_name()))
                .load(conn)?;
            Ok(rows.into_iter().map(mapping).collect::<StoreResult<_>>()?)
        })
    }

    fn mappings_of_all(&mut self, org: OrgId, groups: &[GroupId]) -> StoreResult<Vec<Mapping>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids(groups.iter().map(|group| group.0))];
            let rows: Vec<(MappingRow, String)> = MappingsOfAll::with(binds).load(conn)?;
            Ok(rows.into_iter().map(mapping).collect::<StoreResult<_>>()?)
        })
    }

    fn list_mappings(
        &mut self,
        org: OrgId,
        filter: &MappingFilter,
        slice: Slice<MappingId>,
    ) -> StoreResult<Vec<Mapping>> {
        self.ask(org, |conn| {
            let rows = listed(org, filter)
                .filter(mappings::id.gt(after(slice.after, |id| id.0).key()))
                .order(mappings::id)
                .limit(i64::from(slice.limit))
                .select((MappingRow::as_select(), group_name()))
                .load(conn)?;
            Ok(rows.into_iter().map(mapping).collect::<StoreResult<_>>()?)
        })
    }

    fn count_mappings(&mut self, org: OrgId, filter: &MappingFilter) -> StoreResult<u64> {
        self.ask(org, |conn| Ok(unsigned(listed(org, filter).count().get_result(conn)?)))
    }

    fn workspaces_of(&mut self, org: OrgId, user: UserId) -> StoreResult<Vec<WorkspaceOfUser>> {
        self.ask(org, |conn| {
            let rows: Vec<(WorkspaceId, String, i16)> = memberships::table
                .inner_join(
                    workspaces::table.on(workspaces::org_id
                        .eq(memberships::org_id)
                        .and(workspaces::id.eq(memberships::workspace_id))),
                )
                .filter(memberships::org_id.eq(org.0).and(memberships::user_id.eq(user.key())))
                .order(workspaces::slug)
                .select((workspaces::id, workspaces::slug, memberships::role))
                .load(conn)?;
            let place = |(workspace_id, slug, role)| {
                Ok(WorkspaceOfUser { workspace_id, slug, role: workspace_role(role)? })
            };
            Ok(rows.into_iter().map(place).collect::<StoreResult<_>>()?)
        })
    }

    fn people_in(
        &mut self,
        org: OrgId,
        id: WorkspaceId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<WorkspaceMember>> {
        self.ask(org, |conn| {
            let rows: Vec<(UserId, String, Option<String>, i16)> = memberships::table
                .inner_join(
                    users::table
                        .on(users::org_id.eq(memberships::org_id).and(users::id.eq(memberships::user_id))),
                )
                .filter(memberships::org_id.eq(org.0).and(memberships::workspace_id.eq(id.key())))
                .filter(memberships::user_id.gt(after(slice.after, |id| id.0).key()))
                .order(memberships::user_id)
                .limit(i64::from(slice.limit))
                .select((users::id, users::user_name, users::email, memberships::role))
                .load(conn)?;
            let person = |(user, user_name, email, role)| {
                Ok(WorkspaceMember { user, user_name, email, role: workspace_role(role)? })
            };
            Ok(rows.into_iter().map(person).collect::<StoreResult<_>>()?)
        })
    }

    fn count_people_in(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let row = workspaces::table
                .filter(workspaces::org_id.eq(org.0).and(workspaces::id.eq(id.key())))
                .select(workspaces::people)
                .first(conn)
                .optional()?;
            Ok(unsigned(row.unwrap_or(0)))
        })
    }

    fn role_in(&mut self, org: OrgId, id: WorkspaceId, user: UserId) -> StoreResult<Option<WorkspaceRole>> {
        self.ask(org, |conn| {
            let role = memberships::table
                .filter(memberships::org_id.eq(org.0).and(memberships::workspace_id.eq(id.key())))
                .filter(memberships::user_id.eq(user.key()))
                .select(memberships::role)
                .first(conn)
                .optional()?;
            Ok(role.map(workspace_role).transpose()?)
        })
    }

    fn roles_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspaces: &[WorkspaceId],
    ) -> StoreResult<Vec<(UserId, WorkspaceId, WorkspaceRole)>> {
        self.ask(org, |conn| {
            let people = Bind::ids(users.iter().map(|user| user.0));
            let places = Bind::ids(workspaces.iter().map(|place| place.0));
            let rows: Vec<(UserId, WorkspaceId, i16)> =
                RolesOf::with(vec![Bind::Int(org.0), people, places]).load(conn)?;
            let outcome = |(user, place, role)| Ok((user, place, workspace_role(role)?));
            Ok(rows.into_iter().map(outcome).collect::<StoreResult<_>>()?)
        })
    }

    fn sources_of(
        &mut self,
        org: OrgId,
        users: &[UserId],
        workspace: Option<WorkspaceId>,
    ) -> StoreResult<Vec<(UserId, WorkspaceId, Source)>> {
        self.ask(org, |conn| {
            let people = Bind::ids(users.iter().map(|user| user.0));
            let binds = vec![Bind::Int(org.0), people, Bind::optional_id(workspace)];
            let rows: Vec<SourceRow> = SourcesOf::with(binds).load(conn)?;
            Ok(rows.into_iter().map(source).collect::<StoreResult<_>>()?)
        })
    }
}

/// The name of a mapping's group; the foreign key says that there is one.
#[diesel::dsl::auto_type]
fn group_name() -> _ {
    let of_mapping = groups::org_id.eq(mappings::org_id).and(groups::id.eq(mappings::group_id));
    groups::table.filter(of_mapping).select(groups::display_name).single_value().assume_not_null()
}

/// The mappings that a filter asks for. Sixteen shapes, so each is prepared once.
fn listed(org: OrgId, filter: &MappingFilter) -> mappings::BoxedQuery<'static, Db> {
    let mut listed = mappings::table.filter(mappings::org_id.eq(org.0)).into_boxed();
    if !filter.by_name {
        listed = listed.filter(mappings::origin.eq(ADMIN));
    }
    if let Some(workspace) = filter.workspace {
        listed = listed.filter(mappings::workspace_id.eq(workspace.key()));
    }
    if let Some(group) = filter.group {
        listed = listed.filter(mappings::group_id.eq(group.key()));
    }
    if let Some(role) = filter.role {
        listed = listed.filter(mappings::role.eq(role.rank()));
    }
    listed
}

impl WriteAccess for Transaction<'_> {
    fn insert_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            diesel::insert_into(workspaces::table)
                .values((
                    workspaces::org_id.eq(org.0),
                    workspaces::id.eq(workspace.id.key()),
                    workspaces::name.eq(words(&workspace.name)),
                    workspaces::name_key.eq(words(fold(&workspace.name))),
                    workspaces::slug.eq(words(&workspace.slug)),
                    workspaces::created_at.eq(workspace.created_at.0),
                    workspaces::updated_at.eq(workspace.updated_at.0),
                    workspaces::archived_at.eq(workspace.archived_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_workspace(&mut self, org: OrgId, workspace: &Workspace) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let row = workspaces::org_id.eq(org.0).and(workspaces::id.eq(workspace.id.key()));
            diesel::update(workspaces::table.filter(row))
                .set((
                    workspaces::name.eq(words(&workspace.name)),
                    workspaces::name_key.eq(words(fold(&workspace.name))),
                    workspaces::slug.eq(words(&workspace.slug)),
                    workspaces::updated_at.eq(workspace.updated_at.0),
                    workspaces::archived_at.eq(workspace.archived_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()> {
        self.ask(org, |conn| {
            // Mappings and grants go with their foreign keys.
            let row = workspaces::org_id.eq(org.0).and(workspaces::id.eq(id.key()));
            diesel::delete(workspaces::table.filter(row)).execute(conn)?;
            Ok(())
        })
    }

    fn clear_workspace(&mut self, org: OrgId, id: WorkspaceId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let of_workspace = mappings::org_id.eq(org.0).and(mappings::workspace_id.eq(id.key()));
            diesel::delete(mappings::table.filter(of_workspace)).execute(conn)?;
            let of_workspace = grants::org_id.eq(org.0).and(grants::workspace_id.eq(id.key()));
            diesel::delete(grants::table.filter(of_workspace)).execute(conn)?;
            // A hold keeps nobody in what is archived.
            let row = workspaces::org_id.eq(org.0).and(workspaces::id.eq(id.key()));
            diesel::update(workspaces::table.filter(row))
                .set(workspaces::archived_at.eq(workspaces::updated_at.nullable()))
                .execute(conn)?;
            Ok(())
        })
    }

    fn insert_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()> {
        self.ask_unique(org, &[("mappings_group", Unique::Mapping)], |conn| {
            let origin = match mapping.origin {
                MappingOrigin::Admin => ADMIN,
                MappingOrigin::Pattern => PATTERN,
            };
            diesel::insert_into(mappings::table)
                .values((
                    mappings::org_id.eq(org.0),
                    mappings::id.eq(mapping.id.key()),
                    mappings::group_id.eq(mapping.group.key()),
                    mappings::workspace_id.eq(mapping.workspace.key()),
                    mappings::role.eq(mapping.role.rank()),
                    mappings::origin.eq(origin),
                    mappings::created_at.eq(mapping.created_at.0),
                    mappings::paused_at.eq(mapping.paused_at.map(|at| at.0)),
                    mappings::change_id.eq(mapping.change.map(Key::key)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_mapping(&mut self, org: OrgId, mapping: &Mapping) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = mappings::org_id.eq(org.0).and(mappings::id.eq(mapping.id.key()));
            diesel::update(mappings::table.filter(row))
                .set((
                    mappings::role.eq(mapping.role.rank()),
                    mappings::paused_at.eq(mapping.paused_at.map(|at| at.0)),
                    mappings::change_id.eq(mapping.change.map(Key::key)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn move_mappings(
        &mut self,
        org: OrgId,
        from: GroupId,
        to: GroupId,
        only: Option<MappingId>,
        change: ChangeId,
    ) -> StoreResult<()> {
        let unique = [("role_mappings_group", Unique::Mapping), ("mappings_group", Unique::Mapping)];
        self.ask_unique(org, &unique, |conn| {
            let to = to.key();
            let of_group = mappings::org_id.eq(org.0).and(mappings::group_id.eq(from.key()));
            let by_hand = of_group.and(mappings::origin.eq(ADMIN));
            let moved = (mappings::group_id.eq(to), mappings::change_id.eq(Some(change.key())));
            match only {
                None => diesel::update(mappings::table.filter(by_hand)).set(moved).execute(conn)?,
                Some(id) => diesel::update(mappings::table.filter(by_hand.and(mappings::id.eq(id.key()))))
                    .set(moved)
                    .execute(conn)?,
            };
            let of_group = role_mappings::org_id.eq(org.0).and(role_mappings::group_id.eq(from.key()));
            let moved = (role_mappings::group_id.eq(to), role_mappings::change_id.eq(Some(change.key())));
            match only {
                None => diesel::update(role_mappings::table.filter(of_group)).set(moved).execute(conn)?,
                Some(id) => {
                    diesel::update(role_mappings::table.filter(of_group.and(role_mappings::id.eq(id.key()))))
                        .set(moved)
                        .execute(conn)?
                }
            };
            Ok(())
        })
    }

    fn delete_mapping(&mut self, org: OrgId, id: MappingId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let row = mappings::org_id.eq(org.0).and(mappings::id.eq(id.key()));
            diesel::delete(mappings::table.filter(row)).execute(conn)?;
            Ok(())
        })
    }

    fn keep_members(&mut self, org: OrgId, id: MappingId, cause: &Cause) -> StoreResult<u64> {
        self.ask(org, |conn| keep::keep_members(conn, org, id, cause))
    }

    fn recompute(&mut self, org: OrgId, cause: &Cause, scope: &Scope) -> StoreResult<Recomputed> {
        self.ask(org, |conn| recompute::recompute(conn, org, cause, scope))
    }
}

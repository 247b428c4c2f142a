//! Groups and who is in them.

use rolecall_domain::{
    ids::{ChangeId, ConnectionId, GroupId, OrgId, UserId},
    ports::{
        KnownToken, ReadGroups, ResourcePage, ResourceQuery, Slice, StoreResult, TokenKey, Unique,
        WriteGroups,
    },
    records::{Group, GroupFacts, MemberId, StoredDocument, WrittenDocument},
    role::WorkspaceRole,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    super::super::{
        schema::{group_members, groups},
        types::{Id, Index, Key, Uid, Words, unknown, words, workspace_role},
    },
    Bind, Conn, Db, Failure, Prepared, Statement, Transaction, after, by_token,
    dialect::TextList,
    page, positions,
    resource::Resource,
    statement, unsigned,
};
use diesel::{
    dsl,
    prelude::*,
    sql_types::{BigInt, Nullable, SmallInt},
};

const UNIQUE: &[(&str, Unique)] = &[("groups_external_id", Unique::ExternalId)];

/// `group_members.member_kind`
const USER: i16 = 1;
const GROUP: i16 = 2;

#[derive(Queryable, Selectable)]
#[diesel(table_name = groups, check_for_backend(Db))]
pub(crate) struct GroupRow {
    pub(crate) id: GroupId,
    connection_id: Option<ConnectionId>,
    version: i64,
    created_at: i64,
    modified_at: i64,
    display_name: String,
    display_name_key: String,
    external_id: Option<String>,
    pattern_key: Option<String>,
    pattern_role: Option<i16>,
    document: String,
}

/// The types of the columns of [`GroupRow`], for statements written by hand.
pub(crate) type GroupColumns = <dsl::AsSelect<GroupRow, Db> as diesel::expression::Expression>::SqlType;

/// The columns of [`GroupRow`], in its order, of the table alias `g`.
macro_rules! group_columns {
    () => {
        " g.id, g.connection_id, g.version, g.created_at, g.modified_at, g.display_name, g.display_name_key, g.external_id,
          g.pattern_key, g.pattern_role, g.document"
    };
}
pub(crate) use group_columns;

impl GroupRow {
    pub(crate) fn group(self) -> StoreResult<Group> {
        let pattern = match (self.pattern_key, self.pattern_role) {
            (Some(key), Some(role)) => Some((key, workspace_role(role)?)),
            _ => None,
        };
        Ok(Group {
            id: self.id,
            connection: self.connection_id,
            document: StoredDocument {
                text: self.document,
                version: self.version,
                created_at: Timestamp(self.created_at),
                modified_at: Timestamp(self.modified_at),
            },
            facts: GroupFacts {
                display_name: self.display_name,
                display_name_key: self.display_name_key,
                external_id: self.external_id,
                pattern,
            },
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = groups, treat_none_as_default_value = false)]
struct NewGroup<'a> {
    org_id: i64,
    id: Id,
    created_at: i64,
    connection_id: Option<Id>,
    version: i64,
    modified_at: i64,
    display_name: Words<'a>,
    display_name_key: Words<'a>,
    external_id: Option<Words<'a>>,
    pattern_key: Option<Words<'a>>,
    pattern_role: Option<i16>,
    document: Words<'a>,
    search: Index<'a>,
}

fn pattern(facts: &GroupFacts) -> (Option<&str>, Option<i16>) {
    let asked = facts.pattern.as_ref();
    (asked.map(|(key, _)| key.as_str()), asked.map(|(_, role): &(_, WorkspaceRole)| role.rank()))
}

fn member_id(kind: i16, id: Uuid) -> StoreResult<MemberId> {
    match kind {
        USER => Ok(MemberId::User(UserId(id))),
        GROUP => Ok(MemberId::Group(GroupId(id))),
        other => Err(unknown("the kind of a group's member", other)),
    }
}

fn member_ids(rows: Vec<(Uuid, i16)>) -> StoreResult<Vec<MemberId>> {
    rows.into_iter().map(|(id, kind)| member_id(kind, id)).collect()
}

statement! {
    /// Answers for every id given, 0 for a group that is empty or not there.
    CountMembers -> (Uid, BigInt),
    "WITH given(id) AS ($2)
     SELECT given.id, (SELECT count(*) FROM (SELECT 1 FROM group_members m
                                              WHERE m.org_id = $1 AND m.group_id = given.id LIMIT $3) f)
     FROM given"
}

statement! {
    /// Groups that nobody has pushed: without an `externalId`, so that an index has them together.
    CountWaiting -> (BigInt,),
    "SELECT count(*) FROM groups g WHERE g.org_id = $1 AND g.external_id IS NULL AND g.connection_id IS NULL"
}

statement! {
    /// A page of a member list, off the primary key alone.
    MembersOf -> (Uid, SmallInt),
    "SELECT m.member_id, m.member_kind
     FROM group_members m
     WHERE m.org_id = $1 AND m.group_id = $2 AND m.member_id > $3
     ORDER BY m.member_id
     LIMIT $4"
}

statement! {
    ResolveMembers -> (Uid, SmallInt),
    "WITH given(id) AS ($2)
     SELECT u.id, CAST(1 AS SMALLINT) FROM given CROSS JOIN users u ON u.org_id = $1 AND u.id = given.id
     WHERE u.gone_at IS NULL
     UNION
     SELECT g.id, CAST(2 AS SMALLINT) FROM given CROSS JOIN groups g ON g.org_id = $1 AND g.id = given.id"
}

statement! {
    /// The group and all groups that it is in.
    Around -> (Uid,),
    "WITH RECURSIVE around(id) AS (
       SELECT g.id FROM groups g WHERE g.org_id = $1 AND g.id = $2
       UNION
       SELECT m.group_id FROM around a CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = a.id
     )
     SELECT id FROM around"
}

statement! {
    GroupsAskingFor -> GroupColumns,
    "SELECT", group_columns!(), "
     FROM groups g
     WHERE g.org_id = $1 AND g.pattern_key IN ($2)
       AND NOT EXISTS (SELECT 1 FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND m.origin = 1)
     ORDER BY g.id"
}

statement! {
    AddMembers -> (Uid, SmallInt),
    // `WHERE true`: without it SQLite would read `ON` as part of a join.
    "INSERT INTO group_members (org_id, group_id, member_id, member_kind, change_id, added_at)
     WITH person(id) AS ($3), nested(id) AS ($4),
          new(id, kind) AS (SELECT id, CAST(1 AS SMALLINT) FROM person UNION ALL SELECT id, CAST(2 AS SMALLINT) FROM nested)
     SELECT $1, $2, id, kind, $5, $6 FROM new
     WHERE true
     ON CONFLICT (org_id, group_id, member_id) DO NOTHING
     RETURNING member_id, member_kind"
}

statement! {
    /// The usual case by itself: no list, nothing to take apart.
    AddMember,
    "INSERT INTO group_members (org_id, group_id, member_id, member_kind, change_id, added_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (org_id, group_id, member_id) DO NOTHING"
}

statement! {
    RemoveMembers -> (Uid, SmallInt),
    "DELETE FROM group_members WHERE org_id = $1 AND group_id = $2 AND member_id IN ($3)
     RETURNING member_id, member_kind"
}

statement! {
    RemoveMembersExcept -> (Uid, SmallInt),
    "DELETE FROM group_members WHERE org_id = $1 AND group_id = $2 AND member_id NOT IN ($3)
     RETURNING member_id, member_kind"
}

statement! {
    /// By hand, since Diesel prepares each `UPDATE` of its DSL anew.
    UpdateGroup,
    "UPDATE groups
     SET connection_id = $3, version = $4, modified_at = $5, display_name = $6, display_name_key = $7, external_id = $8,
         pattern_key = $9, pattern_role = $10, document = $11, search = $12
     WHERE org_id = $1 AND id = $2"
}

statement! {
    ConnectionOf -> (Nullable<Uid>,),
    "SELECT g.connection_id FROM groups g WHERE g.org_id = $1 AND g.id = $2"
}

statement! {
    DeleteGroup -> (Nullable<Uid>,),
    "DELETE FROM groups WHERE org_id = $1 AND id = $2 RETURNING connection_id"
}

statement! {
    /// As for [`UpdateGroup`].
    TouchGroup,
    "UPDATE groups SET version = $3, modified_at = $4 WHERE org_id = $1 AND id = $2"
}

statement! {
    /// The groups that somebody is about to leave, all of them.
    TouchParents,
    "UPDATE groups SET version = version + 1, modified_at = $3
     WHERE org_id = $1 AND id IN (SELECT m.group_id FROM group_members m WHERE m.org_id = $1 AND m.member_id = $2)"
}

/// Takes a person or a group out of every group, each of which notes the change. Answers whether there was any.
pub(crate) fn leave_all(
    conn: &mut Conn,
    org: OrgId,
    member: impl Key + Copy,
    now: Timestamp,
) -> Result<bool, Failure> {
    let binds = vec![Bind::Int(org.0), Bind::id(member), Bind::Int(now.0)];
    if TouchParents::with(binds).execute(conn)? == 0 {
        return Ok(false);
    }
    let places = group_members::org_id.eq(org.0).and(group_members::member_id.eq(member.key()));
    Ok(diesel::delete(group_members::table.filter(places)).execute(conn)? > 0)
}

impl ReadGroups for Transaction<'_> {
    fn find_group_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: GroupId,
    ) -> StoreResult<Option<(KnownToken, Option<Group>)>> {
        self.ask(None, |conn| by_token::group(conn, org_slug, key, id))
    }

    fn find_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<Option<Group>> {
        self.ask(org, |conn| {
            let row = groups::table
                .filter(groups::org_id.eq(org.0).and(groups::id.eq(id.key())))
                .select(GroupRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(GroupRow::group).transpose()?)
        })
    }

    fn find_groups_by_name(&mut self, org: OrgId, display_name_key: &str) -> StoreResult<Vec<Group>> {
        self.ask(org, |conn| {
            let rows = groups::table
                .filter(groups::org_id.eq(org.0).and(groups::display_name_key.eq(words(display_name_key))))
                .order(groups::id)
                .limit(10)
                .select(GroupRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(GroupRow::group).collect::<StoreResult<_>>()?)
        })
    }

    fn query_groups(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<Group>> {
        self.ask(org, |conn| page::groups(conn, org, query))
    }

    fn list_groups(&mut self, org: OrgId, slice: Slice<GroupId>) -> StoreResult<Vec<Group>> {
        self.ask(org, |conn| {
            let rows = groups::table
                .filter(groups::org_id.eq(org.0).and(groups::id.gt(after(slice.after, |id| id.0).key())))
                .order(groups::id)
                .limit(i64::from(slice.limit))
                .select(GroupRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(GroupRow::group).collect::<StoreResult<_>>()?)
        })
    }

    fn count_groups(&mut self, org: OrgId) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let pushed = positions::total(conn, org, Resource::Group)?;
            let waiting: (i64,) = CountWaiting::with(vec![Bind::Int(org.0)]).get_result(conn)?;
            Ok(pushed + unsigned(waiting.0))
        })
    }

    fn count_members(
        &mut self,
        org: OrgId,
        groups: &[GroupId],
        most: u32,
    ) -> StoreResult<Vec<(GroupId, u64)>> {
        self.ask(org, |conn| {
            let groups = Bind::ids(groups.iter().map(|group| group.0));
            let binds = vec![Bind::Int(org.0), groups, Bind::Int(i64::from(most))];
            let rows: Vec<(GroupId, i64)> = CountMembers::with(binds).load(conn)?;
            Ok(rows.into_iter().map(|(group, count)| (group, unsigned(count))).collect())
        })
    }

    fn members_of(&mut self, org: OrgId, group: GroupId, slice: Slice<Uuid>) -> StoreResult<Vec<MemberId>> {
        self.ask(org, |conn| {
            let from = after(slice.after, |id| id);
            let binds =
                vec![Bind::Int(org.0), Bind::id(group), Bind::id(from), Bind::Int(i64::from(slice.limit))];
            Ok(member_ids(MembersOf::with(binds).load(conn)?)?)
        })
    }

    fn resolve_members(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<MemberId>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids(ids.iter().copied())];
            Ok(member_ids(ResolveMembers::with(binds).load(conn)?)?)
        })
    }

    fn find_circle(
        &mut self,
        org: OrgId,
        group: GroupId,
        new_members: &[GroupId],
    ) -> StoreResult<Option<GroupId>> {
        if new_members.is_empty() {
            return Ok(None);
        }
        self.ask(org, |conn| {
            let around: Vec<(GroupId,)> = Around::with(vec![Bind::Int(org.0), Bind::id(group)]).load(conn)?;
            let closes = |new: &&GroupId| **new == group || around.iter().any(|(id,)| id == *new);
            Ok(new_members.iter().find(closes).copied())
        })
    }

    fn groups_asking_for(&mut self, org: OrgId, workspace_keys: &[String]) -> StoreResult<Vec<Group>> {
        self.ask(org, |conn| {
            let asked = vec![Bind::Int(org.0), Bind::Texts(TextList::new(workspace_keys))];
            let rows: Vec<GroupRow> = GroupsAskingFor::with(asked).load(conn)?;
            Ok(rows.into_iter().map(GroupRow::group).collect::<StoreResult<_>>()?)
        })
    }
}

impl WriteGroups for Transaction<'_> {
    fn insert_group(
        &mut self,
        org: OrgId,
        id: GroupId,
        connection: Option<ConnectionId>,
        facts: &GroupFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let (pattern_key, pattern_role) = pattern(facts);
            let row = NewGroup {
                org_id: org.0,
                id: id.key(),
                created_at: now.0,
                connection_id: connection.map(Key::key),
                version: 1,
                modified_at: now.0,
                display_name: words(&facts.display_name),
                display_name_key: words(&facts.display_name_key),
                external_id: facts.external_id.as_deref().map(words),
                pattern_key: pattern_key.map(words),
                pattern_role,
                document: words(&document.text),
                search: Index(&document.index),
            };
            diesel::insert_into(groups::table).values(row).execute(conn)?;
            if connection.is_some() {
                positions::add(conn, org, Resource::Group, id)?;
            }
            Ok(())
        })
    }

    fn update_group(
        &mut self,
        org: OrgId,
        id: GroupId,
        connection: Option<ConnectionId>,
        facts: &GroupFacts,
        document: &WrittenDocument,
        version: i64,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let (pattern_key, pattern_role) = pattern(facts);
            let binds = vec![
                Bind::Int(org.0),
                Bind::id(id),
                Bind::optional_id(connection),
                Bind::Int(version),
                Bind::Int(now.0),
                Bind::text(&facts.display_name),
                Bind::text(&facts.display_name_key),
                Bind::optional_text(facts.external_id.as_deref()),
                Bind::optional_text(pattern_key),
                Bind::OptionalSmall(pattern_role),
                Bind::text(&document.text),
                Bind::search(&document.index),
            ];
            let before: Option<(Option<ConnectionId>,)> =
                ConnectionOf::with(vec![Bind::Int(org.0), Bind::id(id)]).get_result(conn).optional()?;
            UpdateGroup::with(binds).execute(conn)?;
            // What an administrator had named and an IdP pushes now begins to show.
            match (before.and_then(|(before,)| before), connection) {
                (None, Some(_)) => positions::add(conn, org, Resource::Group, id),
                (Some(_), None) => positions::remove(conn, org, Resource::Group, id),
                _ => Ok(()),
            }
        })
    }

    fn touch_group(&mut self, org: OrgId, id: GroupId, version: i64, now: Timestamp) -> StoreResult<()> {
        self.ask(org, |conn| {
            TouchGroup::with(vec![Bind::Int(org.0), Bind::id(id), Bind::Int(version), Bind::Int(now.0)])
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_group_pattern(&mut self, org: OrgId, id: GroupId, facts: &GroupFacts) -> StoreResult<()> {
        self.ask(org, |conn| {
            let (key, role) = pattern(facts);
            diesel::update(groups::table.filter(groups::org_id.eq(org.0).and(groups::id.eq(id.key()))))
                .set((groups::pattern_key.eq(key.map(words)), groups::pattern_role.eq(role)))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_group(&mut self, org: OrgId, id: GroupId) -> StoreResult<()> {
        self.ask(org, |conn| {
            // Its members and mappings go with their foreign keys; its places in other groups have none. Those are left
            // by `leave_parents`, which says so on the other groups; this makes sure.
            let places = group_members::org_id.eq(org.0).and(group_members::member_id.eq(id.key()));
            diesel::delete(group_members::table.filter(places)).execute(conn)?;
            let gone: Option<(Option<ConnectionId>,)> =
                DeleteGroup::with(vec![Bind::Int(org.0), Bind::id(id)]).get_result(conn).optional()?;
            match gone {
                Some((Some(_),)) => positions::remove(conn, org, Resource::Group, id),
                _ => Ok(()),
            }
        })
    }

    fn add_members(
        &mut self,
        org: OrgId,
        group: GroupId,
        members: &[MemberId],
        change: ChangeId,
        now: Timestamp,
    ) -> StoreResult<Vec<MemberId>> {
        self.ask(org, |conn| {
            if let [member] = members {
                let kind = if matches!(member, MemberId::User(_)) { USER } else { GROUP };
                let binds = vec![
                    Bind::Int(org.0),
                    Bind::id(group),
                    Bind::id(member.uuid()),
                    Bind::Small(kind),
                    Bind::id(change),
                    Bind::Int(now.0),
                ];
                let added = AddMember::with(binds).execute(conn)?;
                return Ok(if added > 0 { vec![*member] } else { Vec::new() });
            }
            let of_kind = |wanted_user: bool| {
                let wanted = move |m: &&MemberId| matches!(m, MemberId::User(_)) == wanted_user;
                Bind::ids(members.iter().filter(wanted).map(|m| m.uuid()))
            };
            let binds = vec![
                Bind::Int(org.0),
                Bind::id(group),
                of_kind(true),
                of_kind(false),
                Bind::id(change),
                Bind::Int(now.0),
            ];
            Ok(member_ids(AddMembers::with(binds).load(conn)?)?)
        })
    }

    fn remove_members(&mut self, org: OrgId, group: GroupId, members: &[Uuid]) -> StoreResult<Vec<MemberId>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(group), Bind::ids(members.iter().copied())];
            Ok(member_ids(RemoveMembers::with(binds).load(conn)?)?)
        })
    }

    fn remove_members_except(
        &mut self,
        org: OrgId,
        group: GroupId,
        keep: &[Uuid],
    ) -> StoreResult<Vec<MemberId>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(group), Bind::ids(keep.iter().copied())];
            Ok(member_ids(RemoveMembersExcept::with(binds).load(conn)?)?)
        })
    }

    fn leave_parents(&mut self, org: OrgId, group: GroupId, now: Timestamp) -> StoreResult<bool> {
        self.ask(org, |conn| leave_all(conn, org, group, now))
    }
}

//! What was removed, kept so that it can come back, and the record read backwards.

use rolecall_domain::{
    effect::Fact,
    event::{Cause, Changed},
    grant::Grant,
    ids::{ChangeId, ConnectionId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{StoreResult, UndoStore},
    records::{MappingOrigin, MemberId},
    time::Timestamp,
    undo::{Entry, Link, Removal, RemovedRecord},
};
use uuid::Uuid;

use super::{
    super::super::types::{Text, Uid, unknown, workspace_role},
    Bind, Prepared, Statement, Transaction,
    events::actor,
    grants::expiry,
    statement,
};
use diesel::{
    OptionalExtension, RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt},
};

/// What is kept of who made a mapping, and whether it was paused. Those that names make never are.
macro_rules! origin_and_pause {
    () => {
        "CAST(CASE WHEN paused_at IS NULL THEN origin ELSE 3 END AS SMALLINT)"
    };
}
const BY_NAME: i16 = 2;
const PAUSED: i16 = 3;

const PERSON: i16 = 1;
const GROUP: i16 = 2;
const WORKSPACE: i16 = 3;
/// Of before events said what became of settings.
const SETTINGS: i16 = 4;

const MEMBER: i16 = 1;
const GRANT: i16 = 2;
const MAPPING: i16 = 3;

/// `$1` the organisation, `$2` the change, `$3` when, `$4` what.
macro_rules! keep_record {
    ($kind:literal, $table:literal) => {
        concat!(
            "INSERT INTO removed_records (org_id, change_id, id, kind, at, connection_id, version, created_at, document)
             SELECT org_id, $2, id, CAST(",
            $kind,
            " AS SMALLINT), $3, connection_id, version, created_at, document FROM ",
            $table,
            " WHERE org_id = $1 AND id = $4
             ON CONFLICT DO NOTHING"
        )
    };
}
macro_rules! keep_links {
    ($($select:expr),+) => {
        concat!(
            "INSERT INTO removed_links
               (org_id, change_id, owner_id, kind, id, within_id, workspace_id, role, detail, at, since, expires_at) ",
            $($select,)+
            " ON CONFLICT DO NOTHING"
        )
    };
}

statement! {
    /// With the application's own id, which goes with the person.
    KeepPerson,
    "INSERT INTO removed_records (org_id, change_id, id, kind, at, connection_id, version, created_at, document, app_id)
     SELECT u.org_id, $2, u.id, CAST(1 AS SMALLINT), $3, u.connection_id, u.version, u.created_at, u.document,
            (SELECT k.app_id FROM known_people k WHERE k.org_id = $1 AND k.user_id = $4)
     FROM users u WHERE u.org_id = $1 AND u.id = $4
     ON CONFLICT DO NOTHING"
}
statement! { KeepGroup, keep_record!("2", "groups") }
statement! {
    KeepOther,
    "INSERT INTO removed_records (org_id, change_id, id, kind, at, connection_id, version, created_at, document)
     VALUES ($1, $2, $4, $5, $3, NULL, 0, $6, $7)
     ON CONFLICT DO NOTHING"
}
statement! {
    KeepLinksOfPerson,
    keep_links!(
        "SELECT org_id, $2, $4, CAST(1 AS SMALLINT), member_id, group_id, CAST(NULL AS uuid), CAST(NULL AS SMALLINT),
                member_kind, $3, added_at, CAST(NULL AS bigint)
         FROM group_members WHERE org_id = $1 AND member_id = $4
         UNION ALL
         SELECT org_id, $2, $4, CAST(2 AS SMALLINT), user_id, workspace_id, NULL, role, then_role, $3, given_at, expires_at
         FROM grants WHERE org_id = $1 AND user_id = $4"
    )
}
statement! {
    KeepLinksOfGroup,
    keep_links!(
        "SELECT org_id, $2, $4, CAST(1 AS SMALLINT), member_id, group_id, CAST(NULL AS uuid), CAST(NULL AS SMALLINT),
                member_kind, $3, added_at, CAST(NULL AS bigint)
         FROM group_members WHERE org_id = $1 AND group_id = $4
         UNION ALL
         SELECT org_id, $2, $4, CAST(1 AS SMALLINT), member_id, group_id, NULL, NULL, member_kind, $3, added_at, NULL
         FROM group_members WHERE org_id = $1 AND member_id = $4
         UNION ALL
         SELECT org_id, $2, $4, CAST(3 AS SMALLINT), id, group_id, workspace_id, role, ", origin_and_pause!(), ", $3, created_at, NULL
         FROM mappings WHERE org_id = $1 AND group_id = $4"
    )
}
statement! {
    KeepLinksOfWorkspace,
    keep_links!(
        "SELECT org_id, $2, $4, CAST(2 AS SMALLINT), user_id, workspace_id, CAST(NULL AS uuid), role, then_role,
                $3, given_at, expires_at
         FROM grants WHERE org_id = $1 AND workspace_id = $4
         UNION ALL
         SELECT org_id, $2, $4, CAST(3 AS SMALLINT), id, group_id, workspace_id, role, ", origin_and_pause!(), ", $3, created_at, NULL
         FROM mappings WHERE org_id = $1 AND workspace_id = $4"
    )
}
statement! {
    KeepMapping,
    keep_links!(
        "SELECT org_id, $2, $4, CAST(3 AS SMALLINT), id, group_id, workspace_id, role, ", origin_and_pause!(), ", $3, created_at,
                CAST(NULL AS bigint)
         FROM mappings WHERE org_id = $1 AND id = $4"
    )
}

statement! {
    RecordOf -> (SmallInt, Nullable<Uid>, BigInt, BigInt, Text, Nullable<Text>),
    "SELECT kind, connection_id, version, created_at, document, app_id
     FROM removed_records WHERE org_id = $1 AND change_id = $2 AND id = $3"
}
type RecordRow = (i16, Option<ConnectionId>, i64, i64, String, Option<String>);

statement! {
    /// `detail` is what kind of member it was, what is left of a grant that ends, or who made a mapping.
    LinksOf -> (SmallInt, Uid, Uid, Nullable<Uid>, Nullable<SmallInt>, Nullable<SmallInt>, BigInt, Nullable<BigInt>),
    "SELECT kind, id, within_id, workspace_id, role, detail, since, expires_at
     FROM removed_links WHERE org_id = $1 AND change_id = $2 AND owner_id = $3
     ORDER BY kind, id, within_id"
}
type LinkRow = (i16, Uuid, Uuid, Option<WorkspaceId>, Option<i16>, Option<i16>, i64, Option<i64>);

type EntryTypes = (
    (BigInt, Text, BigInt, Uid, SmallInt, Nullable<Uid>, Nullable<Uid>),
    (
        Nullable<Uid>,
        Nullable<Uid>,
        Nullable<Uid>,
        Nullable<Uid>,
        Nullable<SmallInt>,
        Nullable<SmallInt>,
        Nullable<Text>,
        Nullable<Text>,
    ),
);
type EntryRow = (
    (i64, String, i64, ChangeId, i16, Option<Uuid>, Option<Uuid>),
    (
        Option<UserId>,
        Option<GroupId>,
        Option<WorkspaceId>,
        Option<MappingId>,
        Option<i16>,
        Option<i16>,
        Option<String>,
        Option<String>,
    ),
);

macro_rules! entries {
    ($which:literal) => {
        concat!(
            "SELECT seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                    user_id, group_id, workspace_id, mapping_id, old_role, new_role, subject, changed
             FROM events WHERE org_id = $1 AND seq < $2",
            $which,
            " ORDER BY seq DESC LIMIT $3"
        )
    };
}
statement! { EntriesBefore -> EntryTypes, entries!("") }
statement! { EntriesOfChange -> EntryTypes, entries!(" AND change_id = $4") }

statement! {
    DropRecords,
    "DELETE FROM removed_records WHERE org_id = $1 AND at < $2"
}
statement! {
    DropLinks,
    "DELETE FROM removed_links WHERE org_id = $1 AND at < $2"
}
statement! {
    /// By the changes that removed the person, which the record knows.
    ForgetRecord,
    "DELETE FROM removed_records
     WHERE org_id = $1 AND id = $2 AND change_id IN (
       SELECT change_id FROM events WHERE org_id = $1 AND user_id = $2 AND kind = 'user.deleted'
     )"
}

fn entry((first, second): EntryRow) -> StoreResult<Entry> {
    let (seq, kind, at, change, actor_kind, actor_id, connection) = first;
    let (user, group, workspace, mapping, old, new, subject, changed) = second;
    let changed = changed.as_deref().and_then(Changed::parse);
    let fact = Fact { changed, kind, at: Timestamp(at), user, group, workspace, mapping, old, new, subject };
    Ok(Entry { seq, change, actor: actor(actor_kind, actor_id, connection)?, fact })
}

fn link((kind, id, within, workspace, role, detail, since, end): LinkRow) -> StoreResult<Link> {
    let role = || workspace_role(role.unwrap_or(0));
    Ok(match (kind, detail, workspace) {
        (MEMBER, Some(1), _) => Link::Member { member: MemberId::User(UserId(id)), group: GroupId(within) },
        (MEMBER, _, _) => Link::Member { member: MemberId::Group(GroupId(id)), group: GroupId(within) },
        (GRANT, then, _) => {
            let grant = Grant { role: role()?, expiry: expiry((end, then))? };
            Link::Grant { user: UserId(id), workspace: WorkspaceId(within), grant }
        }
        (MAPPING, origin, Some(workspace)) => Link::Mapping {
            id: MappingId(id),
            group: GroupId(within),
            workspace,
            role: role()?,
            origin: if origin == Some(BY_NAME) { MappingOrigin::Pattern } else { MappingOrigin::Admin },
            paused: origin == Some(PAUSED),
            created_at: Timestamp(since),
        },
        (other, ..) => return Err(unknown("a removed link", other)),
    })
}

impl UndoStore for Transaction<'_> {
    fn keep_removed(&mut self, org: OrgId, cause: &Cause, what: &Removal) -> StoreResult<()> {
        let binds =
            |id: Uuid| vec![Bind::Int(org.0), Bind::id(cause.change), Bind::Int(cause.at.0), Bind::id(id)];
        let other = |id: Uuid, kind: i16, created_at: Timestamp, document: &str| {
            let more = [Bind::Small(kind), Bind::Int(created_at.0), Bind::text(document)];
            KeepOther::with(binds(id).into_iter().chain(more).collect())
        };
        self.ask(org, |conn| {
            match what {
                Removal::Person(id) => {
                    KeepPerson::with(binds(id.0)).execute(conn)?;
                    KeepLinksOfPerson::with(binds(id.0)).execute(conn)?;
                }
                Removal::Group(id) => {
                    KeepGroup::with(binds(id.0)).execute(conn)?;
                    KeepLinksOfGroup::with(binds(id.0)).execute(conn)?;
                }
                Removal::GroupName(id) => {
                    KeepGroup::with(binds(id.0)).execute(conn)?;
                }
                Removal::Workspace { id, created_at, document } => {
                    other(id.0, WORKSPACE, *created_at, document).execute(conn)?;
                    KeepLinksOfWorkspace::with(binds(id.0)).execute(conn)?;
                }
                Removal::Mapping(id) => {
                    KeepMapping::with(binds(id.0)).execute(conn)?;
                }
            }
            Ok(())
        })
    }

    fn removed_record(
        &mut self,
        org: OrgId,
        change: ChangeId,
        id: Uuid,
    ) -> StoreResult<Option<RemovedRecord>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(change), Bind::id(id)];
            let row: Option<RecordRow> = RecordOf::with(binds).get_result(conn).optional()?;
            Ok(row.filter(|row| [PERSON, GROUP, WORKSPACE, SETTINGS].contains(&row.0)).map(
                |(_, connection, version, created_at, document, app_id)| RemovedRecord {
                    connection,
                    version,
                    created_at: Timestamp(created_at),
                    document,
                    app_id,
                },
            ))
        })
    }

    fn removed_links(&mut self, org: OrgId, change: ChangeId, owner: Uuid) -> StoreResult<Vec<Link>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(change), Bind::id(owner)];
            let rows: Vec<LinkRow> = LinksOf::with(binds).load(conn)?;
            Ok(rows.into_iter().map(link).collect::<StoreResult<_>>()?)
        })
    }

    fn entries_before(
        &mut self,
        org: OrgId,
        change: Option<ChangeId>,
        seq: i64,
        limit: u32,
    ) -> StoreResult<Vec<Entry>> {
        self.ask(org, |conn| {
            let mut binds = vec![Bind::Int(org.0), Bind::Int(seq), Bind::Int(i64::from(limit))];
            let rows: Vec<EntryRow> = match change {
                None => EntriesBefore::with(binds).load(conn)?,
                Some(change) => {
                    binds.push(Bind::id(change));
                    EntriesOfChange::with(binds).load(conn)?
                }
            };
            Ok(rows.into_iter().map(entry).collect::<StoreResult<_>>()?)
        })
    }

    fn drop_removed(&mut self, org: OrgId, before: Timestamp) -> StoreResult<u64> {
        self.ask(org, |conn| {
            let binds = || vec![Bind::Int(org.0), Bind::Int(before.0)];
            let records = DropRecords::with(binds()).execute(conn)?;
            Ok((records + DropLinks::with(binds()).execute(conn)?) as u64)
        })
    }
}

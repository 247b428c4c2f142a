//! Memberships that follow from groups, mappings and grants: the set-based twin of `membership::resolve`.
//!
//! One statement compares what a scope's people should have with what they have, and writes each difference straight
//! into the events; a few more carry those events out on the memberships and organisation roles. Nothing is loaded, and
//! one person takes as many statements as a million. A property test of the contract holds this equal to the rule.

use rolecall_domain::{
    event::Cause,
    ids::{OrgId, UserId, WorkspaceId},
    ports::{HoldTerms, Recomputed, Scope},
    records::{HoldReason, Kept},
    role::OrgRole,
    time::Timestamp,
};

use super::{
    super::super::types::{self, Uid},
    Bind, Conn, Failure, Prepared, Statement,
    events::cause_binds,
    reach::{inside, reach},
    statement, unsigned,
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt},
};

/// `difference(user_id, workspace_id, old_role, new_role)`: each membership of `person(id)`, and each organisation role,
/// that is not as the rule says. `$1` is the organisation.
///
/// `who` goes to the people's rows once, `reach` from the entitled ones up to their groups, `fact` puts what speaks for a
/// membership beside what there is, and `difference` keeps the pairs that disagree; an organisation role is a fact without
/// a workspace. What somebody under a hold has speaks for itself. Each step follows an index from the one before: the order
/// of the loops is spelled out with `CROSS JOIN`, and the tests of query plans look at it.
macro_rules! differences {
    // What counts as a hold may be said otherwise: nothing does where it is asked what holds keep.
    (held = $held:literal; $($person:tt)+) => {
        concat!(
            " WITH RECURSIVE ", $($person)+, ",
             who(id, entitled, held, given, have) AS MATERIALIZED (
               SELECT u.id, u.active AND NOT u.outside AND u.gone_at IS NULL,
                      ", $held, ",
                      coalesce(u.given_role, u.org_role), u.org_role
               FROM person p CROSS JOIN users u ON u.org_id = $1 AND u.id = p.id
             ),
             entitled(id) AS (SELECT id FROM who WHERE entitled), ",
            reach!("entitled"), ",
             fact(user_id, workspace_id, want, have) AS (
               SELECT r.person_id, m.workspace_id, m.role, CAST(NULL AS SMALLINT)
               FROM reach r
               CROSS JOIN mappings m ON m.org_id = $1 AND m.group_id = r.group_id
               CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = m.workspace_id
               WHERE m.paused_at IS NULL AND w.archived_at IS NULL
               UNION ALL
               SELECT p.id, x.workspace_id, x.role, CAST(NULL AS SMALLINT)
               FROM entitled p
               CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = p.id
               CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = x.workspace_id
               WHERE w.archived_at IS NULL
               UNION ALL
               SELECT p.id, h.workspace_id, CASE WHEN p.held AND w.archived_at IS NULL THEN h.role END, h.role
               FROM who p
               CROSS JOIN memberships h ON h.org_id = $1 AND h.user_id = p.id
               CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = h.workspace_id
               UNION ALL
               SELECT r.person_id, NULL, m.role, CAST(NULL AS SMALLINT)
               FROM reach r CROSS JOIN role_mappings m ON m.org_id = $1 AND m.group_id = r.group_id
               WHERE m.paused_at IS NULL
               UNION ALL
               SELECT p.id, NULL, CASE WHEN p.held AND p.have > p.given THEN p.have ELSE p.given END, p.have
               FROM who p
             ),
             difference(user_id, workspace_id, old_role, new_role) AS (
               SELECT user_id, workspace_id, max(have), max(want)
               FROM fact
               GROUP BY user_id, workspace_id
               HAVING max(have) IS DISTINCT FROM max(want)
             ) "
        )
    };
    ($($person:tt)+) => {
        differences!(held = "EXISTS (SELECT 1 FROM holds h WHERE h.org_id = $1 AND h.user_id = u.id)"; $($person)+)
    };
}

/// Appends an event for each difference. `$1` to `$6` are the cause.
macro_rules! push_differences {
    ($($person:tt)+) => {
        concat!(
            "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                                 user_id, workspace_id, old_role, new_role)",
            differences!($($person)+),
            "SELECT $1,
                    (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1)
                      + row_number() OVER (ORDER BY user_id, workspace_id),
                    CASE WHEN workspace_id IS NULL THEN 'user.role_changed'
                         WHEN old_role IS NULL THEN 'membership.created'
                         WHEN new_role IS NULL THEN 'membership.removed'
                         ELSE 'membership.changed' END,
                    $2, $3, $4, $5, $6, user_id, workspace_id, old_role, new_role
             FROM difference"
        )
    };
}

/// How many people would lose something.
macro_rules! count_losers {
    ($($person:tt)+) => {
        concat!(
            differences!($($person)+),
            "SELECT count(DISTINCT user_id) FROM difference WHERE new_role IS NULL OR new_role < old_role"
        )
    };
}

/// Notes those who lose something, at `$2`.
macro_rules! note_losers {
    ($($person:tt)+) => {
        concat!(
            "INSERT INTO recent_removals (org_id, user_id, at)",
            differences!($($person)+),
            "SELECT DISTINCT $1, user_id, $2
             FROM difference WHERE new_role IS NULL OR new_role < old_role
             ON CONFLICT (org_id, user_id) DO UPDATE SET at = excluded.at"
        )
    };
}

/// Holds owners of the organisation who would be owners no longer, unless somebody else is one. `$8` is the reason, `$9`
/// the rank of an owner, which is the highest; see `OtherOwner` for the range.
macro_rules! hold_last_owners {
    ($($person:tt)+) => {
        concat!(
            "INSERT INTO holds (org_id, user_id, reason, kept, since, until, change_id)",
            differences!($($person)+),
            "SELECT $1, d.user_id, $8, FALSE, $2, NULL, $3
             FROM difference d
             WHERE d.workspace_id IS NULL AND d.old_role = $9 AND d.new_role < $9
               AND NOT EXISTS (
                 SELECT 1 FROM users o
                 WHERE o.org_id = $1 AND o.org_role >= $9
                   AND (o.active AND NOT o.outside AND o.gone_at IS NULL
                        OR EXISTS (SELECT 1 FROM holds h WHERE h.org_id = $1 AND h.user_id = o.id))
                   AND o.id NOT IN (SELECT user_id FROM difference WHERE workspace_id IS NULL AND new_role < $9)
               )
             ON CONFLICT (org_id, user_id) DO NOTHING
             RETURNING user_id"
        )
    };
}

/// Holds those who would lose something. `$1` to `$6` are the cause, `$8` to `$10` the terms.
macro_rules! hold_losers {
    ($($person:tt)+) => {
        concat!(
            "INSERT INTO holds (org_id, user_id, reason, kept, since, until, change_id)",
            differences!($($person)+),
            "SELECT DISTINCT $1, user_id, $8, $9, $2, $10, $3
             FROM difference WHERE new_role IS NULL OR new_role < old_role
             ON CONFLICT (org_id, user_id) DO NOTHING
             RETURNING user_id"
        )
    };
}

/// Whose memberships: these people.
macro_rules! users {
    () => {
        "person(id) AS ($7)"
    };
}

/// Everybody in these groups, or in groups inside them. Nested groups fall out in `who`: they are no people.
macro_rules! groups {
    () => {
        concat!(
            "given(id) AS ($7), ",
            inside!(),
            ",
             person(id) AS (
               SELECT DISTINCT m.member_id
               FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
             )"
        )
    };
}

/// Everybody who is in this workspace now, or whom a group or a grant speaks for there.
macro_rules! workspace {
    () => {
        concat!(
            "given(id) AS (SELECT m.group_id FROM mappings m WHERE m.org_id = $1 AND m.workspace_id = $7), ", inside!(), ",
             person(id) AS (
               SELECT h.user_id FROM memberships h WHERE h.org_id = $1 AND h.workspace_id = $7
               UNION
               SELECT x.user_id FROM grants x WHERE x.org_id = $1 AND x.workspace_id = $7
               UNION
               SELECT m.member_id FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
             )"
        )
    };
}

statement! { PushForUsers, push_differences!(users!()) }
statement! { PushForGroups, push_differences!(groups!()) }
statement! { PushForWorkspace, push_differences!(workspace!()) }
statement! { CountForUsers -> BigInt, count_losers!(users!()) }
statement! { CountForGroups -> BigInt, count_losers!(groups!()) }
statement! { CountForWorkspace -> BigInt, count_losers!(workspace!()) }
statement! { HoldForUsers -> Uid, hold_losers!(users!()) }
statement! { HoldForGroups -> Uid, hold_losers!(groups!()) }
statement! { HoldForWorkspace -> Uid, hold_losers!(workspace!()) }
statement! { HoldOwnersAmongUsers -> Uid, hold_last_owners!(users!()) }
statement! { HoldOwnersInGroups -> Uid, hold_last_owners!(groups!()) }
statement! { NoteForUsers, note_losers!(users!()) }
statement! { NoteForGroups, note_losers!(groups!()) }
statement! { NoteForWorkspace, note_losers!(workspace!()) }

statement! {
    /// What people have that they would lose without their holds.
    KeptByHolds -> (Uid, Nullable<Uid>, SmallInt, Nullable<SmallInt>),
    differences!(held = "(u.id IS NULL)"; users!()),
    "SELECT user_id, workspace_id, old_role, new_role FROM difference
     WHERE new_role IS NULL OR new_role < old_role
     ORDER BY user_id, workspace_id"
}

/// The last `$2` events of the organisation: those that were just written.
macro_rules! just_pushed {
    () => {
        "e.org_id = $1 AND e.seq > (SELECT max(seq) FROM events WHERE org_id = $1) - $2"
    };
}

pub(super) use just_pushed;

statement! {
    Join,
    "INSERT INTO memberships (org_id, workspace_id, user_id, role)
     SELECT e.org_id, e.workspace_id, e.user_id, e.new_role
     FROM events e WHERE ", just_pushed!(), " AND e.old_role IS NULL"
}

statement! {
    Change,
    "UPDATE memberships SET role = e.new_role
     FROM events e
     WHERE ", just_pushed!(), " AND e.old_role IS NOT NULL AND e.new_role IS NOT NULL
       AND memberships.org_id = $1 AND memberships.workspace_id = e.workspace_id AND memberships.user_id = e.user_id"
}

statement! {
    Leave,
    "DELETE FROM memberships
     WHERE org_id = $1 AND (workspace_id, user_id) IN (
       SELECT e.workspace_id, e.user_id FROM events e WHERE ", just_pushed!(), " AND e.new_role IS NULL
     )"
}

statement! {
    /// Keeps the number of people in each workspace that somebody joined or left. Materialised, since the grouping would
    /// lead SQLite to read all events in the order of workspaces.
    CountPeople,
    "WITH recent(workspace_id, more) AS MATERIALIZED (
       SELECT e.workspace_id, CASE WHEN e.old_role IS NULL THEN 1 WHEN e.new_role IS NULL THEN -1 ELSE 0 END
       FROM events e WHERE ", just_pushed!(), " AND e.kind <> 'user.role_changed'
     )
     UPDATE workspaces SET people = people + d.more
     FROM (SELECT workspace_id AS id, sum(more) AS more FROM recent GROUP BY workspace_id) d
     WHERE workspaces.org_id = $1 AND workspaces.id = d.id"
}

statement! {
    /// Materialised as above: SQLite would begin with everybody.
    ChangeRoles,
    "WITH recent(user_id, role) AS MATERIALIZED (
       SELECT e.user_id, e.new_role FROM events e WHERE ", just_pushed!(), " AND e.kind = 'user.role_changed'
     )
     UPDATE users SET org_role = (SELECT role FROM recent WHERE recent.user_id = users.id)
     WHERE org_id = $1 AND id IN (SELECT user_id FROM recent)"
}

pub(crate) fn recompute(
    conn: &mut Conn,
    org: OrgId,
    cause: &Cause,
    scope: &Scope,
) -> Result<Recomputed, Failure> {
    let binds = with_scope(cause_binds(org, cause), scope);
    let pushed = match scope {
        Scope::Users(_) => PushForUsers::with(binds).execute(conn)?,
        Scope::Groups(_) => PushForGroups::with(binds).execute(conn)?,
        Scope::Workspace(_) => PushForWorkspace::with(binds).execute(conn)?,
    };
    // Most requests change nothing, or let somebody join: each step is left out when none is left for it.
    let mut done = Recomputed::default();
    let mut left = pushed as u64;
    let binds = || vec![Bind::Int(org.0), Bind::Int(pushed as i64)];
    if left > 0 {
        done.joined = Join::with(binds()).execute(conn)? as u64;
        left -= done.joined;
    }
    if left > 0 {
        done.left = Leave::with(binds()).execute(conn)? as u64;
        left -= done.left;
    }
    if left > 0 {
        done.changed = Change::with(binds()).execute(conn)? as u64;
        left -= done.changed;
    }
    if left > 0 {
        done.roles = ChangeRoles::with(binds()).execute(conn)? as u64;
    }
    if done.joined + done.left > 0 {
        CountPeople::with(binds()).execute(conn)?;
    }
    Ok(done)
}

pub(crate) fn count_losers(conn: &mut Conn, org: OrgId, scope: &Scope) -> Result<u64, Failure> {
    // Of the cause, the statement names the organisation alone.
    let unnamed = std::iter::repeat_n(Bind::Int(org.0), 6).collect();
    let binds = with_scope(unnamed, scope);
    let count: i64 = match scope {
        Scope::Users(_) => CountForUsers::with(binds).get_result(conn)?,
        Scope::Groups(_) => CountForGroups::with(binds).get_result(conn)?,
        Scope::Workspace(_) => CountForWorkspace::with(binds).get_result(conn)?,
    };
    Ok(unsigned(count))
}

pub(crate) fn hold_losers(
    conn: &mut Conn,
    org: OrgId,
    cause: &Cause,
    scope: &Scope,
    terms: HoldTerms,
) -> Result<Vec<UserId>, Failure> {
    let mut binds = with_scope(cause_binds(org, cause), scope);
    binds.push(Bind::Small(types::hold_reason_number(terms.reason)));
    binds.push(Bind::Bool(terms.kept));
    binds.push(Bind::OptionalInt(terms.until.map(|at| at.0)));
    Ok(match scope {
        Scope::Users(_) => HoldForUsers::with(binds).load(conn)?,
        Scope::Groups(_) => HoldForGroups::with(binds).load(conn)?,
        Scope::Workspace(_) => HoldForWorkspace::with(binds).load(conn)?,
    })
}

pub(crate) fn hold_last_owners(
    conn: &mut Conn,
    org: OrgId,
    cause: &Cause,
    scope: &Scope,
) -> Result<Vec<UserId>, Failure> {
    let mut binds = with_scope(cause_binds(org, cause), scope);
    binds.push(Bind::Small(types::hold_reason_number(HoldReason::LastOwner)));
    binds.push(Bind::Small(OrgRole::Owner.rank()));
    Ok(match scope {
        Scope::Users(_) => HoldOwnersAmongUsers::with(binds).load(conn)?,
        Scope::Groups(_) => HoldOwnersInGroups::with(binds).load(conn)?,
        // No directory removes a workspace, and a workspace makes nobody an owner.
        Scope::Workspace(_) => Vec::new(),
    })
}

pub(crate) fn note_losers(
    conn: &mut Conn,
    org: OrgId,
    scope: &Scope,
    now: Timestamp,
) -> Result<u64, Failure> {
    let unnamed = std::iter::once(Bind::Int(org.0)).chain(std::iter::repeat_n(Bind::Int(now.0), 5)).collect();
    let binds = with_scope(unnamed, scope);
    let noted = match scope {
        Scope::Users(_) => NoteForUsers::with(binds).execute(conn)?,
        Scope::Groups(_) => NoteForGroups::with(binds).execute(conn)?,
        Scope::Workspace(_) => NoteForWorkspace::with(binds).execute(conn)?,
    };
    Ok(noted as u64)
}

/// A row of [`KeptByHolds`].
type KeptRow = (UserId, Option<WorkspaceId>, i16, Option<i16>);

pub(crate) fn kept_by_holds(conn: &mut Conn, org: OrgId, users: &[UserId]) -> Result<Vec<Kept>, Failure> {
    let unnamed = std::iter::repeat_n(Bind::Int(org.0), 6).collect();
    let binds = with_scope(unnamed, &Scope::Users(users.to_vec()));
    let rows: Vec<KeptRow> = KeptByHolds::with(binds).load(conn)?;
    let kept = |(user, workspace, has, would_have)| Kept { user, workspace, has, would_have };
    Ok(rows.into_iter().map(kept).collect())
}

/// Whose memberships, as `$7`.
fn with_scope(mut binds: Vec<Bind>, scope: &Scope) -> Vec<Bind> {
    binds.push(match scope {
        Scope::Users(users) => Bind::ids(users.iter().map(|user| user.0)),
        Scope::Groups(groups) => Bind::ids(groups.iter().map(|group| group.0)),
        Scope::Workspace(workspace) => Bind::id(*workspace),
    });
    binds
}

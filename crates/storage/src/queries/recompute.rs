//! Memberships that follow from groups, mappings and grants: the set-based twin of `membership::resolve`.
//!
//! One statement compares what a scope's people should have with what they have, and writes each difference straight
//! into the events; at most three more carry those events out on the memberships. Nothing is loaded, and one person
//! takes as many statements as a million. A property test of the contract holds this equal to the rule.

use rolecall_domain::{
    event::Cause,
    ids::OrgId,
    ports::{Recomputed, Scope},
};

use super::{
    Bind, Conn, Failure, Prepared, Statement,
    events::cause_binds,
    reach::{inside, reach},
    statement,
};
use diesel::RunQueryDsl;

/// Appends an event for each membership of `person(id)` that is not as the rule says. `$1` to `$6` are the cause.
///
/// `who` goes to the people's rows once, `reach` from the active ones up to their groups, `fact` puts what speaks for a
/// membership beside what there is, and `difference` keeps the pairs that disagree. Each step follows an index from the
/// one before: the order of the loops is spelled out with `CROSS JOIN`, and the tests of query plans look at it.
macro_rules! push_differences {
    ($($person:tt)+) => {
        concat!(
            "INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, actor_id, actor_connection_id,
                                 user_id, workspace_id, old_role, new_role)
             WITH RECURSIVE ", $($person)+, ",
             who(id, active) AS MATERIALIZED (
               SELECT u.id, u.active FROM person p CROSS JOIN users u ON u.org_id = $1 AND u.id = p.id
             ),
             entitled(id) AS (SELECT id FROM who WHERE active), ",
            reach!("entitled"), ",
             fact(user_id, workspace_id, want, have) AS (
               SELECT r.person_id, m.workspace_id, m.role, CAST(NULL AS SMALLINT)
               FROM reach r CROSS JOIN mappings m ON m.org_id = $1 AND m.group_id = r.group_id
               UNION ALL
               SELECT p.id, x.workspace_id, x.role, CAST(NULL AS SMALLINT)
               FROM entitled p CROSS JOIN grants x ON x.org_id = $1 AND x.user_id = p.id
               UNION ALL
               SELECT w.id, h.workspace_id, CAST(NULL AS SMALLINT), h.role
               FROM who w CROSS JOIN memberships h ON h.org_id = $1 AND h.user_id = w.id
             ),
             difference(user_id, workspace_id, old_role, new_role) AS (
               SELECT user_id, workspace_id, max(have), max(want)
               FROM fact
               GROUP BY user_id, workspace_id
               HAVING max(have) IS DISTINCT FROM max(want)
             )
             SELECT $1,
                    (SELECT coalesce(max(seq), 0) FROM events WHERE org_id = $1)
                      + row_number() OVER (ORDER BY user_id, workspace_id),
                    CASE WHEN old_role IS NULL THEN 'membership.created'
                         WHEN new_role IS NULL THEN 'membership.removed'
                         ELSE 'membership.changed' END,
                    $2, $3, $4, $5, $6, user_id, workspace_id, old_role, new_role
             FROM difference"
        )
    };
}

statement! {
    /// For these people.
    PushForUsers, push_differences!("person(id) AS ($7)")
}

statement! {
    /// For everybody in these groups, or in groups inside them. Nested groups fall out in `who`: they are no people.
    PushForGroups,
    push_differences!(
        "given(id) AS ($7), ", inside!(), ",
         person(id) AS (
           SELECT DISTINCT m.member_id
           FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
         )"
    )
}

statement! {
    /// For everybody who is in this workspace now.
    PushForWorkspace,
    push_differences!(
        "person(id) AS (SELECT user_id FROM memberships WHERE org_id = $1 AND workspace_id = $7)"
    )
}

/// The last `$2` events of the organisation: those that were just written.
macro_rules! just_pushed {
    () => {
        "e.org_id = $1 AND e.seq > (SELECT max(seq) FROM events WHERE org_id = $1) - $2"
    };
}

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

pub(crate) fn recompute(
    conn: &mut Conn,
    org: OrgId,
    cause: &Cause,
    scope: &Scope,
) -> Result<Recomputed, Failure> {
    let mut binds = cause_binds(org, cause);
    let pushed = match scope {
        Scope::Users(users) => {
            binds.push(Bind::ids(users.iter().map(|user| user.0)));
            PushForUsers::with(binds).execute(conn)?
        }
        Scope::Groups(groups) => {
            binds.push(Bind::ids(groups.iter().map(|group| group.0)));
            PushForGroups::with(binds).execute(conn)?
        }
        Scope::Workspace(workspace) => {
            binds.push(Bind::id(*workspace));
            PushForWorkspace::with(binds).execute(conn)?
        }
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
    }
    Ok(done)
}

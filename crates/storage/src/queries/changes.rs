//! What one unit of work did, read back from its events.

use rolecall_domain::{
    effect::{Effect, Fact},
    event::Changed,
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{Names, PersonName, ReadChanges, StoreResult, WorkspaceName},
    time::Timestamp,
};

use super::{
    super::super::types::{Text, Uid},
    Bind, Prepared, Statement, Transaction, dialect, statement,
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Nullable, SmallInt},
};

/// The kinds of events that change a role which somebody has.
macro_rules! of_roles {
    () => {
        "('membership.created', 'membership.changed', 'membership.removed', 'user.role_changed')"
    };
}

statement! {
    /// The first role before and the last one after, for each person and place where they differ. A role's rank is put
    /// behind the event's number, so that the smallest and the greatest carry the rank of the first and the last.
    EffectsOf -> (Uid, Nullable<Uid>, Nullable<SmallInt>, Nullable<SmallInt>),
    "SELECT user_id, workspace_id, old_role, new_role
     FROM (SELECT user_id, workspace_id,
                  nullif(CAST(min(seq * 100 + coalesce(old_role, 0)) % 100 AS SMALLINT), 0) AS old_role,
                  nullif(CAST(max(seq * 100 + coalesce(new_role, 0)) % 100 AS SMALLINT), 0) AS new_role
           FROM events
           WHERE org_id = $1 AND change_id = $2
             AND kind IN ", of_roles!(), "
           GROUP BY user_id, workspace_id) e
     WHERE old_role IS DISTINCT FROM new_role
     ORDER BY user_id, workspace_id IS NOT NULL, workspace_id"
}
type EffectRow = (UserId, Option<WorkspaceId>, Option<i16>, Option<i16>);

statement! {
    /// As they are called now, or were called last.
    PersonNames -> (Uid, Nullable<Text>, Nullable<Text>),
    "WITH given(id) AS ($2)
     SELECT g.id,
            coalesce((SELECT u.user_name FROM users u WHERE u.org_id = $1 AND u.id = g.id),
                     (SELECT e.subject FROM events e
                      WHERE e.org_id = $1 AND e.user_id = g.id AND e.kind LIKE 'user.%' AND e.subject IS NOT NULL
                      ORDER BY e.seq DESC LIMIT 1)),
            (SELECT u.email FROM users u WHERE u.org_id = $1 AND u.id = g.id)
     FROM given g"
}

statement! {
    /// As they are called now, or were called last.
    WorkspaceNames -> (Uid, Nullable<Text>, Nullable<Text>),
    "WITH given(id) AS ($2)
     SELECT g.id, (SELECT w.slug FROM workspaces w WHERE w.org_id = $1 AND w.id = g.id),
            coalesce((SELECT w.name FROM workspaces w WHERE w.org_id = $1 AND w.id = g.id),
                     (SELECT e.subject FROM events e
                      WHERE e.org_id = $1 AND e.workspace_id = g.id AND e.kind LIKE 'workspace.%' AND e.subject IS NOT NULL
                      ORDER BY e.seq DESC LIMIT 1))
     FROM given g"
}

statement! {
    FactsOf -> (Text, BigInt, Nullable<Uid>, Nullable<Uid>, Nullable<Uid>, Nullable<Uid>, Nullable<SmallInt>,
                Nullable<SmallInt>, Nullable<Text>, Nullable<Text>),
    "SELECT kind, at, user_id, group_id, workspace_id, mapping_id, old_role, new_role, subject, changed
     FROM events
     WHERE org_id = $1 AND change_id = $2 AND kind NOT IN ", of_roles!(), "
     ORDER BY seq"
}
type FactRow = (
    String,
    i64,
    Option<UserId>,
    Option<GroupId>,
    Option<WorkspaceId>,
    Option<MappingId>,
    Option<i16>,
    Option<i16>,
    Option<String>,
    Option<String>,
);

fn fact((kind, at, user, group, workspace, mapping, old, new, subject, changed): FactRow) -> Fact {
    let changed = changed.as_deref().and_then(Changed::parse);
    Fact { changed, kind, at: Timestamp(at), user, group, workspace, mapping, old, new, subject }
}

impl ReadChanges for Transaction<'_> {
    fn effects_of(&mut self, org: OrgId, change: ChangeId, each: &mut dyn FnMut(Effect)) -> StoreResult<()> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(change)];
            for row in EffectsOf::with(binds).load_iter::<EffectRow, dialect::RowByRow>(conn)? {
                let (user, workspace, old, new) = row?;
                each(Effect { user, workspace, old, new });
            }
            Ok(())
        })
    }

    fn facts_of(&mut self, org: OrgId, change: ChangeId, each: &mut dyn FnMut(Fact)) -> StoreResult<()> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(change)];
            for row in FactsOf::with(binds).load_iter::<FactRow, dialect::RowByRow>(conn)? {
                each(fact(row?));
            }
            Ok(())
        })
    }

    fn names_of(&mut self, org: OrgId, users: &[UserId], workspaces: &[WorkspaceId]) -> StoreResult<Names> {
        self.ask(org, |conn| {
            let binds = |ids| vec![Bind::Int(org.0), ids];
            let users = Bind::ids(users.iter().map(|user| user.0));
            let users: Vec<(UserId, Option<String>, Option<String>)> =
                PersonNames::with(binds(users)).load(conn)?;
            let person =
                |(id, name, email): (_, Option<_>, _)| Some((id, PersonName { user_name: name?, email }));
            let workspaces = Bind::ids(workspaces.iter().map(|workspace| workspace.0));
            let workspaces: Vec<(WorkspaceId, Option<String>, Option<String>)> =
                WorkspaceNames::with(binds(workspaces)).load(conn)?;
            let place = |(id, slug, name): (_, _, Option<_>)| Some((id, WorkspaceName { slug, name: name? }));
            Ok(Names {
                users: users.into_iter().filter_map(person).collect(),
                workspaces: workspaces.into_iter().filter_map(place).collect(),
            })
        })
    }
}

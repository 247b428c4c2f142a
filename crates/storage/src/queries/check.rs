//! Derived rows against what they are derived from, one organisation at a time, set-based: nothing is loaded but what differs.
//!
//! Memberships are asked of the very statement that keeps them: it runs for some people at a time, tells what it would
//! change, and is undone, or kept by a repair. So a check follows each change of the rule by itself; that the statement
//! is the rule is for the contract's property test.

use rolecall_domain::{
    event::Cause,
    ids::{OrgId, UserId},
    ports::{Scope, StoreError, StoreResult},
};
use uuid::Uuid;

use super::{
    super::super::{
        check::{Difference, Findings, Mending, Part, role},
        types::{Text, Uid},
    },
    super::begin_turn,
    Bind, Conn, Failure, Prepared, Statement,
    dialect::{self, email_key, emails},
    recompute::recompute,
    statement,
};
use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Nullable, SmallInt},
};

/// So many people are looked at in one transaction, while others wait for the organisation.
const PEOPLE: i64 = 1000;

/// Members `m` that are nobody.
macro_rules! dangling {
    () => {
        " m.org_id = $1
          AND NOT EXISTS (SELECT 1 FROM users u WHERE m.member_kind = 1 AND u.org_id = $1 AND u.id = m.member_id)
          AND NOT EXISTS (SELECT 1 FROM groups g WHERE m.member_kind = 2 AND g.org_id = $1 AND g.id = m.member_id)"
    };
}

statement! {
    CountDangling -> BigInt,
    "SELECT count(*) FROM group_members m WHERE ", dangling!()
}

statement! {
    Dangling -> (Uid, Text),
    "SELECT m.member_id, h.display_name
     FROM (SELECT m.group_id, m.member_id FROM group_members m WHERE ", dangling!(), "
           ORDER BY m.group_id, m.member_id LIMIT $2) m
     CROSS JOIN groups h ON h.org_id = $1 AND h.id = m.group_id"
}

statement! {
    DropDangling, "DELETE FROM group_members AS m WHERE ", dangling!()
}

/// Addresses of people that are not in the index.
macro_rules! missing {
    () => {
        concat!(
            " SELECT DISTINCT u.id, u.user_name, ",
            email_key!(),
            " AS email_key
              FROM users u CROSS JOIN ",
            emails!("u.search"),
            " ON true
              WHERE u.org_id = $1 AND ",
            email_key!(),
            " IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM user_emails x
                                WHERE x.org_id = $1 AND x.email_key = ",
            email_key!(),
            " AND x.user_id = u.id)"
        )
    };
}

/// Rows `x` of the index for addresses that nobody has.
macro_rules! surplus {
    () => {
        concat!(
            " x.org_id = $1
              AND NOT EXISTS (SELECT 1 FROM users u CROSS JOIN ",
            emails!("u.search"),
            " ON true
                              WHERE u.org_id = $1 AND u.id = x.user_id AND ",
            email_key!(),
            " = x.email_key)"
        )
    };
}

statement! {
    CountMissing -> BigInt, "SELECT count(*) FROM (", missing!(), ") y"
}

statement! {
    Missing -> (Text, Text), "SELECT y.user_name, y.email_key FROM (", missing!(), ") y ORDER BY y.id, y.email_key LIMIT $2"
}

statement! {
    AddMissing,
    "INSERT INTO user_emails (org_id, email_key, user_id)
     SELECT $1, y.email_key, y.id FROM (", missing!(), ") y WHERE true ON CONFLICT (org_id, email_key, user_id) DO NOTHING"
}

statement! {
    CountSurplus -> BigInt, "SELECT count(*) FROM user_emails x WHERE ", surplus!()
}

statement! {
    Surplus -> (Uid, Text),
    "SELECT x.user_id, x.email_key FROM user_emails x WHERE ", surplus!(), " ORDER BY x.email_key, x.user_id LIMIT $2"
}

statement! {
    DropSurplus, "DELETE FROM user_emails AS x WHERE ", surplus!()
}

/// Blocks of `$2` that do not count the rows `r` of a table from their first id to the next block's; the rows before all
/// blocks last. `$3` is behind every id.
macro_rules! wrong_blocks {
    ($rows:literal) => {
        concat!(
            "WITH block(first_id, count, next_id) AS (
               SELECT p.first_id, p.count, coalesce(lead(p.first_id) OVER (ORDER BY p.first_id), $3)
               FROM positions p WHERE p.org_id = $1 AND p.kind = $2
             ), counted(first_id, count, rows) AS (
               SELECT b.first_id, b.count,
                      (SELECT count(*) FROM ", $rows, " AND r.id >= b.first_id AND r.id < b.next_id)
               FROM block b
               UNION ALL
               SELECT $4, 0,
                      (SELECT count(*) FROM ", $rows, "
                       AND r.id < coalesce((SELECT p.first_id FROM positions p WHERE p.org_id = $1 AND p.kind = $2
                                            ORDER BY p.first_id LIMIT 1), $3))
             )
             SELECT first_id, count, rows FROM counted WHERE count <> rows ORDER BY first_id"
        )
    };
}

/// Full blocks anew. 1024 is `positions::FULL`.
macro_rules! make_blocks {
    ($rows:literal) => {
        concat!(
            "INSERT INTO positions (org_id, kind, first_id, count)
             SELECT $1, $2, n.id, CASE WHEN n.total - n.place < 1024 THEN n.total - n.place + 1 ELSE 1024 END
             FROM (SELECT r.id, row_number() OVER (ORDER BY r.id) AS place, count(*) OVER () AS total FROM ", $rows, ") n
             WHERE (n.place - 1) % 1024 = 0"
        )
    };
}

statement! {
    WrongBlocksOfUsers -> (Uid, BigInt, BigInt), wrong_blocks!("users r WHERE r.gone_at IS NULL AND r.org_id = $1")
}
statement! {
    WrongBlocksOfGroups -> (Uid, BigInt, BigInt),
    wrong_blocks!("groups r WHERE r.org_id = $1 AND r.connection_id IS NOT NULL")
}
statement! {
    DropBlocks, "DELETE FROM positions WHERE org_id = $1 AND kind = $2"
}
statement! {
    MakeBlocksOfUsers, make_blocks!("users r WHERE r.gone_at IS NULL AND r.org_id = $1")
}
statement! {
    MakeBlocksOfGroups, make_blocks!("groups r WHERE r.org_id = $1 AND r.connection_id IS NOT NULL")
}

/// Workspaces `w` that say another number of people than are in them.
macro_rules! miscounted {
    () => {
        " w.org_id = $1
          AND w.people <> (SELECT count(*) FROM memberships m WHERE m.org_id = $1 AND m.workspace_id = w.id)"
    };
}

statement! {
    CountMiscounted -> BigInt, "SELECT count(*) FROM workspaces w WHERE ", miscounted!()
}

statement! {
    Miscounted -> (Text, BigInt, BigInt),
    "SELECT w.name, w.people, (SELECT count(*) FROM memberships m WHERE m.org_id = $1 AND m.workspace_id = w.id)
     FROM workspaces w WHERE ", miscounted!(), " ORDER BY w.id LIMIT $2"
}

statement! {
    CountAnew,
    "UPDATE workspaces AS w
     SET people = (SELECT count(*) FROM memberships m WHERE m.org_id = $1 AND m.workspace_id = w.id)
     WHERE ", miscounted!()
}

statement! {
    LastEvent -> BigInt, "SELECT CAST(coalesce(max(seq), 0) AS BIGINT) FROM events WHERE org_id = $1"
}

statement! {
    PeopleAfter -> Uid, "SELECT u.id FROM users u WHERE u.org_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3"
}

statement! {
    /// What a recomputation has just told, with names.
    Told -> (Text, Text, Nullable<SmallInt>, Nullable<SmallInt>),
    "SELECT u.user_name, w.name, e.old_role, e.new_role
     FROM (SELECT seq, user_id, workspace_id, old_role, new_role FROM events
           WHERE org_id = $1 AND seq > $2 AND kind LIKE 'membership.%' ORDER BY seq LIMIT $3) e
     CROSS JOIN users u ON u.org_id = $1 AND u.id = e.user_id
     CROSS JOIN workspaces w ON w.org_id = $1 AND w.id = e.workspace_id
     ORDER BY e.seq"
}

/// A check of one organisation.
pub(crate) struct Check<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) org: OrgId,
    pub(crate) cause: &'c Cause,
    pub(crate) mending: Mending,
    /// At most so many differences are told.
    pub(crate) limit: usize,
}

impl Check<'_> {
    pub(crate) fn run(mut self) -> StoreResult<Findings> {
        let mut findings = Findings::default();
        self.unit(&mut findings, Self::members)?;
        self.unit(&mut findings, Self::emails)?;
        self.unit(&mut findings, Self::positions)?;
        // Before memberships: what mends those counts on.
        self.unit(&mut findings, Self::people)?;
        let mut after = Some(Uuid::nil());
        while let Some(from) = after {
            after = self.unit(&mut findings, |check, findings| check.memberships(findings, from))?;
        }
        Ok(findings)
    }

    /// Looks, and mends if need be, while nobody else writes to the organisation.
    fn unit<T>(
        &mut self,
        findings: &mut Findings,
        work: impl FnOnce(&mut Self, &mut Findings) -> Result<T, Failure>,
    ) -> StoreResult<T> {
        let asked =
            begin_turn(self.conn, self.org).map_err(Failure::from).and_then(|()| work(self, findings));
        let end = match (&asked, self.mending) {
            (Ok(_), Mending::Repair) => "COMMIT",
            _ => "ROLLBACK",
        };
        let ended = self.conn.batch_execute(end).map_err(Failure::from);
        let told = |failure| match failure {
            Failure::Query(error) => dialect::classify(error, &[]),
            Failure::Store(error) => error,
        };
        let found: Result<T, StoreError> = asked.map_err(told);
        let found = found?;
        ended.map_err(told)?;
        Ok(found)
    }

    fn org(&self) -> Vec<Bind> {
        vec![Bind::Int(self.org.0)]
    }

    /// The organisation, and how many differences may still be told.
    fn room(&self, findings: &Findings) -> Vec<Bind> {
        vec![Bind::Int(self.org.0), Bind::Int(self.limit.saturating_sub(findings.differences.len()) as i64)]
    }

    fn tell(&self, findings: &mut Findings, more: impl IntoIterator<Item = Difference>) {
        let room = self.limit.saturating_sub(findings.differences.len());
        findings.differences.extend(more.into_iter().take(room));
    }

    fn members(&mut self, findings: &mut Findings) -> Result<(), Failure> {
        let count: i64 = CountDangling::with(self.org()).get_result(self.conn)?;
        if count == 0 {
            return Ok(());
        }
        findings.count(Part::Members, count);
        let found: Vec<(Uuid, String)> = Dangling::with(self.room(findings)).load(self.conn)?;
        let difference = |(id, group): (Uuid, String)| Difference {
            part: Part::Members,
            person: Some(id.to_string()),
            workspace: None,
            found: format!("a member of group {group}"),
            expected: "no member, for there is no such person or group".to_owned(),
        };
        self.tell(findings, found.into_iter().map(difference));
        if self.mending == Mending::Repair {
            DropDangling::with(self.org()).execute(self.conn)?;
        }
        Ok(())
    }

    fn emails(&mut self, findings: &mut Findings) -> Result<(), Failure> {
        let missing: i64 = CountMissing::with(self.org()).get_result(self.conn)?;
        let surplus: i64 = CountSurplus::with(self.org()).get_result(self.conn)?;
        findings.count(Part::Emails, missing + surplus);
        let difference = |person: String, found: String, expected: String| Difference {
            part: Part::Emails,
            person: Some(person),
            workspace: None,
            found,
            expected,
        };
        if missing > 0 {
            let found: Vec<(String, String)> = Missing::with(self.room(findings)).load(self.conn)?;
            let told = found
                .into_iter()
                .map(|(name, key)| difference(name, "not found by it".into(), format!("found by {key}")));
            self.tell(findings, told);
        }
        if surplus > 0 {
            let found: Vec<(Uuid, String)> = Surplus::with(self.room(findings)).load(self.conn)?;
            let told = found.into_iter().map(|(id, key)| {
                difference(id.to_string(), format!("found by {key}"), "not found by it".into())
            });
            self.tell(findings, told);
        }
        if self.mending == Mending::Repair {
            if surplus > 0 {
                DropSurplus::with(self.org()).execute(self.conn)?;
            }
            if missing > 0 {
                AddMissing::with(self.org()).execute(self.conn)?;
            }
        }
        Ok(())
    }

    fn positions(&mut self, findings: &mut Findings) -> Result<(), Failure> {
        for (kind, what) in [(1, "people"), (2, "groups")] {
            let mut binds = self.org();
            binds.extend([Bind::Small(kind), Bind::id(Uuid::max()), Bind::id(Uuid::nil())]);
            let wrong: Vec<(Uuid, i64, i64)> = match kind {
                1 => WrongBlocksOfUsers::with(binds).load(self.conn)?,
                _ => WrongBlocksOfGroups::with(binds).load(self.conn)?,
            };
            if wrong.is_empty() {
                continue;
            }
            findings.count(Part::Positions, wrong.len() as i64);
            let told = wrong.into_iter().map(|(first, count, rows)| Difference {
                part: Part::Positions,
                person: None,
                workspace: None,
                found: format!("{count} {what} counted from {first}"),
                expected: format!("{rows}"),
            });
            self.tell(findings, told);
            if self.mending == Mending::Repair {
                let binds = || vec![Bind::Int(self.org.0), Bind::Small(kind)];
                DropBlocks::with(binds()).execute(self.conn)?;
                match kind {
                    1 => MakeBlocksOfUsers::with(binds()).execute(self.conn)?,
                    _ => MakeBlocksOfGroups::with(binds()).execute(self.conn)?,
                };
            }
        }
        Ok(())
    }

    fn people(&mut self, findings: &mut Findings) -> Result<(), Failure> {
        let count: i64 = CountMiscounted::with(self.org()).get_result(self.conn)?;
        if count == 0 {
            return Ok(());
        }
        findings.count(Part::People, count);
        let found: Vec<(String, i64, i64)> = Miscounted::with(self.room(findings)).load(self.conn)?;
        let difference = |(workspace, says, has): (String, i64, i64)| Difference {
            part: Part::People,
            person: None,
            workspace: Some(workspace),
            found: format!("{says} people counted"),
            expected: has.to_string(),
        };
        self.tell(findings, found.into_iter().map(difference));
        if self.mending == Mending::Repair {
            CountAnew::with(self.org()).execute(self.conn)?;
        }
        Ok(())
    }

    /// Looks at the next people; answers the last of them, if there were any.
    fn memberships(&mut self, findings: &mut Findings, after: Uuid) -> Result<Option<Uuid>, Failure> {
        let mut next = self.org();
        next.extend([Bind::id(after), Bind::Int(PEOPLE)]);
        let people: Vec<UserId> = PeopleAfter::with(next).load(self.conn)?;
        let Some(last) = people.last().map(|person| person.0) else { return Ok(None) };
        let before: i64 = LastEvent::with(self.org()).get_result(self.conn)?;
        let done = recompute(self.conn, self.org, self.cause, &Scope::Users(people))?;
        let changed = done.joined + done.changed + done.left;
        if changed > 0 {
            findings.count(Part::Memberships, changed as i64);
            let mut binds = self.room(findings);
            binds.insert(1, Bind::Int(before));
            let told: Vec<(String, String, Option<i16>, Option<i16>)> = Told::with(binds).load(self.conn)?;
            let difference = |(person, workspace, old, new)| Difference {
                part: Part::Memberships,
                person: Some(person),
                workspace: Some(workspace),
                found: role(old),
                expected: role(new),
            };
            self.tell(findings, told.into_iter().map(difference));
        }
        Ok(Some(last))
    }
}

//! PostgreSQL.

pub(crate) mod json;
pub(crate) mod requests;

use std::borrow::Cow;

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::AstPass,
    result::{DatabaseErrorKind, Error},
    sql_types::Array,
};
use rolecall_domain::ports::{StoreError, Unique};
use uuid::Uuid;

use crate::types::{Id, Text, Uid, with_nul};

/// SQL as this database reads it.
///
/// `CROSS JOIN table t ON … = … AND … = …` tells SQLite to look up `t` for each row on its left. PostgreSQL has no such
/// word, and its planner turns loops around: it then reads a whole organisation, as long as its figures say that the
/// organisation is small, and they lag behind while a directory is pushed for the first time. What stands in a `LATERAL`
/// with an `OFFSET` can be reached from its left alone.
pub(crate) fn spelled(sql: &str) -> Cow<'_, str> {
    const JOIN: &str = "CROSS JOIN ";
    if !sql.contains(JOIN) {
        return sql.into();
    }
    let mut out = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some(at) = rest.find(JOIN) {
        out.push_str(&rest[..at]);
        rest = &rest[at + JOIN.len()..];
        match look_up(rest) {
            Some((table, alias, condition, after)) => {
                out.push_str("CROSS JOIN LATERAL (SELECT * FROM ");
                for piece in [table, " ", alias, " WHERE ", condition, " OFFSET 0) ", alias] {
                    out.push_str(piece);
                }
                rest = after;
            }
            // A function's rows depend on the left anyway.
            None => out.push_str("JOIN "),
        }
    }
    out.push_str(rest);
    out.into()
}

/// Takes `table alias ON a = b AND c = d` from the start of a text: table, alias, condition, and what is left.
fn look_up(sql: &str) -> Option<(&str, &str, &str, &str)> {
    fn word(sql: &str) -> Option<(&str, &str)> {
        let sql = sql.trim_start();
        let end = sql.find(|c: char| !(c.is_ascii_alphanumeric() || "_.$".contains(c))).unwrap_or(sql.len());
        (end > 0).then(|| sql.split_at(end))
    }
    fn sign<'s>(sql: &'s str, wanted: &str) -> Option<&'s str> {
        sql.trim_start().strip_prefix(wanted)
    }
    fn equality(sql: &str) -> Option<&str> {
        let (_, rest) = word(sql)?;
        word(sign(rest, "=")?).map(|(_, rest)| rest)
    }
    let (table, rest) = word(sql)?;
    let (alias, rest) = word(rest)?;
    let condition = sign(rest, "ON ")?;
    let after = equality(sign(equality(condition)?, "AND ")?)?;
    Some((table, alias, &condition[..condition.len() - after.len()], after))
}

/// Behind a text that is computed, which shall be ordered by code point and not as the database's language has it.
pub(crate) const BY_CODE_POINT: &str = " COLLATE \"C\"";

/// How a long answer is read: as it comes, and not all of it kept first.
pub(crate) type RowByRow = diesel::pg::PgRowByRowLoadingMode;

/// A list of ids as one value: an array.
#[derive(Clone, Debug)]
pub(crate) struct IdList(Vec<Id>);

impl IdList {
    pub(crate) fn new(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self(ids.into_iter().map(Id).collect())
    }

    /// Renders a `SELECT` of the ids, in order, one a row.
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT list.id FROM unnest(");
        out.push_bind_param::<Array<Uid>, _>(&self.0)?;
        out.push_sql(") AS list(id)");
        Ok(())
    }
}

/// A list of texts as one value: an array.
#[derive(Clone, Debug)]
pub(crate) struct TextList(Vec<String>);

impl TextList {
    pub(crate) fn new(texts: &[String]) -> Self {
        Self(texts.to_vec())
    }

    /// Renders a `SELECT` of the texts, in order, one a row.
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT list.word FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.0)?;
        out.push_sql(") AS list(word)");
        Ok(())
    }
}

/// A list of events, one value, as rows: `[[kind, user, group, workspace, mapping, old role, new role, subject], …]`.
macro_rules! event_rows {
    ($list:literal) => {
        concat!(
            "SELECT place, value ->> 0 AS kind, CAST(value ->> 1 AS uuid) AS user_id,
                    CAST(value ->> 2 AS uuid) AS group_id, CAST(value ->> 3 AS uuid) AS workspace_id,
                    CAST(value ->> 4 AS uuid) AS mapping_id, CAST(value ->> 5 AS smallint) AS old_role,
                    CAST(value ->> 6 AS smallint) AS new_role, value ->> 7 AS subject, value ->> 8 AS changed
             FROM jsonb_array_elements(",
            $list,
            ") WITH ORDINALITY AS list(value, place)"
        )
    };
}
/// The e-mail addresses in a folded document, as rows `e`.
macro_rules! emails {
    ($search:literal) => {
        concat!(
            "jsonb_array_elements(CASE jsonb_typeof(",
            $search,
            " -> 'emails') WHEN 'array' THEN ",
            $search,
            " -> 'emails' END) AS e(value)"
        )
    };
}
/// The address of one of [`emails`]; NULL where it has none.
macro_rules! email_key {
    () => {
        " CASE jsonb_typeof(e.value -> 'value') WHEN 'string' THEN e.value ->> 'value' END "
    };
}
/// The groups around a person as one JSON text, `[[id, name, direct], …]`; see `queries::in_groups`.
macro_rules! group_list {
    () => {
        "CAST(json_agg(json_build_array(g.id, g.display_name, a.direct)) AS text)"
    };
}
/// The name as it is written there.
pub(crate) fn name_in_list(text: String) -> Option<String> {
    Some(with_nul(text))
}
/// An expression: the planner knows from its figures which index is worth it.
macro_rules! not_by_index {
    ($expression:literal) => {
        $expression
    };
}
/// An id as it is written.
macro_rules! id_text {
    ($id:literal) => {
        concat!("CAST(", $id, " AS text)")
    };
}
pub(crate) use {email_key, emails, event_rows, group_list, id_text, not_by_index};

/// What to answer for an error. `unique` names the indexes that the statement may run into.
pub(crate) fn classify(error: Error, unique: &[(&str, Unique)]) -> StoreError {
    let Error::DatabaseError(kind, information) = &error else {
        return StoreError::Failed(error.to_string());
    };
    let message = information.message();
    if *kind == DatabaseErrorKind::UniqueViolation {
        let taken =
            information.constraint_name().and_then(|index| unique.iter().find(|(name, _)| *name == index));
        if let Some((_, unique)) = taken {
            return StoreError::Taken(*unique);
        }
    }
    match kind {
        DatabaseErrorKind::ClosedConnection
        | DatabaseErrorKind::ReadOnlyTransaction
        | DatabaseErrorKind::UnableToSendCommand
        | DatabaseErrorKind::SerializationFailure => StoreError::Unavailable(message.trim().to_owned()),
        _ if is_outside_trouble(message) => StoreError::Unavailable(message.to_owned()),
        _ => StoreError::Failed(message.to_owned()),
    }
}

/// Whether the connection is gone.
pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _)
    )
}

/// Whether two transactions collided, so that running this one again is the answer.
pub(crate) fn is_collision(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(_, information) => information.message().contains("deadlock detected"),
        _ => false,
    }
}

/// Whether an error means that the machine around the database is in trouble, not the database or the statement. Diesel
/// hands on PostgreSQL's text but not its code, so this reads the English ones.
fn is_outside_trouble(message: &str) -> bool {
    const TROUBLE: [&str; 12] = [
        "terminating connection",     // 57P01 admin_shutdown, 57P02 crash_shutdown
        "the database system is",     // 57P03 starting up, shutting down, in recovery mode
        "too many clients",           // 53300
        "remaining connection slots", // 53300
        "No space left on device",    // 53100
        "out of memory",              // 53200
        "deadlock detected",          // 40P01, after several attempts
        "lock timeout",               // 55P03
        "statement timeout",          // 57014
        "during recovery",            // a standby that is asked to write
        "conflict with recovery",     // a standby whose snapshot had to go
        "not currently accepting",    // 55000, a database that is being moved
    ];
    TROUBLE.iter().any(|trouble| message.contains(trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_loops_is_kept() {
        for (written, read) in [
            ("SELECT 1 FROM a", "SELECT 1 FROM a"),
            (
                "FROM p CROSS JOIN users u ON u.org_id = $1 AND u.id = p.id) x",
                "FROM p CROSS JOIN LATERAL (SELECT * FROM users u WHERE u.org_id = $1 AND u.id = p.id OFFSET 0) u) x",
            ),
            (
                "FROM t\n CROSS JOIN a x ON x.i = $1 AND x.j = t.j\n CROSS JOIN b y ON y.i = $1 AND y.k = x.k WHERE 1",
                "FROM t\n CROSS JOIN LATERAL (SELECT * FROM a x WHERE x.i = $1 AND x.j = t.j OFFSET 0) x\n \
                 CROSS JOIN LATERAL (SELECT * FROM b y WHERE y.i = $1 AND y.k = x.k OFFSET 0) y WHERE 1",
            ),
            ("FROM u CROSS JOIN f(u.x) AS e(v) ON true", "FROM u JOIN f(u.x) AS e(v) ON true"),
        ] {
            assert_eq!(spelled(written), read);
        }
    }
}

//! SQLite.

pub(crate) mod json;
pub(crate) mod requests;

use std::{borrow::Cow, fmt::Write, time::Duration};

use diesel::{
    QueryResult,
    connection::SimpleConnection,
    query_builder::AstPass,
    result::{DatabaseErrorKind, Error},
    sqlite::{Sqlite, SqliteConnection},
};
use rolecall_domain::ports::{StoreError, Unique};
use uuid::Uuid;

use crate::types::Text;

/// What a connection is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    /// The one that writes.
    Write,
    /// Reading; a stray write is refused.
    Read,
}

/// Sets a new connection up.
pub(crate) fn prepare(conn: &mut SqliteConnection, usage: Use, busy_timeout: Duration) -> QueryResult<()> {
    // First, since the statements after it may have to wait for another process.
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", busy_timeout.as_millis()))?;
    conn.batch_execute(
        // Readers see a snapshot and never wait for the writer, nor it for them.
        "PRAGMA journal_mode = WAL;
         -- Acknowledged means kept: NORMAL may lose the last commits at power loss when there is a write-ahead log.
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -32000;
         PRAGMA mmap_size = 1073741824;
         -- After a burst of writes the log file shrinks again.
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;",
    )?;
    match usage {
        Use::Write => Ok(()),
        Use::Read => conn.batch_execute("PRAGMA query_only = ON"),
    }
}

/// Moves what is in the write-ahead log into the database file, so that the file alone is a complete copy.
pub(crate) fn checkpoint(conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// SQL as this database reads it: as it is written.
pub(crate) fn spelled(sql: &str) -> Cow<'_, str> {
    sql.into()
}

/// Behind a text that is computed, which shall be ordered by code point: SQLite does so anyway.
pub(crate) const BY_CODE_POINT: &str = "";

/// How a long answer is read: as it is found.
pub(crate) type RowByRow = diesel::connection::DefaultLoadingMode;

/// A list of ids as one value: a JSON array of hexadecimal text.
#[derive(Clone, Debug)]
pub(crate) struct IdList(String);

impl IdList {
    pub(crate) fn new(ids: impl IntoIterator<Item = Uuid>) -> Self {
        let mut json = String::from("[");
        let mut hex = [0; uuid::fmt::Simple::LENGTH];
        for id in ids {
            let comma = if json.len() > 1 { "," } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(json, "{comma}\"{}\"", id.as_simple().encode_lower(&mut hex));
        }
        json.push(']');
        Self(json)
    }

    /// Renders a `SELECT` of the ids, in order, one a row.
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT unhex(value) FROM json_each(");
        out.push_bind_param::<Text, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// A list of texts as one value: a JSON array.
#[derive(Clone, Debug)]
pub(crate) struct TextList(String);

impl TextList {
    pub(crate) fn new(texts: &[String]) -> Self {
        Self(serde_json::Value::from(texts).to_string())
    }

    /// Renders a `SELECT` of the texts, in order, one a row.
    pub(crate) fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Begins a transaction that reads one snapshot, taken at its first question.
macro_rules! begin_read {
    () => {
        "BEGIN DEFERRED"
    };
}
/// Begins a transaction that writes. It waits for other processes' writers here, and not half way.
macro_rules! begin_write {
    () => {
        "BEGIN IMMEDIATE"
    };
}
/// A list of events, one value, as rows: `[[kind, user, group, workspace, mapping, old role, new role, subject], …]`.
macro_rules! event_rows {
    ($list:literal) => {
        concat!(
            "SELECT key + 1 AS place, value ->> 0 AS kind, unhex(value ->> 1) AS user_id, unhex(value ->> 2) AS group_id,
                    unhex(value ->> 3) AS workspace_id, unhex(value ->> 4) AS mapping_id, value ->> 5 AS old_role,
                    value ->> 6 AS new_role, value ->> 7 AS subject, value ->> 8 AS changed
             FROM json_each(",
            $list,
            ")"
        )
    };
}
/// An id as it is written.
macro_rules! id_text {
    ($id:literal) => {
        concat!(
            "lower(substr(hex(",
            $id,
            "), 1, 8) || '-' || substr(hex(",
            $id,
            "), 9, 4) || '-' || substr(hex(",
            $id,
            "), 13, 4) || '-' || substr(hex(",
            $id,
            "), 17, 4) || '-' || substr(hex(",
            $id,
            "), 21))"
        )
    };
}
/// What stands behind `FROM` for the e-mails in the folded form of a person. No `$.` paths: a statement would take them
/// for values.
macro_rules! emails {
    ($search:literal) => {
        concat!(
            " json_each(CASE json_type(",
            $search,
            " -> 'emails') WHEN 'array' THEN ",
            $search,
            " -> 'emails' END) e "
        )
    };
}
/// The address of one of [`emails`]; NULL where it has none.
macro_rules! email_key {
    () => {
        " CASE WHEN e.type = 'object' THEN CASE json_type(e.value -> 'value') WHEN 'text' THEN e.value ->> 'value' END END "
    };
}
/// The groups around a person as one JSON text, `[[id, name, direct], …]`; see `queries::in_groups`. A name is in hexadecimal:
/// `json_array` loses the character after a U+0001.
macro_rules! group_list {
    () => {
        "json_group_array(json_array(hex(g.id), hex(g.display_name), a.direct))"
    };
}
/// The name as it is written there.
pub(crate) fn name_in_list(hex: String) -> Option<String> {
    fn digit(byte: u8) -> Option<u8> {
        char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
    }
    let bytes: Option<Vec<u8>> =
        hex.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect();
    String::from_utf8(bytes?).ok()
}
/// An expression, written so that the planner takes no index in its order.
macro_rules! not_by_index {
    ($expression:literal) => {
        concat!("+", $expression)
    };
}
pub(crate) use {begin_read, begin_write, email_key, emails, event_rows, group_list, id_text, not_by_index};

/// What to answer for an error. `unique` names the indexes that the statement may run into.
pub(crate) fn classify(error: Error, unique: &[(&str, Unique)]) -> StoreError {
    let Error::DatabaseError(kind, information) = &error else {
        return StoreError::Failed(error.to_string());
    };
    let message = information.message();
    if *kind == DatabaseErrorKind::UniqueViolation {
        let taken = index_of(message).and_then(|index| unique.iter().find(|(name, _)| *name == index));
        if let Some((_, unique)) = taken {
            return StoreError::Taken(*unique);
        }
    }
    if is_outside_trouble(message) {
        return StoreError::Unavailable(message.to_owned());
    }
    StoreError::Failed(message.to_owned())
}

/// Whether an error means that the machine around the database is in trouble, not the database or the statement. Diesel
/// hands on SQLite's text but not its code; the texts are those of `sqlite3ErrStr`, unchanged for twenty years.
pub(crate) fn is_outside_trouble(message: &str) -> bool {
    const TROUBLE: [&str; 9] = [
        "database is locked",                   // BUSY
        "database table is locked",             // LOCKED
        "database or disk is full",             // FULL
        "disk I/O error",                       // IOERR
        "attempt to write a readonly database", // READONLY
        "unable to open database file",         // CANTOPEN
        "out of memory",                        // NOMEM
        "locking protocol",                     // PROTOCOL
        "large file support is disabled",       // NOLFS
    ];
    TROUBLE.iter().any(|trouble| message.contains(trouble))
}

/// SQLite names the columns of a violated index (`UNIQUE constraint failed: orgs.slug`), not the index. The catalogue
/// test compares this with the database.
pub(crate) fn index_of(message: &str) -> Option<&'static str> {
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    UNIQUE_INDEXES.iter().find(|(_, indexed)| *indexed == columns).map(|(index, _)| *index)
}

/// Every unique index that has a name, with its columns as SQLite reports them.
pub(crate) const UNIQUE_INDEXES: [(&str, &str); 15] = [
    ("administrators_email", "administrators.org_id, administrators.email_key"),
    ("api_keys_hash", "api_keys.hash"),
    ("connect_links_hash", "connect_links.org_id, connect_links.hash"),
    ("connections_name", "connections.org_id, connections.name"),
    ("groups_external_id", "groups.org_id, groups.external_id, groups.connection_id"),
    ("known_people_app_id", "known_people.org_id, known_people.app_id"),
    ("mappings_group", "mappings.org_id, mappings.group_id, mappings.workspace_id"),
    ("orgs_slug", "orgs.slug"),
    ("refused_matches_pair", "refused_matches.org_id, refused_matches.waiting_id, refused_matches.user_id"),
    ("role_mappings_group", "role_mappings.org_id, role_mappings.group_id"),
    ("scim_tokens_hash", "scim_tokens.org_id, scim_tokens.hash"),
    ("users_external_id", "users.org_id, users.external_id, users.connection_id"),
    ("users_user_name", "users.org_id, users.user_name_key"),
    ("workspaces_name", "workspaces.org_id, workspaces.name_key"),
    ("workspaces_slug", "workspaces.org_id, workspaces.slug"),
];

#[cfg(test)]
mod tests;

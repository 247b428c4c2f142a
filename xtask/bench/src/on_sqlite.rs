//! The floor on SQLite: one file, one writer.

#[path = "floor.rs"]
mod floor;

pub(crate) use diesel::sqlite::SqliteConnection as Conn;
use diesel::{connection::SimpleConnection, prelude::*};

pub(crate) use floor::{Arguments, group_id, run, user_id};

use crate::organisation::Size;

const SCHEMA: &str = "
    create table users (org integer not null, id blob not null, user_name text not null, external_id text not null,
        doc text not null, version integer not null, primary key (org, id)) without rowid;
    create unique index user_by_name on users (org, user_name);
    create unique index user_by_external_id on users (org, external_id);
    create table groups (org integer not null, id blob not null, name text not null, doc text not null,
        version integer not null, primary key (org, id)) without rowid;
    create index group_by_name on groups (org, name);
    create table members (org integer not null, group_id blob not null, user_id blob not null,
        primary key (org, group_id, user_id)) without rowid;
    create index member_by_user on members (org, user_id);
    create table memberships (org integer not null, workspace_id blob not null, user_id blob not null,
        role integer not null, primary key (org, workspace_id, user_id)) without rowid;
    create index membership_by_user on memberships (org, user_id);
    create table events (seq integer primary key, org integer not null, kind text not null, user_id blob, group_id blob);
";

/// A read runs on the thread that took the request.
const WORKERS: usize = 2;

fn open(db: &str) -> ConnectionResult<Conn> {
    let mut connection = Conn::establish(db)?;
    connection
        .batch_execute("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;")
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

fn fill(connection: &mut Conn, size: &Size) -> QueryResult<()> {
    connection.batch_execute(SCHEMA)?;
    floor::fill(connection, size)
}

fn commit<T>(connection: &mut Conn, work: impl FnOnce(&mut Conn) -> QueryResult<T>) -> QueryResult<T> {
    connection.immediate_transaction(work)
}

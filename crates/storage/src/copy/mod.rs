//! Moving everything from one database to another, of either kind.
//!
//! The source is read in one snapshot, so that what arrives is as of one moment. The target is written in one transaction,
//! which also compares what it reads back with what was sent: a copy that is interrupted, or that differs, leaves
//! the target as it was, and is simply run again. Tables and columns come from the databases' own catalogues. While one
//! thread reads, another writes.

mod end;
mod postgres;
mod sqlite;
mod table;
mod value;

use std::{sync::mpsc, thread};

use rolecall_domain::ports::StoreError;

pub use self::{end::AnEnd, value::Contents};
pub(crate) use self::{postgres::PostgresEnd, sqlite::SqliteEnd};

use self::{
    end::End,
    table::{Table, in_common},
    value::{Row, Value},
};
use crate::open::{Database, MigrateError, OpenError};

/// How far a copy is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress<'t> {
    /// What is being done.
    pub step: Step,
    /// With which table.
    pub table: &'t str,
    /// How many of its rows are done,
    pub rows: u64,
    /// of how many.
    pub of: u64,
}

/// What a copy does with a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Its rows are sent.
    Copy,
    /// Its rows are read back.
    Compare,
}

/// A table that was copied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CopiedTable {
    /// Its name.
    pub name: String,
    /// What was read from the source.
    pub source: Contents,
    /// What was read back from the target.
    pub target: Contents,
}

/// Why nothing was copied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CopyError {
    /// A connection could not be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The state of the tables could not be read, or the target not migrated.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// A statement failed.
    #[error("the {side} failed: {error}; nothing was copied")]
    Failed {
        /// Source or target.
        side: &'static str,
        /// What the database says.
        error: StoreError,
    },
    /// There is nothing to read, or it is of an older version.
    #[error(
        "the source lacks {pending} migration{} of this version: run `rolecall migrate` on it first, with its servers \
         stopped or of this version",
        if *.pending == 1 { "" } else { "s" }
    )]
    SourceNotMigrated {
        /// How many are missing.
        pending: usize,
    },
    /// Both are at known versions, but not at the same.
    #[error(
        "the target is at migration {target} and the source at {source_version}: run `rolecall migrate` on the target first, \
         or copy into an empty database"
    )]
    OtherVersion {
        /// Where the target is.
        target: String,
        /// Where the source is.
        source_version: String,
    },
    /// Both URLs lead to the same database.
    #[error("source and target are the same database: give the one to move to with --to")]
    SameDatabase,
    /// Somebody's data is there.
    #[error(
        "the target is not empty: {table} holds {rows} row{}. Copy into a new database, or drop and make this one anew \
         if nothing in it is wanted",
        if *.rows == 1 { "" } else { "s" }
    )]
    NotEmpty {
        /// The table.
        table: String,
        /// How many rows it has.
        rows: u64,
    },
    /// The tables are not those of this version.
    #[error(
        "the tables of source and target differ ({what}): one of them was changed by hand; restore its schema first"
    )]
    TablesDiffer {
        /// What is different.
        what: String,
    },
    /// A type that is not known here.
    #[error(
        "column {table}.{column} has type {type_name}, which no version of Rolecall gives it; restore its schema first"
    )]
    UnknownType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What the database calls its type.
        type_name: String,
    },
    /// A row holds what its column cannot.
    #[error(
        "a value in {table}.{column} is none of its column's type; nothing was copied. `rolecall db check` may tell more"
    )]
    BadValue {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A row points to one that is not there.
    #[error(
        "rows of {table} refer to rows that do not exist; nothing was copied. Mend the source, or restore a backup"
    )]
    BrokenReference {
        /// The table.
        table: String,
    },
    /// What was read back is not what was sent.
    #[error("the target does not hold what the source does: {}; nothing was kept", names(.0))]
    Differs(Vec<CopiedTable>),
    /// Something here went wrong.
    #[error("the copy was stopped: {0}; nothing was kept")]
    Stopped(String),
}

fn names(tables: &[CopiedTable]) -> String {
    let differ = tables.iter().filter(|table| table.source != table.target);
    let told = differ.map(|table| {
        format!(
            "{} (source {} rows, {:016x}; target {} rows, {:016x})",
            table.name, table.source.rows, table.source.checksum, table.target.rows, table.target.checksum
        )
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Copies everything from `source` into `target`, which must hold nothing. A target without tables is migrated first.
pub fn copy(
    source: &dyn Database,
    target: &dyn Database,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<CopiedTable>, CopyError> {
    let (mut from, mut to) = (source.end()?.0, target.end()?.0);
    if from.identity()? == to.identity()? {
        return Err(CopyError::SameDatabase);
    }
    agree_on_version(source, target)?;
    from.begin_source()?;
    to.begin_target()?;
    let tables = in_common(from.tables()?, to.tables()?)?;
    for table in &tables {
        let rows = to.count(table)?;
        if rows > 0 {
            return Err(CopyError::NotEmpty { table: table.name.clone(), rows });
        }
    }
    let sent = send(&mut *from, &mut *to, &tables, watch)?;
    to.settle()?;
    let mut copied = Vec::with_capacity(tables.len());
    for (table, source) in tables.iter().zip(sent) {
        let target = read_back(&mut *to, table, source.rows, watch)?;
        copied.push(CopiedTable { name: table.name.clone(), source, target });
    }
    if copied.iter().any(|table| table.source != table.target) {
        return Err(CopyError::Differs(copied));
    }
    to.commit()?;
    Ok(copied)
}

fn agree_on_version(source: &dyn Database, target: &dyn Database) -> Result<(), CopyError> {
    let pending = source.pending_migrations()?.len();
    if pending > 0 {
        return Err(CopyError::SourceNotMigrated { pending });
    }
    match target.schema_version()? {
        None => drop(target.migrate()?),
        Some(version) if !target.pending_migrations()?.is_empty() => {
            let source_version = source.schema_version()?.unwrap_or_default();
            return Err(CopyError::OtherVersion { target: version, source_version });
        }
        Some(_) => {}
    }
    Ok(())
}

/// Rows between the two threads: of which table, or that all are sent.
enum Message {
    Rows(usize, u64, Vec<Row>),
    Failed(CopyError),
    Done(Vec<Contents>, Vec<(String, i64)>),
}

/// So many batches are read ahead.
const AHEAD: usize = 3;

fn send(
    from: &mut dyn End,
    to: &mut dyn End,
    tables: &[Table],
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Contents>, CopyError> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        scope.spawn(move || {
            let last = read_all(from, tables, &sender).unwrap_or_else(Message::Failed);
            // Nobody listens when writing has failed, which is told already.
            drop(sender.send(last));
        });
        let mut done = vec![0; tables.len()];
        for message in receiver {
            match message {
                Message::Rows(place, of, rows) => {
                    let table = &tables[place];
                    to.write(table, &rows)?;
                    done[place] += rows.len() as u64;
                    watch(Progress { step: Step::Copy, table: &table.name, rows: done[place], of });
                }
                Message::Failed(error) => return Err(error),
                Message::Done(sent, numbers) => {
                    to.set_numbers(&numbers)?;
                    return Ok(sent);
                }
            }
        }
        Err(CopyError::Stopped("the source was not read to its end".into()))
    })
}

fn read_all(
    from: &mut dyn End,
    tables: &[Table],
    sender: &mpsc::SyncSender<Message>,
) -> Result<Message, CopyError> {
    let mut sent = Vec::with_capacity(tables.len());
    for (place, table) in tables.iter().enumerate() {
        let of = from.count(table)?;
        sent.push(walk(from, table, |rows| {
            let gone = |_| CopyError::Stopped("the target takes no more".into());
            sender.send(Message::Rows(place, of, rows)).map_err(gone)
        })?);
    }
    Ok(Message::Done(sent, from.numbers()?))
}

fn read_back(
    to: &mut dyn End,
    table: &Table,
    of: u64,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Contents, CopyError> {
    let mut done = 0;
    walk(to, table, |rows| {
        done += rows.len() as u64;
        watch(Progress { step: Step::Compare, table: &table.name, rows: done, of });
        Ok(())
    })
}

/// The rows of a batch at first, at most,
const FIRST_ROWS: usize = 256;
const MOST_ROWS: usize = 4096;
/// and about how much memory one shall take.
const BATCH_BYTES: usize = 4 << 20;

/// Reads a table through in key order, batch by batch.
fn walk(
    end: &mut dyn End,
    table: &Table,
    mut each: impl FnMut(Vec<Row>) -> Result<(), CopyError>,
) -> Result<Contents, CopyError> {
    let mut contents = Contents::default();
    let mut after: Option<Vec<Value>> = None;
    let mut limit = FIRST_ROWS;
    loop {
        let rows = end.read(table, after.as_deref(), limit)?;
        let Some(last) = rows.last() else { return Ok(contents) };
        after = Some(table.key.iter().map(|place| last[*place].clone()).collect());
        rows.iter().for_each(|row| contents.add(row));
        let bytes: usize = rows.iter().flatten().map(Value::size).sum();
        let (count, full) = (rows.len(), rows.len() == limit);
        each(rows)?;
        if !full {
            return Ok(contents);
        }
        // Documents may be short or a megabyte each.
        limit = (BATCH_BYTES / (bytes / count).max(1)).clamp(1, MOST_ROWS).min(limit * 2);
    }
}

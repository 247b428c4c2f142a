//! What copying asks of a database, at either end.

use super::{
    CopyError,
    table::Table,
    value::{Row, Value},
};

/// A connection of its own inside one transaction. Dropping it undoes what was written.
pub(crate) trait End: Send {
    /// Which database it is, so that a copy onto itself is noticed.
    fn identity(&mut self) -> Result<String, CopyError>;
    /// Begins reading: everything is as of this moment.
    fn begin_source(&mut self) -> Result<(), CopyError>;
    /// Begins writing. From here on nobody else writes to the database, and references are not checked row by row.
    fn begin_target(&mut self) -> Result<(), CopyError>;
    /// Its tables.
    fn tables(&mut self) -> Result<Vec<Table>, CopyError>;
    /// How many rows a table has.
    fn count(&mut self, table: &Table) -> Result<u64, CopyError>;
    /// Rows in key order behind `after`, at most `limit`.
    fn read(&mut self, table: &Table, after: Option<&[Value]>, limit: usize) -> Result<Vec<Row>, CopyError>;
    /// Adds rows.
    fn write(&mut self, table: &Table, rows: &[Row]) -> Result<(), CopyError>;
    /// The last number that each table has given out, of those that number their rows.
    fn numbers(&mut self) -> Result<Vec<(String, i64)>, CopyError>;
    /// Goes on numbering after these.
    fn set_numbers(&mut self, numbers: &[(String, i64)]) -> Result<(), CopyError>;
    /// Checks all references, and makes their checking by row as it was.
    fn settle(&mut self) -> Result<(), CopyError>;
    /// Keeps what was written.
    fn commit(&mut self) -> Result<(), CopyError>;
}

/// An end of a copy, made by [`Database::end`](crate::Database::end).
pub struct AnEnd(pub(crate) Box<dyn End>);

impl std::fmt::Debug for AnEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnEnd")
    }
}

//! SQLite at either end of a copy.

use std::fs;

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    deserialize::{self, FromSql},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    row::{Field, NamedRow},
    sql_types::{self, Binary, Bool, Double, Nullable, Untyped},
    sqlite::{Sqlite, SqliteConnection, SqliteType},
};

use super::{
    CopyError,
    end::End,
    table::{Column, Table, literal, quoted},
    value::{Kind, Row, Value},
};
use crate::{
    dialect::sqlite::classify,
    types::{Text, Uid},
};

/// So many rows go into one statement. A full one stays prepared.
const ROWS: usize = 64;

/// A connection to a file.
pub(crate) struct SqliteEnd {
    conn: SqliteConnection,
    path: String,
    side: &'static str,
}

impl SqliteEnd {
    pub(crate) fn new(conn: SqliteConnection, path: &str) -> Self {
        Self { conn, path: path.to_owned(), side: "database" }
    }

    fn ask(&mut self, text: &str) -> Result<Vec<Row>, CopyError> {
        self.ask_between(text, &[], "")
    }

    fn ask_between(&mut self, before: &str, binds: &[Value], after: &str) -> Result<Vec<Row>, CopyError> {
        let asked = Page { before, binds, after }.load::<Found>(&mut self.conn);
        Ok(asked.map_err(failed(self.side))?.into_iter().map(|row| row.0).collect())
    }

    fn run(&mut self, text: &str) -> Result<(), CopyError> {
        self.conn.batch_execute(text).map_err(failed(self.side))
    }
}

fn failed(side: &'static str) -> impl Fn(diesel::result::Error) -> CopyError {
    move |error| CopyError::Failed { side, error: classify(error, &[]) }
}

impl End for SqliteEnd {
    fn identity(&mut self) -> Result<String, CopyError> {
        // The connection has made the file, so it is there.
        let path = fs::canonicalize(&self.path)
            .map_or_else(|_| self.path.clone(), |path| path.display().to_string());
        Ok(format!("sqlite {path}"))
    }

    fn begin_source(&mut self) -> Result<(), CopyError> {
        self.side = "source";
        // The snapshot is that of the first question.
        self.run("BEGIN DEFERRED")?;
        self.ask("SELECT count(*) FROM sqlite_schema").map(drop)
    }

    fn begin_target(&mut self) -> Result<(), CopyError> {
        self.side = "target";
        self.run("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -262144; BEGIN IMMEDIATE")
    }

    fn tables(&mut self) -> Result<Vec<Table>, CopyError> {
        let columns = self.ask(
            "SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'
             ORDER BY t.name, c.cid",
        )?;
        let mut tables: Vec<(Table, Vec<i64>)> = Vec::new();
        for row in columns {
            let [Value::Text(table), Value::Text(column), Value::Text(type_name), Value::Int(place)] =
                &row[..]
            else {
                continue;
            };
            if tables.last().is_none_or(|(last, _)| last.name != *table) {
                tables
                    .push((Table { name: table.clone(), columns: Vec::new(), key: Vec::new() }, Vec::new()));
            }
            let Some((last, places)) = tables.last_mut() else { continue };
            let kind = match type_name.to_ascii_uppercase().as_str() {
                "INTEGER" => Kind::Int,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                "REAL" => Kind::Real,
                _ => {
                    let (table, column, type_name) = (table.clone(), column.clone(), type_name.clone());
                    return Err(CopyError::UnknownType { table, column, type_name });
                }
            };
            last.columns.push(Column { name: column.clone(), kind });
            places.push(*place);
        }
        Ok(tables
            .into_iter()
            .map(|(mut table, places)| {
                let mut key: Vec<usize> = (0..places.len()).filter(|at| places[*at] > 0).collect();
                key.sort_by_key(|at| places[*at]);
                table.key = key;
                table
            })
            .collect())
    }

    fn count(&mut self, table: &Table) -> Result<u64, CopyError> {
        let found = self.ask(&format!("SELECT count(*) FROM {}", quoted(&table.name)))?;
        Ok(first_number(&found))
    }

    fn read(&mut self, table: &Table, after: Option<&[Value]>, limit: usize) -> Result<Vec<Row>, CopyError> {
        let (before, end) = table.page(after.is_some(), limit);
        let rows = self.ask_between(&before, after.unwrap_or_default(), &end)?;
        table.typed(rows)
    }

    fn write(&mut self, table: &Table, rows: &[Row]) -> Result<(), CopyError> {
        for rows in rows.chunks(ROWS) {
            let head = format!("INSERT INTO {} ({}) VALUES ", quoted(&table.name), table.column_list());
            Insert { head, rows }.execute(&mut self.conn).map_err(failed(self.side))?;
        }
        Ok(())
    }

    fn numbers(&mut self) -> Result<Vec<(String, i64)>, CopyError> {
        // The table is there once another one numbers its rows.
        let found = self.ask("SELECT name, seq FROM sqlite_sequence ORDER BY name")?;
        let number = |row: Row| match <[Value; 2]>::try_from(row) {
            Ok([Value::Text(table), Value::Int(last)]) => Some((table, last)),
            _ => None,
        };
        Ok(found.into_iter().filter_map(number).collect())
    }

    fn set_numbers(&mut self, numbers: &[(String, i64)]) -> Result<(), CopyError> {
        for (table, last) in numbers {
            let table = literal(table);
            self.run(&format!(
                "DELETE FROM sqlite_sequence WHERE name = {table};
                 INSERT INTO sqlite_sequence (name, seq) VALUES ({table}, {last})"
            ))?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), CopyError> {
        let broken = self.ask("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")?;
        match broken.first().map(Vec::as_slice) {
            Some([Value::Text(table)]) => Err(CopyError::BrokenReference { table: table.clone() }),
            _ => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<(), CopyError> {
        self.run("COMMIT")
    }
}

fn first_number(rows: &[Row]) -> u64 {
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(count)) => count.unsigned_abs(),
        _ => 0,
    }
}

/// A row as it comes.
struct Found(Row);

impl QueryableByName<Sqlite> for Found {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let mut values = Vec::with_capacity(row.field_count());
        for place in 0..row.field_count() {
            let field = diesel::row::Row::get(row, place).ok_or("a row is shorter than it says")?;
            let Some(value) = field.value() else {
                values.push(Value::Null);
                continue;
            };
            values.push(match value.value_type() {
                None => Value::Null,
                Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
                    Value::Int(FromSql::<sql_types::BigInt, Sqlite>::from_sql(value)?)
                }
                Some(SqliteType::Float | SqliteType::Double) => {
                    Value::Real(FromSql::<Double, Sqlite>::from_sql(value)?)
                }
                Some(SqliteType::Text) => Value::Text(FromSql::<Text, Sqlite>::from_sql(value)?),
                Some(SqliteType::Binary) => Value::Bytes(FromSql::<Binary, Sqlite>::from_sql(value)?),
            });
        }
        Ok(Self(values))
    }
}

fn push<'b>(value: &'b Value, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
    match value {
        // A value as any other: the text stays the same, and so the statement stays prepared.
        Value::Null => out.push_bind_param::<Nullable<sql_types::BigInt>, Option<i64>>(&None),
        Value::Int(number) => out.push_bind_param::<sql_types::BigInt, _>(number),
        Value::Bool(yes) => out.push_bind_param::<Bool, _>(yes),
        Value::Real(number) => out.push_bind_param::<Double, _>(number),
        Value::Text(text) | Value::Json(text) => out.push_bind_param::<Text, _>(text),
        Value::Bytes(bytes) => out.push_bind_param::<Binary, _>(bytes),
        Value::Uuid(id) => out.push_bind_param::<Uid, _>(id),
    }
}

fn push_list<'b>(values: &'b [Value], out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            out.push_sql(", ");
        }
        push(value, out)?;
    }
    Ok(())
}

/// A question with a list of values in it.
struct Page<'s> {
    before: &'s str,
    binds: &'s [Value],
    after: &'s str,
}

impl QueryFragment<Sqlite> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(self.before);
        push_list(self.binds, &mut out)?;
        out.push_sql(self.after);
        Ok(())
    }
}

impl QueryId for Page<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Page<'_> {
    type SqlType = Untyped;
}

impl<Conn> RunQueryDsl<Conn> for Page<'_> {}

/// Rows of a table.
struct Insert<'r> {
    head: String,
    rows: &'r [Row],
}

impl QueryFragment<Sqlite> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(&self.head);
        for (at, row) in self.rows.iter().enumerate() {
            out.push_sql(if at == 0 { "(" } else { ", (" });
            push_list(row, &mut out)?;
            out.push_sql(")");
        }
        Ok(())
    }
}

impl QueryId for Insert<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> RunQueryDsl<Conn> for Insert<'_> {}

//! PostgreSQL at either end of a copy.

use diesel::{
    QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    deserialize::{self, FromSql},
    pg::{Pg, PgConnection, PgValue},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::{DatabaseErrorKind, Error},
    row::{Field, NamedRow},
    sql_types::{Array, BigInt, Binary, Bool, Double, Integer, Nullable, SmallInt, Untyped},
};

use super::{
    CopyError,
    end::End,
    table::{Column, Table, literal, quoted},
    value::{Kind, Row, Value, canonical},
};
use crate::{
    dialect::postgres::classify,
    types::{Id, Index, Search, Text, Uid, with_nul},
};

/// How both ends run: waiting for the other one is no reason to be ended, and the planner is not to be kept from reading
/// whole tables, which is what is asked here.
const SETTINGS: &str = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0;
    SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL enable_material = on;
    SET LOCAL client_min_messages = warning";

/// A connection to a server.
pub(crate) struct PostgresEnd {
    conn: PgConnection,
    side: &'static str,
    /// Statements that make what `begin_target` took away for speed, in order.
    put_back: Vec<String>,
}

impl PostgresEnd {
    pub(crate) fn new(conn: PgConnection) -> Self {
        Self { conn, side: "database", put_back: Vec::new() }
    }

    fn ask(&mut self, text: &str) -> Result<Vec<Row>, CopyError> {
        self.ask_between(text, &[], "")
    }

    fn ask_between(&mut self, before: &str, binds: &[Value], after: &str) -> Result<Vec<Row>, CopyError> {
        let asked = Page { before, binds, after }.load::<Found>(&mut self.conn);
        Ok(asked.map_err(failed(self.side))?.into_iter().map(|row| row.0).collect())
    }

    /// Rows of texts alone.
    fn texts<const N: usize>(&mut self, text: &str) -> Result<Vec<[String; N]>, CopyError> {
        let row = |row: Row| {
            let texts = row
                .into_iter()
                .filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None });
            texts.collect::<Vec<_>>().try_into().ok()
        };
        Ok(self.ask(text)?.into_iter().filter_map(row).collect())
    }

    fn run(&mut self, text: &str) -> Result<(), CopyError> {
        self.conn.batch_execute(text).map_err(failed(self.side))
    }

    /// The table of each identity column, with the sequence behind it as it stands in a statement.
    fn sequences(&mut self) -> Result<Vec<[String; 2]>, CopyError> {
        self.texts(
            "SELECT CAST(c.relname AS text), pg_get_serial_sequence(quote_ident(c.relname), a.attname)
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attidentity <> ''
             ORDER BY c.relname",
        )
    }
}

fn failed(side: &'static str) -> impl Fn(diesel::result::Error) -> CopyError {
    move |error| CopyError::Failed { side, error: classify(error, &[]) }
}

impl End for PostgresEnd {
    fn identity(&mut self) -> Result<String, CopyError> {
        let found: Vec<[String; 1]> = self.texts(
            "SELECT concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), current_database(), current_schema())",
        )?;
        Ok(found.into_iter().flatten().next().unwrap_or_default())
    }

    fn begin_source(&mut self) -> Result<(), CopyError> {
        self.side = "source";
        self.run(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS}"))?;
        // The snapshot is that of the first question.
        self.ask("SELECT 1").map(drop)
    }

    /// Checking each reference as its row comes takes longer than all else. They go, and come back at the end of the same
    /// transaction, checked all at once; so do the indexes that only order. Those that are unique stay: which one is told of
    /// when several refuse goes by their age.
    fn begin_target(&mut self) -> Result<(), CopyError> {
        self.side = "target";
        self.run(&format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {SETTINGS}; SET LOCAL maintenance_work_mem = '256MB'"))?;
        if self.ask("SELECT 1 WHERE to_regclass('orgs') IS NOT NULL")?.is_empty() {
            return Ok(());
        }
        // Servers that were started on it too early can read that it is empty, and no more.
        self.run("LOCK TABLE orgs IN SHARE ROW EXCLUSIVE MODE")?;
        let references: Vec<[String; 3]> = self.texts(
            "SELECT CAST(t.relname AS text), CAST(f.conname AS text), pg_get_constraintdef(f.oid)
             FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid
             WHERE f.contype = 'f' AND f.connamespace = CAST(current_schema() AS regnamespace) ORDER BY f.oid",
        )?;
        let indexes: Vec<[String; 2]> = self.texts(
            "SELECT CAST(x.relname AS text), pg_get_indexdef(i.indexrelid)
             FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
             WHERE NOT i.indisunique AND x.relnamespace = CAST(current_schema() AS regnamespace)
               AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
             ORDER BY x.oid",
        )?;
        for [name, definition] in indexes {
            self.run(&format!("DROP INDEX {}", quoted(&name)))?;
            self.put_back.push(definition);
        }
        for [table, name, definition] in references {
            let (table, name) = (quoted(&table), quoted(&name));
            self.run(&format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))?;
            self.put_back.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
        }
        Ok(())
    }

    fn tables(&mut self) -> Result<Vec<Table>, CopyError> {
        let columns: Vec<[String; 4]> = self.texts(
            "SELECT CAST(c.relname AS text), CAST(a.attname AS text), format_type(a.atttypid, a.atttypmod),
                    coalesce(CAST(array_position(CAST(k.indkey AS smallint[]), a.attnum) AS text), '')
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = CAST(current_schema() AS regnamespace)
               AND c.relname NOT LIKE '\\_\\_%' AND a.attgenerated = ''
             ORDER BY c.relname, a.attnum",
        )?;
        let mut tables: Vec<(Table, Vec<(i64, usize)>)> = Vec::new();
        for [table, column, type_name, place] in columns {
            if tables.last().is_none_or(|(last, _)| last.name != table) {
                tables
                    .push((Table { name: table.clone(), columns: Vec::new(), key: Vec::new() }, Vec::new()));
            }
            let Some((last, key)) = tables.last_mut() else { continue };
            let kind = match type_name.as_str() {
                "bigint" => Kind::Int,
                "smallint" => Kind::Small,
                "integer" => Kind::Medium,
                "boolean" => Kind::Bool,
                "double precision" => Kind::Real,
                "text" => Kind::Text,
                "jsonb" => Kind::Json,
                "bytea" => Kind::Bytes,
                "uuid" => Kind::Uuid,
                _ => return Err(CopyError::UnknownType { table, column, type_name }),
            };
            if let Ok(place) = place.parse() {
                key.push((place, last.columns.len()));
            }
            last.columns.push(Column { name: column, kind });
        }
        Ok(tables
            .into_iter()
            .map(|(mut table, mut key)| {
                key.sort_unstable();
                table.key = key.into_iter().map(|(_, at)| at).collect();
                table
            })
            .collect())
    }

    fn count(&mut self, table: &Table) -> Result<u64, CopyError> {
        let found = self.ask(&format!("SELECT count(*) FROM {}", quoted(&table.name)))?;
        Ok(first_number(&found).unsigned_abs())
    }

    fn read(&mut self, table: &Table, after: Option<&[Value]>, limit: usize) -> Result<Vec<Row>, CopyError> {
        let (before, end) = table.page(after.is_some(), limit);
        let rows = self.ask_between(&before, after.unwrap_or_default(), &end)?;
        table.typed(rows)
    }

    fn write(&mut self, table: &Table, rows: &[Row]) -> Result<(), CopyError> {
        let places = table.columns.iter().enumerate();
        let columns: Vec<Values<'_>> =
            places.map(|(place, column)| Values::of(column.kind, place, rows)).collect();
        let head = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest(",
            quoted(&table.name),
            table.column_list()
        );
        Insert { head, columns }.execute(&mut self.conn).map_err(failed(self.side))?;
        Ok(())
    }

    fn numbers(&mut self) -> Result<Vec<(String, i64)>, CopyError> {
        let mut numbers = Vec::new();
        for [table, sequence] in self.sequences()? {
            let found = self.ask(&format!("SELECT last_value FROM {sequence} WHERE is_called"))?;
            if !found.is_empty() {
                numbers.push((table, first_number(&found)));
            }
        }
        Ok(numbers)
    }

    fn set_numbers(&mut self, numbers: &[(String, i64)]) -> Result<(), CopyError> {
        for [table, sequence] in self.sequences()? {
            if let Some((_, last)) = numbers.iter().find(|(name, last)| *name == table && *last > 0) {
                self.ask(&format!("SELECT setval({}, {last})", literal(&sequence)))?;
            }
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), CopyError> {
        for statement in std::mem::take(&mut self.put_back) {
            self.conn.batch_execute(&statement).map_err(|error| match &error {
                Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, information) => {
                    let table = information.table_name().unwrap_or("a table").to_owned();
                    CopyError::BrokenReference { table }
                }
                _ => failed(self.side)(error),
            })?;
        }
        // The planner's first figures; without them it waits for the server's own round.
        self.run("ANALYZE")
    }

    fn commit(&mut self) -> Result<(), CopyError> {
        self.run("COMMIT")
    }
}

fn first_number(rows: &[Row]) -> i64 {
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(number)) => *number,
        _ => 0,
    }
}

/// A row as it comes.
struct Found(Row);

impl QueryableByName<Pg> for Found {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        let mut values = Vec::with_capacity(row.field_count());
        for place in 0..row.field_count() {
            let field = diesel::row::Row::get(row, place).ok_or("a row is shorter than it says")?;
            let value = field.value();
            values.push(value.map_or(Ok(Value::Null), found)?);
        }
        Ok(Self(values))
    }
}

/// A value by the number of its type in PostgreSQL.
fn found(value: PgValue<'_>) -> deserialize::Result<Value> {
    Ok(match value.get_oid().get() {
        16 => Value::Bool(FromSql::<Bool, Pg>::from_sql(value)?),
        17 => Value::Bytes(value.as_bytes().to_vec()),
        20 => Value::Int(FromSql::<BigInt, Pg>::from_sql(value)?),
        21 => Value::Int(<i16 as FromSql<SmallInt, Pg>>::from_sql(value)?.into()),
        23 => Value::Int(<i32 as FromSql<Integer, Pg>>::from_sql(value)?.into()),
        25 => Value::Text(FromSql::<Text, Pg>::from_sql(value)?),
        701 => Value::Real(FromSql::<Double, Pg>::from_sql(value)?),
        2950 => Value::Uuid(FromSql::<Uid, Pg>::from_sql(value)?),
        // A version, 1, stands before the text.
        3802 => {
            let json = std::str::from_utf8(value.as_bytes().get(1..).unwrap_or_default())?;
            Value::Json(canonical(json, with_nul).ok_or("a jsonb is no JSON")?)
        }
        other => return Err(format!("a value has the type of number {other}").into()),
    })
}

/// A question with a list of values in it.
struct Page<'s> {
    before: &'s str,
    binds: &'s [Value],
    after: &'s str,
}

impl QueryFragment<Pg> for Page<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql(self.before);
        for (place, value) in self.binds.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            match value {
                Value::Null => out.push_sql("NULL"),
                Value::Int(number) => out.push_bind_param::<BigInt, _>(number)?,
                Value::Bool(yes) => out.push_bind_param::<Bool, _>(yes)?,
                Value::Real(number) => out.push_bind_param::<Double, _>(number)?,
                Value::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Value::Json(text) => out.push_bind_param::<Search, _>(text)?,
                Value::Bytes(bytes) => out.push_bind_param::<Binary, _>(bytes)?,
                Value::Uuid(id) => out.push_bind_param::<Uid, _>(id)?,
            }
        }
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

/// A column of many rows, as an array.
enum Values<'r> {
    Int(Vec<Option<i64>>),
    Small(Vec<Option<i16>>),
    Medium(Vec<Option<i32>>),
    Bool(Vec<Option<bool>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<&'r str>>),
    Json(Vec<Option<Index<'r>>>),
    Bytes(Vec<Option<&'r [u8]>>),
    Uuid(Vec<Option<Id>>),
}

impl<'r> Values<'r> {
    /// The values of one place in each row, which are of this kind or null.
    fn of(kind: Kind, place: usize, rows: &'r [Row]) -> Self {
        fn each<'r, T>(place: usize, rows: &'r [Row], of: impl Fn(&'r Value) -> Option<T>) -> Vec<Option<T>> {
            rows.iter().map(|row| row.get(place).and_then(&of)).collect()
        }
        macro_rules! each {
            ($variant:ident, $found:ident => $value:expr) => {
                each(place, rows, |value| if let Value::$variant($found) = value { $value } else { None })
            };
        }
        match kind {
            Kind::Int => Self::Int(each!(Int, number => Some(*number))),
            // They fit: `Value::of_kind` has looked.
            Kind::Small => Self::Small(each!(Int, number => i16::try_from(*number).ok())),
            Kind::Medium => Self::Medium(each!(Int, number => i32::try_from(*number).ok())),
            Kind::Bool => Self::Bool(each!(Bool, yes => Some(*yes))),
            Kind::Real => Self::Real(each!(Real, number => Some(*number))),
            Kind::Text => Self::Text(each!(Text, text => Some(text.as_str()))),
            Kind::Json => Self::Json(each!(Json, text => Some(Index(text)))),
            Kind::Bytes => Self::Bytes(each!(Bytes, bytes => Some(bytes.as_slice()))),
            Kind::Uuid => Self::Uuid(each!(Uuid, id => Some(*id))),
        }
    }
}

/// Rows of a table, by column.
struct Insert<'r> {
    head: String,
    columns: Vec<Values<'r>>,
}

impl QueryFragment<Pg> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.head);
        for (place, column) in self.columns.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            match column {
                Values::Int(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?,
                Values::Small(values) => out.push_bind_param::<Array<Nullable<SmallInt>>, _>(values)?,
                Values::Medium(values) => out.push_bind_param::<Array<Nullable<Integer>>, _>(values)?,
                Values::Bool(values) => out.push_bind_param::<Array<Nullable<Bool>>, _>(values)?,
                Values::Real(values) => out.push_bind_param::<Array<Nullable<Double>>, _>(values)?,
                Values::Text(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values)?,
                Values::Json(values) => out.push_bind_param::<Array<Nullable<Search>>, _>(values)?,
                Values::Bytes(values) => out.push_bind_param::<Array<Nullable<Binary>>, _>(values)?,
                Values::Uuid(values) => out.push_bind_param::<Array<Nullable<Uid>>, _>(values)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for Insert<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> RunQueryDsl<Conn> for Insert<'_> {}

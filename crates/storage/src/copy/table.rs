//! The tables, as the databases' own catalogues describe them: nobody has to remember to copy a new one.

use super::{
    CopyError,
    value::{Kind, Row},
};

/// A table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Those that are written; not those that the database computes.
    pub(crate) columns: Vec<Column>,
    /// The places, in `columns`, of the primary key's columns, in the key's order.
    pub(crate) key: Vec<usize>,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Table {
    /// The columns as they stand in a statement.
    pub(crate) fn column_list(&self) -> String {
        self.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ")
    }

    /// The same of the primary key.
    pub(crate) fn key_list(&self) -> String {
        self.key.iter().map(|place| quoted(&self.columns[*place].name)).collect::<Vec<_>>().join(", ")
    }

    /// Asks for rows in key order; the values to continue behind stand between the two texts.
    pub(crate) fn page(&self, continues: bool, limit: usize) -> (String, String) {
        let (columns, key, table) = (self.column_list(), self.key_list(), quoted(&self.name));
        let (behind, close) =
            if continues { (format!(" WHERE ({key}) > ("), ")") } else { (String::new(), "") };
        (format!("SELECT {columns} FROM {table}{behind}"), format!("{close} ORDER BY {key} LIMIT {limit}"))
    }

    /// Rows as they were read, each value as one of its column's kind.
    pub(crate) fn typed(&self, rows: Vec<Row>) -> Result<Vec<Row>, CopyError> {
        let typed = |row: Row| {
            let values = row.into_iter().zip(&self.columns);
            values
                .map(|(value, column)| {
                    value.of_kind(column.kind).ok_or_else(|| CopyError::BadValue {
                        table: self.name.clone(),
                        column: column.name.clone(),
                    })
                })
                .collect()
        };
        rows.into_iter().map(typed).collect()
    }
}

/// A name as it stands in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as text in a statement.
pub(crate) fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

/// The tables that both have, in the order of the source. Organisations come first, since who watches knows them.
pub(crate) fn in_common(source: Vec<Table>, target: Vec<Table>) -> Result<Vec<Table>, CopyError> {
    let differ = |what: String| CopyError::TablesDiffer { what };
    if let Some(more) = target.iter().find(|table| !source.iter().any(|other| other.name == table.name)) {
        return Err(differ(format!("table {} is in the target alone", more.name)));
    }
    let mut tables = Vec::with_capacity(source.len());
    for mut table in source {
        let name = table.name.clone();
        let twin = target.iter().find(|other| other.name == name);
        let twin = twin.ok_or_else(|| differ(format!("table {name} is in the source alone")))?;
        if let Some(more) = twin.columns.iter().find(|c| !table.columns.iter().any(|o| o.name == c.name)) {
            return Err(differ(format!("column {name}.{} is in the target alone", more.name)));
        }
        for column in &mut table.columns {
            let other = twin.columns.iter().find(|other| other.name == column.name);
            let other = other
                .ok_or_else(|| differ(format!("column {name}.{} is in the source alone", column.name)))?;
            column.kind = column
                .kind
                .with(other.kind)
                .ok_or_else(|| differ(format!("column {name}.{} has another type in each", column.name)))?;
        }
        tables.push(table);
    }
    tables.sort_by(|a, b| (a.name != "orgs", &a.name).cmp(&(b.name != "orgs", &b.name)));
    Ok(tables)
}

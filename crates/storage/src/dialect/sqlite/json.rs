//! Comparing what is in a JSON column.
//!
//! SQLite compares a number with a text without complaint (any number is smaller) and hands out an array as text, so
//! every comparison first looks at the JSON type. A function that reads JSON fails on text that is none, so an element
//! of an array is taken apart only inside a `CASE` that has seen it to be an object.

use crate::sqlite::statement::{Bind, Draft};

/// Where a path starts.
#[derive(Clone, Copy)]
pub(crate) enum Base<'b> {
    /// A column that holds a JSON object.
    Column(&'b str),
    /// A row of [`each`], by its alias.
    Element(&'b str),
}

/// The JSON types that a comparison is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Instant,
    True,
    False,
}

impl Kind {
    fn is(self) -> &'static str {
        match self {
            Self::Text => " = 'text'",
            Self::Number => " IN ('integer', 'real')",
            Self::Instant => " = 'integer'",
            Self::True => " = 'true'",
            Self::False => " = 'false'",
        }
    }
}

/// Appends the condition that the value at `path` has this type.
pub(crate) fn is(out: &mut Draft, base: Base<'_>, path: &[String], kind: Kind) {
    match base {
        Base::Column(column) => {
            out.sql("json_type(").sql(column).sql(", ").bind(json_path(path)).sql(")").sql(kind.is());
        }
        Base::Element(alias) if path.is_empty() => {
            out.sql(alias).sql(".type").sql(kind.is());
        }
        Base::Element(alias) => {
            object(out, alias, "json_type", path);
            out.sql(kind.is());
        }
    }
}

/// Appends the value at `path`; it is known to be of this kind.
pub(crate) fn value(out: &mut Draft, base: Base<'_>, path: &[String], _: Kind) {
    match base {
        Base::Column(column) => {
            out.sql("json_extract(").sql(column).sql(", ").bind(json_path(path)).sql(")");
        }
        Base::Element(alias) if path.is_empty() => {
            out.sql(alias).sql(".value");
        }
        Base::Element(alias) => object(out, alias, "json_extract", path),
    }
}

/// Appends the condition that one element of the array at `path` satisfies `condition`, which is told the base.
pub(crate) fn each(
    out: &mut Draft,
    base: Base<'_>,
    path: &[String],
    alias: &str,
    condition: impl FnOnce(&mut Draft, Base<'_>),
) {
    out.sql("EXISTS (SELECT 1 FROM json_each(");
    document(out, base);
    out.sql(", ").bind(json_path(path)).sql(") ").sql(alias).sql(" WHERE ");
    // An object has members in place of elements, and those are not meant.
    array(out, base, path);
    out.sql(" AND (");
    condition(out, Base::Element(alias));
    out.sql("))");
}

/// Appends the condition that there is something at `path`: a number, a boolean, a text that is not empty, or one of
/// these at any depth.
pub(crate) fn present(out: &mut Draft, base: Base<'_>, path: &[String]) {
    const LEAF: &str =
        "(t.type IN ('true', 'false', 'integer', 'real') OR (t.type = 'text' AND t.atom <> '')))";
    match base {
        Base::Element(alias) if path.is_empty() => {
            out.sql("(CASE WHEN ")
                .sql(alias)
                .sql(".type IN ('object', 'array') THEN EXISTS (SELECT 1 FROM json_tree(");
            out.sql("CASE WHEN ").sql(alias).sql(".type IN ('object', 'array') THEN ").sql(alias);
            out.sql(".value END) t WHERE ").sql(LEAF);
            out.sql(" WHEN ").sql(alias).sql(".type = 'text' THEN ").sql(alias).sql(".value <> '' ELSE ");
            out.sql(alias).sql(".type <> 'null' END)");
        }
        _ => {
            out.sql("EXISTS (SELECT 1 FROM json_tree(");
            document(out, base);
            out.sql(", ").bind(json_path(path)).sql(") t WHERE ").sql(LEAF);
        }
    }
}

/// Appends the condition that a text contains another.
pub(crate) fn contains(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    out.sql("instr(");
    text(out);
    out.sql(", ").bind(Bind::Text(wanted.to_owned())).sql(") > 0");
}

/// Appends the condition that a text starts with another.
pub(crate) fn starts(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    let length = wanted.len() as i64;
    equal_part(out, text, wanted, |out| {
        out.sql("1, ").bind(Bind::Int(length));
    });
}

/// Appends the condition that a text ends with another.
pub(crate) fn ends(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    let length = wanted.len() as i64;
    equal_part(out, text, wanted, |out| {
        out.bind(Bind::Int(-length));
    });
}

/// As bytes, since a function of texts stops at a NUL. A part of UTF-8 that equals UTF-8 consists of whole characters.
fn equal_part(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str, part: impl FnOnce(&mut Draft)) {
    // Of an empty BLOB, `substr` makes NULL.
    if wanted.is_empty() {
        text(out);
        out.sql(" IS NOT NULL");
        return;
    }
    out.sql("substr(CAST(");
    text(out);
    out.sql(" AS BLOB), ");
    part(out);
    out.sql(") = CAST(").bind(Bind::text(wanted)).sql(" AS BLOB)");
}

/// Appends the value at `path`, or NULL when there is none of this type: something to order by.
pub(crate) fn scalar(out: &mut Draft, base: Base<'_>, path: &[String], kind: Kind) {
    out.sql("CASE WHEN ");
    is(out, base, path, kind);
    match kind {
        Kind::True | Kind::False => {
            out.sql(" THEN 1 WHEN ");
            is(out, base, path, Kind::False);
            out.sql(" THEN 0 END");
        }
        Kind::Text | Kind::Number | Kind::Instant => {
            out.sql(" THEN ");
            value(out, base, path, kind);
            out.sql(" END");
        }
    }
}

/// Appends what `value` says of the element that counts in the array at `path`: the primary one, or the first. NULL when
/// there is none.
pub(crate) fn chosen(
    out: &mut Draft,
    base: Base<'_>,
    path: &[String],
    prefers_primary: bool,
    value: impl FnOnce(&mut Draft, Base<'_>),
) {
    let element = Base::Element("s");
    out.sql("(SELECT ");
    value(out, element);
    out.sql(" FROM json_each(");
    document(out, base);
    out.sql(", ").bind(json_path(path)).sql(") s WHERE ");
    array(out, base, path);
    out.sql(" ORDER BY ");
    if prefers_primary {
        out.sql("coalesce(");
        is(out, element, &["primary".to_owned()], Kind::True);
        out.sql(", false) DESC, ");
    }
    out.sql("s.key LIMIT 1)");
}

/// A [`scalar`] as three columns, one for each type in which it is read: whole numbers and truth, fractions, text.
pub(crate) fn typed(scalar: &str, kind: Option<Kind>) -> String {
    match kind {
        Some(Kind::Text) | None => format!("NULL, NULL, {scalar}"),
        Some(Kind::True | Kind::False | Kind::Instant) => format!("{scalar}, NULL, NULL"),
        Some(Kind::Number) => format!(
            "CASE WHEN typeof({scalar}) = 'integer' THEN {scalar} END, \
             CASE WHEN typeof({scalar}) = 'real' THEN {scalar} END, NULL"
        ),
    }
}

/// The text form of an id, for what only a text can be asked.
pub(crate) fn id_text(column: &str) -> String {
    let part = |from: u8, length: u8| format!("substr(hex({column}), {from}, {length})");
    format!(
        "lower({} || '-' || {} || '-' || {} || '-' || {} || '-' || {})",
        part(1, 8),
        part(9, 4),
        part(13, 4),
        part(17, 4),
        part(21, 12)
    )
}

fn array(out: &mut Draft, base: Base<'_>, path: &[String]) {
    match base {
        Base::Column(column) => {
            out.sql("json_type(").sql(column).sql(", ").bind(json_path(path)).sql(")");
        }
        Base::Element(alias) => object(out, alias, "json_type", path),
    }
    out.sql(" = 'array'");
}

fn document(out: &mut Draft, base: Base<'_>) {
    match base {
        Base::Column(column) => {
            out.sql(column);
        }
        Base::Element(alias) => {
            out.sql("CASE WHEN ").sql(alias).sql(".type = 'object' THEN ").sql(alias).sql(".value END");
        }
    }
}

fn object(out: &mut Draft, alias: &str, function: &str, path: &[String]) {
    out.sql("CASE WHEN ").sql(alias).sql(".type = 'object' THEN ").sql(function).sql("(").sql(alias);
    out.sql(".value, ").bind(json_path(path)).sql(") END");
}

/// `$."name"."familyName"`. The keys are names from a schema; those have no quotation marks.
fn json_path(keys: &[String]) -> Bind {
    let mut path = String::from("$");
    for key in keys {
        path.push_str(".\"");
        path.extend(key.chars().filter(|c| *c != '"'));
        path.push('"');
    }
    Bind::Text(path)
}

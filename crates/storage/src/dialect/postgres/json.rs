//! Comparing what is in a JSON column.
//!
//! A path that leads nowhere is NULL here and everything asked of it is NULL too, which counts as false. What fails on
//! a value of another type (reading a text as a number, taking apart what is no array) stands inside a `CASE` that has
//! seen the type: the terms of an AND have no order.

use super::BY_CODE_POINT;
use crate::postgres::statement::{Bind, Draft};

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

/// Appends the condition that the value at `path` has this type.
pub(crate) fn is(out: &mut Draft, base: Base<'_>, path: &[String], kind: Kind) {
    match kind {
        Kind::Text | Kind::Number => {
            out.sql("jsonb_typeof(");
            at(out, base, path);
            out.sql(if kind == Kind::Text { ") = 'string'" } else { ") = 'number'" });
        }
        // JSON has numbers of one type only; whole ones are those that were written without a fraction.
        Kind::Instant => {
            out.sql("CASE jsonb_typeof(");
            at(out, base, path);
            out.sql(") WHEN 'number' THEN scale(CAST(");
            at(out, base, path);
            out.sql(" AS numeric)) = 0 AND abs(CAST(");
            at(out, base, path);
            out.sql(" AS numeric)) < 9223372036854775808 END");
        }
        Kind::True => {
            at(out, base, path);
            out.sql(" = CAST('true' AS jsonb)");
        }
        Kind::False => {
            at(out, base, path);
            out.sql(" = CAST('false' AS jsonb)");
        }
    }
}

/// Appends the value at `path`; it is known to be of this kind.
pub(crate) fn value(out: &mut Draft, base: Base<'_>, path: &[String], kind: Kind) {
    if let Kind::Number | Kind::Instant = kind {
        out.sql("(CASE WHEN ");
        is(out, base, path, kind);
        out.sql(" THEN CAST(");
        at(out, base, path);
        out.sql(" AS numeric) END)");
        return;
    }
    out.sql("(");
    document(out, base);
    out.sql(" #>> CAST(").bind(json_path(path)).sql(" AS text[]))").sql(BY_CODE_POINT);
}

/// Appends the condition that one element of the array at `path` satisfies `condition`, which is told the base.
pub(crate) fn each(
    out: &mut Draft,
    base: Base<'_>,
    path: &[String],
    alias: &str,
    condition: impl FnOnce(&mut Draft, Base<'_>),
) {
    out.sql("EXISTS (SELECT 1 FROM ");
    elements(out, base, path);
    out.sql(" AS ").sql(alias).sql("(value) WHERE (");
    condition(out, Base::Element(alias));
    out.sql("))");
}

/// Appends the condition that there is something at `path`: a number, a boolean, a text that is not empty, or one of
/// these at any depth.
pub(crate) fn present(out: &mut Draft, base: Base<'_>, path: &[String]) {
    const LEAF: &str = r#"strict $.** ? (@.type() == "number" || @.type() == "boolean" || (@.type() == "string" && @ != ""))"#;
    out.sql("jsonb_path_exists(");
    at(out, base, path);
    out.sql(", CAST(").bind(Bind::text(LEAF)).sql(" AS jsonpath))");
}

/// Appends the condition that a text contains another.
pub(crate) fn contains(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    out.sql("strpos(");
    text(out);
    out.sql(", ").bind(Bind::Text(wanted.to_owned())).sql(") > 0");
}

/// Appends the condition that a text starts with another.
pub(crate) fn starts(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    out.sql("starts_with(");
    text(out);
    out.sql(", ").bind(Bind::text(wanted)).sql(")");
}

/// Appends the condition that a text ends with another.
pub(crate) fn ends(out: &mut Draft, text: impl FnOnce(&mut Draft), wanted: &str) {
    out.sql("right(");
    text(out);
    out.sql(", length(").bind(Bind::text(wanted)).sql(")) = ").bind(Bind::text(wanted));
}

/// Appends the value at `path`, or NULL when there is none of this type: something to order by.
pub(crate) fn scalar(out: &mut Draft, base: Base<'_>, path: &[String], kind: Kind) {
    out.sql("(CASE WHEN ");
    is(out, base, path, kind);
    match kind {
        Kind::True | Kind::False => {
            out.sql(" THEN true WHEN ");
            is(out, base, path, Kind::False);
            out.sql(" THEN false END)");
        }
        Kind::Text | Kind::Number | Kind::Instant => {
            out.sql(" THEN ");
            value(out, base, path, kind);
            out.sql(" END)");
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
    out.sql(" FROM ");
    elements(out, base, path);
    out.sql(" WITH ORDINALITY AS s(value, place) ORDER BY ");
    if prefers_primary {
        out.sql("coalesce(");
        is(out, element, &["primary".to_owned()], Kind::True);
        out.sql(", false) DESC, ");
    }
    out.sql("s.place LIMIT 1)");
}

/// A [`scalar`] as three columns, one for each type in which it is read: whole numbers and truth, fractions, text.
pub(crate) fn typed(scalar: &str, kind: Option<Kind>) -> String {
    match kind {
        Some(Kind::Text) | None => format!("NULL, NULL, {scalar}"),
        Some(Kind::True | Kind::False) => format!("CAST(CAST({scalar} AS integer) AS bigint), NULL, NULL"),
        Some(Kind::Instant) => format!("CAST({scalar} AS bigint), NULL, NULL"),
        Some(Kind::Number) => {
            let whole = format!("{scalar} = trunc({scalar}) AND abs({scalar}) < 9223372036854775807");
            format!(
                "CASE WHEN {whole} THEN CAST({scalar} AS bigint) END, \
                 CASE WHEN NOT ({whole}) THEN CAST({scalar} AS double precision) END, NULL"
            )
        }
    }
}

/// The text form of an id, for what only a text can be asked.
pub(crate) fn id_text(column: &str) -> String {
    format!("CAST({column} AS text){BY_CODE_POINT}")
}

/// The elements of the array at `path`, none if it is no array.
fn elements(out: &mut Draft, base: Base<'_>, path: &[String]) {
    out.sql("jsonb_array_elements(CASE jsonb_typeof(");
    at(out, base, path);
    out.sql(") WHEN 'array' THEN ");
    at(out, base, path);
    out.sql(" END)");
}

fn at(out: &mut Draft, base: Base<'_>, path: &[String]) {
    if path.is_empty() {
        document(out, base);
        return;
    }
    out.sql("(");
    document(out, base);
    out.sql(" #> CAST(").bind(json_path(path)).sql(" AS text[]))");
}

fn document(out: &mut Draft, base: Base<'_>) {
    match base {
        Base::Column(column) => out.sql(column),
        Base::Element(alias) => out.sql(alias).sql(".value"),
    };
}

/// `{"name","familyName"}`. The keys are names from a schema; those have no quotation marks.
fn json_path(keys: &[String]) -> Bind {
    let mut path = String::from("{");
    for key in keys {
        let comma = if path.len() > 1 { "," } else { "" };
        path.push_str(comma);
        path.push('"');
        path.extend(key.chars().filter(|c| !matches!(c, '"' | '\\')));
        path.push('"');
    }
    path.push('}');
    Bind::Text(path)
}

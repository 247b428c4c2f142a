//! Text in a column, any text that JSON can carry.
//!
//! PostgreSQL has no room for U+0000, neither in `text` nor in `jsonb`. It is written there as U+0001 U+0001, and U+0001
//! itself as U+0001 U+0002. That is reversible, keeps two texts apart that were apart, and keeps their order. Hardly any
//! text has either character, so what this costs is looking for them. Documents need none of it: JSON escapes both.

use std::{borrow::Cow, io::Write};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{self, SqlType},
    sqlite::{Sqlite, SqliteValue},
};

/// A text, ordered by code point.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 25, array_oid = 1009))]
#[allow(unreachable_pub)] // as for `Uid`
pub struct Text;

/// JSON that the database looks into: `text` in SQLite, `jsonb` in PostgreSQL. It is never read back.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Text"), postgres_type(oid = 3802, array_oid = 3807))]
#[allow(unreachable_pub)]
pub struct Search;

/// A text on its way into a statement of Diesel's language. Reading needs no such step.
#[derive(Clone, Debug, AsExpression)]
#[diesel(sql_type = Text)]
pub(crate) struct Words<'w>(Cow<'w, str>);

/// An index on its way into a statement.
#[derive(Clone, Copy, Debug, AsExpression)]
#[diesel(sql_type = Search)]
pub(crate) struct Index<'w>(pub(crate) &'w str);

/// What can be written as a [`Text`].
pub(crate) fn words<'w>(text: impl Into<Cow<'w, str>>) -> Words<'w> {
    Words(text.into())
}

macro_rules! as_its_text {
    ($($rust:ty => $sql:ty),+) => {$(
        impl<Db: Backend> ToSql<$sql, Db> for $rust
        where
            str: ToSql<$sql, Db>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Db>) -> serialize::Result {
                ToSql::<$sql, Db>::to_sql(&*self.0, out)
            }
        }
    )+};
}
as_its_text!(Words<'_> => Text, Index<'_> => Search);

impl ToSql<Text, Sqlite> for str {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <Self as ToSql<sql_types::Text, Sqlite>>::to_sql(self, out)
    }
}

impl ToSql<Search, Sqlite> for str {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <Self as ToSql<sql_types::Text, Sqlite>>::to_sql(self, out)
    }
}

impl ToSql<Text, Pg> for str {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(without_nul(self).as_bytes())?;
        Ok(IsNull::No)
    }
}

/// `jsonb` travels as a version, 1, and the JSON as text.
impl ToSql<Search, Pg> for str {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[1])?;
        out.write_all(json_without_nul(self).as_bytes())?;
        Ok(IsNull::No)
    }
}

macro_rules! as_str {
    ($($sql:ty),+) => {$(
        impl<Db: Backend> ToSql<$sql, Db> for String
        where
            str: ToSql<$sql, Db>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Db>) -> serialize::Result {
                ToSql::<$sql, Db>::to_sql(self.as_str(), out)
            }
        }
    )+};
}
as_str!(Text, Search);

impl FromSql<Text, Sqlite> for String {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <Self as FromSql<sql_types::Text, Sqlite>>::from_sql(value)
    }
}

impl FromSql<Text, Pg> for String {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let text = <Self as FromSql<sql_types::Text, Pg>>::from_sql(value)?;
        Ok(with_nul(text))
    }
}

const ESCAPE: char = '\u{1}';

fn without_nul(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < 2) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => out.extend([ESCAPE, '\u{1}']),
            ESCAPE => out.extend([ESCAPE, '\u{2}']),
            other => out.push(other),
        }
    }
    out.into()
}

/// A text as it was before PostgreSQL held it.
pub(crate) fn with_nul(text: String) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ESCAPE => match chars.next() {
                Some('\u{1}') => out.push('\0'),
                _ => out.push(ESCAPE),
            },
            other => out.push(other),
        }
    }
    out
}

/// The same inside JSON text, where both characters are escaped already. A backslash takes what follows it along, so
/// that the four characters after an escaped backslash are no escape.
fn json_without_nul(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u000") {
        return json.into();
    }
    let mut out = String::with_capacity(json.len() + 16);
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let (written, length) = if escape.starts_with("\\u0000") {
            ("\\u0001\\u0001", 6)
        } else if escape.starts_with("\\u0001") {
            ("\\u0001\\u0002", 6)
        } else {
            let length = escape.char_indices().nth(2).map_or(escape.len(), |(length, _)| length);
            (&escape[..length], length)
        };
        out.push_str(written);
        rest = &escape[length..];
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_and_keeps_its_place_among_others() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "\0\u{1}",
            "\0\u{2}",
            "\u{1}",
            "\u{1}\0",
            "\u{1}\u{1}",
            "\u{2}",
            "a",
            "a\0",
            "a\0b",
            "a\u{1}",
            "ab",
        ];
        let stored: Vec<String> = texts.iter().map(|text| without_nul(text).into_owned()).collect();
        for (text, stored) in texts.iter().zip(&stored) {
            assert!(!stored.contains('\0'));
            assert_eq!(with_nul(stored.clone()), *text);
        }
        assert!(stored.windows(2).all(|pair| pair[0] < pair[1]), "{stored:?}");
    }

    #[test]
    fn json_says_the_same_as_the_text_it_holds() {
        for text in ["", "plain", "a\0b", "\u{1}", "\\u0000", "\\\0", "\"\0\"", "\0\u{1}🐧\\"] {
            let json = serde_json::to_string(text).unwrap();
            let read: String = serde_json::from_str(&json_without_nul(&json)).unwrap();
            assert_eq!(read, without_nul(text), "{json}");
        }
    }
}

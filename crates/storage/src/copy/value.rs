//! A value on its way from one database to another, and what two databases have to agree on.

use std::hash::Hasher;

use serde_json::Value as Json;
use uuid::Uuid;

use crate::types::Id;

/// What a column holds. SQLite has fewer types than PostgreSQL; of two kinds the one that says more counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    /// A whole number.
    Int,
    /// One that PostgreSQL keeps in two bytes.
    Small,
    /// The same in four.
    Medium,
    /// Yes or no; a number in SQLite.
    Bool,
    /// A number.
    Real,
    /// A text.
    Text,
    /// JSON that the database looks into; text in SQLite.
    Json,
    /// Bytes.
    Bytes,
    /// An id; bytes in SQLite.
    Uuid,
}

impl Kind {
    /// The kind of a column that is `self` in one database and `other` in the other; `None` when they are different things.
    pub(crate) fn with(self, other: Self) -> Option<Self> {
        use Kind::{Bool, Bytes, Int, Json, Medium, Small, Text, Uuid};
        match (self.min(other), self.max(other)) {
            (one, same) if one == same => Some(one),
            (Int, more @ (Small | Medium | Bool)) | (Text, more @ Json) | (Bytes, more @ Uuid) => Some(more),
            _ => None,
        }
    }
}

/// A value. What the two databases spell differently is spelled one way here.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Bool(bool),
    Real(f64),
    Text(String),
    /// With sorted keys and without blanks.
    Json(String),
    Bytes(Vec<u8>),
    Uuid(Id),
}

impl Value {
    /// The value as one of this kind; `None` when it cannot be.
    pub(crate) fn of_kind(self, kind: Kind) -> Option<Self> {
        match (self, kind) {
            (Self::Int(value @ (0 | 1)), Kind::Bool) => Some(Self::Bool(value == 1)),
            (Self::Int(value), Kind::Small) => i16::try_from(value).ok().map(|_| Self::Int(value)),
            (Self::Int(value), Kind::Medium) => i32::try_from(value).ok().map(|_| Self::Int(value)),
            (Self::Int(value), Kind::Real) => Some(Self::Real(value as f64)),
            (Self::Text(text), Kind::Json) => canonical(&text, |text| text).map(Self::Json),
            (Self::Bytes(bytes), Kind::Uuid) => Uuid::from_slice(&bytes).ok().map(|id| Self::Uuid(Id(id))),
            (value, kind) => value.fits(kind).then_some(value),
        }
    }

    fn fits(&self, kind: Kind) -> bool {
        match self {
            Self::Null => true,
            Self::Int(_) => kind == Kind::Int,
            Self::Bool(_) => kind == Kind::Bool,
            Self::Real(_) => kind == Kind::Real,
            Self::Text(_) => kind == Kind::Text,
            Self::Json(_) => kind == Kind::Json,
            Self::Bytes(_) => kind == Kind::Bytes,
            Self::Uuid(_) => kind == Kind::Uuid,
        }
    }

    /// About how much memory it takes.
    pub(crate) fn size(&self) -> usize {
        16 + match self {
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }

    fn hash(&self, into: &mut impl Hasher) {
        let mut of = |tag: u8, bytes: &[u8]| {
            into.write_u8(tag);
            into.write_usize(bytes.len());
            into.write(bytes);
        };
        match self {
            Self::Null => of(0, &[]),
            Self::Int(value) => of(1, &value.to_le_bytes()),
            Self::Bool(value) => of(2, &[u8::from(*value)]),
            Self::Real(value) => of(3, &value.to_bits().to_le_bytes()),
            Self::Text(text) => of(4, text.as_bytes()),
            Self::Json(text) => of(5, text.as_bytes()),
            Self::Bytes(bytes) => of(6, bytes),
            Self::Uuid(id) => of(7, id.0.as_bytes()),
        }
    }
}

/// The columns of a row, in the order of its table's description.
pub(crate) type Row = Vec<Value>;

/// What a table holds, whatever the order of its rows: how many, and the sum of their hashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    /// How many rows.
    pub rows: u64,
    /// A checksum. It compares within one version of Rolecall.
    pub checksum: u64,
}

impl Contents {
    pub(crate) fn add(&mut self, row: &[Value]) {
        // Its keys are fixed, so that two processes come to the same sum.
        let mut hasher = std::collections::hash_map::DefaultHasher::new();
        row.iter().for_each(|value| value.hash(&mut hasher));
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(hasher.finish());
    }
}

/// JSON as both databases agree on it: `jsonb` forgets blanks and the order of keys, and writes numbers in its own way.
/// `text` is applied to each text in it.
pub(crate) fn canonical(json: &str, text: impl Fn(String) -> String + Copy) -> Option<String> {
    let mut value: Json = serde_json::from_str(json).ok()?;
    value.sort_all_objects();
    Some(spelled(value, text).to_string())
}

fn spelled(value: Json, text: impl Fn(String) -> String + Copy) -> Json {
    match value {
        Json::String(string) => text(string).into(),
        // `numeric` has no negative zero.
        Json::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => Json::from(0.0),
        Json::Array(items) => items.into_iter().map(|item| spelled(item, text)).collect(),
        Json::Object(fields) => {
            Json::Object(fields.into_iter().map(|(key, item)| (text(key), spelled(item, text))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_kinds_the_one_that_says_more_counts() {
        for (one, other, both) in [
            (Kind::Int, Kind::Bool, Some(Kind::Bool)),
            (Kind::Small, Kind::Int, Some(Kind::Small)),
            (Kind::Json, Kind::Text, Some(Kind::Json)),
            (Kind::Bytes, Kind::Uuid, Some(Kind::Uuid)),
            (Kind::Bytes, Kind::Bytes, Some(Kind::Bytes)),
            (Kind::Text, Kind::Bytes, None),
            (Kind::Int, Kind::Text, None),
        ] {
            assert_eq!((one.with(other), other.with(one)), (both, both), "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_value_that_is_none_of_its_kind_is_refused() {
        for (value, kind) in [
            (Value::Int(2), Kind::Bool),
            (Value::Int(40_000), Kind::Small),
            (Value::Text("{".into()), Kind::Json),
            (Value::Bytes(vec![1; 15]), Kind::Uuid),
            (Value::Text("1".into()), Kind::Int),
        ] {
            assert_eq!(value.clone().of_kind(kind), None, "{value:?}");
        }
    }

    #[test]
    fn json_that_says_the_same_is_the_same() {
        let same = canonical("{\"b\": [1, -0.0, 1e2], \"a\" : null}", |text| text);
        assert_eq!(same.as_deref(), Some("{\"a\":null,\"b\":[1,0.0,100.0]}"));
        assert_eq!(canonical("{\"a\":null,\"b\":[1,0.0,100.0]}", |text| text), same);
    }

    #[test]
    fn a_checksum_looks_at_each_value_and_not_at_the_order_of_rows() {
        let row = |n, text: &str| vec![Value::Int(n), Value::Text(text.into()), Value::Null];
        let of = |rows: &[Row]| {
            let mut contents = Contents::default();
            rows.iter().for_each(|row| contents.add(row));
            contents
        };
        let both = of(&[row(1, "a"), row(2, "b")]);
        assert_eq!(both, of(&[row(2, "b"), row(1, "a")]));
        assert_ne!(both, of(&[row(1, "b"), row(2, "a")]));
        assert_ne!(both, of(&[row(1, "a"), row(2, "b\0")]));
    }
}

//! The place of one resource in a sorted list, as a value with an order.

use std::cmp::Ordering;

use serde_json::Value;

use super::SortOrder;
use crate::schema::AttributeType;

/// The place of a resource in a list; smaller keys come first. Keys of one [`super::ResolvedSort`] can be
/// compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// What is sorted by; `None` when the resource has no value, which sorts as if it were larger than all
    /// values.
    pub value: Option<SortValue>,
    /// Which end comes first.
    pub order: SortOrder,
}

/// A value to sort by, of the index form. The values of one attribute are of one variant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// `false` before `true`; RFC 7644 has no word on it.
    Boolean(bool),
    /// Integers and decimals, by value.
    Number(Number),
    /// Dates, in milliseconds since 1970.
    Instant(i64),
    /// Everything else, by code point; folded unless the attribute is case-exact. The empty string is a
    /// value, and the smallest.
    Text(String),
}

/// A number of the index form. Whole numbers and fractions are compared exactly, without rounding either.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number; JSON has no others than finite ones.
    Decimal(f64),
}

impl SortValue {
    /// The value, when it is of the type its attribute has.
    pub(super) fn of(value: &Value, kind: AttributeType) -> Option<Self> {
        match kind {
            AttributeType::Boolean => value.as_bool().map(SortValue::Boolean),
            AttributeType::Integer | AttributeType::Decimal => {
                let number = value.as_i64().map(Number::Integer);
                number.or_else(|| value.as_f64().map(Number::Decimal)).map(SortValue::Number)
            }
            AttributeType::DateTime => value.as_i64().map(SortValue::Instant),
            AttributeType::String | AttributeType::Reference | AttributeType::Binary => {
                value.as_str().map(|text| SortValue::Text(text.to_owned()))
            }
            AttributeType::Complex => None,
        }
    }

    /// The value as JSON, for the position in a [`crate::cursor::Cursor`].
    #[must_use]
    pub fn render(&self) -> String {
        match self {
            SortValue::Boolean(boolean) => boolean.to_string(),
            SortValue::Number(Number::Integer(number)) | SortValue::Instant(number) => number.to_string(),
            SortValue::Number(Number::Decimal(number)) => Value::from(*number).to_string(),
            SortValue::Text(text) => Value::from(text.as_str()).to_string(),
        }
    }

    /// Reads back what [`SortValue::render`] wrote for an attribute of this type; `None` for anything
    /// else.
    #[must_use]
    pub fn parse(text: &str, kind: AttributeType) -> Option<Self> {
        Self::of(&serde_json::from_str(text).ok()?, kind)
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let ascending = match (&self.value, &other.value) {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        self.order.direct(ascending)
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Number::Integer(one), Number::Integer(other)) => one.cmp(&other),
            // `+ 0.0` makes one zero of the two.
            (Number::Decimal(one), Number::Decimal(other)) => (one + 0.0).total_cmp(&(other + 0.0)),
            (Number::Integer(integer), Number::Decimal(decimal)) => integer_to_decimal(integer, decimal),
            (Number::Decimal(decimal), Number::Integer(integer)) => {
                integer_to_decimal(integer, decimal).reverse()
            }
        }
    }
}

fn integer_to_decimal(integer: i64, decimal: f64) -> Ordering {
    // 2^63, which is a double, while i64::MAX is not.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if decimal >= BEYOND {
        return Ordering::Less;
    }
    if decimal < -BEYOND {
        return Ordering::Greater;
    }
    // Within the range, the whole part is an i64 exactly.
    let whole = decimal.trunc();
    integer.cmp(&(whole as i64)).then_with(|| 0.0_f64.total_cmp(&(decimal - whole + 0.0)))
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

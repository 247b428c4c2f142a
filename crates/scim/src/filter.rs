//! The filter language (RFC 7644 §3.4.2.2): text to tree, tree to text, and the tree bound to a schema.
//!
//! [`Filter::parse`] knows only the grammar. [`Filter::resolve`] attaches to every comparison what the schema
//! says about its attribute, so that [`ResolvedFilter::matches`] and a translation to SQL need no look-ups
//! and cannot disagree about types, case or unknown names.

use std::fmt;

use serde_json::Number;

use crate::path::AttrPath;

mod literal;
mod matches;
mod parse;
mod resolve;

#[cfg(test)]
mod tests;

pub use parse::{MAX_DEPTH, MAX_LENGTH, MAX_TERMS};
pub use resolve::{CompareOp, ResolvedFilter, Target, TypedValue};

pub(crate) use parse::parse_path;
pub(crate) use resolve::{locate, resolve_in};

/// A filter as written (RFC 7644 §3.4.2.2, figure 1).
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of two or more.
    And(Vec<Filter>),
    /// Any of two or more.
    Or(Vec<Filter>),
    /// Not the one.
    Not(Box<Filter>),
    /// `attribute operator value`.
    Compare {
        /// What to look at.
        path: AttrPath,
        /// How to compare.
        op: Operator,
        /// What to compare with.
        value: Literal,
    },
    /// `attribute pr`.
    Present(AttrPath),
    /// `attribute[filter]`: one value of the attribute satisfies the whole filter.
    ValuePath {
        /// The attribute; it has no sub-attribute.
        attribute: AttrPath,
        /// What the value must satisfy. Paths in it are relative to the value.
        filter: Box<Filter>,
        /// `attribute[filter].value eq "x"`: a further test of the same value. Outside the grammar of
        /// §3.4.2.2, see [`crate::dialect::test_after_value_path`]. Its paths, too, are relative to the
        /// value.
        then: Option<Box<Filter>>,
    },
}

/// A comparison operator (RFC 7644 §3.4.2.2, table 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

/// The value of a comparison: a JSON literal (RFC 7644 §3.4.2.2, `compValue`).
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// A string.
    String(String),
    /// A number.
    Number(Number),
    /// A boolean.
    Boolean(bool),
    /// `null`: unassigned (RFC 7643 §2.5).
    Null,
}

impl Operator {
    /// The operator as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Eq => "eq",
            Operator::Ne => "ne",
            Operator::Co => "co",
            Operator::Sw => "sw",
            Operator::Ew => "ew",
            Operator::Gt => "gt",
            Operator::Ge => "ge",
            Operator::Lt => "lt",
            Operator::Le => "le",
        }
    }

    /// The operator, in whatever case it is written (RFC 7644 §3.4.2.2).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
        [Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le].into_iter().find(|op| op.as_str().eq_ignore_ascii_case(text))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Literal::Number(number) => write!(f, "{number}"),
            Literal::Boolean(boolean) => write!(f, "{boolean}"),
            Literal::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Filter {
    /// Writes the filter with the fewest parentheses that parse back to the same tree.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(terms) => {
                join(f, terms, " and ", |term| matches!(term, Filter::And(_) | Filter::Or(_)))
            }
            Filter::Or(terms) => join(f, terms, " or ", |term| matches!(term, Filter::Or(_))),
            Filter::Not(term) => write!(f, "not ({term})"),
            Filter::Compare { path, op, value } => write!(f, "{path} {} {value}", op.as_str()),
            Filter::Present(path) => write!(f, "{path} pr"),
            Filter::ValuePath { attribute, filter, then: None } => write!(f, "{attribute}[{filter}]"),
            Filter::ValuePath { attribute, filter, then: Some(then) } => {
                write!(f, "{attribute}[{filter}].{then}")
            }
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    terms: &[Filter],
    word: &str,
    needs_parentheses: fn(&Filter) -> bool,
) -> fmt::Result {
    for (position, term) in terms.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        if needs_parentheses(term) {
            write!(f, "({term})")?;
        } else {
            write!(f, "{term}")?;
        }
    }
    Ok(())
}

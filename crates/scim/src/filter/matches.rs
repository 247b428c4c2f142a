//! Evaluating a bound filter on the index form of a resource (RFC 7644 §3.4.2.2).

use serde_json::{Map, Value};

use super::{CompareOp, ResolvedFilter, Target, TypedValue};
use crate::document::Document;
use crate::index;
use crate::render::Meta;
use crate::schema::ResourceType;

impl ResolvedFilter {
    /// True when the index form of a resource satisfies the filter. See [`crate::index::index_document`]; a
    /// server adds `id`, `meta` and whatever else it keeps elsewhere, with dates as milliseconds, before it
    /// asks about those.
    #[must_use]
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.holds(Node::Object(resource))
    }

    /// True when a document, with the `id` and `meta` its server keeps for it, satisfies the filter.
    #[must_use]
    pub fn matches_document(
        &self,
        document: &Document,
        resource_type: &ResourceType,
        id: &str,
        meta: &Meta<'_>,
    ) -> bool {
        self.matches(&index::index_resource(document, resource_type, id, meta))
    }

    /// True when the index form of one value of a multi-valued attribute satisfies the filter of a value
    /// path.
    #[must_use]
    pub fn matches_value(&self, value: &Value) -> bool {
        self.holds(Node::Value(value))
    }

    fn holds(&self, node: Node<'_>) -> bool {
        match self {
            ResolvedFilter::Constant(always) => *always,
            ResolvedFilter::And(terms) => terms.iter().all(|term| term.holds(node)),
            ResolvedFilter::Or(terms) => terms.iter().any(|term| term.holds(node)),
            ResolvedFilter::Not(term) => !term.holds(node),
            ResolvedFilter::Present(target) => any_value(node, target, is_present),
            ResolvedFilter::Compare { target, op, value } => {
                any_value(node, target, |found| compares(found, *op, value))
            }
            ResolvedFilter::ValuePath { attribute, filter } => {
                any_value(node, attribute, |found| filter.holds(Node::Value(found)))
            }
        }
    }
}

/// Where a path starts: a resource, or a value within it.
#[derive(Clone, Copy)]
enum Node<'a> {
    Object(&'a Map<String, Value>),
    Value(&'a Value),
}

impl<'a> Node<'a> {
    fn follow(self, keys: &[String]) -> Option<&'a Value> {
        let Some((first, rest)) = keys.split_first() else {
            return match self {
                Node::Object(_) => None,
                Node::Value(value) => Some(value),
            };
        };
        let start = match self {
            Node::Object(map) => map.get(first),
            Node::Value(value) => value.get(first),
        };
        rest.iter().try_fold(start?, |value, key| value.get(key))
    }
}

fn any_value(node: Node<'_>, target: &Target, test: impl Fn(&Value) -> bool) -> bool {
    let Some(value) = node.follow(target.array_path()) else {
        return false;
    };
    if !target.multi_valued {
        return test(value);
    }
    let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
    elements.iter().filter_map(|element| Node::Value(element).follow(target.element_path())).any(test)
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(attributes) => attributes.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(found: &Value, op: CompareOp, wanted: &TypedValue) -> bool {
    match wanted {
        TypedValue::Text(wanted) => found.as_str().is_some_and(|found| match op {
            CompareOp::Co => found.contains(wanted.as_str()),
            CompareOp::Sw => found.starts_with(wanted.as_str()),
            CompareOp::Ew => found.ends_with(wanted.as_str()),
            _ => orders(found.cmp(wanted.as_str()), op),
        }),
        TypedValue::Boolean(wanted) => op == CompareOp::Eq && found.as_bool() == Some(*wanted),
        TypedValue::Instant(wanted) => found.as_i64().is_some_and(|found| orders(found.cmp(wanted), op)),
        TypedValue::Integer(wanted) => match found.as_i64() {
            Some(found) => orders(found.cmp(wanted), op),
            // The cast rounds beyond 2^53; the other side is a fraction, where that does not matter.
            None => compares_numbers(found, *wanted as f64, op),
        },
        TypedValue::Decimal(wanted) => compares_numbers(found, *wanted, op),
    }
}

fn compares_numbers(found: &Value, wanted: f64, op: CompareOp) -> bool {
    found.as_f64().and_then(|found| found.partial_cmp(&wanted)).is_some_and(|ordering| orders(ordering, op))
}

fn orders(ordering: std::cmp::Ordering, op: CompareOp) -> bool {
    match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Ge => ordering.is_ge(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        // Text operators never order.
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

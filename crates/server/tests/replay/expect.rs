//! What an exchange should answer, and the differences from what it did.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::exchange::Answer;

#[derive(Deserialize, Clone)]
pub(crate) struct Expect {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) status_any: Vec<u16>,
    pub(crate) body_contains: Option<Value>,
    #[serde(default)]
    pub(crate) array_len: BTreeMap<String, usize>,
    #[serde(default)]
    pub(crate) body_absent: Vec<String>,
    #[serde(default)]
    pub(crate) save: BTreeMap<String, String>,
    pub(crate) raw_body: Option<String>,
    pub(crate) strict_status: Option<u16>,
    pub(crate) strict_body_contains: Option<Value>,
    #[serde(rename = "if_200_totalResults")]
    pub(crate) total_if_200: Option<u64>,
}

impl Expect {
    /// What a strict connection answers. What it does not say otherwise holds there, too; but with another status the
    /// body is another.
    pub(crate) fn when_strict(&self) -> Self {
        let mut strict = self.clone();
        if let Some(status) = self.strict_status {
            strict = Self {
                status,
                status_any: Vec::new(),
                body_contains: None,
                array_len: BTreeMap::new(),
                body_absent: Vec::new(),
                total_if_200: None,
                ..strict
            };
        }
        if let Some(body) = &self.strict_body_contains {
            strict.body_contains = Some(body.clone());
        }
        strict
    }
}

/// Everything that is not as expected. `read_back` looks at what is stored, for answers without a body.
pub(crate) fn check(expect: &Expect, answer: &Answer, read_back: impl Fn(&str) -> Value) -> Vec<String> {
    let mut complaints = Vec::new();
    if answer.status != expect.status && !expect.status_any.contains(&answer.status) {
        complaints.push(format!("expected status {} {:?}", expect.status, expect.status_any));
        return complaints;
    }
    // What a body should hold belongs to the wanted status; a tolerated error status says something else.
    let as_wanted = answer.status == expect.status || (answer.status < 300 && expect.status < 300);
    let asks_for_body =
        expect.body_contains.is_some() || !expect.array_len.is_empty() || !expect.body_absent.is_empty();
    let stored;
    let body = if answer.status == 204 && asks_for_body {
        stored = read_back("an answer without a body");
        &stored
    } else {
        &answer.body
    };
    let wanted = expect.body_contains.as_ref().filter(|_| as_wanted);
    complaints.extend(wanted.and_then(|wanted| lacks(body, wanted, "")));
    for (path, wanted) in &expect.array_len {
        let found = at(body, path).and_then(Value::as_array).map_or(0, Vec::len);
        if found != *wanted {
            complaints.push(format!("expected {wanted} values at {path}, found {found}"));
        }
    }
    for path in &expect.body_absent {
        let found = at(body, path);
        let empty = found.is_none_or(|value| match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        });
        if !empty {
            complaints.push(format!("expected nothing at {path}"));
        }
    }
    let total = expect.total_if_200.filter(|total| answer.status == 200 && body["totalResults"] != *total);
    complaints.extend(total.map(|total| format!("expected totalResults {total}")));
    complaints
}

/// What `found` lacks of `wanted`: every key of an object, every element of an array, in any order.
fn lacks(found: &Value, wanted: &Value, place: &str) -> Option<String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().find_map(|(key, wanted)| {
            let place = format!("{place}.{key}");
            // An unassigned attribute is left out of an answer (RFC 7643 §2.5).
            let empty = wanted.as_array().is_some_and(Vec::is_empty);
            match found.get(key) {
                Some(found) => lacks(found, wanted, &place),
                None if empty && key != "Resources" => None,
                None => Some(format!("{place} is missing")),
            }
        }),
        (Value::Array(wanted), Value::Array(found)) => wanted.iter().find_map(|wanted| {
            let there = found.iter().any(|found| lacks(found, wanted, place).is_none());
            (!there).then(|| format!("{place} has no element like {wanted}"))
        }),
        (wanted, found) => (wanted != found).then(|| format!("{place} should be {wanted}, is {found}")),
    }
}

/// The value at `a.b[0].c`. Keys may have dots of their own (URNs): the longest key that fits is taken.
pub(crate) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    if let Some(rest) = path.strip_prefix('[') {
        let (index, rest) = rest.split_once(']')?;
        return at(value.get(index.parse::<usize>().ok()?)?, rest);
    }
    let mut keys: Vec<&String> = value.as_object()?.keys().collect();
    keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
    keys.into_iter().find_map(|key| {
        let rest = path.strip_prefix(key.as_str())?;
        let ends = rest.is_empty() || rest.starts_with('.') || rest.starts_with('[');
        if ends { at(&value[key], rest) } else { None }
    })
}

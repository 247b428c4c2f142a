//! `bulkId:` references in the data of an operation: found, replaced, and taken out (RFC 7644 §3.7.2).
//!
//! A string that consists of `bulkId:` and a `bulkId` is a reference, wherever it stands:
//! `members[].value`, `manager.value`, a bare `manager`. In a `$ref` it may be the last segment of a path,
//! `/Users/bulkId:x`, and in the `path` of a PATCH operation a string of its filter, `members[value eq
//! "bulkId:x"]`.

use std::ops::Range;

use serde_json::{Map, Value, json};

use crate::patch::PATCH_OP_URN;

/// What a reference begins with.
pub(super) const PREFIX: &str = "bulkId:";

/// A resource that a reference leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Created {
    pub(super) id: String,
    pub(super) location: String,
}

/// Tells whether a `bulkId` is one of those in question.
pub(super) type Which<'a> = &'a dyn Fn(&str) -> bool;

/// Every `bulkId` that the data refers to, in order, perhaps more than once.
pub(super) fn find(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_string("", data, &mut |key, text| {
        found.extend(places(key, text).into_iter().map(|place| bulk_id(&text[place]).to_owned()));
    });
    found
}

/// Replaces the references that can be resolved: by the id, or in a `$ref` that is nothing but a
/// reference, by the URI, since that is what a `$ref` holds (RFC 7643 §2.4).
pub(super) fn replace<'c>(data: &mut Value, resolve: &dyn Fn(&str) -> Option<&'c Created>) {
    each_string_mut("", data, &mut |key, text| {
        // From the end, so that the places in front stay where they are.
        for place in places(key, text).into_iter().rev() {
            let Some(created) = resolve(bulk_id(&text[place.clone()])) else { continue };
            let whole_uri = is_uri(key) && place.start == 0;
            text.replace_range(place, if whole_uri { &created.location } else { &created.id });
        }
    });
}

/// Takes out of a resource what holds one of these references, and gives the PATCH that puts it in again:
/// elements of arrays, singular complex values, and simple values, each whole.
pub(super) fn take_out(data: &mut Value, which: Which<'_>) -> Option<Value> {
    let mut operations = Vec::new();
    if let Value::Object(attributes) = data {
        take_out_of(attributes, None, which, &mut operations);
    }
    (!operations.is_empty()).then(|| json!({ "schemas": [PATCH_OP_URN], "Operations": operations }))
}

fn take_out_of(
    attributes: &mut Map<String, Value>,
    urn: Option<&str>,
    which: Which<'_>,
    operations: &mut Vec<Value>,
) {
    let keys: Vec<String> = attributes.keys().cloned().collect();
    for key in keys {
        let path = urn.map_or_else(|| key.clone(), |urn| format!("{urn}:{key}"));
        let mut put_back =
            |value: Value| operations.push(json!({ "op": "add", "path": path, "value": value }));
        match attributes.get_mut(&key) {
            Some(Value::Array(elements)) => {
                let (out, kept): (Vec<Value>, Vec<Value>) =
                    std::mem::take(elements).into_iter().partition(|element| refers(&key, element, which));
                *elements = kept;
                if !out.is_empty() {
                    put_back(out.into());
                }
            }
            Some(Value::Object(inner)) if urn.is_none() && key.contains(':') && !is_one_value(inner) => {
                take_out_of(inner, Some(&key), which, operations);
            }
            Some(value) if refers(&key, value, which) => {
                put_back(value.take());
                attributes.shift_remove(&key);
            }
            _ => {}
        }
    }
}

/// Tells `"urn:…:User:manager": {"value": …}` (see [`crate::dialect::keys_are_paths`]) from an extension.
fn is_one_value(object: &Map<String, Value>) -> bool {
    object.keys().any(|key| is_uri(key) || key.eq_ignore_ascii_case("value"))
}

fn refers(key: &str, value: &Value, which: Which<'_>) -> bool {
    let mut found = false;
    each_string(key, value, &mut |key, text| {
        found |= places(key, text).into_iter().any(|place| which(bulk_id(&text[place])));
    });
    found
}

fn bulk_id(reference: &str) -> &str {
    reference.strip_prefix(PREFIX).unwrap_or(reference)
}

fn is_uri(key: &str) -> bool {
    key.eq_ignore_ascii_case("$ref")
}

/// Where the references in a string are.
fn places(key: &str, text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    if text.starts_with(PREFIX) {
        places.push(0..text.len());
    } else if is_uri(key) {
        let segment = text.rfind('/').map_or(0, |slash| slash + 1);
        if text[segment..].starts_with(PREFIX) {
            places.push(segment..text.len());
        }
    } else if key.eq_ignore_ascii_case("path") {
        let mut from = 0;
        while let Some(quote) = text[from..].find("\"bulkId:").map(|found| from + found) {
            let start = quote + 1;
            let Some(end) = text[start..].find('"').map(|found| start + found) else { break };
            places.push(start..end);
            from = end + 1;
        }
    }
    places
}

/// Every string, with the key of the nearest object above it.
fn each_string<'v>(key: &str, value: &'v Value, visit: &mut dyn FnMut(&str, &'v str)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(elements) => elements.iter().for_each(|element| each_string(key, element, visit)),
        Value::Object(members) => members.iter().for_each(|(key, value)| each_string(key, value, visit)),
        _ => {}
    }
}

fn each_string_mut(key: &str, value: &mut Value, visit: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::String(text) => visit(key, text),
        Value::Array(elements) => {
            elements.iter_mut().for_each(|element| each_string_mut(key, element, visit));
        }
        Value::Object(members) => {
            members.iter_mut().for_each(|(key, value)| each_string_mut(key, value, visit));
        }
        _ => {}
    }
}

//! PATCH in the forms that the dialects use, written apart from the product so that the two can disagree.

use serde_json::{Value, json};

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Applies one operation.
pub(super) fn apply(resource: &mut Value, operation: &Value) {
    let op = operation["op"].as_str().expect("an op").to_lowercase();
    let value = operation.get("value").cloned().unwrap_or_default();
    match operation.get("path").and_then(Value::as_str) {
        None => {
            for (path, value) in value.as_object().expect("pathless values are objects") {
                set(resource, path, value.clone());
            }
        }
        Some("members") => members(resource, &op, &value),
        Some(path) if op == "remove" => remove(resource, path),
        Some(path) if op == "add" && value.is_array() => {
            let held = slot(resource, path);
            let before = held.as_array().cloned().unwrap_or_default();
            *held = before.into_iter().chain(value.as_array().cloned().unwrap_or_default()).collect();
        }
        Some(path) => set(resource, path, value),
    }
}

/// The value at a plain path.
pub(super) fn resolve(resource: &Value, path: &str) -> Value {
    let mut copy = resource.clone();
    slot(&mut copy, path).clone()
}

fn members(resource: &mut Value, op: &str, value: &Value) {
    let named = value.as_array().cloned().unwrap_or_default();
    let held = slot(resource, "members");
    let mut members = held.as_array().cloned().unwrap_or_default();
    let is_named = |member: &Value| named.iter().any(|other| other["value"] == member["value"]);
    match op {
        "replace" => members = named,
        "remove" => members.retain(|member| !is_named(member)),
        _ => {
            members.retain(|member| !is_named(member));
            members.extend(named);
        }
    }
    *held = members.into();
}

fn remove(resource: &mut Value, path: &str) {
    if let Some((attribute, wanted)) = value_path(path) {
        let held = slot(resource, attribute).as_array_mut().expect("a multi-valued attribute");
        held.retain(|element| element[wanted.0] != wanted.1);
    } else {
        *slot(resource, path) = Value::Null;
    }
}

fn set(resource: &mut Value, path: &str, value: Value) {
    let Some((attribute, (name, wanted))) = value_path(path) else {
        // Entra gives a manager as a bare string.
        let value =
            if path.ends_with(":manager") && value.is_string() { json!({"value": value}) } else { value };
        // And a boolean as one, too.
        *slot(resource, path) = match value.as_str() {
            Some("True") => true.into(),
            Some("False") => false.into(),
            _ => value,
        };
        return;
    };
    let held = slot(resource, attribute);
    if held.is_null() {
        *held = json!([]);
    }
    let elements = held.as_array_mut().expect("a multi-valued attribute");
    let wanted = if wanted == "True" { Value::Bool(true) } else { wanted };
    match elements.iter_mut().find(|element| element[&name] == wanted) {
        Some(element) => element["value"] = value,
        None => elements.push(json!({name: wanted, "value": value})),
    }
}

/// `emails[type eq "work"].value` → `emails`, (`type`, `"work"`).
fn value_path(path: &str) -> Option<(&str, (&str, Value))> {
    let (attribute, rest) = path.split_once('[')?;
    let (filter, _) = rest.split_once(']')?;
    let (name, value) = filter.split_once(" eq ")?;
    Some((attribute, (name, serde_json::from_str(value).ok()?)))
}

fn slot<'r>(resource: &'r mut Value, path: &str) -> &'r mut Value {
    if let Some(rest) = path.strip_prefix(URN) {
        return match rest.strip_prefix(':') {
            Some(name) => &mut resource[URN][name],
            None => &mut resource[URN],
        };
    }
    path.split('.').fold(resource, |value, name| &mut value[name])
}

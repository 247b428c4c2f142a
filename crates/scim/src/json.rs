//! Bytes to a JSON object, and how to name what came instead.

use serde_json::{Map, Value};

use crate::dialect;
use crate::error::ScimError;
use crate::path::excerpt;
use crate::profile::Profile;

/// Parses a request body. Nesting is limited by serde_json (128 levels); of a name that comes twice the last
/// one counts.
pub(crate) fn parse_body(body: &[u8]) -> Result<Map<String, Value>, ScimError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| ScimError::invalid_syntax(format!("the body is not valid JSON: {error}")))?;
    into_object(value)
}

/// The object that a request body must be.
pub(crate) fn into_object(value: Value) -> Result<Map<String, Value>, ScimError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(ScimError::invalid_syntax(format!(
            "the body must be a JSON object, found {}",
            describe(&other)
        ))),
    }
}

/// The JSON value in a few words, for error details.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string {}", excerpt(text)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Takes the `schemas` of a message and checks that they name it (RFC 7644 §3.1).
pub(crate) fn take_message_schemas(
    body: &mut Map<String, Value>,
    urn: &str,
    profile: Profile,
) -> Result<(), ScimError> {
    let accepted = match take(body, "schemas") {
        None | Some(Value::Null) => dialect::accepts_missing_schemas(profile),
        Some(Value::Array(urns)) if urns.iter().any(|found| found.as_str() == Some(urn)) => true,
        Some(_) => dialect::accepts_foreign_schemas(profile),
    };
    if accepted {
        return Ok(());
    }
    Err(ScimError::invalid_syntax(format!("schemas must be [\"{urn}\"]")))
}

/// Takes the value of a key, in whatever case it is written (RFC 7643 §2.1).
pub(crate) fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = object.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    object.shift_remove(&key)
}

/// True for what RFC 7643 §2.5 calls unassigned.
pub(crate) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().all(Value::is_null),
        _ => false,
    }
}

//! Changing a resource step by step (RFC 7644 §3.5.2).
//!
//! [`PatchRequest::parse`] reads the message, [`apply`] gives the changed document or says why not; nothing
//! happens in between, so a PATCH is atomic by construction. Members of groups take another way, see
//! [`crate::members::split`].
//!
//! Points the RFC leaves open: `remove` that matches nothing succeeds, so that retries do (§3.5.2.2 is
//! silent). `replace` of a singular complex attribute keeps the sub-attributes it does not name (§3.5.2.3),
//! `replace` of values that a filter selects does not. A value that says the same `type` and `value` as one
//! already there is merged into it (RFC 7643 §2.4). `emails.value` without a filter means every value.

use serde_json::{Map, Value};

use crate::dialect;
use crate::document::{self, Document};
use crate::error::ScimError;
use crate::json::{self, describe};
use crate::path::{AttrPath, Path, excerpt};
use crate::profile::Profile;
use crate::schema::ResourceType;

mod attributes;
mod editor;
mod values;

#[cfg(test)]
mod tests;

use editor::Editor;

/// The URN of the PATCH message (RFC 7644 §3.5.2).
pub const PATCH_OP_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations one request may have; more are answered 413. Clients that send many split at a few
/// hundred.
pub const MAX_OPERATIONS: usize = 1_000;

/// The PATCH message (RFC 7644 §3.5.2).
#[derive(Debug)]
pub struct PatchRequest;

/// One operation of a PATCH message (RFC 7644 §3.5.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Where in the message it stood, from 0; errors name it.
    pub position: usize,
    /// What to do.
    pub op: Op,
    /// Where. Without a path the resource itself is meant, and `value` is an object.
    pub path: Option<Path>,
    /// With what. `None` when the client sent none; `null` is a value.
    pub value: Option<Value>,
}

/// What an operation does (RFC 7644 §3.5.2.1 to §3.5.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds to what is there.
    Add,
    /// Takes away.
    Remove,
    /// Puts in the place of what is there.
    Replace,
}

/// The outcome of a PATCH.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The document after all operations. Equal to the one before when nothing changed.
    pub document: Document,
    /// What the client named and the resource type does not know, or the client may not write, so that it was
    /// skipped. For a log line: it tells an administrator why a mapping has no effect.
    pub ignored: Vec<String>,
}

impl PatchRequest {
    /// Reads the body of a PATCH.
    ///
    /// # Errors
    /// `invalidSyntax` when the message is not as RFC 7644 §3.5.2 describes it, `invalidPath` for a path that
    /// does not parse, `noTarget` for `remove` without a path, `invalidValue` for `add` and `replace` without
    /// a value, and 413 above [`MAX_OPERATIONS`].
    pub fn parse(
        body: &[u8],
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Vec<Operation>, ScimError> {
        read_message(json::parse_body(body)?, resource_type, profile)
    }

    /// The same for a body that is JSON already, such as the `data` of a bulk operation (RFC 7644 §3.7).
    ///
    /// # Errors
    /// As [`PatchRequest::parse`].
    pub fn from_value(
        body: Value,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Vec<Operation>, ScimError> {
        read_message(json::into_object(body)?, resource_type, profile)
    }
}

fn read_message(
    mut body: Map<String, Value>,
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<Vec<Operation>, ScimError> {
    let declared = json::take(&mut body, "schemas").is_some_and(|schemas| {
        schemas.as_array().is_some_and(|urns| urns.iter().any(|urn| urn.as_str() == Some(PATCH_OP_URN)))
    });
    if !declared && !dialect::accepts_missing_schemas(profile) {
        return Err(ScimError::invalid_syntax(format!("schemas must be [\"{PATCH_OP_URN}\"]")));
    }
    let operations = match json::take(&mut body, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => operations,
        found => {
            let found = found.as_ref().map_or_else(|| "nothing".to_owned(), describe);
            return Err(ScimError::invalid_syntax(format!(
                "Operations must be an array with at least one change to the {}, found {found}",
                resource_type.name
            )));
        }
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(ScimError::payload_too_large(format!(
            "{} operations are too many for one request; the limit is {MAX_OPERATIONS}",
            operations.len()
        )));
    }
    let read = |(position, operation)| {
        read_operation(position, operation, profile).map_err(|error| error.within(place(position)))
    };
    operations.into_iter().enumerate().map(read).collect()
}

/// How errors name an operation.
pub(crate) fn place(position: usize) -> String {
    format!("Operations[{position}]")
}

fn read_operation(position: usize, operation: Value, profile: Profile) -> Result<Operation, ScimError> {
    let Value::Object(mut operation) = operation else {
        return Err(ScimError::invalid_syntax(format!(
            "an operation must be an object, found {}",
            describe(&operation)
        )));
    };
    let op = match json::take(&mut operation, "op") {
        Some(Value::String(name)) => Op::parse(&name, profile)?,
        other => {
            let found = other.as_ref().map_or_else(|| "nothing".to_owned(), describe);
            return Err(ScimError::invalid_syntax(format!(
                "op must be add, remove or replace, found {found}"
            )));
        }
    };
    let path = match json::take(&mut operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.is_empty() && dialect::keys_are_paths(profile) => None,
        Some(Value::String(text)) => Some(Path::parse(&text)?),
        Some(other) => {
            return Err(ScimError::invalid_path(format!(
                "path must be a string, found {}",
                describe(&other)
            )));
        }
    };
    let value = json::take(&mut operation, "value");
    match (op, &path, &value) {
        (Op::Remove, None, _) => Err(ScimError::no_target("remove needs a path")),
        (Op::Add | Op::Replace, _, None) => Err(ScimError::invalid_value("add and replace need a value")),
        (Op::Add | Op::Replace, None, Some(value)) if !value.is_object() => {
            Err(ScimError::invalid_value(format!(
                "without a path the value must be an object with the attributes to change, found {}",
                describe(value)
            )))
        }
        _ => Ok(Operation { position, op, path, value }),
    }
}

impl Op {
    fn parse(name: &str, profile: Profile) -> Result<Self, ScimError> {
        match dialect::operation_name(name, profile).as_ref() {
            "add" => Ok(Op::Add),
            "remove" => Ok(Op::Remove),
            "replace" => Ok(Op::Replace),
            _ => Err(ScimError::invalid_syntax(format!(
                "op must be add, remove or replace, found the string {}",
                excerpt(name)
            ))),
        }
    }
}

/// Applies the operations in order, all or none (RFC 7644 §3.5.2). `id` is the resource's own, since clients
/// repeat it.
///
/// # Errors
/// `mutability`, `invalidValue`, `invalidPath`, `invalidFilter` or `noTarget`, each naming the operation. An
/// operation on the members of a group is an internal error here: they go through [`crate::members::split`].
pub fn apply(
    operations: &[Operation],
    resource_type: &ResourceType,
    document: &Document,
    id: &str,
    profile: Profile,
) -> Result<Applied, ScimError> {
    let mut editor = Editor::new(resource_type, document, id, profile);
    for operation in operations {
        editor.operate(operation).map_err(|error| error.within(place(operation.position)))?;
    }
    let Editor { attributes, ignored, .. } = editor;
    // A document that already lacks something required, because the schema changed, must still be changeable:
    // to deactivate a user must never fail.
    if document::check_required(document.as_map(), resource_type).is_ok() {
        document::check_required(&attributes, resource_type)?;
    }
    Ok(Applied { document: Document::from_attributes(attributes, resource_type), ignored })
}

/// The attributes that the operations name, whether they change anything or not. The answer to a PATCH shows them even
/// if they are sent on request only (RFC 7643 §7), see [`crate::projection::Written`].
#[must_use]
pub fn written(operations: &[Operation], resource_type: &ResourceType) -> Vec<AttrPath> {
    let mut paths = Vec::new();
    for operation in operations {
        match (&operation.path, &operation.value) {
            (Some(Path::Attribute(path)), _) => paths.push(path.clone()),
            (Some(Path::Value(path)), _) => {
                paths.push(AttrPath { sub_attribute: path.sub_attribute.clone(), ..path.attribute.clone() });
            }
            (None, Some(Value::Object(members))) => {
                for (key, value) in members {
                    match (resource_type.extension(key), value) {
                        (Some(extension), Value::Object(attributes)) => {
                            paths.extend(attributes.keys().map(|name| AttrPath {
                                urn: Some(extension.schema.id.clone()),
                                ..AttrPath::of(name.as_str())
                            }));
                        }
                        _ => paths.extend(AttrPath::read(key)),
                    }
                }
            }
            (None, _) => {}
        }
    }
    paths
}

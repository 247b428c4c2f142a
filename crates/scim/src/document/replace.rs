//! What a PUT may not change (RFC 7644 §3.5.1).

use serde_json::{Map, Value};

use super::{Document, object_at};
use crate::error::ScimError;
use crate::json::describe;
use crate::schema::{Extension, Mutability, ResourceType, Schema};

impl Document {
    /// This document as the successor of another under PUT: immutable attributes keep what they were (RFC
    /// 7644 §3.5.1).
    ///
    /// # Errors
    /// `mutability` when an immutable attribute comes with another value than the one it has.
    pub fn replacing(mut self, before: &Document, resource_type: &ResourceType) -> Result<Self, ScimError> {
        keep_immutable(&mut self.attributes, &before.attributes, &resource_type.schema)?;
        for Extension { schema, .. } in &resource_type.extensions {
            let Some(Value::Object(old)) = before.attributes.get(&schema.id) else { continue };
            let mut new = match self.attributes.shift_remove(&schema.id) {
                Some(Value::Object(new)) => new,
                _ => Map::new(),
            };
            keep_immutable(&mut new, old, schema)?;
            self.attributes.insert(schema.id.clone(), Value::Object(new));
        }
        Ok(Self::from_attributes(self.attributes, resource_type))
    }
}

fn keep_immutable(
    new: &mut Map<String, Value>,
    old: &Map<String, Value>,
    schema: &Schema,
) -> Result<(), ScimError> {
    for attribute in &schema.attributes {
        let Some(before) = old.get(&attribute.name) else { continue };
        if attribute.mutability == Mutability::Immutable {
            keep_value(new, before, &attribute.name, &attribute.name)?;
        } else if let (false, Value::Object(before)) = (attribute.multi_valued, before) {
            // The immutable parts of the values of a multi-valued attribute may change: values come and go.
            for sub in attribute.sub_attributes.iter().filter(|sub| sub.mutability == Mutability::Immutable) {
                if let Some(before) = before.get(&sub.name) {
                    let members = object_at(new, &attribute.name);
                    keep_value(members, before, &sub.name, &format!("{}.{}", attribute.name, sub.name))?;
                }
            }
        }
    }
    Ok(())
}

fn keep_value(
    new: &mut Map<String, Value>,
    before: &Value,
    name: &str,
    place: &str,
) -> Result<(), ScimError> {
    match new.get(name) {
        Some(after) if after != before => Err(ScimError::mutability(format!(
            "{place} is immutable: it is {}, and cannot become {}",
            describe(before),
            describe(after)
        ))),
        Some(_) => Ok(()),
        None => {
            new.insert(name.to_owned(), before.clone());
            Ok(())
        }
    }
}

//! The index form of a document: the same structure, ready to be compared without a schema.
//!
//! A database stores it next to the document and filters on it. Names are canonical as in the document; text
//! whose attribute is not caseExact is folded (RFC 7643 §2.2), dates are milliseconds since 1970 (§2.3.5),
//! everything else is as it was. `id` and `meta` are not in it: a server keeps those in columns.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::instant;
use crate::render::{self, Meta};
use crate::schema::{Attribute, AttributeType, ResourceType};

/// Folds text for comparison without case: each character in lower case, and the final sigma as any other.
///
/// This is Unicode's simple lower-casing, character by character: independent of language and position,
/// idempotent, and fixed for every character that exists. It neither normalises (a composed `é` and `e` with
/// an accent differ) nor equates what merely looks or sounds alike (`ß` and `ss`, `ı` and `i`), so that
/// nobody can take over a `userName` with a look-alike that was meant to be someone else.
///
/// ```
/// use rolecall_scim::index::fold;
///
/// assert_eq!(fold("Ada.LOVELACE@Example.com"), "ada.lovelace@example.com");
/// assert_eq!(fold("ΟΔΥΣΣΕΥΣ"), fold("οδυσσευς"));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect()
}

/// The index form of a document. What the resource type does not know (any more) is left out.
#[must_use]
pub fn index_document(document: &Document, resource_type: &ResourceType) -> Map<String, Value> {
    let mut index = Map::new();
    for (key, value) in document.as_map() {
        if let Some(attribute) = resource_type.attribute(key) {
            index.insert(key.clone(), index_attribute(attribute, value));
        } else if let (Some(extension), Value::Object(attributes)) = (resource_type.extension(key), value) {
            index.insert(key.clone(), index_members(attributes, |name| extension.schema.attribute(name)));
        }
    }
    index
}

/// The index form of a document together with the `id` and `meta` that its server keeps for it: what filters and sorts
/// are asked about. What else is kept elsewhere, such as `members`, is for the server to add.
#[must_use]
pub fn index_resource(
    document: &Document,
    resource_type: &ResourceType,
    id: &str,
    meta: &Meta<'_>,
) -> Map<String, Value> {
    let mut index = index_document(document, resource_type);
    index.insert("id".to_owned(), id.into());
    let meta = [
        ("resourceType", Value::from(meta.resource_type)),
        ("created", meta.created.into()),
        ("lastModified", meta.last_modified.into()),
        ("location", meta.location.into()),
        ("version", render::etag(meta.version).into()),
    ];
    let meta: Map<String, Value> = meta.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    index.insert("meta".to_owned(), meta.into());
    index
}

/// The index form of an attribute's value, an array included.
pub(crate) fn index_attribute(attribute: &Attribute, value: &Value) -> Value {
    match value {
        Value::Array(elements) if attribute.multi_valued => {
            elements.iter().map(|element| index_value(attribute, element)).collect()
        }
        value => index_value(attribute, value),
    }
}

/// The index form of one value of an attribute.
pub(crate) fn index_value(attribute: &Attribute, value: &Value) -> Value {
    match (attribute.kind, value) {
        (AttributeType::String | AttributeType::Reference | AttributeType::Binary, Value::String(text))
            if !attribute.case_exact =>
        {
            fold(text).into()
        }
        (AttributeType::DateTime, Value::String(text)) => {
            instant::parse(text).map_or(Value::Null, Value::from)
        }
        (AttributeType::Complex, Value::Object(members)) => {
            index_members(members, |name| attribute.sub_attribute(name))
        }
        (_, value) => value.clone(),
    }
}

fn index_members<'a>(
    members: &Map<String, Value>,
    attribute: impl Fn(&str) -> Option<&'a Attribute>,
) -> Value {
    let mut index = Map::new();
    for (name, value) in members {
        if let Some(attribute) = attribute(name) {
            index.insert(name.clone(), index_attribute(attribute, value));
        }
    }
    index.into()
}

#[cfg(test)]
mod tests;

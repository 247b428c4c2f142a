//! A schema document as an administrator writes it or another server sends it (RFC 7643 §7).

use serde_json::{Map, Value};

use super::{Attribute, Schema, SchemaError};
use crate::json::describe;

/// What a schema document may say about an attribute (RFC 7643 §7).
const CHARACTERISTICS: [&str; 12] = [
    "name",
    "type",
    "subAttributes",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
];

impl Schema {
    /// Reads a schema document. What it leaves out, or has as `null`, takes the defaults of RFC 7643 §2.2; `schemas` and
    /// `meta` are skipped. Whether it can be used is for
    /// [`with_extension`](super::ResourceType::with_extension) to say.
    ///
    /// # Errors
    /// [`SchemaError::Malformed`], which says where, for a value of the wrong kind and for a characteristic that there
    /// is not: a slip such as `multivalued` would otherwise change what the attribute is.
    pub fn parse(document: Value) -> Result<Self, SchemaError> {
        let Value::Object(mut document) = document else {
            return Err(malformed("schema", format!("must be an object, found {}", describe(&document))));
        };
        let id = text(&mut document, "id")?
            .ok_or_else(|| malformed("id", "is missing: the URN of the schema".to_owned()))?;
        let name = text(&mut document, "name")?.unwrap_or_default();
        let description = text(&mut document, "description")?.unwrap_or_default();
        let attributes = document.remove("attributes").unwrap_or_default();
        let known = ["schemas", "meta"];
        if let Some(unknown) = document.keys().find(|key| !known.contains(&key.as_str())) {
            let detail = "is not part of a schema; it has id, name, description and attributes".to_owned();
            return Err(malformed(unknown, detail));
        }
        Ok(Schema { id, name, description, attributes: read_attributes(attributes, "attributes")? })
    }
}

fn read_attributes(raw: Value, place: &str) -> Result<Vec<Attribute>, SchemaError> {
    let elements = match raw {
        Value::Array(elements) => elements,
        other => {
            let found = describe(&other);
            return Err(malformed(place, format!("must be an array of attributes, found {found}")));
        }
    };
    let read = |(position, element)| read_attribute(element, &format!("{place}[{position}]"));
    elements.into_iter().enumerate().map(read).collect()
}

fn read_attribute(raw: Value, place: &str) -> Result<Attribute, SchemaError> {
    let Value::Object(mut members) = raw else {
        return Err(malformed(place, format!("must be an object, found {}", describe(&raw))));
    };
    members.retain(|_, value| !value.is_null());
    if let Some(unknown) = members.keys().find(|key| !CHARACTERISTICS.contains(&key.as_str())) {
        let detail =
            format!("there is no characteristic {unknown:?}; there are {}", CHARACTERISTICS.join(", "));
        return Err(malformed(place, detail));
    }
    // On their own, so that an error says which.
    let sub_attributes = match members.remove("subAttributes") {
        Some(raw) => read_attributes(raw, &format!("{place}.subAttributes"))?,
        None => Vec::new(),
    };
    // RFC 7643 §2.3.6 and §2.3.7: these compare with case, whatever the default is elsewhere.
    let case_exact = members.contains_key("caseExact");
    let attribute: Attribute = serde_json::from_value(Value::Object(members))
        .map_err(|error| malformed(place, error.to_string()))?;
    let by_type = Attribute::new("", attribute.kind, "").case_exact;
    let case_exact = if case_exact { attribute.case_exact } else { by_type };
    Ok(Attribute { sub_attributes, case_exact, ..attribute })
}

fn text(document: &mut Map<String, Value>, key: &str) -> Result<Option<String>, SchemaError> {
    match document.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(malformed(key, format!("must be a string, found {}", describe(&other)))),
    }
}

fn malformed(place: &str, detail: String) -> SchemaError {
    SchemaError::Malformed { place: place.to_owned(), detail }
}

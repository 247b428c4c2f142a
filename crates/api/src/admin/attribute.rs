//! What the definition of an attribute looks like as JSON (RFC 7643 §7). `rolecall_scim::schema` reads and renders it; these types
//! describe it, and a test reads what it renders by them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An attribute of a schema (RFC 7643 §7). What is left out takes the defaults of §2.2.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SchemaAttribute {
    /// Its name.
    #[schema(example = "costLevel")]
    name: String,
    /// Its data type.
    #[serde(rename = "type", default)]
    kind: SchemaAttributeType,
    /// The attributes of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    sub_attributes: Vec<SchemaAttribute>,
    /// Whether it holds an array.
    #[serde(default)]
    #[schema(default = false)]
    multi_valued: bool,
    /// For the person who maps attributes.
    #[serde(default)]
    #[schema(example = "What an hour costs, from 1 to 9")]
    description: String,
    /// Whether a resource cannot exist without it.
    #[serde(default)]
    #[schema(default = false)]
    required: bool,
    /// Suggested values; others are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    canonical_values: Vec<String>,
    /// Whether upper and lower case differ in filters and uniqueness.
    #[serde(default)]
    #[schema(default = false)]
    case_exact: bool,
    /// Who may write it.
    #[serde(default)]
    mutability: SchemaAttributeMutability,
    /// When it is sent.
    #[serde(default)]
    returned: SchemaAttributeReturned,
    /// Among which resources it must be unique.
    #[serde(default)]
    uniqueness: SchemaAttributeUniqueness,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reference_types: Vec<String>,
}

/// A data type (RFC 7643 §2.3).
#[derive(Deserialize, Serialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = "integer")]
#[allow(missing_docs, reason = "each says its own name")]
pub(crate) enum SchemaAttributeType {
    #[default]
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// Who may write an attribute (RFC 7643 §7).
#[derive(Deserialize, Serialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = "readWrite")]
pub(crate) enum SchemaAttributeMutability {
    /// The server alone.
    ReadOnly,
    /// Clients, any time.
    #[default]
    ReadWrite,
    /// Clients, once.
    Immutable,
    /// Clients, and nobody reads it.
    WriteOnly,
}

/// When an attribute is sent (RFC 7643 §7).
#[derive(Deserialize, Serialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = "default")]
pub(crate) enum SchemaAttributeReturned {
    /// With every answer.
    Always,
    /// Never.
    Never,
    /// Unless it was left out.
    #[default]
    Default,
    /// When it was asked for.
    Request,
}

/// Among which resources a value must be unique (RFC 7643 §7).
#[derive(Deserialize, Serialize, Default, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = "none")]
pub(crate) enum SchemaAttributeUniqueness {
    /// It need not be.
    #[default]
    None,
    /// Those of the server.
    Server,
    /// All there are.
    Global,
}

#[cfg(test)]
mod tests {
    use rolecall_scim::schema::ResourceType;
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_described_is_what_schemas_render() {
        let mut read = 0;
        for kind in [ResourceType::user(), ResourceType::group()] {
            for attribute in &kind.schema.attributes {
                let rendered: Value = serde_json::to_value(attribute).unwrap();
                let described: SchemaAttribute = serde_json::from_value(rendered.clone()).unwrap();
                assert_eq!(serde_json::to_value(described).unwrap(), rendered);
                read += 1;
            }
        }
        assert!(read > 20, "{read}");
    }
}

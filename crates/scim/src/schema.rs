//! What a resource may contain: schemas, attributes and resource types (RFC 7643 §2, §6, §7).
//!
//! The values here serialise to, and parse from, the JSON of RFC 7643 §7. The User, Group and EnterpriseUser
//! schemas of RFC 7643 §4 are compiled in; more extensions can be added at run time with
//! [`ResourceType::with_extension`].
//!
//! Attribute names are ASCII and compared without case (RFC 7643 §2.1). A lookup is a scan: the largest
//! schema has 21 attributes, and comparing lengths first settles nearly all of them, which a hash of the
//! folded name does not beat.

mod attribute;
mod core;
mod parse;
mod resource_type;

#[cfg(test)]
mod tests;

pub use attribute::{Attribute, AttributeType, Mutability, Returned, Uniqueness};
pub use core::{ENTERPRISE_USER_URN, GROUP_URN, USER_URN};
pub use resource_type::{Extension, Location, ResourceType, SchemaError};

use serde::{Deserialize, Serialize};

/// A set of attributes under one URN (RFC 7643 §7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The URN of the schema.
    pub id: String,
    /// The name a person would use.
    #[serde(default)]
    pub name: String,
    /// What the schema is for.
    #[serde(default)]
    pub description: String,
    /// The attributes. `id`, `externalId`, `meta` and `schemas` belong to every resource and to no schema
    /// (§3.1).
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute with this name, in whatever case it is written (RFC 7643 §2.1).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

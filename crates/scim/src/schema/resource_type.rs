//! A kind of resource, and how a path finds its way in it (RFC 7643 §6, RFC 7644 §3.10).

use std::sync::{Arc, LazyLock};

use super::{Attribute, AttributeType, Returned, Schema, core};
use crate::path::{self, AttrPath};

/// What lives at an endpoint: a base schema and its extensions (RFC 7643 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// The name, which is also `meta.resourceType`.
    pub name: String,
    /// The endpoint relative to the base URI, such as `/Users`.
    pub endpoint: String,
    /// For people.
    pub description: String,
    /// The base schema.
    pub schema: Schema,
    /// The extensions a resource may carry.
    pub extensions: Vec<Extension>,
}

/// A schema extension of a resource type (RFC 7643 §3.3, §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The attributes.
    pub schema: Schema,
    /// True when every resource must carry the extension.
    pub required: bool,
}

/// Where a path leads within a resource type (RFC 7644 §3.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location<'a> {
    /// The path is the URN of the base schema: the resource itself.
    Resource,
    /// The path is the URN of an extension: all its attributes.
    Extension(&'a Extension),
    /// The path names an attribute, perhaps with a sub-attribute.
    Attribute {
        /// The extension that defines the attribute, or `None` for the base schema and the common attributes.
        extension: Option<&'a Extension>,
        /// The attribute.
        attribute: &'a Attribute,
        /// The sub-attribute, when the path names one.
        sub_attribute: Option<&'a Attribute>,
    },
}

/// Why a schema cannot be used as an extension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The schema's id is not a URI with a scheme, so it cannot be told from an attribute name.
    #[error(
        "schema id {id:?} is not a URN; use something like urn:example:params:scim:schemas:extension:hr:1.0:User"
    )]
    NotAUrn {
        /// The id found.
        id: String,
    },
    /// The resource type already has this schema.
    #[error("{resource_type} already has the schema {id}")]
    DuplicateSchema {
        /// The resource type.
        resource_type: String,
        /// The URN.
        id: String,
    },
    /// One URN goes on where another ends, so that `urn:a:b` could be the schema or the attribute `b` of `urn:a`.
    #[error("schema id {id} and {other} cannot be told from an attribute of each other; choose another URN")]
    AmbiguousUrn {
        /// The URN of the new schema.
        id: String,
        /// The URN that is there.
        other: String,
    },
    /// An attribute has the name of one that the resource type has itself.
    #[error("{schema}: {resource_type} has an attribute {name} itself; give this one another name")]
    CoreAttribute {
        /// The schema.
        schema: String,
        /// The name.
        name: String,
        /// The resource type.
        resource_type: String,
    },
    /// A schema that defines nothing.
    #[error("{schema}: attributes is empty; define at least one")]
    NoAttributes {
        /// The schema.
        schema: String,
    },
    /// An attribute that every resource must have, and no client may write.
    #[error(
        "{schema}: {name} is required and readOnly, so that no resource could be written; drop one of the two"
    )]
    RequiredReadOnly {
        /// The schema.
        schema: String,
        /// The attribute.
        name: String,
    },
    /// A schema document is not as RFC 7643 §7 describes it.
    #[error("{place}: {detail}")]
    Malformed {
        /// Where: `attributes[2].subAttributes[0]`.
        place: String,
        /// What is wrong there.
        detail: String,
    },
    /// A name does not match the grammar of RFC 7643 §2.1.
    #[error(
        "{schema}: {name:?} is not an attribute name; it takes letters, digits, '-', '_' and '$', a letter first"
    )]
    BadName {
        /// The schema.
        schema: String,
        /// The name found.
        name: String,
    },
    /// Two attributes share a name; case does not tell them apart.
    #[error("{schema}: the attribute {name} is defined twice")]
    DuplicateAttribute {
        /// The schema.
        schema: String,
        /// The name.
        name: String,
    },
    /// A complex attribute holds another complex attribute (RFC 7643 §2.3.8), or a multi-valued one, which
    /// this crate does not support.
    #[error("{schema}: {name} cannot be complex or multi-valued, since it is a sub-attribute")]
    NestedTooDeep {
        /// The schema.
        schema: String,
        /// The sub-attribute.
        name: String,
    },
    /// Sub-attributes are missing from a complex attribute, or present on a simple one.
    #[error("{schema}: {name} must have sub-attributes if, and only if, its type is complex")]
    SubAttributes {
        /// The schema.
        schema: String,
        /// The attribute.
        name: String,
    },
}

static USER: LazyLock<Arc<ResourceType>> = LazyLock::new(|| Arc::new(core::user()));
static GROUP: LazyLock<Arc<ResourceType>> = LazyLock::new(|| Arc::new(core::group()));
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(core::common_attributes);

impl ResourceType {
    /// User with the enterprise extension (RFC 7643 §4.1, §4.3).
    #[must_use]
    pub fn user() -> &'static ResourceType {
        &USER
    }

    /// Group (RFC 7643 §4.2).
    #[must_use]
    pub fn group() -> &'static ResourceType {
        &GROUP
    }

    /// The same as [`ResourceType::user`], to keep beside resource types that were made at run time.
    #[must_use]
    pub fn shared_user() -> Arc<ResourceType> {
        Arc::clone(&USER)
    }

    /// The same as [`ResourceType::group`], to keep beside resource types that were made at run time.
    #[must_use]
    pub fn shared_group() -> Arc<ResourceType> {
        Arc::clone(&GROUP)
    }

    /// The same resource type with one more extension, as read from configuration (RFC 7643 §3.3).
    ///
    /// # Errors
    /// When the schema breaks the rules of RFC 7643 §2, is there already, or could be mistaken for another.
    pub fn with_extension(mut self, schema: Schema, required: bool) -> Result<ResourceType, SchemaError> {
        check(&schema)?;
        if self.schema.id.eq_ignore_ascii_case(&schema.id) || self.extension(&schema.id).is_some() {
            return Err(SchemaError::DuplicateSchema { resource_type: self.name, id: schema.id });
        }
        let ambiguous = |other: &&str| goes_on(&schema.id, other) || goes_on(other, &schema.id);
        if let Some(other) = self.schema_urns().find(ambiguous) {
            return Err(SchemaError::AmbiguousUrn { other: other.to_owned(), id: schema.id });
        }
        // Their URN would tell them apart, but people and some clients leave it out.
        if let Some(clash) = schema.attributes.iter().find(|new| self.attribute(&new.name).is_some()) {
            let name = clash.name.clone();
            return Err(SchemaError::CoreAttribute { schema: schema.id, name, resource_type: self.name });
        }
        self.extensions.push(Extension { schema, required });
        Ok(self)
    }

    /// A common attribute or one of the base schema, by name in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| common(name))
    }

    /// The extension with this URN, in any case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// Where a path leads; `None` when it names nothing this resource type knows (RFC 7644 §3.10).
    #[must_use]
    pub fn locate(&self, path: &AttrPath) -> Option<Location<'_>> {
        let Some(urn) = &path.urn else {
            return locate_in(None, self.attribute(&path.attribute)?, path);
        };
        // `urn:…:2.0:User` reads like the attribute `User` of `urn:…:2.0`; only the schemas can tell.
        if path.sub_attribute.is_none() {
            let whole = path.to_string();
            if self.schema.id.eq_ignore_ascii_case(&whole) {
                return Some(Location::Resource);
            }
            if let Some(extension) = self.extension(&whole) {
                return Some(Location::Extension(extension));
            }
        }
        if self.schema.id.eq_ignore_ascii_case(urn) {
            return locate_in(None, self.attribute(&path.attribute)?, path);
        }
        let extension = self.extension(urn)?;
        locate_in(Some(extension), extension.schema.attribute(&path.attribute)?, path)
    }

    /// The URNs of the base schema and of all extensions.
    pub fn schema_urns(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.schema.id.as_str()).chain(self.extensions.iter().map(|e| e.schema.id.as_str()))
    }

    /// True when an attribute is sent only to clients that ask for it (RFC 7643 §7), so that a stored text cannot be
    /// sent as it is.
    #[must_use]
    pub fn sends_on_request(&self) -> bool {
        let on_request = |attribute: &Attribute| attribute.returned == Returned::Request;
        // No base schema has one.
        self.extensions
            .iter()
            .flat_map(|extension| &extension.schema.attributes)
            .any(|attribute| on_request(attribute) || attribute.sub_attributes.iter().any(on_request))
    }

    /// True for the members of a group, which are not part of a [`crate::document::Document`]: they can be
    /// many, and live in a table of their own.
    #[must_use]
    pub fn is_members(&self, attribute: &Attribute) -> bool {
        self.schema.id == core::GROUP_URN && attribute.name == "members"
    }
}

fn common(name: &str) -> Option<&'static Attribute> {
    COMMON.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn locate_in<'a>(
    extension: Option<&'a Extension>,
    attribute: &'a Attribute,
    path: &AttrPath,
) -> Option<Location<'a>> {
    let sub_attribute = match &path.sub_attribute {
        Some(name) => Some(attribute.sub_attribute(name)?),
        None => None,
    };
    Some(Location::Attribute { extension, attribute, sub_attribute })
}

/// Whether `longer` is `urn` with a colon and more behind it.
fn goes_on(longer: &str, urn: &str) -> bool {
    longer.len() > urn.len()
        && longer.as_bytes()[urn.len()] == b':'
        && longer.as_bytes()[..urn.len()].eq_ignore_ascii_case(urn.as_bytes())
}

fn check(schema: &Schema) -> Result<(), SchemaError> {
    if !schema.id.contains(':') || !path::is_urn(&schema.id) {
        return Err(SchemaError::NotAUrn { id: schema.id.clone() });
    }
    if schema.attributes.is_empty() {
        return Err(SchemaError::NoAttributes { schema: schema.id.clone() });
    }
    check_names(&schema.id, &schema.attributes)?;
    for attribute in &schema.attributes {
        if attribute.required && attribute.is_read_only() {
            return Err(SchemaError::RequiredReadOnly {
                schema: schema.id.clone(),
                name: attribute.name.clone(),
            });
        }
        let complex = attribute.kind == AttributeType::Complex;
        if complex == attribute.sub_attributes.is_empty() {
            return Err(SchemaError::SubAttributes {
                schema: schema.id.clone(),
                name: attribute.name.clone(),
            });
        }
        check_names(&schema.id, &attribute.sub_attributes)?;
        let deep = |sub: &&Attribute| sub.kind == AttributeType::Complex || sub.multi_valued;
        if let Some(sub) = attribute.sub_attributes.iter().find(deep) {
            let name = format!("{}.{}", attribute.name, sub.name);
            return Err(SchemaError::NestedTooDeep { schema: schema.id.clone(), name });
        }
        let unwritable = |sub: &&Attribute| sub.required && sub.is_read_only();
        if let Some(sub) = attribute.sub_attributes.iter().find(unwritable) {
            let name = format!("{}.{}", attribute.name, sub.name);
            return Err(SchemaError::RequiredReadOnly { schema: schema.id.clone(), name });
        }
    }
    Ok(())
}

fn check_names(schema: &str, attributes: &[Attribute]) -> Result<(), SchemaError> {
    for (position, attribute) in attributes.iter().enumerate() {
        let name = &attribute.name;
        if !path::is_attribute_name(name) {
            return Err(SchemaError::BadName { schema: schema.to_owned(), name: name.clone() });
        }
        if attributes[..position].iter().any(|earlier| earlier.name.eq_ignore_ascii_case(name)) {
            return Err(SchemaError::DuplicateAttribute { schema: schema.to_owned(), name: name.clone() });
        }
    }
    Ok(())
}

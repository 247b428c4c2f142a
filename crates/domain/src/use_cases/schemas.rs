//! Extension schemas of an organisation: which attributes its people and groups may have beside those of the RFC.
//!
//! A schema says how resources are read from now on. It rewrites nothing: what is stored is brought into line when the
//! resource is next written (`docs/src/extension-schemas.md` says what that means for an administrator).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rolecall_scim::{
    profile::Profile,
    schema::{Attribute, ResourceType, Schema, SchemaError, Uniqueness},
};
use serde_json::Value;

use super::Act;
use crate::{
    event::{EventKind, NewEvent},
    ids::OrgId,
    ports::{Kind, ReadTx, StoreError, Terms, Tx},
    records::SchemaExtension,
    time::Timestamp,
};

/// The most schemas of one organisation. Each attribute is looked up in all of them.
pub const MAX_SCHEMAS: usize = 20;
/// The most attributes of one schema, for the same reason.
pub const MAX_ATTRIBUTES: usize = 200;

/// Why a schema was not added, replaced or removed. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ExtensionError {
    /// It breaks a rule of RFC 7643.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// It does not say what it extends.
    #[error("resourceType: {found}; write \"User\" or \"Group\", the resource type that the schema extends")]
    ResourceType {
        /// `is missing`, or what was found.
        found: String,
    },
    /// `required` is something else.
    #[error("required: must be true or false, found {found}")]
    Required {
        /// As given.
        found: String,
    },
    /// It asks for what this server does not do.
    #[error(
        "{urn}: {name} asks for unique values, which are not enforced for attributes of extensions; leave out uniqueness"
    )]
    Unique {
        /// The schema.
        urn: String,
        /// The attribute.
        name: String,
    },
    /// More than are looked up fast.
    #[error("{what}: at most {limit} are possible, {found} would be")]
    TooMany {
        /// `schemas of the organisation` or `attributes of urn:…`.
        what: String,
        /// How many can be.
        limit: usize,
        /// How many there would be.
        found: usize,
    },
    /// The organisation has it already.
    #[error("the organisation has the schema {urn} already, for {}; replace it, or remove it first", .kind.name())]
    Exists {
        /// As stored.
        urn: String,
        /// What it extends.
        kind: Kind,
    },
    /// The document is of another schema than the request.
    #[error("the document has the id {found}, the request is about {given}; a schema keeps its URN")]
    OtherUrn {
        /// In the request.
        given: String,
        /// In the document.
        found: String,
    },
    /// A schema cannot move.
    #[error("{urn} extends {}; remove it and add it again to extend another resource type", .kind.name())]
    OtherKind {
        /// As stored.
        urn: String,
        /// What it extends.
        kind: Kind,
    },
    /// The organisation does not have it.
    #[error("the organisation has not added a schema {given}")]
    Unknown {
        /// As given.
        given: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A schema that an administrator wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSchema {
    /// URN and attributes.
    pub schema: Schema,
    /// Of which resource type.
    pub kind: Kind,
    /// Whether every new resource must carry it.
    pub required: bool,
}

impl NewSchema {
    /// Reads a schema document (RFC 7643 §7) that has `resourceType` and, if need be, `required` besides.
    pub fn parse(mut document: Value) -> Result<Self, ExtensionError> {
        let mut take = |key: &str| document.as_object_mut().and_then(|members| members.shift_remove(key));
        let (kind, required) = (take("resourceType"), take("required"));
        // What is no schema at all is told first.
        let schema = Schema::parse(document)?;
        let kind = match kind {
            Some(Value::String(name)) => {
                [Kind::User, Kind::Group].into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
                    ExtensionError::ResourceType { found: format!("`{name}` cannot be extended") }
                })?
            }
            Some(other) => return Err(ExtensionError::ResourceType { found: format!("found {other}") }),
            None => return Err(ExtensionError::ResourceType { found: "is missing".to_owned() }),
        };
        let required = match required {
            None | Some(Value::Null) => false,
            Some(Value::Bool(required)) => required,
            Some(other) => return Err(ExtensionError::Required { found: other.to_string() }),
        };
        Ok(Self { schema, kind, required })
    }

    fn at(self, created_at: Timestamp) -> SchemaExtension {
        let Self { schema, kind, required } = self;
        SchemaExtension { schema, kind, required, created_at }
    }
}

/// Adds a schema. From the next request on its attributes are read, stored, filtered by and shown.
pub fn add(tx: &mut dyn Tx, act: &Act<'_>, wanted: NewSchema) -> Result<SchemaExtension, ExtensionError> {
    let mut all = tx.list_schemas(act.org)?;
    if let Some(there) = find_in(&all, &wanted.schema.id) {
        return Err(ExtensionError::Exists { urn: there.schema.id.clone(), kind: there.kind });
    }
    let new = wanted.at(act.cause.at);
    all.push(new.clone());
    check(&all, &new)?;
    tx.put_schema(act.org, &new)?;
    record(tx, act, EventKind::SchemaCreated, &new)?;
    Ok(new)
}

/// Puts a document in the place of the schema with that URN. What is stored stays as it is until the resource is next
/// written.
pub fn replace(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    wanted: NewSchema,
) -> Result<SchemaExtension, ExtensionError> {
    let mut all = tx.list_schemas(act.org)?;
    let before = find_in(&all, given).ok_or_else(|| unknown(given))?.clone();
    // In the case of letters, too: stored documents name the schema as it was written.
    if wanted.schema.id != before.schema.id {
        return Err(ExtensionError::OtherUrn { given: before.schema.id, found: wanted.schema.id });
    }
    if wanted.kind != before.kind {
        return Err(ExtensionError::OtherKind { urn: before.schema.id, kind: before.kind });
    }
    let new = wanted.at(before.created_at);
    if new == before {
        return Ok(before);
    }
    all.retain(|one| *one != before);
    all.push(new.clone());
    check(&all, &new)?;
    tx.put_schema(act.org, &new)?;
    record(tx, act, EventKind::SchemaUpdated, &new)?;
    Ok(new)
}

/// Removes a schema. Its values are not shown any more; a resource loses them when it is next written.
pub fn remove(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<(), ExtensionError> {
    let before = require(tx, act.org, given)?;
    tx.delete_schema(act.org, &before.schema.id)?;
    record(tx, act, EventKind::SchemaDeleted, &before)
}

/// The schema of that URN, in any case of letters.
pub fn require(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &str,
) -> Result<SchemaExtension, ExtensionError> {
    find_in(&tx.list_schemas(org)?, given).cloned().ok_or_else(|| unknown(given))
}

/// The terms of a client whose organisation has these schemas.
pub fn terms(profile: Profile, extensions: &[SchemaExtension]) -> Result<Terms, SchemaError> {
    let of = |kind: Kind, base: Arc<ResourceType>| {
        let mut own = extensions.iter().filter(|one| one.kind == kind).peekable();
        if own.peek().is_none() {
            return Ok(base);
        }
        own.try_fold((*base).clone(), |extended, one| {
            extended.with_extension(one.schema.clone(), one.required)
        })
        .map(Arc::new)
    };
    let Terms { user_type, group_type, .. } = Terms::standard(profile);
    Ok(Terms { profile, user_type: of(Kind::User, user_type)?, group_type: of(Kind::Group, group_type)? })
}

fn find_in<'a>(all: &'a [SchemaExtension], urn: &str) -> Option<&'a SchemaExtension> {
    all.iter().find(|one| one.schema.id.eq_ignore_ascii_case(urn))
}

fn unknown(given: &str) -> ExtensionError {
    ExtensionError::Unknown { given: given.to_owned() }
}

/// Whether the organisation can have all of these, the last of which is new.
fn check(all: &[SchemaExtension], new: &SchemaExtension) -> Result<(), ExtensionError> {
    let within = |what: &dyn Fn() -> String, limit: usize, found: usize| {
        if found > limit { Err(ExtensionError::TooMany { what: what(), limit, found }) } else { Ok(()) }
    };
    within(&|| "schemas of the organisation".to_owned(), MAX_SCHEMAS, all.len())?;
    let schema = &new.schema;
    let count = |attribute: &Attribute| 1 + attribute.sub_attributes.len();
    let attributes = schema.attributes.iter().map(count).sum();
    within(&|| format!("attributes of {}", schema.id), MAX_ATTRIBUTES, attributes)?;
    let unique = |attribute: &&Attribute| attribute.uniqueness != Uniqueness::None;
    let both = schema.attributes.iter().flat_map(|one| std::iter::once(one).chain(&one.sub_attributes));
    if let Some(attribute) = both.into_iter().find(unique) {
        let (urn, name) = (schema.id.clone(), attribute.name.clone());
        return Err(ExtensionError::Unique { urn, name });
    }
    terms(Profile::default(), all)?;
    // `/Schemas` knows a schema by its URN alone, whichever resource type it is of.
    let other = match new.kind {
        Kind::User => ResourceType::group(),
        Kind::Group => ResourceType::user(),
    };
    match other.clone().with_extension(schema.clone(), new.required) {
        Err(error @ (SchemaError::DuplicateSchema { .. } | SchemaError::AmbiguousUrn { .. })) => {
            Err(error.into())
        }
        _ => Ok(()),
    }
}

fn record(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    kind: EventKind,
    extension: &SchemaExtension,
) -> Result<(), ExtensionError> {
    Ok(tx.push_events(act.org, &act.cause, &[NewEvent::new(kind).subject(&*extension.schema.id)])?)
}

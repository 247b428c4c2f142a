//! From an operation to the attribute it is about, and what may not be written at all.

use serde_json::{Map, Value};

use super::attributes::immutable;
use super::{Op, Operation};
use crate::dialect;
use crate::document::{Document, object_at, value::Place, value::canonical};
use crate::error::ScimError;
use crate::json::{describe, is_unassigned};
use crate::path::{AttrPath, Path, ValuePath};
use crate::profile::Profile;
use crate::schema::{Attribute, Extension, Location, Mutability, ResourceType};

/// A document that is being changed.
pub(super) struct Editor<'a> {
    pub(super) resource_type: &'a ResourceType,
    pub(super) profile: Profile,
    pub(super) id: &'a str,
    pub(super) attributes: Map<String, Value>,
    pub(super) ignored: Vec<String>,
}

/// An attribute and the extension that defines it.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    pub(super) extension: Option<&'a Extension>,
    pub(super) attribute: &'a Attribute,
}

/// Whether the client pointed at an attribute, or merely listed it among others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Path,
    Key,
}

impl Slot<'_> {
    /// Calls `use_place` with the name of the attribute for error details.
    pub(super) fn placed<T>(&self, use_place: impl FnOnce(Place<'_>) -> T) -> T {
        match self.extension {
            Some(extension) => use_place(Place::at(&extension.schema.id).name(&self.attribute.name)),
            None => use_place(Place::at(&self.attribute.name)),
        }
    }

    pub(super) fn name(&self) -> String {
        self.placed(|place| place.to_string())
    }
}

impl<'a> Editor<'a> {
    pub(super) fn new(
        resource_type: &'a ResourceType,
        document: &Document,
        id: &'a str,
        profile: Profile,
    ) -> Self {
        Editor { resource_type, profile, id, attributes: document.as_map().clone(), ignored: Vec::new() }
    }

    pub(super) fn operate(&mut self, operation: &Operation) -> Result<(), ScimError> {
        match &operation.path {
            Some(path) => self.at_path(operation.op, path, operation.value.clone(), Origin::Path),
            None => self.each_key(operation.op, operation.value.clone()),
        }
    }

    /// Without a path, every key of the value is a change of its own (RFC 7644 §3.5.2.1, §3.5.2.3).
    fn each_key(&mut self, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        let Some(Value::Object(members)) = value else {
            return Err(ScimError::invalid_value(
                "without a path the value must be an object with attributes",
            ));
        };
        for (key, raw) in members {
            let known = self.resource_type.attribute(&key).is_some();
            let path = if known {
                Some(Path::Attribute(AttrPath::of(key.as_str())))
            } else if dialect::keys_are_paths(self.profile) || self.resource_type.extension(&key).is_some() {
                Path::parse(&key).ok()
            } else {
                None
            };
            match path {
                Some(path) => self.at_path(op, &path, Some(raw), Origin::Key)?,
                None => self.ignored.push(key),
            }
        }
        Ok(())
    }

    fn at_path(
        &mut self,
        op: Op,
        path: &Path,
        value: Option<Value>,
        origin: Origin,
    ) -> Result<(), ScimError> {
        match (self.resource_type.locate(path.attribute()), path) {
            (None, _) => self.unknown(path, origin),
            (Some(Location::Resource | Location::Extension(_)), Path::Value(_)) => {
                Err(ScimError::invalid_path(format!("{path}: a schema takes no value filter")))
            }
            (Some(Location::Resource), _) if op == Op::Remove => Err(ScimError::no_target(format!(
                "{path} is the whole resource; remove its attributes one by one"
            ))),
            (Some(Location::Resource), _) => self.each_key(op, value),
            (Some(Location::Extension(extension)), _) => self.whole_extension(op, extension, value),
            (Some(Location::Attribute { extension, attribute, sub_attribute }), Path::Attribute(_)) => {
                let slot = Slot { extension, attribute };
                if self.is_settled(op, slot, sub_attribute, value.as_ref(), origin)? {
                    return Ok(());
                }
                self.attribute(op, slot, sub_attribute, value)
            }
            (Some(Location::Attribute { extension, attribute, .. }), Path::Value(path)) => {
                self.at_value_path(op, Slot { extension, attribute }, path, value, origin)
            }
        }
    }

    fn at_value_path(
        &mut self,
        op: Op,
        slot: Slot<'a>,
        path: &ValuePath,
        value: Option<Value>,
        origin: Origin,
    ) -> Result<(), ScimError> {
        if !slot.attribute.multi_valued {
            return Err(ScimError::invalid_path(format!(
                "{} has one value and takes no value filter",
                slot.name()
            )));
        }
        let sub_attribute = match &path.sub_attribute {
            None => None,
            Some(name) => match slot.attribute.sub_attribute(name) {
                Some(sub) => Some(sub),
                None => return self.unknown(&Path::Value(path.clone()), origin),
            },
        };
        if self.is_settled(op, slot, sub_attribute, value.as_ref(), origin)? {
            return Ok(());
        }
        self.values(op, slot, path, sub_attribute, value)
    }

    fn unknown(&mut self, path: &Path, origin: Origin) -> Result<(), ScimError> {
        // A pathless value is a partial resource, and what a resource type does not know is ignored there
        // (§3.3).
        if origin == Origin::Key || dialect::skips_unknown_paths(self.profile) {
            self.ignored.push(path.to_string());
            return Ok(());
        }
        let name = &self.resource_type.name;
        Err(ScimError::invalid_path(format!("{path} is not an attribute of a {name}; see /Schemas")))
    }

    fn whole_extension(
        &mut self,
        op: Op,
        extension: &'a Extension,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let members = match (op, value) {
            (Op::Remove, _) | (Op::Replace, Some(Value::Null)) => {
                return self.remove_extension(extension);
            }
            (Op::Add, Some(Value::Null)) => return Ok(()),
            (_, Some(Value::Object(members))) => members,
            (_, other) => {
                return Err(ScimError::invalid_value(format!(
                    "{} must be an object, found {}",
                    extension.schema.id,
                    other.as_ref().map_or_else(|| "nothing".to_owned(), describe)
                )));
            }
        };
        for (name, raw) in members {
            let Some(attribute) = extension.schema.attribute(&name) else {
                self.ignored.push(format!("{}:{name}", extension.schema.id));
                continue;
            };
            let slot = Slot { extension: Some(extension), attribute };
            if !self.is_settled(op, slot, None, Some(&raw), Origin::Key)? {
                self.attribute(op, slot, None, Some(raw))?;
            }
        }
        Ok(())
    }

    fn remove_extension(&mut self, extension: &Extension) -> Result<(), ScimError> {
        let urn = &extension.schema.id;
        let Some(Value::Object(held)) = self.attributes.get(urn) else { return Ok(()) };
        if extension.required {
            return Err(ScimError::mutability(format!("{urn} is required and cannot be removed")));
        }
        let fixed = |attribute: &&Attribute| attribute.mutability == Mutability::Immutable;
        if let Some(fixed) =
            extension.schema.attributes.iter().filter(fixed).find(|fixed| held.contains_key(&fixed.name))
        {
            return Err(immutable(&format!("{urn}:{}", fixed.name)));
        }
        self.attributes.shift_remove(urn);
        Ok(())
    }

    /// Deals with what is not written into a document: readOnly attributes, secrets, members. True when that
    /// was all.
    fn is_settled(
        &mut self,
        op: Op,
        slot: Slot<'_>,
        sub_attribute: Option<&Attribute>,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<bool, ScimError> {
        if self.resource_type.is_members(slot.attribute) {
            return Err(ScimError::internal("members must go through members::split"));
        }
        if slot.attribute.is_read_only() || sub_attribute.is_some_and(Attribute::is_read_only) {
            return self.read_only(op, slot, sub_attribute, value, origin).map(|()| true);
        }
        if slot.attribute.is_secret() {
            if let (Op::Add | Op::Replace, Some(raw)) = (op, value) {
                // Only checked; nothing here stores it.
                slot.placed(|place| canonical(slot.attribute, raw.clone(), place, self.profile))?;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// A readOnly attribute may be repeated, but not changed (RFC 7644 §3.5.2).
    fn read_only(
        &mut self,
        op: Op,
        slot: Slot<'_>,
        sub_attribute: Option<&Attribute>,
        value: Option<&Value>,
        origin: Origin,
    ) -> Result<(), ScimError> {
        let refused = || {
            let name = match sub_attribute {
                Some(sub) => format!("{}.{}", slot.name(), sub.name),
                None => slot.name(),
            };
            ScimError::mutability(format!("{name} is readOnly: only the server changes it"))
        };
        let Some(value) = value.filter(|_| op != Op::Remove) else {
            return Err(refused());
        };
        match slot.attribute.name.as_str() {
            "id" if value.as_str() == Some(self.id) => Ok(()),
            "id" => Err(refused()),
            "schemas" if self.has_schemas(value) => Ok(()),
            _ if is_unassigned(value) => Ok(()),
            _ if origin == Origin::Key && dialect::repeats_read_only(self.profile) => {
                self.ignored.push(slot.name());
                Ok(())
            }
            _ => Err(refused()),
        }
    }

    fn has_schemas(&self, value: &Value) -> bool {
        let (Some(Value::Array(held)), Value::Array(sent)) = (self.attributes.get("schemas"), value) else {
            return false;
        };
        sent.iter().all(|urn| held.contains(urn)) && held.iter().all(|urn| sent.contains(urn))
    }

    /// Where the attribute is kept: the document, or the object of its extension.
    pub(super) fn home(&mut self, slot: Slot<'_>) -> &mut Map<String, Value> {
        match slot.extension {
            Some(extension) => object_at(&mut self.attributes, &extension.schema.id),
            None => &mut self.attributes,
        }
    }
}

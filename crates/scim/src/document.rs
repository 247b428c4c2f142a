//! A resource as a client sent it, checked against its schemas and brought into one form (RFC 7643 §2, §3).
//!
//! A [`Document`] holds what clients may write: no `id`, no `meta`, nothing else that is readOnly, no
//! password, and not the members of a group. Names are in canonical case, nothing in it is null or empty, and
//! `schemas` lists the base schema and the extensions that are in use, first of all. Everything else keeps
//! the order and the bytes it came with.

use serde_json::{Map, Value};

use crate::dialect;
use crate::error::ScimError;
use crate::json::{self, describe};
use crate::path::{self, AttrPath};
use crate::profile::Profile;
use crate::schema::{Attribute, ENTERPRISE_USER_URN, Extension, Location, ResourceType, Schema};

mod replace;
pub(crate) mod value;

#[cfg(test)]
pub(crate) mod tests;

use value::{Place, canonical};

/// The most values an attribute of a document may have. Some checks compare each with each; members are
/// counted elsewhere.
pub const MAX_VALUES: usize = 2_000;

/// A validated resource in canonical form. Two documents are equal when they say the same, in whatever order.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    attributes: Map<String, Value>,
}

impl Document {
    /// Reads the body of a POST or PUT (RFC 7644 §3.3, §3.5.1).
    ///
    /// Unknown attributes are dropped, and so are unassigned ones (RFC 7643 §2.5), readOnly ones, and a
    /// password, once it is seen to be a string: nothing here stores it. The members of a group are skipped,
    /// see [`crate::members::parse_group`].
    ///
    /// # Errors
    /// `invalidSyntax` when the body is not a JSON object; `invalidValue`, with the place, what came and what
    /// would work, when a value does not fit its attribute or a required one is missing.
    pub fn parse(body: &[u8], resource_type: &ResourceType, profile: Profile) -> Result<Self, ScimError> {
        Self::from_object(json::parse_body(body)?, resource_type, profile)
    }

    /// The same for a body that is JSON already, such as the `data` of a bulk operation (RFC 7644 §3.7).
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn from_value(
        body: Value,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Self, ScimError> {
        Self::from_object(json::into_object(body)?, resource_type, profile)
    }

    pub(crate) fn from_object(
        body: Map<String, Value>,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Self, ScimError> {
        let mut reader = Reader { resource_type, profile, attributes: Map::new(), schemas_seen: false };
        for (key, raw) in body {
            reader.read(&key, raw)?;
        }
        if !reader.schemas_seen && !dialect::accepts_missing_schemas(profile) {
            return Err(ScimError::invalid_syntax(format!(
                "schemas is missing; send [\"{}\"]",
                resource_type.schema.id
            )));
        }
        check_required(&reader.attributes, resource_type)?;
        Ok(Self::from_attributes(reader.attributes, resource_type))
    }

    /// Reads back what [`Document::to_json`] wrote, without checking it again.
    ///
    /// # Errors
    /// When the text is not a JSON object, which means the store was damaged.
    pub fn from_stored(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(|attributes| Document { attributes })
    }

    /// A stored document brought into line with the schemas as they are now: extensions that the resource type no longer
    /// has are dropped, and so are values that no longer fit the definition of their attribute. Nothing else is touched;
    /// the schemas of the RFC do not change.
    #[must_use]
    pub fn fitting(mut self, resource_type: &ResourceType) -> Self {
        let own = |key: &str| key.contains(':') && key != ENTERPRISE_USER_URN;
        if !self.attributes.keys().any(|key| own(key)) {
            return self;
        }
        self.attributes.retain(|key, value| {
            let Some(extension) = resource_type.extension(key) else { return !own(key) };
            if let Value::Object(members) = value {
                members.retain(|name, value| still_fits(extension, name, value));
            }
            true
        });
        Self::from_attributes(self.attributes, resource_type)
    }

    /// The document without the extensions that the resource type does not have.
    pub(crate) fn without_unknown_extensions(mut self, resource_type: &ResourceType) -> Self {
        self.attributes.retain(|key, _| !key.contains(':') || resource_type.extension(key).is_some());
        Self::from_attributes(self.attributes, resource_type)
    }

    /// The text to store: compact JSON, `schemas` first. See [`crate::render::resource`] for the text to
    /// send.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A map with string keys always has a text.
        serde_json::to_string(&self.attributes).unwrap_or_default()
    }

    /// The attributes, `schemas` included; those of an extension are in an object under its URN.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// The value at a path, names in any case. A path into a multi-valued attribute ends at its array.
    #[must_use]
    pub fn get(&self, path: &AttrPath) -> Option<&Value> {
        let value = match &path.urn {
            None => find(&self.attributes, &path.attribute)?,
            Some(urn) => {
                if path.sub_attribute.is_none()
                    && let Some(extension) = find(&self.attributes, &path.to_string())
                {
                    return Some(extension);
                }
                match find(&self.attributes, urn) {
                    Some(extension) => find(extension.as_object()?, &path.attribute)?,
                    None if self.base_schema().is_some_and(|base| base.eq_ignore_ascii_case(urn)) => {
                        find(&self.attributes, &path.attribute)?
                    }
                    None => return None,
                }
            }
        };
        match &path.sub_attribute {
            Some(sub) => find(value.as_object()?, sub),
            None => Some(value),
        }
    }

    /// The text at a path in attribute notation (RFC 7644 §3.10): `document.text("name.givenName")`.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(&AttrPath::read(path)?)?.as_str()
    }

    /// The document with a value for a top-level attribute that has none: how a server gives defaults. `name`
    /// is in canonical case and `value` fits its attribute.
    #[must_use]
    pub fn with_default(mut self, name: &str, value: Value) -> Self {
        if !self.attributes.contains_key(name) {
            self.attributes.insert(name.to_owned(), value);
        }
        self
    }

    /// Puts `schemas` in front, as the attributes demand, and drops what has become empty.
    pub(crate) fn from_attributes(mut attributes: Map<String, Value>, resource_type: &ResourceType) -> Self {
        attributes.retain(|_, value| !matches!(value, Value::Object(members) if members.is_empty()));
        let schemas: Vec<Value> = std::iter::once(&resource_type.schema.id)
            .chain(
                resource_type
                    .extensions
                    .iter()
                    .map(|e| &e.schema.id)
                    .filter(|id| attributes.contains_key(*id)),
            )
            .map(|id| id.as_str().into())
            .collect();
        let mut ordered = Map::new();
        ordered.insert("schemas".to_owned(), schemas.into());
        ordered.extend(attributes.into_iter().filter(|(key, _)| key != "schemas"));
        Document { attributes: ordered }
    }

    fn base_schema(&self) -> Option<&str> {
        self.attributes.get("schemas")?.get(0)?.as_str()
    }
}

/// Refuses attributes that lack what their schemas require (RFC 7643 §2.2, §6).
pub(crate) fn check_required(
    attributes: &Map<String, Value>,
    resource_type: &ResourceType,
) -> Result<(), ScimError> {
    let lacking = |schema: &Schema, attributes: &Map<String, Value>| {
        let required = |attribute: &&Attribute| attribute.required && !attribute.is_secret();
        let absent = |attribute: &&Attribute| !value::is_assigned(attributes.get(&attribute.name));
        schema.attributes.iter().filter(required).find(absent).map(|attribute| attribute.name.clone())
    };
    if let Some(name) = lacking(&resource_type.schema, attributes) {
        return Err(value::missing(Place::at(&name)));
    }
    for Extension { schema, required } in &resource_type.extensions {
        let extension = Place::at(&schema.id);
        match attributes.get(&schema.id) {
            Some(Value::Object(members)) if !members.is_empty() => {
                if let Some(name) = lacking(schema, members) {
                    return Err(value::missing(extension.name(&name)));
                }
            }
            _ if *required => return Err(value::missing(extension)),
            _ => {}
        }
    }
    Ok(())
}

/// Checks the `schemas` of a resource (RFC 7643 §3).
pub(crate) fn check_schemas(
    raw: &Value,
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<(), ScimError> {
    let urns: Option<Vec<&str>> = raw.as_array().and_then(|urns| urns.iter().map(Value::as_str).collect());
    let Some(urns) = urns else {
        return Err(ScimError::invalid_value(format!(
            "schemas must be an array of strings such as [\"{}\"], found {}",
            resource_type.schema.id,
            describe(raw)
        )));
    };
    if dialect::accepts_foreign_schemas(profile) {
        return Ok(());
    }
    let known = |urn: &str| resource_type.schema_urns().any(|id| id.eq_ignore_ascii_case(urn));
    if let Some(foreign) = urns.iter().find(|urn| !known(urn)) {
        return Err(ScimError::invalid_value(format!(
            "schemas: {} is not a schema of {}",
            path::excerpt(foreign),
            resource_type.name
        )));
    }
    if !urns.iter().any(|urn| urn.eq_ignore_ascii_case(&resource_type.schema.id)) {
        return Err(ScimError::invalid_value(format!("schemas must list {}", resource_type.schema.id)));
    }
    Ok(())
}

struct Reader<'a> {
    resource_type: &'a ResourceType,
    profile: Profile,
    attributes: Map<String, Value>,
    schemas_seen: bool,
}

impl Reader<'_> {
    fn read(&mut self, key: &str, raw: Value) -> Result<(), ScimError> {
        if key.eq_ignore_ascii_case("schemas") {
            // `null` is unassigned, here as anywhere (RFC 7643 §2.5).
            self.schemas_seen = !raw.is_null();
            return if raw.is_null() {
                Ok(())
            } else {
                check_schemas(&raw, self.resource_type, self.profile)
            };
        }
        let resource_type = self.resource_type;
        if let Some(attribute) = resource_type.attribute(key) {
            return self.set(None, attribute, None, raw);
        }
        if let Some(extension) = resource_type.extension(key) {
            return self.read_extension(extension, raw);
        }
        if !dialect::keys_are_paths(self.profile) {
            return Ok(());
        }
        match AttrPath::read(key).as_ref().and_then(|path| resource_type.locate(path)) {
            Some(Location::Attribute { extension, attribute, sub_attribute }) => {
                self.set(extension, attribute, sub_attribute, raw)
            }
            Some(Location::Extension(extension)) => self.read_extension(extension, raw),
            Some(Location::Resource) => self.read_base(raw),
            None => Ok(()),
        }
    }

    /// The base schema's attributes under its own URN, as if it were an extension.
    fn read_base(&mut self, raw: Value) -> Result<(), ScimError> {
        let Value::Object(members) = raw else { return Ok(()) };
        let resource_type = self.resource_type;
        for (name, raw) in members {
            if let Some(attribute) = resource_type.attribute(&name) {
                self.set(None, attribute, None, raw)?;
            }
        }
        Ok(())
    }

    fn read_extension(&mut self, extension: &Extension, raw: Value) -> Result<(), ScimError> {
        let members = match raw {
            Value::Object(members) => members,
            Value::Null => return Ok(()),
            other => {
                return Err(ScimError::invalid_value(format!(
                    "{} must be an object, found {}",
                    extension.schema.id,
                    describe(&other)
                )));
            }
        };
        for (name, raw) in members {
            if let Some(attribute) = extension.schema.attribute(&name) {
                self.set(Some(extension), attribute, None, raw)?;
            }
        }
        Ok(())
    }

    fn set(
        &mut self,
        extension: Option<&Extension>,
        attribute: &Attribute,
        sub_attribute: Option<&Attribute>,
        raw: Value,
    ) -> Result<(), ScimError> {
        if attribute.is_read_only() || self.resource_type.is_members(attribute) {
            return Ok(());
        }
        // `emails.value` as a key says which attribute, but not which of its values: nothing can be done with
        // it.
        if sub_attribute.is_some_and(|sub| sub.is_read_only() || attribute.multi_valued) {
            return Ok(());
        }
        let urn = extension.map(|extension| Place::at(&extension.schema.id));
        let place = match &urn {
            Some(urn) => urn.name(&attribute.name),
            None => Place::at(&attribute.name),
        };
        let value = match sub_attribute {
            Some(sub) => canonical(sub, raw, place.name(&sub.name), self.profile)?,
            None => canonical(attribute, raw, place, self.profile)?,
        };
        let Some(value) = value.filter(|_| !attribute.is_secret()) else { return Ok(()) };
        let home = match extension {
            Some(extension) => object_at(&mut self.attributes, &extension.schema.id),
            None => &mut self.attributes,
        };
        match sub_attribute {
            Some(sub) => object_at(home, &attribute.name).insert(sub.name.clone(), value),
            None => home.insert(attribute.name.clone(), value),
        };
        Ok(())
    }
}

/// True for the value of an attribute that is (still) defined so that it could be written again. A value that would be
/// read differently does not fit either.
fn still_fits(extension: &Extension, name: &str, value: &Value) -> bool {
    let Some(attribute) = extension.schema.attributes.iter().find(|attribute| attribute.name == name) else {
        return false;
    };
    let again = canonical(attribute, value.clone(), Place::at(name), Profile::Compatible);
    !attribute.is_secret()
        && !attribute.is_read_only()
        && again.is_ok_and(|again| again.as_ref() == Some(value))
}

/// The object under a key, made if need be.
pub(crate) fn object_at<'m>(map: &'m mut Map<String, Value>, key: &str) -> &'m mut Map<String, Value> {
    let slot = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    match slot {
        Value::Object(object) => object,
        _ => unreachable!("it was made an object above"),
    }
}

fn find<'m>(map: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    map.get(name)
        .or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

//! Which attributes an answer has: `attributes`, `excludedAttributes` and `returned` (RFC 7644 §3.9, RFC 7643
//! §7).

use std::fmt;

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::path::AttrPath;
use crate::schema::{Attribute, Extension, Location, ResourceType, Returned};

#[cfg(test)]
mod tests;

/// What a client asked to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    choice: Choice,
    written: Written,
}

/// Which attributes a request wrote. Its answer shows them even if they are sent on request only (RFC 7643 §7, `returned`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Written {
    /// It was a read.
    #[default]
    Nothing,
    /// It was a POST or PUT: whatever the resource has now was in the body.
    Everything,
    /// It was a PATCH, see [`crate::patch::written`].
    These(Vec<AttrPath>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Default,
    Only(Vec<AttrPath>),
    Without(Vec<AttrPath>),
}

impl Projection {
    /// Reads the query parameters `attributes` and `excludedAttributes`: names separated by commas, blanks
    /// tolerated.
    ///
    /// What is not a name, or names nothing, has no effect (RFC 7644 §3.9 is silent), but `attributes` that
    /// consists of such names still asks for no more than what is always returned.
    ///
    /// # Errors
    /// `invalidValue` when both are given: RFC 7644 §3.4.2.5 and §3.9 make them exclude each other.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self, ScimError> {
        let names = |list: Option<&str>| -> Vec<String> {
            list.unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect()
        };
        Self::from_names(&names(attributes), &names(excluded))
    }

    /// Reads the arrays of a search request (RFC 7644 §3.4.3).
    ///
    /// # Errors
    /// As [`Projection::parse`].
    pub fn from_names(attributes: &[String], excluded: &[String]) -> Result<Self, ScimError> {
        let given = |names: &[String]| names.iter().any(|name| !name.trim().is_empty());
        let paths = |names: &[String]| names.iter().filter_map(|name| AttrPath::read(name.trim())).collect();
        let choice = match (given(attributes), given(excluded)) {
            (true, true) => {
                return Err(ScimError::invalid_value(
                    "attributes and excludedAttributes cannot be used together; send one of them",
                ));
            }
            (true, false) => Choice::Only(paths(attributes)),
            (false, true) => Choice::Without(paths(excluded)),
            (false, false) => Choice::Default,
        };
        Ok(Projection { choice, written: Written::Nothing })
    }

    /// The same wish about the answer to a write. Where the client names attributes, those alone count.
    #[must_use]
    pub fn after_writing(self, written: Written) -> Self {
        Projection { written, ..self }
    }

    /// True when the client asked for nothing special.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choice == Choice::Default
    }

    /// True when a base attribute with `returned: default`, such as `members`, will be part of the answer, at
    /// least in part. A server that keeps it elsewhere need not read it otherwise.
    #[must_use]
    pub fn wants(&self, attribute: &str) -> bool {
        let named = |path: &AttrPath| path.attribute.eq_ignore_ascii_case(attribute);
        match &self.choice {
            Choice::Default => true,
            // A URN cannot be resolved here; better to read too much.
            Choice::Only(paths) => paths.iter().any(|path| named(path) || path.urn.is_some()),
            Choice::Without(paths) => !paths.iter().any(|path| named(path) && path.sub_attribute.is_none()),
        }
    }

    /// The opposite of [`Projection::wants`].
    #[must_use]
    pub fn excludes(&self, attribute: &str) -> bool {
        !self.wants(attribute)
    }

    /// True when the client excludes nothing but (some of) these attributes, or nothing at all. A server that
    /// adds them to a stored text can then leave them out, and need not read the text.
    #[must_use]
    pub fn only_excludes(&self, attributes: &[&str]) -> bool {
        let is_one = |path: &AttrPath| {
            path.urn.is_none()
                && path.sub_attribute.is_none()
                && attributes.iter().any(|attribute| path.attribute.eq_ignore_ascii_case(attribute))
        };
        match &self.choice {
            Choice::Default => true,
            Choice::Only(_) => false,
            Choice::Without(paths) => paths.iter().all(is_one),
        }
    }

    /// The attributes of a resource that the client gets to see (RFC 7643 §7, `returned`; RFC 7644 §3.9).
    #[must_use]
    pub fn apply(&self, resource: &Map<String, Value>, resource_type: &ResourceType) -> Map<String, Value> {
        let rules = self.rules(resource_type);
        let mut seen = Map::new();
        for (key, value) in resource {
            let shown = if let Some(attribute) = resource_type.attribute(key) {
                rules.attribute(None, attribute, value)
            } else {
                match (resource_type.extension(key), value) {
                    (Some(extension), Value::Object(members)) => rules.extension(extension, members),
                    _ => None,
                }
            };
            if let Some(shown) = shown {
                seen.insert(key.clone(), shown);
            }
        }
        seen
    }

    fn rules<'a>(&self, resource_type: &'a ResourceType) -> Rules<'a> {
        let locate =
            |paths: &[AttrPath]| paths.iter().filter_map(|path| resource_type.locate(path)).collect();
        let (only, without) = match &self.choice {
            Choice::Default => (None, Vec::new()),
            Choice::Only(paths) => (Some(locate(paths)), Vec::new()),
            Choice::Without(paths) => (None, locate(paths)),
        };
        let written = match &self.written {
            Written::Nothing => Some(Vec::new()),
            Written::Everything => None,
            Written::These(paths) => Some(locate(paths)),
        };
        Rules { only, without, written }
    }
}

/// The parameters as a client would write them; nothing when it asked for nothing special.
impl fmt::Display for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, paths) = match &self.choice {
            Choice::Default => return Ok(()),
            Choice::Only(paths) => ("attributes", paths),
            Choice::Without(paths) => ("excludedAttributes", paths),
        };
        let paths: Vec<String> = paths.iter().map(AttrPath::to_string).collect();
        write!(f, "{name}={}", paths.join(","))
    }
}

/// The choice, with every name resolved.
struct Rules<'a> {
    only: Option<Vec<Location<'a>>>,
    without: Vec<Location<'a>>,
    /// `None` for everything.
    written: Option<Vec<Location<'a>>>,
}

impl Rules<'_> {
    fn extension(&self, extension: &Extension, members: &Map<String, Value>) -> Option<Value> {
        let mut seen = Map::new();
        for (name, value) in members {
            if let Some(attribute) = extension.schema.attribute(name)
                && let Some(shown) = self.attribute(Some(extension), attribute, value)
            {
                seen.insert(name.clone(), shown);
            }
        }
        (!seen.is_empty()).then_some(Value::Object(seen))
    }

    fn attribute(
        &self,
        extension: Option<&Extension>,
        attribute: &Attribute,
        value: &Value,
    ) -> Option<Value> {
        let whole = self.shows(extension, attribute, None);
        if attribute.sub_attributes.is_empty() {
            return whole.then(|| value.clone());
        }
        match value {
            Value::Object(members) => self.members(extension, attribute, members),
            Value::Array(elements) => {
                let part = |element: &Value| match element {
                    Value::Object(members) => self.members(extension, attribute, members),
                    other => whole.then(|| other.clone()),
                };
                let shown: Vec<Value> = elements.iter().filter_map(part).collect();
                (whole || !shown.is_empty()).then_some(Value::Array(shown))
            }
            other => whole.then(|| other.clone()),
        }
    }

    fn members(
        &self,
        extension: Option<&Extension>,
        attribute: &Attribute,
        members: &Map<String, Value>,
    ) -> Option<Value> {
        let mut seen = Map::new();
        for (name, value) in members {
            if attribute.sub_attribute(name).is_some_and(|sub| self.shows(extension, attribute, Some(sub))) {
                seen.insert(name.clone(), value.clone());
            }
        }
        (!seen.is_empty()).then_some(Value::Object(seen))
    }

    fn shows(&self, extension: Option<&Extension>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        if attribute.is_secret() || sub.is_some_and(Attribute::is_secret) {
            return false;
        }
        let returned = match sub {
            // `always` holds for a sub-attribute only where its attribute appears.
            Some(sub) if sub.returned == Returned::Always => return self.names(extension, attribute, None),
            Some(sub) if attribute.returned == Returned::Default => sub.returned,
            _ => attribute.returned,
        };
        match (returned, &self.only) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (_, Some(only)) => only.iter().any(|asked| covers(asked, extension, attribute, sub)),
            (Returned::Request, None) => {
                let covered = |written: &Location<'_>| covers(written, extension, attribute, sub);
                let written = self.written.as_ref().is_none_or(|written| written.iter().any(covered));
                written && !self.hides(extension, attribute, sub)
            }
            (Returned::Default, None) => !self.hides(extension, attribute, sub),
        }
    }

    fn hides(&self, extension: Option<&Extension>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        self.without.iter().any(|hidden| covers(hidden, extension, attribute, sub))
    }

    /// True when any part of the attribute appears.
    fn names(&self, extension: Option<&Extension>, attribute: &Attribute, sub: Option<&Attribute>) -> bool {
        match &self.only {
            None => self.shows(extension, attribute, sub),
            Some(only) => {
                attribute.returned == Returned::Always
                    || only.iter().any(|asked| match asked {
                        Location::Attribute { extension: e, attribute: a, .. } => {
                            same_extension(*e, extension) && a.name == attribute.name
                        }
                        other => covers(other, extension, attribute, sub),
                    })
            }
        }
    }
}

/// `emails` covers `emails.value`, and so does `emails.value`; but that does not cover all of `emails`.
fn covers(
    asked: &Location<'_>,
    extension: Option<&Extension>,
    attribute: &Attribute,
    sub: Option<&Attribute>,
) -> bool {
    match asked {
        Location::Resource => extension.is_none(),
        Location::Extension(asked) => same_extension(Some(asked), extension),
        Location::Attribute { extension: e, attribute: a, sub_attribute } => {
            same_extension(*e, extension)
                && a.name == attribute.name
                && sub_attribute.is_none_or(|asked| sub.is_some_and(|sub| sub.name == asked.name))
        }
    }
}

fn same_extension(one: Option<&Extension>, other: Option<&Extension>) -> bool {
    one.map(|extension| &extension.schema.id) == other.map(|extension| &extension.schema.id)
}

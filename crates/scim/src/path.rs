//! How a request names an attribute: attribute notation (RFC 7644 §3.10) and the paths of PATCH (§3.5.2,
//! figure 7).

use std::fmt;

use crate::error::ScimError;
use crate::filter::{self, Filter};

#[cfg(test)]
pub(crate) mod tests;

/// `[URN:]attribute[.subAttribute]` (RFC 7644 §3.10).
///
/// Only a schema can tell whether `urn:…:2.0:User` is the attribute `User` or the whole schema of that name;
/// it is parsed as the former, and [`ResourceType::locate`](crate::schema::ResourceType::locate) decides.
/// Names keep the case they came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The schema, when the path is qualified.
    pub urn: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// The sub-attribute, when the path goes further.
    pub sub_attribute: Option<String>,
}

/// `attribute[filter]` and `attribute[filter].subAttribute` (RFC 7644 §3.5.2).
#[derive(Debug, Clone, PartialEq)]
pub struct ValuePath {
    /// The multi-valued attribute; it has no sub-attribute.
    pub attribute: AttrPath,
    /// Which of its values are meant. Paths in it are relative to a value.
    pub filter: Filter,
    /// The sub-attribute of those values.
    pub sub_attribute: Option<String>,
}

/// The `path` of a PATCH operation (RFC 7644 §3.5.2).
#[derive(Debug, Clone, PartialEq)]
pub enum Path {
    /// An attribute or sub-attribute.
    Attribute(AttrPath),
    /// Some values of a multi-valued attribute.
    Value(ValuePath),
}

impl AttrPath {
    /// A path to an attribute of the base schema.
    #[must_use]
    pub fn of(attribute: impl Into<String>) -> Self {
        AttrPath { urn: None, attribute: attribute.into(), sub_attribute: None }
    }

    /// Parses attribute notation.
    ///
    /// # Errors
    /// `invalidPath` when the text is not of that form.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        Self::read(text).ok_or_else(|| {
            ScimError::invalid_path(format!(
                "{} is not an attribute path; write attribute, attribute.subAttribute or URN:attribute",
                excerpt(text)
            ))
        })
    }

    /// Parses, without saying why it failed; the filter parser says it with a position.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (urn, name) = match text.rsplit_once(':') {
            Some((urn, name)) if is_urn(urn) => (Some(urn.to_owned()), name),
            Some(_) => return None,
            None => (None, text),
        };
        let (attribute, sub_attribute) = match name.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (name, None),
        };
        if is_attribute_name(attribute) && sub_attribute.is_none_or(is_attribute_name) {
            return Some(AttrPath {
                urn,
                attribute: attribute.to_owned(),
                sub_attribute: sub_attribute.map(str::to_owned),
            });
        }
        // A URN may end in a version, `urn:example:hr:1.0`. It can only be a whole schema.
        (urn.is_some() && is_urn(name)).then(|| AttrPath {
            urn,
            attribute: name.to_owned(),
            sub_attribute: None,
        })
    }
}

impl Path {
    /// Parses the `path` of a PATCH operation.
    ///
    /// # Errors
    /// `invalidPath`, with the position and what was expected there. The limits of [`Filter::parse`] hold as
    /// well.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        filter::parse_path(text)
    }

    /// The attribute part of either form.
    #[must_use]
    pub fn attribute(&self) -> &AttrPath {
        match self {
            Path::Attribute(path) => path,
            Path::Value(path) => &path.attribute,
        }
    }
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute)?;
        match &self.sub_attribute {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ValuePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.attribute, self.filter)?;
        match &self.sub_attribute {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Attribute(path) => path.fmt(f),
            Path::Value(path) => path.fmt(f),
        }
    }
}

/// `ALPHA *( "$" / "-" / "_" / DIGIT / ALPHA )` (RFC 7643 §2.1), and `$ref`, which the RFC uses in spite of
/// it.
pub(crate) fn is_attribute_name(text: &str) -> bool {
    let name = text.strip_prefix('$').unwrap_or(text);
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'-' | b'_'))
}

/// What may stand before the last colon: any URI, without the characters that end a word in a filter.
pub(crate) fn is_urn(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()[]\",".contains(c))
}

/// At most 60 characters of what the client sent, quoted.
pub(crate) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

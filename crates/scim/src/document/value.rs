//! One attribute's value: checked against its type and brought into canonical form (RFC 7643 §2.3 to §2.5).

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use super::MAX_VALUES;
use crate::dialect;
use crate::error::ScimError;
use crate::instant;
use crate::json::describe;
use crate::profile::Profile;
use crate::schema::{Attribute, AttributeType};

/// Where in a body a value stands, for error details: `emails[1].primary`. Costs nothing until it is printed.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    pub(crate) fn at(name: &'a str) -> Self {
        Place { parent: None, step: Step::Name(name) }
    }

    pub(crate) fn name(&'a self, name: &'a str) -> Place<'a> {
        Place { parent: Some(self), step: Step::Name(name) }
    }

    fn index(&'a self, index: usize) -> Place<'a> {
        Place { parent: Some(self), step: Step::Index(index) }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.parent, self.step) {
            (None, Step::Name(name)) => f.write_str(name),
            // An extension is followed by a colon, as in attribute notation (RFC 7644 §3.10).
            (Some(parent), Step::Name(name)) if parent.is_urn() => write!(f, "{parent}:{name}"),
            (Some(parent), Step::Name(name)) => write!(f, "{parent}.{name}"),
            (Some(parent), Step::Index(index)) => write!(f, "{parent}[{index}]"),
            (None, Step::Index(index)) => write!(f, "[{index}]"),
        }
    }
}

impl Place<'_> {
    fn is_urn(&self) -> bool {
        self.parent.is_none() && matches!(self.step, Step::Name(name) if name.contains(':'))
    }
}

/// The canonical value of an attribute, `None` when it is unassigned (RFC 7643 §2.5).
pub(crate) fn canonical(
    attribute: &Attribute,
    raw: Value,
    place: Place<'_>,
    profile: Profile,
) -> Result<Option<Value>, ScimError> {
    if !attribute.multi_valued {
        return canonical_one(attribute, raw, place, profile);
    }
    let elements = match raw {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        single => dialect::single_value_as_list(single, profile)
            .map_err(|single| wrong(attribute, place, &single, "an array"))?,
    };
    if elements.len() > MAX_VALUES {
        return Err(too_many_values(place));
    }
    let mut kept = Vec::with_capacity(elements.len());
    for (position, element) in elements.into_iter().enumerate() {
        kept.extend(canonical_one(attribute, element, place.index(position), profile)?);
    }
    keep_one_primary(&mut kept, place, profile)?;
    drop_repeated(&mut kept);
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// The canonical form of one value, be the attribute multi-valued or not.
pub(crate) fn canonical_one(
    attribute: &Attribute,
    raw: Value,
    place: Place<'_>,
    profile: Profile,
) -> Result<Option<Value>, ScimError> {
    match (attribute.kind, raw) {
        (_, Value::Null) => Ok(None),
        (AttributeType::Complex, Value::Object(members)) => {
            canonical_object(attribute, members, place, profile)
        }
        (AttributeType::Complex, other) => match dialect::bare_value(attribute, other, profile) {
            Ok(Value::Object(members)) => canonical_object(attribute, members, place, profile),
            Ok(_) => Ok(None),
            Err(other) => Err(wrong(attribute, place, &other, "an object")),
        },
        (kind, Value::String(text))
            if dialect::blank_is_unassigned(kind, &text, profile)
                || dialect::blank_identifies_nobody(attribute, &text, profile) =>
        {
            Ok(None)
        }
        (AttributeType::Boolean, Value::String(text)) => match dialect::boolean_from_text(&text, profile) {
            Some(boolean) => Ok(Some(boolean.into())),
            None => Err(wrong(attribute, place, &text.into(), expected(attribute.kind))),
        },
        (kind, raw) if fits(kind, &raw, profile) => Ok(Some(raw)),
        (kind, raw) => Err(wrong(attribute, place, &raw, expected(kind))),
    }
}

fn canonical_object(
    attribute: &Attribute,
    members: Map<String, Value>,
    place: Place<'_>,
    profile: Profile,
) -> Result<Option<Value>, ScimError> {
    let mut kept = Map::new();
    for (key, raw) in members {
        // Unknown and readOnly sub-attributes are ignored (RFC 7644 §3.3).
        let Some(sub) = attribute.sub_attribute(&key).filter(|sub| !sub.is_read_only()) else {
            continue;
        };
        if let Some(value) = canonical(sub, raw, place.name(&sub.name), profile)?
            && !sub.is_secret()
        {
            kept.insert(sub.name.clone(), value);
        }
    }
    if kept.is_empty() {
        return Ok(None);
    }
    check_required_in(attribute, &kept, place)?;
    Ok(Some(Value::Object(kept)))
}

/// Refuses a complex value that lacks a required sub-attribute.
pub(crate) fn check_required_in(
    attribute: &Attribute,
    members: &Map<String, Value>,
    place: Place<'_>,
) -> Result<(), ScimError> {
    match attribute.sub_attributes.iter().find(|sub| sub.required && !is_assigned(members.get(&sub.name))) {
        Some(sub) => Err(missing(place.name(&sub.name))),
        None => Ok(()),
    }
}

/// True when a required attribute has what it needs. RFC 7643 §4.1.1 wants a `userName` that is not empty.
pub(crate) fn is_assigned(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

/// What a required attribute that is missing is answered with (RFC 7644 §3.3, §3.12).
pub(crate) fn missing(place: Place<'_>) -> ScimError {
    ScimError::invalid_value(format!("{place} is required and must not be empty"))
}

/// What a multi-valued attribute with too many values is answered with.
pub(crate) fn too_many_values(place: Place<'_>) -> ScimError {
    ScimError::invalid_value(format!("{place} has too many values; the limit is {MAX_VALUES}"))
}

fn fits(kind: AttributeType, raw: &Value, profile: Profile) -> bool {
    match (kind, raw) {
        (AttributeType::String, Value::String(_)) | (AttributeType::Boolean, Value::Bool(_)) => true,
        (AttributeType::Decimal, Value::Number(_)) => true,
        (AttributeType::Integer, Value::Number(number)) => number.is_i64(),
        (AttributeType::DateTime, Value::String(text)) => instant::parse(text).is_some(),
        (AttributeType::Binary, Value::String(text)) => is_base64(text),
        (AttributeType::Reference, Value::String(text)) => {
            dialect::accepts_any_reference(profile) || is_uri_reference(text)
        }
        _ => false,
    }
}

fn expected(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a date and time such as \"2008-01-23T04:56:22Z\"",
        AttributeType::Binary => "base64 text",
        AttributeType::Reference => "a URI",
        AttributeType::Complex => "an object",
    }
}

fn wrong(attribute: &Attribute, place: Place<'_>, found: &Value, wanted: &str) -> ScimError {
    // A password must not come back in an error that ends up in a log.
    let found = if attribute.is_secret() { "something else".to_owned() } else { describe(found) };
    ScimError::invalid_value(format!("{place} must be {wanted}, found {found}"))
}

/// RFC 4648 §4 or §5, with or without padding (RFC 7643 §2.3.6).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let standard = digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    let url_safe = digits.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let padding = text.len() - digits.len();
    (standard || url_safe)
        && digits.len() % 4 != 1
        && (padding == 0 || (padding < 3 && text.len().is_multiple_of(4)))
}

/// The characters a URI reference may have (RFC 3986 §2); its structure is the client's business.
fn is_uri_reference(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b))
}

/// At most one value is primary (RFC 7643 §2.4).
fn keep_one_primary(elements: &mut [Value], place: Place<'_>, profile: Profile) -> Result<(), ScimError> {
    let mut primaries = elements.iter_mut().filter(|element| is_primary(element));
    let _first = primaries.next();
    for extra in primaries {
        if !dialect::first_primary_wins(profile) {
            return Err(ScimError::invalid_value(format!("{place}: only one value may have primary true")));
        }
        extra["primary"] = false.into();
    }
    Ok(())
}

/// True for the preferred value (RFC 7643 §2.4).
pub(crate) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// The same value twice says nothing new (RFC 7643 §2.4).
fn drop_repeated(elements: &mut Vec<Value>) {
    if elements.len() > 1 {
        let mut seen = HashSet::new();
        elements.retain(|element| seen.insert(element.to_string()));
    }
}

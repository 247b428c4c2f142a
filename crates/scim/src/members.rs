//! The members of a group, which can be a hundred thousand, without the list in memory (RFC 7643 §4.2).
//!
//! A group is stored as a [`Document`] without members, plus rows in a table. A POST or PUT is read by
//! [`parse_group`]; a PATCH is divided by [`split`] into steps that change the document and steps that change
//! the table, in order.
//!
//! Members are immutable (RFC 7643 §8.7.1): they come and go, and nothing about them changes in place.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::dialect;
use crate::document::Document;
use crate::error::ScimError;
use crate::filter::{Filter, ResolvedFilter, resolve_in};
use crate::json::{self, describe};
use crate::profile::Profile;
use crate::schema::{Attribute, ResourceType};

mod split;

#[cfg(test)]
mod tests;

pub use split::{GroupStep, MembersChange, split};

/// One member as a client names it (RFC 7643 §4.2). `display` is the server's to say and is not read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberRef {
    /// The id of the member.
    pub value: String,
    /// What the member is, when the client says so, in `type` or by its `$ref`.
    pub kind: Option<MemberKind>,
}

/// The resource type of a member (RFC 7643 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A nested group.
    Group,
}

/// The body of a group, in two parts.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBody {
    /// Everything but the members.
    pub document: Document,
    /// The members, each once, in the order they came; `None` when the body does not speak of members. Under
    /// PUT that means the same as none (RFC 7644 §3.5.1).
    pub members: Option<Vec<MemberRef>>,
}

/// Reads the body of a POST or PUT of a group (RFC 7644 §3.3, §3.5.1).
///
/// # Errors
/// As [`Document::parse`], and `invalidValue` for a member without an id.
pub fn parse_group(
    body: &[u8],
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<GroupBody, ScimError> {
    from_object(json::parse_body(body)?, resource_type, profile)
}

/// The same for a body that is JSON already, such as the `data` of a bulk operation (RFC 7644 §3.7).
///
/// # Errors
/// As [`parse_group`].
pub fn group_from_value(
    body: Value,
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<GroupBody, ScimError> {
    from_object(json::into_object(body)?, resource_type, profile)
}

fn from_object(
    mut body: Map<String, Value>,
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<GroupBody, ScimError> {
    let members = match take_members(&mut body, resource_type, profile) {
        Some(raw) => Some(read_members(raw, profile)?),
        None => None,
    };
    Ok(GroupBody { document: Document::from_object(body, resource_type, profile)?, members })
}

/// Takes the members out of a body, also out of an object under the URN of the base schema.
fn take_members(
    body: &mut Map<String, Value>,
    resource_type: &ResourceType,
    profile: Profile,
) -> Option<Value> {
    if let Some(key) = body.keys().find(|key| is_members_key(key, resource_type, profile)).cloned() {
        return body.shift_remove(&key);
    }
    let base =
        |key: &String| dialect::keys_are_paths(profile) && key.eq_ignore_ascii_case(&resource_type.schema.id);
    let (_, nested) = body.iter_mut().find(|(key, _)| base(key))?;
    json::take(nested.as_object_mut()?, "members")
}

/// Binds the filter of a [`MembersChange::RemoveWhere`]; its targets are relative to one member.
///
/// # Errors
/// As [`Filter::resolve`].
pub fn resolve_where(filter: &Filter, profile: Profile) -> Result<ResolvedFilter, ScimError> {
    match members_attribute() {
        Some(members) => resolve_in(members, filter, profile),
        None => Ok(ResolvedFilter::Constant(false)),
    }
}

fn members_attribute() -> Option<&'static Attribute> {
    ResourceType::group().schema.attribute("members")
}

/// True for `members` and, where keys are read as paths, `urn:…:Group:members`.
pub(crate) fn is_members_key(key: &str, resource_type: &ResourceType, profile: Profile) -> bool {
    let qualified = || {
        let (urn, name) = key.rsplit_once(':')?;
        (dialect::keys_are_paths(profile) && urn.eq_ignore_ascii_case(&resource_type.schema.id))
            .then_some(name)
    };
    key.eq_ignore_ascii_case("members")
        || qualified().is_some_and(|name| name.eq_ignore_ascii_case("members"))
}

/// Reads a list of members, each once. `null` is no members (RFC 7643 §2.5).
pub(crate) fn read_members(raw: Value, profile: Profile) -> Result<Vec<MemberRef>, ScimError> {
    let elements = match raw {
        Value::Null => return Ok(Vec::new()),
        Value::Array(elements) => elements,
        single => dialect::single_value_as_list(single, profile).map_err(|single| {
            ScimError::invalid_value(format!("members must be an array, found {}", describe(&single)))
        })?,
    };
    let mut seen = HashSet::with_capacity(elements.len());
    let mut members = Vec::with_capacity(elements.len());
    for (position, element) in elements.into_iter().enumerate() {
        if let Some(member) = read_member(position, element, profile)?
            && seen.insert(member.value.clone())
        {
            members.push(member);
        }
    }
    Ok(members)
}

fn read_member(position: usize, element: Value, profile: Profile) -> Result<Option<MemberRef>, ScimError> {
    let element = match (element, members_attribute()) {
        (Value::Null, _) => return Ok(None),
        (Value::Object(members), _) => Ok(members),
        (other, Some(attribute)) => match dialect::bare_value(attribute, other, profile) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(other) | Err(other) => Err(other),
        },
        (other, None) => Err(other),
    };
    let mut element = element.map_err(|other| {
        ScimError::invalid_value(format!(
            "members[{position}] must be an object such as {{\"value\":\"<id>\"}}, found {}",
            describe(&other)
        ))
    })?;
    let reference = text_of(&mut element, "$ref", position)?;
    let (kind_by_reference, id_by_reference) = match reference.as_deref().map(read_reference) {
        Some(Some((kind, id))) => (Some(kind), Some(id.to_owned())),
        _ => (None, None),
    };
    let Some(value) = text_of(&mut element, "value", position)?.or(id_by_reference) else {
        return Err(ScimError::invalid_value(format!(
            "members[{position}].value is required: the id of the member"
        )));
    };
    let kind = match text_of(&mut element, "type", position)? {
        Some(kind) if kind.eq_ignore_ascii_case("User") => Some(MemberKind::User),
        Some(kind) if kind.eq_ignore_ascii_case("Group") => Some(MemberKind::Group),
        // Some clients send a type of their own, such as `direct`. The id decides in the end.
        _ => kind_by_reference,
    };
    Ok(Some(MemberRef { value, kind }))
}

fn text_of(
    element: &mut Map<String, Value>,
    name: &str,
    position: usize,
) -> Result<Option<String>, ScimError> {
    match json::take(element, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(ScimError::invalid_value(format!(
            "members[{position}].{name} must be a string, found {}",
            describe(&other)
        ))),
    }
}

/// `https://host/scim/v2/Users/7`, `/Users/7` and `Users/7` alike (RFC 7643 §2.3.7 allows relative
/// references).
fn read_reference(reference: &str) -> Option<(MemberKind, &str)> {
    let (rest, id) = reference.trim_end_matches('/').rsplit_once('/')?;
    let kind = match rest.rsplit('/').next()? {
        "Users" => MemberKind::User,
        "Groups" => MemberKind::Group,
        _ => return None,
    };
    (!id.is_empty()).then_some((kind, id))
}

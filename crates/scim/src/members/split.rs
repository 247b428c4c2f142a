//! A PATCH of a group, divided into what changes the document and what changes the members.

use serde_json::{Map, Value};

use super::{MemberRef, is_members_key, read_members, resolve_where};
use crate::dialect;
use crate::error::ScimError;
use crate::filter::{Filter, Literal, Operator};
use crate::json::is_unassigned;
use crate::patch::{Op, Operation, place};
use crate::path::{Path, ValuePath};
use crate::profile::Profile;
use crate::schema::{Attribute, Location, ResourceType};

/// One step of a PATCH of a group. Steps are done in order, in one transaction (RFC 7644 §3.5.2).
#[derive(Debug, Clone, PartialEq)]
pub enum GroupStep {
    /// Operations for [`crate::patch::apply`].
    Attributes(Vec<Operation>),
    /// A change of the members.
    Members(MembersChange),
}

/// What happens to the members of a group.
#[derive(Debug, Clone, PartialEq)]
pub enum MembersChange {
    /// These join; those who are in already stay as they are.
    Add(Vec<MemberRef>),
    /// These leave, if they are in.
    Remove(Vec<String>),
    /// Those who satisfy the filter leave; see [`super::resolve_where`].
    RemoveWhere(Filter),
    /// All leave.
    Clear,
    /// These are the members from now on; the list is not empty.
    Replace(Vec<MemberRef>),
}

/// Divides the operations of a PATCH of a group (RFC 7644 §3.5.2).
///
/// Operations that change nothing, such as adding no members, disappear.
///
/// # Errors
/// `invalidValue` for a member without an id; `mutability` for changing a member in place (RFC 7643 §8.7.1);
/// in the strict profile `invalidValue` for `remove` with a value; each naming the operation.
pub fn split(
    operations: Vec<Operation>,
    resource_type: &ResourceType,
    profile: Profile,
) -> Result<Vec<GroupStep>, ScimError> {
    let mut splitter = Splitter { resource_type, profile, steps: Vec::new() };
    for operation in operations {
        let position = operation.position;
        splitter.take(operation).map_err(|error| error.within(place(position)))?;
    }
    Ok(splitter.steps)
}

struct Splitter<'a> {
    resource_type: &'a ResourceType,
    profile: Profile,
    steps: Vec<GroupStep>,
}

impl Splitter<'_> {
    fn take(&mut self, operation: Operation) -> Result<(), ScimError> {
        let Some(path) = &operation.path else {
            return self.take_pathless(operation);
        };
        match self.resource_type.locate(path.attribute()) {
            Some(Location::Resource) if operation.op != Op::Remove => self.take_pathless(operation),
            Some(Location::Attribute { attribute, sub_attribute, .. })
                if self.resource_type.is_members(attribute) =>
            {
                let Operation { op, path, value, .. } = operation;
                match path {
                    Some(Path::Value(path)) => self.some_members(op, &path, value, attribute),
                    _ if sub_attribute.is_some() => self.in_place(op, sub_attribute, "members"),
                    _ => self.all_members(op, value),
                }
            }
            _ => {
                self.attributes(operation);
                Ok(())
            }
        }
    }

    fn take_pathless(&mut self, operation: Operation) -> Result<(), ScimError> {
        let Some(Value::Object(members)) = operation.value else {
            self.attributes(operation);
            return Ok(());
        };
        let mut rest = Map::new();
        let mut changes = Vec::new();
        for (key, raw) in members {
            if is_members_key(&key, self.resource_type, self.profile) {
                changes.push(raw);
                continue;
            }
            let compatible = dialect::keys_are_paths(self.profile);
            if compatible && raw.is_object() && key.eq_ignore_ascii_case(&self.resource_type.schema.id) {
                let Operation { position, op, .. } = operation;
                self.take_pathless(Operation { position, op, path: None, value: Some(raw) })?;
                continue;
            }
            // A key that is a path into the members: `members[value eq "7"]`, `members.display`.
            match Path::parse(&key) {
                Ok(path) if compatible && self.is_members(&path) => {
                    let Operation { position, op, .. } = operation;
                    self.take(Operation { position, op, path: Some(path), value: Some(raw) })?;
                }
                _ => {
                    rest.insert(key, raw);
                }
            }
        }
        if !rest.is_empty() {
            self.attributes(Operation { value: Some(Value::Object(rest)), ..operation });
        }
        changes.into_iter().try_for_each(|raw| self.all_members(operation.op, Some(raw)))
    }

    fn is_members(&self, path: &Path) -> bool {
        match self.resource_type.locate(path.attribute()) {
            Some(Location::Attribute { attribute, .. }) => self.resource_type.is_members(attribute),
            _ => false,
        }
    }

    /// `path: "members"`.
    fn all_members(&mut self, op: Op, value: Option<Value>) -> Result<(), ScimError> {
        let empty = value.as_ref().is_none_or(is_unassigned);
        let change = match op {
            Op::Remove if empty => MembersChange::Clear,
            Op::Remove if !dialect::remove_lists_values(self.profile) => {
                return Err(ScimError::invalid_value(
                    "remove takes no value; select the members in the path, as in members[value eq \"…\"]",
                ));
            }
            Op::Add if empty => return Ok(()),
            Op::Replace if empty => MembersChange::Clear,
            op => {
                let members = read_members(value.unwrap_or_default(), self.profile)?;
                match op {
                    Op::Add => MembersChange::Add(members),
                    Op::Remove => {
                        MembersChange::Remove(members.into_iter().map(|member| member.value).collect())
                    }
                    Op::Replace => MembersChange::Replace(members),
                }
            }
        };
        self.steps.push(GroupStep::Members(change));
        Ok(())
    }

    /// `path: "members[…]"`.
    fn some_members(
        &mut self,
        op: Op,
        path: &ValuePath,
        value: Option<Value>,
        attribute: &Attribute,
    ) -> Result<(), ScimError> {
        if let Some(name) = &path.sub_attribute {
            return self.in_place(op, attribute.sub_attribute(name), "members[…]");
        }
        // The filter must make sense, whatever is done with it.
        resolve_where(&path.filter, self.profile)?;
        let named = named_ids(&path.filter);
        let change = match (op, named) {
            (Op::Remove, _)
                if value.is_some_and(|value| !is_unassigned(&value))
                    && !dialect::remove_lists_values(self.profile) =>
            {
                return Err(ScimError::invalid_value("remove takes no value"));
            }
            (Op::Remove, Some(ids)) => MembersChange::Remove(ids),
            (Op::Remove, None) => MembersChange::RemoveWhere(path.filter.clone()),
            (Op::Add, Some(ids)) if dialect::adds_member_by_filter(self.profile) => {
                MembersChange::Add(ids.into_iter().map(|value| MemberRef { value, kind: None }).collect())
            }
            (Op::Add | Op::Replace, _) => return Err(immutable(&path.to_string())),
        };
        self.steps.push(GroupStep::Members(change));
        Ok(())
    }

    /// `members.display` and the like: a member cannot be changed, and its display name is the server's.
    fn in_place(&mut self, op: Op, sub_attribute: Option<&Attribute>, place: &str) -> Result<(), ScimError> {
        match sub_attribute {
            Some(sub)
                if sub.is_read_only() && op != Op::Remove && dialect::skips_member_display(self.profile) =>
            {
                Ok(())
            }
            Some(sub) => Err(immutable(&format!("{place}.{}", sub.name))),
            None if dialect::skips_unknown_paths(self.profile) => Ok(()),
            None => Err(ScimError::invalid_path(format!("{place} has no such sub-attribute"))),
        }
    }

    fn attributes(&mut self, operation: Operation) {
        match self.steps.last_mut() {
            Some(GroupStep::Attributes(operations)) => operations.push(operation),
            _ => self.steps.push(GroupStep::Attributes(vec![operation])),
        }
    }
}

fn immutable(place: &str) -> ScimError {
    ScimError::mutability(format!("{place} is immutable: add and remove members instead"))
}

/// The ids in `value eq "a" or value eq "b"`; `None` for any other filter.
fn named_ids(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Or(terms) => {
            let ids: Option<Vec<_>> = terms.iter().map(named_ids).collect();
            Some(ids?.concat())
        }
        Filter::Compare { path, op: Operator::Eq, value: Literal::String(id) }
            if path.urn.is_none() && path.attribute.eq_ignore_ascii_case("value") =>
        {
            Some(vec![id.clone()])
        }
        _ => None,
    }
}

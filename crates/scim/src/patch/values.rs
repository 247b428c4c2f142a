//! Operations on some of the values of a multi-valued attribute: `emails[type eq "work"].value` (RFC 7644
//! §3.5.2).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::Op;
use super::attributes::{array_at, check_removable, immutable, put, required};
use super::editor::{Editor, Slot};
use crate::dialect;
use crate::document::value::{Place, canonical, canonical_one, is_primary};
use crate::error::ScimError;
use crate::filter::{self, Filter, Literal, Operator};
use crate::index::index_value;
use crate::json::is_unassigned;
use crate::path::ValuePath;
use crate::profile::Profile;
use crate::schema::{Attribute, Mutability};

impl Editor<'_> {
    pub(super) fn values(
        &mut self,
        op: Op,
        slot: Slot<'_>,
        path: &ValuePath,
        sub: Option<&Attribute>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let (attribute, profile) = (slot.attribute, self.profile);
        let wanted = filter::resolve_in(attribute, &path.filter, profile)?;
        let home = self.home(slot);
        let elements = array_at(home, &attribute.name);
        let matching: Vec<usize> = (0..elements.len())
            .filter(|&position| wanted.matches_value(&index_value(attribute, &elements[position])))
            .collect();
        let outcome = match value {
            value if op == Op::Remove => {
                check_listed(value.as_ref().filter(|value| !is_unassigned(value)), profile)
                    .and_then(|()| remove_matching(slot, elements, &matching, sub))
            }
            None => Err(ScimError::invalid_value(format!("{path}: the value is missing"))),
            Some(raw) if is_unassigned(&raw) && op == Op::Add && sub.is_none() => Ok(()),
            Some(raw) if is_unassigned(&raw) => remove_matching(slot, elements, &matching, sub),
            Some(raw) if matching.is_empty() => create(slot, elements, path, sub, raw, profile),
            Some(raw) => change_matching(op, slot, elements, &matching, sub, raw, profile),
        };
        prune(home, attribute);
        outcome?;
        if attribute.required && !home.contains_key(&attribute.name) {
            return Err(required(&slot.name()));
        }
        Ok(())
    }
}

fn remove_matching(
    slot: Slot<'_>,
    elements: &mut Vec<Value>,
    matching: &[usize],
    sub: Option<&Attribute>,
) -> Result<(), ScimError> {
    let attribute = slot.attribute;
    let Some(sub) = sub else {
        if !matching.is_empty() && attribute.mutability == Mutability::Immutable {
            return Err(immutable(&slot.name()));
        }
        let mut position = 0;
        elements.retain(|_| {
            position += 1;
            matching.binary_search(&(position - 1)).is_err()
        });
        return Ok(());
    };
    for &position in matching {
        if let Some(members) = elements[position].as_object_mut()
            && members.contains_key(&sub.name)
        {
            check_removable(sub, || format!("{}.{}", slot.name(), sub.name))?;
            members.shift_remove(&sub.name);
        }
    }
    Ok(())
}

fn change_matching(
    op: Op,
    slot: Slot<'_>,
    elements: &mut Vec<Value>,
    matching: &[usize],
    sub: Option<&Attribute>,
    raw: Value,
    profile: Profile,
) -> Result<(), ScimError> {
    let attribute = slot.attribute;
    if let Some(sub) = sub {
        let Some(value) = slot.placed(|place| canonical(sub, raw, place.name(&sub.name), profile))? else {
            return remove_matching(slot, elements, matching, Some(sub));
        };
        for &position in matching {
            if let Value::Object(members) = &mut elements[position] {
                put(members, sub, value.clone(), || format!("{}.{}", slot.name(), sub.name))?;
            }
        }
        return settle_primary(slot, elements, matching, profile);
    }
    let Some(value) = slot.placed(|place| one_value(attribute, raw, place, profile))? else {
        return Ok(());
    };
    for &position in matching {
        match (op, &mut elements[position], &value) {
            (Op::Add, Value::Object(held), Value::Object(added)) => merge(slot, held, added)?,
            (_, held, value) => {
                check_immutable_parts(slot, held, value)?;
                *held = value.clone();
            }
        }
    }
    settle_primary(slot, elements, matching, profile)
}

/// The filter matches nothing: make the value it describes, or answer `noTarget` (RFC 7644 §3.5.2.3).
fn create(
    slot: Slot<'_>,
    elements: &mut Vec<Value>,
    path: &ValuePath,
    sub: Option<&Attribute>,
    raw: Value,
    profile: Profile,
) -> Result<(), ScimError> {
    let attribute = slot.attribute;
    let no_target = || ScimError::no_target(format!("{path} matches no value"));
    if !dialect::creates_missing_value(profile) {
        return Err(no_target());
    }
    let mut seed = Map::new();
    if !plant(&path.filter, attribute, &mut seed, profile) {
        return Err(no_target());
    }
    let value = match sub {
        Some(sub) => slot
            .placed(|place| canonical(sub, raw, place.name(&sub.name), profile))?
            .map(|value| Value::Object(Map::from_iter([(sub.name.clone(), value)]))),
        None => slot.placed(|place| one_value(attribute, raw, place, profile))?,
    };
    let Some(Value::Object(members)) = value else {
        return Ok(());
    };
    seed.extend(members);
    let position = elements.len();
    elements.push(Value::Object(seed));
    settle_primary(slot, elements, &[position], profile)
}

/// Turns `type eq "work" and primary eq true` into the members it asks for. False when the filter asks
/// otherwise.
fn plant(filter: &Filter, attribute: &Attribute, seed: &mut Map<String, Value>, profile: Profile) -> bool {
    match filter {
        Filter::And(terms) => terms.iter().all(|term| plant(term, attribute, seed, profile)),
        Filter::Compare { path, op: Operator::Eq, value } => {
            let Some(sub) = attribute.sub_attribute(&path.attribute).filter(|sub| !sub.is_read_only()) else {
                return false;
            };
            let raw = match value {
                Literal::String(text) => text.as_str().into(),
                Literal::Number(number) => Value::Number(number.clone()),
                Literal::Boolean(boolean) => (*boolean).into(),
                Literal::Null => return true,
            };
            match canonical_one(sub, raw, Place::at(&sub.name), profile) {
                Ok(Some(value)) => {
                    seed.insert(sub.name.clone(), value);
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// A value path is about one value; an array around it is tolerated when it holds just that.
fn one_value(
    attribute: &Attribute,
    raw: Value,
    place: Place<'_>,
    profile: Profile,
) -> Result<Option<Value>, ScimError> {
    match raw {
        Value::Array(mut elements) if elements.len() == 1 => {
            canonical_one(attribute, elements.swap_remove(0), place, profile)
        }
        raw => canonical_one(attribute, raw, place, profile),
    }
}

fn merge(slot: Slot<'_>, held: &mut Map<String, Value>, added: &Map<String, Value>) -> Result<(), ScimError> {
    for (name, value) in added {
        if let Some(sub) = slot.attribute.sub_attribute(name) {
            put(held, sub, value.clone(), || format!("{}.{}", slot.name(), sub.name))?;
        }
    }
    Ok(())
}

fn check_immutable_parts(slot: Slot<'_>, held: &Value, value: &Value) -> Result<(), ScimError> {
    let changed = slot.attribute.sub_attributes.iter().find(|sub| {
        let before = held.get(&sub.name);
        sub.mutability == Mutability::Immutable && before.is_some() && before != value.get(&sub.name)
    });
    match changed {
        Some(sub) => Err(immutable(&format!("{}.{}", slot.name(), sub.name))),
        None => Ok(()),
    }
}

/// Adds values, or finds them already there. Gives the positions of the added.
///
/// The same `type` and `value` is the same value (RFC 7643 §2.4): what else the client says about it is
/// merged.
pub(super) fn add_all(attribute: &Attribute, elements: &mut Vec<Value>, added: Vec<Value>) -> Vec<usize> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    for (position, held) in elements.iter().enumerate() {
        positions.entry(identity(attribute, held)).or_insert(position);
    }
    let mut touched = Vec::with_capacity(added.len());
    for value in added {
        let position = *positions.entry(identity(attribute, &value)).or_insert(elements.len());
        match (elements.get_mut(position), value) {
            (Some(Value::Object(held)), Value::Object(members)) => held.extend(members),
            (Some(_), _) => {}
            (None, value) => elements.push(value),
        }
        touched.push(position);
    }
    touched
}

/// What makes a value the same as another: `value` and `type`, or everything when it has no `value`.
fn identity(attribute: &Attribute, value: &Value) -> String {
    let indexed = index_value(attribute, value);
    match (&indexed, indexed.get("value")) {
        (_, Some(value)) => format!("{value} {}", indexed.get("type").unwrap_or(&Value::Null)),
        (Value::Object(members), None) => {
            let sorted: BTreeMap<&String, &Value> = members.iter().collect();
            format!("{sorted:?}")
        }
        _ => indexed.to_string(),
    }
}

/// `remove` has no value in RFC 7644 §3.5.2.2.
pub(super) fn check_listed(listed: Option<&Value>, profile: Profile) -> Result<(), ScimError> {
    if listed.is_some() && !dialect::remove_lists_values(profile) {
        return Err(ScimError::invalid_value(
            "remove takes no value; select what to remove in the path, as in members[value eq \"…\"]",
        ));
    }
    Ok(())
}

/// Removes the listed values only: those with the same `value` (and `type`, if listed), or those that are
/// equal.
pub(super) fn remove_listed(
    slot: Slot<'_>,
    elements: &mut Vec<Value>,
    listed: Value,
    profile: Profile,
) -> Result<(), ScimError> {
    let attribute = slot.attribute;
    if attribute.mutability == Mutability::Immutable {
        return Err(immutable(&slot.name()));
    }
    let Some(Value::Array(listed)) = slot.placed(|place| canonical(attribute, listed, place, profile))?
    else {
        return Ok(());
    };
    let listed: Vec<Value> = listed.iter().map(|value| index_value(attribute, value)).collect();
    elements.retain(|held| {
        let held = index_value(attribute, held);
        !listed.iter().any(|listed| match (listed.get("value"), listed.get("type")) {
            (Some(value), None) => held.get("value") == Some(value),
            (Some(value), kind) => held.get("value") == Some(value) && held.get("type") == kind,
            (None, _) => held == *listed,
        })
    });
    Ok(())
}

/// After a value became primary the others are not (RFC 7644 §3.5.2). `touched` are the values the operation
/// set.
pub(super) fn settle_primary(
    slot: Slot<'_>,
    elements: &mut [Value],
    touched: &[usize],
    profile: Profile,
) -> Result<(), ScimError> {
    let mut primaries = touched.iter().copied().filter(|&position| is_primary(&elements[position]));
    let Some(winner) = primaries.next() else { return Ok(()) };
    if primaries.any(|position| position != winner) && !dialect::first_primary_wins(profile) {
        return Err(ScimError::invalid_value(format!(
            "{}: only one value may have primary true",
            slot.name()
        )));
    }
    for (position, element) in elements.iter_mut().enumerate() {
        if position != winner && is_primary(element) {
            element["primary"] = false.into();
        }
    }
    Ok(())
}

/// Takes away what an operation has left empty; unassigned attributes are not kept (RFC 7643 §2.5).
pub(super) fn prune(home: &mut Map<String, Value>, attribute: &Attribute) {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    let Some(held) = home.get_mut(&attribute.name) else { return };
    let gone = match held {
        Value::Array(elements) => {
            elements.retain(|element| !is_empty(element));
            elements.is_empty()
        }
        held => is_empty(held),
    };
    if gone {
        home.shift_remove(&attribute.name);
    }
}

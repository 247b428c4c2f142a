//! Operations on a whole attribute, or on a sub-attribute without a filter.

use serde_json::{Map, Value};

use super::Op;
use super::editor::{Editor, Slot};
use super::values::{add_all, check_listed, prune, remove_listed, settle_primary};
use crate::dialect;
use crate::document::value::{canonical, check_required_in, is_assigned, missing, too_many_values};
use crate::document::{MAX_VALUES, object_at};
use crate::error::ScimError;
use crate::json::{describe, is_unassigned};
use crate::schema::{Attribute, AttributeType, Mutability};

impl Editor<'_> {
    pub(super) fn attribute(
        &mut self,
        op: Op,
        slot: Slot<'_>,
        sub_attribute: Option<&Attribute>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        match (op, value) {
            (Op::Remove, value) => self.remove(slot, sub_attribute, value),
            (_, None) => Err(ScimError::invalid_value(format!("{}: the value is missing", slot.name()))),
            (Op::Add, Some(raw)) if slot.attribute.multi_valued && is_unassigned(&raw) => Ok(()),
            // RFC 7643 §2.5: null, or an empty array, is the same as no value.
            (_, Some(raw)) if is_unassigned(&raw) => self.remove(slot, sub_attribute, None),
            (op, Some(raw)) => match (slot.attribute.multi_valued, sub_attribute) {
                (true, Some(sub)) => self.set_in_every_value(slot, sub, raw),
                (true, None) if op == Op::Add => self.add_values(slot, raw),
                (false, Some(sub)) => self.merge(slot, Map::from_iter([(sub.name.clone(), raw)])),
                (false, None) if slot.attribute.kind == AttributeType::Complex => self.set_complex(slot, raw),
                (_, None) => self.set(slot, raw),
            },
        }
    }

    fn remove(
        &mut self,
        slot: Slot<'_>,
        sub_attribute: Option<&Attribute>,
        value: Option<Value>,
    ) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let listed = value.filter(|value| !is_unassigned(value));
        check_listed(listed.as_ref(), self.profile)?;
        let profile = self.profile;
        let home = self.home(slot);
        let Some(held) = home.get_mut(&attribute.name) else { return Ok(()) };
        match (sub_attribute, held) {
            (None, Value::Array(elements)) if listed.is_some() => {
                if let Some(listed) = listed {
                    remove_listed(slot, elements, listed, profile)?;
                }
            }
            (None, held) => {
                check_removable(attribute, || slot.name())?;
                *held = Value::Null;
            }
            (Some(sub), held) => {
                let place = || format!("{}.{}", slot.name(), sub.name);
                let parts: Vec<&mut Value> = match held {
                    Value::Array(elements) => elements.iter_mut().collect(),
                    single => vec![single],
                };
                for part in parts {
                    if let Some(members) =
                        part.as_object_mut().filter(|members| members.contains_key(&sub.name))
                    {
                        check_removable(sub, place)?;
                        members.shift_remove(&sub.name);
                    }
                }
            }
        }
        prune(home, attribute);
        if attribute.required && !home.contains_key(&attribute.name) {
            return Err(required(&slot.name()));
        }
        Ok(())
    }

    /// A simple attribute, or all values of a multi-valued one.
    fn set(&mut self, slot: Slot<'_>, raw: Value) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        match slot.placed(|place| canonical(attribute, raw, place, self.profile))? {
            Some(value) => {
                if attribute.required && !is_assigned(Some(&value)) {
                    return Err(slot.placed(missing));
                }
                put(self.home(slot), attribute, value, || slot.name())
            }
            None => self.remove(slot, None, None),
        }
    }

    /// A singular complex attribute: what is named changes, the rest stays (RFC 7644 §3.5.2.1, §3.5.2.3).
    fn set_complex(&mut self, slot: Slot<'_>, raw: Value) -> Result<(), ScimError> {
        match raw {
            Value::Object(members) => self.merge(slot, members),
            other => match dialect::bare_value(slot.attribute, other, self.profile) {
                Ok(Value::Object(members)) => self.merge(slot, members),
                Ok(_) => self.remove(slot, None, None),
                Err(other) => Err(ScimError::invalid_value(format!(
                    "{} must be an object, found {}",
                    slot.name(),
                    describe(&other)
                ))),
            },
        }
    }

    fn merge(&mut self, slot: Slot<'_>, members: Map<String, Value>) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        for (key, raw) in members {
            let Some(sub) = attribute.sub_attribute(&key) else {
                self.ignored.push(format!("{}.{key}", slot.name()));
                continue;
            };
            if sub.is_read_only() {
                continue;
            }
            let value = slot.placed(|place| canonical(sub, raw, place.name(&sub.name), self.profile))?;
            if sub.is_secret() {
                continue;
            }
            match value {
                Some(value) => {
                    let held = object_at(self.home(slot), &attribute.name);
                    put(held, sub, value, || format!("{}.{}", slot.name(), sub.name))?;
                }
                None => self.remove(slot, Some(sub), None)?,
            }
        }
        match self.home(slot).get(&attribute.name) {
            Some(Value::Object(held)) => slot.placed(|place| check_required_in(attribute, held, place)),
            _ => Ok(()),
        }
    }

    fn add_values(&mut self, slot: Slot<'_>, raw: Value) -> Result<(), ScimError> {
        let attribute = slot.attribute;
        let Some(Value::Array(added)) =
            slot.placed(|place| canonical(attribute, raw, place, self.profile))?
        else {
            return Ok(());
        };
        let profile = self.profile;
        let elements = array_at(self.home(slot), &attribute.name);
        if attribute.mutability == Mutability::Immutable && !elements.is_empty() {
            let all_there = added.iter().all(|value| elements.contains(value));
            return if all_there { Ok(()) } else { Err(immutable(&slot.name())) };
        }
        let touched = add_all(attribute, elements, added);
        if elements.len() > MAX_VALUES {
            return Err(slot.placed(too_many_values));
        }
        settle_primary(slot, elements, &touched, profile)
    }

    /// `emails.type` without a filter: every value (RFC 7644 §3.5.2 names the target, not how many it has).
    fn set_in_every_value(&mut self, slot: Slot<'_>, sub: &Attribute, raw: Value) -> Result<(), ScimError> {
        let profile = self.profile;
        let value = slot.placed(|place| canonical(sub, raw, place.name(&sub.name), profile))?;
        let Some(value) = value else { return self.remove(slot, Some(sub), None) };
        let place = || format!("{}.{}", slot.name(), sub.name);
        let elements = array_at(self.home(slot), &slot.attribute.name);
        if elements.is_empty() && !dialect::creates_missing_value(profile) {
            prune(self.home(slot), slot.attribute);
            return Err(ScimError::no_target(format!("{} has no value to change", slot.name())));
        }
        if elements.is_empty() {
            elements.push(Value::Object(Map::new()));
        }
        for element in elements.iter_mut() {
            if let Value::Object(members) = element {
                put(members, sub, value.clone(), place)?;
            }
        }
        let touched: Vec<usize> = (0..elements.len()).collect();
        settle_primary(slot, elements, &touched, profile)
    }
}

/// Sets a value, unless it is immutable and another one (RFC 7643 §7, RFC 7644 §3.5.2).
pub(super) fn put(
    home: &mut Map<String, Value>,
    attribute: &Attribute,
    value: Value,
    place: impl Fn() -> String,
) -> Result<(), ScimError> {
    if attribute.mutability == Mutability::Immutable
        && home.get(&attribute.name).is_some_and(|held| *held != value)
    {
        return Err(immutable(&place()));
    }
    home.insert(attribute.name.clone(), value);
    Ok(())
}

/// Refuses to remove what is required or immutable (RFC 7644 §3.5.2.2).
pub(super) fn check_removable(attribute: &Attribute, place: impl Fn() -> String) -> Result<(), ScimError> {
    if attribute.required {
        return Err(required(&place()));
    }
    if attribute.mutability == Mutability::Immutable {
        return Err(immutable(&place()));
    }
    Ok(())
}

/// The array under a key, made if need be.
pub(super) fn array_at<'m>(home: &'m mut Map<String, Value>, name: &str) -> &'m mut Vec<Value> {
    let slot = home.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if !slot.is_array() {
        *slot = Value::Array(Vec::new());
    }
    match slot {
        Value::Array(elements) => elements,
        _ => unreachable!("it was made an array above"),
    }
}

/// RFC 7644 §3.5.2.2 asks for `mutability` when a required attribute would become unassigned.
pub(super) fn required(place: &str) -> ScimError {
    ScimError::mutability(format!("{place} is required and cannot be removed; replace it"))
}

pub(super) fn immutable(place: &str) -> ScimError {
    ScimError::mutability(format!("{place} is immutable and already has a value"))
}

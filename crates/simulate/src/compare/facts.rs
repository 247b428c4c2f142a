//! What is comparable about a user: the attributes that every dialect pushes, in one form for both sides.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::dialect::ENTERPRISE_USER;
use crate::directory::Person;

/// Attribute → value; `null` for no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts(BTreeMap<&'static str, Value>);

impl Facts {
    /// What `person` looks like when everything arrived.
    pub(super) fn pushed(person: &Person, roles: &[String], manager: Option<&str>) -> Self {
        let mut roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        roles.sort_unstable();
        Self(BTreeMap::from([
            ("userName", person.user_name.as_str().into()),
            ("externalId", person.external_id.as_str().into()),
            ("displayName", person.display_name().into()),
            ("name.givenName", person.given_name.as_str().into()),
            ("name.familyName", person.family_name.as_str().into()),
            ("emails[type eq \"work\"].value", person.email.as_str().into()),
            ("phoneNumbers[type eq \"mobile\"].value", person.phone.as_deref().into()),
            ("title", person.title.as_deref().into()),
            ("department", person.department.as_str().into()),
            ("employeeNumber", person.employee_number.as_str().into()),
            ("manager", manager.into()),
            ("roles", roles.into()),
            ("active", person.active.into()),
        ]))
    }

    /// What `user`, as the server gave it, says.
    pub(super) fn held(user: &Value) -> Self {
        let plain = |path: &[&str]| {
            path.iter().try_fold(user, |value, name| value.get(name)).cloned().unwrap_or_default()
        };
        let typed = |attribute: &str, kind: &str| {
            let values = user.get(attribute).and_then(Value::as_array);
            let of_kind = values
                .into_iter()
                .flatten()
                .find(|value| value.get("type").and_then(Value::as_str) == Some(kind));
            of_kind.and_then(|value| value.get("value")).cloned().unwrap_or_default()
        };
        Self(BTreeMap::from([
            ("userName", plain(&["userName"])),
            ("externalId", plain(&["externalId"])),
            ("displayName", plain(&["displayName"])),
            ("name.givenName", plain(&["name", "givenName"])),
            ("name.familyName", plain(&["name", "familyName"])),
            ("emails[type eq \"work\"].value", typed("emails", "work")),
            ("phoneNumbers[type eq \"mobile\"].value", typed("phoneNumbers", "mobile")),
            ("title", plain(&["title"])),
            ("department", plain(&[ENTERPRISE_USER, "department"])),
            ("employeeNumber", plain(&[ENTERPRISE_USER, "employeeNumber"])),
            ("manager", manager(&plain(&[ENTERPRISE_USER, "manager"]))),
            ("roles", roles(&plain(&["roles"]))),
            ("active", plain(&["active"])),
        ]))
    }

    /// Attribute, pushed and held, where the two are not the same.
    pub(super) fn differences<'f>(
        &'f self,
        held: &'f Self,
    ) -> impl Iterator<Item = (&'static str, &'f Value, &'f Value)> {
        self.0.iter().filter_map(|(what, pushed)| {
            let held = held.0.get(what).unwrap_or(&Value::Null);
            (pushed != held).then_some((*what, pushed, held))
        })
    }
}

/// A complex value, or the bare id that some servers keep as Entra sent it.
fn manager(held: &Value) -> Value {
    match held {
        Value::Object(complex) => complex.get("value").cloned().unwrap_or_default(),
        other => other.clone(),
    }
}

/// The roles' names in order. Entra sends the same role as a plain value in a POST and as JSON text in a PATCH, so
/// that only what a value means can be compared.
fn roles(held: &Value) -> Value {
    let none = Vec::new();
    let mut names: Vec<String> = held
        .as_array()
        .unwrap_or(&none)
        .iter()
        .filter_map(|role| match role {
            Value::Object(complex) => complex.get("value")?.as_str().map(meaning),
            other => other.as_str().map(meaning),
        })
        .collect();
    names.sort_unstable();
    names.into()
}

fn meaning(value: &str) -> String {
    let inner = serde_json::from_str::<Map<String, Value>>(value).ok();
    let name = inner.as_ref().and_then(|object| object.get("value")).and_then(Value::as_str);
    name.unwrap_or(value).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_means_the_same_as_string_object_and_json_text() {
        let text = "{\"id\":\"1\",\"value\":\"admin\",\"displayName\":\"Admin\"}";
        for held in [
            serde_json::json!(["admin"]),
            serde_json::json!([{"value": "admin"}]),
            serde_json::json!([{"value": text}]),
        ] {
            assert_eq!(roles(&held), serde_json::json!(["admin"]), "{held}");
        }
    }
}

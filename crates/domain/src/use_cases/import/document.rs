//! A line as a SCIM document.

use rolecall_scim::{
    document::Document, error::ScimError, index::fold, profile::Profile, schema::ResourceType,
};
use serde_json::{Map, Value, json};

use super::ImportRow;
use crate::{records::UserFacts, role::OrgRole};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// Of somebody new.
pub(super) fn of_new(row: &ImportRow, user_type: &ResourceType) -> Result<Document, ScimError> {
    let mut body = Map::new();
    body.insert("schemas".into(), json!([USER]));
    body.insert("userName".into(), row.user_name.clone().into());
    put(&mut body, row);
    if let Some(email) = &row.email {
        body.insert("emails".into(), emails(email));
    }
    if let Some(role) = row.role.filter(|role| *role > OrgRole::Member) {
        body.insert("roles".into(), roles(role));
    }
    if let Some(active) = row.active {
        body.insert("active".into(), active.into());
    }
    Document::from_value(Value::Object(body), user_type, Profile::Compatible)
}

/// Of somebody who is there. What the line does not say stays, and so does what says the same already.
pub(super) fn over(
    row: &ImportRow,
    facts: &UserFacts,
    old: &Document,
    user_type: &ResourceType,
) -> Result<Document, ScimError> {
    let mut body = old.as_map().clone();
    body.insert("userName".into(), row.user_name.clone().into());
    put(&mut body, row);
    let same_address = |email: &String| facts.email.as_deref().map(fold) == Some(fold(email));
    if let Some(email) = row.email.as_ref().filter(|email| !same_address(email)) {
        body.insert("emails".into(), emails(email));
    }
    match row.role {
        Some(role) if role == facts.org_role => {}
        Some(OrgRole::Member) => drop(body.remove("roles")),
        Some(role) => drop(body.insert("roles".into(), roles(role))),
        None => {}
    }
    if let Some(active) = row.active.filter(|active| *active != facts.active) {
        body.insert("active".into(), active.into());
    }
    Document::from_value(Value::Object(body), user_type, Profile::Compatible)
}

fn put(body: &mut Map<String, Value>, row: &ImportRow) {
    let mut text = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            body.insert(name.into(), value.clone().into());
        }
    };
    text("externalId", &row.external_id);
    text("displayName", &row.display_name);
    let parts = [("givenName", &row.given_name), ("familyName", &row.family_name)];
    let parts: Vec<_> = parts.into_iter().filter_map(|(part, value)| Some((part, value.as_ref()?))).collect();
    if parts.is_empty() {
        return;
    }
    let name = body.entry("name").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(name) = name {
        for (part, value) in parts {
            name.insert(part.into(), value.clone().into());
        }
    }
}

fn emails(email: &str) -> Value {
    json!([{"value": email, "type": "work", "primary": true}])
}

fn roles(role: OrgRole) -> Value {
    json!([{"value": role, "primary": true}])
}

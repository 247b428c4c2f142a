//! What columns hold of a User document.

use rolecall_scim::{document::Document, index::fold};
use serde_json::{Map, Value};

use crate::{records::UserFacts, role::OrgRole};

/// What holds where a document says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsaid {
    /// Whether the person is active.
    pub active: bool,
    /// Whether answers show a composed `displayName`. One that the IdP took away stays away.
    pub compose_display_name: bool,
}

/// Takes the facts out of a document that has been validated.
pub fn user_facts(document: &Document, unsaid: Unsaid) -> UserFacts {
    let text = |name: &str| document.text(name).map(str::to_owned);
    let value = |name: &str| document.as_map().get(name);
    let user_name = text("userName").unwrap_or_default();
    let sent = text("displayName");
    let composed = composed_name(value("name"));
    UserFacts {
        user_name_key: fold(&user_name),
        external_id: text("externalId"),
        display_name_composed: sent.is_none() && composed.is_some() && unsaid.compose_display_name,
        display_name: sent.or(composed).unwrap_or_else(|| user_name.clone()),
        email: email(value("emails")),
        active: value("active").and_then(Value::as_bool).unwrap_or(unsaid.active),
        org_role: OrgRole::from_scim_roles(value("roles")),
        outside: false,
        unknown_role: OrgRole::unknown_in_scim_roles(value("roles")),
        user_name,
    }
}

/// `formatted`, else given and family name with a blank between.
fn composed_name(name: Option<&Value>) -> Option<String> {
    let name = name?.as_object()?;
    let part =
        |key: &str| name.get(key).and_then(Value::as_str).map(str::trim).filter(|part| !part.is_empty());
    if let Some(formatted) = part("formatted") {
        return Some(formatted.to_owned());
    }
    let parts: Vec<&str> = ["givenName", "familyName"].into_iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn email(emails: Option<&Value>) -> Option<String> {
    let emails = emails?.as_array()?;
    let address = |email: &Map<String, Value>| email.get("value").and_then(Value::as_str).map(str::to_owned);
    let find = |wanted: &dyn Fn(&Map<String, Value>) -> bool| {
        emails.iter().filter_map(Value::as_object).filter(|email| wanted(email)).find_map(address)
    };
    find(&|email| email.get("primary") == Some(&Value::Bool(true)))
        .or_else(|| {
            find(&|email| email.get("type").and_then(Value::as_str).is_some_and(|t| fold(t) == "work"))
        })
        .or_else(|| find(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_scim::{profile::Profile, schema::ResourceType};
    use serde_json::json;

    fn facts(body: Value) -> UserFacts {
        user_facts(
            &Document::from_value(body, ResourceType::user(), Profile::Compatible).unwrap(),
            Unsaid { active: true, compose_display_name: true },
        )
    }

    #[test]
    fn a_missing_display_name_is_composed_from_the_name() {
        let given =
            facts(json!({"userName": "ada@acme.test", "name": {"givenName": "Ada", "familyName": "Byron"}}));
        assert_eq!((given.display_name.as_str(), given.display_name_composed), ("Ada Byron", true));
        assert_eq!(facts(json!({"userName": "ada"})).display_name, "ada");
        let sent = facts(json!({"userName": "ada", "displayName": "A. B."}));
        assert_eq!((sent.display_name.as_str(), sent.display_name_composed), ("A. B.", false));
    }

    #[test]
    fn the_primary_address_counts_then_the_one_for_work_then_the_first() {
        let of = |emails: Value| facts(json!({"userName": "ada", "emails": emails})).email;
        assert_eq!(
            of(json!([{"value": "a"}, {"value": "b", "type": "Work"}, {"value": "c", "primary": true}])),
            Some("c".into())
        );
        assert_eq!(of(json!([{"value": "a"}, {"value": "b", "type": "Work"}])), Some("b".into()));
        assert_eq!(of(json!([{"value": "a", "type": "home"}])), Some("a".into()));
        assert_eq!(of(json!([])), None);
    }
}

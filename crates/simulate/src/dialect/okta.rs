//! Okta, as an OIN application. Source: Okta's "SCIM 2.0" API guide and its SCIM FAQ; what is inferred says so.

use serde_json::{Map, Value, json};

use super::{
    Arrival, Attribute, CORE_GROUP, CORE_USER, Dialect, ENTERPRISE_USER, Habits, Headers, Push, Pushed,
    RolesPerPerson, match_or_create, mobile_phone, work_email,
};
use crate::directory::{Group, GroupKey, Person, PersonKey};
use crate::exchange::{Request, encode, equals};
use crate::intent::{self, Regrouping, Subject};
use crate::session::{Existing, PushError, Session};

/// Okta with group push.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Okta;

impl Dialect for Okta {
    fn habits(&self) -> Habits {
        Habits {
            // "Okta doesn't perform DELETE operations on user objects."
            deletes_people: false,
            leavers_leave_groups: true,
            clears_attributes: true,
            pushes_whole_groups: true,
            roles: RolesPerPerson::Several,
        }
    }

    fn headers(&self) -> Headers {
        Headers { user_agent: "Okta SCIM Client 1.0.0", content_type: "application/scim+json; charset=utf-8" }
    }

    fn connect(&self, session: Session<'_>, _probe: &str) -> Result<(), PushError> {
        session.send(&Request::get("/Users?startIndex=1&count=2"))?;
        session.send(&Request::get("/Users?startIndex=1&count=100"))?;
        session.send(&Request::get("/Groups?startIndex=1&count=100"))?;
        Ok(())
    }

    fn join(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Result<(), PushError> {
        let filter = encode(&equals("userName", &record.user_name));
        let query = format!("/Users?filter={filter}&startIndex=1&count=100");
        let subject = Subject::Person(person);
        if match_or_create(session, subject, &[query], new_user(record))? == Arrival::Adopted {
            self.read_then_put(session, person, |document| overlay(document, record))?;
        }
        Ok(())
    }

    fn update(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        _attributes: &[Attribute],
    ) -> Push {
        self.read_then_put(session, person, |document| overlay(document, record))
    }

    fn set_active(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Push {
        let Some(path) = session.path(Subject::Person(person)) else {
            return Ok(Pushed::Missing);
        };
        let operation = json!({"op": "replace", "value": {"active": record.active}});
        Ok(session.send_to_existing(&Request::patch(path, vec![operation]))?.into())
    }

    fn set_manager(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        manager: Option<&str>,
    ) -> Push {
        self.read_then_put(session, person, |document| {
            overlay(document, record);
            if let Some(enterprise) = extension(document) {
                match manager {
                    Some(id) => enterprise.insert("manager".to_owned(), json!({"value": id})),
                    None => enterprise.remove("manager"),
                };
            }
        })
    }

    fn found(&self, session: Session<'_>, group: GroupKey, record: &Group) -> Result<(), PushError> {
        let filter = encode(&equals("displayName", &record.display_name));
        let query = format!("/Groups?filter={filter}&startIndex=1&count=100");
        let body = json!({"schemas": [CORE_GROUP], "displayName": record.display_name, "members": []});
        match_or_create(session, Subject::Group(group), &[query], body)?;
        self.push_whole_set(session, group, record)?;
        Ok(())
    }

    /// A rename and the changes of members in one PATCH. The rename is there even when the name is the old one.
    fn regroup(
        &self,
        session: Session<'_>,
        group: GroupKey,
        record: &Group,
        regrouping: &Regrouping,
    ) -> Push {
        let (Some(id), Some(path)) = (session.group_id(group), session.path(Subject::Group(group))) else {
            return Ok(Pushed::Missing);
        };
        let rename = json!({"op": "replace", "value": {"id": id, "displayName": record.display_name}});
        if regrouping.push == intent::Push::WholeSet {
            let renamed = session.send_to_existing(&Request::patch(path, vec![rename]))?;
            return if matches!(renamed, Existing::Missing) {
                Ok(Pushed::Missing)
            } else {
                self.push_whole_set(session, group, record)
            };
        }
        let mut operations = vec![rename];
        operations.extend(
            session
                .ids_of(&regrouping.left)
                .iter()
                .map(|id| json!({"op": "remove", "path": format!("members[{}]", equals("value", id))})),
        );
        let joined = members(session, &regrouping.joined);
        if !joined.is_empty() {
            operations.push(json!({"op": "add", "path": "members", "value": joined}));
        }
        Ok(session.send_to_existing(&Request::patch(path, operations))?.into())
    }
}

impl Okta {
    /// Okta reads a user, changes what it maps, and puts everything back, `id`, `meta` and `groups` included.
    fn read_then_put(
        &self,
        session: Session<'_>,
        person: PersonKey,
        change: impl FnOnce(&mut Value),
    ) -> Push {
        let Some(path) = session.path(Subject::Person(person)) else {
            return Ok(Pushed::Missing);
        };
        let Existing::There(answer) = session.send_to_existing(&Request::get(path.clone()))? else {
            return Ok(Pushed::Missing);
        };
        let mut document = answer.body.filter(Value::is_object).unwrap_or_else(|| json!({}));
        change(&mut document);
        Ok(session.send_to_existing(&Request::put(path, document))?.into())
    }

    fn push_whole_set(&self, session: Session<'_>, group: GroupKey, record: &Group) -> Push {
        let Some(path) = session.path(Subject::Group(group)) else {
            return Ok(Pushed::Missing);
        };
        let members = members(session, &record.members);
        let operation = json!({"op": "replace", "path": "members", "value": members});
        Ok(session.send_to_existing(&Request::patch(path, vec![operation]))?.into())
    }
}

/// Members carry `display` and no `type`.
fn members<'p>(session: Session<'_>, people: impl IntoIterator<Item = &'p PersonKey>) -> Vec<Value> {
    let member = |person: &PersonKey| {
        let display = session.now.people.get(person).map(|record| record.user_name.as_str());
        session.person_id(*person).map(|id| json!({"value": id, "display": display}))
    };
    people.into_iter().filter_map(member).collect()
}

fn new_user(person: &Person) -> Value {
    let mut document = json!({});
    overlay(&mut document, person);
    document["groups"] = json!([]);
    // Password sync is common; the server takes it and never gives it back.
    document["password"] = format!("1mz{}", person.employee_number).into();
    document
}

/// Writes what Okta maps over `document` and leaves the rest as it came.
fn overlay(document: &mut Value, person: &Person) {
    document["schemas"] = json!([CORE_USER, ENTERPRISE_USER]);
    document["userName"] = person.user_name.clone().into();
    document["name"] = json!({"givenName": person.given_name, "familyName": person.family_name});
    document["emails"] = work_email(person);
    document["displayName"] = person.display_name().into();
    document["locale"] = "en-US".into();
    document["externalId"] = person.external_id.clone().into();
    document["active"] = person.active.into();
    // A custom array attribute of Okta's user profile arrives as plain strings; inferred.
    document["roles"] = person.roles.clone().into();
    if let Some(object) = document.as_object_mut() {
        assign(object, "title", person.title.clone().map(Value::from));
        assign(object, "phoneNumbers", person.phone.as_deref().map(mobile_phone));
    }
    if let Some(enterprise) = extension(document) {
        assign(enterprise, "department", Some(person.department.clone().into()));
        assign(enterprise, "employeeNumber", Some(person.employee_number.clone().into()));
    }
}

fn assign(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
}

fn extension(document: &mut Value) -> Option<&mut Map<String, Value>> {
    if !document[ENTERPRISE_USER].is_object() {
        document[ENTERPRISE_USER] = json!({});
    }
    document[ENTERPRISE_USER].as_object_mut()
}

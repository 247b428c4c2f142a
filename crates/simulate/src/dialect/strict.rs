//! A client that does exactly what RFC 7643 and RFC 7644 say, with `If-Match` wherever the server gives versions.

use serde_json::{Value, json};

use super::{
    Arrival, Attribute, CORE_GROUP, CORE_USER, Dialect, ENTERPRISE_USER, Habits, Headers, Push, Pushed,
    RolesPerPerson, match_or_create, mobile_phone, work_email,
};
use crate::directory::{Group, GroupKey, Person, PersonKey};
use crate::exchange::{Answer, Request, encode, equals};
use crate::intent::{self, Regrouping, Subject};
use crate::session::{Existing, PushError, Session};

/// How often a change is tried again because somebody else changed the resource in between (412).
const ATTEMPTS: usize = 5;

/// A client by the book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strict;

impl Dialect for Strict {
    fn habits(&self) -> Habits {
        Habits {
            deletes_people: true,
            leavers_leave_groups: false,
            clears_attributes: true,
            pushes_whole_groups: true,
            roles: RolesPerPerson::Several,
        }
    }

    fn headers(&self) -> Headers {
        Headers { user_agent: "rolecall-simulate/strict", content_type: "application/scim+json" }
    }

    fn connect(&self, session: Session<'_>, probe: &str) -> Result<(), PushError> {
        // RFC 7644 §4: what a client may learn before it starts.
        for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
            session.send(&Request::get(path))?;
        }
        session.send(&Request::get(query(Subject::Person(PersonKey(0)), "userName", probe)))?;
        Ok(())
    }

    fn join(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Result<(), PushError> {
        let subject = Subject::Person(person);
        let queries = [
            query(subject, "userName", &record.user_name),
            query(subject, "externalId", &record.external_id),
        ];
        if match_or_create(session, subject, &queries, user(record, None))? == Arrival::Adopted {
            guarded(session, subject, |path| Request::put(path, user(record, None)))?;
        }
        Ok(())
    }

    /// A rename is a PUT of everything, any other change a PATCH, so that both are used.
    fn update(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        attributes: &[Attribute],
    ) -> Push {
        let subject = Subject::Person(person);
        if attributes.contains(&Attribute::UserName) {
            let manager = record.manager.and_then(|manager| session.person_id(manager));
            return guarded(session, subject, |path| Request::put(path, user(record, manager.as_deref())));
        }
        let operations: Vec<Value> =
            attributes.iter().flat_map(|attribute| operations(record, *attribute)).collect();
        guarded(session, subject, |path| Request::patch(path, operations.clone()))
    }

    fn set_active(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Push {
        let operation = json!({"op": "replace", "path": "active", "value": record.active});
        guarded(session, Subject::Person(person), |path| Request::patch(path, vec![operation.clone()]))
    }

    fn set_manager(
        &self,
        session: Session<'_>,
        person: PersonKey,
        _record: &Person,
        manager: Option<&str>,
    ) -> Push {
        let path = format!("{ENTERPRISE_USER}:manager");
        let operation = match manager {
            Some(id) => json!({"op": "replace", "path": path, "value": {"value": id}}),
            None => json!({"op": "remove", "path": path}),
        };
        guarded(session, Subject::Person(person), |path| Request::patch(path, vec![operation.clone()]))
    }

    fn found(&self, session: Session<'_>, group: GroupKey, record: &Group) -> Result<(), PushError> {
        let subject = Subject::Group(group);
        let queries = [
            query(subject, "displayName", &record.display_name),
            query(subject, "externalId", &record.external_id),
        ];
        let body = whole_group(session, record);
        if match_or_create(session, subject, &queries, body.clone())? == Arrival::Adopted {
            guarded(session, subject, |path| Request::put(path, body.clone()))?;
        }
        Ok(())
    }

    fn regroup(
        &self,
        session: Session<'_>,
        group: GroupKey,
        record: &Group,
        regrouping: &Regrouping,
    ) -> Push {
        let subject = Subject::Group(group);
        if regrouping.push == intent::Push::WholeSet {
            let body = whole_group(session, record);
            return guarded(session, subject, |path| Request::put(path, body.clone()));
        }
        let mut operations = Vec::new();
        if let Some(name) = &regrouping.renamed {
            operations.push(json!({"op": "replace", "path": "displayName", "value": name}));
        }
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
        guarded(session, subject, |path| Request::patch(path, operations.clone()))
    }
}

/// Sends a change with the version that it is based on; on 412 reads the new version and tries again.
fn guarded(session: Session<'_>, subject: Subject, change: impl Fn(String) -> Request) -> Push {
    let mut last = Answer::default();
    let mut line = change(String::new());
    for _ in 0..ATTEMPTS {
        let Some(path) = session.path(subject) else {
            return Ok(Pushed::Missing);
        };
        if session.links.version(subject).is_none() {
            let reading = Request::get(format!("{path}?excludedAttributes=members"));
            match session.send_to_existing(&reading)? {
                Existing::There(answer) => session.links.set_version(subject, answer.version()),
                Existing::Missing => return Ok(Pushed::Missing),
            }
        }
        line = change(path).if_match(session.links.version(subject));
        last = session.wire.exchange(&line)?;
        match last.status {
            404 => return Ok(Pushed::Missing),
            412 => session.links.set_version(subject, None),
            200..300 => {
                session.links.set_version(subject, last.version());
                return Ok(Pushed::Done);
            }
            _ => break,
        }
    }
    Err(PushError::refused(&line, &last))
}

fn query(subject: Subject, attribute: &str, value: &str) -> String {
    let without_members =
        if matches!(subject, Subject::Group(_)) { "&excludedAttributes=members" } else { "" };
    format!("{}?filter={}{without_members}", subject.endpoint(), encode(&equals(attribute, value)))
}

fn operations(person: &Person, attribute: Attribute) -> Vec<Value> {
    let replace = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    match attribute {
        Attribute::ExternalId => vec![replace("externalId", person.external_id.clone().into())],
        Attribute::UserName => vec![replace("userName", person.user_name.clone().into())],
        Attribute::GivenName | Attribute::FamilyName => {
            vec![replace("name", name(person)), replace("displayName", person.display_name().into())]
        }
        Attribute::Email => vec![replace("emails[type eq \"work\"].value", person.email.clone().into())],
        Attribute::Title => vec![match &person.title {
            Some(title) => replace("title", title.clone().into()),
            None => json!({"op": "remove", "path": "title"}),
        }],
        Attribute::Department => {
            vec![replace(&format!("{ENTERPRISE_USER}:department"), person.department.clone().into())]
        }
        Attribute::EmployeeNumber => {
            let path = format!("{ENTERPRISE_USER}:employeeNumber");
            vec![replace(&path, person.employee_number.clone().into())]
        }
        Attribute::Phone => person
            .phone
            .iter()
            .map(|phone| json!({"op": "add", "path": "phoneNumbers", "value": mobile_phone(phone)}))
            .collect(),
        Attribute::Roles => vec![replace("roles", roles(person))],
        Attribute::Active => vec![replace("active", person.active.into())],
    }
}

fn user(person: &Person, manager: Option<&str>) -> Value {
    let mut user = json!({
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": person.external_id,
        "userName": person.user_name,
        "name": name(person),
        "displayName": person.display_name(),
        "emails": work_email(person),
        "roles": roles(person),
        "active": person.active,
        ENTERPRISE_USER: {"department": person.department, "employeeNumber": person.employee_number},
    });
    if let Some(title) = &person.title {
        user["title"] = title.clone().into();
    }
    if let Some(phone) = &person.phone {
        user["phoneNumbers"] = mobile_phone(phone);
    }
    if let Some(manager) = manager {
        user[ENTERPRISE_USER]["manager"] = json!({"value": manager});
    }
    user
}

fn name(person: &Person) -> Value {
    json!({
        "formatted": person.display_name(),
        "familyName": person.family_name,
        "givenName": person.given_name,
    })
}

fn roles(person: &Person) -> Value {
    let role = |(index, role): (usize, &String)| {
        if index == 0 { json!({"value": role, "primary": true}) } else { json!({"value": role}) }
    };
    person.roles.iter().enumerate().map(role).collect()
}

fn whole_group(session: Session<'_>, record: &Group) -> Value {
    json!({
        "schemas": [CORE_GROUP],
        "externalId": record.external_id,
        "displayName": record.display_name,
        "members": members(session, &record.members),
    })
}

fn members<'p>(session: Session<'_>, people: impl IntoIterator<Item = &'p PersonKey>) -> Vec<Value> {
    session.ids_of(people).iter().map(|id| json!({"value": id, "type": "User"})).collect()
}

//! Microsoft Entra ID. Source: Microsoft's "Develop and plan provisioning for a SCIM endpoint", "Known issues with
//! SCIM 2.0 compliance" and "Customize application attributes"; what is inferred says so.

use serde_json::{Map, Value, json};

use super::{
    Arrival, Attribute, CORE_GROUP, CORE_USER, Dialect, ENTERPRISE_USER, Habits, Headers, Push, Pushed,
    RolesPerPerson, match_or_create, mobile_phone, work_email,
};
use crate::directory::{Group, GroupKey, Person, PersonKey};
use crate::exchange::{Request, encode_as_form, equals};
use crate::intent::{Regrouping, Subject};
use crate::session::{Existing, PushError, Session};

/// Microsoft promises several members per PATCH and no number; inferred.
const MEMBERS_PER_PATCH: usize = 100;

/// In the `schemas` of each group that Entra creates.
const ADSCIM_GROUP: &str = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

/// The `type` of a role that comes from an app role assignment.
const ROLE_TYPE: &str = "WindowsAzureActiveDirectoryRole";

/// Entra, with the choices that its administrator makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entra {
    pub(crate) roles: RolesMapping,
    pub(crate) conformance: Conformance,
}

/// Which expression the administrator mapped `roles` from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RolesMapping {
    /// `SingleAppRoleAssignment`: one role, changed by `roles[primary eq "True"].value`.
    Single,
    /// `AssertiveAppRoleAssignmentsComplex`: all roles, changed by replacing the whole attribute.
    Assertive,
}

/// Whether the Tenant URL carries `?aadOptscim062020`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conformance {
    /// Capitalised operations, booleans as strings, members removed by a value array.
    Legacy,
    /// Closer to the RFC: lower case, JSON booleans, members removed by path, attributes folded into one operation.
    Flagged,
}

impl Dialect for Entra {
    fn habits(&self) -> Habits {
        Habits {
            deletes_people: true,
            // Somebody who is disabled in Entra stays in their groups there.
            leavers_leave_groups: false,
            // A documented limit: an attribute that becomes null in Entra is not pushed.
            clears_attributes: false,
            pushes_whole_groups: false,
            roles: match self.roles {
                RolesMapping::Single => RolesPerPerson::One,
                RolesMapping::Assertive => RolesPerPerson::Several,
            },
        }
    }

    fn headers(&self) -> Headers {
        Headers {
            user_agent: "rolecall-simulate/entra",
            content_type: "application/scim+json; charset=utf-8",
        }
    }

    fn connect(&self, session: Session<'_>, probe: &str) -> Result<(), PushError> {
        session.send(&Request::get(user_query("userName", probe)))?;
        session.send(&Request::get(group_query("displayName", probe)))?;
        Ok(())
    }

    fn join(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Result<(), PushError> {
        let subject = Subject::Person(person);
        let queries =
            [user_query("userName", &record.user_name), user_query("externalId", &record.external_id)];
        if match_or_create(session, subject, &queries, user(record))? == Arrival::Adopted
            && let Some(path) = session.path(subject)
        {
            session.send(&Request::patch(path, self.operations(record, &Attribute::ALL)))?;
        }
        Ok(())
    }

    fn update(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        attributes: &[Attribute],
    ) -> Push {
        self.patch_after_reading(session, Subject::Person(person), [self.operations(record, attributes)])
    }

    fn set_active(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Push {
        let operations = self.operations(record, &[Attribute::Active]);
        self.patch_after_reading(session, Subject::Person(person), [operations])
    }

    fn set_manager(
        &self,
        session: Session<'_>,
        person: PersonKey,
        _record: &Person,
        manager: Option<&str>,
    ) -> Push {
        let Some(id) = session.person_id(person) else {
            return Ok(Pushed::Missing);
        };
        let attribute = format!("{ENTERPRISE_USER}:manager");
        let operation = match manager {
            // The reference is looked for before it is set; the value is a bare string, not a complex one.
            Some(manager) => {
                let filter = format!("{} and {}", equals("id", &id), equals(&attribute, manager));
                let query = format!("/Users?filter={}&attributes=id", encode_as_form(&filter));
                if session.find(query)?.is_some() {
                    return Ok(Pushed::Done);
                }
                json!({"op": self.op("Add"), "path": attribute, "value": manager})
            }
            None => json!({"op": self.op("Remove"), "path": attribute}),
        };
        patch(session, Subject::Person(person), vec![operation])
    }

    fn found(&self, session: Session<'_>, group: GroupKey, record: &Group) -> Result<(), PushError> {
        let body = json!({
            "schemas": [CORE_GROUP, ADSCIM_GROUP],
            "externalId": record.external_id,
            "displayName": record.display_name,
            "meta": {"resourceType": "Group"},
        });
        let subject = Subject::Group(group);
        let queries = [
            group_query("displayName", &record.display_name),
            group_query("externalId", &record.external_id),
        ];
        if match_or_create(session, subject, &queries, body)? == Arrival::Adopted {
            patch(session, subject, vec![self.rename(&record.display_name)])?;
        }
        for operations in self.joining(&session.ids_of(&record.members)) {
            patch(session, subject, operations)?;
        }
        Ok(())
    }

    fn regroup(
        &self,
        session: Session<'_>,
        group: GroupKey,
        _record: &Group,
        regrouping: &Regrouping,
    ) -> Push {
        let rename = regrouping.renamed.as_ref().map(|name| vec![self.rename(name)]);
        let leaving = self.leaving(&session.ids_of(&regrouping.left));
        let joining = self.joining(&session.ids_of(&regrouping.joined));
        let patches = rename.into_iter().chain(leaving).chain(joining);
        self.patch_after_reading(session, Subject::Group(group), patches)
    }

    fn pushed_roles<'p>(&self, person: &'p Person) -> &'p [String] {
        match self.roles {
            RolesMapping::Single => &person.roles[..1],
            RolesMapping::Assertive => &person.roles,
        }
    }
}

impl Entra {
    /// Entra reads what it is about to change, by id, and makes it again when it is not there.
    fn patch_after_reading(
        &self,
        session: Session<'_>,
        subject: Subject,
        patches: impl IntoIterator<Item = Vec<Value>>,
    ) -> Push {
        let Some(path) = session.path(subject) else {
            return Ok(Pushed::Missing);
        };
        let reading = match subject {
            Subject::Person(_) => path,
            Subject::Group(_) => format!("{path}?excludedAttributes=members"),
        };
        if matches!(session.send_to_existing(&Request::get(reading))?, Existing::Missing) {
            return Ok(Pushed::Missing);
        }
        for operations in patches {
            if patch(session, subject, operations)? == Pushed::Missing {
                return Ok(Pushed::Missing);
            }
        }
        Ok(Pushed::Done)
    }

    fn op(&self, name: &str) -> String {
        match self.conformance {
            Conformance::Legacy => name.to_owned(),
            Conformance::Flagged => name.to_lowercase(),
        }
    }

    fn boolean(&self, value: bool) -> Value {
        match (self.conformance, value) {
            (Conformance::Flagged, _) => Value::Bool(value),
            (Conformance::Legacy, true) => "True".into(),
            (Conformance::Legacy, false) => "False".into(),
        }
    }

    /// One operation per attribute, or with the flag all simple attributes in one whose keys are paths.
    fn operations(&self, person: &Person, attributes: &[Attribute]) -> Vec<Value> {
        let mut operations = Vec::new();
        let mut folded = Map::new();
        for (name, path, value) in
            attributes.iter().flat_map(|attribute| self.assignments(person, *attribute))
        {
            let is_simple = value.is_string() && !path.contains('[') && name == "Replace";
            if self.conformance == Conformance::Flagged && is_simple {
                folded.insert(path, value);
            } else {
                operations.push(json!({"op": self.op(name), "path": path, "value": value}));
            }
        }
        if !folded.is_empty() {
            operations.push(json!({"op": self.op("Replace"), "value": folded}));
        }
        operations
    }

    fn assignments(&self, person: &Person, attribute: Attribute) -> Vec<(&'static str, String, Value)> {
        let replace = |path: &str, value: Value| ("Replace", path.to_owned(), value);
        let display_name = person.display_name();
        let composed = |path: &str, name: &str| {
            vec![
                replace(path, name.into()),
                replace("name.formatted", display_name.clone().into()),
                replace("displayName", display_name.clone().into()),
            ]
        };
        match attribute {
            Attribute::ExternalId => vec![replace("externalId", person.external_id.clone().into())],
            Attribute::UserName => vec![replace("userName", person.user_name.clone().into())],
            Attribute::GivenName => vec![replace("name.givenName", person.given_name.clone().into())],
            Attribute::FamilyName => composed("name.familyName", &person.family_name),
            Attribute::Email => vec![replace("emails[type eq \"work\"].value", person.email.clone().into())],
            Attribute::Title => {
                person.title.iter().map(|title| replace("title", title.clone().into())).collect()
            }
            Attribute::Department => {
                vec![replace(&format!("{ENTERPRISE_USER}:department"), person.department.clone().into())]
            }
            Attribute::EmployeeNumber => {
                let path = format!("{ENTERPRISE_USER}:employeeNumber");
                vec![replace(&path, person.employee_number.clone().into())]
            }
            // New to people who had none: the value path matches nothing, and the server makes the element.
            Attribute::Phone => person
                .phone
                .iter()
                .map(|phone| {
                    ("Add", "phoneNumbers[type eq \"mobile\"].value".to_owned(), phone.clone().into())
                })
                .collect(),
            Attribute::Roles => vec![self.role_assignment(person)],
            Attribute::Active => vec![replace("active", self.boolean(person.active))],
        }
    }

    fn role_assignment(&self, person: &Person) -> (&'static str, String, Value) {
        match self.roles {
            RolesMapping::Single => {
                ("Replace", "roles[primary eq \"True\"].value".to_owned(), person.roles[0].clone().into())
            }
            RolesMapping::Assertive => {
                let values = person.roles.iter().map(|role| json!({"value": role_text(role)})).collect();
                ("Replace", "roles".to_owned(), values)
            }
        }
    }

    fn rename(&self, name: &str) -> Value {
        json!({"op": self.op("Replace"), "path": "displayName", "value": name})
    }

    fn joining(&self, ids: &[String]) -> Vec<Vec<Value>> {
        self.batches("Add", ids)
    }

    fn leaving(&self, ids: &[String]) -> Vec<Vec<Value>> {
        match self.conformance {
            Conformance::Legacy => self.batches("Remove", ids),
            Conformance::Flagged => {
                let remove = |id: &String| json!({"op": "remove", "path": format!("members[{}]", equals("value", id))});
                ids.chunks(MEMBERS_PER_PATCH).map(|batch| batch.iter().map(remove).collect()).collect()
            }
        }
    }

    fn batches(&self, name: &str, ids: &[String]) -> Vec<Vec<Value>> {
        let member = |id: &String| json!({"$ref": null, "value": id});
        let patch = |batch: &[String]| {
            let members: Vec<Value> = batch.iter().map(member).collect();
            vec![json!({"op": self.op(name), "path": "members", "value": members})]
        };
        ids.chunks(MEMBERS_PER_PATCH).map(patch).collect()
    }
}

fn patch(session: Session<'_>, subject: Subject, operations: Vec<Value>) -> Push {
    if operations.is_empty() {
        return Ok(Pushed::Done);
    }
    let Some(path) = session.path(subject) else {
        return Ok(Pushed::Missing);
    };
    Ok(session.send_to_existing(&Request::patch(path, operations))?.into())
}

/// Matching attributes after the first are asked for when creating got 409.
fn user_query(attribute: &str, value: &str) -> String {
    format!("/Users?filter={}", encode_as_form(&equals(attribute, value)))
}

fn group_query(attribute: &str, value: &str) -> String {
    format!("/Groups?excludedAttributes=members&filter={}", encode_as_form(&equals(attribute, value)))
}

/// Both roles mappings create with plain values; only the first is primary, so that `roles[primary eq "True"]` is one.
fn user(person: &Person) -> Value {
    let roles: Vec<Value> = person
        .roles
        .iter()
        .enumerate()
        .map(
            |(index, role)| json!({"primary": index == 0, "type": ROLE_TYPE, "display": role, "value": role}),
        )
        .collect();
    let mut user = json!({
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "externalId": person.external_id,
        "userName": person.user_name,
        "active": person.active,
        "displayName": person.display_name(),
        "emails": work_email(person),
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": person.display_name(),
            "familyName": person.family_name,
            "givenName": person.given_name,
        },
        "roles": roles,
        "title": person.title,
        ENTERPRISE_USER: {"department": person.department, "employeeNumber": person.employee_number},
    });
    if let Some(phone) = &person.phone {
        user["phoneNumbers"] = mobile_phone(phone);
    }
    user
}

/// A role as Entra's complex mappings send it in a PATCH: JSON inside a string.
fn role_text(role: &str) -> String {
    // The id of the app role, which differs per role and is otherwise of no use to us.
    let number = role.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    json!({"id": format!("{number:08x}-ecfe-589f-9d2f-6325724a46ee"), "value": role, "displayName": role})
        .to_string()
}

//! How an identity provider says what happened, and what it does when the server answers otherwise than hoped.

pub(crate) mod entra;
pub(crate) mod okta;
pub(crate) mod strict;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::directory::{Group, GroupKey, Person, PersonKey};
use crate::intent::{Change, Intent, Regrouping, Subject};
use crate::session::{Existing, PushError, Session};

pub(crate) const CORE_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const CORE_GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What a client does and never does, which decides what may happen in a company that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Habits {
    pub(crate) deletes_people: bool,
    /// Whether somebody who is deactivated is taken out of the groups, too.
    pub(crate) leavers_leave_groups: bool,
    /// Whether it can say that an attribute has no value any more.
    pub(crate) clears_attributes: bool,
    /// Whether it sometimes sends all members of a group instead of the difference.
    pub(crate) pushes_whole_groups: bool,
    pub(crate) roles: RolesPerPerson,
}

/// How many roles arrive with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RolesPerPerson {
    One,
    Several,
}

/// What stands in the head of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Headers {
    pub(crate) user_agent: &'static str,
    pub(crate) content_type: &'static str,
}

/// An attribute of a person as far as it is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    ExternalId,
    UserName,
    GivenName,
    FamilyName,
    Email,
    Title,
    Department,
    EmployeeNumber,
    Phone,
    Roles,
    Active,
}

impl Attribute {
    pub(crate) const ALL: [Self; 11] = [
        Self::ExternalId,
        Self::UserName,
        Self::GivenName,
        Self::FamilyName,
        Self::Email,
        Self::Title,
        Self::Department,
        Self::EmployeeNumber,
        Self::Phone,
        Self::Roles,
        Self::Active,
    ];

    fn changed_by(change: &Change) -> Self {
        match change {
            Change::UserName(_) => Self::UserName,
            Change::FamilyName(_) => Self::FamilyName,
            Change::Email(_) => Self::Email,
            Change::Title(_) => Self::Title,
            Change::Department(_) => Self::Department,
            Change::Phone(_) => Self::Phone,
            Change::Roles(_) => Self::Roles,
        }
    }
}

/// What became of a change to something that ought to exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Done,
    /// The server does not know it (any more): every client then makes it again.
    Missing,
}

impl From<Existing> for Pushed {
    fn from(existing: Existing) -> Self {
        match existing {
            Existing::There(_) => Self::Done,
            Existing::Missing => Self::Missing,
        }
    }
}

/// How somebody or something got onto the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    Made,
    /// It was there already and is now linked; what it holds is somebody else's until it is pushed.
    Adopted,
}

type Push = Result<Pushed, PushError>;

/// A SCIM client's way of speaking.
pub(crate) trait Dialect: Sync {
    fn habits(&self) -> Habits;
    fn headers(&self) -> Headers;

    /// The roles of `person` that this client pushes.
    fn pushed_roles<'p>(&self, person: &'p Person) -> &'p [String] {
        &person.roles
    }

    /// The test that an administrator starts after pasting Tenant URL and secret. `probe` matches nothing.
    fn connect(&self, session: Session<'_>, probe: &str) -> Result<(), PushError>;

    /// Gets a person onto the server with every attribute but the manager.
    fn join(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Result<(), PushError>;
    fn update(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        attributes: &[Attribute],
    ) -> Push;
    fn set_active(&self, session: Session<'_>, person: PersonKey, record: &Person) -> Push;
    /// `manager` is the server's id of the one that `record` names.
    fn set_manager(
        &self,
        session: Session<'_>,
        person: PersonKey,
        record: &Person,
        manager: Option<&str>,
    ) -> Push;

    /// Gets a group onto the server with its members.
    fn found(&self, session: Session<'_>, group: GroupKey, record: &Group) -> Result<(), PushError>;
    fn regroup(&self, session: Session<'_>, group: GroupKey, record: &Group, regrouping: &Regrouping)
    -> Push;
}

/// Says `intent` in `dialect`. People and groups are pushed as they stand in the directory now.
pub(crate) fn push(dialect: &dyn Dialect, session: Session<'_>, intent: &Intent) -> Result<(), PushError> {
    match intent {
        Intent::Delete { .. } | Intent::Dissolve { .. } => session.delete(intent.subject()),
        Intent::Found { group, record } => {
            dialect.found(session, *group, session.now.groups.get(group).unwrap_or(record))
        }
        Intent::Regroup { group, regrouping } => {
            let Some(record) = session.now.groups.get(group) else {
                return Ok(());
            };
            if dialect.regroup(session, *group, record, regrouping)? == Pushed::Missing {
                session.links.lose(intent.subject());
                dialect.found(session, *group, record)?;
            }
            Ok(())
        }
        Intent::Join { person, .. }
        | Intent::Update { person, .. }
        | Intent::SetManager { person, .. }
        | Intent::Deactivate { person }
        | Intent::Reactivate { person } => match session.now.people.get(person) {
            Some(record) => push_person(dialect, session, *person, record, intent),
            None => Ok(()),
        },
    }
}

fn push_person(
    dialect: &dyn Dialect,
    session: Session<'_>,
    person: PersonKey,
    record: &Person,
    intent: &Intent,
) -> Result<(), PushError> {
    let pushed = match intent {
        Intent::Join { .. } => return dialect.join(session, person, record),
        Intent::Update { changes, .. } => {
            let attributes: Vec<Attribute> = changes.iter().map(Attribute::changed_by).collect();
            dialect.update(session, person, record, &attributes)?
        }
        Intent::SetManager { .. } => set_manager(dialect, session, person, record)?,
        _ => dialect.set_active(session, person, record)?,
    };
    if pushed == Pushed::Missing {
        recreate(dialect, session, person, record)?;
    }
    Ok(())
}

fn set_manager(dialect: &dyn Dialect, session: Session<'_>, person: PersonKey, record: &Person) -> Push {
    let manager = record.manager.and_then(|manager| session.person_id(manager));
    if record.manager.is_some() && manager.is_none() {
        // The manager could not be pushed, which has been reported; the comparison will miss them here, too.
        return Ok(Pushed::Done);
    }
    dialect.set_manager(session, person, record, manager.as_deref())
}

/// Makes somebody again whom the server has lost, with all that hangs on them.
fn recreate(
    dialect: &dyn Dialect,
    session: Session<'_>,
    person: PersonKey,
    record: &Person,
) -> Result<(), PushError> {
    session.links.lose(Subject::Person(person));
    dialect.join(session, person, record)?;
    if record.manager.is_some() {
        set_manager(dialect, session, person, record)?;
    }
    for (group, record) in session.now.groups_of(person) {
        if session.group_id(group).is_some() {
            let again = Regrouping { joined: [person].into(), ..Regrouping::default() };
            dialect.regroup(session, group, record, &again)?;
        }
    }
    Ok(())
}

/// Asks the first match query, creates what is not there, and on 409 asks all queries again: Entra's and Okta's way to
/// arrive, and a careful client's. What was renamed since an earlier run is found by the later queries only.
fn match_or_create(
    session: Session<'_>,
    subject: Subject,
    queries: &[String],
    body: Value,
) -> Result<Arrival, PushError> {
    if adopt_first(session, subject, &queries[..queries.len().min(1)])? {
        return Ok(Arrival::Adopted);
    }
    if session.create(subject, body)?.is_some() {
        return Ok(Arrival::Made);
    }
    if adopt_first(session, subject, queries)? {
        return Ok(Arrival::Adopted);
    }
    let request = format!("POST {}", subject.endpoint());
    let detail = format!("but nothing is found by {}", queries.join(" or "));
    Err(PushError::Refused { request, status: 409, detail })
}

fn adopt_first(session: Session<'_>, subject: Subject, queries: &[String]) -> Result<bool, PushError> {
    for query in queries {
        if let Some(found) = session.find(query.as_str())? {
            session.adopt(subject, &found)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// `emails` with the one address that every client here pushes.
fn work_email(person: &Person) -> Value {
    json!([{"primary": true, "type": "work", "value": person.email}])
}

/// `phoneNumbers` with the one number that every client here pushes.
fn mobile_phone(phone: &str) -> Value {
    json!([{"type": "mobile", "value": phone}])
}

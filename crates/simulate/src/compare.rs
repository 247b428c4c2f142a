//! Reads back what the server holds and says where it is not what was pushed.

mod facts;
mod listing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;

use self::facts::Facts;
use crate::dialect::Dialect;
use crate::directory::{Group, Person, PersonKey};
use crate::exchange::{Request, encode};
use crate::intent::Subject;
use crate::links::Link;
use crate::push::name;
use crate::session::{Existing, PushError, Session};

/// So many names are given in a line; the rest are counted.
const NAMES_PER_LINE: usize = 5;

/// One place where the server holds something else than was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Who or what it is about: `user ada.byron1@contoso.example`, `group "Works council"`.
    pub subject: String,
    /// The server's id of it, if it has one.
    pub id: Option<String>,
    /// The attribute, or `existence`, `listing`, `members`, `groups`.
    pub what: String,
    /// What was pushed.
    pub pushed: String,
    /// What the server says.
    pub held: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, id, what, pushed, held } = self;
        let id = id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        write!(f, "{subject}{id}: {what}: pushed {pushed}, held {held}")
    }
}

/// Compares everybody and everything that was pushed. An error only when the server cannot be asked.
pub(crate) fn compare(
    dialect: &dyn Dialect,
    session: Session<'_>,
    bar: &ProgressBar,
) -> Result<Vec<Difference>, PushError> {
    let gone = session.links.gone();
    bar.reset();
    bar.set_length((session.now.people.len() + session.now.groups.len() + gone.len()) as u64);
    bar.set_message("comparing");

    let mut comparison = Comparison::new(dialect, session);
    let listing = listing::read(session, comparison.ids.keys())?;
    for (person, record) in &session.now.people {
        comparison.person(*person, record, &listing)?;
        bar.inc(1);
    }
    for (group, record) in &session.now.groups {
        comparison.group(Subject::Group(*group), record)?;
        bar.inc(1);
    }
    for resource in gone {
        comparison.gone(resource.subject, &resource.id)?;
        bar.inc(1);
    }
    Ok(comparison.differences)
}

struct Comparison<'a> {
    dialect: &'a dyn Dialect,
    session: Session<'a>,
    links: BTreeMap<Subject, Link>,
    /// The server's ids of the people that were pushed.
    ids: BTreeMap<String, PersonKey>,
    differences: Vec<Difference>,
}

impl<'a> Comparison<'a> {
    fn new(dialect: &'a dyn Dialect, session: Session<'a>) -> Self {
        let links: BTreeMap<Subject, Link> = session.links.live().into_iter().collect();
        let ids = links.iter().filter_map(|(subject, link)| match subject {
            Subject::Person(person) => Some((link.id.clone(), *person)),
            Subject::Group(_) => None,
        });
        Self { dialect, session, ids: ids.collect(), links, differences: Vec::new() }
    }

    fn person(
        &mut self,
        person: PersonKey,
        record: &Person,
        listing: &listing::Listing,
    ) -> Result<(), PushError> {
        let subject = Subject::Person(person);
        let Some(link) = self.links.get(&subject).cloned() else {
            self.note(subject, None, "existence", "a user", "none, it never got there");
            return Ok(());
        };
        if listing.twice.contains(&link.id) {
            self.note(subject, Some(&link.id), "listing", "one user", "the same user on two pages");
        }
        let held = match listing.held.get(&link.id) {
            Some(held) => held.clone(),
            None => {
                let Some(held) = self.read(subject, &link.id)? else {
                    return Ok(());
                };
                if listing.was_steady {
                    self.note(
                        subject,
                        Some(&link.id),
                        "listing",
                        "a user",
                        "it by id, but on no page of the list",
                    );
                }
                held
            }
        };
        self.attributes(subject, &link, record, &held);
        self.groups_on_user(person, &link, &held);
        Ok(())
    }

    fn attributes(&mut self, subject: Subject, link: &Link, record: &Person, held: &Value) {
        let manager = record.manager.map(|manager| {
            // Somebody who could not be pushed is no id that the server could hold.
            self.session.person_id(manager).unwrap_or_else(|| format!("nobody, for want of #{}", manager.0))
        });
        let pushed = Facts::pushed(record, self.dialect.pushed_roles(record), manager.as_deref());
        let held = Facts::held(held);
        for (what, pushed, held) in pushed.differences(&held) {
            // Who was adopted may have had a value before that the client never learned of.
            if link.made || !pushed.is_null() {
                self.note(subject, Some(&link.id), what, &shown(pushed), &shown(held));
            }
        }
    }

    /// The read-only `groups` of a user, where the server shows them.
    fn groups_on_user(&mut self, person: PersonKey, link: &Link, held: &Value) {
        let Some(groups) = held.get("groups").and_then(Value::as_array) else {
            return;
        };
        let held: BTreeSet<&str> = groups
            .iter()
            .filter(|group| group.get("type").and_then(Value::as_str) != Some("indirect"))
            .filter_map(|group| group.get("value")?.as_str())
            .collect();
        let pushed: BTreeSet<String> = self
            .session
            .now
            .groups_of(person)
            .filter_map(|(group, _)| self.session.group_id(group))
            .collect();
        let missing: Vec<&str> = pushed.iter().map(String::as_str).filter(|id| !held.contains(id)).collect();
        let extra: Vec<&str> = held.iter().copied().filter(|id| link.made && !pushed.contains(*id)).collect();
        if !missing.is_empty() || !extra.is_empty() {
            let told = sets(held.len(), &missing, &extra);
            let pushed = pushed.len().to_string();
            self.note(Subject::Person(person), Some(&link.id), "groups", &pushed, &told);
        }
    }

    fn group(&mut self, subject: Subject, record: &Group) -> Result<(), PushError> {
        let Some(link) = self.links.get(&subject).cloned() else {
            self.note(subject, None, "existence", "a group", "none, it never got there");
            return Ok(());
        };
        let Some(held) = self.read(subject, &link.id)? else {
            return Ok(());
        };
        let held_name = held.get("displayName").cloned().unwrap_or_default();
        if held_name.as_str() != Some(&record.display_name) {
            let pushed = shown(&record.display_name.clone().into());
            self.note(subject, Some(&link.id), "displayName", &pushed, &shown(&held_name));
        }
        self.members(subject, &link, record, &held);
        Ok(())
    }

    fn members(&mut self, subject: Subject, link: &Link, record: &Group, held: &Value) {
        let none = Vec::new();
        let members = held.get("members").and_then(Value::as_array).unwrap_or(&none);
        let held: Vec<&str> = members.iter().filter_map(|member| member.get("value")?.as_str()).collect();
        let held_people: BTreeSet<PersonKey> =
            held.iter().filter_map(|id| self.ids.get(*id).copied()).collect();
        let missing: Vec<&str> =
            record.members.difference(&held_people).map(|person| self.user_name(*person)).collect();
        let mut extra: Vec<&str> = Vec::new();
        if link.made {
            extra.extend(held_people.difference(&record.members).map(|person| self.user_name(*person)));
            extra.extend(held.iter().copied().filter(|id| !self.ids.contains_key(*id)));
        }
        if !missing.is_empty() || !extra.is_empty() {
            let told = sets(held.len(), &missing, &extra);
            self.note(subject, Some(&link.id), "members", &record.members.len().to_string(), &told);
        }
    }

    fn gone(&mut self, subject: Subject, id: &str) -> Result<(), PushError> {
        let request = Request::get(format!("{}/{}", subject.endpoint(), encode(id)));
        let answer = self.session.wire.exchange(&request)?;
        if answer.status != 404 {
            let told = format!("{} for GET by id", answer.status);
            self.note(subject, Some(id), "existence", "its deletion", &told);
        }
        Ok(())
    }

    /// The resource by its id; notes it when there is none.
    fn read(&mut self, subject: Subject, id: &str) -> Result<Option<Value>, PushError> {
        let request = Request::get(format!("{}/{}", subject.endpoint(), encode(id)));
        let told = match self.session.send_to_existing(&request) {
            Ok(Existing::There(answer)) => match answer.body {
                Some(body) => return Ok(Some(body)),
                None => "an answer without a body".to_owned(),
            },
            Ok(Existing::Missing) => "404 for GET by id".to_owned(),
            Err(PushError::Unreachable(error)) => return Err(error.into()),
            Err(error) => error.to_string(),
        };
        self.note(subject, Some(id), "existence", "it", &told);
        Ok(None)
    }

    fn user_name(&self, person: PersonKey) -> &'a str {
        self.session.now.people.get(&person).map_or("somebody deleted", |record| &record.user_name)
    }

    fn note(&mut self, subject: Subject, id: Option<&str>, what: &str, pushed: &str, held: &str) {
        self.differences.push(Difference {
            subject: name(subject, self.session.now),
            id: id.map(str::to_owned),
            what: what.to_owned(),
            pushed: pushed.to_owned(),
            held: held.to_owned(),
        });
    }
}

/// A value for a line; absent values read as `nothing`.
fn shown(value: &Value) -> String {
    if value.is_null() { "nothing".to_owned() } else { value.to_string() }
}

/// How a set differs, in one line.
fn sets(count: usize, missing: &[&str], extra: &[&str]) -> String {
    let some = |label: &str, names: &[&str]| match names.len() {
        0 => String::new(),
        1..=NAMES_PER_LINE => format!("; {label} {}", names.join(", ")),
        all => format!("; {label} {} and {} more", names[..NAMES_PER_LINE].join(", "), all - NAMES_PER_LINE),
    };
    format!("{count}{}{}", some("missing", missing), some("extra", extra))
}

//! People who are there already, and what they were given by hand, brought in line by line: all of them or nobody.
//!
//! The application's own id of a person stays the person's id where it is a UUID; any other is kept beside it. Who was brought
//! in is nobody's (`ConnectionId::BY_HAND`) until a directory pushes them (`users`, `access::claim`). The same file again
//! changes nothing.

mod document;
#[cfg(test)]
mod tests;
mod who;

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use rolecall_scim::{index::fold, profile::Profile};

use self::who::{AppId, find, is_taken, taken};
use super::{
    Act, ResourceError, connections, schemas,
    users::{self, Unsaid},
    workspaces::{self, WorkspaceRef},
};
use crate::{
    event::NewEvent,
    grant::Grant,
    ids::{ConnectionId, UserId, WorkspaceId},
    ports::{Scope, StoreError, StoreResult, Taken, Terms, Tx},
    records::User,
    role::OrgRole,
};

/// So many lines are looked up at once, and written, and memberships follow for so many people.
const PAGE: usize = 500;

/// So many wrong lines are told in full.
const FAULTS_SHOWN: usize = 100;

/// A person as a file has them. What is absent is left as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportRow {
    /// The application's own id of the person.
    pub id: Option<String>,
    /// `userName`; by this the directory will know the person.
    pub user_name: String,
    /// The directory's id of the person, where the application knows it.
    pub external_id: Option<String>,
    /// `displayName`
    pub display_name: Option<String>,
    /// `name.givenName`
    pub given_name: Option<String>,
    /// `name.familyName`
    pub family_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the person is active; a new one is, if absent.
    pub active: Option<bool>,
    /// The role in the organisation; a new person is a member, if absent.
    pub role: Option<OrgRole>,
    /// What the person is given by hand.
    pub grants: Vec<(WorkspaceRef, Grant)>,
}

/// A line that cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFault {
    /// Which line of the file, or which person of a list, from 1.
    pub line: u64,
    /// What is wrong with it, and what would work.
    pub detail: String,
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.detail)
    }
}

/// Why nobody was brought in. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines that cannot be taken.
    #[error("{count} line{} cannot be taken, so nothing was imported; {first}", if *.count == 1 { "" } else { "s" },
            first = .faults.first().map(LineFault::to_string).unwrap_or_default())]
    Lines {
        /// How many.
        count: u64,
        /// The first hundred.
        faults: Vec<LineFault>,
    },
    /// No line at all.
    #[error("there is nobody in it; a file of people has a line of column names and one for each person")]
    Empty,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of an import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportReport {
    /// How many people the file has.
    pub people: u64,
    /// Who was not there before.
    pub created: u64,
    /// Who was, and is written otherwise now.
    pub changed: u64,
    /// Who is as the file says already.
    pub unchanged: u64,
    /// Whom a directory owns: their attributes are its own, and were left alone.
    pub of_directories: u64,
    /// Roles given by hand that were not there before, or were others.
    pub grants: u64,
}

/// Why one line cannot be taken.
enum Refused {
    Line(String),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// An import on its way. One page of people is kept in mind, and of the lines before a few bytes each.
pub struct Import {
    terms: Terms,
    by_hand: Option<ConnectionId>,
    /// Names of the connections whose people cannot be given anything by hand.
    locked: BTreeMap<ConnectionId, String>,
    workspaces: HashMap<String, Option<WorkspaceId>>,
    /// Line by what tells people apart, so that nobody is in the file twice.
    seen: HashMap<u64, u64>,
    /// The lines of this page.
    page: Vec<(u64, Result<ImportRow, String>)>,
    /// Whose memberships follow.
    waiting: Vec<UserId>,
    /// Who is new and has no other id.
    noted: Vec<UserId>,
    events: Vec<NewEvent>,
    /// What of that ends: it is given as if for good with the others, and then its end is said.
    ending: Vec<(WorkspaceId, UserId, Grant)>,
    report: ImportReport,
    faults: Vec<LineFault>,
    fault_count: u64,
}

impl Import {
    /// Begins one.
    pub fn begin(tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<Self> {
        let terms = schemas::terms(Profile::Compatible, &tx.list_schemas(act.org)?)
            .map_err(|error| StoreError::Failed(format!("a stored schema cannot be used: {error}")))?;
        let connections = tx.list_connections(act.org)?;
        let locked = connections.into_iter().filter(|one| one.switches.lock);
        Ok(Self {
            terms,
            by_hand: None,
            locked: locked.map(|one| (one.id, one.name)).collect(),
            workspaces: HashMap::new(),
            seen: HashMap::new(),
            page: Vec::new(),
            waiting: Vec::new(),
            noted: Vec::new(),
            events: Vec::new(),
            ending: Vec::new(),
            report: ImportReport::default(),
            faults: Vec::new(),
            fault_count: 0,
        })
    }

    /// Takes a line, or what was wrong with it. A wrong one stops nothing yet, so that all of them can be told.
    pub fn take(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        line: u64,
        row: Result<ImportRow, String>,
    ) -> StoreResult<()> {
        self.report.people += 1;
        self.page.push((line, row));
        if self.page.len() >= PAGE { self.turn(tx, act) } else { Ok(()) }
    }

    /// Takes the lines of a page. Who is new by all that their line says is told by one look-up for all of them; the others, and
    /// what cannot be taken, are looked at one by one.
    fn turn(&mut self, tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<()> {
        let page = std::mem::take(&mut self.page);
        let read = |(line, row): (u64, Result<ImportRow, String>)| {
            let read = row.map_err(Refused::Line).and_then(|row| {
                let wanted = self.told_apart(line, &row)?;
                Ok((row, wanted))
            });
            (line, read)
        };
        let page: Vec<_> = page.into_iter().map(read).collect();
        let taken = taken(tx, act, page.iter().filter_map(|(_, read)| read.as_ref().ok()))?;
        for (line, read) in page {
            match read.and_then(|(row, wanted)| self.put(tx, act, &row, &wanted, &taken)) {
                Ok(()) => {}
                Err(Refused::Store(error)) => return Err(error),
                Err(Refused::Line(detail)) => self.fault(line, detail),
            }
        }
        self.follow(tx, act)
    }

    /// Ends it: with the report, or with what was wrong, where nothing of it may be kept.
    pub fn finish(mut self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<ImportReport, ImportError> {
        self.turn(tx, act)?;
        if self.fault_count > 0 {
            return Err(ImportError::Lines { count: self.fault_count, faults: self.faults });
        }
        if self.report.people == 0 {
            return Err(ImportError::Empty);
        }
        Ok(self.report)
    }

    fn fault(&mut self, line: u64, detail: String) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_SHOWN {
            self.faults.push(LineFault { line, detail });
        }
    }

    fn put(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        row: &ImportRow,
        wanted: &AppId,
        taken: &Taken,
    ) -> Result<(), Refused> {
        let known = match is_taken(taken, row, wanted) {
            true => find(tx, act, row, wanted)?,
            false => None,
        };
        let is_new = known.is_none();
        let user = match known {
            Some(user) => self.meet(tx, act, row, wanted, user)?,
            None => self.create(tx, act, row, wanted, taken)?,
        };
        if !is_new && self.waiting.contains(&user.id) {
            // Two lines lead to one person, by the id and by the name: what the first gives is there for the second.
            self.follow(tx, act)?;
        }
        // Of two roles in one workspace the last counts.
        let mut grants: Vec<(WorkspaceId, &WorkspaceRef, Grant)> = Vec::new();
        for (given, grant) in &row.grants {
            let workspace = self.workspace(tx, act, given)?;
            grants.retain(|(other, ..)| *other != workspace);
            grants.push((workspace, given, *grant));
        }
        for (workspace, given, grant) in grants {
            let before = match is_new {
                true => None,
                false => tx.find_grant(act.org, workspace, user.id)?,
            };
            self.give(act, &user, (workspace, given), before, grant)?;
        }
        Ok(())
    }

    /// What the person is known by; refuses who is in the file twice.
    fn told_apart(&mut self, line: u64, row: &ImportRow) -> Result<AppId, Refused> {
        if row.user_name.trim().is_empty() {
            return Err(Refused::Line(
                "user_name is missing; it is what the directory will know the person by".into(),
            ));
        }
        let wanted = AppId::read(row.id.as_deref())?;
        let keys = [
            Some(("user_name", fold(&row.user_name))),
            row.id.as_ref().map(|_| ("id", wanted.key())),
            row.external_id.clone().map(|id| ("external_id", id)),
        ];
        for (field, value) in keys.into_iter().flatten() {
            let mut hasher = DefaultHasher::new();
            (field, &value).hash(&mut hasher);
            match self.seen.entry(hasher.finish()) {
                Entry::Vacant(free) => drop(free.insert(line)),
                Entry::Occupied(first) => {
                    let detail = format!(
                        "{field} `{value}` is in line {} already; leave one of them out",
                        first.get()
                    );
                    return Err(Refused::Line(detail));
                }
            }
        }
        Ok(wanted)
    }

    /// Somebody new.
    fn create(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        row: &ImportRow,
        wanted: &AppId,
        taken: &Taken,
    ) -> Result<User, Refused> {
        let id = match wanted {
            AppId::Id(id) => *id,
            AppId::Own(_) | AppId::None => UserId(act.ids.next()),
        };
        if taken.groups.contains(&id) {
            return Err(Refused::Line(format!("id `{id}` is a group's; people and groups never share one")));
        }
        let connection = match self.by_hand {
            Some(connection) => connection,
            None => *self.by_hand.insert(connections::by_hand(tx, act)?),
        };
        let document =
            document::of_new(row, &self.terms.user_type).map_err(|error| Refused::Line(error.to_string()))?;
        let (user, events) =
            users::insert_as(tx, act, &self.terms.user_type, connection, id, document).map_err(line)?;
        self.events.extend(events);
        match wanted.own() {
            Some(own) => tx.put_known(act.org, id, Some(own), act.cause.at)?,
            None => self.noted.push(id),
        }
        self.report.created += 1;
        Ok(user)
    }

    /// Somebody who is there: the attributes are written over, unless a directory owns them.
    fn meet(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        row: &ImportRow,
        wanted: &AppId,
        user: User,
    ) -> Result<User, Refused> {
        if user.gone_at.is_some() {
            let detail = "the directory removed this person, whose access is held; decide on the hold first (`rolecall holds`)";
            return Err(Refused::Line(detail.into()));
        }
        self.note(tx, act, wanted, user.id)?;
        if !user.connection.is_by_hand() {
            self.report.of_directories += 1;
            return Ok(user);
        }
        let old = super::stored(&user.document.text, &self.terms.user_type)?;
        let document = document::over(row, &user.facts, &old, &self.terms.user_type)
            .map_err(|error| Refused::Line(error.to_string()))?;
        if document == old {
            self.report.unchanged += 1;
            return Ok(user);
        }
        self.report.changed += 1;
        let unsaid = Unsaid { active: user.facts.active, compose_display_name: true };
        users::save(tx, act, &self.terms.user_type, user, &old, &document, unsaid).map_err(line)
    }

    /// Keeps the application's own id of somebody who is there.
    fn note(&mut self, tx: &mut dyn Tx, act: &Act<'_>, wanted: &AppId, user: UserId) -> Result<(), Refused> {
        let known = tx.find_known(act.org, user)?;
        let before = known.as_ref().and_then(|known| known.app_id.as_deref());
        match (before, wanted.own()) {
            (Some(before), Some(own)) if before != own => {
                let detail =
                    format!("this person has the id `{before}` already, not `{own}`; people keep their ids");
                Err(Refused::Line(detail))
            }
            (None, own) if own.is_some() || known.is_none() => {
                Ok(tx.put_known(act.org, user, own, act.cause.at)?)
            }
            _ => Ok(()),
        }
    }

    /// The workspace of that id or slug, looked up once.
    fn workspace(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        given: &WorkspaceRef,
    ) -> Result<WorkspaceId, Refused> {
        let id = match self.workspaces.get(&given.0) {
            Some(found) => *found,
            None => {
                let found = workspaces::find_workspace(tx, act.org, given)?.map(|found| found.id);
                *self.workspaces.entry(given.0.clone()).or_insert(found)
            }
        };
        let unknown =
            || format!("workspace `{given}` does not exist; make it first, or name it by its slug or id");
        id.ok_or_else(|| Refused::Line(unknown()))
    }

    /// Tells of a role by hand; it is given with the others of the page.
    fn give(
        &mut self,
        act: &Act<'_>,
        user: &User,
        (id, workspace): (WorkspaceId, &WorkspaceRef),
        before: Option<Grant>,
        grant: Grant,
    ) -> Result<(), Refused> {
        // The same file may be brought again when some of it has ended.
        let Some(grant) = grant.settled(act.cause.at) else { return Ok(()) };
        grant.check(act.cause.at).map_err(|error| Refused::Line(format!("workspaces: {error}")))?;
        // A file that says nothing of the end of a grant leaves it.
        let leaves = |before: Grant| before == grant || (grant.expiry.is_none() && before.role == grant.role);
        if before.is_some_and(leaves) {
            return Ok(());
        }
        if let Some(name) = self.locked.get(&user.connection) {
            let detail = format!(
                "connection `{name}` owns this person and is locked: leave `{workspace}` out, or turn off its switch `lock`"
            );
            return Err(Refused::Line(detail));
        }
        self.events.push(workspaces::grant_told(id, user.id, before, Some(grant)));
        if grant.expiry.is_some() {
            self.ending.push((id, user.id, grant));
        }
        if self.waiting.last() != Some(&user.id) {
            self.waiting.push(user.id);
        }
        self.report.grants += 1;
        Ok(())
    }

    /// Writes what was told of a page, and lets its memberships follow.
    fn follow(&mut self, tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<()> {
        let noted = std::mem::take(&mut self.noted);
        if !noted.is_empty() {
            tx.put_known_all(act.org, &noted, act.cause.at)?;
        }
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            tx.push_events(act.org, &act.cause, &events)?;
        }
        let people = std::mem::take(&mut self.waiting);
        if !people.is_empty() {
            tx.give_as_told(act.org, events.len() as u64)?;
            for (workspace, user, grant) in std::mem::take(&mut self.ending) {
                tx.put_grant(act.org, workspace, user, grant, &act.cause)?;
            }
            tx.recompute(act.org, &act.cause, &Scope::Users(people))?;
        }
        Ok(())
    }
}

/// What stands against a person, as a line's fault.
fn line(error: ResourceError) -> Refused {
    match error {
        ResourceError::Store(error) => Refused::Store(error),
        other => Refused::Line(other.to_string()),
    }
}

//! What one request, one token or one span of time did, reversed: memberships, people, groups, grants, mappings, workspaces,
//! connections, settings and the organisation's name.
//!
//! The events are read backwards, and each is reversed if things are still as it left them; where somebody has changed them
//! since, they stay, and the report says so. Memberships are not touched by hand: they follow, once, at the end. An undo is a
//! change like any other, with its own cause and events, so that it can be planned, and undone.

mod fields;
mod mappings;
mod merge;
mod restore;
mod reverse;
mod role_mappings;

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, access, schemas};
use crate::{
    event::{Actor, EventKind, NewEvent},
    ids::{ChangeId, GroupId, MappingId, TokenId, UserId, WorkspaceId},
    pattern::PatternError,
    ports::{Scope, StoreError, Terms, Tx},
    role::WorkspaceRole,
    time::{Moment, Timestamp},
    undo::Entry,
};
use rolecall_scim::profile::Profile;

/// So many events are read at once, and so many people recomputed.
const PAGE: u32 = 1_000;

/// Clocks of several servers may differ by so much.
const CLOCKS_DIFFER_MS: i64 = 10 * 60 * 1_000;

/// So many of what stays as it is are named.
const SHOWN: usize = 100;

// Why something stays as it is.
const GONE: &str = "the person or group is gone";
const PLACE_GONE: &str = "the group or workspace is gone";
const CHANGED: &str = "it was changed since";
const NOT_KEPT: &str = "what it was is no longer kept";
const TAKEN: &str = "its name or externalId belongs to somebody else now";
const MADE: &str = "an undo removes no person, group or workspace; remove it where it was made";

/// What to undo.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UndoWanted {
    /// One request.
    pub change: Option<String>,
    /// What this token did.
    pub token: Option<String>,
    /// What was done since then. Needed unless a change is given.
    pub since: Option<Moment>,
    /// And until then; until now, if absent.
    pub until: Option<Moment>,
}

/// Why nothing was undone.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum UndoError {
    /// It does not say what.
    #[error("say what to undo: `change`, the X-Request-Id of a request; or `since`, with or without `token`")]
    NotSaid,
    /// Nothing of ours.
    #[error("`{given}` is not an id; events and the provisioning log show them")]
    NoId {
        /// As given.
        given: String,
    },
    /// Nothing happened.
    #[error("nothing is recorded that could be undone: no event is of that request, token or time")]
    Nothing,
    /// A pattern of then that cannot be today.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an undo did, and what it left.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UndoReport {
    /// How many facts were reversed, by the kind of the event that told of them.
    pub reversed: BTreeMap<String, u64>,
    /// How many were as before already.
    pub already: u64,
    /// How many stay as they are.
    pub stays: u64,
    /// The first of those, with the reason.
    pub left: Vec<Left>,
}

/// Something that an undo leaves as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// The kind of event.
    pub kind: String,
    /// Its place in the record.
    pub seq: i64,
    /// Whose, or what.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Which events are meant.
struct Chosen {
    change: Option<ChangeId>,
    token: Option<TokenId>,
    since: Timestamp,
    until: Timestamp,
}

impl Chosen {
    fn read(wanted: &UndoWanted) -> Result<Self, UndoError> {
        let no_id = |given: &String| UndoError::NoId { given: given.clone() };
        let change = wanted
            .change
            .as_ref()
            .map(|given| ChangeId::parse(given).ok_or_else(|| no_id(given)))
            .transpose()?;
        let token = wanted
            .token
            .as_ref()
            .map(|given| TokenId::parse(given).ok_or_else(|| no_id(given)))
            .transpose()?;
        if change.is_none() && wanted.since.is_none() {
            return Err(UndoError::NotSaid);
        }
        Ok(Self {
            change,
            token,
            since: wanted.since.map_or(Timestamp(i64::MIN), |moment| moment.first),
            until: wanted.until.map_or(Timestamp(i64::MAX), |moment| moment.last),
        })
    }

    fn has(&self, entry: &Entry) -> bool {
        let by_token = |token| matches!(entry.actor, Actor::Idp { token: by, .. } if by == token);
        (self.since..=self.until).contains(&entry.fact.at) && self.token.is_none_or(by_token)
    }

    /// Whether nothing before this entry can be meant.
    fn is_over(&self, entry: &Entry) -> bool {
        entry.fact.at.0 < self.since.0.saturating_sub(CLOCKS_DIFFER_MS)
    }
}

/// Something that one event may change and another may have changed again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Subject {
    Person(UserId),
    Role(UserId),
    Group(GroupId),
    Member(GroupId, uuid::Uuid),
    Workspace(WorkspaceId),
    Mapping(GroupId, WorkspaceId),
    RoleMapping(GroupId),
    Grant(UserId, WorkspaceId),
    Merge(UserId),
    Connection(uuid::Uuid),
    Hold(UserId),
    Organisation,
    Settings,
}

/// What has become of one event.
enum Outcome {
    Reversed,
    Already,
    Stays(&'static str),
}

/// An undo on its way.
struct Undoing {
    terms: Terms,
    report: UndoReport,
    /// What is not touched any more, since somebody changed it after what is undone.
    conflicts: BTreeSet<Subject>,
    /// Changes that switched a connection off: what people kept by them is all that they have.
    switched_off: BTreeSet<ChangeId>,
    /// Changes of which something was reversed.
    changes: BTreeSet<ChangeId>,
    /// Holds that ended. What they kept comes back with what took it away.
    ended: Vec<Entry>,
    events: Vec<NewEvent>,
    people: BTreeSet<UserId>,
    groups: BTreeSet<GroupId>,
    workspaces: BTreeSet<WorkspaceId>,
    /// Groups whose member list changed: they get a new version.
    touched: BTreeSet<GroupId>,
    /// Mappings by name that went, and what they gave: what is still missing in the end is given by an administrator's.
    by_name: BTreeMap<(GroupId, WorkspaceId), WorkspaceRole>,
    /// Mappings by name that the change made: those that are still there in the end stay.
    from_name: Vec<(MappingId, Entry)>,
    /// Who was made one with somebody whom the change cannot bring back: what they have by it stays.
    still_one: BTreeSet<(ChangeId, UserId)>,
}

/// Undoes what is wanted.
pub fn undo(tx: &mut dyn Tx, act: &Act<'_>, wanted: &UndoWanted) -> Result<UndoReport, UndoError> {
    let chosen = Chosen::read(wanted)?;
    let extensions = tx.list_schemas(act.org)?;
    let terms = schemas::terms(Profile::default(), &extensions)
        .map_err(|error| StoreError::Failed(format!("the stored schemas do not fit together: {error}")))?;
    let mut undoing = Undoing::new(terms);
    let (mut before, mut any) = (i64::MAX, false);
    loop {
        let page = tx.entries_before(act.org, chosen.change, before, PAGE)?;
        for entry in page.iter().filter(|entry| chosen.has(entry) && entry.change != act.cause.change) {
            any = true;
            undoing.take_back(tx, act, entry)?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize && !chosen.is_over(last) => before = last.seq,
            _ => break,
        }
    }
    if !any {
        return Err(UndoError::Nothing);
    }
    undoing.finish(tx, act)
}

impl Undoing {
    fn new(terms: Terms) -> Self {
        Self {
            terms,
            report: UndoReport::default(),
            conflicts: BTreeSet::new(),
            switched_off: BTreeSet::new(),
            changes: BTreeSet::new(),
            ended: Vec::new(),
            events: Vec::new(),
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            workspaces: BTreeSet::new(),
            touched: BTreeSet::new(),
            by_name: BTreeMap::new(),
            from_name: Vec::new(),
            still_one: BTreeSet::new(),
        }
    }

    fn take_back(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> Result<(), UndoError> {
        // It is the last event of its change, so it is read first.
        if entry.fact.kind == EventKind::ConnectionDeleted.as_str() {
            self.switched_off.insert(entry.change);
        }
        let Some(subject) = self.subject(entry) else { return Ok(()) };
        let kept = matches!(subject, Subject::Grant(..)) && self.switched_off.contains(&entry.change);
        let outcome = if kept {
            Outcome::Stays("it was kept when the connection was switched off; take it back by hand")
        } else if entry.fact.user.is_some_and(|user| self.still_one.contains(&(entry.change, user))) {
            Outcome::Stays("who was made one with this person could not be brought back")
        } else if self.conflicts.contains(&subject) {
            Outcome::Stays("it was changed by somebody else in between")
        } else {
            self.reverse(tx, act, entry)?
        };
        match outcome {
            Outcome::Reversed => {
                self.changes.insert(entry.change);
                *self.report.reversed.entry(entry.fact.kind.clone()).or_default() += 1;
            }
            Outcome::Already => self.report.already += 1,
            Outcome::Stays(reason) => {
                self.conflicts.insert(subject);
                self.leave(entry, reason);
            }
        }
        Ok(())
    }

    /// Says of each hold that ended what would bring back what it kept, unless that is undone, too.
    fn leave_holds(&mut self) {
        for entry in std::mem::take(&mut self.ended) {
            let said =
                entry.fact.changed.as_ref().and_then(|changed| changed.before.get("change_id")?.as_str());
            let undone = said.and_then(ChangeId::parse).is_some_and(|change| self.changes.contains(&change));
            if !undone {
                let cause = said.unwrap_or("that took the access away");
                self.report.already -= 1;
                self.leave(
                    &entry,
                    &format!("a hold is not opened again: undo the request {cause}, and the access is back"),
                );
            }
        }
    }

    fn leave(&mut self, entry: &Entry, reason: &str) {
        self.report.stays += 1;
        if self.report.left.len() < SHOWN {
            let fact = &entry.fact;
            let id = fact.user.map(|id| id.0).or(fact.group.map(|id| id.0)).or(fact.workspace.map(|id| id.0));
            let name = fact.subject.clone().or(id.map(|id| id.to_string())).unwrap_or_default();
            let left = Left { kind: fact.kind.clone(), seq: entry.seq, name, reason: reason.to_owned() };
            self.report.left.push(left);
        }
    }

    /// Lets everything follow that follows: mappings by name, versions, memberships.
    fn finish(mut self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<UndoReport, UndoError> {
        self.give_what_names_gave(tx, act)?;
        self.leave_holds();
        for group in std::mem::take(&mut self.touched) {
            if let Some(group) = tx.find_group(act.org, group)? {
                tx.touch_group(act.org, group.id, group.document.version + 1, act.cause.at)?;
            }
        }
        for some in self.events.chunks(PAGE as usize) {
            tx.push_events(act.org, &act.cause, some)?;
        }
        for workspace in std::mem::take(&mut self.workspaces) {
            access::follow(tx, act, &Scope::Workspace(workspace))?;
        }
        let groups: Vec<GroupId> = self.groups.iter().copied().collect();
        for some in groups.chunks(PAGE as usize) {
            access::follow(tx, act, &Scope::Groups(some.to_vec()))?;
        }
        let people: Vec<UserId> = self.people.iter().copied().collect();
        for some in people.chunks(PAGE as usize) {
            access::follow(tx, act, &Scope::Users(some.to_vec()))?;
        }
        Ok(self.report)
    }
}

//! The access review: who has (or had, at a moment) which role in which workspace, since when, why, and by whose doing.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::history::{self, HistoryError, find_place};
use super::workspaces::WorkspaceRef;
use crate::{
    history::{Actors, Tenure},
    ids::{ChangeId, OrgId, UserId, WorkspaceId},
    ports::{HistoryQuery, ReadTx, Slice, StoreResult, WorkspaceName},
    records::{MappingOrigin, Source},
    time::{Moment, Timestamp},
};

/// So many rows are read at once.
const PAGE: u32 = 500;

/// What to review.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReviewWanted {
    /// One workspace, by id or slug; all, if absent.
    pub workspace: Option<WorkspaceRef>,
    /// As it was then; as it is, if absent.
    pub at: Option<Moment>,
}

/// What stands below a review: without it, one is not complete.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewTotals {
    /// How many workspaces anybody is in.
    pub workspaces: u64,
    /// How many memberships it lists.
    pub memberships: u64,
    /// SHA-256 over its rows, in hexadecimal: two reviews that say the same have the same.
    pub checksum: String,
}

/// Counts and sums up the rows as they are handed out, so that nobody has to read them twice.
#[derive(Default)]
pub struct ReviewTally {
    workspaces: u64,
    memberships: u64,
    last: Option<WorkspaceId>,
    hash: Sha256,
}

impl ReviewTally {
    /// The next row.
    pub fn add(&mut self, row: &ReviewRow) {
        self.memberships += 1;
        self.workspaces += u64::from(self.last.replace(row.workspace_id) != Some(row.workspace_id));
        self.hash.update(format!(
            "{}\t{}\t{:?}\t{:?}\t{}\t{}\t{:?}\t{}\t{}\n",
            row.workspace_id,
            row.user_id,
            row.user_name,
            row.email,
            row.role,
            row.since,
            row.why,
            row.changed_at,
            row.change
        ));
    }

    /// After the last one.
    pub fn total(self) -> ReviewTotals {
        let checksum = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        ReviewTotals { workspaces: self.workspaces, memberships: self.memberships, checksum }
    }
}

/// A membership under review.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewRow {
    /// Where: slug, or the name of one that is gone.
    pub workspace: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub user_id: UserId,
    /// `userName`; absent of somebody who was forgotten.
    pub user_name: Option<String>,
    /// Primary e-mail address; it is not kept of somebody who is gone.
    pub email: Option<String>,
    /// The role.
    pub role: &'static str,
    /// Since when the person is there, in whichever role.
    pub since: Timestamp,
    /// What speaks for it now; of a moment in the past it is not kept, and `changed_by` says what caused it.
    pub why: Vec<String>,
    /// When the role last changed.
    pub changed_at: Timestamp,
    /// Who did that.
    pub changed_by: String,
    /// In which request.
    pub change: ChangeId,
}

/// A review that was begun: in which moment, of which workspaces.
pub struct Review {
    at: Timestamp,
    past: bool,
    places: Vec<(WorkspaceId, WorkspaceName)>,
    actors: Actors,
}

impl Review {
    /// Begins one. Everything after this is read from the same transaction, so that it shows one moment.
    pub fn begin(
        tx: &mut (impl ReadTx + ?Sized),
        org: OrgId,
        wanted: &ReviewWanted,
        now: Timestamp,
    ) -> Result<Self, HistoryError> {
        let at = wanted.at.map_or(now, |moment| moment.last.min(now));
        let ids = match &wanted.workspace {
            Some(given) => vec![find_place(tx, org, given)?],
            None => tx.workspaces_ever(org)?,
        };
        let mut places = Vec::new();
        for some in ids.chunks(PAGE as usize) {
            places.extend(tx.names_of(org, &[], some)?.workspaces);
        }
        places.sort_by(|(one, named), (other, called)| (named.label(), one).cmp(&(called.label(), other)));
        Ok(Self { at, past: at < now, places, actors: history::actors(tx, org)? })
    }

    /// The moment that it shows.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Hands out the rows, by workspace and then in the order in which the roles came; it keeps a page of them.
    pub fn rows<E: From<crate::ports::StoreError>>(
        &self,
        tx: &mut (impl ReadTx + ?Sized),
        org: OrgId,
        each: &mut dyn FnMut(ReviewRow) -> Result<(), E>,
    ) -> Result<(), E> {
        for (id, name) in &self.places {
            let query = HistoryQuery { workspace: Some(*id), ..HistoryQuery::default() }.at(self.at);
            let mut after = None;
            loop {
                let (tenures, names) = history::page(tx, org, &query, Slice { after, limit: PAGE })?;
                let mut why = self.reasons(tx, org, *id, &tenures)?;
                after = tenures.last().map(|last| last.seq);
                let full = tenures.len() == PAGE as usize;
                for tenure in tenures {
                    let person = names.users.get(&tenure.user);
                    each(ReviewRow {
                        workspace: name.label().to_owned(),
                        workspace_name: name.name.clone(),
                        workspace_id: *id,
                        user_id: tenure.user,
                        user_name: person.map(|person| person.user_name.clone()),
                        email: person.and_then(|person| person.email.clone()),
                        role: tenure.role(),
                        since: tenure.joined_at,
                        why: why.remove(&tenure.user).unwrap_or_default(),
                        changed_at: tenure.from.at,
                        changed_by: self.actors.describe(&tenure.from.actor),
                        change: tenure.from.change,
                    })?;
                }
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What speaks for these people being there now.
    fn reasons(
        &self,
        tx: &mut (impl ReadTx + ?Sized),
        org: OrgId,
        workspace: WorkspaceId,
        tenures: &[Tenure],
    ) -> StoreResult<HashMap<UserId, Vec<String>>> {
        let mut reasons: HashMap<UserId, Vec<String>> = HashMap::new();
        if self.past || tenures.is_empty() {
            return Ok(reasons);
        }
        let people: Vec<UserId> = tenures.iter().map(|tenure| tenure.user).collect();
        for (user, _, source) in tx.sources_of(org, &people, Some(workspace))? {
            reasons.entry(user).or_default().push(reason(&source));
        }
        Ok(reasons)
    }
}

fn reason(source: &Source) -> String {
    match source {
        Source::Group { group_name, origin: MappingOrigin::Pattern, role, .. } => {
            format!("group {group_name}, by its name: {role}")
        }
        Source::Group { group_name, role, .. } => format!("group {group_name}: {role}"),
        Source::Grant(grant) => format!("by hand: {grant}"),
    }
}

//! Who joins and who leaves a group in one request, and whose memberships follow from it.

use std::collections::BTreeSet;

use rolecall_scim::{
    filter::Filter,
    members::{MemberRef, resolve_where},
    profile::Profile,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, UserId},
    ports::{Scope, Slice, Tx},
    records::MemberId,
    use_cases::{Act, ResourceError, access, users},
};

/// Members are read in pages of so many where a filter needs to see them.
const PAGE: u32 = 1_000;

/// The member changes of one request, already written to the store.
pub(super) struct MemberChanges {
    group: GroupId,
    joined: BTreeSet<MemberId>,
    left: BTreeSet<MemberId>,
}

impl MemberChanges {
    pub(super) fn new(group: GroupId) -> Self {
        Self { group, joined: BTreeSet::new(), left: BTreeSet::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty()
    }

    /// Whether somebody leaves and nobody joins.
    pub(super) fn takes_only(&self) -> bool {
        self.joined.is_empty() && !self.left.is_empty()
    }

    /// Adds members; those who are in it already stay as they are.
    pub(super) fn add(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        members: &[MemberRef],
    ) -> Result<(), ResourceError> {
        if members.is_empty() {
            return Ok(());
        }
        let found = self.resolve(tx, act, members)?;
        self.join(tx, act, &found)
    }

    fn join(&mut self, tx: &mut dyn Tx, act: &Act<'_>, found: &[MemberId]) -> Result<(), ResourceError> {
        let added = tx.add_members(act.org, self.group, found, act.cause.change, act.cause.at)?;
        for member in added {
            // Out and in again within one request is no change.
            if !self.left.remove(&member) {
                self.joined.insert(member);
            }
        }
        Ok(())
    }

    /// Removes members; ids that are not in it are no error, so that a repeated request succeeds.
    pub(super) fn remove(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        ids: &[String],
    ) -> Result<(), ResourceError> {
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| UserId::parse(id)).map(|id| id.0).collect();
        self.remove_ids(tx, act, &ids)
    }

    /// Removes the members that a filter matches, for filters that ask for more than `value`.
    pub(super) fn remove_where(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        filter: &Filter,
        profile: Profile,
    ) -> Result<(), ResourceError> {
        let filter = resolve_where(filter, profile)?;
        let mut after = None;
        loop {
            let page = tx.members_of(act.org, self.group, Slice { after, limit: PAGE })?;
            let matching: Vec<Uuid> = page
                .iter()
                .filter(|member| filter.matches(&as_element(**member)))
                .map(|member| member.uuid())
                .collect();
            self.remove_ids(tx, act, &matching)?;
            match page.last() {
                Some(last) if page.len() == PAGE as usize => after = Some(last.uuid()),
                _ => return Ok(()),
            }
        }
    }

    /// Makes the member list exactly this one.
    pub(super) fn replace(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        members: &[MemberRef],
    ) -> Result<(), ResourceError> {
        let found = if members.is_empty() { Vec::new() } else { self.resolve(tx, act, members)? };
        let keep: Vec<Uuid> = found.iter().map(|member| member.uuid()).collect();
        let removed = tx.remove_members_except(act.org, self.group, &keep)?;
        self.note_left(removed);
        if found.is_empty() { Ok(()) } else { self.join(tx, act, &found) }
    }

    /// Makes inactive people active who joined, where the connection says so.
    pub(super) fn reactivate(&self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<(), ResourceError> {
        if act.switches.reactivate_on_group_add {
            for member in &self.joined {
                if let MemberId::User(id) = member {
                    users::reactivate(tx, act, *id)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the events.
    pub(super) fn record(&self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<(), ResourceError> {
        let event = |kind, member: &MemberId| match member {
            MemberId::User(id) => NewEvent::new(kind).group(self.group).user(*id),
            MemberId::Group(id) => NewEvent::new(kind).group(self.group).subject(id.to_string()),
        };
        let left = self.left.iter().map(|member| event(EventKind::GroupMemberRemoved, member));
        let joined = self.joined.iter().map(|member| event(EventKind::GroupMemberAdded, member));
        let events: Vec<NewEvent> = left.chain(joined).collect();
        if !events.is_empty() {
            tx.push_events(act.org, &act.cause, &events)?;
        }
        Ok(())
    }

    /// Lets the memberships of those who joined or left follow.
    pub(super) fn recompute(&self, tx: &mut dyn Tx, act: &Act<'_>) -> Result<(), ResourceError> {
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for member in self.joined.union(&self.left) {
            match member {
                MemberId::User(id) => users.push(*id),
                MemberId::Group(id) => groups.push(*id),
            }
        }
        let scopes = [(!users.is_empty(), Scope::Users(users)), (!groups.is_empty(), Scope::Groups(groups))];
        for (_, scope) in scopes.iter().filter(|(anybody, _)| *anybody) {
            if self.left.is_empty() {
                tx.recompute(act.org, &act.cause, scope)?;
            } else {
                access::follow(tx, act, scope)?;
            }
        }
        Ok(())
    }

    fn remove_ids(&mut self, tx: &mut dyn Tx, act: &Act<'_>, ids: &[Uuid]) -> Result<(), ResourceError> {
        if !ids.is_empty() {
            let removed = tx.remove_members(act.org, self.group, ids)?;
            self.note_left(removed);
        }
        Ok(())
    }

    fn note_left(&mut self, removed: Vec<MemberId>) {
        for member in removed {
            if !self.joined.remove(&member) {
                self.left.insert(member);
            }
        }
    }

    /// All of them, or an error that names those which do not exist; no group that would close a circle.
    fn resolve(
        &self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        members: &[MemberRef],
    ) -> Result<Vec<MemberId>, ResourceError> {
        let mut ids = BTreeSet::new();
        let mut unknown = Vec::new();
        for member in members {
            match UserId::parse(&member.value) {
                Some(id) => drop(ids.insert(id.0)),
                None => unknown.push(member.value.clone()),
            }
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let found = tx.resolve_members(act.org, &ids)?;
        if found.len() < ids.len() {
            let known: BTreeSet<Uuid> = found.iter().map(|member| member.uuid()).collect();
            unknown.extend(ids.iter().filter(|id| !known.contains(id)).map(Uuid::to_string));
        }
        if !unknown.is_empty() {
            return Err(ResourceError::UnknownMembers { ids: unknown });
        }
        let groups: Vec<GroupId> = found
            .iter()
            .filter_map(|member| match member {
                MemberId::Group(id) => Some(*id),
                MemberId::User(_) => None,
            })
            .collect();
        if !groups.is_empty()
            && let Some(circle) = tx.find_circle(act.org, self.group, &groups)?
        {
            return Err(ResourceError::Circle { member: circle.to_string() });
        }
        Ok(found)
    }
}

/// A member as a filter sees it: folded like everything that filters compare. It has no `display`, in answers neither.
fn as_element(member: MemberId) -> Map<String, Value> {
    let kind = match member {
        MemberId::User(_) => "user",
        MemberId::Group(_) => "group",
    };
    let mut element = Map::new();
    element.insert("value".into(), member.uuid().to_string().into());
    element.insert("type".into(), kind.into());
    element
}

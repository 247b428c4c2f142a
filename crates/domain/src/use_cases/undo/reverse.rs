//! One event taken back, if things are still as it left them.

use rolecall_scim::index::fold;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CHANGED, GONE, MADE, NOT_KEPT, Outcome, PLACE_GONE, Subject, UndoError, Undoing};
use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, UserId, WorkspaceId},
    ports::{StoreResult, Tx},
    records::MemberId,
    role::{OrgRole, WorkspaceRole},
    undo::Entry,
    use_cases::{
        Act,
        settings::{self, Naming, SettingsError},
        users,
    },
};

impl Undoing {
    /// What an event is about; `None` where an undo has nothing to do with it.
    pub(super) fn subject(&mut self, entry: &Entry) -> Option<Subject> {
        let fact = &entry.fact;
        Some(match (fact.kind.as_str(), fact.user, fact.group, fact.workspace) {
            ("user.deactivated" | "user.reactivated" | "user.deleted" | "user.created", Some(user), ..) => {
                Subject::Person(user)
            }
            ("user.merged", Some(user), ..) => Subject::Merge(user),
            ("user.role_changed", Some(user), ..) => {
                let old = fact.old.and_then(OrgRole::from_rank)?;
                self.roles.insert((entry.change, user), old);
                return None;
            }
            ("user.updated", Some(user), ..) if self.roles.contains_key(&(entry.change, user)) => {
                Subject::Role(user)
            }
            ("group.deleted" | "group.created" | "group.updated", _, Some(group), _) => Subject::Group(group),
            ("group.member_added" | "group.member_removed", _, Some(group), _) => {
                Subject::Member(group, member(entry)?.uuid())
            }
            ("workspace.deleted" | "workspace.created", _, _, Some(workspace)) => {
                Subject::Workspace(workspace)
            }
            ("mapping.created" | "mapping.updated" | "mapping.deleted", _, Some(group), Some(workspace)) => {
                Subject::Mapping(group, workspace)
            }
            ("role_mapping.created" | "role_mapping.updated" | "role_mapping.deleted", _, Some(group), _) => {
                Subject::RoleMapping(group)
            }
            ("grant.created" | "grant.updated" | "grant.deleted", Some(user), _, Some(workspace)) => {
                Subject::Grant(user, workspace)
            }
            ("settings.updated", ..) => Subject::Settings,
            _ => return None,
        })
    }

    pub(super) fn reverse(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
    ) -> Result<Outcome, UndoError> {
        let fact = &entry.fact;
        let done = match (fact.kind.as_str(), fact.user, fact.group, fact.workspace) {
            ("user.deactivated", Some(user), ..) => self.set_active(tx, act, entry, user, true)?,
            ("user.reactivated", Some(user), ..) => self.set_active(tx, act, entry, user, false)?,
            ("user.updated", Some(user), ..) => self.set_role(tx, act, entry, user)?,
            ("user.deleted", Some(user), ..) => self.bring_back(tx, act, entry, user)?,
            // Done with the one who came back, whose end was told after this.
            ("user.merged", ..) => Outcome::Reversed,
            ("group.deleted", _, Some(group), _) => self.restore_group(tx, act, entry, group)?,
            ("group.updated", _, Some(group), _) => self.rename_back(tx, act, entry, group)?,
            ("group.member_added", _, Some(group), _) => self.take_out(tx, act, entry, group)?,
            ("group.member_removed", _, Some(group), _) => self.put_back(tx, act, entry, group)?,
            ("workspace.deleted", _, _, Some(workspace)) => {
                self.restore_workspace(tx, act, entry, workspace)?
            }
            ("mapping.created", ..) => self.unmap(tx, act, entry)?,
            ("mapping.updated", ..) => self.remap(tx, act, entry)?,
            ("mapping.deleted", _, Some(group), Some(workspace)) => {
                self.map_again(tx, act, entry, group, workspace)?
            }
            ("role_mapping.created" | "role_mapping.updated" | "role_mapping.deleted", _, Some(group), _) => {
                self.role_mapping(tx, act, entry, group)?
            }
            (_, Some(user), _, Some(workspace)) => self.grant(tx, act, entry, user, workspace)?,
            ("settings.updated", ..) => return settings_again(tx, act, entry),
            ("group.created", _, Some(group), _) => self.unname(tx, act, group)?,
            _ => Outcome::Stays(MADE),
        };
        Ok(done)
    }

    /// The directory may say otherwise again in its next cycle; that is its right.
    fn set_active(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: UserId,
        active: bool,
    ) -> StoreResult<Outcome> {
        let Some(user) = tx.find_user(act.org, id)? else { return Ok(Outcome::Stays(GONE)) };
        if user.gone_at.is_some() {
            return self.show_person(tx, act, entry, user);
        }
        if user.facts.active == active {
            return Ok(Outcome::Already);
        }
        let kind = if active { EventKind::UserReactivated } else { EventKind::UserDeactivated };
        self.rewrite(tx, act, id, "active", Some(json!(active)), kind)
    }

    fn set_role(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: UserId,
    ) -> StoreResult<Outcome> {
        let Some(old) = self.roles.remove(&(entry.change, id)) else { return Ok(Outcome::Already) };
        let Some(user) = tx.find_user(act.org, id)?.filter(|user| user.gone_at.is_none()) else {
            return Ok(Outcome::Stays(GONE));
        };
        if user.facts.org_role == old {
            return Ok(Outcome::Already);
        }
        let roles = (old > OrgRole::Member).then(|| json!([{"value": old, "primary": true}]));
        self.rewrite(tx, act, id, "roles", roles, EventKind::UserUpdated)
    }

    /// Gives an attribute of a person another value.
    fn rewrite(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        id: UserId,
        name: &str,
        value: Option<Value>,
        kind: EventKind,
    ) -> StoreResult<Outcome> {
        let Some(user) = tx.find_user(act.org, id)? else { return Ok(Outcome::Stays(GONE)) };
        let user_type = self.terms.user_type.clone();
        let facts = users::rewrite(tx, act, &user_type, &user, name, value)?;
        let event = |kind| NewEvent::new(kind).user(id).subject(&*facts.user_name);
        self.events.push(event(EventKind::UserUpdated));
        if kind != EventKind::UserUpdated {
            self.events.push(event(kind));
        }
        self.people.insert(id);
        Ok(Outcome::Reversed)
    }

    fn take_out(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        group: GroupId,
    ) -> StoreResult<Outcome> {
        let Some(member) = member(entry) else { return Ok(Outcome::Already) };
        if tx.remove_members(act.org, group, &[member.uuid()])?.is_empty() {
            return Ok(Outcome::Already);
        }
        self.member_moved(EventKind::GroupMemberRemoved, group, member);
        Ok(Outcome::Reversed)
    }

    fn put_back(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        group: GroupId,
    ) -> StoreResult<Outcome> {
        let Some(member) = member(entry) else { return Ok(Outcome::Already) };
        self.add_member(tx, act, group, member)
    }

    /// Puts a member into a group, where both are there and no circle would close.
    pub(super) fn add_member(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        group: GroupId,
        member: MemberId,
    ) -> StoreResult<Outcome> {
        if tx.find_group(act.org, group)?.is_none() {
            return Ok(Outcome::Stays(PLACE_GONE));
        }
        if tx.resolve_members(act.org, &[member.uuid()])?.is_empty() {
            return Ok(Outcome::Stays(GONE));
        }
        if let MemberId::Group(inner) = member
            && tx.find_circle(act.org, group, &[inner])?.is_some()
        {
            return Ok(Outcome::Stays("the groups would contain each other"));
        }
        if tx.add_members(act.org, group, &[member], act.cause.change, act.cause.at)?.is_empty() {
            return Ok(Outcome::Already);
        }
        self.member_moved(EventKind::GroupMemberAdded, group, member);
        Ok(Outcome::Reversed)
    }

    fn member_moved(&mut self, kind: EventKind, group: GroupId, member: MemberId) {
        let event = NewEvent::new(kind).group(group);
        self.events.push(match member {
            MemberId::User(id) => event.user(id),
            MemberId::Group(id) => event.subject(id.to_string()),
        });
        match member {
            MemberId::User(id) => drop(self.people.insert(id)),
            MemberId::Group(id) => drop(self.groups.insert(id)),
        }
        self.touched.insert(group);
    }

    fn grant(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        user: UserId,
        workspace: WorkspaceId,
    ) -> StoreResult<Outcome> {
        let role = |rank: Option<i16>| rank.and_then(WorkspaceRole::from_rank);
        let (old, new) = (role(entry.fact.old), role(entry.fact.new));
        let now = tx.find_grant(act.org, workspace, user)?;
        if now == old {
            return Ok(Outcome::Already);
        }
        if now != new {
            return Ok(Outcome::Stays(CHANGED));
        }
        self.put_grant(tx, act, user, workspace, now, old)
    }

    /// Makes a role by hand what it was.
    pub(super) fn put_grant(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        user: UserId,
        workspace: WorkspaceId,
        now: Option<WorkspaceRole>,
        then: Option<WorkspaceRole>,
    ) -> StoreResult<Outcome> {
        if tx.find_user(act.org, user)?.is_none() || tx.find_workspace(act.org, workspace)?.is_none() {
            return Ok(Outcome::Stays("the person or workspace is gone"));
        }
        let kind = match (now, then) {
            (_, None) => EventKind::GrantDeleted,
            (None, _) => EventKind::GrantCreated,
            _ => EventKind::GrantUpdated,
        };
        match then {
            Some(role) => tx.put_grant(act.org, workspace, user, role, &act.cause)?,
            None => drop(tx.delete_grant(act.org, workspace, user)?),
        }
        self.events.push(NewEvent::new(kind).workspace(workspace).user(user).roles(now, then));
        self.people.insert(user);
        Ok(Outcome::Reversed)
    }
}

/// Who or what joined or left a group.
fn member(entry: &Entry) -> Option<MemberId> {
    let nested = || entry.fact.subject.as_deref().and_then(GroupId::parse).map(MemberId::Group);
    entry.fact.user.map(MemberId::User).or_else(nested)
}

/// How names are read, if it is still the one that the change left.
fn settings_again(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> Result<Outcome, UndoError> {
    let Some(record) = tx.removed_record(act.org, entry.change, Uuid::nil())? else {
        return Ok(Outcome::Stays(NOT_KEPT));
    };
    let document: Value = serde_json::from_str(&record.document).unwrap_or_default();
    let read = |key: &str| serde_json::from_value::<Naming>(document[key].clone()).ok();
    let (Some(before), Some(after)) = (read("before"), read("after")) else {
        return Ok(Outcome::Stays(NOT_KEPT));
    };
    let now = Naming::of(&tx.settings(act.org)?);
    if now == before {
        return Ok(Outcome::Already);
    }
    if now != after {
        return Ok(Outcome::Stays(CHANGED));
    }
    match settings::change(tx, act, |settings| before.put(settings)) {
        Ok(_) => Ok(Outcome::Reversed),
        Err(SettingsError::Pattern(error)) => Err(error.into()),
        Err(SettingsError::Guard(_) | SettingsError::Rules(_)) => {
            Ok(Outcome::Stays("the settings beside it cannot be as they are"))
        }
        Err(SettingsError::Store(error)) => Err(error.into()),
    }
}

/// A name as the store compares it.
pub(super) fn key(name: &str) -> String {
    fold(name)
}

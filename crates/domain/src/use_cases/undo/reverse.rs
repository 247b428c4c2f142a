//! One event taken back, if things are still as it left them.

use rolecall_scim::index::fold;
use serde_json::{Map, Value, json};

use super::{CHANGED, GONE, MADE, Outcome, PLACE_GONE, Subject, UndoError, Undoing, fields};
use crate::{
    effect::Fact,
    event::{Changed, EventKind, NewEvent},
    grant::{self, Grant},
    ids::{GroupId, UserId, WorkspaceId},
    ports::{StoreResult, Tx},
    records::MemberId,
    role::{OrgRole, WorkspaceRole},
    undo::Entry,
    use_cases::{Act, users, workspaces},
};

impl Undoing {
    /// What an event is about; `None` where an undo has nothing to do with it.
    pub(super) fn subject(&self, entry: &Entry) -> Option<Subject> {
        let fact = &entry.fact;
        Some(match (fact.kind.as_str(), fact.user, fact.group, fact.workspace) {
            ("user.deactivated" | "user.reactivated" | "user.deleted" | "user.created", Some(user), ..) => {
                Subject::Person(user)
            }
            ("user.merged", Some(user), ..) => Subject::Merge(user),
            // The person's own; what they are in the organisation may be more by a group, and follows.
            ("user.updated", Some(user), ..) if role_said(fact, |changed| &changed.before).is_some() => {
                Subject::Role(user)
            }
            ("group.deleted" | "group.created" | "group.updated", _, Some(group), _) => Subject::Group(group),
            ("group.member_added" | "group.member_removed", _, Some(group), _) => {
                Subject::Member(group, member(entry)?.uuid())
            }
            ("workspace.deleted" | "workspace.created" | "workspace.updated", _, _, Some(workspace)) => {
                Subject::Workspace(workspace)
            }
            ("connection.updated", ..) => Subject::Connection(fact.changed.as_ref()?.id?),
            ("mapping.created" | "mapping.updated" | "mapping.deleted", _, Some(group), Some(workspace)) => {
                Subject::Mapping(group, workspace)
            }
            ("role_mapping.created" | "role_mapping.updated" | "role_mapping.deleted", _, Some(group), _) => {
                Subject::RoleMapping(group)
            }
            ("grant.created" | "grant.updated" | "grant.deleted", Some(user), _, Some(workspace)) => {
                Subject::Grant(user, workspace)
            }
            ("hold.ended", Some(user), ..) => Subject::Hold(user),
            ("organisation.updated", ..) => Subject::Organisation,
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
            // Went with the hold, which says what brings them back.
            ("user.deleted", ..) if fact.changed.is_some() => Outcome::Already,
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
            ("hold.ended", ..) => {
                self.ended.push(entry.clone());
                Outcome::Already
            }
            ("workspace.updated", _, _, Some(workspace)) => {
                self.workspace_again(tx, act, entry, workspace)?
            }
            ("connection.updated", ..) => fields::connection_again(tx, act, entry)?,
            ("organisation.updated", ..) => fields::organisation_again(tx, act, entry)?,
            ("mapping.created", ..) => self.unmap(tx, act, entry)?,
            ("mapping.updated", ..) => self.remap(tx, act, entry)?,
            ("mapping.deleted", _, Some(group), Some(workspace)) => {
                self.map_again(tx, act, entry, group, workspace)?
            }
            ("role_mapping.updated", ..) => self.role_remap(tx, act, entry)?,
            ("role_mapping.created" | "role_mapping.deleted", _, Some(group), _) => {
                self.role_mapping(tx, act, entry, group)?
            }
            (_, Some(user), _, Some(workspace)) => self.grant(tx, act, entry, user, workspace)?,
            ("settings.updated", ..) => return fields::settings_again(tx, act, entry),
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
        let Some(user) = tx.find_user(act.org, id)? else {
            // Whom the directory removed while they were held went when the hold ended; the record was kept before.
            let kept = tx.removed_record(act.org, entry.change, id.0)?;
            return if kept.is_some() {
                self.restore_person(tx, act, entry, id)
            } else {
                Ok(Outcome::Stays(GONE))
            };
        };
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
        let said = |when: fn(&Changed) -> &Map<String, Value>| role_said(&entry.fact, when);
        let Some(old) = said(|changed| &changed.before) else {
            return Ok(Outcome::Already);
        };
        let Some(user) = tx.find_user(act.org, id)?.filter(|user| user.gone_at.is_none()) else {
            return Ok(Outcome::Stays(GONE));
        };
        if user.facts.org_role == old {
            return Ok(Outcome::Already);
        }
        if said(|changed| &changed.after) != Some(user.facts.org_role) {
            return Ok(Outcome::Stays(CHANGED));
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
        self.events.push(event(EventKind::UserUpdated).changed(users::roles_changed(&user.facts, &facts)));
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
        let now = tx.find_grant(act.org, workspace, user)?;
        let roles = (role(entry.fact.old), role(entry.fact.new));
        let (old, new) = grant::told(roles, entry.fact.changed.as_ref(), now);
        // What has ended since then does not come back.
        let settled = |grant: Option<Grant>| grant.and_then(|grant| grant.settled(act.cause.at));
        let (old, new) = (settled(old), settled(new));
        if settled(now) == old {
            return Ok(Outcome::Already);
        }
        if settled(now) != new {
            return Ok(Outcome::Stays(CHANGED));
        }
        self.put_grant(tx, act, user, workspace, now, old)
    }

    /// Makes what somebody has by hand what it was.
    pub(super) fn put_grant(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        user: UserId,
        workspace: WorkspaceId,
        now: Option<Grant>,
        then: Option<Grant>,
    ) -> StoreResult<Outcome> {
        if tx.find_user(act.org, user)?.is_none() || tx.find_workspace(act.org, workspace)?.is_none() {
            return Ok(Outcome::Stays("the person or workspace is gone"));
        }
        self.events.push(workspaces::put_grant(tx, act, workspace, user, now, then)?);
        self.people.insert(user);
        Ok(Outcome::Reversed)
    }
}

/// What a person's own `roles` said before or after an event.
fn role_said(fact: &Fact, when: impl Fn(&Changed) -> &Map<String, Value>) -> Option<OrgRole> {
    let word = when(fact.changed.as_ref()?).get("roles")?.as_str()?;
    OrgRole::ALL.iter().copied().find(|role| role.as_str() == word)
}

/// Who or what joined or left a group.
fn member(entry: &Entry) -> Option<MemberId> {
    let nested = || entry.fact.subject.as_deref().and_then(GroupId::parse).map(MemberId::Group);
    entry.fact.user.map(MemberId::User).or_else(nested)
}

/// A name as the store compares it.
pub(super) fn key(name: &str) -> String {
    fold(name)
}

//! One event taken back, if things are still as it left them.

use rolecall_scim::{document::Document, index::fold, profile::Profile};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Outcome, Subject, UndoError, Undoing};
use crate::{
    event::{EventKind, NewEvent},
    ids::{GroupId, MappingId, UserId, WorkspaceId},
    ports::{StoreError, StoreResult, Tx},
    records::{Mapping, MappingOrigin, MemberId},
    role::{OrgRole, WorkspaceRole},
    undo::{Entry, Link, Removal},
    use_cases::{
        Act, names,
        names::MissingWorkspace,
        settings::{self, Naming, SettingsError},
        stored,
        users::{self, Unsaid, user_facts},
    },
};

const GONE: &str = "the person or group is gone";
const PLACE_GONE: &str = "the group or workspace is gone";
const CHANGED: &str = "it was changed since";
const NOT_KEPT: &str = "what it was is no longer kept";

impl Undoing {
    /// What an event is about; `None` where an undo has nothing to do with it.
    pub(super) fn subject(&mut self, entry: &Entry) -> Option<Subject> {
        let fact = &entry.fact;
        Some(match (fact.kind.as_str(), fact.user, fact.group, fact.workspace) {
            ("user.deactivated" | "user.reactivated" | "user.deleted" | "user.created", Some(user), ..) => {
                Subject::Person(user)
            }
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
            ("user.deactivated", Some(user), ..) => self.set_active(tx, act, user, true)?,
            ("user.reactivated", Some(user), ..) => self.set_active(tx, act, user, false)?,
            ("user.updated", Some(user), ..) => self.set_role(tx, act, entry, user)?,
            ("user.deleted", Some(user), ..) => self.restore_person(tx, act, entry, user)?,
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
            (_, Some(user), _, Some(workspace)) => self.grant(tx, act, entry, user, workspace)?,
            ("settings.updated", ..) => return settings_again(tx, act, entry),
            _ => Outcome::Stays("an undo removes no person, group or workspace; remove it where it was made"),
        };
        Ok(done)
    }

    /// The directory may say otherwise again in its next cycle; that is its right.
    fn set_active(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        id: UserId,
        active: bool,
    ) -> StoreResult<Outcome> {
        let Some(user) = tx.find_user(act.org, id)? else { return Ok(Outcome::Stays(GONE)) };
        if user.gone_at.is_some() {
            return Ok(Outcome::Stays(
                "the directory removed the person, whose access is held: decide on the hold",
            ));
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
        let mut body = stored(&user.document.text, &user_type)?.as_map().clone();
        match value {
            Some(value) => drop(body.insert(name.to_owned(), value)),
            None => drop(body.remove(name)),
        }
        let document = Document::from_value(Value::Object(body), &user_type, Profile::Compatible)
            .map_err(|error| StoreError::Failed(format!("the record of {id} cannot be read: {error}")))?;
        let compose_display_name = user.facts.display_name_composed;
        let mut facts = user_facts(&document, Unsaid { active: user.facts.active, compose_display_name });
        facts.outside = user.facts.outside;
        let written = users::write(&document, &facts, &user_type);
        tx.update_user(act.org, id, &facts, &written, user.document.version + 1, act.cause.at)?;
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

    fn unmap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let Some(mapping) = find_mapping(tx, act, entry)? else { return Ok(Outcome::Already) };
        // It follows from the group's name, and goes when that does.
        if mapping.origin == MappingOrigin::Pattern {
            self.from_name.push((mapping.id, entry.clone()));
            return Ok(Outcome::Already);
        }
        if Some(mapping.role.rank()) != entry.fact.new {
            return Ok(Outcome::Stays(CHANGED));
        }
        tx.keep_removed(act.org, &act.cause, &Removal::Mapping(mapping.id))?;
        tx.delete_mapping(act.org, mapping.id)?;
        self.events.push(names::mapping_event(EventKind::MappingDeleted, &mapping));
        self.read_name(tx, act, mapping.group)?;
        Ok(Outcome::Reversed)
    }

    fn remap(&mut self, tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Outcome> {
        let old = entry.fact.old.and_then(WorkspaceRole::from_rank);
        let (Some(mapping), Some(role)) = (find_mapping(tx, act, entry)?, old) else {
            return Ok(Outcome::Stays("the mapping is gone"));
        };
        if mapping.role == role {
            return Ok(Outcome::Already);
        }
        if Some(mapping.role.rank()) != entry.fact.new {
            return Ok(Outcome::Stays(CHANGED));
        }
        let after = Mapping { role, change: Some(act.cause.change), ..mapping.clone() };
        tx.update_mapping(act.org, &after)?;
        let event = names::mapping_event(EventKind::MappingUpdated, &after);
        self.events.push(event.roles(Some(mapping.role), Some(role)));
        self.groups.insert(mapping.group);
        Ok(Outcome::Reversed)
    }

    fn map_again(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        group: GroupId,
        workspace: WorkspaceId,
    ) -> StoreResult<Outcome> {
        let Some(id) = entry.fact.mapping else { return Ok(Outcome::Already) };
        let links = tx.removed_links(act.org, entry.change, id.0)?;
        let [Link::Mapping { role, origin, .. }] = links[..] else { return Ok(Outcome::Stays(NOT_KEPT)) };
        if origin == MappingOrigin::Pattern {
            // Whether its name gives it back is seen when all names are as they were.
            self.by_name.insert((group, workspace), role);
            return Ok(Outcome::Already);
        }
        self.map(tx, act, id, group, workspace, role)
    }

    /// Makes an administrator's mapping, where there is none.
    pub(super) fn map(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        id: MappingId,
        group: GroupId,
        workspace: WorkspaceId,
        role: WorkspaceRole,
    ) -> StoreResult<Outcome> {
        let (Some(found), Some(_)) = (tx.find_group(act.org, group)?, tx.find_workspace(act.org, workspace)?)
        else {
            return Ok(Outcome::Stays(PLACE_GONE));
        };
        let existing = tx.mappings_of(act.org, group)?;
        let there = existing
            .iter()
            .find(|one| one.workspace == workspace && one.origin == MappingOrigin::Admin)
            .map(|one| one.role);
        match there {
            Some(same) if same == role => return Ok(Outcome::Already),
            Some(_) => return Ok(Outcome::Stays(CHANGED)),
            None => {}
        }
        let gone = names::give_way(tx, act, &existing)?;
        self.events.extend(gone);
        let id = if tx.find_mapping(act.org, id)?.is_some() { MappingId(act.ids.next()) } else { id };
        let mapping = Mapping {
            id,
            group,
            group_name: found.facts.display_name,
            workspace,
            role,
            origin: MappingOrigin::Admin,
            created_at: act.cause.at,
            paused_at: None,
            change: Some(act.cause.change),
        };
        tx.insert_mapping(act.org, &mapping)?;
        self.events.push(names::mapping_event(EventKind::MappingCreated, &mapping));
        self.groups.insert(group);
        Ok(Outcome::Reversed)
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

    /// Lets a group's mapping by name follow; the memberships of its people do at the end.
    pub(super) fn read_name(&mut self, tx: &mut dyn Tx, act: &Act<'_>, id: GroupId) -> StoreResult<()> {
        if let Some(group) = tx.find_group(act.org, id)?.filter(|group| group.pushed()) {
            let settings = tx.settings(act.org)?;
            names::follow(tx, act, &settings, &group, MissingWorkspace::Leave)?;
        }
        self.groups.insert(id);
        Ok(())
    }

    /// What a name gave and gives no more, although it is taken back, an administrator's mapping gives from now on.
    pub(super) fn give_what_names_gave(&mut self, tx: &mut dyn Tx, act: &Act<'_>) -> StoreResult<()> {
        for (id, entry) in std::mem::take(&mut self.from_name) {
            if tx.find_mapping(act.org, id)?.is_some() {
                self.report.already -= 1;
                self.leave(&entry, "it follows from the group's name: rename the group, or map it by hand");
            }
        }
        for ((group, workspace), role) in std::mem::take(&mut self.by_name) {
            let there = tx.mappings_of(act.org, group)?;
            if there.iter().any(|mapping| mapping.workspace == workspace) {
                continue;
            }
            if let Outcome::Reversed = self.map(tx, act, MappingId(act.ids.next()), group, workspace, role)? {
                *self.report.reversed.entry("mapping.deleted".to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// Who or what joined or left a group.
fn member(entry: &Entry) -> Option<MemberId> {
    let nested = || entry.fact.subject.as_deref().and_then(GroupId::parse).map(MemberId::Group);
    entry.fact.user.map(MemberId::User).or_else(nested)
}

fn find_mapping(tx: &mut dyn Tx, act: &Act<'_>, entry: &Entry) -> StoreResult<Option<Mapping>> {
    entry.fact.mapping.map_or(Ok(None), |id| tx.find_mapping(act.org, id))
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

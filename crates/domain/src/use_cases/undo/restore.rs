//! Removed people, groups and workspaces brought back, under the ids that they had, with what went with them.

use rolecall_scim::{document::Document, profile::Profile};
use serde_json::Value;

use super::{NOT_KEPT, Outcome, TAKEN, UndoError, Undoing, mappings::Wanted, reverse::key};
use crate::{
    event::{EventKind, NewEvent},
    ids::{ConnectionId, GroupId, UserId, WorkspaceId},
    ports::{StoreError, StoreResult, Tx},
    records::{Group, MappingOrigin, StoredDocument, User, Workspace},
    undo::{Entry, Link, Removal, RemovedRecord},
    use_cases::{
        Act, connections, groups, names,
        names::MissingWorkspace,
        stored,
        users::{self, Unsaid, user_facts},
    },
};

impl Undoing {
    pub(super) fn restore_person(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: UserId,
    ) -> StoreResult<Outcome> {
        if tx.find_user(act.org, id)?.is_some() {
            return Ok(Outcome::Already);
        }
        let Some(RemovedRecord { connection: Some(connection), document, app_id, .. }) =
            tx.removed_record(act.org, entry.change, id.0)?
        else {
            return Ok(Outcome::Stays(NOT_KEPT));
        };
        let document: Document = stored(&document, &self.terms.user_type)?;
        let mut facts = user_facts(&document, Unsaid { active: true, compose_display_name: true });
        let written = users::write(&document, &facts, &self.terms.user_type);
        let owner = tx.list_connections(act.org)?.into_iter().find(|one| one.id == connection);
        // Its domains may be others by now.
        facts.outside = owner.as_ref().is_some_and(|owner| owner.switches.outside(&facts));
        // Whose connection was switched off is nobody's.
        let home = if owner.is_some() { connection } else { connections::by_hand(tx, act)? };
        match tx.insert_user(act.org, id, home, &facts, &written, act.cause.at) {
            Ok(()) => {}
            Err(StoreError::Taken(_)) => return Ok(Outcome::Stays(TAKEN)),
            Err(error) => return Err(error),
        }
        self.part(tx, act, entry, id, app_id.as_deref())?;
        let app_id = match app_id {
            // Somebody else may have it by now.
            Some(app_id) if tx.find_by_app_id(act.org, &app_id)?.is_none() => Some(app_id),
            _ => None,
        };
        if home.is_by_hand() || app_id.is_some() {
            tx.put_known(act.org, id, app_id.as_deref(), act.cause.at)?;
        }
        self.events.push(NewEvent {
            new_role: Some(facts.org_role.rank()),
            ..NewEvent::new(EventKind::UserCreated).user(id).subject(&*facts.user_name)
        });
        self.people.insert(id);
        self.relink(tx, act, entry, id.0)?;
        Ok(Outcome::Reversed)
    }

    /// Somebody whom the directory removed and who is held: SCIM sees them again as they were.
    pub(super) fn show_person(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        user: User,
    ) -> StoreResult<Outcome> {
        let Some(record) = tx.removed_record(act.org, entry.change, user.id.0)? else {
            return Ok(Outcome::Stays(
                "the directory removed the person later: undo that, or decide on the hold",
            ));
        };
        let document = stored(&record.document, &self.terms.user_type)?;
        let mut facts = user_facts(&document, Unsaid { active: true, compose_display_name: true });
        facts.outside = user.facts.outside;
        let written = users::write(&document, &facts, &self.terms.user_type);
        let version = user.document.version + 1;
        match tx.update_user(act.org, user.id, &facts, &written, version, act.cause.at) {
            Ok(()) => {}
            Err(StoreError::Taken(_)) => return Ok(Outcome::Stays(TAKEN)),
            Err(error) => return Err(error),
        }
        tx.show_user(act.org, user.id)?;
        self.events.push(NewEvent::new(EventKind::UserReactivated).user(user.id).subject(&*facts.user_name));
        self.people.insert(user.id);
        self.relink(tx, act, entry, user.id.0)?;
        Ok(Outcome::Reversed)
    }

    pub(super) fn restore_group(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: GroupId,
    ) -> Result<Outcome, UndoError> {
        if tx.find_group(act.org, id)?.is_some() {
            return Ok(Outcome::Already);
        }
        let Some(record) = tx.removed_record(act.org, entry.change, id.0)? else {
            return Ok(Outcome::Stays(NOT_KEPT));
        };
        let Some(connection) = record.connection else {
            return Ok(self.restore_named(tx, act, entry, id)?);
        };
        if !is_there(tx, act, connection)? {
            return Ok(Outcome::Stays("its connection was removed; let another one push it"));
        }
        let group_type = self.terms.group_type.clone();
        let document = stored(&record.document, &group_type)?;
        let settings = tx.settings(act.org)?;
        let facts = groups::group_facts(&document, &settings);
        let others = tx.find_groups_by_name(act.org, &facts.display_name_key)?;
        if others.iter().any(|other| other.pushed() && !groups::told_apart(&facts, &other.facts)) {
            return Ok(Outcome::Stays(TAKEN));
        }
        let written = groups::write(&document, &group_type);
        match tx.insert_group(act.org, id, Some(connection), &facts, &written, act.cause.at) {
            Ok(()) => {}
            Err(StoreError::Taken(_)) => return Ok(Outcome::Stays(TAKEN)),
            Err(error) => return Err(error.into()),
        }
        let event = NewEvent::new(EventKind::GroupCreated).group(id).subject(&*facts.display_name);
        self.events.push(event);
        let now = act.cause.at;
        let document = StoredDocument { text: written.text, version: 1, created_at: now, modified_at: now };
        let group = Group { id, connection: Some(connection), document, facts };
        // Its mappings waited on its name.
        groups::take_over_mappings(tx, act, &group)?;
        self.relink(tx, act, entry, id.0)?;
        names::follow(tx, act, &settings, &group, MissingWorkspace::Leave)?;
        self.groups.insert(id);
        Ok(Outcome::Reversed)
    }

    /// A group that was renamed is called again as it was; what follows from its name follows.
    pub(super) fn rename_back(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: GroupId,
    ) -> StoreResult<Outcome> {
        // Other attributes are the directory's alone.
        let Some(record) = tx.removed_record(act.org, entry.change, id.0)? else {
            return Ok(Outcome::Already);
        };
        let Some(group) = tx.find_group(act.org, id)? else { return Ok(Outcome::Stays("the group is gone")) };
        let group_type = self.terms.group_type.clone();
        let name = stored(&record.document, &group_type)?.text("displayName").unwrap_or_default().to_owned();
        if group.facts.display_name == name {
            return Ok(Outcome::Already);
        }
        if Some(&group.facts.display_name) != entry.fact.subject.as_ref() {
            return Ok(Outcome::Stays("it was renamed since"));
        }
        let mut body = stored(&group.document.text, &group_type)?.as_map().clone();
        body.insert("displayName".to_owned(), name.into());
        let document = Document::from_value(Value::Object(body), &group_type, Profile::Compatible)
            .map_err(|error| StoreError::Failed(format!("the record of {id} cannot be read: {error}")))?;
        let facts = groups::group_facts(&document, &tx.settings(act.org)?);
        let others = tx.find_groups_by_name(act.org, &facts.display_name_key)?;
        let clash =
            |other: &&Group| other.id != id && other.pushed() && !groups::told_apart(&facts, &other.facts);
        if others.iter().any(|other| clash(&other)) {
            return Ok(Outcome::Stays(TAKEN));
        }
        let (written, version) = (groups::write(&document, &group_type), group.document.version + 1);
        tx.keep_removed(act.org, &act.cause, &Removal::GroupName(id))?;
        tx.update_group(act.org, id, group.connection, &facts, &written, version, act.cause.at)?;
        // Mappings may wait on that name, too.
        groups::take_over_mappings(tx, act, &Group { facts: facts.clone(), ..group })?;
        self.events.push(NewEvent::new(EventKind::GroupUpdated).group(id).subject(&*facts.display_name));
        self.read_name(tx, act, id)?;
        Ok(Outcome::Reversed)
    }

    /// A group that only a mapping had named.
    fn restore_named(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: GroupId,
    ) -> StoreResult<Outcome> {
        let Some(name) = entry.fact.subject.as_deref() else { return Ok(Outcome::Stays(NOT_KEPT)) };
        for other in tx.find_groups_by_name(act.org, &key(name))? {
            // A group that a directory pushed under that name takes over what waits on it, unless it is mapped itself.
            let mappings = tx.mappings_of(act.org, other.id)?;
            if !other.pushed() || !groups::mapped_by_hand(tx, act, other.id, &mappings)? {
                return Ok(Outcome::Stays(TAKEN));
            }
        }
        names::insert_named(tx, act, id, name)?;
        self.relink(tx, act, entry, id.0)?;
        Ok(Outcome::Reversed)
    }

    pub(super) fn restore_workspace(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        id: WorkspaceId,
    ) -> StoreResult<Outcome> {
        if tx.find_workspace(act.org, id)?.is_some() {
            return Ok(Outcome::Already);
        }
        let Some(record) = tx.removed_record(act.org, entry.change, id.0)? else {
            return Ok(Outcome::Stays(NOT_KEPT));
        };
        let document: Value = serde_json::from_str(&record.document).unwrap_or_default();
        let (Some(name), Some(slug)) = (document["name"].as_str(), document["slug"].as_str()) else {
            return Ok(Outcome::Stays(NOT_KEPT));
        };
        let workspace = Workspace {
            id,
            name: name.to_owned(),
            slug: slug.to_owned(),
            created_at: record.created_at,
            updated_at: act.cause.at,
            archived_at: document["archived"].as_bool().unwrap_or_default().then_some(act.cause.at),
        };
        match tx.insert_workspace(act.org, &workspace) {
            Ok(()) => {}
            Err(StoreError::Taken(_)) => return Ok(Outcome::Stays(TAKEN)),
            Err(error) => return Err(error),
        }
        self.events.push(NewEvent::new(EventKind::WorkspaceCreated).workspace(id).subject(name));
        self.relink(tx, act, entry, id.0)?;
        for group in tx.groups_asking_for(act.org, &[slug.to_owned(), key(name)])? {
            self.read_name(tx, act, group.id)?;
        }
        Ok(Outcome::Reversed)
    }

    /// Brings back what went with something; what cannot come back is left, and said.
    fn relink(
        &mut self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        entry: &Entry,
        owner: uuid::Uuid,
    ) -> StoreResult<()> {
        for link in tx.removed_links(act.org, entry.change, owner)? {
            let outcome = match link {
                Link::Member { member, group } => self.add_member(tx, act, group, member)?,
                Link::Grant { user, workspace, grant } => {
                    match (tx.find_grant(act.org, workspace, user)?, grant.settled(act.cause.at)) {
                        (None, Some(left)) => self.put_grant(tx, act, user, workspace, None, Some(left))?,
                        // There is one already, or its time has passed.
                        _ => Outcome::Already,
                    }
                }
                Link::Mapping {
                    id, group, workspace, role, origin: MappingOrigin::Admin, paused, ..
                } => self.map(tx, act, Wanted { id, group, workspace, role, paused })?,
                Link::Mapping { group, workspace, role, .. } => {
                    self.by_name.insert((group, workspace), role);
                    Outcome::Already
                }
            };
            if let Outcome::Stays(reason) = outcome {
                self.leave(entry, reason);
            }
        }
        Ok(())
    }
}

/// Whether the connection that something came by has not been removed.
fn is_there(tx: &mut dyn Tx, act: &Act<'_>, connection: ConnectionId) -> StoreResult<bool> {
    Ok(tx.list_connections(act.org)?.iter().any(|one| one.id == connection))
}

//! A store with organisations in it, and the few words that the cases speak.

use std::sync::Arc;

use rolecall_domain::{
    event::{Actor, Cause},
    ids::{ChangeId, GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{
        ReadCost, ReadTx, Recomputed, Scope, Slice, Store, StoreError, StoreResult, Tx, read_now, write_now,
    },
    records::{Group, Mapping, MappingOrigin, MemberId, Settings, User, Workspace},
    role::WorkspaceRole,
    testing::{
        THEN, a_group, a_group_with, a_mapping, a_user, a_user_with, a_workspace, the_connection,
        written_group, written_user,
    },
    time::Timestamp,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A fresh store under test.
pub(crate) struct Subject {
    store: Option<Arc<dyn Store>>,
    open: Box<dyn Fn() -> Arc<dyn Store>>,
}

impl Subject {
    /// Opened by `open`, which opens the same database each time it is called.
    pub(crate) fn new(open: impl Fn() -> Arc<dyn Store> + 'static) -> Self {
        Self { store: Some(open()), open: Box::new(open) }
    }

    /// The store.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.store.clone().expect("a subject is open outside `reopen`")
    }

    /// Closes the store and opens it again.
    pub(crate) fn reopen(&mut self) {
        self.store = None;
        self.store = Some((self.open)());
    }

    /// An organisation `acme` with the connection of the builders.
    pub(crate) fn acme(&self) -> World {
        self.org("acme")
    }

    /// Another organisation.
    pub(crate) fn org(&self, slug: &str) -> World {
        let slug = slug.to_owned();
        let org = write_now(&*self.store(), move |tx| {
            let org = tx.insert_org(&slug, &slug, &Settings::default(), THEN)?.id;
            tx.insert_connection(org, the_connection(), "default", THEN)?;
            Ok::<_, StoreError>(org)
        })
        .unwrap();
        World { store: self.store(), org }
    }
}

/// One organisation of a store.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) org: OrgId,
}

/// What the cases' own changes are put down to.
pub(crate) fn cause() -> Cause {
    Cause { change: ChangeId(Uuid::from_u128(7)), actor: Actor::Operator, at: THEN }
}

pub(crate) fn later(days: i64) -> Timestamp {
    THEN.plus_days(days)
}

pub(crate) fn from_start<Id>(limit: u32) -> Slice<Id> {
    Slice { after: None, limit }
}

impl World {
    pub(crate) fn read<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn ReadTx, OrgId) -> StoreResult<T> + Send + 'static,
    ) -> T {
        let org = self.org;
        read_now(&*self.store, ReadCost::Point, move |tx| work(tx, org)).unwrap()
    }

    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Tx, OrgId) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        let org = self.org;
        write_now(&*self.store, move |tx| work(tx, org))
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Tx, OrgId) -> StoreResult<T> + Send + 'static,
    ) -> T {
        self.try_write(work).unwrap()
    }

    pub(crate) fn person(&self, name: &str) -> User {
        self.person_with(name, json!({}))
    }

    pub(crate) fn person_with(&self, name: &str, attributes: Value) -> User {
        let user = if attributes == json!({}) { a_user(name) } else { a_user_with(name, attributes) };
        self.add_person(&user).unwrap();
        user
    }

    pub(crate) fn add_person(&self, user: &User) -> StoreResult<()> {
        let user = user.clone();
        self.try_write(move |tx, org| insert_user(tx, org, &user))
    }

    pub(crate) fn group(&self, name: &str) -> Group {
        let group = a_group(name);
        self.add_group(&group).unwrap();
        group
    }

    pub(crate) fn group_with(&self, name: &str, attributes: Value) -> Group {
        let group = a_group_with(name, attributes);
        self.add_group(&group).unwrap();
        group
    }

    pub(crate) fn add_group(&self, group: &Group) -> StoreResult<()> {
        let group = group.clone();
        self.try_write(move |tx, org| insert_group(tx, org, &group))
    }

    pub(crate) fn workspace(&self, name: &str) -> Workspace {
        let workspace = a_workspace(name);
        let row = workspace.clone();
        self.write(move |tx, org| tx.insert_workspace(org, &row));
        workspace
    }

    pub(crate) fn mapping(&self, group: &Group, workspace: &Workspace, role: WorkspaceRole) -> Mapping {
        let mapping = a_mapping(group, workspace, role);
        let row = mapping.clone();
        self.write(move |tx, org| tx.insert_mapping(org, &row));
        mapping
    }

    pub(crate) fn join(&self, group: &Group, members: &[MemberId]) -> Vec<MemberId> {
        let (group, members) = (group.id, members.to_vec());
        self.write(move |tx, org| tx.add_members(org, group, &members, cause().change, THEN))
    }

    pub(crate) fn recompute(&self, scope: Scope) -> Recomputed {
        self.write(move |tx, org| tx.recompute(org, &cause(), &scope))
    }

    pub(crate) fn role(&self, workspace: &Workspace, user: &User) -> Option<WorkspaceRole> {
        let (workspace, user) = (workspace.id, user.id);
        self.read(move |tx, org| tx.role_in(org, workspace, user))
    }

    pub(crate) fn find(&self, id: UserId) -> Option<User> {
        self.read(move |tx, org| tx.find_user(org, id))
    }

    /// The words of the events after `seq`.
    pub(crate) fn happened(&self, seq: i64) -> Vec<String> {
        self.read(move |tx, org| {
            Ok(tx.events_after(org, seq, 1000)?.into_iter().map(|event| event.kind).collect())
        })
    }
}

pub(crate) fn insert_user(tx: &mut dyn Tx, org: OrgId, user: &User) -> StoreResult<()> {
    tx.insert_user(org, user.id, user.connection, &user.facts, &written_user(user), THEN)
}

pub(crate) fn insert_group(tx: &mut dyn Tx, org: OrgId, group: &Group) -> StoreResult<()> {
    tx.insert_group(org, group.id, group.connection, &group.facts, &written_group(group), THEN)
}

pub(crate) fn user(user: &User) -> MemberId {
    MemberId::User(user.id)
}

pub(crate) fn nested(group: &Group) -> MemberId {
    MemberId::Group(group.id)
}

/// A mapping of bare ids.
pub(crate) fn mapping(n: u128, group: GroupId, workspace: WorkspaceId, role: WorkspaceRole) -> Mapping {
    Mapping {
        id: MappingId(Uuid::from_u128(n)),
        group,
        group_name: String::new(),
        workspace,
        role,
        origin: MappingOrigin::Admin,
        created_at: THEN,
        paused_at: None,
        change: None,
    }
}

pub(crate) fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

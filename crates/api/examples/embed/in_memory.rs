//! The application's own people and groups: a [`Directory`] over a map.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rolecall_domain::{
    ids::{ChangeId, GroupId, UserId},
    ports::*,
    records::{GroupOfUser, MemberId, StoredDocument},
    secret::{SecretHash, SecretKind},
    time::Timestamp,
    use_cases::{Expected, ResourceError},
};
use rolecall_scim::{
    cursor::Position,
    document::Document,
    index::{fold, index_resource},
    members::{GroupStep, MemberRef, MembersChange, resolve_where, split},
    patch::{self, Operation},
    profile::Profile,
    render::Meta,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ORG, machine::Machine};

/// Where people and groups are: by id, and so in the order in which they were made.
pub(crate) struct InMemory {
    pub(crate) secret: SecretHash,
    pub(crate) rows: Mutex<Rows>,
}

pub(crate) type Rows = BTreeMap<Uuid, Row>;

#[derive(Clone)]
pub(crate) struct Row {
    kind: Kind,
    document: Document,
    members: BTreeSet<Uuid>,
    version: i64,
    created_at: Timestamp,
    modified_at: Timestamp,
}

impl Directory for InMemory {
    /// There is one organisation, so nothing is to be known about a client that was let in.
    type Client = ();

    async fn admit(&self, credentials: &Credentials) -> Result<(), Refusal> {
        let presented = SecretHash::of_presented(SecretKind::Scim, &credentials.secret);
        let known = presented.is_some_and(|presented| presented.matches(&self.secret));
        if known && credentials.org_slug == ORG { Ok(()) } else { Err(Refusal::Unauthorized) }
    }

    fn terms(&self, _: &()) -> Terms {
        Terms::standard(Profile::Compatible)
    }

    async fn find(
        &self,
        who: &Credentials,
        kind: Kind,
        id: &str,
        _: Wanted,
    ) -> Result<((), Resource), Refusal> {
        self.admit(who).await?;
        let rows = self.rows();
        let id = find(&rows, kind, id)?;
        Ok(((), show(&rows, id)))
    }

    async fn query(
        &self,
        client: &(),
        kind: Kind,
        query: ResourceQuery,
        _: Wanted,
    ) -> Result<ResourcePage<Resource>, Refusal> {
        let (rows, terms) = (self.rows(), self.terms(client));
        let mut found = Vec::new();
        for (id, _) in rows.iter().filter(|(_, row)| row.kind == kind) {
            let index = index(&rows, *id, &terms);
            if query.filter.as_ref().is_none_or(|filter| filter.matches(&index)) {
                found.push((query.sort.as_ref().map(|sort| sort.key(&index)), *id));
            }
        }
        found.sort();
        let (skip, by_cursor) = match query.start {
            PageStart::Index(first) => (first - 1, false),
            PageStart::Cursor(Some(Position::Offset(skip))) => (skip, true),
            // `After` is a position for those who keep an index; none is given out here.
            PageStart::Cursor(_) => (0, true),
        };
        let (total, until) = (found.len() as u64, skip.saturating_add(query.count));
        let place = |at: u64| usize::try_from(at.min(total)).unwrap_or(usize::MAX);
        let items = found[place(skip)..place(until)].iter().map(|(_, id)| show(&rows, *id)).collect();
        let next = (by_cursor && until < total).then_some(Position::Offset(until));
        Ok(ResourcePage { total: (!by_cursor).then_some(total), items, next })
    }

    async fn create(&self, _: &(), _: ChangeId, body: ResourceBody, _: Wanted) -> Result<Resource, Refusal> {
        let (mut rows, id, now) = (self.rows(), Machine.next(), Machine.now());
        let (kind, document, members) = parts(&rows, body)?;
        let row = Row { kind, document, members, version: 1, created_at: now, modified_at: now };
        put(&mut rows, id, row)
    }

    async fn replace(
        &self,
        client: &(),
        _: ChangeId,
        id: &str,
        body: ResourceBody,
        expected: Expected,
        _: Wanted,
    ) -> Result<Resource, Refusal> {
        let (mut rows, terms) = (self.rows(), self.terms(client));
        let (kind, document, members) = parts(&rows, body)?;
        let id = find(&rows, kind, id)?;
        let before = &rows[&id];
        expected.check(before.version)?;
        let document =
            document.replacing(&before.document, terms.resource_type(kind)).map_err(ResourceError::from)?;
        let after = Row { document, members, ..before.clone() };
        put(&mut rows, id, after)
    }

    async fn patch(
        &self,
        client: &(),
        _: ChangeId,
        kind: Kind,
        id: &str,
        operations: Vec<Operation>,
        expected: Expected,
        _: Wanted,
    ) -> Result<Resource, Refusal> {
        let (mut rows, terms) = (self.rows(), self.terms(client));
        let (resource_type, profile) = (terms.resource_type(kind), terms.profile);
        let id = find(&rows, kind, id)?;
        let mut row = rows[&id].clone();
        expected.check(row.version)?;
        let steps = match kind {
            Kind::User => vec![GroupStep::Attributes(operations)],
            Kind::Group => split(operations, resource_type, profile).map_err(ResourceError::from)?,
        };
        for step in steps {
            match step {
                GroupStep::Attributes(operations) => {
                    let old = &row.document;
                    let applied = patch::apply(&operations, resource_type, old, &id.to_string(), profile);
                    row.document = applied.map_err(ResourceError::from)?.document;
                }
                GroupStep::Members(MembersChange::Add(new)) => row.members.extend(resolve(&rows, &new)?),
                GroupStep::Members(MembersChange::Replace(new)) => row.members = resolve(&rows, &new)?,
                GroupStep::Members(MembersChange::Clear) => row.members.clear(),
                GroupStep::Members(MembersChange::Remove(gone)) => {
                    row.members.retain(|member| !gone.contains(&member.to_string()));
                }
                GroupStep::Members(MembersChange::RemoveWhere(filter)) => {
                    let filter = resolve_where(&filter, profile).map_err(ResourceError::from)?;
                    row.members.retain(|member| !filter.matches_value(&member_index(&rows, *member)));
                }
            }
        }
        put(&mut rows, id, row)
    }

    async fn delete(
        &self,
        _: &(),
        _: ChangeId,
        kind: Kind,
        id: &str,
        expected: Expected,
    ) -> Result<(), Refusal> {
        let mut rows = self.rows();
        let id = find(&rows, kind, id)?;
        expected.check(rows[&id].version)?;
        rows.remove(&id);
        rows.values_mut().for_each(|row| {
            row.members.remove(&id);
        });
        Ok(())
    }
}

impl InMemory {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(rows: &Rows, kind: Kind, id: &str) -> Result<Uuid, ResourceError> {
    let found = rows.iter().find(|(key, row)| row.kind == kind && key.to_string() == id);
    found.map(|(key, _)| *key).ok_or_else(|| ResourceError::NotFound { kind: kind.name(), id: id.to_owned() })
}

/// A body as it is kept. A person is active until the identity provider says otherwise.
fn parts(rows: &Rows, body: ResourceBody) -> Result<(Kind, Document, BTreeSet<Uuid>), ResourceError> {
    Ok(match body {
        ResourceBody::User(document) => {
            (Kind::User, document.with_default("active", true.into()), BTreeSet::new())
        }
        ResourceBody::Group(group) => {
            (Kind::Group, group.document, resolve(rows, &group.members.unwrap_or_default())?)
        }
    })
}

/// Keeps a row if it may be, as a new version if it says anything new.
fn put(rows: &mut Rows, id: Uuid, mut row: Row) -> Result<Resource, Refusal> {
    let unique = match row.kind {
        Kind::User => Unique::UserName,
        Kind::Group => Unique::GroupName,
    };
    let name = |row: &Row| row.document.text(&unique.to_string()).map(fold);
    if rows.iter().any(|(other, there)| *other != id && there.kind == row.kind && name(there) == name(&row)) {
        let value = name(&row).unwrap_or_default();
        return Err(ResourceError::Taken { kind: row.kind.name(), attribute: unique, value }.into());
    }
    if let Some(before) = rows.get(&id) {
        if before.document == row.document && before.members == row.members {
            return Ok(show(rows, id));
        }
        (row.version, row.modified_at) = (before.version + 1, Machine.now());
    }
    rows.insert(id, row);
    Ok(show(rows, id))
}

fn resolve(rows: &Rows, members: &[MemberRef]) -> Result<BTreeSet<Uuid>, ResourceError> {
    let id = |member: &MemberRef| member.value.parse().ok().filter(|id| rows.contains_key(id));
    let unknown = members.iter().filter(|member| id(member).is_none());
    let unknown: Vec<String> = unknown.map(|member| member.value.clone()).collect();
    if !unknown.is_empty() {
        return Err(ResourceError::UnknownMembers { ids: unknown });
    }
    Ok(members.iter().filter_map(id).collect())
}

/// What filters and sorts are asked about.
fn index(rows: &Rows, id: Uuid, terms: &Terms) -> Map<String, Value> {
    let row = &rows[&id];
    let meta = Meta {
        resource_type: row.kind.name(),
        created: row.created_at.0,
        last_modified: row.modified_at.0,
        location: "",
        version: row.version,
    };
    let mut index = index_resource(&row.document, terms.resource_type(row.kind), &id.to_string(), &meta);
    let members = row.members.iter().map(|member| member_index(rows, *member)).collect();
    index.insert("members".to_owned(), members);
    index
}

fn member_index(rows: &Rows, id: Uuid) -> Value {
    json!({"value": id, "type": fold(rows[&id].kind.name())})
}

fn show(rows: &Rows, id: Uuid) -> Resource {
    let row = &rows[&id];
    let member = |member: &Uuid| match rows[member].kind {
        Kind::User => MemberId::User(UserId(*member)),
        Kind::Group => MemberId::Group(GroupId(*member)),
    };
    let group = |(id, group): (&Uuid, &Row)| GroupOfUser {
        id: GroupId(*id),
        display: group.document.text("displayName").unwrap_or_default().to_owned(),
        direct: true,
    };
    let groups = rows.iter().filter(|(_, group)| group.members.contains(&id)).map(group);
    Resource {
        kind: row.kind,
        id,
        document: StoredDocument {
            text: row.document.to_json(),
            version: row.version,
            created_at: row.created_at,
            modified_at: row.modified_at,
        },
        composed_display_name: None,
        related: match row.kind {
            Kind::User => Related::Groups(groups.collect()),
            Kind::Group => Related::Members { first: row.members.iter().map(member).collect(), more: false },
        },
    }
}

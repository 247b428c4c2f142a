//! Lists that are walked along an index: what the index cannot tell is asked of each entry, up to so many a page.

mod groups;
mod people;
mod walk;
mod workspaces;

use rolecall_domain::{
    ids::OrgId,
    ports::{Found, GroupSearch, PeopleSearch, ReadSearch, StoreResult, Stretch, WorkspaceSearch},
    records::{Group, User, Workspace},
};
use uuid::Uuid;

use self::{
    groups::walk_of_groups,
    people::walks_of_people,
    walk::{Bounds, Sought, Walk, Walked, page},
    workspaces::walk_of_workspaces,
};
use super::{
    super::super::types::{Text, Uid},
    Conn, Failure, Transaction,
    access::{WorkspaceRow, workspace_columns},
    groups::{GroupColumns, GroupRow, group_columns},
    unsigned,
    users::{UserColumns, UserRow, user_columns},
};
use diesel::sql_types::{BigInt, Nullable};

type WorkspaceColumns = (Uid, Text, Text, BigInt, BigInt, Nullable<BigInt>);

struct People;

impl Sought for People {
    type Row = UserRow;
    type Item = User;

    fn walked(
        walk: &Walk<'_>,
        conn: &mut Conn,
        org: OrgId,
        bounds: Bounds<'_>,
    ) -> Result<Walked<UserRow>, Failure> {
        walk.go::<_, UserColumns>(conn, org, user_columns!(), bounds)
    }

    fn id(row: &UserRow) -> Uuid {
        row.id.0
    }

    fn item(row: UserRow) -> StoreResult<User> {
        row.user()
    }
}

struct Groups;

impl Sought for Groups {
    type Row = GroupRow;
    type Item = Group;

    fn walked(
        walk: &Walk<'_>,
        conn: &mut Conn,
        org: OrgId,
        bounds: Bounds<'_>,
    ) -> Result<Walked<GroupRow>, Failure> {
        walk.go::<_, GroupColumns>(conn, org, group_columns!(), bounds)
    }

    fn id(row: &GroupRow) -> Uuid {
        row.id.0
    }

    fn item(row: GroupRow) -> StoreResult<Group> {
        row.group()
    }
}

struct Workspaces;

impl Sought for Workspaces {
    type Row = (WorkspaceRow, i64);
    type Item = (Workspace, u64);

    fn walked(
        walk: &Walk<'_>,
        conn: &mut Conn,
        org: OrgId,
        bounds: Bounds<'_>,
    ) -> Result<Walked<Self::Row>, Failure> {
        walk.go::<_, (WorkspaceColumns, BigInt)>(
            conn,
            org,
            concat!(workspace_columns!(), ", w.people"),
            bounds,
        )
    }

    fn id((row, _): &Self::Row) -> Uuid {
        row.id.0
    }

    fn item((row, people): Self::Row) -> StoreResult<(Workspace, u64)> {
        Ok((row.into(), unsigned(people)))
    }
}

impl ReadSearch for Transaction<'_> {
    fn search_users(
        &mut self,
        org: OrgId,
        search: &PeopleSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<User>> {
        self.ask(org, |conn| page::<People>(conn, org, &walks_of_people(search), stretch))
    }

    fn search_groups(
        &mut self,
        org: OrgId,
        search: &GroupSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<Group>> {
        self.ask(org, |conn| page::<Groups>(conn, org, &[walk_of_groups(search)], stretch))
    }

    fn search_workspaces(
        &mut self,
        org: OrgId,
        search: &WorkspaceSearch,
        stretch: &Stretch,
    ) -> StoreResult<Found<(Workspace, u64)>> {
        self.ask(org, |conn| page::<Workspaces>(conn, org, &[walk_of_workspaces(search)], stretch))
    }
}

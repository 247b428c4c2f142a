//! Lists that are walked along an index: what the index cannot tell is asked of each entry, up to so many a page.

use rolecall_domain::{
    ids::OrgId,
    ports::{
        Found, GroupSearch, GroupState, PeopleSearch, Place, ReadSearch, StoreResult, Stretch,
        WorkspaceSearch,
    },
    records::{Group, User, Workspace},
    role::OrgRole,
};
use uuid::Uuid;

use super::{
    super::super::types::{Text, Uid},
    super::statement::Draft,
    Bind, Composed, Conn, Failure, Transaction,
    access::{WorkspaceRow, workspace_columns},
    dialect::{email_key, emails, not_by_index},
    groups::{GroupColumns, GroupRow, group_columns},
    past, unsigned,
    users::{UserColumns, UserRow, user_columns},
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Nullable},
};

type WorkspaceColumns = (Uid, Text, Text, BigInt, BigInt, Nullable<BigInt>);

/// Appends conditions, each with `AND` before it.
type Condition<'s> = Box<dyn Fn(&mut Draft) + 's>;

/// What a walk is ordered by.
#[derive(Clone, Copy)]
enum Order {
    /// The id alone.
    Id,
    /// A key that no two have.
    Unique(&'static str),
    /// A key, and the id among equals.
    Key(&'static str),
}

/// One walk along an index.
struct Walk<'s> {
    /// What is walked along, with its alias.
    table: &'static str,
    /// What else belongs to an entry.
    joined: &'static str,
    org: &'static str,
    id: &'static str,
    order: Order,
    /// The beginning of every key; empty where there is none.
    prefix: &'s str,
    /// What the index narrows the walk to.
    narrowed: Option<Condition<'s>>,
    /// What is asked of every entry.
    asked: Vec<Condition<'s>>,
}

/// How far a walk goes.
#[derive(Clone, Copy)]
struct Bounds<'b> {
    /// From after this; from its beginning, if absent.
    after: Option<&'b (String, Uuid)>,
    /// At most so many rows.
    rows: usize,
    /// Through so many entries.
    through: u32,
}

/// What a walk came upon: rows, each with its key, and where it stopped when that was not the end.
struct Walked<Row> {
    rows: Vec<(Row, String)>,
    fence: Option<(String, Uuid)>,
}

impl Walk<'_> {
    fn key(&self) -> &'static str {
        match self.order {
            Order::Id => "''",
            Order::Unique(key) | Order::Key(key) => key,
        }
    }

    /// Appends that an entry comes after (`>`) a place, or no later than it (`<=`).
    fn compare(&self, out: &mut Draft, sign: &str, (key, id): &(String, Uuid)) {
        let (key, id) = (Bind::text(key), Bind::id(*id));
        match self.order {
            Order::Id => out.sql(" AND ").sql(self.id).sql(sign).bind(id),
            Order::Unique(column) => out.sql(" AND ").sql(column).sql(sign).bind(key),
            // A pair compares by an index over both.
            Order::Key(column) => {
                out.sql(" AND (").sql(column).sql(", ").sql(self.id).sql(")").sql(sign).sql("(").bind(key);
                out.sql(", ").bind(id).sql(")")
            }
        };
    }

    /// Appends what the index narrows the walk to. One bound on each side, so that the planner has nothing to choose.
    fn narrow(&self, out: &mut Draft, after: Option<&(String, Uuid)>, fence: Option<&(String, Uuid)>) {
        out.sql(" WHERE ").sql(self.org).sql(" = $1");
        if let Some(narrowed) = &self.narrowed {
            narrowed(out);
        }
        let bounded = !self.prefix.is_empty();
        match after {
            Some(place) => self.compare(out, " > ", place),
            None if bounded => {
                out.sql(" AND ").sql(self.key()).sql(" >= ").bind(Bind::text(self.prefix));
            }
            None => {}
        }
        match fence {
            Some(place) => self.compare(out, " <= ", place),
            None if bounded => {
                out.sql(" AND ").sql(self.key()).sql(" < ").bind(Bind::Text(past(self.prefix)));
            }
            None => {}
        }
    }

    fn order_by(&self, out: &mut Draft) {
        match self.order {
            Order::Id => out.sql(" ORDER BY ").sql(self.id),
            Order::Unique(column) => out.sql(" ORDER BY ").sql(column),
            Order::Key(column) => out.sql(" ORDER BY ").sql(column).sql(", ").sql(self.id),
        };
    }

    /// Where a page has looked through as much as it may; `None` when the walk ends before.
    fn fence(
        &self,
        conn: &mut Conn,
        org: OrgId,
        after: Option<&(String, Uuid)>,
        through: u32,
    ) -> Result<Option<(String, Uuid)>, Failure> {
        if self.asked.is_empty() {
            return Ok(None);
        }
        let mut out = Draft { text: String::new(), binds: vec![Bind::Int(org.0)] };
        out.sql("SELECT ").sql(self.key()).sql(", ").sql(self.id).sql(" FROM ").sql(self.table);
        self.narrow(&mut out, after, None);
        self.order_by(&mut out);
        out.sql(" LIMIT 1 OFFSET ").bind(Bind::Int(i64::from(through.max(1)) - 1));
        let found: Vec<(String, Uuid)> = Composed::<(Text, Uid)>::new(out.text, out.binds).load(conn)?;
        Ok(found.into_iter().next())
    }

    /// At most `limit` entries that answer what is asked of them.
    fn go<Row, Columns>(
        &self,
        conn: &mut Conn,
        org: OrgId,
        columns: &str,
        bounds: Bounds<'_>,
    ) -> Result<Walked<Row>, Failure>
    where
        Composed<(Columns, Text)>: for<'q> diesel::query_dsl::methods::LoadQuery<'q, Conn, (Row, String)>,
    {
        let Bounds { after, rows, through } = bounds;
        let fence = self.fence(conn, org, after, through)?;
        let mut out = Draft { text: String::new(), binds: vec![Bind::Int(org.0)] };
        out.sql("SELECT ")
            .sql(columns)
            .sql(", ")
            .sql(self.key())
            .sql(" FROM ")
            .sql(self.table)
            .sql(self.joined);
        self.narrow(&mut out, after, fence.as_ref());
        for asked in &self.asked {
            asked(&mut out);
        }
        self.order_by(&mut out);
        out.sql(" LIMIT ").bind(Bind::Int(rows as i64));
        let rows = Composed::<(Columns, Text)>::new(out.text, out.binds).load(conn)?;
        Ok(Walked { rows, fence })
    }
}

/// A kind of thing that is searched for.
trait Sought {
    type Row;
    type Item;
    fn walked(
        walk: &Walk<'_>,
        conn: &mut Conn,
        org: OrgId,
        bounds: Bounds<'_>,
    ) -> Result<Walked<Self::Row>, Failure>;
    fn id(row: &Self::Row) -> Uuid;
    fn item(row: Self::Row) -> StoreResult<Self::Item>;
}

/// Goes one walk after another until the page is full, or has looked through enough.
fn page<S: Sought>(
    conn: &mut Conn,
    org: OrgId,
    walks: &[Walk<'_>],
    stretch: &Stretch,
) -> Result<Found<S::Item>, Failure> {
    let limit = stretch.limit.max(1) as usize;
    // A key that this search cannot come upon is of another one.
    let after = stretch.after.as_ref().filter(|place| {
        walks.get(usize::from(place.walk)).is_some_and(|walk| match walk.order {
            Order::Id => true,
            _ => walk.prefix.is_empty() || place.key.starts_with(walk.prefix),
        })
    });
    let first = after.map_or(0, |place| usize::from(place.walk));
    let mut found = Found { rows: Vec::new(), next: None };
    let mut last: Option<Place> = None;
    for (number, walk) in (0u8..).zip(walks).skip(first) {
        let begin = after.filter(|place| place.walk == number).map(|place| (place.key.clone(), place.id));
        let room = limit - found.rows.len();
        let walked = S::walked(
            walk,
            conn,
            org,
            Bounds { after: begin.as_ref(), rows: room + 1, through: stretch.through },
        )?;
        let more = walked.rows.len() > room;
        for (row, key) in walked.rows.into_iter().take(room) {
            last = Some(Place { walk: number, key, id: S::id(&row) });
            found.rows.push(S::item(row)?);
        }
        if more {
            // Where nothing of this walk had room, the next page begins it.
            found.next = last;
            return Ok(found);
        }
        if let Some((key, id)) = walked.fence {
            found.next = Some(Place { walk: number, key, id });
            return Ok(found);
        }
    }
    Ok(found)
}

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

fn text<'s>(sql: &'static str) -> Condition<'s> {
    Box::new(move |out| {
        out.sql(sql);
    })
}

fn equals<'s>(column: &'static str, value: Bind) -> Condition<'s> {
    Box::new(move |out| {
        out.sql(" AND ").sql(column).sql(" = ").bind(value.clone());
    })
}

const NO_WORKSPACE: &str = " AND u.active AND u.gone_at IS NULL
    AND (SELECT m.role FROM memberships m WHERE m.org_id = $1 AND m.user_id = u.id LIMIT 1) IS NULL";
const HELD: &str = " AND (SELECT h.since FROM holds h WHERE h.org_id = $1 AND h.user_id = u.id) IS NOT NULL";

/// What an index may know of people who are asked for without a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Held,
    Role,
    Active,
    Connection,
}

/// The index that leaves the fewest.
fn best(search: &PeopleSearch) -> Option<Known> {
    let rare_role = matches!(search.role, Some(OrgRole::Owner | OrgRole::Admin));
    match () {
        () if search.held => Some(Known::Held),
        () if rare_role => Some(Known::Role),
        () if search.active == Some(false) => Some(Known::Active),
        () if search.connection.is_some() => Some(Known::Connection),
        () if search.role.is_some() => Some(Known::Role),
        () if search.active.is_some() => Some(Known::Active),
        () => None,
    }
}

/// What is asked of every person, but for what the index knows.
fn asked_of_people<'s>(search: &PeopleSearch, known: Option<Known>) -> Vec<Condition<'s>> {
    let mut asked = Vec::new();
    let open = |what| known != Some(what);
    if search.held && open(Known::Held) {
        asked.push(text(HELD));
    }
    if let Some(role) = search.role.filter(|_| open(Known::Role)) {
        asked.push(equals(not_by_index!("u.org_role"), Bind::Small(role.rank())));
    }
    if let Some(active) = search.active.filter(|_| open(Known::Active)) {
        asked.push(equals(not_by_index!("u.active"), Bind::Bool(active)));
    }
    if let Some(connection) = search.connection.filter(|_| open(Known::Connection)) {
        asked.push(equals(not_by_index!("u.connection_id"), Bind::id(connection)));
    }
    if search.in_no_workspace {
        asked.push(text(NO_WORKSPACE));
    }
    asked
}

fn walks_of_people<'s>(search: &'s PeopleSearch) -> Vec<Walk<'s>> {
    if search.prefix.is_empty() {
        return vec![walk_of_all(search)];
    }
    let prefix = search.prefix.as_str();
    let elsewhere = |column: &'static str| -> Condition<'s> {
        Box::new(move |out: &mut Draft| {
            out.sql(" AND NOT (").sql(column).sql(" >= ").bind(Bind::text(prefix)).sql(" AND ").sql(column);
            out.sql(" < ").bind(Bind::Text(past(prefix))).sql(")");
        })
    };
    let walk = |order, more: Vec<Condition<'s>>| {
        let asked = more.into_iter().chain(asked_of_people(search, None)).collect();
        Walk {
            table: "users u",
            joined: "",
            org: "u.org_id",
            id: "u.id",
            order,
            prefix,
            narrowed: None,
            asked,
        }
    };
    // Somebody with several fitting addresses is found by the first of them.
    let first_address: Condition<'s> = Box::new(move |out| {
        out.sql(concat!(
            " AND NOT EXISTS (SELECT 1 FROM ",
            emails!("u.search"),
            " WHERE ",
            email_key!(),
            " >= "
        ));
        out.bind(Bind::text(prefix)).sql(concat!(" AND ", email_key!(), " < k.email_key)"));
    });
    vec![
        walk(Order::Key("u.display_name_key"), vec![]),
        walk(Order::Unique("u.user_name_key"), vec![elsewhere(not_by_index!("u.display_name_key"))]),
        Walk {
            table: "user_emails k",
            joined: " CROSS JOIN users u ON u.org_id = $1 AND u.id = k.user_id",
            org: "k.org_id",
            id: "k.user_id",
            ..walk(
                Order::Key("k.email_key"),
                vec![
                    elsewhere(not_by_index!("u.display_name_key")),
                    elsewhere(not_by_index!("u.user_name_key")),
                    first_address,
                ],
            )
        },
    ]
}

/// Without a name: in id order.
fn walk_of_all(search: &PeopleSearch) -> Walk<'_> {
    let known = best(search);
    let asked = asked_of_people(search, known);
    if known == Some(Known::Held) {
        return Walk {
            table: "holds h",
            joined: " CROSS JOIN users u ON u.org_id = $1 AND u.id = h.user_id",
            org: "h.org_id",
            id: "h.user_id",
            order: Order::Id,
            prefix: "",
            narrowed: None,
            asked,
        };
    }
    let narrowed = match (known, search.role, search.active, search.connection) {
        (Some(Known::Role), Some(role), ..) => Some(equals("u.org_role", Bind::Small(role.rank()))),
        (Some(Known::Active), _, Some(active), _) => Some(equals("u.active", Bind::Bool(active))),
        (Some(Known::Connection), .., Some(connection)) => {
            Some(equals("u.connection_id", Bind::id(connection)))
        }
        _ => None,
    };
    Walk {
        table: "users u",
        joined: "",
        org: "u.org_id",
        id: "u.id",
        order: Order::Id,
        prefix: "",
        narrowed,
        asked,
    }
}

const MAPPED: &str = concat!(
    " AND ((SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND ",
    not_by_index!("m.origin"),
    " = 1 LIMIT 1) IS NOT NULL
      OR (SELECT r.role FROM role_mappings r WHERE r.org_id = $1 AND r.group_id = g.id) IS NOT NULL)"
);
const BY_NAME: &str = concat!(
    " AND (SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND ",
    not_by_index!("m.origin"),
    " = 2 LIMIT 1) IS NOT NULL"
);
const UNMAPPED: &str = " AND g.connection_id IS NOT NULL
    AND (SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id LIMIT 1) IS NULL
    AND (SELECT r.role FROM role_mappings r WHERE r.org_id = $1 AND r.group_id = g.id) IS NULL
    AND (SELECT x.member_kind FROM group_members x WHERE x.org_id = $1 AND x.member_id = g.id LIMIT 1) IS NULL";
const EMPTY: &str = " AND (SELECT x.member_kind FROM group_members x WHERE x.org_id = $1 AND x.group_id = g.id LIMIT 1) IS NULL";
const NEVER_PUSHED: &str = " AND g.connection_id IS NULL";

fn walk_of_groups(search: &GroupSearch) -> Walk<'_> {
    let mut asked = Vec::new();
    if let Some(connection) = search.connection {
        asked.push(equals(not_by_index!("g.connection_id"), Bind::id(connection)));
    }
    asked.extend(search.state.map(|state| {
        text(match state {
            GroupState::Mapped => MAPPED,
            GroupState::ByName => BY_NAME,
            GroupState::Unmapped => UNMAPPED,
            GroupState::Empty => EMPTY,
            GroupState::NeverPushed => NEVER_PUSHED,
        })
    }));
    let order = if search.prefix.is_empty() { Order::Id } else { Order::Key("g.display_name_key") };
    Walk {
        table: "groups g",
        joined: "",
        org: "g.org_id",
        id: "g.id",
        order,
        prefix: &search.prefix,
        narrowed: None,
        asked,
    }
}

/// Whoever made a workspace stands in its first event (`actor_kind` 1 is an identity provider).
const BY_DIRECTORY: &str =
    " AND (SELECT ev.actor_kind FROM events ev WHERE ev.org_id = $1 AND ev.workspace_id = w.id
    ORDER BY ev.seq LIMIT 1) = 1";

fn walk_of_workspaces(search: &WorkspaceSearch) -> Walk<'_> {
    let mut asked = Vec::new();
    asked.extend(search.archived.map(|archived| {
        text(if archived { " AND w.archived_at IS NOT NULL" } else { " AND w.archived_at IS NULL" })
    }));
    if search.empty {
        asked.push(text(" AND w.people = 0"));
    }
    if search.by_directory {
        asked.push(text(BY_DIRECTORY));
    }
    let order = if search.prefix.is_empty() { Order::Id } else { Order::Unique("w.name_key") };
    Walk {
        table: "workspaces w",
        joined: "",
        org: "w.org_id",
        id: "w.id",
        order,
        prefix: &search.prefix,
        narrowed: None,
        asked,
    }
}

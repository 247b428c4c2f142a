//! A page of a SCIM query, by position (RFC 7644 §3.4.2.4) or by cursor (RFC 9865).
//!
//! | what is asked | what a page costs |
//! |---|---|
//! | everybody, by position | the same everywhere: `positions` knows where it begins |
//! | everybody, by cursor | the same everywhere: it goes on after an id |
//! | one of the look-ups that identity providers send | a statement that stays prepared |
//! | a filter or an order, by position | skips what comes before, and counts what matches |
//! | a filter or an order, by cursor | goes on after a place; see `order` for which have an index |

use rolecall_domain::{
    ids::{GroupId, OrgId, UserId},
    ports::{PageStart, ResourcePage, ResourceQuery, StoreResult, UserInGroups},
    records::{Group, User},
};
use rolecall_scim::{
    cursor::Position,
    filter::{CompareOp, ResolvedFilter, TypedValue},
};
use uuid::Uuid;

use super::super::statement::Draft;
use super::{
    super::super::types::Text,
    Bind, Composed, Conn, Failure, Prepared, Statement,
    dialect::group_list,
    filter::condition,
    groups::{GroupColumns, GroupRow, group_columns},
    in_groups::{self, groups_of_one},
    order::Order,
    positions,
    resource::Resource,
    statement, unsigned,
    users::{UserColumns, UserRow, user_columns},
};
use diesel::{
    QueryResult, RunQueryDsl,
    sql_types::{BigInt, Nullable},
};

/// A cursor travels in a URL, so what is sorted by goes into it only up to this length.
const LONGEST_KEY: usize = 1024;

statement! {
    UserById -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.id = $2 AND u.gone_at IS NULL"
}

statement! {
    UserByUserName -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.user_name_key = $2"
}

statement! {
    UsersByExternalId -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.external_id = $2
     ORDER BY u.id"
}

statement! {
    UserByIdInGroups -> (UserColumns, Nullable<Text>),
    "SELECT", user_columns!(), ", ", groups_of_one!("$1"), " FROM users u
     WHERE u.org_id = $1 AND u.id = $2 AND u.gone_at IS NULL"
}

statement! {
    UserByUserNameInGroups -> (UserColumns, Nullable<Text>),
    "SELECT", user_columns!(), ", ", groups_of_one!("$1"), " FROM users u
     WHERE u.org_id = $1 AND u.user_name_key = $2"
}

statement! {
    UsersByExternalIdInGroups -> (UserColumns, Nullable<Text>),
    "SELECT", user_columns!(), ", ", groups_of_one!("$1"), " FROM users u
     WHERE u.org_id = $1 AND u.external_id = $2
     ORDER BY u.id"
}

statement! {
    UsersFrom -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.id >= $2 AND u.gone_at IS NULL ORDER BY u.id LIMIT $3 OFFSET $4"
}

statement! {
    GroupById -> GroupColumns,
    "SELECT", group_columns!(), " FROM groups g
     WHERE g.org_id = $1 AND g.id = $2 AND g.connection_id IS NOT NULL LIMIT $3 OFFSET $4"
}

statement! {
    GroupsByDisplayName -> GroupColumns,
    "SELECT", group_columns!(), " FROM groups g
     WHERE g.org_id = $1 AND g.display_name_key = $2 AND g.connection_id IS NOT NULL
     ORDER BY g.id LIMIT $3 OFFSET $4"
}

statement! {
    GroupsByExternalId -> GroupColumns,
    "SELECT", group_columns!(), " FROM groups g
     WHERE g.org_id = $1 AND g.external_id = $2 AND g.connection_id IS NOT NULL
     ORDER BY g.id LIMIT $3 OFFSET $4"
}

statement! {
    GroupsFrom -> GroupColumns,
    "SELECT", group_columns!(), " FROM groups g
     WHERE g.org_id = $1 AND g.id >= $2 AND g.connection_id IS NOT NULL ORDER BY g.id LIMIT $3 OFFSET $4"
}

/// People that match.
pub(crate) fn users(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<User>, Failure> {
    page::<UserRow>(conn, org, query)
}

/// People that a look-up finds, each with their groups. What is no look-up would ask about the groups one person at a time.
pub(crate) fn users_in_groups(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<UserInGroups>, Failure> {
    page::<UserInGroupsRow>(conn, org, query)
}

/// Whether one of the look-ups that have a statement of their own answers.
pub(crate) fn is_lookup(resource: Resource, query: &ResourceQuery) -> bool {
    let from_start = !matches!(query.start, PageStart::Cursor(Some(Position::After { .. })));
    from_start
        && query.sort.is_none()
        && query.filter.as_ref().is_some_and(|filter| lookup(resource, filter).is_some())
}

/// Groups that match.
pub(crate) fn groups(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<Group>, Failure> {
    page::<GroupRow>(conn, org, query)
}

/// A row of a list.
trait Row: Sized {
    const RESOURCE: Resource;
    type Item;
    fn load(conn: &mut Conn, ask: Ask<'_>, binds: Vec<Bind>) -> QueryResult<Vec<Self>>;
    fn uuid(&self) -> Uuid;
    fn item(self) -> StoreResult<Self::Item>;
}

/// Which statement answers.
#[derive(Clone, Copy)]
enum Ask<'t> {
    ById,
    /// `userName` of people, `displayName` of groups.
    ByName,
    ByExternalId,
    /// All, from an id on.
    From,
    /// One whose end, behind `FROM`, is put together here.
    Composed(&'t str),
}

impl Row for UserRow {
    const RESOURCE: Resource = Resource::User;
    type Item = User;

    fn load(conn: &mut Conn, ask: Ask<'_>, binds: Vec<Bind>) -> QueryResult<Vec<Self>> {
        match ask {
            Ask::ById => UserById::with(binds).load(conn),
            Ask::ByName => UserByUserName::with(binds).load(conn),
            Ask::ByExternalId => UsersByExternalId::with(binds).load(conn),
            Ask::From => UsersFrom::with(binds).load(conn),
            Ask::Composed(text) => {
                Composed::<UserColumns>::new(format!("SELECT {} FROM {text}", user_columns!()), binds)
                    .load(conn)
            }
        }
    }

    fn uuid(&self) -> Uuid {
        self.id.0
    }

    fn item(self) -> StoreResult<User> {
        self.user()
    }
}

/// A person, and the groups as [`in_groups`] reads them.
type UserInGroupsRow = (UserRow, Option<String>);

impl Row for UserInGroupsRow {
    const RESOURCE: Resource = Resource::User;
    type Item = UserInGroups;

    fn load(conn: &mut Conn, ask: Ask<'_>, binds: Vec<Bind>) -> QueryResult<Vec<Self>> {
        match ask {
            Ask::ById => UserByIdInGroups::with(binds).load(conn),
            Ask::ByName => UserByUserNameInGroups::with(binds).load(conn),
            Ask::ByExternalId => UsersByExternalIdInGroups::with(binds).load(conn),
            Ask::From | Ask::Composed(_) => {
                Err(diesel::result::Error::QueryBuilderError("this is no look-up".into()))
            }
        }
    }

    fn uuid(&self) -> Uuid {
        self.0.id.0
    }

    fn item(self) -> StoreResult<UserInGroups> {
        Ok((self.0.user()?, in_groups::parse(self.1)?))
    }
}

impl Row for GroupRow {
    const RESOURCE: Resource = Resource::Group;
    type Item = Group;

    fn load(conn: &mut Conn, ask: Ask<'_>, binds: Vec<Bind>) -> QueryResult<Vec<Self>> {
        match ask {
            Ask::ById => GroupById::with(binds).load(conn),
            Ask::ByName => GroupsByDisplayName::with(binds).load(conn),
            Ask::ByExternalId => GroupsByExternalId::with(binds).load(conn),
            Ask::From => GroupsFrom::with(binds).load(conn),
            Ask::Composed(text) => {
                Composed::<GroupColumns>::new(format!("SELECT {} FROM {text}", group_columns!()), binds)
                    .load(conn)
            }
        }
    }

    fn uuid(&self) -> Uuid {
        self.id.0
    }

    fn item(self) -> StoreResult<Group> {
        self.group()
    }
}

fn page<R: Row>(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<R::Item>, Failure> {
    let found = match &query.start {
        PageStart::Index(start_index) => by_index::<R>(conn, org, query, *start_index)?,
        PageStart::Cursor(position) => by_cursor::<R>(conn, org, query, position.as_ref())?,
    };
    let items = found.items.into_iter().map(R::item).collect::<StoreResult<_>>()?;
    Ok(ResourcePage { items, total: found.total, next: found.next })
}

fn by_index<R: Row>(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
    start_index: u64,
) -> Result<ResourcePage<R>, Failure> {
    let offset = start_index.saturating_sub(1).min(i64::MAX as u64);
    let order = Order::of(R::RESOURCE, query);
    if query.filter.is_none() && order.is_plain() {
        return from_positions(conn, org, offset, query.count);
    }
    let mut items = Vec::new();
    if query.count > 0 {
        // One more tells whether the total is known without counting: it is, unless the page is full and something
        // follows it, or it lies behind the end.
        let limit = one_more(query.count);
        items = read::<R>(conn, org, query, &order, None, limit, offset)?;
        let found = items.len() as u64;
        if found < limit && (found > 0 || offset == 0) {
            return Ok(ResourcePage { total: Some(offset + found), items, next: None });
        }
        items.truncate(limit as usize - 1);
    }
    Ok(ResourcePage { total: Some(count(conn, org, R::RESOURCE, query)?), items, next: None })
}

/// Two statements for any page of everybody.
fn from_positions<R: Row>(
    conn: &mut Conn,
    org: OrgId,
    offset: u64,
    count: u64,
) -> Result<ResourcePage<R>, Failure> {
    if count == 0 {
        let total = Some(positions::total(conn, org, R::RESOURCE)?);
        return Ok(ResourcePage { total, items: Vec::new(), next: None });
    }
    let place = positions::locate(conn, org, R::RESOURCE, offset as i64)?;
    let items = match place.from {
        Some((id, skip)) => {
            let limit = count.min(i64::MAX as u64) as i64;
            R::load(conn, Ask::From, vec![Bind::Int(org.0), Bind::id(id), Bind::Int(limit), Bind::Int(skip)])?
        }
        None => Vec::new(),
    };
    Ok(ResourcePage { total: Some(place.total), items, next: None })
}

fn by_cursor<R: Row>(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
    position: Option<&Position>,
) -> Result<ResourcePage<R>, Failure> {
    if query.count == 0 {
        // Nothing but the number is asked for.
        let total = Some(count(conn, org, R::RESOURCE, query)?);
        return Ok(ResourcePage { total, items: Vec::new(), next: None });
    }
    let order = Order::of(R::RESOURCE, query);
    let (place, offset) = match position {
        None => (None, 0),
        Some(Position::Offset(offset)) => (None, *offset),
        Some(Position::After { id, key }) => match order.parse(id, key.as_deref()) {
            Some(place) => (Some(place), 0),
            // It is none of ours, and nothing comes after it.
            None => return Ok(ResourcePage { total: None, items: Vec::new(), next: None }),
        },
    };
    let limit = one_more(query.count);
    let mut items = read::<R>(conn, org, query, &order, place.as_ref(), limit, offset)?;
    let more = items.len() as u64 == limit;
    items.truncate(limit as usize - 1);
    let next = match items.last() {
        Some(last) if more => Some(after(conn, org, query, &order, R::RESOURCE, last.uuid())?),
        _ => None,
    };
    Ok(ResourcePage { total: None, items, next })
}

/// Where the page after a row begins.
fn after(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
    order: &Order<'_>,
    resource: Resource,
    last: Uuid,
) -> Result<Position, Failure> {
    let place = order.place(conn, org, last)?;
    let position = place.position();
    let Position::After { key: Some(key), .. } = &position else { return Ok(position) };
    if key.len() <= LONGEST_KEY {
        return Ok(position);
    }
    // How many stand up to here, which rows that come and go meanwhile may shift.
    let mut rest = condition(org, resource, query.filter.as_ref());
    rest.sql(" AND NOT coalesce(");
    order.after(&mut rest, &place);
    rest.sql(", false)");
    Ok(Position::Offset(count_of(conn, rest)?))
}

/// At most so many rows after a place, or after so many others.
fn read<R: Row>(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
    order: &Order<'_>,
    after: Option<&super::order::Place>,
    most: u64,
    offset: u64,
) -> Result<Vec<R>, Failure> {
    let (limit, skip) = (Bind::Int(most as i64), Bind::Int(offset.min(i64::MAX as u64) as i64));
    if after.is_none()
        && query.sort.is_none()
        && let Some((ask, value)) = query.filter.as_ref().and_then(|filter| lookup(R::RESOURCE, filter))
    {
        let found = R::load(conn, ask, vec![Bind::Int(org.0), value, limit, skip])?;
        return Ok(match R::RESOURCE {
            // At most one for each connection. A limit that is a value would have PostgreSQL plan the statement anew each time.
            Resource::User => {
                let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                found.into_iter().skip(place(offset)).take(place(most)).collect()
            }
            Resource::Group => found,
        });
    }
    let mut list = condition(org, R::RESOURCE, query.filter.as_ref());
    if let Some(place) = after {
        list.sql(" AND ");
        order.after(&mut list, place);
    }
    order.order_by(&mut list);
    list.sql(" LIMIT ").bind(limit).sql(" OFFSET ").bind(skip);
    Ok(R::load(conn, Ask::Composed(&list.text), list.binds)?)
}

/// The filters that have a statement of their own.
fn lookup(resource: Resource, filter: &ResolvedFilter) -> Option<(Ask<'static>, Bind)> {
    let ResolvedFilter::Compare { target, op: CompareOp::Eq, value: TypedValue::Text(text) } = filter else {
        return None;
    };
    let [name] = target.path.as_slice() else { return None };
    match (resource, name.as_str()) {
        (Resource::User, "id") => Some((Ask::ById, Bind::id(UserId::parse(text)?))),
        (Resource::Group, "id") => Some((Ask::ById, Bind::id(GroupId::parse(text)?))),
        (Resource::User, "userName") | (Resource::Group, "displayName") => {
            Some((Ask::ByName, Bind::text(text)))
        }
        (_, "externalId") => Some((Ask::ByExternalId, Bind::text(text))),
        _ => None,
    }
}

fn count(conn: &mut Conn, org: OrgId, resource: Resource, query: &ResourceQuery) -> Result<u64, Failure> {
    match &query.filter {
        None => positions::total(conn, org, resource),
        filter => count_of(conn, condition(org, resource, filter.as_ref())),
    }
}

fn count_of(conn: &mut Conn, condition: Draft) -> Result<u64, Failure> {
    let counted =
        Composed::<BigInt>::new(format!("SELECT count(*) FROM {}", condition.text), condition.binds);
    Ok(unsigned(counted.get_result(conn)?))
}

fn one_more(count: u64) -> u64 {
    count.min(i64::MAX as u64 - 1) + 1
}

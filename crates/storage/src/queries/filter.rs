//! A SCIM query as SQL: which resources match a filter, a page of them, and how many there are.
//!
//! The filter comes bound to its schema (`ResolvedFilter`). What has a column is asked of the column, so that its index
//! serves; members and groups are asked of their table; everything else of `search`, the folded JSON, where a plain
//! comparison is right. A comparison with something unassigned may come out as NULL, which counts as false everywhere
//! but under NOT; so NOT alone says `coalesce`.
//!
//! The four questions that identity providers ask before each change have statements of their own, which stay prepared.

use rolecall_domain::{
    ids::{GroupId, OrgId, UserId},
    ports::{PageStart, ResourcePage, ResourceQuery, StoreError, StoreResult},
    records::{Group, User},
};
use rolecall_scim::filter::{CompareOp, ResolvedFilter, Target, TypedValue};

use super::super::statement::Draft;
use super::{
    Bind, Composed, Conn, Failure, Prepared, Statement,
    dialect::json::{self, Base, Kind},
    groups::{GroupColumns, GroupRow, group_columns},
    statement, unsigned,
    users::{UserColumns, UserRow, user_columns},
};
use diesel::{RunQueryDsl, sql_types::BigInt};

statement! {
    UserById -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.id = $2 LIMIT $3 OFFSET $4"
}

statement! {
    UserByUserName -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.user_name_key = $2 LIMIT $3 OFFSET $4"
}

statement! {
    UsersByExternalId -> UserColumns,
    "SELECT", user_columns!(), " FROM users u WHERE u.org_id = $1 AND u.external_id = $2
     ORDER BY u.id LIMIT $3 OFFSET $4"
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

/// People that match.
pub(crate) fn users(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<User>, Failure> {
    let page = page(conn, org, query, Resource::User, |conn, binds, text| {
        let rows: Vec<UserRow> = match text {
            Ask::Text(text) => {
                let text = format!("SELECT {} FROM {text}", user_columns!());
                Composed::<UserColumns>::new(text, binds).load(conn)?
            }
            Ask::Known(Known::Id) => UserById::with(binds).load(conn)?,
            Ask::Known(Known::Name) => UserByUserName::with(binds).load(conn)?,
            Ask::Known(Known::ExternalId) => UsersByExternalId::with(binds).load(conn)?,
        };
        Ok(rows)
    })?;
    let items = page.items.into_iter().map(UserRow::user).collect::<StoreResult<_>>()?;
    Ok(ResourcePage { items, total: page.total, next: page.next })
}

/// Groups that match.
pub(crate) fn groups(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
) -> Result<ResourcePage<Group>, Failure> {
    let page = page(conn, org, query, Resource::Group, |conn, binds, text| {
        let rows: Vec<GroupRow> = match text {
            Ask::Text(text) => {
                let text = format!("SELECT {} FROM {text}", group_columns!());
                Composed::<GroupColumns>::new(text, binds).load(conn)?
            }
            Ask::Known(Known::Id) => GroupById::with(binds).load(conn)?,
            Ask::Known(Known::Name) => GroupsByDisplayName::with(binds).load(conn)?,
            Ask::Known(Known::ExternalId) => GroupsByExternalId::with(binds).load(conn)?,
        };
        Ok(rows)
    })?;
    let items = page.items.into_iter().map(GroupRow::group).collect::<StoreResult<_>>()?;
    Ok(ResourcePage { items, total: page.total, next: page.next })
}

/// A filter that has a statement of its own.
#[derive(Clone, Copy)]
enum Known {
    Id,
    /// `userName` of people, `displayName` of groups.
    Name,
    ExternalId,
}

enum Ask<'t> {
    Known(Known),
    /// What follows `FROM`.
    Text(&'t str),
}

/// Fetches the page and one more, which tells whether the total is known without counting: it is, unless the page is
/// full and something follows it, or it lies behind the end.
fn page<Row>(
    conn: &mut Conn,
    org: OrgId,
    query: &ResourceQuery,
    resource: Resource,
    load: impl FnOnce(&mut Conn, Vec<Bind>, Ask<'_>) -> Result<Vec<Row>, Failure>,
) -> Result<ResourcePage<Row>, Failure> {
    let PageStart::Index(start_index) = query.start else {
        return Err(StoreError::Failed("cursors are not read yet".into()).into());
    };
    let offset = start_index.saturating_sub(1).min(i64::MAX as u64);
    let count = query.count.min(i64::MAX as u64 - 1);
    let condition = condition(org, resource, query.filter.as_ref());
    let mut items = Vec::new();
    if count > 0 {
        let (limit, skip) = (Bind::Int(count as i64 + 1), Bind::Int(offset as i64));
        items = match query.filter.as_ref().and_then(|filter| known(resource, filter)) {
            Some((known, value)) => {
                load(conn, vec![Bind::Int(org.0), value, limit, skip], Ask::Known(known))?
            }
            None => {
                let mut page = Draft { text: condition.text.clone(), binds: condition.binds.clone() };
                page.sql(" ORDER BY ")
                    .sql(resource.alias())
                    .sql(".id LIMIT ")
                    .bind(limit)
                    .sql(" OFFSET ")
                    .bind(skip);
                load(conn, page.binds, Ask::Text(&page.text))?
            }
        };
        let found = items.len() as u64;
        if found <= count && (found > 0 || offset == 0) {
            return Ok(ResourcePage { total: Some(offset + found), items, next: None });
        }
        items.truncate(count as usize);
    }
    let counted =
        Composed::<BigInt>::new(format!("SELECT count(*) FROM {}", condition.text), condition.binds);
    Ok(ResourcePage { total: Some(unsigned(counted.get_result(conn)?)), items, next: None })
}

fn known(resource: Resource, filter: &ResolvedFilter) -> Option<(Known, Bind)> {
    let ResolvedFilter::Compare { target, op: CompareOp::Eq, value: TypedValue::Text(text) } = filter else {
        return None;
    };
    let [name] = target.path.as_slice() else { return None };
    match (resource, name.as_str()) {
        (Resource::User, "id") => Some((Known::Id, Bind::id(UserId::parse(text)?))),
        (Resource::Group, "id") => Some((Known::Id, Bind::id(GroupId::parse(text)?))),
        (Resource::User, "userName") | (Resource::Group, "displayName") => {
            Some((Known::Name, Bind::Text(text.clone())))
        }
        (_, "externalId") => Some((Known::ExternalId, Bind::Text(text.clone()))),
        _ => None,
    }
}

/// The resource types that are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    User,
    Group,
}

impl Resource {
    fn alias(self) -> &'static str {
        match self {
            Self::User => "u",
            Self::Group => "g",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    fn search(self) -> &'static str {
        match self {
            Self::User => "u.search",
            Self::Group => "g.search",
        }
    }

    /// The attribute that is kept in `group_members`: a group's members, a person's groups.
    fn relation(self) -> &'static str {
        match self {
            Self::User => "groups",
            Self::Group => "members",
        }
    }

    /// The column of a target, when it has one that means exactly what the attribute means.
    fn column(self, target: &Target) -> Option<Column> {
        let path: Vec<&str> = target.path.iter().map(String::as_str).collect();
        Some(match (self, path.as_slice()) {
            (Self::User, ["id"]) => Column::Id("u.id"),
            (Self::Group, ["id"]) => Column::Id("g.id"),
            (Self::User, ["externalId"]) => Column::Text("u.external_id".into()),
            (Self::Group, ["externalId"]) => Column::Text("g.external_id".into()),
            (Self::User, ["userName"]) => Column::Text("u.user_name_key".into()),
            // Where a person has none, answers show a composed one; a client finds what it was shown.
            (Self::User, ["displayName"]) => Column::Text("u.display_name_key".into()),
            (Self::Group, ["displayName"]) => Column::Text("g.display_name_key".into()),
            (Self::User, ["active"]) => Column::Boolean("u.active"),
            (_, ["meta", "created"]) => Column::Instant(format!("{}.created_at", self.alias())),
            (_, ["meta", "lastModified"]) => Column::Instant(format!("{}.modified_at", self.alias())),
            // Our own words, so they may stand in the text.
            (_, ["meta", "resourceType"]) => Column::Text(spelled(target, &format!("'{}'", self.name()))),
            (_, ["meta", "version"]) => {
                Column::Text(spelled(target, &format!("('W/\"' || {}.version || '\"')", self.alias())))
            }
            // Only the front door knows at which address it is reached.
            (_, ["meta", "location"]) => Column::Nothing,
            _ => return None,
        })
    }
}

/// An expression that holds mixed case, for a target that may want it folded.
fn spelled(target: &Target, expression: &str) -> String {
    if target.case_exact { expression.to_owned() } else { format!("lower({expression})") }
}

enum Column {
    Id(&'static str),
    Text(String),
    Boolean(&'static str),
    Instant(String),
    /// Nothing that could be compared with.
    Nothing,
}

/// `users u WHERE …`; `$1` is the organisation.
pub(crate) fn condition(org: OrgId, resource: Resource, filter: Option<&ResolvedFilter>) -> Draft {
    let mut out = Draft { text: String::new(), binds: vec![Bind::Int(org.0)] };
    out.sql(match resource {
        Resource::User => "users u WHERE u.org_id = $1",
        Resource::Group => "groups g WHERE g.org_id = $1 AND g.connection_id IS NOT NULL",
    });
    match filter {
        None => {}
        // Terms of the outermost AND stand beside the organisation, where each can choose an index.
        Some(ResolvedFilter::And(terms)) => {
            for term in terms {
                out.sql(" AND ");
                holds(&mut out, Node::Resource(resource), term);
            }
        }
        Some(filter) => {
            out.sql(" AND ");
            holds(&mut out, Node::Resource(resource), filter);
        }
    }
    out
}

/// What a filter, or the part of it in brackets, is about.
#[derive(Clone, Copy)]
enum Node<'n> {
    Resource(Resource),
    /// An element of an array in `search`.
    Element(Base<'n>),
    /// A row of a group's members or a person's groups.
    Related(Resource),
}

fn holds(out: &mut Draft, node: Node<'_>, filter: &ResolvedFilter) {
    match filter {
        ResolvedFilter::Constant(true) => {
            out.sql("1 = 1");
        }
        ResolvedFilter::Constant(false) => {
            out.sql("1 = 0");
        }
        ResolvedFilter::And(terms) => {
            out.join(" AND ", terms, |out, term| holds(out, node, term));
        }
        ResolvedFilter::Or(terms) => {
            out.join(" OR ", terms, |out, term| holds(out, node, term));
        }
        ResolvedFilter::Not(term) => {
            out.sql("NOT coalesce(");
            holds(out, node, term);
            out.sql(", false)");
        }
        ResolvedFilter::Compare { target, op, value } => compare(out, node, target, *op, value),
        ResolvedFilter::Present(target) => present(out, node, target),
        ResolvedFilter::ValuePath { attribute, filter } => match node {
            Node::Resource(resource) if is_relation(resource, attribute) => related(out, resource, filter),
            Node::Resource(resource) => {
                json::each(out, Base::Column(resource.search()), &attribute.path, "e", |out, element| {
                    holds(out, Node::Element(element), filter);
                });
            }
            // A value filter does not stand inside another; the parser refuses it.
            Node::Element(_) | Node::Related(_) => {
                out.sql("1 = 0");
            }
        },
    }
}

fn is_relation(resource: Resource, target: &Target) -> bool {
    target.path.first().is_some_and(|name| name == resource.relation())
}

fn compare(out: &mut Draft, node: Node<'_>, target: &Target, op: CompareOp, value: &TypedValue) {
    match node {
        Node::Resource(resource) if is_relation(resource, target) => {
            let inner = Target {
                path: target.path[1..].to_vec(),
                array_depth: 0,
                multi_valued: false,
                ..target.clone()
            };
            related(out, resource, &ResolvedFilter::Compare { target: inner, op, value: value.clone() });
        }
        Node::Resource(resource) => match resource.column(target) {
            Some(column) => compare_column(out, &column, op, value),
            None => compare_json(out, Base::Column(resource.search()), target, op, value),
        },
        Node::Element(element) => compare_json(out, element, target, op, value),
        Node::Related(resource) => match related_column(resource, target) {
            Some(column) => compare_column(out, &column, op, value),
            None => {
                out.sql("1 = 0");
            }
        },
    }
}

fn compare_column(out: &mut Draft, column: &Column, op: CompareOp, value: &TypedValue) {
    match (column, value) {
        (Column::Id(column), TypedValue::Text(text)) => match (op, UserId::parse(text)) {
            (CompareOp::Eq, Some(id)) => {
                out.sql(column).sql(" = ").bind(Bind::id(id));
            }
            (CompareOp::Eq, None) => {
                out.sql("1 = 0");
            }
            _ => compare_text(out, op, text, |out| {
                out.sql(&json::id_text(column));
            }),
        },
        (Column::Text(column), TypedValue::Text(text)) => compare_text(out, op, text, |out| {
            out.sql(column);
        }),
        (Column::Boolean(column), TypedValue::Boolean(wanted)) if op == CompareOp::Eq => {
            out.sql(column).sql(" = ").bind(Bind::Bool(*wanted));
        }
        (Column::Instant(column), TypedValue::Instant(wanted)) => {
            out.sql(column).sql(sign(op)).bind(Bind::Int(*wanted));
        }
        _ => {
            out.sql("1 = 0");
        }
    }
}

fn compare_json(out: &mut Draft, base: Base<'_>, target: &Target, op: CompareOp, value: &TypedValue) {
    if target.multi_valued {
        json::each(out, base, target.array_path(), "v", |out, element| {
            compare_one(out, element, target.element_path(), op, value);
        });
    } else {
        compare_one(out, base, &target.path, op, value);
    }
}

fn compare_one(out: &mut Draft, base: Base<'_>, path: &[String], op: CompareOp, value: &TypedValue) {
    let number = |out: &mut Draft, kind: Kind, wanted: Bind| {
        json::is(out, base, path, kind);
        out.sql(" AND ");
        json::value(out, base, path);
        out.sql(sign(op)).bind(wanted);
    };
    out.sql("(");
    match value {
        TypedValue::Text(text) => {
            json::is(out, base, path, Kind::Text);
            out.sql(" AND ");
            compare_text(out, op, text, |out| json::value(out, base, path));
        }
        TypedValue::Boolean(wanted) if op == CompareOp::Eq => {
            json::is(out, base, path, if *wanted { Kind::True } else { Kind::False });
        }
        TypedValue::Boolean(_) => {
            out.sql("1 = 0");
        }
        TypedValue::Integer(wanted) => number(out, Kind::Number, Bind::Int(*wanted)),
        TypedValue::Decimal(wanted) => number(out, Kind::Number, Bind::Real(*wanted)),
        TypedValue::Instant(wanted) => number(out, Kind::Instant, Bind::Int(*wanted)),
    }
    out.sql(")");
}

/// Compares texts by code point. No `LIKE`: what a client sent would have to be escaped, and case is folded already.
fn compare_text(out: &mut Draft, op: CompareOp, wanted: &str, text: impl Fn(&mut Draft)) {
    let length = wanted.chars().count() as i64;
    let wanted_bind = Bind::Text(wanted.to_owned());
    match op {
        CompareOp::Co => json::contains(out, text, wanted),
        CompareOp::Sw => {
            out.sql("substr(");
            text(out);
            out.sql(", 1, ").bind(Bind::Int(length)).sql(") = ").bind(wanted_bind);
        }
        CompareOp::Ew => {
            // A start before the first character would shorten what is taken, so that only an equal length compares.
            out.sql("(length(");
            text(out);
            out.sql(") >= ").bind(Bind::Int(length)).sql(" AND substr(");
            text(out);
            out.sql(", length(");
            text(out);
            out.sql(") - ").bind(Bind::Int(length)).sql(" + 1) = ").bind(wanted_bind).sql(")");
        }
        CompareOp::Eq | CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => {
            text(out);
            out.sql(sign(op)).bind(wanted_bind);
        }
    }
}

fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        // The text operators do not come here.
        CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => " = ",
    }
}

fn present(out: &mut Draft, node: Node<'_>, target: &Target) {
    match node {
        Node::Resource(_) if target.path.first().is_some_and(|name| name == "id" || name == "meta") => {
            out.sql("1 = 1");
        }
        Node::Resource(Resource::User) if target.is(&["displayName"]) => {
            out.sql("u.display_name <> ''");
        }
        Node::Resource(resource) if is_relation(resource, target) => {
            let inner = if target.path.len() < 2 {
                ResolvedFilter::Constant(true)
            } else {
                let path = target.path[1..].to_vec();
                ResolvedFilter::Present(Target {
                    path,
                    array_depth: 0,
                    multi_valued: false,
                    ..target.clone()
                })
            };
            related(out, resource, &inner);
        }
        Node::Resource(resource) => present_json(out, Base::Column(resource.search()), target),
        Node::Element(element) => present_json(out, element, target),
        Node::Related(resource) => {
            match related_column(resource, target) {
                Some(Column::Text(column)) => out.sql(&column).sql(" <> ''"),
                _ => out.sql("1 = 1"),
            };
        }
    }
}

fn present_json(out: &mut Draft, base: Base<'_>, target: &Target) {
    if target.multi_valued {
        json::each(out, base, target.array_path(), "v", |out, element| {
            json::present(out, element, target.element_path());
        });
    } else {
        json::present(out, base, &target.path);
    }
}

/// The column of a sub-attribute of `members` or `groups`.
fn related_column(resource: Resource, target: &Target) -> Option<Column> {
    let [name] = target.path.as_slice() else { return None };
    Some(match (resource, name.as_str()) {
        (Resource::Group, "value") => Column::Id("m.member_id"),
        (Resource::Group, "type") => {
            Column::Text(spelled(target, "(CASE m.member_kind WHEN 1 THEN 'User' ELSE 'Group' END)"))
        }
        (Resource::Group, "display") => {
            Column::Text("coalesce(mu.display_name_key, mg.display_name_key)".into())
        }
        (Resource::User, "value") => Column::Id("mg.id"),
        (Resource::User, "type") => {
            Column::Text("(CASE a.direct WHEN 1 THEN 'direct' ELSE 'indirect' END)".into())
        }
        (Resource::User, "display") => Column::Text("mg.display_name_key".into()),
        // `$ref` is made of an address that only the front door knows.
        _ => return None,
    })
}

/// Appends the condition that a member, or a group that the person is in, satisfies the filter.
fn related(out: &mut Draft, resource: Resource, filter: &ResolvedFilter) {
    if let ResolvedFilter::Compare { target, op: CompareOp::Eq, value: TypedValue::Text(text) } = filter
        && target.is(&["value"])
    {
        return match UserId::parse(text) {
            Some(id) => related_to(out, resource, Bind::id(id)),
            None => {
                out.sql("1 = 0");
            }
        };
    }
    out.sql(match resource {
        Resource::Group => {
            "EXISTS (SELECT 1 FROM group_members m
             LEFT JOIN users mu ON m.member_kind = 1 AND mu.org_id = $1 AND mu.id = m.member_id
             LEFT JOIN groups mg ON m.member_kind = 2 AND mg.org_id = $1 AND mg.id = m.member_id
             WHERE m.org_id = $1 AND m.group_id = g.id AND ("
        }
        Resource::User => {
            "EXISTS (WITH RECURSIVE reach(id, direct) AS (
               SELECT m.group_id, 1 FROM group_members m WHERE m.org_id = $1 AND m.member_id = u.id
               UNION
               SELECT m.group_id, 0 FROM reach r CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = r.id
             ), around(id, direct) AS (SELECT id, max(direct) FROM reach GROUP BY id)
             SELECT 1 FROM around a CROSS JOIN groups mg ON mg.org_id = $1 AND mg.id = a.id
             WHERE mg.connection_id IS NOT NULL AND ("
        }
    });
    holds(out, Node::Related(resource), filter);
    out.sql("))");
}

/// The same for one id: an `IN` that starts from that id, whose index answers for all resources at once.
fn related_to(out: &mut Draft, resource: Resource, id: Bind) {
    match resource {
        Resource::Group => {
            out.sql("g.id IN (SELECT m.group_id FROM group_members m WHERE m.org_id = $1 AND m.member_id = ");
            out.bind(id).sql(")");
        }
        Resource::User => {
            out.sql(
                "u.id IN (WITH RECURSIVE inside(id) AS (
                   SELECT mg.id FROM groups mg WHERE mg.org_id = $1 AND mg.connection_id IS NOT NULL AND mg.id = ",
            );
            out.bind(id).sql(
                " UNION
                   SELECT m.member_id FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
                   WHERE +m.member_kind = 2
                 )
                 SELECT m.member_id FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
                 WHERE +m.member_kind = 1)",
            );
        }
    }
}

//! In which order a list is read, and how to go on after one of its rows.
//!
//! Rows are ordered by what the client asks for, then by id, so that no two stand in one place. A page by cursor begins
//! after the place of the last row, (value, id): rows that come and go meanwhile move no other row across a page's edge.
//! What has an index in that order (`userName`, `displayName`, `meta.lastModified`, `active`, `id`) is read off it, page by
//! page; to order by anything else, the database reads all that match for each page.

use rolecall_domain::{ids::OrgId, ports::ResourceQuery};
use rolecall_scim::{
    cursor::Position,
    filter::{CompareOp, ResolvedFilter},
    schema::AttributeType,
    sort::{Number, ResolvedSort, SortOrder, SortValue},
};
use uuid::Uuid;

use super::super::super::types::Text;
use super::super::statement::Draft;
use super::{
    Bind, Composed, Conn, Failure,
    dialect::{
        self,
        json::{self, Base, Kind},
    },
    resource::{Column, Resource},
};
use diesel::{
    RunQueryDsl,
    sql_types::{BigInt, Double, Nullable},
};

/// The order of a query.
pub(crate) struct Order<'q> {
    resource: Resource,
    by: By<'q>,
}

enum By<'q> {
    Id {
        order: SortOrder,
        /// The column, written so that the planner does or does not take the id's own index.
        column: &'static str,
    },
    Value(&'q ResolvedSort),
}

/// The place of a row.
pub(crate) enum Place {
    Id(Uuid),
    /// What the row was sorted by, if it has that.
    Value(Option<SortValue>, Uuid),
}

impl<'q> Order<'q> {
    pub(crate) fn of(resource: Resource, query: &'q ResourceQuery) -> Self {
        let column = match (resource, query.filter.as_ref().is_some_and(changed_since)) {
            (Resource::User, false) => "u.id",
            (Resource::Group, false) => "g.id",
            // Those changed lately are few, and their index finds them. SQLite's planner, which cannot know, would read
            // everybody in id order, to save the sorting.
            (Resource::User, true) => dialect::not_by_index!("u.id"),
            (Resource::Group, true) => dialect::not_by_index!("g.id"),
        };
        let by = match &query.sort {
            None => By::Id { order: SortOrder::Ascending, column },
            Some(sort) if sort.target.is(&["id"]) => By::Id { order: sort.order, column },
            Some(sort) => By::Value(sort),
        };
        Self { resource, by }
    }

    /// Whether it is that of ids, upwards.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.by, By::Id { order: SortOrder::Ascending, .. })
    }

    /// Appends `ORDER BY …`.
    pub(crate) fn order_by(&self, out: &mut Draft) {
        out.sql(" ORDER BY ");
        match self.by {
            By::Id { order, column } => {
                out.sql(column).sql(direction(order));
            }
            By::Value(sort) => {
                let value = Expression::of(out, self.resource, sort);
                out.sql(direction(sort.order));
                if value.nullable {
                    out.sql(match sort.order {
                        SortOrder::Ascending => " NULLS LAST",
                        SortOrder::Descending => " NULLS FIRST",
                    });
                }
                out.sql(", ").sql(self.resource.alias()).sql(".id");
            }
        }
    }

    /// Reads the place that [`Self::position`] wrote; `None` for what it never wrote.
    pub(crate) fn parse(&self, id: &str, key: Option<&str>) -> Option<Place> {
        let id = Uuid::try_parse(id).ok()?;
        match (&self.by, key) {
            (By::Id { .. }, None) => Some(Place::Id(id)),
            (By::Id { .. }, Some(_)) => None,
            (By::Value(_), None) => Some(Place::Value(None, id)),
            (By::Value(sort), Some(key)) => {
                Some(Place::Value(Some(SortValue::parse(key, sort.target.kind)?), id))
            }
        }
    }

    /// Appends the condition that a row comes after a place.
    pub(crate) fn after(&self, out: &mut Draft, place: &Place) {
        let row_id = format!("{}.id", self.resource.alias());
        match (&self.by, place) {
            (By::Id { order, column }, Place::Id(id) | Place::Value(_, id)) => {
                let sign = match order {
                    SortOrder::Ascending => " > ",
                    SortOrder::Descending => " < ",
                };
                out.sql(column).sql(sign).bind(Bind::id(*id));
            }
            // Places without a value are the last upwards, and the first downwards.
            (By::Value(sort), Place::Id(id) | Place::Value(None, id)) => {
                out.sql("((");
                let value = Expression::of(out, self.resource, sort);
                out.sql(" IS NULL AND ").sql(&row_id).sql(" > ").bind(Bind::id(*id)).sql(")");
                if sort.order == SortOrder::Descending {
                    out.sql(" OR ").sql(&value.text).sql(" IS NOT NULL");
                }
                out.sql(")");
            }
            (By::Value(sort), Place::Value(Some(wanted), id)) => {
                let wanted = || bind(wanted);
                match sort.order {
                    // A pair compares by an index over both.
                    SortOrder::Ascending => {
                        out.sql("((");
                        let value = Expression::of(out, self.resource, sort);
                        out.sql(", ").sql(&row_id).sql(") > (").bind(wanted()).sql(", ").bind(Bind::id(*id));
                        out.sql(")");
                        if value.nullable {
                            out.sql(" OR ").sql(&value.text).sql(" IS NULL");
                        }
                        out.sql(")");
                    }
                    SortOrder::Descending => {
                        out.sql("(");
                        let value = Expression::of(out, self.resource, sort);
                        out.sql(" <= ")
                            .bind(wanted())
                            .sql(" AND (")
                            .sql(&value.text)
                            .sql(" < ")
                            .bind(wanted());
                        out.sql(" OR ").sql(&row_id).sql(" > ").bind(Bind::id(*id)).sql("))");
                    }
                }
            }
        }
    }

    /// The place of a row of this transaction, which has no place when it is not there.
    pub(crate) fn place(&self, conn: &mut Conn, org: OrgId, id: Uuid) -> Result<Place, Failure> {
        let By::Value(sort) = self.by else { return Ok(Place::Id(id)) };
        let mut value = Draft { text: String::new(), binds: vec![Bind::Int(org.0)] };
        Expression::of(&mut value, self.resource, sort);
        let columns = json::typed(&value.text, kind_of(sort.target.kind));
        let (table, alias) = match self.resource {
            Resource::User => ("users", "u"),
            Resource::Group => ("groups", "g"),
        };
        let mut one = Draft { text: String::new(), binds: value.binds };
        one.sql(&format!(
            "SELECT {columns} FROM {table} {alias} WHERE {alias}.org_id = $1 AND {alias}.id = "
        ));
        one.bind(Bind::id(id));
        let found: (Option<i64>, Option<f64>, Option<String>) =
            Composed::<(Nullable<BigInt>, Nullable<Double>, Nullable<Text>)>::new(one.text, one.binds)
                .get_result(conn)?;
        let value = match (found, sort.target.kind) {
            ((Some(number), ..), AttributeType::Boolean) => Some(SortValue::Boolean(number != 0)),
            ((Some(number), ..), AttributeType::DateTime) => Some(SortValue::Instant(number)),
            ((Some(number), ..), _) => Some(SortValue::Number(Number::Integer(number))),
            ((None, Some(number), _), _) => Some(SortValue::Number(Number::Decimal(number))),
            ((None, None, Some(text)), _) => Some(SortValue::Text(text)),
            ((None, None, None), _) => None,
        };
        Ok(Place::Value(value, id))
    }
}

impl Place {
    /// The place as a cursor holds it.
    pub(crate) fn position(&self) -> Position {
        match self {
            Self::Id(id) => Position::After { id: id.to_string(), key: None },
            Self::Value(value, id) => {
                Position::After { id: id.to_string(), key: value.as_ref().map(SortValue::render) }
            }
        }
    }
}

/// What is sorted by, as it was appended.
struct Expression {
    text: String,
    /// Whether a row may lack it.
    nullable: bool,
}

impl Expression {
    /// Appends it. Its text can be repeated in the same statement.
    fn of(out: &mut Draft, resource: Resource, sort: &ResolvedSort) -> Self {
        let start = out.text.len();
        let nullable = append(out, resource, sort);
        Self { text: out.text[start..].to_owned(), nullable }
    }
}

/// Appends what is sorted by, NULL where a row lacks it. Answers whether it may.
fn append(out: &mut Draft, resource: Resource, sort: &ResolvedSort) -> bool {
    let target = &sort.target;
    if resource.is_relation(target) {
        let inner = rolecall_scim::filter::Target { path: target.path[1..].to_vec(), ..target.clone() };
        let (with, from) = resource.related_rows();
        let (value, id) = match resource.related_column(&inner) {
            Some(Column::Id(column)) => (json::id_text(column), column),
            Some(Column::Text(column)) => (column, resource.related_id()),
            _ => {
                out.sql("CAST(NULL AS TEXT)");
                return true;
            }
        };
        out.sql("(").sql(with).sql("SELECT ").sql(&value).sql(from);
        out.sql(" ORDER BY ").sql(id).sql(" LIMIT 1)");
        return true;
    }
    match resource.column(target) {
        Some(Column::Id(column)) => {
            out.sql(&json::id_text(column));
            false
        }
        Some(Column::Text(column) | Column::Instant(column)) => {
            out.sql(&column);
            column.ends_with("external_id")
        }
        Some(Column::Boolean(column)) => {
            out.sql(column);
            false
        }
        Some(Column::Nothing) => {
            out.sql("CAST(NULL AS TEXT)");
            true
        }
        None => {
            in_json(out, Base::Column(resource.search()), sort);
            true
        }
    }
}

fn in_json(out: &mut Draft, base: Base<'_>, sort: &ResolvedSort) {
    let target = &sort.target;
    let Some(kind) = kind_of(target.kind) else {
        out.sql("CAST(NULL AS TEXT)");
        return;
    };
    if target.multi_valued {
        json::chosen(out, base, target.array_path(), sort.prefers_primary, |out, element| {
            json::scalar(out, element, target.element_path(), kind);
        });
    } else {
        json::scalar(out, base, &target.path, kind);
    }
}

/// How values of a type are kept; `None` for those that have no order.
fn kind_of(kind: AttributeType) -> Option<Kind> {
    match kind {
        AttributeType::Boolean => Some(Kind::True),
        AttributeType::Integer | AttributeType::Decimal => Some(Kind::Number),
        AttributeType::DateTime => Some(Kind::Instant),
        AttributeType::String | AttributeType::Reference | AttributeType::Binary => Some(Kind::Text),
        AttributeType::Complex => None,
    }
}

fn bind(value: &SortValue) -> Bind {
    match value {
        SortValue::Boolean(value) => Bind::Bool(*value),
        SortValue::Number(Number::Integer(value)) | SortValue::Instant(value) => Bind::Int(*value),
        SortValue::Number(Number::Decimal(value)) => Bind::Real(*value),
        SortValue::Text(value) => Bind::text(value),
    }
}

fn direction(order: SortOrder) -> &'static str {
    match order {
        SortOrder::Ascending => "",
        SortOrder::Descending => " DESC",
    }
}

/// Whether a filter asks for what has changed after a certain time.
fn changed_since(filter: &ResolvedFilter) -> bool {
    match filter {
        ResolvedFilter::Compare { target, op: CompareOp::Gt | CompareOp::Ge, .. } => {
            target.is(&["meta", "lastModified"])
        }
        ResolvedFilter::And(terms) => terms.iter().any(changed_since),
        _ => false,
    }
}

//! A walk along an index, and one walk after another until a page is full.

use rolecall_domain::{
    ids::OrgId,
    ports::{Found, Place, StoreResult, Stretch},
};
use uuid::Uuid;

use super::super::{
    super::super::types::{Text, Uid},
    super::statement::Draft,
    Bind, Composed, Conn, Failure, past,
};
use diesel::RunQueryDsl;

/// Appends conditions, each with `AND` before it.
pub(super) type Condition<'s> = Box<dyn Fn(&mut Draft) + 's>;

/// What a walk is ordered by.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// The id alone.
    Id,
    /// A key that no two have.
    Unique(&'static str),
    /// A key, and the id among equals.
    Key(&'static str),
}

/// One walk along an index.
pub(super) struct Walk<'s> {
    /// What is walked along, with its alias.
    pub(super) table: &'static str,
    /// What else belongs to an entry.
    pub(super) joined: &'static str,
    pub(super) org: &'static str,
    pub(super) id: &'static str,
    pub(super) order: Order,
    /// The beginning of every key; empty where there is none.
    pub(super) prefix: &'s str,
    /// What the index narrows the walk to.
    pub(super) narrowed: Option<Condition<'s>>,
    /// What is asked of every entry.
    pub(super) asked: Vec<Condition<'s>>,
}

/// How far a walk goes.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'b> {
    /// From after this; from its beginning, if absent.
    after: Option<&'b (String, Uuid)>,
    /// At most so many rows.
    rows: usize,
    /// Through so many entries.
    through: u32,
}

/// What a walk came upon: rows, each with its key, and where it stopped when that was not the end.
pub(super) struct Walked<Row> {
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
    pub(super) fn go<Row, Columns>(
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
pub(super) trait Sought {
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
pub(super) fn page<S: Sought>(
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

pub(super) fn text<'s>(sql: &'static str) -> Condition<'s> {
    Box::new(move |out| {
        out.sql(sql);
    })
}

pub(super) fn equals<'s>(column: &'static str, value: Bind) -> Condition<'s> {
    Box::new(move |out| {
        out.sql(" AND ").sql(column).sql(" = ").bind(value.clone());
    })
}

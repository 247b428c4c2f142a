//! Lists, page by page: in the order of creation, continued after the last one shown.

use std::str::FromStr;

use rolecall_domain::ports::Slice;
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        Ref,
        schema::{Array, ArrayBuilder},
    },
};
use uuid::Uuid;

use super::words;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 500;

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// Those of this page.
    #[schema(schema_with = list_of::<T>, required)]
    pub(super) data: Vec<T>,
    /// How many there are in all.
    #[schema(example = 1)]
    pub(super) total: u64,
    /// Give it as `cursor` to get the next page; `null` on the last.
    #[schema(required)]
    pub(super) next_cursor: Option<String>,
}

/// The derive would copy the schema of `T` into each list instead of referring to it.
fn list_of<T: ToSchema>() -> Array {
    ArrayBuilder::new().items(Ref::from_schema_name(T::name())).build()
}

impl<T> Page<T> {
    /// A page of a list that is read whole, since it is never long. The cursor is a place in it: what is made comes at the end.
    pub(super) fn of(mut all: Vec<T>, page: &PageQuery) -> Self {
        let total = all.len() as u64;
        let after = page.cursor.map_or(0, |cursor| usize::try_from(cursor.0.as_u128()).unwrap_or(usize::MAX));
        let mut data = all.split_off(after.min(all.len()));
        let next = after.saturating_add(limit_or_default(page.limit) as usize) as u128;
        let next_cursor = cut(&mut data, page.limit).map(|_| Cursor(Uuid::from_u128(next)).render());
        Self { total, data, next_cursor }
    }
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// At most so many; 50 if absent. More than 500 count as 500.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl PageQuery {
    /// What to ask the store for: one more than is shown, to know whether there is a next page.
    pub(super) fn slice<Id>(&self, id: impl Fn(Uuid) -> Id) -> Slice<Id> {
        Slice { after: self.cursor.map(|cursor| id(cursor.0)), limit: limit_or_default(self.limit) + 1 }
    }

    /// The same, where the store says by itself whether there may be more.
    pub(super) fn stretch<Id>(&self, id: impl Fn(Uuid) -> Id) -> Slice<Id> {
        Slice { limit: limit_or_default(self.limit), ..self.slice(id) }
    }

    /// Where the page after such a one begins.
    pub(super) fn after(last: Uuid) -> String {
        Cursor(last).render()
    }

    /// Takes the one too many off again, and says where the next page begins.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<String> {
        cut(rows, self.limit).map(|last| Cursor(id(last)).render())
    }
}

/// Cuts a list to the limit; the last of what is left, if anything was cut off.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: Option<Limit>) -> Option<&T> {
    let limit = limit_or_default(limit) as usize;
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// How many a page shows.
#[derive(Clone, Copy)]
pub(crate) struct Limit(u32);

/// The limit that holds.
pub(super) fn limit_or_default(limit: Option<Limit>) -> u32 {
    limit.map_or(DEFAULT_LIMIT, |limit| limit.0)
}

impl FromStr for Limit {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<u64>() {
            // Who asks for more gets what fits, and a cursor for the rest.
            Ok(number @ 1..) => Ok(Self(u32::try_from(number).unwrap_or(MAX_LIMIT).min(MAX_LIMIT))),
            _ => Err(format!("`{text}` is not a whole number from 1 to {MAX_LIMIT}")),
        }
    }
}

/// Where a page begins: after the thing of this id. Clients are not told what it is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Cursor(Uuid);

impl Cursor {
    fn render(self) -> String {
        self.0.as_simple().to_string()
    }
}

impl FromStr for Cursor {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Uuid::try_parse(text).ok().map(Self).filter(|cursor| cursor.render() == text);
        found.ok_or_else(|| format!("`{text}` is not one that this list gave; start again without it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let cursor = Cursor(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(cursor.render().parse(), Ok(cursor));
        for wrong in ["", "1", "01980000-0000-7000-8000-000000000001", &"Z".repeat(32)] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        let page = PageQuery { limit: Some(Limit(2)), cursor: None };
        assert_eq!(page.slice(|id| id).limit, 3);
        let id = |n: &u128| Uuid::from_u128(*n);
        let mut rows = vec![1, 2, 3];
        assert_eq!(page.cut(&mut rows, id), Some(Cursor(id(&2)).render()));
        assert_eq!(rows, [1, 2]);
        assert_eq!(page.cut(&mut rows, id), None);
        assert_eq!("9999999999999".parse::<Limit>().unwrap().0, MAX_LIMIT);
    }

    #[test]
    fn a_list_that_is_read_whole_has_pages_like_every_other() {
        let (mut cursor, mut seen) = (None, Vec::new());
        loop {
            let page = PageQuery { limit: Some(Limit(2)), cursor };
            let shown = Page::of(vec![1, 2, 3, 4, 5], &page);
            assert_eq!(shown.total, 5);
            assert!((1..=2).contains(&shown.data.len()));
            seen.extend(shown.data);
            match shown.next_cursor {
                Some(next) => cursor = Some(next.parse().unwrap()),
                None => break,
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        let beyond = PageQuery { limit: None, cursor: Some(Cursor(Uuid::max())) };
        assert_eq!(Page::of(vec![1], &beyond).next_cursor, None);
    }
}

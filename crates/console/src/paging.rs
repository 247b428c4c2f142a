//! Lists in pages: in the order of creation, continued after the last one shown.

use rolecall_domain::ports::Slice;
use uuid::Uuid;

use crate::visit::Visit;

/// How many a page shows.
pub(crate) const PAGE: u32 = 50;

/// Which page is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Cursor(Option<Uuid>);

/// A page and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) next: Option<String>,
}

impl Cursor {
    /// The first page.
    pub(crate) const FIRST: Self = Self(None);

    /// As the address says; what is no cursor begins at the first page.
    pub(crate) fn of(visit: &Visit) -> Self {
        Self(Uuid::try_parse(visit.query("cursor")).ok())
    }

    pub(crate) fn is_first(self) -> bool {
        self.0.is_none()
    }

    /// One more than is shown, to know whether there is a next page.
    pub(crate) fn slice<Id>(self, id: impl Fn(Uuid) -> Id) -> Slice<Id> {
        Slice { after: self.0.map(id), limit: PAGE + 1 }
    }
}

impl<T> Page<T> {
    /// Takes the one too many off again.
    pub(crate) fn cut(mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Self {
        let more = rows.len() > PAGE as usize;
        rows.truncate(PAGE as usize);
        let next = rows.last().filter(|_| more).map(|last| id(last).as_simple().to_string());
        Self { rows, next }
    }
}

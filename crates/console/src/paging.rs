//! Lists in pages: each continues after the last one shown, in the order of creation or of what was searched for.

use rolecall_domain::ports::{Found, Place, Slice, Stretch};
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

/// A name goes into an address only up to this length. Of those that agree so far the next page shows none.
const LONGEST: usize = 1_000;

/// Which page of a search is asked for.
#[derive(Clone)]
pub(crate) struct Spot(Option<Place>);

impl Spot {
    /// As the address says: `walk.key.id`; what is none begins at the first page.
    pub(crate) fn of(visit: &Visit) -> Self {
        Self(Self::parse(visit.query("cursor")))
    }

    fn parse(text: &str) -> Option<Place> {
        let (walk, rest) = text.split_once('.')?;
        let (key, id) = rest.rsplit_once('.')?;
        Some(Place { walk: walk.parse().ok()?, key: key.to_owned(), id: Uuid::try_parse(id).ok()? })
    }

    fn render(Place { walk, key, id }: &Place) -> String {
        let cut = key.char_indices().map(|(at, _)| at).find(|at| *at >= LONGEST);
        let key = cut.map_or_else(|| key.clone(), |at| format!("{}\u{10ffff}", &key[..at]));
        format!("{walk}.{key}.{}", id.as_simple())
    }

    pub(crate) fn is_first(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn stretch(&self) -> Stretch {
        Stretch::new(self.0.clone(), PAGE)
    }
}

impl<T> Page<T> {
    /// What a search found.
    pub(crate) fn found(found: Found<T>) -> Self {
        Self { next: found.next.as_ref().map(Spot::render), rows: found.rows }
    }

    /// Whether more was looked through than there was to show: then the next page may have what this one lacks.
    pub(crate) fn stopped_early(&self) -> bool {
        self.next.is_some() && self.rows.len() < PAGE as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_an_address_as_it_was() {
        for key in ["", "ada.lovelace@acme.example", "ann ", " x", "1.2.3", "Ωmega"] {
            let place = Place { walk: 2, key: key.to_owned(), id: Uuid::from_u128(7) };
            assert_eq!(Spot::parse(&Spot::render(&place)), Some(place));
        }
        for none in ["", "0", "0.1", "x.ada.00000000000000000000000000000007", "0.ada.7"] {
            assert_eq!(Spot::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_very_long_name_is_passed_by() {
        let key = "é".repeat(2 * LONGEST);
        let place = Place { walk: 0, key: key.clone(), id: Uuid::nil() };
        let parsed = Spot::parse(&Spot::render(&place)).unwrap();
        assert!(parsed.key > key && parsed.key.len() < LONGEST + 10);
    }
}

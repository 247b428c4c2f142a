//! How SQL written by hand is run: as text with numbered values, prepared once per connection.
//!
//! `diesel::sql_query` is prepared anew each time it runs. A [`statement!`] has an identity of its own, so Diesel keeps
//! it prepared as it does a query of its DSL. Its values are written `$1`, `$2`, … in the text, in any order and as often
//! as needed; each is rendered as the database at hand writes a parameter. A list of ids is one value whatever its
//! length: where it stands, a `SELECT` of its elements is rendered (see `IdList` in `dialect`).
//!
//! Nothing that a client sent is ever part of a text; it is always a value.

use std::{marker::PhantomData, sync::OnceLock};

use diesel::{
    QueryResult,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Binary, Bool, Double, Nullable, SmallInt},
};
use uuid::Uuid;

use super::{
    Db, dialect,
    dialect::{IdList, TextList},
};
use crate::{
    pieces::Pieces,
    types::{Id, Key, Search, Text, Uid},
};

/// A value of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Int(i64),
    OptionalInt(Option<i64>),
    Small(i16),
    OptionalSmall(Option<i16>),
    Real(f64),
    Bool(bool),
    Text(String),
    Search(String),
    OptionalText(Option<String>),
    Id(Id),
    OptionalId(Option<Id>),
    Bytes(Vec<u8>),
    Ids(IdList),
    Texts(TextList),
}

impl Bind {
    /// A list of ids as one value.
    pub(crate) fn ids(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self::Ids(IdList::new(ids))
    }

    /// A text, copied.
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The index of a document, copied.
    pub(crate) fn search(index: &str) -> Self {
        Self::Search(index.to_owned())
    }

    /// A text, copied, or NULL.
    pub(crate) fn optional_text(text: Option<&str>) -> Self {
        Self::OptionalText(text.map(str::to_owned))
    }

    /// An id of any kind.
    pub(crate) fn id(id: impl Key) -> Self {
        Self::Id(id.key())
    }

    /// An id, or NULL.
    pub(crate) fn optional_id(id: Option<impl Key>) -> Self {
        Self::OptionalId(id.map(Key::key))
    }

    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        match self {
            Self::Int(value) => out.push_bind_param::<BigInt, _>(value),
            Self::OptionalInt(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
            Self::Small(value) => out.push_bind_param::<SmallInt, _>(value),
            Self::OptionalSmall(value) => out.push_bind_param::<Nullable<SmallInt>, _>(value),
            Self::Real(value) => out.push_bind_param::<Double, _>(value),
            Self::Bool(value) => out.push_bind_param::<Bool, _>(value),
            Self::Text(value) => out.push_bind_param::<Text, _>(value),
            Self::Search(value) => out.push_bind_param::<Search, _>(value),
            Self::OptionalText(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Self::Id(value) => out.push_bind_param::<Uid, _>(value),
            Self::OptionalId(value) => out.push_bind_param::<Nullable<Uid>, _>(value),
            Self::Bytes(value) => out.push_bind_param::<Binary, _>(value),
            Self::Ids(list) => list.push(out),
            Self::Texts(list) => list.push(out),
        }
    }
}

/// A text with an identity. Implemented by [`statement!`].
pub(crate) trait Statement: 'static {
    /// The SQL, with `$1`, `$2`, … where the values stand.
    const TEXT: &'static str;
    /// The SQL types of a row that it answers with; `()` when it answers with none.
    type Row;
    /// The text taken apart, once for all runs.
    fn pieces() -> &'static OnceLock<Pieces>;
}

/// A [`Statement`] with its values, ready to run.
pub(crate) struct Prepared<S> {
    binds: Vec<Bind>,
    statement: PhantomData<S>,
}

impl<S> Prepared<S> {
    pub(crate) fn new(binds: Vec<Bind>) -> Self {
        Self { binds, statement: PhantomData }
    }
}

impl<S: Statement> QueryFragment<Db> for Prepared<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let pieces = S::pieces().get_or_init(|| Pieces::of(&dialect::spelled(S::TEXT)));
        push(pieces, &self.binds, &mut out)
    }
}

impl<S: Statement> QueryId for Prepared<S> {
    type QueryId = S;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: Statement> Query for Prepared<S> {
    type SqlType = S::Row;
}

impl<S, Conn> diesel::RunQueryDsl<Conn> for Prepared<S> {}

/// A text put together at run time, such as a filter's. It is not kept prepared: clients could fill the memory with
/// variations.
pub(crate) struct Composed<Row> {
    /// The SQL, numbered as in a [`Statement`].
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
    row: PhantomData<Row>,
}

impl<Row> Composed<Row> {
    pub(crate) fn new(text: String, binds: Vec<Bind>) -> Self {
        Self { text, binds, row: PhantomData }
    }
}

impl<Row> QueryFragment<Db> for Composed<Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        push(&Pieces::of(&dialect::spelled(&self.text)), &self.binds, &mut out)
    }
}

impl<Row> QueryId for Composed<Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Composed<Row> {
    type SqlType = Row;
}

impl<Row, Conn> diesel::RunQueryDsl<Conn> for Composed<Row> {}

fn push<'b>(pieces: &Pieces, binds: &'b [Bind], out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
    out.push_sql(&pieces.first);
    for (number, piece) in &pieces.rest {
        let Some(bind) = binds.get(*number) else {
            let lack =
                format!("value {} of {} is not there, before: {piece}", number.wrapping_add(1), binds.len());
            return Err(diesel::result::Error::QueryBuilderError(lack.into()));
        };
        bind.push(out)?;
        out.push_sql(piece);
    }
    Ok(())
}

/// Names a piece of SQL: `statement!(CountMembers -> (Uid, BigInt), "SELECT …")`. The result type is left out when the
/// statement answers with no rows. The text may be several literals, and macros that expand to literals.
macro_rules! statement {
    ($(#[$doc:meta])* $name:ident -> $row:ty, $($text:tt)+) => {
        $(#[$doc])*
        pub(crate) struct $name;
        impl Statement for $name {
            const TEXT: &'static str = concat!($($text)+);
            type Row = $row;
            fn pieces() -> &'static std::sync::OnceLock<$crate::pieces::Pieces> {
                static PIECES: std::sync::OnceLock<$crate::pieces::Pieces> = std::sync::OnceLock::new();
                &PIECES
            }
        }
        impl $name {
            /// The statement with its values.
            pub(crate) fn with(binds: Vec<Bind>) -> Prepared<Self> {
                Prepared::new(binds)
            }
        }
    };
    ($(#[$doc:meta])* $name:ident, $($text:tt)+) => {
        statement!($(#[$doc])* $name -> (), $($text)+);
    };
}
pub(crate) use statement;

/// A text under construction, with its values.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
}

impl Draft {
    /// Appends SQL of our own.
    pub(crate) fn sql(&mut self, sql: &str) -> &mut Self {
        self.text.push_str(sql);
        self
    }

    /// Appends a value.
    pub(crate) fn bind(&mut self, value: Bind) -> &mut Self {
        self.binds.push(value);
        self.text.push('$');
        self.text.push_str(&self.binds.len().to_string());
        self
    }

    /// Appends the terms with a word between them, in parentheses.
    pub(crate) fn join<T>(
        &mut self,
        word: &str,
        terms: &[T],
        mut term: impl FnMut(&mut Self, &T),
    ) -> &mut Self {
        self.sql("(");
        for (place, each) in terms.iter().enumerate() {
            if place > 0 {
                self.sql(word);
            }
            term(self, each);
        }
        self.sql(")")
    }
}

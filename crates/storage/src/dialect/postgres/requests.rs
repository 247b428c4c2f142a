//! Writing many rows of the provisioning log: an array for each column, by one statement that stays prepared however many rows
//! there are.

use diesel::{
    QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Nullable, SmallInt},
};

use crate::{
    postgres::{Conn, queries::requests::NewRequest},
    types::{Id, Text, Uid, Words},
};

/// The columns, each with what it is in Rust and in SQL.
macro_rules! columns {
    (names $first:ident $($column:ident)+) => {
        concat!(stringify!($first) $(, ", ", stringify!($column))+)
    };
    ($($column:ident: $rust:ty => $sql:ty,)+) => {
        #[derive(Default)]
        struct Columns<'r> {
            $($column: Vec<$rust>,)+
        }

        impl<'r> Columns<'r> {
            fn of(rows: Vec<NewRequest<'r>>) -> Self {
                let mut columns = Self::default();
                for row in rows {
                    $(columns.$column.push(row.$column);)+
                }
                columns
            }
        }

        impl QueryFragment<Pg> for Columns<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql(concat!("INSERT INTO scim_requests (", columns!(names $($column)+)));
                out.push_sql(") SELECT * FROM unnest(");
                let mut separator = "";
                $(
                    out.push_sql(separator);
                    out.push_bind_param::<Array<$sql>, _>(&self.$column)?;
                    separator = ", ";
                )+
                let _ = separator;
                out.push_sql(")");
                Ok(())
            }
        }
    };
}

columns! {
    org_id: i64 => BigInt,
    id: Id => Uid,
    at: i64 => BigInt,
    connection_id: Option<Id> => Nullable<Uid>,
    token_id: Option<Id> => Nullable<Uid>,
    refused: Option<i16> => Nullable<SmallInt>,
    failed: bool => Bool,
    status: i16 => SmallInt,
    method: Words<'r> => Text,
    path: Words<'r> => Text,
    query: Option<Words<'r>> => Nullable<Text>,
    scim_type: Option<Words<'r>> => Nullable<Text>,
    detail: Option<Words<'r>> => Nullable<Text>,
    duration_us: i64 => BigInt,
    remote: Option<Words<'r>> => Nullable<Text>,
    user_agent: Option<Words<'r>> => Nullable<Text>,
    idp: Option<Words<'r>> => Nullable<Text>,
    resource_type: Option<i16> => Nullable<SmallInt>,
    resource_id: Option<Id> => Nullable<Uid>,
    name: Option<Words<'r>> => Nullable<Text>,
    name_key: Option<Words<'r>> => Nullable<Text>,
    request_body: Option<Words<'r>> => Nullable<Text>,
    response_body: Option<Words<'r>> => Nullable<Text>,
}

/// What it is known by among the statements that stay prepared.
struct Insert;

impl QueryId for Columns<'_> {
    type QueryId = Insert;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Columns<'_> {
    type SqlType = ();
}

impl<Conn> RunQueryDsl<Conn> for Columns<'_> {}

pub(crate) fn insert(conn: &mut Conn, rows: Vec<NewRequest<'_>>) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    Columns::of(rows).execute(conn).map(drop)
}

//! How ids, texts and roles look in a column: the SQL types both databases have, and what Rust reads and writes there.
//!
//! Implemented on the domain's own types (a foreign type may get a foreign trait when a parameter of it, here [`Uid`],
//! is ours), so that rows and domain values need no third kind of id between them.

mod text;

pub(crate) use text::{Index, Search, Text, Words, with_nul, words};

use std::io::Write;

use diesel::{
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::SqlType,
    sqlite::{Sqlite, SqliteValue},
};
use rolecall_domain::{
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, RefusalId,
        TokenId, UserId, WorkspaceId,
    },
    ports::{Kind, StoreError},
    records::HoldReason,
    request_log::RefusedToken,
    role::{AdminRole, OrgRole, WorkspaceRole},
};
use rolecall_scim::profile::Profile;
use uuid::Uuid;

/// A UUID: 16 bytes in SQLite, `uuid` in PostgreSQL.
#[derive(Clone, Copy, Debug, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Binary"), postgres_type(oid = 2950, array_oid = 2951))]
#[allow(unreachable_pub)] // `table!` makes public types that name it; the module itself is private.
pub struct Uid;

/// An id on its way into a statement. Reading needs no such step: see `stored_as_uuid`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, AsExpression)]
#[diesel(sql_type = Uid)]
pub(crate) struct Id(pub(crate) Uuid);

impl ToSql<Uid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(&self.0.as_bytes()[..]);
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Sqlite> for Id {
    fn from_sql(mut bytes: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(bytes.read_blob())?))
    }
}

impl ToSql<Uid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<Uid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

/// What can be written as a [`Uid`].
pub(crate) trait Key {
    /// As a value of a statement.
    fn key(self) -> Id;
}

impl Key for Uuid {
    fn key(self) -> Id {
        Id(self)
    }
}

/// Lets rows be read straight into the domain's ids, whose types say what they are of.
macro_rules! stored_as_uuid {
    ($($id:ty => $make:expr),+) => {$(
        impl<Db: diesel::backend::Backend> FromSql<Uid, Db> for $id
        where
            Id: FromSql<Uid, Db>,
        {
            fn from_sql(bytes: Db::RawValue<'_>) -> deserialize::Result<Self> {
                Id::from_sql(bytes).map(|id| $make(id.0))
            }
        }

        impl<Db: diesel::backend::Backend> Queryable<Uid, Db> for $id
        where
            $id: FromSql<Uid, Db>,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+};
}
stored_as_uuid!(
    Uuid => std::convert::identity,
    ConnectionId => ConnectionId,
    UserId => UserId,
    GroupId => GroupId,
    WorkspaceId => WorkspaceId,
    MappingId => MappingId,
    TokenId => TokenId,
    ApiKeyId => ApiKeyId,
    AdministratorId => AdministratorId,
    ConnectLinkId => ConnectLinkId,
    ChangeId => ChangeId,
    RefusalId => RefusalId
);

macro_rules! key {
    ($($id:ty),+) => {$(
        impl Key for $id {
            fn key(self) -> Id {
                Id(self.0)
            }
        }
    )+};
}
key!(
    ConnectLinkId,
    ConnectionId,
    UserId,
    GroupId,
    WorkspaceId,
    MappingId,
    TokenId,
    ApiKeyId,
    AdministratorId,
    ChangeId,
    RefusalId
);

/// The role of a rank that was read.
pub(crate) fn workspace_role(rank: i16) -> Result<WorkspaceRole, StoreError> {
    WorkspaceRole::from_rank(rank).ok_or_else(|| unknown("workspace role", rank))
}

/// The role of a rank that was read.
pub(crate) fn org_role(rank: i16) -> Result<OrgRole, StoreError> {
    OrgRole::from_rank(rank).ok_or_else(|| unknown("organisation role", rank))
}

/// The role of a rank that was read.
pub(crate) fn admin_role(rank: i16) -> Result<AdminRole, StoreError> {
    AdminRole::from_rank(rank).ok_or_else(|| unknown("administrator's role", rank))
}

/// The profile that stands for a number that was read.
pub(crate) fn profile(number: i16) -> Result<Profile, StoreError> {
    Profile::ALL
        .into_iter()
        .find(|profile| profile_number(*profile) == number)
        .ok_or_else(|| unknown("profile", number))
}

/// What a column holds of a profile.
pub(crate) fn profile_number(profile: Profile) -> i16 {
    match profile {
        Profile::Compatible => 1,
        Profile::Strict => 2,
    }
}

/// The resource type that stands for a number that was read.
pub(crate) fn kind(number: i16) -> Result<Kind, StoreError> {
    [Kind::User, Kind::Group]
        .into_iter()
        .find(|kind| kind_number(*kind) == number)
        .ok_or_else(|| unknown("resource type", number))
}

/// What a column holds of a resource type.
pub(crate) fn kind_number(kind: Kind) -> i16 {
    match kind {
        Kind::User => 1,
        Kind::Group => 2,
    }
}

/// The reason that stands for a number that was read.
pub(crate) fn hold_reason(number: i16) -> Result<HoldReason, StoreError> {
    HoldReason::ALL
        .into_iter()
        .find(|reason| hold_reason_number(*reason) == number)
        .ok_or_else(|| unknown("the reason of a hold", number))
}

/// What a column holds of a reason.
pub(crate) fn hold_reason_number(reason: HoldReason) -> i16 {
    match reason {
        HoldReason::Brake => 1,
        HoldReason::LastOwner => 2,
        HoldReason::Grace => 3,
        HoldReason::UpsertOnly => 4,
    }
}

/// The reason that stands for a number that was read.
pub(crate) fn refused(number: i16) -> Result<RefusedToken, StoreError> {
    RefusedToken::ALL
        .into_iter()
        .find(|reason| refused_number(*reason) == number)
        .ok_or_else(|| unknown("reason of a refusal", number))
}

/// What a column holds of why a token was refused.
pub(crate) fn refused_number(reason: RefusedToken) -> i16 {
    match reason {
        RefusedToken::Missing => 1,
        RefusedToken::NotBearer => 2,
        RefusedToken::Malformed => 3,
        RefusedToken::ApiKey => 4,
        RefusedToken::Unknown => 5,
        RefusedToken::OtherOrganisation => 6,
        RefusedToken::Revoked => 7,
        RefusedToken::Expired => 8,
        RefusedToken::AccessTokenExpired => 9,
        RefusedToken::AccessTokenSignature => 10,
        RefusedToken::AccessTokenAudience => 11,
        RefusedToken::ClientId => 12,
    }
}

/// A number in a column that this version gives no meaning to.
pub(crate) fn unknown(what: &str, found: i16) -> StoreError {
    StoreError::Failed(format!("a row holds {found} as {what}, which means nothing to this version"))
}

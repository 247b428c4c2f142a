//! Who asks and what is asked for, in one statement: a read by id, of which there are more than of anything else.

use diesel::{OptionalExtension, RunQueryDsl, dsl, sql_types::Nullable};
use rolecall_domain::{
    ids::{GroupId, UserId},
    ports::{KnownToken, StoreResult, TokenKey, UserInGroups, Wanted},
    records::Group,
};

use super::{
    super::super::types::Text,
    Bind, Conn, Db, Failure, Prepared, Statement,
    dialect::group_list,
    groups::{GroupRow, group_columns},
    in_groups::{self, groups_of_one},
    orgs::{ConnectionRow, OrgRow, TokenRow},
    statement,
    users::{UserRow, user_columns},
};

type Columns<Row> = <dsl::AsSelect<Row, Db> as diesel::expression::Expression>::SqlType;

/// The columns of a token and of whom it is for, in the order of their rows; what is asked for stands behind them.
type Org = Columns<OrgRow>;
type Token = Columns<TokenRow>;
type Connection = Columns<ConnectionRow>;

macro_rules! token_columns {
    () => {
        " o.id, o.slug, o.name, o.created_at, o.schema_version,
          t.id, t.connection_id, t.name, t.hash, t.hint, t.created_at, t.expires_at, t.revoked_at, t.last_used_at, t.scopes,
          c.id, c.name, c.created_at, c.profile, c.switches, c.paused_at, "
    };
}

/// The token of the hash or the id `$2` in the organisation of the slug `$1`.
macro_rules! of_token {
    ($key:literal) => {
        concat!(
            " FROM orgs o
              CROSS JOIN scim_tokens t ON t.org_id = o.id AND t.",
            $key,
            " = $2
              CROSS JOIN connections c ON c.org_id = o.id AND c.id = t.connection_id "
        )
    };
}

/// What is asked for, where the token has the scope of this number ([`TokenScope`](rolecall_domain::token_scope::TokenScope)): of others nothing is read.
macro_rules! if_scope {
    ($scope:literal) => {
        concat!("CASE WHEN (t.scopes & ", $scope, ") <> 0 THEN $3 END")
    };
}

statement! {
    UserAlone -> (Org, Token, Connection, Columns<Option<UserRow>>),
    "SELECT", token_columns!(), user_columns!(), of_token!("hash"), "
     LEFT JOIN users u ON u.org_id = o.id AND u.id = ", if_scope!("1"), "
     WHERE o.slug = $1"
}

statement! {
    UserAloneByTokenId -> (Org, Token, Connection, Columns<Option<UserRow>>),
    "SELECT", token_columns!(), user_columns!(), of_token!("id"), "
     LEFT JOIN users u ON u.org_id = o.id AND u.id = ", if_scope!("1"), "
     WHERE o.slug = $1"
}

statement! {
    UserInTheirGroups -> (Org, Token, Connection, Columns<Option<UserRow>>, Nullable<Text>),
    "SELECT", token_columns!(), user_columns!(), ", ", groups_of_one!("u.org_id"), of_token!("hash"), "
     LEFT JOIN users u ON u.org_id = o.id AND u.id = ", if_scope!("1"), "
     WHERE o.slug = $1"
}

statement! {
    UserInTheirGroupsByTokenId -> (Org, Token, Connection, Columns<Option<UserRow>>, Nullable<Text>),
    "SELECT", token_columns!(), user_columns!(), ", ", groups_of_one!("u.org_id"), of_token!("id"), "
     LEFT JOIN users u ON u.org_id = o.id AND u.id = ", if_scope!("1"), "
     WHERE o.slug = $1"
}

statement! {
    GroupAlone -> (Org, Token, Connection, Columns<Option<GroupRow>>),
    "SELECT", token_columns!(), group_columns!(), of_token!("hash"), "
     LEFT JOIN groups g ON g.org_id = o.id AND g.id = ", if_scope!("4"), "
     WHERE o.slug = $1"
}

statement! {
    GroupAloneByTokenId -> (Org, Token, Connection, Columns<Option<GroupRow>>),
    "SELECT", token_columns!(), group_columns!(), of_token!("id"), "
     LEFT JOIN groups g ON g.org_id = o.id AND g.id = ", if_scope!("4"), "
     WHERE o.slug = $1"
}

fn known(org: OrgRow, token: TokenRow, connection: ConnectionRow) -> StoreResult<KnownToken> {
    Ok((org.into(), token.token()?, connection.connection()?))
}

fn binds(org_slug: &str, key: &TokenKey, id: uuid::Uuid) -> Vec<Bind> {
    let key = match key {
        TokenKey::Hash(hash) => Bind::Bytes(hash.0.to_vec()),
        TokenKey::Id(id) => Bind::id(*id),
    };
    vec![Bind::text(org_slug), key, Bind::id(id)]
}

pub(super) fn user(
    conn: &mut Conn,
    org_slug: &str,
    key: &TokenKey,
    id: UserId,
    wanted: Wanted,
) -> Result<Option<(KnownToken, Option<UserInGroups>)>, Failure> {
    type Alone = (OrgRow, TokenRow, ConnectionRow, Option<UserRow>);
    type Row = (OrgRow, TokenRow, ConnectionRow, Option<UserRow>, Option<String>);
    let binds = binds(org_slug, key, id.0);
    let row: Option<Row> = match wanted {
        Wanted::Related => match key {
            TokenKey::Hash(_) => UserInTheirGroups::with(binds).get_result(conn),
            TokenKey::Id(_) => UserInTheirGroupsByTokenId::with(binds).get_result(conn),
        }
        .optional()?,
        Wanted::TextAlone => {
            let row: Option<Alone> = match key {
                TokenKey::Hash(_) => UserAlone::with(binds).get_result(conn),
                TokenKey::Id(_) => UserAloneByTokenId::with(binds).get_result(conn),
            }
            .optional()?;
            row.map(|(org, token, connection, user)| (org, token, connection, user, None))
        }
    };
    let Some((org, token, connection, user, groups)) = row else { return Ok(None) };
    let user = user.map(|user| StoreResult::Ok((user.user()?, in_groups::parse(groups)?)));
    Ok(Some((known(org, token, connection)?, user.transpose()?)))
}

pub(super) fn group(
    conn: &mut Conn,
    org_slug: &str,
    key: &TokenKey,
    id: GroupId,
) -> Result<Option<(KnownToken, Option<Group>)>, Failure> {
    let binds = binds(org_slug, key, id.0);
    type Row = (OrgRow, TokenRow, ConnectionRow, Option<GroupRow>);
    let row: Option<Row> = match key {
        TokenKey::Hash(_) => GroupAlone::with(binds).get_result(conn),
        TokenKey::Id(_) => GroupAloneByTokenId::with(binds).get_result(conn),
    }
    .optional()?;
    let Some((org, token, connection, group)) = row else { return Ok(None) };
    Ok(Some((known(org, token, connection)?, group.map(GroupRow::group).transpose()?)))
}

//! Organisations, their settings, and the secrets that open them.

use rolecall_domain::{
    ids::{ApiKeyId, ConnectionId, OrgId, TokenId},
    ports::{KnownToken, ReadOrgs, StoreError, StoreResult, TokenKey, Unique, WriteOrgs},
    records::{ApiKey, Connection, Org, SchemaExtension, Settings, Token},
    secret::SecretHash,
    time::Timestamp,
    token_scope::TokenScopes,
};
use rolecall_scim::schema::Schema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    super::super::{
        schema::{api_keys, connections, org_settings, orgs, schema_extensions, scim_tokens},
        types::{self, Key, org_role, words},
    },
    Bind, Conn, Db, Failure, Prepared, Statement, Transaction, statement, unsigned,
};
use diesel::{prelude::*, sql_types::BigInt};

statement! {
    /// Reads no further than it is asked to count. The connection is asked for as a range: of the equality, PostgreSQL's figures
    /// may say that it holds of everybody, and one index is then as good as another.
    CountOwned -> (BigInt, BigInt),
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM users u
                                      WHERE u.org_id = $1 AND u.connection_id >= $2 AND u.connection_id <= $2 LIMIT $3) p),
            (SELECT count(*) FROM (SELECT 1 FROM groups g
                                      WHERE g.org_id = $1 AND g.connection_id >= $2 AND g.connection_id <= $2 LIMIT $3) f)"
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = orgs, check_for_backend(Db))]
pub(crate) struct OrgRow {
    id: i64,
    slug: String,
    name: String,
    created_at: i64,
    schema_version: i64,
}

impl From<OrgRow> for Org {
    fn from(row: OrgRow) -> Self {
        Self {
            id: OrgId(row.id),
            slug: row.slug,
            name: row.name,
            created_at: Timestamp(row.created_at),
            schema_version: row.schema_version,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Db))]
pub(crate) struct ConnectionRow {
    id: ConnectionId,
    name: String,
    created_at: i64,
    profile: i16,
    switches: String,
    paused_at: Option<i64>,
}

impl ConnectionRow {
    pub(super) fn connection(self) -> StoreResult<Connection> {
        let switches = serde_json::from_str(&self.switches).map_err(|error| {
            StoreError::Failed(format!("the switches of connection {}: {error}", self.name))
        })?;
        Ok(Connection {
            id: self.id,
            name: self.name,
            profile: types::profile(self.profile)?,
            created_at: Timestamp(self.created_at),
            switches,
            paused_at: self.paused_at.map(Timestamp),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema_extensions, check_for_backend(Db))]
struct SchemaRow {
    urn: String,
    resource_type: i16,
    required: bool,
    created_at: i64,
    document: String,
}

impl SchemaRow {
    fn extension(self) -> StoreResult<SchemaExtension> {
        let schema: Schema = serde_json::from_str(&self.document)
            .map_err(|error| StoreError::Failed(format!("the schema {}: {error}", self.urn)))?;
        Ok(SchemaExtension {
            schema,
            kind: types::kind(self.resource_type)?,
            required: self.required,
            created_at: Timestamp(self.created_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = scim_tokens, check_for_backend(Db))]
pub(crate) struct TokenRow {
    id: TokenId,
    connection_id: ConnectionId,
    name: String,
    hash: Vec<u8>,
    hint: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
    scopes: i16,
}

impl TokenRow {
    pub(super) fn token(self) -> StoreResult<Token> {
        Ok(Token {
            id: self.id,
            connection: self.connection_id,
            name: self.name,
            hash: secret_hash(self.hash)?,
            hint: self.hint,
            scopes: TokenScopes::from_bits(self.scopes),
            created_at: Timestamp(self.created_at),
            expires_at: self.expires_at.map(Timestamp),
            revoked_at: self.revoked_at.map(Timestamp),
            last_used_at: self.last_used_at.map(Timestamp),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_keys, check_for_backend(Db))]
struct ApiKeyRow {
    id: ApiKeyId,
    name: String,
    hash: Vec<u8>,
    hint: String,
    role: i16,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl ApiKeyRow {
    fn api_key(self) -> StoreResult<ApiKey> {
        Ok(ApiKey {
            id: self.id,
            name: self.name,
            hash: secret_hash(self.hash)?,
            hint: self.hint,
            role: org_role(self.role)?,
            created_at: Timestamp(self.created_at),
            expires_at: self.expires_at.map(Timestamp),
            revoked_at: self.revoked_at.map(Timestamp),
        })
    }
}

pub(super) fn secret_hash(bytes: Vec<u8>) -> StoreResult<SecretHash> {
    let hash = bytes.try_into().map_err(|bytes: Vec<u8>| {
        StoreError::Failed(format!("a secret's hash has {} bytes in place of 32", bytes.len()))
    })?;
    Ok(SecretHash(hash))
}

/// The index that refuses a second connection of a name.
const CONNECTION_NAME: &[(&str, Unique)] = &[("connections_name", Unique::ConnectionName)];

fn json(setting: &impl Serialize) -> StoreResult<String> {
    serde_json::to_string(setting).map_err(|error| StoreError::Failed(error.to_string()))
}

/// A setting as it was stored.
pub(super) fn setting<T: DeserializeOwned>(org: OrgId, stored: &str) -> StoreResult<T> {
    serde_json::from_str(stored)
        .map_err(|error| StoreError::Failed(format!("the settings of organisation {org}: {error}")))
}

impl ReadOrgs for Transaction<'_> {
    fn find_org(&mut self, slug: &str) -> StoreResult<Option<Org>> {
        self.ask(None, |conn| {
            let row = orgs::table
                .filter(orgs::slug.eq(words(slug)))
                .select(OrgRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(Org::from))
        })
    }

    fn list_orgs(&mut self) -> StoreResult<Vec<Org>> {
        self.ask(None, |conn| {
            let rows = orgs::table.order(orgs::slug).select(OrgRow::as_select()).load(conn)?;
            Ok(rows.into_iter().map(Org::from).collect())
        })
    }

    fn find_token(&mut self, org_slug: &str, key: &TokenKey) -> StoreResult<Option<KnownToken>> {
        self.ask(None, |conn| {
            let of_token = connections::org_id
                .eq(scim_tokens::org_id)
                .and(connections::id.eq(scim_tokens::connection_id));
            let of_org = orgs::table
                .inner_join(scim_tokens::table)
                .inner_join(connections::table.on(of_token))
                .filter(orgs::slug.eq(words(org_slug)))
                .select((OrgRow::as_select(), TokenRow::as_select(), ConnectionRow::as_select()));
            let row = match key {
                TokenKey::Hash(hash) => of_org.filter(scim_tokens::hash.eq(&hash.0[..])).first(conn),
                TokenKey::Id(id) => of_org.filter(scim_tokens::id.eq(id.key())).first(conn),
            };
            let row = row.optional()?;
            row.map(|(org, token, connection): (OrgRow, TokenRow, ConnectionRow)| {
                Ok((org.into(), token.token()?, connection.connection()?))
            })
            .transpose()
        })
    }

    fn find_api_key(&mut self, hash: &SecretHash) -> StoreResult<Option<(Org, ApiKey)>> {
        self.ask(None, |conn| {
            let row = orgs::table
                .inner_join(api_keys::table)
                .filter(api_keys::hash.eq(&hash.0[..]))
                .select((OrgRow::as_select(), ApiKeyRow::as_select()))
                .first(conn)
                .optional()?;
            row.map(|(org, key)| Ok((org.into(), key.api_key()?))).transpose()
        })
    }

    fn list_tokens(&mut self, org: OrgId) -> StoreResult<Vec<Token>> {
        self.ask(org, |conn| {
            let rows = scim_tokens::table
                .filter(scim_tokens::org_id.eq(org.0))
                .order(scim_tokens::id)
                .select(TokenRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(TokenRow::token).collect::<StoreResult<_>>()?)
        })
    }

    fn list_api_keys(&mut self, org: OrgId) -> StoreResult<Vec<ApiKey>> {
        self.ask(org, |conn| {
            let rows = api_keys::table
                .filter(api_keys::org_id.eq(org.0))
                .order(api_keys::id)
                .select(ApiKeyRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(ApiKeyRow::api_key).collect::<StoreResult<_>>()?)
        })
    }

    fn find_connection(&mut self, org: OrgId, name: &str) -> StoreResult<Option<ConnectionId>> {
        self.ask(org, |conn| {
            Ok(connections::table
                .filter(connections::org_id.eq(org.0).and(connections::name.eq(words(name))))
                .select(connections::id)
                .first(conn)
                .optional()?)
        })
    }

    fn list_connections(&mut self, org: OrgId) -> StoreResult<Vec<Connection>> {
        self.ask(org, |conn| {
            let rows = connections::table
                .filter(connections::org_id.eq(org.0))
                .order(connections::name)
                .select(ConnectionRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(ConnectionRow::connection).collect::<StoreResult<_>>()?)
        })
    }

    fn count_owned(&mut self, org: OrgId, id: ConnectionId, most: u32) -> StoreResult<(u64, u64)> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(id), Bind::Int(i64::from(most))];
            let (people, groups): (i64, i64) = CountOwned::with(binds).get_result(conn)?;
            Ok((unsigned(people), unsigned(groups)))
        })
    }

    fn list_schemas(&mut self, org: OrgId) -> StoreResult<Vec<SchemaExtension>> {
        self.ask(org, |conn| {
            let rows = schema_extensions::table
                .filter(schema_extensions::org_id.eq(org.0))
                .order((schema_extensions::created_at, schema_extensions::urn))
                .select(SchemaRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(SchemaRow::extension).collect::<StoreResult<_>>()?)
        })
    }

    fn org_name(&mut self, org: OrgId) -> StoreResult<String> {
        self.ask(org, |conn| Ok(orgs::table.filter(orgs::id.eq(org.0)).select(orgs::name).first(conn)?))
    }

    fn settings(&mut self, org: OrgId) -> StoreResult<Settings> {
        self.ask(org, |conn| {
            let row: Option<(String, String, String)> = org_settings::table
                .filter(org_settings::org_id.eq(org.0))
                .select((org_settings::pattern, org_settings::rules, org_settings::guard))
                .first(conn)
                .optional()?;
            let Some((pattern, rules, guard)) = row else { return Ok(Settings::default()) };
            Ok(Settings {
                pattern: setting(org, &pattern)?,
                rules: setting(org, &rules)?,
                guard: setting(org, &guard)?,
            })
        })
    }
}

impl WriteOrgs for Transaction<'_> {
    fn insert_org(
        &mut self,
        slug: &str,
        name: &str,
        settings: &Settings,
        now: Timestamp,
    ) -> StoreResult<Org> {
        self.ask_unique(None, &[("orgs_slug", Unique::OrgSlug)], |conn| {
            let id: i64 = diesel::insert_into(orgs::table)
                .values((orgs::slug.eq(words(slug)), orgs::name.eq(words(name)), orgs::created_at.eq(now.0)))
                .returning(orgs::id)
                .get_result(conn)?;
            diesel::insert_into(org_settings::table)
                .values((
                    org_settings::org_id.eq(id),
                    org_settings::pattern.eq(words(json(&settings.pattern)?)),
                    org_settings::guard.eq(words(json(&settings.guard)?)),
                    org_settings::rules.eq(words(json(&settings.rules)?)),
                ))
                .execute(conn)?;
            let (slug, name) = (slug.to_owned(), name.to_owned());
            Ok(Org { id: OrgId(id), slug, name, created_at: now, schema_version: 0 })
        })
    }

    fn rename_org(&mut self, org: OrgId, name: &str) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let otherwise = orgs::table.filter(orgs::id.eq(org.0).and(orgs::name.ne(words(name))));
            Ok(diesel::update(otherwise).set(orgs::name.eq(words(name))).execute(conn)? > 0)
        })
    }

    fn insert_connection(
        &mut self,
        org: OrgId,
        id: ConnectionId,
        name: &str,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask_unique(org, CONNECTION_NAME, |conn| {
            diesel::insert_into(connections::table)
                .values((
                    connections::org_id.eq(org.0),
                    connections::id.eq(id.key()),
                    connections::name.eq(words(name)),
                    connections::created_at.eq(now.0),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn update_connection(&mut self, org: OrgId, connection: &Connection) -> StoreResult<()> {
        self.ask_unique(org, CONNECTION_NAME, |conn| {
            let row = connections::table
                .filter(connections::org_id.eq(org.0).and(connections::id.eq(connection.id.key())));
            let switches = json(&connection.switches)?;
            diesel::update(row)
                .set((
                    connections::name.eq(words(&connection.name)),
                    connections::profile.eq(types::profile_number(connection.profile)),
                    connections::switches.eq(words(switches)),
                    connections::paused_at.eq(connection.paused_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_connection(&mut self, org: OrgId, id: ConnectionId) -> StoreResult<()> {
        self.ask(org, |conn| {
            let tokens = scim_tokens::org_id.eq(org.0).and(scim_tokens::connection_id.eq(id.key()));
            diesel::delete(scim_tokens::table.filter(tokens)).execute(conn)?;
            let row = connections::org_id.eq(org.0).and(connections::id.eq(id.key()));
            diesel::delete(connections::table.filter(row)).execute(conn)?;
            Ok(())
        })
    }

    fn put_schema(&mut self, org: OrgId, extension: &SchemaExtension) -> StoreResult<()> {
        self.ask(org, |conn| {
            let document = serde_json::to_string(&extension.schema)
                .map_err(|error| StoreError::Failed(error.to_string()))?;
            let changed = (
                schema_extensions::resource_type.eq(types::kind_number(extension.kind)),
                schema_extensions::required.eq(extension.required),
                schema_extensions::document.eq(words(document)),
            );
            diesel::insert_into(schema_extensions::table)
                .values((
                    schema_extensions::org_id.eq(org.0),
                    schema_extensions::urn.eq(words(extension.schema.id.to_ascii_lowercase())),
                    schema_extensions::created_at.eq(extension.created_at.0),
                    changed.clone(),
                ))
                .on_conflict((schema_extensions::org_id, schema_extensions::urn))
                .do_update()
                .set(changed)
                .execute(conn)?;
            count_schema_version(conn, org)
        })
    }

    fn delete_schema(&mut self, org: OrgId, urn: &str) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let of_org = schema_extensions::table.filter(schema_extensions::org_id.eq(org.0));
            let row = of_org.filter(schema_extensions::urn.eq(words(urn.to_ascii_lowercase())));
            if diesel::delete(row).execute(conn)? == 0 {
                return Ok(false);
            }
            count_schema_version(conn, org)?;
            Ok(true)
        })
    }

    fn update_settings(&mut self, org: OrgId, settings: &Settings) -> StoreResult<()> {
        self.ask(org, |conn| {
            let columns = (
                org_settings::pattern.eq(words(json(&settings.pattern)?)),
                org_settings::rules.eq(words(json(&settings.rules)?)),
                org_settings::guard.eq(words(json(&settings.guard)?)),
            );
            diesel::insert_into(org_settings::table)
                .values((org_settings::org_id.eq(org.0), columns.clone()))
                .on_conflict(org_settings::org_id)
                .do_update()
                .set(columns)
                .execute(conn)?;
            Ok(())
        })
    }

    fn insert_token(&mut self, org: OrgId, token: &Token) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(scim_tokens::table)
                .values((
                    scim_tokens::org_id.eq(org.0),
                    scim_tokens::id.eq(token.id.key()),
                    scim_tokens::connection_id.eq(token.connection.key()),
                    scim_tokens::name.eq(words(&token.name)),
                    scim_tokens::hash.eq(&token.hash.0[..]),
                    scim_tokens::hint.eq(words(&token.hint)),
                    scim_tokens::created_at.eq(token.created_at.0),
                    scim_tokens::expires_at.eq(token.expires_at.map(|at| at.0)),
                    scim_tokens::revoked_at.eq(token.revoked_at.map(|at| at.0)),
                    scim_tokens::last_used_at.eq(token.last_used_at.map(|at| at.0)),
                    scim_tokens::scopes.eq(token.scopes.bits()),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn revoke_token(&mut self, org: OrgId, id: TokenId, now: Timestamp) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = scim_tokens::table
                .filter(scim_tokens::org_id.eq(org.0).and(scim_tokens::id.eq(id.key())))
                .filter(scim_tokens::revoked_at.is_null());
            Ok(diesel::update(row).set(scim_tokens::revoked_at.eq(now.0)).execute(conn)? > 0)
        })
    }

    /// One statement per token: a worker calls this now and then, with the few tokens that an instance has seen.
    fn touch_tokens(&mut self, used: &[(OrgId, TokenId, Timestamp)]) -> StoreResult<()> {
        self.ask(None, |conn| {
            for (org, token, at) in used {
                touch_token(conn, *org, *token, *at)?;
            }
            Ok(())
        })
    }

    fn insert_api_key(&mut self, org: OrgId, key: &ApiKey) -> StoreResult<()> {
        self.ask(org, |conn| {
            diesel::insert_into(api_keys::table)
                .values((
                    api_keys::org_id.eq(org.0),
                    api_keys::id.eq(key.id.key()),
                    api_keys::name.eq(words(&key.name)),
                    api_keys::hash.eq(&key.hash.0[..]),
                    api_keys::hint.eq(words(&key.hint)),
                    api_keys::role.eq(key.role.rank()),
                    api_keys::created_at.eq(key.created_at.0),
                    api_keys::expires_at.eq(key.expires_at.map(|at| at.0)),
                    api_keys::revoked_at.eq(key.revoked_at.map(|at| at.0)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn revoke_api_key(&mut self, org: OrgId, id: ApiKeyId, now: Timestamp) -> StoreResult<bool> {
        self.ask(org, |conn| {
            let row = api_keys::table
                .filter(api_keys::org_id.eq(org.0).and(api_keys::id.eq(id.key())))
                .filter(api_keys::revoked_at.is_null());
            Ok(diesel::update(row).set(api_keys::revoked_at.eq(now.0)).execute(conn)? > 0)
        })
    }
}

/// Whoever keeps what follows from the schemas sees by the version that they have changed.
fn count_schema_version(conn: &mut Conn, org: OrgId) -> Result<(), Failure> {
    let row = orgs::table.filter(orgs::id.eq(org.0));
    diesel::update(row).set(orgs::schema_version.eq(orgs::schema_version + 1)).execute(conn)?;
    Ok(())
}

/// Several instances report; the latest use counts.
fn touch_token(conn: &mut Conn, org: OrgId, token: TokenId, at: Timestamp) -> Result<(), Failure> {
    let row = scim_tokens::table
        .filter(scim_tokens::org_id.eq(org.0).and(scim_tokens::id.eq(token.key())))
        .filter(scim_tokens::last_used_at.is_null().or(scim_tokens::last_used_at.lt(at.0)));
    diesel::update(row).set(scim_tokens::last_used_at.eq(at.0)).execute(conn)?;
    Ok(())
}

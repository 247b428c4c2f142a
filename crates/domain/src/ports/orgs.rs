//! Organisations, their settings, and the secrets that open them.

use super::StoreResult;
use crate::{
    ids::{ApiKeyId, ConnectionId, OrgId, TokenId},
    records::{ApiKey, Connection, Org, SchemaExtension, Settings, Token},
    secret::SecretHash,
    time::Timestamp,
};

/// A token, whose it is, and for which connection.
pub type KnownToken = (Org, Token, Connection);

/// By what a SCIM token is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TokenKey {
    /// The hash of its secret, which the client presents.
    Hash(SecretHash),
    /// Its id, which an access token of ours names.
    Id(TokenId),
}

/// Questions.
pub trait ReadOrgs {
    /// The organisation of that slug.
    fn find_org(&mut self, slug: &str) -> StoreResult<Option<Org>>;
    /// All organisations, by slug.
    fn list_orgs(&mut self) -> StoreResult<Vec<Org>>;
    /// The token of that hash or id, if it belongs to the organisation of that slug, and its connection.
    /// Expired and revoked ones, too: the rule is the caller's. One statement.
    fn find_token(&mut self, org_slug: &str, key: &TokenKey) -> StoreResult<Option<KnownToken>>;
    /// The key with that hash, in whichever organisation. One statement.
    fn find_api_key(&mut self, hash: &SecretHash) -> StoreResult<Option<(Org, ApiKey)>>;
    /// All SCIM tokens of an organisation, oldest first.
    fn list_tokens(&mut self, org: OrgId) -> StoreResult<Vec<Token>>;
    /// All API keys of an organisation, oldest first.
    fn list_api_keys(&mut self, org: OrgId) -> StoreResult<Vec<ApiKey>>;
    /// The connection of that name.
    fn find_connection(&mut self, org: OrgId, name: &str) -> StoreResult<Option<ConnectionId>>;
    /// All connections of an organisation, by name. There are few.
    fn list_connections(&mut self, org: OrgId) -> StoreResult<Vec<Connection>>;
    /// How many people and how many groups a connection owns; hidden people, too. Each is counted up to `most`.
    fn count_owned(&mut self, org: OrgId, id: ConnectionId, most: u32) -> StoreResult<(u64, u64)>;
    /// The extension schemas of an organisation, in the order in which they were added. There are few.
    fn list_schemas(&mut self, org: OrgId) -> StoreResult<Vec<SchemaExtension>>;
    /// What an organisation is called.
    fn org_name(&mut self, org: OrgId) -> StoreResult<String>;
    /// An organisation's switches.
    fn settings(&mut self, org: OrgId) -> StoreResult<Settings>;
}

/// Changes.
pub trait WriteOrgs {
    /// Adds an organisation with settings; answers its number. [`Unique::OrgSlug`](super::Unique) when taken.
    fn insert_org(&mut self, slug: &str, name: &str, settings: &Settings, now: Timestamp)
    -> StoreResult<Org>;
    /// Calls an organisation otherwise; `false` when it is called so already.
    fn rename_org(&mut self, org: OrgId, name: &str) -> StoreResult<bool>;
    /// Adds a connection, with the default profile and switches.
    fn insert_connection(
        &mut self,
        org: OrgId,
        id: ConnectionId,
        name: &str,
        now: Timestamp,
    ) -> StoreResult<()>;
    /// Writes a connection's name, profile, switches and pause. [`Unique::ConnectionName`](super::Unique) when taken.
    fn update_connection(&mut self, org: OrgId, connection: &Connection) -> StoreResult<()>;
    /// Removes a connection that owns nobody, with its tokens.
    fn delete_connection(&mut self, org: OrgId, id: ConnectionId) -> StoreResult<()>;
    /// Adds an extension schema, or puts it in the place of the one with the same URN, which keeps its place in the
    /// order. Counts the organisation's `schema_version` up.
    fn put_schema(&mut self, org: OrgId, extension: &SchemaExtension) -> StoreResult<()>;
    /// Removes the extension schema with that URN, in any case of letters; `false` when there is none. Counts the
    /// organisation's `schema_version` up.
    fn delete_schema(&mut self, org: OrgId, urn: &str) -> StoreResult<bool>;
    /// Writes the switches.
    fn update_settings(&mut self, org: OrgId, settings: &Settings) -> StoreResult<()>;
    /// Adds a SCIM token.
    fn insert_token(&mut self, org: OrgId, token: &Token) -> StoreResult<()>;
    /// Revokes one; `false` when there is none of that id, or it is revoked already.
    fn revoke_token(&mut self, org: OrgId, id: TokenId, now: Timestamp) -> StoreResult<bool>;
    /// Notes when tokens were last used.
    fn touch_tokens(&mut self, used: &[(OrgId, TokenId, Timestamp)]) -> StoreResult<()>;
    /// Adds an API key.
    fn insert_api_key(&mut self, org: OrgId, key: &ApiKey) -> StoreResult<()>;
    /// Revokes one; `false` when there is none of that id, or it is revoked already.
    fn revoke_api_key(&mut self, org: OrgId, id: ApiKeyId, now: Timestamp) -> StoreResult<bool>;
}

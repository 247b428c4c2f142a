//! People, groups, workspaces and mappings by name, and bodies as an IdP sends them.
//!
//! Bodies that are none panic: in a test that is a typing error.

use rolecall_scim::{
    document::Document,
    index::index_document,
    members::{GroupBody, GroupStep, group_from_value, split},
    patch::{Operation, PatchRequest},
    profile::Profile,
    schema::{ResourceType, Schema},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::NumberedIds;
use crate::{
    administrator::Administrator,
    connect_link::ConnectLink,
    event::{Actor, Cause},
    ids::{
        AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, GroupId, MappingId, OrgId, TokenId,
        UserId, WorkspaceId,
    },
    pattern::slug_of,
    ports::{Ids, Kind},
    records::{
        ApiKey, Connection, Group, GroupFacts, Mapping, MappingOrigin, MemberId, Org, RoleMapping,
        SchemaExtension, Settings, StoredDocument, Token, User, Workspace, WrittenDocument,
    },
    request_log::LoggedRequest,
    role::{AdminRole, OrgRole, WorkspaceRole},
    secret::Secret,
    switches::Switches,
    time::Timestamp,
    token_scope::TokenScopes,
    use_cases::{
        Act,
        groups::group_facts,
        users::{Unsaid, user_facts},
    },
};

/// The organisation in which tests happen.
pub const ORG: OrgId = OrgId(1);
/// When everything that builders make was made: 2026-01-01T00:00:00Z.
pub const THEN: Timestamp = Timestamp(1_767_225_600_000);
/// When the test's own act happens: a day later.
pub const NOW: Timestamp = Timestamp(1_767_225_600_000 + 86_400_000);

/// The connection by which everybody came.
pub fn the_connection() -> ConnectionId {
    ConnectionId(named("connection", "default"))
}

/// The connection of that name, with the profile that one begins with.
pub fn a_connection(name: &str) -> Connection {
    let id = ConnectionId(named("connection", name));
    Connection {
        id,
        name: name.to_owned(),
        profile: Profile::default(),
        created_at: THEN,
        switches: Switches::default(),
        paused_at: None,
    }
}

/// A schema with an attribute `level` (a number) and one `desk` (text), added to a resource type.
pub fn an_extension(urn: &str, kind: Kind) -> SchemaExtension {
    let document = json!({"id": urn, "name": "HR", "attributes": [{"name": "level", "type": "integer"}, {"name": "desk"}]});
    let schema = Schema::parse(document).expect("a test's schema is well formed");
    SchemaExtension { schema, kind, required: false, created_at: THEN }
}

/// An administrator's act, now, with ids that count from one. For a series of acts on one store see [`an_act_with`].
pub fn an_act() -> Act<'static> {
    // A few bytes for as long as the test runs, so that a test need not hold the counter.
    an_act_with(Box::leak(Box::default()))
}

/// An act whose ids go on where the last act's ended.
pub fn an_act_with(ids: &NumberedIds) -> Act<'_> {
    let cause = Cause {
        change: ChangeId(named("change", "the only one")),
        actor: Actor::ApiKey(ApiKeyId(named("api key", "admin"))),
        at: NOW,
    };
    Act { org: ORG, cause, ids: ids as &dyn Ids, switches: Switches::nothing_special() }
}

/// An act of a connection's IdP, with these switches.
pub fn an_act_of<'a>(connection: ConnectionId, switches: &'a Switches) -> Act<'a> {
    let act = an_act();
    let actor = Actor::Idp { connection, token: TokenId(named("token", "the only one")) };
    Act { cause: Cause { actor, ..act.cause }, switches, ..act }
}

/// The organisation of [`ORG`].
pub fn an_org(slug: &str) -> Org {
    Org { id: ORG, slug: slug.to_owned(), name: slug.to_owned(), created_at: THEN, schema_version: 0 }
}

/// The id of [`a_user`] of that name.
pub fn user_id(name: &str) -> UserId {
    UserId(named("user", name))
}

/// The id of [`a_group`] of that name.
pub fn group_id(name: &str) -> GroupId {
    GroupId(named("group", name))
}

/// An active person, `userName` `ada@acme.test` for `ada`.
pub fn a_user(name: &str) -> User {
    a_user_with(name, json!({}))
}

/// The same with more attributes, or others: `a_user_with("ada", json!({"active": false}))`.
pub fn a_user_with(name: &str, attributes: Value) -> User {
    let body = merged(json!({"userName": format!("{name}@acme.test")}), attributes);
    let document = a_user_document(body).with_default("active", Value::Bool(true));
    let facts = user_facts(&document, Unsaid { active: true, compose_display_name: true });
    User {
        id: user_id(name),
        connection: the_connection(),
        org_role: facts.org_role,
        facts,
        document: stored(&document),
        gone_at: None,
    }
}

/// A pushed group. Its name is read by the default pattern.
pub fn a_group(name: &str) -> Group {
    a_group_with(name, json!({}))
}

/// The same with more attributes: `a_group_with("Sales", json!({"externalId": "1"}))`. Its id is that of `name` and
/// its `externalId`, so that two groups of one name are two.
pub fn a_group_with(name: &str, attributes: Value) -> Group {
    let document = a_group_body(merged(json!({"displayName": name}), attributes)).document;
    let facts = group_facts(&document, &Settings::default());
    let id = match &facts.external_id {
        Some(external_id) => group_id(&format!("{name}/{external_id}")),
        None => group_id(name),
    };
    Group { id, connection: Some(the_connection()), document: stored(&document), facts }
}

/// A group that an administrator named in a mapping and that no IdP has pushed yet.
pub fn a_waiting_group(name: &str) -> Group {
    let pushed = a_group(name);
    Group {
        id: GroupId(named("waiting group", name)),
        connection: None,
        document: StoredDocument { text: "{}".into(), ..pushed.document },
        facts: GroupFacts { pattern: None, ..pushed.facts },
    }
}

/// A workspace; its slug is made from its name.
pub fn a_workspace(name: &str) -> Workspace {
    Workspace {
        id: WorkspaceId(named("workspace", name)),
        name: name.to_owned(),
        slug: slug_of(name),
        created_at: THEN,
        updated_at: THEN,
        archived_at: None,
    }
}

/// A mapping that an administrator made.
pub fn a_mapping(group: &Group, workspace: &Workspace, role: WorkspaceRole) -> Mapping {
    Mapping {
        id: MappingId(named("mapping", &format!("{} {}", group.id, workspace.id))),
        group: group.id,
        group_name: group.facts.display_name.clone(),
        workspace: workspace.id,
        role,
        origin: MappingOrigin::Admin,
        created_at: THEN,
        paused_at: None,
        change: None,
    }
}

/// A role in the organisation that an administrator let a group give.
pub fn a_role_mapping(group: &Group, role: OrgRole) -> RoleMapping {
    RoleMapping {
        id: MappingId(named("role mapping", &group.id.to_string())),
        group: group.id,
        group_name: group.facts.display_name.clone(),
        role,
        created_at: THEN,
        paused_at: None,
        change: None,
    }
}

/// The mapping that follows from the group's name.
pub fn a_mapping_by_name(group: &Group, workspace: &Workspace, role: WorkspaceRole) -> Mapping {
    Mapping { origin: MappingOrigin::Pattern, ..a_mapping(group, workspace, role) }
}

/// A live SCIM token that opens with `secret`.
pub fn a_token(name: &str, secret: &Secret) -> Token {
    Token {
        id: TokenId(named("token", name)),
        connection: the_connection(),
        name: name.to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        scopes: TokenScopes::ALL,
        created_at: THEN,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

/// A setup link to [`the_connection`], for a week from [`NOW`].
pub fn a_connect_link(name: &str, secret: &Secret) -> ConnectLink {
    ConnectLink {
        id: ConnectLinkId(named("setup link", name)),
        connection: the_connection(),
        name: name.to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        created_at: THEN,
        expires_at: NOW.plus_days(7),
        revoked_at: None,
        opened_at: None,
    }
}

/// A live key of the admin API that opens with `secret`.
pub fn an_api_key(name: &str, role: OrgRole, secret: &Secret) -> ApiKey {
    ApiKey {
        id: ApiKeyId(named("api key", name)),
        name: name.to_owned(),
        hash: secret.hash(),
        hint: secret.hint(),
        role,
        created_at: THEN,
        expires_at: None,
        revoked_at: None,
    }
}

/// An administrator who has never set a password.
pub fn an_administrator(email: &str, role: AdminRole) -> Administrator {
    Administrator {
        id: AdministratorId(named("administrator", email)),
        email: email.to_owned(),
        role,
        password: None,
        created_at: THEN,
        signed_in_at: None,
        disabled_at: None,
    }
}

/// The person of that name, as a member of a group.
pub fn person(name: &str) -> MemberId {
    MemberId::User(user_id(name))
}

/// A User as an IdP sends it.
pub fn a_user_document(body: Value) -> Document {
    Document::from_value(body, ResourceType::user(), Profile::Compatible)
        .expect("a test's User is well formed")
}

/// A Group as an IdP sends it, with or without `members`.
pub fn a_group_body(body: Value) -> GroupBody {
    group_from_value(body, ResourceType::group(), Profile::Compatible).expect("a test's Group is well formed")
}

/// PATCH operations on a User: `a_user_patch(json!([{"op": "replace", "path": "active", "value": false}]))`.
pub fn a_user_patch(operations: Value) -> Vec<Operation> {
    patch(operations, ResourceType::user())
}

/// PATCH operations on a Group.
pub fn a_group_patch(operations: Value) -> Vec<GroupStep> {
    split(patch(operations, ResourceType::group()), ResourceType::group(), Profile::Compatible)
        .expect("a test's operations on members are well formed")
}

/// Both texts of a User document, for tests that insert one themselves. As the use cases do it, filters find a composed
/// `displayName`.
pub fn written_user(user: &User) -> WrittenDocument {
    let composed = user.facts.display_name_composed.then_some(user.facts.display_name.as_str());
    written(&user.document, composed, ResourceType::user())
}

/// Both texts of a Group document.
pub fn written_group(group: &Group) -> WrittenDocument {
    written(&group.document, None, ResourceType::group())
}

fn written(
    stored: &StoredDocument,
    display_name: Option<&str>,
    resource_type: &ResourceType,
) -> WrittenDocument {
    let mut shown = Document::from_stored(&stored.text).expect("builders store documents");
    if let Some(name) = display_name {
        shown = shown.with_default("displayName", name.into());
    }
    let index = Value::Object(index_document(&shown, resource_type)).to_string();
    WrittenDocument { text: stored.text.clone(), index }
}

fn patch(operations: Value, resource_type: &ResourceType) -> Vec<Operation> {
    let message =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    PatchRequest::from_value(message, resource_type, Profile::Compatible)
        .expect("a test's PATCH is well formed")
}

fn stored(document: &Document) -> StoredDocument {
    StoredDocument { text: document.to_json(), version: 1, created_at: THEN, modified_at: THEN }
}

fn merged(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

/// The same id for the same name, another one for another kind of thing.
fn named(kind: &str, name: &str) -> Uuid {
    let digest = Sha256::digest(format!("{kind} {name}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // Version 8 (RFC 9562 §5.8): made by a rule of its own.
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A request of [`the_connection`], about nobody, answered 200.
pub fn a_request(id: Uuid, at: Timestamp) -> LoggedRequest {
    LoggedRequest {
        id: ChangeId(id),
        at,
        connection: Some(the_connection()),
        token: None,
        refused: None,
        method: "GET".into(),
        path: "/Users".into(),
        query: None,
        status: 200,
        scim_type: None,
        detail: None,
        duration_us: 1500,
        remote: None,
        user_agent: None,
        idp: None,
        kind: None,
        resource: None,
        name: None,
    }
}

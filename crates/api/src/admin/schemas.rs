//! Extension schemas: the attributes that an administrator adds to those of the RFC.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ports::{Kind, ReadCost},
    records::SchemaExtension,
    time::Timestamp,
    use_cases::schemas::{self, NewSchema},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    attribute::SchemaAttribute,
    body,
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/schemas").get(list).post(add).done())
        .service(Endpoint::at("/scim/schemas/{urn}").get(find).put(replace).delete(remove).done());
}

/// What a schema extends.
#[derive(Serialize, Clone, Copy, ToSchema)]
#[schema(as = ResourceType)]
enum ResourceTypeWord {
    /// People.
    User,
    /// Groups.
    Group,
}

/// A schema document (RFC 7643 §7) and what it extends. `schemas` and `meta`, which other servers' documents have, are
/// skipped.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSchema)]
#[allow(dead_code, reason = "it describes the body; the domain reads it, so that errors say where")]
struct Description {
    /// The URN of the schema.
    #[schema(example = "urn:example:params:scim:schemas:extension:hr:1.0:User")]
    id: String,
    /// For people.
    #[schema(example = "HR")]
    name: Option<String>,
    /// For people.
    description: Option<String>,
    /// The resource type that it extends.
    #[serde(rename = "resourceType")]
    #[schema(value_type = ResourceTypeWord)]
    resource_type: String,
    /// Whether a resource without it is refused. Those that are there already stay changeable by PATCH.
    #[schema(default = false)]
    required: Option<bool>,
    /// As in RFC 7643 §7: `name`, `type`, `subAttributes`, `multiValued`, `description`, `required`, `canonicalValues`,
    /// `caseExact`, `mutability`, `returned`, `referenceTypes`. What is left out takes the defaults of §2.2.
    #[schema(example = json!([{"name": "costLevel", "type": "integer"}]))]
    attributes: Vec<SchemaAttribute>,
}

/// A schema that was added, with every characteristic of its attributes.
#[derive(Serialize, ToSchema)]
#[schema(as = Schema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaView {
    /// The resource type that it extends.
    resource_type: ResourceTypeWord,
    /// Whether a resource without it is refused.
    required: bool,
    /// When it was added.
    #[serde(rename = "created_at")]
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// `id`, `name`, `description` and `attributes` (RFC 7643 §7).
    #[serde(flatten)]
    #[schema(value_type = SchemaBody)]
    schema: rolecall_scim::schema::Schema,
}

/// A schema's own document (RFC 7643 §7).
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what the protocol's own type renders")]
pub(crate) struct SchemaBody {
    /// The URN of the schema.
    #[schema(example = "urn:example:params:scim:schemas:extension:hr:1.0:User")]
    id: String,
    /// For people.
    #[schema(example = "HR")]
    name: String,
    /// For people.
    #[schema(example = "What HR knows of a person")]
    description: String,
    /// Its attributes.
    attributes: Vec<SchemaAttribute>,
}

impl From<Kind> for ResourceTypeWord {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::User => Self::User,
            Kind::Group => Self::Group,
        }
    }
}

impl From<SchemaExtension> for SchemaView {
    fn from(extension: SchemaExtension) -> Self {
        let SchemaExtension { schema, kind, required, created_at } = extension;
        Self { resource_type: kind.into(), required, created_at, schema }
    }
}

/// The schemas that were added, oldest first. There are at most 20.
#[utoipa::path(
    get, path = "/v1/scim/schemas", tag = "Schemas", operation_id = "list_schemas",
    params(PageQuery),
    responses((status = 200, description = "All of them", body = Page<SchemaView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let all = call.read(ReadCost::Point, |tx, org| Ok(tx.list_schemas(org)?)).await?;
    answer::ok(&Page::of(all.into_iter().map(SchemaView::from).collect(), &page))
}

/// Adds a schema. From the next SCIM request on, its attributes are read, stored, filtered by and shown at `/Schemas`.
#[utoipa::path(
    post, path = "/v1/scim/schemas", tag = "Schemas", operation_id = "add_schema",
    request_body = inline(Description),
    responses((status = 201, description = "Added", body = SchemaView), Refusal, BadBody, Conflict)
)]
pub(crate) async fn add(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted = read(&request, &state, payload).await?;
    let added = call.write(move |tx, act| Ok(schemas::add(tx, act, wanted.clone())?)).await?;
    answer::created(format!("/v1/scim/schemas/{}", added.schema.id), &SchemaView::from(added))
}

/// One schema.
#[utoipa::path(
    get, path = "/v1/scim/schemas/{urn}", tag = "Schemas", operation_id = "find_schema",
    params(("urn" = String, Path, description = "URN of the schema, in any case of letters")),
    responses((status = 200, description = "It", body = SchemaView), Refusal, Missing)
)]
pub(crate) async fn find(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let urn = path.into_inner();
    let found = call.read(ReadCost::Point, move |tx, org| Ok(schemas::require(tx, org, &urn)?)).await?;
    answer::ok(&SchemaView::from(found))
}

/// Puts a document in the place of the schema. Nothing that is stored is rewritten: a resource shows what it was given
/// until it is next written, and loses then what no longer fits.
#[utoipa::path(
    put, path = "/v1/scim/schemas/{urn}", tag = "Schemas", operation_id = "replace_schema",
    params(("urn" = String, Path, description = "URN of the schema, in any case of letters")),
    request_body = inline(Description),
    responses((status = 200, description = "As it is now", body = SchemaView), Refusal, BadBody, Missing)
)]
pub(crate) async fn replace(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted = read(&request, &state, payload).await?;
    let urn = path.into_inner();
    let now = call.write(move |tx, act| Ok(schemas::replace(tx, act, &urn, wanted.clone())?)).await?;
    answer::ok(&SchemaView::from(now))
}

/// Removes a schema. Its values are shown no more; a resource loses them when it is next written, and shows them again
/// if the schema comes back before.
#[utoipa::path(
    delete, path = "/v1/scim/schemas/{urn}", tag = "Schemas", operation_id = "remove_schema",
    params(("urn" = String, Path, description = "URN of the schema, in any case of letters")),
    responses((status = 204, description = "Removed"), Refusal, Missing)
)]
pub(crate) async fn remove(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let urn = path.into_inner();
    call.write(move |tx, act| Ok(schemas::remove(tx, act, &urn)?)).await?;
    answer::no_content()
}

async fn read(request: &HttpRequest, state: &AppState, payload: Payload) -> Result<NewSchema, Problem> {
    let document: Map<String, Value> = body::read(request, state, payload).await?;
    Ok(NewSchema::parse(Value::Object(document))?)
}

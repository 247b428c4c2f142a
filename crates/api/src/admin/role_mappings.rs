//! Groups that give a role in the organisation.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::{GroupId, MappingId},
    ports::ReadCost,
    records::RoleMapping,
    role::OrgRole,
    use_cases::role_mappings,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    mappings::which_group,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/roles").get(list).post(create).done())
        .service(Endpoint::at("/scim/roles/{id}").put(change).delete(delete).done())
        .service(Endpoint::at("/scim/roles/{id}/pause").post(pause).done())
        .service(Endpoint::at("/scim/roles/{id}/resume").post(resume).done());
}

/// A group that shall give a role in the organisation. Give `scim_group_name` or `scim_group_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoleMapping {
    /// The group's name, without regard to case. The IdP need not have pushed it yet.
    #[schema(example = "IT administrators")]
    scim_group_name: Option<String>,
    /// The group's id.
    #[schema(format = Uuid)]
    scim_group_id: Option<String>,
    /// What the group's people are in the organisation, at least.
    #[serde(deserialize_with = "words::word")]
    #[schema(value_type = words::OrgRoleWord)]
    role: OrgRole,
}

/// What the group shall give from now on; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleMappingChange {
    /// What the group's people are in the organisation, at least.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<words::OrgRoleWord>)]
    role: Option<OrgRole>,
    /// Whether it gives nothing for now.
    paused: Option<bool>,
}

/// Group → role in the organisation.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleMapping)]
pub(crate) struct RoleMappingView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05")]
    id: MappingId,
    /// The group's name.
    #[schema(example = "IT administrators")]
    scim_group: String,
    /// The group.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    scim_group_id: GroupId,
    /// What the group's people are in the organisation, at least.
    #[schema(value_type = words::OrgRoleWord)]
    role: OrgRole,
    /// Whether it gives nothing until it is resumed.
    paused: bool,
}

impl From<RoleMapping> for RoleMappingView {
    fn from(mapping: RoleMapping) -> Self {
        Self {
            id: mapping.id,
            scim_group: mapping.group_name,
            scim_group_id: mapping.group,
            role: mapping.role,
            paused: mapping.paused_at.is_some(),
        }
    }
}

/// Makes a group give a role in the organisation. The same call again answers the same mapping.
#[utoipa::path(
    post, path = "/v1/scim/roles", tag = "Roles", operation_id = "create_role_mapping",
    request_body = NewRoleMapping,
    responses(
        (status = 200, description = "The mapping", body = RoleMappingView),
        Conflict, Refusal, Missing, BadBody,
    )
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewRoleMapping = body::read(&request, &state, payload).await?;
    let group = which_group(wanted.scim_group_name, wanted.scim_group_id)?;
    let made = call.write(move |tx, act| Ok(role_mappings::create(tx, act, &group, wanted.role)?)).await?;
    answer::ok(&RoleMappingView::from(made))
}

/// The groups that give a role in the organisation, in the order in which they were made to.
#[utoipa::path(
    get, path = "/v1/scim/roles", tag = "Roles", operation_id = "list_role_mappings",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<RoleMappingView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = tx.list_role_mappings(org, page.slice(MappingId))?;
            let next_cursor = page.cut(&mut rows, |mapping| mapping.id.0);
            let total = tx.count_role_mappings(org)?;
            Ok(Page { data: rows.into_iter().map(RoleMappingView::from).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// Changes what a group gives in the organisation, or pauses or resumes it.
#[utoipa::path(
    put, path = "/v1/scim/roles/{id}", tag = "Roles", operation_id = "update_role_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    request_body = RoleMappingChange,
    responses((status = 200, description = "As it is now", body = RoleMappingView), Refusal, Missing, BadBody)
)]
pub(crate) async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: RoleMappingChange = body::read(&request, &state, payload).await?;
    put(&call, path.into_inner(), wanted).await
}

/// The group gives no role in the organisation any more.
#[utoipa::path(
    delete, path = "/v1/scim/roles/{id}", tag = "Roles", operation_id = "delete_role_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    responses((status = 204, description = "Gone"), Refusal, Missing)
)]
pub(crate) async fn delete(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let id = path.into_inner();
    call.write(move |tx, act| Ok(role_mappings::delete(tx, act, &id)?)).await?;
    answer::no_content()
}

/// The group gives no role in the organisation until it is resumed.
#[utoipa::path(
    post, path = "/v1/scim/roles/{id}/pause", tag = "Roles", operation_id = "pause_role_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    responses((status = 200, description = "As it is now", body = RoleMappingView), Refusal, Missing)
)]
pub(crate) async fn pause(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    put(&call, path.into_inner(), RoleMappingChange { role: None, paused: Some(true) }).await
}

/// The group gives its role in the organisation again.
#[utoipa::path(
    post, path = "/v1/scim/roles/{id}/resume", tag = "Roles", operation_id = "resume_role_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    responses((status = 200, description = "As it is now", body = RoleMappingView), Refusal, Missing)
)]
pub(crate) async fn resume(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    put(&call, path.into_inner(), RoleMappingChange { role: None, paused: Some(false) }).await
}

async fn put(call: &Call, id: String, wanted: RoleMappingChange) -> Answer {
    let changed = call
        .write(move |tx, act| Ok(role_mappings::change(tx, act, &id, wanted.role, wanted.paused)?))
        .await?;
    answer::ok(&RoleMappingView::from(changed))
}

//! Mappings that an administrator makes: a group gives its people a role in a workspace.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::{GroupId, MappingId, WorkspaceId},
    ports::{MappingFilter, ReadCost},
    records::Mapping,
    role::WorkspaceRole,
    use_cases::{
        mappings::{self, GroupRef, Members},
        workspaces::{WorkspaceRef, find_workspace},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::PageQuery,
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/workspaces").get(list).post(create).done())
        .service(Endpoint::at("/scim/workspaces/{id}").put(change).delete(delete).done())
        .service(Endpoint::at("/scim/workspaces/{id}/pause").post(pause).done())
        .service(Endpoint::at("/scim/workspaces/{id}/resume").post(resume).done());
}

/// A mapping to be made. Give `scim_group_name` or `scim_group_id`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMapping {
    /// The group's name, without regard to case. The IdP need not have pushed it yet.
    #[schema(example = "Sales managers")]
    scim_group_name: Option<String>,
    /// The group's id.
    #[schema(format = Uuid)]
    scim_group_id: Option<String>,
    /// Id or slug of the workspace.
    #[schema(example = "sales")]
    workspace_id: String,
    /// What the group's people become there.
    #[serde(deserialize_with = "words::word")]
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
}

/// What a mapping shall give from now on; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingChange {
    /// What the group's people become.
    #[serde(default, deserialize_with = "words::given")]
    #[schema(value_type = Option<words::WorkspaceRoleWord>)]
    role: Option<WorkspaceRole>,
    /// Whether it gives nothing for now.
    paused: Option<bool>,
}

/// What becomes of a mapping's people.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// `true`: who has a role by the mapping keeps it, as a manual grant. Otherwise they lose it.
    #[serde(default, deserialize_with = "words::given")]
    keep_members: Option<bool>,
}

/// Group → (workspace, role).
#[derive(Serialize, ToSchema)]
#[schema(as = Mapping)]
pub(crate) struct MappingView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a04")]
    id: MappingId,
    /// The workspace.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    workspace_id: WorkspaceId,
    /// The group's name.
    #[schema(example = "Sales managers")]
    scim_group: String,
    /// The group.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    scim_group_id: GroupId,
    /// What the group's people become there.
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
    /// Whether it gives nothing until it is resumed.
    paused: bool,
}

impl From<Mapping> for MappingView {
    fn from(mapping: Mapping) -> Self {
        Self {
            id: mapping.id,
            workspace_id: mapping.workspace,
            scim_group: mapping.group_name,
            scim_group_id: mapping.group,
            role: mapping.role,
            paused: mapping.paused_at.is_some(),
        }
    }
}

/// A page of mappings. Its names differ from other lists: they are those of the platform whose scripts carry over.
#[derive(Serialize, ToSchema)]
pub(crate) struct MappingPage {
    /// Those of this page.
    mappings: Vec<MappingView>,
    /// How many match in all.
    #[schema(example = 1)]
    total_count: u64,
    /// Give it as `cursor` to get the next page; `null` on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// What mappings are listed by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MappingQuery {
    /// Id or slug of a workspace.
    #[serde(default, deserialize_with = "words::given")]
    workspace_id: Option<String>,
    /// Id of a group.
    #[serde(default, deserialize_with = "words::given")]
    scim_group_id: Option<String>,
    /// A role: `admin`, `manager` or `member`.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<words::WorkspaceRoleWord>)]
    role: Option<WorkspaceRole>,
}

/// Maps a group to a role in a workspace. The same call again answers the same mapping.
#[utoipa::path(
    post, path = "/v1/scim/workspaces", tag = "Mappings", operation_id = "create_mapping",
    request_body = NewMapping,
    responses(
        (status = 200, description = "The mapping", body = MappingView),
        Conflict, Refusal, Missing, BadBody,
    )
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewMapping = body::read(&request, &state, payload).await?;
    let group = which_group(wanted.scim_group_name, wanted.scim_group_id)?;
    let workspace = WorkspaceRef(wanted.workspace_id);
    let made =
        call.write(move |tx, act| Ok(mappings::create(tx, act, &group, &workspace, wanted.role)?)).await?;
    answer::ok(&MappingView::from(made))
}

pub(super) fn which_group(name: Option<String>, id: Option<String>) -> Result<GroupRef, Problem> {
    match (name, id) {
        (Some(name), None) => Ok(GroupRef::Name(name)),
        (None, Some(id)) => Ok(GroupRef::Id(id)),
        (Some(_), Some(_)) => Err(Problem::invalid("give scim_group_name or scim_group_id, not both")),
        (None, None) => Err(Problem::invalid("scim_group_name or scim_group_id is missing: which group?")),
    }
}

/// The mappings that administrators made, in the order of their creation. Groups that map themselves by their name
/// are in `GET /v1/scim/groups`.
#[utoipa::path(
    get, path = "/v1/scim/workspaces", tag = "Mappings", operation_id = "list_mappings",
    params(MappingQuery, PageQuery),
    responses((status = 200, description = "A page", body = MappingPage), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (wanted, page): (MappingQuery, PageQuery) = (query::read(&request)?, query::read(&request)?);
    let group = wanted.scim_group_id.map(|given| {
        let wrong = || {
            Problem::invalid(format!("scim_group_id: `{given}` is not an id; GET /v1/scim/groups shows them"))
        };
        GroupId::parse(&given).ok_or_else(wrong)
    });
    let (group, role, workspace) = (group.transpose()?, wanted.role, wanted.workspace_id.map(WorkspaceRef));
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let workspace = match &workspace {
                None => None,
                Some(given) => match find_workspace(tx, org, given)? {
                    Some(workspace) => Some(workspace.id),
                    // Nothing is mapped to what is not there; a script that cleans up asks after the workspace is gone.
                    None => {
                        return Ok(MappingPage { mappings: Vec::new(), total_count: 0, next_cursor: None });
                    }
                },
            };
            let filter = MappingFilter { workspace, group, role, ..MappingFilter::default() };
            let mut rows = tx.list_mappings(org, &filter, page.slice(MappingId))?;
            let next_cursor = page.cut(&mut rows, |mapping| mapping.id.0);
            let total_count = tx.count_mappings(org, &filter)?;
            Ok(MappingPage {
                mappings: rows.into_iter().map(MappingView::from).collect(),
                total_count,
                next_cursor,
            })
        })
        .await?;
    answer::ok(&shown)
}

/// Changes what a mapping gives, or pauses or resumes it; memberships follow at once.
#[utoipa::path(
    put, path = "/v1/scim/workspaces/{id}", tag = "Mappings", operation_id = "update_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    request_body = MappingChange,
    responses((status = 200, description = "As it is now", body = MappingView), Refusal, Missing, BadBody)
)]
pub(crate) async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let id = path.into_inner();
    let wanted: MappingChange = body::read(&request, &state, payload).await?;
    let changed =
        call.write(move |tx, act| Ok(mappings::change(tx, act, &id, wanted.role, wanted.paused)?)).await?;
    answer::ok(&MappingView::from(changed))
}

/// Pauses a mapping: who has a role by it alone loses it until it is resumed.
#[utoipa::path(
    post, path = "/v1/scim/workspaces/{id}/pause", tag = "Mappings", operation_id = "pause_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    responses((status = 200, description = "As it is now", body = MappingView), Refusal, Missing)
)]
pub(crate) async fn pause(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    set_paused(&call, path.into_inner(), true).await
}

/// Resumes a paused mapping: who is in the group by now gets the role.
#[utoipa::path(
    post, path = "/v1/scim/workspaces/{id}/resume", tag = "Mappings", operation_id = "resume_mapping",
    params(("id" = String, Path, description = "Id of the mapping")),
    responses((status = 200, description = "As it is now", body = MappingView), Refusal, Missing)
)]
pub(crate) async fn resume(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    set_paused(&call, path.into_inner(), false).await
}

async fn set_paused(call: &Call, id: String, paused: bool) -> Answer {
    let changed = call.write(move |tx, act| Ok(mappings::change(tx, act, &id, None, Some(paused))?)).await?;
    answer::ok(&MappingView::from(changed))
}

/// Removes a mapping. Who had a role by it alone loses it at once, or keeps it as a manual grant.
#[utoipa::path(
    delete, path = "/v1/scim/workspaces/{id}", tag = "Mappings", operation_id = "delete_mapping",
    params(("id" = String, Path, description = "Id of the mapping"), DeleteQuery),
    responses((status = 204, description = "Gone"), Refusal, Missing)
)]
pub(crate) async fn delete(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (id, query): (_, DeleteQuery) = (path.into_inner(), query::read(&request)?);
    let members = if query.keep_members == Some(true) { Members::Keep } else { Members::Leave };
    call.write(move |tx, act| Ok(mappings::delete(tx, act, &id, members)?)).await?;
    answer::no_content()
}

//! Workspaces: made, found, renamed and removed by an administrator.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::WorkspaceId,
    ports::ReadCost,
    records::Workspace,
    time::Timestamp,
    use_cases::workspaces::{self, WorkspaceError, WorkspaceRef},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Conflict, Missing, Refusal},
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/admin/workspaces").get(list).post(create).done())
        .service(Endpoint::at("/admin/workspaces/{workspace}").get(find).put(update).delete(delete).done())
        .service(Endpoint::at("/admin/workspaces/{workspace}/archive").post(archive).done())
        .service(Endpoint::at("/admin/workspaces/{workspace}/restore").post(restore).done());
}

/// A workspace to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkspace {
    /// Its name for people, 1 to 255 characters; unique without regard to case.
    #[schema(example = "Sales")]
    name: String,
    /// Its address; made from the name if absent.
    #[schema(example = "sales")]
    slug: Option<String>,
}

/// What to change of a workspace; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkspaceChange {
    /// A new name.
    #[schema(example = "Sales EMEA")]
    name: Option<String>,
    /// A new address.
    #[schema(example = "sales-emea")]
    slug: Option<String>,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    id: WorkspaceId,
    /// Its name for people.
    #[schema(example = "Sales")]
    name: String,
    /// Its address; usable wherever an id is.
    #[schema(example = "sales")]
    slug: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// When its name or slug last changed.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    updated_at: Timestamp,
    /// Since when it is archived: nobody is in it, and what speaks for people waits. `null` while it is in use.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    archived_at: Option<Timestamp>,
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        let Workspace { id, name, slug, created_at, updated_at, archived_at } = workspace;
        Self { id, name, slug, created_at, updated_at, archived_at }
    }
}

/// Makes a workspace. Groups whose names ask for it are mapped at once.
#[utoipa::path(
    post, path = "/v1/admin/workspaces", tag = "Workspaces", operation_id = "create_workspace",
    request_body = NewWorkspace,
    responses(
        (status = 201, description = "Made", body = WorkspaceView, headers(("Location" = String))),
        Conflict, Refusal, BadBody,
    )
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewWorkspace = body::read(&request, &state, payload).await?;
    let made = call
        .write(move |tx, act| Ok(workspaces::create(tx, act, &wanted.name, wanted.slug.as_deref())?))
        .await?;
    answer::created(format!("/v1/admin/workspaces/{}", made.id), &WorkspaceView::from(made))
}

/// All workspaces, in the order of their creation.
#[utoipa::path(
    get, path = "/v1/admin/workspaces", tag = "Workspaces", operation_id = "list_workspaces",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<WorkspaceView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = tx.list_workspaces(org, page.slice(WorkspaceId))?;
            let next_cursor = page.cut(&mut rows, |workspace| workspace.id.0);
            let total = tx.count_workspaces(org)?;
            Ok(Page { data: rows.into_iter().map(WorkspaceView::from).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// One workspace.
#[utoipa::path(
    get, path = "/v1/admin/workspaces/{workspace}", tag = "Workspaces", operation_id = "get_workspace",
    params(("workspace" = String, Path, description = "Its id or slug", example = "sales")),
    responses((status = 200, description = "The workspace", body = WorkspaceView), Refusal, Missing)
)]
pub(crate) async fn find(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let found = call
        .read(ReadCost::Point, move |tx, org| {
            let found = workspaces::find_workspace(tx, org, &given)?;
            Ok(found.ok_or_else(|| WorkspaceError::Unknown { given: given.to_string() })?)
        })
        .await?;
    answer::ok(&WorkspaceView::from(found))
}

/// Renames a workspace, or gives it another slug. Groups whose names asked for the old name and not for the new one
/// lose it; nobody else notices.
#[utoipa::path(
    put, path = "/v1/admin/workspaces/{workspace}", tag = "Workspaces", operation_id = "update_workspace",
    params(("workspace" = String, Path, description = "Its id or slug", example = "sales")),
    request_body = WorkspaceChange,
    responses(
        (status = 200, description = "As it is now", body = WorkspaceView),
        Conflict, Refusal, Missing, BadBody,
    )
)]
pub(crate) async fn update(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let change: WorkspaceChange = body::read(&request, &state, payload).await?;
    let changed = call
        .write(move |tx, act| {
            Ok(workspaces::update(tx, act, &given, change.name.as_deref(), change.slug.as_deref())?)
        })
        .await?;
    answer::ok(&WorkspaceView::from(changed))
}

/// Archives a workspace: everybody leaves it, and everything that speaks for people there waits until it is restored.
#[utoipa::path(
    post, path = "/v1/admin/workspaces/{workspace}/archive", tag = "Workspaces", operation_id = "archive_workspace",
    params(("workspace" = String, Path, description = "Its id or slug", example = "sales")),
    responses((status = 200, description = "As it is now", body = WorkspaceView), Refusal, Missing)
)]
pub(crate) async fn archive(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let changed = call.write(move |tx, act| Ok(workspaces::archive(tx, act, &given)?)).await?;
    answer::ok(&WorkspaceView::from(changed))
}

/// Restores an archived workspace: who should be in it by now is in it.
#[utoipa::path(
    post, path = "/v1/admin/workspaces/{workspace}/restore", tag = "Workspaces", operation_id = "restore_workspace",
    params(("workspace" = String, Path, description = "Its id or slug", example = "sales")),
    responses((status = 200, description = "As it is now", body = WorkspaceView), Refusal, Missing)
)]
pub(crate) async fn restore(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let changed = call.write(move |tx, act| Ok(workspaces::restore(tx, act, &given)?)).await?;
    answer::ok(&WorkspaceView::from(changed))
}

/// Removes a workspace with its mappings and grants; everybody leaves it.
#[utoipa::path(
    delete, path = "/v1/admin/workspaces/{workspace}", tag = "Workspaces", operation_id = "delete_workspace",
    params(("workspace" = String, Path, description = "Its id or slug", example = "sales")),
    responses((status = 204, description = "Gone"), Refusal, Missing)
)]
pub(crate) async fn delete(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    call.write(move |tx, act| Ok(workspaces::delete(tx, act, &given)?)).await?;
    answer::no_content()
}

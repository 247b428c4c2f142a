//! The people of an organisation, as an administrator sees them. An IdP makes and changes them.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    web::{Data, Path, ServiceConfig},
};
use rolecall_domain::{
    ids::{UserId, WorkspaceId},
    ports::{ReadCost, UserFilter},
    records::{User, WorkspaceOfUser},
    role::{OrgRole, WorkspaceRole},
    time::Timestamp,
    use_cases::people,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    answer::{self, Answer},
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::{Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/admin/users").get(list).done())
        .service(Endpoint::at("/admin/users/{user_id}").get(find).done());
}

/// What people are listed by.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// An e-mail address, without regard to case.
    #[serde(default, deserialize_with = "words::given")]
    #[param(example = "ada@example.com")]
    email: Option<String>,
    /// A role in the organisation.
    #[serde(default, deserialize_with = "words::given")]
    #[param(value_type = Option<words::OrgRoleWord>)]
    role: Option<OrgRole>,
    /// Active or not.
    #[serde(default, deserialize_with = "words::given")]
    active: Option<bool>,
}

/// A person.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    /// The id, also in SCIM.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    id: UserId,
    /// The application's own id of the person, where it is known and is not the `id`.
    #[schema(example = "E-1017", required)]
    app_id: Option<String>,
    /// `userName`
    #[schema(example = "ada@example.com")]
    user_name: String,
    /// `displayName`, or composed from the name.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    /// Primary e-mail address.
    #[schema(example = "ada@example.com", required)]
    email: Option<String>,
    /// Who is not active is in no workspace.
    active: bool,
    /// The role in the organisation.
    #[schema(value_type = words::OrgRoleWord)]
    org_role: OrgRole,
    /// The IdP's own id of the person.
    #[schema(required)]
    external_id: Option<String>,
    /// When the person was pushed first.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// When the person last changed.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    updated_at: Timestamp,
}

/// A person with their workspaces.
#[derive(Serialize, ToSchema)]
#[schema(as = UserWithWorkspaces)]
pub(crate) struct UserWithWorkspacesView {
    #[serde(flatten)]
    user: UserView,
    /// Where the person is, by slug.
    workspaces: Vec<PlaceView>,
}

/// A workspace that a person is in.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkspaceOfUser)]
pub(crate) struct PlaceView {
    /// Which.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    workspace_id: WorkspaceId,
    /// Its slug.
    #[schema(example = "sales")]
    slug: String,
    /// The person's role there.
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
}

impl UserView {
    fn of(user: User, app_id: Option<String>) -> Self {
        let User { id, document, facts, org_role, .. } = user;
        Self {
            id,
            app_id,
            user_name: facts.user_name,
            display_name: facts.display_name,
            email: facts.email,
            active: facts.active,
            org_role,
            external_id: facts.external_id,
            created_at: document.created_at,
            updated_at: document.modified_at,
        }
    }
}

impl From<WorkspaceOfUser> for PlaceView {
    fn from(place: WorkspaceOfUser) -> Self {
        let WorkspaceOfUser { workspace_id, slug, role } = place;
        Self { workspace_id, slug, role }
    }
}

/// The people, in the order in which they came.
#[utoipa::path(
    get, path = "/v1/admin/users", tag = "Users", operation_id = "list_users",
    params(UserQuery, PageQuery),
    responses((status = 200, description = "A page", body = Page<UserView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (wanted, page): (UserQuery, PageQuery) = (query::read(&request)?, query::read(&request)?);
    let filter = UserFilter { email: wanted.email, role: wanted.role, active: wanted.active };
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = tx.list_users(org, &filter, page.slice(UserId))?;
            let next_cursor = page.cut(&mut rows, |user| user.id.0);
            let total = tx.count_users(org, &filter)?;
            let ids: Vec<UserId> = rows.iter().map(|user| user.id).collect();
            let mut app_ids: HashMap<UserId, String> = tx.app_ids_of(org, &ids)?.into_iter().collect();
            let view = |user: User| {
                let app_id = app_ids.remove(&user.id);
                UserView::of(user, app_id)
            };
            Ok(Page { data: rows.into_iter().map(view).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// One person, with their workspaces.
#[utoipa::path(
    get, path = "/v1/admin/users/{user_id}", tag = "Users", operation_id = "get_user",
    params(("user_id" = String, Path, description = "Id of the person, or the application's own")),
    responses((status = 200, description = "The person", body = UserWithWorkspacesView), Refusal, Missing)
)]
pub(crate) async fn find(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = path.into_inner();
    let found = call
        .read(ReadCost::Point, move |tx, org| {
            let found = people::find(tx, org, &given)?;
            let unknown =
                || format!("user `{given}` does not exist; GET /v1/admin/users lists those that do");
            let user = found.ok_or_else(|| Problem::not_found(unknown()))?;
            let workspaces = tx.workspaces_of(org, user.id)?.into_iter().map(PlaceView::from).collect();
            let app_id = tx.find_known(org, user.id)?.and_then(|known| known.app_id);
            Ok(UserWithWorkspacesView { user: UserView::of(user, app_id), workspaces })
        })
        .await?;
    answer::ok(&found)
}

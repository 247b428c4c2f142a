//! Who is in a workspace, as what and why; and memberships given by hand.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    grant::Grant,
    ids::{GroupId, MappingId, OrgId, UserId, WorkspaceId},
    ports::{ReadCost, ReadTx, StoreResult},
    records::{MappingOrigin, Source},
    role::WorkspaceRole,
    time::Timestamp,
    use_cases::{
        people,
        workspaces::{self, WorkspaceError, WorkspaceRef},
    },
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
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/admin/workspaces/{workspace}/users").get(list).post(give).done()).service(
        Endpoint::at("/admin/workspaces/{workspace}/users/{user_id}")
            .get(find)
            .put(change)
            .delete(take_back)
            .done(),
    );
}

/// A membership to be given by hand, for good or for a time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGrant {
    /// Whom: the id, or the application's own.
    #[schema(example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: String,
    /// As what.
    #[serde(deserialize_with = "words::word")]
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
    /// Until then, and from then on no more, or as `then_role`. For good, if absent or `null`.
    #[serde(default, deserialize_with = "words::moment")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-31T18:00:00Z")]
    expires_at: Option<Timestamp>,
    /// The lesser role that stays for good after `expires_at`; none, if absent or `null`.
    #[serde(default, deserialize_with = "words::optional")]
    #[schema(value_type = Option<words::WorkspaceRoleWord>)]
    then_role: Option<WorkspaceRole>,
}

/// What a hand-given membership shall give from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantChange {
    /// As what.
    #[serde(deserialize_with = "words::word")]
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
    /// Until then, and from then on no more, or as `then_role`. For good, if absent or `null`.
    #[serde(default, deserialize_with = "words::moment")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-31T18:00:00Z")]
    expires_at: Option<Timestamp>,
    /// The lesser role that stays for good after `expires_at`; none, if absent or `null`.
    #[serde(default, deserialize_with = "words::optional")]
    #[schema(value_type = Option<words::WorkspaceRoleWord>)]
    then_role: Option<WorkspaceRole>,
}

/// A person in a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkspaceMember)]
pub(crate) struct MemberView {
    /// Who.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    user_id: UserId,
    /// The application's own id of the person, where it is known and is not `user_id`.
    #[schema(example = "E-1017", required)]
    app_id: Option<String>,
    /// `userName`
    #[schema(example = "ada@example.com")]
    user_name: String,
    /// Primary e-mail address.
    #[schema(example = "ada@example.com", required)]
    email: Option<String>,
    /// The outcome: the highest role of `sources`. `null` while the person is inactive, which takes everything away
    /// until it is active again.
    #[schema(value_type = Option<words::WorkspaceRoleWord>, required)]
    role: Option<WorkspaceRole>,
    /// Everything that speaks for the person being here.
    sources: Vec<SourceView>,
}

/// One reason why a person is in a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = MembershipSource)]
pub(crate) struct SourceView {
    /// An administrator's mapping, a group's name, or by hand.
    #[serde(rename = "type")]
    kind: SourceKind,
    /// What it gives.
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
    /// The mapped group; the person is in it or in a group inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    group_id: Option<GroupId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Sales managers")]
    group: Option<String>,
    /// The mapping that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a04")]
    mapping_id: Option<MappingId>,
    /// When what was given by hand ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-01-31T18:00:00.000Z")]
    expires_at: Option<Timestamp>,
    /// The role that it leaves then, if it leaves one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::WorkspaceRoleWord>)]
    then_role: Option<WorkspaceRole>,
}

/// Who speaks for a membership.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SourceKind {
    /// A mapping that an administrator made.
    Mapping,
    /// A group that maps itself by its name.
    Pattern,
    /// Somebody gave it by hand.
    Grant,
}

impl From<Source> for SourceView {
    fn from(source: Source) -> Self {
        match source {
            Source::Group { group, group_name, mapping, origin, role } => Self {
                kind: match origin {
                    MappingOrigin::Admin => SourceKind::Mapping,
                    MappingOrigin::Pattern => SourceKind::Pattern,
                },
                role,
                group_id: Some(group),
                group: Some(group_name),
                mapping_id: Some(mapping),
                expires_at: None,
                then_role: None,
            },
            Source::Grant(Grant { role, expiry }) => Self {
                kind: SourceKind::Grant,
                role,
                group_id: None,
                group: None,
                mapping_id: None,
                expires_at: expiry.map(|expiry| expiry.at),
                then_role: expiry.and_then(|expiry| expiry.then),
            },
        }
    }
}

/// The people in a workspace, each with every reason why.
#[utoipa::path(
    get, path = "/v1/admin/workspaces/{workspace}/users", tag = "Members", operation_id = "list_members",
    params(("workspace" = String, Path, description = "Id or slug of the workspace", example = "sales"), PageQuery),
    responses((status = 200, description = "A page", body = Page<MemberView>), Refusal, Missing)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let workspace = known(tx, org, &given)?;
            let mut rows = tx.people_in(org, workspace, page.slice(UserId))?;
            let next_cursor = page.cut(&mut rows, |member| member.user.0);
            let total = tx.count_people_in(org, workspace)?;
            let people: Vec<UserId> = rows.iter().map(|member| member.user).collect();
            let mut sources: HashMap<UserId, Vec<SourceView>> = HashMap::new();
            for (user, _, source) in tx.sources_of(org, &people, Some(workspace))? {
                sources.entry(user).or_default().push(source.into());
            }
            let mut app_ids: HashMap<UserId, String> = tx.app_ids_of(org, &people)?.into_iter().collect();
            let view = |member: rolecall_domain::records::WorkspaceMember| MemberView {
                user_id: member.user,
                app_id: app_ids.remove(&member.user),
                user_name: member.user_name,
                email: member.email,
                role: Some(member.role),
                sources: sources.remove(&member.user).unwrap_or_default(),
            };
            Ok(Page { data: rows.into_iter().map(view).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

/// One person in a workspace, with every reason why.
#[utoipa::path(
    get, path = "/v1/admin/workspaces/{workspace}/users/{user_id}", tag = "Members", operation_id = "get_member",
    params(
        ("workspace" = String, Path, description = "Id or slug of the workspace", example = "sales"),
        ("user_id" = String, Path, description = "Id of the person, or the application's own"),
    ),
    responses((status = 200, description = "The person", body = MemberView), Refusal, Missing)
)]
pub(crate) async fn find(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (given, user) = path.into_inner();
    let given = WorkspaceRef(given);
    let found = call
        .read(ReadCost::Point, move |tx, org| {
            let workspace = known(tx, org, &given)?;
            let found = match people::find(tx, org, &user)? {
                Some(found) => {
                    view(tx, org, workspace, found.id)?.filter(|member| !member.sources.is_empty())
                }
                None => None,
            };
            found.ok_or_else(|| Problem::not_found(format!("user `{user}` is not in workspace `{given}`")))
        })
        .await?;
    answer::ok(&found)
}

/// Gives a person a role by hand. It stays when groups go, for good or until `expires_at`. The same call again changes nothing.
#[utoipa::path(
    post, path = "/v1/admin/workspaces/{workspace}/users", tag = "Members", operation_id = "create_grant",
    params(("workspace" = String, Path, description = "Id or slug of the workspace", example = "sales")),
    request_body = NewGrant,
    responses(
        (status = 201, description = "Given", body = MemberView, headers(("Location" = String))),
        Conflict, Refusal, Missing, BadBody,
    )
)]
pub(crate) async fn give(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<String>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let given = WorkspaceRef(path.into_inner());
    let NewGrant { user_id, role, expires_at, then_role } = body::read(&request, &state, payload).await?;
    let grant = Grant::new(role, expires_at, then_role).map_err(Problem::invalid)?;
    let (workspace, member) = call
        .write(move |tx, act| {
            let (workspace, user) = workspaces::give(tx, act, &given, &user_id, grant)?;
            Ok((workspace, just_changed(tx, act.org, workspace, user)?))
        })
        .await?;
    answer::created(format!("/v1/admin/workspaces/{workspace}/users/{}", member.user_id), &member)
}

/// Replaces what was given by hand: the role, and until when. Without `expires_at` it is for good.
#[utoipa::path(
    put, path = "/v1/admin/workspaces/{workspace}/users/{user_id}", tag = "Members", operation_id = "update_grant",
    params(
        ("workspace" = String, Path, description = "Id or slug of the workspace", example = "sales"),
        ("user_id" = String, Path, description = "Id of the person, or the application's own"),
    ),
    request_body = GrantChange,
    responses((status = 200, description = "As it is now", body = MemberView), Refusal, Missing, BadBody)
)]
pub(crate) async fn change(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
    payload: Payload,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (given, user) = path.into_inner();
    let given = WorkspaceRef(given);
    let GrantChange { role, expires_at, then_role } = body::read(&request, &state, payload).await?;
    let grant = Grant::new(role, expires_at, then_role).map_err(Problem::invalid)?;
    let member = call
        .write(move |tx, act| {
            let (workspace, user) =
                workspaces::change_grant(tx, act, &given, &user, grant).map_err(in_path)?;
            just_changed(tx, act.org, workspace, user)
        })
        .await?;
    answer::ok(&member)
}

/// Takes back a role that was given by hand. What groups give stays.
#[utoipa::path(
    delete, path = "/v1/admin/workspaces/{workspace}/users/{user_id}", tag = "Members", operation_id = "delete_grant",
    params(
        ("workspace" = String, Path, description = "Id or slug of the workspace", example = "sales"),
        ("user_id" = String, Path, description = "Id of the person, or the application's own"),
    ),
    responses((status = 204, description = "Taken back"), Refusal, Missing)
)]
pub(crate) async fn take_back(
    request: HttpRequest,
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (given, user) = path.into_inner();
    let given = WorkspaceRef(given);
    call.write(move |tx, act| workspaces::take_back(tx, act, &given, &user).map_err(in_path)).await?;
    answer::no_content()
}

/// A person that the path names and that does not exist is an address where nothing is; in a body it is a mistake.
fn in_path(problem: WorkspaceError) -> Problem {
    match problem {
        WorkspaceError::UnknownUser { .. } => Problem::not_found(problem),
        other => other.into(),
    }
}

fn known(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &WorkspaceRef,
) -> Result<WorkspaceId, WorkspaceError> {
    let found = workspaces::find_workspace(tx, org, given)?;
    found.map(|found| found.id).ok_or_else(|| WorkspaceError::Unknown { given: given.to_string() })
}

fn just_changed(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<MemberView, Problem> {
    let unknown = || Problem::not_found(format!("user `{user}` does not exist"));
    view(tx, org, workspace, user)?.ok_or_else(unknown)
}

fn view(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    workspace: WorkspaceId,
    user: UserId,
) -> StoreResult<Option<MemberView>> {
    let Some(person) = tx.find_user(org, user)? else { return Ok(None) };
    let role = tx.role_in(org, workspace, user)?;
    let sources = tx.sources_of(org, &[user], Some(workspace))?;
    Ok(Some(MemberView {
        user_id: user,
        app_id: tx.find_known(org, user)?.and_then(|known| known.app_id),
        user_name: person.facts.user_name,
        email: person.facts.email,
        role,
        sources: sources.into_iter().map(|(_, _, source)| source.into()).collect(),
    }))
}

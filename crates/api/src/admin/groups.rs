//! The groups that an IdP pushed or an administrator named, and what they are mapped to.

use std::collections::HashMap;

use actix_web::{
    HttpRequest,
    web::{Data, ServiceConfig},
};
use rolecall_domain::{
    ids::{GroupId, MappingId, WorkspaceId},
    ports::ReadCost,
    records::{Group, Mapping, MappingOrigin},
    role::WorkspaceRole,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    call::Call,
    page::{Page, PageQuery},
    query,
    refusal::Refusal,
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/groups").get(list).done());
}

/// A group.
#[derive(Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupView {
    /// Its id, also in SCIM.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    id: GroupId,
    /// Its name.
    #[schema(example = "Sales managers")]
    display_name: String,
    /// The IdP's own id of it.
    #[schema(required)]
    external_id: Option<String>,
    /// Whether an IdP has pushed it; `false` while only an administrator has named it in a mapping.
    pushed: bool,
    /// How many people and groups are directly in it.
    #[schema(example = 12)]
    member_count: u64,
    /// What it gives its people.
    mappings: Vec<GroupMappingView>,
    /// What its name asks for, whether or not an administrator's mapping has taken precedence.
    #[schema(required)]
    pattern: Option<PatternMatchView>,
}

/// A mapping, as shown at its group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupMapping)]
pub(crate) struct GroupMappingView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a04")]
    id: MappingId,
    /// The workspace.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    workspace_id: WorkspaceId,
    /// What the group's people become there.
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
    /// An administrator, or the group's name.
    origin: OriginView,
}

/// Who made a mapping.
#[derive(Serialize, ToSchema)]
#[schema(as = MappingOrigin)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OriginView {
    /// An administrator.
    Admin,
    /// The group's name.
    Pattern,
}

/// What a group's name asks for.
#[derive(Serialize, ToSchema)]
#[schema(as = PatternMatch)]
pub(crate) struct PatternMatchView {
    /// Slug or name of a workspace, in lower case.
    #[schema(example = "sales")]
    workspace: String,
    /// The role in it.
    #[schema(value_type = words::WorkspaceRoleWord)]
    role: WorkspaceRole,
}

impl From<Mapping> for GroupMappingView {
    fn from(mapping: Mapping) -> Self {
        Self {
            id: mapping.id,
            workspace_id: mapping.workspace,
            role: mapping.role,
            origin: match mapping.origin {
                MappingOrigin::Admin => OriginView::Admin,
                MappingOrigin::Pattern => OriginView::Pattern,
            },
        }
    }
}

/// All groups, in the order in which they came.
#[utoipa::path(
    get, path = "/v1/scim/groups", tag = "Groups", operation_id = "list_groups",
    params(PageQuery),
    responses((status = 200, description = "A page", body = Page<GroupView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let shown = call
        .read(ReadCost::Scan, move |tx, org| {
            let mut rows = tx.list_groups(org, page.slice(GroupId))?;
            let next_cursor = page.cut(&mut rows, |group| group.id.0);
            let total = tx.count_groups(org)?;
            let ids: Vec<GroupId> = rows.iter().map(|group| group.id).collect();
            let counts: HashMap<GroupId, u64> = tx.count_members(org, &ids, u32::MAX)?.into_iter().collect();
            let mut mappings: HashMap<GroupId, Vec<GroupMappingView>> = HashMap::new();
            for mapping in tx.mappings_of_all(org, &ids)? {
                mappings.entry(mapping.group).or_default().push(mapping.into());
            }
            let view = |group: Group| GroupView {
                id: group.id,
                pushed: group.pushed(),
                member_count: counts.get(&group.id).copied().unwrap_or(0),
                mappings: mappings.remove(&group.id).unwrap_or_default(),
                pattern: group.facts.pattern.map(|(workspace, role)| PatternMatchView { workspace, role }),
                display_name: group.facts.display_name,
                external_id: group.facts.external_id,
            };
            Ok(Page { data: rows.into_iter().map(view).collect(), total, next_cursor })
        })
        .await?;
    answer::ok(&shown)
}

//! `/Groups`: bytes in, use case, bytes out. A member list is read only when an answer shows it.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use rolecall_domain::{
    ids::{GroupId, OrgId},
    ports::{ReadCost, ReadTx, Slice},
    records::{Group, Member},
    use_cases::{ResourceError, groups},
};
use rolecall_scim::{list, members, patch::PatchRequest, projection::Projection, render};

use super::{Failure, answer, answer::Renderer, body, query, users::log_ignored};
use crate::{
    auth::{IdpCredentials, idp_actor},
    request::change_id,
    state::AppState,
    work,
};

/// Members are read in pages of so many.
const MEMBERS_PAGE: u32 = 5_000;

/// `GET /Groups` (RFC 7644 §3.4.2).
pub(super) async fn list(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let query = query::ListQuery::of(&request, &state, state.group_type())?;
    let (resources, wants_members) = (query.resources.clone(), query.projection.wants("members"));
    let org = caller.org.id;
    let cost = if resources.filter.is_some() && !wants_members { ReadCost::Point } else { ReadCost::Scan };
    let (page, members) = work::read(&*state.store, cost, move |tx| {
        let page = tx.query_groups(org, &resources)?;
        let mut members: HashMap<GroupId, Vec<Member>> = HashMap::new();
        if wants_members {
            // One question for each group of the page: a page is bounded, and Entra asks without members.
            for group in &page.items {
                members.insert(group.id, members_of(tx, org, group.id)?);
            }
        }
        Ok::<_, Failure>((page, members))
    })
    .await?;
    let renderer = Renderer::new(&state, &caller.org.slug, &query.projection);
    let items: Vec<String> = page
        .items
        .iter()
        .map(|group| renderer.group(group, members.get(&group.id).into_iter().flatten()))
        .collect();
    let text = list::render(page.total, query.resources.start_index, items.iter().map(String::as_str));
    Ok(answer::plain(&request, text))
}

/// `GET /Groups/{id}` (RFC 7644 §3.4.1).
pub(super) async fn read(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let credentials = IdpCredentials::of(&request, &state)?;
    let projection = query::projection(&request)?;
    let (id, wants_members) = (path.into_inner().1, projection.wants("members"));
    let cost = if wants_members { ReadCost::Scan } else { ReadCost::Point };
    let (caller, group, members) = work::read(&*state.store, cost, move |tx| {
        let caller = credentials.check(tx)?;
        let group =
            tx.find_group(caller.org.id, parse(&id)?)?.filter(Group::pushed).ok_or_else(|| not_found(&id))?;
        let members = if wants_members { members_of(tx, caller.org.id, group.id)? } else { Vec::new() };
        Ok::<_, Failure>((caller, group, members))
    })
    .await?;
    query::check_if_none_match(&request, group.document.version)?;
    Ok(answer(&request, &state, &caller.org.slug, &projection, StatusCode::OK, &group, &members))
}

/// `POST /Groups` (RFC 7644 §3.3).
pub(super) async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let projection = query::projection(&request)?;
    let body = body::read(&request, payload, &state).await?;
    let body = members::parse_group(&body, state.group_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let wants_members = projection.wants("members");
    let (group, members) = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        let group = groups::create(tx, &act, shared.group_type(), caller.connection, body.clone())?;
        let members = if wants_members { members_of(tx, act.org, group.id)? } else { Vec::new() };
        Ok::<_, Failure>((group, members))
    })
    .await?;
    Ok(answer(&request, &state, &slug, &projection, StatusCode::CREATED, &group, &members))
}

/// `PUT /Groups/{id}` (RFC 7644 §3.5.1).
pub(super) async fn replace(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let (projection, expected) = (query::projection(&request)?, query::expected(&request));
    let id = parse(&path.into_inner().1)?;
    let body = body::read(&request, payload, &state).await?;
    let body = members::parse_group(&body, state.group_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let wants_members = projection.wants("members");
    let (group, members) = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        let group = groups::replace(tx, &act, shared.group_type(), id, body.clone(), &expected)?;
        let members = if wants_members { members_of(tx, act.org, group.id)? } else { Vec::new() };
        Ok::<_, Failure>((group, members))
    })
    .await?;
    Ok(answer(&request, &state, &slug, &projection, StatusCode::OK, &group, &members))
}

/// `PATCH /Groups/{id}` (RFC 7644 §3.5.2). Answers 204, whatever the size of the group, unless the client asks for
/// attributes, in which case the RFC demands a body.
pub(super) async fn patch(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let (projection, expected) = (query::projection(&request)?, query::expected(&request));
    let id = parse(&path.into_inner().1)?;
    let body = body::read(&request, payload, &state).await?;
    let operations = PatchRequest::parse(&body, state.group_type(), state.profile())?;
    let steps = members::split(operations, state.group_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let wants_members = !projection.is_empty() && projection.wants("members");
    let (group, ignored, members) = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        let (group, ignored) =
            groups::apply(tx, &act, shared.group_type(), id, &steps, shared.profile(), &expected)?;
        let members = if wants_members { members_of(tx, act.org, group.id)? } else { Vec::new() };
        Ok::<_, Failure>((group, ignored, members))
    })
    .await?;
    log_ignored(&slug, "group", &id.to_string(), &ignored);
    if projection.is_empty() {
        let etag = render::etag(group.document.version);
        return Ok(HttpResponse::NoContent().insert_header((header::ETAG, etag)).finish());
    }
    Ok(answer(&request, &state, &slug, &projection, StatusCode::OK, &group, &members))
}

/// `DELETE /Groups/{id}` (RFC 7644 §3.6).
pub(super) async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let (id, expected) = (parse(&path.into_inner().1)?, query::expected(&request));
    let (change, shared) = (change_id(&request, &state), state.clone());
    work::write(&*state.store, move |tx| {
        groups::delete(tx, &shared.act(caller.org.id, idp_actor(&caller), change), id, &expected)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn answer(
    request: &HttpRequest,
    state: &AppState,
    org_slug: &str,
    projection: &Projection,
    status: StatusCode,
    group: &Group,
    members: &[Member],
) -> HttpResponse {
    let renderer = Renderer::new(state, org_slug, projection);
    let text = renderer.group(group, members);
    answer::resource(request, status, &renderer.group_location(group), group.document.version, text)
}

fn members_of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, group: GroupId) -> Result<Vec<Member>, Failure> {
    let mut members = Vec::new();
    loop {
        let after = members.last().map(|member: &Member| member.id.uuid());
        let page = tx.members_of(org, group, Slice { after, limit: MEMBERS_PAGE })?;
        let last = page.len() < MEMBERS_PAGE as usize;
        members.extend(page);
        if last {
            return Ok(members);
        }
    }
}

fn parse(id: &str) -> Result<GroupId, Failure> {
    GroupId::parse(id).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> Failure {
    ResourceError::NotFound { kind: "Group", id: id.to_owned() }.into()
}

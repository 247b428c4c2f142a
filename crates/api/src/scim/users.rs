//! `/Users`: bytes in, use case, bytes out.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use rolecall_domain::{
    ids::{OrgId, UserId},
    ports::{ReadCost, ReadTx},
    records::{GroupOfUser, User},
    use_cases::{ResourceError, users},
};
use rolecall_scim::{document::Document, list, patch::PatchRequest, projection::Projection};
use tracing::info;

use super::{Failure, answer, answer::Renderer, body, query};
use crate::{
    auth::{IdpCredentials, idp_actor},
    request::change_id,
    state::AppState,
    work,
};

/// `GET /Users` (RFC 7644 §3.4.2).
pub(super) async fn list(request: HttpRequest, state: web::Data<AppState>) -> Result<HttpResponse, Failure> {
    let credentials = IdpCredentials::of(&request, &state)?;
    // Who asks is settled before what they ask, so that a stranger learns nothing from an error.
    let caller = credentials.admit(&state).await?;
    let query = query::ListQuery::of(&request, &state, state.user_type())?;
    let (resources, wants_groups) = (query.resources.clone(), query.projection.wants("groups"));
    let org = caller.org.id;
    let cost = if resources.filter.is_some() { ReadCost::Point } else { ReadCost::Scan };
    let (page, groups) = work::read(&*state.store, cost, move |tx| {
        let page = tx.query_users(org, &resources)?;
        let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
        let mut groups: HashMap<UserId, Vec<GroupOfUser>> = HashMap::new();
        if wants_groups && !ids.is_empty() {
            for (user, group) in tx.groups_of(org, &ids)? {
                groups.entry(user).or_default().push(group);
            }
        }
        Ok::<_, Failure>((page, groups))
    })
    .await?;
    let renderer = Renderer::new(&state, &caller.org.slug, &query.projection);
    let items: Vec<String> = page
        .items
        .iter()
        .map(|user| renderer.user(user, groups.get(&user.id).into_iter().flatten()))
        .collect();
    let text = list::render(page.total, query.resources.start_index, items.iter().map(String::as_str));
    Ok(answer::plain(&request, text))
}

/// `GET /Users/{id}` (RFC 7644 §3.4.1): one read, in which the token is checked, too.
pub(super) async fn read(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let credentials = IdpCredentials::of(&request, &state)?;
    let projection = query::projection(&request)?;
    let (id, wants_groups) = (path.into_inner().1, projection.wants("groups"));
    let (caller, user, groups) = work::read(&*state.store, ReadCost::Point, move |tx| {
        let caller = credentials.check(tx)?;
        let user = tx.find_user(caller.org.id, parse(&id)?)?.ok_or_else(|| not_found(&id))?;
        let groups = if wants_groups { groups_of(tx, caller.org.id, user.id)? } else { Vec::new() };
        Ok::<_, Failure>((caller, user, groups))
    })
    .await?;
    query::check_if_none_match(&request, user.document.version)?;
    Ok(answer(&request, &state, &caller.org.slug, &projection, StatusCode::OK, &user, &groups))
}

/// `POST /Users` (RFC 7644 §3.3).
pub(super) async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let projection = query::projection(&request)?;
    let body = body::read(&request, payload, &state).await?;
    let document = Document::parse(&body, state.user_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let user = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        users::create(tx, &act, shared.user_type(), caller.connection, document.clone())
    })
    .await?;
    Ok(answer(&request, &state, &slug, &projection, StatusCode::CREATED, &user, &[]))
}

/// `PUT /Users/{id}` (RFC 7644 §3.5.1).
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
    let document = Document::parse(&body, state.user_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let wants_groups = projection.wants("groups");
    let (user, groups) = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        let user = users::replace(tx, &act, shared.user_type(), id, document.clone(), &expected)?;
        let groups = if wants_groups { groups_of(tx, act.org, id)? } else { Vec::new() };
        Ok::<_, Failure>((user, groups))
    })
    .await?;
    Ok(answer(&request, &state, &slug, &projection, StatusCode::OK, &user, &groups))
}

/// `PATCH /Users/{id}` (RFC 7644 §3.5.2). The answer has a body: every client takes it, and some need it.
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
    let operations = PatchRequest::parse(&body, state.user_type(), state.profile())?;
    let (change, shared, slug) = (change_id(&request, &state), state.clone(), caller.org.slug.clone());
    let wants_groups = projection.wants("groups");
    let (user, ignored, groups) = work::write(&*state.store, move |tx| {
        let act = shared.act(caller.org.id, idp_actor(&caller), change);
        let (user, ignored) =
            users::apply(tx, &act, shared.user_type(), id, &operations, shared.profile(), &expected)?;
        let groups = if wants_groups { groups_of(tx, act.org, id)? } else { Vec::new() };
        Ok::<_, Failure>((user, ignored, groups))
    })
    .await?;
    log_ignored(&slug, "user", &id.to_string(), &ignored);
    Ok(answer(&request, &state, &slug, &projection, StatusCode::OK, &user, &groups))
}

/// `DELETE /Users/{id}` (RFC 7644 §3.6).
pub(super) async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let caller = IdpCredentials::of(&request, &state)?.admit(&state).await?;
    let (id, expected) = (parse(&path.into_inner().1)?, query::expected(&request));
    let (change, shared) = (change_id(&request, &state), state.clone());
    work::write(&*state.store, move |tx| {
        users::delete(tx, &shared.act(caller.org.id, idp_actor(&caller), change), id, &expected)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Says in the log which attributes had no effect: it tells an administrator why a mapping in the IdP does nothing.
pub(super) fn log_ignored(org: &str, kind: &str, id: &str, ignored: &[String]) {
    if !ignored.is_empty() {
        info!(
            org,
            kind,
            id,
            ignored = ignored.join(", "),
            "the schema does not know some attributes; they were skipped"
        );
    }
}

fn answer(
    request: &HttpRequest,
    state: &AppState,
    org_slug: &str,
    projection: &Projection,
    status: StatusCode,
    user: &User,
    groups: &[GroupOfUser],
) -> HttpResponse {
    let renderer = Renderer::new(state, org_slug, projection);
    let text = renderer.user(user, groups);
    answer::resource(request, status, &renderer.user_location(user), user.document.version, text)
}

fn groups_of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, user: UserId) -> Result<Vec<GroupOfUser>, Failure> {
    Ok(tx.groups_of(org, &[user])?.into_iter().map(|(_, group)| group).collect())
}

/// An id that could not be ours is not found, like any other that is not there.
fn parse(id: &str) -> Result<UserId, Failure> {
    UserId::parse(id).ok_or_else(|| not_found(id))
}

fn not_found(id: &str) -> Failure {
    ResourceError::NotFound { kind: "User", id: id.to_owned() }.into()
}

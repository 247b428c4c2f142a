//! Queries: lists, `.search` (RFC 7644 §3.4.3) and the root, which asks both resource types (§3.4.2.1).

use actix_web::{HttpRequest, HttpResponse, web};
use rolecall_domain::{
    ports::{Directory, Kind, PageStart, Resource, ResourcePage, ResourceQuery, Terms},
    token_scope::{Reach, TokenScope},
};
use rolecall_scim::{cursor::Cursor, error::ScimError, search::SearchRequest};

use super::{Failure, ScimRoutes, body, query::ListQuery, resources, stream};

type Routes<D> = web::Data<ScimRoutes<D>>;

/// `POST /Users/.search`, `POST /Groups/.search`, `POST /.search`
pub(super) async fn by_post<D: Directory>(
    kinds: &'static [Kind],
    request: HttpRequest,
    routes: Routes<D>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let client = routes.admit_for(&request, &reading(kinds)).await?;
    let terms = routes.directory.terms(&client);
    let bytes = body::read(&request, payload, routes.limits.body_bytes).await?;
    let asked = SearchRequest::parse(&bytes, terms.profile)?;
    answer(&request, &routes, &client, &terms, &asked, kinds).await
}

/// `GET /`: all resource types.
pub(super) async fn root<D: Directory>(
    request: HttpRequest,
    routes: Routes<D>,
) -> Result<HttpResponse, Failure> {
    const BOTH: &[Kind] = &[Kind::User, Kind::Group];
    let client = routes.admit_for(&request, &reading(BOTH)).await?;
    let terms = routes.directory.terms(&client);
    let asked = ListQuery::of_url(&request, terms.profile)?;
    answer(&request, &routes, &client, &terms, &asked, BOTH).await
}

/// What a query over these resource types needs. A part of what was asked for would be taken for all that there is.
fn reading(kinds: &[Kind]) -> Vec<TokenScope> {
    kinds.iter().map(|kind| TokenScope::of(*kind, Reach::Read)).collect()
}

/// Answers a query over one resource type, or over both.
pub(super) async fn answer<D: Directory>(
    request: &HttpRequest,
    routes: &Routes<D>,
    client: &D::Client,
    terms: &Terms,
    asked: &SearchRequest,
    kinds: &[Kind],
) -> Result<HttpResponse, Failure> {
    let org = request.match_info().get("org").unwrap_or_default();
    let now = routes.clock.now();
    let endpoint: String = kinds.iter().map(|kind| kind.endpoint()).collect();
    let mut queries = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let resource_type = terms.resource_type(*kind);
        let bound =
            ListQuery::bind(asked, routes.limits, resource_type, terms.profile, &[org, &endpoint], now)?;
        queries.push((*kind, bound));
    }
    let Some((_, first)) = queries.first() else {
        return Err(ScimError::internal("a query asks no resource type").into());
    };
    let (projection, fingerprint, start) =
        (first.projection.clone(), first.fingerprint, first.resources.start.clone());
    let mut page = match queries.len() {
        1 => {
            let (kind, query) = queries.remove(0);
            let wanted = resources::wanted(kind, &projection);
            routes.directory.query(client, kind, query.resources, wanted).await?
        }
        _ => one_after_the_other(routes, client, queries).await?,
    };
    let renderer = resources::renderer(request, routes, terms, &projection);
    let next = fingerprint.zip(page.next.take());
    let next = next.map(|(fingerprint, position)| Cursor::new(position, now.0).render(fingerprint));
    let start_index = match start {
        PageStart::Index(start) => Some(start),
        PageStart::Cursor(_) => None,
    };
    stream::list(request, routes, client, &renderer, start_index, next.as_deref(), page).await
}

/// The resource types in turn, as one list: people, then groups. Sorting across types and cursors over the root are
/// refused; nobody is known to ask for them, and half an answer would be worse.
async fn one_after_the_other<D: Directory>(
    routes: &Routes<D>,
    client: &D::Client,
    queries: Vec<(Kind, ListQuery)>,
) -> Result<ResourcePage<Resource>, Failure> {
    let mut all = ResourcePage { total: Some(0), items: Vec::new(), next: None };
    for (kind, query) in queries {
        let PageStart::Index(start) = query.resources.start else {
            return Err(ScimError::invalid_value(
                "cursors page one resource type: send the query to /Users/.search or /Groups/.search",
            )
            .into());
        };
        if query.resources.sort.is_some() {
            return Err(ScimError::invalid_value(
                "sortBy orders one resource type: send the query to /Users/.search or /Groups/.search",
            )
            .into());
        }
        // Where this type's part of the page begins depends on how many there were of the types before.
        let before = all.total.unwrap_or(0);
        let left = query.resources.count.saturating_sub(all.items.len() as u64);
        let skip = (start - 1).saturating_sub(before);
        let wanted = resources::wanted(kind, &query.projection);
        let query = ResourceQuery { start: PageStart::Index(skip + 1), count: left, ..query.resources };
        let found = routes.directory.query(client, kind, query, wanted).await?;
        all.total = Some(before + found.total.unwrap_or(0));
        all.items.extend(found.items);
    }
    Ok(all)
}

//! Reads the query parameters and conditional headers of a SCIM request. Unknown parameters are ignored: Entra sends
//! `aadOptscim062020`, others a bare `&`.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use rolecall_domain::{
    ports::{PageStart, ResourceQuery},
    time::Timestamp,
    use_cases::Expected,
};
use rolecall_scim::{
    cursor::{Cursor, Fingerprint},
    profile::Profile,
    projection::Projection,
    render::etag,
    schema::ResourceType,
    search::SearchRequest,
};

use super::Failure;
use crate::{request::query_pairs, state::Limits};

/// How long a cursor is good for. It holds no resources of the server, so this only bounds how old a list may grow.
pub(super) const CURSOR_LIFETIME_MS: i64 = 24 * 60 * 60 * 1000;

/// What a list asks for, bound to the schema.
pub(super) struct ListQuery {
    /// Which resources, in which order, and which page of them.
    pub(super) resources: ResourceQuery,
    /// Which attributes of each.
    pub(super) projection: Projection,
    /// What makes this query the same from page to page, when it is paged by cursor.
    pub(super) fingerprint: Option<Fingerprint>,
}

impl ListQuery {
    /// Reads the parameters of a URL.
    pub(super) fn of_url(request: &HttpRequest, profile: Profile) -> Result<SearchRequest, Failure> {
        Ok(SearchRequest::from_query(&query_pairs(request.query_string()), profile)?)
    }

    /// Binds what was asked to a resource type. `scope` names the organisation and the endpoint: a cursor of one is no
    /// cursor of another.
    pub(super) fn bind(
        asked: &SearchRequest,
        limits: Limits,
        resource_type: &ResourceType,
        profile: Profile,
        scope: &[&str],
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let filter =
            asked.filter.as_ref().map(|filter| filter.resolve(resource_type, profile)).transpose()?;
        let sort =
            asked.sort.as_ref().map(|sort| sort.resolve(resource_type, profile)).transpose()?.flatten();
        let most = u32::try_from(limits.page_size).unwrap_or(u32::MAX);
        let fingerprint = asked.cursor.as_ref().map(|_| asked.fingerprint(scope));
        let start = match (asked.cursor.as_deref(), fingerprint) {
            (Some(cursor), Some(fingerprint)) if !cursor.is_empty() => {
                let cursor = Cursor::parse(cursor, fingerprint)?.unexpired(now.0, CURSOR_LIFETIME_MS)?;
                PageStart::Cursor(Some(cursor.position))
            }
            (Some(_), _) => PageStart::Cursor(None),
            (None, _) => {
                PageStart::Index(asked.start_index.and_then(|start| u64::try_from(start).ok()).unwrap_or(1))
            }
        };
        let count = u64::from(asked.page_size(most, most));
        Ok(Self {
            resources: ResourceQuery { filter, sort, start, count },
            projection: asked.projection.clone(),
            fingerprint,
        })
    }
}

/// Reads `attributes` and `excludedAttributes` (RFC 7644 §3.9), by the rules that lists have: names in any case, and
/// a parameter that comes twice is joined.
pub(super) fn projection(request: &HttpRequest) -> Result<Projection, Failure> {
    let pairs = query_pairs(request.query_string());
    let list = |wanted: &str| {
        let named = pairs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.as_str()).collect::<Vec<&str>>().join(",")
    };
    Ok(Projection::parse(Some(&list("attributes")), Some(&list("excludedAttributes")))?)
}

/// Reads `If-Match`. What is no ETag of ours names a version that does not exist, so it does not match.
pub(super) fn expected(request: &HttpRequest) -> Expected {
    match tags(request.headers(), header::IF_MATCH) {
        None => Expected::Any,
        Some(tags) if tags.iter().any(|tag| tag == "*") => Expected::Any,
        Some(tags) => Expected::Versions(tags.iter().filter_map(|tag| version_of(tag)).collect()),
    }
}

/// The `version` of an operation in a bulk request, which stands for `If-Match` (RFC 7644 §3.7).
pub(super) fn expected_version(version: Option<&str>) -> Expected {
    match version {
        None => Expected::Any,
        Some(version) => Expected::Versions(version_of(version).into_iter().collect()),
    }
}

/// Answers 304 when `If-None-Match` names the version that there is. ETags compare weakly (RFC 9110 §13.1.2).
pub(super) fn check_if_none_match(request: &HttpRequest, version: i64) -> Result<(), Failure> {
    let known = tags(request.headers(), header::IF_NONE_MATCH)
        .is_some_and(|tags| tags.iter().any(|tag| tag == "*" || version_of(tag) == Some(version)));
    if known { Err(Failure::NotModified { etag: etag(version) }) } else { Ok(()) }
}

fn tags(headers: &HeaderMap, name: header::HeaderName) -> Option<Vec<String>> {
    let values: Vec<&str> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty())
        .then(|| values.iter().flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect())
}

fn version_of(tag: &str) -> Option<i64> {
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn if_match(value: &str) -> Expected {
        expected(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request())
    }

    // scim: 175
    #[test]
    fn if_match_names_versions_or_anything() {
        assert_eq!(expected(&TestRequest::default().to_http_request()), Expected::Any);
        assert_eq!(if_match("*"), Expected::Any);
        assert_eq!(if_match("W/\"3\""), Expected::Versions(vec![3]));
        assert_eq!(if_match("\"3\", W/\"4\""), Expected::Versions(vec![3, 4]));
        assert_eq!(if_match("nonsense"), Expected::Versions(vec![]));
    }

    // scim: 175
    #[test]
    fn if_none_match_spares_the_body() {
        let request =
            TestRequest::default().insert_header((header::IF_NONE_MATCH, "W/\"3\"")).to_http_request();
        assert!(matches!(check_if_none_match(&request, 3), Err(Failure::NotModified { .. })));
        assert!(check_if_none_match(&request, 4).is_ok());
    }
}

//! Reads the query parameters and conditional headers of a SCIM request. Unknown parameters are ignored: Entra sends
//! `aadOptscim062020`, others a bare `&`.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};
use rolecall_domain::{ports::ResourceQuery, use_cases::Expected};
use rolecall_scim::{
    error::ScimError, filter::Filter, profile::Profile, projection::Projection, render::etag,
    schema::ResourceType,
};

use super::Failure;
use crate::{request::query_pairs, state::Limits};

/// What a list asks for.
pub(super) struct ListQuery {
    /// Which resources, and which page of them.
    pub(super) resources: ResourceQuery,
    /// Which attributes of each.
    pub(super) projection: Projection,
}

impl ListQuery {
    /// Reads `filter`, `startIndex`, `count`, `attributes` and `excludedAttributes` (RFC 7644 §3.4.2).
    pub(super) fn of(
        request: &HttpRequest,
        limits: Limits,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Self, Failure> {
        let mut resources = ResourceQuery { start_index: 1, count: limits.page_size, filter: None };
        for (name, value) in query_pairs(request) {
            match name.as_str() {
                "filter" if !value.trim().is_empty() => {
                    resources.filter = Some(Filter::parse(&value)?.resolve(resource_type, profile)?);
                }
                // RFC 7644 §3.4.2.4: below 1 means 1, a negative count means 0.
                "startIndex" => {
                    resources.start_index = u64::try_from(integer(&name, &value)?).unwrap_or(1).max(1)
                }
                "count" => {
                    let count = u64::try_from(integer(&name, &value)?).unwrap_or(0);
                    resources.count = count.min(limits.page_size);
                }
                _ => {}
            }
        }
        Ok(Self { resources, projection: projection(request)? })
    }
}

/// Reads `attributes` and `excludedAttributes` (RFC 7644 §3.9).
pub(super) fn projection(request: &HttpRequest) -> Result<Projection, Failure> {
    let pairs = query_pairs(request);
    let find = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    Ok(Projection::parse(find("attributes"), find("excludedAttributes"))?)
}

/// Reads `If-Match`. What is no ETag of ours names a version that does not exist, so it does not match.
pub(super) fn expected(request: &HttpRequest) -> Expected {
    match tags(request.headers(), header::IF_MATCH) {
        None => Expected::Any,
        Some(tags) if tags.iter().any(|tag| tag == "*") => Expected::Any,
        Some(tags) => Expected::Versions(tags.iter().filter_map(|tag| version_of(tag)).collect()),
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

fn integer(name: &str, value: &str) -> Result<i64, ScimError> {
    value
        .trim()
        .parse()
        .map_err(|_| ScimError::invalid_value(format!("{name} must be a whole number, found `{value}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn if_match(value: &str) -> Expected {
        expected(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request())
    }

    #[test]
    fn if_match_names_versions_or_anything() {
        assert_eq!(expected(&TestRequest::default().to_http_request()), Expected::Any);
        assert_eq!(if_match("*"), Expected::Any);
        assert_eq!(if_match("W/\"3\""), Expected::Versions(vec![3]));
        assert_eq!(if_match("\"3\", W/\"4\""), Expected::Versions(vec![3, 4]));
        assert_eq!(if_match("nonsense"), Expected::Versions(vec![]));
    }

    #[test]
    fn if_none_match_spares_the_body() {
        let request =
            TestRequest::default().insert_header((header::IF_NONE_MATCH, "W/\"3\"")).to_http_request();
        assert!(matches!(check_if_none_match(&request, 3), Err(Failure::NotModified { .. })));
        assert!(check_if_none_match(&request, 4).is_ok());
    }
}

//! Hands each request and its answer to the provisioning log, when there is one.
//!
//! Handlers leave what they know in the request: who asked, and the body. What they cannot know, the answer, is added
//! here. Where nobody records, as in another application, they leave it to nobody.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName},
    middleware::Next,
    web::{Bytes, Data},
};
use rolecall_domain::{
    request_log::{Asker, Exchange, Presented, SentBody},
    use_cases::secrets::IdpCaller,
};

use crate::{
    request::{change_id, query_pairs},
    state::AppState,
};

/// What handlers leave.
#[derive(Default)]
struct Notes {
    asker: Option<Asker>,
    presented: Option<Presented>,
    body: Option<Bytes>,
    remark: Option<String>,
}

/// Who was let in.
pub(crate) fn note_caller(request: &HttpRequest, caller: &IdpCaller) {
    note(request, |notes| {
        notes.asker =
            Some(Asker::Known { org: caller.org.id, connection: caller.connection.id, token: caller.token });
    });
}

/// What was presented in another place than the `Authorization` header.
pub(crate) fn note_presented(request: &HttpRequest, presented: Presented) {
    note(request, |notes| notes.presented = Some(presented));
}

/// What was sent. A copy: what a body was read into has 32 KiB of room however short it is, which a log that is behind
/// would keep by the thousand, and each request would be given new memory for the next.
pub(super) fn note_body(request: &HttpRequest, body: &Bytes) {
    note(request, |notes| notes.body = Some(Bytes::copy_from_slice(body)));
}

/// What the answer's status does not tell.
pub(super) fn note_remark(request: &HttpRequest, remark: String) {
    note(request, |notes| notes.remark = Some(remark));
}

fn note(request: &HttpRequest, write: impl FnOnce(&mut Notes)) {
    if let Some(notes) = request.extensions_mut().get_mut::<Notes>() {
        write(notes);
    }
}

/// Wraps everything below `/scim/{org}/v2`, and the token endpoint.
pub(crate) async fn record(
    state: Data<AppState>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !state.request_log.is_kept() {
        return next.call(request).await;
    }
    let (started, at) = (Instant::now(), state.clock.now());
    request.extensions_mut().insert(Notes::default());
    let response = next.call(request).await?;
    let (request, mut response) = response.into_parts();
    let failed = response.status().as_u16() >= 400;
    let mut error_body = None;
    if failed {
        let (head, body) = response.into_parts();
        // An error's body is at hand, not streamed.
        let (kept, body) = match body.try_into_bytes() {
            Ok(bytes) => (Some(bytes.clone()), BoxBody::new(bytes)),
            Err(body) => (None, body),
        };
        error_body = kept;
        response = head.set_body(body);
    }
    let Notes { asker, presented, body, remark } =
        request.extensions_mut().remove::<Notes>().unwrap_or_default();
    let slug = request.match_info().get("org").unwrap_or_default();
    let text = |headers: &header::HeaderMap, name: HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let sent = request.headers();
    let asker = asker.unwrap_or_else(|| Asker::Stranger {
        slug: slug.to_owned(),
        presented: presented.unwrap_or_else(|| {
            Presented::of_header(
                sent.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or("?")),
                |bearer| state.presented_access_token(slug, bearer, at),
            )
        }),
    });
    state.request_log.push(Exchange {
        id: change_id(&request, &*state.ids),
        at,
        asker,
        method: request.method().to_string(),
        path: below_tenant(request.path()).to_owned(),
        query: query_pairs(request.query_string()),
        status: response.status().as_u16(),
        duration_us: i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX),
        peer: request.peer_addr().map(|address| address.ip().to_string()),
        forwarded_for: text(sent, HeaderName::from_static("x-forwarded-for")),
        user_agent: text(sent, header::USER_AGENT),
        location: text(response.headers(), header::LOCATION),
        request_body: body.map_or(SentBody::Absent, SentBody::Here),
        error_body,
        remark,
    });
    Ok(ServiceResponse::new(request, response))
}

/// `/Users/…` of `/scim/{org}/v2/Users/…`; what is beside the Tenant URL, the token endpoint, is named whole.
fn below_tenant(path: &str) -> &str {
    if !path.starts_with("/scim/") {
        return path;
    }
    match path.match_indices('/').nth(3) {
        Some((at, _)) => &path[at..],
        None => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_without_the_room_that_it_was_read_into() {
        let request = actix_web::test::TestRequest::default().to_http_request();
        request.extensions_mut().insert(Notes::default());
        let read = Bytes::from(vec![b' '; 32]);
        note_body(&request, &read);
        let kept =
            request.extensions_mut().remove::<Notes>().and_then(|notes| notes.body).expect("it was noted");
        assert_eq!(kept, read);
        assert_ne!(kept.as_ptr(), read.as_ptr());
    }

    #[test]
    fn what_follows_the_tenant_url_is_kept() {
        assert_eq!(below_tenant("/scim/acme/v2/Users/7"), "/Users/7");
        assert_eq!(below_tenant("/scim/acme/v2"), "/");
        assert_eq!(below_tenant("/oauth/acme/token"), "/oauth/acme/token");
    }
}

//! Reads the body of a SCIM request, within its bounds.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::{Bytes, Payload},
};

use super::{Failure, record};

/// The whole body. `application/scim+json` and `application/json` are taken, with or without parameters, and so is
/// no type at all: OneLogin, authentik and JumpCloud send the plain one (idp-dialects row 16).
pub(super) async fn read(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes, Failure> {
    if let Some(content_type) = request.headers().get(header::CONTENT_TYPE) {
        let essence = content_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let taken = ["application/scim+json", "application/json"];
        if !taken.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
            return Err(Failure::Body {
                status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
                detail: format!("Content-Type `{essence}` is not read here; send application/scim+json"),
            });
        }
    }
    match payload.to_bytes_limited(limit).await {
        Ok(Ok(bytes)) => {
            record::note_body(request, &bytes);
            Ok(bytes)
        }
        Ok(Err(error)) => Err(Failure::Body {
            status: StatusCode::BAD_REQUEST,
            detail: format!("the body did not arrive whole: {error}"),
        }),
        Err(_) => Err(Failure::Body {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            detail: format!(
                "the body is larger than {limit} bytes; send less in one request, for example fewer members in each PATCH"
            ),
        }),
    }
}

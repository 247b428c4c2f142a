//! A request's JSON body, or a problem that names the field.

use actix_web::{
    HttpMessage, HttpRequest,
    http::StatusCode,
    web::{Bytes, Payload},
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{problem::Problem, state::AppState};

/// Reads the body. Called after the key was checked: nobody else's bytes are kept in memory.
pub(super) async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    state: &AppState,
    payload: Payload,
) -> Result<T, Problem> {
    check_content_type(request.content_type())?;
    parse(&bytes(payload, state.limits.body_bytes).await?)
}

/// All of it, if it is not more than that.
pub(super) async fn bytes(payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {limit} bytes; send less at once");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    };
    payload
        .to_bytes_limited(limit)
        .await
        .map_err(|_| too_large())?
        .map_err(|error| Problem::invalid(format!("the body broke off: {error}")))
}

/// `application/json`, a `+json` type, or none said.
fn check_content_type(found: &str) -> Result<(), Problem> {
    let essence = found.trim().to_ascii_lowercase();
    if essence.is_empty() || essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    let detail = format!("the body is `{essence}`; send JSON with `Content-Type: application/json`");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would read `["Sales"]` as a struct's fields in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid("the body must be a JSON object: `{…}`"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            // The message for an unknown or missing field names it already, and its place is the object itself.
            Category::Data if path == "." => Problem::invalid(inner),
            Category::Data => Problem::invalid(format!("{path}: {inner}")),
            Category::Syntax | Category::Eof | Category::Io => {
                Problem::invalid(format!("the body is not JSON: {inner}"))
            }
        }
    })?;
    deserializer
        .end()
        .map_err(|error| Problem::invalid(format!("the body is not one JSON object: {error}")))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::admin::words;
    use rolecall_domain::role::WorkspaceRole;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "it is read for its errors")]
    struct Grant {
        user_id: String,
        #[serde(deserialize_with = "words::word")]
        role: WorkspaceRole,
    }

    #[test]
    fn a_bad_body_is_told_by_its_field() {
        for (body, wanted) in [
            (r#"{"user_id": "7"}"#, "missing field `role`"),
            (
                r#"{"user_id": "7", "role": "boss"}"#,
                "role: `boss` is not a role; use one of: admin, manager, member",
            ),
            (r#"{"user_id": 7, "role": "admin"}"#, "user_id: invalid type: integer `7`, expected a string"),
            (r#"{"user_id": "7", "rol": "admin"}"#, "unknown field `rol`, expected `user_id` or `role`"),
            (r#"{"user_id": "7", "role": "admin", "role": "member"}"#, "duplicate field `role`"),
            (r#"{"user_id": "7", "#, "the body is not JSON"),
            (r#"{"user_id": "7", "role": "admin"} x"#, "the body is not one JSON object"),
            (r#"["7", "admin"]"#, "must be a JSON object"),
            ("", "must be a JSON object"),
        ] {
            let problem = parse::<Grant>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status, 400, "{body}");
            assert!(problem.detail.contains(wanted), "{body}: {}", problem.detail);
        }
        assert_eq!(
            parse::<Grant>(br#"{"user_id": "7", "role": "Admin"}"#).unwrap().role,
            WorkspaceRole::Admin
        );
    }

    #[test]
    fn only_json_is_read() {
        for good in ["", "application/json", "Application/JSON", "application/scim+json"] {
            assert!(check_content_type(good).is_ok(), "{good}");
        }
        assert_eq!(check_content_type("application/x-www-form-urlencoded").unwrap_err().status, 415);
    }
}

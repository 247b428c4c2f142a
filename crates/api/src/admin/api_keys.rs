//! Keys of this API. A key makes and revokes keys of its own role and lower ones.

use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::ApiKeyId,
    ports::ReadCost,
    records::ApiKey,
    role::OrgRole,
    secret::{Secret, SecretKind},
    time::Timestamp,
    use_cases::secrets,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    expiry::expires_at,
    page::{Page, PageQuery},
    query,
    refusal::{BadBody, Forbidden, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, problem::Problem, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/admin/api-keys").get(list).post(create).done())
        .service(Endpoint::at("/admin/api-keys/{id}").delete(revoke).done());
}

/// A key to be made. Without `expires_in_days` or `expires_at` it works until it is revoked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What to call it, 1 to 100 characters.
    #[schema(example = "Terraform")]
    name: String,
    /// What it may do; `admin` if absent.
    #[serde(default = "admin", deserialize_with = "words::word")]
    #[schema(value_type = words::KeyRoleWord)]
    role: OrgRole,
    /// Stops working after so many days.
    #[schema(minimum = 1, maximum = 36_500, example = 180)]
    expires_in_days: Option<u32>,
    /// Stops working then.
    #[serde(default, deserialize_with = "words::moment")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

fn admin() -> OrgRole {
    OrgRole::Admin
}

/// A key. Its secret is not kept and cannot be shown.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a06")]
    id: ApiKeyId,
    /// What it is called.
    #[schema(example = "Terraform")]
    name: String,
    /// The last four characters of the key.
    #[schema(example = "p3Zd")]
    hint: String,
    /// What it may do.
    #[schema(value_type = words::KeyRoleWord)]
    role: OrgRole,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// When it stops working; never, if `null`.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    revoked_at: Option<Timestamp>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKeyWithSecret)]
pub(crate) struct NewApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// The key itself. This is the only time that it is shown.
    #[schema(example = "rck_8mWvP2sLq5Xa0Jd7RtYc4BnZ1KfHuG9eTiO6xQjVlM3CzEp3Zd")]
    secret: String,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            role: key.role,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// Makes a key. The answer shows it, once.
#[utoipa::path(
    post, path = "/v1/admin/api-keys", tag = "Secrets", operation_id = "create_api_key",
    request_body = NewApiKey,
    responses(
        (status = 201, description = "Made", body = NewApiKeyView),
        Forbidden, Refusal, BadBody,
    )
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewApiKey = body::read(&request, &state, payload).await?;
    may(call.caller.role, "make", wanted.role)?;
    let expires = expires_at(wanted.expires_in_days, wanted.expires_at, state.clock.now())?;
    let bytes = state.entropy.bytes();
    let (key, secret) = call
        .write(move |tx, act| {
            let secret = Secret::new(SecretKind::ApiKey, bytes);
            let key = secrets::create_api_key(tx, act, &wanted.name, wanted.role, &secret, expires)?;
            Ok((key, secret))
        })
        .await?;
    let location = format!("/v1/admin/api-keys/{}", key.id);
    answer::created(location, &NewApiKeyView { key: key.into(), secret: secret.reveal().to_owned() })
}

/// All keys, oldest first; expired and revoked ones, too.
#[utoipa::path(
    get, path = "/v1/admin/api-keys", tag = "Secrets", operation_id = "list_api_keys",
    params(PageQuery),
    responses((status = 200, description = "All of them", body = Page<ApiKeyView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let keys = call.read(ReadCost::Point, |tx, org| Ok(tx.list_api_keys(org)?)).await?;
    answer::ok(&Page::of(keys.into_iter().map(ApiKeyView::from).collect(), &page))
}

/// Revokes a key: the next request with it gets 401.
#[utoipa::path(
    delete, path = "/v1/admin/api-keys/{id}", tag = "Secrets", operation_id = "revoke_api_key",
    params(("id" = String, Path, description = "Id of the key")),
    responses(
        (status = 204, description = "Revoked"),
        Forbidden, Refusal, Missing,
    )
)]
pub(crate) async fn revoke(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let (id, role) = (path.into_inner(), call.caller.role);
    call.write(move |tx, act| {
        // An organisation has few keys; all of them is one statement.
        let found = tx.list_api_keys(act.org)?.into_iter().find(|key| key.id.to_string() == id);
        if let Some(key) = found {
            may(role, "revoke", key.role)?;
        }
        Ok(secrets::revoke_api_key(tx, act, &id)?)
    })
    .await?;
    answer::no_content()
}

/// Nobody raises themselves, or shuts out who is above them.
fn may(own: OrgRole, verb: &str, other: OrgRole) -> Result<(), Problem> {
    if other <= own {
        return Ok(());
    }
    let detail = format!("a key of role {own} cannot {verb} one of role {other}; use a key of role {other}");
    Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_key_cannot_touch_owner_keys() {
        assert!(may(OrgRole::Owner, "make", OrgRole::Owner).is_ok());
        assert!(may(OrgRole::Admin, "make", OrgRole::Admin).is_ok());
        assert_eq!(may(OrgRole::Admin, "make", OrgRole::Owner).unwrap_err().status, 403);
    }
}

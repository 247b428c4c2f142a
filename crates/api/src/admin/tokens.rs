//! Secret Tokens, which IdPs present to `/scim`: made, listed and revoked by an administrator.

use actix_web::{
    HttpRequest,
    web::{Data, Path, Payload, ServiceConfig},
};
use rolecall_domain::{
    ids::{ConnectionId, TokenId},
    ports::ReadCost,
    records::Token,
    secret::{Secret, SecretKind},
    time::Timestamp,
    token_scope::TokenScopes,
    use_cases::{orgs::DEFAULT_CONNECTION, secrets},
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
    refusal::{BadBody, Missing, Refusal},
    words,
};
use crate::{endpoint::Endpoint, state::AppState};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/scim/tokens").get(list).post(create).done())
        .service(Endpoint::at("/scim/tokens/{id}").delete(revoke).done());
}

/// A token to be made. Without `expires_in_days` or `expires_at` it works until it is revoked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What to call it, 1 to 100 characters.
    #[schema(example = "Entra, production")]
    name: String,
    /// Name of the connection whose IdP will present it.
    #[serde(default = "default_connection")]
    #[schema(default = "default")]
    connection: String,
    /// What it is good for; writing brings reading with it. All four, if absent.
    #[serde(default, deserialize_with = "words::scopes")]
    #[schema(value_type = Option<Vec<words::TokenScopeWord>>, min_items = 1, example = json!(["users.write", "groups.read"]))]
    scopes: TokenScopes,
    /// Stops working after so many days.
    #[schema(minimum = 1, maximum = 36_500, example = 180)]
    expires_in_days: Option<u32>,
    /// Stops working then.
    #[serde(default, deserialize_with = "words::moment")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

fn default_connection() -> String {
    DEFAULT_CONNECTION.to_owned()
}

/// A token. Its secret is not kept and cannot be shown.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenView {
    /// Its id.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05")]
    id: TokenId,
    /// Of which connection.
    #[schema(value_type = String, format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05")]
    connection_id: ConnectionId,
    /// What it is called.
    #[schema(example = "Entra, production")]
    name: String,
    /// The last four characters of the secret.
    #[schema(example = "x7Qk")]
    hint: String,
    /// What it is good for.
    #[schema(value_type = Vec<words::TokenScopeWord>, example = json!(["users.read", "users.write", "groups.read"]))]
    scopes: TokenScopes,
    /// When it was made.
    #[schema(value_type = String, format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    created_at: Timestamp,
    /// When it stops working; never, if `null`.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_used_at: Option<Timestamp>,
}

/// A new token: what an IdP's administrator pastes.
#[derive(Serialize, ToSchema)]
#[schema(as = NewTokenWithSecret)]
pub(crate) struct NewTokenView {
    #[serde(flatten)]
    token: TokenView,
    /// The Secret Token. This is the only time that it is shown.
    #[schema(example = "rcs_3nqXo0T4cZk9Vd8sYb1LwQeR7uHgJf2MpA6tKxNiSlB0CzDx7Qk")]
    secret: String,
    /// The Tenant URL that it belongs to.
    #[schema(example = "https://rolecall.example.com/scim/acme/v2")]
    tenant_url: String,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        Self {
            id: token.id,
            connection_id: token.connection,
            name: token.name,
            hint: token.hint,
            scopes: token.scopes,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            last_used_at: token.last_used_at,
        }
    }
}

/// Makes a Secret Token. The answer shows the secret, once.
#[utoipa::path(
    post, path = "/v1/scim/tokens", tag = "Secrets", operation_id = "create_token",
    request_body = NewToken,
    responses((status = 201, description = "Made", body = NewTokenView), Refusal, BadBody)
)]
pub(crate) async fn create(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let wanted: NewToken = body::read(&request, &state, payload).await?;
    let expires = expires_at(wanted.expires_in_days, wanted.expires_at, state.clock.now())?;
    let bytes = state.entropy.bytes();
    let (token, secret) = call
        .write(move |tx, act| {
            let secret = Secret::new(SecretKind::Scim, bytes);
            let NewToken { name, connection, scopes, .. } = &wanted;
            let token = secrets::create_token(tx, act, connection, name, *scopes, &secret, expires)?;
            Ok((token, secret))
        })
        .await?;
    let location = format!("/v1/scim/tokens/{}", token.id);
    let tenant_url = state.tenant_url(&call.caller.org.slug);
    answer::created(
        location,
        &NewTokenView { token: token.into(), secret: secret.reveal().to_owned(), tenant_url },
    )
}

/// All tokens, oldest first; expired and revoked ones, too.
#[utoipa::path(
    get, path = "/v1/scim/tokens", tag = "Secrets", operation_id = "list_tokens",
    params(PageQuery),
    responses((status = 200, description = "All of them", body = Page<TokenView>), Refusal)
)]
pub(crate) async fn list(request: HttpRequest, state: Data<AppState>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let page: PageQuery = query::read(&request)?;
    let tokens = call.read(ReadCost::Point, |tx, org| Ok(tx.list_tokens(org)?)).await?;
    answer::ok(&Page::of(tokens.into_iter().map(TokenView::from).collect(), &page))
}

/// Revokes a token: the next request with it gets 401.
#[utoipa::path(
    delete, path = "/v1/scim/tokens/{id}", tag = "Secrets", operation_id = "revoke_token",
    params(("id" = String, Path, description = "Id of the token")),
    responses((status = 204, description = "Revoked"), Refusal, Missing)
)]
pub(crate) async fn revoke(request: HttpRequest, state: Data<AppState>, path: Path<String>) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let id = path.into_inner();
    call.write(move |tx, act| Ok(secrets::revoke_token(tx, act, &id)?)).await?;
    answer::no_content()
}

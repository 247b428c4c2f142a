//! `POST /oauth/{org}/token`: an access token for a Secret Token (RFC 6749 §4.4).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::CONTENT_TYPE,
    web::{Data, Payload},
};
use rolecall_domain::{
    ports::{ReadCost, TokenKey},
    request_log::Presented,
    time::Timestamp,
    use_cases::secrets::recognise_client,
};
use tracing::error;
use utoipa::ToSchema;

use super::{
    Parties,
    answer::{self, AccessToken, Failure, OAuthError},
    client::{self, ClientCredentials, Form},
    scope::Asked,
};
use crate::{rate_limit::TooMany, scim::record, state::AppState, work};

/// More than any token request has.
const LARGEST_FORM: usize = 8 * 1024;

/// What a client sends.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes the form, which is read parameter by parameter")]
pub(crate) struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// The id of a Secret Token, or its name; absent with `Authorization: Basic`.
    client_id: Option<String>,
    /// The Secret Token; absent with `Authorization: Basic`.
    client_secret: Option<String>,
    /// Some of `users.read`, `users.write`, `groups.read` and `groups.write`, with blanks between; absent or `scim` for all that the
    /// Secret Token has.
    #[schema(example = "users.read groups.read")]
    scope: Option<String>,
}

/// An access token for an identity provider that wants OAuth 2.0 client credentials. The client is a Secret Token of the
/// organisation, and shows itself in the form or by `Authorization: Basic`. Whoever is refused is refused alike.
#[utoipa::path(
    post, path = "/oauth/{org}/token", tag = "OAuth", security(()),
    params(("org" = String, Path, description = "The organisation's slug")),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "An access token", body = AccessToken),
        (status = 400, description = "The request is wrong as it stands", body = OAuthError),
        (status = 401, description = "No such client, or a wrong secret", body = OAuthError),
        (status = 429, description = "The client asks too often", body = OAuthError),
        (status = 501, description = "The operator has set no `oauth.signing_key`", body = OAuthError),
        (status = 503, description = "The database cannot be used", body = OAuthError),
    )
)]
pub(crate) async fn issue(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> Result<HttpResponse, Failure> {
    let Some(access_tokens) = state.access_tokens.clone() else { return Err(Failure::NoKey) };
    let form = read_form(&request, payload).await?;
    let sent = client::read(&request, &form)?;
    let secret = sent.as_ref().map(|sent| sent.secret.as_str());
    record::note_presented(&request, Presented::of_client(secret));
    match form.find("grant_type") {
        Some("client_credentials") => {}
        Some(_) => return Err(Failure::GrantType),
        None => return Err(Failure::request("grant_type is missing; send grant_type=client_credentials")),
    }
    let asked = Asked::read(form.find("scope"))?;
    let Some(ClientCredentials { id, secret }) = sent else { return Err(Failure::Client) };
    let org_slug = request.match_info().get("org").unwrap_or_default().to_owned();
    let now: Timestamp = state.clock.now();
    if let Some(key) = TokenKey::of_secret(&secret) {
        let too_many = |TooMany { wait_seconds, .. }| Failure::TooManyRequests { wait_seconds };
        state.rate_limit.take(&key, now).map_err(too_many)?;
    }
    let slug = org_slug.clone();
    let found = work::read(&*state.store, ReadCost::Point, move |tx| {
        Ok::<_, Failure>(recognise_client(tx, &slug, &id, &secret, now)?)
    });
    let client = found.await?.ok_or(Failure::Client)?;
    record::note_caller(&request, &client.caller);
    state.token_use.note(&client.caller, now);
    let (scopes, told) = asked.grant(client.caller.scopes)?;
    let parties = Parties::of(&state.public_url, &org_slug);
    let (token, id) = (client.caller.token, state.ids.next());
    let issued =
        access_tokens.issue(parties, token, scopes, client.expires_at, id, now).map_err(|reason| {
            error!(%reason, "no access token could be signed");
            Failure::Unavailable
        })?;
    Ok(answer::issued(issued, told))
}

async fn read_form(request: &HttpRequest, payload: Payload) -> Result<Form, Failure> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Failure::request("send a form, with Content-Type: application/x-www-form-urlencoded"));
    }
    match payload.to_bytes_limited(LARGEST_FORM).await {
        Ok(Ok(bytes)) => Form::parse(&bytes),
        Ok(Err(_)) => Err(Failure::request("the form did not arrive whole")),
        Err(_) => Err(Failure::request("the form is too long")),
    }
}

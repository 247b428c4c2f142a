//! What a client can find out about the token endpoint by its issuer alone (RFC 8414).

use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde_json::json;

use super::{Parties, scope};
use crate::{problem::Problem, state::AppState};

/// The same for every organisation, so that it tells of none whether it is there.
pub(super) async fn show(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse, Problem> {
    if state.access_tokens.is_none() {
        return Err(Problem::not_found(
            "this server issues no access tokens: its operator has not set oauth.signing_key; a Secret Token opens /scim as it is",
        ));
    }
    let parties = Parties::of(&state.public_url, request.match_info().get("org").unwrap_or_default());
    Ok(HttpResponse::Ok().json(json!({
        "token_endpoint": parties.token_endpoint(),
        "issuer": parties.issuer,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": scope::known().collect::<Vec<_>>(),
        // Required, and empty: there is no authorization endpoint (§2).
        "response_types_supported": [],
    })))
}

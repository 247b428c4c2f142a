//! OAuth 2.0 for identity providers that ask for it: a Secret Token is the secret of a client, which is given
//! access tokens of an hour (RFC 6749 §4.4). `/scim` takes both.
//!
//! An access token names the SCIM token that it was issued for, and that one is looked up at every request: revoking it
//! counts at once, on every replica. So nothing of an access token is stored.

mod access_token;
mod answer;
mod client;
mod hs256;
mod metadata;
mod scope;
#[cfg(test)]
mod tests;
pub(crate) mod token;

use std::sync::Arc;

use actix_web::{middleware::from_fn, web};
use rolecall_domain::{
    ids::TokenId,
    ports::{Credentials, TokenKey},
    request_log::Presented,
    time::Timestamp,
    token_scope::TokenScopes,
};

pub use access_token::{AccessTokens, SigningKeys};

use crate::{
    endpoint::Endpoint,
    scim::{record, tenant_url},
    state::AppState,
};

/// Mounts `/oauth/{org}/token` and its description.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::scope("/oauth/{org}")
                .wrap(from_fn(record::record))
                .service(Endpoint::at("/token").post(token::issue).done())
                .default_service(web::to(crate::nothing_here)),
        )
        .service(
            Endpoint::at("/.well-known/oauth-authorization-server/oauth/{org:[a-z0-9-]{1,63}}")
                .get(metadata::show)
                .done(),
        );
}

/// Who issues the access tokens of an organisation, and where they are good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parties {
    /// `{public_url}/oauth/{org}`
    pub issuer: String,
    /// The Tenant URL.
    pub audience: String,
}

impl Parties {
    /// Of an organisation.
    pub fn of(public_url: &str, org_slug: &str) -> Self {
        Self { issuer: format!("{public_url}/oauth/{org_slug}"), audience: tenant_url(public_url, org_slug) }
    }

    /// Where access tokens are asked for.
    pub fn token_endpoint(&self) -> String {
        format!("{}/token", self.issuer)
    }
}

impl AppState {
    /// Where the clients of an organisation ask for access tokens; `None` when this server issues none.
    pub fn token_endpoint(&self, org_slug: &str) -> Option<String> {
        self.access_tokens.as_ref().map(|_| Parties::of(&self.public_url, org_slug).token_endpoint())
    }

    /// By what the SCIM token is found that a bearer token stands for, and for what it may be used, if the token itself may;
    /// `None` when it can be none. Asks nobody.
    pub(crate) fn token_key(
        &self,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Option<(TokenKey, TokenScopes)> {
        if let Some(key) = TokenKey::of_secret(&credentials.secret) {
            return Some((key, TokenScopes::ALL));
        }
        let (token, scopes) = self.access_token(&credentials.org_slug, &credentials.secret, now)?.ok()?;
        Some((TokenKey::Id(token), scopes))
    }

    /// What a bearer token is that is no secret; `None` when it has not the form of an access token.
    pub(crate) fn presented_access_token(
        &self,
        org_slug: &str,
        bearer: &str,
        now: Timestamp,
    ) -> Option<Presented> {
        let found = self.access_token(org_slug, bearer, now)?;
        Some(found.map_or_else(|why| why, |(token, _)| Presented::Token(TokenKey::Id(token))))
    }

    fn access_token(
        &self,
        org_slug: &str,
        bearer: &str,
        now: Timestamp,
    ) -> Option<Result<(TokenId, TokenScopes), Presented>> {
        if !access_token::has_its_form(bearer) {
            return None;
        }
        let parties = Parties::of(&self.public_url, org_slug);
        let keys: Option<&Arc<AccessTokens>> = self.access_tokens.as_ref();
        Some(keys.map_or(Err(access_token::UNSIGNED), |keys| keys.recognise(&parties, bearer, now)))
    }
}

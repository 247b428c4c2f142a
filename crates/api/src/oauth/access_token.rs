//! Access tokens: JWTs in the profile of RFC 9068, signed with a key that only the servers have.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors};
use rolecall_domain::{
    ids::TokenId,
    request_log::{Presented, RefusedToken},
    time::Timestamp,
    token_scope::TokenScopes,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Parties, hs256, scope};

/// RFC 9068 §2.1: an access token is told from other JWTs by its type.
const TYPE: &str = "at+jwt";
/// RFC 7518 §3.2: a key of HS256 has at least as many bits as the hash.
const SHORTEST_KEY: usize = 32;

/// What is told about a bearer token that no key of this server signed.
pub(super) const UNSIGNED: Presented = Presented::Unfit(RefusedToken::AccessTokenSignature);

/// The keys that sign access tokens: the first signs, all verify. They print as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeys(Vec<Vec<u8>>);

impl SigningKeys {
    /// Reads keys between commas, each of 32 bytes or more; `None` when one is shorter, or there is none.
    pub fn parse(text: &str) -> Option<Self> {
        let keys: Vec<Vec<u8>> = text.split(',').map(|key| key.trim().as_bytes().to_vec()).collect();
        keys.iter().all(|key| key.len() >= SHORTEST_KEY).then_some(Self(keys))
    }

    /// A key for one process, which lasts as long as it does.
    pub fn for_this_process(random: [u8; 32]) -> Self {
        Self(vec![random.to_vec()])
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Issues access tokens, and recognises them.
pub struct AccessTokens {
    signing: EncodingKey,
    verifying: Vec<DecodingKey>,
    validation: Validation,
    lifetime_seconds: i64,
}

/// A new one.
pub(super) struct Issued {
    /// As the client sends it.
    pub(super) text: String,
    /// For so long it is good.
    pub(super) expires_in: i64,
}

/// RFC 9068 §2.2
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The SCIM token. The client acts for itself, so it is the subject, too.
    sub: Uuid,
    client_id: Uuid,
    iat: i64,
    exp: i64,
    jti: Uuid,
    scope: String,
}

impl AccessTokens {
    /// With these keys; a token is good for so long.
    pub fn new(SigningKeys(keys): &SigningKeys, lifetime_seconds: i64) -> Self {
        hs256::install();
        let mut validation = Validation::new(Algorithm::HS256);
        // The crate would ask the machine's clock. What is left to it is the signature and its algorithm.
        (validation.validate_exp, validation.validate_aud) = (false, false);
        validation.required_spec_claims.clear();
        let first = keys.first().expect("whoever makes `SigningKeys` puts one in");
        let verifying = keys.iter().map(|key| DecodingKey::from_secret(key));
        Self {
            signing: EncodingKey::from_secret(first).expect("no key is empty"),
            verifying: verifying.collect::<errors::Result<_>>().expect("no key is empty"),
            validation,
            lifetime_seconds,
        }
    }

    /// An access token for a SCIM token, which is good until `expires_at`; the access token no longer than that, and for these of
    /// its scopes.
    pub(super) fn issue(
        &self,
        parties: Parties,
        token: TokenId,
        scopes: TokenScopes,
        expires_at: Option<Timestamp>,
        id: Uuid,
        now: Timestamp,
    ) -> errors::Result<Issued> {
        let iat = now.0.div_euclid(1000);
        let left = expires_at.map_or(i64::MAX, |at| at.0.div_euclid(1000) - iat);
        let expires_in = self.lifetime_seconds.min(left.max(1));
        let claims = Claims {
            iss: parties.issuer,
            aud: parties.audience,
            sub: token.0,
            client_id: token.0,
            iat,
            exp: iat + expires_in,
            jti: id,
            scope: scopes.to_string(),
        };
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        Ok(Issued { text: jsonwebtoken::encode(&header, &claims, &self.signing)?, expires_in })
    }

    /// For which SCIM token and for what this was issued; that token is still to be looked up. Otherwise, why it is none.
    pub(super) fn recognise(
        &self,
        parties: &Parties,
        text: &str,
        now: Timestamp,
    ) -> Result<(TokenId, TokenScopes), Presented> {
        let verified = self.verifying.iter().find_map(|key| {
            let token = jsonwebtoken::decode::<Claims>(text, key, &self.validation).ok()?;
            (token.header.typ.as_deref() == Some(TYPE)).then_some(token.claims)
        });
        let claims = verified.ok_or(UNSIGNED)?;
        if claims.iss != parties.issuer || claims.aud != parties.audience {
            return Err(Presented::Unfit(RefusedToken::AccessTokenAudience));
        }
        let token = TokenId(claims.sub);
        if claims.exp.saturating_mul(1000) <= now.0 {
            return Err(Presented::ExpiredAccessToken(token));
        }
        Ok((token, scope::claimed(&claims.scope)))
    }
}

/// Whether a bearer token is put together as a JWT is (RFC 7515 §3.1).
pub(super) fn has_its_form(bearer: &str) -> bool {
    bearer.split('.').count() == 3
}

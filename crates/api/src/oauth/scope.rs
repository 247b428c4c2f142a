//! Which scopes a client asks for (RFC 6749 §3.3), and which an access token says it was given.

use rolecall_domain::token_scope::{TokenScope, TokenScopes};

use super::answer::Failure;

/// All that the client's Secret Token is good for: the one scope that there was before there were several.
pub(super) const EVERYTHING: &str = "scim";

/// Every word that a client may send.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    std::iter::once(EVERYTHING).chain(TokenScope::ALL.into_iter().map(TokenScope::as_str))
}

/// What a client asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    /// It did not say.
    Nothing,
    /// All that there is for it. Other words beside that one are passed over, as they always were.
    Everything,
    /// These, in its words.
    These(TokenScopes, String),
}

impl Asked {
    /// Reads the parameter `scope`.
    pub(super) fn read(parameter: Option<&str>) -> Result<Self, Failure> {
        let Some(text) = parameter else { return Ok(Self::Nothing) };
        let words = || text.split(' ').filter(|word| !word.is_empty());
        if words().any(|word| word == EVERYTHING) {
            return Ok(Self::Everything);
        }
        let scopes: Result<TokenScopes, _> = words().map(str::parse::<TokenScope>).collect();
        match scopes {
            Ok(scopes) if scopes != TokenScopes::NONE => {
                Ok(Self::These(scopes, words().collect::<Vec<_>>().join(" ")))
            }
            _ => Err(Failure::Scope),
        }
    }

    /// What it is given of what its Secret Token has, and the words for it: its own, where it is given what it asked for, so that it
    /// finds them again.
    pub(super) fn grant(self, has: TokenScopes) -> Result<(TokenScopes, String), Failure> {
        match self {
            Self::Everything if has == TokenScopes::ALL => Ok((has, EVERYTHING.to_owned())),
            Self::Nothing | Self::Everything => Ok((has, has.to_string())),
            Self::These(scopes, words) if scopes.and(has) == scopes => Ok((scopes, words)),
            Self::These(..) => Err(Failure::BeyondScopes { has }),
        }
    }
}

/// What the claim `scope` of an access token gives. A word that this version does not know gives nothing.
pub(super) fn claimed(claim: &str) -> TokenScopes {
    if claim.split(' ').any(|word| word == EVERYTHING) {
        return TokenScopes::ALL;
    }
    claim.split(' ').filter_map(|word| word.parse::<TokenScope>().ok()).collect()
}

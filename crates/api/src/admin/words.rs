//! Roles and moments as words in JSON and in queries, and how the API's description shows them.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use rolecall_domain::{
    records::HoldReason,
    role::{OrgRole, WorkspaceRole},
    switches::{OnConflict, OutsideDomains, PeopleFate},
    time::Timestamp,
    token_scope::{TokenScope, TokenScopes},
    use_cases::{findings::FindingKind, matches::Certainty},
};
use rolecall_scim::profile::Profile;
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

/// A word in a body: `"role": "admin"`, without regard to case.
pub(super) fn word<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// A word in a body that may be absent or `null`.
pub(super) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    text.parse().map(Some).map_err(D::Error::custom)
}

/// A word in a query: `?role=admin`.
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    word(deserializer).map(Some)
}

/// A token's scopes in a body, as a list of words; all of them, where it is `null`.
pub(super) fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenScopes, D::Error> {
    let Some(words) = Option::<Vec<String>>::deserialize(deserializer)? else { return Ok(TokenScopes::ALL) };
    words.iter().map(|word| word.parse::<TokenScope>()).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// A moment in a body, in RFC 3339.
pub(super) fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let found = rolecall_scim::instant::parse(&text);
    let wrong = || D::Error::custom(format!("`{text}` is not a time; write it like `2027-01-31T00:00:00Z`"));
    found.map(Timestamp).map(Some).ok_or_else(wrong)
}

/// A moment in a query: `?since=2027-01-31T00:00:00Z`.
pub(super) fn moment_given<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    // A `+` in a query stands for a blank, and many forget to write `%2B`.
    let found = rolecall_scim::instant::parse(&text.replace(' ', "+"));
    let wrong = || D::Error::custom(format!("`{text}` is not a time; write it like `2027-01-31T00:00:00Z`"));
    found.map(Timestamp).map(Some).ok_or_else(wrong)
}

/// Words that the API's description shows as a type of their own, made from the domain's list of them.
macro_rules! words {
    ($($(#[$doc:meta])* $type:ident = $name:literal, $words:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $type;

        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let words = $words.iter().map(|word| word.as_str());
                RefOr::T(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build().into())
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )+};
}

words! {
    /// A role in a workspace.
    WorkspaceRoleWord = "WorkspaceRole", WorkspaceRole::ALL;
    /// A role in an organisation.
    OrgRoleWord = "OrgRole", OrgRole::ALL;
    /// How a connection's requests are read.
    ProfileWord = "Profile", Profile::ALL;
    /// What becomes of people outside a connection's domains.
    OutsideDomainsWord = "OutsideDomains", OutsideDomains::ALL;
    /// What becomes of what another connection owns.
    OnConflictWord = "OnConflict", OnConflict::ALL;
    /// What becomes of a connection's people.
    PeopleFateWord = "PeopleFate", PeopleFate::ALL;
    /// Why somebody keeps access.
    HoldReasonWord = "HoldReason", HoldReason::ALL;
    /// How sure a match is.
    CertaintyWord = "Certainty", Certainty::ALL;
    /// What there is to look at.
    FindingKindWord = "FindingType", FindingKind::ALL;
    /// What a token is good for.
    TokenScopeWord = "TokenScope", TokenScope::ALL;
    /// What an API key may be.
    KeyRoleWord = "KeyRole", [OrgRole::Admin, OrgRole::Owner];
}

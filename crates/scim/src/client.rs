//! Which product is asking, as far as its requests tell: for people who read a log, never for a decision.

use std::fmt;

/// An identity provider, or another program that provisions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Client {
    /// Microsoft Entra ID
    Entra,
    /// Okta
    Okta,
    /// Google Workspace
    Google,
    /// OneLogin
    OneLogin,
    /// JumpCloud
    JumpCloud,
    /// PingOne or PingFederate
    Ping,
    /// Keycloak with a SCIM plugin
    Keycloak,
    /// authentik
    Authentik,
    /// SailPoint
    SailPoint,
    /// Rippling
    Rippling,
    /// CyberArk Identity
    CyberArk,
    /// Oracle IDCS or OCI IAM
    Oracle,
}

impl Client {
    /// All.
    pub const ALL: [Self; 12] = [
        Self::Entra,
        Self::Okta,
        Self::Google,
        Self::OneLogin,
        Self::JumpCloud,
        Self::Ping,
        Self::Keycloak,
        Self::Authentik,
        Self::SailPoint,
        Self::Rippling,
        Self::CyberArk,
        Self::Oracle,
    ];

    /// A short word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Google => "google",
            Self::OneLogin => "onelogin",
            Self::JumpCloud => "jumpcloud",
            Self::Ping => "ping",
            Self::Keycloak => "keycloak",
            Self::Authentik => "authentik",
            Self::SailPoint => "sailpoint",
            Self::Rippling => "rippling",
            Self::CyberArk => "cyberark",
            Self::Oracle => "oracle",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entra => "Microsoft Entra ID",
            Self::Okta => "Okta",
            Self::Google => "Google Workspace",
            Self::OneLogin => "OneLogin",
            Self::JumpCloud => "JumpCloud",
            Self::Ping => "Ping",
            Self::Keycloak => "Keycloak",
            Self::Authentik => "authentik",
            Self::SailPoint => "SailPoint",
            Self::Rippling => "Rippling",
            Self::CyberArk => "CyberArk",
            Self::Oracle => "Oracle",
        }
    }

    /// The product of that word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.as_str() == word)
    }

    /// Recognised by what it says about itself, else by a habit that no other has: only Entra appends
    /// `aadOptscim062020`, capitalises `op`, and looks for a group without its members.
    ///
    /// ```
    /// use rolecall_scim::client::Client;
    ///
    /// assert_eq!(Client::recognise(Some("Okta SCIM Client 1.0.0"), "", b""), Some(Client::Okta));
    /// assert_eq!(Client::recognise(None, "excludedAttributes=members&filter=displayName eq \"A\"", b""), Some(Client::Entra));
    /// assert_eq!(Client::recognise(Some("curl/8.5.0"), "", b""), None);
    /// ```
    #[must_use]
    pub fn recognise(user_agent: Option<&str>, query: &str, body: &[u8]) -> Option<Self> {
        let agent = user_agent.unwrap_or_default().to_ascii_lowercase();
        let named = SIGNS.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, client)| *client);
        named.or_else(|| entra_by_habit(query, body).then_some(Self::Entra))
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands in a `User-Agent`, in lower case. Okta's is published; the others carry the product's name.
const SIGNS: [(&str, Client); 17] = [
    ("okta", Client::Okta),
    ("onelogin", Client::OneLogin),
    ("jumpcloud", Client::JumpCloud),
    ("authentik", Client::Authentik),
    ("keycloak", Client::Keycloak),
    ("scim-sdk", Client::Keycloak),
    ("pingfederate", Client::Ping),
    ("pingone", Client::Ping),
    ("ping identity", Client::Ping),
    ("sailpoint", Client::SailPoint),
    ("rippling", Client::Rippling),
    ("cyberark", Client::CyberArk),
    ("idcs", Client::Oracle),
    ("google", Client::Google),
    ("azure", Client::Entra),
    ("entra", Client::Entra),
    ("microsoft", Client::Entra),
];

fn entra_by_habit(query: &str, body: &[u8]) -> bool {
    // The operations stand at the front of a PATCH.
    let front = &body[..body.len().min(2048)];
    query.contains("aadOptscim062020")
        || (query.contains("excludedAttributes=members") && query.contains("displayName eq"))
        || quoted(front).any(|word| matches!(word, b"Add" | b"Replace" | b"Remove"))
}

/// What stands between two quotation marks that follow each other.
fn quoted(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut pieces = text.split(|byte| *byte == b'"').skip(1).peekable();
    // The last piece has no mark behind it.
    std::iter::from_fn(move || pieces.next().filter(|_| pieces.peek().is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_recognised_by_what_it_says_or_by_entras_habits() {
        let recognise = |agent: &str, query: &str, body: &str| {
            Client::recognise(Some(agent), query, body.as_bytes()).map(Client::as_str)
        };
        assert_eq!(recognise("Okta SCIM Client 1.0.0", "", ""), Some("okta"));
        assert_eq!(recognise("goauthentik.io/2025.2", "", ""), Some("authentik"));
        assert_eq!(recognise("", "aadOptscim062020", ""), Some("entra"));
        assert_eq!(recognise("", "", r#"{"Operations":[{"op":"Replace"}]}"#), Some("entra"));
        assert_eq!(recognise("", "", r#"{"Operations":[{"op":"replace"}]}"#), None);
        assert_eq!(recognise("", "", r#"{"Operations":[{"op":"Add"#), None);
        assert_eq!(recognise("", "", r#""Add""#), Some("entra"));
        // What it says about itself goes before a habit.
        assert_eq!(recognise("OneLogin", "aadOptscim062020", ""), Some("onelogin"));
    }

    #[test]
    fn every_word_is_read_back() {
        for client in Client::ALL {
            assert_eq!(Client::of_word(client.as_str()), Some(client));
        }
        assert_eq!(Client::of_word("netscape"), None);
    }
}

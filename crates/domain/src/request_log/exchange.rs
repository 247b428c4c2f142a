//! A request as it was answered, with everything in it, on its way to the log: what becomes of it there.

use rolecall_scim::client::Client;
use serde_json::Value;
use uuid::Uuid;

use super::{LoggedBodies, LoggedRequest, RefusedToken, Scrub, redact::cut};
use crate::{
    ids::{ChangeId, ConnectionId, OrgId, TokenId},
    ports::{Kind, TokenKey},
    secret::{SecretHash, SecretKind},
    time::Timestamp,
};

/// Who asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asker {
    /// Somebody who was let in.
    Known {
        /// Into this organisation.
        org: OrgId,
        /// For this connection.
        connection: ConnectionId,
        /// By this token.
        token: TokenId,
    },
    /// Somebody who was not.
    Stranger {
        /// The organisation in the address, which may not be there.
        slug: String,
        /// What was presented.
        presented: Presented,
    },
}

/// What a stranger presented: enough to say what was wrong with it, not enough to use it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Presented {
    /// Something that is seen to be wrong without asking the store.
    Unfit(RefusedToken),
    /// The hash of something that has the form of a Secret Token, or the id in an access token that was verified.
    Token(TokenKey),
    /// The hash of what has the form of a Secret Token, sent as the secret of an OAuth 2.0 client.
    ClientSecret(TokenKey),
    /// An access token that was issued here for the SCIM token of that id, and has expired.
    ExpiredAccessToken(TokenId),
}

impl Presented {
    /// What an `Authorization` header presents. `access_token` tells what a bearer token is that has not the form of a
    /// secret of ours: `None` when it is no access token either.
    pub fn of_header(header: Option<&str>, access_token: impl FnOnce(&str) -> Option<Self>) -> Self {
        let Some(header) = header.map(str::trim).filter(|header| !header.is_empty()) else {
            return Self::Unfit(RefusedToken::Missing);
        };
        let (scheme, secret) = header.split_once(' ').unwrap_or((header, ""));
        let secret = secret.trim();
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Self::Unfit(RefusedToken::NotBearer);
        }
        let token = TokenKey::of_secret(secret).map(Self::Token);
        token.or_else(|| access_token(secret)).unwrap_or_else(|| Self::unfit(secret))
    }

    /// What the secret of an OAuth 2.0 client is; `None`: there is none.
    pub fn of_client(secret: Option<&str>) -> Self {
        let secret = secret.unwrap_or_default();
        TokenKey::of_secret(secret).map_or_else(|| Self::unfit(secret), Self::ClientSecret)
    }

    fn unfit(secret: &str) -> Self {
        Self::Unfit(match secret {
            "" => RefusedToken::Missing,
            _ if SecretHash::of_presented(SecretKind::ApiKey, secret).is_some() => RefusedToken::ApiKey,
            _ => RefusedToken::Malformed,
        })
    }
}

/// A request and its answer. Its bodies, still with secrets in them, are of type `B`.
#[derive(Clone, Debug)]
pub struct Exchange<B> {
    /// The request's id.
    pub id: ChangeId,
    /// When it came.
    pub at: Timestamp,
    /// Who sent it.
    pub asker: Asker,
    /// Its method.
    pub method: String,
    /// What follows the Tenant URL.
    pub path: String,
    /// The pairs of its query, decoded.
    pub query: Vec<(String, String)>,
    /// The answer's status.
    pub status: u16,
    /// How long it took.
    pub duration_us: i64,
    /// The other end of the connection.
    pub peer: Option<String>,
    /// What a proxy there says about where it came from. Nobody vouches for it.
    pub forwarded_for: Option<String>,
    /// `User-Agent`
    pub user_agent: Option<String>,
    /// `Location` of the answer, which names what was made.
    pub location: Option<String>,
    /// What was sent.
    pub request_body: SentBody<B>,
    /// What was answered, where that was an error.
    pub error_body: Option<B>,
    /// What the status does not tell.
    pub remark: Option<String>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum SentBody<B> {
    /// None, or none that was read.
    Absent,
    /// It is here.
    Here(B),
    /// Too large to be kept: so many bytes.
    TooLarge(usize),
}

impl<B: AsRef<[u8]>> Exchange<B> {
    /// What the log holds of it. Who a stranger was is still to be found out.
    pub fn record(&self) -> (LoggedRequest, LoggedBodies) {
        let mut scrub = Scrub::default();
        let mut name = None;
        let (sent, request) = match &self.request_body {
            SentBody::Absent => (&[][..], None),
            SentBody::Here(bytes) if bytes.as_ref().is_empty() => (&[][..], None),
            SentBody::Here(bytes) => {
                let bytes = bytes.as_ref();
                let body: Option<Value> = serde_json::from_slice(bytes).ok();
                name = body.as_ref().and_then(name_sent);
                (bytes, scrub.parsed(body, bytes.len()))
            }
            SentBody::TooLarge(size) => (&[][..], Some(format!("({size} bytes, not kept)"))),
        };
        // First the query, which may add to what is scrubbed.
        let query = scrub.query(&self.query);
        let error = self.error_body.as_ref().map(AsRef::as_ref).filter(|bytes| !bytes.is_empty());
        let answered: Option<Value> = error.and_then(|bytes| serde_json::from_slice(bytes).ok());
        let (scim_type, detail) = answered.as_ref().map(told).unwrap_or_default();
        let response = error.and_then(|bytes| scrub.parsed(answered, bytes.len()));
        let (kind, resource) = subject(&self.path, self.location.as_deref());
        let line = |text: &str, longest| cut(scrub.text(text), longest);
        let idp = Client::recognise(
            self.user_agent.as_deref(),
            &self.query.iter().map(|(name, value)| format!("{name}={value}&")).collect::<String>(),
            sent,
        );
        let (connection, token) = match self.asker {
            Asker::Known { connection, token, .. } => (Some(connection), Some(token)),
            Asker::Stranger { .. } => (None, None),
        };
        let logged = LoggedRequest {
            id: self.id,
            at: self.at,
            connection,
            token,
            refused: None,
            method: line(&self.method, 20),
            path: line(&self.path, 500),
            query,
            status: self.status,
            scim_type: scim_type.map(|text| line(&text, 100)),
            detail: detail.or_else(|| self.remark.clone()).map(|text| line(&text, 2000)),
            duration_us: self.duration_us,
            remote: self.remote().map(|text| line(&text, 200)),
            user_agent: self.user_agent.as_deref().map(|text| line(text, 200)),
            idp,
            kind,
            resource,
            name: name.or_else(|| name_asked_for(&self.query)).map(|text| line(&text, 300)),
        };
        (logged, LoggedBodies { request, response })
    }

    fn remote(&self) -> Option<String> {
        match (&self.peer, &self.forwarded_for) {
            (Some(peer), Some(origin)) => Some(format!("{peer}, for {origin}")),
            (peer, _) => peer.clone(),
        }
    }
}

/// `scimType` and `detail` of an error body; of the token endpoint's what RFC 6749 §5.2 has in the place.
fn told(error: &Value) -> (Option<String>, Option<String>) {
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    (text("scimType"), text("detail").or_else(|| text("error_description")))
}

/// Of which type is what a request is about, and which one: as its path, or the answer's `Location`, has it.
fn subject(path: &str, location: Option<&str>) -> (Option<Kind>, Option<Uuid>) {
    let of = |path: &str| {
        let mut parts = path.trim_matches('/').rsplit('/').take(2).collect::<Vec<_>>();
        parts.reverse();
        let kind = |word: &str| [Kind::User, Kind::Group].into_iter().find(|kind| kind.endpoint() == word);
        match parts[..] {
            [endpoint, id] => (kind(endpoint).or_else(|| kind(id)), Uuid::try_parse(id).ok()),
            [endpoint] => (kind(endpoint), None),
            _ => (None, None),
        }
    };
    location.map(of).filter(|(kind, id)| kind.is_some() && id.is_some()).unwrap_or_else(|| of(path))
}

/// The `userName` or `displayName` that a body gives.
fn name_sent(body: &Value) -> Option<String> {
    let named = |value: &Value| {
        ["userName", "displayName"].iter().find_map(|name| member(value, name)?.as_str().map(str::to_owned))
    };
    let by_operation = |operation: &Value| {
        let value = member(operation, "value")?;
        match member(operation, "path").and_then(Value::as_str) {
            Some(path) if ["userName", "displayName"].iter().any(|name| path.eq_ignore_ascii_case(name)) => {
                value.as_str().map(str::to_owned)
            }
            Some(_) => None,
            None => named(value),
        }
    };
    named(body).or_else(|| {
        // A bulk request is about many.
        let is_patch = member(body, "schemas").is_none_or(|urns| !urns.to_string().contains("Bulk"));
        member(body, "Operations").filter(|_| is_patch)?.as_array()?.iter().find_map(by_operation)
    })
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The name that a match query looks for: `userName eq "ada@acme.example"`.
fn name_asked_for(query: &[(String, String)]) -> Option<String> {
    let (_, filter) = query.iter().find(|(name, _)| name == "filter")?;
    let lower = filter.to_ascii_lowercase();
    let at = ["username eq \"", "displayname eq \""]
        .iter()
        .find_map(|term| Some(lower.find(term)? + term.len()))?;
    let rest = &filter[at..];
    Some(rest[..rest.find('"')?].to_owned()).filter(|name| !name.is_empty())
}

//! How a client shows who it is: by `Authorization: Basic`, or in the form (RFC 6749 §2.3.1).

use std::borrow::Cow;

use actix_web::{HttpRequest, http::header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

use super::answer::Failure;

/// What a client sent.
#[derive(PartialEq, Eq)]
pub(super) struct ClientCredentials {
    /// `client_id`
    pub(super) id: String,
    /// `client_secret`; a secret in clear.
    pub(super) secret: String,
}

/// A form whose parameters come once each, at most (RFC 6749 §3.2); those without a value are as if they had not come.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let text = str::from_utf8(bytes).map_err(|_| Failure::request("the form is not UTF-8"))?;
        let mut pairs = crate::request::query_pairs(text);
        pairs.retain(|(_, value)| !value.is_empty());
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Failure::request("a parameter comes more than once"));
        }
        Ok(Self(pairs))
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// Reads them. `None`: there are none, or they are in no form that could be right.
pub(super) fn read(request: &HttpRequest, form: &Form) -> Result<Option<ClientCredentials>, Failure> {
    let (id, secret) = (form.find("client_id"), form.find("client_secret"));
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Ok(id
            .zip(secret)
            .map(|(id, secret)| ClientCredentials { id: id.into(), secret: secret.into() }));
    };
    if secret.is_some() {
        return Err(Failure::request(
            "the client secret comes in the Authorization header and in the form; send it in one of them",
        ));
    }
    let Some(basic) = header.to_str().ok().and_then(of_basic) else { return Ok(None) };
    if id.is_some_and(|id| id != basic.id) {
        return Err(Failure::request("the client ids in the Authorization header and in the form differ"));
    }
    Ok(Some(basic))
}

fn of_basic(header: &str) -> Option<ClientCredentials> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some(ClientCredentials { id: form_decoded(id)?, secret: form_decoded(secret)? })
}

/// RFC 6749 §2.3.1: each half was encoded as in a form before it was joined.
fn form_decoded(text: &str) -> Option<String> {
    let blanks = text.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8().ok().map(Cow::into_owned)
}

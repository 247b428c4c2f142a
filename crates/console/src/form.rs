//! What a form sent, read leniently: a field that is absent is empty.

use std::rc::Rc;

use actix_web::{HttpRequest, web};
use futures_util::StreamExt;
use rolecall_domain::secret::constant_time_eq;

use crate::fault::Fault;

/// The field that carries the session's form token.
pub(crate) const TOKEN_FIELD: &str = "form_token";

/// The fields of a form, in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Form(Rc<Vec<(String, String)>>);

impl Form {
    pub(crate) async fn read(
        request: &HttpRequest,
        mut payload: web::Payload,
        most: usize,
    ) -> Result<Self, Fault> {
        let media_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        if !media_type.is_some_and(|given| given.starts_with("application/x-www-form-urlencoded")) {
            return Err(Fault::invalid("The form came in a shape that no page of the console sends."));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Fault::invalid("The form broke off half way; send it again."))?;
            if bytes.len() + chunk.len() > most {
                return Err(Fault::invalid("The form is too large."));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_| Fault::invalid("The form is not UTF-8 text."))?;
        let fields = web::Query::<Vec<(String, String)>>::from_query(&text)
            .map_err(|_| Fault::invalid("The form cannot be read."))?;
        Ok(Self(Rc::new(fields.into_inner())))
    }

    /// A field's value; empty when it is absent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a box is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }

    pub(crate) fn carries(&self, token: &str) -> bool {
        constant_time_eq(self.field(TOKEN_FIELD), token)
    }
}

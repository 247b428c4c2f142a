//! What a form sent, read leniently: a field that is absent is empty.

use std::rc::Rc;

use actix_multipart::Multipart;
use actix_web::{HttpRequest, web};
use futures_util::{Stream, StreamExt};
use rolecall_domain::{secret::constant_time_eq, time::Moment};

use crate::fault::Fault;

/// The field that carries the session's form token.
pub(crate) const TOKEN_FIELD: &str = "form_token";

/// The fields of a form, in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Form {
    fields: Rc<Vec<(String, String)>>,
    file: Option<Rc<SentFile>>,
}

/// What a form may bring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Brings {
    /// Fields alone.
    Fields,
    /// A file besides, of so many bytes at most.
    File(usize),
}

/// A file that somebody chose.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct SentFile {
    /// As the browser calls it.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Form {
    /// Reads one whose fields have `most` bytes together.
    pub(crate) async fn read(
        request: &HttpRequest,
        payload: web::Payload,
        brings: Brings,
        most: usize,
    ) -> Result<Self, Fault> {
        let media_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default();
        match brings {
            _ if media_type.starts_with("application/x-www-form-urlencoded") => {
                Self::read_fields(payload, most).await
            }
            Brings::File(bytes) if media_type.starts_with("multipart/form-data") => {
                let parts = Multipart::new(request.headers(), payload);
                Self::read_parts(parts, most, bytes).await
            }
            _ => Err(Fault::invalid("The form came in a shape that no page of the console sends.")),
        }
    }

    async fn read_fields(payload: web::Payload, most: usize) -> Result<Self, Fault> {
        let text = text(bytes(payload, most).await?.ok_or_else(too_large)?)?;
        let fields = web::Query::<Vec<(String, String)>>::from_query(&text)
            .map_err(|_| Fault::invalid("The form cannot be read."))?;
        Ok(Self { fields: Rc::new(fields.into_inner()), file: None })
    }

    /// RFC 7578. What a browser sends for a file that was not chosen is no file: it has no name.
    async fn read_parts(mut parts: Multipart, most: usize, file_bytes: usize) -> Result<Self, Fault> {
        let (mut fields, mut file, mut left) = (Vec::new(), None, most);
        while let Some(part) = parts.next().await {
            let part = part.map_err(|_| Fault::invalid("The form cannot be read."))?;
            let name = part.name().unwrap_or_default().to_owned();
            let disposition = part.content_disposition();
            let file_name = disposition.and_then(|one| one.get_filename()).map(str::to_owned);
            let Some(file_name) = file_name else {
                let value = bytes(part, left).await?.ok_or_else(too_large)?;
                left = left.checked_sub(name.len() + value.len() + 1).ok_or_else(too_large)?;
                fields.push((name, text(value)?));
                continue;
            };
            let too_large = || {
                let mib = file_bytes / (1024 * 1024);
                Fault::invalid(format!(
                    "the file is larger than {mib} MiB; send it in several, or use the command line, which has no limit"
                ))
            };
            let bytes = bytes(part, file_bytes).await?.ok_or_else(too_large)?;
            if !file_name.is_empty() {
                file = Some(Rc::new(SentFile { name: file_name, bytes }));
            }
        }
        Ok(Self { fields: Rc::new(fields), file })
    }

    /// A field's value; empty when it is absent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The file, where one was chosen.
    pub(crate) fn file(&self) -> Option<&SentFile> {
        self.file.as_deref()
    }

    /// A field that is empty, or a time as browsers write it, without a zone: in UTC, as its label says.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<Moment>, Fault> {
        let given = self.field(name).trim();
        let whole = match given.len() {
            0 => return Ok(None),
            16 => format!("{given}:00Z"),
            19 | 23 => format!("{given}Z"),
            _ => given.to_owned(),
        };
        whole.parse().map(Some).map_err(Fault::invalid)
    }

    /// Whether a box is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }

    pub(crate) fn carries(&self, token: &str) -> bool {
        constant_time_eq(self.field(TOKEN_FIELD), token)
    }
}

/// Everything that comes, or nothing when that is more than `most`: what is too much is read to its end, as far as that is
/// near, since browsers read no answer before they have sent everything.
async fn bytes<E>(
    mut stream: impl Stream<Item = Result<web::Bytes, E>> + Unpin,
    most: usize,
) -> Result<Option<Vec<u8>>, Fault> {
    let (mut bytes, mut came) = (Vec::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Fault::invalid("The form broke off half way; send it again."))?;
        came = came.saturating_add(chunk.len());
        if came <= most {
            bytes.extend_from_slice(&chunk);
        } else if came > most.saturating_mul(8) {
            break;
        }
    }
    Ok((came <= most).then_some(bytes))
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| Fault::invalid("The form is not UTF-8 text."))
}

fn too_large() -> Fault {
    Fault::invalid("The form is too large.")
}

//! What every dialect does the same way: ask, look at the status, remember the id.

use serde_json::Value;

use crate::directory::{Directory, GroupKey, PersonKey};
use crate::exchange::{Answer, Request, Unreachable, Wire};
use crate::intent::Subject;
use crate::links::{Link, Links};

/// Why something could not be pushed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    #[error("{request} got {status} ({detail})")]
    Refused { request: String, status: u16, detail: String },
    #[error("{request} got {status} without an id in the body")]
    NoId { request: String, status: u16 },
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

impl PushError {
    pub(crate) fn refused(request: &Request, answer: &Answer) -> Self {
        Self::Refused { request: request.line(), status: answer.status, detail: answer.detail() }
    }
}

/// One push to one server: the wire, what is known of the other side, and the directory as it stands now.
#[derive(Clone, Copy)]
pub(crate) struct Session<'a> {
    pub(crate) wire: &'a dyn Wire,
    pub(crate) links: &'a Links,
    /// At the end of the cycle that is being pushed: an identity provider always pushes what holds now.
    pub(crate) now: &'a Directory,
}

/// What a request for an existing resource came to.
pub(crate) enum Existing {
    There(Answer),
    /// 404: the server has lost it, or somebody else took it away.
    Missing,
}

impl Session<'_> {
    /// Sends `request`; anything but a 2xx is an error.
    pub(crate) fn send(&self, request: &Request) -> Result<Answer, PushError> {
        let answer = self.wire.exchange(request)?;
        if answer.is_success() { Ok(answer) } else { Err(PushError::refused(request, &answer)) }
    }

    /// Sends `request` about a resource that ought to exist.
    pub(crate) fn send_to_existing(&self, request: &Request) -> Result<Existing, PushError> {
        let answer = self.wire.exchange(request)?;
        match answer.status {
            404 => Ok(Existing::Missing),
            200..300 => Ok(Existing::There(answer)),
            _ => Err(PushError::refused(request, &answer)),
        }
    }

    /// Asks a match query. Some servers answer 404 where nothing matches; every client lives with that.
    pub(crate) fn find(&self, path: impl Into<String>) -> Result<Option<Value>, PushError> {
        let Existing::There(answer) = self.send_to_existing(&Request::get(path))? else {
            return Ok(None);
        };
        let mut body = answer.body.unwrap_or_default();
        let first = body.get_mut("Resources").and_then(|found| found.get_mut(0)).map(Value::take);
        Ok(first)
    }

    /// Creates a resource. `None` on 409: then the client asks its match query again and adopts what it finds.
    pub(crate) fn create(&self, subject: Subject, body: Value) -> Result<Option<()>, PushError> {
        let request = Request::post(subject.endpoint(), body);
        let answer = self.wire.exchange(&request)?;
        if answer.status == 409 {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(PushError::refused(&request, &answer));
        }
        let id = answer.body.as_ref().and_then(id_of);
        let id = id.ok_or_else(|| PushError::NoId { request: request.line(), status: answer.status })?;
        self.links.link(subject, Link { id, made: true, version: answer.version() });
        Ok(Some(()))
    }

    /// Takes a resource that was there already for `subject`.
    pub(crate) fn adopt(&self, subject: Subject, found: &Value) -> Result<String, PushError> {
        let id = id_of(found);
        let id = id
            .ok_or_else(|| PushError::NoId { request: format!("GET {}", subject.endpoint()), status: 200 })?;
        self.links.link(subject, Link { id: id.clone(), made: false, version: None });
        Ok(id)
    }

    /// Deletes a resource. One that is gone already is as good (Entra treats a repeated delete's 404 as done).
    pub(crate) fn delete(&self, subject: Subject) -> Result<(), PushError> {
        let Some(path) = self.path(subject) else {
            return Ok(());
        };
        self.send_to_existing(&Request::delete(path))?;
        self.links.delete(subject);
        Ok(())
    }

    /// Where the resource for `subject` is, if there is one.
    pub(crate) fn path(&self, subject: Subject) -> Option<String> {
        self.links.id(subject).map(|id| format!("{}/{}", subject.endpoint(), crate::exchange::encode(&id)))
    }

    pub(crate) fn person_id(&self, person: PersonKey) -> Option<String> {
        self.links.id(Subject::Person(person))
    }

    pub(crate) fn group_id(&self, group: GroupKey) -> Option<String> {
        self.links.id(Subject::Group(group))
    }

    /// The server's ids of `people`. Who could not be pushed has none, and is missed at the end.
    pub(crate) fn ids_of<'p>(&self, people: impl IntoIterator<Item = &'p PersonKey>) -> Vec<String> {
        people.into_iter().filter_map(|person| self.person_id(*person)).collect()
    }
}

fn id_of(resource: &Value) -> Option<String> {
    resource.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned)
}

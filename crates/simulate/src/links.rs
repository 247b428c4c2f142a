//! What the identity provider remembers of the server: which resource there stands for whom here.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::intent::Subject;

/// A resource on the server that stands for somebody in the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) id: String,
    /// Made by this run rather than found there.
    pub(crate) made: bool,
    /// Its ETag, as far as the last answer told it.
    pub(crate) version: Option<String>,
}

/// A resource that this run took away again.
#[derive(Clone, Debug)]
pub(crate) struct Gone {
    pub(crate) subject: Subject,
    pub(crate) id: String,
}

/// Every link of this run; shared between its threads.
#[derive(Debug, Default)]
pub(crate) struct Links {
    live: Mutex<BTreeMap<Subject, Link>>,
    gone: Mutex<Vec<Gone>>,
}

impl Links {
    pub(crate) fn id(&self, subject: Subject) -> Option<String> {
        self.live.lock().get(&subject).map(|link| link.id.clone())
    }

    pub(crate) fn version(&self, subject: Subject) -> Option<String> {
        self.live.lock().get(&subject)?.version.clone()
    }

    pub(crate) fn set_version(&self, subject: Subject, version: Option<String>) {
        if let Some(link) = self.live.lock().get_mut(&subject) {
            link.version = version;
        }
    }

    pub(crate) fn link(&self, subject: Subject, link: Link) {
        self.live.lock().insert(subject, link);
    }

    /// The server does not know the resource any more, though nobody here took it away.
    pub(crate) fn lose(&self, subject: Subject) {
        self.live.lock().remove(&subject);
    }

    /// The resource was deleted on purpose.
    pub(crate) fn delete(&self, subject: Subject) {
        if let Some(link) = self.live.lock().remove(&subject) {
            self.gone.lock().push(Gone { subject, id: link.id });
        }
    }

    /// A copy, to go through at leisure.
    pub(crate) fn live(&self) -> Vec<(Subject, Link)> {
        self.live.lock().iter().map(|(subject, link)| (*subject, link.clone())).collect()
    }

    pub(crate) fn gone(&self) -> Vec<Gone> {
        self.gone.lock().clone()
    }
}

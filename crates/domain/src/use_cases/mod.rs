//! What can be done, one file per kind of thing. Each function is one unit of work: it runs inside a transaction
//! that is kept as a whole when it answers `Ok`, and undone as a whole when it answers `Err`.

pub mod access;
pub mod activity;
pub mod administrators;
pub mod connect_links;
pub mod connections;
pub mod explain;
pub mod findings;
pub mod groups;
pub mod history;
pub mod holds;
pub mod import;
pub mod mapping_file;
pub mod mappings;
pub mod matches;
pub mod orgs;
pub mod people;
pub mod plan;
pub mod reconcile;
pub mod request_log;
pub mod review;
pub mod role_mappings;
pub mod schemas;
pub mod secrets;
pub mod settings;
pub mod undo;
pub mod users;
pub mod workspaces;

mod errors;
mod names;

pub use errors::ResourceError;

use rolecall_scim::{document::Document, schema::ResourceType};

use crate::{
    event::Cause,
    ids::OrgId,
    ports::{Ids, StoreError},
    switches::Switches,
};

/// Who does something, where and when, and where new ids come from: what every change needs to know.
pub struct Act<'a> {
    /// In which organisation. It comes from the caller's credentials, never from the request.
    pub org: OrgId,
    /// Who, when, in which unit of work.
    pub cause: Cause,
    /// Makes ids.
    pub ids: &'a dyn Ids,
    /// What the connection may do that asks for this; nothing special where an administrator or the operator does.
    pub switches: &'a Switches,
}

/// A document as it was stored, as far as the schemas of today know it. One that cannot be read means a damaged
/// database, not a wrong request.
fn stored(text: &str, resource_type: &ResourceType) -> Result<Document, StoreError> {
    Document::from_stored(text)
        .map(|document| document.fitting(resource_type))
        .map_err(|error| StoreError::Failed(format!("a stored document is damaged: {error}")))
}

/// What `If-Match` asked for (RFC 7644 §3.14, RFC 9110 §13.1.1).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Expected {
    /// Nothing, or `*`: whatever the version is.
    #[default]
    Any,
    /// One of these versions.
    Versions(Vec<i64>),
}

impl Expected {
    /// Whether a resource of this version is what the client means.
    pub fn check(&self, current: i64) -> Result<(), ResourceError> {
        match self {
            Self::Versions(wanted) if !wanted.contains(&current) => {
                Err(ResourceError::VersionMismatch { current })
            }
            _ => Ok(()),
        }
    }
}

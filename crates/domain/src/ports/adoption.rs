//! People who were there before a directory pushed them.

use super::StoreResult;
use crate::{
    ids::{OrgId, UserId},
    records::KnownPerson,
    time::Timestamp,
};

/// Questions.
pub trait ReadAdoption {
    /// What is known of a person from before.
    fn find_known(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<KnownPerson>>;
    /// The person whom the application knows by that id of its own.
    fn find_by_app_id(&mut self, org: OrgId, app_id: &str) -> StoreResult<Option<UserId>>;
}

/// Changes.
pub trait WriteAdoption {
    /// Notes that a person was there before, and the application's own id. Who is noted already stays so since then. No two
    /// people have the same id; the caller has looked.
    fn put_known(
        &mut self,
        org: OrgId,
        user: UserId,
        app_id: Option<&str>,
        now: Timestamp,
    ) -> StoreResult<()>;
}

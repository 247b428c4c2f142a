//! Administrators of the console, their sessions and their set-up links.

use super::StoreResult;
use crate::{
    administrator::{AdminSession, Administrator, SetUpLink},
    ids::{AdministratorId, OrgId},
    records::Org,
    secret::SecretHash,
    time::Timestamp,
};

/// Questions.
pub trait ReadAdministrators {
    /// The administrator of that id.
    fn find_administrator(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<Option<Administrator>>;
    /// The administrator of that folded e-mail address.
    fn find_administrator_by_email(
        &mut self,
        org: OrgId,
        email_key: &str,
    ) -> StoreResult<Option<Administrator>>;
    /// All administrators of an organisation, oldest first. There are few.
    fn list_administrators(&mut self, org: OrgId) -> StoreResult<Vec<Administrator>>;
    /// The session with that hash, whose it is, and where. Expired ones, too: the rule is the caller's. One statement.
    fn find_admin_session(
        &mut self,
        org: OrgId,
        hash: &SecretHash,
    ) -> StoreResult<Option<(Org, Administrator, AdminSession)>>;
    /// The set-up link with that hash; expired ones, too.
    fn find_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<Option<SetUpLink>>;
}

/// Changes.
pub trait WriteAdministrators {
    /// Adds an administrator. `Unique::AdministratorEmail` when the address is taken.
    fn insert_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()>;
    /// Overwrites role, password, and when it signed in and was shut out.
    fn update_administrator(&mut self, org: OrgId, administrator: &Administrator) -> StoreResult<()>;
    /// Adds a session.
    fn insert_admin_session(&mut self, org: OrgId, session: &AdminSession) -> StoreResult<()>;
    /// Ends one session.
    fn delete_admin_session(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<()>;
    /// Ends the sessions of an administrator that expire at or before `until`; all, if absent. Answers how many.
    fn delete_admin_sessions_of(
        &mut self,
        org: OrgId,
        id: AdministratorId,
        until: Option<Timestamp>,
    ) -> StoreResult<u64>;
    /// Adds a set-up link.
    fn insert_set_up_link(&mut self, org: OrgId, link: &SetUpLink) -> StoreResult<()>;
    /// Removes one; `false` when there is none.
    fn delete_set_up_link(&mut self, org: OrgId, hash: &SecretHash) -> StoreResult<bool>;
    /// Removes those of an administrator.
    fn delete_set_up_links_of(&mut self, org: OrgId, id: AdministratorId) -> StoreResult<()>;
}

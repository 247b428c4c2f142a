//! People who were there before a directory pushed them.

use std::collections::HashSet;

use super::{Slice, StoreResult};
use crate::{
    event::Cause,
    ids::{ConnectionId, OrgId, UserId},
    records::{KnownPerson, User},
    time::Timestamp,
};

/// What somebody has already, of what was asked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// Ids, of people, and from before two were made one.
    pub ids: HashSet<UserId>,
    /// Ids that are groups'.
    pub groups: HashSet<UserId>,
    /// Folded user names.
    pub user_names: HashSet<String>,
    /// The application's own ids.
    pub app_ids: HashSet<String>,
}

/// Questions.
pub trait ReadAdoption {
    /// What is known of a person from before.
    fn find_known(&mut self, org: OrgId, user: UserId) -> StoreResult<Option<KnownPerson>>;
    /// The person whom the application knows by that id of its own.
    fn find_by_app_id(&mut self, org: OrgId, app_id: &str) -> StoreResult<Option<UserId>>;
    /// The application's own ids of those of these people who have one. One statement.
    fn app_ids_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, String)>>;
    /// Which of these somebody has: ids, folded user names, the application's own ids. One statement.
    fn taken_of(
        &mut self,
        org: OrgId,
        ids: &[UserId],
        user_names: &[String],
        app_ids: &[String],
    ) -> StoreResult<Taken>;
    /// The people of a connection who are more in the organisation than their own record says, in id order. Reads all of the
    /// connection's.
    fn people_above_their_own(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>>;
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
    /// The same of many who were not noted, and have no other id. One statement.
    fn put_known_all(&mut self, org: OrgId, users: &[UserId], now: Timestamp) -> StoreResult<()>;
    /// Gives by hand what the last so many events of the organisation tell of (`grant.created`, `grant.updated`), which were just
    /// pushed, and in which nobody has two for a workspace. One statement.
    fn give_as_told(&mut self, org: OrgId, events: u64) -> StoreResult<()>;
    /// Forgets that a person was there before, and the application's own id.
    fn drop_known(&mut self, org: OrgId, user: UserId) -> StoreResult<()>;
    /// Gives by hand what people of a connection have in workspaces, where they have not as much by hand, with an event for
    /// each. Who is under a hold that is not decided keeps what they have by the hold alone. Grants that end
    /// ([`EndingGrants::Owned`](super::EndingGrants)) are left as they are. Answers how many those were. Two statements at most, which read all people of the
    /// organisation.
    fn keep_access(&mut self, org: OrgId, connection: ConnectionId, cause: &Cause) -> StoreResult<u64>;
    /// Gives all people of a connection to another, and notes that they were there before. An `externalId` that somebody of
    /// the other has is dropped. Two statements, which read all people of the organisation.
    fn hand_over(
        &mut self,
        org: OrgId,
        from: ConnectionId,
        to: ConnectionId,
        now: Timestamp,
    ) -> StoreResult<()>;
}

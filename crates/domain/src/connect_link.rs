//! Setup links: each lets its holder connect one identity provider, without being an administrator. (A
//! [`SetUpLink`](crate::administrator::SetUpLink) is another thing: with it an administrator chooses a password.)

use crate::{
    ids::{ConnectLinkId, ConnectionId},
    secret::SecretHash,
    time::Timestamp,
};

/// A setup link. Works as often as it is followed, until it expires or is revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectLink {
    /// Its id.
    pub id: ConnectLinkId,
    /// Which connection it opens, and no other.
    pub connection: ConnectionId,
    /// For whom it was made, as an administrator wrote it.
    pub name: String,
    /// Hash of the secret in its address.
    pub hash: SecretHash,
    /// The last characters of the secret.
    pub hint: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last followed.
    pub opened_at: Option<Timestamp>,
}

impl ConnectLink {
    /// Whether it opens anything.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

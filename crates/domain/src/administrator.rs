//! Who signs in to the console: administrators, their sessions, and the links with which they choose a password.

use crate::{
    ids::AdministratorId, password::PasswordHash, role::AdminRole, secret::SecretHash, time::Timestamp,
};

/// Somebody who manages an organisation in the console. Administrators are no people of the directory: whoever mends the
/// directory's feed must not depend on it to get in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Administrator {
    /// Its id.
    pub id: AdministratorId,
    /// As given; compared folded, and unique in the organisation.
    pub email: String,
    /// What it may do.
    pub role: AdminRole,
    /// Absent until the first set-up link was used.
    pub password: Option<PasswordHash>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// When it was shut out.
    pub disabled_at: Option<Timestamp>,
}

impl Administrator {
    /// Whether it may sign in at all.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

/// A browser that is signed in. Kept in the database, so that every replica knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminSession {
    /// Hash of the cookie's secret.
    pub hash: SecretHash,
    /// Whose it is.
    pub administrator: AdministratorId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// A link that lets its holder choose a password, once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetUpLink {
    /// Hash of the secret in its address.
    pub hash: SecretHash,
    /// For whom; absent in the link of the very first start, whose holder says who it is.
    pub administrator: Option<AdministratorId>,
    /// What a holder becomes who is nobody yet.
    pub role: AdminRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

//! Passwords of administrators: which are accepted, and how one is kept and recognised (Argon2id).

use std::fmt;

use argon2::{
    Argon2,
    password_hash::{self, PasswordHasher, PasswordVerifier, SaltString},
};

/// Shortest and longest password, in characters. The upper bound keeps a request from buying a long computation.
pub const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;

/// Why a password is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short, or absurdly long.
    #[error("choose a password of {} to {} characters; several words are easy to remember", LENGTH.start(), LENGTH.end())]
    Length,
    /// The first thing that anybody would try.
    #[error("choose a password that is not your e-mail address")]
    IsEmail,
}

/// Argon2id of a password with its salt and parameters, as text (PHC). It prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password with 16 random bytes of salt. Takes tens of milliseconds and 19 MiB, on purpose: never call it in a
    /// transaction.
    pub fn new(password: &str, email: &str, salt: [u8; 16]) -> Result<Self, PasswordError> {
        if !LENGTH.contains(&password.chars().count()) {
            return Err(PasswordError::Length);
        }
        if password.eq_ignore_ascii_case(email.trim()) {
            return Err(PasswordError::IsEmail);
        }
        Ok(Self(hash(password, salt)))
    }

    /// What was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// What to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `password` is the one. As slow as [`PasswordHash::new`].
    pub fn is_of(&self, password: &str) -> bool {
        // An overlong one cannot be it, and would cost more than it should.
        let password = if password.len() > LENGTH.end() * 4 { "" } else { password };
        password_hash::PasswordHash::new(&self.0)
            .is_ok_and(|stored| Argon2::default().verify_password(password.as_bytes(), &stored).is_ok())
    }

    /// Does what [`PasswordHash::is_of`] does, for nobody: so that an unknown name takes as long as a known one.
    pub fn of_nobody(password: &str) {
        let password = if password.len() > LENGTH.end() * 4 { "" } else { password };
        let _ = std::hint::black_box(hash(password, [0; 16]));
    }
}

fn hash(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.expect("the default parameters take any password of a bounded length").to_string()
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_no_other_is() {
        let hash = PasswordHash::new("correct horse battery", "ada@acme.example", [1; 16]).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
        let stored = PasswordHash::from_stored(hash.as_str().to_owned());
        assert!(stored.is_of("correct horse battery"));
        for wrong in ["", "Correct horse battery", "correct horse battery ", &"x".repeat(100_000)] {
            assert!(!stored.is_of(wrong));
        }
        assert!(!PasswordHash::from_stored("damaged".into()).is_of(""));
        assert_eq!(format!("{hash:?}"), "***");
    }

    #[test]
    fn the_same_password_with_another_salt_is_stored_otherwise() {
        let hash = |salt| PasswordHash::new("correct horse battery", "", [salt; 16]).unwrap();
        assert_ne!(hash(1), hash(2));
    }

    #[test]
    fn a_password_is_long_enough_and_no_e_mail_address() {
        let new = |password: &str| PasswordHash::new(password, "ada.byron@acme.example", [1; 16]).map(drop);
        assert_eq!(new("elevenchars"), Err(PasswordError::Length));
        assert_eq!(new(&"x".repeat(257)), Err(PasswordError::Length));
        assert_eq!(new("Ada.Byron@acme.example"), Err(PasswordError::IsEmail));
        assert_eq!(new("twelve chars"), Ok(()));
    }
}

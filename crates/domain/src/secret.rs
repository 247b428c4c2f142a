//! Secrets that programs carry: how one is made, recognised and kept (only as a hash).

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a secret opens; its first characters say so, so that scanners and people recognise a leaked one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SecretKind {
    /// `rcs_…`: an IdP's Secret Token for `/scim`.
    Scim,
    /// `rck_…`: a key of the admin API.
    ApiKey,
    /// `rcx_…`: a browser's session in the console.
    Session,
    /// `rcl_…`: a link with which an administrator chooses a password, once.
    SetUpLink,
    /// `rcw_…`: a setup link, which opens the Connect wizard of one connection.
    ConnectLink,
}

impl SecretKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Scim => "rcs_",
            Self::ApiKey => "rck_",
            Self::Session => "rcx_",
            Self::SetUpLink => "rcl_",
            Self::ConnectLink => "rcw_",
        }
    }
}

/// A secret in clear. It exists between its making and its one showing; it prints as `***`.
pub struct Secret(String);

/// SHA-256 of a secret: what is stored. The secret has 256 random bits, so a slow hash would add nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretHash(pub [u8; 32]);

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_CHARS: usize = 43;
const CHECK_CHARS: usize = 6;

impl Secret {
    /// Makes a secret from 32 random bytes: prefix, 43 base-62 digits, 6 digits of checksum over what is before.
    pub fn new(kind: SecretKind, entropy: [u8; 32]) -> Self {
        let mut text = String::from(kind.prefix());
        push_base62(&mut text, entropy, RANDOM_CHARS);
        let check = checksum(&text);
        text.push_str(&check);
        Self(text)
    }

    /// The secret in clear, for the one place that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What to store of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// The last four characters, by which an administrator tells two tokens apart.
    pub fn hint(&self) -> String {
        self.0[self.0.len() - 4..].to_owned()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SecretHash {
    /// Hashes what a client presented. `None` when it cannot be one of ours (wrong prefix, length or checksum),
    /// which spares the database a look-up for a guess.
    pub fn of_presented(kind: SecretKind, presented: &str) -> Option<Self> {
        let body = presented.strip_prefix(kind.prefix())?;
        if body.len() != RANDOM_CHARS + CHECK_CHARS || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let (before, check) = presented.split_at(presented.len() - CHECK_CHARS);
        (checksum(before) == check).then(|| Self::of(presented))
    }

    /// A second value that only the holder of a secret can know, for `purpose`: the token of a session's forms is made so.
    pub fn derived(presented: &str, purpose: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(purpose.as_bytes());
        digest.update([0]);
        digest.update(presented.as_bytes());
        Self(digest.finalize().into())
    }

    /// As text that a form can carry: 43 base-62 digits.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        push_base62(&mut text, self.0, RANDOM_CHARS);
        text
    }

    /// Compares without telling by its duration how far the two agree.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// Compares two texts without telling by its duration how far they agree.
pub fn constant_time_eq(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn checksum(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut bytes = [0; 32];
    bytes[28..].copy_from_slice(&digest[..4]);
    let mut check = String::new();
    push_base62(&mut check, bytes, CHECK_CHARS);
    check
}

/// Appends the lowest `digits` base-62 digits of a big-endian number.
fn push_base62(text: &mut String, mut number: [u8; 32], digits: usize) {
    let mut reversed = Vec::with_capacity(digits);
    for _ in 0..digits {
        let mut remainder = 0u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = (value / 62) as u8;
            remainder = value % 62;
        }
        reversed.push(ALPHABET[remainder as usize]);
    }
    text.extend(reversed.iter().rev().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    // scim: 194
    #[test]
    fn a_secret_is_recognised_by_its_hash_and_nothing_else_is() {
        let secret = Secret::new(SecretKind::Scim, [7; 32]);
        let text = secret.reveal();
        assert!(text.starts_with("rcs_") && text.len() == 4 + 43 + 6, "{text}");
        let presented = SecretHash::of_presented(SecretKind::Scim, text).unwrap();
        assert!(presented.matches(&secret.hash()));
        assert!(!presented.matches(&Secret::new(SecretKind::Scim, [8; 32]).hash()));
        assert_eq!(SecretHash::of_presented(SecretKind::ApiKey, text), None);
        assert_eq!(SecretHash::of_presented(SecretKind::Scim, "wrong"), None);
        let mut typo = text.to_owned();
        typo.replace_range(10..11, if &text[10..11] == "a" { "b" } else { "a" });
        assert_eq!(SecretHash::of_presented(SecretKind::Scim, &typo), None);
    }

    // scim: 202
    #[test]
    fn a_secret_never_prints_itself() {
        assert_eq!(format!("{:?}", Secret::new(SecretKind::ApiKey, [1; 32])), "***");
    }

    #[test]
    fn a_secret_of_another_length_is_none_even_with_a_fitting_checksum() {
        for body in ["rcs_short".to_owned(), format!("rcs_{}", "x".repeat(RANDOM_CHARS + 1))] {
            let presented = format!("{body}{}", checksum(&body));
            assert_eq!(SecretHash::of_presented(SecretKind::Scim, &presented), None);
        }
    }

    proptest! {
        #[test]
        fn every_secret_is_recognised_as_what_it_opens_and_as_nothing_else(entropy: [u8; 32]) {
            for (kind, other) in [(SecretKind::Scim, SecretKind::ApiKey), (SecretKind::ApiKey, SecretKind::Scim)] {
                let secret = Secret::new(kind, entropy);
                prop_assert_eq!(SecretHash::of_presented(kind, secret.reveal()), Some(secret.hash()));
                prop_assert_eq!(SecretHash::of_presented(other, secret.reveal()), None);
                prop_assert!(secret.reveal().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            }
        }

        #[test]
        fn different_randomness_makes_different_secrets(one: [u8; 32], byte in 0..32usize, flip in 1..=255u8) {
            let mut two = one;
            two[byte] ^= flip;
            let (one, two) = (Secret::new(SecretKind::Scim, one), Secret::new(SecretKind::Scim, two));
            prop_assert_ne!(one.reveal(), two.reveal());
            prop_assert!(!one.hash().matches(&two.hash()));
        }

        #[test]
        fn a_secret_with_one_character_wrong_missing_or_too_many_is_none(
            entropy: [u8; 32], at in any::<Index>(), wrong in "[0-9A-Za-z]",
        ) {
            let secret = Secret::new(SecretKind::Scim, entropy);
            let text = secret.reveal();
            let at = at.index(text.len());
            let typo = format!("{}{wrong}{}", &text[..at], &text[at + 1..]);
            prop_assume!(typo != text);
            for presented in [typo, format!("{}{}", &text[..at], &text[at + 1..]), format!("{text}{wrong}")] {
                prop_assert_eq!(SecretHash::of_presented(SecretKind::Scim, &presented), None);
            }
        }

        #[test]
        fn no_guess_breaks_the_recogniser(presented in "(rcs_|rck_|)\\PC{0,60}") {
            prop_assert_eq!(SecretHash::of_presented(SecretKind::Scim, &presented), None);
        }
    }
}

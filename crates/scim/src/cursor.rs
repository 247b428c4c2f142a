//! Where the next page begins: the opaque cursors of RFC 9865, without a server that remembers them.
//!
//! A cursor holds its position, the time it was given out, and a check over both and over the query it
//! belongs to. The text has unreserved characters only (RFC 9865 §2). The check tells another query, a cut
//! or an altered text from the real thing; it is no signature. A client that forges one gains nothing, as
//! long as the server applies its own filters, the client's organisation first of all, to every page.
//!
//! This module never reads a clock.

use crate::error::ScimError;

mod base64url;

#[cfg(test)]
mod tests;

/// The longest cursor that is read, in characters.
pub const MAX_LENGTH: usize = 16_384;
/// The first byte of every cursor. Another layout takes another number, so that old cursors are refused,
/// not misread.
const LAYOUT: u8 = 1;

/// A place in a list, and when it was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// When the cursor was made, in milliseconds since 1970.
    pub issued: i64,
    /// Where its page begins.
    pub position: Position,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// After this resource.
    After {
        /// The id of the last resource of the page before.
        id: String,
        /// What that resource was sorted by, see [`crate::sort::SortValue::render`]; `None` when it had no
        /// value, or when nothing is sorted. It travels in a URL: for a value of thousands of bytes, give
        /// out an offset.
        key: Option<String>,
    },
    /// After this many resources.
    Offset(u64),
}

/// What stays the same from page to page (RFC 9865 §2: all parameters but the cursor itself). Build it
/// with [`crate::search::SearchRequest::fingerprint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of some parts, in order. `["ab", "c"]` and `["a", "bc"]` differ.
    #[must_use]
    pub fn of<'p>(parts: impl IntoIterator<Item = &'p str>) -> Self {
        let mut hash = Hash::new();
        for part in parts {
            hash.add(&(part.len() as u64).to_be_bytes());
            hash.add(part.as_bytes());
        }
        Fingerprint(hash.0)
    }
}

impl Cursor {
    /// A cursor made now.
    #[must_use]
    pub fn new(position: Position, now: i64) -> Self {
        Cursor { issued: now, position }
    }

    /// Reads a cursor of the query with this fingerprint. The empty cursor, which asks for the first page
    /// (RFC 9865 §2), is no position: look for it before.
    ///
    /// # Errors
    /// `invalidCursor` when the text is not a cursor, or one of another query.
    pub fn parse(text: &str, fingerprint: Fingerprint) -> Result<Self, ScimError> {
        Self::read(text, fingerprint).ok_or_else(|| {
            ScimError::invalid_cursor(
                "the cursor does not belong to this query; repeat every parameter as it was on the first page, or start \
                 again with an empty cursor",
            )
        })
    }

    /// The text to send.
    #[must_use]
    pub fn render(&self, fingerprint: Fingerprint) -> String {
        let mut bytes = vec![LAYOUT];
        bytes.extend(self.issued.to_be_bytes());
        match &self.position {
            Position::Offset(offset) => {
                bytes.push(b'o');
                bytes.extend(offset.to_be_bytes());
            }
            Position::After { id, key } => {
                bytes.push(if key.is_some() { b'k' } else { b'i' });
                bytes.extend((id.len() as u64).to_be_bytes());
                bytes.extend(id.as_bytes());
                bytes.extend(key.as_deref().unwrap_or_default().as_bytes());
            }
        }
        let check = check(&bytes, fingerprint);
        bytes.extend(check);
        base64url::render(&bytes)
    }

    /// True when the cursor is older than `lifetime`; both are in milliseconds. One from the future, given
    /// out by a server whose clock is ahead, is not.
    #[must_use]
    pub fn expired(&self, now: i64, lifetime: i64) -> bool {
        now.saturating_sub(self.issued) > lifetime
    }

    /// The cursor, when it has not expired.
    ///
    /// # Errors
    /// `expiredCursor` (RFC 9865 §2.1).
    pub fn unexpired(self, now: i64, lifetime: i64) -> Result<Self, ScimError> {
        if self.expired(now, lifetime) {
            return Err(ScimError::expired_cursor(format!(
                "the cursor has expired after {} seconds; start again with an empty cursor",
                lifetime / 1000
            )));
        }
        Ok(self)
    }

    fn read(text: &str, fingerprint: Fingerprint) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let bytes = base64url::parse(text)?;
        let (content, found) = bytes.split_last_chunk::<8>()?;
        if *found != check(content, fingerprint) {
            return None;
        }
        let rest = content.strip_prefix(&[LAYOUT])?;
        let (issued, rest) = rest.split_first_chunk::<8>()?;
        let (kind, rest) = rest.split_first()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let number = u64::from_be_bytes(*number);
        let position = match kind {
            b'o' if rest.is_empty() => Position::Offset(number),
            b'i' | b'k' => {
                let (id, key) = rest.split_at_checked(usize::try_from(number).ok()?)?;
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
                let key = match kind {
                    b'k' => Some(text(key)?),
                    _ if key.is_empty() => None,
                    _ => return None,
                };
                Position::After { id: text(id)?, key }
            }
            _ => return None,
        };
        Some(Cursor { issued: i64::from_be_bytes(*issued), position })
    }
}

fn check(content: &[u8], fingerprint: Fingerprint) -> [u8; 8] {
    let mut hash = Hash(fingerprint.0);
    hash.add(content);
    hash.0.to_be_bytes()
}

/// FNV-1a with 64 bits: the same on every machine and in every release, which the standard library's is
/// not.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Hash(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

//! How strictly a client is read: by the letter of the RFCs, or with the habits of real identity providers in
//! mind.

/// The two ways to read a client. What they differ in is listed, habit by habit, in [`crate::dialect`].
///
/// Both profiles *send* exactly the same: what Rolecall answers is always plain RFC 7643 and RFC 7644.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// RFC 7644 plus the tolerances that identity providers in the field need. The default.
    #[default]
    Compatible,
    /// RFC 7644 to the letter: what the RFC does not define is refused with the error the RFC names.
    Strict,
}

impl Profile {
    /// True for [`Profile::Compatible`]; keeps the conditions in `dialect` short.
    #[must_use]
    pub fn is_compatible(self) -> bool {
        self == Profile::Compatible
    }
}

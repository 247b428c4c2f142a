//! In which order a list comes: `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3).
//!
//! [`SortBy`] is what a client asked for, [`ResolvedSort`] the same bound to a schema, and
//! [`ResolvedSort::key`] the order itself, so that a database's can be held against it. Resources with
//! equal keys are the server's to order; it takes the id.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

use crate::dialect;
use crate::error::ScimError;
use crate::filter::{self, Target};
use crate::path::{AttrPath, excerpt};
use crate::profile::Profile;
use crate::schema::{AttributeType, ResourceType};

mod key;

#[cfg(test)]
mod tests;

pub use key::{Number, SortKey, SortValue};

/// What to sort by, as a client asks for it (RFC 7644 §3.4.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortBy {
    /// The attribute.
    pub path: AttrPath,
    /// Which end comes first.
    pub order: SortOrder,
}

/// Which end comes first (RFC 7644 §3.4.2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// The smallest; resources without a value come last.
    #[default]
    Ascending,
    /// The largest; resources without a value come first.
    Descending,
}

/// A sort that can be carried out, here by [`ResolvedSort::key`] or elsewhere as SQL, without asking a
/// schema.
///
/// It speaks about the index form of a resource (see [`crate::index`]), as filters do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedSort {
    /// The value to sort by. In a multi-valued attribute one element counts: the one whose `primary` is
    /// true, or the first of all when there is none or `prefers_primary` is false. A resource whose
    /// element lacks the value has none, whatever the other elements say.
    pub target: Target,
    /// Which end comes first.
    pub order: SortOrder,
    /// True when the elements of the target's array can be `primary` (RFC 7643 §2.4).
    pub prefers_primary: bool,
}

impl SortBy {
    /// Reads `sortBy` and `sortOrder`. Without the latter, the order is ascending.
    ///
    /// # Errors
    /// `invalidValue` when either is none of what RFC 7644 §3.4.2.3 allows.
    pub fn parse(sort_by: &str, sort_order: Option<&str>, profile: Profile) -> Result<Self, ScimError> {
        let path = AttrPath::read(sort_by).ok_or_else(|| {
            ScimError::invalid_value(format!(
                "sortBy: {} is not an attribute path; write attribute, attribute.subAttribute or URN:attribute",
                excerpt(sort_by)
            ))
        })?;
        let order = sort_order.map_or(Ok(SortOrder::Ascending), |name| SortOrder::parse(name, profile))?;
        Ok(SortBy { path, order })
    }

    /// Binds the sort to a resource type. `None` when there is nothing to sort by: no resource can have a
    /// value for an attribute that no schema knows, all are equal then (RFC 7644 §3.4.2.3, "if there is no
    /// data"), and the server's own order is what remains. A filter treats such names the same way.
    ///
    /// # Errors
    /// `sensitive` (403) when the attribute is never returned, such as `password`, since the order would
    /// reveal it bit by bit (RFC 7644 §7.5.2). `invalidValue` in the strict profile when it is complex and
    /// has no `value`.
    pub fn resolve(
        &self,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<Option<ResolvedSort>, ScimError> {
        let Some((target, attribute)) = filter::locate(resource_type, &self.path)? else {
            return Ok(None);
        };
        if target.kind == AttributeType::Complex {
            if dialect::skips_unsortable(profile) {
                return Ok(None);
            }
            return Err(ScimError::invalid_value(format!(
                "sortBy: {} is complex; name one of its sub-attributes",
                self.path
            )));
        }
        let prefers_primary = target.multi_valued && attribute.sub_attribute("primary").is_some();
        Ok(Some(ResolvedSort { target, order: self.order, prefers_primary }))
    }
}

impl SortOrder {
    /// The order as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SortOrder::Ascending => "ascending",
            SortOrder::Descending => "descending",
        }
    }

    fn parse(name: &str, profile: Profile) -> Result<Self, ScimError> {
        match dialect::sort_order_name(name, profile).as_ref() {
            "ascending" => Ok(SortOrder::Ascending),
            "descending" => Ok(SortOrder::Descending),
            _ => Err(ScimError::invalid_value(format!(
                "sortOrder must be ascending or descending, found {}",
                excerpt(name)
            ))),
        }
    }
}

impl fmt::Display for SortBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.order.as_str())
    }
}

impl ResolvedSort {
    /// Where the index form of a resource belongs. A server adds `id`, `meta` and whatever else it keeps
    /// elsewhere before it asks about those.
    #[must_use]
    pub fn key(&self, resource: &Map<String, Value>) -> SortKey {
        SortKey { value: self.find(resource), order: self.order }
    }

    fn find(&self, resource: &Map<String, Value>) -> Option<SortValue> {
        let (first, rest) = self.target.array_path().split_first()?;
        let value = follow(resource.get(first)?, rest)?;
        if !self.target.multi_valued {
            return SortValue::of(value, self.target.kind);
        }
        let elements = value.as_array()?;
        let primary = |element: &&Value| self.prefers_primary && element["primary"] == true;
        let element = elements.iter().find(primary).or_else(|| elements.first())?;
        SortValue::of(follow(element, self.target.element_path())?, self.target.kind)
    }
}

fn follow<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

impl SortOrder {
    /// An ascending comparison, turned around when the order asks for it.
    fn direct(self, ascending: Ordering) -> Ordering {
        match self {
            SortOrder::Ascending => ascending,
            SortOrder::Descending => ascending.reverse(),
        }
    }
}

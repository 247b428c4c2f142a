//! What a query asks for: the parameters of a GET (RFC 7644 §3.4.2) and the body of POST `.search`
//! (§3.4.3), with the cursor of RFC 9865. Both are read by the same rules.

use crate::cursor::Fingerprint;
use crate::error::ScimError;
use crate::filter::Filter;
use crate::json;
use crate::profile::Profile;
use crate::projection::Projection;
use crate::sort::SortBy;

mod parameters;

#[cfg(test)]
mod tests;

use parameters::Parameters;

/// The URN of the search message (RFC 7644 §3.4.3).
pub const SEARCH_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// A query, wherever its parameters stood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchRequest {
    /// `attributes` or `excludedAttributes`: what to see of each resource.
    pub projection: Projection,
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order.
    pub sort: Option<SortBy>,
    /// The position of the first resource, from 1; what was smaller has become 1 (RFC 7644 §3.4.2.4).
    pub start_index: Option<i64>,
    /// The most resources to send, from 0; what was negative has become 0 (RFC 7644 §3.4.2.4). The server
    /// caps it.
    pub count: Option<i64>,
    /// The page to send (RFC 9865 §2). Empty for the first one; otherwise a [`crate::cursor::Cursor`].
    pub cursor: Option<String>,
}

impl SearchRequest {
    /// Reads the body of a POST to `.search` (RFC 7644 §3.4.3). Names are compared without case; `null` is
    /// absent.
    ///
    /// # Errors
    /// `invalidSyntax` when the body is not such a message; otherwise as [`SearchRequest::from_query`].
    pub fn parse(body: &[u8], profile: Profile) -> Result<Self, ScimError> {
        let mut body = json::parse_body(body)?;
        json::take_message_schemas(&mut body, SEARCH_REQUEST_URN, profile)?;
        Self::read(Parameters::from_body(body, profile)?, profile)
    }

    /// Reads the parameters of a URL, decoded. Names are compared without case, others than those of RFC
    /// 7644 §3.4.2 and RFC 9865 are skipped. Of a parameter that comes twice the last one counts, except
    /// that lists of attributes are joined.
    ///
    /// # Errors
    /// `invalidFilter` for the filter; `invalidValue` for a number that is none, a sort that is none,
    /// `attributes` together with `excludedAttributes`, and `cursor` together with `startIndex`;
    /// `invalidCount` when the number that is none is the `count` of a cursor (RFC 9865 §2.1).
    pub fn from_query(pairs: &[(String, String)], profile: Profile) -> Result<Self, ScimError> {
        Self::read(Parameters::from_query(pairs, profile), profile)
    }

    /// How many resources to send, and never more (RFC 7644 §3.4.2.4): what was asked for, capped, or the
    /// default. A `count` above the maximum is not an error here, which RFC 9865 §2.1 leaves to the
    /// server.
    #[must_use]
    pub fn page_size(&self, default: u32, maximum: u32) -> u32 {
        self.count.map_or(default, |count| u32::try_from(count).unwrap_or(u32::MAX)).min(maximum)
    }

    /// What must not change from page to page (RFC 9865 §2): filter, sort and attributes, and what the
    /// server adds, such as the organisation and the resource type. `count` may change.
    #[must_use]
    pub fn fingerprint(&self, scope: &[&str]) -> Fingerprint {
        let filter = self.filter.as_ref().map(Filter::to_string).unwrap_or_default();
        let sort = self.sort.as_ref().map(SortBy::to_string).unwrap_or_default();
        let projection = self.projection.to_string();
        Fingerprint::of([filter.as_str(), &sort, &projection].into_iter().chain(scope.iter().copied()))
    }

    fn read(parameters: Parameters, profile: Profile) -> Result<Self, ScimError> {
        let Parameters { attributes, excluded, filter, sort_by, sort_order, start_index, count, cursor } =
            parameters;
        if cursor.is_some() && start_index.is_some() {
            return Err(ScimError::invalid_value(
                "cursor and startIndex cannot be used together; send one of them",
            ));
        }
        let whole =
            |name: &str, found: String| format!("{name} must be a whole number such as 10, found {found}");
        let start_index =
            start_index.transpose().map_err(|found| ScimError::invalid_value(whole("startIndex", found)))?;
        let count = count.transpose().map_err(|found| match cursor {
            Some(_) => ScimError::invalid_count(whole("count", found)),
            None => ScimError::invalid_value(whole("count", found)),
        })?;
        // `sortOrder` alone orders nothing (RFC 7644 §3.4.2.3).
        let sort = sort_by.map(|sort_by| SortBy::parse(&sort_by, sort_order.as_deref(), profile));
        Ok(SearchRequest {
            projection: Projection::from_names(&attributes, &excluded)?,
            filter: filter.as_deref().map(Filter::parse).transpose()?,
            sort: sort.transpose()?,
            start_index: start_index.map(|start| start.max(1)),
            count: count.map(|count| count.max(0)),
            cursor,
        })
    }
}

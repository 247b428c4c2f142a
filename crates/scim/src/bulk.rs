//! Many operations in one request (RFC 7644 §3.7).
//!
//! [`BulkRequest::parse`] reads the message, [`Plan`] says what to do next and learns how it went, and
//! renders the [`BulkResponse`]. Whoever does the work sees single operations with real ids in them:
//!
//! ```
//! use rolecall_scim::bulk::{BulkRequest, Plan, StepOutcome};
//! use rolecall_scim::discovery::BulkLimits;
//! use rolecall_scim::profile::Profile;
//!
//! let limits = BulkLimits { max_operations: 1_000, max_payload_size: 1_048_576 };
//! // The group comes first, and has a member that does not exist yet.
//! let request = BulkRequest::parse(
//!     br#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
//!         {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": [{"value": "bulkId:ada"}]}},
//!         {"method": "POST", "path": "/Users", "bulkId": "ada", "data": {"userName": "ada"}}
//!     ]}"#,
//!     &limits,
//!     Profile::Strict,
//! )?;
//! let mut plan = Plan::new(request, "https://example.com/v2");
//! let mut done = Vec::new();
//! while let Some(step) = plan.next_step() {
//!     let id = format!("{}", 70 + step.position);
//!     done.push((step.endpoint, step.data.unwrap_or_default().to_string()));
//!     plan.done(StepOutcome::Succeeded { id, status: 201, version: None });
//! }
//! assert_eq!(done[0], ("/Users".to_owned(), r#"{"userName":"ada"}"#.to_owned()));
//! assert_eq!(done[1], ("/Groups".to_owned(), r#"{"members":[{"value":"71"}]}"#.to_owned()));
//! assert!(plan.finish().contains(r#""bulkId":"g","location":"https://example.com/v2/Groups/70","status":"201""#));
//! # Ok::<(), rolecall_scim::error::ScimError>(())
//! ```
//!
//! Points the RFC leaves open: one operation that cannot be understood fails alone, since the others can
//! be done (§3.7, "as many changes as possible"); a request of which not even the methods can be read is
//! refused whole. A reference to a `bulkId` that no POST of the request has is the operation's own fault
//! (400 `invalidValue`); one to a POST that failed is a conflict (409), and so is a circle that could not
//! be closed (§3.7.1). Bulk requests do not nest, and reach neither `/Me` nor `.search`.

use serde_json::{Map, Value};

use crate::dialect;
use crate::discovery::BulkLimits;
use crate::error::ScimError;
use crate::json::{self, describe, take};
use crate::patch::place;
use crate::profile::Profile;

mod operation;
mod plan;
mod reference;
mod response;

#[cfg(test)]
mod tests;

pub use plan::{Plan, Step, StepKind, StepOutcome};
pub use response::{BulkResponse, OperationResult};

/// The URN of the bulk request (RFC 7644 §3.7).
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of the bulk response (RFC 7644 §3.7).
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The bulk request (RFC 7644 §3.7).
#[derive(Debug, Clone, PartialEq)]
pub struct BulkRequest {
    /// After how many errors to stop, at least 1; `None` to go on to the end.
    pub fail_on_errors: Option<u64>,
    /// The operations, in the order they came.
    pub operations: Vec<Result<BulkOperation, RefusedOperation>>,
}

/// One operation of a bulk request (RFC 7644 §3.7).
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// What to do.
    pub method: Method,
    /// To what.
    pub target: Target,
    /// The version that is expected, as in `If-Match` (RFC 7644 §3.14); never with POST.
    pub version: Option<String>,
    /// With what: an object for POST, PUT and PATCH, nothing for DELETE.
    pub data: Option<Value>,
    /// How other operations refer to what a POST creates, and how the client finds the result.
    pub bulk_id: Option<String>,
}

/// An operation that cannot be done, and fails when its turn comes.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedOperation {
    /// The method as it was sent.
    pub method: String,
    /// What it was to be done to, when that was understood.
    pub target: Option<Target>,
    /// The `bulkId` it came with.
    pub bulk_id: Option<String>,
    /// Why.
    pub error: ScimError,
}

/// The method of an operation (RFC 7644 §3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

/// The `path` of an operation (RFC 7644 §3.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The endpoint, such as `/Users`; compare with [`crate::schema::ResourceType::endpoint`]. Whether
    /// there is such an endpoint is the server's to say.
    pub endpoint: String,
    /// Which resource of it.
    pub id: TargetId,
}

/// Which resource of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TargetId {
    /// None yet: the endpoint itself, for POST.
    Collection,
    /// The one with this id, as it stands in the path.
    Id(String),
    /// The one that the POST with this `bulkId` creates.
    BulkId(String),
}

impl BulkRequest {
    /// Reads the body of a POST to `/Bulk`. Of two operations with one `bulkId`, the second is refused.
    ///
    /// # Errors
    /// `invalidSyntax` when the message is not as RFC 7644 §3.7 describes it, `invalidValue` for
    /// `failOnErrors` that is not a number from 1, and 413 above the limits (§3.7.4).
    pub fn parse(body: &[u8], limits: &BulkLimits, profile: Profile) -> Result<Self, ScimError> {
        if body.len() as u64 > limits.max_payload_size {
            return Err(ScimError::payload_too_large(format!(
                "{} bytes are too many for one bulk request; the limit (maxPayloadSize) is {}",
                body.len(),
                limits.max_payload_size
            )));
        }
        Self::read(json::parse_body(body)?, limits, profile)
    }

    fn read(mut body: Map<String, Value>, limits: &BulkLimits, profile: Profile) -> Result<Self, ScimError> {
        json::take_message_schemas(&mut body, BULK_REQUEST_URN, profile)?;
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(found) => Some(found.as_u64().filter(|number| *number > 0).ok_or_else(|| {
                ScimError::invalid_value(format!(
                    "failOnErrors must be a whole number from 1, found {}",
                    describe(&found)
                ))
            })?),
        };
        let raw = match take(&mut body, "Operations") {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            found => {
                let found = found.as_ref().map_or_else(|| "nothing".to_owned(), describe);
                return Err(ScimError::invalid_syntax(format!(
                    "Operations must be an array with at least one operation, found {found}"
                )));
            }
        };
        if raw.len() as u64 > u64::from(limits.max_operations) {
            return Err(ScimError::payload_too_large(format!(
                "{} operations are too many for one bulk request; the limit (maxOperations) is {}",
                raw.len(),
                limits.max_operations
            )));
        }
        let mut seen = operation::BulkIds::default();
        let mut operations = Vec::with_capacity(raw.len());
        for (position, raw) in raw.into_iter().enumerate() {
            let operation =
                operation::read(raw, &mut seen, profile).map_err(|error| error.within(place(position)))?;
            operations.push(operation);
        }
        Ok(BulkRequest { fail_on_errors, operations })
    }
}

impl Method {
    /// The method as it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    fn parse(name: &str, profile: Profile) -> Option<Self> {
        let name = dialect::bulk_method_name(name, profile);
        [Method::Post, Method::Put, Method::Patch, Method::Delete]
            .into_iter()
            .find(|method| method.as_str() == name)
    }
}

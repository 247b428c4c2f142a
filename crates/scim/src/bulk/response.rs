//! The bulk response (RFC 7644 §3.7.3).

use super::BULK_RESPONSE_URN;
use crate::error::ScimError;
use crate::render::push_string;

/// What became of the operations that were processed, in the order of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkResponse {
    /// One for each operation that was processed.
    pub operations: Vec<OperationResult>,
}

/// What became of one operation (RFC 7644 §3.7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationResult {
    /// The method.
    pub method: String,
    /// The `bulkId` the operation came with.
    pub bulk_id: Option<String>,
    /// The version of the resource after the operation.
    pub version: Option<String>,
    /// The URI of the resource; absent when a POST created none, or the path was not understood.
    pub location: Option<String>,
    /// The status code of a success.
    pub status: u16,
    /// Why the operation failed; the status is the error's then.
    pub error: Option<ScimError>,
}

impl BulkResponse {
    /// The text of the response. Bodies are sent with failures only (RFC 7644 §3.7: a server may leave out
    /// others).
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = format!("{{\"schemas\":[\"{BULK_RESPONSE_URN}\"],\"Operations\":[");
        for (position, operation) in self.operations.iter().enumerate() {
            if position > 0 {
                text.push(',');
            }
            operation.push(&mut text);
        }
        text.push_str("]}");
        text
    }
}

impl OperationResult {
    /// True for a failure.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    fn push(&self, text: &mut String) {
        text.push_str("{\"method\":");
        push_string(text, &self.method);
        for (name, value) in
            [("bulkId", &self.bulk_id), ("version", &self.version), ("location", &self.location)]
        {
            if let Some(value) = value {
                text.push_str(&format!(",\"{name}\":"));
                push_string(text, value);
            }
        }
        // A string, as in the error message; the figures of RFC 7644 §3.7.3 agree.
        let status = self.error.as_ref().map_or(self.status, |error| error.status);
        text.push_str(&format!(",\"status\":\"{status}\""));
        if let Some(error) = &self.error {
            text.push_str(",\"response\":");
            text.push_str(&error.to_json());
        }
        text.push('}');
    }
}

//! SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) as plain values: what a server must know about the protocol, and
//! nothing about servers. No I/O, no clock, no HTTP, no logging: bytes and text come in, values and text go
//! out.
//!
//! # A tour
//!
//! * [`schema`]: what a resource may contain. User, Group and EnterpriseUser are built in; extensions are
//!   added at run time.
//! * [`document`]: a POST or PUT body, checked and in canonical form.
//! * [`patch`]: PATCH, from message to changed document. [`members`] does the same for the members of large
//!   groups.
//! * [`path`] and [`filter`]: the two small languages of RFC 7644, and the filter bound to a schema.
//! * [`index`]: the form of a document that filters are evaluated on, here or in a database.
//! * [`search`], [`sort`], [`cursor`]: a query, its order and its pages.
//! * [`bulk`]: many operations in one request, and the order to do them in.
//! * [`render`], [`list`], [`projection`], [`discovery`], [`error`]: what is sent.
//! * [`profile`] and [`dialect`]: how strictly a client is read, habit by habit.
//!
//! # PATCH, from bytes to bytes
//!
//! ```
//! use rolecall_scim::document::Document;
//! use rolecall_scim::patch::{PatchRequest, apply};
//! use rolecall_scim::profile::Profile;
//! use rolecall_scim::render::{Meta, resource};
//! use rolecall_scim::schema::ResourceType;
//!
//! let user = ResourceType::user();
//! let ada = Document::parse(br#"{"userName": "ada", "ACTIVE": true, "title": null}"#, user, Profile::Compatible)?;
//! assert_eq!(
//!     ada.to_json(),
//!     r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada","active":true}"#
//! );
//!
//! // Entra's spelling: a capital letter, a string for a boolean, and a value path that matches nothing yet.
//! let operations = PatchRequest::parse(
//!     br#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
//!         {"op": "Replace", "path": "active", "value": "False"},
//!         {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@example.com"}
//!     ]}"#,
//!     user,
//!     Profile::Compatible,
//! )?;
//! let applied = apply(&operations, user, &ada, "7", Profile::Compatible)?;
//! assert_eq!(applied.document.as_map()["active"], false);
//! assert_eq!(applied.document.as_map()["emails"][0]["type"], "work");
//!
//! // The same bytes to a client that is read to the letter: the first operation is refused, and so is the whole request.
//! assert!(PatchRequest::parse(br#"{"Operations": [{"op": "Replace"}]}"#, user, Profile::Strict).is_err());
//!
//! // What is stored is the document's text; what is sent is that text with `id` and `meta` around it.
//! let meta = Meta { resource_type: "User", created: 0, last_modified: 0, location: "/Users/7", version: 2 };
//! assert!(resource(&applied.document.to_json(), "7", &meta, &[]).starts_with(r#"{"id":"7","schemas":["#));
//! # Ok::<(), rolecall_scim::error::ScimError>(())
//! ```
//!
//! `examples/patch_and_filter.rs` goes one step further, to filters.
//!
//! # What comes next
//!
//! *Another client's habit*: a function in [`dialect`], called where the RFC's rule stands, and a test with
//! what was seen on the wire. *Another attribute*: an extension schema, given to
//! [`ResourceType::with_extension`](schema::ResourceType::with_extension); no code. *Another resource type*:
//! a [`schema::ResourceType`] of your own; everything here takes one as an argument.
//!
//! # What is absent
//!
//! Storage, authentication, Unicode normalisation, and multi-valued sub-attributes. Text is sorted by code
//! point, not by the customs of a language. Numbers beyond 64 bits lose precision.

#![forbid(unsafe_code)]

pub mod bulk;
pub mod client;
pub mod cursor;
pub mod dialect;
pub mod discovery;
pub mod document;
pub mod error;
pub mod filter;
pub mod index;
pub mod instant;
mod json;
pub mod list;
pub mod members;
pub mod patch;
pub mod path;
pub mod profile;
pub mod projection;
pub mod render;
pub mod schema;
pub mod search;
pub mod sort;

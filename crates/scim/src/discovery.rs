//! What a server says about itself: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643 §5 to §7, RFC
//! 7644 §4).
//!
//! Whether a feature exists is the server's to say, in [`Limits`]; nothing here claims anything by itself.

use serde::Serialize;
use serde_json::{Value, json};

use crate::list::LIST_RESPONSE_URN;
use crate::schema::{ResourceType, Schema};

#[cfg(test)]
mod tests;

/// The URN of the service provider configuration (RFC 7643 §5).
pub const SERVICE_PROVIDER_CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The URN of a resource type (RFC 7643 §6).
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The URN of a schema (RFC 7643 §7).
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What a server can do, and how much of it (RFC 7643 §5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most resources in one answer.
    pub max_results: u32,
    /// Whether PATCH is supported.
    pub patch: bool,
    /// Bulk operations, when supported. The limits are sent as 0 otherwise, since RFC 7643 §5 requires them.
    pub bulk: Option<BulkLimits>,
    /// Whether filters are supported.
    pub filter: bool,
    /// Whether a password can be changed.
    pub change_password: bool,
    /// Whether `sortBy` is honoured.
    pub sort: bool,
    /// Whether resources have versions.
    pub etag: bool,
    /// How results are paged, for a server that supports cursors (RFC 9865 §4).
    pub pagination: Option<Pagination>,
    /// How clients authenticate.
    pub authentication_schemes: Vec<AuthenticationScheme>,
    /// Where people read about the server.
    pub documentation_uri: Option<String>,
}

/// The limits of a bulk request (RFC 7643 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkLimits {
    /// The most operations.
    pub max_operations: u32,
    /// The most bytes.
    pub max_payload_size: u64,
}

/// The paging methods of a server (RFC 9865 §4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Whether `cursor` is supported.
    pub cursor: bool,
    /// Whether `startIndex` is supported.
    pub index: bool,
    /// What a request gets that does not choose: `cursor` or `index`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_pagination_method: Option<&'static str>,
    /// How many resources a request gets that does not choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_page_size: Option<u32>,
    /// The most resources a request can choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u32>,
    /// How many seconds a cursor lives at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_timeout: Option<u32>,
}

/// A way to authenticate (RFC 7643 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The common name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it is specified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// Where people read about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it is the one to prefer.
    pub primary: bool,
}

impl AuthenticationScheme {
    /// A bearer token in the `Authorization` header (RFC 6750).
    #[must_use]
    pub fn bearer_token() -> Self {
        AuthenticationScheme {
            kind: "oauthbearertoken".to_owned(),
            name: "Bearer token".to_owned(),
            description: "A token in the Authorization header, as in RFC 6750.".to_owned(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".to_owned()),
            documentation_uri: None,
            primary: true,
        }
    }

    /// An access token in that header, which `token_endpoint` gives for the credentials of a client (RFC 6749 §4.4).
    #[must_use]
    pub fn client_credentials(token_endpoint: &str) -> Self {
        AuthenticationScheme {
            kind: "oauth2".to_owned(),
            name: "OAuth 2.0 client credentials".to_owned(),
            description: format!(
                "An access token in the Authorization header, from {token_endpoint} by the client credentials grant of RFC 6749."
            ),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6749".to_owned()),
            documentation_uri: None,
            primary: false,
        }
    }
}

/// The service provider configuration (RFC 7643 §5, RFC 9865 §4). `base` is the base URI, without a slash at
/// its end.
#[must_use]
pub fn service_provider_config(limits: &Limits, base: &str) -> Value {
    let bulk = limits.bulk.unwrap_or(BulkLimits { max_operations: 0, max_payload_size: 0 });
    let mut config = json!({
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "patch": { "supported": limits.patch },
        "bulk": {
            "supported": limits.bulk.is_some(),
            "maxOperations": bulk.max_operations,
            "maxPayloadSize": bulk.max_payload_size,
        },
        "filter": { "supported": limits.filter, "maxResults": limits.max_results },
        "changePassword": { "supported": limits.change_password },
        "sort": { "supported": limits.sort },
        "etag": { "supported": limits.etag },
        "authenticationSchemes": limits.authentication_schemes,
    });
    if let Some(uri) = &limits.documentation_uri {
        config["documentationUri"] = uri.as_str().into();
    }
    if let Some(pagination) = &limits.pagination {
        config["pagination"] = json!(pagination);
    }
    config["meta"] = meta("ServiceProviderConfig", format!("{base}/ServiceProviderConfig"));
    config
}

/// One resource type (RFC 7643 §6), as at `/ResourceTypes/User`.
#[must_use]
pub fn resource_type(resource_type: &ResourceType, base: &str) -> Value {
    let extensions: Vec<Value> = resource_type
        .extensions
        .iter()
        .map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }))
        .collect();
    let mut document = json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": resource_type.name,
        "name": resource_type.name,
        "description": resource_type.description,
        "endpoint": resource_type.endpoint,
        "schema": resource_type.schema.id,
    });
    if !extensions.is_empty() {
        document["schemaExtensions"] = extensions.into();
    }
    document["meta"] = meta("ResourceType", format!("{base}/ResourceTypes/{}", resource_type.name));
    document
}

/// All resource types, as at `/ResourceTypes` (RFC 7644 §4).
#[must_use]
pub fn resource_types(resource_types: &[&ResourceType], base: &str) -> Value {
    list(resource_types.iter().map(|one| resource_type(one, base)).collect())
}

/// One schema (RFC 7643 §7), as at `/Schemas/urn:ietf:params:scim:schemas:core:2.0:User`.
#[must_use]
pub fn schema(schema: &Schema, base: &str) -> Value {
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": meta("Schema", format!("{base}/Schemas/{}", schema.id)),
    })
}

/// All schemas that the resource types use, each once, as at `/Schemas` (RFC 7644 §4).
#[must_use]
pub fn schemas(resource_types: &[&ResourceType], base: &str) -> Value {
    list(used_schemas(resource_types).into_iter().map(|one| schema(one, base)).collect())
}

/// The schema with this URN, in any case, if a resource type uses it.
#[must_use]
pub fn find_schema<'a>(resource_types: &[&'a ResourceType], urn: &str) -> Option<&'a Schema> {
    used_schemas(resource_types).into_iter().find(|schema| schema.id.eq_ignore_ascii_case(urn))
}

fn used_schemas<'a>(resource_types: &[&'a ResourceType]) -> Vec<&'a Schema> {
    let mut used: Vec<&Schema> = Vec::new();
    for resource_type in resource_types {
        let extensions = resource_type.extensions.iter().map(|extension| &extension.schema);
        for schema in std::iter::once(&resource_type.schema).chain(extensions) {
            if used.iter().all(|known| !known.id.eq_ignore_ascii_case(&schema.id)) {
                used.push(schema);
            }
        }
    }
    used
}

fn list(resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST_RESPONSE_URN],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

fn meta(resource_type: &str, location: String) -> Value {
    json!({ "resourceType": resource_type, "location": location })
}

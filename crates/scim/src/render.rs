//! Stored text to sent text, without parsing it in between.
//!
//! A document is stored as the compact text of [`Document::to_json`](crate::document::Document::to_json).
//! What the server adds on the way out, `id`, `meta` and computed attributes, is spliced in.

use std::borrow::Cow;
use std::fmt::Write;

use crate::document::Document;
use crate::instant;
use crate::schema::ResourceType;

/// The `meta` of a resource (RFC 7643 §3.1), as a server keeps it in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta<'a> {
    /// The name of the resource type, such as `User`.
    pub resource_type: &'a str,
    /// When the resource was created, in milliseconds since 1970.
    pub created: i64,
    /// When it last changed, in milliseconds since 1970.
    pub last_modified: i64,
    /// Its absolute URI.
    pub location: &'a str,
    /// Its version; see [`etag`].
    pub version: i64,
}

/// The text of a resource: the stored document with `id` in front, then `extra` and `meta` behind (RFC 7643
/// §3.1).
///
/// `extra` are attribute names with values that are JSON already, such as the `groups` of a user.
///
/// ```
/// use rolecall_scim::render::{Meta, resource};
///
/// let meta = Meta { resource_type: "User", created: 0, last_modified: 1, location: "https://x/Users/7", version: 2 };
/// assert_eq!(
///     resource(r#"{"userName":"ada"}"#, "7", &meta, &[("groups", "[]")]),
///     r#"{"id":"7","userName":"ada","groups":[],"meta":{"resourceType":"User","created":"1970-01-01T00:00:00.000Z","lastModified":"1970-01-01T00:00:00.001Z","location":"https://x/Users/7","version":"W/\"2\""}}"#
/// );
/// ```
#[must_use]
pub fn resource(stored: &str, id: &str, meta: &Meta<'_>, extra: &[(&str, &str)]) -> String {
    let inner = stored.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default();
    let extra_length: usize = extra.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let mut text = String::with_capacity(inner.len() + extra_length + id.len() + meta.location.len() + 200);
    text.push_str("{\"id\":");
    push_string(&mut text, id);
    if !inner.is_empty() {
        text.push(',');
        text.push_str(inner);
    }
    for (name, value) in extra {
        text.push(',');
        push_string(&mut text, name);
        text.push(':');
        text.push_str(value);
    }
    text.push_str(",\"meta\":{\"resourceType\":");
    push_string(&mut text, meta.resource_type);
    // Writing to a String cannot fail.
    let _ = write!(text, ",\"created\":\"{}\"", instant::render(meta.created));
    let _ = write!(text, ",\"lastModified\":\"{}\",\"location\":", instant::render(meta.last_modified));
    push_string(&mut text, meta.location);
    text.push_str(",\"version\":");
    push_string(&mut text, &etag(meta.version));
    text.push_str("}}");
    text
}

/// A stored text without the extensions that the resource type no longer has. Where it has all of them, which its
/// `schemas` say, the text is not parsed.
#[must_use]
pub fn known<'t>(stored: &'t str, resource_type: &ResourceType) -> Cow<'t, str> {
    let listed = stored.strip_prefix("{\"schemas\":[").and_then(|rest| rest.split_once(']'));
    let Some((urns, _)) = listed else { return stored.into() };
    let has = |urn: &str| resource_type.schema_urns().any(|known| known == urn.trim_matches('"'));
    if urns.split(',').all(has) {
        return stored.into();
    }
    match Document::from_stored(stored) {
        Ok(document) => document.without_unknown_extensions(resource_type).to_json().into(),
        Err(_) => stored.into(),
    }
}

/// The weak entity tag of a version, for `ETag` and `meta.version` alike (RFC 7644 §3.14).
#[must_use]
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// A time as SCIM sends it: RFC 3339, UTC, milliseconds (RFC 7643 §2.3.5).
#[must_use]
pub fn timestamp(milliseconds: i64) -> String {
    instant::render(milliseconds)
}

/// Appends a JSON string.
pub(crate) fn push_string(text: &mut String, value: &str) {
    if value.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
        text.push_str(&serde_json::Value::from(value).to_string());
    } else {
        text.push('"');
        text.push_str(value);
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const META: Meta<'_> = Meta {
        resource_type: "Group",
        created: 0,
        last_modified: 5,
        location: "https://x/\"odd\"\\path",
        version: 9,
    };

    #[test]
    fn what_is_spliced_is_json_whatever_the_id_holds() {
        let text = resource(
            r#"{"schemas":["s"],"a":{"b":[1]}}"#,
            "i\"d\n",
            &META,
            &[("members", r#"[{"value":"1"}]"#)],
        );
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["id"], "i\"d\n");
        assert_eq!(value["a"], json!({"b": [1]}));
        assert_eq!(value["members"], json!([{"value": "1"}]));
        assert_eq!(value["meta"]["location"], META.location);
        assert_eq!(value["meta"]["version"], "W/\"9\"");
    }

    #[test]
    fn an_extension_that_is_gone_is_not_shown() {
        let user = ResourceType::user();
        let gone = concat!(
            r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","#,
            r#""urn:example:hr:1.0"],"userName":"ada","urn:example:hr:1.0":{"level":3},"#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"R"}}"#
        );
        assert_eq!(
            known(gone, user),
            concat!(
                r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
                r#""userName":"ada","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"R"}}"#
            )
        );
        for whole in [r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#, "{}"]
        {
            assert!(matches!(known(whole, user), Cow::Borrowed(text) if text == whole));
        }
    }

    #[test]
    fn an_empty_document_still_gives_an_object() {
        let value: Value = serde_json::from_str(&resource("{}", "1", &META, &[])).unwrap();
        assert_eq!(value["id"], "1");
    }
}

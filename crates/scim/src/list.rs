//! The list response (RFC 7644 §3.4.2, RFC 9865 §2), put together from resources that are text already.

use std::fmt::Write;

use crate::render::push_string;

/// The URN of the list response (RFC 7644 §3.4.2).
pub const LIST_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a list response says about its page; the number of items is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListResponse<'a> {
    /// How many resources match in all. Required with index paging, optional with cursors (RFC 9865 §2).
    pub total_results: Option<u64>,
    /// The position of the first item, from 1, with index paging (RFC 7644 §3.4.2.4).
    pub start_index: Option<u64>,
    /// Where the next page begins, with cursor paging; absent on the last page (RFC 9865 §2).
    pub next_cursor: Option<&'a str>,
    /// Where the previous page begins, for a server that can tell (RFC 9865 §2).
    pub previous_cursor: Option<&'a str>,
}

impl ListResponse<'_> {
    /// The text of the page. `Resources` is there even when it is empty, since several clients insist on it.
    pub fn render<'i>(&self, items: impl IntoIterator<Item = &'i str>) -> String {
        let mut text = format!("{{\"schemas\":[\"{LIST_RESPONSE_URN}\"]");
        // Writing to a String cannot fail.
        if let Some(total) = self.total_results {
            let _ = write!(text, ",\"totalResults\":{total}");
        }
        if let Some(start) = self.start_index {
            let _ = write!(text, ",\"startIndex\":{start}");
        }
        for (name, cursor) in [("nextCursor", self.next_cursor), ("previousCursor", self.previous_cursor)] {
            if let Some(cursor) = cursor {
                let _ = write!(text, ",\"{name}\":");
                push_string(&mut text, cursor);
            }
        }
        text.push_str(",\"Resources\":[");
        let mut count = 0_u64;
        for item in items {
            if count > 0 {
                text.push(',');
            }
            text.push_str(item);
            count += 1;
        }
        let _ = write!(text, "],\"itemsPerPage\":{count}}}");
        text
    }
}

/// A page with index paging (RFC 7644 §3.4.2.4).
///
/// ```
/// assert_eq!(
///     rolecall_scim::list::render(0, 1, []),
///     r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"startIndex":1,"Resources":[],"itemsPerPage":0}"#
/// );
/// ```
pub fn render<'i>(total_results: u64, start_index: u64, items: impl IntoIterator<Item = &'i str>) -> String {
    ListResponse {
        total_results: Some(total_results),
        start_index: Some(start_index),
        ..ListResponse::default()
    }
    .render(items)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    // scim: 180
    #[test]
    fn the_last_page_of_a_cursor_has_no_next_cursor() {
        let page =
            ListResponse { previous_cursor: Some("p"), ..ListResponse::default() }.render(["{\"id\":\"1\"}"]);
        let page: Value = serde_json::from_str(&page).unwrap();
        assert_eq!(
            page,
            json!({"schemas": [LIST_RESPONSE_URN], "previousCursor": "p", "Resources": [{"id": "1"}], "itemsPerPage": 1})
        );
    }

    // scim: 86, 128
    #[test]
    fn items_are_counted() {
        let page: Value = serde_json::from_str(&render(7, 3, ["1", "2"])).unwrap();
        assert_eq!(page["itemsPerPage"], 2);
        assert_eq!(page["totalResults"], 7);
        assert_eq!(page["Resources"], json!([1, 2]));
    }
}

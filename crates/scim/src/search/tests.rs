use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::error::ScimType;
use crate::profile::Profile::{Compatible, Strict};
use crate::sort::SortOrder;

fn query(text: &str, profile: Profile) -> Result<SearchRequest, ScimError> {
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    SearchRequest::from_query(&pairs, profile)
}

fn search(mut body: Value, profile: Profile) -> Result<SearchRequest, ScimError> {
    body["schemas"] = json!([SEARCH_REQUEST_URN]);
    SearchRequest::parse(body.to_string().as_bytes(), profile)
}

// scim: 92, 93, 186
#[test]
fn a_get_and_a_search_read_the_same() {
    let by_query = query(
        "attributes=displayName, userName&filter=displayName sw \"smith\"&sortBy=name.familyName&sortOrder=descending&startIndex=1&count=10",
        Strict,
    );
    let by_body = search(
        json!({
            "attributes": ["displayName", "userName"], "filter": "displayName sw \"smith\"", "startIndex": 1,
            "count": 10, "sortBy": "name.familyName", "sortOrder": "descending"
        }),
        Strict,
    );
    assert_eq!(by_query, by_body);
    let request = by_body.unwrap();
    assert_eq!(request.projection, Projection::parse(Some("displayName,userName"), None).unwrap());
    assert_eq!(request.filter, Some(Filter::parse(r#"displayName sw "smith""#).unwrap()));
    assert_eq!(request.sort.unwrap().order, SortOrder::Descending);
    assert_eq!((request.start_index, request.count, request.cursor), (Some(1), Some(10), None));
}

// scim: 72
// dialect: 15
#[test]
fn names_are_read_in_any_case_and_unknown_ones_are_skipped() {
    let request =
        query("STARTINDEX=3&Count=4&excludedattributes=members&x=y&sortorder=down", Strict).unwrap();
    assert_eq!((request.start_index, request.count), (Some(3), Some(4)));
    assert!(request.projection.excludes("members") && request.sort.is_none());
    let request =
        search(json!({ "StartIndex": 3, "COUNT": 4, "shoeSize": 42, "filter": null }), Strict).unwrap();
    assert_eq!((request.start_index, request.count, request.filter), (Some(3), Some(4), None));
}

// scim: 125, 126
#[test]
fn a_start_below_one_is_one_and_a_negative_count_is_none() {
    for (text, expected) in
        [("0", (1, 0)), ("-7", (1, 0)), ("1", (1, 1)), ("99999999999999999999", (i64::MAX, i64::MAX))]
    {
        let request = query(&format!("startIndex={text}&count={text}"), Strict).unwrap();
        assert_eq!((request.start_index, request.count), (Some(expected.0), Some(expected.1)), "{text}");
        let number: Value = serde_json::from_str(&text[..text.len().min(19)]).unwrap();
        let request = search(json!({ "startIndex": number, "count": number }), Strict).unwrap();
        assert!(request.start_index >= Some(1) && request.count >= Some(0));
    }
}

// scim: 127
#[test]
fn what_is_not_a_whole_number_is_an_invalid_value() {
    for profile in [Compatible, Strict] {
        for text in ["ten", "1.5", "1e3", "0x10", "--1", "1,000"] {
            for name in ["startIndex", "count"] {
                let error = query(&format!("{name}={text}"), profile).unwrap_err();
                assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{name}={text}");
            }
        }
        for number in [json!("10"), json!(1.5), json!(true), json!([1]), json!({})] {
            let error = search(json!({ "count": number }), profile).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{number}");
        }
    }
}

// scim: 182, 183
#[test]
fn a_cursor_excludes_a_start_index_and_makes_a_bad_count_its_own() {
    let error = query("cursor=&startIndex=1", Compatible).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    let error = search(json!({ "cursor": "abc", "startIndex": 1 }), Compatible).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    let error = query("cursor=&count=ten", Compatible).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidCount));
    // An empty cursor asks for the first page, an absent one for no cursors.
    assert_eq!(query("cursor=&count=5", Strict).unwrap().cursor.as_deref(), Some(""));
    assert_eq!(search(json!({ "cursor": "" }), Strict).unwrap().cursor.as_deref(), Some(""));
    assert_eq!(search(json!({ "cursor": null, "startIndex": 2 }), Strict).unwrap().cursor, None);
}

// scim: 94
#[test]
fn the_schemas_of_a_search_are_checked_in_the_strict_profile() {
    for body in [
        json!({}),
        json!({ "schemas": null }),
        json!({ "schemas": [] }),
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }),
        json!({ "schemas": SEARCH_REQUEST_URN }),
    ] {
        let body = body.to_string();
        assert!(SearchRequest::parse(body.as_bytes(), Compatible).is_ok(), "{body}");
        let error = SearchRequest::parse(body.as_bytes(), Strict).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
    }
}

// scim: 94
#[test]
fn a_member_of_the_wrong_type_is_a_syntax_error() {
    for body in [
        json!({ "filter": 5 }),
        json!({ "sortBy": ["userName"] }),
        json!({ "cursor": 7 }),
        json!({ "attributes": [5] }),
        json!({ "attributes": { "a": 1 } }),
    ] {
        let error = search(body.clone(), Compatible).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
    }
    for body in ["", "[]", "5", "{", "\u{feff}{}"] {
        assert_eq!(
            SearchRequest::parse(body.as_bytes(), Compatible).unwrap_err().scim_type,
            Some(ScimType::InvalidSyntax)
        );
    }
    // One string where a list belongs is a habit.
    assert!(
        search(json!({ "attributes": "userName,emails" }), Compatible).unwrap().projection.wants("emails")
    );
    assert!(search(json!({ "attributes": "userName" }), Strict).is_err());
}

#[test]
fn a_blank_parameter_is_absent_in_the_compatible_profile() {
    let request = query("filter=&sortBy=&sortOrder=&startIndex=&count= &attributes=", Compatible).unwrap();
    assert_eq!(request, SearchRequest::default());
    for (text, expected) in [
        ("filter=", ScimType::InvalidFilter),
        ("sortBy=", ScimType::InvalidValue),
        ("sortBy=a&sortOrder=", ScimType::InvalidValue),
        ("count=", ScimType::InvalidValue),
    ] {
        assert_eq!(query(text, Strict).unwrap_err().scim_type, Some(expected), "{text}");
    }
}

#[test]
fn a_parameter_given_twice_counts_as_its_last_and_lists_are_joined() {
    let request = query("count=5&count=6&attributes=userName&attributes=title", Strict).unwrap();
    assert_eq!(request.count, Some(6));
    assert!(request.projection.wants("userName") && request.projection.wants("title"));
    assert!(query("attributes=a&excludedAttributes=b", Compatible).is_err());
}

// scim: 126, 182
#[test]
fn a_page_is_never_larger_than_asked_for_or_allowed() {
    let size = |text: &str| query(text, Strict).unwrap().page_size(100, 1_000);
    assert_eq!(size(""), 100);
    assert_eq!(size("count=0"), 0);
    assert_eq!(size("count=7"), 7);
    assert_eq!(size("count=5000000000"), 1_000);
}

// scim: 181
#[test]
fn the_fingerprint_is_that_of_everything_but_the_page() {
    let of = |text: &str, scope: &[&str]| query(text, Compatible).unwrap().fingerprint(scope);
    let one = of("filter=title pr&count=5&cursor=", &["acme", "User"]);
    assert_eq!(one, of("cursor=abc&filter=(title  PR)&count=7", &["acme", "User"]));
    for (text, scope) in [
        ("filter=title pr", ["acme", "Group"]),
        ("filter=title pr", ["other", "User"]),
        ("filter=active eq true", ["acme", "User"]),
        ("", ["acme", "User"]),
        ("filter=title pr&sortBy=title", ["acme", "User"]),
        ("filter=title pr&attributes=title", ["acme", "User"]),
        ("filter=title pr&excludedAttributes=title", ["acme", "User"]),
    ] {
        assert_ne!(one, of(text, &scope), "{text}");
    }
}

proptest! {
    #[test]
    fn any_parameters_are_read_or_refused_with_a_client_error(
        pairs in prop::collection::vec(
            (prop::sample::select(vec!["attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "x"]), any::<String>()),
            0..6,
        ),
    ) {
        let pairs: Vec<(String, String)> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for profile in [Compatible, Strict] {
            match SearchRequest::from_query(&pairs, profile) {
                Ok(request) => prop_assert!(request.start_index.is_none_or(|n| n >= 1) && request.count.is_none_or(|n| n >= 0)),
                Err(error) => prop_assert_eq!(error.status, 400),
            }
        }
    }
}

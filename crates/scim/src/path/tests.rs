use proptest::prelude::*;

use super::*;
use crate::error::ScimType;

// scim: 71, 138
#[test]
fn paths_of_the_rfc_and_of_the_field_are_read() {
    for text in [
        "members",
        "name.familyName",
        "addresses[type eq \"work\"]",
        "members[value eq \"2819c223-7f76-453a-919d-413861904646\"].displayName",
        "emails[type eq \"work\" and value ew \"example.com\"].value",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:example:hr:1.0",
        "roles[primary eq \"True\"].value",
        "members.$ref",
    ] {
        assert_eq!(Path::parse(text).unwrap().to_string(), text);
    }
}

// scim: 114
#[test]
fn the_version_in_a_urn_does_not_split_the_path() {
    let path = AttrPath::parse("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName").unwrap();
    assert_eq!(path.urn.as_deref(), Some("urn:ietf:params:scim:schemas:core:2.0:User"));
    assert_eq!((path.attribute.as_str(), path.sub_attribute.as_deref()), ("name", Some("givenName")));
}

// scim: 1, 140
#[test]
fn what_is_no_path_is_refused_with_the_place() {
    for (text, problem) in [
        ("", "path, character 1: expected an attribute path, found the end"),
        ("a b", "path, character 3: expected `[` or the end, found \"b\""),
        ("a.b.c", "path, character 1: expected an attribute path, found \"a.b.c\""),
        ("emails[type eq \"work\"", "path, character 22: expected `and`, `or` or `]`, found the end"),
        (
            "emails[type eq \"work\"]value",
            "path, character 23: expected `.subAttribute` or the end, found \"value\"",
        ),
        ("emails[].value", "path, character 8: expected an attribute path, found `]`"),
        (
            "name.given[a pr]",
            "path, character 12: only an attribute can have a value filter, name.given is a sub-attribute",
        ),
        (":x", "path, character 1: expected an attribute path, found \":x\""),
    ] {
        let error = Path::parse(text).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidPath));
        assert_eq!(error.detail, problem, "{text}");
    }
}

pub(crate) fn any_name() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9_-]{0,8}".prop_filter("a keyword", |name| {
        !["not", "and", "or", "pr"].iter().any(|keyword| name.eq_ignore_ascii_case(keyword))
    })
}

pub(crate) fn any_attr_path() -> impl Strategy<Value = AttrPath> {
    let urn = prop_oneof![Just(None), "urn:[a-z]{1,5}:[0-9]\\.[0-9]:[A-Za-z]{1,5}".prop_map(Some)];
    (urn, any_name(), proptest::option::of(any_name())).prop_map(|(urn, attribute, sub_attribute)| AttrPath {
        urn,
        attribute,
        sub_attribute,
    })
}

proptest! {
    #[test]
    fn any_text_is_a_path_or_an_error(text in any::<String>()) {
        let _ = Path::parse(&text);
        let _ = AttrPath::parse(&text);
    }

    #[test]
    fn path_like_text_is_a_path_or_an_error(text in "[a-z:.\\[\\]\" ()$2]{0,30}") {
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(Path::parse(&path.to_string()).unwrap(), path);
        }
    }

    #[test]
    fn a_path_reads_back_as_itself(path in any_attr_path()) {
        prop_assert_eq!(AttrPath::parse(&path.to_string()).unwrap(), path);
    }
}

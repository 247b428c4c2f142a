use proptest::prelude::*;

use super::*;
use crate::path::tests::{any_attr_path, any_name};

// scim: 104, 106
#[test]
fn the_examples_of_the_rfc_are_read() {
    for text in [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    ] {
        let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }
}

// scim: 105
#[test]
fn and_binds_tighter_than_or_and_not_tighter_than_both() {
    let parse = |text: &str| Filter::parse(text).unwrap();
    assert_eq!(parse("a pr or b pr and c pr"), parse("a pr or (b pr and c pr)"));
    assert_eq!(parse("not (a pr) and b pr"), parse("(not (a pr)) and b pr"));
    assert_ne!(parse("a pr and b pr and c pr"), parse("a pr and (b pr and c pr)"));
}

// scim: 104, 106
#[test]
fn case_and_blanks_do_not_matter() {
    let plain = Filter::parse(r#"a eq "x" and not (b pr) or c pr"#).unwrap();
    for text in [
        r#"  a EQ "x"  AND NOT(b Pr) oR c PR  "#,
        r#"a eq"x"and not(b pr)or c pr"#,
        "a\teq \"x\" and not\t( b pr ) or c pr",
    ] {
        assert_eq!(Filter::parse(text).unwrap(), plain, "{text}");
    }
}

#[test]
fn an_attribute_may_be_called_not() {
    assert_eq!(Filter::parse("not pr").unwrap(), Filter::Present(AttrPath::of("not")));
}

// scim: 107
#[test]
fn string_escapes_are_those_of_json() {
    let Filter::Compare { value, .. } = Filter::parse(r#"a eq "q\"\\\/\u0041\n😀""#).unwrap() else {
        panic!("not a comparison");
    };
    assert_eq!(value, Literal::String("q\"\\/A\n😀".to_owned()));
}

// scim: 116
#[test]
fn an_error_names_the_place_and_what_would_work() {
    for (text, detail) in [
        ("", "filter, character 1: expected an attribute path, found the end"),
        (
            "userName",
            "filter, character 9: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found the end",
        ),
        (
            "userName eq",
            r#"filter, character 12: expected a value ("text" in double quotes, a number, true, false or null), found the end"#,
        ),
        (
            "userName eq ada",
            r#"filter, character 13: expected a value ("text" in double quotes, a number, true, false or null), found "ada""#,
        ),
        ("ü pr", "filter, character 1: expected an attribute path, found \"ü\""),
        (r#"a eq "ü" x"#, "filter, character 10: expected `and`, `or` or the end, found \"x\""),
        ("a pr and", "filter, character 9: expected an attribute path, found the end"),
        ("(a pr", "filter, character 6: expected `and`, `or` or `)`, found the end"),
        ("a pr)", "filter, character 5: expected `and`, `or` or the end, found `)`"),
        (
            "not a pr",
            "filter, character 5: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found \"a\"",
        ),
        (r#"a eq "x"#, "filter, character 6: the string has no closing quote"),
        (
            r#"a eq "\x""#,
            "filter, character 6: the string has an escape or a control character that JSON does not allow",
        ),
        (
            "a eq TRUE",
            r#"filter, character 6: expected a value ("text" in double quotes, a number, true, false or null), found "TRUE""#,
        ),
        (
            "a eq 01",
            r#"filter, character 6: expected a value ("text" in double quotes, a number, true, false or null), found "01""#,
        ),
        (
            "a eq 'x'",
            r#"filter, character 6: expected a value ("text" in double quotes, a number, true, false or null), found "'x'""#,
        ),
        ("a[b pr].c.d pr", "filter, character 9: expected a sub-attribute, found \"c.d\""),
    ] {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
        assert_eq!(error.detail, detail, "{text}");
    }
}

// scim: 120
#[test]
fn there_are_limits_to_length_depth_and_terms() {
    let deep = |levels: usize| format!("{}a pr{}", "(".repeat(levels), ")".repeat(levels));
    let nots = |levels: usize| format!("{}a pr{}", "not (".repeat(levels), ")".repeat(levels));
    let wide = |terms: usize| vec!["a pr"; terms].join(" or ");
    let long = |length: usize| format!("a eq \"{}\"", "x".repeat(length - 7));
    assert!(Filter::parse(&deep(MAX_DEPTH)).is_ok() && Filter::parse(&deep(MAX_DEPTH + 1)).is_err());
    assert!(Filter::parse(&nots(MAX_DEPTH)).is_ok() && Filter::parse(&nots(MAX_DEPTH + 1)).is_err());
    assert!(Filter::parse(&wide(MAX_TERMS)).is_ok() && Filter::parse(&wide(MAX_TERMS + 1)).is_err());
    assert!(Filter::parse(&long(MAX_LENGTH)).is_ok() && Filter::parse(&long(MAX_LENGTH + 1)).is_err());
    assert!(Filter::parse(&"a[".repeat(4_000)).is_err());
}

fn any_literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<String>().prop_map(Literal::String),
        any::<i64>().prop_map(|number| Literal::Number(number.into())),
        (-1e9..1e9_f64).prop_filter_map("finite", |f| serde_json::Number::from_f64(f).map(Literal::Number)),
        any::<bool>().prop_map(Literal::Boolean),
        Just(Literal::Null),
    ]
}

fn any_operator() -> impl Strategy<Value = Operator> {
    use Operator::*;
    prop::sample::select(vec![Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le])
}

fn any_test(path: impl Strategy<Value = AttrPath> + 'static) -> impl Strategy<Value = Filter> {
    let path = path.boxed();
    prop_oneof![
        (path.clone(), any_operator(), any_literal()).prop_map(|(path, op, value)| Filter::Compare {
            path,
            op,
            value
        }),
        path.prop_map(Filter::Present),
    ]
}

pub(crate) fn any_filter() -> impl Strategy<Value = Filter> {
    any_test(any_attr_path()).prop_recursive(4, 24, 4, |inner| {
        let whole = any_attr_path().prop_map(|path| AttrPath { sub_attribute: None, ..path });
        let then = proptest::option::of(any_test(any_name().prop_map(AttrPath::of)).prop_map(Box::new));
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.clone().prop_map(|filter| Filter::Not(Box::new(filter))),
            (whole, inner, then).prop_map(|(attribute, filter, then)| Filter::ValuePath {
                attribute,
                filter: Box::new(filter),
                then
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_an_error(text in any::<String>()) {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn filter_like_text_is_a_filter_or_an_error(
        text in r#"((emails|a|active|password|name|"x"|"T|5|-|true|null|eq|ne|gt|co|pr|and|or|not|\(|\)|\[|\]|\.|,|:)[ ]?){0,16}"#
    ) {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(&Filter::parse(&filter.to_string()).unwrap(), &filter);
            if let Ok(resolved) = filter.resolve(ResourceType::user(), Compatible) {
                let _ = resolved.matches(&Map::new());
            }
        }
    }

    #[test]
    fn a_filter_reads_back_as_itself(filter in any_filter()) {
        let text = filter.to_string();
        prop_assume!(text.len() <= MAX_LENGTH);
        prop_assert_eq!(Filter::parse(&text).unwrap(), filter, "{}", text);
    }

    #[test]
    fn a_filter_and_its_negation_never_agree(filter in any_filter()) {
        let not = Filter::Not(Box::new(filter.clone()));
        let (Ok(one), Ok(other)) = (
            filter.resolve(ResourceType::user(), Compatible),
            not.resolve(ResourceType::user(), Compatible),
        ) else { return Ok(()) };
        let user = ResourceType::user();
        let (found, not_found) =
            (one.matches_document(&ada(), user, "7", &META), other.matches_document(&ada(), user, "7", &META));
        prop_assert_ne!(found, not_found);
    }
}

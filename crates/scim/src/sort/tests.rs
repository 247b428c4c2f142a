use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::Document;
use crate::error::ScimType;
use crate::index;
use crate::profile::Profile::{Compatible, Strict};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn sort(path: &str, order: SortOrder) -> ResolvedSort {
    let sort = SortBy { path: AttrPath::read(path).unwrap(), order };
    sort.resolve(ResourceType::user(), Compatible).unwrap().unwrap_or_else(|| panic!("{path} is unknown"))
}

fn index_form(mut body: Value) -> Map<String, Value> {
    let id = body["id"].clone();
    body["userName"] = body.get("userName").cloned().unwrap_or_else(|| "someone".into());
    let document = Document::from_value(body, ResourceType::user(), Compatible).unwrap();
    let mut index = index::index_document(&document, ResourceType::user());
    index.insert("id".to_owned(), id);
    index
}

/// The ids of the bodies in sorted order; ties keep the order given.
fn sorted(by: &str, order: SortOrder, bodies: Value) -> String {
    let sort = sort(by, order);
    let mut resources: Vec<_> = bodies.as_array().unwrap().iter().cloned().map(index_form).collect();
    resources.sort_by_key(|resource| sort.key(resource));
    resources.iter().map(|resource| resource["id"].as_str().unwrap()).collect()
}

// scim: 122
#[test]
fn sorting_ignores_case_where_the_attribute_does() {
    let bodies = json!([
        { "id": "c", "displayName": "Zoe", "externalId": "a" }, { "id": "a", "displayName": "ada", "externalId": "b" },
        { "id": "b", "displayName": "Bob", "externalId": "C" }
    ]);
    assert_eq!(sorted("DISPLAYNAME", SortOrder::Ascending, bodies.clone()), "abc");
    assert_eq!(sorted("displayName", SortOrder::Descending, bodies.clone()), "cba");
    // externalId is case-exact: capitals come first.
    assert_eq!(sorted("externalId", SortOrder::Ascending, bodies), "bca");
}

// scim: 123
#[test]
fn the_primary_value_counts_else_the_first() {
    let bodies = json!([
        { "id": "c", "emails": [{ "value": "a@x" }, { "value": "z@x", "primary": true }] },
        { "id": "b", "emails": [{ "value": "m@x" }, { "value": "a@x" }] },
        { "id": "a", "emails": [{ "value": "b@x", "primary": true }] },
        // What counts is the primary element, and it has no value.
        { "id": "d", "emails": [{ "value": "a@x" }, { "type": "work", "primary": true }] }
    ]);
    assert_eq!(sorted("emails", SortOrder::Ascending, bodies.clone()), "abcd");
    assert_eq!(sorted("emails.value", SortOrder::Descending, bodies), "dcba");
}

// scim: 123
#[test]
fn resources_without_a_value_come_last_ascending_and_first_descending() {
    let bodies = json!([{ "id": "c" }, { "id": "a", "title": "" }, { "id": "b", "title": "x" }]);
    assert_eq!(sorted("title", SortOrder::Ascending, bodies.clone()), "abc");
    assert_eq!(sorted("title", SortOrder::Descending, bodies), "cba");
}

// scim: 122, 124
#[test]
fn sub_attributes_extensions_booleans_and_the_value_of_a_complex_attribute_can_be_sorted_by() {
    let bodies = json!([
        { "id": "b", "active": true, "name": { "givenName": "B" }, ENTERPRISE: { "department": "b", "manager": { "value": "2" } } },
        { "id": "a", "active": false, "name": { "givenName": "A" }, ENTERPRISE: { "department": "a", "manager": { "value": "1" } } }
    ]);
    for by in [
        "active",
        "name.givenName",
        &format!("{ENTERPRISE}:department"),
        &format!("{ENTERPRISE}:manager"),
        &format!("{ENTERPRISE}:manager.value"),
        "id",
    ] {
        assert_eq!(sorted(by, SortOrder::Ascending, bodies.clone()), "ab", "{by}");
    }
    let dates = sort("meta.lastModified", SortOrder::Ascending);
    let key = |at: i64| dates.key(json!({ "meta": { "lastModified": at } }).as_object().unwrap());
    assert!(key(-5) < key(3));
}

// scim: 118, 121
#[test]
fn an_unknown_attribute_sorts_nothing_and_a_password_is_refused_as_sensitive() {
    let resolve =
        |by: &str, profile| SortBy::parse(by, None, profile).unwrap().resolve(ResourceType::user(), profile);
    for profile in [Compatible, Strict] {
        assert_eq!(resolve("shoeSize", profile), Ok(None));
        assert_eq!(resolve("name.shoeSize", profile), Ok(None));
        assert_eq!(resolve(ENTERPRISE, profile), Ok(None));
        let error = resolve("PASSWORD", profile).unwrap_err();
        assert_eq!((error.status, error.scim_type), (403, Some(ScimType::Sensitive)));
    }
    assert_eq!(resolve("name", Compatible), Ok(None));
    assert_eq!(resolve("name", Strict).unwrap_err().scim_type, Some(ScimType::InvalidValue));
}

// scim: 122
#[test]
fn the_order_is_one_of_two_words() {
    let parse = |order, profile| SortBy::parse("userName", order, profile).map(|sort| sort.order);
    assert_eq!(parse(None, Strict), Ok(SortOrder::Ascending));
    assert_eq!(parse(Some("descending"), Strict), Ok(SortOrder::Descending));
    assert_eq!(parse(Some("Descending"), Compatible), Ok(SortOrder::Descending));
    for (order, profile) in [("Descending", Strict), ("down", Compatible), ("", Compatible)] {
        assert_eq!(parse(Some(order), profile).unwrap_err().scim_type, Some(ScimType::InvalidValue));
    }
    for by in ["", "user name", "emails[type eq \"work\"]", "a.b.c"] {
        assert!(SortBy::parse(by, None, Compatible).is_err(), "{by}");
    }
}

// scim: 124
#[test]
fn whole_numbers_and_fractions_are_compared_without_rounding() {
    let big = (1_i64 << 53) + 1;
    let ascending = [
        Number::Decimal(f64::MIN),
        Number::Integer(i64::MIN),
        Number::Decimal(-1.5),
        Number::Integer(-1),
        Number::Decimal(-0.5),
        Number::Integer(0),
        Number::Decimal(0.5),
        Number::Decimal((1_i64 << 53) as f64),
        Number::Integer(big),
        Number::Integer(i64::MAX),
        Number::Decimal(9_223_372_036_854_775_808.0),
    ];
    for pair in ascending.windows(2) {
        assert_eq!(
            (pair[0].cmp(&pair[1]), pair[1].cmp(&pair[0])),
            (Ordering::Less, Ordering::Greater),
            "{pair:?}"
        );
    }
    assert_eq!(Number::Decimal(-0.0), Number::Integer(0));
    assert_eq!(Number::Decimal(-0.0), Number::Decimal(0.0));
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Integer),
        (-3_i64..3).prop_map(Number::Integer),
        (-6_i64..6).prop_map(|halves| Number::Decimal(halves as f64 / 2.0)),
        any::<f64>().prop_filter("JSON has finite numbers only", |n| n.is_finite()).prop_map(Number::Decimal),
    ]
}

fn any_key(order: SortOrder) -> impl Strategy<Value = SortKey> {
    prop::option::of(any_number().prop_map(SortValue::Number)).prop_map(move |value| SortKey { value, order })
}

proptest! {
    #[test]
    fn keys_have_a_total_order_and_descending_is_ascending_turned_around(
        mut keys in prop::collection::vec(any_key(SortOrder::Ascending), 0..8),
    ) {
        for a in &keys {
            for b in &keys {
                prop_assert_eq!(a.cmp(b), b.cmp(a).reverse());
                prop_assert!(keys.iter().all(|c| !(a <= b && b <= c) || a <= c));
            }
        }
        keys.sort();
        let mut turned: Vec<SortKey> =
            keys.iter().rev().map(|key| SortKey { order: SortOrder::Descending, ..key.clone() }).collect();
        let before = turned.clone();
        turned.sort();
        prop_assert_eq!(before, turned);
    }

    #[test]
    fn a_value_reads_back_from_its_text(text in any::<String>(), number in any_number(), at in any::<i64>()) {
        for (value, kind) in [
            (SortValue::Text(text), AttributeType::String),
            (SortValue::Number(number), AttributeType::Decimal),
            (SortValue::Instant(at), AttributeType::DateTime),
            (SortValue::Boolean(at % 2 == 0), AttributeType::Boolean),
        ] {
            prop_assert_eq!(SortValue::parse(&value.render(), kind), Some(value));
        }
    }

    #[test]
    fn the_key_of_any_resource_can_be_asked_for(body in crate::document::tests::any_body()) {
        if let Value::Object(resource) = &body {
            for by in ["emails", "name.givenName", "active", "meta.created", "userName"] {
                let _ = sort(by, SortOrder::Ascending).key(resource);
            }
        }
    }
}

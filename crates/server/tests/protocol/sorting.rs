//! Order (RFC 7644 §3.4.2.3).

use serde_json::json;

use crate::tenant::{ENTERPRISE, Tenant, refusal, user_names};

fn sorted(tenant: &Tenant, by: &str, order: &str) -> Vec<String> {
    user_names(&tenant.ask("/Users", &[("sortBy", by), ("sortOrder", order)]).expect(200))
}

// scim: 121
#[test]
fn sorting_is_offered_and_a_sort_that_cannot_be_is_no_error() {
    let tenant = Tenant::new();
    tenant.somebody();
    assert_eq!(tenant.get("/ServiceProviderConfig").expect(200).json["sort"]["supported"], true);
    for by in ["shoeSize", "name", "urn:no:such:x"] {
        assert_eq!(sorted(&tenant, by, "ascending"), ["ada"], "{by}");
    }
}

// scim: 122
#[test]
fn a_list_is_sorted_by_an_attribute_up_unless_down_is_asked_for() {
    let tenant = Tenant::new();
    for (name, family, department, external_id) in
        [("b", "Young", "2", "a"), ("A", "ash", "1", "B"), ("c", "Moss", "3", "c")]
    {
        tenant.person(json!({"userName": name, "externalId": external_id, "name": {"familyName": family},
            ENTERPRISE: {"department": department}}));
    }
    let up = user_names(&tenant.ask("/Users", &[("sortBy", "userName")]).expect(200));
    assert_eq!(up, ["A", "b", "c"], "case does not count for userName");
    assert_eq!(sorted(&tenant, "userName", "descending"), ["c", "b", "A"]);
    assert_eq!(sorted(&tenant, "name.familyName", "ascending"), ["A", "c", "b"]);
    assert_eq!(sorted(&tenant, &format!("{ENTERPRISE}:department"), "descending"), ["c", "b", "A"]);
    assert_eq!(sorted(&tenant, "externalId", "ascending"), ["A", "b", "c"], "it counts for externalId");
    let answer = tenant.ask("/Users", &[("sortBy", "userName"), ("sortOrder", "sideways")]);
    assert_eq!(refusal(&answer), "400 invalidValue");
}

// scim: 123
#[test]
fn the_primary_value_counts_else_the_first_and_who_has_none_comes_last() {
    let tenant = Tenant::new();
    tenant.person(json!({"userName": "none"}));
    tenant.person(
        json!({"userName": "primary", "emails": [{"value": "a@x"}, {"value": "m@x", "primary": true}]}),
    );
    tenant.person(json!({"userName": "first", "emails": [{"value": "c@x"}, {"value": "z@x"}]}));
    for by in ["emails", "emails.value"] {
        assert_eq!(sorted(&tenant, by, "ascending"), ["first", "primary", "none"], "{by}");
        assert_eq!(sorted(&tenant, by, "descending"), ["none", "primary", "first"], "{by}");
    }
}

// scim: 124
#[test]
fn dates_are_sorted_by_time_and_booleans_false_first() {
    let tenant = Tenant::new();
    for (name, active) in [("z", true), ("m", false), ("a", true)] {
        tenant.person(json!({"userName": name, "active": active}));
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    assert_eq!(sorted(&tenant, "meta.created", "ascending"), ["z", "m", "a"]);
    assert_eq!(sorted(&tenant, "meta.created", "descending"), ["a", "m", "z"]);
    assert_eq!(sorted(&tenant, "active", "ascending")[0], "m");
    assert_eq!(sorted(&tenant, "active", "descending")[2], "m");
}

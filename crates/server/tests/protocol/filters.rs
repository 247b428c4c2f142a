//! The filter language (RFC 7644 §3.4.2.2). Each test is a table: a filter, and whom it finds.

use serde_json::json;

use crate::tenant::{ENTERPRISE, Tenant, USER, refusal, user_names};

/// Three people with different things about them.
fn people() -> Tenant {
    let tenant = Tenant::new();
    tenant.person(json!({
        "userName": "ada", "externalId": "A1", "title": "Dr.", "userType": "Employee", "active": true,
        "name": {"givenName": "Ada", "familyName": "Byron"},
        "emails": [
            {"value": "ada@example.com", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "77"}},
    }));
    tenant.person(json!({
        "userName": "Eve", "title": "Prof. Dr.", "userType": "Contractor", "active": false,
        "emails": [
            {"value": "eve@home.example", "type": "work"},
            {"value": "eve@example.com", "type": "home"},
        ],
        "phoneNumbers": [{"value": "555", "type": "work"}],
    }));
    // Who says nothing about it is active.
    tenant.person(json!({"userName": "ida"}));
    tenant
}

#[track_caller]
fn check(tenant: &Tenant, cases: &[(&str, &[&str])]) {
    for (filter, found) in cases {
        assert_eq!(tenant.found(filter), *found, "{filter}");
    }
}

// scim: 104, 28
#[test]
fn every_operator_finds_whom_it_should_in_any_case() {
    check(
        &people(),
        &[
            ("userName eq \"EVE\"", &["Eve"]),
            ("userName EQ \"eve\"", &["Eve"]),
            ("userName ne \"eve\"", &["ada", "ida"]),
            ("userName co \"D\"", &["ada", "ida"]),
            ("userName sw \"a\"", &["ada"]),
            ("userName ew \"a\"", &["ada", "ida"]),
            ("title pr", &["Eve", "ada"]),
            ("title PR", &["Eve", "ada"]),
            ("userName gt \"eve\"", &["ida"]),
            ("userName ge \"eve\"", &["Eve", "ida"]),
            ("userName lt \"eve\"", &["ada"]),
            ("userName le \"eve\"", &["Eve", "ada"]),
            ("title pr AND active eq true", &["ada"]),
            ("userName eq \"ada\" Or userName eq \"ida\"", &["ada", "ida"]),
            ("NOT (title pr)", &["ida"]),
            ("(userName eq \"ada\")", &["ada"]),
            ("emails[type eq \"work\"]", &["Eve", "ada"]),
        ],
    );
}

// scim: 105
#[test]
fn not_binds_before_and_and_and_before_or() {
    check(
        &people(),
        &[
            ("userName eq \"ida\" or title pr and active eq false", &["Eve", "ida"]),
            ("(userName eq \"ida\" or title pr) and active eq false", &["Eve"]),
            ("title pr and active eq false or userName eq \"ida\"", &["Eve", "ida"]),
            ("not (title pr) and userName eq \"ada\"", &[]),
            ("not (title pr and userName eq \"ada\")", &["Eve", "ida"]),
            ("not (title pr) or userName eq \"ada\"", &["ada", "ida"]),
        ],
    );
}

// scim: 106
#[test]
fn not_is_read_with_and_without_a_blank_and_needs_its_parentheses() {
    let tenant = people();
    check(
        &tenant,
        &[("not (title pr)", &["ida"]), ("not(title pr)", &["ida"]), ("NOT  (title pr)", &["ida"])],
    );
    assert_eq!(tenant.refusal("not title pr"), "400 invalidFilter");
}

// scim: 107
#[test]
fn a_value_is_a_json_literal_and_nothing_else() {
    let tenant = people();
    tenant.person(json!({"userName": "q\"uo\\te", "title": "Ünï\tcode"}));
    check(
        &tenant,
        &[
            ("userName eq \"q\\\"uo\\\\te\"", &["q\"uo\\te"]),
            ("title eq \"\\u00dcn\\u00ef\\tcode\"", &["q\"uo\\te"]),
            ("active eq true", &["ada", "ida", "q\"uo\\te"]),
            ("active eq false", &["Eve"]),
            ("title eq null", &["ida"]),
        ],
    );
    for filter in
        ["userName eq ada", "userName eq 'ada'", "userName eq \"ada", "active eq yes", "userName eq"]
    {
        assert_eq!(tenant.refusal(filter), "400 invalidFilter", "{filter}");
    }
}

// scim: 108
#[test]
fn booleans_and_binary_values_have_no_order() {
    let tenant = people();
    for filter in
        ["active gt false", "active le true", "x509Certificates.value ge \"aGk=\"", "emails.primary lt true"]
    {
        assert_eq!(tenant.refusal(filter), "400 invalidFilter", "{filter}");
    }
    check(
        &tenant,
        &[("externalId eq \"a1\"", &[]), ("externalId sw \"A\"", &["ada"]), ("title eq \"dr.\"", &["ada"])],
    );
}

// scim: 109
#[test]
fn dates_are_compared_as_moments_and_texts_letter_by_letter() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let created = ada.json["meta"]["created"].as_str().unwrap().to_owned();
    let elsewhere = plus_two_hours(&created);
    check(
        &tenant,
        &[
            (&format!("meta.created eq \"{created}\""), &["ada"]),
            (&format!("meta.created eq \"{elsewhere}\""), &["ada"]),
            (&format!("meta.created ge \"{elsewhere}\""), &["ada"]),
            (&format!("meta.created gt \"{elsewhere}\""), &[]),
            ("meta.created gt \"2001-01-01T00:00:00+14:00\"", &["ada"]),
            ("meta.lastModified lt \"2001-01-01T00:00:00.5Z\"", &[]),
            ("userName gt \"a9\" and userName lt \"b\"", &["ada"]),
        ],
    );
    assert_eq!(tenant.refusal("meta.created gt \"yesterday\""), "400 invalidFilter");
}

/// The same moment on another clock: `2026-01-01T23:30:00.123Z` is `2026-01-02T01:30:00.123+02:00`.
fn plus_two_hours(moment: &str) -> String {
    let hour: u32 = moment[11..13].parse().unwrap();
    // Shifting by whole hours must not leave the day, so that no calendar is needed here.
    let (shift, sign) = if hour < 22 { (2_i32, '+') } else { (-2, '-') };
    let shifted = i64::from(hour) + i64::from(shift);
    format!("{}{shifted:02}{}{sign}02:00", &moment[..11], moment[13..].trim_end_matches('Z'))
}

// scim: 110
#[test]
fn present_means_that_there_is_something_in_it() {
    let tenant = people();
    tenant.person(json!({"userName": "ole", "title": "", "emails": [{"type": "work"}]}));
    check(
        &tenant,
        &[
            ("title pr", &["Eve", "ada"]),
            ("name pr", &["ada"]),
            ("name.givenName pr", &["ada"]),
            ("emails pr", &["Eve", "ada", "ole"]),
            ("emails.value pr", &["Eve", "ada"]),
            ("phoneNumbers pr", &["Eve"]),
            ("emails[primary pr]", &["ada"]),
            (&format!("{ENTERPRISE}:manager pr"), &["ada"]),
            ("id pr and meta.created pr", &["Eve", "ada", "ida", "ole"]),
        ],
    );
}

// scim: 111
// dialect: 8
#[test]
fn one_value_that_matches_is_enough_and_a_bare_name_stands_for_the_value() {
    let tenant = people();
    check(
        &tenant,
        &[
            ("emails.value ew \"home.example\"", &["Eve", "ada"]),
            ("emails co \"ada@\"", &["ada"]),
            ("emails eq \"EVE@example.com\"", &["Eve"]),
            ("phoneNumbers eq \"555\"", &["Eve"]),
            (&format!("{ENTERPRISE}:manager eq \"77\""), &["ada"]),
        ],
    );
    let ada = tenant.ask("/Users", &[("filter", "userName eq \"ada\"")]).json["Resources"][0]["id"].clone();
    let group = tenant.group("Sales", &[ada.as_str().unwrap()]);
    for filter in ["members eq", "members.value eq"] {
        let filter = format!("{filter} \"{}\"", ada.as_str().unwrap());
        let found = tenant.ask("/Groups", &[("filter", &filter)]).expect(200).json;
        assert_eq!(found["Resources"][0]["id"], group.id);
    }
}

// scim: 112
#[test]
fn a_value_path_asks_one_value_for_everything() {
    check(
        &people(),
        &[
            ("emails[type eq \"work\" and value co \"@example.com\"]", &["ada"]),
            ("emails.type eq \"work\" and emails.value co \"@example.com\"", &["Eve", "ada"]),
            ("emails[type eq \"work\" and not (value co \"@example.com\")]", &["Eve"]),
            ("emails[type eq \"work\" or primary eq true]", &["Eve", "ada"]),
            ("emails[type eq \"other\"]", &[]),
        ],
    );
}

// scim: 113
// dialect: 7
#[test]
fn a_value_path_goes_together_with_everything_else_and_may_be_followed_by_a_sub_attribute() {
    check(
        &people(),
        &[
            (
                "userType eq \"Employee\" and (emails[type eq \"home\"] or phoneNumbers[type eq \"work\"])",
                &["ada"],
            ),
            ("active eq false and (emails[value sw \"ada\"] or phoneNumbers[type eq \"work\"])", &["Eve"]),
            ("not (emails[type eq \"work\"])", &["ida"]),
            ("emails[type eq \"work\"].value eq \"ada@example.com\"", &["ada"]),
            ("emails[type eq \"work\"].value ew \"home.example\"", &["Eve"]),
        ],
    );
}

// scim: 114
#[test]
fn the_version_in_a_urn_does_not_end_the_name() {
    check(
        &people(),
        &[
            (&format!("{ENTERPRISE}:department eq \"sales\""), &["ada"]),
            (&format!("{ENTERPRISE}:manager.value eq \"77\" and {USER}:userName eq \"ADA\""), &["ada"]),
            (&format!("{USER}:name.familyName sw \"by\""), &["ada"]),
        ],
    );
}

// scim: 115
#[test]
fn what_every_resource_has_can_be_filtered_by() {
    let tenant = people();
    let ida = tenant.ask("/Users", &[("filter", "userName eq \"ida\"")]).json["Resources"][0].clone();
    check(
        &tenant,
        &[
            (&format!("schemas eq \"{ENTERPRISE}\""), &["ada"]),
            (&format!("schemas eq \"{USER}\""), &["Eve", "ada", "ida"]),
            ("meta.lastModified gt \"2011-05-13T04:42:34Z\"", &["Eve", "ada", "ida"]),
            ("meta.resourceType eq \"User\"", &["Eve", "ada", "ida"]),
            ("meta.resourceType eq \"Group\"", &[]),
            (&format!("id eq {}", ida["id"]), &["ida"]),
            (&format!("meta.version eq {}", ida["meta"]["version"]), &["Eve", "ada", "ida"]),
            ("externalId eq \"A1\"", &["ada"]),
        ],
    );
}

// scim: 116
#[test]
fn a_filter_that_cannot_be_read_is_told_so() {
    let tenant = people();
    for filter in [
        "userName",
        "userName is \"ada\"",
        "userName eq \"ada\" and",
        "(userName eq \"ada\"",
        "userName eq \"ada\")",
        "emails[type eq \"work\"",
        "emails[]",
        "eq \"ada\"",
        "userName eq \"a\" xor userName eq \"b\"",
        "userName eq 7",
        "active eq 7",
        "active co true",
        "title gt null",
    ] {
        let answer = tenant.ask("/Users", &[("filter", filter)]);
        assert_eq!(refusal(&answer), "400 invalidFilter", "{filter}: {}", answer.text());
        assert!(!answer.json["detail"].as_str().unwrap().is_empty());
    }
}

// scim: 117
#[test]
fn who_has_no_title_has_another_one_than_any() {
    check(
        &people(),
        &[
            ("title ne \"Dr.\"", &["Eve", "ida"]),
            ("title eq null", &["ida"]),
            ("title ne null", &["Eve", "ada"]),
            ("nickName ne \"x\"", &["Eve", "ada", "ida"]),
        ],
    );
}

// scim: 24, 118, 196
#[test]
fn nobody_can_ask_about_a_password() {
    let tenant = people();
    for filter in
        ["password sw \"a\"", "password pr", "userName eq \"ada\" or PASSWORD eq \"x\"", "not (password pr)"]
    {
        assert_eq!(tenant.refusal(filter), "403 sensitive", "{filter}");
    }
    let ask = |parameters: &[(&str, &str)]| tenant.ask("/Users", parameters);
    assert_eq!(refusal(&ask(&[("sortBy", "password")])), "403 sensitive");
    let seen = ask(&[("attributes", "password")]).expect(200).json;
    assert_eq!(seen["Resources"][0].get("password"), None);
}

// scim: 119
// dialect: 15
#[test]
fn a_plus_in_an_address_is_a_blank_and_everything_is_decoded_once() {
    let tenant = Tenant::new();
    for name in ["a+b", "a b", "a%2Bb"] {
        tenant.person(json!({"userName": name}));
    }
    for (query, found) in [
        ("filter=userName+eq+%22a%2Bb%22", "a+b"),
        ("filter=userName+eq+%22a+b%22", "a b"),
        ("filter=userName%20eq%20%22a%20b%22&", "a b"),
        ("filter=userName%20eq%20%22a%252Bb%22", "a%2Bb"),
        ("aadOptscim062020&filter=userName+eq+%22a+b%22&nonsense=1", "a b"),
    ] {
        assert_eq!(user_names(&tenant.get(&format!("/Users?{query}")).expect(200)), [found], "{query}");
    }
    assert_eq!(tenant.get("/Users?").expect(200).json["totalResults"], 3);
    assert_eq!(tenant.get("/Users?&").expect(200).json["totalResults"], 3);
}

// scim: 120
#[test]
fn a_filter_has_a_limited_length_depth_and_number_of_terms() {
    let tenant = people();
    let search = |filter: String| {
        refusal(&tenant.post("/Users/.search", json!({"schemas": [crate::tenant::SEARCH], "filter": filter})))
    };
    assert_eq!(search(format!("userName eq \"{}\"", "a".repeat(100_000))), "400 invalidFilter");
    assert_eq!(search(format!("{}title pr{}", "(".repeat(1_000), ")".repeat(1_000))), "400 invalidFilter");
    assert_eq!(search(vec!["title pr"; 5_000].join(" or ")), "400 invalidFilter");
}

//! Pages by cursor (RFC 9865).

use serde_json::{Value, json};

use crate::{
    support::Answer,
    tenant::{SEARCH, Tenant, refusal, user_names},
};

fn seven_people() -> Tenant {
    let tenant = Tenant::new();
    for name in ["g", "a", "f", "b", "e", "c", "d"] {
        tenant.person(json!({"userName": name, "title": "Dr."}));
    }
    tenant
}

/// Follows cursors from the first page to the last; the names in the order they came.
fn all_pages(first: Answer, next: impl Fn(&str) -> Answer) -> Vec<String> {
    let (mut page, mut names) = (first.expect(200), Vec::new());
    for _ in 0..20 {
        names.extend(user_names(&page));
        let Some(cursor) = page.json["nextCursor"].as_str().map(str::to_owned) else { return names };
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(!cursor.is_empty() && cursor.bytes().all(unreserved), "{cursor}");
        page = next(&cursor).expect(200);
    }
    panic!("the pages do not end: {names:?}");
}

// scim: 180, 182
#[test]
fn following_the_cursor_shows_everybody_once_and_ends_without_one() {
    let tenant = seven_people();
    let page = |cursor: &str, count: &str| tenant.ask("/Users", &[("cursor", cursor), ("count", count)]);
    for count in ["1", "2", "3", "7", "100"] {
        let first = page("", count).expect(200);
        assert!(user_names(&first).len() <= count.parse().unwrap());
        let mut names = all_pages(first, |cursor| page(cursor, count));
        names.sort();
        assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"], "{count} at a time");
    }
    assert_eq!(page("", "7").json.get("nextCursor"), None, "a full last page is the last");
    assert_eq!(page("", "2").json["itemsPerPage"], 2);
}

// scim: 181, 183
#[test]
fn a_cursor_is_good_for_its_own_query_alone() {
    let tenant = seven_people();
    let ask = |parameters: &[(&str, &str)]| tenant.ask("/Users", parameters);
    let first = ask(&[("cursor", ""), ("count", "2"), ("filter", "title pr")]).expect(200).json;
    let cursor = first["nextCursor"].as_str().unwrap();
    ask(&[("cursor", cursor), ("count", "3"), ("filter", "title pr")]).expect(200);
    for other in [
        vec![("cursor", cursor)],
        vec![("cursor", cursor), ("filter", "title eq \"Dr.\"")],
        vec![("cursor", cursor), ("filter", "title pr"), ("sortBy", "userName")],
        vec![("cursor", cursor), ("filter", "title pr"), ("attributes", "userName")],
        vec![("cursor", "made-up"), ("filter", "title pr")],
    ] {
        assert_eq!(refusal(&ask(&other)), "400 invalidCursor", "{other:?}");
    }
    let elsewhere = Tenant::new();
    let answer = elsewhere.ask("/Users", &[("cursor", cursor), ("filter", "title pr")]);
    assert_eq!(refusal(&answer), "400 invalidCursor", "another organisation");
    let answer = tenant.ask("/Groups", &[("cursor", cursor), ("filter", "title pr")]);
    assert_eq!(refusal(&answer), "400 invalidCursor", "another endpoint");
}

// scim: 182, 183
#[test]
fn a_cursor_goes_with_a_count_but_not_with_a_start_index() {
    let tenant = seven_people();
    let ask = |parameters: &[(&str, &str)]| tenant.ask("/Users", parameters);
    assert_eq!(refusal(&ask(&[("cursor", ""), ("startIndex", "1")])), "400 invalidValue");
    assert_eq!(refusal(&ask(&[("cursor", ""), ("count", "many")])), "400 invalidCount");
    // Above the maximum the page is cut (RFC 9865 leaves this to the server).
    assert_eq!(user_names(&ask(&[("cursor", ""), ("count", "1000000")]).expect(200)).len(), 7);
    assert_eq!(user_names(&ask(&[("cursor", ""), ("count", "0")]).expect(200)).len(), 0);
}

// scim: 184
#[test]
fn who_chooses_no_method_is_answered_by_index() {
    let tenant = seven_people();
    let answer = tenant.ask("/Users", &[("count", "2")]).expect(200).json;
    assert_eq!((&answer["startIndex"], &answer["totalResults"]), (&json!(1), &json!(7)));
    assert_eq!(answer.get("nextCursor"), None);
    let config = tenant.get("/ServiceProviderConfig").expect(200).json;
    assert_eq!(config["pagination"]["defaultPaginationMethod"], "index");
}

// scim: 185
#[test]
fn the_configuration_says_how_lists_are_paged() {
    let config = Tenant::new().get("/ServiceProviderConfig").expect(200).json;
    let pagination = &config["pagination"];
    assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)));
    for number in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
        assert!(pagination[number].as_u64().is_some_and(|number| number > 0), "{number}: {pagination}");
    }
    assert_eq!(pagination["maxPageSize"], config["filter"]["maxResults"]);
}

// scim: 186
#[test]
fn a_search_by_post_is_paged_by_cursors_in_its_body() {
    let tenant = seven_people();
    let search = |cursor: Value| {
        let body = json!({"schemas": [SEARCH], "filter": "userName ne \"d\"", "count": 2, "cursor": cursor});
        tenant.post("/Users/.search", body)
    };
    let mut names = all_pages(search(json!("")), |cursor| search(json!(cursor)));
    names.sort();
    assert_eq!(names, ["a", "b", "c", "e", "f", "g"]);
}

// scim: 187
#[test]
fn cursors_follow_the_order_that_was_asked_for_while_people_come_and_go() {
    let tenant = seven_people();
    tenant.person(json!({"userName": "x", "nickName": "no title"}));
    for (by, order, sorted) in [
        ("userName", "ascending", ["a", "b", "c", "d", "e", "f", "g", "x"]),
        ("userName", "descending", ["x", "g", "f", "e", "d", "c", "b", "a"]),
    ] {
        let page = |cursor: &str| {
            tenant.ask("/Users", &[("cursor", cursor), ("count", "3"), ("sortBy", by), ("sortOrder", order)])
        };
        assert_eq!(all_pages(page(""), page), sorted);
    }
    let page =
        |cursor: &str| tenant.ask("/Users", &[("cursor", cursor), ("count", "3"), ("sortBy", "title")]);
    assert_eq!(all_pages(page(""), page).last().map(String::as_str), Some("x"), "without a value: last");
    // Who is deleted on a page already seen moves nobody over the edge of the next.
    let page =
        |cursor: &str| tenant.ask("/Users", &[("cursor", cursor), ("count", "3"), ("sortBy", "userName")]);
    let first = page("").expect(200);
    assert_eq!(user_names(&first), ["a", "b", "c"]);
    let a = first.json["Resources"][0]["id"].as_str().unwrap();
    tenant.delete(&format!("/Users/{a}")).expect(204);
    assert_eq!(user_names(&page(first.json["nextCursor"].as_str().unwrap())), ["d", "e", "f"]);
}

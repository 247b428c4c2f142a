//! Pages by `startIndex` and `count` (RFC 7644 §3.4.2.4).

use serde_json::json;

use crate::tenant::{Tenant, refusal, user_names};

fn five_people() -> Tenant {
    let tenant = Tenant::new();
    for name in ["e", "d", "c", "b", "a"] {
        tenant.person(json!({"userName": name}));
    }
    tenant
}

// scim: 125, 128
#[test]
fn pages_by_index_start_at_one_and_follow_each_other_without_gap_or_repetition() {
    let tenant = five_people();
    let page = |start: &str| tenant.ask("/Users", &[("startIndex", start), ("count", "2")]).expect(200);
    let first = user_names(&page("1"));
    for start in ["0", "-7"] {
        let answer = page(start);
        assert_eq!((user_names(&answer), &answer.json["startIndex"]), (first.clone(), &json!(1)));
    }
    assert_eq!(user_names(&tenant.ask("/Users", &[("count", "2")])), first);
    let mut all = first;
    for start in ["3", "5"] {
        let answer = page(start);
        assert_eq!(answer.json["totalResults"], 5);
        assert_eq!(answer.json["startIndex"].to_string(), start);
        assert_eq!(answer.json["itemsPerPage"], user_names(&answer).len());
        all.extend(user_names(&answer));
    }
    assert_eq!(all, user_names(&tenant.get("/Users")), "the order is the same from page to page");
    all.sort();
    assert_eq!(all, ["a", "b", "c", "d", "e"]);
}

// scim: 126
#[test]
fn a_count_of_none_or_less_asks_for_the_total_alone() {
    let tenant = five_people();
    for count in ["0", "-1", "-99999999999999999999"] {
        let answer =
            tenant.ask("/Users", &[("count", count), ("filter", "userName gt \"b\"")]).expect(200).json;
        assert_eq!((&answer["totalResults"], &answer["itemsPerPage"]), (&json!(3), &json!(0)), "{count}");
        assert_eq!(answer["Resources"], json!([]));
    }
    for count in 1..=6 {
        let answer = tenant.ask("/Users", &[("count", &count.to_string())]).expect(200);
        assert_eq!(user_names(&answer).len(), count.min(5));
    }
    assert_eq!(user_names(&tenant.ask("/Users", &[("count", "99999999999999999999")])).len(), 5);
}

// scim: 127
#[test]
fn what_is_no_whole_number_is_refused_and_a_start_behind_the_end_is_an_empty_page() {
    let tenant = five_people();
    for (name, value) in [("startIndex", "one"), ("count", "1.5"), ("count", "many"), ("startIndex", "1e3")] {
        assert_eq!(refusal(&tenant.ask("/Users", &[(name, value)])), "400 invalidValue", "{name}={value}");
    }
    for start in ["6", "1000000", "99999999999999999999"] {
        let answer = tenant.ask("/Users", &[("startIndex", start)]).expect(200).json;
        assert_eq!((&answer["totalResults"], &answer["itemsPerPage"]), (&json!(5), &json!(0)), "{start}");
        assert_eq!(answer["Resources"], json!([]));
    }
}

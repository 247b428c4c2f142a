//! Lists (RFC 7644 §3.4.2).

use serde_json::json;

use crate::tenant::{GROUP, LIST, Tenant, USER, keys, refusal, strings, user_names};

// scim: 85, 86
// dialect: 19
#[test]
fn a_search_that_finds_nobody_is_an_empty_list() {
    let tenant = Tenant::new();
    for path in ["/Users", "/Groups", "/"] {
        let answer = tenant.ask(path, &[("filter", "displayName eq \"nobody\"")]).expect(200);
        let empty = json!({"schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []});
        assert_eq!(answer.json, empty);
    }
}

// scim: 86, 87, 128
#[test]
fn a_list_counts_what_it_holds_and_shows_each_resource_as_a_read_would() {
    let tenant = Tenant::new();
    let people: Vec<_> =
        ["ada", "eve", "ida"].map(|name| tenant.person(json!({"userName": name, "title": "Dr."}))).into();
    let list = tenant.ask("/Users", &[("count", "2")]).expect(200).json;
    assert_eq!(list["schemas"], json!([LIST]));
    assert_eq!(
        (&list["totalResults"], &list["startIndex"], &list["itemsPerPage"]),
        (&json!(3), &json!(1), &json!(2))
    );
    for resource in list["Resources"].as_array().unwrap() {
        let person = people.iter().find(|person| person.id == resource["id"]).unwrap();
        assert_eq!(*resource, person.read());
    }
    let cut = tenant.ask("/Users", &[("attributes", "title")]).expect(200).json;
    for resource in cut["Resources"].as_array().unwrap() {
        assert_eq!(keys(resource), ["id", "schemas", "title"]);
    }
}

// scim: 88
#[test]
fn an_attribute_that_no_schema_knows_is_unassigned_for_everybody() {
    let tenant = Tenant::new();
    tenant.somebody();
    for filter in ["shoeSize pr", "shoeSize eq 7", "name.shoeSize eq \"x\"", "urn:no:such:schema:x eq \"y\""]
    {
        assert!(tenant.found(filter).is_empty(), "{filter}");
    }
    assert_eq!(tenant.found("not (shoeSize pr)"), ["ada"]);
}

// scim: 89, 91
#[test]
fn the_root_answers_for_people_and_groups_together() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "displayName": "Sales"}));
    let group = tenant.group("Sales", &[]);
    let ids = |filter: &str| {
        let mut ids = strings(&tenant.ask("/", &[("filter", filter)]).expect(200).json["Resources"], "id");
        ids.sort();
        ids
    };
    let mut both = vec![ada.id.clone(), group.id.clone()];
    both.sort();
    assert_eq!(ids("displayName eq \"sales\""), both);
    assert_eq!(ids("meta.resourceType eq \"Group\""), [group.id.as_str()]);
    assert_eq!(ids("meta.resourceType eq \"User\" and displayName pr"), [ada.id.as_str()]);
    // What a type does not have is not present in it.
    assert_eq!(ids("userName pr"), [ada.id.as_str()]);
    assert_eq!(ids("not (userName pr)"), [group.id.as_str()]);
    assert_eq!(ids(&format!("schemas eq \"{GROUP}\"")), [group.id.as_str()]);
    assert_eq!(ids(&format!("schemas eq \"{USER}\"")), [ada.id.as_str()]);
    assert_eq!(tenant.get("/").expect(200).json["totalResults"], 2);
    let pages: Vec<String> = (1..=3)
        .flat_map(|start| {
            let start = start.to_string();
            let page = tenant.ask("/", &[("startIndex", start.as_str()), ("count", "1")]).expect(200).json;
            assert_eq!(page["totalResults"], 2);
            strings(&page["Resources"], "id")
        })
        .collect();
    assert_eq!(pages, [ada.id.as_str(), group.id.as_str()], "people first, and nobody twice");
}

// scim: 91
#[test]
fn the_root_is_in_one_order_and_says_where_another_can_be_had() {
    let tenant = Tenant::new();
    for parameter in [("sortBy", "userName"), ("cursor", "")] {
        let answer = tenant.ask("/", &[parameter]);
        assert_eq!(refusal(&answer), "400 invalidValue");
        assert!(answer.json["detail"].as_str().unwrap().contains("/Users/.search"), "{}", answer.json);
    }
}

// scim: 90
#[test]
fn a_list_that_would_be_too_long_is_cut_to_a_page_and_never_refused() {
    let tenant = Tenant::new();
    tenant.somebody();
    let most =
        tenant.get("/ServiceProviderConfig").expect(200).json["filter"]["maxResults"].as_u64().unwrap();
    let answer = tenant.ask("/Users", &[("count", &(most + 1).to_string())]).expect(200);
    assert_eq!(user_names(&answer), ["ada"]);
}

// dialect: 18
#[test]
fn who_is_inactive_stays_visible_and_who_is_deleted_does_not() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "active": false}));
    assert_eq!(ada.read()["active"], false);
    assert_eq!(tenant.found("userName eq \"ada\""), ["ada"]);
    assert_eq!(tenant.found("active eq false"), ["ada"]);
    assert_eq!(user_names(&tenant.get("/Users")), ["ada"]);
    tenant.delete(&ada.path).expect(204);
    assert!(tenant.found("userName eq \"ada\"").is_empty());
    assert_eq!(refusal(&tenant.get(&ada.path)), "404");
}

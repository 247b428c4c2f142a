//! Who waits for a directory, and who is probably the same.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

const MATCHES: &str = "/console/matches";

#[test]
fn who_waits_for_a_directory_is_listed_with_who_is_probably_the_same_and_how_sure_that_is() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page(MATCHES).contains("Nobody waits for a directory"));
    let people = json!({"people": [
        {"id": "E-17", "user_name": "ada", "display_name": "Ada Lovelace", "email": "ada@acme.test"},
        {"id": "E-18", "user_name": "bob", "external_id": "bob-at-the-idp", "email": "bob@acme.test"},
        {"user_name": "cy"},
    ]});
    world.server.admin("POST", "/v1/imports", Some(&people)).expect(200);
    let mail = |address: &str| json!([{"value": address, "primary": true}]);
    world.person_with(json!({"userName": "a.lovelace@acme.test", "emails": mail("ada@acme.test")}));
    world.person_with(json!({"userName": "b@acme.test", "externalId": "bob-at-the-idp"}));
    let read = read_aloud(&ada.page(MATCHES));
    for words in [
        "3 people wait for a directory.",
        "Ada Lovelace ada your id E-17 ada@acme.test active",
        "a.lovelace@acme.test unsure pushed by default: the same address, in a domain that nobody verified",
        "b@acme.test sure pushed by default: the same id",
        "cy none active nobody so far",
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    let verified = json!({"switches": {"verified_domains": ["acme.test"]}});
    world.server.admin("PATCH", "/v1/scim/connections/default", Some(&verified)).expect(200);
    let read = read_aloud(&ada.page(MATCHES));
    assert!(read.contains("a.lovelace@acme.test likely"), "{read}");
}

#[test]
fn those_who_wait_come_page_by_page() {
    let world = World::new();
    let people: Vec<_> = (0..60).map(|n| json!({"user_name": format!("p{n:02}")})).collect();
    world.server.admin("POST", "/v1/imports", Some(&json!({"people": people}))).expect(200);
    let mut ada = Browser::first_owner(&world.server);
    let first = ada.page(MATCHES);
    let (_, rest) = first.split_once("rel=\"next\" href=\"").expect("a next page");
    let second = ada.page(&rest.split_once('"').unwrap().0.replace("&amp;", "&"));
    let count = |page: &str| page.matches("nobody so far").count();
    assert_eq!((count(&first), count(&second)), (50, 10));
    assert!(second.contains("First page") && !second.contains("Next page"));
}

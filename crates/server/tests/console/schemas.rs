//! Attributes of an organisation's own, managed in the console.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

const LIST: &str = "/console/settings/schemas";
const URN: &str = "urn:acme:params:scim:schemas:extension:hr:1.0:User";

fn document(attributes: serde_json::Value) -> String {
    json!({"id": URN, "name": "HR", "resourceType": "User", "attributes": attributes}).to_string()
}

fn page_of(urn: &str) -> String {
    let encoded: String = urn.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("{LIST}/{encoded}")
}

#[test]
fn a_schema_is_added_seen_replaced_and_removed() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page(LIST).contains("No schema of your own"));
    let first = document(json!([
        {"name": "costLevel", "type": "integer", "description": "What they may spend"},
        {"name": "desk", "type": "complex", "subAttributes": [{"name": "floor", "type": "integer", "mutability": "immutable"}]},
    ]));
    let added = ada.plan_and_do(LIST, &[("document", &first)], |plan| {
        assert!(plan.contains(&format!("Schema created: {URN}")), "{plan}");
        assert_eq!(world.server.admin("GET", "/v1/scim/schemas", None).json["total"], 0);
    });
    let read = read_aloud(&added);
    for words in [
        "The schema is added.",
        "HR What it is",
        "Extends people",
        "costLevel integer one value, read and written What they may spend",
        "desk.floor integer set once",
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    assert!(ada.page(LIST).contains(URN));
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", URN], "userName": "ann@acme.test", URN: {"costLevel": 3}});
    let made = world.server.scim("POST", "/Users", Some(&user)).expect(201).json;
    assert_eq!(made[URN]["costLevel"], 3, "it holds from the next request on");

    let path = page_of(URN);
    let second = document(json!([{"name": "badge"}]));
    let replaced = ada.plan_and_do(&path, &[("replacement", &second)], |_| ());
    assert!(replaced.contains("The schema is replaced.") && !replaced.contains("costLevel"), "{replaced}");
    let gone =
        ada.plan_and_do(&format!("{path}/delete"), &[], |plan| assert!(plan.contains("Schema deleted")));
    assert!(gone.contains("The schema is removed.") && !gone.contains(URN), "{gone}");
    ada.get(&path).expect(404);
}

#[test]
fn a_document_that_breaks_a_rule_is_told_and_stays_to_be_put_right() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    for (wrong, why) in [
        ("{\"id\": ", "The document is no JSON"),
        (r#"{"id": "urn:acme:x", "attributes": [{"name": "badge"}]}"#, "ResourceType: is missing"),
        (r#"{"id": "urn:acme:x", "resourceType": "User", "attributes": [{"name": "title"}]}"#, "title"),
    ] {
        let page = ada.send_only(LIST, LIST, &[("document", wrong)]).expect(422).text();
        assert!(page.contains(why) && page.contains(&wrong.replace('"', "&quot;")), "{why}\n{page}");
    }
    let first = document(json!([{"name": "badge"}]));
    ada.plan_and_do(LIST, &[("document", &first)], |_| ());
    let again = ada.send_only(LIST, LIST, &[("document", &first)]).expect(422).text();
    assert!(again.contains("has the schema"), "{again}");
    let path = page_of(URN);
    let other = first.replace("hr:1.0", "hr:2.0");
    let page = ada.send_only(&path, &path, &[("replacement", &other)]).expect(422).text();
    assert!(page.contains("a schema keeps its URN") && page.contains("hr:2.0"), "{page}");
    // A URN may hold what an address cannot.
    let odd = r#"{"id": "urn:acme:a/b%20c", "resourceType": "Group", "attributes": [{"name": "badge"}]}"#;
    let added = ada.plan_and_do(LIST, &[("document", odd)], |_| ());
    assert!(added.contains("urn:acme:a/b%20c") && added.contains("Extends"), "{added}");
}

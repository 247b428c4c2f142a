//! What a program that follows an organisation is told.

use serde_json::{Value, json};

use crate::world::World;

fn page(world: &World, query: &str) -> Value {
    world.server.admin("GET", &format!("/v1/events?{query}"), None).expect(200).json
}

#[test]
fn an_event_says_by_which_request_of_whom_it_came() {
    let world = World::new();
    let (sales, ada) = (world.workspace("Sales"), world.person("ada"));
    world.group("Sellers", &[&ada]);
    let mapping = world.map("Sellers", &sales, "manager").expect(200);
    let joined = &page(&world, "type=membership.created")["data"][0];
    assert_eq!((&joined["user_id"], &joined["new_role"]), (&json!(ada), &json!("manager")));
    assert_eq!(joined["cause"]["change_id"], mapping.header("x-request-id"));
    assert_eq!(joined["cause"]["by"]["type"], "api_key");
    let keys = world.server.admin("GET", "/v1/admin/api-keys", None).json;
    assert_eq!(joined["cause"]["by"]["key_id"], keys["data"][0]["id"]);

    let mapped = &page(&world, "type=mapping.created")["data"][0];
    assert_eq!(mapped["mapping_id"], mapping.json["id"]);
    assert_eq!(
        (&mapped["group_id"], &mapped["subject"]),
        (&mapping.json["scim_group_id"], &json!("Sellers"))
    );

    let created = &page(&world, "type=user.")["data"][0];
    let by = &created["cause"]["by"];
    let tokens = world.server.admin("GET", "/v1/scim/tokens", None).json;
    assert_eq!((&by["type"], &by["token_id"]), (&json!("idp"), &tokens["data"][0]["id"]));
    let connections = world.server.admin("GET", "/v1/scim/connections", None).json;
    assert_eq!(by["connection_id"], connections["data"][0]["id"]);
    assert_eq!((&created["type"], &created["new_role"]), (&json!("user.created"), &json!("member")));
}

// pain: 4
#[test]
fn a_person_who_is_pushed_as_inactive_is_told_to_be_so() {
    let world = World::new();
    world.person_with(json!({"userName": "ada@acme.test", "active": false}));
    let data = page(&world, "type=user.")["data"].clone();
    let types: Vec<&str> =
        data.as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["user.created", "user.deactivated"]);
}

#[test]
fn a_group_in_a_group_is_named_by_its_id() {
    let world = World::new();
    let inner = world.group("Inner", &[]);
    let outer = world.group("Outer", &[&inner]);
    let event = &page(&world, "type=group.member_added")["data"][0];
    assert_eq!((&event["group_id"], &event["member_group_id"]), (&json!(outer), &json!(inner)));
    assert_eq!((event.get("user_id"), event.get("subject")), (None, None));
}

// pain: 13
#[test]
fn a_follower_that_keeps_the_last_id_is_told_everything_of_a_type_once() {
    let world = World::new();
    let group = world.group("ws-Sales-role-member", &[]);
    let people: Vec<String> = (0..7).map(|number| world.person(&format!("p{number}"))).collect();
    for person in &people {
        world.join(&group, person);
    }
    let (mut after, mut told) = ("0".to_owned(), Vec::new());
    loop {
        let page = page(&world, &format!("after={after}&limit=2&type=membership."));
        let events = page["data"].as_array().unwrap();
        told.extend(events.iter().map(|event| event["user_id"].as_str().unwrap().to_owned()));
        page["last_id"].as_str().unwrap().clone_into(&mut after);
        if page["next_cursor"].is_null() {
            break;
        }
        assert_eq!(page["next_cursor"], page["last_id"]);
    }
    assert_eq!(told, people);
    // Nothing has happened since: the place stays.
    let later = page(&world, &format!("after={after}&type=membership."));
    assert_eq!((&later["data"], &later["last_id"]), (&json!([]), &json!(after)));
}

#[test]
fn a_type_that_there_is_not_is_refused() {
    let world = World::new();
    let answer = world.server.admin("GET", "/v1/events?type=membership.made", None).expect(400);
    assert!(answer.text().contains("there is no type `membership.made`"), "{}", answer.text());
}

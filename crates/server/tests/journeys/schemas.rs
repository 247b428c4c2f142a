//! Attributes of an organisation's own: an administrator adds a schema, and the identity provider uses it.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    world::{World, id_of},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const HR: &str = "urn:example:params:scim:schemas:extension:hr:1.0:User";

fn hr() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": HR, "name": "HR", "resourceType": "User",
        "attributes": [
            {"name": "costLevel", "type": "integer"},
            {"name": "badge", "caseExact": true, "mutability": "immutable"},
            {"name": "joined", "type": "dateTime"},
            {"name": "skills", "multiValued": true},
            {"name": "desk", "type": "complex", "subAttributes": [{"name": "floor", "type": "integer"}, {"name": "window", "type": "boolean"}]},
            {"name": "salary", "type": "decimal", "returned": "request"},
            {"name": "pin", "mutability": "writeOnly", "returned": "never"},
        ],
    })
}

fn add(world: &World, schema: &Value) -> Answer {
    world.server.admin("POST", "/v1/scim/schemas", Some(schema))
}

fn post(world: &World, name: &str, attributes: Value) -> Answer {
    let body = json!({"schemas": [USER, HR], "userName": name, HR: attributes});
    world.server.scim("POST", "/Users", Some(&body))
}

/// Who satisfies a filter, by userName and in the order of the answer.
fn found(world: &World, query: &str) -> Vec<String> {
    let encode = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '&' | '=' | '.' | ':' => c.to_string(),
        other => format!("%{:02X}", u32::from(other)),
    };
    let query: String = query.chars().map(encode).collect();
    let answer = world.server.scim("GET", &format!("/Users?{query}"), None).expect(200).json;
    let names = |one: &Value| one["userName"].as_str().unwrap().to_owned();
    answer["Resources"].as_array().unwrap().iter().map(names).collect()
}

// scim: 4, 6, 7, 21, 26
#[test]
fn an_added_schema_is_validated_stored_filtered_sorted_patched_and_shown() {
    let world = World::new();
    assert!(post(&world, "before", json!({"costLevel": 3})).expect(201).json.get(HR).is_none());
    let added = add(&world, &hr()).expect(201);
    assert_eq!(added.header("location"), format!("/v1/scim/schemas/{HR}"));
    assert_eq!(added.json["attributes"][0]["multiValued"], false, "with every characteristic");

    let attributes = json!({
        "COSTLEVEL": 3, "badge": "A7", "joined": "2026-03-01T09:00:00Z", "skills": ["Chess", "Rust"],
        "desk": {"floor": 4, "window": true}, "salary": 10.5, "pin": "1234", "unknown": 1,
    });
    let made = post(&world, "ada", attributes).expect(201);
    let ada = id_of(&made);
    let mut kept = json!({
        "costLevel": 3, "badge": "A7", "joined": "2026-03-01T09:00:00Z", "skills": ["Chess", "Rust"],
        "desk": {"floor": 4, "window": true},
    });
    let read = |query: &str| world.server.scim("GET", &format!("/Users/{ada}{query}"), None).expect(200).json;
    assert_eq!(read("")[HR], kept, "salary on request only, pin never");
    assert_eq!(read("")["schemas"], json!([USER, HR]));
    assert_eq!(read(&format!("?attributes={HR}:salary"))[HR], json!({"salary": 10.5}));
    assert_eq!(read(&format!("?excludedAttributes={HR}:desk,{HR}:skills"))[HR].as_object().unwrap().len(), 3);

    for (attributes, place) in [
        (json!({"costLevel": "high"}), ":costLevel must be a whole number"),
        (json!({"costLevel": 1.5}), ":costLevel must be a whole number"),
        (json!({"joined": "yesterday"}), ":joined must be a date and time"),
        (json!({"desk": {"window": "maybe"}}), ":desk.window must be true or false"),
        (json!([]), " must be an object"),
    ] {
        let refused = post(&world, "wrong", attributes).expect(400).json;
        assert_eq!(refused["scimType"], "invalidValue");
        assert!(refused["detail"].as_str().unwrap().starts_with(&format!("{HR}{place}")), "{refused}");
    }

    post(&world, "grace", json!({"costLevel": 10, "badge": "a7", "joined": "2025-01-01T00:00:00Z"}))
        .expect(201);
    for (filter, wanted) in [
        (format!("{HR}:costLevel eq 3"), &["ada"][..]),
        (format!("{HR}:costLevel gt 3"), &["grace"]),
        (format!("{HR}:badge eq \"A7\""), &["ada"]),
        (format!("{HR}:skills eq \"chess\""), &["ada"]),
        (format!("{HR}:desk.floor ge 4 and {HR}:desk.window eq true"), &["ada"]),
        (format!("{HR}:joined lt \"2026-01-01T00:00:00Z\""), &["grace"]),
        (format!("not ({HR}:costLevel pr)"), &["before"]),
    ] {
        assert_eq!(found(&world, &format!("filter={filter}")), wanted, "{filter}");
    }

    assert_eq!(found(&world, &format!("sortBy={HR}:costLevel")), ["ada", "grace", "before"]);
    assert_eq!(found(&world, &format!("sortBy={HR}:joined&sortOrder=ascending")), ["grace", "ada", "before"]);

    let patched = world.patch(
        &format!("/Users/{ada}"),
        json!([
            {"op": "replace", "path": format!("{HR}:costLevel"), "value": 5},
            {"op": "add", "path": format!("{HR}:skills"), "value": ["Go"]},
            {"op": "remove", "path": format!("{HR}:desk.window")},
        ]),
    );
    kept["costLevel"] = json!(5);
    kept["skills"] = json!(["Chess", "Rust", "Go"]);
    kept["desk"] = json!({"floor": 4});
    assert_eq!(patched.expect(200).json[HR], kept);
    assert_eq!(found(&world, &format!("filter={HR}:costLevel eq 5")), ["ada"]);
    let badge = json!([{"op": "replace", "path": format!("{HR}:badge"), "value": "B1"}]);
    assert_eq!(world.patch(&format!("/Users/{ada}"), badge).expect(400).json["scimType"], "mutability");
    let level = json!([{"op": "replace", "path": format!("{HR}:costLevel"), "value": "x"}]);
    assert_eq!(world.patch(&format!("/Users/{ada}"), level).expect(400).json["scimType"], "invalidValue");
}

// scim: 61, 62
#[test]
fn an_added_schema_is_discovered_and_only_in_its_organisation() {
    let world = World::new();
    add(&world, &hr()).expect(201);
    let token = world.server.create_org("other");
    let other = |path: &str| {
        let url = format!("{}{path}", world.server.tenant_url_of("other"));
        world.server.request("GET", &url).bearer(&token).send()
    };
    let own = |path: &str| world.server.scim("GET", path, None);

    let schema = own(&format!("/Schemas/{HR}")).expect(200).json;
    assert_eq!((&schema["id"], &schema["meta"]["resourceType"]), (&json!(HR), &json!("Schema")));
    assert_eq!(schema["attributes"][0]["type"], "integer");
    other(&format!("/Schemas/{HR}")).expect(404);
    assert_eq!(own("/Schemas").expect(200).json["totalResults"], 4);
    assert_eq!(other("/Schemas").expect(200).json["totalResults"], 3);
    let extensions = |answer: Answer| answer.json["schemaExtensions"].as_array().unwrap().len();
    assert_eq!(extensions(own("/ResourceTypes/User").expect(200)), 2);
    assert_eq!(extensions(other("/ResourceTypes/User").expect(200)), 1);

    let body = json!({"schemas": [USER, HR], "userName": "ada", HR: {"costLevel": "not even a number"}});
    let url = format!("{}/Users", world.server.tenant_url_of("other"));
    let made = world.server.request("POST", &url).bearer(&token).json(&body, "application/scim+json").send();
    assert_eq!(made.expect(201).json["schemas"], json!([USER]), "unknown there, and so not read");
}

#[test]
fn groups_have_attributes_of_their_own_too() {
    let world = World::new();
    let urn = "urn:example:sites:1.0:Group";
    let schema = json!({"id": urn, "resourceType": "Group", "attributes": [{"name": "site"}]});
    add(&world, &schema).expect(201);
    let body = json!({"schemas": [GROUP, urn], "displayName": "Berlin", urn: {"site": "BER"}});
    let group = id_of(&world.server.scim("POST", "/Groups", Some(&body)).expect(201));
    let ada = world.person("ada");
    world.join(&group, &ada);
    let operations = json!([{"op": "replace", "path": format!("{urn}:site"), "value": "BER2"}]);
    world.patch(&format!("/Groups/{group}"), operations).expect(204);
    let path = format!("/Groups?filter={urn}:site%20eq%20%22ber2%22");
    let listed = world.server.scim("GET", &path, None).expect(200).json;
    assert_eq!((&listed["totalResults"], &listed["Resources"][0][urn]["site"]), (&json!(1), &json!("BER2")));
    assert_eq!(listed["Resources"][0]["members"][0]["value"], ada.as_str());
}

// scim: 63
#[test]
fn a_required_extension_is_asked_of_new_resources_and_never_keeps_anybody_active() {
    let world = World::new();
    let ada = world.person("ada");
    let mut schema = hr();
    schema["required"] = json!(true);
    schema["attributes"][0]["required"] = json!(true);
    add(&world, &schema).expect(201);
    let refused = post(&world, "grace", json!({"badge": "7"})).expect(400).json;
    assert!(refused["detail"].as_str().unwrap().contains("costLevel is required"), "{refused}");
    let body = json!({"schemas": [USER], "userName": "grace"});
    world.server.scim("POST", "/Users", Some(&body)).expect(400);
    post(&world, "grace", json!({"costLevel": 1})).expect(201);
    world.set_active(&ada, json!(false));
}

#[test]
fn a_removed_schema_hides_its_values_until_it_comes_back() {
    let world = World::new();
    add(&world, &hr()).expect(201);
    let (ada, grace) = (
        id_of(&post(&world, "ada", json!({"costLevel": 3})).expect(201)),
        id_of(&post(&world, "grace", json!({"costLevel": 4})).expect(201)),
    );
    world.server.admin("DELETE", &format!("/v1/scim/schemas/{HR}"), None).expect(204);
    let read = |id: &str| world.server.scim("GET", &format!("/Users/{id}"), None).expect(200).json;
    let hidden = read(&ada);
    assert_eq!((&hidden["schemas"], hidden.get(HR)), (&json!([USER]), None));
    let listed = world.server.scim("GET", "/Users", None).expect(200);
    assert!(!listed.text().contains(HR), "{}", listed.text());
    assert_eq!(found(&world, &format!("filter={HR}:costLevel eq 3")), [""; 0]);
    // Written again, Grace loses hers for good.
    let title = json!([{"op": "replace", "path": "title", "value": "Admiral"}]);
    world.patch(&format!("/Users/{grace}"), title).expect(200);

    add(&world, &hr()).expect(201);
    assert_eq!(read(&ada)[HR], json!({"costLevel": 3}));
    assert_eq!(read(&grace).get(HR), None);
    assert_eq!(found(&world, &format!("filter={HR}:costLevel pr")), ["ada"]);
    let events = world.events();
    let of_schemas: Vec<_> = events.iter().filter(|kind| kind.starts_with("schema.")).collect();
    assert_eq!(of_schemas, ["schema.created", "schema.deleted", "schema.created"]);
}

#[test]
fn a_replaced_schema_holds_for_each_resource_from_its_next_change() {
    let world = World::new();
    add(&world, &hr()).expect(201);
    let ada = id_of(&post(&world, "ada", json!({"costLevel": 3, "badge": "A7"})).expect(201));
    let mut changed = hr();
    changed["attributes"] = json!([{"name": "costLevel"}, {"name": "badge"}, {"name": "site"}]);
    let path = format!("/v1/scim/schemas/{}", HR.to_uppercase());
    let answer = world.server.admin("PUT", &path, Some(&changed)).expect(200).json;
    assert_eq!(answer["attributes"].as_array().unwrap().len(), 3);
    assert_eq!(world.server.admin("GET", &path, None).expect(200).json, answer);

    let read = || world.server.scim("GET", &format!("/Users/{ada}"), None).expect(200).json[HR].clone();
    assert_eq!(read(), json!({"costLevel": 3, "badge": "A7"}), "nothing is rewritten");
    let site = json!([{"op": "add", "path": format!("{HR}:site"), "value": "Berlin"}]);
    world.patch(&format!("/Users/{ada}"), site).expect(200);
    assert_eq!(read(), json!({"badge": "A7", "site": "Berlin"}), "a number is no text");
    assert_eq!(post(&world, "grace", json!({"costLevel": "high"})).expect(201).json[HR]["costLevel"], "high");
}

#[test]
fn a_schema_that_cannot_be_used_is_refused_with_what_to_do() {
    let world = World::new();
    add(&world, &hr()).expect(201);
    let with = |key: &str, value: Value| {
        let mut schema = hr();
        schema["id"] = json!("urn:example:other:1.0");
        schema[key] = value;
        schema
    };
    for (schema, told) in [
        (with("id", json!("hr")), "schema id \"hr\" is not a URN; use something like urn:"),
        (with("id", json!(USER)), "User already has the schema urn:ietf"),
        (with("resourceType", Value::Null), "resourceType: found null; write \"User\" or \"Group\""),
        (
            with("attributes", json!([{"name": "a", "type": "text"}])),
            "attributes[0]: unknown variant `text`, expected one of",
        ),
        (
            with("attributes", json!([{"name": "userName"}])),
            "urn:example:other:1.0: User has an attribute userName itself",
        ),
        (
            with("attributes", json!([{"name": "a", "multivalued": true}])),
            "attributes[0]: there is no characteristic",
        ),
    ] {
        let refused = add(&world, &schema).expect(400);
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert!(refused.json["detail"].as_str().unwrap().starts_with(told), "{}", refused.text());
    }
    let again = add(&world, &hr()).expect(409).json;
    assert_eq!(again["existing"], json!({"id": HR, "resourceType": "User"}));
    world.server.admin("GET", "/v1/scim/schemas/urn:example:nothing", None).expect(404);
    world.server.admin("DELETE", "/v1/scim/schemas/urn:example:nothing", None).expect(404);
    let listed = world.server.admin("GET", "/v1/scim/schemas", None).expect(200).json;
    assert_eq!((listed["data"].as_array().unwrap().len(), &listed["total"]), (1, &json!(1)));
}

#[test]
fn the_command_line_adds_schemas_from_files_lists_and_removes_them() {
    let world = World::new();
    let run = |arguments: &[&str]| world.server.rolecall(arguments);
    world.server.sandbox.write("hr.json", &hr().to_string());
    world.server.sandbox.write("broken.json", "{\"id\": ");
    world
        .server
        .sandbox
        .write("wrong.json", "{\"id\": \"urn:a:b\", \"resourceType\": \"User\", \"attributes\": []}");
    let file = |name: &'static str| ["schema", "add", "--org", "default", "--file", name];
    assert_eq!(run(&file("hr.json")).expect(0).line(), HR);
    assert_eq!(post(&world, "ada", json!({"costLevel": 3})).expect(201).json[HR]["costLevel"], 3);
    for (name, told) in [
        ("hr.json", "already, for User"),
        ("nothing.json", "cannot read nothing.json"),
        ("broken.json", "broken.json is not JSON"),
        ("wrong.json", "attributes is empty"),
    ] {
        let failed = run(&file(name)).expect(1);
        assert!(failed.err.contains(told), "{}", failed.err);
    }
    let list = run(&["schema", "list", "--org", "default", "--json"]).expect(0).json();
    assert_eq!((&list[0]["id"], &list[0]["resourceType"]), (&json!(HR), &json!("User")));
    assert!(run(&["schema", "list", "--org", "default"]).expect(0).out.contains(HR));
    run(&["schema", "remove", "--org", "default", HR]).expect(0);
    assert!(
        run(&["schema", "remove", "--org", "default", HR]).expect(1).err.contains("has not added a schema")
    );
    assert!(world.server.scim("GET", "/Users", None).expect(200).json["Resources"][0].get(HR).is_none());
}

//! Several clients at once.

use std::collections::BTreeSet;

use serde_json::json;

use crate::world::{World, id_of};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

// pain: 1
#[test]
fn clients_that_patch_one_group_at_once_lose_nothing() {
    let world = World::new();
    let group = world.group("ws-Sales-role-member", &[]);
    let people: Vec<String> = (0..40).map(|number| world.person(&format!("p{number:02}"))).collect();
    let server = &world.server;
    let url = format!("{}/Groups/{group}", server.tenant_url);
    std::thread::scope(|threads| {
        for part in people.chunks(10) {
            let url = &url;
            threads.spawn(move || {
                let patch = |operations| {
                    let body = json!({"schemas": [PATCH], "Operations": operations});
                    let request = server.request("PATCH", url).bearer(&server.token);
                    request.json(&body, "application/scim+json").send().expect(204);
                };
                for person in part {
                    patch(json!([{"op": "Add", "path": "members", "value": [{"value": person}]}]));
                }
                // Every second one leaves again, in the other spelling.
                for person in part.iter().step_by(2) {
                    patch(json!([{"op": "remove", "path": format!("members[value eq \"{person}\"]")}]));
                }
            });
        }
    });
    let wanted: BTreeSet<&str> = people.iter().skip(1).step_by(2).map(String::as_str).collect();
    let read = server.scim("GET", &format!("/Groups/{group}"), None).expect(200).json;
    let members = read["members"].as_array().unwrap();
    let found: BTreeSet<&str> = members.iter().map(|member| member["value"].as_str().unwrap()).collect();
    assert_eq!(found, wanted);
    assert_eq!(members.len(), wanted.len(), "nobody is in twice");
    assert_eq!(world.people_in("sales").len(), wanted.len());
}

// pain: 11
#[test]
fn of_many_that_create_the_same_person_one_succeeds_and_the_others_are_told() {
    let world = World::new();
    let server = &world.server;
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"});
    let statuses: Vec<u16> = std::thread::scope(|threads| {
        let posts: Vec<_> =
            (0..8).map(|_| threads.spawn(|| server.scim("POST", "/Users", Some(&body)).status)).collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[test]
fn changes_under_if_match_never_overwrite_each_other() {
    let world = World::new();
    let server = &world.server;
    let ada = id_of(&server.scim("GET", &format!("/Users/{}", world.person("ada")), None));
    let url = format!("{}/Users/{ada}", server.tenant_url);
    std::thread::scope(|threads| {
        for client in 0..4 {
            let url = &url;
            threads.spawn(move || {
                for number in 0..5 {
                    loop {
                        let read = server.request("GET", url).bearer(&server.token).send().expect(200);
                        let value = format!("{client}-{number}@acme.test");
                        let operations =
                            json!([{"op": "add", "path": "emails", "value": [{"value": value}]}]);
                        let body = json!({"schemas": [PATCH], "Operations": operations});
                        let request = server.request("PATCH", url).bearer(&server.token);
                        let request = request.header("If-Match", read.header("etag"));
                        let status = request.json(&body, "application/scim+json").send().status;
                        assert!(status == 200 || status == 412, "{status}");
                        if status == 200 {
                            break;
                        }
                    }
                }
            });
        }
    });
    let read = server.request("GET", &url).bearer(&server.token).send().expect(200).json;
    assert_eq!(read["emails"].as_array().unwrap().len(), 20);
}

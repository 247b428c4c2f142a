//! Two organisations never meet, and a stranger learns nothing.

use serde_json::json;

use crate::{support::Server, world::World};

// scim: 74, 194, 197, 201
#[test]
fn every_unfit_token_is_answered_alike() {
    let world = World::new();
    let server = &world.server;
    let other = server.create_org("other");
    let make = |arguments: &[&str]| {
        let mut all = vec!["token", "create", "--org", "default", "--name", "t"];
        all.extend_from_slice(arguments);
        server.rolecall(&all).expect(0).line().to_owned()
    };
    let expired = make(&["--expires", "1s"]);
    let revoked = make(&[]);
    let id = {
        let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
        listed.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned()
    };
    server.rolecall(&["token", "revoke", "--org", "default", &id]).expect(0);
    std::thread::sleep(std::time::Duration::from_millis(1100));

    let url = format!("{}/Users", server.tenant_url);
    let answers: Vec<_> =
        [None, Some("wrong"), Some(other.as_str()), Some(&expired), Some(&revoked), Some(&server.api_key)]
            .into_iter()
            .map(|secret| {
                let request = server.request("GET", &url);
                let answer = match secret {
                    Some(secret) => request.bearer(secret),
                    None => request,
                }
                .send()
                .expect(401);
                assert_eq!(answer.header("content-type"), "application/scim+json");
                assert!(answer.header("www-authenticate").starts_with("Bearer"));
                assert_eq!(answer.json["status"], "401");
                answer.text()
            })
            .collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    let nowhere = format!("{}/scim/nowhere/v2/Users", server.base_url);
    assert_eq!(server.request("GET", &nowhere).bearer(&server.token).send().expect(401).text(), answers[0]);
    server.request("GET", &url).bearer(&server.token).send().expect(200);
}

// pain: 14
#[test]
fn a_token_is_rotated_without_a_gap() {
    let world = World::new();
    let server = &world.server;
    let ask =
        |secret: &str| server.request("GET", &format!("{}/Users", server.tenant_url)).bearer(secret).send();
    let command = ["token", "create", "--org", "default", "--name", "the next"];
    let next = server.rolecall(&command).expect(0).line().to_owned();
    ask(&server.token).expect(200);
    ask(&next).expect(200);
    let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
    let first = listed.as_array().unwrap().iter().find(|token| token["name"] != "the next").unwrap();
    server.rolecall(&["token", "revoke", "--org", "default", first["id"].as_str().unwrap()]).expect(0);
    ask(&next).expect(200);
    ask(&server.token).expect(401);
}

// scim: 195, 201
#[test]
fn what_one_organisation_has_another_neither_sees_nor_changes() {
    let world = World::new();
    let server = &world.server;
    let ada = world.person("ada");
    let group = world.group("ws-Sales-role-admin", &[&ada]);
    let (token, key) = (server.create_org("other"), server.create_api_key("other"));
    let tenant = server.tenant_url_of("other");
    let scim = |method: &str, path: &str| {
        server.request(method, &format!("{tenant}{path}")).bearer(&token).send().status
    };
    for path in [format!("/Users/{ada}"), format!("/Groups/{group}")] {
        assert_eq!((scim("GET", &path), scim("DELETE", &path)), (404, 404));
    }
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "theirs", "members": [{"value": ada}]});
    let request = server.request("POST", &format!("{tenant}/Groups")).bearer(&token);
    request.json(&body, "application/scim+json").send().expect(400);
    let admin = |path: &str| server.request("GET", &format!("{}{path}", server.base_url)).bearer(&key).send();
    admin("/v1/admin/workspaces/sales").expect(404);
    admin(&format!("/v1/admin/users/{ada}")).expect(404);
    assert_eq!(admin("/v1/admin/users").expect(200).json["total"], 0);
    // The same names live side by side.
    let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.test", "externalId": "ada"});
    let request = server.request("POST", &format!("{tenant}/Users")).bearer(&token);
    request.json(&body, "application/scim+json").send().expect(201);
}

#[test]
fn an_admin_call_without_a_live_key_is_refused() {
    let server = Server::start();
    let url = format!("{}/v1/admin/workspaces", server.base_url);
    for request in [server.request("GET", &url), server.request("GET", &url).bearer(&server.token)] {
        let answer = request.send().expect(401);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    server.request("GET", &url).header("x-api-key", &server.api_key).send().expect(200);
}

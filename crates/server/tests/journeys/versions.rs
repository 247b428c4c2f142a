//! ETags (RFC 7644 §3.14).

use serde_json::json;

use crate::world::World;

// scim: 35, 175
#[test]
fn a_change_that_expects_another_version_is_refused_and_does_nothing() {
    let world = World::new();
    let ada = world.person("ada");
    let url = format!("{}/Users/{ada}", world.server.tenant_url);
    let read = world.server.request("GET", &url).bearer(&world.server.token).send().expect(200);
    let etag = read.header("etag").to_owned();
    assert_eq!(read.json["meta"]["version"], etag.as_str());
    assert!(etag.starts_with("W/\""), "{etag}");
    let patch = |condition: &str| {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "title", "value": condition}],
        });
        let request =
            world.server.request("PATCH", &url).bearer(&world.server.token).header("If-Match", condition);
        request.json(&body, "application/scim+json").send()
    };
    patch("W/\"99\"").expect(412);
    let changed = patch(&etag).expect(200);
    assert_ne!(changed.header("etag"), etag);
    patch(&etag).expect(412);
    patch("*").expect(200);
    let unchanged = world
        .server
        .request("GET", &url)
        .bearer(&world.server.token)
        .header("If-None-Match", world.server.scim("GET", &format!("/Users/{ada}"), None).header("etag"))
        .send();
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
}

//! `/Me` (RFC 7644 §3.11).

use serde_json::json;

use crate::tenant::{MEDIA, Tenant, USER, with_schema};

// scim: 168, 169
#[test]
fn a_token_is_nobody_in_particular_so_there_is_no_me() {
    let tenant = Tenant::new();
    let body = with_schema(json!({"userName": "me"}), USER);
    for answer in [
        tenant.get("/Me"),
        tenant.post("/Me", body.clone()),
        tenant.put("/Me", body),
        tenant.patch("/Me", json!([{"op": "remove", "path": "title"}])),
        tenant.delete("/Me"),
    ] {
        let answer = answer.expect(501);
        assert_eq!((answer.header("content-type"), &answer.json["status"]), (MEDIA, &json!("501")));
    }
    assert_eq!(tenant.get("/Users").json["totalResults"], 0, "nobody registers by themselves");
}

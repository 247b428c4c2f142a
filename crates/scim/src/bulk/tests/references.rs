//! `bulkId:` in data and paths (RFC 7644 §3.7.2).

use super::*;

// scim: 162
#[test]
fn references_are_replaced_wherever_they_stand() {
    let (steps, _) = carry_out(json!([
        user("ada"),
        post("/Users", "bob", json!({ "userName": "bob",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "bulkId:ada" } } })),
        post("/Users", "cy", json!({ "userName": "cy", "manager": "bulkId:ada" })),
        post("/Groups", "g", json!({ "displayName": "not bulkId:ada", "members": [
            { "value": "bulkId:ada", "$ref": "bulkId:ada", "type": "User" }, { "value": "9" },
            { "$ref": "../Users/bulkId:bob" }, { "$ref": "https://x/v2/Users/7" }
        ] })),
        { "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "Operations": [
            { "op": "remove", "path": "members[value eq \"bulkId:ada\" or value eq \"bulkId:bob\" or value eq \"1\"]" },
            { "op": "add", "path": "members", "value": ["bulkId:cy"] }
        ] } },
        { "method": "DELETE", "path": "/Users/bulkId:cy" }
    ]));
    assert_eq!(order(&steps), [0, 1, 2, 3, 4, 5]);
    let data = |position: usize| steps[position].data.clone().unwrap();
    assert_eq!(
        data(1)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"],
        "#0"
    );
    assert_eq!(data(2)["manager"], "#0");
    assert_eq!(
        data(3),
        json!({ "displayName": "not bulkId:ada", "members": [
            { "value": "#0", "$ref": "https://x/v2/Users/#0", "type": "User" }, { "value": "9" },
            { "$ref": "../Users/#1" }, { "$ref": "https://x/v2/Users/7" }
        ] })
    );
    assert_eq!(
        data(4)["Operations"][0]["path"],
        "members[value eq \"#0\" or value eq \"#1\" or value eq \"1\"]"
    );
    assert_eq!(data(4)["Operations"][1]["value"], json!(["#2"]));
    assert_eq!((steps[4].id.as_deref(), steps[5].id.as_deref()), (Some("#3"), Some("#2")));
}

// scim: 161, 162
#[test]
fn an_operation_waits_for_what_it_refers_to_and_the_others_keep_their_order() {
    let (steps, response) = carry_out(json!([
        { "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "x": "bulkId:b" } },
        group("g", &["bulkId:a", "bulkId:b"]),
        user("c"),
        user("a"),
        { "method": "PUT", "path": "/Users/7", "data": {} },
        user("b"),
        user("d")
    ]));
    assert_eq!(order(&steps), [2, 3, 4, 5, 1, 0, 6]);
    assert!(steps.iter().all(|step| step.kind == StepKind::Operation));
    assert_eq!(statuses(&response), ["201"; 7]);
}

#[test]
fn operations_on_one_resource_keep_their_order_even_when_the_first_has_to_wait() {
    let (steps, _) = carry_out(json!([
        { "method": "PATCH", "path": "/Groups/7", "data": { "x": "bulkId:a" } },
        { "method": "PATCH", "path": "/Groups/8", "data": {} },
        { "method": "PUT", "path": "/Groups/7", "data": {} },
        { "method": "DELETE", "path": "/Groups/7" },
        user("a")
    ]));
    assert_eq!(order(&steps), [1, 4, 0, 2, 3]);
}

// scim: 165
#[test]
fn a_reference_to_nothing_is_the_operations_own_fault() {
    let (steps, response) = carry_out(json!([
        group("g", &["bulkId:nobody"]),
        { "method": "DELETE", "path": "/Users/bulkId:nobody" },
        // It has a bulkId, but creates nothing.
        { "method": "DELETE", "path": "/Users/7", "bulkId": "gone" },
        { "method": "PATCH", "path": "/Users/bulkId:gone", "data": {} },
        user("a")
    ]));
    assert_eq!(order(&steps), [2, 4]);
    assert_eq!(statuses(&response), ["400", "400", "201", "400", "201"]);
    let first = &response["Operations"][0];
    assert_eq!((&first["bulkId"], &first["response"]["scimType"]), (&json!("g"), &json!("invalidValue")));
    assert!(first.get("location").is_none());
    assert!(first["response"]["detail"].as_str().unwrap().contains("nobody"));
}

// scim: 162
#[test]
fn a_reference_to_a_failed_post_is_a_conflict_and_conflicts_spread() {
    let body = json!({ "Operations": [
        group("outer", &["bulkId:g"]), group("g", &["bulkId:a"]), user("a"),
        { "method": "PATCH", "path": "/Users/bulkId:a", "data": {} }, user("b"),
        // A POST that was refused creates nothing either.
        { "method": "POST", "path": "/Users", "bulkId": "r" }, group("h", &["bulkId:r"])
    ]});
    let (steps, response) = carry_out_with(body, |step| match step.position {
        2 => StepOutcome::Failed(ScimError::uniqueness("taken")),
        n => StepOutcome::Succeeded { id: n.to_string(), status: 201, version: None },
    });
    assert_eq!(order(&steps), [2, 4]);
    assert_eq!(statuses(&response), ["409", "409", "409", "409", "201", "400", "409"]);
    assert!(response["Operations"][3].get("location").is_none());
}

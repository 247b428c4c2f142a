//! Resources that refer to each other (RFC 7644 §3.7.1).

use super::*;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

// scim: 162
#[test]
fn two_groups_in_each_other_are_both_created_and_then_completed() {
    // The figure of §3.7.1.
    let (steps, response) = carry_out_with(
        json!({ "Operations": [group("a", &["bulkId:b", "9"]), group("b", &["bulkId:a"])] }),
        |step| StepOutcome::Succeeded {
            id: format!("#{}", step.position),
            status: 201,
            version: Some(format!("W/\"{:?}\"", step.kind)),
        },
    );
    assert_eq!(order(&steps), [0, 1, 0]);
    assert_eq!(steps[0].data, Some(json!({ "displayName": "a", "members": [{ "value": "9" }] })));
    assert_eq!(steps[1].data, Some(json!({ "displayName": "b", "members": [{ "value": "#0" }] })));
    assert_eq!((steps[2].kind, steps[2].method), (StepKind::Completion, Method::Patch));
    assert_eq!((steps[2].endpoint.as_str(), steps[2].id.as_deref()), ("/Groups", Some("#0")));
    assert_eq!(
        steps[2].data,
        Some(json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "add", "path": "members", "value": [{ "value": "#1" }] }]
        }))
    );
    // To the client it was one POST each, with the version that is now current.
    assert_eq!(statuses(&response), ["201", "201"]);
    assert_eq!(response["Operations"][0]["version"], "W/\"Completion\"");
}

#[test]
fn the_completion_of_a_user_is_a_patch_that_this_crate_applies() {
    for manager in [
        json!({ ENTERPRISE: { "department": "D", "manager": { "value": "bulkId:me", "$ref": "/Users/bulkId:me" } } }),
        json!({ ENTERPRISE: { "department": "D", "manager": "bulkId:me" } }),
        json!({ ENTERPRISE: { "department": "D" }, format!("{ENTERPRISE}:manager"): { "value": "bulkId:me" } }),
        json!({ ENTERPRISE: { "department": "D" }, format!("{ENTERPRISE}:manager"): "bulkId:me" }),
        json!({ ENTERPRISE: { "department": "D" }, format!("{ENTERPRISE}:manager.value"): "bulkId:me" }),
    ] {
        let mut data = json!({ "userName": "ada" });
        data.as_object_mut().unwrap().extend(manager.as_object().unwrap().clone());
        let (steps, _) = carry_out(json!([post("/Users", "me", data)]));
        assert_eq!(order(&steps), [0, 0], "{manager}");
        let ada = ResourceType::user();
        let [created, completed] = [0, 1].map(|step: usize| steps[step].data.clone().unwrap());
        let created = Document::from_value(created, ada, Compatible).unwrap();
        assert!(created.text(&format!("{ENTERPRISE}:manager.value")).is_none());
        let operations = PatchRequest::from_value(completed, ada, Compatible).unwrap();
        let applied = apply(&operations, ada, &created, "#0", Compatible).unwrap();
        assert_eq!(applied.document.text(&format!("{ENTERPRISE}:manager.value")), Some("#0"), "{manager}");
        assert_eq!(applied.document.text(&format!("{ENTERPRISE}:department")), Some("D"));
        assert!(applied.ignored.is_empty());
    }
}

#[test]
fn who_only_waits_for_a_circle_is_not_split() {
    let (steps, _) = carry_out(json!([
        group("outside", &["bulkId:a"]),
        group("a", &["bulkId:b"]),
        group("b", &["bulkId:c"]),
        group("c", &["bulkId:a"])
    ]));
    let split: Vec<_> =
        steps.iter().filter(|step| step.kind == StepKind::Completion).map(|step| step.position).collect();
    assert_eq!(split, [1]);
    assert_eq!(order(&steps), [1, 0, 3, 2, 1]);
}

#[test]
fn what_has_the_resource_as_its_target_waits_until_it_is_complete() {
    let (steps, _) = carry_out(json!([
        { "method": "PATCH", "path": "/Groups/bulkId:a", "data": { "x": "bulkId:b" } },
        group("a", &["bulkId:b"]),
        group("b", &["bulkId:a"])
    ]));
    assert_eq!(order(&steps), [1, 2, 1, 0]);
}

// scim: 162
#[test]
fn a_circle_that_cannot_be_closed_is_a_conflict_that_names_the_resource() {
    let operations = json!([group("a", &["bulkId:b"]), group("b", &["bulkId:a"]), group("c", &["bulkId:a"])]);
    let fail = |at: (usize, StepKind)| {
        move |step: &Step| match (step.position, step.kind) == at {
            true => StepOutcome::Failed(ScimError::uniqueness("taken")),
            false => StepOutcome::Succeeded { id: step.position.to_string(), status: 201, version: None },
        }
    };
    for (limit, at, expected) in [
        (json!(null), (1, StepKind::Operation), vec!["409", "409", "201"]),
        (json!(null), (0, StepKind::Completion), vec!["409", "201", "201"]),
        // What was begun is brought to an end.
        (json!(1), (1, StepKind::Operation), vec!["409", "409"]),
    ] {
        let body = json!({ "failOnErrors": limit, "Operations": operations });
        let (_, response) = carry_out_with(body, fail(at));
        assert_eq!(statuses(&response), expected, "{at:?}");
        assert_eq!(response["Operations"][0]["location"], "https://x/v2/Groups/0");
        let detail = response["Operations"][0]["response"]["detail"].as_str().unwrap();
        assert!(detail.starts_with("the resource was created, but is incomplete: "), "{detail}");
    }
    // Nothing was created, so that nothing can refer to it.
    let (_, response) = carry_out_with(json!({ "Operations": operations }), fail((0, StepKind::Operation)));
    assert_eq!(statuses(&response), ["409", "409", "409"]);
    assert!(response["Operations"][0].get("location").is_none());
}

#[test]
fn a_circle_that_is_still_open_when_the_request_ends_is_reported() {
    // b waits for c, which waits for a; the error comes in between.
    let body = json!({ "failOnErrors": 1, "Operations": [
        group("a", &["bulkId:b"]), user("x"), group("b", &["bulkId:c"]), group("c", &["bulkId:a"])
    ]});
    let (steps, response) = carry_out_with(body, |step| match step.position {
        3 => StepOutcome::Failed(ScimError::internal("no")),
        n => StepOutcome::Succeeded { id: n.to_string(), status: 201, version: None },
    });
    assert_eq!(order(&steps), [1, 0, 3]);
    assert_eq!(statuses(&response), ["409", "201", "500"]);
    assert_eq!(response["Operations"][0]["location"], "https://x/v2/Groups/0");
}

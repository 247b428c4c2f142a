//! What is read, and what is answered.

use super::*;

// scim: 158, 159
#[test]
fn every_method_is_read_with_what_belongs_to_it() {
    let data = json!({ "userName": "ada" });
    let users = |id| Target { endpoint: "/Users".to_owned(), id };
    for (raw, method, id, version, sent) in [
        (
            json!({ "method": "POST", "path": "/Users", "bulkId": "q", "data": data, "version": "W/\"1\"" }),
            Method::Post,
            TargetId::Collection,
            None,
            Some(&data),
        ),
        (
            json!({ "method": "PUT", "path": "/Users/7", "version": "W/\"1\"", "data": data }),
            Method::Put,
            TargetId::Id("7".to_owned()),
            Some("W/\"1\""),
            Some(&data),
        ),
        (
            json!({ "Method": "PATCH", "PATH": "/Users/bulkId:q/r", "data": data }),
            Method::Patch,
            TargetId::BulkId("q/r".to_owned()),
            None,
            Some(&data),
        ),
        (
            json!({ "method": "DELETE", "path": "/Users/7", "data": data, "bulkId": null }),
            Method::Delete,
            TargetId::Id("7".to_owned()),
            None,
            None,
        ),
    ] {
        let read = operation(raw, Strict).unwrap();
        assert_eq!((read.method, &read.target), (method, &users(id)));
        assert_eq!((read.version.as_deref(), read.data.as_ref()), (version, sent));
    }
}

// scim: 159, 167
#[test]
fn an_operation_that_cannot_be_done_is_refused_alone() {
    let data = json!({});
    for (raw, profile) in [
        (json!({ "method": "GET", "path": "/Users/7" }), Compatible),
        (json!({ "method": "post", "path": "/Users", "bulkId": "q", "data": data }), Strict),
        (json!({ "method": "POST", "path": "Users", "bulkId": "q", "data": data }), Strict),
        (json!({ "method": "POST", "path": "/Users", "data": data }), Strict),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "q" }), Compatible),
        (json!({ "method": "POST", "path": "/Users", "bulkId": 5, "data": data }), Compatible),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "q", "data": [data] }), Compatible),
        (json!({ "method": "POST", "path": "/Users/7", "bulkId": "q", "data": data }), Compatible),
        (json!({ "method": "POST", "path": "/Users/.search", "bulkId": "q", "data": data }), Compatible),
        (json!({ "method": "POST", "path": "/Bulk", "bulkId": "q", "data": data }), Compatible),
        (json!({ "method": "POST", "path": "/bulk", "bulkId": "q", "data": data }), Compatible),
        (json!({ "method": "POST", "bulkId": "q", "data": data }), Compatible),
        (json!({ "method": "PUT", "path": "/Users", "data": data }), Compatible),
        (json!({ "method": "PATCH", "path": "/Me", "data": data }), Compatible),
        (json!({ "method": "PATCH", "path": "/Users/", "data": data }), Compatible),
        (json!({ "method": "PATCH", "path": "/Users/7/x", "data": data }), Compatible),
        (json!({ "method": "PATCH", "path": "/Users/7?attributes=x", "data": data }), Compatible),
        (json!({ "method": "PATCH", "path": "https://x/v2/Users/7", "data": data }), Compatible),
        (json!({ "method": "DELETE", "path": "/Users/7", "version": 1 }), Compatible),
        (json!({ "method": "DELETE", "path": "/" }), Compatible),
        (json!({ "method": "DELETE", "path": "" }), Compatible),
    ] {
        let error = operation(raw.clone(), profile).expect_err(&raw.to_string());
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{raw}");
    }
}

#[test]
fn the_compatible_profile_reads_small_letters_no_slash_and_no_bulk_id() {
    let read = operation(json!({ "method": "post", "path": "Users", "data": {} }), Compatible).unwrap();
    assert_eq!((read.method, read.target.endpoint.as_str(), read.bulk_id), (Method::Post, "/Users", None));
}

// scim: 165
#[test]
fn a_bulk_id_is_used_once() {
    let request = read(json!([user("q"), user("q"), user("r")]), Strict);
    let refused: Vec<bool> = request.operations.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, true, false]);
    let (_, response) = carry_out(json!([user("q"), user("q"), group("g", &["bulkId:q"])]));
    assert_eq!(statuses(&response), ["201", "400", "201"]);
    assert_eq!(response["Operations"][1]["response"]["scimType"], "invalidValue");
}

#[test]
fn a_request_of_which_no_result_could_be_told_is_refused_whole() {
    for body in [
        json!({}),
        json!({ "Operations": null }),
        json!({ "Operations": [] }),
        json!({ "Operations": user("q") }),
        json!({ "Operations": ["POST"] }),
        json!({ "Operations": [{ "path": "/Users" }] }),
        json!({ "Operations": [{ "method": null }] }),
    ] {
        let error = try_read(body.clone(), Compatible).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax), "{body}");
    }
    for schemas in [json!(null), json!([]), json!(["urn:x"])] {
        let body = json!({ "schemas": schemas, "Operations": [user("q")] });
        assert!(try_read(body.clone(), Compatible).is_ok());
        assert_eq!(try_read(body, Strict).unwrap_err().scim_type, Some(ScimType::InvalidSyntax));
    }
    for number in [json!(0), json!(-1), json!(1.5), json!("1"), json!(true)] {
        let error =
            try_read(json!({ "failOnErrors": number, "Operations": [user("q")] }), Compatible).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{number}");
    }
}

#[test]
fn a_request_above_a_limit_is_413_and_says_which_limit() {
    let operations: Vec<Value> = (0..101).map(|n| user(&n.to_string())).collect();
    let error = try_read(json!({ "Operations": operations }), Compatible).unwrap_err();
    assert!(error.status == 413 && error.detail.contains("maxOperations) is 100"), "{error}");
    let long = vec![b' '; 100_001];
    let error = BulkRequest::parse(&long, &LIMITS, Compatible).unwrap_err();
    assert!(error.status == 413 && error.detail.contains("maxPayloadSize) is 100000"), "{error}");
}

#[test]
fn results_come_in_the_order_of_the_request_as_rfc_7644_3_7_3_shows_them() {
    let body = json!({ "failOnErrors": 5, "Operations": [
        group("g", &["bulkId:ada"]),
        user("ada"),
        { "method": "PATCH", "path": "/Users/7", "version": "W/\"1\"", "data": {} },
        { "method": "DELETE", "path": "/Users/8" },
        user("bob")
    ]});
    let (steps, response) = carry_out_with(body, |step| match step.position {
        2 => StepOutcome::Failed(ScimError::precondition_failed("the version is W/\"2\"")),
        3 => StepOutcome::Succeeded { id: "8".to_owned(), status: 204, version: None },
        4 => StepOutcome::Failed(ScimError::uniqueness("taken")),
        n => StepOutcome::Succeeded { id: format!("#{n}"), status: 201, version: Some(format!("W/\"{n}\"")) },
    });
    assert_eq!(order(&steps), [1, 0, 2, 3, 4]);
    assert_eq!(steps[2].version.as_deref(), Some("W/\"1\""));
    let failure = |error: ScimError| serde_json::from_str::<Value>(&error.to_json()).unwrap();
    assert_eq!(
        response,
        json!({ "schemas": [BULK_RESPONSE_URN], "Operations": [
            { "method": "POST", "bulkId": "g", "version": "W/\"0\"", "location": "https://x/v2/Groups/#0", "status": "201" },
            { "method": "POST", "bulkId": "ada", "version": "W/\"1\"", "location": "https://x/v2/Users/#1", "status": "201" },
            { "method": "PATCH", "location": "https://x/v2/Users/7", "status": "412",
              "response": failure(ScimError::precondition_failed("the version is W/\"2\"")) },
            { "method": "DELETE", "location": "https://x/v2/Users/8", "status": "204" },
            { "method": "POST", "bulkId": "bob", "status": "409", "response": failure(ScimError::uniqueness("taken")) }
        ]})
    );
}

// scim: 163
#[test]
fn after_as_many_errors_as_the_client_accepts_the_rest_is_neither_done_nor_reported() {
    let failing = |step: &Step| match step.position {
        1 | 3 => StepOutcome::Failed(ScimError::conflict("no")),
        n => StepOutcome::Succeeded { id: n.to_string(), status: 201, version: None },
    };
    let operations = json!([user("0"), user("1"), user("2"), user("3"), user("4")]);
    for (limit, done) in [(json!(1), 2), (json!(2), 4), (json!(3), 5), (json!(null), 5)] {
        let body = json!({ "failOnErrors": limit, "Operations": operations });
        let (steps, response) = carry_out_with(body, failing);
        assert_eq!((steps.len(), statuses(&response).len()), (done, done), "{limit}");
    }
    // An operation that was refused counts, too, when its turn comes.
    let body = json!({ "failOnErrors": 1, "Operations": [user("0"), { "method": "GET" }, user("2")] });
    let (steps, response) = carry_out_with(body, failing);
    assert_eq!((order(&steps), statuses(&response)), (vec![0], vec!["201", "400"]));
}

#[test]
fn a_step_that_is_not_answered_has_failed() {
    let mut plan = Plan::new(read(json!([user("a"), user("b")]), Strict), "");
    plan.done(StepOutcome::Failed(ScimError::internal("to nothing")));
    assert_eq!(plan.next_step().map(|step| step.position), Some(0));
    assert_eq!(plan.next_step().map(|step| step.position), Some(1));
    let response = plan.into_response();
    let failed = |result: &OperationResult| result.failed() && result.status == 500;
    assert!(response.operations.len() == 2 && response.operations.iter().all(failed));
}

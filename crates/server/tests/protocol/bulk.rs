//! `/Bulk` (RFC 7644 §3.7).

use serde_json::{Value, json};

use crate::{
    support::Answer,
    tenant::{BULK, GROUP, MEDIA, PATCH, Tenant, USER, refusal},
};

const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

impl Tenant {
    fn try_bulk(&self, operations: Value) -> Answer {
        self.post("/Bulk", json!({"schemas": [BULK], "Operations": operations}))
    }

    /// The results, in the order of the request.
    #[track_caller]
    fn bulk(&self, operations: Value) -> Vec<Value> {
        let answer = self.try_bulk(operations).expect(200).json;
        assert_eq!(answer["schemas"], json!([RESPONSE]));
        answer["Operations"].as_array().unwrap().clone()
    }
}

fn new_user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"schemas": [USER], "userName": name}})
}

fn new_group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let data = json!({"schemas": [GROUP], "displayName": bulk_id, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().expect("a status is a string")).collect()
}

/// The path of what an operation made.
fn path(tenant: &Tenant, result: &Value) -> String {
    result["location"].as_str().unwrap().strip_prefix(&tenant.url).unwrap().to_owned()
}

// scim: 158, 159, 160
#[test]
fn many_operations_are_done_in_one_request_and_each_tells_how_it_went() {
    let tenant = Tenant::new();
    let (ada, eve, ida) = (
        tenant.somebody(),
        tenant.person(json!({"userName": "eve"})),
        tenant.person(json!({"userName": "ida"})),
    );
    let results = tenant.bulk(json!([
        new_user("new", "una"),
        {"method": "PUT", "path": ada.path, "data": {"schemas": [USER], "userName": "ada", "title": "Dr."}},
        {"method": "PATCH", "path": eve.path, "data": {"schemas": [PATCH],
            "Operations": [{"op": "replace", "path": "title", "value": "Prof."}]}},
        {"method": "DELETE", "path": ida.path},
        new_user("again", "una"),
    ]));
    assert_eq!(statuses(&results), ["201", "200", "200", "204", "409"]);
    let methods: Vec<&str> = results.iter().map(|result| result["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["POST", "PUT", "PATCH", "DELETE", "POST"]);
    assert_eq!((&results[0]["bulkId"], &results[4]["bulkId"]), (&json!("new"), &json!("again")));
    for (result, person) in [(&results[1], &ada), (&results[2], &eve), (&results[3], &ida)] {
        assert_eq!(result["location"], format!("{}{}", tenant.url, person.path));
    }
    for result in &results[..3] {
        let read = tenant.get(&path(&tenant, result)).expect(200);
        assert_eq!(result["version"], read.header("etag"));
        assert_eq!(result.get("response"), None);
    }
    assert_eq!((&ada.read()["title"], &eve.read()["title"]), (&json!("Dr."), &json!("Prof.")));
    tenant.get(&ida.path).expect(404);
    assert_eq!(results[4].get("location"), None, "a POST that failed has no address");
    assert_eq!(results[4]["response"]["scimType"], "uniqueness");
}

// scim: 158, 159
#[test]
fn an_operation_that_lacks_what_its_method_needs_fails_alone() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let results = tenant.bulk(json!([
        {"method": "POST", "path": "/Users", "bulkId": "1"},
        {"method": "PUT", "path": ada.path},
        {"method": "PATCH", "path": ada.path},
        {"method": "GET", "path": ada.path},
        {"method": "DELETE", "path": "/Users"},
        {"method": "DELETE", "path": "/Devices/7"},
        new_user("2", "eve"),
    ]));
    assert_eq!(statuses(&results), ["400", "400", "400", "400", "400", "404", "201"]);
    for body in [
        json!({"schemas": [BULK]}),
        json!({"schemas": [BULK], "Operations": []}),
        json!({"schemas": [BULK], "Operations": [7]}),
        json!({"schemas": [BULK], "Operations": [{"path": "/Users"}]}),
    ] {
        assert_eq!(refusal(&tenant.post("/Bulk", body.clone())), "400 invalidSyntax", "{body}");
    }
}

// scim: 160, 161
#[test]
fn what_succeeded_stays_when_something_else_fails() {
    let tenant = Tenant::new();
    let results = tenant.bulk(json!([
        new_user("1", "ada"),
        {"method": "DELETE", "path": "/Users/01900000-0000-7000-8000-000000000000"},
        new_user("2", "eve"),
    ]));
    assert_eq!(statuses(&results), ["201", "404", "201"]);
    assert!(
        results[1]["location"].as_str().unwrap().ends_with("/Users/01900000-0000-7000-8000-000000000000")
    );
    assert_eq!(tenant.found("userName pr"), ["ada", "eve"]);
}

// scim: 162
#[test]
fn operations_refer_to_what_others_create_forwards_backwards_and_in_circles() {
    let tenant = Tenant::new();
    let results = tenant.bulk(json!([
        new_group("forward", &["bulkId:ada"]),
        new_user("ada", "ada"),
        {"method": "POST", "path": "/Users", "bulkId": "eve", "data": {"schemas": [USER], "userName": "eve",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "bulkId:ada"}}}},
        {"method": "PATCH", "path": "/Groups/bulkId:forward", "data": {"schemas": [PATCH],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": "bulkId:eve"}]}]}},
    ]));
    assert_eq!(statuses(&results), ["201", "201", "201", "200"]);
    let read = |index: usize| tenant.get(&path(&tenant, &results[index])).expect(200).json;
    let (group, ada, eve) = (read(0), read(1), read(2));
    assert_eq!(group["members"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        eve["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"],
        ada["id"]
    );
    // Each is the other's manager.
    let manager = |bulk_id: &str, other: &str| {
        json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"schemas": [USER], "userName": bulk_id,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": other}}}})
    };
    let results = tenant.bulk(json!([manager("ida", "bulkId:una"), manager("una", "bulkId:ida")]));
    assert_eq!(statuses(&results), ["201", "201"]);
    let read = |index: usize| tenant.get(&path(&tenant, &results[index])).expect(200).json;
    let manager_of = |user: &Value| {
        user["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"].clone()
    };
    assert_eq!((manager_of(&read(0)), manager_of(&read(1))), (read(1)["id"].clone(), read(0)["id"].clone()));
}

// scim: 162
#[test]
fn a_reference_that_cannot_be_resolved_is_a_conflict_of_its_own_operation() {
    let tenant = Tenant::new();
    tenant.somebody();
    let results = tenant.bulk(json!([
        new_user("taken", "ada"),
        new_group("waits", &["bulkId:taken"]),
        new_user("fine", "eve")
    ]));
    assert_eq!(statuses(&results), ["409", "409", "201"]);
    // Two groups cannot hold each other: the circle is refused as it would be in requests of their own.
    let results = tenant.bulk(json!([new_group("one", &["bulkId:two"]), new_group("two", &["bulkId:one"])]));
    let statuses = statuses(&results);
    assert!(statuses.contains(&"409") || statuses.contains(&"400"), "{results:?}");
}

// scim: 163
#[test]
fn after_as_many_errors_as_the_client_accepts_nothing_more_is_done() {
    let tenant = Tenant::new();
    let missing = json!({"method": "DELETE", "path": "/Users/7"});
    let operations = json!([missing, new_user("1", "ada"), missing, new_user("2", "eve")]);
    let body = json!({"schemas": [BULK], "failOnErrors": 2, "Operations": operations});
    let results = tenant.post("/Bulk", body).expect(200).json["Operations"].as_array().unwrap().clone();
    assert_eq!(statuses(&results), ["404", "201", "404"]);
    assert_eq!(tenant.found("userName pr"), ["ada"]);
    let operations = json!([missing, missing, new_user("3", "ida"), missing]);
    assert_eq!(statuses(&tenant.bulk(operations)), ["404", "404", "201", "404"]);
    let body = json!({"schemas": [BULK], "failOnErrors": "two", "Operations": [missing]});
    assert_eq!(refusal(&tenant.post("/Bulk", body)), "400 invalidValue");
}

// scim: 164
#[test]
fn more_operations_or_bytes_than_announced_are_too_many() {
    let tenant = Tenant::new();
    let limits = tenant.get("/ServiceProviderConfig").expect(200).json["bulk"].clone();
    let most = usize::try_from(limits["maxOperations"].as_u64().unwrap()).unwrap();
    let missing = json!({"method": "DELETE", "path": "/Users/7"});
    let answer = tenant.try_bulk(Value::from(vec![missing.clone(); most + 1])).expect(413);
    assert!(answer.json["detail"].as_str().unwrap().contains(&most.to_string()), "{}", answer.json);
    assert_eq!(tenant.bulk(Value::from(vec![missing; most])).len(), most);
    let bytes = usize::try_from(limits["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let answer =
        tenant.request("POST", "/Bulk").header("Content-Type", MEDIA).body(vec![b' '; bytes + 1]).send();
    answer.expect(413);
}

// scim: 165
#[test]
fn a_bulk_id_used_twice_or_referred_to_and_never_made_is_an_invalid_value() {
    let tenant = Tenant::new();
    let results =
        tenant.bulk(json!([new_user("1", "ada"), new_user("1", "eve"), new_group("g", &["bulkId:nobody"])]));
    assert_eq!(statuses(&results), ["201", "400", "400"]);
    assert_eq!(results[1]["response"]["scimType"], "invalidValue");
    assert_eq!(results[2]["response"]["scimType"], "invalidValue");
}

// scim: 166
#[test]
fn an_operation_can_insist_on_a_version() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let version = ada.json["meta"]["version"].as_str().unwrap();
    let put = |version: &str, title: &str| {
        json!({"method": "PUT", "path": ada.path, "version": version,
            "data": {"schemas": [USER], "userName": "ada", "title": title}})
    };
    let patch = json!({"method": "PATCH", "path": ada.path, "version": version, "data": {"schemas": [PATCH],
        "Operations": [{"op": "remove", "path": "title"}]}});
    let delete = json!({"method": "DELETE", "path": ada.path, "version": version});
    let results = tenant.bulk(json!([put("W/\"99\"", "no"), put(version, "Dr."), patch, delete]));
    assert_eq!(statuses(&results), ["412", "200", "412", "412"]);
    assert_eq!(ada.read()["title"], "Dr.");
}

// scim: 167
#[test]
fn bulk_is_announced_with_its_limits_and_holds_no_other_bulk() {
    let tenant = Tenant::new();
    let bulk = tenant.get("/ServiceProviderConfig").expect(200).json["bulk"].clone();
    assert_eq!(bulk["supported"], true);
    assert!(bulk["maxOperations"].as_u64() > Some(0) && bulk["maxPayloadSize"].as_u64() > Some(0));
    let inner = json!({"schemas": [BULK], "Operations": [new_user("1", "ada")]});
    let results = tenant.bulk(json!([{"method": "POST", "path": "/Bulk", "bulkId": "b", "data": inner}]));
    assert_eq!(statuses(&results), ["400"]);
    assert_eq!(tenant.get("/Users").json["totalResults"], 0);
}

//! The runner itself: what it makes of an exchange that a strict connection answers in another way.

use serde_json::json;

use crate::{
    exchange::{self, Exchange},
    replay_both,
    support::Server,
};

/// Entra makes a person and spells the operation with a capital letter. `strict_status` says what is expected of a
/// strict connection.
fn a_scenario(strict_status: Option<u16>, detail: &str) -> Vec<Exchange> {
    let headers = json!({"Authorization": "Bearer ${token}", "Content-Type": "application/scim+json"});
    let person = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"});
    let operations = json!([{"op": "Replace", "path": "title", "value": "Countess"}]);
    let patch =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let mut wanted = json!({"status": 200, "status_any": [200, 204], "body_contains": {"title": "Countess"}});
    if let Some(status) = strict_status {
        wanted["strict_status"] = json!(status);
        wanted["strict_body_contains"] = json!({"status": "400", "scimType": detail});
    }
    let step = |step: u32, method: &str, path: &str, body, expect| {
        let request = json!({"method": method, "path": path, "headers": headers, "body": body});
        let exchange =
            json!({"scenario": "capital letters", "step": step, "request": request, "expect": expect});
        serde_json::from_value(exchange).unwrap()
    };
    vec![
        step(1, "POST", "/Users", person, json!({"status": 201, "save": {"user1.id": "id"}})),
        step(2, "PATCH", "/Users/${user1.id}", patch, wanted),
    ]
}

#[test]
fn an_exchange_with_a_strict_answer_is_replayed_on_both_kinds_of_connection() {
    let server = Server::start();
    let complaints = replay_both(&server, "right", &a_scenario(Some(400), "invalidSyntax"));
    assert_eq!(complaints, [""; 0]);
    let organisations = server.rolecall(&["org", "list"]).expect(0).out;
    assert!(organisations.contains("right-strict"), "{organisations}");
}

#[test]
fn a_strict_answer_that_is_not_as_written_is_a_complaint() {
    let server = Server::start();
    for (name, status, scim_type, told) in [
        ("other-status", 409, "invalidSyntax", "strict: 2 PATCH"),
        ("other-body", 400, "invalidPath", "scimType should be \"invalidPath\", is \"invalidSyntax\""),
    ] {
        let complaints = replay_both(&server, name, &a_scenario(Some(status), scim_type));
        assert!(matches!(&complaints[..], [one] if one.contains(told)), "{complaints:?}");
    }
}

#[test]
fn an_exchange_without_one_is_replayed_on_a_compatible_connection_alone() {
    let server = Server::start();
    assert_eq!(replay_both(&server, "plain", &a_scenario(None, "")), [""; 0]);
    assert!(!server.rolecall(&["org", "list"]).expect(0).out.contains("plain-strict"));
    let token = server.create_org("lenient");
    let complaints = exchange::run(&server.tenant_url_of("lenient"), &token, &a_scenario(Some(400), ""));
    assert_eq!(complaints, [""; 0], "what is strict says nothing about a compatible connection");
}

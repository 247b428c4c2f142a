//! The organisation's own settings.

use serde_json::json;

use crate::{browser::Browser, support::Server};

const HERE: &str = "/console/settings/organisation";

#[test]
fn the_organisation_is_called_otherwise_and_keeps_its_tenant_url() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let saved = ada.send(HERE, HERE, &[("name", " Acme <Ltd> ")]).expect(200).text();
    assert!(saved.contains("The name is saved.") && saved.contains("Acme &lt;Ltd&gt;"), "{saved}");
    assert!(ada.page("/console/people").contains("Acme &lt;Ltd&gt;"));
    let shown = server.admin("GET", "/v1/admin/organisation", None).expect(200).json;
    assert_eq!((&shown["name"], &shown["slug"]), (&json!("Acme <Ltd>"), &json!("default")));
    assert_eq!(shown["tenant_url"], json!(server.tenant_url));
    let events = server.admin("GET", "/v1/events?type=organisation.", None).expect(200).json;
    assert_eq!(events["data"][0]["subject"], "Acme <Ltd>");
    assert_eq!(events["data"][0]["cause"]["by"]["type"], "administrator");
    let refused = ada.send(HERE, HERE, &[("name", " ")]).expect(200).text();
    assert!(refused.contains("Name must have 1 to 255 characters."), "{refused}");

    // The admin API does the same, and tries it first where that is asked for.
    let wanted = json!({"name": "Acme"});
    let path = "/v1/admin/organisation";
    let plan = server.admin("PATCH", &format!("{path}?plan=true"), Some(&wanted)).expect(200).json;
    assert_eq!(plan["also"][0]["names"], json!(["Acme"]), "{plan}");
    assert_eq!(server.admin("GET", path, None).json["name"], "Acme <Ltd>");
    assert_eq!(server.admin("PATCH", path, Some(&wanted)).expect(200).json["name"], "Acme");
    assert_eq!(server.admin("GET", path, None).json["name"], "Acme");
    assert_eq!(server.admin("PATCH", path, Some(&json!({}))).expect(200).json["name"], "Acme");
    server.admin("PATCH", path, Some(&json!({"name": ""}))).expect(400);
    let page = Browser::administrator(&server, "default", "auditor").page(HERE);
    assert!(!page.contains("Save the name"), "{page}");
}

//! What somebody experiences who was sent a setup link, and the administrator who sent it.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    support::{Answer, Server},
};

const SETUP: &str = "/console/setup";
const LINKS: &str = "/console/settings/setup-links";

/// Waits for the log, which is a moment behind.
fn logged(mut there: impl FnMut() -> bool) {
    for _ in 0..400 {
        if there() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("the log does not come");
}

fn value_of(page: &str, id: &str) -> String {
    let (_, rest) = page.split_once(&format!("id=\"{id}\"")).unwrap();
    let (_, rest) = rest.split_once("value=\"").unwrap();
    rest.split_once('"').unwrap().0.replace("&amp;", "&")
}

fn scim_as(server: &Server, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let request = server.request(method, &format!("{}{path}", server.tenant_url)).bearer(token);
    request.maybe_json(body, "application/scim+json").send()
}

fn person(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("{name}@acme.example")})
}

#[test]
fn a_link_from_the_console_lets_somebody_else_connect_and_nothing_more() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let fields = [("name", "Bob"), ("connection", "default"), ("lifetime", "7")];
    let made = ada.send(LINKS, LINKS, &fields).expect(200).text();
    let link = value_of(&made, "link");
    assert!(link.contains("/console/setup/open?org=default&link=rcw_"), "{link}");
    let listed = ada.page(LINKS);
    assert!(listed.contains("Bob") && listed.contains("never") && !listed.contains(&link));

    // Following it leaves no page behind whose address, or whose Referer, tells the secret.
    let mut bob = Browser::new(&server);
    let opened = bob.follow(&link).expect(303);
    assert_eq!((opened.header("location"), opened.header("referrer-policy")), (SETUP, "no-referrer"));
    let first = bob.page(SETUP);
    let (_, secret) = link.split_once("link=").unwrap();
    assert!(first.contains("Okta") && !first.contains(secret), "{first}");
    for absent in ["Provisioning log", "/console/people", "Administrators", "Sign out"] {
        assert!(!first.contains(absent), "{absent}");
    }

    // The wizard makes a token, with which the identity provider gets in, and its requests are shown.
    let token = bob.form_token_of(SETUP);
    let page = bob.send_with(&token, SETUP, "/console/setup/token", &[("idp", "okta")]).expect(200).text();
    let scim = value_of(&page, "secret");
    assert!(scim.starts_with("rcs_") && page.contains("SCIM connector base URL"), "{page}");
    scim_as(&server, &scim, "POST", "/Users", Some(&person("grace"))).expect(201);
    logged(|| bob.page("/console/setup/live").contains("First person provisioned: grace@acme.example"));
    let live = bob.page("/console/setup/live");
    let (_, rest) = live.split_once("href=\"/console/setup/requests/").unwrap();
    let request = bob.page(&format!("/console/setup/requests/{}", rest.split_once('"').unwrap().0));
    assert!(request.contains("grace@acme.example") && !request.contains("/console/people"), "{request}");

    // It opens nothing else, and says where it leads.
    for path in ["/console", "/console/people", "/console/requests", LINKS, "/console/nowhere"] {
        let refused = bob.get(path).expect(403).text();
        assert!(refused.contains("opens the set-up alone") && refused.contains(SETUP), "{refused}");
    }
    // Everything it did is told as its doing.
    let events = server.admin("GET", "/v1/events?limit=100", None).expect(200).json;
    let told = |kind: &str| {
        let found = events["data"].as_array().unwrap().iter().find(|event| event["type"] == kind);
        found.unwrap_or_else(|| panic!("{kind}: {events}"))["cause"]["by"]["type"].clone()
    };
    assert_eq!(told("setup_link.created"), "administrator");
    assert_eq!(told("setup_link.opened"), "setup_link");

    // The server's log names no secret.
    let log = server.log();
    assert!(!log.contains("rcw_") && !log.contains("rcs_"), "{log}");
}

#[test]
fn a_link_that_ended_says_so_and_what_to_do() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let create = |expires: &str| {
        let arguments = ["setup-link", "create", "--org", "default", "--name", "Bob", "--expires", expires];
        server.rolecall(&arguments).expect(0).line().to_owned()
    };
    let (short, long) = (create("1s"), create("30d"));
    let mut bob = Browser::new(&server);
    bob.follow(&long).expect(303);
    bob.page(SETUP);
    let listed = server.rolecall(&["setup-link", "list", "--org", "default", "--json"]).expect(0).json();
    assert!(listed[0]["opened_at"].is_null() && listed[1]["opened_at"].is_string(), "{listed}");
    let id = listed[1]["id"].as_str().unwrap();
    ada.send(LINKS, &format!("{LINKS}/{id}/revoke"), &[]).expect(200);
    for answer in [bob.get(SETUP), Browser::new(&server).follow(&long)] {
        let text = answer.expect(410).text();
        assert!(text.contains("revoked by an administrator; ask whoever sent it"), "{text}");
    }
    ada.send_only(LINKS, &format!("{LINKS}/{id}/revoke"), &[]).expect(404);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let text = Browser::new(&server).follow(&short).expect(410).text();
    assert!(text.contains("ended on 2") && text.contains("ask whoever sent it for another"), "{text}");
    let (cut, _) = short.split_at(short.len() - 3);
    let text = Browser::new(&server).follow(cut).expect(403).text();
    assert!(text.contains("follow the whole link"), "{text}");
    let revoked = server.rolecall(&["setup-link", "revoke", "--org", "default", id]).expect(1);
    assert!(revoked.err.contains("does not exist, or is revoked already"), "{}", revoked.err);
    for (flag, value) in [("--expires", "91d"), ("--name", " "), ("--connection", "ping")] {
        let mut arguments = vec!["setup-link", "create", "--org", "default"];
        arguments.extend(if flag == "--name" {
            [flag, value, "", ""]
        } else {
            ["--name", "Bob", flag, value]
        });
        arguments.retain(|argument| !argument.is_empty());
        let refused = server.rolecall(&arguments);
        assert!(refused.code != 0 && refused.out.is_empty(), "{flag} {}", refused.err);
    }
}

#[test]
fn a_guest_is_of_one_connection_and_may_replace_its_token() {
    let server = Server::start();
    let other = json!({"name": "okta"});
    server.admin("POST", "/v1/scim/connections", Some(&other)).expect(201);
    let made = json!({"name": "Okta", "connection": "okta"});
    let made = server.admin("POST", "/v1/scim/tokens", Some(&made)).expect(201).json;
    let (okta, okta_id) = (made["secret"].as_str().unwrap(), made["id"].as_str().unwrap());
    scim_as(&server, okta, "POST", "/Users", Some(&person("hidden"))).expect(201);
    server.scim("POST", "/Users", Some(&person("ada"))).expect(201);
    scim_as(&server, "nonsense", "GET", "/Users?count=1", None).expect(401);

    let mut bob = Browser::guest(&server, "default");
    logged(|| {
        let live = bob.page("/console/setup/live");
        live.contains("ada@acme.example") && live.contains("A request was refused with 401")
    });
    let live = bob.page("/console/setup/live");
    assert!(!live.contains("hidden@acme.example") && !bob.page(SETUP).contains("Okta</span>"), "{live}");
    let all = server.admin("GET", "/v1/scim/requests", None).expect(200).json;
    let of = |name: &str| {
        let found = all["data"].as_array().unwrap().iter().find(|one| one["resource"]["name"] == name);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    bob.get(&format!("/console/setup/requests/{}", of("ada@acme.example"))).expect(200);
    bob.get(&format!("/console/setup/requests/{}", of("hidden@acme.example"))).expect(404);

    // The old token of its own connection is revoked, the other connection's is not there for it.
    let token = bob.form_token_of(SETUP);
    let tokens = server.admin("GET", "/v1/scim/tokens", None).expect(200).json;
    let own = tokens["data"][0]["id"].as_str().unwrap();
    let path = |id: &str| format!("/console/setup/tokens/{id}/revoke");
    bob.send_with(&token, SETUP, &path(okta_id), &[]).expect(404);
    scim_as(&server, okta, "GET", "/Users?count=1", None).expect(200);
    bob.send_with("another", SETUP, &path(own), &[]).expect(403);
    bob.send_with(&token, SETUP, &path(own), &[]).expect(303);
    server.scim("GET", "/Users?count=1", None).expect(401);
    let page = bob.send_with(&token, SETUP, "/console/setup/token", &[("idp", "generic")]).expect(200).text();
    let fresh = value_of(&page, "secret");
    scim_as(&server, &fresh, "GET", "/Users?count=1", None).expect(200);

    // Forgetting the link leaves the browser as it was.
    bob.send_with(&token, SETUP, "/console/setup/leave", &[]).expect(303);
    bob.get(SETUP).expect(403);
}

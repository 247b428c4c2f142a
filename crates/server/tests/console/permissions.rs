//! Every address of the console, tried as everybody: one table, made from the routes themselves.

use rolecall_console::{Needs, Route, routes};
use rolecall_domain::role::AdminRole;
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    support::{Answer, Server},
};

/// A name that only the first organisation's things have.
const MARK: &str = "Zebrafish";

/// One thing of each kind, by the name that it has in addresses.
fn things(server: &Server) -> Vec<(&'static str, String)> {
    let schemas = |kind: &str| json!([format!("urn:ietf:params:scim:schemas:core:2.0:{kind}")]);
    let user = json!({"schemas": schemas("User"), "userName": format!("{MARK}@acme.example")});
    let user = server.scim("POST", "/Users", Some(&user)).expect(201).json["id"].clone();
    let group = json!({"schemas": schemas("Group"), "displayName": format!("{MARK} group"), "members": [{"value": user}]});
    let group = server.scim("POST", "/Groups", Some(&group)).expect(201).json["id"].clone();
    let admin = |path: &str, body: Value| server.admin("POST", path, Some(&body)).json;
    let workspace = admin("/v1/admin/workspaces", json!({"name": format!("{MARK} workspace")}));
    let mapping = admin(
        "/v1/scim/workspaces",
        json!({"scim_group_id": group, "workspace_id": workspace["id"], "role": "manager"}),
    );
    let named = json!({"scim_group_name": format!("{MARK} managers"), "role": "admin"});
    let role_mapping = admin("/v1/scim/roles", named);
    let request = logged_request(server);
    let token = admin("/v1/scim/tokens", json!({"name": format!("{MARK} token")}));
    let key = admin("/v1/admin/api-keys", json!({"name": format!("{MARK} key")}));
    let link = admin("/v1/setup-links", json!({"name": format!("{MARK} link")}));
    let urn = "urn:acme:params:scim:schemas:extension:hr:1.0:User".to_owned();
    let schema = json!({"id": urn, "name": format!("{MARK} schema"), "resourceType": "User", "attributes": [{"name": "badge"}]});
    assert_eq!(admin("/v1/scim/schemas", schema)["id"], json!(urn));
    let waiting = json!({"people": [{"id": format!("{MARK}-1"), "user_name": format!("{MARK} who waits")}]});
    admin("/v1/imports", waiting);
    let refused = admin(&format!("/v1/matches/{MARK}-1/refuse"), json!({"user_id": user}));
    let administrators = server.rolecall(&["admin", "list", "--json"]).expect(0).json();
    let connection = server.admin("GET", "/v1/scim/connections", None).json["data"][0]["id"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let things = vec![
        ("user", text(&user)),
        ("group", text(&group)),
        ("workspace", text(&workspace["id"])),
        ("mapping", text(&mapping["id"])),
        ("role_mapping", text(&role_mapping["id"])),
        ("token", text(&token["id"])),
        ("key", text(&key["id"])),
        ("request", request),
        ("link", text(&link["id"])),
        ("administrator", text(&administrators[0]["id"])),
        ("connection", text(&connection)),
        ("urn", urn),
        ("refusal", text(&refused["id"])),
    ];
    assert!(things.iter().all(|(_, id)| !id.is_empty()), "{things:?}");
    things
}

/// The log is a moment behind.
fn logged_request(server: &Server) -> String {
    for _ in 0..400 {
        let listed = server.admin("GET", "/v1/scim/requests", None).expect(200).json;
        if let Some(id) = listed["data"][0]["id"].as_str() {
            return id.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("no request was logged");
}

fn filled(path: &str, things: &[(&str, String)]) -> String {
    let path =
        things.iter().fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
    assert!(!path.contains('{'), "{path}: name a thing for it in `things`");
    path
}

fn attempt(visitor: &mut Browser<'_>, token: Option<&str>, route: &Route, path: &str) -> Answer {
    // Filled in as for something that is there: who may not see it shall hear of nothing else.
    let filled: &[(&str, &str)] = if route.path.contains('{') {
        &[
            ("role", "admin"),
            ("person", "nobody"),
            ("name", "Other"),
            ("slug", "other"),
            ("profile", "strict"),
        ]
    } else {
        &[]
    };
    let fields: Vec<(&str, &str)> =
        filled.iter().copied().chain(token.map(|token| ("form_token", token))).collect();
    match route.method.as_str() {
        "GET" => visitor.get(path),
        _ => visitor.post(path, &fields),
    }
}

fn is_sent_to_sign_in(answer: &Answer) -> bool {
    answer.status == 303 && answer.header("location").starts_with("/console/sign-in")
}

/// What the administrator of an organisation sees of it.
fn state_of(server: &Server) -> Vec<String> {
    [
        "/v1/admin/users",
        "/v1/scim/groups",
        "/v1/admin/workspaces",
        "/v1/scim/workspaces",
        "/v1/scim/tokens",
        "/v1/admin/api-keys",
        "/v1/scim/settings",
        "/v1/scim/connections",
        "/v1/setup-links",
        "/v1/scim/roles",
        "/v1/scim/schemas",
        "/v1/matches",
        "/v1/matches/refused",
        "/v1/admin/organisation",
    ]
    .iter()
    .map(|path| server.admin("GET", path, None).text())
    .chain([server.rolecall(&["admin", "list", "--json"]).expect(0).out])
    .map(|text| unused(serde_json::from_str(&text).unwrap()).to_string())
    .collect()
}

/// Without when a token was last used, which is noted some time after the request that used it.
fn unused(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| name != "last_used_at")
            .map(|(name, value)| (name, unused(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(unused).collect(),
        other => other,
    }
}

#[test]
fn no_cell_of_the_table_lets_anybody_do_or_see_more_than_they_may() {
    let server = Server::start();
    drop(Browser::first_owner(&server));
    server.rolecall(&["org", "create", "other"]).expect(0);
    let things = things(&server);
    let nothing: Vec<(&str, String)> =
        things.iter().map(|(name, _)| (*name, "01a00000-0000-7000-8000-000000000001".to_owned())).collect();
    let mut visitors = Vec::new();
    for (org, role) in
        [("default", "auditor"), ("default", "admin"), ("default", "owner"), ("other", "owner")]
    {
        let mut browser = Browser::administrator(&server, org, role);
        let token = browser.form_token();
        visitors.push((org, role.parse::<AdminRole>().unwrap(), browser, token));
    }
    let mut guests = Vec::new();
    for org in ["default", "other"] {
        let mut browser = Browser::guest(&server, org);
        let token = browser.form_token_of("/console/setup");
        guests.push((org, browser, token));
    }
    let before = state_of(&server);
    let mut cells = 0;
    for route in routes() {
        let path = filled(route.path, &things);
        let cell = |who: &str, answer: &Answer| {
            format!("{} {path} as {who}: {} {}", route.method, answer.status, answer.header("location"))
        };
        let stranger = attempt(&mut Browser::new(&server), None, route, &path);
        let shown = cell("a stranger", &stranger);
        assert!(!stranger.text().contains(MARK), "{shown}");
        match route.needs() {
            Needs::Nobody => assert!(stranger.status < 500, "{shown}"),
            Needs::SetupLink => assert_eq!(stranger.status, 403, "{shown}"),
            Needs::Role(_) => assert!(is_sent_to_sign_in(&stranger), "{shown}"),
        }
        for (org, browser, token) in &mut guests {
            // What forgets the link is for another test.
            if route.path == "/console/setup/leave" {
                continue;
            }
            let allowed = route.needs() == Needs::SetupLink;
            let elsewhere = *org == "other";
            let tried = if route.method != "GET" && allowed && !elsewhere {
                filled(route.path, &nothing)
            } else {
                path.clone()
            };
            let answer = attempt(browser, Some(token), route, &tried);
            let shown = cell(&format!("a guest of {org}"), &answer);
            assert!(answer.status < 500, "{shown}");
            if route.needs() != Needs::Nobody {
                assert_eq!(answer.status == 403, !allowed, "{shown}");
            }
            let may_see = !elsewhere && allowed;
            assert!(may_see || !answer.text().contains(MARK), "{shown}");
            if elsewhere && allowed && route.path.contains('{') {
                assert_eq!(answer.status, 404, "{shown}");
            }
            cells += 1;
        }
        if route.needs() == Needs::SetupLink {
            // A session opens nothing here: an administrator has the console's own pages.
            for (_, role, browser, token) in &mut visitors {
                let answer = attempt(browser, Some(token), route, &path);
                let shown = cell(&format!("{role} without a link"), &answer);
                assert!(answer.status == 403 && !answer.text().contains(MARK), "{shown}");
                cells += 1;
            }
        }
        let Needs::Role(needed) = route.needs() else { continue };
        for (org, role, browser, token) in &mut visitors {
            // What ends the session is for another test.
            if route.path.starts_with("/console/sign-out") {
                continue;
            }
            let allowed = *role >= needed;
            let elsewhere = *org == "other";
            // Who may change something tries it on what is not there, so that the table leaves everything as it is.
            let changes = route.method != "GET" && allowed && !elsewhere;
            let tried = if changes { filled(route.path, &nothing) } else { path.clone() };
            let answer = attempt(browser, Some(token), route, &tried);
            let shown = cell(&format!("{role} of {org}"), &answer);
            assert!(answer.status < 500 && !is_sent_to_sign_in(&answer), "{shown}");
            assert_eq!(answer.status == 403, !allowed, "{shown}");
            if elsewhere {
                assert!(!answer.text().contains(MARK), "{shown}");
                let names_a_thing = route.path.contains('{');
                assert!(!names_a_thing || answer.status == 404, "{shown}");
            }
            cells += 1;
        }
    }
    let after = state_of(&server);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after, "somebody changed something");
    }
    println!("{cells} cells");
}

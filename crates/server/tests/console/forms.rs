//! Every form of the console, sent as a browser with scripts off sends it: the fields that the page gave it, and what somebody
//! would type. The forms come from the pages themselves, the pages from the console's routes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rolecall_console::{Needs, routes};
use serde_json::{Value, json};

use crate::{browser::Browser, support::Server};

/// What somebody types where a field is empty.
const TYPED: &[(&str, &str)] = &[
    ("email", "grace@acme.example"),
    ("group", "Night shift"),
    ("workspace", "newsroom"),
    ("person", "ada@acme.example"),
    ("prefix", "ws-"),
    ("separator", "-role-"),
    ("document", r#"{"id": "urn:acme:badge", "resourceType": "User", "attributes": [{"name": "badge"}]}"#),
    ("replacement", r#"{"id": "urn:acme:hr", "resourceType": "User", "attributes": [{"name": "level"}]}"#),
];

/// The file that somebody chooses.
const FILE: (&str, &[u8]) = ("people.csv", b"user_name\nheidi@acme.example\n");

/// What is sent last, since it takes away what other forms are about. By parts of the address, the last ones last.
const LATE: &[&str] = &[
    "/delete",
    "/revoke",
    "/reject",
    "/approve",
    "/pause",
    "/resume",
    "/disable",
    "/enable",
    "/undo",
    "/reset",
    "/sign-out",
];

/// Forms that no page of this test shows, each with the test that sends it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("/console/sign-in", "sign_in::a_session_lives_in_the_database_until_it_is_ended"),
    ("/console/set-up", "sign_in::the_first_link_makes_an_owner_once_and_is_printed_once"),
    ("/console/setup/token", "setup_links"),
    ("/console/setup/tokens/{token}/revoke", "setup_links"),
    ("/console/setup/leave", "setup_links"),
    ("/console/people/{user}/forget", "history::the_name_of_somebody_who_is_gone_is_forgotten"),
    ("/console/holds/approve", "review"),
    ("/console/workspaces/{workspace}/restore", "directory::a_workspace_is_archived_and_restored"),
    ("/console/holds/reject", "review"),
    (
        "/console/settings/scim/mappings/{mapping}/resume",
        "mappings::a_mapping_is_paused_resumed_changed_and_deleted",
    ),
    ("/console/settings/scim/roles/{role_mapping}", "mappings::a_group_gives_a_role_in_the_organisation"),
    (
        "/console/settings/scim/roles/{role_mapping}/pause",
        "mappings::a_group_gives_a_role_in_the_organisation",
    ),
    (
        "/console/settings/scim/roles/{role_mapping}/resume",
        "mappings::a_group_gives_a_role_in_the_organisation",
    ),
    (
        "/console/settings/scim/roles/{role_mapping}/delete",
        "mappings::a_group_gives_a_role_in_the_organisation",
    ),
];

/// A form as a page shows it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Form {
    page: String,
    pub(crate) action: String,
    /// Whether it may bring a file.
    pub(crate) brings_file: bool,
    pub(crate) fields: Vec<(String, String)>,
}

/// An element's start: its name and attributes.
fn tags(html: &str) -> impl Iterator<Item = (&str, BTreeMap<&str, String>)> {
    html.split('<').skip(1).map(|rest| {
        let inside = rest.split('>').next().unwrap();
        let (name, mut left) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = BTreeMap::new();
        while !left.trim().is_empty() {
            left = left.trim_start();
            let end = left.find(['=', ' ']).unwrap_or(left.len());
            let (key, rest) = left.split_at(end);
            let value = rest.strip_prefix("=\"").map(|rest| rest.split('"').next().unwrap());
            left = value.map_or(rest, |value| &rest[value.len() + 3..]);
            attributes.insert(key, plain(value.unwrap_or_default()));
        }
        (name, attributes)
    })
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The forms of a page that change something, with what they send when nobody touches them.
pub(crate) fn forms(page: &str, html: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut open = Open::default();
    for (tag, attributes) in tags(html) {
        let of = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        match tag {
            "form" => {
                open = Open::default();
                if of("method") == "post" {
                    open.actions.push(of("action"));
                    open.brings_file = of("enctype") == "multipart/form-data";
                }
            }
            "/form" => {
                let fields = std::mem::take(&mut open.fields);
                let brings_file = open.brings_file;
                let form =
                    |action| Form { page: page.to_owned(), action, brings_file, fields: fields.clone() };
                found.extend(open.actions.drain(..).map(form));
            }
            "select" => open.select = of("name"),
            "option" => open.option(of("value"), attributes.contains_key("selected")),
            "input" | "textarea" | "button" => {
                // A button may send the form to another address than the form's own.
                open.actions.extend(attributes.get("formaction").cloned());
                let ticked = attributes.contains_key("checked");
                // Of several buttons one is pressed: the first.
                let other = tag == "button" && open.fields.iter().any(|(name, _)| *name == of("name"));
                let chosen = !other
                    && of("type") != "file"
                    && (!matches!(of("type").as_str(), "checkbox" | "radio") || ticked);
                if chosen && attributes.contains_key("name") {
                    let empty = of("value").is_empty() && attributes.contains_key("required");
                    let value = if empty { typed(&of("name"), page) } else { of("value") };
                    open.fields.push((of("name"), value));
                }
            }
            _ => {}
        }
    }
    found
}

/// A form that has begun.
#[derive(Default)]
struct Open {
    actions: Vec<String>,
    brings_file: bool,
    fields: Vec<(String, String)>,
    select: String,
}

impl Open {
    /// The first option is chosen, unless another one says that it is.
    fn option(&mut self, value: String, selected: bool) {
        let known = self.fields.iter().any(|(field, _)| *field == self.select);
        if selected {
            self.fields.retain(|(field, _)| *field != self.select);
        }
        if !known || selected {
            self.fields.push((self.select.clone(), value));
        }
    }
}

/// Two pages that make the same kind of thing are given two names for it.
fn typed(name: &str, page: &str) -> String {
    let known = TYPED.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let place = page.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    known.unwrap_or_else(|| format!("Something of {place}"))
}

fn template_of(address: &str, method: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap();
    let fits = |template: &str| {
        let (wanted, given): (Vec<&str>, Vec<&str>) =
            (template.split('/').collect(), path.split('/').collect());
        wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(one, other)| one == other || one.starts_with('{'))
    };
    // A fixed address goes before one with a hole.
    let mut found: Vec<&'static str> =
        routes().filter(|route| route.method == method && fits(route.path)).map(|route| route.path).collect();
    found.sort_by_key(|path| path.matches('{').count());
    found.first().copied()
}

/// Something of everything, so that every form has something to be about.
fn a_company(server: &Server) {
    let schemas = |kind: &str| json!([format!("urn:ietf:params:scim:schemas:core:2.0:{kind}")]);
    let user = |name: &str| json!({"schemas": schemas("User"), "userName": format!("{name}@acme.example")});
    let ada = server.scim("POST", "/Users", Some(&user("ada"))).expect(201).json["id"].clone();
    let bob = server.scim("POST", "/Users", Some(&user("bob"))).expect(201).json["id"].clone();
    let group = json!({"schemas": schemas("Group"), "displayName": "Editors", "members": [{"value": ada}]});
    let group = server.scim("POST", "/Groups", Some(&group)).expect(201).json["id"].clone();
    let admin = |path: &str, body: Value| server.admin("POST", path, Some(&body)).json;
    let workspace = admin("/v1/admin/workspaces", json!({"name": "Newsroom"}))["id"].clone();
    admin(
        "/v1/scim/workspaces",
        json!({"scim_group_id": group, "workspace_id": workspace, "role": "member"}),
    );
    let id = workspace.as_str().unwrap();
    admin(&format!("/v1/admin/workspaces/{id}/users"), json!({"user_id": bob, "role": "admin"}));
    admin("/v1/setup-links", json!({"name": "Bob"}));
    admin(
        "/v1/scim/schemas",
        json!({"id": "urn:acme:hr", "resourceType": "User", "attributes": [{"name": "desk"}]}),
    );
    let people =
        ["ada", "bob"].map(|name| json!({"user_name": name, "email": format!("{name}@acme.example")}));
    admin("/v1/imports", json!({"people": people}));
    let waiting = server.admin("GET", "/v1/matches", None).expect(200).json["data"].clone();
    let of = |name: &str| waiting.as_array().unwrap().iter().find(|one| one["user_name"] == name).unwrap();
    let refused = format!("/v1/matches/{}/refuse", of("bob")["user_id"].as_str().unwrap());
    server.admin("POST", &refused, Some(&json!({"user_id": of("bob")["matches"][0]["user_id"]}))).expect(200);
    for email in ["eve@acme.example", "mallory@acme.example"] {
        server.rolecall(&["admin", "create", "--email", email, "--role", "owner"]).expect(0);
    }
    server.rolecall(&["admin", "disable", "--email", "mallory@acme.example"]).expect(0);
}

/// A connection that owns nothing, and another one that is paused; the pages of both.
fn two_connections(server: &Server) -> [String; 2] {
    let made = ["empty", "paused"].map(|name| {
        let made = server.admin("POST", "/v1/scim/connections", Some(&json!({"name": name}))).json;
        made["id"].as_str().unwrap().to_owned()
    });
    let pause = json!({"paused": true});
    server.admin("PATCH", &format!("/v1/scim/connections/{}", made[1]), Some(&pause)).expect(200);
    made.map(|id| format!("/console/settings/connections/{id}?"))
}

#[test]
fn every_form_works_without_scripts() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    a_company(&server);
    let mut to_read: VecDeque<String> = routes()
        .filter(|route| route.method == "GET" && matches!(route.needs(), Needs::Role(_)))
        .map(|route| route.path.to_owned())
        .filter(|path| !path.contains('{'))
        .collect();
    let events = server.admin("GET", "/v1/events", None).expect(200).json;
    let change = events["data"][0]["cause"]["change_id"].as_str().unwrap().to_owned();
    to_read.push_back(format!("/console/undo?change={change}"));
    to_read.push_back("/console/connect?idp=entra".into());
    // The first page that shows a form is the one from which it is sent: the empty one is removed, the paused one resumed.
    for page in two_connections(&server).into_iter().rev() {
        to_read.push_front(page);
    }
    // One page of each kind, and one form of each address.
    let (mut read, mut to_send) = (BTreeSet::new(), BTreeMap::new());
    while let Some(path) = to_read.pop_front() {
        let Some(template) = template_of(&path, "GET") else { continue };
        let key =
            if path.contains('?') && !path.contains("cursor=") { path.clone() } else { template.to_owned() };
        if !read.insert(key) || read.len() > 120 {
            continue;
        }
        let answer = ada.get(&path);
        if answer.status != 200 {
            continue;
        }
        let html = answer.text();
        for form in forms(&path, &html) {
            let template =
                template_of(&form.action, "POST").unwrap_or_else(|| panic!("{form:?} leads nowhere"));
            // The last administrator, who is not the one that sends this.
            if !to_send.contains_key(template) || template.contains("{administrator}") {
                to_send.insert(template, form);
            }
        }
        let links = tags(&html).filter(|(tag, _)| *tag == "a").filter_map(|(_, mut a)| a.remove("href"));
        to_read.extend(links.filter(|link| link.starts_with("/console")));
    }
    let unseen: Vec<&str> = routes()
        .filter(|route| route.method == "POST" && !to_send.contains_key(route.path))
        .map(|route| route.path)
        .filter(|path| !ELSEWHERE.iter().any(|(known, _)| known == path))
        .collect();
    assert!(unseen.is_empty(), "no page shows a form for {unseen:?}");
    let mut to_send: Vec<(&str, Form)> = to_send.into_iter().collect();
    to_send.sort_by_key(|(path, _)| LATE.iter().position(|late| path.contains(late)).map_or(0, |at| at + 1));
    for (template, form) in &mut to_send {
        // Which request is to be undone, nobody can type by heart.
        for (_, value) in form.fields.iter_mut().filter(|(name, _)| name == "change") {
            value.clone_from(&change);
        }
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let referer = format!("{}{}", server.base_url, form.page);
        let answer = if form.brings_file {
            ada.post_parts(&form.action, &fields, Some(FILE), &form.page)
        } else {
            ada.post_from(&form.action, &fields, &[("referer", &referer)])
        };
        assert!(
            matches!(answer.status, 200 | 303),
            "{template}: {} {form:?}\n{}",
            answer.status,
            answer.text()
        );
        if answer.status == 303 && !template.contains("sign-out") {
            let led = ada.get(answer.header("location"));
            assert_eq!(led.status, 200, "{template}: {form:?} {}", answer.header("location"));
            let page = led.text();
            assert!(!page.contains("flash refused"), "{template}: {form:?}\n{page}");
        }
    }
    println!("{} forms", to_send.len());
}

//! Connections: made, paused, switched and removed, each looked at first.

use serde_json::{Value, json};

use crate::{browser::Browser, world::World};

const LIST: &str = "/console/settings/connections";

impl World {
    fn connection(&self, name: &str) -> Value {
        self.server.admin("GET", &format!("/v1/scim/connections/{name}"), None).expect(200).json
    }
}

fn page_of(world: &World, name: &str) -> String {
    format!("{LIST}/{}", world.connection(name)["id"].as_str().unwrap())
}

/// The switches as their form sends them when nothing was touched.
const UNTOUCHED: &[(&str, &str)] = &[
    ("verified_domains", ""),
    ("outside_domains", "refuse"),
    ("on_conflict", "refuse"),
    ("grace_hours", "0"),
];

#[test]
fn a_connection_is_made_renamed_and_removed() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let made = ada.plan_and_do(LIST, &[("name", "okta")], |plan| {
        assert!(plan.contains("Connection created: okta"), "{plan}");
    });
    assert!(made.contains("Make a Secret Token for it next") && made.contains("No token yet"), "{made}");
    assert!(ada.page(LIST).contains(">okta</a>"));
    let taken = ada.send(LIST, LIST, &[("name", "okta")]).text();
    assert!(taken.contains("has a connection `okta` already"), "{taken}");
    let path = page_of(&world, "okta");
    ada.plan_and_do(&path, &[("name", "okta prod"), ("profile", "strict")], |_| ());
    let now = world.connection("okta%20prod");
    assert_eq!((&now["name"], &now["profile"]), (&json!("okta prod"), &json!("strict")));
    let gone = ada.plan_and_do(&format!("{path}/delete"), &[], |_| ());
    assert!(gone.contains("The connection is removed.") && !gone.contains("okta prod"), "{gone}");
    ada.get(&path).expect(404);
    // One that owns somebody asks what becomes of them.
    world.person("ann");
    let path = page_of(&world, "default");
    let shown = ada.page(&path);
    assert!(
        shown.contains("It owns people or groups") && shown.contains("Switch the connection off …"),
        "{shown}"
    );
    let refused = ada.send(&path, &format!("{path}/delete"), &[]).text();
    assert!(refused.contains("owns 1 people"), "{refused}");
}

#[test]
fn a_paused_connection_tells_its_identity_provider_to_come_again() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let path = page_of(&world, "default");
    let paused = ada.plan_and_do(&format!("{path}/pause"), &[], |plan| {
        assert!(plan.contains("Pause the connection?"), "{plan}");
    });
    assert!(paused.contains("told to come again") && paused.contains("Resume …"), "{paused}");
    world.server.scim("GET", "/Users", None).expect(503);
    assert!(ada.page(LIST).contains("paused"));
    let resumed = ada.plan_and_do(&format!("{path}/resume"), &[], |_| ());
    assert!(resumed.contains("It goes on.") && resumed.contains("Pause …"), "{resumed}");
    world.server.scim("GET", "/Users", None).expect(200);
}

#[test]
fn other_verified_domains_show_who_would_lose_access_before_they_are_saved() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let people = ["ann", "bob"].map(|name| world.person(name));
    world.group("ws-Sales-role-manager", &[&people[0], &people[1]]);
    let path = page_of(&world, "default");
    let action = format!("{path}/switches");
    let mut fields = UNTOUCHED.to_vec();
    fields[0].1 = "acme.example\nACME.org";
    fields.extend([("upsert_only", "yes"), ("lock", "yes")]);
    let saved = ada.plan_and_do(&action, &fields, |plan| {
        assert!(plan.contains("2 people in 1 workspace") && plan.contains("loses access"), "{plan}");
        assert_eq!(world.people_in("sales").len(), 2);
    });
    assert!(saved.contains("acme.example\nacme.org"), "{saved}");
    let switches = &world.connection("default")["switches"];
    assert_eq!(switches["verified_domains"], json!(["acme.example", "acme.org"]));
    assert_eq!((&switches["upsert_only"], &switches["lock"]), (&json!(true), &json!(true)));
    assert!(world.people_in("sales").is_empty());
    let back = ada.plan_and_do(&action, UNTOUCHED, |plan| assert!(plan.contains("gains access"), "{plan}"));
    assert!(back.contains("The switches are saved."), "{back}");
    assert_eq!(world.people_in("sales").len(), 2);
    for (field, wrong, why) in
        [("verified_domains", "@acme", "is no e-mail domain"), ("grace_hours", "soon", "no number of hours")]
    {
        let fields: Vec<(&str, &str)> = UNTOUCHED
            .iter()
            .map(|(name, value)| (*name, if *name == field { wrong } else { *value }))
            .collect();
        let refused = ada.send(&path, &action, &fields).text();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn a_connections_page_shows_its_tokens_its_last_cycle_and_how_much_it_owns() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let path = page_of(&world, "default");
    assert!(ada.page(&path).contains("Nothing has come yet"));
    world.person("ann");
    world.group("Support", &[]);
    let page = (0..200)
        .map(|_| ada.page(&path))
        // The log is a moment behind.
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(25)))
        .find(|page| page.contains("2, 2 of them writes"))
        .unwrap();
    assert!(page.contains("1 person, 1 group") && page.contains("rcs_…"), "{page}");
    let page = Browser::administrator(&world.server, "default", "auditor").page(&path);
    assert!(!page.contains("Save …") && !page.contains("Pause …"), "{page}");
}

#[test]
fn the_wizard_is_of_the_connection_that_was_chosen_or_made_its_tokens_and_what_arrives() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    world.person("ann");
    let connect = "/console/connect";
    let first = ada.page(connect);
    assert!(!first.contains("Which connection"), "{first}");
    let made = ada.send(connect, "/console/connect/connections", &[("name", "okta")]).expect(200).text();
    assert!(made.contains("The connection okta is made.") && made.contains("Which connection"), "{made}");
    let okta = world.connection("okta")["id"].as_str().unwrap().to_owned();
    let default = world.connection("default")["id"].as_str().unwrap().to_owned();
    assert!(made.contains(&format!("?idp=okta&amp;connection={okta}")), "{made}");
    let taken = ada.send(connect, "/console/connect/connections", &[("name", "okta")]).text();
    assert!(taken.contains("has a connection `okta` already"), "{taken}");

    let wizard = format!("{connect}?idp=okta&connection={okta}");
    let page = ada.page(&wizard);
    assert!(page.contains("Okta for okta") && page.contains("Waiting for the first request"), "{page}");
    let fields = [("idp", "okta"), ("connection", okta.as_str())];
    let shown = ada.send(&wizard, "/console/connect/token", &fields).expect(200).text();
    let (_, rest) = shown.split_once("id=\"secret\"").unwrap();
    let secret = rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let users = format!("{}/Users", world.server.tenant_url);
    let body =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob@acme.test"});
    let pushed = world.server.request("POST", &users).bearer(&secret);
    pushed.json(&body, "application/scim+json").send().expect(201);
    let owned = ada.page(&page_of(&world, "okta"));
    assert!(owned.contains("1 person, 0 groups"), "the token is of the connection that was chosen: {owned}");
    let live = |id: &str| format!("{connect}/live?connection={id}");
    let arrived = (0..200)
        .map(|_| ada.page(&live(&okta)))
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(25)))
        .find(|page| !page.contains("Waiting for the first request"))
        .unwrap();
    let requests = |page: &str| page.matches("POST").count();
    assert!(arrived.contains("by the connection okta") && requests(&arrived) == 1, "{arrived}");
    assert_eq!(requests(&ada.page(&live(&default))), 1, "what came by the other connection is not shown");
    ada.get(&live("01a00000-0000-7000-8000-000000000001")).expect(404);
    ada.get(&format!("{connect}?connection=okta")).expect(404);
}

#[test]
fn a_connection_whose_identity_provider_only_asked_for_access_tokens_is_heard_of() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page(LIST).contains("never yet"));
    let url = format!("{}/oauth/default/token", world.server.base_url);
    let ask = |client: &str| {
        let secret = &world.server.token;
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        let request = world.server.request("POST", &url);
        request.header("content-type", "application/x-www-form-urlencoded").body(form).send()
    };
    let mut until = |path: &str, words: &str| {
        let pages = (0..200)
            .map(|_| ada.page(path))
            // The log is a moment behind.
            .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(25)));
        pages.into_iter().find(|page| page.contains(words)).unwrap_or_else(|| panic!("{path}: {words}"))
    };
    let live = "/console/connect/live";
    ask("nobody").expect(401);
    let listed = until(LIST, "answered 401");
    assert!(!listed.contains("never yet"), "{listed}");
    until(live, "A request was refused with 401");
    // What cannot be read shows no token; the panel tells of it all the same.
    let json = world
        .server
        .request("POST", &url)
        .json(&json!({"grant_type": "client_credentials"}), "application/json");
    json.send().expect(400);
    until(live, "was answered 400");
    let name = "made at the first start";
    ask(&name.replace(' ', "+")).expect(200);
    until(live, "Nothing has come with it yet");
    until(&page_of(&world, "default"), "2, 0 of them writes");
    let listed = until(LIST, "Last heard of");
    assert!(!listed.contains("answered 4") && !listed.contains("never yet"), "{listed}");
    world.person("ann");
    let page = until(live, "First person provisioned");
    assert!(page.contains("Access token issued") && !page.contains(&world.server.token), "{page}");
}

//! What happened, page by page, and by whom.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

const EVENTS: &str = "/console/events";

#[test]
fn what_happened_is_listed_with_who_did_it_and_asked_for_by_kind_and_by_whom() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let ann = world.person("ann");
    let sales = world.group("ws-Sales-role-manager", &[&ann]);
    world.group("Everybody", &[&sales]);
    ada.send("/console/settings/organisation", "/console/settings/organisation", &[("name", "Acme")]);
    let page = ada.page(EVENTS);
    let read = read_aloud(&page);
    let token = world.server.admin("GET", "/v1/scim/tokens", None).json["data"][0]["name"].clone();
    let directory = format!("directory default, token {}", token.as_str().unwrap());
    for words in [
        &format!("joined as manager ann@acme.test sales {directory}"),
        "organisation updated name: default → Acme Acme administrator ada@acme.example",
        &format!("group member added ann@acme.test ws-Sales-role-manager {directory}"),
        &format!("group member added ws-Sales-role-manager Everybody {directory}"),
        &format!("user created ann@acme.test {directory}"),
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    assert!(
        page.find("organisation updated").unwrap() < page.find("joined as manager").unwrap(),
        "newest first"
    );
    assert!(page.contains("href=\"/console/requests/"), "{page}");
    let read = read_aloud(&ada.page(&format!("{EVENTS}?kind=access")));
    assert!(read.contains("joined as manager") && !read.contains("user created"), "{read}");
    let read = read_aloud(&ada.page(&format!("{EVENTS}?by=administrator")));
    assert!(read.contains("organisation updated") && !read.contains("joined as manager"), "{read}");
    assert!(ada.page(&format!("{EVENTS}?kind=holds")).contains("Nothing of the kind has happened"));
    let overview = ada.page("/console");
    assert!(overview.contains("All events"), "{overview}");
}

#[test]
fn an_event_says_which_fields_changed_from_what_to_what() {
    let world = World::new();
    let admin = |method, path: &str, body: &serde_json::Value| {
        world.server.admin(method, path, Some(body)).expect(200);
    };
    world.workspace("Sales");
    let mapping = world.map("Sales people", "sales", "member").expect(200).json["id"].clone();
    let mapping = format!("/v1/scim/workspaces/{}", mapping.as_str().unwrap());
    admin("PUT", &mapping, &json!({"role": "admin", "paused": true}));
    admin("POST", "/v1/admin/workspaces/sales/archive", &json!({}));
    admin("PUT", "/v1/admin/workspaces/sales", &json!({"name": "<b>Sold"}));
    world.settings(
        json!({"prefix": "team-", "role_separator": ":", "create_workspaces": false, "enabled": false}),
    );
    let mut ada = Browser::first_owner(&world.server);
    for path in [EVENTS, "/console"] {
        let page = ada.page(path);
        assert!(page.contains("&lt;b&gt;Sold") && !page.contains("<b>Sold"), "{page}");
        let read = read_aloud(&page);
        for words in [
            "mapping updated role: member → admin paused: no → yes",
            "workspace updated archived: no → yes",
            "workspace updated name: Sales → &lt;b&gt;Sold",
            "settings updated 4 fields name pattern › create workspaces: yes → no name pattern › enabled: yes → no name pattern › prefix: ws- → team-",
        ] {
            assert!(read.contains(words), "{words}\n{read}");
        }
    }
}

#[test]
fn events_go_on_page_by_page_to_the_first_one() {
    let world = World::new();
    let people: Vec<_> = (0..2100).map(|n| json!({"user_name": format!("p{n:04}")})).collect();
    world.server.admin("POST", "/v1/imports", Some(&json!({"people": people}))).expect(200);
    world.workspace("Sales");
    let mut ada = Browser::first_owner(&world.server);
    let next = |page: &str| {
        let (_, rest) = page.split_once("rel=\"next\" href=\"")?;
        Some(rest.split_once('"').unwrap().0.replace("&amp;", "&"))
    };
    let created = |page: &str| page.matches(">user created<").count();
    let (mut path, mut seen, mut pages) = (Some(EVENTS.to_owned()), 0, 0);
    while let Some(at) = path {
        let page = ada.page(&at);
        (seen, pages) = (seen + created(&page), pages + 1);
        path = next(&page);
    }
    assert_eq!(seen, 2100);
    assert!((42..=44).contains(&pages), "{pages}");
    // What is rare is found, however far back it is; a page looks at so many events alone.
    let first = ada.page(&format!("{EVENTS}?kind=secrets"));
    assert!(first.contains("Nothing of the kind here"), "{first}");
    let second = ada.page(&next(&first).unwrap());
    assert!(second.contains("token created"), "{second}");
}

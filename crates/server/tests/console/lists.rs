//! Lists that are longer than a page, searched or not, and what they are narrowed to.

use serde_json::json;

use crate::{browser::Browser, world::World};

/// The names in the rows of a list, in order.
fn names(page: &str) -> Vec<&str> {
    let titles = page.split("class=\"row-title\"").skip(1);
    let titles = titles.map(|rest| rest.split_once('>').unwrap().1);
    let titles = titles.map(|title| title.trim_start_matches("<span class=\"address\">"));
    titles.map(|title| title.split_once('<').unwrap().0).collect()
}

/// The address of the next page.
fn next(page: &str) -> Option<String> {
    let (before, _) = page.split_once(">Next page<")?;
    let (_, address) = before.rsplit_once("href=\"")?;
    Some(address.trim_end_matches('"').replace("&amp;", "&"))
}

/// All pages of a list.
fn all(browser: &mut Browser<'_>, path: &str) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), browser.page(path));
    for _ in 0..20 {
        found.extend(names(&page).into_iter().map(str::to_owned));
        let Some(address) = next(&page) else { return found };
        page = browser.page(&address);
        assert!(page.contains(">First page<"), "{page}");
    }
    panic!("{path} does not end");
}

#[test]
fn a_search_goes_on_page_after_page_and_keeps_what_was_asked() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    for n in 0..108 {
        let active = n % 9 != 0;
        world.person_with(
            json!({"userName": format!("pat{n:03}@acme.test"), "displayName": format!("Pat {n:03}"), "active": active}),
        );
        world.group(&format!("Team {n:03}"), &[]);
    }
    world.person("zoe");
    world.group("Other", &[]);
    world.workspace("Sales");

    let first = ada.page("/console/people?q=pat");
    assert_eq!(names(&first).len(), 50);
    assert_eq!(names(&first)[0], "Pat 000");
    let second = next(&first).unwrap();
    assert!(second.contains("q=pat") && second.contains("cursor="), "{second}");
    let everybody: Vec<String> = (0..108).map(|n| format!("Pat {n:03}")).collect();
    assert_eq!(all(&mut ada, "/console/people?q=pat"), everybody);
    assert_eq!(all(&mut ada, "/console/people?q=pat&state=inactive").len(), 12);
    let active = all(&mut ada, "/console/people?state=active");
    assert_eq!(active.len(), 97);
    assert_eq!(all(&mut ada, "/console/people").len(), 109);
    assert_eq!(all(&mut ada, "/console/people?q=pat107%40"), ["Pat 107"], "by userName");

    let teams: Vec<String> = (0..108).map(|n| format!("Team {n:03}")).collect();
    assert_eq!(all(&mut ada, "/console/groups?q=team"), teams);
    assert_eq!(all(&mut ada, "/console/groups").len(), 109);
    assert_eq!(names(&ada.page("/console/workspaces?q=sal")), ["Sales"]);
    // What is no place of this search begins at its first page.
    assert_eq!(names(&ada.page("/console/people?q=pat&cursor=nonsense")), names(&first));
}

#[test]
fn lists_are_narrowed_to_what_an_administrator_has_to_look_at() {
    let world = World::new();
    let mut browser = Browser::first_owner(&world.server);
    let (ada, bob) = (world.person("ada"), world.person("bob"));
    world.person_with(json!({"userName": "cy@acme.test", "roles": [{"value": "owner"}]}));
    world.set_active(&bob, json!(false));
    world.group("ws-Sales-role-manager", &[&ada]);
    world.group("Idle", &[&ada]);
    let news = world.workspace("Newsroom");
    world.group("Editors", &[]);
    world.map("Editors", &news, "member").expect(200);
    world.map("Later", &news, "member").expect(200);
    let mut list = |path: &str| {
        let page = browser.page(&format!("/console/{path}"));
        names(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("people?state=no-workspace"), ["cy@acme.test"]);
    assert_eq!(list("people?role=owner"), ["cy@acme.test"]);
    assert_eq!(list("people?state=held"), [""; 0]);
    assert_eq!(list("groups?state=mapped"), ["Editors", "Later"]);
    assert_eq!(list("groups?state=by-name"), ["ws-Sales-role-manager"]);
    assert_eq!(list("groups?state=unmapped"), ["Idle"]);
    assert_eq!(list("groups?state=empty"), ["Editors", "Later"]);
    assert_eq!(list("groups?state=not-pushed"), ["Later"]);
    assert_eq!(list("workspaces?state=by-directory"), ["Sales"]);
    assert_eq!(list("workspaces?state=empty"), ["Newsroom"]);
    assert_eq!(list("workspaces?state=archived"), [""; 0]);
    assert!(browser.page("/console/people?q=nobody").contains("Nobody matches"));

    // With a second connection people can be told apart by it.
    assert!(!browser.page("/console/people").contains("name=\"connection\""));
    world.server.rolecall(&["connection", "create", "--org", "default", "--name", "okta"]).expect(0);
    let page = browser.page("/console/people");
    assert!(page.contains("name=\"connection\"") && page.contains(">okta<"), "{page}");
    let option = page.split("<option value=\"").find(|rest| rest.contains(">okta<")).unwrap();
    let okta = option.split('"').next().unwrap();
    let page = browser.page(&format!("/console/people?connection={okta}"));
    assert_eq!(names(&page), [""; 0]);
}

//! "Why can't I see Sales?", asked and answered in the console.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

fn why(browser: &mut Browser<'_>, person: &str, workspace: &str) -> String {
    read_aloud(&browser.page(&format!("/console/people/{person}/why?workspace={workspace}")))
}

#[track_caller]
fn tells(page: &str, all: &[&str]) {
    for words in all {
        assert!(page.contains(words), "{words}\n\n{page}");
    }
}

#[test]
fn the_way_from_a_nested_group_to_the_role_is_drawn_with_the_requests_that_made_it() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let inner = world.group("Team", &[&ada]);
    let outer = world.group("Everybody", &[&inner]);
    world.group("ws-Sales-role-admin", &[&ada]);
    world.map("Everybody", &sales, "manager").expect(200);
    let mut browser = Browser::first_owner(&world.server);

    let page = browser.page(&format!("/console/people/{ada}/why?workspace={sales}"));
    tells(
        &read_aloud(&page),
        &[
            "ada@acme.test is admin in Sales, because the group ws-Sales-role-admin maps itself by its name.",
            "Person ada@acme.test",
            "This way counts for less: In the group Team since",
            "Which is in the group Everybody since",
            "Mapping gives manager since",
            "outranked by admin",
            "This way decides: In the group ws-Sales-role-admin",
            "Name pattern gives admin",
            "Workspace Sales admin",
            "by token “made at the first start” of connection “default”",
        ],
    );
    tells(&page, &[&format!("href=\"/console/groups/{outer}\""), "href=\"/console/requests/"]);
    // The two pages where one stands lead here.
    tells(
        &browser.page(&format!("/console/people/{ada}")),
        &[&format!("/console/people/{ada}/why?workspace=sales")],
    );
    tells(
        &browser.page("/console/workspaces/sales"),
        &[&format!("/console/people/{ada}/why?workspace=sales")],
    );
}

#[test]
fn who_has_no_access_hears_what_stands_in_the_way_and_what_would_help() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    world.group("Staff", &[&ada]);
    world.group("Choir", &[&ada]);
    world.group("ws-Sales-role-admin", &[]);
    let mapping = world.map("Staff", &sales, "member").expect(200).json["id"].clone();
    let mut browser = Browser::first_owner(&world.server);

    tells(
        &why(&mut browser, &grace, &sales),
        &[
            "grace@acme.test has no access to Sales: no group of theirs leads there",
            "This way would help: Not in this group Staff Mapping would give member",
            "Not in this group ws-Sales-role-admin Name pattern would give admin",
            "Workspace Sales no access",
            "Add the person to one of the groups in the picture",
        ],
    );
    let pause = format!("/v1/scim/workspaces/{}/pause", mapping.as_str().unwrap());
    world.server.admin("POST", &pause, None).expect(200);
    world.set_active(&ada, json!(false));
    tells(
        &why(&mut browser, &ada, &sales),
        &[
            "has no access to Sales: they are inactive, and the mapping is paused.",
            "Person ada@acme.test inactive",
            "This way is stopped: In the group Staff",
            "paused Workspace Sales no access",
            "Resume the mapping in the SCIM Mappings List",
            "They are in these groups, which no mapping names and whose names map nothing. Choir",
        ],
    );
    let empty = world.workspace("Legal");
    tells(&why(&mut browser, &grace, &empty), &["nothing leads there", "No group leads to Legal yet"]);
}

#[test]
fn names_as_people_say_them_lead_to_the_answer() {
    let world = World::new();
    world.workspace("Sales");
    world.workspace("Sales EMEA");
    let ada = world.person_with(json!({"userName": "ada@acme.test", "displayName": "Ada Lovelace"}));
    let adam = world.person_with(json!({"userName": "adam@acme.test", "displayName": "Adam Smith"}));
    let mut browser = Browser::first_owner(&world.server);
    let led = |browser: &mut Browser<'_>, query: &str| {
        browser.get(&format!("/console/why?{query}")).expect(303).header("location").to_owned()
    };
    // A whole name is that one, even where another begins with it.
    let to = led(&mut browser, "person=ada%20lovelace&workspace=SALES");
    assert!(to.starts_with(&format!("/console/people/{ada}/why?workspace=")), "{to}");
    browser.page(&to);
    let to = led(&mut browser, "person=adam%40acme.test&workspace=sales-emea");
    assert!(to.starts_with(&format!("/console/people/{adam}/why?workspace=")), "{to}");
    assert_eq!(led(&mut browser, "person=adam"), format!("/console/people/{adam}/why"));

    let page = browser.page("/console/why?person=ada&workspace=sales");
    tells(&read_aloud(&page), &["Who is meant? Ada Lovelace ada@acme.test Adam Smith adam@acme.test"]);
    let (_, choice) = page.split_once("href=\"/console/why?person=").unwrap();
    let (chosen, _) = choice.split_once('"').unwrap();
    let to = led(&mut browser, &format!("person={}", chosen.replace("&amp;", "&")));
    assert!(to.starts_with(&format!("/console/people/{ada}/why?workspace=")), "{to}");
    tells(
        &read_aloud(&browser.page(&format!("/console/why?person={ada}&workspace=sal"))),
        &["Which workspace is meant? Sales sales Sales EMEA sales-emea"],
    );
    tells(
        &browser.page("/console/why?person=nobody&workspace=nowhere"),
        &["Nobody is called that", "No workspace is called that"],
    );
    browser.get(&format!("/console/people/{ada}/why?workspace=nowhere")).expect(404);
    browser.get("/console/people/nobody/why").expect(404);
}

#[test]
fn the_role_in_the_organisation_and_every_workspace_are_drawn_on_one_page() {
    let world = World::new();
    let sales = world.workspace("Sales");
    world.workspace("Legal");
    let ada = world.person("ada");
    world.group("Chiefs", &[&ada]);
    let role = json!({"scim_group_name": "Chiefs", "role": "admin"});
    world.server.admin("POST", "/v1/scim/roles", Some(&role)).expect(200);
    let rules = json!({"rules": [{"pattern": "team-(?<workspace>.+)", "role": "manager"}]});
    world.server.admin("PATCH", "/v1/scim/settings", Some(&rules)).expect(200);
    world.group("team-Legal", &[&ada]);
    let grant = json!({"user_id": ada, "role": "member"});
    let path = format!("/v1/admin/workspaces/{sales}/users");
    assert!(world.server.admin("POST", &path, Some(&grant)).status < 300);
    let mut browser = Browser::first_owner(&world.server);
    tells(
        &read_aloud(&browser.page(&format!("/console/people/{ada}/why"))),
        &[
            "This way counts for less: SCIM attribute roles says member outranked by admin",
            "This way decides: In the group Chiefs",
            "Role mapping gives admin since",
            "ada@acme.test is member in Sales, because it was given by hand.",
            "Manual grant gives member",
            "ada@acme.test is manager in Legal, because the group team-Legal maps itself by its name.",
            "Rule 1 gives manager",
        ],
    );
}

//! What was, and who made it so, on the pages of people and workspaces.

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

#[track_caller]
fn tells(page: &str, all: &[&str]) {
    for words in all {
        assert!(page.contains(words), "{words}\n\n{page}");
    }
}

/// The log is a moment behind.
fn wait_for_the_log(world: &World, about: &str) {
    for _ in 0..400 {
        let listed =
            world.server.admin("GET", &format!("/v1/scim/requests?resource={about}"), None).expect(200).json;
        if listed["data"].as_array().is_some_and(|rows| !rows.is_empty()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("no request about {about} was logged");
}

/// The day on which something happened in the organisation.
fn today(world: &World) -> String {
    let events = world.server.admin("GET", "/v1/events?limit=1", None).expect(200).json;
    events["data"][0]["time"].as_str().unwrap()[..10].to_owned()
}

#[test]
fn a_person_has_a_time_line_of_roles_with_who_began_and_ended_them() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let staff = world.group("Staff", &[&ada]);
    world.map("Staff", &sales, "manager").expect(200);
    world.leave(&staff, &ada);
    let mut browser = Browser::first_owner(&world.server);
    for path in [format!("/console/people/{ada}"), format!("/console/people/{ada}/history")] {
        let page = browser.page(&path);
        let day = today(&world);
        tells(
            &page,
            &[&format!("aria-label=\"sales: manager from {day} to {day}\""), "href=\"/console/requests/"],
        );
        tells(&page, &["aria-label=\"the organisation: member from "]);
        let words = read_aloud(&page);
        tells(
            &words,
            &["the organisation member", "sales manager", "directory default, token made at the first start"],
        );
        tells(&words, &["API key made at the first start", "still"]);
    }
    world.server.scim("DELETE", &format!("/Users/{ada}"), None).expect(204);
    browser.get(&format!("/console/people/{ada}")).expect(404);
    tells(
        &read_aloud(&browser.page(&format!("/console/people/{ada}/history"))),
        &["Somebody who is gone", "sales manager"],
    );
    browser.get("/console/people/01a00000-0000-7000-8000-000000000001/history").expect(404);
}

#[test]
fn a_workspace_says_who_was_there_on_a_day_and_who_ever_was() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    let staff = world.group("Staff", &[&ada, &grace]);
    world.map("Staff", &sales, "member").expect(200);
    world.leave(&staff, &grace);
    let mut browser = Browser::first_owner(&world.server);
    let then = |browser: &mut Browser<'_>, day: &str| {
        read_aloud(&browser.page(&format!("/console/workspaces/{sales}?at={day}")))
    };
    tells(&then(&mut browser, "2020-02-29"), &["At the end of 2020-02-29 (UTC)", "Nobody was here"]);
    let page = then(&mut browser, &today(&world));
    let (_, people) = page.split_once("(UTC)").unwrap();
    let (people, _) = people.split_once("Why, or why not?").unwrap();
    assert!(people.contains("ada@acme.test member") && !people.contains("grace"), "{people}");
    let answer = browser.get(&format!("/console/workspaces/{sales}?at=yesterday")).expect(422);
    tells(&answer.text(), &["is not a time"]);
    tells(
        &read_aloud(&browser.page(&format!("/console/workspaces/{sales}/history"))),
        &["ada@acme.test member", "grace@acme.test member", "still"],
    );
}

#[test]
fn a_person_and_a_group_show_the_last_requests_about_them() {
    let world = World::new();
    let ada = world.person("ada");
    let staff = world.group("Staff", &[&ada]);
    let mut browser = Browser::first_owner(&world.server);
    for (id, path, request) in [
        (&ada, format!("/console/people/{ada}"), "POST /Users"),
        (&staff, format!("/console/groups/{staff}"), "POST /Groups"),
    ] {
        wait_for_the_log(&world, id);
        let page = browser.page(&path);
        tells(&read_aloud(&page), &["Last requests", request, "201"]);
        tells(&page, &[&format!("href=\"/console/requests?q={id}\"")]);
    }
}

#[test]
fn the_name_of_somebody_who_is_gone_is_forgotten_and_what_they_had_stays() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let (ann, bob) = (world.person("ann"), world.person("bob"));
    world.group("ws-Sales-role-member", &[&ann]);
    let forget = |person: &str| format!("/console/people/{person}/forget");
    let history = |person: &str| format!("/console/people/{person}/history");
    assert!(!ada.page(&history(&ann)).contains("Forget the name"));
    let refused = ada.send(&history(&bob), &forget(&bob), &[]).text();
    assert!(refused.contains("still exists"), "{refused}");
    world.server.scim("DELETE", &format!("/Users/{ann}"), None).expect(204);
    assert!(ada.page(&history(&ann)).contains("Forget the name"));
    let known = || world.server.admin("GET", "/v1/events?limit=200", None).text().contains("ann@acme.test");
    assert!(known());
    let done = ada.plan_and_do(&forget(&ann), &[], |plan| assert!(plan.contains("User forgotten"), "{plan}"));
    assert!(done.contains("The name is forgotten.") && done.contains("member"), "{done}");
    assert!(!known());
    ada.send(&history(&bob), &forget("01a00000-0000-7000-8000-000000000001"), &[]).expect(404);
}

//! What waits for an administrator's look: findings, held removals, the guards.

use serde_json::json;

use crate::{browser::Browser, world::World};

/// Twelve people in Sales, a brake that lets two go, and everybody gone from the group.
fn a_wave(world: &World) -> Vec<String> {
    let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 2, "max_percent": 100}}});
    world.server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
    let people: Vec<String> = (0..12).map(|n| world.person(&format!("p{n:02}"))).collect();
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group("ws-Sales-role-manager", &members);
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert_eq!(world.people_in("sales").len(), 12);
    people
}

#[test]
fn a_finding_says_what_to_do_and_leads_to_where_it_is_done() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page("/console/findings").contains("Nothing to look at"));
    a_wave(&world);
    world.group("Support <team>", &[]);
    world
        .server
        .request("GET", &format!("{}/Users", world.server.tenant_url))
        .bearer("rcs_wrong")
        .send()
        .expect(401);
    let page = (0..200)
        .map(|_| ada.page("/console/findings"))
        // The log is a moment behind.
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(25)))
        .find(|page| page.contains("requests_refused"))
        .unwrap();
    assert!(page.contains("12 people keep access that the directory took away"), "{page}");
    for path in ["/console/holds", "/console/requests?status=401", "/console/groups?state=unmapped"] {
        assert!(page.contains(&format!("href=\"{path}\"")), "{path}: {page}");
        ada.page(path.split('#').next().unwrap());
    }
    assert!(page.contains("/console/groups?q=Support%20%3Cteam%3E"), "{page}");
    assert!(page.find("removals_held") < page.find("unmapped_group"), "what matters most comes first");
    assert!(!page.contains("/v1/"), "no finding speaks of the admin API: {page}");
}

#[test]
fn held_removals_are_approved_and_rejected_one_by_one_and_as_a_whole() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page("/console/holds").contains("Nothing waits for a review"));
    let people = a_wave(&world);
    let page = ada.page("/console/holds");
    assert!(page.contains("12 people") && page.contains("Too many at once"), "{page}");
    assert!(page.contains("manager") && page.contains("Sales"), "what they would lose: {page}");

    // Nobody is ticked.
    let none = ada.send("/console/holds", "/console/holds/approve", &[("which", "ticked")]).text();
    assert!(none.contains("Tick at least one person"), "{none}");
    let two = [("which", "ticked"), ("user", people[0].as_str()), ("user", people[1].as_str())];
    let done = ada.plan_and_do("/console/holds/approve", &two, |plan| {
        assert!(plan.contains("2 people in 1 workspace") && plan.contains("p00@acme.test"), "{plan}");
        assert_eq!(world.people_in("sales").len(), 12);
    });
    assert!(done.contains("Approved for 2 people"), "{done}");
    assert_eq!(world.people_in("sales").len(), 10);

    let one = [("which", "ticked"), ("user", people[2].as_str())];
    ada.plan_and_do("/console/holds/reject", &one, |plan| assert!(plan.contains("Hold kept"), "{plan}"));
    assert!(ada.page("/console/holds?state=kept").contains("p02@acme.test"));
    let done = ada.plan_and_do("/console/holds/approve", &[("which", "all")], |plan| {
        assert!(plan.contains("9 people"), "{plan}");
    });
    assert!(done.contains("Approved for 9 people") && done.contains("Nothing waits"), "{done}");
    assert_eq!(world.people_in("sales"), ["p02: manager"]);
    // What somebody else has settled meanwhile is told as that.
    let late = ada.send("/console/holds", "/console/holds/approve", &two).text();
    assert!(late.contains("somebody else has decided"), "{late}");
}

#[test]
fn one_person_and_one_request_are_settled_from_the_page() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let people = a_wave(&world);
    let page = ada.page("/console/holds");
    assert!(page.contains("aria-label=\"Approve for p00@acme.test\""), "{page}");
    assert!(!page.contains("By request"), "one request is everybody: {page}");
    let others: Vec<String> = (0..3).map(|n| world.person(&format!("q{n}"))).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let group = world.group("ws-Support-role-member", &others);
    let removal = world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    let request = removal.header("x-request-id").to_owned();
    assert_eq!(world.people_in("support").len(), 3);

    let page = ada.page("/console/holds");
    assert!(page.contains("15 people") && page.contains("By request"), "{page}");
    let field = format!("name=\"request\" value=\"{request}\"");
    assert!(page.contains(&field), "{field} {page}");
    // Whoever is ticked beside the pressed button does not count.
    let one = [("user", people[5].as_str()), ("one", people[0].as_str())];
    let done = ada.plan_and_do("/console/holds/approve", &one, |plan| {
        assert!(plan.contains("p00@acme.test") && !plan.contains("p05@acme.test"), "{plan}");
    });
    assert!(done.contains("Approved for 1 person"), "{done}");
    let done = ada.plan_and_do("/console/holds/approve", &[("request", &request)], |plan| {
        assert!(plan.contains("everybody of this request") && plan.contains("3 people"), "{plan}");
    });
    assert!(done.contains("Approved for 3 people"), "{done}");
    assert_eq!((world.people_in("support").len(), world.people_in("sales").len()), (0, 11));
    for field in ["one", "request"] {
        let wrong = ada.send("/console/holds", "/console/holds/reject", &[(field, "7")]).text();
        assert!(wrong.contains("That is no id of"), "{wrong}");
    }
}

#[test]
fn the_brake_is_set_in_the_console_and_an_auditor_only_sees_it() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let fields = [("enabled", "yes"), ("max_people", "7"), ("max_percent", "20"), ("window_minutes", "90")];
    let done = ada.plan_and_do("/console/holds/guard", &fields, |plan| {
        assert!(plan.contains("more than 7 people"), "{plan}");
    });
    assert!(done.contains("The brake is on."), "{done}");
    let settings = world.server.admin("GET", "/v1/scim/settings", None).expect(200).json;
    let wanted = json!({"enabled": true, "max_people": 7, "max_percent": 20, "window_minutes": 90});
    assert_eq!(settings["guard"]["brake"], wanted);
    let wrong = [("max_people", "few"), ("max_percent", "20"), ("window_minutes", "90")];
    let refused = ada.send("/console/holds", "/console/holds/guard", &wrong).text();
    assert!(refused.contains("give a whole number"), "{refused}");
    let wrong = [("max_people", "7"), ("max_percent", "101"), ("window_minutes", "90")];
    let refused = ada.send("/console/holds", "/console/holds/guard", &wrong).text();
    assert!(refused.contains("from 1 to 100"), "{refused}");
    let page = Browser::administrator(&world.server, "default", "auditor").page("/console/holds");
    assert!(page.contains("value=\"7\"") && !page.contains("Save the brake"), "{page}");
}

#[test]
fn a_request_is_undone_from_its_page_in_the_log_and_the_report_says_what_stays() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let people: Vec<String> = ["ann", "bob", "cy"].map(|name| world.person(name)).to_vec();
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group("ws-Sales-role-manager", &members);
    let everybody = world.people_in("sales");
    let removal = world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    let change = removal.header("x-request-id").to_owned();
    assert!(world.people_in("sales").is_empty());
    let page = (0..200)
        .map(|_| ada.get(&format!("/console/requests/{change}")))
        // The log is a moment behind.
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(25)))
        .find(|answer| answer.status == 200)
        .unwrap()
        .text();
    let link = format!("/console/undo?change={change}");
    assert!(page.contains(&format!("href=\"{link}\"")), "{page}");
    assert!(ada.page(&link).contains(&format!("value=\"{change}\"")));

    let done = ada.plan_and_do("/console/undo", &[("change", &change)], |plan| {
        assert!(plan.contains("Would be reversed") && plan.contains("Group deleted: 1"), "{plan}");
        assert!(plan.contains("3 people in 1 workspace"), "{plan}");
        assert!(world.people_in("sales").is_empty());
    });
    assert!(done.contains("It is undone"), "{done}");
    assert_eq!(world.people_in("sales"), everybody);
    let again = ada.send_only("/console", "/console/undo", &[("change", &change)]).expect(200).text();
    assert!(again.contains("As before already"), "{again}");

    let nothing = ada.send("/console/undo", "/console/undo", &[("change", "yesterday")]).text();
    assert!(nothing.contains("is no id"), "{nothing}");
    let nothing = ada.send("/console/undo", "/console/undo", &[]).text();
    assert!(nothing.contains("Say what to undo"), "{nothing}");
}

#[test]
fn a_span_of_time_is_undone_with_what_was_changed_since_left_as_it_is() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let people: Vec<String> = ["ann", "bob"].map(|name| world.person(name)).to_vec();
    let group = world.group("ws-Sales-role-member", &[&people[0]]);
    let tokens = world.server.admin("GET", "/v1/scim/tokens", None).expect(200).json;
    let token = tokens["data"][0]["id"].as_str().unwrap().to_owned();
    let page = ada.page(&format!("/console/undo?token={token}"));
    assert!(page.contains(&format!("<option value=\"{token}\" selected>")), "{page}");
    // An administrator gave Bob the role by hand after the token made the workspace: it does not go with it.
    let grant = json!({"user_id": people[1], "role": "admin"});
    world.server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&grant)).expect(201);
    let fields = [("token", token.as_str()), ("since", "2000-01-01T00:00"), ("until", "")];
    let plan = ada.send_only("/console", "/console/undo", &fields).expect(200).text();
    assert!(plan.contains("Undo what this token did?") && plan.contains("Would stay as it is"), "{plan}");
    assert!(plan.contains("Why it stays"), "{plan}");
    world.server.scim("GET", &format!("/Groups/{group}"), None).expect(200);
    // The facts move between the look and the press.
    let fields = [("token", token.as_str()), ("since", "2000-01-01T00:00"), ("planned", &"0".repeat(32))];
    let moved = ada.send_only("/console", "/console/undo", &fields).expect(200).text();
    assert!(moved.contains("Something has changed since you looked"), "{moved}");
    world.server.scim("GET", &format!("/Groups/{group}"), None).expect(200);
}

#[test]
fn a_page_that_only_takes_forms_says_so_when_it_is_opened() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let page = ada.get("/console/holds/approve").expect(404).text();
    assert!(page.contains("There is no page at this address") && page.contains("To the overview"), "{page}");
    // Refused on the page of the plan: there is nothing to go back to, so it is said there.
    let action = "/console/holds/approve";
    let refused = ada.send_only(action, action, &[("which", "ticked")]).expect(422).text();
    assert!(refused.contains("Tick at least one person"), "{refused}");
}

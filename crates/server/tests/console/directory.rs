//! What groups give and to whom, and how busy the identity provider was.

use serde_json::json;

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

#[test]
fn a_group_says_what_it_gives_by_what_and_what_each_member_gets_through_it() {
    let world = World::new();
    let (sales, _) = (world.workspace("Sales"), world.workspace("Legal"));
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    let team = world.group("team-Legal", &[&ada, &grace]);
    let rules = json!({"rules": [{"pattern": "team-(?<workspace>.+)", "role": "manager"}]});
    world.server.admin("PATCH", "/v1/scim/settings", Some(&rules)).expect(200);
    let staff = world.group("Staff", &[&team]);
    world.map("Staff", &sales, "member").expect(200);
    let role = json!({"scim_group_name": "Staff", "role": "admin"});
    world.server.admin("POST", "/v1/scim/roles", Some(&role)).expect(200);
    world.group("ws-Sales-role-admin", &[&ada]);
    world.set_active(&grace, json!(false));
    let mut browser = Browser::first_owner(&world.server);

    let page = browser.page(&format!("/console/groups/{team}"));
    tells(
        &read_aloud(&page),
        &[
            "the organisation admin a role mapping of Staff, which it is in",
            "legal manager its name, by rule 1",
            "sales member a mapping of Staff, which it is in",
            "2 direct members",
            "ada@acme.test manager in legal member in sales has admin by something else Why?",
            "grace@acme.test manager in legal stopped member in sales stopped",
            "It is in these groups What they give, its people get, too. Staff",
        ],
    );
    tells(&page, &[&format!("/console/people/{ada}/why")]);
    tells(
        &read_aloud(&browser.page("/console/workspaces/sales")),
        &["Groups that lead here", "Staff member a mapping", "ws-Sales-role-admin admin its name"],
    );
    let outer = read_aloud(&browser.page(&format!("/console/groups/{staff}")));
    tells(&outer, &["team-Legal group inside it", "1 direct member "]);
    assert!(!outer.contains("It is in these groups"), "{outer}");
}

#[test]
fn the_overview_says_how_busy_the_identity_provider_was_and_what_waits() {
    let world = World::new();
    let mut browser = Browser::first_owner(&world.server);
    tells(
        &read_aloud(&browser.page("/console")),
        &[
            "0 requests in 24 hours, 0 of them failed.",
            "Last cycle none is in the log",
            "Findings 0 nothing pressing",
        ],
    );
    world.person("ada");
    world.server.scim("GET", "/Users/nobody", None).expect(404);
    let wrong = world.server.request("GET", &format!("{}/Users", world.server.tenant_url_of("default")));
    wrong.bearer("rcs_wrong").send().expect(401);
    let page = (0..400)
        .find_map(|_| {
            let page = browser.page("/console");
            std::thread::sleep(std::time::Duration::from_millis(25));
            page.contains("3 requests in 24 hours, 2 of them failed.").then_some(page)
        })
        .expect("the requests are in the log");
    tells(
        &read_aloud(&page),
        &["2 requests, 1 change, 1 failed", "Findings 1 pressing, 1 problem", "Held removals 0", "3 2 "],
    );
    tells(
        &page,
        &[
            "href=\"/console/findings\"",
            "href=\"/console/holds\"",
            "role=\"img\" aria-labelledby=\"activity-title",
        ],
    );
    tells(&page, &["class=\"worked\"", "class=\"failed\"", "action=\"/console/why\""]);
}

#[test]
fn a_workspace_is_archived_and_restored() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let ann = world.person("ann");
    world.group("ws-Sales-role-manager", &[&ann]);
    let id = world.server.admin("GET", "/v1/admin/workspaces/sales", None).expect(200).json["id"].clone();
    let path = format!("/console/workspaces/{}", id.as_str().unwrap());
    let archived = ada.plan_and_do(&format!("{path}/archive"), &[], |plan| tells(plan, &["ann@acme.test"]));
    tells(&archived, &["Archived since", "Nobody is in this workspace", "Restore the workspace"]);
    let restored = ada.plan_and_do(&format!("{path}/restore"), &[], |plan| tells(plan, &["ann@acme.test"]));
    tells(&restored, &["ann@acme.test", "Archive the workspace"]);
}

#[test]
fn a_workspace_is_made_after_a_look_at_whom_groups_of_its_name_bring() {
    let world = World::new();
    world.settings(json!({"create_workspaces": false}));
    let mut ada = Browser::first_owner(&world.server);
    let ann = world.person("ann");
    world.group("ws-Field-role-manager", &[&ann]);
    let fields = [("name", "Field & Co"), ("slug", "field")];
    let made = ada.plan_and_do("/console/workspaces", &fields, |plan| {
        tells(plan, &["Make the workspace Field &amp; Co?", "ann@acme.test", "gains access"]);
        world.server.admin("GET", "/v1/admin/workspaces/field", None).expect(404);
    });
    tells(&made, &["Workspace Field &amp; Co is made.", "ann@acme.test"]);
    assert_eq!(world.people_in("field"), ["ann: manager"]);
    let again = ada.send("/console/workspaces", "/console/workspaces", &fields).expect(200).text();
    tells(&again, &["field"]);
    assert!(!again.contains("Nothing is changed yet"), "{again}");
}

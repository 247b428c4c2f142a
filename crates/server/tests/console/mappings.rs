//! SCIM Provisioning: what groups give, tried before it is done.

use serde_json::json;

use crate::{browser::Browser, world::World};

const SCIM: &str = "/console/settings/scim";

/// Two people in a group that is mapped to Sales.
fn a_mapping(world: &World) -> String {
    let people = ["ann", "bob"].map(|name| world.person(name));
    world.group("Field staff", &[&people[0], &people[1]]);
    world.workspace("Sales");
    let mapping =
        world.map("Field staff", "sales", "member").expect(200).json["id"].as_str().unwrap().to_owned();
    format!("{SCIM}/mappings/{mapping}")
}

#[test]
fn a_mapping_is_paused_resumed_changed_and_deleted_with_its_people_kept() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let mapping = a_mapping(&world);
    let paused = ada.plan_and_do(&format!("{mapping}/pause"), &[], |plan| {
        assert!(plan.contains("2 people in 1 workspace") && plan.contains("loses access"), "{plan}");
    });
    assert!(paused.contains("Field staff is paused") && paused.contains("Resume the mapping"), "{paused}");
    assert!(world.people_in("sales").is_empty());
    ada.plan_and_do(&format!("{mapping}/resume"), &[], |plan| {
        assert!(plan.contains("gains access"), "{plan}")
    });
    let changed = ada.plan_and_do(&mapping, &[("role", "manager")], |_| ());
    assert!(changed.contains("Field staff gives manager now."), "{changed}");
    assert_eq!(world.people_in("sales"), ["ann: manager", "bob: manager"]);
    let kept = ada.plan_and_do(&format!("{mapping}/delete"), &[("members", "keep")], |plan| {
        assert!(plan.contains("Nobody's access changes"), "{plan}");
    });
    assert!(kept.contains("Its people have by hand what it gave."), "{kept}");
    assert_eq!(world.people_in("sales"), ["ann: manager", "bob: manager"]);
    let gone = ada.send(SCIM, &format!("{mapping}/pause"), &[]).expect(404).text();
    assert!(gone.contains("This mapping is gone"), "{gone}");
}

#[test]
fn a_group_gives_a_role_in_the_organisation_and_the_plan_says_to_whom() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let ann = world.person("ann");
    world.group("IT", &[&ann]);
    let roles = format!("{SCIM}/roles");
    assert!(ada.page(&roles).contains("No group gives a role in the organisation"));
    let made = ada.plan_and_do(&roles, &[("group", "IT"), ("role", "admin")], |plan| {
        assert!(plan.contains("ann@acme.test") && plan.contains("changes role"), "{plan}");
        assert_eq!(world.org_role(&ann), "member");
    });
    assert!(made.contains("IT gives admin in the organisation."), "{made}");
    assert_eq!(world.org_role(&ann), "admin");
    let listed = world.server.admin("GET", "/v1/scim/roles", None).expect(200).json;
    let id = listed["data"][0]["id"].as_str().unwrap();
    let mapping = format!("{roles}/{id}");
    ada.plan_and_do(&format!("{mapping}/pause"), &[], |_| ());
    assert_eq!(world.org_role(&ann), "member");
    assert!(ada.page(&roles).contains("paused"));
    ada.plan_and_do(&format!("{mapping}/resume"), &[], |_| ());
    ada.plan_and_do(&mapping, &[("role", "owner")], |_| ());
    assert_eq!(world.org_role(&ann), "owner");
    ada.plan_and_do(&format!("{mapping}/delete"), &[], |_| ());
    assert_eq!(world.org_role(&ann), "member");
}

#[test]
fn rules_on_names_are_previewed_over_the_groups_that_exist_and_saved_as_a_plan() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let ann = world.person("ann");
    world.group("eng-Data-admin", &[&ann]);
    world.group("ws-Sales-role-member", &[&ann]);
    // A mapping of an administrator comes before its name.
    world.workspace("Web");
    let web = world.group("eng-Web-member", &[]);
    let mapping = json!({"scim_group_id": web, "workspace_id": "web", "role": "member"});
    world.server.admin("POST", "/v1/scim/workspaces", Some(&mapping)).expect(200);
    let expression = "eng-(?<workspace>.+)-(?<role>admin|member)";
    let query = |pattern: &str| {
        let encoded: String = pattern.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{SCIM}?preview=yes&prefix=team-&role_separator=-role-&enabled=yes&rule-1-pattern={encoded}")
    };
    let page = ada.page(&query(expression));
    let (_, preview) = page.split_once("id=\"pattern-preview\"").unwrap();
    for (group, word) in
        [("eng-Data-admin", "new"), ("ws-Sales-role-member", "no longer"), ("eng-Web-member", "not read")]
    {
        let (_, row) = preview.split_once(&format!(">{group}</a>")).unwrap();
        assert!(row.split_once("</tr>").unwrap().0.contains(word), "{group}: {row}");
    }
    assert!(preview.contains("rule 1"), "{preview}");
    assert!(ada.page(&query("(?<workspace>")).contains("is no regular expression that can be used"));

    let fields = [
        ("enabled", "yes"),
        ("create_workspaces", "yes"),
        ("prefix", "ws-"),
        ("role_separator", "-role-"),
        ("rule-1-pattern", ""),
        ("rule-1-place", "1"),
        ("rule-2-pattern", "everyone.*"),
        ("rule-2-workspace", "Sales"),
        ("rule-2-role", "member"),
        ("rule-2-place", "9"),
        ("rule-3-pattern", expression),
        ("rule-3-place", "3"),
    ];
    let saved = ada.plan_and_do(&format!("{SCIM}/pattern"), &fields, |plan| {
        assert!(plan.contains("Workspace created: Data") && plan.contains("gains access"), "{plan}");
        assert!(world.people_in("sales").contains(&"ann: member".to_owned()));
    });
    assert!(saved.contains("Names are read so now"), "{saved}");
    assert_eq!(world.people_in("data"), ["ann: admin"]);
    let settings = world.server.admin("GET", "/v1/scim/settings", None).expect(200).json;
    let wanted = json!([
        {"pattern": expression},
        {"pattern": "everyone.*", "workspace": "Sales", "role": "member"},
    ]);
    assert_eq!(settings["rules"], wanted, "in the order that was given");
}

#[test]
fn reconcile_reports_what_differed_and_the_mappings_are_downloaded_as_code() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    a_mapping(&world);
    let report = ada.send(SCIM, &format!("{SCIM}/reconcile"), &[]).expect(200).text();
    assert!(
        report.contains("Everything is as it should be") && report.contains("2 people looked at"),
        "{report}"
    );
    let file = ada.get(&format!("{SCIM}/mappings.toml")).expect(200);
    assert!(file.header("content-disposition").contains("mappings-default.toml"));
    let printed = world.server.rolecall(&["mappings", "export", "--org", "default"]).expect(0).out;
    assert_eq!(file.text(), printed);
    assert!(printed.contains("group = \"Field staff\""), "{printed}");
}

//! Mappings in an administrator's hands: paused and resumed, removed with or without their people, and workspaces put away.

use serde_json::{Value, json};

use crate::world::{World, id_of};

/// Ada sells; sellers manage Sales.
fn a_company() -> (World, String, String) {
    let world = World::new();
    world.workspace("Sales");
    let ada = world.person("ada");
    world.group("Sellers", &[&ada]);
    let mapping = id_of(&world.map("Sellers", "sales", "manager").expect(200));
    (world, ada, mapping)
}

#[test]
fn a_paused_mapping_gives_nothing_until_it_is_resumed() {
    let (world, _, mapping) = a_company();
    let path = format!("/v1/scim/workspaces/{mapping}");
    let plan = world.server.admin("POST", &format!("{path}/pause?plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 1);
    assert_eq!(world.people_in("sales"), ["ada: manager"]);
    let paused = world.server.admin("POST", &format!("{path}/pause"), None).expect(200);
    assert_eq!(paused.json["paused"], true);
    assert!(world.people_in("sales").is_empty());
    let grace = world.person("grace");
    let group = paused.json["scim_group_id"].as_str().unwrap().to_owned();
    world.join(&group, &grace);
    assert!(world.people_in("sales").is_empty());
    let events = world.events().len();
    world.server.admin("POST", &format!("{path}/pause"), None).expect(200);
    assert_eq!(world.events().len(), events, "it is paused already");
    let resumed = world.server.admin("POST", &format!("{path}/resume"), None).expect(200);
    assert_eq!(resumed.json["paused"], false);
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: manager"]);

    // In one call with another role.
    let body = json!({"role": "admin", "paused": true});
    let changed = world.server.admin("PUT", &path, Some(&body)).expect(200);
    assert_eq!((&changed.json["role"], &changed.json["paused"]), (&json!("admin"), &json!(true)));
    world.server.admin("PUT", &path, Some(&json!({"paused": false}))).expect(200);
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: admin"]);
    assert!(world.events().iter().any(|kind| kind == "mapping.updated"));
    world.server.admin("POST", "/v1/scim/workspaces/7/pause", None).expect(404);
}

#[test]
fn a_mapping_goes_with_its_people_or_leaves_them_there_by_hand() {
    let (world, ada, mapping) = a_company();
    let path = format!("/v1/scim/workspaces/{mapping}?keep_members=true");
    let plan = world.server.admin("DELETE", &format!("{path}&plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 0);
    let kinds: Vec<&Value> = plan.json["also"].as_array().unwrap().iter().map(|also| &also["type"]).collect();
    assert_eq!(kinds, ["grant.created", "mapping.deleted"]);
    world.server.admin("DELETE", &path, None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: manager"]);
    let shown =
        world.server.admin("GET", &format!("/v1/admin/workspaces/sales/users/{ada}"), None).expect(200);
    assert_eq!(shown.json["sources"], json!([{"type": "grant", "role": "manager"}]));
    assert!(!world.events().iter().any(|kind| kind == "membership.removed"));

    let again = id_of(&world.map("Sellers", "sales", "admin").expect(200));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.server.admin("DELETE", &format!("/v1/scim/workspaces/{again}"), None).expect(204);
    assert_eq!(world.people_in("sales"), ["ada: manager"], "what was given by hand stays");
    world.server.admin("DELETE", "/v1/scim/workspaces/7?keep_members=perhaps", None).expect(400);
}

#[test]
fn nobody_is_in_an_archived_workspace_and_everything_waits() {
    let (world, ada, _) = a_company();
    let path = "/v1/admin/workspaces/sales";
    let plan = world.server.admin("POST", &format!("{path}/archive?plan=true"), None).expect(200);
    assert_eq!(plan.json["plan"]["losses"], 1);
    let archived = world.server.admin("POST", &format!("{path}/archive"), None).expect(200);
    assert!(archived.json["archived_at"].is_string());
    assert!(world.people_in("sales").is_empty());
    // What comes meanwhile waits, too: a grant, and a group by its name.
    let grace = world.person("grace");
    let grant = json!({"user_id": grace, "role": "member"});
    world.server.admin("POST", &format!("{path}/users"), Some(&grant));
    let zoe = world.person("zoe");
    world.group("ws-Sales-role-admin", &[&zoe]);
    assert!(world.people_in("sales").is_empty());
    let found = world.server.admin("GET", &format!("/v1/admin/users/{ada}"), None).expect(200);
    assert_eq!(found.json["workspaces"], json!([]));
    let restored = world.server.admin("POST", &format!("{path}/restore"), None).expect(200);
    assert_eq!(restored.json["archived_at"], Value::Null);
    assert_eq!(world.people_in("sales"), ["ada: manager", "grace: member", "zoe: admin"]);
    world.server.admin("POST", "/v1/admin/workspaces/nowhere/archive", None).expect(404);
}

fn role_mapping(group: &str, role: &str) -> Value {
    json!({"scim_group_name": group, "role": role})
}

#[test]
fn a_group_gives_a_role_in_the_organisation_and_takes_it_back() {
    let world = World::new();
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    // Named before it is pushed, and after a name that maps itself: both hold side by side.
    let path = "/v1/scim/roles";
    let plan = world.server.admin("POST", &format!("{path}?plan=true"), Some(&role_mapping("IT", "admin")));
    assert_eq!(plan.expect(200).json["plan"]["org_roles"], 0);
    let it = id_of(&world.server.admin("POST", path, Some(&role_mapping("IT", "admin"))).expect(200));
    let again = world.server.admin("POST", path, Some(&role_mapping("it", "admin"))).expect(200);
    assert_eq!(id_of(&again), it);
    let refused = world.server.admin("POST", path, Some(&role_mapping("IT", "owner"))).expect(409);
    assert_eq!(refused.json["existing"], json!({"id": it, "role": "admin"}));
    let group = world.group("IT", &[&ada]);
    assert_eq!(again.json["scim_group_id"], group);
    assert_eq!(world.org_role(&ada), "admin");
    world.server.admin("POST", path, Some(&role_mapping("ws-Lab-role-member", "owner"))).expect(200);
    world.group("ws-Lab-role-member", &[&grace]);
    assert_eq!(
        (world.org_role(&grace).as_str(), world.people_in("lab")),
        ("owner", vec!["grace: member".into()])
    );

    let one = format!("{path}/{it}");
    world.server.admin("POST", &format!("{one}/pause"), None).expect(200);
    assert_eq!(world.org_role(&ada), "member");
    world.server.admin("POST", &format!("{one}/resume"), None).expect(200);
    let changed = world.server.admin("PUT", &one, Some(&json!({"role": "owner"}))).expect(200);
    assert_eq!((&changed.json["role"], world.org_role(&ada).as_str()), (&json!("owner"), "owner"));
    world.leave(&group, &ada);
    assert_eq!(world.org_role(&ada), "member");
    world.join(&group, &ada);
    let listed = world.server.admin("GET", path, None).expect(200);
    assert_eq!((&listed.json["total"], &listed.json["data"][0]["scim_group"]), (&json!(2), &json!("IT")));
    world.server.admin("DELETE", &one, None).expect(204);
    assert_eq!(world.org_role(&ada), "member");
    world.server.admin("DELETE", &one, None).expect(404);
    let told: Vec<_> = world.events().into_iter().filter(|kind| kind.starts_with("role_mapping.")).collect();
    let [created, updated] = ["role_mapping.created", "role_mapping.updated"];
    assert_eq!(told, [created, created, updated, updated, updated, "role_mapping.deleted"]);
}

#[test]
fn a_role_of_a_deleted_group_is_gone_and_waits_for_the_group_to_come_back() {
    let world = World::new();
    let ada = world.person("ada");
    let group = world.group("IT", &[&ada]);
    let it =
        id_of(&world.server.admin("POST", "/v1/scim/roles", Some(&role_mapping("IT", "admin"))).expect(200));
    assert_eq!(world.org_role(&ada), "admin");
    world.server.scim("DELETE", &format!("/Groups/{group}"), None).expect(204);
    assert_eq!(world.org_role(&ada), "member");
    // A group that is renamed to it, and one that is pushed anew.
    let other = world.group("Another", &[&ada]);
    world.rename(&other, "IT");
    assert_eq!(world.org_role(&ada), "admin");
    world.server.scim("DELETE", &format!("/Groups/{other}"), None).expect(204);
    assert_eq!(world.org_role(&ada), "member");
    world.group("IT", &[&ada]);
    assert_eq!(world.org_role(&ada), "admin");
    world.server.admin("DELETE", &format!("/v1/scim/roles/{it}"), None).expect(204);

    // One that nobody has pushed goes with the last that was mapped to it, and not before.
    world.workspace("Sales");
    let role = id_of(
        &world.server.admin("POST", "/v1/scim/roles", Some(&role_mapping("Later", "admin"))).expect(200),
    );
    let mapping = id_of(&world.map("Later", "sales", "member").expect(200));
    let waiting = || {
        let groups = world.server.admin("GET", "/v1/scim/groups", None).expect(200);
        groups.json["data"].as_array().unwrap().iter().any(|group| group["display_name"] == "Later")
    };
    world.server.admin("DELETE", &format!("/v1/scim/workspaces/{mapping}"), None).expect(204);
    assert!(waiting());
    world.server.admin("DELETE", &format!("/v1/scim/roles/{role}"), None).expect(204);
    assert!(!waiting());
}

#[test]
fn a_regular_expression_maps_groups_that_the_idp_names_in_its_own_way() {
    let world = World::new();
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    world.group("eng-Data-admin", &[&ada]);
    world.group("Helpdesk EMEA", &[&grace]);
    let rules = json!({"rules": [
        {"pattern": "eng-(?<workspace>.+)-(?<role>admin|member)"},
        {"pattern": "helpdesk.*", "workspace": "Support", "role": "member"},
    ]});
    let plan = world.server.admin("PATCH", "/v1/scim/settings?plan=true", Some(&rules)).expect(200);
    assert_eq!(plan.json["plan"]["gains"], 2);
    let set = world.server.admin("PATCH", "/v1/scim/settings", Some(&rules)).expect(200);
    assert_eq!(set.json["rules"], rules["rules"]);
    assert_eq!(set.json["pattern"]["prefix"], "ws-");
    assert_eq!(world.people_in("data"), ["ada: admin"]);
    assert_eq!(world.people_in("support"), ["grace: member"]);
    // A push, a rename, and the pattern, which is read first.
    let group = world.group("ENG-Data-member", &[&grace]);
    assert_eq!(world.people_in("data"), ["ada: admin", "grace: member"]);
    world.rename(&group, "eng-Data-boss");
    assert_eq!(world.people_in("data"), ["ada: admin"]);
    let refused = world.map("eng-Data-admin", "support", "admin").expect(400);
    assert!(refused.json["detail"].as_str().unwrap().contains("a rule"), "{}", refused.text());
    let wrong = json!({"rules": [{"pattern": "(?<workspace>.+"}]});
    let refused = world.server.admin("PATCH", "/v1/scim/settings", Some(&wrong)).expect(400);
    assert!(refused.json["detail"].as_str().unwrap().starts_with("rule 1: "), "{}", refused.text());
    world.server.admin("PATCH", "/v1/scim/settings", Some(&json!({"rules": []}))).expect(200);
    assert!(world.people_in("data").is_empty() && world.people_in("support").is_empty());
}

// pain: 6
#[test]
fn nothing_differs_from_what_it_follows_from() {
    let (world, _, _) = a_company();
    let wanted = json!({"people": 1, "joined": 0, "changed": 0, "left": 0, "org_roles": 0});
    let done = world.server.admin("POST", "/v1/scim/reconcile", None).expect(200);
    assert_eq!(done.json, wanted);
    let plan = world.server.admin("POST", "/v1/scim/reconcile?plan=true", None).expect(200);
    assert_eq!(plan.json["data"], json!([]));
    let done = world.server.rolecall(&["reconcile", "--org", "default"]).expect(0);
    assert_eq!(done.line(), "1 people: nothing differed");
    world.server.rolecall(&["reconcile", "--org", "nobody"]).expect(1);
}

const FILE: &str = r#"
[pattern]
prefix = "grp-"

[[rules]]
pattern = "eng-(?<workspace>.+)-(?<role>admin|member)"

[[workspaces]]
slug = "sales"
name = "Sales"

[[workspaces]]
slug = "old"
name = "Old"
archived = true

[[mappings]]
group = "Sellers"
workspace = "sales"
role = "admin"

[[mappings]]
group = "Later"
workspace = "sales"
role = "member"
paused = true

[[roles]]
group = "IT"
role = "admin"
"#;

#[test]
fn mappings_as_code_are_planned_applied_and_exported_again() {
    let (world, _, _) = a_company();
    let sandbox = &world.server.sandbox;
    sandbox.write("mappings.toml", FILE);
    let path = sandbox.path().join("mappings.toml").display().to_string();
    let command = |verb: &str, more: &[&str]| {
        let arguments = [&["mappings", verb, "--org", "default", "--file", &path], more].concat();
        world.server.rolecall(&arguments)
    };
    let plan = command("plan", &[]).expect(0);
    let diff = [
        "+ workspace old: Old, archived",
        "~ pattern: ws-{workspace}-role-{role} → grp-{workspace}-role-{role}",
        "+ rule eng-(?<workspace>.+)-(?<role>admin|member)",
        "~ Sellers → sales: manager → admin",
        "+ Later → sales as member, paused",
        "+ IT → admin in the organisation",
    ];
    let lines: Vec<&str> = plan.out.lines().collect();
    assert_eq!(lines[..diff.len()], diff);
    assert!(plan.out.contains("ada@acme.test") && plan.err.contains("--as-planned"), "{}", plan.err);
    assert_eq!(world.people_in("sales"), ["ada: manager"]);
    command("apply", &[]).expect(0);
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    let again = command("apply", &["--prune"]).expect(0);
    assert_eq!(again.out, "", "it is as the file says");

    // What is exported says the same, and is the same once it was applied.
    let export = || world.server.rolecall(&["mappings", "export", "--org", "default"]).expect(0).out;
    let exported = export();
    sandbox.write("mappings.toml", &exported);
    assert_eq!(command("plan", &["--prune"]).expect(0).out, "");
    // In another organisation, too.
    world.server.rolecall(&["org", "create", "globex"]).expect(0);
    world.server.rolecall(&["mappings", "apply", "--org", "globex", "--file", &path]).expect(0);
    assert_eq!(world.server.rolecall(&["mappings", "export", "--org", "globex"]).expect(0).out, exported);

    // Only pruning removes, and only of sections that are there.
    sandbox.write("mappings.toml", "mappings = []\n");
    assert_eq!(command("plan", &[]).expect(0).out, "");
    let plan = command("apply", &["--prune"]).expect(0);
    assert_eq!(
        plan.out.lines().collect::<Vec<_>>(),
        ["- Sellers → sales as admin", "- Later → sales as member"]
    );
    assert!(world.people_in("sales").is_empty());
    assert!(export().contains("[[roles]]"));
}

#[test]
fn a_mapping_file_that_is_wrong_changes_nothing_and_says_where() {
    let (world, _, _) = a_company();
    let sandbox = &world.server.sandbox;
    let path = sandbox.path().join("mappings.toml").display().to_string();
    let events = world.events().len();
    for (text, wanted) in [
        ("[[mappings]]\ngroup = \"Sellers\"\nworkspace = \"sales\"\nrol = \"admin\"\n", "line 4"),
        ("[[roles]]\ngroup = \"IT\"\nrole = \"boss\"\n", "line 3"),
        (
            "[[workspaces]]\nslug = \"new\"\nname = \"New\"\n[[mappings]]\ngroup = \"A\"\nworkspace = \"nowhere\"\nrole = \"admin\"\n",
            "nowhere",
        ),
        ("[[rules]]\npattern = \"(\"\n", "rule 1"),
    ] {
        sandbox.write("mappings.toml", text);
        let refused =
            world.server.rolecall(&["mappings", "apply", "--org", "default", "--file", &path]).expect(1);
        assert!(refused.err.contains(wanted), "{}", refused.err);
    }
    assert_eq!(world.events().len(), events);
}

//! A directory is connected where people are already.

use serde_json::{Value, json};

use crate::{
    support::Answer,
    world::{PATCH, World, id_of},
};

const ADA: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// Two people of an application: one has a UUID there, the other has not.
const PEOPLE: &str = "id,user_name,display_name,email,role,workspaces\n\
    7C9E6679-7425-40DE-944B-E07FC1F90AE7,ada@acme.example,Ada Lovelace,ada@acme.example,owner,sales:admin;support\n\
    E-17,grace@acme.example,,grace@acme.example,,sales\n";

impl World {
    /// With two workspaces.
    pub(crate) fn of_an_application() -> Self {
        let world = Self::new();
        world.workspace("Sales");
        world.workspace("Support");
        world
    }

    pub(crate) fn import(&self, query: &str, file: &str) -> Answer {
        let request =
            self.server.request("POST", &format!("/v1/imports{query}")).bearer(&self.server.api_key);
        request.header("content-type", "text/csv; charset=utf-8").body(file).send()
    }

    /// What Entra does before everything else.
    fn find_by_name(&self, user_name: &str) -> Value {
        let filter = format!("/Users?filter=userName%20eq%20%22{user_name}%22");
        self.server.scim("GET", &filter, None).expect(200).json
    }

    pub(crate) fn person_of_admin(&self, id: &str) -> Value {
        self.server.admin("GET", &format!("/v1/admin/users/{id}"), None).expect(200).json
    }
}

// pain: 7
#[test]
fn people_are_imported_and_entra_takes_them_in_with_their_ids_and_grants() {
    let world = World::of_an_application();
    let plan = world.import("?plan=true", PEOPLE).expect(200).json;
    assert_eq!((&plan["plan"]["gains"], &plan["plan"]["people"]), (&json!(3), &json!(2)));
    assert!(world.people_in("sales").is_empty(), "it was only planned");
    let fingerprint = plan["fingerprint"].as_str().unwrap();
    let done = world.import(&format!("?fingerprint={fingerprint}"), PEOPLE).expect(200).json;
    assert_eq!(done["created"], 2);
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: member"]);
    assert_eq!((world.people_in("support").len(), world.org_role(ADA).as_str()), (1, "owner"));
    let events = world.events().len();
    assert_eq!(world.import("", PEOPLE).expect(200).json["unchanged"], 2);
    assert_eq!(world.events().len(), events, "the same file again changes nothing");

    // Entra finds Ada by her name and patches her; Okta's way is a PUT; others POST.
    let found = world.find_by_name("ada@acme.example");
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &json!(ADA)));
    let patch = json!({"schemas": [PATCH], "Operations": [
        {"op": "Add", "path": "externalId", "value": "entra-1"},
        {"op": "Replace", "path": "displayName", "value": "Ada L."},
    ]});
    world.server.scim("PATCH", &format!("/Users/{ADA}"), Some(&patch)).expect(200);
    let pushed =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Grace@acme.example"});
    let grace = id_of(&world.server.scim("POST", "/Users", Some(&pushed)).expect(201));
    let shown = world.person_of_admin(&grace);
    assert_eq!((&shown["app_id"], &shown["user_name"]), (&json!("E-17"), &json!("Grace@acme.example")));
    assert_eq!(world.person_of_admin(ADA)["external_id"], "entra-1");
    assert_eq!(world.people_in("sales"), ["Grace: member", "ada: admin"], "what was given by hand stays");

    // From now on they are the directory's: it takes access away, and an import leaves what it says alone.
    world.set_active(&grace, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    let again = world.import("", PEOPLE).expect(200).json;
    assert_eq!((&again["of_directories"], &again["grants"]), (&json!(2), &json!(0)));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    world.server.scim("DELETE", &format!("/Users/{grace}"), None).expect(204);
}

// pain: 7
#[test]
fn a_directory_deactivates_whom_it_finds_and_deletes_nobody_whom_it_never_pushed() {
    let world = World::of_an_application();
    world.import("", PEOPLE).expect(200);
    let refused = world.server.scim("DELETE", &format!("/Users/{ADA}"), None).expect(409);
    assert!(refused.json["detail"].as_str().unwrap().contains("never pushed"), "{}", refused.text());
    let grace = world.find_by_name("grace@acme.example")["Resources"][0]["id"].as_str().unwrap().to_owned();
    world.set_active(&grace, json!(false));
    assert_eq!(world.people_in("sales"), ["ada: admin"]);
    let connections = world.server.admin("GET", "/v1/scim/connections", None).expect(200).json;
    let names: Vec<&str> =
        connections["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["default", "manual"]);
    // It is no identity provider's: it has neither tokens nor switches.
    world
        .server
        .admin("POST", "/v1/scim/tokens", Some(&json!({"name": "no", "connection": "manual"})))
        .expect(400);
    let path = "/v1/scim/connections/manual";
    world.server.admin("PATCH", path, Some(&json!({"paused": true}))).expect(400);
    world.server.admin("PATCH", path, Some(&json!({"name": "by hand"}))).expect(200);
}

#[test]
fn a_file_with_bad_lines_changes_nothing_and_names_each() {
    let world = World::of_an_application();
    let file = format!(
        "{PEOPLE}x,bob@acme.example,,,boss,\n,ada@acme.example,,,,\n,eve@acme.example,,,,marketing:admin\n"
    );
    let refused = world.import("", &file).expect(400).json;
    assert_eq!((&refused["count"], &refused["type"]), (&json!(3), &json!("invalid")));
    let lines = refused["lines"].as_array().unwrap();
    let told: Vec<_> =
        lines.iter().map(|one| (one["line"].as_u64().unwrap(), one["detail"].as_str().unwrap())).collect();
    assert!(
        matches!(told[..], [(4, role), (5, twice), (6, place)]
        if role.starts_with("role: `boss`") && twice.contains("in line 2 already") && place.contains("`marketing`")),
        "{told:?}"
    );
    assert_eq!(world.find_by_name("grace@acme.example")["totalResults"], 0);
    world.import("", "name\nAda\n").expect(400);
    let json = json!({"people": []});
    world.server.admin("POST", "/v1/imports", Some(&json)).expect(400);
    let xml = world
        .server
        .request("POST", "/v1/imports")
        .bearer(&world.server.api_key)
        .header("content-type", "text/xml");
    xml.body("<people/>").send().expect(415);
}

#[test]
fn the_command_line_imports_plans_first_and_tells_each_bad_line() {
    let world = World::of_an_application();
    let sandbox = &world.server.sandbox;
    let path = sandbox.path().join("people.csv").display().to_string();
    let command = |more: &[&str]| {
        world.server.rolecall(&[&["import", "--org", "default", "--file", &path][..], more].concat())
    };
    sandbox.write("people.csv", &format!("{PEOPLE},bob@acme.example\n,eve,,no address,,\n"));
    let refused = command(&[]).expect(1);
    for wanted in ["line 4: has 2 columns", "line 5: email `no address`", "2 lines cannot be taken"] {
        assert!(refused.err.contains(wanted), "{}", refused.err);
    }
    sandbox.write("people.csv", PEOPLE);
    let plan = command(&["--plan"]).expect(0);
    assert!(
        plan.out.contains("sales") && plan.err.contains("also user.created, 2 times"),
        "{}{}",
        plan.out,
        plan.err
    );
    assert!(world.people_in("sales").is_empty());
    let done = command(&[]).expect(0);
    assert!(done.err.contains("2 people: 2 new"), "{}", done.err);
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: member"]);
    let json = json!({"people": [{"user_name": "alan@acme.example", "workspaces": [{"workspace": "sales", "role": "manager"}]}]});
    sandbox.write("more.json", &json.to_string());
    let more = sandbox.path().join("more.json").display().to_string();
    world.server.rolecall(&["import", "--org", "default", "--file", &more]).expect(0);
    assert_eq!(world.people_in("sales"), ["ada: admin", "alan: manager", "grace: member"]);
}

impl World {
    /// Two people pushed, one by a group in a workspace, and imported ones beside them.
    fn with_a_directory() -> (Self, String) {
        let world = Self::of_an_application();
        world.import("", "user_name,workspaces\nbob@acme.example,support\n").expect(200);
        let (ada, grace) = (world.person("ada"), world.person("grace"));
        world.group("ws-Sales-role-manager", &[&ada, &grace]);
        world.group("Helpers", &[&ada]);
        world.map("Helpers", "support", "admin").expect(200);
        (world, ada)
    }

    fn switch_off(&self, query: &str, status: u16) -> Answer {
        self.server.admin("DELETE", &format!("/v1/scim/connections/default{query}"), None).expect(status)
    }
}

#[test]
fn a_connection_is_switched_off_and_people_keep_what_they_have_until_another_takes_them_in() {
    let (world, ada) = World::with_a_directory();
    let refused = world.switch_off("", 409).json;
    assert!(refused["detail"].as_str().unwrap().contains("`keep`"), "{refused}");
    world.switch_off("?people=forget", 400);
    let plan = world.switch_off("?people=keep&plan=true", 200).json;
    assert_eq!((&plan["plan"]["losses"], &plan["plan"]["gains"]), (&json!(0), &json!(0)));
    let fingerprint = plan["fingerprint"].as_str().unwrap();
    world.switch_off(&format!("?people=keep&fingerprint={fingerprint}"), 204);
    let (sales, support) = (["ada: manager", "grace: manager"], ["ada: admin", "bob: member"]);
    assert_eq!(
        (world.people_in("sales"), world.people_in("support")),
        (sales.map(String::from).to_vec(), support.map(String::from).to_vec())
    );
    world.server.scim("GET", "/Users", None).expect(401);

    // The next directory pushes the same people and the same group names; they are who they were.
    world.server.rolecall(&["connection", "create", "--org", "default", "--name", "okta"]).expect(0);
    let token = ["token", "create", "--org", "default", "--name", "okta", "--connection", "okta"];
    let token = world.server.rolecall(&token).expect(0).line().to_owned();
    let by_okta = |path: &str, body: &Value| {
        let request =
            world.server.request("POST", &format!("{}{path}", world.server.tenant_url)).bearer(&token);
        id_of(&request.json(body, "application/scim+json").send().expect(201))
    };
    let user =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@acme.test"});
    assert_eq!(by_okta("/Users", &user), ada);
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Helpers", "members": [{"value": ada}]});
    by_okta("/Groups", &group);
    let groups = world.server.admin("GET", "/v1/scim/workspaces", None).expect(200).json;
    assert_eq!(groups["total_count"], 1, "the mapping waited on the name");
    assert_eq!(world.people_in("support"), support);
}

#[test]
fn people_of_a_connection_that_is_switched_off_are_deactivated_or_removed_and_come_back_by_an_undo() {
    for (fate, listed) in [("deactivate", 3), ("remove", 1)] {
        let (world, ada) = World::with_a_directory();
        let count = || world.server.admin("GET", "/v1/admin/users", None).expect(200).json["total"].clone();
        let off = |more: &[&str]| {
            let command = ["connection", "remove", "--org", "default", "--name", "default", "--people", fate];
            world.server.rolecall(&[&command[..], more].concat()).expect(0)
        };
        let plan = off(&["--plan"]);
        assert!(
            plan.err.contains("3 lose it") && plan.err.contains("also connection.deleted"),
            "{}",
            plan.err
        );
        assert_eq!(count(), 3);
        off(&[]);
        assert_eq!(count(), listed, "{fate}");
        assert_eq!(
            (world.people_in("sales").len(), world.people_in("support")),
            (0, vec!["bob: member".to_owned()])
        );
        let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
        let last = events["data"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["type"], "connection.deleted");
        let change = last["cause"]["change_id"].clone();
        world.server.admin("POST", "/v1/undo", Some(&json!({"change": change}))).expect(200);
        let shown = world.person_of_admin(&ada);
        assert_eq!((count(), &shown["active"]), (json!(3), &json!(true)), "{fate}");
    }
}

#[test]
fn who_may_be_there_twice_is_listed_with_how_sure_it_is() {
    let world = World::of_an_application();
    world.import("", "id,user_name,email\nE-1,ada,ada@acme.example\nE-2,grace,\n,alan,\n").expect(200);
    world.person_with(json!({"userName": "ada@acme.example"}));
    world.person_with(json!({"userName": "g.hopper", "externalId": "E-2"}));
    let listed = world.server.admin("GET", "/v1/matches?limit=2", None).expect(200).json;
    assert_eq!((&listed["total"], listed["data"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!(listed["data"][0]["app_id"], "E-1");
    let found = &listed["data"][0]["matches"][0];
    assert_eq!(
        (&found["by"], &found["certainty"], &found["user_name"]),
        (&json!("email"), &json!("unsure"), &json!("ada@acme.example"))
    );
    assert_eq!(listed["data"][1]["matches"][0]["certainty"], "sure");
    let cursor = listed["next_cursor"].as_str().unwrap();
    let rest = world.server.admin("GET", &format!("/v1/matches?cursor={cursor}"), None).expect(200).json;
    assert_eq!((&rest["data"][0]["user_name"], &rest["data"][0]["matches"]), (&json!("alan"), &json!([])));
    let shown = world.server.rolecall(&["matches", "list", "--org", "default"]).expect(0);
    assert!(shown.out.contains("external_id, sure") && shown.out.contains("alan"), "{}", shown.out);
    let shown = world.server.rolecall(&["matches", "list", "--org", "default", "--proposed"]).expect(0);
    assert!(shown.out.contains("external_id, sure") && !shown.out.contains("alan"), "{}", shown.out);
}

//! Somebody is in the organisation twice: imported, and pushed under another name.

use serde_json::{Value, json};

use crate::{support::Answer, world::World};

const ADA: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// Ada has a UUID in the application, Grace has not.
const PEOPLE: &str = "id,user_name,email,role,workspaces\n\
    7c9e6679-7425-40de-944b-e07fc1f90ae7,ada,ada@acme.example,owner,sales:admin;support\n\
    E-17,grace,grace@acme.example,,sales\n\
    E-18,alan,alan@acme.example,,support\n";

impl World {
    /// Imported, and pushed: Ada and Grace under other names. Answers the ids that the directory knows.
    fn with_people_twice() -> (Self, [String; 2]) {
        let world = Self::of_an_application();
        world.import("", PEOPLE).expect(200);
        let ada = world.person_with(json!({"userName": "a.lovelace@acme.example", "externalId": ADA}));
        let grace = world.person_with(json!({"userName": "g.hopper@acme.example", "externalId": "E-17"}));
        world.group("ws-Support-role-manager", &[&ada]);
        (world, [ada, grace])
    }

    fn accept(&self, waiting: &str, query: &str, with: &str) -> Answer {
        let path = format!("/v1/matches/{waiting}/accept{query}");
        self.server.admin("POST", &path, Some(&json!({"user_id": with})))
    }

    fn proposed(&self) -> Vec<(String, usize)> {
        let listed = self.server.admin("GET", "/v1/matches", None).expect(200).json;
        let waiting = listed["data"].as_array().unwrap().iter();
        waiting
            .map(|one| {
                let matches = one["matches"].as_array().unwrap().len();
                (one["user_name"].as_str().unwrap().to_owned(), matches)
            })
            .collect()
    }

    fn last_events(&self) -> Vec<Value> {
        let events = self.server.admin("GET", "/v1/events?limit=500", None).expect(200).json;
        let all = events["data"].as_array().unwrap().clone();
        let change = all.last().unwrap()["cause"]["change_id"].clone();
        all.into_iter().filter(|event| event["cause"]["change_id"] == change).collect()
    }
}

// pain: 7
#[test]
fn two_people_are_made_one_and_the_directory_goes_on_with_the_id_that_it_knows() {
    let (world, [ada, _]) = World::with_people_twice();
    let plan = world.accept(ADA, "?plan=true", &ada).expect(200).json;
    let also = plan["also"].as_array().unwrap();
    assert!(also.iter().any(|one| one["type"] == "user.merged" && one["count"] == 1), "{plan}");
    // The role that the import gave is the directory's to say, and the plan says what becomes of it.
    let roles = plan["data"].as_array().unwrap().iter().filter(|one| one["kind"] == "org_role");
    assert_eq!(
        roles.map(|one| (&one["old_role"], &one["new_role"])).collect::<Vec<_>>(),
        [(&json!("owner"), &json!("member"))]
    );
    assert_eq!(world.person_of_admin(ADA)["user_name"], "ada", "it was only planned");
    let fingerprint = plan["fingerprint"].as_str().unwrap();
    let done = world.accept(ADA, &format!("?fingerprint={fingerprint}"), &ada).expect(200).json;
    assert_eq!(
        (&done["user_id"], &done["app_id"], &done["former_id"]),
        (&json!(ada), &json!(ADA), &json!(ADA))
    );
    assert_eq!(world.people_in("sales"), ["a.lovelace: admin", "grace: member"]);
    assert_eq!(world.people_in("support"), ["a.lovelace: manager", "alan: member"]);

    // The application's id leads to the person wherever one is named, and is shown with them.
    for id in [ADA, &ada] {
        let shown = world.person_of_admin(id);
        assert_eq!((&shown["id"], &shown["app_id"]), (&json!(ada), &json!(ADA)));
    }
    let members = world.server.admin("GET", "/v1/admin/workspaces/support/users", None).expect(200).json;
    let member = members["data"].as_array().unwrap().iter().find(|one| one["user_id"] == json!(ada)).unwrap();
    assert_eq!(member["app_id"], ADA);
    let listed = world.server.admin("GET", "/v1/admin/users", None).expect(200).json;
    assert!(
        listed["data"].as_array().unwrap().iter().any(|one| one["app_id"] == ADA && one["id"] == json!(ada))
    );
    let path = format!("/v1/admin/workspaces/sales/users/{ADA}");
    world.server.admin("PUT", &path, Some(&json!({"role": "manager"}))).expect(200);
    world.server.admin("PUT", &path, Some(&json!({"role": "admin"}))).expect(200);
    let why = world.server.rolecall(&["explain", "--org", "default", "--user", ADA]).expect(0);
    assert!(why.out.contains("a.lovelace"), "{}", why.out);
    let history = world.server.admin("GET", &format!("/v1/access/history?user={ada}"), None).expect(200).json;
    let spans = history["data"].as_array().unwrap();
    assert!([ADA, &ada].iter().all(|id| spans.iter().any(|span| span["user_id"] == json!(id))), "{history}");
    let by_former =
        world.server.admin("GET", &format!("/v1/access/history?user={ADA}"), None).expect(200).json;
    assert_eq!(by_former["data"], history["data"]);

    // The directory has seen nothing: its id is there, in groups too, and the other was never its own.
    world.server.scim("GET", &format!("/Users/{ADA}"), None).expect(404);
    let replaced = json!([{"op": "Replace", "path": "displayName", "value": "Ada L."}]);
    world.patch(&format!("/Users/{ada}"), replaced).expect(200);
    let writers = world.group("Writers", &[]);
    world.join(&writers, &ada);
    world.map("Writers", "sales", "member").expect(200);
    assert_eq!(
        world.import("", PEOPLE).expect(200).json["created"],
        0,
        "the file finds the person by the id"
    );
    assert_eq!(world.people_in("sales"), ["a.lovelace: admin", "grace: member"]);
    world.set_active(&ada, json!(false));
    assert_eq!(world.people_in("sales"), ["grace: member"]);
    world.server.scim("DELETE", &format!("/Users/{ada}"), None).expect(204);
    world.server.admin("GET", &format!("/v1/admin/users/{ADA}"), None).expect(404);
}

// pain: 7
#[test]
fn the_application_is_told_and_an_undo_makes_them_two_again() {
    let (world, [_, grace]) = World::with_people_twice();
    let waiting = world.person_of_admin("E-17")["id"].as_str().unwrap().to_owned();
    world.accept("E-17", "", &grace).expect(200);
    let events = world.last_events();
    let told = &events[0];
    assert_eq!(told["type"], "user.merged", "{events:?}");
    assert_eq!(
        (&told["user_id"], &told["former_id"], &told["app_id"]),
        (&json!(grace), &json!(waiting), &json!("E-17"))
    );
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["user.merged", "grant.created", "membership.created", "membership.removed", "user.deleted"]
    );
    let change = told["cause"]["change_id"].clone();
    let undone = world.server.admin("POST", "/v1/undo", Some(&json!({"change": change}))).expect(200).json;
    assert_eq!((&undone["stays"], &undone["reversed"]["user.merged"]), (&json!(0), &json!(1)), "{undone}");
    assert_eq!(world.people_in("sales"), ["ada: admin", "grace: member"]);
    let back = world.person_of_admin("E-17");
    assert_eq!((&back["id"], &back["user_name"]), (&json!(waiting), &json!("grace")));
    assert_eq!(world.person_of_admin(&grace)["app_id"], Value::Null);
    assert_eq!(world.last_events()[0]["type"], "user.unmerged");
    assert_eq!(world.proposed().iter().filter(|(_, matches)| *matches == 1).count(), 2);
}

#[test]
fn pairs_that_are_none_are_refused_and_taken_back() {
    let (world, [ada, grace]) = World::with_people_twice();
    let refuse = |waiting: &str, with: &str| {
        let path = format!("/v1/matches/{waiting}/refuse");
        world.server.admin("POST", &path, Some(&json!({"user_id": with})))
    };
    let pair = refuse(ADA, &ada).expect(200).json;
    assert_eq!((&pair["user_name"], &pair["match_id"]), (&json!("ada"), &json!(ada)));
    assert!(world.proposed().contains(&("ada".to_owned(), 0)));
    let listed = world.server.admin("GET", "/v1/matches/refused", None).expect(200).json;
    assert_eq!((&listed["total"], &listed["data"][0]), (&json!(1), &pair));
    let path = format!("/v1/matches/refused/{}", pair["id"].as_str().unwrap());
    world.server.admin("DELETE", &path, None).expect(204);
    world.server.admin("DELETE", &path, None).expect(404);
    assert!(world.proposed().contains(&("ada".to_owned(), 1)));

    // What cannot be is told.
    refuse("nobody", &ada).expect(404);
    refuse(ADA, "nobody").expect(400);
    world.accept(&ada, "", &grace).expect(409);
    let both = world.accept(ADA, "", "E-17").expect(409).json;
    assert!(both["detail"].as_str().unwrap().contains("no directory's"), "{both}");
    world.set_active(&ada, json!(false));
    let lost = world.accept(ADA, "", &ada).expect(409).json;
    assert!(lost["detail"].as_str().unwrap().contains("would lose all access"), "{lost}");
    world.accept("E-17", "", &grace).expect(200);
    let known = world.accept("E-18", "", &grace).expect(409).json;
    assert_eq!(known["existing"]["app_id"], "E-17");
}

#[test]
fn the_command_line_accepts_one_and_all_who_are_sure_and_refuses() {
    let (world, [ada, grace]) = World::with_people_twice();
    let run = |more: &[&str]| world.server.rolecall(&[&["matches"], more].concat());
    let org = ["--org", "default"];
    let of = |verb: &'static str, more: &[&'static str]| -> Vec<&'static str> {
        [&[verb][..], &org, more].concat()
    };
    let pair =
        |verb: &str, user: &str, with: &str| run(&[verb, "--org", "default", "--user", user, "--with", with]);
    pair("refuse", ADA, &ada).expect(0);
    let refused = run(&of("refused", &["--json"])).expect(0);
    let refused: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(refused[0]["match_id"], json!(ada));
    pair("refuse", ADA, "nobody").expect(1);

    let plan = run(&of("accept", &["--all", "--plan"])).expect(0);
    assert!(
        plan.err.contains("also user.merged, 1 times") && plan.out.contains("sales"),
        "{}{}",
        plan.out,
        plan.err
    );
    assert_eq!(world.person_of_admin(&grace)["app_id"], Value::Null);
    let all = run(&of("accept", &["--all", "--certainty", "sure"])).expect(0);
    assert!(all.err.contains("1 pairs are one now, 0 were passed over"), "{}", all.err);
    assert_eq!(world.person_of_admin("E-17")["id"], json!(grace));

    pair("reconsider", ADA, &ada).expect(0);
    let accepted = pair("accept", ADA, &ada).expect(0);
    assert!(accepted.err.contains(&ada), "{}", accepted.err);
    assert_eq!(world.people_in("sales"), ["a.lovelace: admin", "g.hopper: member"]);
    run(&of("accept", &["--all", "--user", "E-18"])).expect(2);
    run(&of("accept", &["--user", "E-18"])).expect(2);
}

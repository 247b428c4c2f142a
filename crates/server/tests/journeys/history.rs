//! Who had what and when, for an auditor: by the admin API and by the command line.

use serde_json::{Value, json};

use crate::world::World;

/// Ada manages Sales by her group; Grace was there by hand, and is gone.
fn a_company() -> (World, String, String) {
    let world = World::new();
    world.workspace("Sales");
    let ada = world.person_with(json!({
        "userName": "ada@acme.test", "emails": [{"value": "ada@mail.test", "primary": true}]
    }));
    let grace = world.person("grace");
    let body = json!({"user_id": grace, "role": "member"});
    world.server.admin("POST", "/v1/admin/workspaces/sales/users", Some(&body)).expect(201);
    world.group("Sellers", &[&ada]);
    world.map("Sellers", "sales", "manager").expect(200);
    world.server.scim("DELETE", &format!("/Users/{grace}"), None).expect(204);
    (world, ada, grace)
}

fn history(world: &World, query: &str) -> Vec<Value> {
    let answer = world.server.admin("GET", &format!("/v1/access/history?{query}"), None).expect(200);
    answer.json["data"].as_array().unwrap().clone()
}

#[test]
fn everything_that_a_person_ever_had_is_told_with_its_cause() {
    let (world, ada, grace) = a_company();
    let spans = history(&world, "user=ada@acme.test");
    assert_eq!(spans, history(&world, &format!("user={ada}")));
    let [of_org, of_sales] = &spans[..] else { panic!("{spans:#?}") };
    assert_eq!((&of_org["role"], &of_org["workspace_id"]), (&json!("member"), &Value::Null));
    assert_eq!(of_org["cause"]["by"]["type"], "idp");
    assert!(of_org["cause"]["who"].as_str().unwrap().starts_with("directory default, token "), "{of_org}");
    assert_eq!((&of_sales["role"], &of_sales["slug"]), (&json!("manager"), &json!("sales")));
    assert_eq!((&of_sales["cause"]["by"]["type"], &of_sales["valid_to"]), (&json!("api_key"), &Value::Null));

    let gone = history(&world, &format!("user={grace}&workspace=sales"));
    assert_eq!(gone.len(), 1);
    assert_eq!(
        (&gone[0]["user_name"], &gone[0]["ended_by"]["by"]["type"]),
        (&json!("grace@acme.test"), &json!("idp"))
    );
    assert!(gone[0]["valid_to"].is_string());
    let then = gone[0]["valid_from"].as_str().unwrap();
    let there = history(&world, &format!("workspace=sales&at={then}"));
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["user_id"], grace);
    assert_eq!(history(&world, "workspace=sales&at=2020-01-01"), Vec::<Value>::new());
    for (query, status) in [("user=nobody", 404), ("workspace=nowhere", 404), ("at=yesterday", 400)] {
        world.server.admin("GET", &format!("/v1/access/history?{query}"), None).expect(status);
    }
    let first = world.server.admin("GET", "/v1/access/history?limit=1", None).expect(200);
    let cursor = first.json["next_cursor"].as_str().unwrap();
    assert_ne!(history(&world, &format!("limit=1&cursor={cursor}"))[0], first.json["data"][0]);
}

#[test]
fn a_person_who_is_gone_can_be_forgotten_and_the_history_stays() {
    let (world, ada, grace) = a_company();
    let refused = world.server.admin("DELETE", &format!("/v1/admin/users/{ada}/name"), None).expect(409);
    assert!(refused.text().contains("remove the person in the directory"), "{}", refused.text());
    world.server.admin("DELETE", "/v1/admin/users/nobody/name", None).expect(404);
    let before = history(&world, &format!("user={grace}"));
    world.server.admin("DELETE", &format!("/v1/admin/users/{grace}/name?plan=true"), None).expect(200);
    assert_eq!(history(&world, &format!("user={grace}")), before);
    let done = world.server.rolecall(&["forget", "--org", "default", "--user", &grace]);
    done.expect(0);
    let after = history(&world, &format!("user={grace}"));
    assert_eq!(after.len(), before.len());
    assert!(after.iter().all(|span| span["user_name"].is_null()), "{after:#?}");
    let events = world.server.admin("GET", "/v1/events?limit=500", None).expect(200);
    assert!(!events.text().contains("grace"), "{}", events.text());
    assert!(world.events().contains(&"user.forgotten".to_owned()));
}

#[test]
fn an_access_review_says_who_is_where_since_when_and_why_in_three_forms() {
    let (world, _, grace) = a_company();
    let json = world.server.admin("GET", "/v1/access/review", None).expect(200).json;
    let [row] = &json["data"].as_array().unwrap()[..] else { panic!("{json:#}") };
    for (key, wanted) in [
        ("workspace", json!("sales")),
        ("user_name", json!("ada@acme.test")),
        ("email", json!("ada@mail.test")),
        ("role", json!("manager")),
        ("why", json!(["group Sellers: manager"])),
    ] {
        assert_eq!(row[key], wanted, "{key}");
    }
    assert!(row["changed_by"].as_str().unwrap().starts_with("API key "), "{row}");
    assert_eq!((&json["totals"]["memberships"], &json["totals"]["workspaces"]), (&json!(1), &json!(1)));
    let checksum = json["totals"]["checksum"].as_str().unwrap();

    let csv = world.server.admin("GET", "/v1/access/review?format=csv&workspace=sales", None).expect(200);
    assert!(csv.text().contains(&format!("# checksum {checksum}\n")), "{}", csv.text());
    assert!(csv.text().contains("\nsales,Sales,"), "{}", csv.text());
    let html = world.server.admin("GET", "/v1/access/review?format=html", None).expect(200);
    for wanted in [checksum, "<td>ada@mail.test</td>", "</html>"] {
        assert!(html.text().contains(wanted), "{}", html.text());
    }
    assert!(!html.text().contains("http"), "it needs nothing else: {}", html.text());

    let then = history(&world, &format!("user={grace}&workspace=sales"))[0]["valid_from"].clone();
    let past = world.server.rolecall(&[
        "access-review",
        "--org",
        "default",
        "--workspace",
        "sales",
        "--at",
        then.as_str().unwrap(),
        "--format",
        "json",
    ]);
    let past = past.expect(0).json();
    assert_eq!(past["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&past["data"][0]["user_id"], &past["data"][0]["user_name"]),
        (&json!(grace), &json!("grace@acme.test"))
    );
    world.server.admin("GET", "/v1/access/review?format=pdf", None).expect(400);
    world.server.admin("GET", "/v1/access/review?workspace=nowhere", None).expect(404);
}

#[test]
fn the_history_is_printed_as_a_table_as_json_and_as_csv() {
    let (world, _, _) = a_company();
    let print = |form: &[&str]| {
        let command = ["history", "--org", "default", "--user", "ada@acme.test"];
        world.server.rolecall(&[&command[..], form].concat()).expect(0)
    };
    assert!(print(&[]).out.contains("(organisation)"), "{}", print(&[]).out);
    assert_eq!(print(&["--json"]).json().as_array().unwrap().len(), 2);
    let csv = print(&["--csv"]).out;
    assert!(csv.starts_with("person,workspace,role,from,to,by,ended_by\n"), "{csv}");
    assert!(csv.contains("ada@acme.test,sales,manager,"), "{csv}");
    world.server.rolecall(&["history", "--org", "default", "--user", "nobody"]).expect(1);
    world.server.rolecall(&["history", "--org", "default"]).expect(2);
}

//! Why somebody has what they have, by the API and as a tree at the command line.

use serde_json::json;

use crate::world::World;

fn why(world: &World, user: &str, workspace: &str) -> serde_json::Value {
    let path = format!("/v1/access/explain?user={user}&workspace={workspace}");
    world.server.admin("GET", &path, None).expect(200).json
}

// pain: 15
#[test]
fn the_chain_from_the_group_to_the_role_names_the_requests_and_who_sent_them() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let ada = world.person("ada");
    let inner = world.group("Team", &[&ada]);
    world.group("Everybody", &[&inner]);
    world.group("ws-Sales-role-admin", &[&ada]);
    let mapping = world.map("Everybody", &sales, "manager").expect(200);

    let told = why(&world, &ada, &sales);
    let place = &told["workspaces"][0];
    assert_eq!((&place["role"], &place["by_hold"]), (&json!("admin"), &json!(false)));
    let paths = place["paths"].as_array().unwrap();
    let by_mapping = paths.iter().find(|path| path["type"] == "mapping").unwrap();
    let by_name = paths.iter().find(|path| path["type"] == "pattern").unwrap();
    assert_eq!(by_name["outcome"], "decides");
    assert_eq!((&by_mapping["outcome"], &by_mapping["outranked_by"]), (&json!("outranked"), &json!("admin")));
    assert_eq!(by_mapping["mapping_id"], mapping.json["id"]);
    let through: Vec<_> =
        by_mapping["through"].as_array().unwrap().iter().map(|step| &step["group"]).collect();
    assert_eq!(through, ["Team", "Everybody"]);
    assert_eq!(by_mapping["through"][0]["cause"]["by"]["type"], "idp");
    assert_eq!(by_mapping["through"][0]["cause"]["by"]["connection"], "default");
    assert_eq!(by_mapping["cause"]["by"]["type"], "api_key");

    let tree = world.server.rolecall(&["explain", "--org", "default", "--user", "ada@acme.test"]).expect(0);
    for line in [
        "Sales (sales): admin",
        "✓ ws-Sales-role-admin maps itself",
        "< Team → Everybody is mapped as manager, outranked by admin",
    ] {
        assert!(tree.out.contains(line), "{line}\n{}", tree.out);
    }
    let as_json = world.server.rolecall(&[
        "explain",
        "--org",
        "default",
        "--user",
        &ada,
        "--workspace",
        &sales,
        "--json",
    ]);
    assert_eq!(as_json.expect(0).json()["workspaces"][0]["role"], "admin");
}

#[test]
fn what_stands_in_the_way_is_said_and_so_is_what_would_help() {
    let world = World::new();
    let sales = world.workspace("Sales");
    let (ada, grace) = (world.person("ada"), world.person("grace"));
    world.group("Staff", &[&ada]);
    world.group("Choir", &[&ada]);
    world.map("Staff", &sales, "member").expect(200);
    world.set_active(&ada, json!(false));

    let told = why(&world, &ada, &sales);
    assert_eq!(told["workspaces"][0]["role"], json!(null));
    assert_eq!(told["workspaces"][0]["paths"][0]["obstacles"], json!(["inactive"]));
    assert_eq!(told["groups_without_effect"][0]["group"], "Choir");

    let told = why(&world, &grace, &sales);
    world.group("ws-Sales-role-admin", &[&ada]);
    assert_eq!(told["workspaces"][0]["paths"], json!([]));
    let told = why(&world, &grace, &sales);
    let help: Vec<_> = told["workspaces"][0]["would_help"].as_array().unwrap().iter().collect();
    let words = |one: &serde_json::Value| (one["group"].clone(), one["type"].clone(), one["role"].clone());
    assert_eq!(words(help[0]), (json!("Staff"), json!("mapping"), json!("member")));
    assert_eq!(words(help[1]), (json!("ws-Sales-role-admin"), json!("pattern"), json!("admin")));
}

#[test]
fn what_does_not_exist_is_named() {
    let world = World::new();
    let ada = world.person("ada");
    for (path, status, words) in [
        ("/v1/access/explain", 400, "user"),
        ("/v1/access/explain?user=nobody", 404, "nobody"),
        (&format!("/v1/access/explain?user={ada}&workspace=nowhere"), 404, "nowhere"),
    ] {
        let answer = world.server.admin("GET", path, None).expect(status);
        assert!(answer.json["detail"].as_str().unwrap().contains(words), "{}", answer.text());
    }
    world.server.rolecall(&["explain", "--org", "default", "--user", "nobody"]).expect(1);
}

#[test]
fn what_an_administrator_should_look_at_is_listed_with_what_to_do() {
    let world = World::new();
    let ada = world.person("ada");
    world.group("Idle", &[&ada]);
    world.workspace("Sales");
    world.map("Later", "sales", "member").expect(200);
    let found = world.server.admin("GET", "/v1/findings", None).expect(200).json["data"].clone();
    let kinds: Vec<_> = found.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mapped_group_never_pushed", "unmapped_group", "person_without_workspace"]);
    assert!(found.as_array().unwrap().iter().all(|one| one["what_to_do"].is_string()), "{found:#}");
    let told = world.server.rolecall(&["findings", "--org", "default"]).expect(0);
    assert!(told.out.contains("→ Map them to a workspace"), "{}", told.out);
}

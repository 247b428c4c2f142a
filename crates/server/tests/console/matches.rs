//! Who waits for a directory, and who is probably the same.

use serde_json::json;

use crate::{
    browser::{Browser, read_aloud},
    world::World,
};

const MATCHES: &str = "/console/matches";

#[test]
fn who_waits_for_a_directory_is_listed_with_who_is_probably_the_same_and_how_sure_that_is() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    assert!(ada.page(MATCHES).contains("Nobody waits for a directory"));
    let people = json!({"people": [
        {"id": "E-17", "user_name": "ada", "display_name": "Ada Lovelace", "email": "ada@acme.test"},
        {"id": "E-18", "user_name": "bob", "external_id": "bob-at-the-idp", "email": "bob@acme.test"},
        {"user_name": "cy"},
    ]});
    world.server.admin("POST", "/v1/imports", Some(&people)).expect(200);
    let mail = |address: &str| json!([{"value": address, "primary": true}]);
    world.person_with(json!({"userName": "a.lovelace@acme.test", "emails": mail("ada@acme.test")}));
    world.person_with(json!({"userName": "b@acme.test", "externalId": "bob-at-the-idp"}));
    let read = read_aloud(&ada.page(MATCHES));
    for words in [
        "3 people wait for a directory.",
        "Ada Lovelace ada your id E-17 ada@acme.test active",
        "a.lovelace@acme.test unsure pushed by default: the same address, in a domain that nobody verified",
        "b@acme.test sure pushed by default: the same id",
        "cy none active nobody so far",
    ] {
        assert!(read.contains(words), "{words}\n{read}");
    }
    let verified = json!({"switches": {"verified_domains": ["acme.test"]}});
    world.server.admin("PATCH", "/v1/scim/connections/default", Some(&verified)).expect(200);
    let read = read_aloud(&ada.page(MATCHES));
    assert!(read.contains("a.lovelace@acme.test likely"), "{read}");
}

#[test]
fn those_who_wait_come_page_by_page() {
    let world = World::new();
    let people: Vec<_> = (0..60).map(|n| json!({"user_name": format!("p{n:02}")})).collect();
    world.server.admin("POST", "/v1/imports", Some(&json!({"people": people}))).expect(200);
    let mut ada = Browser::first_owner(&world.server);
    let first = ada.page(MATCHES);
    let (_, rest) = first.split_once("rel=\"next\" href=\"").expect("a next page");
    let second = ada.page(&rest.split_once('"').unwrap().0.replace("&amp;", "&"));
    let count = |page: &str| page.matches("nobody so far").count();
    assert_eq!((count(&first), count(&second)), (50, 10));
    assert!(second.contains("First page") && !second.contains("Next page"));
}

/// Ada was imported with a grant, and pushed under another name.
fn ada_twice(world: &World) -> (String, String) {
    world.workspace("Sales");
    let people = json!({"people": [{
        "id": "E-17", "user_name": "ada", "email": "ada@acme.test",
        "workspaces": [{"workspace": "sales", "role": "manager"}],
    }]});
    world.server.admin("POST", "/v1/imports", Some(&people)).expect(200);
    let mail = json!([{"value": "ada@acme.test", "primary": true}]);
    let pushed = world.person_with(json!({"userName": "a.lovelace@acme.test", "emails": mail}));
    let waiting = world.server.admin("GET", "/v1/admin/users/E-17", None).expect(200).json;
    (waiting["id"].as_str().unwrap().to_owned(), pushed)
}

#[test]
fn a_pair_is_made_one_after_a_look_at_who_gains_and_loses_what() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let (waiting, pushed) = ada_twice(&world);
    let accept = format!("{MATCHES}/{waiting}/accept");
    assert!(ada.page(MATCHES).contains(&accept));
    let done = ada.plan_and_do(&accept, &[("with", &pushed)], |plan| {
        let read = read_aloud(plan);
        for words in [
            "Make ada and a.lovelace@acme.test one person?",
            "with your id E-17",
            "gains access",
            "loses access",
        ] {
            assert!(read.contains(words), "{words}\n{read}");
        }
        assert_eq!(world.people_in("sales"), ["ada: manager"]);
    });
    assert!(done.contains("are one person now, with your id E-17") && done.contains(&pushed), "{done}");
    assert_eq!(world.people_in("sales"), ["a.lovelace: manager"]);
    assert!(ada.page(MATCHES).contains("Nobody waits for a directory"));
    // The page of the one who went is that of the one who stayed.
    assert!(ada.page(&format!("/console/people/{waiting}")).contains("a.lovelace@acme.test"));
    ada.send(MATCHES, &accept, &[("with", &pushed)]).expect(404);
}

#[test]
fn the_list_is_narrowed_to_those_who_have_a_match() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let narrowed = format!("{MATCHES}?proposed=true");
    assert!(ada.page(&narrowed).contains("Nobody waits for a directory"));
    let people = json!({"people": [{"user_name": "alone"}]});
    world.server.admin("POST", "/v1/imports", Some(&people)).expect(200);
    assert!(ada.page(&narrowed).contains("Nobody else has a match"));
    let (waiting, _) = ada_twice(&world);
    let (all, some) = (ada.page(MATCHES), ada.page(&narrowed));
    let accept = format!("{MATCHES}/{waiting}/accept");
    assert!(all.contains(">alone<") && all.contains(&accept), "{all}");
    assert!(!some.contains(">alone<") && some.contains(&accept), "{some}");
    assert!(some.contains("<option value=\"true\" selected>"), "{some}");

    let listed = |query: &str| {
        let listed = world.server.admin("GET", &format!("/v1/matches{query}"), None).expect(200).json;
        let names = listed["data"].as_array().unwrap().iter();
        let mut names: Vec<String> = names.map(|one| one["user_name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(listed(""), ["ada", "alone"]);
    assert_eq!(
        (listed("?proposed=true"), listed("?proposed=false")),
        (vec!["ada".into()], vec!["alone".into()])
    );
    let wrong = world.server.admin("GET", "/v1/matches?proposed=maybe", None).expect(400);
    assert!(wrong.text().contains("proposed"), "{}", wrong.text());
}

#[test]
fn a_page_of_those_who_have_a_match_looks_at_so_many_who_wait() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let people: Vec<_> = (0..2_000).map(|n| json!({"user_name": format!("p{n:04}")})).collect();
    world.server.admin("POST", "/v1/imports", Some(&json!({"people": people}))).expect(200);
    let (waiting, _) = ada_twice(&world);
    let first = ada.page(&format!("{MATCHES}?proposed=true"));
    assert!(first.contains("Nobody here has a match"), "{first}");
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let second = ada.page(&rest.split_once('"').unwrap().0.replace("&amp;", "&"));
    assert!(
        second.contains(&format!("{MATCHES}/{waiting}/accept")) && !second.contains("rel=\"next\""),
        "{second}"
    );
    let listed = world.server.admin("GET", "/v1/matches?proposed=true", None).expect(200).json;
    assert_eq!((&listed["data"], &listed["total"]), (&json!([]), &json!(2_001)));
    let next = format!("/v1/matches?proposed=true&cursor={}", listed["next_cursor"].as_str().unwrap());
    let listed = world.server.admin("GET", &next, None).expect(200).json;
    assert_eq!((&listed["data"][0]["user_name"], &listed["next_cursor"]), (&json!("ada"), &json!(null)));
}

#[test]
fn a_pair_that_is_not_proposed_is_made_one_by_user_name() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let (waiting, _) = ada_twice(&world);
    world.person("countess");
    let accept = format!("{MATCHES}/{waiting}/accept");
    let unknown = ada.send(MATCHES, &accept, &[("person", "nobody")]).expect(200).text();
    assert!(unknown.contains("Nobody is called `nobody`"), "{unknown}");
    let itself = ada.send(MATCHES, &accept, &[("person", "ada")]).expect(200).text();
    assert!(itself.contains("is no directory"), "{itself}");
    ada.plan_and_do(&accept, &[("person", "Countess@acme.test")], |_| ());
    assert_eq!(world.people_in("sales"), ["countess: manager"]);
}

#[test]
fn a_pair_that_was_refused_is_proposed_no_more_until_that_is_taken_back() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    let (waiting, pushed) = ada_twice(&world);
    let done = ada.plan_and_do(&format!("{MATCHES}/{waiting}/refuse"), &[("with", &pushed)], |plan| {
        assert!(plan.contains("Say that ada and a.lovelace@acme.test are two people?"), "{plan}");
        assert!(ada_is_proposed(&world), "it was only planned");
    });
    assert!(done.contains("nobody so far") && done.contains("1 refused pair"), "{done}");
    let refused = ada.page(&format!("{MATCHES}/refused"));
    let (_, rest) = refused.split_once(&format!("action=\"{MATCHES}/refused/")).expect("the pair");
    let refusal = rest.split_once('/').unwrap().0.to_owned();
    let back = ada.plan_and_do(&format!("{MATCHES}/refused/{refusal}/reconsider"), &[], |_| ());
    assert!(back.contains("The refusal is taken back") && back.contains("unsure"), "{back}");
    assert!(ada_is_proposed(&world));
    ada.send(MATCHES, &format!("{MATCHES}/refused/{refusal}/reconsider"), &[]).expect(404);
}

fn ada_is_proposed(world: &World) -> bool {
    let listed = world.server.admin("GET", "/v1/matches", None).expect(200).json;
    listed["data"][0]["matches"].as_array().is_some_and(|matches| !matches.is_empty())
}

#[test]
fn many_pairs_are_made_one_at_once_and_what_stands_against_one_is_told() {
    let world = World::new();
    let mut ada = Browser::first_owner(&world.server);
    ada_twice(&world);
    let people = json!({"people": [{"user_name": "bob", "external_id": "b-1"}]});
    world.server.admin("POST", "/v1/imports", Some(&people)).expect(200);
    world.person_with(json!({"userName": "bob@acme.test", "externalId": "b-1"}));
    let mail = json!([{"value": "ada@acme.test", "primary": true}]);
    world.person_with(json!({"userName": "ada2@acme.test", "emails": mail}));
    let many = format!("{MATCHES}/accept");
    let done = ada.plan_and_do(&many, &[("certainty", "unsure")], |plan| {
        let read = read_aloud(plan);
        assert!(read.contains("Made one 1 Passed over 1"), "{read}");
        assert!(read.contains("2 people are probably the same; accept one of them by name."), "{read}");
    });
    assert!(done.contains("1 pair is one now; 1 passed over."), "{done}");
    ada.send(MATCHES, &many, &[("certainty", "perhaps")]).expect(200);
    assert!(ada.page(MATCHES).contains("1 person waits"));
}

//! A wrong filter in the directory drops 60 % of the people at once, as the simulated identity providers push it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{support::Finished, world::World};

const PEOPLE: usize = 60;
const LOST: usize = 36;

impl World {
    /// Plays the identity provider. The same seed is the same company, so that a second run goes on with the first one's.
    fn simulate(&self, provider: &str, more: &[&str]) {
        let url = self.server.tenant_url.clone();
        let people = PEOPLE.to_string();
        let mut command = self.server.sandbox.command(&["simulate", provider, "--tenant-url", &url]);
        command.args(["--users", &people, "--groups", "8", "--cycles", "0", "--seed", "4"]).args(more);
        command.env("ROLECALL_SCIM_TOKEN", &self.server.token);
        Finished::of(&mut command).expect(0);
    }

    /// Who is in which workspace, and how.
    fn access(&self) -> BTreeMap<String, Vec<String>> {
        let answer = self.server.admin("GET", "/v1/admin/workspaces?limit=100", None).expect(200);
        let slugs = answer.json["data"].as_array().unwrap().clone();
        let slugs = slugs.iter().map(|workspace| workspace["slug"].as_str().unwrap().to_owned());
        slugs.map(|slug| (slug.clone(), self.everybody_in(&slug))).collect()
    }

    fn everybody_in(&self, workspace: &str) -> Vec<String> {
        let answer =
            self.server.admin("GET", &format!("/v1/admin/workspaces/{workspace}/users?limit=500"), None);
        let people = answer.expect(200).json["data"].as_array().unwrap().clone();
        let mut people: Vec<String> =
            people.iter().map(|person| format!("{} {}", person["user_name"], person["role"])).collect();
        people.sort();
        people
    }

    fn active_people(&self) -> Value {
        let path = "/Users?filter=active%20eq%20true&count=0";
        self.server.scim("GET", path, None).expect(200).json["totalResults"].clone()
    }

    /// What an undo since that moment says or does.
    fn undo(&self, since: &str, flags: &[&str]) -> Finished {
        let command = ["undo", "--org", "default", "--since", since];
        self.server.rolecall(&[&command[..], flags].concat()).expect(0)
    }

    /// A moment after all that has been done.
    fn now(&self) -> String {
        std::thread::sleep(std::time::Duration::from_millis(5));
        let seen = self.workspace(&format!("Mark {}", self.access().len()));
        let answer = self.server.admin("GET", &format!("/v1/admin/workspaces/{seen}"), None).expect(200);
        std::thread::sleep(std::time::Duration::from_millis(5));
        answer.json["created_at"].as_str().unwrap().to_owned()
    }
}

/// Everybody is in the headquarters, and some in the workspaces that groups are named after.
fn a_company(provider: &str) -> World {
    let world = World::new();
    world.workspace("HQ");
    world.map("Everyone", "hq", "member").expect(200);
    world.simulate(provider, &[]);
    assert_eq!(world.everybody_in("hq").len(), PEOPLE);
    world
}

// pain: 2
#[test]
fn with_the_brake_on_nobody_loses_access_and_an_undo_leaves_nothing_to_review() {
    for provider in ["entra", "okta"] {
        let world = a_company(provider);
        let brake = json!({"guard": {"brake": {"enabled": true, "max_people": 3, "max_percent": 10}}});
        world.server.admin("PATCH", "/v1/scim/settings", Some(&brake)).expect(200);
        let since = world.now();
        let before = world.access();

        // The directory gets its normal answers, and finds what it pushed: `simulate` compares and ends with 0.
        world.simulate(provider, &["--drop", "60"]);
        assert_eq!(world.active_people(), PEOPLE - LOST);
        let held = world.server.admin("GET", "/v1/holds?limit=500", None).expect(200).json;
        assert_eq!(held["total"], LOST - 3, "{provider}: three may go");
        assert_eq!(world.everybody_in("hq").len(), PEOPLE - 3, "{provider}");

        world.undo(&since, &[]);
        assert_eq!(world.active_people(), PEOPLE, "{provider}");
        assert_eq!(world.access(), before, "{provider}");
        let held = world.server.admin("GET", "/v1/holds", None).expect(200).json;
        assert_eq!(held["total"], 0, "{provider}: {held}");
        world.server.rolecall(&["db", "check"]).expect(0);
    }
}

// pain: 2
#[test]
fn without_the_brake_everybody_is_back_after_an_undo() {
    for provider in ["entra", "okta"] {
        let world = a_company(provider);
        let since = world.now();
        let before = world.access();
        world.simulate(provider, &["--drop", "60"]);
        let without = world.access();
        assert!(without.values().flatten().count() < before.values().flatten().count());

        let plan = world.undo(&since, &["--plan"]);
        assert!(
            plan.err.contains(&format!("user.deactivated would be reversed, {LOST} times")),
            "{}",
            plan.err
        );
        assert_eq!(world.access(), without, "{provider}: a plan changes nothing");
        world.undo(&since, &[]);
        assert_eq!(world.access(), before, "{provider}");
        assert_eq!(world.active_people(), PEOPLE, "{provider}");
        // The directory, put right, goes on as if nothing had been.
        world.simulate(provider, &[]);
        assert_eq!(world.access(), before, "{provider}");
    }
}

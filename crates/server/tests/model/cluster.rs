//! The servers under test, and what all clients share on them.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use serde_json::{Value, json};

use crate::{
    client::user_document,
    facts::{Facts, Group, Id, Pattern, Person, Workspace},
    support::{Answer, Sandbox, Server},
};

pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Replicas on one database.
pub(crate) struct Cluster {
    pub(crate) servers: Vec<Server>,
    statuses: Mutex<BTreeMap<u16, usize>>,
}

/// What is there before the clients begin.
pub(crate) struct Ground {
    pub(crate) facts: Facts,
    /// Groups that everybody puts people into. The one at `n` belongs to client `n % clients`.
    pub(crate) shared: Vec<Id>,
    /// Workspaces that stay.
    pub(crate) workspaces: Vec<Id>,
}

impl Cluster {
    pub(crate) fn on_postgres(url: &str, replicas: usize) -> Self {
        let sandbox = || {
            let sandbox = Sandbox::new();
            // Few connections for each, so that requests wait for one another.
            sandbox.write("rolecall.toml", &format!("database_url = \"{url}\"\nworkers = 2\n"));
            sandbox
        };
        let mut servers: Vec<Server> = (0..replicas).map(|_| Server::start_in(sandbox(), |_| {})).collect();
        let (token, key) = (servers[0].token.clone(), servers[0].api_key.clone());
        for server in &mut servers {
            server.tenant_url = server.tenant_url_of("default");
            (server.token, server.api_key) = (token.clone(), key.clone());
        }
        Self { servers, statuses: Mutex::default() }
    }

    pub(crate) fn on_sqlite() -> Self {
        Self { servers: vec![Server::start()], statuses: Mutex::default() }
    }

    /// Sends a request to one of the replicas and counts its answer. None may fail for want of the server.
    pub(crate) fn send(
        &self,
        random: &mut fastrand::Rng,
        method: &str,
        path: &str,
        body: Option<&Value>,
        if_match: Option<&str>,
    ) -> Answer {
        let server = &self.servers[random.usize(..self.servers.len())];
        let request = if path.starts_with("/v1/") {
            server.request(method, path).bearer(&server.api_key).maybe_json(body, "application/json")
        } else {
            let url = format!("{}{path}", server.tenant_url);
            server.request(method, &url).bearer(&server.token).maybe_json(body, "application/scim+json")
        };
        let request = match if_match {
            Some(etag) => request.header("if-match", etag),
            None => request,
        };
        let answer = request.send();
        assert!(answer.status < 500, "{method} {path}: {} {}", answer.status, answer.text());
        *self.statuses.lock().unwrap().entry(answer.status).or_default() += 1;
        answer
    }

    /// What was answered how often.
    pub(crate) fn tally(&self, took: Duration) -> String {
        let statuses = self.statuses.lock().unwrap();
        let all: usize = statuses.values().sum();
        let each: Vec<String> = statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let seconds = took.as_secs_f64();
        format!(
            "{all} requests in {seconds:.1} s, {:.0} a second; answers {}",
            all as f64 / seconds,
            each.join(", ")
        )
    }

    /// Workspaces and groups for all.
    pub(crate) fn prepare(&self, clients: usize) -> Ground {
        let mut random = fastrand::Rng::with_seed(0);
        let mut send = |method: &str, path: &str, body: Value| {
            let answer = self.send(&mut random, method, path, Some(&body), None);
            assert!(answer.status < 300, "{}", answer.text());
            answer.json
        };
        let pattern = json!({"enabled": true, "prefix": "ws-", "create_workspaces": false});
        send("PATCH", "/v1/scim/settings", json!({"pattern": pattern}));
        let mut facts = Facts { pattern: Some(Pattern { enabled: true, prefix: "ws-" }), ..Facts::default() };
        let id = |answer: &Value| answer["id"].as_str().unwrap().to_owned();
        let workspaces: Vec<Id> = ["Sales", "Support", "Legal"]
            .into_iter()
            .map(|name| {
                let made = send("POST", "/v1/admin/workspaces", json!({"name": name}));
                let workspace = Workspace { name: name.into(), slug: name.to_lowercase() };
                facts.workspaces.insert(id(&made), workspace);
                id(&made)
            })
            .collect();
        let shared = (0..clients.max(4))
            .map(|number| {
                let group =
                    Group { name: format!("Shared {number}"), external_id: format!("shared-{number}") };
                let body =
                    json!({"schemas": [GROUP], "displayName": group.name, "externalId": group.external_id});
                let made = id(&send("POST", "/Groups", body));
                facts.groups.insert(made.clone(), group);
                made
            })
            .collect();
        // An owner who stays, so that nobody else is the last one, whom the directory cannot remove.
        let mut owner = Person {
            user_name: "owner@acme.example".into(),
            external_id: "owner".into(),
            active: true,
            role: "owner",
            title: "Stays".into(),
            etag: String::new(),
        };
        let made = send("POST", "/Users", user_document(&owner));
        owner.etag = made["meta"]["version"].as_str().unwrap().to_owned();
        facts.people.insert(id(&made), owner);
        Ground { facts, shared, workspaces }
    }
}

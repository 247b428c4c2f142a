//! The words that the journeys are told in.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// An organisation on a server of its own, as its identity provider and its administrator see it.
pub(crate) struct World {
    pub(crate) server: Server,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { server: Server::start() }
    }

    /// On a server with other arguments or variables.
    pub(crate) fn with(arrange: fn(&mut std::process::Command)) -> Self {
        Self { server: Server::start_with(arrange) }
    }

    /// The identity provider pushes a person; answers the id.
    pub(crate) fn person(&self, name: &str) -> String {
        self.person_with(json!({"userName": format!("{name}@acme.test"), "externalId": name}))
    }

    pub(crate) fn person_with(&self, mut body: Value) -> String {
        body["schemas"] = json!([USER]);
        id_of(&self.server.scim("POST", "/Users", Some(&body)).expect(201))
    }

    /// The identity provider pushes a group; answers the id.
    pub(crate) fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
        id_of(&self.server.scim("POST", "/Groups", Some(&body)).expect(201))
    }

    pub(crate) fn patch(&self, path: &str, operations: Value) -> Answer {
        self.server.scim("PATCH", path, Some(&json!({"schemas": [PATCH], "Operations": operations})))
    }

    pub(crate) fn join(&self, group: &str, person: &str) {
        let operations = json!([{"op": "Add", "path": "members", "value": [{"value": person}]}]);
        self.patch(&format!("/Groups/{group}"), operations).expect(204);
    }

    pub(crate) fn leave(&self, group: &str, person: &str) {
        let operations = json!([{"op": "Remove", "path": "members", "value": [{"value": person}]}]);
        self.patch(&format!("/Groups/{group}"), operations).expect(204);
    }

    pub(crate) fn rename(&self, group: &str, name: &str) {
        let operations = json!([{"op": "Replace", "path": "displayName", "value": name}]);
        self.patch(&format!("/Groups/{group}"), operations).expect(204);
    }

    pub(crate) fn set_active(&self, person: &str, active: Value) {
        let operations = json!([{"op": "Replace", "path": "active", "value": active}]);
        self.patch(&format!("/Users/{person}"), operations).expect(200);
    }

    /// The administrator makes a workspace; answers its slug.
    pub(crate) fn workspace(&self, name: &str) -> String {
        let answer = self.server.admin("POST", "/v1/admin/workspaces", Some(&json!({"name": name})));
        assert!(answer.status < 300, "{}", answer.text());
        answer.json["slug"].as_str().unwrap().to_owned()
    }

    pub(crate) fn map(&self, group_name: &str, workspace: &str, role: &str) -> Answer {
        let body = json!({"scim_group_name": group_name, "workspace_id": workspace, "role": role});
        self.server.admin("POST", "/v1/scim/workspaces", Some(&body))
    }

    /// Who is in a workspace, as `name: role`, sorted.
    pub(crate) fn people_in(&self, workspace: &str) -> Vec<String> {
        let answer =
            self.server.admin("GET", &format!("/v1/admin/workspaces/{workspace}/users"), None).expect(200);
        let mut people: Vec<String> = answer.json["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|person| {
                let name = person["user_name"].as_str().unwrap().split('@').next().unwrap();
                format!("{name}: {}", person["role"].as_str().unwrap())
            })
            .collect();
        people.sort();
        assert_eq!(answer.json["total"], people.len());
        people
    }

    pub(crate) fn org_role(&self, person: &str) -> String {
        let answer = self.server.admin("GET", &format!("/v1/admin/users/{person}"), None).expect(200);
        answer.json["org_role"].as_str().unwrap().to_owned()
    }

    pub(crate) fn settings(&self, pattern: Value) {
        self.server.admin("PATCH", "/v1/scim/settings", Some(&json!({"pattern": pattern}))).expect(200);
    }

    /// The types of all events so far.
    pub(crate) fn events(&self) -> Vec<String> {
        let answer = self.server.admin("GET", "/v1/events?limit=500", None).expect(200);
        let events = answer.json["data"].as_array().unwrap();
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) fn id_of(answer: &Answer) -> String {
    answer.json["id"].as_str().unwrap().to_owned()
}

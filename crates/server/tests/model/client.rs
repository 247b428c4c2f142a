//! One client: what it may do, and what it knows after each answer.

use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, GROUP, Ground},
    contest::Contest,
    facts::{Facts, Group, Id, Mapping, Pattern, Person, Role, Workspace},
    support::Answer,
};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ORG_ROLES: [&str; 3] = ["member", "admin", "owner"];

/// An identity provider and an administrator in one, with things of its own.
pub(crate) struct Client<'a> {
    cluster: &'a Cluster,
    ground: &'a Ground,
    contest: &'a Contest,
    number: usize,
    random: fastrand::Rng,
    /// What is its own, and where it has put its people.
    facts: Facts,
    /// Shared groups that it names and maps.
    named: Vec<Id>,
    made: usize,
}

impl<'a> Client<'a> {
    pub(crate) fn new(
        cluster: &'a Cluster,
        ground: &'a Ground,
        contest: &'a Contest,
        number: usize,
        seed: u64,
    ) -> Self {
        let clients = contest.clients();
        let named: Vec<Id> = ground.shared.iter().skip(number).step_by(clients).cloned().collect();
        let facts = Facts {
            groups: named.iter().map(|id| (id.clone(), ground.facts.groups[id].clone())).collect(),
            pattern: if number == 0 { ground.facts.pattern.clone() } else { None },
            ..Facts::default()
        };
        let random = fastrand::Rng::with_seed(seed.wrapping_add(number as u64));
        Self { cluster, ground, contest, number, random, facts, named, made: 0 }
    }

    /// Does so many things; answers what it knows in the end.
    pub(crate) fn work(&mut self, operations: usize) -> Facts {
        let mut names: Vec<usize> = (0..self.contest.names()).collect();
        for number in 0..operations {
            if number % 10 == 5
                && let Some(name) = names.pop()
            {
                self.contest.name(self.cluster, &mut self.random, self.number, name, &mut self.facts);
            }
            if number % 7 == 3 {
                let mark = format!("{}-{number}@acme.example", self.number);
                self.contest.version(self.cluster, &mut self.random, &mark);
            }
            self.step();
        }
        for name in names {
            self.contest.name(self.cluster, &mut self.random, self.number, name, &mut self.facts);
        }
        std::mem::take(&mut self.facts)
    }

    fn step(&mut self) {
        match self.random.usize(..100) {
            0..14 => self.create_person(),
            14..26 => self.change_person(),
            26..30 => self.replace_person(),
            30..33 => self.delete_person(),
            33..37 => self.create_group(),
            37..45 => self.rename_group(),
            45..47 => self.delete_group(),
            47..50 => self.replace_group(),
            50..70 => self.join_or_leave(),
            70..73 => self.nest(),
            73..79 => self.map(),
            79..83 => self.change_mapping(),
            83..88 => self.grant(),
            88..91 => self.change_grant(),
            91..94 => self.create_workspace(),
            94..96 => self.rename_workspace(),
            96..98 => self.delete_workspace(),
            _ if self.facts.pattern.is_some() => self.change_pattern(),
            _ => self.stale_version(),
        }
    }

    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.cluster.send(&mut self.random, method, path, body, None)
    }

    fn any<K: Clone>(&mut self, of: impl Iterator<Item = K>) -> Option<K> {
        let all: Vec<K> = of.collect();
        self.random.choice(all)
    }

    fn own_person(&mut self) -> Option<Id> {
        let ids: Vec<Id> = self.facts.people.keys().cloned().collect();
        self.any(ids.into_iter())
    }

    /// Of which nobody else knows.
    fn own_group(&mut self) -> Option<Id> {
        let ids: Vec<Id> = self.facts.groups.keys().filter(|id| !self.named.contains(id)).cloned().collect();
        self.any(ids.into_iter())
    }

    fn own_workspace(&mut self) -> Option<Id> {
        let ids: Vec<Id> = self.facts.workspaces.keys().cloned().collect();
        self.any(ids.into_iter())
    }

    fn workspace(&mut self) -> Id {
        let own: Vec<Id> = self.facts.workspaces.keys().cloned().collect();
        let all: Vec<Id> = self.ground.workspaces.iter().cloned().chain(own).collect();
        self.any(all.into_iter()).expect("some are there from the beginning")
    }

    fn role(&mut self) -> Role {
        Role::ALL[self.random.usize(..3)]
    }

    /// A word that nobody else makes.
    fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}{}x{}", self.number, self.made)
    }

    fn create_person(&mut self) {
        let name = self.fresh("p");
        let mut person = Person {
            user_name: format!("{name}@acme.example"),
            external_id: name,
            active: self.random.usize(..8) > 0,
            role: ORG_ROLES[self.random.usize(..3)],
            title: "New".into(),
            etag: String::new(),
        };
        let answer = self.send("POST", "/Users", Some(&user_document(&person))).expect(201);
        person.etag = answer.header("etag").to_owned();
        self.facts.people.insert(id_of(&answer), person);
    }

    fn change_person(&mut self) {
        let Some(id) = self.own_person() else { return };
        let mut person = self.facts.people[&id].clone();
        let operation = match self.random.usize(..4) {
            0 => {
                person.active = !person.active;
                json!({"op": "replace", "path": "active", "value": person.active})
            }
            1 => {
                person.role = ORG_ROLES[self.random.usize(..3)];
                json!({"op": "replace", "path": "roles", "value": [{"value": person.role}]})
            }
            2 if !is_wanted(&person) => {
                person.user_name = format!("{}@acme.example", self.fresh("q"));
                json!({"op": "replace", "path": "userName", "value": person.user_name})
            }
            _ => {
                person.title = self.fresh("Engineer ");
                json!({"op": "replace", "path": "title", "value": person.title})
            }
        };
        let body = json!({"schemas": [PATCH], "Operations": [operation]});
        let if_match = self.random.bool().then(|| person.etag.clone());
        let path = format!("/Users/{id}");
        let answer =
            self.cluster.send(&mut self.random, "PATCH", &path, Some(&body), if_match.as_deref()).expect(200);
        person.etag = answer.header("etag").to_owned();
        self.facts.people.insert(id, person);
    }

    fn replace_person(&mut self) {
        let Some(id) = self.own_person() else { return };
        let mut person = self.facts.people[&id].clone();
        (person.active, person.role) = (self.random.bool(), ORG_ROLES[self.random.usize(..3)]);
        let answer = self.send("PUT", &format!("/Users/{id}"), Some(&user_document(&person))).expect(200);
        person.etag = answer.header("etag").to_owned();
        self.facts.people.insert(id, person);
    }

    fn delete_person(&mut self) {
        let ids: Vec<Id> = self
            .facts
            .people
            .iter()
            .filter(|(_, person)| !is_wanted(person))
            .map(|(id, _)| id.clone())
            .collect();
        let Some(id) = self.any(ids.into_iter()) else { return };
        self.send("DELETE", &format!("/Users/{id}"), None).expect(204);
        self.send("DELETE", &format!("/Users/{id}"), None).expect(404);
        self.facts.people.remove(&id);
        self.facts.members.retain(|(_, person)| *person != id);
        self.facts.grants.retain(|(_, person), _| *person != id);
    }

    /// One that the pattern reads, in either of its forms; one whose workspace may not be there (yet); or any other.
    fn group_name(&mut self) -> String {
        if self.random.usize(..3) == 0 {
            return self.fresh("Group ");
        }
        let prefix = ["ws-", "team-"][self.random.usize(..2)];
        let own: Vec<String> =
            self.facts.workspaces.values().map(|workspace| workspace.name.clone()).collect();
        let theirs = ["sales", "Support", "LEGAL", "nowhere"].map(str::to_owned);
        let workspace = self.any(theirs.into_iter().chain(own)).expect("there are four at least");
        format!("{prefix}{workspace}-role-{}", self.role().word())
    }

    fn create_group(&mut self) {
        let group = Group { name: self.group_name(), external_id: self.fresh("g") };
        let members: Vec<Id> = self.some_people();
        let answer = self.send("POST", "/Groups", Some(&group_document(&group, &members))).expect(201);
        let id = id_of(&answer);
        self.facts.members.extend(members.into_iter().map(|person| (id.clone(), person)));
        self.facts.groups.insert(id, group);
    }

    fn some_people(&mut self) -> Vec<Id> {
        let ids: Vec<Id> = self.facts.people.keys().cloned().collect();
        ids.into_iter().filter(|_| self.random.usize(..4) == 0).collect()
    }

    /// One of its own, or a shared one whose name is its own. Under the version that it has just read, sometimes.
    fn rename_group(&mut self) {
        let ids: Vec<Id> = self.facts.groups.keys().cloned().collect();
        let Some(id) = self.any(ids.into_iter()) else { return };
        let (name, path) = (self.group_name(), format!("/Groups/{id}"));
        let if_match =
            self.random.bool().then(|| self.send("GET", &path, None).expect(200).header("etag").to_owned());
        let operations = json!([{"op": "replace", "path": "displayName", "value": name}]);
        let body = json!({"schemas": [PATCH], "Operations": operations});
        let answer = self.cluster.send(&mut self.random, "PATCH", &path, Some(&body), if_match.as_deref());
        match answer.status {
            204 => self.facts.groups.get_mut(&id).expect("it is one of ours").name = name,
            // Somebody has joined since.
            412 if if_match.is_some() && self.named.contains(&id) => {}
            other => panic!("{other}: {}", answer.text()),
        }
    }

    fn replace_group(&mut self) {
        let Some(id) = self.own_group() else { return };
        self.facts.nested.retain(|(outer, _)| *outer != id);
        let mut group = self.facts.groups[&id].clone();
        group.name = self.group_name();
        let members = self.some_people();
        self.send("PUT", &format!("/Groups/{id}"), Some(&group_document(&group, &members))).expect(200);
        self.facts.members.retain(|(of, _)| *of != id);
        self.facts.members.extend(members.into_iter().map(|person| (id.clone(), person)));
        self.facts.groups.insert(id, group);
    }

    /// Without its mappings, which would wait for another group of that name.
    fn delete_group(&mut self) {
        let Some(id) = self.own_group() else { return };
        let mappings: Vec<Id> = self.mappings_of(&id);
        for mapping in mappings {
            self.unmap(&mapping);
        }
        self.send("DELETE", &format!("/Groups/{id}"), None).expect(204);
        self.facts.groups.remove(&id);
        self.facts.members.retain(|(group, _)| *group != id);
        self.facts.nested.retain(|(outer, inner)| *outer != id && *inner != id);
    }

    fn join_or_leave(&mut self) {
        let own: Vec<Id> = self.facts.groups.keys().cloned().collect();
        let all: Vec<Id> = self.ground.shared.iter().cloned().chain(own).collect();
        let (Some(group), Some(person)) = (self.any(all.into_iter()), self.own_person()) else { return };
        let both = (group.clone(), person.clone());
        let operation = if self.facts.members.remove(&both) {
            json!({"op": "remove", "path": format!("members[value eq \"{person}\"]")})
        } else {
            self.facts.members.insert(both);
            json!({"op": "add", "path": "members", "value": [{"value": person}]})
        };
        let body = json!({"schemas": [PATCH], "Operations": [operation]});
        self.send("PATCH", &format!("/Groups/{group}"), Some(&body)).expect(204);
    }

    /// A group into another, the older into the younger, so that there are no circles.
    fn nest(&mut self) {
        let (Some(a), Some(b)) = (self.own_group(), self.own_group()) else { return };
        if a == b {
            return;
        }
        let (inner, outer) = if a < b { (a, b) } else { (b, a) };
        let both = (outer.clone(), inner.clone());
        let operation = if self.facts.nested.remove(&both) {
            json!({"op": "remove", "path": format!("members[value eq \"{inner}\"]")})
        } else {
            self.facts.nested.insert(both);
            json!({"op": "add", "path": "members", "value": [{"value": inner}]})
        };
        let body = json!({"schemas": [PATCH], "Operations": [operation]});
        self.send("PATCH", &format!("/Groups/{outer}"), Some(&body)).expect(204);
    }

    fn mappings_of(&self, group: &Id) -> Vec<Id> {
        let of = self.facts.mappings.iter().filter(|(_, mapping)| mapping.group == *group);
        of.map(|(id, _)| id.clone()).collect()
    }

    fn map(&mut self) {
        let ids: Vec<Id> = self.facts.groups.keys().cloned().collect();
        let Some(group) = self.any(ids.into_iter()) else { return };
        let (workspace, role) = (self.workspace(), self.role());
        let body = json!({"scim_group_id": group, "workspace_id": workspace, "role": role.word()});
        let same = |mapping: &Mapping| mapping.group == group && mapping.workspace == workspace;
        let existing = self.facts.mappings.iter().find(|(_, mapping)| same(mapping));
        let existing = existing.map(|(id, mapping)| (id.clone(), mapping.role));
        let answer = self.send("POST", "/v1/scim/workspaces", Some(&body));
        match existing {
            Some((id, held)) if held == role => assert_eq!(id_of(&answer.expect(200)), id),
            Some(_) => drop(answer.expect(409)),
            None => {
                let mapping = Mapping { group: group.clone(), workspace: workspace.clone(), role };
                self.facts.mappings.insert(id_of(&answer.expect(200)), mapping);
            }
        }
    }

    fn change_mapping(&mut self) {
        let ids: Vec<Id> = self.facts.mappings.keys().cloned().collect();
        let Some(id) = self.any(ids.into_iter()) else { return };
        if self.random.bool() {
            return self.unmap(&id);
        }
        let role = self.role();
        let path = format!("/v1/scim/workspaces/{id}");
        self.send("PUT", &path, Some(&json!({"role": role.word()}))).expect(200);
        self.facts.mappings.get_mut(&id).expect("it is one of ours").role = role;
    }

    fn unmap(&mut self, id: &Id) {
        self.send("DELETE", &format!("/v1/scim/workspaces/{id}"), None).expect(204);
        self.facts.mappings.remove(id);
    }

    fn grant(&mut self) {
        let (workspace, role) = (self.workspace(), self.role());
        let Some(person) = self.own_person() else { return };
        let both = (workspace.clone(), person.clone());
        let path = format!("/v1/admin/workspaces/{workspace}/users");
        let answer = self.send("POST", &path, Some(&json!({"user_id": person, "role": role.word()})));
        match self.facts.grants.get(&both) {
            Some(held) if *held != role => drop(answer.expect(409)),
            _ => {
                answer.expect(201);
                self.facts.grants.insert(both, role);
            }
        }
    }

    fn change_grant(&mut self) {
        let given: Vec<(Id, Id)> = self.facts.grants.keys().cloned().collect();
        let Some(both) = self.any(given.into_iter()) else { return };
        let path = format!("/v1/admin/workspaces/{}/users/{}", both.0, both.1);
        if self.random.bool() {
            self.send("DELETE", &path, None).expect(204);
            self.facts.grants.remove(&both);
        } else {
            let role = self.role();
            self.send("PUT", &path, Some(&json!({"role": role.word()}))).expect(200);
            self.facts.grants.insert(both, role);
        }
    }

    fn create_workspace(&mut self) {
        let name = self.fresh("Place");
        let made = self.send("POST", "/v1/admin/workspaces", Some(&json!({"name": name}))).expect(201);
        let slug = made.json["slug"].as_str().unwrap().to_owned();
        self.facts.workspaces.insert(id_of(&made), Workspace { name, slug });
    }

    fn rename_workspace(&mut self) {
        let Some(id) = self.own_workspace() else { return };
        let name = self.fresh("Site");
        self.send("PUT", &format!("/v1/admin/workspaces/{id}"), Some(&json!({"name": name}))).expect(200);
        self.facts.workspaces.get_mut(&id).expect("it is one of ours").name = name;
    }

    fn delete_workspace(&mut self) {
        let Some(id) = self.own_workspace() else { return };
        self.send("DELETE", &format!("/v1/admin/workspaces/{id}"), None).expect(204);
        self.facts.workspaces.remove(&id);
        self.facts.mappings.retain(|_, mapping| mapping.workspace != id);
        self.facts.grants.retain(|(workspace, _), _| *workspace != id);
    }

    fn change_pattern(&mut self) {
        let enabled = self.random.usize(..4) > 0;
        let pattern = Pattern { enabled, prefix: ["ws-", "team-"][self.random.usize(..2)] };
        let body = json!({"pattern": {"enabled": pattern.enabled, "prefix": pattern.prefix}});
        self.send("PATCH", "/v1/scim/settings", Some(&body)).expect(200);
        self.facts.pattern = Some(pattern);
    }

    /// What was true once is refused.
    fn stale_version(&mut self) {
        let Some(id) = self.own_person() else { return };
        let operations = json!([{"op": "replace", "path": "title", "value": "Stale"}]);
        let body = json!({"schemas": [PATCH], "Operations": operations});
        let path = format!("/Users/{id}");
        self.cluster.send(&mut self.random, "PATCH", &path, Some(&body), Some("W/\"0\"")).expect(412);
    }
}

/// Whether others may still ask for the name.
fn is_wanted(person: &Person) -> bool {
    person.user_name.starts_with("Wanted")
}

pub(crate) fn user_document(person: &Person) -> Value {
    json!({"schemas": [USER], "userName": person.user_name, "externalId": person.external_id, "active": person.active,
           "roles": [{"value": person.role}], "title": person.title})
}

fn group_document(group: &Group, members: &[Id]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": group.name, "externalId": group.external_id, "members": members})
}

fn id_of(answer: &Answer) -> Id {
    answer.json["id"].as_str().unwrap_or_else(|| panic!("no id: {}", answer.text())).to_owned()
}
